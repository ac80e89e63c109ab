//! The one writer of a container: an entry is there when its first word is.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use rustix::fs::{FallocateFlags, FlockOperation};

use super::entry::{
    EntryKind, HEAD, HEADER_BYTES, Header, MAGIC, MOST_BYTES, VERSION, WORD, checksum, head_words, padded,
};
use super::{Journal, JournalError};
use crate::memory::{Access, Words, begin_of_page};
use crate::model::Nanos;

const CLOSED: u64 = 1;
/// Word of the header with the flags.
const FLAGS: usize = 2;
/// So much room is made ready before it is written to: more than comes between two syncs.
const READY: usize = (16 << 20) / WORD;

/// Appends entries to a preallocated shared mapping: no system call, no allocation.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: File,
    words: Arc<Words>,
    /// The next entry's first word.
    at: usize,
    /// The same, for the syncer.
    reached: Arc<AtomicUsize>,
}

/// Brings a journal's pages to the disk, and makes the next ones ready, from another thread.
///
/// A page that has been brought to the disk has to be made ready anew; the one that is being written to is left alone
/// while there are others, so that the writer never waits.
#[derive(Debug)]
pub struct Syncer {
    path: PathBuf,
    words: Arc<Words>,
    reached: Arc<AtomicUsize>,
    /// Up to here it is on the disk.
    synced: usize,
}

impl Syncer {
    /// Waits until everything that was appended before the call before this one is on the disk, and what has come
    /// since but for the last page.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        let reached = self.reached.load(Acquire);
        self.words.prepare(reached..reached + READY);
        let page = begin_of_page(reached);
        let end = if page > self.synced { page } else { reached };
        if end > self.synced {
            let synced = self.words.sync(self.synced..end);
            synced.map_err(|error| failed(&self.path, "sync it", error))?;
            self.synced = end;
            self.words.prepare(end..end + 1);
        }
        Ok(())
    }
}

