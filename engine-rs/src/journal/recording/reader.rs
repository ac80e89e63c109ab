//! A recording's entries in order, a block at a time in memory.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::form::{
    self, BLOCK_MAGIC, END_MAGIC, HEAD, HEADER, Head, INDEX_MAGIC, RECORDING_MAGIC, Span, TRAILER, VERSION,
};
use crate::journal::writer::failed;
use crate::journal::{Entry, JournalError};
use crate::model::Nanos;

/// Bytes that are looked through at once for the next block.
const STRETCH: usize = 1 << 20;

/// Bytes that are no whole block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Nothing whole follows: its writer died.
    Torn {
        /// Where it was cut.
        at: u64,
    },
    /// Whole blocks follow, or blocks are missing between two: entries are gone.
    Hole {
        /// Where no block is.
        at: u64,
        /// Where the next one begins.
        next: u64,
    },
}

/// A recording that is read.
#[derive(Debug)]
pub struct Recorded {
    path: PathBuf,
    file: File,
    bytes: u64,
    session_id: u64,
    created: Nanos,
    closed: bool,
    index: Vec<Span>,
    damage: Vec<Damage>,
    /// The block that is read next.
    next: usize,
    raw: Vec<u8>,
    packed: Vec<u8>,
    /// In `raw`.
    at: usize,
}

impl Recorded {
    /// Opens a recording. If it was not closed, or its index is damaged, every block is looked at.
    ///
    /// # Errors
    /// If it cannot be read, is none, or is of another major version.
    pub fn open(path: &Path) -> Result<Recorded, JournalError> {
        let io = |what| move |error| failed(path, what, error);
        let file = File::open(path).map_err(io("open it"))?;
        let bytes = file.metadata().map_err(io("look at it"))?.len();
        let refuse = |reason: String| JournalError::NotOne { path: path.to_owned(), reason };
        let mut header = [0; HEADER];
        if bytes < HEADER as u64 {
            return Err(refuse(format!("it has {bytes} bytes, a header has {HEADER}")));
        }
        file.read_exact_at(&mut header, 0).map_err(io("read it"))?;
        if !header.starts_with(&RECORDING_MAGIC) {
            return Err(refuse(format!("it begins with {:?}", String::from_utf8_lossy(&header[..8]))));
        }
        let field = |at| form::u64_at(&header, at).unwrap_or_default();
        let found = form::u16_at(&header, 8).unwrap_or_default();
        if found != VERSION.0 {
            return Err(JournalError::Version { path: path.to_owned(), found, known: VERSION.0 });
        }
        let mut recorded = Recorded {
            path: path.to_owned(),
            file,
            bytes,
            session_id: field(16),
            created: Nanos(field(24).cast_signed()),
            closed: false,
            index: Vec::new(),
            damage: Vec::new(),
            next: 0,
            raw: Vec::new(),
            packed: Vec::new(),
            at: 0,
        };
        match recorded.read_index().map_err(io("read it"))? {
            Some(index) => (recorded.closed, recorded.index) = (true, index),
            None => recorded.scan().map_err(io("read it"))?,
        }
        Ok(recorded)
    }

