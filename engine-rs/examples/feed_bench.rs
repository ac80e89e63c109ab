//! How long a message takes, from bytes to records and top of book, over a recording of any venue:
//! `cargo run --release --example feed_bench -- FILE…`

#![allow(clippy::print_stdout)] // its output is what it is for

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use pyrt_engine::market_data::venues::Venue;
use pyrt_engine::market_data::{BookTop, Content, Counters, Feed, Recording, Sink};
use pyrt_engine::model::{Event, InstrumentId, Kind, Nanos};

#[derive(clap::Parser)]
struct Arguments {
    /// Recordings of one venue; several are merged.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Passes over the recording; the best of each message counts.
    #[arg(long, default_value_t = 5)]
    passes: usize,
}

/// Copies records into a small ring, as the shared-memory writer does.
struct Ring {
    slots: Vec<Event>,
    head: usize,
    /// Of the records so far, those of book levels.
    levels: usize,
}

impl Sink for Ring {
    #[inline]
    fn event(&mut self, event: Event) {
        let slot = self.head % self.slots.len();
        self.slots[slot] = event;
        self.head += 1;
        self.levels += usize::from(event.kind == Kind::Delta as u8);
    }

    #[inline]
    fn book(&mut self, book: &BookTop<'_>) {
        black_box(book);
    }
}

/// What a message turned out to be.
#[derive(Clone, Copy, PartialEq)]
enum What {
    Update,
    Snapshot,
    Tape,
    Other,
}

impl What {
    fn between(before: &Counters, after: &Counters) -> What {
        if after.snapshots > before.snapshots {
            What::Snapshot
        } else if after.depth > before.depth {
            What::Update
        } else if after.trades + after.quotes > before.trades + before.quotes {
            What::Tape
        } else {
            What::Other
        }
    }
}

/// One line: its time, its bytes, and whose answer it is.
struct Entry {
    time: Nanos,
    bytes: Vec<u8>,
    answer: Option<InstrumentId>,
    what: What,
    levels: usize,
    best: u64,
}

fn percentile(sorted: &[u64], share: f64) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    sorted.get((share * (sorted.len() as f64 - 1.0)) as usize).copied().unwrap_or(0)
}

fn report(what: &str, mut best: Vec<u64>) {
    best.sort_unstable();
    let [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1.0].map(|share| percentile(&best, share));
    println!(
        "{what:<16} p50 {p50:>6} ns   p90 {p90:>6} ns   p99 {p99:>6} ns   max {max:>8} ns   ({} messages)",
        best.len()
    );
}

fn read(files: &[PathBuf], feed: &dyn Feed) -> Result<Vec<Entry>, Box<dyn std::error::Error>> {
    let mut entries = vec![];
    let mut recording = Recording::open(files)?;
    while let Some(line) = recording.next()? {
        let (bytes, answer) = match line.content {
            Content::Frame(frame) => (frame.to_vec(), None),
            Content::Answer { path, body } => (body.to_vec(), feed.recorded_answer(path)),
        };
        let (what, levels, best) = (What::Other, 0, u64::MAX);
        entries.push(Entry { time: line.receive_time, bytes, answer, what, levels, best });
    }
    Ok(entries)
}

/// Drives the feed over the recording once; the time of all of it.
fn pass(feed: &mut dyn Feed, entries: &mut [Entry], ring: &mut Ring) -> u128 {
    feed.on_connected(entries[0].time, ring);
    let begun = Instant::now();
    for entry in entries {
        let (before, levels) = (feed.counters(), ring.levels);
        let start = Instant::now();
        match entry.answer {
            Some(instrument) => feed.on_response(instrument, Some(&entry.bytes), entry.time, ring),
            None => feed.on_frame(&entry.bytes, entry.time, ring),
        }
        let taken = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        entry.best = entry.best.min(taken);
        entry.what = What::between(&before, &feed.counters());
        entry.levels = ring.levels - levels;
    }
    begun.elapsed().as_nanos()
}

#[allow(clippy::cast_precision_loss)] // counts of messages
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = <Arguments as clap::Parser>::parse();
    let venue = Venue::of_recording(&mut Recording::open(&arguments.files)?)?.ok_or("no venue is known")?;
    let instruments = venue.infer_instruments(&mut Recording::open(&arguments.files)?)?;
    let mut feed = venue.feed(&instruments);
    let mut entries = read(&arguments.files, feed.as_ref())?;
    let mut ring = Ring { slots: vec![bytemuck::Zeroable::zeroed(); 1 << 14], head: 0, levels: 0 };
    let mut total = u128::MAX;
    for _ in 0..arguments.passes {
        feed = venue.feed(&instruments);
        total = total.min(pass(feed.as_mut(), &mut entries, &mut ring));
    }
    let of = |what| -> Vec<u64> {
        entries.iter().filter(|entry| entry.what == what).map(|entry| entry.best).collect()
    };
    println!("{}: {} instruments, {} messages", venue.name(), instruments.len(), entries.len());
    let clock = || u64::try_from(Instant::now().elapsed().as_nanos()).unwrap_or(0);
    report("clock alone", (0..10_000).map(|_| clock()).collect());
    report("book update", of(What::Update));
    report("trade or quote", of(What::Tape));
    report("snapshot", of(What::Snapshot));
    let updates = || entries.iter().filter(|entry| entry.what == What::Update);
    let (time, levels): (u64, usize) =
        updates().fold((0, 0), |(time, levels), entry| (time + entry.best, levels + entry.levels));
    println!(
        "{:.1} levels an update, {:.1} ns a level, {:.2} million updates a second",
        levels as f64 / updates().count() as f64,
        time as f64 / levels as f64,
        updates().count() as f64 / time as f64 * 1e3
    );
    println!(
        "{:.2} million messages of all kinds a second, clock included",
        entries.len() as f64 / total as f64 * 1e3
    );
    println!("{:?}", feed.counters());
    Ok(())
}
