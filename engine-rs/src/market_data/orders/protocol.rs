//! What differs between venues that tell order by order.

use crate::book::L3Book;
use crate::market_data::frame::{Cause, Print, Refusal};
use crate::market_data::tracked_book::Best;
use crate::model::{InstrumentId, Lots, Nanos, Side, Ticks};

/// What happens to an order of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It comes to the back of its price.
    Add {
        /// The venue's.
        id: u128,
        /// Bid or ask.
        side: Side,
        /// Its price.
        ticks: Ticks,
        /// Its size.
        lots: Lots,
        /// Decimal places of price and size as written: some checksums are of the text.
        places: (u8, u8),
    },
    /// It has another price or size from now on.
    Modify {
        /// The venue's.
        id: u128,
        /// Another price, if it has one.
        ticks: Option<Ticks>,
        /// Its size.
        lots: Lots,
        /// As of [`Step::Add`].
        places: (u8, u8),
        /// It may be an order that never was in the book.
        perhaps: bool,
    },
    /// So much of it was filled.
    Execute {
        /// The venue's.
        id: u128,
        /// Its price, which proves the order.
        ticks: Ticks,
        /// How much.
        lots: Lots,
    },
    /// It is gone.
    Remove {
        /// The venue's.
        id: u128,
        /// What was left of it, where the venue says.
        left: Option<Lots>,
        /// It may be an order that never was in the book.
        perhaps: bool,
    },
}

/// What a frame says, its numbers already on the instrument's grids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderMessage {
    /// Steps of one book, and trades, in the parser's lists.
    Steps {
        /// Position among the connection's instruments.
        index: usize,
        /// They are the whole book.
        snapshot: bool,
        /// One more with every message, where the venue counts.
        sequence: Option<u64>,
        /// Of the best levels after it.
        checksum: Option<u32>,
        /// By the venue's clock, if it says.
        event_time: Option<Nanos>,
    },
    /// An order of a snapshot that comes as one message each, in a recording.
    Piece {
        /// Position among the connection's instruments.
        index: usize,
        /// The last message that is in the snapshot.
        sequence: u64,
    },
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
    /// The connection lives; the number of the last message, if the venue says.
    Alive {
        /// Whose, and the number.
        last: Option<(usize, u64)>,
    },
    /// A kind of the venue's that is not used.
    Unused,
    /// A kind or an instrument that is not known.
    Unknown,
}

/// One venue's frames, in and out.
pub trait OrderProtocol: Send {
    /// A snapshot must be asked for by REST, with so much (ns) of the venue's limit used up by each; else it comes over the
    /// stream.
    const SNAPSHOT_COST: Option<i64>;

    /// Reads a frame.
    ///
    /// # Errors
    /// [`Refusal`] for a frame that cannot be read or has a number that does not fit.
    fn read(&mut self, frame: &[u8]) -> Result<OrderMessage, Refusal>;

    /// Reads the body of a snapshot into its number and steps.
    ///
    /// # Errors
    /// [`Cause`]
    fn read_snapshot(&mut self, index: usize, body: &[u8]) -> Result<u64, Cause>;

    /// The steps of the message read last.
    fn steps(&self) -> &[Step];

    /// The trades of the message read last.
    fn prints(&self) -> &[Print];

    /// Frames that the fast reader left to the tolerant one.
    fn fallbacks(&self) -> u64;

    /// Levels a side that the venue speaks of.
    fn limit(&self, _index: usize) -> usize {
        usize::MAX
    }

    /// Whether a book has this checksum; `places` are those of [`Step::Add`], by an order's place.
    fn proves(&self, _index: usize, _checksum: u32, _book: &L3Book, _places: &[(u8, u8)]) -> bool {
        true
    }

    /// Path and query to open the WebSocket with.
    fn stream_path(&self) -> String;

    /// What to say when the connection is up.
    fn hello(&self) -> Vec<String>;

    /// What to say to have a book's snapshot again; nothing where it is asked for by REST.
    fn renew(&self, index: usize) -> Vec<String>;

    /// Path and query of a book's snapshot, where it is asked for by REST.
    fn snapshot_path(&self, _index: usize) -> String {
        String::new()
    }

    /// Whose snapshot was asked for with this path or address.
    fn snapshot_of(&self, _path: &str) -> Option<usize> {
        None
    }

    /// Position of an instrument among the connection's.
    fn index_of(&self, instrument: InstrumentId) -> Option<usize>;
}
