//! One order and what is known of it.

use super::facts::Facts;
use crate::model::{Lots, Nanos, Order, OrderReason, OrderStatus};

/// An order that was sent, or found at the venue.
#[derive(Clone, Debug)]
pub struct TrackedOrder {
    pub(super) order: Order,
    pub(super) facts: Facts,
    pub(super) venue_order_id: u64,
    /// Ids of the fills that counted. Kept when the place is used again: after warm-up nothing is allocated.
    pub(super) trades: Vec<u64>,
    /// When the last request about it left.
    pub(super) requested: Nanos,
    /// The venue must be asked how it stands.
    pub(super) in_doubt: bool,
    pub(super) asked: Option<Nanos>,
    /// It is in the line of those whose place may be used again.
    pub(super) in_line: bool,
}

impl TrackedOrder {
    /// The order as it was sent.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> OrderStatus {
        self.facts.status().0
    }

    /// Why it was refused or ended.
    #[must_use]
    pub fn reason(&self) -> OrderReason {
        self.facts.status().1
    }

    /// Filled so far, each fill once.
    #[must_use]
    pub fn filled(&self) -> Lots {
        self.facts.filled
    }

    /// Filled by the venue's count without our having heard of the fills.
    #[must_use]
    pub fn missing(&self) -> Lots {
        self.facts.missing()
    }

    /// What may still fill.
    #[must_use]
    pub fn open(&self) -> Lots {
        self.facts.open()
    }

    /// The venue has said that it has it, or had it.
    #[must_use]
    pub fn was_there(&self) -> bool {
        self.facts.was_there()
    }

    /// Ids of the fills that are booked.
    #[must_use]
    pub fn trades(&self) -> &[u64] {
        &self.trades
    }

    /// The venue's id, 0 if it has not said.
    #[must_use]
    pub fn venue_order_id(&self) -> u64 {
        self.venue_order_id
    }

    /// Nothing can come of it any more.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.status().is_final() && self.missing().0 == 0
    }

    pub(super) fn reset(&mut self, order: Order) {
        self.trades.clear();
        let trades = std::mem::take(&mut self.trades);
        *self = TrackedOrder::new(order, trades);
    }

    pub(super) fn new(order: Order, trades: Vec<u64>) -> TrackedOrder {
        TrackedOrder {
            order,
            facts: Facts::sent(order.qty),
            venue_order_id: 0,
            trades,
            requested: order.time,
            in_doubt: false,
            asked: None,
            in_line: false,
        }
    }
}
