//! What a reader of order records knows: it sees nothing else of the feed.

use std::collections::BTreeMap;

use pyrt_engine::book::L3Book;
use pyrt_engine::market_data::{BookTop, Sink};
use pyrt_engine::model::{BookOrder, Event, Instrument, Reason, Side, State, flag};

/// What a reader of the records knows: orders by id, in the order in which they came.
#[derive(Default)]
pub struct OrderTape {
    /// Side, price, size, and when it joined its price, by id.
    pub orders: BTreeMap<u128, (u8, u64, f64, u64)>,
    pub joined: u64,
    pub state: Option<(u16, u64)>,
    pub tops: Option<(f64, f64)>,
    pub trades: usize,
}

impl OrderTape {
    fn take(&mut self, order: &BookOrder) {
        let id = u128::from(order.order_id_low) | u128::from(order.order_id_high) << 64;
        if order.flags & flag::SNAPSHOT != 0 && order.side == 0 {
            return self.orders.clear();
        }
        self.joined += 1;
        let new = (order.side, order.price.to_bits(), order.qty, self.joined);
        match order.flags & 0xff {
            1 => assert!(self.orders.insert(id, new).is_none(), "an order comes once"),
            2 => {
                let old = self.orders.get_mut(&id).unwrap();
                let keeps = old.1 == new.1 && order.qty <= old.2;
                *old = (new.0, new.1, new.2, if keeps { old.3 } else { new.3 });
            }
            3 => assert!(self.orders.remove(&id).is_some(), "what goes was there"),
            4 => {
                let old = self.orders.get_mut(&id).unwrap();
                old.2 = ((old.2 - order.qty) * 1e8).round() / 1e8;
                if old.2 == 0.0 {
                    self.orders.remove(&id);
                }
            }
            code => panic!("{code}"),
        }
    }

    /// The book made of records is the engine's: every order, in its place in the queue.
    pub fn check_against(&self, book: &L3Book, instrument: &Instrument) {
        let mut queues: BTreeMap<_, Vec<(u64, u128, f64)>> = BTreeMap::new();
        for (id, (side, price, qty, joined)) in &self.orders {
            queues.entry((*side, *price)).or_default().push((*joined, *id, *qty));
        }
        let mut count = 0;
        let sides = [
            (Side::Buy, book.levels().bids().collect::<Vec<_>>()),
            (Side::Sell, book.levels().asks().collect()),
        ];
        for (side, levels) in sides {
            for (ticks, _) in levels {
                let mut own =
                    queues.remove(&(side as u8, instrument.price(ticks).to_bits())).unwrap_or_default();
                own.sort_by_key(|order| order.0);
                let told: Vec<_> = own.into_iter().map(|(_, id, qty)| (id, qty)).collect();
                let queue: Vec<_> =
                    book.queue(side, ticks).map(|order| (order.id, instrument.qty(order.lots))).collect();
                assert_eq!(told, queue, "{side:?} {ticks:?}");
                count += queue.len();
            }
        }
        assert!(queues.is_empty() && count == book.len());
    }
}

impl Sink for OrderTape {
    fn event(&mut self, event: Event) {
        if let Some(order) = event.as_order() {
            self.take(order);
        } else if let Some(state) = event.as_state() {
            self.state = Some((state.flags & 0xff, state.reason));
        }
        self.trades += usize::from(event.as_trade().is_some());
    }

    fn book(&mut self, top: &BookTop<'_>) {
        assert!(top.bids.windows(2).all(|pair| pair[0].0 > pair[1].0));
        self.tops = None;
        if let (Some(bid), Some(ask)) = (top.bids.first(), top.asks.first()) {
            assert!(bid.0 < ask.0);
            self.tops = Some((bid.0.0 as f64, ask.0.0 as f64));
        }
    }
}

pub fn said(state: State, reason: Reason) -> Option<(u16, u64)> {
    Some((state as u16, reason as u64))
}
