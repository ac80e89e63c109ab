//! What differs between venues whose stream brings the snapshot: frames in, frames out, proofs.

use crate::market_data::Candle;
use crate::market_data::frame::{Print, Refusal};
use crate::market_data::tracked_book::{Best, Level, Priced};
use crate::model::Nanos;

/// What a frame says, its numbers already on the instrument's grids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// Levels of one book, in the parser's list.
    Book {
        /// Position among the connection's instruments.
        index: usize,
        /// They replace the book; else they change it.
        snapshot: bool,
        /// What proves them.
        proof: Proof,
        /// By the venue's clock, if it says.
        event_time: Option<Nanos>,
    },
    /// Trades, in the parser's list.
    Trades,
    /// The venue's own best bid and offer.
    Quote {
        /// Position among the connection's instruments.
        index: usize,
        /// Its levels.
        best: Best,
        /// Whether it has sizes.
        sized: bool,
        /// By the venue's clock, if it says.
        event_time: Option<Nanos>,
    },
    /// The connection lives; the id of the last trade, if the venue says.
    Alive {
        /// Whose trade, and its id.
        last_trade: Option<(usize, u64)>,
    },
    /// The last trade before the connection: no news, and where the ids begin.
    LastTrade {
        /// Position among the connection's instruments.
        index: usize,
        /// Its id.
        id: u64,
    },
    /// Bars of the venue's own that are over, in the parser's list.
    Candles,
    /// How the venue itself is.
    Status {
        /// As usual.
        online: bool,
    },
    /// It came before.
    Repeated,
    /// A kind of the venue's that is not used.
    Unused,
    /// A kind or an instrument that is not known.
    Unknown,
}

/// How a venue lets a book message be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Not at all.
    None,
    /// A checksum of the best levels after it.
    Checksum(u32),
    /// A number that is one more with every message.
    Sequence(u64),
}

/// One venue's frames, in and out.
pub trait Protocol: Send {
    /// Ids of trades follow each other: a missing one is a missing message.
    const TRADES_FOLLOW: bool = false;
    /// All frames of a connection are numbered in one row.
    const NUMBERED: bool = false;
    /// Best levels a side that a checksum is of.
    const PROVEN_LEVELS: usize = 0;

    /// Reads a frame.
    ///
    /// # Errors
    /// [`Refusal`] for a frame that cannot be read or has a number that does not fit.
    fn read(&mut self, frame: &[u8]) -> Result<Message, Refusal>;

    /// A new connection: what is kept about the last one is forgotten.
    fn restart(&mut self) {}

    /// Whether something was left out before the frame read last.
    fn missed(&self) -> bool {
        false
    }

    /// The levels of the book message read last.
    fn levels(&self) -> &[Level];

    /// The trades of the message read last.
    fn prints(&self) -> &[Print];

    /// The bars of the message read last.
    fn candles(&self) -> &[Candle] {
        &[]
    }

    /// Frames that the fast reader left to the tolerant one.
    fn fallbacks(&self) -> u64;

    /// Levels a side that the venue speaks of in the snapshot read last.
    fn limit(&self, _index: usize) -> usize {
        usize::MAX
    }

    /// Whether these best levels have this checksum.
    fn proves(&self, _index: usize, _checksum: u32, _bids: &[Priced], _asks: &[Priced]) -> bool {
        true
    }

    /// Path and query to open the WebSocket with.
    fn stream_path(&self) -> String;

    /// What to say when the connection is up: subscriptions of all instruments.
    fn hello(&self) -> Vec<String>;

    /// What to say to have a book's snapshot again.
    fn renew(&self, index: usize) -> Vec<String>;
}
