//! An engine in a process of its own, for a long time, under six venues that do everything wrong that they can, again
//! and again: every fault is seen and survived, no gap is missed, and neither memory nor file descriptors grow.
//!
//! `make soak` does it for an hour; `make test` for twenty seconds. `PYRT_SOAK` is the number of seconds, `PYRT_ENGINE`
//! another engine.

#![allow(clippy::unwrap_used)] // a test's helpers may

#[path = "support/signs.rs"]
mod signs;

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use pyrt_engine::clock::SystemClock;
use pyrt_engine::ipc::{Health, Reader};
use pyrt_engine::journal::EntryKind;
use pyrt_engine::journal::recording::Recorded;
use pyrt_engine::model::{Event, InstrumentId, Kind, State, flag};
use pyrt_engine::random::SplitMix64;
use pyrt_engine::simulator::{HallSource, Market, MarketOptions, Mischief, Options, Place, Simulator};
use rustix::process::{Pid, Signal, kill_process};

use signs::signs_of;

/// A fault that is not seen and survived within this was missed.
const PATIENCE: Duration = Duration::from_secs(60);
/// So long after a fault that no connection outlived it is done again.
const RETRY: Duration = Duration::from_secs(5);
/// The clocks are known by then.
const CLOCKS: Duration = Duration::from_millis(2_500);
/// Between two lines about a long run.
const PROGRESS: Duration = Duration::from_secs(300);
/// A server has seen by then that a connection has ended: the next fault meets the new one.
const SETTLING: u64 = 300;
/// Rows of the instruments, two a venue.
const ROWS: u32 = 2 * PLACES.len() as u32;
/// Halls that an engine follows at once: Kraken's in today's protocol.
const PLACES: [Place; 6] = [
    Place::Binance,
    Place::Coinbase,
    Place::Kraken,
    Place::BinanceUsdm,
    Place::BinanceCoinm,
    Place::CoinbaseAdvanced,
];
/// Bytes by which an engine may grow: buffers find their size when the first large message comes.
const ROOM: u64 = 8 << 20;
/// Descriptors by which it may grow: a connection to a REST host is kept for the next request.
const SPARE: usize = 4;

fn length() -> Duration {
    let seconds = env::var("PYRT_SOAK").ok().map(|text| text.parse().unwrap());
    Duration::from_secs(seconds.unwrap_or(20))
}

/// The engine's process, killed and reaped whatever happens.
struct Engine(Child);

impl Engine {
    fn start(name: &str, simulator: &Simulator, folder: &std::path::Path) -> Engine {
        let mut settings = vec![
            "shared_memory.ring_capacity=1048576".to_owned(),
            "logging.level=error".to_owned(),
            "engine.input_queue=4096".to_owned(), // used once all through in a minute: it grows no more then
            format!("recording.directory={}", folder.display()),
            "recording.file_mb=16".to_owned(),
            "venues.binance.symbols=BTC-USDT,ETH-USDT".to_owned(),
            "venues.coinbase.symbols=BTC-USD,ETH-USD".to_owned(),
            "venues.kraken.symbols=ETH-USD,BTC-USD".to_owned(),
            "venues.kraken.book_levels=10".to_owned(),
            "venues.binance_usdm.symbols=BTC-USDT-PERP,ETH-USDT-PERP".to_owned(),
            "venues.binance_coinm.symbols=ETH-USD-PERP,BTC-USD-PERP".to_owned(),
            "venues.coinbase_advanced.symbols=BTC-USD,ETH-USD".to_owned(),
        ];
        for place in PLACES {
            let (venue, address) = (place.name(), simulator.address_of(place).unwrap());
            settings.extend([
                format!("venues.{venue}.websocket=ws://{address}"),
                format!("venues.{venue}.rest=http://{address}"),
                format!("venues.{venue}.backoff_initial_ms=20"),
                format!("venues.{venue}.backoff_max_ms=500"),
                format!("venues.{venue}.silence_ms=2500"),
                format!("venues.{venue}.stale_ms=600"),
            ]);
        }
        let own = env!("CARGO_BIN_EXE_pyrt-engine").to_owned();
        let mut command = Command::new(env::var("PYRT_ENGINE").unwrap_or(own));
        command.args(["run", "--name", name]).current_dir(folder);
        settings.iter().for_each(|setting| _ = command.args(["--set", setting]));
        Engine(command.spawn().unwrap())
    }

    fn stop(mut self) {
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        assert!(self.0.wait().unwrap().success());
    }

