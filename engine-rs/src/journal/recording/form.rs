//! The bytes of a recording. Everything is little-endian; blocks begin at multiples of 8.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::journal::Entry;
use crate::model::Nanos;

/// What a recording begins with.
pub const RECORDING_MAGIC: [u8; 8] = *b"PYRTREC1";
pub(super) const END_MAGIC: [u8; 8] = *b"PYRTEND1";
pub(super) const BLOCK_MAGIC: [u8; 4] = *b"PBLK";
pub(super) const INDEX_MAGIC: [u8; 4] = *b"PIDX";
pub(super) const VERSION: (u16, u16) = (1, 0);
pub(super) const HEADER: usize = 64;
pub(super) const HEAD: usize = 48;
pub(super) const TRAILER: usize = 24;
/// Before an entry's payload.
pub(super) const ENTRY_HEAD: usize = 16;
const ROW: usize = 32;
/// No block holds more.
pub const MOST_RAW: usize = 64 << 20;
const STORED: u16 = 0;
const DEFLATED: u16 = 1;
/// A good part of what the best compression gives, at a fifth of its price.
const LEVEL: u32 = 3;

/// A block, as the index knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where its head begins.
    pub offset: u64,
    /// Entries in it.
    pub entries: u32,
    /// The earliest receive time in it.
    pub first: Nanos,
    /// The latest.
    pub last: Nanos,
}

/// A head, of a block or of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub magic: [u8; 4],
    crc: u32,
    /// Bytes behind the head.
    pub packed: u32,
    /// Bytes when unpacked.
    pub raw: u32,
    pub sequence: u64,
    pub entries: u32,
    codec: u16,
    pub first: Nanos,
    pub last: Nanos,
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn nanos_at(bytes: &[u8], at: usize) -> Option<Nanos> {
    u64_at(bytes, at).map(|word| Nanos(word.cast_signed()))
}

/// The file's header.
pub(super) fn header(session_id: u64, created: Nanos) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..8].copy_from_slice(&RECORDING_MAGIC);
    bytes[8..10].copy_from_slice(&VERSION.0.to_le_bytes());
    bytes[10..12].copy_from_slice(&VERSION.1.to_le_bytes());
    #[allow(clippy::cast_possible_truncation)] // 64
    bytes[12..16].copy_from_slice(&(HEADER as u32).to_le_bytes());
    bytes[16..24].copy_from_slice(&session_id.to_le_bytes());
    bytes[24..32].copy_from_slice(&created.0.to_le_bytes());
    bytes
}

impl Head {
    pub(super) fn read(bytes: &[u8]) -> Option<Head> {
        Some(Head {
            magic: *bytes.first_chunk()?,
            crc: u32_at(bytes, 4)?,
            packed: u32_at(bytes, 8)?,
            raw: u32_at(bytes, 12)?,
            sequence: u64_at(bytes, 16)?,
            entries: u32_at(bytes, 24)?,
            codec: u16_at(bytes, 28)?,
            first: nanos_at(bytes, 32)?,
            last: nanos_at(bytes, 40)?,
        })
    }

    fn bytes(&self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        bytes[..4].copy_from_slice(&self.magic);
        bytes[4..8].copy_from_slice(&self.crc.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.packed.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.raw.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.entries.to_le_bytes());
        bytes[28..30].copy_from_slice(&self.codec.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.first.0.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.last.0.to_le_bytes());
        bytes
    }

    /// Whether it can be a block's, with room for it in so many bytes.
    pub(super) fn fits(&self, left: u64) -> bool {
        self.magic == BLOCK_MAGIC && self.raw as usize <= MOST_RAW && self.span() - HEAD as u64 <= left
    }

    /// Bytes in the file, padding included.
    pub(super) fn span(&self) -> u64 {
        (HEAD as u64 + u64::from(self.packed)).next_multiple_of(8)
    }

    /// Whether head and content are as they were written.
    pub(super) fn is_whole(&self, packed: &[u8]) -> bool {
        checksum(&self.bytes(), packed) == self.crc
    }

    /// Unpacks the content, which must be as long as it says.
    pub(super) fn unpack(&self, packed: &[u8], raw: &mut Vec<u8>) -> bool {
        raw.clear();
        match self.codec {
            STORED => raw.extend_from_slice(packed),
            DEFLATED => {
                raw.reserve(self.raw as usize + 1); // one more than allowed, to see that it is not used
                let unpacked = Decompress::new(false).decompress_vec(packed, raw, FlushDecompress::Finish);
                if !matches!(unpacked, Ok(Status::StreamEnd)) {
                    return false;
                }
            }
            _ => return false,
        }
        raw.len() == self.raw as usize
    }
}

