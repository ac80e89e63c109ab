//! From a message's bytes to the book: the engine and barter-data.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use barter_data::books::OrderBook;
use barter_data::event::MarketEvent;
use barter_data::exchange::binance::book::l2::BinanceOrderBookL2Snapshot;
use barter_data::exchange::binance::spot::l2::{
    BinanceSpotOrderBookL2Update, BinanceSpotOrderBooksL2Transformer,
};
use barter_data::subscription::Map;
use barter_data::subscription::book::OrderBookEvent;
use barter_data::transformer::ExchangeTransformer;
use barter_instrument::exchange::ExchangeId;
use barter_integration::Transformer;
use criterion::{BatchSize, Criterion, Throughput};
use pyrt_engine::market_data::venues::binance::{BinanceSpot, Options, infer_instruments};
use pyrt_engine::market_data::{BookTop, Content, Feed, Recording, Sink};
use pyrt_engine::model::{Event, Instrument, InstrumentId, Nanos};
use pyrt_engine::simulator::binary_form;

const PASSES: usize = 7;
const TIME: Nanos = Nanos(1_700_000_000_000_000_000);
const ID: InstrumentId = InstrumentId(0);

/// A snapshot and the diffs behind it, of one instrument, as `/ws/<stream>` sends them.
struct Tape {
    name: String,
    instrument: Instrument,
    snapshot: String,
    diffs: Vec<String>,
}

