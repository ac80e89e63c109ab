//! What the engine's market data costs: a message from bytes to book, from bytes to shared memory, a record in the ring, and
//! ZeroMQ beside it. `make bench-engine`; a filter goes behind `--`.
//!
//! Criterion measures means; what a user waits for are percentiles, which are printed before: of each message the best of a
//! few passes, since an interruption by the machine is not the message's, with what a look at the clock costs.

#![allow(clippy::print_stdout, clippy::unwrap_used)] // its output is its purpose, and a bench may fail

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput};
use pyrt_engine::clock::SystemClock;
use pyrt_engine::config::{Config, Overrides};
use pyrt_engine::engine::{Publisher, publish_to};
use pyrt_engine::ipc::{Reader, Segment, SegmentOptions};
use pyrt_engine::market_data::venues::Venue;
use pyrt_engine::market_data::venues::binance::Market;
use pyrt_engine::market_data::{BookTop, Content, Feed, Recording, Sink};
use pyrt_engine::model::{Event, Instrument, InstrumentId, Nanos, Quote};
use pyrt_engine::simulator::binary_form;

const PASSES: usize = 7;
/// Records of a batch.
const RECORDS: u64 = 1 << 16;

/// Messages of one venue in the order of receipt.
struct Tape {
    name: String,
    venue: Venue,
    instruments: Vec<Instrument>,
    messages: Vec<Message>,
}

struct Message {
    time: Nanos,
    bytes: Vec<u8>,
    answer: Option<InstrumentId>,
}

/// Depth messages of ten levels a side, as Binance's spot market writes them: every fifth level goes, the others change.
fn ten_and_ten(count: u64) -> Tape {
    let instruments = vec![Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap()];
    let time = |n: u64| Nanos(1_700_000_000_000_000_000 + n as i64 * 100_000_000);
    let mut messages = vec![Message {
        time: time(0),
        bytes: br#"{"lastUpdateId":0,"bids":[],"asks":[]}"#.to_vec(),
        answer: Some(InstrumentId(0)),
    }];
    for n in 1..=count {
        let middle = 6_000_000_i64;
        let side = |sign: i64| -> String {
            let level = |k: i64| {
                let ticks = middle + sign * (k + 1);
                let qty =
                    if (n as i64 + k) % 5 == 0 { 0 } else { 10_000 + (n as i64 * 37 + k * 911) % 900_000 };
                format!(
                    r#"["{}.{:02}000000","{}.{:05}000"]"#,
                    ticks / 100,
                    ticks % 100,
                    qty / 100_000,
                    qty % 100_000
                )
            };
            (0..10).map(level).collect::<Vec<_>>().join(",")
        };
        let (stamp, bids, asks) = (1_700_000_000_000 + n * 100, side(-1), side(1));
        messages.push(Message {
            time: time(n),
            bytes: format!(
                r#"{{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":{stamp},"s":"BTCUSDT","U":{n},"u":{n},"b":[{bids}],"a":[{asks}]}}}}"#
            )
            .into_bytes(),
            answer: None,
        });
    }
    Tape { name: "10 + 10 levels".to_owned(), venue: Venue::Binance(Market::Spot), instruments, messages }
}

/// The same messages as Binance's binary streams have them.
fn in_binary(tape: &Tape) -> Tape {
    let form = |message: &Message| match message.answer {
        Some(_) => message.bytes.clone(),
        None => binary_form(str::from_utf8(&message.bytes).unwrap(), message.time).unwrap(),
    };
    let messages = tape.messages.iter();
    let messages = messages.map(|one| Message { time: one.time, bytes: form(one), answer: one.answer });
    Tape {
        name: format!("{}, SBE", tape.name),
        venue: tape.venue,
        instruments: tape.instruments.clone(),
        messages: messages.collect(),
    }
}