fn checksum(head: &[u8; HEAD], packed: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&head[8..]), packed)
}

/// A whole block, or the index, into `out`, padded; `packed` is for the packing.
pub(super) fn pack(
    (magic, sequence): ([u8; 4], u64),
    raw: &[u8],
    span: &Span,
    packer: Option<&mut Compress>,
    out: &mut Vec<u8>,
) {
    out.clear();
    out.resize(HEAD, 0);
    let mut codec = STORED;
    if let Some(packer) = packer {
        packer.reset();
        out.reserve(raw.len() + 64);
        let done = packer.compress_vec(raw, out, FlushCompress::Finish);
        codec = if matches!(done, Ok(Status::StreamEnd)) { DEFLATED } else { STORED };
    }
    if codec == STORED {
        out.truncate(HEAD); // what cannot be made smaller is stored
        out.extend_from_slice(raw);
    }
    let count = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX); // blocks are bounded
    let mut head = Head {
        magic,
        crc: 0,
        packed: count(out.len() - HEAD),
        raw: count(raw.len()),
        sequence,
        entries: span.entries,
        codec,
        first: span.first,
        last: span.last,
    };
    head.crc = checksum(&head.bytes(), &out[HEAD..]);
    out[..HEAD].copy_from_slice(&head.bytes());
    out.resize(out.len().next_multiple_of(8), 0);
}

pub(super) fn packer() -> Compress {
    Compress::new(Compression::new(LEVEL), false)
}

/// The rows of an index.
pub(super) fn index_rows(index: &[Span]) -> Vec<u8> {
    let row = |span: &Span| {
        let mut bytes = [0; ROW];
        bytes[..8].copy_from_slice(&span.offset.to_le_bytes());
        bytes[8..12].copy_from_slice(&span.entries.to_le_bytes());
        bytes[16..24].copy_from_slice(&span.first.0.to_le_bytes());
        bytes[24..32].copy_from_slice(&span.last.0.to_le_bytes());
        bytes
    };
    index.iter().flat_map(row).collect()
}

/// Reads them back; nothing unless they lie one behind the other before `end`.
pub(super) fn read_index(rows: &[u8], end: u64) -> Option<Vec<Span>> {
    let span = |row: &[u8]| {
        Some(Span {
            offset: u64_at(row, 0)?,
            entries: u32_at(row, 8)?,
            first: nanos_at(row, 16)?,
            last: nanos_at(row, 24)?,
        })
    };
    if !rows.len().is_multiple_of(ROW) {
        return None;
    }
    let index: Vec<Span> = rows.chunks_exact(ROW).map(span).collect::<Option<_>>()?;
    let mut free = HEADER as u64;
    for span in &index {
        if span.offset < free || span.offset % 8 != 0 || span.offset.saturating_add(HEAD as u64) > end {
            return None;
        }
        free = span.offset + HEAD as u64;
    }
    Some(index)
}

/// The end of a file that was closed.
pub(super) fn trailer(index_offset: u64, blocks: u64) -> [u8; TRAILER] {
    let mut bytes = [0; TRAILER];
    bytes[..8].copy_from_slice(&index_offset.to_le_bytes());
    bytes[8..16].copy_from_slice(&blocks.to_le_bytes());
    bytes[16..].copy_from_slice(&END_MAGIC);
    bytes
}

/// The entry at `at` of a block's content, and where the next one begins.
pub(super) fn entry_at(raw: &[u8], at: usize) -> Option<(Entry<'_>, usize)> {
    let length = u32_at(raw, at)? as usize;
    let start = at + ENTRY_HEAD;
    let payload = raw.get(start..start.checked_add(length)?)?;
    let entry = Entry {
        kind: u16_at(raw, at + 4)?,
        stream: u16_at(raw, at + 6)?,
        receive_time: nanos_at(raw, at + 8)?,
        payload,
    };
    Some((entry, start + length))
}

/// Appends an entry to a block's content.
pub(super) fn push_entry(raw: &mut Vec<u8>, kind: u16, stream: u16, time: Nanos, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    raw.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()); // callers have checked
    raw.extend_from_slice(&kind.to_le_bytes());
    raw.extend_from_slice(&stream.to_le_bytes());
    raw.extend_from_slice(&time.0.to_le_bytes());
    parts.iter().for_each(|part| raw.extend_from_slice(part));
}
