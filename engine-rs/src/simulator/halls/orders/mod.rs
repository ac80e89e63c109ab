//! Orders behind the levels of a generated market, the first in line first.
//!
//! | file | noun |
//! |---|---|
//! | `level3.rs`, `full.rs` | what Kraken and Coinbase tell of them |
//! | `access.rs` | to whom: keys and tokens |

pub mod access;
pub mod full;
pub mod level3;

use std::collections::{BTreeMap, VecDeque};

use crate::simulator::DepthBook;

/// An order that rests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// One more than that of the order before.
    pub id: u64,
    /// What is left of it.
    pub qty: i64,
}

/// What happened to an order of a level, but for trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderNews {
    /// It is new, and last in line.
    Added(Order),
    /// It was made smaller, and had so much before.
    Shrunk(Order, i64),
    /// It is gone, with what was left of it.
    Removed(Order),
}

type Side = BTreeMap<i64, VecDeque<Order>>;

/// All orders of a pair, by price.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    sides: [Side; 2],
    last_id: u64,
}

impl Orders {
    /// One order a level of a book.
    pub fn of(book: &DepthBook) -> Orders {
        let mut orders = Orders::default();
        for (bid, levels) in [(true, &book.bids), (false, &book.asks)] {
            for (price, qty) in levels {
                orders.settle(bid, *price, *qty);
            }
        }
        orders
    }

    /// A number that no order has.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The first in line at a price gives at most so much: who it was, its `qty` what is left of it, and how much it gave.
    pub fn fill(&mut self, bid: bool, price: i64, most: i64) -> Option<(Order, i64)> {
        let side = &mut self.sides[usize::from(bid)];
        let queue = side.get_mut(&price)?;
        let first = queue.front_mut()?;
        let given = most.min(first.qty);
        first.qty -= given;
        let first = *first;
        if first.qty == 0 {
            queue.pop_front();
        }
        if queue.is_empty() {
            side.remove(&price);
        }
        Some((first, given))
    }

    /// Makes the orders of a level sum up to its size: a new one comes, or those who came last go.
    pub fn settle(&mut self, bid: bool, price: i64, qty: i64) -> Vec<OrderNews> {
        let mut news = Vec::new();
        let queue = self.sides[usize::from(bid)].entry(price).or_default();
        let mut excess = queue.iter().map(|order| order.qty).sum::<i64>() - qty;
        if excess < 0 {
            self.last_id += 1;
            let order = Order { id: self.last_id, qty: -excess };
            queue.push_back(order);
            news.push(OrderNews::Added(order));
        }
        while excess > 0
            && let Some(last) = queue.back_mut()
        {
            let before = last.qty;
            if before <= excess {
                excess -= before;
                news.extend(queue.pop_back().map(OrderNews::Removed));
            } else {
                last.qty -= excess;
                excess = 0;
                news.push(OrderNews::Shrunk(*last, before));
            }
        }
        if queue.is_empty() {
            self.sides[usize::from(bid)].remove(&price);
        }
        news
    }

    /// Prices of a side and their queues, best first.
    pub fn side(&self, bid: bool) -> Box<dyn Iterator<Item = (i64, &VecDeque<Order>)> + '_> {
        let levels = self.sides[usize::from(bid)].iter().map(|(price, queue)| (*price, queue));
        if bid { Box::new(levels.rev()) } else { Box::new(levels) }
    }

    /// Whether there is such an order at a price.
    pub fn has(&self, bid: bool, price: i64, id: u64) -> bool {
        let queue = self.sides[usize::from(bid)].get(&price);
        queue.is_some_and(|queue| queue.iter().any(|order| order.id == id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_first_is_filled_first_and_who_came_last_goes_first() {
        let mut orders = Orders::default();
        assert_eq!(orders.settle(true, 7, 5), [OrderNews::Added(Order { id: 1, qty: 5 })]);
        assert_eq!(orders.settle(true, 7, 12), [OrderNews::Added(Order { id: 2, qty: 7 })]);
        assert_eq!(orders.fill(true, 7, 2), Some((Order { id: 1, qty: 3 }, 2)));
        assert_eq!(orders.settle(true, 7, 10), [], "a trade has said it");
        assert_eq!(orders.settle(true, 7, 9), [OrderNews::Shrunk(Order { id: 2, qty: 6 }, 7)]);
        assert_eq!(orders.settle(true, 7, 3), [OrderNews::Removed(Order { id: 2, qty: 6 })]);
        assert!(orders.has(true, 7, 1) && !orders.has(true, 7, 2) && !orders.has(false, 7, 1));
        assert_eq!(orders.fill(true, 7, 9), Some((Order { id: 1, qty: 0 }, 3)));
        assert_eq!((orders.fill(true, 7, 1), orders.side(true).count()), (None, 0));
    }
}