/// A recording of a real market, where there is one.
fn recorded(file: &str) -> Option<Tape> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ws").join(file);
    if !path.exists() {
        println!("left out: {} is not here", path.display());
        return None;
    }
    let venue = Venue::of_recording(&mut Recording::open(&[&path]).unwrap()).unwrap().unwrap();
    let instruments = venue.infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap();
    let feed = venue.feed(&instruments);
    let mut messages = Vec::new();
    let mut recording = Recording::open(&[&path]).unwrap();
    while let Some(line) = recording.next().unwrap() {
        let (bytes, answer) = match line.content {
            Content::Frame(frame) => (frame.to_vec(), None),
            Content::Answer { path, body } => (body.to_vec(), feed.recorded_answer(path)),
        };
        messages.push(Message { time: line.receive_time, bytes, answer });
    }
    Some(Tape { name: file.to_owned(), venue, instruments, messages })
}

/// Takes records and books as the writer of shared memory does, and leaves them.
struct Leave;

impl Sink for Leave {
    #[inline]
    fn event(&mut self, event: Event) {
        black_box(&event);
    }

    #[inline]
    fn book(&mut self, book: &BookTop<'_>) {
        black_box(book);
    }
}

fn deliver(feed: &mut dyn Feed, message: &Message, sink: &mut dyn Sink) {
    match message.answer {
        Some(instrument) => feed.on_response(instrument, Some(&message.bytes), message.time, sink),
        None => feed.on_frame(&message.bytes, message.time, sink),
    }
}

fn percentiles(what: &str, mut times: Vec<u64>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let mean = times.iter().sum::<u64>() as f64 / times.len() as f64;
    println!(
        "{what:<64} p50 {:>6} ns   p90 {:>6} ns   p99 {:>6} ns   {:>5.2} million a second ({} of them)",
        at(0.5),
        at(0.9),
        at(0.99),
        1e3 / mean,
        times.len()
    );
}

fn nanoseconds(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap()
}

/// Of each depth message that was applied, the best time of a few passes.
fn depth_times(tape: &Tape, mut sink: impl FnMut() -> Box<dyn Sink>) -> Vec<u64> {
    let mut best = vec![u64::MAX; tape.messages.len()];
    let mut depth = vec![false; tape.messages.len()];
    for _ in 0..PASSES {
        let (mut feed, mut sink) = (tape.venue.feed(&tape.instruments), sink());
        feed.on_connected(tape.messages[0].time, sink.as_mut());
        for (place, message) in tape.messages.iter().enumerate() {
            let before = feed.counters();
            let start = Instant::now();
            deliver(feed.as_mut(), message, sink.as_mut());
            best[place] = best[place].min(nanoseconds(start));
            let after = feed.counters();
            depth[place] = after.depth > before.depth && after.snapshots == before.snapshots;
        }
        let counters = feed.counters();
        assert_eq!((counters.rejected, counters.gaps, counters.crossed), (0, 0, 0), "{}", tape.name);
    }
    best.into_iter().zip(depth).filter_map(|(time, is_depth)| is_depth.then_some(time)).collect()
}

fn publisher(name: &str, tape: &Tape) -> Publisher {
    let settings = vec![format!("engine.name={name}"), "shared_memory.ring_capacity=65536".to_owned()];
    let config = Config::load(None, &Overrides { environment: vec![], settings }).unwrap();
    publish_to(&config, &SystemClock, &tape.instruments).unwrap()
}

fn tables(tapes: &[Tape]) {
    percentiles("a look at the clock", (0..100_000).map(|_| nanoseconds(Instant::now())).collect());
    let name = format!("bench-{}", std::process::id());
    for tape in tapes {
        percentiles(&format!("bytes to book: {}", tape.name), depth_times(tape, || Box::new(Leave)));
        let times = depth_times(tape, || Box::new(publisher(&name, tape)));
        percentiles(&format!("bytes to shared memory: {}", tape.name), times);
    }
}

fn feeds(criterion: &mut Criterion, tapes: &[Tape]) {
    let mut group = criterion.benchmark_group("parse and book, every message");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for tape in tapes {
        group.throughput(Throughput::Elements(tape.messages.len() as u64));
        group.bench_function(&tape.name, |bencher| {
            let feed = || {
                let mut feed = tape.venue.feed(&tape.instruments);
                feed.on_connected(tape.messages[0].time, &mut Leave);
                feed
            };
            let run = |mut feed: Box<dyn Feed>| {
                tape.messages.iter().for_each(|message| deliver(feed.as_mut(), message, &mut Leave));
                feed
            };
            bencher.iter_batched(feed, run, BatchSize::PerIteration);
        });
    }
    group.finish();
}

