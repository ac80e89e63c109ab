//! Orders that come, go and trade: one pair's book under random flow. Integer arithmetic alone, so a seed gives the same
//! market on every machine.

use crate::random::SplitMix64;

use super::{DepthBook, Listing};

/// Levels a side at the start.
const START_LEVELS: usize = 200;
/// Fewer levels a side are never left: nobody takes the last offer.
const MIN_LEVELS: usize = 50;
/// The deepest level leaves beyond this.
const MAX_LEVELS: usize = 1_000;
/// Of 100 events so many add liquidity …
const ADDS: u64 = 50;
/// … so many remove some, and the rest take.
const CANCELS: u64 = 41;
/// At this spread, in ticks, an added order narrows it every second time.
const USUAL_SPREAD: u64 = 4;

/// What one event did, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A level has a new size.
    Level {
        /// Of the bids.
        bid: bool,
        /// Where.
        price: i64,
        /// Now.
        qty: i64,
    },
    /// Something traded.
    Trade {
        /// Where.
        price: i64,
        /// So much.
        qty: i64,
        /// The buyer's order rested: the taker sold.
        buyer_is_maker: bool,
    },
}

/// One pair under random flow.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Never crossed, never empty.
    pub book: DepthBook,
    tick: i64,
    lot: i64,
}

impl Flow {
    /// A book around `mid`.
    pub fn new(listing: &Listing, mid: i64, random: &mut SplitMix64) -> Self {
        let (tick, lot) = (listing.tick, listing.lot);
        let mut flow = Self { book: DepthBook::default(), tick, lot };
        flow.book.last_id = 1_000_000_000 + random.below(1_000_000_000);
        let mid = mid / tick * tick;
        for bid in [true, false] {
            let mut price = mid;
            for _ in 0..START_LEVELS {
                let gap = tick * units(1 + u64::from(random.halving()));
                price += if bid { -gap } else { gap };
                let qty = flow.size(random);
                flow.book.set(bid, price, qty);
            }
        }
        flow
    }

    /// One event.
    pub fn step(&mut self, random: &mut SplitMix64, changes: &mut Vec<Change>) {
        let bid = random.one_in(2);
        match random.below(100) {
            kind if kind < ADDS => self.add(bid, random, changes),
            kind if kind < ADDS + CANCELS => self.cancel(bid, random, changes),
            _ => self.take(bid, random, changes),
        }
    }

    /// 0.5 to 2048 thousand lots, small ones more often.
    fn size(&self, random: &mut SplitMix64) -> i64 {
        let scale = 1 << random.halving().min(11);
        self.lot * units(1 + random.below(1_000 * scale))
    }

    fn add(&mut self, bid: bool, random: &mut SplitMix64, changes: &mut Vec<Change>) {
        let [(best_bid, _), (best_ask, _)] = self.book.best();
        let room = (best_ask - best_bid) / self.tick - 1;
        let room = room.unsigned_abs();
        let toward_the_other_side = if bid { self.tick } else { -self.tick };
        let best = if bid { best_bid } else { best_ask };
        let inside = random.below(room + USUAL_SPREAD) < room;
        let price = if inside {
            best + toward_the_other_side * units(1 + random.below(room))
        } else {
            best - toward_the_other_side * units(u64::from(random.halving()) * (1 + random.below(8)))
        };
        if price < self.tick {
            return;
        }
        let qty = self.side(bid).get(&price).copied().unwrap_or_default() + self.size(random);
        self.put(bid, price, qty, changes);
        if self.side(bid).len() > MAX_LEVELS {
            let side = self.side(bid);
            let deepest = if bid { side.first_key_value() } else { side.last_key_value() };
            if let Some((price, _)) = deepest.map(|(p, q)| (*p, *q)) {
                self.put(bid, price, 0, changes);
            }
        }
    }

    fn cancel(&mut self, bid: bool, random: &mut SplitMix64, changes: &mut Vec<Change>) {
        if self.side(bid).len() <= MIN_LEVELS {
            return self.add(bid, random, changes);
        }
        let depth = (random.halving() as usize) * (1 + random.below(8) as usize);
        let side = self.side(bid);
        let level = if bid { side.iter().rev().nth(depth) } else { side.iter().nth(depth) };
        let Some((price, qty)) = level.map(|(price, qty)| (*price, *qty)) else { return };
        let left = if random.one_in(2) { 0 } else { qty / 2 / self.lot * self.lot };
        self.put(bid, price, left, changes);
    }

    /// A market order against the side `bid`.
    fn take(&mut self, bid: bool, random: &mut SplitMix64, changes: &mut Vec<Change>) {
        let mut wanted = self.size(random);
        while wanted > 0 && self.side(bid).len() > MIN_LEVELS {
            let [best_bid, best_ask] = self.book.best();
            let (price, there) = if bid { best_bid } else { best_ask };
            let qty = wanted.min(there);
            wanted -= qty;
            changes.push(Change::Trade { price, qty, buyer_is_maker: bid });
            self.put(bid, price, there - qty, changes);
        }
    }

    fn put(&mut self, bid: bool, price: i64, qty: i64, changes: &mut Vec<Change>) {
        self.book.set(bid, price, qty);
        changes.push(Change::Level { bid, price, qty });
    }

    fn side(&self, bid: bool) -> &std::collections::BTreeMap<i64, i64> {
        if bid { &self.book.bids } else { &self.book.asks }
    }
}

fn units(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
