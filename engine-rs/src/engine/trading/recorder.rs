//! The journal of a session in files of one size, and the thread that brings them to the disk and makes the next one
//! before it is needed.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::error;

use super::{Tape, part};
use crate::journal::{EntryKind, Header, Journal, JournalError, Syncer, Writer, recording};
use crate::model::Nanos;

/// Between two syncs: twice that is what a power cut may cost. The death of the process costs nothing.
const BETWEEN_SYNCS: Duration = Duration::from_millis(200);

/// For a file that is not there when it is needed.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Appends on the decision thread; another thread does everything that takes time.
pub struct Recorder {
    writer: Option<Writer>,
    /// The next file, all its room reserved.
    next: Receiver<(PathBuf, Writer)>,
    /// Files that are full. Gone, it ends the thread.
    full: Option<Sender<Writer>>,
    /// There is no next file.
    exhausted: bool,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Makes the first file, and the thread that makes the others; each has room for `capacity` bytes.
    ///
    /// # Errors
    /// If the file or the thread cannot be made.
    pub fn create(path: &Path, capacity: usize, header: &Header) -> Result<Recorder, JournalError> {
        Self::start(Writer::create(path, capacity, header)?, path, 1, capacity, header)
    }

    /// Goes on with a session's last file, the `number`th.
    ///
    /// # Errors
    /// If it is none, or another process writes it.
    pub fn resume(first: &Path, number: u32, capacity: usize) -> Result<Recorder, JournalError> {
        let last = part(first, number);
        let header = Header { closed: false, ..*Journal::open(&last)?.header() };
        Self::start(Writer::resume(&last)?, first, number, capacity, &header)
    }

    fn start(
        writer: Writer,
        first: &Path,
        number: u32,
        capacity: usize,
        header: &Header,
    ) -> Result<Recorder, JournalError> {
        let (to_full, full) = channel();
        let (to_next, next) = sync_channel(1);
        let keeper = Keeper {
            first: first.to_owned(),
            capacity,
            header: *header,
            number,
            full,
            to_next: Some(to_next),
        };
        let syncer = writer.syncer();
        let spawned =
            std::thread::Builder::new().name("pyrt-journal".to_owned()).spawn(move || keeper.run(syncer));
        let thread = match spawned {
            Ok(thread) => Some(thread),
            Err(source) => {
                error!(%source, "no thread for the journal: it ends with its first file, and is synced at the end only");
                None
            }
        };
        Ok(Recorder { writer: Some(writer), next, full: Some(to_full), exhausted: false, thread })
    }

    /// Goes on in the next file. It has long been made, unless the disk is slower than the market: a wait is better
    /// than the end of trading then, but not for long and not twice.
    fn turn(&mut self) -> bool {
        if self.exhausted {
            return false;
        }
        let Ok((_, next)) = self.next.recv_timeout(LONGEST_WAIT) else {
            self.exhausted = true;
            return false;
        };
        let full = self.writer.replace(next);
        if let (Some(full), Some(to_full)) = (full, &self.full) {
            let _ = to_full.send(full); // without the thread it is closed unclean, and whole
        }
        true
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
        let Some(writer) = &mut self.writer else { return Ok(()) };
        match writer.append(kind, stream, time, parts) {
            Err(JournalError::Full { .. }) if self.turn() => self.append(kind, stream, time, parts),
            written => written,
        }
    }
}

impl Tape for recording::Recorder {
    fn append(
        &mut self,
        kind: EntryKind,
        stream: u16,
        time: Nanos,
        parts: &[&[u8]],
    ) -> Result<(), JournalError> {
        self.take(kind, stream, time, parts);
        Ok(())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.full = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic there has been printed by its own thread
        }
        for (path, _) in self.next.try_iter() {
            let _ = std::fs::remove_file(path); // made ahead, and not needed
        }
        if let Some(Err(error)) = self.writer.take().map(Writer::close) {
            error!(%error, "the journal is not closed cleanly");
        }
    }
}

/// The other thread.
struct Keeper {
    first: PathBuf,
    capacity: usize,
    header: Header,
    /// Of the last file that was made.
    number: u32,
    full: Receiver<Writer>,
    /// Gone once a file could not be made: nobody waits for another.
    to_next: Option<SyncSender<(PathBuf, Writer)>>,
}

impl Keeper {
    fn run(mut self, mut syncer: Syncer) {
        let mut coming = self.make();
        loop {
            match self.full.recv_timeout(BETWEEN_SYNCS) {
                Ok(full) => {
                    if let Some(taken) = coming.take() {
                        syncer = taken;
                    }
                    coming = self.make(); // first: the other end may be in need of it
                    if let Err(error) = full.close() {
                        error!(%error, "a full journal is not closed cleanly");
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = syncer.sync() {
                        return error!(%error, "the journal is no longer synced");
                    }
                }
            }
        }
    }

    /// Makes the next file; its syncer, to be used once it is written to.
    fn make(&mut self) -> Option<Syncer> {
        self.number += 1;
        let path = part(&self.first, self.number);
        let made = Writer::create(&path, self.capacity, &self.header).map(|writer| {
            let syncer = writer.syncer();
            (writer, syncer)
        });
        match made {
            Ok((writer, syncer)) => {
                let sent = self.to_next.as_ref().map(|next| next.send((path, writer)));
                sent.is_some_and(|sent| sent.is_ok()).then_some(syncer) // else it is the end
            }
            Err(error) => {
                error!(%error, "no next file for the journal: trading stops when this one is full");
                self.to_next = None;
                None
            }
        }
    }
}
