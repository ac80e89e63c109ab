//! The reader of shared memory, before a segment that lies: it stays inside, and never waits for ever.

use std::fs;
use std::path::PathBuf;

use pyrt_engine::ipc::{BookRow, Reader, Segment, SegmentOptions};
use pyrt_engine::model::{Event, Instrument, InstrumentId, Nanos, Reason, State};

use crate::driver::{corpus, fuzz};

/// The bytes of a small segment with records, an instrument and a book.
fn segment() -> Vec<u8> {
    let name = format!("test-fuzz-whole-{}", std::process::id());
    let options = SegmentOptions {
        ring_capacity: 64,
        max_instruments: 2,
        book_depth: 3,
        ..SegmentOptions::new(&name, Nanos(1), 0)
    };
    let mut producer = Segment::create(&options).unwrap();
    let id = producer.add_instrument(&Instrument::spot("test:A-B", "AB", "1", "1").unwrap()).unwrap();
    let event: Event = bytemuck::Zeroable::zeroed();
    (0..100).for_each(|_| _ = producer.publish(&event));
    let levels = [(1.0, 2.0)];
    let row = BookRow {
        state: Some(State::Synced),
        reason: Reason::None,
        since: Nanos(1),
        event_time: Nanos(1),
        receive_time: Nanos(1),
        last_id: 1,
        bids: &levels,
        asks: &levels,
    };
    producer.write_book(id, &row).unwrap();
    fs::read(producer.path()).unwrap()
}

/// Everything up to the data of the regions, which any bytes may be.
const HEAD: usize = 8192;

#[test]
fn reader() {
    let whole = segment();
    let mut seeds = vec![whole[..HEAD.min(whole.len())].to_vec()];
    seeds.extend(corpus("segment"));
    let name = format!("test-fuzz-{}", std::process::id());
    let path = PathBuf::from(format!("/dev/shm/pyrt-{name}"));
    let mut out = vec![bytemuck::Zeroable::zeroed(); 256];
    fuzz("segment", 10, seeds, |input| {
        let mut bytes = whole.clone();
        let length = input.len().min(bytes.len());
        bytes[..length].copy_from_slice(&input[..length]);
        bytes.truncate(if input.len() < HEAD / 2 { input.len() } else { bytes.len() });
        fs::write(&path, &bytes).unwrap();
        let mut reader = match Reader::open(&name) {
            Ok(reader) => reader,
            Err(error) => return (std::mem::discriminant(&error).into(), 0, 0),
        };
        reader.rewind();
        let mut records = 0;
        for _ in 0..4 {
            records += reader.read_batch(&mut out);
            records += usize::from(reader.read().is_some());
        }
        let rows = reader.instruments().map_or(0, |rows| rows.len());
        let _ = (reader.book(InstrumentId(0)), reader.book(InstrumentId(9)), reader.venues().len());
        let _ = (reader.liveness(0), reader.is_replaced(), reader.session_id());
        (None, records.min(8), rows)
    });
    let _ = fs::remove_file(&path);
}
