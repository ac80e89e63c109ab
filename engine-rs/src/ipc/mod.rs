//! The shared-memory segment through which Python follows the engine: one writer, any number of readers that can
//! neither harm nor stall it. `proto/SHM_LAYOUT.md` is the specification, byte by byte.
//!
//! | file | noun |
//! |---|---|
//! | `protocol.rs` | who stores and loads what in which order: ring, row with a seqlock, append-only table; proven by `tests/loom_ring.rs` |
//! | `layout.rs` | where everything lies: header, directory, regions |
//! | `rows.rs` | an instrument and a book as words |
//! | `ledger.rs` | a position and the account as words |
//! | `health.rs` | how connections to venues stand |
//! | `segment.rs` | options, and a segment's creation |
//! | `place.rs` | the file: temporary, locked, put in place, taken over from a dead engine, withdrawn |
//! | `producer.rs` | the one writer |
//! | `reader.rs` | a reader in Rust |
//! | `lock.rs`, `futex.rs` | the lock and the sleep that need `unsafe`; the mapping is `crate::memory` |
//!
//! Shared memory is seen as a slice of atomic words and as nothing else, so another process can make a value wrong
//! but never make this one unsound.

mod error;
mod futex;
mod health;
mod layout;
mod ledger;
mod lock;
mod place;
mod producer;
mod protocol;
mod reader;
mod rows;
mod segment;
mod sync;

pub use error::IpcError;
pub use health::{COUNT_NAMES, Health, HealthRow};
pub use layout::{Form, Layout, Region, VERSION};
pub use ledger::{AccountRow, PositionId, PositionRow};
pub use producer::Producer;
pub use reader::{Liveness, Reader};
pub use rows::{Book, BookRow};
pub use segment::{Segment, SegmentOptions};
