//! What can go wrong with a journal.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a journal cannot be written or read.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The system refused.
    #[error("{path}: cannot {what}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// There is no room for the entry: on the decision path this stops all new orders.
    #[error("{path}: full: {needed} bytes are needed, {left} are left of {capacity}")]
    Full {
        /// The file.
        path: PathBuf,
        /// Of the entry.
        needed: usize,
        /// In the file.
        left: usize,
        /// Of the file.
        capacity: usize,
    },
    /// Not a container.
    #[error("{path}: not a pyrt container: {reason}")]
    NotOne {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// Another major version.
    #[error("{path}: version {found}, this program reads {known}")]
    Version {
        /// The file.
        path: PathBuf,
        /// Its major version.
        found: u16,
        /// Ours.
        known: u16,
    },
    /// Something in the middle is gone: what is behind it cannot be understood without it.
    #[error("{path}: a hole: {reason}")]
    Hole {
        /// The file.
        path: PathBuf,
        /// Where.
        reason: String,
    },
    /// Another process writes it.
    #[error("{path}: another process writes it")]
    Busy {
        /// The file.
        path: PathBuf,
    },
}
