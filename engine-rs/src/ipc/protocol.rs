//! The three ways in which words become visible to another process, each a few loads and stores in a fixed order.
//!
//! Why no torn record is ever accepted: whoever overwrites slot n stores its intent and the slot's odd stamp before
//! the release fence and its words after it. If a reader's load returns one of those words, the reader's acquire
//! fence synchronizes with that release fence, and the load that follows it sees a stamp (or an intent) that fails
//! the check. The same holds for a row with a seqlock.

use super::sync::{AtomicU64, Ordering, fence};

/// How strong each access is. [`Proven`] is what runs. The model checker runs every single weakening of it as well
/// and must find the torn record that it lets through: so each of these is needed.
pub trait Strength {
    /// The writer announces an overwrite in `intent`: batches are checked against it.
    const ANNOUNCES: bool = true;
    /// The writer makes the stamp odd before it touches the words.
    const MARKS: bool = true;
    /// Between the marks and the words.
    const WRITER_FENCE: bool = true;
    /// The stamp that makes a slot or a row whole.
    const STAMP_STORE: Ordering = Ordering::Release;
    /// The head of a ring, the count of a table.
    const HEAD_STORE: Ordering = Ordering::Release;
    /// A reader's first look at a stamp.
    const STAMP_LOAD: Ordering = Ordering::Acquire;
    /// A reader's look at head or count.
    const HEAD_LOAD: Ordering = Ordering::Acquire;
    /// Between the copy and its check.
    const READER_FENCE: bool = true;
}

/// Everything that the proof asks for.
pub struct Proven;

impl Strength for Proven {}

/// What a look at one slot gives. Word 0 of a record is its stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot<const STRIDE: usize> {
    /// Not written yet.
    Pending,
    /// The record.
    Whole([u64; STRIDE]),
    /// A later record took its place.
    Lapped,
}

/// A broadcast ring of records of `STRIDE` words: one writer, which never waits, and any number of readers.
#[derive(Clone, Copy)]
pub struct Ring<'a, const STRIDE: usize> {
    intent: &'a AtomicU64,
    head: &'a AtomicU64,
    slots: &'a [[AtomicU64; STRIDE]],
}

impl<'a, const STRIDE: usize> Ring<'a, STRIDE> {
    /// A ring over its control words and its data. The number of slots is a power of two.
    #[inline]
    pub fn new(intent: &'a AtomicU64, head: &'a AtomicU64, data: &'a [AtomicU64]) -> Self {
        let slots = data.as_chunks().0;
        debug_assert!(slots.len().is_power_of_two());
        Self { intent, head, slots }
    }

    /// The slot of a record.
    #[inline]
    fn slot(&self, sequence: u64) -> &'a [AtomicU64; STRIDE] {
        &self.slots[sequence as usize & (self.slots.len() - 1)]
    }

    fn capacity(&self) -> u64 {
        self.slots.len() as u64
    }

    /// Writes record `sequence`, which is the number of records written before; its word 0 is not looked at.
    /// Only the one writer calls this.
    #[inline]
    pub fn publish<S: Strength>(&self, sequence: u64, record: &[u64; STRIDE]) {
        let slot = self.slot(sequence);
        if S::ANNOUNCES {
            self.intent.store(sequence + 1, Ordering::Relaxed);
        }
        write_marked::<S>(slot, 2 * sequence + 1, record);
        self.head.store(sequence + 1, S::HEAD_STORE);
    }

    /// Reads record `sequence` by its own stamp.
    #[inline]
    pub fn read<S: Strength>(&self, sequence: u64) -> Slot<STRIDE> {
        let slot = self.slot(sequence);
        let whole = sequence.wrapping_mul(2).wrapping_add(2); // a segment that lies has any numbers
        let mut record = [0; STRIDE];
        record[0] = slot[0].load(S::STAMP_LOAD);
        if record[0] < whole {
            return Slot::Pending;
        }
        if record[0] == whole && copy_checked::<S>(slot, &mut record) {
            Slot::Whole(record)
        } else {
            Slot::Lapped
        }
    }

    /// Copies the records from `from` on, as many as there are and as fit: their number, or nothing if the writer
    /// may have passed the first of them meanwhile. One check for all.
    pub fn copy<S: Strength>(&self, from: u64, out: &mut [[u64; STRIDE]]) -> Option<usize> {
        let ready = self.head::<S>().saturating_sub(from);
        let count = out.len().min(usize::try_from(ready).unwrap_or(usize::MAX));
        for (sequence, record) in (from..).zip(&mut out[..count]) {
            for (word, shared) in record.iter_mut().zip(self.slot(sequence)) {
                *word = shared.load(Ordering::Relaxed);
            }
        }
        if S::READER_FENCE {
            fence(Ordering::Acquire);
        }
        let intent = self.intent.load(Ordering::Relaxed);
        (intent.saturating_sub(from) <= self.capacity()).then_some(count)
    }

    /// The number of records written.
    #[inline]
    pub fn head<S: Strength>(&self) -> u64 {
        self.head.load(S::HEAD_LOAD)
    }

    /// Where a reader goes on that was lapped at `from`: half a ring behind the writer, since at the oldest record
    /// it would be lapped again at once. All records between are lost.
    pub fn resume(&self, from: u64) -> u64 {
        (self.head::<Proven>().saturating_sub(self.capacity() / 2)).max(from.saturating_add(1))
    }
}

/// Writes a row that its own stamp (word 0) guards and that has been `stamp` so far; word 0 of `words` is not looked
/// at. Only the one writer calls this.
#[inline]
pub fn write_row<S: Strength>(row: &[AtomicU64], stamp: u64, words: &[u64]) {
    write_marked::<S>(row, stamp + 1, words);
}

/// Copies a row, stamp included; false if it was being written.
#[inline]
pub fn read_row<S: Strength>(row: &[AtomicU64], out: &mut [u64]) -> bool {
    out[0] = row[0].load(S::STAMP_LOAD);
    out[0].is_multiple_of(2) && copy_checked::<S>(row, out)
}

/// Writes row `index` of a table whose rows never change, then counts it. Only the one writer calls this.
pub fn append_row<S: Strength>(count: &AtomicU64, index: u64, row: &[AtomicU64], words: &[u64]) {
    for (shared, word) in row.iter().zip(words) {
        shared.store(*word, Ordering::Relaxed);
    }
    count.store(index + 1, S::HEAD_STORE);
}

/// The number of rows of such a table that may be read.
pub fn row_count<S: Strength>(count: &AtomicU64) -> u64 {
    count.load(S::HEAD_LOAD)
}

/// Odd stamp, fence, words, even stamp.
#[inline]
fn write_marked<S: Strength>(place: &[AtomicU64], odd: u64, words: &[u64]) {
    if S::MARKS {
        place[0].store(odd, Ordering::Relaxed);
    }
    if S::WRITER_FENCE {
        fence(Ordering::Release);
    }
    for (shared, word) in place[1..].iter().zip(&words[1..]) {
        shared.store(*word, Ordering::Relaxed);
    }
    place[0].store(odd + 1, S::STAMP_STORE);
}

/// Copies the words behind a stamp that was loaded into `out[0]`; whether the stamp is still the same.
#[inline]
fn copy_checked<S: Strength>(place: &[AtomicU64], out: &mut [u64]) -> bool {
    for (word, shared) in out[1..].iter_mut().zip(&place[1..]) {
        *word = shared.load(Ordering::Relaxed);
    }
    if S::READER_FENCE {
        fence(Ordering::Acquire);
    }
    place[0].load(Ordering::Relaxed) == out[0]
}
