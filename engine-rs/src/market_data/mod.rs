//! Venue messages in, records and exact books out. No socket and no clock in here: bytes and times come as arguments,
//! so a live session, a recording and a test drive the same code.
//!
//! | file | noun |
//! |---|---|
//! | `feed.rs` | the contract of one venue's connection: what it is told, what it asks for, what it gives |

mod feed;

pub use feed::{BookTop, Counters, Feed, Request, Sink};
