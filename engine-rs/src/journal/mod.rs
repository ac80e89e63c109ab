//! What came in and what was decided, written before it acts: one container for journals and recordings.
//!
//! The decision thread appends to a preallocated shared mapping: an entry is there as soon as its first word is stored,
//! and dirty pages survive the death of the process. Syncing to the disk is another thread's work.
//! `proto/CONTAINER.md` is the specification.
//!
//! | file | noun |
//! |---|---|
//! | `entry.rs` | an entry's form and checksum |
//! | `writer.rs` | the one writer: append, resume, close |
//! | `reader.rs` | whole entries in order, and where a torn tail was cut |
//! | `error.rs` | what can go wrong |
//! | `recording/` | recordings in compressed blocks with an index |

mod entry;
mod error;
mod reader;
pub mod recording;
mod writer;

pub use entry::{Entry, EntryKind, HEADER_BYTES, Header, VERSION};
pub use error::JournalError;
pub use reader::{Journal, Tail, has_entries};
pub use writer::{Syncer, Writer};