fn ring(criterion: &mut Criterion) {
    let options = SegmentOptions::new(&format!("bench-ring-{}", std::process::id()), Nanos(1), 0);
    let mut producer = Segment::create(&options).unwrap();
    let mut event = Event::from(Quote { bid: 1.0, ask: 2.0, ..Quote::new(InstrumentId(0), Nanos(0)) });
    let mut group = criterion.benchmark_group("ring");
    group.throughput(Throughput::Elements(RECORDS));
    group.bench_function("publish", |bencher| {
        bencher.iter(|| {
            for time in 0..RECORDS {
                event.event_time = time as i64;
                producer.publish(black_box(&event));
            }
        });
    });
    let mut reader = Reader::open(&options.name).unwrap();
    let mut out = vec![event; 4096];
    group.bench_function("read_batch of 4096", |bencher| {
        bencher.iter(|| {
            reader.rewind();
            let mut total = 0;
            while total < RECORDS {
                let count = reader.read_batch(&mut out) as u64;
                black_box(&out);
                assert!(count > 0);
                total += count;
            }
        });
    });
    group.finish();
    one_way(&options.name, producer);
}

/// A record, or a message of 64 bytes, from one thread to another that looks all the time.
fn one_way(name: &str, mut producer: pyrt_engine::ipc::Producer) {
    const COUNT: u64 = 20_000;
    let begun = Instant::now();
    let mut reader = Reader::open(name).unwrap();
    let mut event = Event::from(Quote { bid: 1.0, ask: 2.0, ..Quote::new(InstrumentId(0), Nanos(0)) });
    let follower = std::thread::spawn(move || {
        let mut times = Vec::with_capacity(COUNT as usize);
        while times.len() < COUNT as usize {
            if let Some(event) = reader.read() {
                times.push(nanoseconds(begun).saturating_sub(event.event_time.cast_unsigned()));
            }
        }
        times
    });
    pace(COUNT, || {
        event.event_time = i64::try_from(nanoseconds(begun)).unwrap();
        producer.publish(&event);
    });
    percentiles("one way, ring to a reader that spins", follower.join().unwrap());
    let context = zmq::Context::new();
    let publisher = context.socket(zmq::PUB).unwrap();
    publisher.bind("inproc://bench").unwrap();
    let subscriber = context.socket(zmq::SUB).unwrap();
    subscriber.connect("inproc://bench").unwrap();
    subscriber.set_subscribe(b"").unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let follower = std::thread::spawn(move || {
        let (mut times, mut message) = (Vec::with_capacity(COUNT as usize), [0; 64]);
        while times.len() < COUNT as usize {
            if subscriber.recv_into(&mut message, zmq::DONTWAIT).is_ok() {
                let sent = u64::from_le_bytes(*message.first_chunk().unwrap());
                times.push(nanoseconds(begun).saturating_sub(sent));
            }
        }
        times
    });
    pace(COUNT, || {
        let mut message = [0; 64];
        message[..8].copy_from_slice(&nanoseconds(begun).to_le_bytes());
        publisher.send(&message[..], 0).unwrap();
    });
    percentiles("one way, ZeroMQ PUB/SUB inproc to a reader that spins", follower.join().unwrap());
}

/// So often, twenty microseconds apart.
fn pace(count: u64, mut send: impl FnMut()) {
    for _ in 0..count {
        let start = Instant::now();
        while start.elapsed() < Duration::from_micros(20) {
            std::hint::spin_loop();
        }
        send();
    }
}

fn main() {
    let files = [
        "binance_usdm_ethusdt_20240808.tsv.gz",
        "binance_spot_btcusdt_20240808.tsv.gz",
        "kraken_v2_book1000.tsv",
        "coinbase_exchange_level2.tsv",
    ];
    let text = ten_and_ten(20_000);
    let binary = in_binary(&text);
    let mut tapes = vec![text, binary];
    tapes.extend(files.into_iter().filter_map(recorded));
    tables(&tapes);
    let mut criterion = Criterion::default().configure_from_args();
    feeds(&mut criterion, &tapes);
    ring(&mut criterion);
    criterion.final_summary();
}
