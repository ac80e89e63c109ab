//! What venues and networks do wrong: each fault at each venue that can have it, while the engine runs.

use std::thread;
use std::time::{Duration, Instant};

use pyrt_engine::ipc::{Health, Reader};
use pyrt_engine::model::{Event, Kind, Reason, State, flag};
use pyrt_engine::simulator::{HallSource, Mischief, Options, Place, Simulator};

use crate::engine::{PATIENCE, Running, read_until};
use crate::signs::signs_of;
use crate::venues::{BINARY, all_synced, hall, of, quotes_equal_the_book, run, section, simulate};

/// A server has seen by then that a connection has ended: the next fault meets the new one.
const SETTLING: Duration = Duration::from_millis(300);
/// A fault that has not shown by then is done again, where it may do no harm.
const RETRY: Duration = Duration::from_secs(5);

/// Two instruments of a venue, in its section's words.
fn symbols(place: Place) -> [&'static str; 2] {
    match place {
        Place::Binance => ["BTC-USDT", "ETH-USDT"],
        Place::BinanceUsdm => ["BTC-USDT-PERP", "ETH-USDT-PERP"],
        Place::BinanceCoinm => ["ETH-USD-PERP", "BTC-USD-PERP"],
        Place::KrakenFutures => ["PI_XBTUSD", "PI_ETHUSD"],
        Place::Coinbase | Place::Kraken | Place::KrakenV1 | Place::CoinbaseAdvanced => ["BTC-USD", "ETH-USD"],
    }
}

/// An engine that follows one venue of a simulator, and has all of its books.
fn follow(place: Place, more_settings: &[&str]) -> (Simulator, Running, Reader) {
    let venue = section(place);
    let more = if place.shares_the_port() { Vec::new() } else { vec![(place, HallSource::usual(place))] };
    let simulator = simulate(Options { coinbase: hall(3), kraken: hall(4), more, ..Options::default() });
    let mut settings = vec![
        format!("venues.{venue}.silence_ms=1500"),
        format!("venues.{venue}.stale_ms=400"),
        format!("venues.{venue}.backoff_max_ms=500"), // or a ban is over before anybody comes
        "venues.kraken.book_levels=10".to_owned(),
    ];
    if place != Place::Binance {
        settings.push("venues.binance.symbols=".to_owned());
    }
    settings.push(format!("venues.{venue}.symbols={}", symbols(place).join(",")));
    settings.extend(more_settings.iter().map(|setting| (*setting).to_owned()));
    let engine = run(&simulator, &settings.iter().map(String::as_str).collect::<Vec<_>>());
    let mut reader = engine.reader(2);
    read_until(&mut reader, |reader, _| all_synced(reader, 2));
    wait_until("health that says so", || health(&reader, place).state == State::Synced as u8);
    (simulator, engine, reader)
}