    /// Bytes that it holds, and its descriptors.
    fn size(&self) -> (u64, usize) {
        let of = |what: &str| format!("/proc/{}/{what}", self.0.id());
        let pages = fs::read_to_string(of("statm")).unwrap();
        let numbers: Vec<u64> = pages.split(' ').map_while(|number| number.parse().ok()).collect();
        let own = numbers[1] - numbers[2]; // the segment is shared, and counts as it is looked at
        (own * rustix::param::page_size() as u64, fs::read_dir(of("fd")).unwrap().count())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is known of an instrument from its records alone.
#[derive(Default)]
struct Followed {
    /// The last message's id, while its book is shown as the venue's.
    last_id: Option<u64>,
    /// Time of the last change of its best bid and offer, and these.
    best: Option<(i64, [f64; 4])>,
    /// The venue's own quote was another.
    doubted: bool,
}

/// A careful reader of the ring.
#[derive(Default)]
struct Watch {
    followed: BTreeMap<u32, Followed>,
    records: u64,
    chained: u64,
    quotes: u64,
}

impl Watch {
    /// Records were overwritten before they were read: nothing is known of what comes next.
    fn forget(&mut self) {
        self.followed.clear();
    }

    fn take(&mut self, event: &Event) {
        self.records += 1;
        let followed = self.followed.entry(event.instrument).or_default();
        if event.as_state().is_some() {
            if event.flags & 0xff != State::Synced as u16 {
                *followed = Followed::default();
            }
        } else if let Some(quote) = event.as_quote() {
            let best = [quote.bid, quote.bid_qty, quote.ask, quote.ask_qty];
            if event.flags & flag::FROM_BOOK != 0 {
                followed.best = Some((event.event_time, best));
            } else if let Some((time, own)) = followed.best
                && event.instrument >= 2
                && time == event.event_time
            {
                // All halls but Binance's spot market send their quote after the book's message that it follows from. One
                // that differs tells of a message that was lost: the book must not go on with the next one.
                followed.doubted |= own != best;
                self.quotes += 1;
            }
        } else if event.kind == Kind::Delta as u8 {
            let [first_id, last_id] = [event.words[3], event.words[4]];
            if event.flags & flag::SNAPSHOT == 0
                && let Some(before) = followed.last_id
                && last_id != before
            {
                assert!(first_id <= before + 1, "an undetected gap: {before}, then {event:?}");
                self.chained += 1;
            }
            let next = followed.last_id.is_some_and(|before| before != last_id);
            assert!(!followed.doubted || !next, "a book that is shown as the venue's is not: {event:?}");
            followed.last_id = Some(last_id);
        }
    }
}

/// Tells the watcher to stop, also if the test has failed: else it would watch for ever.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn watch(mut reader: Reader, stop: &AtomicBool) -> (Watch, u64) {
    let mut watch = Watch::default();
    let mut out = vec![bytemuck::Zeroable::zeroed(); 4096];
    reader.rewind();
    while !stop.load(Ordering::Relaxed) {
        let lost = reader.lost();
        let count = reader.read_batch(&mut out);
        if reader.lost() > lost {
            watch.forget();
        }
        out[..count].iter().for_each(|event| watch.take(event));
        if count == 0 {
            thread::sleep(Duration::from_millis(2));
        }
    }
    (watch, reader.lost())
}

fn is_synced(reader: &Reader) -> bool {
    (0..ROWS).all(|row| reader.book(InstrumentId(row)).is_some_and(|book| book.state == State::Synced as u8))
}

/// A row that its writer was taken off the core in the middle of is looked at again.
fn health_of(reader: &Reader, place: Place) -> Health {
    let mut found = None;
    wait_until("a row of health at rest", || {
        found = reader.venues().into_iter().find(|health| health.venue == place.name());
        found.is_some()
    });
    found.unwrap()
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Does one fault, and waits until its counter has moved and every book is the venue's again; how often it was done. That
/// health names it as well is held by `live/venues.rs`: it names what came last, and on a busy machine more comes.
///
/// A connection that ended before the fault could be seen took it along: books were emptied and asked for anew, and it is
/// done once more. So it is if checksums prove that nothing is missing: what a lost message of Kraken's said, the next one
/// may have said anew.
fn harm(simulator: &Simulator, reader: &Reader, place: Place, what: Mischief) -> u32 {
    let signs = signs_of(place, what);
    let begun = Instant::now();
    let mut times = 0;
    loop {
        wait_until("all books synced", || is_synced(reader));
        if what == Mischief::ClockJump {
            thread::sleep(CLOCKS); // of a connection that was just made they are not known yet
        }
        let before = health_of(reader, place);
        let since = Instant::now();
        simulator.harm(place, what);
        times += 1;
        loop {
            let now = health_of(reader, place);
            let seen = signs.iter().any(|(counter, _)| now.count(counter) > before.count(counter));
            if seen && is_synced(reader) {
                return times;
            }
            let moved = |counter| now.count(counter) > before.count(counter);
            let cut = moved("connects") || moved("disconnects") || moved("staled");
            let whole = place.has_checksums() && matches!(what, Mischief::Gap | Mischief::Reorder);
            if !seen && (cut || whole) && since.elapsed() > RETRY && is_synced(reader) {
                break;
            }
            let (venue, what) = (place.name(), what.name());
            assert!(
                since.elapsed() < PATIENCE,
                "{venue}:{what} was missed: seen {seen}, {before:?}, then {now:?}"
            );
            assert!(begun.elapsed() < 5 * PATIENCE, "{venue}:{what}: no connection lasts");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn open(engine: &mut Engine, name: &str) -> Reader {
    let mut found = None;
    wait_until("a segment with all books synced", || {
        assert!(engine.0.try_wait().unwrap().is_none(), "the engine has ended");
        found = Reader::open(name).ok();
        found.as_ref().is_some_and(is_synced)
    });
    found.unwrap()
}

/// The mean of a part of the samples, from and to in tenths.
fn mean(samples: &[(u64, usize)], from: usize, to: usize) -> u64 {
    let part = &samples[samples.len() * from / 10..samples.len() * to / 10];
    part.iter().map(|(bytes, _)| bytes).sum::<u64>() / part.len().max(1) as u64
}

#[test]
fn an_engine_under_faults_misses_nothing_and_does_not_grow() {
    let hall = |place| match HallSource::usual(place) {
        HallSource::Generated { seed, pairs, .. } => HallSource::Generated { seed, pairs, rate: 500 },
        recorded => recorded,
    };
    let others = PLACES.into_iter().filter(|place| !place.shares_the_port());
    let market = Market::new(MarketOptions { rate: 500, ..MarketOptions::default() }).unwrap();
    let options = Options {
        coinbase: hall(Place::Coinbase),
        kraken: hall(Place::Kraken),
        more: others.map(|place| (place, hall(place))).collect(),
        ..Options::default()
    };
    let simulator = Simulator::start(Box::new(market), options, Arc::new(SystemClock), || ()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let name = format!("test-soak-{}", std::process::id());
    let mut engine = Engine::start(&name, &simulator, folder.path());
    let reader = open(&mut engine, &name);
    let stop = AtomicBool::new(false);
    let (watched, lost) = thread::scope(|scope| {
        let watched = Reader::open(&name).unwrap();
        let watcher = scope.spawn(|| watch(watched, &stop));
        let stop_at_end = StopAtEnd(&stop);
        let (begun, mut random) = (Instant::now(), SplitMix64::new(1));
        let mut told = begun;
        let mut samples = vec![engine.size()];
        let mut done: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        // In an order that covers everything once before anything comes twice.
        let mut plan = Vec::new();
        while begun.elapsed() < length() && !watcher.is_finished() {
            if plan.is_empty() {
                let suits = |place: Place| move |what: &Mischief| what.applies_to(place);
                let all =
                    |place| Mischief::ALL.into_iter().filter(suits(place)).map(move |what| (place, what));
                plan = PLACES.into_iter().flat_map(all).collect();
            }
            let next = usize::try_from(random.below(plan.len() as u64)).unwrap();
            let (place, what) = plan.swap_remove(next);
            *done.entry((place.name(), what.name())).or_default() += harm(&simulator, &reader, place, what);
            samples.push(engine.size());
            if told.elapsed() > PROGRESS {
                told = Instant::now();
                let (faults, (bytes, descriptors)) = (done.values().sum::<u32>(), engine.size());
                println!(
                    "{:?}: {faults} faults, {} KiB, {descriptors} descriptors",
                    begun.elapsed(),
                    bytes >> 10
                );
            }
            thread::sleep(Duration::from_millis(SETTLING + random.below(300)));
        }
        drop(stop_at_end);
        let (early, late) = (mean(&samples, 2, 4), mean(&samples, 8, 10));
        let (first, last) = (samples[0].1, samples[samples.len() - 1].1);
        println!("{:?}, {} faults: {done:?}", begun.elapsed(), done.values().sum::<u32>());
        println!("{} KiB early, {} KiB late; {first} descriptors, then {last}", early >> 10, late >> 10);
        let watched = watcher.join().unwrap();
        assert!(late < early + ROOM, "it grows: {samples:?}");
        assert!(last <= first + SPARE, "descriptors leak: {samples:?}");
        watched
    });
    let Watch { records, chained, quotes, .. } = watched;
    println!(
        "{records} records, {lost} lost by the reader, {chained} messages in a chain, {quotes} quotes equal"
    );
    assert!(chained > 100 && quotes > 100, "{chained} messages, {quotes} quotes: nothing was watched");
    engine.stop();
    println!("{} entries recorded", recorded(folder.path()));
}

/// Entries in the recording that the engine made meanwhile, all of which can be read.
fn recorded(folder: &std::path::Path) -> u64 {
    let mut entries = 0;
    for file in fs::read_dir(folder).unwrap() {
        let mut recorded = Recorded::open(&file.unwrap().path()).unwrap();
        while let Some(entry) = recorded.next().unwrap() {
            assert_ne!(entry.kind, EntryKind::Lost as u16, "entries found no room");
            entries += 1;
        }
        assert!(recorded.closed() && recorded.damage().is_empty(), "{:?}", recorded.damage());
    }
    entries
}
