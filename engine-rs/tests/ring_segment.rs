//! A segment from outside: its bytes against the specification, its life, and what a reader gets.

#![allow(clippy::unwrap_used)] // a test's helpers may

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pyrt_engine::ipc::{
    AccountRow, BookRow, IpcError, Liveness, PositionRow, Producer, Reader, Segment, SegmentOptions,
};
use pyrt_engine::model::{Event, Instrument, InstrumentId, Nanos, Reason, State, Trade};

fn options(test: &str) -> SegmentOptions {
    let name = format!("test-{test}-{}", std::process::id());
    SegmentOptions {
        ring_capacity: 64,
        max_instruments: 3,
        book_depth: 2,
        ..SegmentOptions::new(&name, Nanos(1_000), 77)
    }
}

fn path(options: &SegmentOptions) -> PathBuf {
    Path::new("/dev/shm").join(format!("pyrt-{}", options.name))
}

fn instrument(name: &str) -> Instrument {
    Instrument::spot(name, "BTCUSDT", "0.01", "0.00001").unwrap()
}

fn trade(price: f64) -> Event {
    Trade { price, ..Trade::new(InstrumentId(0), Nanos(5)) }.into()
}

fn prices(reader: &mut Reader) -> Vec<f64> {
    std::iter::from_fn(|| reader.read()).map(|event| event.as_trade().unwrap().price).collect()
}

/// A producer whose process is gone: its lock is free and its name is still there.
fn abandon(producer: Producer, options: &SegmentOptions) {
    let path = path(options);
    let bytes = fs::read(&path).unwrap();
    producer.close();
    let mut bytes = bytes;
    bytes[32..36].copy_from_slice(&4_000_000_u32.to_le_bytes());
    fs::write(path, bytes).unwrap();
}

#[test]
fn the_bytes_are_those_of_the_specification() {
    let options = options("bytes");
    let mut producer = Segment::create(&options).unwrap();
    producer.add_instrument(&instrument("binance:BTC-USDT")).unwrap();
    producer.heartbeat(99);
    producer.publish(&trade(1.5));
    let bytes = fs::read(path(&options)).unwrap();
    let u16_at = |at: usize| u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap());
    let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());

    assert_eq!(&bytes[..8], b"PYRTSEG1");
    assert_eq!((u16_at(8), u16_at(10)), (1, 4));
    assert_eq!(u64_at(16) as usize, bytes.len());
    assert_eq!((u64_at(24), u64_at(40), u64_at(48), u64_at(128)), (1_000, 1_000, 77, 99));
    assert_eq!((u32_at(32), u32_at(36)), (std::process::id() as usize, 0));
    assert_eq!((u32_at(56), u32_at(60)), (6, 256));

    let expected = [
        ("instruments", 1, 256, 3),
        ("events", 2, 64, 64),
        ("books", 3, 128, 3),
        ("positions", 3, 128, 1024),
        ("account", 3, 128, 1),
        ("venues", 3, 256, 16),
    ];
    let mut end = u32_at(12);
    for (index, (name, form, record_bytes, capacity)) in expected.into_iter().enumerate() {
        let at = 256 + 96 * index;
        assert!(bytes[at..at + 24].starts_with(&[name.as_bytes(), b"\0"].concat()));
        assert_eq!(
            (u32_at(at + 24), u32_at(at + 28), u64_at(at + 48)),
            (form, record_bytes, capacity),
            "{name}"
        );
        assert_eq!(u64_at(at + 40) as usize, end, "{name} begins where the one before ends");
        assert_eq!(end % 4096, 0);
        end += (record_bytes * capacity as usize).next_multiple_of(4096);
        assert!(bytes[at + 64..at + 96].iter().all(|byte| *byte == 0), "reserved");
        let (from, length) = (u32_at(at + 56), u32_at(at + 60));
        let layout = std::str::from_utf8(&bytes[from..from + length]).unwrap();
        assert_eq!(bytes_of(&serde_json::from_str(layout).unwrap()), record_bytes, "{layout}");
    }
    assert_eq!(end, bytes.len());

    let (control, data) = (u64_at(256 + 96 + 32) as usize, u64_at(256 + 96 + 40) as usize);
    assert_eq!((u64_at(control), u64_at(control + 8)), (1, 1), "intent and head");
    assert_eq!((u64_at(data), f64::from_bits(u64_at(data + 32))), (2, 1.5), "stamp and price of record 0");
    let (control, row) = (u64_at(256 + 32) as usize, u64_at(256 + 40) as usize);
    assert_eq!(u64_at(control), 1, "count of instruments");
    assert_eq!((bytes[row + 4], bytes[row + 5], bytes[row + 6], u64_at(row + 8)), (1, 2, 5, 1));
    assert!(bytes[row + 56..].starts_with(b"binance:BTC-USDT\0"));
    assert!(bytes[row + 104..].starts_with(b"BTCUSDT\0"));
    assert!(bytes[row + 136..].starts_with(b"binance\0"));
    assert!(bytes[row + 152..].starts_with(b"USDT\0"));
    assert!(bytes[row + 168..].starts_with(b"USDT\0"));
    let row = u64_at(256 + 2 * 96 + 40) as usize;
    assert_eq!((u64_at(row), bytes[row + 12]), (2, 0), "a book of which nothing is known");
    assert!(f64::from_bits(u64_at(row + 64)).is_nan());
}

