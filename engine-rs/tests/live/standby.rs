//! A venue with two connections: one of them dies, again and again, and readers notice nothing.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pyrt_engine::clock::SystemClock;
use pyrt_engine::ipc::{Health, Reader};
use pyrt_engine::model::{Event, Kind, Nanos, State, flag};
use pyrt_engine::simulator::{Market, MarketOptions, Mischief, Options, Place, Simulator};

use crate::engine::{PATIENCE, Running, read_until};
use crate::signs::signs_of;
use crate::venues::{all_synced, hall, of, quotes_equal_the_book, run, simulate};

/// A snapshot is ahead of the stream until its next message, which comes within 100 ms.
const ALIGNED: Duration = Duration::from_millis(300);

/// The same market in every run.
fn market() -> Simulator {
    let start = Some(Nanos(1_700_000_000_000_000_000));
    let market = Market::new(MarketOptions { rate: 1_000, start, ..MarketOptions::default() }).unwrap();
    Simulator::start(Box::new(market), Options::default(), Arc::new(SystemClock), || ()).unwrap()
}

fn pair(health: &[Health], venue: &str) -> [Health; 2] {
    [of(health, venue).clone(), of(health, &format!("{venue}.standby")).clone()]
}

fn both(reader: &Reader, venue: &str) -> Option<[Health; 2]> {
    let health = reader.venues();
    (health.len() == 2).then(|| pair(&health, venue))
}

/// Both connections have all of their books, and all books of readers are the venue's.
fn settled(reader: &Reader, venue: &str) -> bool {
    both(reader, venue).is_some_and(|two| two.iter().all(|one| one.state == State::Synced as u8))
        && all_synced(reader, 2)
}

/// Cuts connections one at a time, each when both are whole again; a message of either is the next one.
fn kill(simulator: &Simulator, reader: &Reader, place: Place, times: u64) {
    let venue = place.name();
    let deaths = |reader: &Reader| {
        both(reader, venue)
            .map_or(0, |two| two.iter().filter_map(|one| one.count("disconnects")).sum::<u64>())
    };
    for done in 0..times {
        wait_until(|| settled(reader, venue), || format!("{:?}", reader.venues()));
        thread::sleep(ALIGNED);
        simulator.harm(place, Mischief::Disconnect);
        wait_until(|| deaths(reader) > done, || format!("{:?}", reader.venues()));
    }
    wait_until(|| settled(reader, venue), || format!("{:?}", reader.venues()));
}

fn wait_until(condition: impl Fn() -> bool, words: impl Fn() -> String) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{}", words());
        thread::sleep(Duration::from_millis(2));
    }
}

/// All that was said of a row from its first whole book on: without stamps and times of receipt, which differ by run.
fn told(events: &[Event], row: u32) -> Vec<(u8, u16, u8, i64, [u64; 5])> {
    let own = events.iter().filter(|event| event.instrument == row);
    let whole = own.skip_while(|event| event.as_state().is_none_or(|_| event.flags & 0xff != 1)).skip(2);
    let plain = |event: &Event| {
        let words = [1, 2, 3, 4, 5].map(|place| event.words.get(place).copied().unwrap_or_default());
        // Binance's quotes have no time of the venue's.
        let timed = event.kind != Kind::Quote as u8 || event.flags & flag::FROM_BOOK != 0;
        (event.kind, event.flags, event.side, if timed { event.event_time } else { 0 }, words)
    };
    whole.map(plain).collect()
}

fn follow(simulator: &Simulator, standby: &str) -> (Running, Reader) {
    let standby = format!("venues.binance.standby={standby}");
    let engine = run(simulator, &["venues.binance.symbols=BTC-USDT,ETH-USDT", &standby]);
    let mut reader = engine.reader(2);
    reader.rewind();
    (engine, reader)
}

