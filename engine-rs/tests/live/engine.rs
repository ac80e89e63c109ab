//! The engine against the simulated venue, over real sockets and real shared memory, in one process.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pyrt_engine::clock::SystemClock;
use pyrt_engine::config::{Config, Overrides};
use pyrt_engine::engine::{self, EngineError, Summary, Surroundings};
use pyrt_engine::ipc::{Book, IpcError, Liveness, Reader};
use pyrt_engine::market_data::{Counters, Feed, Request, Sink};
use pyrt_engine::model::{
    Clock, Endpoint, Event, Instrument, InstrumentId, Kind, Nanos, State, StateChange, flag,
};
use pyrt_engine::net::{Dialer, HttpClient};
use pyrt_engine::simulator::{
    DepthBook, Frame, Listing, Market, MarketOptions, Options, Pace, Replay, Simulator, Source,
};
use serde_json::Value as Json;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const BTC: InstrumentId = InstrumentId(0);
const ETH: InstrumentId = InstrumentId(1);
const BOTH: [(InstrumentId, &str); 2] = [(BTC, "BTCUSDT"), (ETH, "ETHUSDT")];

/// A generated market that ends right after a depth message, so that what is known of it equals what it is; it loses
/// the frames that it is told to lose.
struct Finite {
    market: Market,
    end: i64,
    lose: fn(&Frame, u64) -> bool,
    depth_frames: u64,
}

impl Finite {
    fn new(seconds_of_market: i64, lose: fn(&Frame, u64) -> bool) -> Box<Self> {
        let start = 1_700_000_000_000_000_000;
        let options = MarketOptions { start: Some(Nanos(start)), rate: 2_000, ..MarketOptions::default() };
        let market = Market::new(options).unwrap();
        Box::new(Self { market, end: start + seconds_of_market * 1_000_000_000, lose, depth_frames: 0 })
    }
}

impl Source for Finite {
    fn listings(&self) -> &[Listing] {
        self.market.listings()
    }

    fn begin(&mut self, now: Nanos) {
        self.market.begin(now);
    }

    fn next_time(&self) -> Option<Nanos> {
        self.market.next_time().filter(|next| next.0 <= self.end)
    }

    fn advance(&mut self, until: Nanos, limit: usize, frames: &mut Vec<Frame>) {
        self.market.advance(Nanos(until.0.min(self.end)), limit, frames);
        frames.retain(|frame| {
            self.depth_frames += u64::from(&*frame.stream == "btcusdt@depth@100ms");
            !(self.lose)(frame, self.depth_frames)
        });
    }

    fn book(&self, symbol: &str) -> Option<&DepthBook> {
        self.market.book(symbol)
    }

    fn waits_for_clients(&self) -> bool {
        self.market.waits_for_clients()
    }

    fn describe(&self) -> Json {
        self.market.describe()
    }
}

fn nothing_is_lost(_: &Frame, _: u64) -> bool {
    false
}

pub(crate) struct Running {
    name: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<Summary, EngineError>>>,
}

impl Running {
    fn segment(&self) -> PathBuf {
        PathBuf::from(format!("/dev/shm/pyrt-{}", self.name))
    }

