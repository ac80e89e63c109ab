//! What a frame of the market streams says, its numbers already on the instrument's grids.

use crate::market_data::Print;
use crate::model::{Lots, Nanos, Ticks};

/// A message; the levels of a depth message or a snapshot are in the parser's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// `depthUpdate`: levels that changed between two update ids.
    Depth {
        /// Position among the connection's instruments.
        index: usize,
        /// `U`
        first: u64,
        /// `u`
        last: u64,
        /// `pu`, on futures: the last id of the message before.
        previous: Option<u64>,
        /// `E`
        event_time: Nanos,
    },
    /// `trade`.
    Trade(Print),
    /// `aggTrade`: trades of one taker at one price, together.
    Aggregate(Print),
    /// `bookTicker`.
    Ticker {
        /// Position among the connection's instruments.
        index: usize,
        /// `u`
        id: u64,
        /// `b` and `B`, if there is a bid.
        bid: Option<(Ticks, Lots)>,
        /// `a` and `A`, if there is an ask.
        ask: Option<(Ticks, Lots)>,
        /// `E`; spot has none.
        event_time: Option<Nanos>,
    },
    /// A kind of the venue's that is not used: `kline`, answers to requests and the like.
    Unused,
    /// A kind or an instrument that is not known.
    Unknown,
}

/// The venue's milliseconds (or microseconds, if the connection asked for them) since 1970.
#[inline]
pub(super) fn venue_time(value: u64) -> Option<Nanos> {
    let factor = match value {
        0..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..9_000_000_000_000_000 => 1_000,
        _ => return None,
    };
    i64::try_from(value).ok()?.checked_mul(factor).map(Nanos)
}
