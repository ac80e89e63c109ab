//! Whole entries in order. A torn tail is cut at the last whole entry, and said.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::JournalError;
use super::entry::{Entry, HEAD, HEADER_BYTES, Header, MAGIC, MOST_BYTES, VERSION, WORD, checksum, padded};
use super::writer::failed;
use crate::model::Nanos;

/// How a container ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Closed, or every entry is whole.
    Whole,
    /// Something behind the last whole entry is none: its writer died in the middle of it, or the file is damaged.
    Torn {
        /// Where it was cut.
        at: usize,
    },
    /// Whole entries follow behind what is none: the file is damaged.
    Hole {
        /// Where no entry is.
        at: usize,
        /// Where the next one begins.
        next: usize,
    },
}

/// A container, read whole.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    bytes: Vec<u8>,
    header: Header,
    end: usize,
    tail: Tail,
}

impl Journal {
    /// Reads a container and finds its end.
    ///
    /// # Errors
    /// If it cannot be read, is none, or is of another major version.
    pub fn open(path: &Path) -> Result<Journal, JournalError> {
        let bytes = fs::read(path).map_err(|error| failed(path, "read it", error))?;
        let header = header_of(path, &bytes)?;
        let mut end = HEADER_BYTES;
        while let Some((_, next)) = entry_at(&bytes, end) {
            end = next;
        }
        let rest_is_zero = bytes[end..].iter().all(|byte| *byte == 0);
        let next = (!rest_is_zero).then(|| entry_behind(&bytes, end)).flatten();
        let tail = match next {
            Some(next) => Tail::Hole { at: end, next },
            None if rest_is_zero => Tail::Whole,
            None => Tail::Torn { at: end },
        };
        Ok(Journal { path: path.to_owned(), bytes, header, end, tail })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Who made it, and when.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How it ends.
    #[must_use]
    pub fn tail(&self) -> Tail {
        self.tail
    }

    /// Behind the last whole entry.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// The entry at a place, and the place of the next one; the first one's place is 0.
    #[must_use]
    pub fn entry_from(&self, place: usize) -> Option<(Entry<'_>, usize)> {
        entry_at(&self.bytes, place.max(HEADER_BYTES))
    }

    /// Every whole entry, in order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut at = HEADER_BYTES;
        std::iter::from_fn(move || {
            let (entry, next) = entry_at(&self.bytes, at)?;
            at = next;
            Some(entry)
        })
    }
}

/// Whether a file holds at least one entry. One that was just made may not even have its header yet.
///
/// # Errors
/// If it cannot be read, or is something else.
pub fn has_entries(path: &Path) -> Result<bool, JournalError> {
    let mut file = File::open(path).map_err(|error| failed(path, "open it", error))?;
    let mut bytes = Vec::with_capacity(HEADER_BYTES + WORD);
    let most = (HEADER_BYTES + WORD) as u64;
    file.by_ref().take(most).read_to_end(&mut bytes).map_err(|error| failed(path, "read it", error))?;
    if word(&bytes, 0).is_none_or(|magic| magic == 0) {
        return Ok(false); // its maker died before it was one
    }
    header_of(path, &bytes)?;
    Ok(word(&bytes, HEADER_BYTES).is_some_and(|first| first != 0))
}

/// Where the next whole entry begins behind a place where there is none.
fn entry_behind(bytes: &[u8], end: usize) -> Option<usize> {
    (end + WORD..bytes.len()).step_by(WORD).find(|at| entry_at(bytes, *at).is_some())
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    let slice = bytes.get(at..at + WORD)?;
    slice.try_into().ok().map(u64::from_le_bytes)
}

fn header_of(path: &Path, bytes: &[u8]) -> Result<Header, JournalError> {
    let refuse = |reason: String| Err(JournalError::NotOne { path: path.to_owned(), reason });
    let words: Option<Vec<u64>> = (0..6).map(|i| word(bytes, i * WORD)).collect();
    let Some(words) = words.filter(|_| bytes.len() >= HEADER_BYTES) else {
        return refuse(format!("it has {} bytes, a header has {HEADER_BYTES}", bytes.len()));
    };
    if words[0] != MAGIC {
        return refuse(format!("it begins with {:?}", String::from_utf8_lossy(&bytes[..WORD])));
    }
    #[allow(clippy::cast_possible_truncation)] // the low 16 bits
    let major = words[1] as u16;
    if major != VERSION.0 {
        return Err(JournalError::Version { path: path.to_owned(), found: major, known: VERSION.0 });
    }
    Ok(Header {
        session_id: words[3],
        created: Nanos(words[4].cast_signed()),
        monotonic_at_created: words[5].cast_signed(),
        closed: words[2] & 1 == 1,
    })
}

/// The entry at `at` and where the next one begins, if it is whole.
#[allow(clippy::cast_possible_truncation)] // halves of words
fn entry_at(bytes: &[u8], at: usize) -> Option<(Entry<'_>, usize)> {
    let first = word(bytes, at)?;
    let (length, crc) = (first as u32 as usize, (first >> 32) as u32);
    if !(HEAD..=MOST_BYTES).contains(&length) {
        return None;
    }
    let head = [word(bytes, at + WORD)?, word(bytes, at + 2 * WORD)?];
    let payload = bytes.get(at + HEAD..at + length)?;
    if checksum(head, &[payload]) != crc {
        return None;
    }
    let entry = Entry {
        kind: head[0] as u16,
        stream: (head[0] >> 16) as u16,
        receive_time: Nanos(head[1].cast_signed()),
        payload,
    };
    Some((entry, (at + padded(payload.len())).min(bytes.len())))
}
