//! What trades say that no order tells: what was executed of orders that nobody saw.

use crate::model::{Side, Ticks};

/// Lots of one price in one message.
#[derive(Clone, Copy, Debug)]
struct Price {
    /// Of those that were hit.
    side: Side,
    ticks: Ticks,
    /// Lots of trades.
    traded: i64,
    /// Lots of executions of recorded orders.
    executed: i64,
}

/// The trades and executions of the message that is being read.
#[derive(Debug, Default)]
pub(super) struct Tape(Vec<Price>);

impl Tape {
    pub(super) fn trade(&mut self, hit: Side, ticks: Ticks, lots: i64) {
        self.at(hit, ticks).traded += lots;
    }

    pub(super) fn execution(&mut self, hit: Side, ticks: Ticks, lots: i64) {
        self.at(hit, ticks).executed += lots;
    }

    /// The message is whole: one price after the other that had trades of hidden orders.
    pub(super) fn hidden(&self, place: usize) -> Option<(Side, Ticks, i64)> {
        let price = self.0.get(place)?;
        Some((price.side, price.ticks, (price.traded - price.executed).max(0)))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    fn at(&mut self, side: Side, ticks: Ticks) -> &mut Price {
        let place = self.0.iter().position(|price| (price.side, price.ticks) == (side, ticks));
        let place = place.unwrap_or_else(|| {
            self.0.push(Price { side, ticks, traded: 0, executed: 0 });
            self.0.len() - 1
        });
        &mut self.0[place]
    }
}
