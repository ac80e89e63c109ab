//! Recordings of all that came in: entries as in a journal, in compressed blocks that stand for themselves, with an index by
//! time at the end. `proto/RECORDING.md` is the specification.
//!
//! The decision thread copies entries into a block in memory and hands it to another thread, which compresses and
//! appends it. A file whose writer died is whole up to its last block; its index is made anew by looking at every block.
//!
//! | file | noun |
//! |---|---|
//! | `form.rs` | heads, blocks, index: their bytes |
//! | `writer.rs` | a file, a block at a time |
//! | `reader.rs` | entries in order, from a time on, and what is damaged |
//! | `recorder.rs` | the decision thread's end, and the thread that writes |

mod form;
mod reader;
mod recorder;
mod writer;

pub use form::{MOST_RAW, RECORDING_MAGIC, Span};
pub use reader::{Damage, Recorded};
pub use recorder::{Recorder, RecorderOptions, Recording};
pub use writer::{Block, BlockWriter};
