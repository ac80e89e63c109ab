//! Recordings, journals, text, arrays and tables, damaged in every way: what is read is what was written, or is refused.

use std::fs;
use std::path::{Path, PathBuf};

use pyrt_engine::journal::recording::{Block, BlockWriter, Recorded};
use pyrt_engine::journal::{EntryKind, Header, Journal, Writer};
use pyrt_engine::market_data::Recording;
use pyrt_engine::market_data::records::{instruments_file, npy};
use pyrt_engine::model::{Event, Nanos};

use crate::driver::{corpus, fuzz};

/// In memory, so that a million of them cost nothing.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Place {
        Place(PathBuf::from(format!("/dev/shm/pyrt-test-fuzz-{}-{name}", std::process::id())))
    }

    fn put(&self, bytes: &[u8]) -> &Path {
        fs::write(&self.0, bytes).unwrap();
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// What entries hold: each says its own number.
fn payload(n: u64) -> Vec<u8> {
    format!("{{\"n\":{n},\"text\":\"{}\"}}", "ab".repeat(n as usize % 20)).into_bytes()
}

/// Recordings of a few blocks, closed and not.
fn recordings(place: &Place) -> Vec<Vec<u8>> {
    let made = |blocks: u64, close: bool| {
        let _ = fs::remove_file(&place.0);
        let mut writer = BlockWriter::create(&place.0, 3, Nanos(1)).unwrap();
        for block in 0..blocks {
            let mut content = Block::default();
            for n in 5 * block..5 * block + 5 {
                content.push(EntryKind::FrameIn, 1, Nanos(n as i64), &[&payload(n)]);
            }
            writer.write(&content).unwrap();
        }
        if close {
            writer.finish().unwrap();
        }
        fs::read(&place.0).unwrap()
    };
    vec![made(0, true), made(1, true), made(4, true), made(4, false)]
}

/// Puts the right checksum into every head, so that what is behind it is read.
fn mend(bytes: &mut [u8]) {
    for at in (64..bytes.len().saturating_sub(48)).step_by(8) {
        if !bytes[at..].starts_with(b"PBLK") && !bytes[at..].starts_with(b"PIDX") {
            continue;
        }
        let packed = u32::from_le_bytes(*bytes[at + 8..].first_chunk().unwrap()) as usize;
        if let Some(content) = bytes[at + 8..].get(..40 + packed) {
            let sum = crc32c::crc32c(content);
            bytes[at + 4..at + 8].copy_from_slice(&sum.to_le_bytes());
        }
    }
}

#[test]
fn recording() {
    let place = Place::new("recording");
    let mut seeds = recordings(&place);
    seeds.extend(corpus("recording"));
    let mut turn = 0_u64;
    fuzz("recording", 12, seeds, |input| {
        turn += 1;
        let mended = turn.is_multiple_of(2);
        let mut bytes = input.to_vec();
        if mended {
            mend(&mut bytes);
        }
        let Ok(mut recorded) = Recorded::open(place.put(&bytes)) else { return (false, 0, 0, 0) };
        let mut entries = 0;
        while let Some(entry) = recorded.next().unwrap() {
            entries += 1;
            // A checksum lets nothing through that was not written.
            assert!(mended || entry.payload == payload(entry.receive_time.0.cast_unsigned()), "{entry:?}");
        }
        for time in [0, 7, i64::MAX] {
            recorded.seek(Nanos(time)).unwrap();
            let entry = recorded.next().unwrap();
            assert!(entry.is_none_or(|entry| entry.receive_time.0 >= time));
        }
        (recorded.closed(), entries, recorded.index().len(), recorded.damage().len())
    });
}

#[test]
fn journal() {
    let place = Place::new("journal");
    let header = Header { session_id: 1, created: Nanos(1), monotonic_at_created: 1, closed: false };
    let made = |close: bool| {
        let _ = fs::remove_file(&place.0);
        let mut writer = Writer::create(&place.0, 1 << 12, &header).unwrap();
        (0..9).for_each(|n| writer.append(EntryKind::FrameIn, 1, Nanos(n as i64), &[&payload(n)]).unwrap());
        if close {
            writer.close().unwrap();
        }
        fs::read(&place.0).unwrap()
    };
    let mut seeds = vec![made(true), made(false)];
    seeds.extend(corpus("journal"));
    fuzz("journal", 6, seeds, |input| {
        let Ok(journal) = Journal::open(place.put(input)) else { return (0, None) };
        let mut entries = 0;
        for entry in journal.entries() {
            entries += 1;
            assert_eq!(entry.payload, payload(entry.receive_time.0.cast_unsigned()), "{entry:?}");
        }
        (entries, Some(std::mem::discriminant(&journal.tail())))
    });
}

#[test]
fn text() {
    let place = Place::new("text");
    fuzz("text", 8, corpus("text").into_iter().map(|line| line.repeat(2)).collect(), |input| {
        let lines = input.split(|byte| *byte == b'|').collect::<Vec<_>>().join(&b'\n');
        let Ok(mut recording) = Recording::open(&[place.put(&lines)]) else { return (0, false, 0) };
        let mut count = 0;
        let failed = loop {
            match recording.next() {
                Ok(Some(_)) => count += 1,
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        (count, failed, recording.torn().count())
    });
}

#[test]
fn arrays_and_tables() {
    let place = Place::new("arrays");
    let events: Vec<Event> = vec![bytemuck::Zeroable::zeroed(); 3];
    npy::write(&place.0, &events).unwrap();
    let mut seeds = vec![fs::read(&place.0).unwrap()];
    seeds.extend(corpus("tables"));
    fuzz("tables", 4, seeds, |input| {
        let path = place.put(input);
        let array = npy::read::<Event>(path).map(|events| events.len()).map_err(|_| ());
        (array, instruments_file::read(path).map(|rows| rows.len()).map_err(|_| ()))
    });
}