    pub(crate) fn reader(&self, instruments: usize) -> Reader {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Ok(reader) = Reader::open(&self.name)
                && reader.instruments().is_ok_and(|rows| rows.len() == instruments)
            {
                return reader;
            }
            assert!(Instant::now() < deadline, "no segment with instruments");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Of an engine that ends by itself.
    pub(crate) fn outcome(mut self) -> Result<Summary, EngineError> {
        self.thread.take().unwrap().join().unwrap()
    }

    pub(crate) fn stop(mut self) -> Result<Summary, EngineError> {
        self.stop.store(true, Ordering::Relaxed);
        let outcome = self.thread.take().unwrap().join().unwrap();
        assert!(!self.segment().exists(), "a segment is left behind");
        outcome
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

pub(crate) fn unique(name: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("test-{name}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn config(name: &str, port: u16, more: &[&str]) -> Config {
    let mut settings = vec![
        format!("engine.name={name}"),
        format!("venues.binance.websocket=ws://127.0.0.1:{port}"),
        format!("venues.binance.rest=http://127.0.0.1:{port}"),
        "venues.binance.symbols=BTC-USDT,ETH-USDT".to_owned(),
        "venues.binance.backoff_initial_ms=20".to_owned(),
    ];
    settings.extend(more.iter().map(|setting| (*setting).to_owned()));
    Config::load(None, &Overrides { environment: vec![], settings }).unwrap()
}

pub(crate) fn run(name: &str, port: u16, more: &[&str]) -> Running {
    let name = unique(name);
    let config = config(&name, port, more);
    start(name, config)
}

pub(crate) fn start(name: String, config: Config) -> Running {
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    let thread = thread::spawn(move || {
        engine::run(&config, &Surroundings { clock: Arc::new(SystemClock), seed: 1, stop: &seen })
    });
    Running { name, stop, thread: Some(thread) }
}

fn simulate(source: Box<dyn Source>, pace: Pace) -> Simulator {
    simulate_to_end(source, pace).0
}

/// The simulator, and whether its source has ended.
fn simulate_to_end(source: Box<dyn Source>, pace: Pace) -> (Simulator, Arc<AtomicBool>) {
    let options = Options { pace, ..Options::default() };
    let ended = Arc::new(AtomicBool::new(false));
    let end = Arc::clone(&ended);
    let on_end = move || end.store(true, Ordering::Relaxed);
    (Simulator::start(source, options, Arc::new(SystemClock), on_end).unwrap(), ended)
}

/// The venue's own book of a symbol, ten levels, and its last id.
fn truth(simulator: &Simulator, symbol: &str) -> (u64, [Vec<(f64, f64)>; 2]) {
    let endpoint = Endpoint::parse(&format!("http://{}", simulator.address())).unwrap();
    let client = HttpClient::new(Dialer::new(Arc::new(SystemClock), PATIENCE).unwrap(), endpoint, 1 << 20);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let path = format!("/api/v3/depth?symbol={symbol}&limit=10");
    let reply = tokio::task::LocalSet::new().block_on(&runtime, client.get(&path)).unwrap();
    let body: Json = serde_json::from_slice(&reply.body).unwrap();
    let number = |text: &Json| text.as_str().unwrap().parse::<f64>().unwrap();
    let side = |name: &str| {
        let levels = body[name].as_array().unwrap().iter();
        levels.map(|level| (number(&level[0]), number(&level[1]))).collect()
    };
    (body["lastUpdateId"].as_u64().unwrap(), [side("bids"), side("asks")])
}

/// Reads on until `done`; returns what was read.
pub(crate) fn read_until(reader: &mut Reader, mut done: impl FnMut(&Reader, &[Event]) -> bool) -> Vec<Event> {
    let deadline = Instant::now() + PATIENCE;
    let mut events = Vec::new();
    loop {
        while let Some(event) = reader.read() {
            events.push(event);
        }
        if done(reader, &events) {
            return events;
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}; {} events", events.len());
        thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn is_synced(book: &Option<Book>) -> bool {
    book.as_ref().is_some_and(|book| book.state == State::Synced as u8)
}

fn both_synced(reader: &Reader) -> bool {
    is_synced(&reader.book(BTC)) && is_synced(&reader.book(ETH))
}

/// The books are synced at the venue's last ids; they must equal the venue's then.
fn reaches(reader: &Reader, simulator: &Simulator, books: &[(InstrumentId, &str)]) -> bool {
    books.iter().all(|&(id, symbol)| {
        let (last_id, sides) = truth(simulator, symbol);
        reader.book(id).is_some_and(|book| {
            let synced = book.state == State::Synced as u8 && book.last_id == last_id;
            synced && {
                assert_eq!([book.bids, book.asks], sides, "{symbol} at {last_id}");
                true
            }
        })
    })
}

/// What holds of any run: heads are whole, books uncrossed, deltas of a message end with LAST, times do not go back.
fn check_records(events: &[Event]) {
    let mut last_receive = 0;
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event.stamp, index as u64, "a reader stamps with the sequence: nothing is lost");
        let kind = Kind::from_code(event.kind).unwrap();
        assert!(event.instrument < 2 && event.event_time > 0, "{event:?}");
        let receive_time = i64::from_le_bytes(event.words[0].to_le_bytes());
        assert!(receive_time > 0);
        if let Some(quote) = event.as_quote() {
            assert!(quote.bid < quote.ask && quote.bid_qty > 0.0 && quote.ask_qty > 0.0, "{quote:?}");
        }
        if let Some(trade) = event.as_trade() {
            assert!(trade.price > 0.0 && trade.qty > 0.0 && trade.flags & flag::LAST != 0);
        }
        if kind == Kind::Trade {
            assert!(receive_time >= last_receive);
            last_receive = receive_time;
        }
    }
}

#[test]
fn a_generated_market_is_followed_to_its_end() {
    let (simulator, ended) = simulate_to_end(Finite::new(20, nothing_is_lost), Pace::Times(20.0));
    let engine = run("follow", simulator.address().port(), &["shared_memory.ring_capacity=1048576"]);
    let mut reader = engine.reader(2);
    reader.rewind();
    let events = read_until(&mut reader, |reader, _| {
        ended.load(Ordering::Relaxed) && reaches(reader, &simulator, &BOTH)
    });
    assert!(events.len() > 1_000);
    check_records(&events);
    for kind in [Kind::Trade, Kind::Quote, Kind::Delta, Kind::State] {
        assert!(events.iter().any(|event| event.kind == kind as u8), "{kind:?}");
    }
    let summary = engine.stop().unwrap();
    assert_eq!((summary.feed.gaps, summary.feed.crossed, summary.feed.rejected), (0, 0, 0));
    assert_eq!((summary.connects, summary.disconnects, summary.overflows), (1, 0, 0));
    assert!(summary.records >= events.len() as u64 && summary.feed.frames > 1_000);
}

/// Recorded diffs through sockets and shared memory give the book that the simulator keeps by itself.
#[test]
fn a_recording_of_the_real_market_is_followed_without_a_gap() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !data.exists() {
        eprintln!("skipped: the recorded data ({}) are not here", data.display());
        return;
    }
    let replay = Replay::open(&[data.join("ws/binance_spot_btcusdt_20240808.tsv.gz")]).unwrap();
    let (simulator, ended) = simulate_to_end(Box::new(replay), Pace::Max);
    let engine = run("recording", simulator.address().port(), &["venues.binance.symbols=BTC-USDT"]);
    let mut reader = engine.reader(1);
    read_until(&mut reader, |reader, _| {
        ended.load(Ordering::Relaxed) && reaches(reader, &simulator, &[(BTC, "BTCUSDT")])
    });
    let summary = engine.stop().unwrap();
    assert_eq!((summary.feed.frames, summary.feed.snapshots), (41_248, 1));
    assert_eq!((summary.feed.gaps, summary.feed.crossed, summary.feed.rejected), (0, 0, 0));
}

#[test]
fn a_dropped_connection_is_opened_again_and_books_are_rebuilt() {
    let simulator = simulate(Finite::new(3_600, nothing_is_lost), Pace::Times(1.0));
    let engine = run("reconnect", simulator.address().port(), &[]);
    let mut reader = engine.reader(2);
    reader.rewind();
    read_until(&mut reader, |reader, _| both_synced(reader));
    simulator.cut_clients();
    let down = |event: &Event| event.as_state().is_some_and(|_| event.flags & 0xFF == State::FeedDown as u16);
    let events = read_until(&mut reader, |reader, events| events.iter().any(down) && both_synced(reader));
    let last_down = events.iter().rposition(down).unwrap();
    assert!(events[last_down..].iter().any(|event| event.flags & flag::SNAPSHOT != 0), "from a new snapshot");
    let summary = engine.stop().unwrap();
    assert_eq!((summary.connects, summary.disconnects), (2, 1));
    assert_eq!(summary.feed.gaps, 0);
}

#[test]
fn a_lost_depth_message_is_noticed_and_the_book_resynced() {
    // The 30th and the 60th depth message of BTC-USDT never arrive.
    let lose =
        |frame: &Frame, count: u64| &*frame.stream == "btcusdt@depth@100ms" && count.is_multiple_of(30);
    let (simulator, ended) = simulate_to_end(Finite::new(8, lose), Pace::Times(2.0));
    let engine = run("gap", simulator.address().port(), &["shared_memory.ring_capacity=1048576"]);
    let mut reader = engine.reader(2);
    reader.rewind();
    let events = read_until(&mut reader, |reader, _| {
        ended.load(Ordering::Relaxed) && reaches(reader, &simulator, &BOTH)
    });
    let states: Vec<_> =
        events.iter().filter_map(Event::as_state).filter(|state| state.instrument == BTC.0).collect();
    let code = |state: State| move |event: &&&StateChange| event.flags & 0xFF == state as u16;
    assert_eq!(states.iter().filter(code(State::Resyncing)).filter(|s| s.reason == 2).count(), 2, "gaps");
    assert_eq!(states.iter().filter(code(State::Synced)).count(), 3);
    let summary = engine.stop().unwrap();
    assert_eq!((summary.feed.gaps, summary.feed.resyncs, summary.disconnects), (2, 2, 0));
}

#[test]
fn a_stop_marks_books_and_closes_the_segment() {
    let simulator = simulate(Finite::new(3_600, nothing_is_lost), Pace::Times(1.0));
    let engine = run("stop", simulator.address().port(), &[]);
    let mut reader = engine.reader(2);
    read_until(&mut reader, |reader, _| both_synced(reader));
    assert!(matches!(reader.liveness(SystemClock.monotonic()).unwrap(), Liveness::Alive));
    engine.stop().unwrap();
    assert!(matches!(reader.liveness(SystemClock.monotonic()).unwrap(), Liveness::Closed));
    for id in [BTC, ETH] {
        let book = reader.book(id).unwrap();
        assert_eq!((book.state, book.reason, book.bids.len()), (State::Halted as u8, 10, 0));
    }
}

#[test]
fn one_name_is_one_engine() {
    let simulator = simulate(Finite::new(3_600, nothing_is_lost), Pace::Times(1.0));
    let engine = run("twice", simulator.address().port(), &[]);
    drop(engine.reader(2));
    let config = config(&engine.name, simulator.address().port(), &[]);
    let stop = AtomicBool::new(false);
    let second = engine::run(&config, &Surroundings { clock: Arc::new(SystemClock), seed: 1, stop: &stop });
    assert!(matches!(second, Err(EngineError::Memory(IpcError::Busy { .. }))), "{second:?}");
    engine.stop().unwrap();
}

#[test]
fn a_venue_that_does_not_help_is_an_error_of_the_venue() {
    let simulator = simulate(Finite::new(3_600, nothing_is_lost), Pace::Times(1.0));
    let port = simulator.address().port();
    let table = [
        (port, "venues.binance.symbols=DOGE-USDT", "Invalid symbol"),
        (1, "engine.startup_timeout_ms=200", "no list of instruments within"), // nobody listens on port 1
    ];
    for (port, setting, words) in table {
        let config = config(&unique("venue"), port, &[setting]);
        let stop = AtomicBool::new(false);
        let surroundings = Surroundings { clock: Arc::new(SystemClock), seed: 1, stop: &stop };
        match engine::run(&config, &surroundings) {
            Err(EngineError::Venue(said)) => assert!(said.contains(words), "{said}"),
            other => panic!("{other:?}"),
        }
        assert!(!PathBuf::from(format!("/dev/shm/pyrt-{}", config.engine.name)).exists());
    }
}

/// A feed with a defect: it panics at its first frame.
struct Defective;

impl Feed for Defective {
    fn stream_path(&self) -> String {
        "/stream?streams=btcusdt@trade".to_owned()
    }

    fn on_connected(&mut self, _: Nanos, _: &mut dyn Sink) {}

    fn on_frame(&mut self, _: &[u8], _: Nanos, _: &mut dyn Sink) {
        panic!("a defect");
    }

    fn on_response(&mut self, _: InstrumentId, _: Option<&[u8]>, _: Nanos, _: &mut dyn Sink) {}

    fn on_disconnected(&mut self, _: Nanos, _: &mut dyn Sink) {}

    fn on_time(&mut self, _: Nanos, _: &mut dyn Sink) {}

    fn next_request(&mut self) -> Option<Request> {
        None
    }

    fn counters(&self) -> Counters {
        Counters::default()
    }
}

#[test]
fn a_panic_on_the_decision_path_halts_the_books_and_is_an_error() {
    let simulator = simulate(Finite::new(3_600, nothing_is_lost), Pace::Times(1.0));
    let name = unique("panic");
    let config = config(&name, simulator.address().port(), &[]);
    let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
    let stop = AtomicBool::new(false);
    let surroundings = Surroundings { clock: Arc::new(SystemClock), seed: 1, stop: &stop };
    let publisher = engine::publish_to(&config, &SystemClock, &[btc]).unwrap();
    let mut reader = Reader::open(&name).unwrap();
    let outcome = engine::operate(&config, Box::new(Defective), publisher, &surroundings);
    assert!(matches!(&outcome, Err(EngineError::Panic(words)) if words == "a defect"), "{outcome:?}");
    assert!(matches!(reader.liveness(SystemClock.monotonic()).unwrap(), Liveness::Closed));
    assert_eq!(reader.book(BTC).unwrap().state, State::Halted as u8);
    let last = read_until(&mut reader, |_, events| !events.is_empty());
    assert_eq!(last[0].flags & 0xFF, State::Halted as u16);
    assert!(Reader::open(&name).is_err(), "the name is free");
}
