//! A recording's file, a block at a time. What has been written is never touched again.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use flate2::Compress;

use super::form::{self, BLOCK_MAGIC, ENTRY_HEAD, HEADER, INDEX_MAGIC, MOST_RAW, Span};
use crate::journal::writer::failed;
use crate::journal::{EntryKind, JournalError};
use crate::model::Nanos;

/// Entries that go into the file together.
#[derive(Debug, Default)]
pub struct Block {
    raw: Vec<u8>,
    entries: u32,
    first: Nanos,
    last: Nanos,
}

impl Block {
    /// A block with room for so many bytes, all in memory: whoever fills it waits for no page.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Block {
        let mut raw = vec![1; bytes];
        raw.clear();
        Block { raw, ..Block::default() }
    }

    /// Appends an entry; false if it would be too large for a block.
    pub fn push(&mut self, kind: EntryKind, stream: u16, time: Nanos, parts: &[&[u8]]) -> bool {
        let payload: usize = parts.iter().map(|part| part.len()).sum();
        if self.raw.len() + ENTRY_HEAD + payload > MOST_RAW {
            return false;
        }
        (self.first, self.last) = match self.entries {
            0 => (time, time),
            _ => (self.first.min(time), self.last.max(time)),
        };
        form::push_entry(&mut self.raw, kind as u16, stream, time, parts);
        self.entries += 1;
        true
    }

    /// Entries in it.
    #[must_use]
    pub fn entries(&self) -> u32 {
        self.entries
    }

    /// Bytes in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// The earliest time in it.
    #[must_use]
    pub fn first(&self) -> Nanos {
        self.first
    }

    /// Empties it; its room stays.
    pub fn clear(&mut self) {
        self.raw.clear();
        self.entries = 0;
    }
}

/// Appends blocks to a file of its own.
pub struct BlockWriter {
    path: PathBuf,
    file: File,
    /// Where the next block goes.
    end: u64,
    index: Vec<Span>,
    packer: Compress,
    packed: Vec<u8>,
}

impl BlockWriter {
    /// Makes the file.
    ///
    /// # Errors
    /// If it is there already, or cannot be made.
    pub fn create(path: &Path, session_id: u64, created: Nanos) -> Result<BlockWriter, JournalError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(path).map_err(|error| failed(path, "make it", error))?;
        file.write_all(&form::header(session_id, created))
            .map_err(|error| failed(path, "write to it", error))?;
        let (path, end) = (path.to_owned(), HEADER as u64);
        Ok(BlockWriter { path, file, end, index: Vec::new(), packer: form::packer(), packed: Vec::new() })
    }

    /// Appends a block, unless it is empty.
    ///
    /// # Errors
    /// If the disk refuses; the file is whole up to the block before.
    pub fn write(&mut self, block: &Block) -> Result<(), JournalError> {
        if block.is_empty() {
            return Ok(());
        }
        let Block { raw, entries, first, last } = block;
        let span = Span { offset: self.end, entries: *entries, first: *first, last: *last };
        let place = (BLOCK_MAGIC, self.index.len() as u64);
        form::pack(place, raw, &span, Some(&mut self.packer), &mut self.packed);
        self.append()?;
        self.index.push(span);
        Ok(())
    }

    /// What was packed goes to the file.
    fn append(&mut self) -> Result<(), JournalError> {
        let written = self.file.write_all(&self.packed);
        written.map_err(|error| failed(&self.path, "write to it", error))?;
        self.end += self.packed.len() as u64;
        Ok(())
    }

    /// Bytes in the file.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.end
    }

    /// Whether no block is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Writes the index, and brings the file to the disk.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn finish(mut self) -> Result<(), JournalError> {
        let rows = form::index_rows(&self.index);
        let entries = u32::try_from(self.index.len()).unwrap_or(u32::MAX);
        let (first, last) = self
            .index
            .first()
            .zip(self.index.last())
            .map_or((Nanos(0), Nanos(0)), |(a, b)| (a.first, b.last));
        let span = Span { offset: self.end, entries, first, last };
        let blocks = self.index.len() as u64;
        form::pack((INDEX_MAGIC, blocks), &rows, &span, None, &mut self.packed);
        self.packed.extend_from_slice(&form::trailer(span.offset, blocks));
        self.append()?;
        self.file.sync_all().map_err(|error| failed(&self.path, "sync it", error))
    }
}
