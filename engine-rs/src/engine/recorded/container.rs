//! A container as messages: what came in of one venue. Recordings and sessions' journals alike.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::super::feeds::is_standby;
use super::super::trading::{self, ORDER_ENTRY};
use super::head::{Head, addresses};
use crate::journal::recording::{Damage, RECORDING_MAGIC, Recorded};
use crate::journal::{Entry, EntryKind, Journal, JournalError, Tail};
use crate::market_data::{Messages, Origin, RawMessage};
use crate::model::Nanos;

const JOURNAL_MAGIC: [u8; 8] = *b"PYRTLOG1";

/// Either kind of container, read from the first entry on.
pub enum Container {
    /// Entry by entry, as a session wrote them.
    Journal(Box<Journal>, usize),
    /// Blocks of frames.
    Recording(Box<Recorded>),
}

/// What a file begins with, if it is long enough.
fn magic_of(path: &Path) -> io::Result<[u8; 8]> {
    let mut magic = [0; 8];
    let mut file = File::open(path)?;
    let mut filled = 0;
    while filled < magic.len() {
        match file.read(&mut magic[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(magic)
}

/// Whether a file is a container: of a session's journal, or a recording.
///
/// # Errors
/// If it cannot be read.
pub fn is_container(path: &Path) -> io::Result<bool> {
    Ok([RECORDING_MAGIC, JOURNAL_MAGIC].contains(&magic_of(path)?))
}

impl Container {
    /// Opens one; nothing if the file is something else.
    ///
    /// # Errors
    /// If it cannot be read, or is of another version.
    pub fn open(path: &Path) -> Result<Option<Container>, JournalError> {
        let magic = magic_of(path).map_err(|source| JournalError::Io {
            path: path.to_owned(),
            what: "read it",
            source,
        })?;
        Ok(match magic {
            RECORDING_MAGIC => Some(Container::Recording(Box::new(Recorded::open(path)?))),
            JOURNAL_MAGIC => Some(Container::Journal(Box::new(Journal::open(path)?), 0)),
            _ => None,
        })
    }

    /// The next entry, until the end.
    ///
    /// # Errors
    /// If the file cannot be read.
    #[allow(clippy::should_implement_trait)] // an entry borrows from the container
    pub fn next(&mut self) -> Result<Option<Entry<'_>>, JournalError> {
        match self {
            Container::Recording(recorded) => recorded.next(),
            Container::Journal(journal, at) => Ok(journal.entry_from(*at).map(|(entry, next)| {
                *at = next;
                entry
            })),
        }
    }

    /// Goes to the first entry received at or after a time; a journal has no index, and is read from its begin.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn seek(&mut self, time: Nanos) -> Result<(), JournalError> {
        match self {
            Container::Recording(recorded) => recorded.seek(time),
            Container::Journal(journal, at) => {
                *at = 0;
                while let Some((entry, next)) = journal.entry_from(*at) {
                    if entry.receive_time >= time {
                        break;
                    }
                    *at = next;
                }
                Ok(())
            }
        }
    }

    /// What a session's recording begins with; nothing if this is another file. It is read from its begin.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn head(path: &Path) -> Result<Option<Head>, JournalError> {
        let Some(mut container) = Container::open(path)? else { return Ok(None) };
        let mut payloads = Vec::new();
        for kind in super::HEAD {
            match container.next()? {
                Some(entry) if entry.kind == kind as u16 => payloads.push(entry.payload.to_vec()),
                _ => return Ok(None),
            }
        }
        Ok(Head::read(&payloads[0], &payloads[1]))
    }

    fn torn(&self) -> Option<u64> {
        match self {
            Container::Recording(recorded) => recorded.damage().iter().find_map(|damage| match damage {
                Damage::Torn { at } => Some(*at),
                Damage::Hole { .. } => None,
            }),
            Container::Journal(journal, _) => match journal.tail() {
                Tail::Torn { at } => Some(at as u64),
                _ => None,
            },
        }
    }

    fn holes(&self) -> Vec<String> {
        let hole = |at: u64, next: u64| format!("a hole from byte {at} to {next}");
        match self {
            Container::Recording(recorded) => recorded
                .damage()
                .iter()
                .filter_map(|damage| match damage {
                    Damage::Hole { at, next } => Some(hole(*at, *next)),
                    Damage::Torn { .. } => None,
                })
                .collect(),
            Container::Journal(journal, _) => match journal.tail() {
                Tail::Hole { at, next } => vec![hole(at as u64, next as u64)],
                _ => vec![],
            },
        }
    }
}

/// The streams of market data that a container has messages of.
///
/// # Errors
/// If the file cannot be read, or is no container.
pub fn streams(path: &Path) -> io::Result<BTreeSet<u16>> {
    let mut container = Container::open(path).map_err(io::Error::other)?.ok_or(io::ErrorKind::InvalidData)?;
    let mut found = BTreeSet::new();
    while let Some(entry) = container.next().map_err(io::Error::other)? {
        let kind = EntryKind::from_code(entry.kind);
        // A connection that stands by says the same again.
        let main = entry.stream != ORDER_ENTRY && !is_standby(entry.stream);
        if main && matches!(kind, Some(EntryKind::FrameIn | EntryKind::Answer)) {
            found.insert(entry.stream);
        }
    }
    Ok(found)
}