/// Ten levels a side in each message: every fifth goes, the others change.
fn ten_and_ten() -> Tape {
    let side = |n: i64, sign: i64| {
        let level = |k: i64| {
            let ticks = 6_000_000 + sign * (k + 1);
            let qty = if (n + k) % 5 == 0 { 0 } else { 10_000 + (n * 37 + k * 911) % 900_000 };
            let (units, lots) = (ticks / 100, qty / 100_000);
            format!(r#"["{units}.{:02}000000","{lots}.{:05}000"]"#, ticks % 100, qty % 100_000)
        };
        (0..10).map(level).collect::<Vec<_>>().join(",")
    };
    let diff = |n: i64| {
        let (time, bids, asks) = (1_700_000_000_000 + n * 100, side(n, -1), side(n, 1));
        format!(r#"{{"e":"depthUpdate","E":{time},"s":"BTCUSDT","U":{n},"u":{n},"b":[{bids}],"a":[{asks}]}}"#)
    };
    Tape {
        name: "10 + 10 levels".to_owned(),
        instrument: Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap(),
        snapshot: r#"{"lastUpdateId":0,"bids":[],"asks":[]}"#.to_owned(),
        diffs: (1..=20_000).map(diff).collect(),
    }
}

/// The diffs of a recording of the real market, where there is one; the snapshot comes first.
fn recorded(file: &str) -> Option<Tape> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/ws").join(file);
    if !path.exists() {
        println!("left out: {} is not here", path.display());
        return None;
    }
    let instrument = infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap().remove(0);
    let (mut snapshot, mut diffs) = (None, vec![]);
    let mut recording = Recording::open(&[&path]).unwrap();
    while let Some(line) = recording.next().unwrap() {
        let text = |bytes: &[u8]| str::from_utf8(bytes).unwrap().to_owned();
        match line.content {
            Content::Answer { body, .. } => _ = snapshot.get_or_insert_with(|| text(body)),
            Content::Frame(frame) => {
                let whole = text(frame);
                let data = whole.split_once("\"data\":").map_or(&*whole, |(_, data)| &data[..data.len() - 1]);
                if data.starts_with("{\"e\":\"depthUpdate\"") {
                    diffs.push(data.to_owned());
                }
            }
        }
    }
    Some(Tape { name: file.to_owned(), instrument, snapshot: snapshot.unwrap(), diffs })
}

/// Takes records and books, and leaves them.
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

/// The engine's side: it publishes records and the best levels as well.
struct Engine(BinanceSpot);

impl Engine {
    fn new(tape: &Tape) -> Self {
        let mut feed = BinanceSpot::new(&[(ID, tape.instrument.clone())], Options::default());
        feed.on_connected(TIME, &mut Leave);
        feed.on_response(ID, Some(tape.snapshot.as_bytes()), TIME, &mut Leave);
        Engine(feed)
    }

    #[inline]
    fn take(&mut self, frame: &[u8]) {
        self.0.on_frame(frame, TIME, &mut Leave);
    }
}

/// The other one: what a stream of it does with a message, without the socket, and the book that its manager keeps.
struct Barter {
    transformer: BinanceSpotOrderBooksL2Transformer<u32>,
    book: OrderBook,
}

impl Barter {
    fn new(tape: &Tape) -> Self {
        let snapshot: BinanceOrderBookL2Snapshot = serde_json::from_str(&tape.snapshot).unwrap();
        let snapshot = MarketEvent::from((ExchangeId::BinanceSpot, 0_u32, snapshot));
        let first: BinanceSpotOrderBookL2Update = serde_json::from_str(&tape.diffs[0]).unwrap();
        let map: Map<u32> = [(first.subscription_id, 0)].into_iter().collect();
        let (sender, _) = tokio::sync::mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut book = OrderBook::default();
        book.update(&snapshot.kind);
        let transformer =
            runtime.block_on(BinanceSpotOrderBooksL2Transformer::init(map, &[snapshot], sender));
        Barter { transformer: transformer.unwrap(), book }
    }

    #[inline]
    fn take(&mut self, frame: &str) {
        let update: BinanceSpotOrderBookL2Update = serde_json::from_str(frame).unwrap();
        for event in self.transformer.transform(update) {
            let event: MarketEvent<u32, OrderBookEvent> = event.unwrap();
            self.book.update(&event.kind);
        }
    }
}

/// Both have the same levels.
fn equal(tape: &Tape) {
    let (mut engine, mut barter) = (Engine::new(tape), Barter::new(tape));
    for diff in &tape.diffs {
        engine.take(diff.as_bytes());
        barter.take(diff);
    }
    let counters = engine.0.counters();
    assert_eq!((counters.gaps, counters.rejected, counters.crossed), (0, 0, 0));
    let book = engine.0.book(ID).unwrap();
    let double = |text: String| text.parse::<f64>().unwrap().to_bits();
    let theirs = |levels: &[barter_data::books::Level]| -> BTreeMap<u64, u64> {
        levels.iter().map(|one| (double(one.price.to_string()), double(one.amount.to_string()))).collect()
    };
    let ours = |side: &mut dyn Iterator<Item = (pyrt_engine::model::Ticks, pyrt_engine::model::Lots)>| {
        let level =
            |(ticks, lots)| (tape.instrument.price(ticks).to_bits(), tape.instrument.qty(lots).to_bits());
        side.map(level).collect::<BTreeMap<u64, u64>>()
    };
    let (bids, asks) = (ours(&mut book.bids()), ours(&mut book.asks()));
    assert!(bids.len() > 5 && asks.len() > 5);
    assert_eq!(bids, theirs(barter.book.bids().levels()), "{}", tape.name);
    assert_eq!(asks, theirs(barter.book.asks().levels()), "{}", tape.name);
    println!("{}: both books have the same {} levels", tape.name, bids.len() + asks.len());
}

/// Of each message the best time of a few passes.
fn percentiles<S>(what: &str, count: usize, mut new: impl FnMut() -> S, mut take: impl FnMut(&mut S, usize)) {
    let mut best = vec![u64::MAX; count];
    for _ in 0..PASSES {
        let mut side = new();
        for (place, best) in best.iter_mut().enumerate() {
            let start = Instant::now();
            take(&mut side, place);
            *best = (*best).min(u64::try_from(start.elapsed().as_nanos()).unwrap());
        }
    }
    let mean = best.iter().sum::<u64>() as f64 / count as f64;
    best.sort_unstable();
    let at = |share: f64| best[((count - 1) as f64 * share) as usize];
    println!("{what:<62} p50 {:>6} ns   p99 {:>6} ns   mean {mean:>6.0} ns", at(0.5), at(0.99));
}

pub fn compare(criterion: &mut Criterion) {
    let mut tapes = vec![ten_and_ten()];
    tapes.extend(recorded("binance_spot_btcusdt_20240808.tsv.gz"));
    for tape in &tapes {
        equal(tape);
        let binary: Vec<Vec<u8>> = tape
            .diffs
            .iter()
            .map(|diff| {
                let whole = format!(r#"{{"stream":"{}@depth","data":{diff}}}"#, tape.instrument.symbol);
                binary_form(&whole, TIME).unwrap()
            })
            .collect();
        let (count, name) = (tape.diffs.len(), &tape.name);
        let new = || Engine::new(tape);
        percentiles(&format!("{name}: pyrt, JSON"), count, new, |engine, n| {
            engine.take(tape.diffs[n].as_bytes());
        });
        percentiles(&format!("{name}: pyrt, SBE"), count, new, |engine, n| engine.take(&binary[n]));
        percentiles(
            &format!("{name}: barter-data, JSON"),
            count,
            || Barter::new(tape),
            |barter, n| {
                barter.take(&tape.diffs[n]);
            },
        );
        let mut group = criterion.benchmark_group(format!("parse and book: {name}"));
        group.sample_size(10).measurement_time(Duration::from_secs(5));
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function("pyrt, JSON", |bencher| {
            let run = |mut engine: Engine| {
                tape.diffs.iter().for_each(|diff| engine.take(diff.as_bytes()));
                engine
            };
            bencher.iter_batched(new, run, BatchSize::PerIteration);
        });
        group.bench_function("pyrt, SBE", |bencher| {
            let run = |mut engine: Engine| {
                binary.iter().for_each(|frame| engine.take(frame));
                engine
            };
            bencher.iter_batched(new, run, BatchSize::PerIteration);
        });
        group.bench_function("barter-data, JSON", |bencher| {
            let run = |mut barter: Barter| {
                tape.diffs.iter().for_each(|diff| barter.take(diff));
                barter
            };
            bencher.iter_batched(|| Barter::new(tape), run, BatchSize::PerIteration);
        });
        group.finish();
    }
}
