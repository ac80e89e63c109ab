//! A book of orders equals plain lists, queue positions included, after every message.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use pyrt_engine::book::{L3Book, L3Error, QueuePosition};
use pyrt_engine::model::{Lots, Side, Ticks};

/// A list of orders a price, the first in line first, and where each order is.
#[derive(Default)]
pub struct Slow {
    lists: BTreeMap<(bool, i64), Vec<(u128, i64)>>,
    prices: HashMap<u128, (bool, i64)>,
}

impl Slow {
    pub fn apply(&mut self, message: &Message) -> Result<(), L3Error> {
        let Message { id, ticks, lots, .. } = *message;
        let price = self.prices.get(&id).copied();
        let unknown = L3Error::Unknown { id };
        match message.action {
            Action::Add if lots <= 0 => return Err(L3Error::NoSize { id, lots }),
            Action::Add if price.is_some() => return Err(L3Error::Known { id }),
            Action::Add => self.join(id, (message.side == Side::Sell, ticks), lots),
            Action::Modify if lots <= 0 => return Err(L3Error::NoSize { id, lots }),
            Action::Modify => {
                let price = price.ok_or(unknown)?;
                let order = self.find(id).unwrap();
                if ticks == price.1 && lots <= order.1 {
                    order.1 = lots;
                } else {
                    self.leave(id);
                    self.join(id, (price.0, ticks), lots);
                }
            }
            Action::Reduce => {
                let order = self.find(id).ok_or(unknown)?;
                if lots < 0 || lots > order.1 {
                    return Err(L3Error::TooMuch { id, lots, there: order.1 });
                }
                order.1 -= lots;
                if order.1 == 0 {
                    self.leave(id);
                }
            }
            Action::Remove => {
                price.ok_or(unknown)?;
                self.leave(id);
            }
            Action::Clear => *self = Slow::default(),
        }
        Ok(())
    }

    pub fn position(&self, id: u128) -> Option<QueuePosition> {
        let list = &self.lists[self.prices.get(&id)?];
        let before = || list.iter().take_while(|order| order.0 != id);
        Some(QueuePosition { orders: before().count(), lots: Lots(before().map(|order| order.1).sum()) })
    }

    pub fn levels(&self, side: Side) -> Vec<(Ticks, Lots)> {
        let own = self.lists.iter().filter(|((sell, _), _)| *sell == (side == Side::Sell));
        let mut levels: Vec<_> = own
            .map(|((_, ticks), list)| (Ticks(*ticks), Lots(list.iter().map(|order| order.1).sum())))
            .collect();
        if side == Side::Buy {
            levels.reverse();
        }
        levels
    }

    pub fn ids(&self) -> impl Iterator<Item = u128> + '_ {
        self.prices.keys().copied()
    }

    fn find(&mut self, id: u128) -> Option<&mut (u128, i64)> {
        self.lists.get_mut(self.prices.get(&id)?)?.iter_mut().find(|order| order.0 == id)
    }

    fn join(&mut self, id: u128, price: (bool, i64), lots: i64) {
        self.lists.entry(price).or_default().push((id, lots));
        self.prices.insert(id, price);
    }

    fn leave(&mut self, id: u128) {
        let price = self.prices.remove(&id).unwrap();
        let list = self.lists.get_mut(&price).unwrap();
        list.retain(|order| order.0 != id);
        if list.is_empty() {
            self.lists.remove(&price);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    Add,
    Modify,
    Reduce,
    Remove,
    Clear,
}

#[derive(Clone, Copy, Debug)]
pub struct Message {
    pub action: Action,
    pub id: u128,
    pub side: Side,
    pub ticks: i64,
    pub lots: i64,
}

pub fn apply(book: &mut L3Book, message: &Message) -> Result<(), L3Error> {
    let Message { id, side, ticks, lots, .. } = *message;
    match message.action {
        Action::Add => book.add(id, side, Ticks(ticks), Lots(lots)).map(|added| {
            assert_eq!((added.id, added.side, added.ticks, added.lots), (id, side, Ticks(ticks), Lots(lots)));
        }),
        Action::Modify => book.modify(id, Ticks(ticks), Lots(lots)).map(|change| {
            let after = change.after.unwrap();
            assert_eq!((after.id, after.ticks, after.lots), (id, Ticks(ticks), Lots(lots)));
            assert_eq!(after.place, change.before.place);
        }),
        Action::Reduce => book.reduce(id, Lots(lots)).map(|change| {
            let left = change.after.map_or(0, |after| after.lots.0);
            assert_eq!(left, change.before.lots.0 - lots);
        }),
        Action::Remove => book.remove(id).map(|_| ()),
        Action::Clear => {
            book.clear();
            Ok(())
        }
    }
}

fn messages() -> impl Strategy<Value = Vec<Message>> {
    let action = prop_oneof![
        60 => Just(Action::Add), 30 => Just(Action::Modify), 40 => Just(Action::Reduce), 20 => Just(Action::Remove),
        1 => Just(Action::Clear)
    ];
    // Ids that differ in the upper half alone must be told apart too.
    let id = prop_oneof![(0_u128..60), (0_u128..20).prop_map(|id| id << 64 | 5)];
    let ticks = prop_oneof![12 => 995_i64..1006, 2 => 800_i64..1200, 1 => -40_000_i64..40_000];
    let message =
        (action, id, any::<bool>(), ticks, -1_i64..12).prop_map(|(action, id, buy, ticks, lots)| Message {
            action,
            id,
            side: if buy { Side::Buy } else { Side::Sell },
            ticks,
            lots,
        });
    prop::collection::vec(message, 1..300)
}

proptest! {
    #[test]
    fn a_book_of_orders_equals_lists(messages in messages()) {
        let (mut book, mut slow) = (L3Book::new(64), Slow::default());
        for message in &messages {
            prop_assert_eq!(apply(&mut book, message), slow.apply(message), "{:?}", message);
            prop_assert_eq!(book.len(), slow.prices.len());
            let [bids, asks] = [Side::Buy, Side::Sell].map(|side| slow.levels(side));
            prop_assert_eq!(book.levels().bids().collect::<Vec<_>>(), bids);
            prop_assert_eq!(book.levels().asks().collect::<Vec<_>>(), asks);
            for id in slow.ids() {
                prop_assert_eq!(book.position(id), slow.position(id));
                let order = book.get(id).unwrap();
                let queue = book.queue(order.side, order.ticks);
                let queue: Vec<_> = queue.map(|queued| (queued.id, queued.lots.0)).collect();
                prop_assert_eq!(&queue, &slow.lists[&(order.side == Side::Sell, order.ticks.0)]);
                let joined: Vec<u64> = book.queue(order.side, order.ticks).map(|queued| queued.joined).collect();
                prop_assert!(joined.is_sorted() && joined.iter().all(|stamp| *stamp < book.joins()));
            }
            prop_assert_eq!((book.get(99), book.position(99)), (None, None));
        }
    }
}

#[test]
fn an_order_of_no_side_is_none() {
    let mut book = L3Book::new(64);
    assert_eq!(book.add(7, Side::None, Ticks(1), Lots(1)), Err(L3Error::NoSide { id: 7 }));
    assert!(book.is_empty() && book.levels().is_empty());
    assert_eq!(book.reduce(7, Lots(1)).unwrap_err().to_string(), "order 7 is not in the book");
}
