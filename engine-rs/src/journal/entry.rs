//! An entry's form: a head of 24 bytes and a payload, padded to 8.

use crate::model::Nanos;

/// `PYRTLOG1`.
pub(super) const MAGIC: u64 = u64::from_le_bytes(*b"PYRTLOG1");
/// Major and minor.
pub const VERSION: (u16, u16) = (1, 1);
/// Before the first entry.
pub const HEADER_BYTES: usize = 4096;
pub(super) const HEAD: usize = 24;
pub(super) const WORD: usize = 8;
/// No entry is longer.
pub(super) const MOST_BYTES: usize = 1 << 28;

/// What an entry holds.
#[repr(u16)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// The table of instruments, JSON; again when a row is added.
    Instruments = 1,
    /// A raw frame that arrived.
    FrameIn = 2,
    /// A raw frame that leaves.
    FrameOut = 3,
    /// A stream's connection is up.
    Connected = 4,
    /// A stream's connection is gone.
    Disconnected = 5,
    /// The body of an answer to a REST request.
    Response = 6,
    /// A moment at which timers were looked at.
    Timer = 7,
    /// A command.
    Command = 8,
    /// Parameters and model versions that were applied.
    Parameters = 9,
    /// What was decided.
    Decision = 10,
    /// A 64-byte record.
    Record = 11,
    /// The state at this point.
    Snapshot = 12,
    /// The configuration in force.
    Configuration = 13,
    /// An answer of a REST host with the address that was asked, of a recording that knows no instruments.
    Answer = 14,
    /// So many entries found no room here.
    Lost = 15,
}

impl EntryKind {
    const ALL: [EntryKind; 15] = [
        EntryKind::Instruments,
        EntryKind::FrameIn,
        EntryKind::FrameOut,
        EntryKind::Connected,
        EntryKind::Disconnected,
        EntryKind::Response,
        EntryKind::Timer,
        EntryKind::Command,
        EntryKind::Parameters,
        EntryKind::Decision,
        EntryKind::Record,
        EntryKind::Snapshot,
        EntryKind::Configuration,
        EntryKind::Answer,
        EntryKind::Lost,
    ];

    /// The kind of a code; a newer minor version may have more.
    #[must_use]
    pub fn from_code(code: u16) -> Option<EntryKind> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }
}

/// An entry as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// An [`EntryKind`]'s code.
    pub kind: u16,
    /// Which connection, strategy or table it belongs to.
    pub stream: u16,
    /// When it arrived or was decided, ns UTC.
    pub receive_time: Nanos,
    /// Its content.
    pub payload: &'a [u8],
}

/// Of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Of the engine's start that made it.
    pub session_id: u64,
    /// When it was made, ns UTC.
    pub created: Nanos,
    /// CLOCK_MONOTONIC at that moment.
    pub monotonic_at_created: i64,
    /// It was closed cleanly: no tail can be torn.
    pub closed: bool,
}

/// The words of a head after the first: kind and stream, receive time.
pub(super) fn head_words(kind: u16, stream: u16, time: Nanos) -> [u64; 2] {
    [u64::from(kind) | u64::from(stream) << 16, time.0.cast_unsigned()]
}

/// CRC-32C over the head's last 16 bytes and the payload.
pub(super) fn checksum(words: [u64; 2], parts: &[&[u8]]) -> u32 {
    let head = words.iter().fold(0, |crc, word| crc32c::crc32c_append(crc, &word.to_le_bytes()));
    parts.iter().fold(head, |crc, part| crc32c::crc32c_append(crc, part))
}

/// Bytes that an entry of such a payload takes in the file.
pub(super) fn padded(payload: usize) -> usize {
    (HEAD + payload).next_multiple_of(WORD)
}
