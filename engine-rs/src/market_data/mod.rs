//! Venue messages in, records and exact books out. No socket and no clock in here: bytes and times come as arguments,
//! so a live session, a recording and a test drive the same code.
//!
//! | file | noun |
//! |---|---|
//! | `feed.rs` | the contract of one venue's connection: what it is told, what it asks for, what it gives |
//! | `tracked_book.rs` | a book, its state, and the records that tell readers |
//! | `scanner.rs`, `decimal.rs`, `symbols.rs` | what fast parsers are made of |
//! | `recording.rs` | recorded messages, and how they drive a feed |
//! | `bars.rs` | bars from trades |
//! | `venues/` | a folder a venue, all of one shape |

mod bars;
mod decimal;
mod feed;
mod recording;
mod scanner;
mod symbols;
mod tracked_book;
pub mod venues;

pub use bars::{BarBuilder, BarError, EndedBar, period_ns};
pub use feed::{BookTop, Counters, Feed, Request, Sink};
pub use recording::{Content, Line, Recording, RecordingError, Replayed, replay};
pub use tracked_book::Level;
