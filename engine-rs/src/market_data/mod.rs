//! Venue messages in, records and exact books out. No socket and no clock in here: bytes and times come as arguments,
//! so a live session, a recording and a test drive the same code.
//!
//! | file | noun |
//! |---|---|
//! | `feed.rs` | the contract of one venue's connection: what it is told, what it asks for, what it gives |
//! | `tracked_book.rs` | a book, its state, and the records that tell readers |
//! | `frame.rs` | what all venues' frames have in common: trades, quotes, refusals |
//! | `scanner.rs`, `decimal.rs`, `timestamps.rs`, `symbols.rs` | what fast parsers are made of |
//! | `values.rs` | what tolerant parsers are made of |
//! | `connection/` | what all feeds share: requests, trade ids, clocks, books given up and found stale |
//! | `listing.rs` | instruments from a venue's own list |
//! | `inference.rs` | instruments from a recording that does not say their grids |
//! | `recording.rs` | recorded messages, and how they drive a feed |
//! | `records/` | records as files |
//! | `bars.rs`, `candles.rs` | bars from trades; bars and marks that a venue makes itself |
//! | `verification/` | recordings held against what their venue said itself |
//! | `streamed/` | the feed of all venues whose stream brings the snapshot |
//! | `orders/` | the feed of all venues that tell order by order |
//! | `venues/` | a folder a venue, all of one shape |

mod bars;
mod candles;
mod connection;
mod decimal;
mod feed;
mod frame;
mod inference;
mod listing;
mod orders;
mod recording;
pub mod records;
mod scanner;
mod streamed;
mod symbols;
mod timestamps;
mod tracked_book;
mod values;
pub mod venues;
pub mod verification;

pub use bars::{BarBuilder, BarError, EndedBar, period_ns};
pub use candles::{Candle, VenueMark, VenuePeriod};
pub use connection::StreamOptions;
pub use feed::{BookTop, Counters, Feed, Outgoing, Request, Sink, Standing};
pub use frame::{Cause, Print, Refusal, VenueQuote};
pub use inference::InferenceError;
pub use listing::ListError;
pub use orders::{OrderFeed, OrderMessage, OrderProtocol, Step};
pub use recording::{
    Content, Line, Messages, Open, Origin, RawMessage, Recording, RecordingError, Replayed, replay,
    replay_while, spelled, text,
};
pub use streamed::{Message, Proof, Protocol, StreamFeed};
pub use tracked_book::{Best, Level, Priced};
