//! A reader in Rust: for tests and for the engine's own commands.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::layout::{
    self, CLOSED, Form, HEARTBEAT, Identity, Layout, PID_AND_FLAGS, RECORD_BYTES, Region, STRIDE, WAKES,
};
use super::lock::is_locked;
use super::protocol::{Proven, Ring, Slot, read_row, row_count};
use super::segment::check_name;
use super::{Book, Health, IpcError, futex, place, rows};
use crate::memory::{Access, Words};
use crate::model::{Event, Instrument, InstrumentId};

/// Looks at a row that is being written, or at a ring that is always ahead.
const ATTEMPTS: u32 = 2000;

/// So many of them before the core is given away.
const PATIENT: u32 = 50;

/// Between two looks at a ring whose producer wakes nobody.
const GLANCE: Duration = Duration::from_millis(1);

/// A heartbeat older than this, in ns, says that the producer hangs.
const HEARTBEAT_LIMIT: i64 = 1_000_000_000;

/// What is known about a segment's producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// It runs.
    Alive,
    /// It holds its lock and does not move: stopped by a signal or hanging.
    Silent,
    /// It stopped cleanly.
    Closed,
    /// It died.
    Dead,
}

/// A region that this version knows, mapped.
#[derive(Debug)]
struct Table {
    region: Region,
    words: Words,
}

/// A read-only view of a segment, with a cursor into its ring. One thread uses it; open another one a thread.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    file: File,
    layout: Layout,
    identity: Identity,
    header: Words,
    instruments: Table,
    events: Table,
    books: Table,
    /// A segment of an older minor version has none.
    venues: Option<Table>,
    depth: usize,
    cursor: u64,
    lost: u64,
}