/// Everything that readers see of Binance's books, trades and quotes, in its order, with and without deaths.
#[test]
fn readers_of_numbered_messages_see_what_they_would_without_the_death() {
    let run = |standby: &str, deaths: u64| {
        let simulator = market();
        let (engine, mut reader) = follow(&simulator, standby);
        let mut events = read_until(&mut reader, |reader, _| all_synced(reader, 2));
        if deaths > 0 {
            kill(&simulator, &reader, Place::Binance, deaths);
        }
        let begun = Instant::now();
        events.extend(read_until(&mut reader, |_, _| begun.elapsed() > Duration::from_secs(3)));
        let health = reader.venues();
        engine.stop().unwrap();
        (events, health)
    };
    let (alone, _) = run("no", 0);
    let (events, health) = run("yes", 4);
    let two = pair(&health, "binance");
    assert_eq!(two.iter().map(|one| u32::from(one.leading)).sum::<u32>(), 2, "{two:?}");
    assert!(two.iter().map(|one| one.switches).sum::<u16>() >= 2, "{two:?}");
    assert!(
        two.iter().all(|one| one.count("duplicates") > Some(20) && one.count("gaps") == Some(0)),
        "{two:?}"
    );
    for row in 0..2 {
        let (alone, two) = (told(&alone, row), told(&events, row));
        let states: Vec<_> = two.iter().filter(|event| event.0 == Kind::State as u8).collect();
        assert!(states.is_empty(), "the book was the venue's all the time: {states:?}");
        // From a message that both runs have.
        let first = *two.iter().find(|event| event.0 == Kind::Delta as u8 && alone.contains(event)).unwrap();
        let from = |all: &[_]| all.iter().position(|event| *event == first).unwrap();
        let (alone, two) = (&alone[from(&alone)..], &two[from(&two)..]);
        let common = alone.len().min(two.len());
        assert!(common > 500, "{common} records of row {row}");
        for (place, (one, other)) in alone.iter().zip(two).enumerate() {
            assert_eq!(one, other, "row {row}, record {place} of {common}");
        }
    }
}

/// Kraken's books have no numbers: readers get the other connection's whole book, and no trade is lost or comes twice.
#[test]
fn without_numbers_the_other_connections_book_takes_over() {
    let simulator = simulate(Options { kraken: hall(5), ..Options::default() });
    let settings = [
        "venues.binance.symbols=",
        "venues.kraken.symbols=ETH-USD,BTC-USD",
        "venues.kraken.book_levels=10",
        "venues.kraken.standby=yes",
    ];
    let engine = run(&simulator, &settings);
    let mut reader = engine.reader(2);
    reader.rewind();
    let mut events = read_until(&mut reader, |reader, _| all_synced(reader, 2));
    kill(&simulator, &reader, Place::Kraken, 4);
    // A fault of one connection's book is none of readers'.
    simulator.harm(Place::Kraken, Mischief::Checksum);
    let wrong = |reader: &Reader| {
        both(reader, "kraken").is_some_and(|two| two.iter().any(|one| one.count("checksums_wrong") > Some(0)))
    };
    wait_until(|| wrong(&reader) && settled(&reader, "kraken"), || format!("{:?}", reader.venues()));
    let begun = Instant::now();
    events.extend(read_until(&mut reader, |_, _| begun.elapsed() > Duration::from_secs(3)));
    let two = pair(&reader.venues(), "kraken");
    assert!(two.iter().map(|one| one.switches).sum::<u16>() >= 2, "{two:?}");
    quotes_equal_the_book(&events, 0..2);
    for row in 0..2 {
        let own: Vec<_> = events.iter().filter(|event| event.instrument == row).collect();
        let trades: Vec<u64> =
            own.iter().filter_map(|event| event.as_trade()).map(|trade| trade.trade_id).collect();
        assert!(trades.len() > 20 && trades.windows(2).all(|pair| pair[1] == pair[0] + 1), "{trades:?}");
        let synced =
            own.iter().position(|event| event.as_state().is_some() && event.flags & 0xff == 1).unwrap();
        let lost = |event: &&&Event| event.as_state().is_some() && event.flags & 0xff != State::Synced as u16;
        assert_eq!(own[synced..].iter().filter(lost).count(), 0, "row {row} was the venue's all the time");
        rebuilt(&own);
    }
    let summary = engine.stop().unwrap();
    let venues = &summary.to_json()["venues"];
    assert!(venues["kraken.standby"]["connects"].as_u64() >= Some(1));
    let switches = ["kraken", "kraken.standby"].map(|venue| venues[venue]["switches"].as_u64().unwrap());
    assert!(switches.iter().sum::<u64>() >= 2, "{switches:?}");
}

