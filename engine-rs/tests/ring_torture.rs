//! A writer in a process of its own, stopped, continued and killed at random points, under readers of different speed
//! that are lapped all the time: no record is torn, and seen plus lost is what was written.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test's helpers may

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, iter};

use pyrt_engine::ipc::{Book, BookRow, Liveness, Reader, Segment, SegmentOptions};
use pyrt_engine::model::{Event, Instrument, InstrumentId, Nanos, Reason, State};
use rustix::process::{Pid, Signal, kill_process};

const SEGMENT: &str = "PYRT_TORTURE_SEGMENT";
const ROUNDS: u64 = 12;

/// No process outlives this, whatever happens to the one that started it.
const WRITER_LIFE: Duration = Duration::from_secs(20);

fn options(name: &str) -> SegmentOptions {
    let small = SegmentOptions::new(name, Nanos(1), 0);
    SegmentOptions { ring_capacity: 64, max_instruments: 2, book_depth: 3, ..small }
}

/// The record of a sequence: every bit of it follows from the sequence.
fn event_of(sequence: u64) -> Event {
    let mixed = sequence.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Event {
        stamp: sequence,
        event_time: mixed.cast_signed(),
        instrument: mixed as u32,
        kind: 1,
        side: sequence as u8,
        flags: mixed as u16,
        words: [1, 2, 3, 4, 5].map(|word| mixed.wrapping_mul(word)),
    }
}

fn write_book(producer: &mut pyrt_engine::ipc::Producer, version: u64) {
    let levels = [1.0, 2.0, 3.0].map(|level| (version as f64, level * version as f64));
    let row = BookRow {
        state: Some(State::Synced),
        reason: Reason::None,
        since: Nanos(version.cast_signed()),
        event_time: Nanos(version.cast_signed()),
        receive_time: Nanos(version.cast_signed()),
        last_id: version,
        bids: &levels,
        asks: &levels[..2],
    };
    producer.write_book(InstrumentId(0), &row).unwrap();
}

fn assert_book_is_of_one_version(book: &Book) {
    if book.state == 0 {
        return;
    }
    let version = book.last_id;
    let times = [book.since, book.event_time, book.receive_time];
    assert_eq!(times, [Nanos(version.cast_signed()); 3]);
    assert_eq!(book.stamp, 2 * version + 2, "the first write says that nothing is known");
    assert_eq!((book.bids.len(), book.asks.len()), (3, 2));
    for (price, qty) in book.bids.iter().chain(&book.asks) {
        assert!(*price == version as f64 && [1.0, 2.0, 3.0].contains(&(qty / price)), "{book:?}");
    }
}

#[test]
#[ignore = "the writer's process of the test below"]
fn writer() {
    let Ok(name) = env::var(SEGMENT) else { return };
    let started = Instant::now();
    let mut producer = Segment::create(&options(&name)).unwrap();
    producer.add_instrument(&Instrument::spot("test:A-B", "AB", "1", "1").unwrap()).unwrap();
    for version in (1..).take_while(|_| started.elapsed() < WRITER_LIFE) {
        write_book(&mut producer, version);
        for _ in 0..100 {
            producer.publish(&event_of(producer.published()));
        }
    }
}

/// A child process that is killed and reaped whatever happens.
struct Writer(Child);

impl Writer {
    fn start(name: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "writer", "--ignored", "--nocapture"]).env(SEGMENT, name);
        Self(command.stdout(Stdio::null()).spawn().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Tells the readers to stop, also if the test has failed: else they would read for ever.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Reads whatever comes under the name, segment after segment, until told to stop; returns (seen, lost).
fn follow(name: &str, batch: usize, pause: Duration, stop: &AtomicBool) -> (u64, u64) {
    let (mut seen, mut lost) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut reader) = Reader::open(name) else {
            thread::sleep(Duration::from_millis(1));
            continue;
        };
        reader.rewind();
        let first = reader.cursor();
        let mut here = 0;
        let mut out = vec![event_of(0); batch];
        // Its writer is dead, known before the last look: what it published in the meantime is still read.
        let mut ended = false;
        loop {
            let (from, lost_before) = (reader.cursor(), reader.lost());
            let count = if batch == 1 {
                reader.read().map_or(0, |e| {
                    out[0] = e;
                    1
                })
            } else {
                reader.read_batch(&mut out)
            };
            let expected = (from + reader.lost() - lost_before)..;
            for (event, sequence) in out[..count].iter().zip(expected) {
                assert_eq!(*event, event_of(sequence), "torn, or not the record that it says");
            }
            here += count as u64;
            assert_eq!(first + here + reader.lost(), reader.cursor());
            if let Some(book) = reader.book(InstrumentId(0)) {
                assert_book_is_of_one_version(&book);
            }
            if count == 0 {
                if ended {
                    break;
                }
                ended = reader.is_replaced() || stop.load(Ordering::Relaxed);
            }
            thread::sleep(pause);
        }
        // A writer that died between the two stores that finish a record leaves a whole record that is not counted.
        assert!((reader.head()..=reader.head() + 1).contains(&reader.cursor()), "not read to the end");
        seen += here;
        lost += reader.lost();
    }
    (seen, lost)
}

/// Waits for a reader of this writer's segment.
fn reader_of(writer: &Writer, name: &str) -> Reader {
    let deadline = Instant::now() + WRITER_LIFE;
    iter::repeat_with(|| Reader::open(name))
        .take_while(|_| Instant::now() < deadline)
        .inspect(|_| thread::sleep(Duration::from_millis(1)))
        .flatten()
        .find(|reader| reader.pid() == writer.0.id())
        .expect("the writer did not start")
}

#[test]
fn nothing_is_torn_and_every_loss_is_counted_while_writers_die() {
    let name = format!("test-torture-{}", std::process::id());
    let stop = AtomicBool::new(false);
    let fast = Duration::ZERO;
    let slow = Duration::from_micros(300);
    let readers = thread::scope(|scope| {
        let readers = [(1, fast), (48, fast), (16, slow)].map(|(batch, pause)| {
            scope.spawn({
                let (name, stop) = (&name, &stop);
                move || follow(name, batch, pause, stop)
            })
        });
        let stop_at_end = StopAtEnd(&stop);
        let mut random = 1_u64;
        let mut last = 0;
        for _ in 0..ROUNDS {
            let writer = Writer::start(&name);
            let reader = reader_of(&writer, &name);
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            thread::sleep(Duration::from_micros(random >> 50));
            writer.signal(Signal::STOP);
            thread::sleep(Duration::from_micros(random >> 52));
            assert!(matches!(reader.liveness(0).unwrap(), Liveness::Alive), "stopped is not dead");
            writer.signal(Signal::CONT);
            thread::sleep(Duration::from_micros(random >> 50));
            last = writer.0.id();
            drop(writer);
            assert_eq!(reader.liveness(0).unwrap(), Liveness::Dead);
        }
        let heir = Segment::create(&options(&name)).unwrap();
        drop(stop_at_end);
        assert_eq!(heir.reclaimed(), Some(last));
        readers.map(|reader| reader.join().unwrap())
    });
    for (seen, lost) in readers {
        assert!(seen > 0, "a reader saw nothing");
        assert!(lost > 0, "a reader was never lapped: the test proves nothing");
    }
    assert!(Reader::open(&name).is_err(), "nothing is left behind");
}
