//! What a frame of the market streams says, its numbers already on the instrument's grids.

use super::endpoints::best_levels_symbol;
use crate::market_data::{Candle, Print, VenueMark};
use crate::model::{Lots, Nanos, Ticks};

/// A message; the levels of a depth message or a snapshot are in the parser's list.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// The best levels alone, all of them: `depth5`, `depth10`, `depth20`.
    Partial {
        /// Position among the connection's instruments.
        index: usize,
        /// `lastUpdateId`, on futures `u`.
        id: u64,
        /// `E`; spot has none.
        event_time: Option<Nanos>,
    },
    /// `trade`.
    Trade(Print),
    /// The binary form of it, several at once: they are in the parser's list.
    Trades,
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
    /// `kline`: a bar.
    Candle(Candle),
    /// `markPriceUpdate`.
    Mark(VenueMark),
    /// `serverShutdown`: the venue will soon end this connection.
    Shutdown,
    /// A kind of the venue's that is not used: answers to requests and the like.
    Unused,
    /// A kind or an instrument that is not known.
    Unknown,
}

impl Message {
    /// Futures write best levels as they write changes: the stream's name tells them apart.
    #[inline]
    pub(super) fn of_stream(self, stream: &[u8]) -> Message {
        match self {
            Message::Depth { index, last, event_time, .. } if best_levels_symbol(stream).is_some() => {
                Message::Partial { index, id: last, event_time: Some(event_time) }
            }
            other => other,
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
