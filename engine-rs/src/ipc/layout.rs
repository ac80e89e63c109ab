//! Where everything lies in a segment: the header's words, the directory, the regions.

use std::ops::Range;

use super::{IpcError, SegmentOptions, health, ledger, rows};
use crate::model::Nanos;

/// Major and minor version of the layout written here.
pub const VERSION: (u16, u16) = (1, 4);

/// The first eight bytes of a segment.
pub(super) const MAGIC_BYTES: [u8; 8] = *b"PYRTSEG1";

// Words of the header; a word is eight bytes. Where two fields share a word, the first one is the low half.
pub(super) const MAGIC: usize = 0;
const VERSIONS_AND_SIZE: usize = 1;
const SEGMENT_BYTES: usize = 2;
const SESSION_ID: usize = 3;
pub(super) const PID_AND_FLAGS: usize = 4;
const CREATED: usize = 5;
const MONOTONIC: usize = 6;
const REGIONS: usize = 7;
pub(super) const HEARTBEAT: usize = 16;
const DIRECTORY: usize = 32;
const ENTRY: usize = 12;

/// Set in [`PID_AND_FLAGS`] by a clean stop.
pub(super) const CLOSED: u64 = 1 << 32;

/// Set in [`PID_AND_FLAGS`] by a producer that wakes those who wait on the head of its ring.
pub(super) const WAKES: u64 = 1 << 33;

/// Control words are this far apart, so that neither a core's prefetcher nor another region disturbs them.
const CONTROL_BYTES: u64 = 128;

const WORD: usize = size_of::<u64>();
/// Words of a record.
pub(super) const STRIDE: usize = 8;
pub(super) const RECORD_BYTES: u32 = 64;
/// A header is a multiple of this.
pub(super) const SMALLEST_HEADER: u64 = 4096;

// The directory's order.
pub(super) const INSTRUMENTS: usize = 0;
pub(super) const EVENTS: usize = 1;
pub(super) const BOOKS: usize = 2;
pub(super) const POSITIONS: usize = 3;
pub(super) const ACCOUNT: usize = 4;
pub(super) const VENUES: usize = 5;

/// Positions, one a strategy and instrument.
const POSITION_ROWS: u64 = 1024;

/// How a region is written and read.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Rows are added and never change.
    AppendOnly = 1,
    /// A broadcast ring.
    Ring = 2,
    /// Rows that change, each with a seqlock.
    Rows = 3,
}

/// A directory entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// What is in it.
    pub name: String,
    /// How it is written; nothing for a form of a newer minor version.
    pub form: Option<Form>,
    /// Of one record or row.
    pub record_bytes: u32,
    /// Offset of its control words, 0 if it has none.
    pub control_offset: u64,
    /// Offset of its first record.
    pub data_offset: u64,
    /// Records that it holds.
    pub capacity: u64,
    /// Its records' layout as JSON, as NumPy's `dtype.descr`.
    pub layout: String,
}

impl Region {
    /// Size of its data.
    #[must_use]
    pub fn data_bytes(&self) -> u64 {
        (self.capacity * u64::from(self.record_bytes)).next_multiple_of(page())
    }

    /// Index of the first control word in the header.
    pub(super) fn control(&self) -> usize {
        self.control_offset as usize / WORD
    }

    /// Words of one record.
    pub(super) fn words(&self) -> usize {
        self.record_bytes as usize / WORD
    }
}

/// The places of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Header, directory and texts.
    pub header_bytes: u64,
    /// The whole file.
    pub segment_bytes: u64,
    /// The directory.
    pub regions: Vec<Region>,
}

/// What a header says about its producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub session_id: u64,
    pub pid: u32,
    pub created: Nanos,
    pub monotonic: i64,
}

/// Regions are mapped apart, so they begin at a page; a page has 4096 bytes or a multiple of it.
fn page() -> u64 {
    (rustix::param::page_size() as u64).max(4096)
}

/// The smallest ring fills a page: a reader maps it twice in a row.
pub(super) fn smallest_ring() -> u64 {
    page() / u64::from(RECORD_BYTES)
}

