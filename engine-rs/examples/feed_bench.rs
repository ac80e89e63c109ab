//! How long a depth message takes, from bytes to records and top of book, over a recording:
//! `cargo run --release --example feed_bench -- FILE… [--window TICKS]`

#![allow(clippy::print_stdout)] // its output is what it is for

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use pyrt_engine::book::DEFAULT_WINDOW;
use pyrt_engine::market_data::venues::binance::{BinanceSpot, Message, Options, Parser, infer_instruments};
use pyrt_engine::market_data::{BookTop, Content, Feed, Recording, Sink};
use pyrt_engine::model::{Event, InstrumentId, Nanos};

#[derive(clap::Parser)]
struct Arguments {
    /// Recordings of Binance spot; several are merged.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Ticks a side of a book's fast part.
    #[arg(long, default_value_t = DEFAULT_WINDOW)]
    window: usize,
    /// Passes over the recording; the best of each message counts.
    #[arg(long, default_value_t = 5)]
    passes: usize,
}

/// Copies records into a small ring, as the shared-memory writer does.
struct Ring {
    slots: Vec<Event>,
    head: usize,
}

impl Sink for Ring {
    #[inline]
    fn event(&mut self, event: Event) {
        let slot = self.head % self.slots.len();
        self.slots[slot] = event;
        self.head += 1;
    }

    #[inline]
    fn book(&mut self, book: &BookTop<'_>) {
        black_box(book);
    }
}

/// One line: its time, its bytes, and whose answer it is.
struct Entry {
    time: Nanos,
    bytes: Vec<u8>,
    answer: Option<InstrumentId>,
    /// Levels of a depth message.
    levels: Option<usize>,
}

fn percentile(sorted: &[u64], share: f64) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    sorted.get((share * (sorted.len() as f64 - 1.0)) as usize).copied().unwrap_or(0)
}

fn report(what: &str, mut best: Vec<u64>) {
    best.sort_unstable();
    let [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1.0].map(|share| percentile(&best, share));
    println!(
        "{what:<24} p50 {p50:>6} ns   p90 {p90:>6} ns   p99 {p99:>6} ns   max {max:>7} ns   ({} messages)",
        best.len()
    );
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = <Arguments as clap::Parser>::parse();
    let instruments: Vec<_> =
        (0..).map(InstrumentId).zip(infer_instruments(&mut Recording::open(&arguments.files)?)?).collect();
    let options = Options { window: arguments.window, ..Options::default() };
    let mut feed = BinanceSpot::new(&instruments, options.clone());
    let mut parser = Parser::new(instruments.iter().map(|(_, instrument)| instrument));
    let mut entries = vec![];
    let mut recording = Recording::open(&arguments.files)?;
    while let Some(line) = recording.next()? {
        let (bytes, answer) = match line.content {
            Content::Frame(frame) => (frame, None),
            Content::Answer { path, body } => (body, feed.recorded_answer(path)),
        };
        let depth = answer.is_none() && matches!(parser.read(bytes), Ok(Message::Depth { .. }));
        let levels = depth.then(|| parser.levels().len());
        entries.push(Entry { time: line.receive_time, bytes: bytes.to_vec(), answer, levels });
    }
    let mut ring = Ring { slots: vec![bytemuck::Zeroable::zeroed(); 1 << 14], head: 0 };
    let mut whole = vec![u64::MAX; entries.len()];
    let mut parse = whole.clone();
    let mut total = u128::MAX;
    for _ in 0..arguments.passes {
        feed = BinanceSpot::new(&instruments, options.clone());
        feed.on_connected(entries[0].time, &mut ring);
        let pass = Instant::now();
        for (entry, best) in entries.iter().zip(&mut whole) {
            let start = Instant::now();
            match entry.answer {
                Some(instrument) => feed.on_response(instrument, Some(&entry.bytes), entry.time, &mut ring),
                None => feed.on_frame(&entry.bytes, entry.time, &mut ring),
            }
            *best = (*best).min(u64::try_from(start.elapsed().as_nanos())?);
        }
        total = total.min(pass.elapsed().as_nanos());
        for (entry, best) in entries.iter().zip(&mut parse) {
            let start = Instant::now();
            _ = black_box(parser.read(&entry.bytes));
            *best = (*best).min(u64::try_from(start.elapsed().as_nanos())?);
        }
    }
    let of = |times: &[u64], want: fn(&Entry) -> bool| -> Vec<u64> {
        entries.iter().zip(times).filter(|(entry, _)| want(entry)).map(|(_, time)| *time).collect()
    };
    report(
        "clock alone",
        (0..10_000).map(|_| u64::try_from(Instant::now().elapsed().as_nanos()).unwrap_or(0)).collect(),
    );
    report("depth: parse", of(&parse, |entry| entry.levels.is_some()));
    report("depth: whole", of(&whole, |entry| entry.levels.is_some()));
    report("trade, quote: whole", of(&whole, |entry| entry.levels.is_none() && entry.answer.is_none()));
    report("snapshot: whole", of(&whole, |entry| entry.answer.is_some()));
    let depth_time: u64 = of(&whole, |entry| entry.levels.is_some()).iter().sum();
    let depth_count = entries.iter().filter(|entry| entry.levels.is_some()).count();
    let levels: usize = entries.iter().filter_map(|entry| entry.levels).sum();
    #[allow(clippy::cast_precision_loss)]
    let rate = |count: usize, ns: f64| count as f64 / ns * 1e3;
    #[allow(clippy::cast_precision_loss)]
    {
        println!(
            "{:.1} levels a depth message, {:.1} ns a level",
            levels as f64 / depth_count as f64,
            depth_time as f64 / levels as f64
        );
        println!("{:.2} million depth messages a second", rate(depth_count, depth_time as f64));
        println!(
            "{:.2} million messages of all kinds a second, clock included",
            rate(entries.len(), total as f64)
        );
    }
    println!("{:?}", feed.counters());
    Ok(())
}
