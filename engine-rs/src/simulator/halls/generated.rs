//! A generated market: random flow on every pair.

use std::collections::VecDeque;

use super::orders::Orders;
use super::stock::{Fill, News, Stall, Stock, StockError};
use crate::model::Nanos;
use crate::random::SplitMix64;
use crate::simulator::Listing;
use crate::simulator::flow::{Change, Flow};
use crate::simulator::sabotage::Place;

/// Between two messages of a book, ns.
const FLUSH: i64 = 50_000_000;

/// Pairs under random flow.
pub struct Generated {
    stalls: Vec<Stall>,
    flows: Vec<Flow>,
    random: SplitMix64,
    mean: u64,
    next_event: i64,
    next_flush: i64,
    /// What one event led to, in order, and whom: a stall is as what was told of it.
    waiting: VecDeque<(usize, Change)>,
    last: Nanos,
}

impl Generated {
    pub fn new(seed: u64, pairs: &[String], rate: u32, place: Place) -> Result<Self, StockError> {
        let mut random = SplitMix64::new(seed ^ (place as u64) << 32);
        let (mut stalls, mut flows) = (Vec::new(), Vec::new());
        for pair in pairs {
            let wrong = || StockError::Pair(pair.clone());
            let mut listing = Listing::of_pair(pair, 1, 1_000).ok_or_else(wrong)?;
            let bitcoin = listing.base == "BTC";
            let price_places = match place {
                Place::Kraken
                | Place::KrakenV1
                | Place::KrakenFutures
                | Place::BinanceUsdm
                | Place::BinanceCoinm
                    if bitcoin =>
                {
                    1
                }
                _ => 2,
            };
            let one = 10_i64.pow(price_places);
            let price = match listing.base.as_str() {
                "BTC" => 60_000,
                "ETH" => 3_000,
                _ => 100,
            };
            let qty_places = match place {
                Place::BinanceUsdm => 3,
                Place::BinanceCoinm | Place::KrakenFutures => 0, // contracts
                _ => 8,
            };
            listing.lot = match qty_places {
                8 if bitcoin => 1_000,
                8 => 10_000,
                _ => 1,
            };
            let flow = Flow::new(&listing, price * one, &mut random);
            stalls.push(Stall {
                pair: pair.clone(),
                price_places,
                qty_places,
                tick: 1,
                lot: 1,
                orders: Orders::of(&flow.book),
                book: flow.book.clone(),
                trade_id: 1_000_000,
            });
            flows.push(flow);
        }
        let mean = 1_000_000_000 / u64::from(rate.max(1));
        let waiting = VecDeque::new();
        Ok(Self { stalls, flows, random, mean, next_event: 0, next_flush: FLUSH, waiting, last: Nanos(0) })
    }

    fn event(&mut self) {
        let chosen = usize::try_from(self.random.below(self.stalls.len() as u64)).unwrap_or_default();
        let mut changes = Vec::new();
        self.flows[chosen].step(&mut self.random, &mut changes);
        self.waiting.extend(changes.into_iter().map(|change| (chosen, change)));
        self.last = Nanos(self.next_event);
        self.next_event += i64::try_from(1 + self.random.below(2 * self.mean)).unwrap_or(FLUSH);
    }

    /// Does what is next, and says it: a trade with one order after the other.
    fn tell(&mut self, stall: usize, change: Change) -> Option<News> {
        let about = &mut self.stalls[stall];
        match change {
            Change::Trade { price, qty: wanted, buyer_is_maker } => {
                let (maker, qty) = about.orders.fill(buyer_is_maker, price, wanted)?;
                if qty < wanted {
                    let rest = Change::Trade { price, qty: wanted - qty, buyer_is_maker };
                    self.waiting.push_front((stall, rest));
                }
                about.trade_id += 1;
                let fill = Fill { maker, taker: about.orders.next_id() };
                Some(News::Trade { stall, price, qty, buyer_is_maker, fill })
            }
            Change::Level { bid, price, qty } => {
                about.book.set(bid, price, qty);
                let orders = about.orders.settle(bid, price, qty);
                Some(News::Level { stall, bid, price, orders })
            }
        }
    }
}

impl Stock for Generated {
    fn stalls(&self) -> &[Stall] {
        &self.stalls
    }

    fn begin(&mut self, now: Nanos) {
        self.next_event = now.0;
        self.next_flush = now.0 / FLUSH * FLUSH + FLUSH;
    }

    fn next_time(&self) -> Option<Nanos> {
        if !self.waiting.is_empty() {
            return Some(self.last);
        }
        Some(Nanos(self.next_event.min(self.next_flush)))
    }

    fn next(&mut self) -> Option<(Nanos, News)> {
        loop {
            if let Some((stall, change)) = self.waiting.pop_front() {
                if let Some(news) = self.tell(stall, change) {
                    return Some((self.last, news));
                }
                continue;
            }
            if self.next_flush <= self.next_event {
                let at = Nanos(self.next_flush);
                self.next_flush += FLUSH;
                return Some((at, News::Flush));
            }
            self.event();
        }
    }
}