impl Layout {
    /// The places of a segment with these (checked) options.
    #[must_use]
    pub fn plan(options: &SegmentOptions) -> Self {
        let depth = options.book_depth;
        let rows = u64::from(options.max_instruments);
        let region = |name: &str, form, record_bytes, capacity, layout: String| Region {
            name: name.to_owned(),
            form: Some(form),
            record_bytes,
            control_offset: 0,
            data_offset: 0,
            capacity,
            layout,
        };
        let mut regions = vec![
            region("instruments", Form::AppendOnly, rows::INSTRUMENT_BYTES, rows, rows::instrument_layout()),
            region("events", Form::Ring, RECORD_BYTES, options.ring_capacity, rows::EVENT_LAYOUT.to_owned()),
            region("books", Form::Rows, rows::book_bytes(depth), rows, rows::book_layout(depth)),
            region(
                "positions",
                Form::Rows,
                ledger::LEDGER_BYTES,
                POSITION_ROWS,
                ledger::POSITION_LAYOUT.to_owned(),
            ),
            region("account", Form::Rows, ledger::LEDGER_BYTES, 1, ledger::ACCOUNT_LAYOUT.to_owned()),
            region("venues", Form::Rows, health::HEALTH_BYTES, health::HEALTH_ROWS, health::health_layout()),
        ];
        let directory_end = ((DIRECTORY + ENTRY * regions.len()) * WORD) as u64;
        let mut offset = directory_end.next_multiple_of(CONTROL_BYTES);
        for region in regions.iter_mut().filter(|region| region.form != Some(Form::Rows)) {
            region.control_offset = offset;
            offset += CONTROL_BYTES;
        }
        let texts: usize = regions.iter().map(|region| region.layout.len().next_multiple_of(WORD)).sum();
        let header_bytes = (offset + texts as u64).next_multiple_of(page());
        let mut segment_bytes = header_bytes;
        for region in &mut regions {
            region.data_offset = segment_bytes;
            segment_bytes += region.data_bytes();
        }
        Self { header_bytes, segment_bytes, regions }
    }

    /// Index of the word where the layout texts begin.
    fn texts(&self) -> usize {
        let last = self.regions.iter().map(|region| region.control_offset).max().unwrap_or_default();
        (last + CONTROL_BYTES) as usize / WORD
    }

    /// The header's words with directory and texts; magic and heartbeat are zero still.
    pub(super) fn encode(&self, identity: &Identity) -> Vec<u64> {
        let mut words = vec![0; self.header_bytes as usize / WORD];
        let (major, minor) = VERSION;
        words[VERSIONS_AND_SIZE] = u64::from(major) | u64::from(minor) << 16 | self.header_bytes << 32;
        words[SEGMENT_BYTES] = self.segment_bytes;
        words[SESSION_ID] = identity.session_id;
        words[PID_AND_FLAGS] = u64::from(identity.pid);
        words[CREATED] = identity.created.0.cast_unsigned();
        words[MONOTONIC] = identity.monotonic.cast_unsigned();
        words[REGIONS] = self.regions.len() as u64 | ((DIRECTORY * WORD) as u64) << 32;
        let mut text = self.texts();
        for (index, region) in self.regions.iter().enumerate() {
            let entry = &mut words[DIRECTORY + index * ENTRY..][..ENTRY];
            put_text(&mut entry[..3], &region.name);
            entry[3] = region.form.map_or(0, |form| form as u64) | u64::from(region.record_bytes) << 32;
            entry[4] = region.control_offset;
            entry[5] = region.data_offset;
            entry[6] = region.capacity;
            entry[7] = (text * WORD) as u64 | (region.layout.len() as u64) << 32;
            let length = region.layout.len().div_ceil(WORD);
            put_text(&mut words[text..text + length], &region.layout);
            text += length;
        }
        words
    }

