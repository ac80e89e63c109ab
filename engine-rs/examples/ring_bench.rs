//! What a record costs: the writer alone, the writer under a reader, a reader alone, beside a plain copy of the same
//! bytes. `cargo run --release --example ring_bench`

#![allow(clippy::print_stdout)] // its output is its purpose

use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pyrt_engine::ipc::{Producer, Reader, Segment, SegmentOptions};
use pyrt_engine::model::{Event, InstrumentId, Nanos, Quote};

const RECORDS: usize = 20_000_000;
const REPEATS: usize = 5;

/// The best of a few runs, in ns a record.
fn best(mut run: impl FnMut() -> Duration) -> f64 {
    let fastest = (0..REPEATS).map(|_| run()).min().unwrap_or_default();
    fastest.as_secs_f64() * 1e9 / RECORDS as f64
}

fn report(what: &str, nanoseconds: f64) {
    println!("{what:<36} {nanoseconds:6.2} ns a record, {:6.1} million a second", 1e3 / nanoseconds);
}

fn publish(producer: &mut Producer, event: &mut Event) -> Duration {
    let start = Instant::now();
    for time in 0..RECORDS {
        event.event_time = time as i64;
        producer.publish(black_box(event));
    }
    start.elapsed()
}

/// The same bytes, a whole ring at a time.
fn copy(ring: &mut [Event], source: &[Event]) -> Duration {
    let start = Instant::now();
    for _ in 0..RECORDS / ring.len() {
        ring.copy_from_slice(black_box(source));
        black_box(&mut *ring);
    }
    start.elapsed()
}

/// Reads the whole ring again and again.
fn read(reader: &mut Reader, out: &mut [Event]) -> Duration {
    let mut total = 0;
    let start = Instant::now();
    while total < RECORDS {
        reader.rewind();
        loop {
            let count = reader.read_batch(out);
            total += count;
            if count == 0 {
                break;
            }
            black_box(&out);
        }
    }
    start.elapsed()
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = SegmentOptions::new(&format!("bench-{}", std::process::id()), Nanos(1), 0);
    let mut producer = Segment::create(&options)?;
    let mut event = Event::from(Quote { bid: 1.0, ask: 2.0, ..Quote::new(InstrumentId(0), Nanos(0)) });
    let mut ring = vec![event; usize::try_from(options.ring_capacity)?];

    let source = ring.clone();
    report("memcpy of as many bytes", best(|| copy(&mut ring, &source)));
    report("publish", best(|| publish(&mut producer, &mut event)));
    let mut reader = Reader::open(&options.name)?;
    report("read_batch of 4096", best(|| read(&mut reader, &mut ring[..4096])));

    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let follower = scope.spawn(|| {
            let mut out = vec![event; 4096];
            let mut seen = 0;
            while !stop.load(Ordering::Relaxed) {
                seen += reader.read_batch(&mut out) as u64;
            }
            (seen, reader.lost())
        });
        let mut event = event;
        report("publish, a reader following", best(|| publish(&mut producer, &mut event)));
        stop.store(true, Ordering::Relaxed);
        if let Ok((seen, lost)) = follower.join() {
            println!("the reader saw {seen} records and was told of {lost} lost");
        }
    });
    Ok(())
}
