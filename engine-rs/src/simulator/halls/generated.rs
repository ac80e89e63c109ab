//! A generated market: random flow on every pair.

use super::stock::{News, Stall, Stock, StockError};
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
    /// What one event led to, in order.
    waiting: std::collections::VecDeque<News>,
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
                Place::Kraken | Place::BinanceUsdm | Place::BinanceCoinm if bitcoin => 1,
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
                Place::BinanceCoinm => 0, // contracts
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
                book: flow.book.clone(),
                trade_id: 1_000_000,
            });
            flows.push(flow);
        }
        let mean = 1_000_000_000 / u64::from(rate.max(1));
        let waiting = std::collections::VecDeque::new();
        Ok(Self { stalls, flows, random, mean, next_event: 0, next_flush: FLUSH, waiting, last: Nanos(0) })
    }

    fn event(&mut self) {
        let chosen = usize::try_from(self.random.below(self.stalls.len() as u64)).unwrap_or_default();
        let mut changes = Vec::new();
        self.flows[chosen].step(&mut self.random, &mut changes);
        let stall = &mut self.stalls[chosen];
        for change in changes {
            self.waiting.push_back(match change {
                Change::Trade { price, qty, buyer_is_maker } => {
                    News::Trade { stall: chosen, price, qty, buyer_is_maker }
                }
                Change::Level { bid, price, qty } => {
                    stall.book.set(bid, price, qty);
                    News::Levels(chosen, vec![(bid, price)])
                }
            });
        }
        self.last = Nanos(self.next_event);
        self.next_event += i64::try_from(1 + self.random.below(2 * self.mean)).unwrap_or(FLUSH);
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
            if let Some(mut news) = self.waiting.pop_front() {
                if let News::Trade { stall, .. } = &mut news {
                    self.stalls[*stall].trade_id += 1;
                }
                return Some((self.last, news));
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