fn health(reader: &Reader, place: Place) -> Health {
    of(&reader.venues(), section(place)).clone()
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Each fault in turn: seen, named in health, and gone by itself, the engine running all the time.
fn every_fault_of(place: Place, settings: &[&str]) {
    let (simulator, engine, mut reader) = follow(place, settings);
    thread::sleep(Duration::from_millis(2_500)); // the clocks are known by then
    let faults: Vec<_> = Mischief::ALL.into_iter().filter(|what| what.applies_to(place)).collect();
    for what in faults {
        let signs = signs_of(place, what);
        let before = health(&reader, place);
        simulator.harm(place, what);
        let mut named = signs.iter().any(|(_, reason)| *reason == Reason::None);
        let (deadline, mut again) = (Instant::now() + PATIENCE, Instant::now() + RETRY);
        wait_until("", || {
            let now = health(&reader, place);
            assert!(Instant::now() < deadline, "{} {}: {before:?}, then {now:?}", place.name(), what.name());
            named |= signs.iter().any(|(_, reason)| now.reason == *reason as u64);
            let seen = signs.iter().any(|(counter, _)| now.count(counter) > before.count(counter));
            // What a lost message of Kraken's said, the next one may have said anew: the checksums prove that nothing is missing.
            if !seen && place.has_checksums() && Instant::now() > again {
                simulator.harm(place, what);
                again = Instant::now() + RETRY;
            }
            seen && named && now.state == State::Synced as u8 && all_synced(&reader, 2)
        });
        thread::sleep(SETTLING);
    }
    let events = read_until(&mut reader, |reader, _| all_synced(reader, 2));
    let said = |state: State| {
        let is_it = |event: &&Event| event.as_state().is_some() && event.flags & 0xff == state as u16;
        events.iter().filter(is_it).count()
    };
    assert!(said(State::Stale) >= 2, "a stall shows before the connection is given up");
    assert!(said(State::FeedDown) >= 2 * 6, "torn, huge, not UTF-8, slow, stalled, cut, refused");
    chained(&events, 20);
    if !matches!(place, Place::Binance | Place::KrakenV1) {
        quotes_equal_the_book(&events, 0..2);
    }
    engine.stop().unwrap();
}

/// While a book is shown as the venue's, each of its messages follows the one before.
fn chained(events: &[Event], least: usize) {
    let (mut last, mut followed) = ([None; 2], 0);
    for event in events.iter().filter(|event| event.instrument < 2) {
        let last = &mut last[event.instrument as usize];
        if event.as_state().is_some_and(|_| event.flags & 0xff != State::Synced as u16) {
            *last = None;
        } else if event.kind == Kind::Delta as u8 {
            let [first_id, last_id] = [event.words[3], event.words[4]];
            if let Some(before) =
                last.filter(|before| *before != last_id && event.flags & flag::SNAPSHOT == 0)
            {
                assert!(first_id <= before + 1, "an undetected gap: {before}, then {event:?}");
                followed += 1;
            }
            *last = Some(last_id);
        }
    }
    assert!(followed > least, "{followed} messages in a chain");
}

/// Halls, and how they are followed. The quotes of Kraken's older protocol have no times: what its books are is proven by
/// the checksums alone.
const HALLS: [(Place, &[&str]); 8] = [
    (Place::Binance, &[]),
    (Place::Binance, &BINARY),
    (Place::BinanceUsdm, &[]),
    (Place::BinanceCoinm, &[]),
    (Place::Coinbase, &[]),
    (Place::CoinbaseAdvanced, &[]),
    (Place::Kraken, &[]),
    (Place::KrakenV1, &["venues.kraken.protocol=v1"]),
];

/// Side by side: nearly all of the time they wait.
#[test]
fn every_fault_of_every_hall_is_seen_named_and_survived() {
    thread::scope(|scope| {
        for (place, settings) in HALLS {
            scope.spawn(move || every_fault_of(place, settings));
        }
    });
}

/// The venue ends the old connection two seconds later: nobody is there any more. No trade is lost, and none comes twice.
#[test]
fn what_the_venue_will_end_is_left_before_it_does() {
    for place in [Place::Binance, Place::BinanceUsdm] {
        let (simulator, engine, mut reader) = follow(place, &[]);
        let before = health(&reader, place);
        simulator.harm(place, Mischief::Shutdown);
        wait_until("a new connection with its books", || {
            let now = health(&reader, place);
            now.count("connects") > before.count("connects") && all_synced(&reader, 2)
        });
        thread::sleep(Duration::from_secs(3));
        let now = health(&reader, place);
        assert_eq!((now.count("connects"), now.count("disconnects")), (Some(2), Some(0)), "{now:?}");
        assert_eq!((now.count("gaps"), now.count("crossed"), now.reason), (Some(0), Some(0), 0), "{now:?}");
        let events = read_until(&mut reader, |reader, _| all_synced(reader, 2));
        chained(&events, 20);
        for row in 0..2 {
            let own = events.iter().filter(|event| event.instrument == row);
            let ids: Vec<u64> = own.filter_map(|event| Some(event.as_trade()?.trade_id)).collect();
            assert!(
                ids.len() > 20 && ids.windows(2).all(|pair| pair[1] == pair[0] + 1),
                "{place:?}: {ids:?}"
            );
        }
        engine.stop().unwrap();
    }
}

/// Whoever comes during a ban is answered 418 again, and that is counted: once, when it was said how long it lasts.
#[test]
fn nobody_knocks_while_a_ban_lasts() {
    for place in [Place::Binance, Place::BinanceCoinm] {
        let (simulator, engine, reader) = follow(place, &[]);
        let before = health(&reader, place);
        let since = Instant::now();
        simulator.harm(place, Mischief::Ban);
        wait_until("a refusal", || {
            health(&reader, place).count("rate_limited") > before.count("rate_limited")
        });
        let mut seen = Vec::new();
        wait_until("a connection with its books", || {
            let now = health(&reader, place);
            let over = now.count("connects") > before.count("connects");
            if !over {
                seen.push((now.state, now.reason));
            }
            over && all_synced(&reader, 2)
        });
        assert!(since.elapsed() >= Duration::from_secs(2), "{:?}", since.elapsed());
        assert!(!seen.is_empty(), "the ban shows in health while it lasts");
        let banned = (State::FeedDown as u8, Reason::RateLimited as u64);
        assert!(seen.iter().all(|shown| *shown == banned), "{seen:?}");
        assert_eq!(health(&reader, place).count("rate_limited"), Some(1));
        engine.stop().unwrap();
    }
}
