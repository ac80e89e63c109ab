//! One of the venue's orders that an order has been.

use super::facts::Facts;
use crate::model::{Lots, Nanos};

/// What is known of it, and what was asked about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Version {
    pub(super) number: u16,
    pub(super) facts: Facts,
    pub(super) venue_order_id: u64,
    /// When it left.
    pub(super) sent: Nanos,
    /// When the last request about it left.
    pub(super) requested: Nanos,
    /// The venue must be asked how it stands.
    pub(super) in_doubt: bool,
    pub(super) asked: Option<Nanos>,
}

impl Version {
    pub(super) fn new(number: u16, qty: Lots, sent: Nanos) -> Version {
        let facts = Facts::sent(qty);
        Version { number, facts, venue_order_id: 0, sent, requested: sent, in_doubt: false, asked: None }
    }

    /// Nothing can come of it any more.
    pub(super) fn is_settled(&self) -> bool {
        self.facts.is_over() && self.facts.missing().0 == 0
    }

    /// The venue was asked so long after the last request that it could no longer be on its way.
    pub(super) fn was_asked_late(&self, grace: i64, since: Nanos) -> bool {
        self.asked.is_some_and(|asked| asked.0.saturating_sub(since.0) >= grace)
    }

    /// The answer to a request was lost.
    pub(super) fn lose(&mut self) {
        self.facts.lose();
        self.in_doubt = true;
    }
}