    /// Reads a header's words. `file_bytes` is the file's size: nothing may lie behind it.
    ///
    /// # Errors
    /// [`IpcError::Version`] for another major version, [`IpcError::Damaged`] if a size or place is impossible.
    pub(super) fn decode(words: &[u64], file_bytes: u64) -> Result<(Self, Identity), IpcError> {
        let damaged = |what| IpcError::Damaged { what };
        let layout = Self {
            header_bytes: header_bytes(words)?,
            segment_bytes: words[SEGMENT_BYTES],
            regions: read_directory(words)?,
        };
        if layout.segment_bytes > file_bytes || layout.header_bytes > words.len() as u64 * WORD as u64 {
            return Err(damaged("it is shorter than its header says"));
        }
        for region in &layout.regions {
            let records = region.capacity.checked_mul(u64::from(region.record_bytes));
            let end = records.and_then(|bytes| bytes.checked_add(region.data_offset)).unwrap_or(u64::MAX);
            let aligned = region.data_offset.is_multiple_of(4096) && region.record_bytes.is_multiple_of(8);
            let control_ends = region.control_offset.saturating_add(16);
            if !aligned || end > layout.segment_bytes || control_ends > layout.header_bytes {
                return Err(damaged("a region does not lie inside it"));
            }
        }
        let identity = Identity {
            session_id: words[SESSION_ID],
            pid: low(words[PID_AND_FLAGS]),
            created: Nanos(words[CREATED].cast_signed()),
            monotonic: words[MONOTONIC].cast_signed(),
        };
        Ok((layout, identity))
    }
}

/// Size of the header, from its first words; refuses what is no segment or has another layout.
pub(super) fn header_bytes(words: &[u64]) -> Result<u64, IpcError> {
    if words.len() < DIRECTORY || words[MAGIC] != u64::from_le_bytes(MAGIC_BYTES) {
        return Err(IpcError::Damaged { what: "it does not begin as a segment does" });
    }
    let major = words[VERSIONS_AND_SIZE] as u16;
    if major != VERSION.0 {
        return Err(IpcError::Version { found: major });
    }
    Ok(u64::from(high(words[VERSIONS_AND_SIZE])))
}

fn read_directory(words: &[u64]) -> Result<Vec<Region>, IpcError> {
    let damaged = IpcError::Damaged { what: "its directory does not lie inside its header" };
    let (count, directory) = (low(words[REGIONS]) as usize, high(words[REGIONS]) as usize / WORD);
    let Some(entries) = words.get(directory..).and_then(|rest| rest.get(..count.saturating_mul(ENTRY)))
    else {
        return Err(damaged);
    };
    let region = |entry: &[u64]| {
        let (start, length) = (low(entry[7]) as usize / WORD, high(entry[7]) as usize);
        Some(Region {
            name: take_text(&entry[..3], 3 * WORD),
            form: [Form::AppendOnly, Form::Ring, Form::Rows]
                .into_iter()
                .find(|form| *form as u32 == low(entry[3])),
            record_bytes: high(entry[3]),
            control_offset: entry[4],
            data_offset: entry[5],
            capacity: entry[6],
            layout: take_text(words.get(start..start + length.div_ceil(WORD))?, length),
        })
    };
    entries.chunks_exact(ENTRY).map(region).collect::<Option<_>>().ok_or(damaged)
}

fn low(word: u64) -> u32 {
    word as u32
}

fn high(word: u64) -> u32 {
    (word >> 32) as u32
}

/// Writes text into words, NUL-padded; what does not fit is cut, callers have checked.
pub(super) fn put_text(words: &mut [u64], text: &str) {
    let mut bytes = text.bytes();
    for word in words {
        *word = u64::from_le_bytes(std::array::from_fn(|_| bytes.next().unwrap_or(0)));
    }
}

/// Reads text of at most `length` bytes, up to its padding.
pub(super) fn take_text(words: &[u64], length: usize) -> String {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).take(length).collect();
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// The words of row `index` of a region.
pub(super) fn row(region: &Region, index: u64) -> Range<usize> {
    let words = region.words();
    let start = index as usize * words;
    start..start + words
}
