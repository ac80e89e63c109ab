//! Why a segment cannot be made or read.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Each says which thing it is about and what to do.
#[derive(Debug, Error)]
pub enum IpcError {
    /// An option is out of range.
    #[error("{key} = {value}: must be {allowed}")]
    Option {
        /// The option.
        key: &'static str,
        /// What came.
        value: String,
        /// What may come.
        allowed: String,
    },
    /// Another engine holds the name.
    #[error("segment {name:?} belongs to a running engine (pid {pid}); stop it, or choose another name")]
    Busy {
        /// The segment.
        name: String,
        /// The other engine's.
        pid: u32,
    },
    /// The memory file system is full.
    #[error("{}: the segment needs {needed} bytes and {free} are free; \
             lower ring_capacity, or remove what is left over there", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// Its size.
        needed: u64,
        /// What is left.
        free: u64,
    },
    /// A file of that name is something else.
    #[error("{}: is no segment of an engine; remove it, or choose another name", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// There is no such segment.
    #[error("there is no segment {name:?} ({}): is its engine running?", path.display())]
    NotFound {
        /// The segment.
        name: String,
        /// Where it would be.
        path: PathBuf,
    },
    /// Another layout.
    #[error("segment has layout {found}, this program reads {}.x", super::VERSION.0)]
    Version {
        /// The segment's major version.
        found: u16,
    },
    /// The header contradicts itself.
    #[error("segment is damaged: {what}")]
    Damaged {
        /// Where.
        what: &'static str,
    },
    /// No more rows.
    #[error("the table of instruments is full ({capacity} rows); raise max_instruments")]
    TableFull {
        /// Its rows.
        capacity: u64,
    },
    /// A name that does not fit its field.
    #[error(
        "instrument {instrument:?}: {field} {value:?} must be 1 to {limit} ASCII characters without spaces"
    )]
    Text {
        /// Of which instrument.
        instrument: String,
        /// The field.
        field: &'static str,
        /// What came.
        value: String,
        /// Bytes that it may have.
        limit: usize,
    },
    /// A row that is not in the table.
    #[error("instrument {id} is not in the table, which has {count} rows")]
    NoInstrument {
        /// The row.
        id: u32,
        /// Rows there are.
        count: u64,
    },
    /// The system refused.
    #[error("{}: cannot {what}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
}
