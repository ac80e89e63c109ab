//! A book of orders of a connection, and where it stands.

use super::following::Following;
use super::protocol::Step;
use super::tracked::TrackedOrders;
use crate::market_data::connection::TradeIds;
use crate::market_data::tracked_book::DepthHead;
use crate::model::Nanos;

/// A book of orders, and where it stands.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) orders: TrackedOrders,
    pub(super) following: Following,
    pub(super) trades: TradeIds,
    /// Connected, and no snapshot yet.
    pub(super) fresh: bool,
    /// A message came that no snapshot has been there for.
    pub(super) orphaned: bool,
    /// A snapshot that comes in pieces, and the number it is of.
    pub(super) pieces: Vec<Step>,
    pub(super) pieces_of: u64,
    /// When the last message since the snapshot was made, and its checksum.
    pub(super) last: Option<(Nanos, Option<u32>)>,
    /// Messages of this session: the ids of its records, where the venue has none.
    count: u64,
}

/// What a message says about itself.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) sequence: Option<u64>,
    pub(super) checksum: Option<u32>,
    pub(super) event_time: Nanos,
    pub(super) receive_time: Nanos,
}

impl Head {
    /// What a message that comes again has again, where it has no number.
    pub(super) fn proof(&self) -> (Nanos, Option<u32>) {
        (self.event_time, self.checksum)
    }
}

impl Market {
    pub(super) fn new(orders: TrackedOrders) -> Market {
        Market {
            orders,
            following: Following::default(),
            trades: TradeIds::default(),
            fresh: false,
            orphaned: false,
            pieces: Vec::new(),
            pieces_of: 0,
            last: None,
            count: 0,
        }
    }

    /// Records count messages where the venue has no numbers.
    pub(super) fn head(&mut self, head: Head) -> DepthHead {
        self.count += 1;
        let id = head.sequence.unwrap_or(self.count);
        DepthHead { first: id, last: id, event_time: head.event_time, receive_time: head.receive_time }
    }
}
