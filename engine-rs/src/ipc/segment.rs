//! A segment's options, and its creation.

use std::sync::atomic::Ordering;

use super::layout::{
    ACCOUNT, BOOKS, EVENTS, HEARTBEAT, INSTRUMENTS, Identity, Layout, MAGIC, MAGIC_BYTES, PID_AND_FLAGS,
    POSITIONS, VENUES, WAKES,
};
use super::place::Draft;
use super::{IpcError, Producer};
use crate::memory::{Access, Words};
use crate::model::Nanos;

/// What a segment is made of. The keys are those of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentOptions {
    /// The segment is `/dev/shm/pyrt-<name>`.
    pub name: String,
    /// Records of the ring: a power of two.
    pub ring_capacity: u64,
    /// Rows of the tables of instruments and books.
    pub max_instruments: u32,
    /// Levels a side that a book row holds.
    pub book_depth: u32,
    /// Permissions of the file: 0o600, or 0o640 for a group that may read.
    pub mode: u32,
    /// The group of the file; nothing: that of the process.
    pub group: Option<u32>,
    /// The producer promises to call [`Producer::wake`] whenever it has nothing more to publish for now.
    pub wakes: bool,
    /// UTC, now.
    pub created: Nanos,
    /// `CLOCK_MONOTONIC` in ns at the same moment.
    pub monotonic: i64,
}

impl SegmentOptions {
    /// The options of `config/default.toml`: 2^16 records (4 MiB, which stay in a core's cache), 256 instruments, 10
    /// levels, readable by the owner only.
    #[must_use]
    pub fn new(name: &str, created: Nanos, monotonic: i64) -> Self {
        Self {
            name: name.to_owned(),
            ring_capacity: 1 << 16,
            max_instruments: 256,
            book_depth: 10,
            mode: 0o600,
            group: None,
            wakes: false,
            created,
            monotonic,
        }
    }

    /// Checks every option.
    ///
    /// # Errors
    /// [`IpcError::Option`] names the key, the value and what is allowed.
    pub fn check(&self) -> Result<(), IpcError> {
        check_name(&self.name)?;
        let smallest = super::layout::smallest_ring();
        let capacity = self.ring_capacity;
        if !capacity.is_power_of_two() || !(smallest..=MAX_RING).contains(&capacity) {
            let allowed = format!("a power of two from {smallest} to {MAX_RING}");
            return Err(IpcError::Option { key: "ring_capacity", value: capacity.to_string(), allowed });
        }
        in_range("max_instruments", self.max_instruments, 1, MAX_INSTRUMENTS)?;
        in_range("book_depth", self.book_depth, 1, MAX_DEPTH)?;
        if self.mode & !0o644 != 0 || self.mode & 0o600 != 0o600 {
            let allowed = "0600, 0640, 0604 or 0644: the owner writes, and nobody else does".to_owned();
            return Err(IpcError::Option { key: "mode", value: format!("{:04o}", self.mode), allowed });
        }
        Ok(())
    }
}

const MAX_RING: u64 = 1 << 26; // 4 GiB of records
const MAX_INSTRUMENTS: u32 = 1 << 16;
const MAX_DEPTH: u32 = 255; // a row counts its levels in a byte

fn in_range(key: &'static str, value: u32, low: u32, high: u32) -> Result<(), IpcError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(IpcError::Option { key, value: value.to_string(), allowed: format!("from {low} to {high}") })
}

/// A name becomes part of a path: letters, digits, `_` and `-` only.
pub(super) fn check_name(name: &str) -> Result<(), IpcError> {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    if (1..=64).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    let allowed = "1 to 64 of a-z, 0-9, _ and -".to_owned();
    Err(IpcError::Option { key: "name", value: format!("{name:?}"), allowed })
}

/// The shared memory of one engine.
pub struct Segment;

impl Segment {
    /// Makes a segment and puts it in place, taking over the name of an engine that died.
    ///
    /// # Errors
    /// [`IpcError::Option`] for a bad option, [`IpcError::Busy`] if a running engine has the name, [`IpcError::Full`]
    /// if there is no room, [`IpcError::Foreign`] if a file of that name is no segment, [`IpcError::Io`].
    pub fn create(options: &SegmentOptions) -> Result<Producer, IpcError> {
        options.check()?;
        let layout = Layout::plan(options);
        let draft = Draft::create(&options.name, layout.segment_bytes, (options.mode, options.group))?;
        let map = |offset, bytes| {
            Words::map(draft.file(), offset, bytes, Access::Write)
                .map_err(|e| draft.error("map the segment", e))
        };
        let header = map(0, layout.header_bytes)?;
        let region =
            |index: usize| map(layout.regions[index].data_offset, layout.regions[index].data_bytes());
        let regions = [INSTRUMENTS, EVENTS, BOOKS, POSITIONS, ACCOUNT, VENUES].map(region);
        let [instruments, events, books, positions, account, venues] = regions;
        let regions = [instruments?, events?, books?, positions?, account?, venues?];
        let identity = Identity {
            session_id: options.created.0.unsigned_abs(),
            pid: std::process::id(),
            created: options.created,
            monotonic: options.monotonic,
        };
        for (shared, word) in header.iter().zip(layout.encode(&identity)) {
            shared.store(word, Ordering::Relaxed);
        }
        if options.wakes {
            let flags = header[PID_AND_FLAGS].load(Ordering::Relaxed) | WAKES;
            header[PID_AND_FLAGS].store(flags, Ordering::Relaxed);
        }
        header[HEARTBEAT].store(options.monotonic.cast_unsigned(), Ordering::Relaxed);
        header[MAGIC].store(u64::from_le_bytes(MAGIC_BYTES), Ordering::Release);
        let placed = draft.put()?;
        Ok(Producer::new(placed, layout, options.book_depth, header, regions))
    }
}
