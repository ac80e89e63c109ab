//! Books order by order, over real WebSockets: the binary with a key in its environment, against the simulated venues.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pyrt_engine::clock::SystemClock;
use pyrt_engine::ipc::{Health, Reader};
use pyrt_engine::model::{Endpoint, Event, InstrumentId, State, flag};
use pyrt_engine::net::{Dialer, HttpClient};
use pyrt_engine::simulator::{HallSource, Mischief, Options, Place, Simulator};
use serde_json::Value as Json;
use tokio::task::LocalSet;

use crate::engine::{PATIENCE, is_synced, read_until, unique};
use crate::signs::signs_of_orders;
use crate::venues::simulate;

const BTC: InstrumentId = InstrumentId(0);

fn hall(seed: u64, rate: u32) -> HallSource {
    HallSource::Generated { seed, pairs: vec!["BTC-USD".to_owned(), "ETH-USD".to_owned()], rate }
}

/// The binary, running.
struct Process {
    name: String,
    child: Child,
}

impl Process {
    fn start(simulator: &Simulator, venue: &str, more: &[&str]) -> Process {
        Process::with_secret(simulator, venue, "ZGVtby1zZWNyZXQ=", more)
    }

    fn with_secret(simulator: &Simulator, venue: &str, secret: &str, more: &[&str]) -> Process {
        let address = simulator.address_of(Place::named(venue).unwrap()).unwrap();
        let name = unique("orders");
        let mut command = Command::new(env!("CARGO_BIN_EXE_pyrt-engine"));
        command.env_clear().env("TEST_KEY", "demo").env("TEST_SECRET", secret);
        command.args(["run", "--name", &name, "--set", "venues.binance.symbols="]);
        let own = [
            "symbols=BTC-USD,ETH-USD".to_owned(),
            format!("websocket=ws://{address}"),
            format!("rest=http://{address}"),
            "backoff_initial_ms=20".to_owned(),
        ];
        for setting in own.iter().map(String::as_str).chain(more.iter().copied()) {
            command.args(["--set", &format!("venues.{venue}.{setting}")]);
        }
        command.args(["--set", "shared_memory.ring_capacity=1048576"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Process { name, child }
    }

    fn reader(&self) -> Reader {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Ok(reader) = Reader::open(&self.name)
                && reader.instruments().is_ok_and(|rows| rows.len() == 2)
            {
                return reader;
            }
            assert!(Instant::now() < deadline, "no segment with instruments");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

const KEY: [&str; 2] = ["key_variable=TEST_KEY", "secret_variable=TEST_SECRET"];
const FULL: [&str; 3] = ["streams=full,matches,ticker", KEY[0], KEY[1]];
const LEVEL3: [&str; 4] = ["streams=level3", "book_levels=10", KEY[0], KEY[1]];

fn both_synced(reader: &Reader) -> bool {
    (0..2).all(|row| is_synced(&reader.book(InstrumentId(row))))
}

fn health(reader: &Reader) -> Health {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(own) = reader.venues().into_iter().next() {
            return own;
        }
        assert!(Instant::now() < deadline, "no health");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Side, price, size by id: what a reader of one instrument's order records has.
#[derive(Default)]
struct Tape {
    orders: BTreeMap<u128, (u8, f64, f64)>,
    quotes: usize,
    /// The book was the venue's once, and so often it was not any more.
    synced: bool,
    lost: usize,
}

impl Tape {
    fn take(&mut self, event: &Event) {
        if event.instrument != BTC.0 {
            return;
        }
        if event.as_state().is_some() {
            let synced = event.flags & 0xff == State::Synced as u16;
            self.lost += usize::from(self.synced && !synced);
            self.synced |= synced;
            // A stale book is as it was.
            if !synced && event.flags & 0xff != State::Stale as u16 {
                self.orders.clear();
            }
        }
        if let Some(order) = event.as_order() {
            let id = u128::from(order.order_id_low) | u128::from(order.order_id_high) << 64;
            match order.flags & 0xff {
                _ if order.flags & flag::SNAPSHOT != 0 && order.side == 0 => self.orders.clear(),
                1 => assert!(self.orders.insert(id, (order.side, order.price, order.qty)).is_none()),
                2 => self.orders.get_mut(&id).unwrap().2 = order.qty,
                3 => assert!(self.orders.remove(&id).is_some(), "what goes was there"),
                _ => {
                    let left = &mut self.orders.get_mut(&id).unwrap().2;
                    *left = round(*left - order.qty);
                    if *left == 0.0 {
                        self.orders.remove(&id);
                    }
                }
            }
        }
        if let Some(quote) = event.as_quote().filter(|quote| quote.flags & flag::FROM_BOOK != 0) {
            let (bids, asks) = (self.levels(1), self.levels(2));
            let best = (bids[bids.len() - 1], asks[0]);
            assert_eq!(best, ((quote.bid, round(quote.bid_qty)), (quote.ask, round(quote.ask_qty))));
            self.quotes += 1;
        }
    }

    /// Of a side (1: bids), lowest price first.
    fn levels(&self, side: u8) -> Vec<(f64, f64)> {
        let mut levels: BTreeMap<u64, f64> = BTreeMap::new();
        for (_, price, qty) in self.orders.values().filter(|order| order.0 == side) {
            *levels.entry(price.to_bits()).or_default() += qty;
        }
        levels.into_iter().map(|(price, qty)| (f64::from_bits(price), round(qty))).collect()
    }
}

fn round(qty: f64) -> f64 {
    (qty * 1e8).round() / 1e8
}

/// The number and all orders (side, price, size by id) that the venue's REST half has.
fn listed(simulator: &Simulator) -> (u64, BTreeMap<u128, (u8, f64, f64)>) {
    let endpoint = Endpoint::parse(&format!("http://{}", simulator.address())).unwrap();
    let client = HttpClient::new(Dialer::new(Arc::new(SystemClock), PATIENCE).unwrap(), endpoint, 1 << 20);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let path = "/products/BTC-USD/book?level=3";
    let reply = LocalSet::new().block_on(&runtime, client.get(path)).unwrap();
    let body: Json = serde_json::from_slice(&reply.body).unwrap();
    let mut orders = BTreeMap::new();
    for (side, name) in [(1, "bids"), (2, "asks")] {
        for row in body[name].as_array().unwrap() {
            let number = |place: usize| row[place].as_str().unwrap().parse::<f64>().unwrap();
            let id = u128::from_str_radix(&row[2].as_str().unwrap().replace('-', ""), 16).unwrap();
            orders.insert(id, (side, number(0), number(1)));
        }
    }
    (body["sequence"].as_u64().unwrap(), orders)
}

/// Takes in what has come, the ids of trades too.
fn read(reader: &mut Reader, tape: &mut Tape, trades: &mut Vec<u64>) {
    while let Some(event) = reader.read() {
        tape.take(&event);
        trades.extend(event.as_trade().filter(|trade| trade.instrument == BTC.0).map(|trade| trade.trade_id));
    }
}

#[test]
fn every_order_of_coinbase_is_where_its_rest_half_has_it() {
    let simulator = simulate(Options { coinbase: hall(7, 60), ..Options::default() });
    let engine = Process::start(&simulator, "coinbase", &FULL);
    let mut reader = engine.reader();
    reader.rewind();
    let (mut tape, mut trades, mut compared) = (Tape::default(), Vec::new(), 0);
    let deadline = Instant::now() + PATIENCE;
    while compared < 10 || trades.len() < 20 {
        assert!(Instant::now() < deadline, "{compared} books, {} trades", trades.len());
        let (sequence, orders) = listed(&simulator);
        thread::sleep(Duration::from_millis(2));
        let stands = |reader: &Reader| {
            let book = reader.book(BTC).filter(|book| is_synced(&Some(book.clone())));
            book.is_some_and(|book| book.last_id == sequence)
        };
        // The table and the ring are written one after the other: both have it when it has stood for a while.
        let stood = stands(&reader);
        thread::sleep(Duration::from_millis(2));
        read(&mut reader, &mut tape, &mut trades);
        if stood && stands(&reader) {
            assert_eq!(tape.orders, orders, "at {sequence}");
            compared += 1;
        }
    }
    assert!(trades.windows(2).all(|pair| pair[1] == pair[0] + 1), "every trade once: {trades:?}");
    let own = health(&reader);
    assert_eq!((own.count("gaps"), own.count("rejected"), own.count("unknown")), (Some(0), Some(0), Some(0)));
    assert!(tape.quotes > 10);
}

/// Two engines, one by orders and one by levels: the checksums of both hold, and their books are one.
#[test]
fn krakens_orders_add_up_to_its_levels() {
    let simulator = simulate(Options { kraken: hall(8, 400), ..Options::default() });
    let orders = Process::start(&simulator, "kraken", &LEVEL3);
    let levels = Process::start(&simulator, "kraken", &["streams=book", "book_levels=10"]);
    let (mut reader, other) = (orders.reader(), levels.reader());
    reader.rewind();
    let (mut tape, mut seen, mut compared) = (Tape::default(), BTreeMap::new(), 0);
    let deadline = Instant::now() + PATIENCE;
    while compared < 20 || tape.quotes < 20 {
        assert!(Instant::now() < deadline, "{compared} books, {} quotes", tape.quotes);
        for (by_orders, reader) in [(true, &reader), (false, &other)] {
            let Some(book) = reader.book(BTC).filter(|book| is_synced(&Some(book.clone()))) else { continue };
            let (time, sides) = (book.event_time, (book.bids, book.asks));
            if let Some((before, same)) = seen.insert(time, (by_orders, sides.clone()))
                && before != by_orders
            {
                assert_eq!(same, sides, "at {time:?}");
                compared += 1;
            }
        }
        read(&mut reader, &mut tape, &mut Vec::new());
        thread::sleep(Duration::from_millis(2));
    }
    for reader in [&reader, &other] {
        let own = health(reader);
        assert!(own.count("checksums") > Some(20), "{own:?}");
        assert_eq!((own.count("checksums_wrong"), own.count("gaps")), (Some(0), Some(0)), "{own:?}");
    }
}

#[test]
fn without_the_key_nothing_is_told_and_a_token_is_asked_for_again() {
    let simulator = simulate(Options { kraken: hall(9, 100), ..Options::default() });
    let engine = Process::with_secret(&simulator, "kraken", "b3RoZXI=", &LEVEL3);
    let reader = engine.reader();
    let deadline = Instant::now() + PATIENCE;
    while health(&reader).count("requests") < Some(3) {
        assert!(Instant::now() < deadline, "{:?}", health(&reader));
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!((health(&reader).count("connects"), health(&reader).state), (Some(0), State::FeedDown as u8));
    drop(engine);
    let engine = Process::start(&simulator, "kraken", &LEVEL3);
    let reader = engine.reader();
    let synced = || assert!(Instant::now() < deadline + PATIENCE, "{:?}", health(&reader));
    while !both_synced(&reader) {
        synced();
        thread::sleep(Duration::from_millis(5));
    }
    let before = health(&reader).count("requests").unwrap();
    simulator.cut_clients();
    while health(&reader).count("connects") < Some(2) || !both_synced(&reader) {
        synced();
        thread::sleep(Duration::from_millis(5));
    }
    assert!(health(&reader).count("requests").unwrap() > before, "a new token for the new connection");
}

/// Each subscription has a token of its own; the hall turns down what is none.
#[test]
fn advanced_trade_takes_subscriptions_with_tokens() {
    let place = Place::CoinbaseAdvanced;
    let more = vec![(place, HallSource::usual(place))];
    let simulator = simulate(Options { more, ..Options::default() });
    // The first of RFC 8032's examples.
    let secret = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";
    let engine = Process::with_secret(&simulator, place.name(), secret, &KEY);
    let mut reader = engine.reader();
    let quoted = |event: &Event| event.as_quote().is_some_and(|quote| quote.flags & flag::FROM_BOOK == 0);
    read_until(&mut reader, |reader, events| {
        both_synced(reader)
            && events.iter().any(|event| event.as_trade().is_some())
            && events.iter().any(quoted)
    });
    let own = health(&reader);
    assert_eq!((own.count("refused"), own.count("gaps"), own.count("rejected")), (Some(0), Some(0), Some(0)));
}

/// Each fault in turn: seen, named in health, and gone by itself, the engine running all the time.
fn every_fault_of(place: Place, settings: &[&str]) {
    let options = Options { coinbase: hall(3, 1_000), kraken: hall(4, 1_000), ..Options::default() };
    let simulator = simulate(options);
    let settings = [settings, &["silence_ms=1500", "stale_ms=400", "backoff_max_ms=500"]].concat();
    let engine = Process::start(&simulator, place.name(), &settings);
    let mut reader = engine.reader();
    read_until(&mut reader, |reader, _| both_synced(reader));
    thread::sleep(Duration::from_millis(2_500)); // the clocks are known by then
    for what in Mischief::ALL.into_iter().filter(|what| what.applies_to(place)) {
        let signs = signs_of_orders(place, what);
        let before = health(&reader);
        simulator.harm(place, what);
        let deadline = Instant::now() + PATIENCE;
        let mut named = false;
        loop {
            let now = health(&reader);
            named |= signs.iter().any(|(_, reason)| now.reason == *reason as u64);
            let seen = signs.iter().any(|(counter, _)| now.count(counter) > before.count(counter));
            if seen && named && now.state == State::Synced as u8 && both_synced(&reader) {
                break;
            }
            assert!(Instant::now() < deadline, "{} {}: {now:?}", place.name(), what.name());
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(Duration::from_millis(300)); // a server has seen by then that a connection has ended
    }
    let (mut tape, mut trades) = (Tape::default(), Vec::new());
    reader.rewind();
    read(&mut reader, &mut tape, &mut trades);
    assert!(tape.quotes > 20 && reader.lost() == 0, "{} quotes", tape.quotes);
    let mut once = trades.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(trades.len(), once.len(), "no trade twice");
}

#[test]
fn every_fault_of_coinbases_orders_is_seen_named_and_survived() {
    every_fault_of(Place::Coinbase, &FULL);
}

#[test]
fn every_fault_of_krakens_orders_is_seen_named_and_survived() {
    every_fault_of(Place::Kraken, &LEVEL3);
}

/// One of two connections dies, again and again: the book is the venue's all the time, and no order comes or goes unsaid.
#[test]
fn readers_of_orders_notice_no_death_of_one_connection() {
    for (place, settings) in [(Place::Coinbase, &FULL[..]), (Place::Kraken, &LEVEL3[..])] {
        let options = Options { coinbase: hall(13, 300), kraken: hall(14, 300), ..Options::default() };
        let simulator = simulate(options);
        let engine = Process::start(&simulator, place.name(), &[settings, &["standby=yes"]].concat());
        let mut reader = engine.reader();
        reader.rewind();
        let (mut tape, mut trades) = (Tape::default(), Vec::new());
        let mut wait = |condition: &dyn Fn(&Reader) -> bool| {
            let deadline = Instant::now() + PATIENCE;
            while !condition(&reader) {
                assert!(Instant::now() < deadline, "{:?}", reader.venues());
                read(&mut reader, &mut tape, &mut trades);
                thread::sleep(Duration::from_millis(2));
            }
        };
        for done in 0..3 {
            let whole = |one: &Health| one.state == State::Synced as u8;
            wait(&|reader| {
                reader.venues().len() == 2 && reader.venues().iter().all(whole) && both_synced(reader)
            });
            let aligned = Instant::now() + Duration::from_millis(300); // the snapshot is no more ahead of the stream
            wait(&|_| Instant::now() > aligned);
            simulator.harm(place, Mischief::Disconnect);
            wait(&|reader| {
                let deaths = reader.venues().into_iter().filter_map(|one| one.count("disconnects"));
                deaths.sum::<u64>() > done
            });
        }
        let more = Instant::now() + Duration::from_secs(1);
        wait(&|_| Instant::now() > more);
        assert_eq!((tape.lost, reader.lost()), (0, 0), "{}", place.name());
        assert!(tape.quotes > 20, "{} quotes", tape.quotes);
        assert!(trades.windows(2).all(|pair| pair[1] == pair[0] + 1), "every trade once: {trades:?}");
        assert!(place == Place::Kraken || trades.len() > 20);
    }
}
