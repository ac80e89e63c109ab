//! How a connection to a venue stands, as the words of its row.

use super::IpcError;
use super::layout::{put_text, take_text};
use crate::model::{Nanos, Reason, State};

pub(super) const HEALTH_BYTES: u32 = 256;
/// Words of a row.
pub(super) const HEALTH_WORDS: usize = HEALTH_BYTES as usize / size_of::<u64>();
/// Venues that a segment has room for.
pub(super) const HEALTH_ROWS: u64 = 16;

/// The text field: first word, words.
const VENUE: (usize, usize) = (28, 4);
/// The first counter.
const COUNTS: usize = 8;

/// Names of the counters, in the order of their words.
pub const COUNT_NAMES: [&str; 20] = [
    "frames",
    "gaps",
    "crossed",
    "checksums",
    "checksums_wrong",
    "duplicates",
    "rejected",
    "unknown",
    "staled",
    "resyncs",
    "snapshots",
    "refused",
    "clock_jumps",
    "connects",
    "disconnects",
    "overflows",
    "rate_limited",
    "malformed",
    "silences",
    "requests",
];

/// The layout of a row.
pub(super) fn health_layout() -> String {
    let counts: Vec<_> = COUNT_NAMES.iter().map(|name| format!(r#"["{name}","<u8"]"#)).collect();
    format!(
        concat!(
            r#"[["stamp","<u8"],["state","|u1"],["leading","|u1"],["switches","<u2"],["books","<u4"],["synced","<u4"],"#,
            r#"["stale","<u4"],["reason","<u8"],["trouble_time","<i8"],["since","<i8"],["last_frame","<i8"],"#,
            r#"["clock_offset","<i8"],{},["venue","|S32"]]"#
        ),
        counts.join(",")
    )
}

/// A connection to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthRow {
    /// Synced if all of its books are.
    pub state: State,
    /// Its books, those that equal the venue's, and those that nothing was heard of.
    pub books: [u32; 3],
    /// What went wrong last.
    pub reason: Reason,
    /// When that was seen.
    pub trouble_time: Nanos,
    /// When the state changed.
    pub since: Nanos,
    /// When a frame came last.
    pub last_frame: Nanos,
    /// Receive time less event time at its least, ns; `i64::MIN`: not known.
    pub clock_offset: i64,
    /// By [`COUNT_NAMES`].
    pub counts: [u64; COUNT_NAMES.len()],
    /// Books that readers see from it; 255: or more.
    pub leading: u8,
    /// Times that it took a book over from the venue's other connection.
    pub switches: u16,
}

/// A connection as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Its section's name in the configuration.
    pub venue: String,
    /// The code of a state record.
    pub state: u8,
    /// The code of a reason.
    pub reason: u64,
    /// Its books, those that equal the venue's, and those that nothing was heard of.
    pub books: [u32; 3],
    /// By [`COUNT_NAMES`].
    pub counts: [u64; COUNT_NAMES.len()],
    /// Receive time less event time at its least, ns.
    pub clock_offset: Option<i64>,
    /// Books that readers see from it; 255: or more.
    pub leading: u8,
    /// Times that it took a book over from the venue's other connection.
    pub switches: u16,
}

impl Health {
    /// A counter by its name.
    #[must_use]
    pub fn count(&self, name: &str) -> Option<u64> {
        COUNT_NAMES.iter().position(|known| *known == name).map(|place| self.counts[place])
    }

    /// Reads a row's words; nothing if it was never written.
    pub(super) fn decode(words: &[u64]) -> Option<Health> {
        if words[0] == 0 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation)] // halves
        let books = [(words[1] >> 32) as u32, words[2] as u32, (words[2] >> 32) as u32];
        let offset = words[7].cast_signed();
        Some(Health {
            venue: take_text(&words[VENUE.0..VENUE.0 + VENUE.1], VENUE.1 * size_of::<u64>()),
            #[allow(clippy::cast_possible_truncation)] // a byte
            state: words[1] as u8,
            reason: words[3],
            books,
            counts: std::array::from_fn(|place| words[COUNTS + place]),
            clock_offset: (offset != i64::MIN).then_some(offset),
            #[allow(clippy::cast_possible_truncation)] // a byte
            leading: (words[1] >> 8) as u8,
            #[allow(clippy::cast_possible_truncation)] // two bytes
            switches: (words[1] >> 16) as u16,
        })
    }
}

/// The part of a row that never changes: whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct HealthKey([u64; VENUE.1]);

impl HealthKey {
    /// # Errors
    /// [`IpcError::Text`] for a name that does not fit.
    pub(super) fn new(venue: &str) -> Result<Self, IpcError> {
        let limit = VENUE.1 * size_of::<u64>();
        if !(1..=limit).contains(&venue.len()) || !venue.bytes().all(|byte| byte.is_ascii_graphic()) {
            let (instrument, value) = (String::new(), venue.to_owned());
            return Err(IpcError::Text { instrument, field: "venue", value, limit });
        }
        let mut words = [0; VENUE.1];
        put_text(&mut words, venue);
        Ok(Self(words))
    }

    /// The row's words; the stamp is the protocol's business.
    pub(super) fn encode(&self, row: &HealthRow) -> [u64; HEALTH_WORDS] {
        let [books, synced, stale] = row.books.map(u64::from);
        let mut words = [0; HEALTH_WORDS];
        words[1] =
            row.state as u64 | u64::from(row.leading) << 8 | u64::from(row.switches) << 16 | books << 32;
        words[2] = synced | stale << 32;
        words[3] = row.reason as u64;
        let times = [row.trouble_time.0, row.since.0, row.last_frame.0, row.clock_offset];
        for (word, time) in words[4..COUNTS].iter_mut().zip(times) {
            *word = time.cast_unsigned();
        }
        words[COUNTS..VENUE.0].copy_from_slice(&row.counts);
        words[VENUE.0..].copy_from_slice(&self.0);
        words
    }
}
