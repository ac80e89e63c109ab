//! The journal of a session, and the thread that brings it to the disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::error;

use super::Tape;
use crate::journal::{EntryKind, Header, JournalError, Writer};
use crate::model::Nanos;

/// Between two syncs: what a power cut may cost. The death of the process costs nothing.
const BETWEEN_SYNCS: Duration = Duration::from_millis(200);

/// Appends on the decision thread; another thread syncs.
pub struct Recorder {
    writer: Option<Writer>,
    path: PathBuf,
    stop: Arc<AtomicBool>,
    syncing: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Makes a journal with all its room reserved.
    ///
    /// # Errors
    /// If the file or the thread cannot be made.
    pub fn create(path: &Path, capacity: usize, header: &Header) -> Result<Recorder, JournalError> {
        let writer = Writer::create(path, capacity, header)?;
        let syncer = writer.syncer()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let spawned = std::thread::Builder::new().name("pyrt-journal".to_owned()).spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                std::thread::park_timeout(BETWEEN_SYNCS);
                if let Err(error) = syncer.sync() {
                    return error!(%error, "the journal is no longer synced");
                }
            }
        });
        let syncing = match spawned {
            Ok(thread) => Some(thread),
            Err(source) => {
                error!(%source, "no thread for the journal: it is synced at the end only");
                None
            }
        };
        Ok(Recorder { writer: Some(writer), path: path.to_owned(), stop, syncing })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Tape for Recorder {
    fn append(
        &mut self,
        kind: EntryKind,
        stream: u16,
        time: Nanos,
        parts: &[&[u8]],
    ) -> Result<(), JournalError> {
        self.writer.as_mut().map_or(Ok(()), |writer| writer.append(kind, stream, time, parts))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.syncing.take() {
            thread.thread().unpark();
            let _ = thread.join(); // a panic there has been printed by its own thread
        }
        if let Some(Err(error)) = self.writer.take().map(Writer::close) {
            error!(%error, "the journal is not closed cleanly");
        }
    }
}
