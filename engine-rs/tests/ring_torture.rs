//! A writer and readers in processes of their own, stopped, continued and killed at random points; the readers differ in
//! speed and are lapped all the time: no record is torn, and seen plus lost is what was written.
//!
//! `make torture` does it for ten minutes; `make test` for twenty seconds. `PYRT_TORTURE` is the number of seconds.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test's helpers may

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, iter};

use pyrt_engine::ipc::{Book, BookRow, Liveness, Reader, Segment, SegmentOptions};
use pyrt_engine::model::{Event, Instrument, InstrumentId, Nanos, Reason, State};
use rustix::process::{Pid, Signal, kill_process};

const SEGMENT: &str = "PYRT_TORTURE_SEGMENT";
const BATCH: &str = "PYRT_TORTURE_BATCH";
const SECONDS: &str = "PYRT_TORTURE";

/// No writer outlives this, whatever happens to the process that started it.
const WRITER_LIFE: Duration = Duration::from_secs(20);

/// How long it takes.
fn length() -> Duration {
    let seconds = env::var(SECONDS).ok().map(|text| text.parse().expect("PYRT_TORTURE: a number of seconds"));
    Duration::from_secs(seconds.unwrap_or(20))
}

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

/// Records that a reader saw, and that it was told of as lost.
type Tally = (u64, u64);

/// Reads in a process of its own until its input ends, and then says what it saw.
#[test]
#[ignore = "a reader's process of the test below"]
fn reader() {
    let Ok(name) = env::var(SEGMENT) else { return };
    let batch = env::var(BATCH).unwrap().parse().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    thread::spawn(move || {
        // Whatever ends it: also the death of the process that started this one.
        let _ = std::io::stdin().read(&mut [0]);
        told.store(true, Ordering::Relaxed);
    });
    let (seen, lost) = follow(&name, batch, Duration::ZERO, &stop);
    println!("\ntally {seen} {lost}");
}

/// A child process that is killed and reaped whatever happens.
struct Process(Child);

impl Process {
    fn start(role: &str, name: &str, batch: usize) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", role, "--ignored", "--nocapture"]);
        command.env(SEGMENT, name).env(BATCH, batch.to_string());
        Self(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// Ends a reader's input; what it saw. It must not have panicked.
    fn finish(mut self) -> Tally {
        self.signal(Signal::CONT);
        drop(self.0.stdin.take());
        let mut said = String::new();
        self.0.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        let tally = said.lines().find_map(|line| {
            let (seen, lost) = line.strip_prefix("tally ")?.split_once(' ')?;
            Some((seen.parse().ok()?, lost.parse().ok()?))
        });
        assert!(self.0.wait().unwrap().success(), "a reader's process found something torn or uncounted");
        tally.expect("a reader's process says what it saw")
    }
}

impl Drop for Process {
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
fn reader_of(writer: &Process, name: &str) -> Reader {
    let deadline = Instant::now() + WRITER_LIFE;
    iter::repeat_with(|| Reader::open(name))
        .take_while(|_| Instant::now() < deadline)
        .inspect(|_| thread::sleep(Duration::from_millis(1)))
        .flatten()
        .find(|reader| reader.pid() == writer.0.id())
        .expect("the writer did not start")
}

/// Microseconds, from zero to two to the power of `bits`.
struct Chance(u64);

impl Chance {
    fn pause(&mut self, bits: u32) {
        thread::sleep(Duration::from_micros(self.draw(bits)));
    }

    fn draw(&mut self, bits: u32) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.0 >> (64 - bits)
    }
}

/// Stops, continues or kills a reader's process; another one takes the place of a dead one.
fn disturb(reader: &mut Process, name: &str, batch: usize, chance: &mut Chance) {
    match chance.draw(2) {
        0 => reader.signal(Signal::STOP),
        1 | 2 => reader.signal(Signal::CONT),
        _ => *reader = Process::start("reader", name, batch),
    }
}

#[test]
fn nothing_is_torn_and_every_loss_is_counted_while_processes_die() {
    const BATCHES: [usize; 2] = [1, 48];
    let name = format!("test-torture-{}", std::process::id());
    let stop = AtomicBool::new(false);
    let (fast, slow) = (Duration::ZERO, Duration::from_micros(300));
    let begun = Instant::now();
    let tallies = thread::scope(|scope| {
        let readers = [(1, fast), (48, fast), (16, slow)].map(|(batch, pause)| {
            scope.spawn({
                let (name, stop) = (&name, &stop);
                move || follow(name, batch, pause, stop)
            })
        });
        let stop_at_end = StopAtEnd(&stop);
        let mut processes = BATCHES.map(|batch| Process::start("reader", &name, batch));
        let (mut chance, mut last, mut rounds) = (Chance(1), 0, 0_u64);
        while begun.elapsed() < length() {
            let writer = Process::start("writer", &name, 0);
            let reader = reader_of(&writer, &name);
            chance.pause(14);
            writer.signal(Signal::STOP);
            chance.pause(12);
            assert!(matches!(reader.liveness(0).unwrap(), Liveness::Alive), "stopped is not dead");
            writer.signal(Signal::CONT);
            for process in &mut processes {
                assert!(process.0.try_wait().unwrap().is_none(), "a reader's process found something");
            }
            let victim = usize::from(chance.draw(1) == 1);
            disturb(&mut processes[victim], &name, BATCHES[victim], &mut chance);
            chance.pause(14);
            last = writer.0.id();
            drop(writer);
            assert_eq!(reader.liveness(0).unwrap(), Liveness::Dead);
            rounds += 1;
        }
        let heir = Segment::create(&options(&name)).unwrap();
        assert_eq!(heir.reclaimed(), Some(last));
        let mut tallies = processes.map(Process::finish).to_vec();
        drop(stop_at_end);
        drop(heir);
        tallies.extend(readers.map(|reader| reader.join().unwrap()));
        println!("{rounds} writers killed");
        tallies
    });
    println!("seen and lost, two processes and three threads: {tallies:?}");
    for (seen, lost) in &tallies[BATCHES.len()..] {
        assert!(*seen > 0, "a reader saw nothing");
        assert!(*lost > 0, "a reader was never lapped: the test proves nothing");
    }
    assert!(Reader::open(&name).is_err(), "nothing is left behind");
}
