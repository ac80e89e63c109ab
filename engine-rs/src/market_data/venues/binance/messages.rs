//! What a frame of the market streams says, its numbers already on the instrument's grids.

use crate::model::{GridError, Lots, Nanos, Reason, Side, Ticks};

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
        /// `E`
        event_time: Nanos,
    },
    /// `trade`.
    Trade(Print),
    /// `bookTicker`; it has no time.
    Ticker {
        /// Position among the connection's instruments.
        index: usize,
        /// `u`
        id: u64,
        /// `b` and `B`, if there is a bid.
        bid: Option<(Ticks, Lots)>,
        /// `a` and `A`, if there is an ask.
        ask: Option<(Ticks, Lots)>,
    },
    /// A kind of the venue's that is not used: `aggTrade`, `kline`, answers to requests and the like.
    Unused,
    /// A kind or an instrument that is not known.
    Unknown,
}

/// A trade of the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Print {
    /// Position among the connection's instruments.
    pub index: usize,
    /// `t`
    pub id: u64,
    /// `p`
    pub ticks: Ticks,
    /// `q`
    pub lots: Lots,
    /// The taker's: `m` says that the buyer rested, so the taker sold.
    pub side: Side,
    /// `T`
    pub event_time: Nanos,
}

/// Why a frame or a body was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong with it.
    pub cause: Cause,
    /// Position of the instrument whose book lost a message by it, as far as can be seen.
    pub book: Option<usize>,
}

/// What is wrong with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// Not JSON, or not the shape that its kind has.
    #[error("not readable: {0}")]
    Unreadable(&'static str),
    /// A number that does not fit.
    #[error("{what}: {error}")]
    Number {
        /// `price` or `quantity`.
        what: &'static str,
        /// Why.
        error: GridError,
    },
}

impl Cause {
    /// The reason that readers are given.
    pub(super) fn reason(self) -> Reason {
        match self {
            Cause::Number { error: GridError::OffGrid | GridError::TooLarge, .. } => Reason::OffGrid,
            _ => Reason::Unreadable,
        }
    }
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