impl Reader {
    /// Opens a segment by name, its cursor behind the newest record.
    ///
    /// # Errors
    /// [`IpcError::NotFound`], [`IpcError::Version`] for another major version, [`IpcError::Damaged`] if it is no whole
    /// segment, [`IpcError::Io`].
    pub fn open(name: &str) -> Result<Self, IpcError> {
        check_name(name)?;
        let path = place::path_of(name);
        let failed = |what| move |source| IpcError::Io { path: place::path_of(name), what, source };
        let file = place::open(&path, false).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => IpcError::NotFound { name: name.to_owned(), path: path.clone() },
            _ => failed("open the segment")(error),
        })?;
        let bytes = file.metadata().map_err(failed("look at it"))?.len();
        let map = |offset, length| {
            Words::map(&file, offset, length, Access::Read).map_err(failed("map the segment"))
        };
        if bytes < layout::SMALLEST_HEADER {
            return Err(IpcError::Damaged { what: "it is shorter than a header" });
        }
        let header_bytes = layout::header_bytes(&snapshot(&map(0, layout::SMALLEST_HEADER)?))?;
        if header_bytes > bytes {
            return Err(IpcError::Damaged { what: "its header is longer than the file" });
        }
        let header = map(0, header_bytes)?;
        let (layout, identity) = Layout::decode(&snapshot(&header), bytes)?;
        let table = |name: &str, form| {
            let known = |region: &&Region| region.name == name && region.form == Some(form);
            let missing = IpcError::Damaged { what: "a region that every segment has is missing" };
            let region = layout.regions.iter().find(known).ok_or(missing)?.clone();
            let words = map(region.data_offset, region.data_bytes())?;
            Ok::<_, IpcError>(Table { region, words })
        };
        let instruments = table("instruments", Form::AppendOnly)?;
        let (events, books) = (table("events", Form::Ring)?, table("books", Form::Rows)?);
        let venues = table("venues", Form::Rows).ok();
        if events.region.record_bytes != RECORD_BYTES || !events.region.capacity.is_power_of_two() {
            return Err(IpcError::Damaged {
                what: "its ring is not of records of 64 bytes, a power of two of them",
            });
        }
        let (true, Some(depth)) =
            (instruments.region.record_bytes == rows::INSTRUMENT_BYTES, rows::depth_of(&books.region))
        else {
            return Err(IpcError::Damaged { what: "its tables have rows of another layout" });
        };
        let (cursor, lost) = (0, 0);
        let mut reader = Self {
            path,
            file,
            layout,
            identity,
            header,
            instruments,
            events,
            books,
            venues,
            depth,
            cursor,
            lost,
        };
        reader.cursor = reader.head();
        Ok(reader)
    }

    fn ring(&self) -> Ring<'_, STRIDE> {
        let control = self.events.region.control();
        Ring::new(&self.header[control], &self.header[control + 1], &self.events.words)
    }

    /// Goes to the oldest record that the ring still has.
    pub fn rewind(&mut self) {
        self.cursor = self.head().saturating_sub(self.events.region.capacity);
    }

    /// Records published so far.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.ring().head::<Proven>()
    }

    /// The sequence that the next read begins with.
    #[must_use]
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Records that were overwritten before this reader saw them.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// The next record, if there is one; its stamp is its sequence. A reader that was lapped goes on half a ring
    /// behind the writer, and [`Reader::lost`] has grown.
    pub fn read(&mut self) -> Option<Event> {
        for _ in 0..ATTEMPTS {
            match self.ring().read::<Proven>(self.cursor) {
                Slot::Pending => return None,
                Slot::Whole(words) => {
                    let event = event_of(words, self.cursor);
                    self.cursor = self.cursor.wrapping_add(1);
                    return Some(event);
                }
                Slot::Lapped => self.skip(),
            }
        }
        None // words that no writer of ours has stored: whoever calls may look again
    }

    /// Waits until there is something to read or the producer has closed, at most so long; whether there is something. It sleeps where the producer wakes, and
    /// looks a thousand times a second elsewhere.
    #[must_use]
    pub fn wait(&self, most: Duration) -> bool {
        let until = Instant::now() + most;
        let word = &self.header[self.events.region.control() + 1];
        loop {
            let head = self.head();
            let left = until.saturating_duration_since(Instant::now());
            let flags = self.header[PID_AND_FLAGS].load(Ordering::Acquire);
            if head > self.cursor || left.is_zero() || flags & CLOSED != 0 {
                return head > self.cursor;
            }
            if flags & WAKES != 0 {
                futex::wait(word, head, left);
            } else {
                std::thread::sleep(left.min(GLANCE));
            }
        }
    }

    /// Copies the next records into `out`, as many as there are and as fit, and returns their number.
    pub fn read_batch(&mut self, out: &mut [Event]) -> usize {
        let records: &mut [[u64; STRIDE]] = bytemuck::must_cast_slice_mut(out);
        for _ in 0..ATTEMPTS {
            if let Some(count) = self.ring().copy::<Proven>(self.cursor, records) {
                for (sequence, record) in (self.cursor..).zip(&mut records[..count]) {
                    record[0] = sequence;
                }
                self.cursor += count as u64;
                return count;
            }
            self.skip();
        }
        0
    }

    fn skip(&mut self) {
        let resumed = self.ring().resume(self.cursor);
        self.lost = self.lost.wrapping_add(resumed.wrapping_sub(self.cursor));
        self.cursor = resumed;
    }

    /// The instruments so far.
    ///
    /// # Errors
    /// [`IpcError::Damaged`] if a row holds no instrument.
    pub fn instruments(&self) -> Result<Vec<(InstrumentId, Instrument)>, IpcError> {
        let Table { region, words } = &self.instruments;
        let count = row_count::<Proven>(&self.header[region.control()]).min(region.capacity);
        (0..count)
            .map(|index| rows::decode_instrument(&snapshot(&words[layout::row(region, index)])))
            .collect()
    }

    /// A consistent copy of an instrument's book; nothing if it has no row or its producer died while writing it.
    #[must_use]
    pub fn book(&self, id: InstrumentId) -> Option<Book> {
        let Table { region, words } = &self.books;
        let row = words.get(layout::row(region, u64::from(id.0)))?;
        let mut copy = vec![0; row.len()];
        copy_at_rest(row, &mut copy).then(|| Book::decode(&copy, self.depth))
    }

    /// How the connections to venues stand.
    #[must_use]
    pub fn venues(&self) -> Vec<Health> {
        let Some(Table { region, words }) = &self.venues else { return Vec::new() };
        let read = |index| {
            let row = words.get(layout::row(region, index))?;
            let mut copy = vec![0; row.len()];
            copy_at_rest(row, &mut copy).then(|| Health::decode(&copy)).flatten()
        };
        (0..region.capacity).map_while(read).collect()
    }

    /// What is known about the producer; `monotonic` is `CLOCK_MONOTONIC` in ns, now.
    ///
    /// # Errors
    /// [`IpcError::Io`] if the lock cannot be looked at.
    pub fn liveness(&self, monotonic: i64) -> Result<Liveness, IpcError> {
        if self.header[PID_AND_FLAGS].load(Ordering::Acquire) & CLOSED != 0 {
            return Ok(Liveness::Closed);
        }
        let failed = |source| IpcError::Io { path: self.path.clone(), what: "look at its lock", source };
        if !is_locked(&self.file).map_err(failed)? {
            return Ok(Liveness::Dead);
        }
        let age = monotonic - self.header[HEARTBEAT].load(Ordering::Relaxed).cast_signed();
        Ok(if age > HEARTBEAT_LIMIT { Liveness::Silent } else { Liveness::Alive })
    }

    /// Whether another segment has this one's name now: its producer was started again.
    #[must_use]
    pub fn is_replaced(&self) -> bool {
        self.path.exists() && !place::is_at(&self.file, &self.path).unwrap_or(true)
    }

    /// Of this start of the producer.
    #[must_use]
    pub fn session_id(&self) -> u64 {
        self.identity.session_id
    }

    /// The producer's.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.identity.pid
    }

    /// Its places.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }
}

fn event_of(mut words: [u64; STRIDE], sequence: u64) -> Event {
    words[0] = sequence;
    bytemuck::must_cast(words)
}

/// Copies a row; false if it was never at rest. The writer may need this very core to leave it.
fn copy_at_rest(row: &[AtomicU64], copy: &mut [u64]) -> bool {
    (1..=ATTEMPTS).any(|attempt| {
        if attempt % PATIENT == 0 {
            std::thread::yield_now();
        }
        read_row::<Proven>(row, copy)
    })
}

/// A copy of words that do not change any more.
fn snapshot(words: &[AtomicU64]) -> Vec<u64> {
    words.iter().map(|word| word.load(Ordering::Acquire)).collect()
}