#[test]
fn positions_and_the_account_lie_where_the_specification_says() {
    let options = options("ledger");
    let mut producer = Segment::create(&options).unwrap();
    let btc = producer.add_instrument(&instrument("binance:BTC-USDT")).unwrap();
    producer.add_position("idle", btc).unwrap();
    let cross = producer.add_position("cross", btc).unwrap();
    let time = Nanos(17);
    let position =
        PositionRow { time, qty: -2.0, average_cost: 3.0, realized_pnl: 4.0, unrealized_pnl: 5.0, fees: 6.0 };
    producer.write_position(cross, &position);
    producer.write_position(cross, &PositionRow { qty: -3.0, ..position });
    let account =
        AccountRow { time, cash: 1.0, equity: 2.0, realized_pnl: 3.0, unrealized_pnl: 4.0, fees: 5.0 };
    producer.write_account("USDT", &account).unwrap();
    assert!(producer.write_account("", &account).is_err());
    assert!(producer.add_position("x", InstrumentId(9)).is_err());
    assert!(producer.add_position(&"x".repeat(33), btc).is_err());

    let bytes = fs::read(path(&options)).unwrap();
    let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    let number = |at: usize| f64::from_bits(word(at));
    let data = |index: usize| word(256 + 96 * index + 40) as usize;
    let row = data(3) + 128;
    assert_eq!((word(data(3)), word(row), word(row + 8), word(row + 16)), (0, 4, 0, 17));
    let numbers = [number(row + 24), number(row + 32), number(row + 40), number(row + 48), number(row + 56)];
    assert_eq!(numbers, [-3.0, 3.0, 4.0, 5.0, 6.0]);
    assert!(bytes[row + 64..].starts_with(b"cross\0"));
    let row = data(4);
    assert_eq!((word(row), word(row + 8)), (2, 17));
    let numbers = [number(row + 16), number(row + 24), number(row + 32), number(row + 40), number(row + 48)];
    assert_eq!(numbers, [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert!(bytes[row + 56..].starts_with(b"USDT\0"));
}

/// The size of a record from its layout text, field by field.
fn bytes_of(layout: &serde_json::Value) -> usize {
    let field = |field: &serde_json::Value| {
        let size: usize = field[1].as_str().unwrap()[2..].parse().unwrap();
        let shape = field[2].as_array().cloned().unwrap_or_default();
        size * shape.iter().map(|n| n.as_u64().unwrap() as usize).product::<usize>()
    };
    layout.as_array().unwrap().iter().map(field).sum()
}

#[test]
fn the_layout_of_events_is_numpys() {
    let producer = Segment::create(&options("descr")).unwrap();
    let numpy = r#"[["stamp","<u8"],["event_time","<i8"],["instrument","<u4"],["kind","|u1"],["side","|u1"],["flags","<u2"],["words","<i8",[5]]]"#;
    assert_eq!(producer.layout().regions[1].layout, numpy);
}

#[test]
fn a_reader_gets_every_record_once_and_in_order() {
    let options = options("order");
    let mut producer = Segment::create(&options).unwrap();
    let mut reader = Reader::open(&options.name).unwrap();
    assert_eq!(reader.read(), None);
    assert_eq!([producer.publish(&trade(1.0)), producer.publish(&trade(2.0))], [0, 1]);
    assert_eq!(prices(&mut reader), [1.0, 2.0]);
    producer.publish(&trade(3.0));
    let event = reader.read().unwrap();
    assert_eq!((event.stamp, event.as_trade().unwrap().price), (2, 3.0));
    let mut late = Reader::open(&options.name).unwrap();
    assert_eq!(late.read(), None, "a reader begins behind the newest record");
    late.rewind();
    let mut out = [trade(0.0); 2];
    assert_eq!((late.read_batch(&mut out), out[1].stamp, out[1].words[1]), (2, 1, 2.0_f64.to_bits()));
    assert_eq!((late.read_batch(&mut out), late.read_batch(&mut out), late.lost()), (1, 0, 0));
}

#[test]
fn a_lapped_reader_is_told_exactly_what_it_lost() {
    let options = options("lapped");
    let mut producer = Segment::create(&options).unwrap();
    let [mut one_by_one, mut in_batches] = [(); 2].map(|()| Reader::open(&options.name).unwrap());
    for sequence in 0..64 {
        producer.publish(&trade(f64::from(sequence)));
    }
    assert_eq!(one_by_one.read().unwrap().stamp, 0, "a full ring is not lapped");
    producer.publish(&trade(64.0));
    producer.publish(&trade(65.0));
    // 66 records written: a lapped reader goes on at 66 - 32.
    assert_eq!((one_by_one.read().unwrap().stamp, one_by_one.lost()), (34, 33));
    let mut out = [trade(0.0); 64];
    assert_eq!((in_batches.read_batch(&mut out), out[0].stamp, in_batches.lost()), (32, 34, 34));
    assert_eq!(out[31].as_trade().unwrap().price, 65.0);
}

#[test]
fn instruments_and_books_come_back_as_they_went_in() {
    let options = options("tables");
    let mut producer = Segment::create(&options).unwrap();
    let reader = Reader::open(&options.name).unwrap();
    let btc = instrument("binance:BTC-USDT");
    let id = producer.add_instrument(&btc).unwrap();
    assert_eq!(reader.instruments().unwrap(), [(id, btc)]);
    let unknown = reader.book(id).unwrap();
    assert_eq!((unknown.state, unknown.instrument, unknown.bids.len()), (0, id, 0));

    let row = BookRow {
        state: Some(State::Synced),
        reason: Reason::FirstSnapshot,
        since: Nanos(-1),
        event_time: Nanos(2),
        receive_time: Nanos(3),
        last_id: u64::MAX,
        bids: &[(10.0, 1.0), (9.0, 2.0), (8.0, 3.0)],
        asks: &[(11.0, 4.0)],
    };
    producer.write_book(id, &row).unwrap();
    let book = reader.book(id).unwrap();
    assert_eq!((book.stamp, book.state, book.reason, book.since), (4, 1, 1, Nanos(-1)));
    assert_eq!((book.event_time, book.receive_time, book.last_id), (Nanos(2), Nanos(3), u64::MAX));
    assert_eq!(book.bids, [(10.0, 1.0), (9.0, 2.0)], "the row holds two levels");
    assert_eq!(book.asks, [(11.0, 4.0)]);

    assert!(matches!(
        producer.write_book(InstrumentId(1), &row),
        Err(IpcError::NoInstrument { id: 1, count: 1 })
    ));
    let long = instrument(&format!("binance:{}-USDT", "A".repeat(40)));
    assert!(matches!(producer.add_instrument(&long), Err(IpcError::Text { field: "name", limit: 48, .. })));
    producer.add_instrument(&instrument("binance:ETH-USDT")).unwrap();
    producer.add_instrument(&instrument("binance:SOL-USDT")).unwrap();
    let full = producer.add_instrument(&instrument("binance:XRP-USDT"));
    assert!(matches!(full, Err(IpcError::TableFull { capacity: 3 })));
}

#[test]
fn a_second_engine_is_refused_and_told_who_runs() {
    let options = options("second");
    let mut first = Segment::create(&options).unwrap();
    first.publish(&trade(1.0));
    let error = Segment::create(&options).unwrap_err();
    assert!(matches!(error, IpcError::Busy { pid, .. } if pid == std::process::id()), "{error}");
    let mut reader = Reader::open(&options.name).unwrap();
    reader.rewind();
    assert_eq!(prices(&mut reader), [1.0], "the first one's segment is untouched");
}

#[test]
fn a_clean_stop_says_so_and_leaves_nothing() {
    let options = options("clean");
    let producer = Segment::create(&options).unwrap();
    let reader = Reader::open(&options.name).unwrap();
    assert_eq!(reader.liveness(77).unwrap(), Liveness::Alive);
    assert_eq!(reader.liveness(77 + 1_000_000_001).unwrap(), Liveness::Silent);
    producer.close();
    assert_eq!(reader.liveness(77).unwrap(), Liveness::Closed);
    assert!(!path(&options).exists());
    let error = Reader::open(&options.name).unwrap_err();
    assert!(matches!(error, IpcError::NotFound { .. }), "{error}");
}

#[test]
fn a_dead_engines_segment_is_taken_over_and_old_readers_keep_theirs() {
    let options = options("dead");
    abandon(Segment::create(&options).unwrap(), &options);
    let old = Reader::open(&options.name).unwrap();
    assert_eq!(old.liveness(77).unwrap(), Liveness::Dead);
    assert!(!old.is_replaced());
    let restarted = SegmentOptions { created: Nanos(2_000), ..options.clone() };
    let mut producer = Segment::create(&restarted).unwrap();
    assert_eq!(producer.reclaimed(), Some(4_000_000));
    producer.publish(&trade(1.0));
    assert!(old.is_replaced());
    assert_eq!((old.head(), old.session_id()), (0, 1_000));
    let new = Reader::open(&options.name).unwrap();
    assert_eq!((new.head(), new.session_id(), new.pid()), (1, 2_000, std::process::id()));
}

#[test]
fn what_an_engine_left_that_died_while_it_started_is_removed() {
    let options = options("draft");
    let draft = format!("/dev/shm/.pyrt-{}.4000000", options.name);
    fs::write(&draft, b"half").unwrap();
    let _producer = Segment::create(&options).unwrap();
    assert!(!Path::new(&draft).exists());
}

#[test]
fn a_foreign_file_is_left_alone() {
    let options = options("foreign");
    fs::write(path(&options), [7; 100]).unwrap();
    let created = Segment::create(&options);
    let opened = Reader::open(&options.name);
    fs::remove_file(path(&options)).unwrap();
    assert!(matches!(created.unwrap_err(), IpcError::Foreign { .. }));
    assert!(matches!(opened.unwrap_err(), IpcError::Damaged { .. }));
}

#[test]
fn permissions_are_those_configured() {
    for mode in [0o600, 0o640] {
        let options = SegmentOptions { mode, ..options(&format!("mode{mode}")) };
        let _producer = Segment::create(&options).unwrap();
        assert_eq!(fs::metadata(path(&options)).unwrap().permissions().mode() & 0o777, mode);
    }
}

#[test]
fn a_bad_option_is_named_with_its_value_and_range() {
    let good = options("options");
    let cases = [
        (SegmentOptions { name: "a/b".into(), ..good.clone() }, r#"name = "a/b": must be 1 to 64 of a-z"#),
        (SegmentOptions { name: String::new(), ..good.clone() }, r#"name = "": must be 1 to 64"#),
        (SegmentOptions { name: "..".into(), ..good.clone() }, r#"name = "..": must be"#),
        (
            SegmentOptions { ring_capacity: 1000, ..good.clone() },
            "ring_capacity = 1000: must be a power of two from",
        ),
        (SegmentOptions { ring_capacity: 1 << 40, ..good.clone() }, "ring_capacity = 1099511627776: must be"),
        (
            SegmentOptions { max_instruments: 0, ..good.clone() },
            "max_instruments = 0: must be from 1 to 65536",
        ),
        (SegmentOptions { book_depth: 256, ..good.clone() }, "book_depth = 256: must be from 1 to 255"),
        (SegmentOptions { mode: 0o666, ..good }, "mode = 0666: must be 0600, 0640"),
    ];
    for (options, message) in cases {
        let error = Segment::create(&options).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn a_reader_refuses_what_it_cannot_trust() {
    let options = options("damaged");
    let producer = Segment::create(&options).unwrap();
    let good = fs::read(path(&options)).unwrap();
    producer.close();
    fs::write(path(&options), &good).unwrap();
    let file = OpenOptions::new().write(true).open(path(&options)).unwrap();
    let mut refused = Vec::new();
    for (what, at, bytes) in [
        ("major", 8, &[2, 0][..]),
        ("magic", 0, b"X"),
        ("size", 16, &[0, 0, 0, 0, 1]),
        ("header", 12, &[0, 0, 0, 1]),
        ("regions", 56, &[255, 255]),
        ("directory", 60, &[255, 255, 255, 255]),
        ("name", 256, b"x"),
        ("form", 256 + 24, &[9]),
        ("row", 256 + 28, &[8, 0, 0, 0]),
        ("control", 256 + 32, &[0, 0, 0, 0, 0, 0, 0, 255]),
        ("data", 256 + 40, &[1]),
        ("capacity", 256 + 96 + 48, &[0, 0, 0, 0, 0, 0, 0, 255]),
        ("power", 256 + 96 + 48, &[63]),
        ("text", 256 + 192 + 56, &[0, 0, 0, 255]),
    ] {
        file.write_all_at(bytes, at).unwrap();
        refused.push((what, Reader::open(&options.name)));
        file.write_all_at(&good[at as usize..at as usize + bytes.len()], at).unwrap();
    }
    let restored = Reader::open(&options.name);
    file.set_len(8192).unwrap();
    refused.push(("cut", Reader::open(&options.name)));
    fs::remove_file(path(&options)).unwrap();
    restored.unwrap();
    for (what, result) in refused {
        let error = result.map(|_| ()).expect_err(what);
        let version = matches!(error, IpcError::Version { found: 2 });
        assert!(version && what == "major" || matches!(error, IpcError::Damaged { .. }), "{what}: {error}");
    }
}

/// A writer that publishes and wakes right before or right after a reader goes to sleep: no wake-up is lost.
#[test]
fn who_waits_is_woken() {
    let options = SegmentOptions { wakes: true, ..options("wakes") };
    let mut producer = Segment::create(&options).unwrap();
    let mut reader = Reader::open(&options.name).unwrap();
    let seen = std::sync::atomic::AtomicU64::new(0);
    assert!(!reader.wait(Duration::from_millis(20)), "nothing has come");
    std::thread::scope(|scope| {
        let seen = &seen;
        let reading = scope.spawn(move || {
            for n in 1..=ROUNDS {
                let begun = Instant::now();
                assert!(reader.wait(LONG) && begun.elapsed() < LONG / 2, "a wake-up was lost");
                assert_eq!(reader.read().unwrap().stamp, n - 1);
                seen.store(n, std::sync::atomic::Ordering::Release);
            }
            reader
        });
        for n in 1..=ROUNDS {
            producer.publish(&trade(1.0));
            producer.wake();
            while seen.load(std::sync::atomic::Ordering::Acquire) < n && !reading.is_finished() {
                std::thread::yield_now();
            }
        }
        let reader = reading.join().unwrap();
        let bytes = fs::read(path(&options)).unwrap();
        assert_eq!(bytes[36], 2, "the header says that this producer wakes");
        let closing = scope.spawn(move || reader.wait(LONG));
        std::thread::sleep(Duration::from_millis(20));
        producer.close();
        assert!(!closing.join().unwrap());
    });
}

const ROUNDS: u64 = 5_000;
/// Nobody sleeps so long who is woken.
const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_segment_is_given_to_a_group() {
    use std::os::unix::fs::MetadataExt;
    let own = rustix::process::getgid().as_raw();
    let options = SegmentOptions { mode: 0o640, group: Some(own), ..options("group") };
    let _producer = Segment::create(&options).unwrap();
    let made = fs::metadata(path(&options)).unwrap();
    assert_eq!((made.gid(), made.mode() & 0o777), (own, 0o640));
}