/// What a file gives: of a container the messages of one stream, of any other file its text. With times, what was
/// received from the first on and before the second.
///
/// # Errors
/// If the file cannot be opened.
pub fn open(path: &Path, stream: u16, (from, until): (Option<Nanos>, Option<Nanos>)) -> io::Result<Origin> {
    let Some(mut container) = Container::open(path).map_err(io::Error::other)? else {
        return crate::market_data::text(path);
    };
    let mut addresses_of = Vec::new();
    if let Some(time) = from {
        // The table comes first: answers are understood with it.
        for _ in super::HEAD {
            match container.next().map_err(io::Error::other)? {
                Some(entry) if entry.kind == EntryKind::Instruments as u16 => {
                    addresses_of = addresses(&entry)
                }
                _ => {}
            }
        }
        container.seek(time).map_err(io::Error::other)?;
    }
    let part = Part { container, stream, until, addresses: addresses_of, lost: 0 };
    Ok(Origin::Messages(Box::new(part)))
}

/// The messages of one stream.
struct Part {
    container: Container,
    stream: u16,
    until: Option<Nanos>,
    /// Of the instruments' rows: stream, and what is asked for the book.
    addresses: Vec<(u16, String)>,
    /// Entries that found no room when they were recorded.
    lost: u64,
}

impl Messages for Part {
    fn next(&mut self, message: &mut RawMessage) -> io::Result<bool> {
        while let Some(entry) = self.container.next().map_err(io::Error::other)? {
            if self.until.is_some_and(|until| entry.receive_time >= until) {
                return Ok(false);
            }
            let (bytes, asked) = match EntryKind::from_code(entry.kind) {
                Some(EntryKind::Instruments) => {
                    self.addresses = addresses(&entry);
                    continue;
                }
                Some(EntryKind::Lost) => {
                    self.lost += lost_of(entry.payload);
                    continue;
                }
                Some(EntryKind::FrameIn) if entry.stream == self.stream => (entry.payload, None),
                Some(EntryKind::Answer) if entry.stream == self.stream => match answer_of(entry.payload) {
                    Some((asked, body)) => (body, Some(asked)),
                    None => continue,
                },
                Some(EntryKind::Response) => match trading::Entry::read(&entry) {
                    Some(trading::Entry::Response(by, row, Some(body)))
                        if is_standby(by) == is_standby(self.stream) =>
                    {
                        let of_row = self.addresses.get(row.0 as usize);
                        match of_row.filter(|(stream, _)| *stream == self.stream) {
                            Some((_, address)) => (body, Some(address.clone())),
                            None => continue,
                        }
                    }
                    _ => continue,
                },
                _ => continue,
            };
            message.receive_time = entry.receive_time;
            message.bytes.clear();
            message.bytes.extend_from_slice(bytes);
            message.asked = asked;
            return Ok(true);
        }
        Ok(false)
    }

    fn torn(&self) -> Option<u64> {
        self.container.torn()
    }

    fn holes(&self) -> Vec<String> {
        let mut holes = self.container.holes();
        if self.lost > 0 {
            holes.push(format!("{} entries found no room when it was made", self.lost));
        }
        holes
    }
}

/// The number in an entry that tells of lost ones.
pub(super) fn lost_of(payload: &[u8]) -> u64 {
    payload.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Address and body of an answer.
fn answer_of(payload: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = payload.split_first_chunk::<4>()?;
    let (asked, body) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((String::from_utf8(asked.to_vec()).ok()?, body))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test that fails may panic
mod tests {
    use super::*;
    use crate::journal::{Header, Writer};
    use crate::market_data::verification::{Access, verify};

    const DEPTH: &str =
        r#"{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":11,"u":12,"b":[["9.5","1"]],"a":[["9.7","1"]]}"#;

    #[test]
    fn a_journal_is_verified_like_a_recording() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.pyrt");
        let header = Header { session_id: 1, created: Nanos(1), monotonic_at_created: 1, closed: false };
        let mut writer = Writer::create(&path, 1 << 20, &header).unwrap();
        let mut add = |kind, stream, parts: &[&[u8]]| writer.append(kind, stream, Nanos(5), parts).unwrap();
        add(
            EntryKind::Instruments,
            0,
            &[br#"{"instruments": [{"symbol": "ETHUSDT"}, {"symbol": "BTCUSDT"}]}"#],
        );
        add(EntryKind::Connected, 0, &[]);
        add(
            EntryKind::Response,
            0,
            &[&(1_u64 | 1 << 32).to_le_bytes(), b"{\"lastUpdateId\":10,\n\"bids\":[],\"asks\":[]}"],
        );
        add(EntryKind::FrameIn, 0, &[DEPTH.as_bytes()]);
        add(EntryKind::FrameIn, 1, &[b"{\"id\":1,\"status\":200}"]);
        add(EntryKind::FrameIn, 0, &[DEPTH.replace("11", "14").replace("12", "15").as_bytes()]);
        writer.close().unwrap();
        assert_eq!(streams(&path).unwrap(), BTreeSet::from([0]));
        let spot = |path: &Path| open(path, 0, (None, None));
        let access = Access { open: &spot, instruments: None };
        let report = verify(&[&path], false, access).unwrap().remove(0);
        assert_eq!((report.messages, report.gaps, report.venue.name()), (3, 1, "binance-spot"));
        assert_eq!(report.faults().len(), 3, "{:?}", report.faults());
        let other = folder.path().join("other.tsv");
        std::fs::write(&other, "1\tx\n").unwrap();
        assert!(!is_container(&other).unwrap());
        assert!(matches!(open(&other, 0, (None, None)).unwrap(), Origin::Text(_)));
    }
}
