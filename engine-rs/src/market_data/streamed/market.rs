//! A book of a connection, and where it stands.

use super::protocol::Proof;
use crate::market_data::connection::{MOST_OLD, Phase, TradeIds};
use crate::market_data::tracked_book::{DepthHead, TrackedBook};
use crate::model::Nanos;

/// A book and where it stands.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) tracked: TrackedBook,
    pub(super) phase: Phase,
    /// Connected, and no snapshot yet.
    pub(super) fresh: bool,
    /// A message came that no snapshot has been there for.
    pub(super) orphaned: bool,
    /// Messages of this session: the ids of its records, where the venue has none.
    count: u64,
    /// Of the last message, where the venue has one.
    sequence: Option<u64>,
    old_in_a_row: u32,
    pub(super) trades: TradeIds,
}

/// What a message is to the one before.
pub(super) enum Follows {
    Next,
    Old,
    Gap,
}

impl Market {
    pub(super) fn new(tracked: TrackedBook) -> Market {
        Market {
            tracked,
            phase: Phase::default(),
            fresh: false,
            orphaned: false,
            count: 0,
            sequence: None,
            old_in_a_row: 0,
            trades: TradeIds::default(),
        }
    }

    /// A snapshot begins a row, where the venue has numbers.
    pub(super) fn begin(&mut self, proof: Proof) {
        self.sequence = if let Proof::Sequence(sequence) = proof { Some(sequence) } else { None };
        self.old_in_a_row = 0;
    }

    pub(super) fn follow(&mut self, proof: Proof) -> Follows {
        let Proof::Sequence(sequence) = proof else { return Follows::Next };
        match self.sequence {
            Some(before) if sequence <= before => {
                self.old_in_a_row += 1;
                if self.old_in_a_row > MOST_OLD { Follows::Gap } else { Follows::Old }
            }
            Some(before) if sequence > before + 1 => Follows::Gap,
            _ => {
                (self.sequence, self.old_in_a_row) = (Some(sequence), 0);
                Follows::Next
            }
        }
    }

    /// Records count messages where the venue has no numbers, so readers of records see a hole as well.
    pub(super) fn next_head(&mut self, times: Times) -> DepthHead {
        self.count += 1;
        DepthHead {
            first: self.count,
            last: self.count,
            event_time: times.event,
            receive_time: times.received,
        }
    }
}

/// Of a frame, by the venue's clock and by ours.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) event: Nanos,
    pub(super) received: Nanos,
}
