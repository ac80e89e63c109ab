//! Several venues in one engine, over real WebSockets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pyrt_engine::clock::SystemClock;
use pyrt_engine::config::{Config, Overrides};
use pyrt_engine::ipc::{Health, Reader};
use pyrt_engine::model::{Event, InstrumentId, Kind, State, flag};
use pyrt_engine::simulator::{HallSource, Market, MarketOptions, Options, Pace, Place, Planned, Simulator};

use crate::engine::{PATIENCE, Running, is_synced, read_until, start, unique};

pub(crate) fn hall(seed: u64) -> HallSource {
    HallSource::Generated { seed, pairs: vec!["BTC-USD".to_owned(), "ETH-USD".to_owned()], rate: 2_000 }
}

/// Assets over venues, with and without fees.
const ASSETS: [&str; 2] = [
    "consolidated.assets.BTC-USD=binance:BTC-USDT,coinbase:BTC-USD,kraken:BTC-USD",
    "consolidated.assets.ETH-USD=coinbase:ETH-USD,kraken:ETH-USD",
];

pub(crate) fn simulate(options: Options) -> Simulator {
    let market = MarketOptions { rate: 1_000, best_levels: true, ..MarketOptions::default() };
    let market = Market::new(market).unwrap();
    Simulator::start(Box::new(market), options, Arc::new(SystemClock), || ()).unwrap()
}

fn config(name: &str, simulator: &Simulator, more: &[&str]) -> Config {
    let mut settings = vec![format!("engine.name={name}"), "shared_memory.ring_capacity=1048576".to_owned()];
    // The older protocol's hall comes last: where it is there, Kraken's section is for it.
    for place in Place::ALL {
        let Some(address) = simulator.address_of(place).filter(|_| place != Place::KrakenFutures) else {
            continue;
        };
        let venue = section(place);
        settings.push(format!("venues.{venue}.websocket=ws://{address}"));
        settings.push(format!("venues.{venue}.rest=http://{address}"));
        settings.push(format!("venues.{venue}.backoff_initial_ms=20"));
    }
    settings.extend(more.iter().map(|setting| (*setting).to_owned()));
    Config::load(None, &Overrides { environment: vec![], settings }).unwrap()
}

/// The section of the configuration that follows a hall.
pub(crate) fn section(place: Place) -> &'static str {
    if place == Place::KrakenV1 { Place::Kraken.name() } else { place.name() }
}

pub(crate) fn run(simulator: &Simulator, more: &[&str]) -> Running {
    let name = unique("venues");
    start(name.clone(), config(&name, simulator, more))
}

const ALL: [&str; 3] = [
    "venues.binance.symbols=BTC-USDT,ETH-USDT",
    "venues.coinbase.symbols=BTC-USD,ETH-USD",
    "venues.kraken.symbols=ETH-USD,BTC-USD",
];

pub(crate) fn all_synced(reader: &Reader, count: u32) -> bool {
    (0..count).all(|row| is_synced(&reader.book(InstrumentId(row))))
}

pub(crate) fn of<'a>(health: &'a [Health], venue: &str) -> &'a Health {
    health.iter().find(|health| health.venue == venue).unwrap()
}