/// The book that a reader makes of the records has the best bid and offer that the engine says.
fn rebuilt(events: &[&Event]) {
    let mut sides = [std::collections::BTreeMap::new(), std::collections::BTreeMap::new()];
    let (mut in_snapshot, mut compared) = (false, 0);
    for event in events {
        if event.as_state().is_some() {
            in_snapshot = false;
        }
        if let Some(delta) = event.as_delta() {
            let part = delta.flags & flag::SNAPSHOT != 0;
            if part && !in_snapshot {
                sides.iter_mut().for_each(std::collections::BTreeMap::clear);
            }
            in_snapshot = part;
            if delta.side > 0 {
                let side = &mut sides[usize::from(delta.side) - 1];
                side.insert(delta.price.to_bits(), delta.qty);
                if delta.qty == 0.0 {
                    side.remove(&delta.price.to_bits());
                }
            }
        }
        let quote = event.as_quote().filter(|quote| quote.flags & flag::FROM_BOOK != 0);
        if let (Some(quote), Some(bid), Some(ask)) =
            (quote, sides[0].last_key_value(), sides[1].first_key_value())
        {
            assert_eq!((quote.bid.to_bits(), quote.bid_qty), (*bid.0, *bid.1));
            assert_eq!((quote.ask.to_bits(), quote.ask_qty), (*ask.0, *ask.1));
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared} quotes");
}

/// Every fault in turn, on one connection of two: named in its own row, and none of readers' business.
fn no_fault_reaches_readers(place: Place) {
    let venue = place.name();
    let simulator = simulate(Options { coinbase: hall(6), kraken: hall(7), ..Options::default() });
    let symbols = if place == Place::Binance { "BTC-USDT,ETH-USDT" } else { "BTC-USD,ETH-USD" };
    let mut settings = vec![
        format!("venues.{venue}.standby=yes"),
        format!("venues.{venue}.silence_ms=1500"),
        format!("venues.{venue}.stale_ms=400"),
        format!("venues.{venue}.backoff_max_ms=500"),
        "venues.binance.symbols=".to_owned(),
        "venues.kraken.book_levels=10".to_owned(),
    ];
    settings.push(format!("venues.{venue}.symbols={symbols}"));
    let engine = run(&simulator, &settings.iter().map(String::as_str).collect::<Vec<_>>());
    let mut reader = engine.reader(2);
    reader.rewind();
    wait_until(|| settled(&reader, venue), || format!("{:?}", reader.venues()));
    thread::sleep(Duration::from_millis(2_500)); // the clocks are known by then
    for what in Mischief::ALL.into_iter().filter(|what| what.applies_to(place)) {
        let signs = signs_of(place, what);
        let sum = |reader: &Reader| -> u64 {
            let rows = reader.venues();
            let counts = rows.iter().flat_map(|row| signs.iter().filter_map(|(name, _)| row.count(name)));
            counts.sum()
        };
        wait_until(|| settled(&reader, venue), || format!("{:?}", reader.venues()));
        thread::sleep(ALIGNED);
        let before = sum(&reader);
        simulator.harm(place, what);
        wait_until(
            || sum(&reader) > before && settled(&reader, venue),
            || format!("{venue} {}: {before}, {:?}", what.name(), reader.venues()),
        );
    }
    let events = read_until(&mut reader, |reader, _| all_synced(reader, 2));
    assert_eq!(reader.lost(), 0);
    for row in 0..2 {
        let own: Vec<_> = events.iter().filter(|event| event.instrument == row).collect();
        let states = own.iter().filter(|event| event.as_state().is_some()).map(|event| event.flags & 0xff);
        let after: Vec<u16> = states.skip_while(|state| *state != State::Synced as u16).collect();
        assert!(after.iter().all(|state| *state == State::Synced as u16), "{venue}, row {row}: {after:?}");
        let mut trades: Vec<u64> =
            own.iter().filter_map(|event| event.as_trade()).map(|it| it.trade_id).collect();
        let told = trades.len();
        trades.sort_unstable();
        trades.dedup();
        assert_eq!(trades.len(), told, "{venue}: no trade twice");
        let all = trades[told - 1] - trades[0] + 1;
        assert!(told > 100 && told as u64 == all, "{venue}: {told} trades of {all}");
        rebuilt(&own);
    }
    engine.stop().unwrap();
}

#[test]
fn no_fault_of_one_connection_reaches_readers() {
    let places = [Place::Binance, Place::Coinbase, Place::Kraken];
    let all = places.map(|place| thread::spawn(move || no_fault_reaches_readers(place)));
    all.into_iter().for_each(|one| one.join().unwrap());
}