    /// The next entry, until the end. What is damaged is passed over, and known by [`Recorded::damage`].
    ///
    /// # Errors
    /// If the file cannot be read.
    #[allow(clippy::should_implement_trait)] // an entry borrows from the recording
    pub fn next(&mut self) -> Result<Option<Entry<'_>>, JournalError> {
        while self.at >= self.raw.len() {
            if self.next >= self.index.len() {
                return Ok(None);
            }
            let loaded = self.load(self.next).map_err(|error| failed(&self.path, "read it", error))?;
            self.next += 1;
            if !loaded {
                self.raw.clear();
                self.at = 0;
            }
        }
        Ok(form::entry_at(&self.raw, self.at).map(|(entry, next)| {
            self.at = next;
            entry
        }))
    }

    /// Goes to the first block that has anything received at or after a time, and in it to the first such entry.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn seek(&mut self, time: Nanos) -> Result<(), JournalError> {
        self.next = self.index.iter().position(|span| span.last >= time).unwrap_or(self.index.len());
        (self.at, self.raw) = (0, Vec::new());
        loop {
            let at = self.at;
            match self.next()? {
                Some(entry) if entry.receive_time < time => {}
                Some(_) => {
                    // Back to the head of the entry that was just given out; a block that was loaded for it begins at 0.
                    self.at = if at < self.at { at } else { 0 };
                    return Ok(());
                }
                None => return Ok(()),
            }
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Of the engine's start that made it.
    #[must_use]
    pub fn session_id(&self) -> u64 {
        self.session_id
    }

    /// When it was made.
    #[must_use]
    pub fn created(&self) -> Nanos {
        self.created
    }

    /// Whether its writer closed it.
    #[must_use]
    pub fn closed(&self) -> bool {
        self.closed
    }

    /// Its blocks.
    #[must_use]
    pub fn index(&self) -> &[Span] {
        &self.index
    }

    /// What is damaged, as far as it has been read.
    #[must_use]
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// The index at the end, if it is whole.
    fn read_index(&mut self) -> io::Result<Option<Vec<Span>>> {
        let Some(at) = self.bytes.checked_sub(TRAILER as u64).filter(|at| *at >= HEADER as u64) else {
            return Ok(None);
        };
        let mut trailer = [0; TRAILER];
        self.file.read_exact_at(&mut trailer, at)?;
        let [offset, blocks] = [0, 8].map(|at| form::u64_at(&trailer, at).unwrap_or_default());
        if trailer[16..] != END_MAGIC || offset < HEADER as u64 || offset > at {
            return Ok(None);
        }
        let Some(head) = self.head_at(offset)? else { return Ok(None) };
        if head.magic != INDEX_MAGIC || head.sequence != blocks || offset.saturating_add(head.span()) != at {
            return Ok(None);
        }
        self.read_packed(&head, offset)?;
        if !head.is_whole(&self.packed) || !head.unpack(&self.packed, &mut self.raw) {
            return Ok(None);
        }
        let index = form::read_index(&self.raw, offset).filter(|index| index.len() as u64 == blocks);
        self.raw.clear();
        Ok(index)
    }

    /// Finds all whole blocks.
    fn scan(&mut self) -> io::Result<()> {
        let (mut at, mut expected) = (HEADER as u64, 0);
        while at < self.bytes {
            let Some((found, head)) = self.block_from(at)? else {
                let index = self.head_at(at)?.is_some_and(|head| head.magic == INDEX_MAGIC);
                if !index {
                    self.damage.push(Damage::Torn { at });
                }
                return Ok(()); // an index without its end was being written
            };
            if found != at || head.sequence != expected {
                self.damage.push(Damage::Hole { at, next: found });
            }
            self.index.push(Span {
                offset: found,
                entries: head.entries,
                first: head.first,
                last: head.last,
            });
            (at, expected) = (found + head.span(), head.sequence.wrapping_add(1));
        }
        Ok(())
    }

    /// The first whole block at or behind a place.
    fn block_from(&mut self, from: u64) -> io::Result<Option<(u64, Head)>> {
        if let Some(head) = self.whole_at(from)? {
            return Ok(Some((from, head)));
        }
        let mut stretch = vec![0; STRETCH];
        let mut start = from + 8;
        while start < self.bytes {
            let length = usize::try_from(self.bytes - start).map_or(STRETCH, |left| left.min(STRETCH));
            self.file.read_exact_at(&mut stretch[..length], start)?;
            for (place, word) in stretch[..length].chunks_exact(8).enumerate() {
                let at = start + 8 * place as u64;
                if word.starts_with(&BLOCK_MAGIC)
                    && let Some(head) = self.whole_at(at)?
                {
                    return Ok(Some((at, head)));
                }
            }
            start += STRETCH as u64;
        }
        Ok(None)
    }

    fn whole_at(&mut self, at: u64) -> io::Result<Option<Head>> {
        let left = self.bytes.saturating_sub(at.saturating_add(HEAD as u64));
        let Some(head) = self.head_at(at)?.filter(|head| head.fits(left)) else { return Ok(None) };
        self.read_packed(&head, at)?;
        Ok(head.is_whole(&self.packed).then_some(head))
    }

    fn head_at(&self, at: u64) -> io::Result<Option<Head>> {
        if at.saturating_add(HEAD as u64) > self.bytes {
            return Ok(None);
        }
        let mut bytes = [0; HEAD];
        self.file.read_exact_at(&mut bytes, at)?;
        Ok(Head::read(&bytes))
    }

    fn read_packed(&mut self, head: &Head, at: u64) -> io::Result<()> {
        self.packed.resize(head.packed as usize, 0);
        self.file.read_exact_at(&mut self.packed, at + HEAD as u64)
    }

    /// Brings a block's content into memory; false if it is not whole.
    fn load(&mut self, place: usize) -> io::Result<bool> {
        let at = self.index[place].offset;
        self.at = 0;
        if let Some(head) = self.whole_at(at)?
            && head.unpack(&self.packed, &mut self.raw)
            && self.entries_are(head.entries)
        {
            return Ok(true);
        }
        let next = self.index.get(place + 1).map_or(self.bytes, |span| span.offset);
        let hole = Damage::Hole { at, next };
        if !self.damage.contains(&hole) {
            self.damage.push(hole); // a block may be read twice
        }
        Ok(false)
    }

    /// Whether the content is so many entries and nothing else.
    fn entries_are(&self, count: u32) -> bool {
        let (mut at, mut found) = (0, 0);
        while let Some((_, next)) = form::entry_at(&self.raw, at) {
            (at, found) = (next, found + 1);
        }
        (at, found) == (self.raw.len(), count)
    }
}