#[test]
fn instruments_of_several_venues_share_one_segment_and_one_ring() {
    let simulator = simulate(Options { coinbase: hall(1), kraken: hall(2), ..Options::default() });
    let engine = run(&simulator, &[&ALL[..], &ASSETS].concat());
    let mut reader = engine.reader(8);
    reader.rewind();
    let names: Vec<_> = reader.instruments().unwrap().into_iter().map(|(_, one)| one.name).collect();
    let expected = [
        "binance:BTC-USDT",
        "binance:ETH-USDT",
        "coinbase:BTC-USD",
        "coinbase:ETH-USD",
        "kraken:ETH-USD",
        "kraken:BTC-USD",
        "all:BTC-USD",
        "all:ETH-USD",
    ];
    assert_eq!(names, expected);
    let enough = |events: &[Event]| {
        let of = |kind: Kind, row| {
            events.iter().filter(|event| event.kind == kind as u8 && event.instrument == row).count()
        };
        (0..6).all(|row| of(Kind::Trade, row) > 3 && of(Kind::Quote, row) > 20)
    };
    let events = read_until(&mut reader, |reader, events| all_synced(reader, 6) && enough(events));
    quotes_equal_the_book(&events, 2..6);
    best_of_all(&events, 6, &[0, 2, 5]);
    best_of_all(&events, 7, &[3, 4]);
    let health = reader.venues();
    for venue in ["binance", "coinbase", "kraken"] {
        let own = of(&health, venue);
        assert_eq!((own.state, own.books), (State::Synced as u8, [2, 2, 0]), "{own:?}");
        assert_eq!((own.reason, own.count("connects"), own.count("disconnects")), (0, Some(1), Some(0)));
    }
    let kraken = of(&health, "kraken");
    assert!(kraken.count("checksums").unwrap() > 20 && kraken.count("checksums_wrong") == Some(0));
    let summary = engine.stop().unwrap();
    assert_eq!((summary.feed.gaps, summary.feed.crossed, summary.feed.rejected), (0, 0, 0));
    assert_eq!((summary.connects, summary.disconnects), (3, 0));
    assert_eq!(summary.feed.checksums, summary.feed.checksums_ok);
    assert_eq!(summary.to_json()["venues"]["kraken"]["gaps"], 0);
}