impl Writer {
    /// Makes a container with room for `capacity` bytes, all reserved on the disk now: a full disk is an error here
    /// and not a fault later.
    ///
    /// # Errors
    /// If the file is there already, or cannot be made.
    pub fn create(path: &Path, capacity: usize, header: &Header) -> Result<Writer, JournalError> {
        let bytes = capacity.next_multiple_of(HEADER_BYTES) + HEADER_BYTES;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(|error| failed(path, "make it", error))?;
        lock(path, &file)?;
        rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes as u64)
            .map_err(|error| failed(path, "reserve its room", error.into()))?;
        let words = map(path, &file, bytes)?;
        for (word, value) in [
            (1, u64::from(VERSION.0) | u64::from(VERSION.1) << 16 | (HEADER_BYTES as u64) << 32),
            (FLAGS, 0),
            (3, header.session_id),
            (4, header.created.0.cast_unsigned()),
            (5, header.monotonic_at_created.cast_unsigned()),
        ] {
            words[word].store(value, Relaxed);
        }
        words[0].store(MAGIC, Release);
        Ok(Writer::at(path, file, words, HEADER_BYTES / WORD))
    }

    /// Goes on with a container that its writer left behind, after its last whole entry, in the room that is left.
    ///
    /// # Errors
    /// If it is none, another process writes it, or the file cannot be mapped.
    pub fn resume(path: &Path) -> Result<Writer, JournalError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(|error| failed(path, "open it", error))?;
        lock(path, &file)?;
        let end = Journal::open(path)?.end();
        let bytes = file.metadata().map_err(|error| failed(path, "read its size", error))?.len();
        let bytes =
            usize::try_from(bytes).map_err(|_| failed(path, "map it", io::ErrorKind::FileTooLarge.into()))?;
        let words = map(path, &file, bytes / HEADER_BYTES * HEADER_BYTES)?;
        let writer = Writer::at(path, file, words, end / WORD);
        for word in &writer.words[writer.at.min(writer.words.len())..] {
            // A torn entry must not look like the start of the next one. What is zero is not written: it would have
            // to be brought to the disk.
            if word.load(Relaxed) != 0 {
                word.store(0, Relaxed);
            }
        }
        writer.words[FLAGS].store(0, Release);
        Ok(writer)
    }

    fn at(path: &Path, file: File, words: Words, at: usize) -> Writer {
        words.prepare(at..at + READY);
        let (words, reached) = (Arc::new(words), Arc::new(AtomicUsize::new(at)));
        Writer { path: path.to_owned(), file, words, at, reached }
    }

    /// Appends one entry, its payload in parts. When this returns, the death of this process loses nothing of it.
    ///
    /// # Errors
    /// [`JournalError::Full`]: nothing was written.
    pub fn append(
        &mut self,
        kind: EntryKind,
        stream: u16,
        time: Nanos,
        parts: &[&[u8]],
    ) -> Result<(), JournalError> {
        let payload: usize = parts.iter().map(|part| part.len()).sum();
        let needed = padded(payload);
        // One word stays zero behind the last entry: it is what a reader stops at.
        if needed > MOST_BYTES || self.at + needed / WORD >= self.words.len() {
            return Err(self.full(needed));
        }
        let head = head_words(kind as u16, stream, time);
        let crc = checksum(head, parts);
        self.words[self.at + 1].store(head[0], Relaxed);
        self.words[self.at + 2].store(head[1], Relaxed);
        self.store_payload(parts);
        let length = (HEAD + payload) as u64;
        self.words[self.at].store(length | u64::from(crc) << 32, Release);
        self.at += needed / WORD;
        self.reached.store(self.at, Release);
        Ok(())
    }

    fn store_payload(&self, parts: &[&[u8]]) {
        let mut at = self.at + HEAD / WORD;
        let mut pending = [0_u8; WORD];
        let mut filled = 0;
        for part in parts {
            let mut rest = *part;
            while filled > 0 && !rest.is_empty() {
                pending[filled] = rest[0];
                rest = &rest[1..];
                filled += 1;
                if filled == WORD {
                    self.words[at].store(u64::from_le_bytes(pending), Relaxed);
                    (at, filled) = (at + 1, 0);
                }
            }
            let whole = rest.chunks_exact(WORD);
            let left = whole.remainder();
            let count = whole.len();
            for (slot, chunk) in self.words[at..at + count].iter().zip(whole) {
                let mut word = [0; WORD];
                word.copy_from_slice(chunk);
                slot.store(u64::from_le_bytes(word), Relaxed);
            }
            at += count;
            if filled == 0 {
                pending[..left.len()].copy_from_slice(left);
                filled = left.len();
            }
        }
        if filled > 0 {
            pending[filled..].fill(0);
            self.words[at].store(u64::from_le_bytes(pending), Relaxed);
        }
    }

    /// Bytes that entries may still take.
    #[must_use]
    pub fn left(&self) -> usize {
        self.words.len().saturating_sub(self.at + 1) * WORD // a closed file has no room at all
    }

    /// For the thread that syncs.
    #[must_use]
    pub fn syncer(&self) -> Syncer {
        let (words, reached) = (Arc::clone(&self.words), Arc::clone(&self.reached));
        Syncer { path: self.path.clone(), words, reached, synced: 0 }
    }

    /// Marks it as whole, gives back the room that was not used, and brings it to the disk.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn close(self) -> Result<(), JournalError> {
        let flags = self.words[FLAGS].load(Acquire);
        self.words[FLAGS].store(flags | CLOSED, Release);
        let Writer { path, file, words, at, .. } = self;
        drop(words); // unmapped before the file gets shorter, unless a syncer still has it, which stores nothing
        file.set_len((at * WORD) as u64).map_err(|error| failed(&path, "cut it", error))?;
        file.sync_all().map_err(|error| failed(&path, "sync it", error))
    }

    fn full(&self, needed: usize) -> JournalError {
        let capacity = self.words.len() * WORD;
        JournalError::Full { path: self.path.clone(), needed, left: self.left(), capacity }
    }
}

fn map(path: &Path, file: &File, bytes: usize) -> Result<Words, JournalError> {
    Words::map(file, 0, bytes as u64, Access::Write).map_err(|error| failed(path, "map it", error))
}

fn lock(path: &Path, file: &File) -> Result<(), JournalError> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(JournalError::Busy { path: path.to_owned() }),
        Err(error) => Err(failed(path, "lock it", error.into())),
    }
}

pub(super) fn failed(path: &Path, what: &'static str, source: io::Error) -> JournalError {
    JournalError::Io { path: path.to_owned(), what, source }
}