/// These halls send the venue's quote right after the book's message that leads to it.
pub(crate) fn quotes_equal_the_book(events: &[Event], rows: std::ops::Range<u32>) {
    let (mut books, mut compared) = (BTreeMap::new(), 0);
    for event in events.iter().filter(|event| rows.contains(&event.instrument)) {
        let Some(quote) = event.as_quote() else { continue };
        let best = [quote.bid, quote.bid_qty, quote.ask, quote.ask_qty];
        if event.flags & flag::FROM_BOOK != 0 {
            books.insert(event.instrument, (event.event_time, best));
        } else if let Some((time, own)) = books.get(&event.instrument)
            && *time == event.event_time
        {
            assert_eq!(own, &best, "row {}", event.instrument);
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared} quotes");
}

/// The best bid and offer over venues, held against the venues' own, record by record.
fn best_of_all(events: &[Event], asset: u32, members: &[u32]) {
    let (mut own, mut compared) = (BTreeMap::new(), 0);
    for event in events {
        if event.as_state().is_some() && event.flags & 0xff != State::Synced as u16 {
            own.remove(&event.instrument);
        }
        let Some(quote) = event.as_quote().filter(|quote| quote.flags & flag::FROM_BOOK != 0) else {
            continue;
        };
        if members.contains(&event.instrument) {
            own.insert(event.instrument, (quote.bid, quote.bid_qty, quote.ask, quote.ask_qty));
        } else if event.instrument == asset {
            let bid = own.values().map(|best| best.0).fold(f64::MIN, f64::max);
            let ask = own.values().map(|best| best.2).fold(f64::MAX, f64::min);
            let bid_qty: f64 = own.values().filter(|best| best.0 == bid).map(|best| best.1).sum();
            let ask_qty: f64 = own.values().filter(|best| best.2 == ask).map(|best| best.3).sum();
            assert_eq!((quote.bid, quote.ask), (bid, ask));
            assert!((quote.bid_qty - bid_qty).abs() < 1e-9 && (quote.ask_qty - ask_qty).abs() < 1e-9);
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared} quotes of row {asset}");
}

#[test]
fn an_engine_needs_no_binance() {
    let simulator = simulate(Options::default());
    let engine = run(&simulator, &["venues.binance.symbols=", "venues.kraken.symbols=BTC-USD"]);
    let mut reader = engine.reader(1);
    read_until(&mut reader, |reader, _| all_synced(reader, 1));
    assert_eq!(reader.venues().len(), 1);
    engine.stop().unwrap();
}

#[test]
fn a_symbol_that_a_venue_does_not_have_is_named() {
    let simulator = simulate(Options::default());
    for (setting, words) in [
        ("venues.kraken.symbols=BTC-USDX", "kraken has no instrument BTC-USDX;"),
        ("venues.coinbase.symbols=DOGE-USD", "coinbase has no instrument DOGE-USD;"),
    ] {
        let engine = run(&simulator, &[setting]);
        let said = engine.outcome().unwrap_err().to_string();
        assert!(said.starts_with(words) && said.contains("BTC-USD"), "{said}");
    }
}

/// Recorded frames of the real venues through sockets and shared memory: every checksum holds.
#[test]
fn recordings_of_kraken_and_coinbase_are_followed() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ws");
    if !data.exists() {
        eprintln!("skipped: the recorded data ({}) are not here", data.display());
        return;
    }
    let options = Options {
        pace: Pace::Times(20.0),
        kraken: HallSource::Recorded(vec![data.join("kraken_v2_book1000.tsv")]),
        coinbase: HallSource::Recorded(vec![data.join("coinbase_exchange_level2.tsv")]),
        ..Options::default()
    };
    let simulator = simulate(options);
    let engine = run(
        &simulator,
        &[
            "venues.binance.symbols=",
            "venues.kraken.symbols=ADA-BTC,XMR-USD",
            "venues.kraken.book_levels=1000",
            "venues.coinbase.symbols=BAND-GBP,NMR-EUR",
        ],
    );
    let reader = engine.reader(4);
    let deadline = Instant::now() + PATIENCE;
    let mut frames = [0, 0];
    loop {
        thread::sleep(Duration::from_millis(1_500));
        let health = reader.venues();
        let now = ["kraken", "coinbase"].map(|venue| of(&health, venue).count("frames").unwrap());
        // Heartbeats go on when a recording has ended.
        if now[0] > 100 && now[0] - frames[0] < 10 && now[1] - frames[1] < 10 {
            break;
        }
        frames = now;
        assert!(Instant::now() < deadline, "{health:?}");
    }
    let health = reader.venues();
    let kraken = of(&health, "kraken");
    assert!(kraken.count("checksums").unwrap() > 500, "{kraken:?}");
    assert_eq!((kraken.count("checksums_wrong"), kraken.count("rejected")), (Some(0), Some(0)));
    let coinbase = of(&health, "coinbase");
    assert_eq!(coinbase.books[1], 2, "{coinbase:?}");
    assert_eq!((coinbase.count("rejected"), coinbase.count("crossed")), (Some(0), Some(0)));
    engine.stop().unwrap();
}

/// Binary streams; the simulator takes any key.
pub(crate) const BINARY: [&str; 2] =
    ["venues.binance.encoding=sbe", "venues.binance.key_variable=CARGO_PKG_NAME"];

#[test]
fn the_best_levels_come_in_both_forms() {
    let simulator = simulate(Options::default());
    let levels = |stream: &str| format!("venues.binance.streams={stream}");
    let text = run(&simulator, &[ALL[0], &levels("depth20@100ms,bookTicker")]);
    let binary = run(&simulator, &[&BINARY[..], &[ALL[0], &levels("depth20,bestBidAsk")]].concat());
    let (text_reader, binary_reader) = (text.reader(2), binary.reader(2));
    let deadline = Instant::now() + PATIENCE;
    let mut equal = BTreeSet::new();
    while equal.len() < 15 {
        assert!(Instant::now() < deadline, "{} books", equal.len());
        thread::sleep(Duration::from_millis(7));
        let books = [&text_reader, &binary_reader].map(|reader| reader.book(InstrumentId(0)));
        if let [Some(one), Some(two)] = books
            && is_synced(&Some(one.clone()))
            && one.last_id == two.last_id
        {
            assert!(one.bids == two.bids && one.asks == two.asks && one.bids.len() == 10);
            equal.insert(one.last_id);
        }
    }
    for engine in [text, binary] {
        let feed = engine.stop().unwrap().feed;
        assert_eq!((feed.rejected, feed.unknown, feed.gaps, feed.resyncs), (0, 0, 0, 0));
        assert!(feed.depth > 10 && feed.quotes > 100, "{feed:?}");
    }
}

#[test]
fn a_planned_fault_comes_in_its_time() {
    let planned: Planned = "kraken:disconnect@0.5+0.5".parse().unwrap();
    let simulator = simulate(Options { faults: vec![planned], ..Options::default() });
    let engine = run(&simulator, &["venues.binance.symbols=", "venues.kraken.symbols=BTC-USD"]);
    let mut reader = engine.reader(1);
    read_until(&mut reader, |reader, _| {
        let venues = reader.venues();
        let cut = venues.iter().any(|health| health.count("disconnects") >= Some(3));
        cut && all_synced(reader, 1)
    });
    engine.stop().unwrap();
}
