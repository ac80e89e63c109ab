//! Coinbase Exchange: a whole recording against the venue's quotes, another project's reading of ugly messages, damage.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use pyrt_engine::market_data::venues::coinbase::{
    Coinbase, CoinbaseExchange, CoinbaseOptions, infer_instruments,
};
use pyrt_engine::market_data::{
    Content, Feed, Level, Message, Proof, Protocol, Recording, StreamOptions, replay,
};
use pyrt_engine::model::{Instrument, InstrumentId, Lots, Nanos, Reason, Side, State, Ticks};
use serde_json::Value as Json;

use crate::parsing::{mutated, mutations};
use crate::reader::{Tape, numbered, recording};

const FILE: &str = "coinbase_exchange_level2.tsv";
const UPDATE: &str = r#"{"type":"l2update","product_id":"BTC-USD","changes":[["buy","22356.27","0.00000000"],["sell","22356.30","1.5"]],"time":"2022-08-04T15:25:05.010758Z"}"#;
const OTHER_ORDER: &str = r#"{"type":"l2update","product_id":"BTC-USD","time":"2022-08-04T15:25:05.010758Z","changes":[["buy","22356.27","0.00000000"],["sell","22356.30","1.5"]]}"#;
const MATCH: &str = r#"{"type":"match","trade_id":10,"sequence":50,"maker_order_id":"ac928c66-ca53-498f-9c13-a110027a60e8","taker_order_id":"132fb6ae-456b-4654-b4e0-d681ac05cea1","time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD","size":"5.23512","price":"400.23","side":"sell"}"#;
const TICKER: &str = r#"{"type":"ticker","sequence":37475248783,"product_id":"BTC-USD","price":"1285.22","open_24h":"1310.79","volume_24h":"245532.79269678","best_bid":"1285.04","best_bid_size":"0.46688654","best_ask":"1285.27","best_ask_size":"1.56637040","side":"buy","time":"2022-10-19T23:28:22.061769Z","trade_id":370843401,"last_size":"11.4396987"}"#;
const HEARTBEAT: &str = r#"{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"2014-11-07T08:19:28.464459Z"}"#;
const SNAPSHOT: &str = r#"{"type":"snapshot","product_id":"BTC-USD","bids":[["10101.10","0.45054140"]],"asks":[["10102.55","0.57753524"]]}"#;

fn instruments() -> Vec<(InstrumentId, Instrument)> {
    numbered(vec![Instrument::spot("coinbase:BTC-USD", "BTC-USD", "0.01", "0.00000001").unwrap()])
}

fn protocol() -> Coinbase {
    Coinbase::new(&instruments(), CoinbaseOptions::default())
}

fn feed(instruments: &[(InstrumentId, Instrument)]) -> CoinbaseExchange {
    let stream = StreamOptions { window: 256, depth: 3, ..StreamOptions::default() };
    CoinbaseExchange::new(instruments, Coinbase::new(instruments, CoinbaseOptions::default()), stream)
}

fn frames() -> Option<Vec<(Nanos, String)>> {
    let mut recording = Recording::open(&[recording(FILE)?]).unwrap();
    let mut frames = vec![];
    while let Some(line) = recording.next().unwrap() {
        let Content::Frame(frame) = line.content else { panic!("an answer") };
        frames.push((line.receive_time, String::from_utf8(frame.to_vec()).unwrap()));
    }
    Some(frames)
}

/// Whether the fast reader knew the frame.
fn readers_agree(parser: &mut Coinbase, frame: &[u8]) -> bool {
    let Some(message) = parser.read_fast(frame) else { return false };
    let fast = (Ok(message), parser.levels().to_vec(), parser.prints().to_vec());
    let answer = parser.read_tolerant(frame);
    let tolerant = (answer, parser.levels().to_vec(), parser.prints().to_vec());
    assert_eq!(fast, tolerant, "{}", String::from_utf8_lossy(frame));
    true
}

#[test]
fn the_recording_gives_whole_books_and_every_trade() {
    let Some(path) = recording(FILE) else { return };
    let instruments = numbered(infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap());
    assert!(instruments.iter().any(|(_, instrument)| instrument.name == "coinbase:SKL-BTC"));
    let mut feed = feed(&instruments);
    let mut tape = Tape::new(&instruments);
    let (mut count, mut counters) = (0, feed.counters());
    let mut recording = Recording::open(&[&path]).unwrap();
    replay(&mut recording, &mut feed, &mut tape, |_, feed, tape: &mut Tape| {
        count += 1;
        counters = feed.counters();
        if count % 50 == 0 {
            tape.check_against(|id| feed.book(id));
        }
    })
    .unwrap();
    assert_eq!((counters.depth, counters.snapshots, counters.trades, counters.quotes), (5_754, 5, 72, 77));
    assert_eq!((counters.gaps, counters.resyncs, counters.rejected), (0, 0, 0));
    assert_eq!((counters.crossed, counters.unknown), (0, 0));
    assert_eq!(counters.fallbacks, 5 + 3, "snapshots and subscriptions");
}

#[test]
fn every_frequent_frame_of_the_recording_is_read_fast_and_alike() {
    let Some(frames) = frames() else { return };
    let path = recording(FILE).unwrap();
    let instruments = numbered(infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap());
    let mut parser = Coinbase::new(&instruments, CoinbaseOptions::default());
    for (_, frame) in &frames {
        let rare = frame.contains("\"snapshot\"") || frame.contains("\"subscriptions\"");
        assert_eq!(readers_agree(&mut parser, frame.as_bytes()), !rare, "{frame}");
    }
}

#[test]
fn frames_say_what_the_documentation_says() {
    let mut parser = protocol();
    let level = |side, ticks, lots| Level { side, ticks: Ticks(ticks), lots: Lots(lots) };
    let event_time = Some(Nanos(1_659_626_705_010_758_000));
    let message = Message::Book { index: 0, snapshot: false, proof: Proof::None, event_time };
    let odd = r#"{ "time":"2022-08-04T15:25:05.010758Z","new":{"a":[1]},"changes":[["buy","2235627e-2","0e1"],["sell",22356.3,"15E-1"]],"product_id":"BTC-U\u0053D","type":"l2update"}"#;
    for (frame, fallbacks) in [(UPDATE, 0), (OTHER_ORDER, 0), (odd, 1)] {
        assert_eq!(parser.read(frame.as_bytes()), Ok(message), "{frame}");
        assert_eq!(
            parser.levels(),
            [level(Side::Buy, 2_235_627, 0), level(Side::Sell, 2_235_630, 150_000_000)]
        );
        assert_eq!(parser.fallbacks(), fallbacks);
    }
    assert_eq!(parser.read(MATCH.as_bytes()), Ok(Message::Trades));
    let print = parser.prints()[0];
    assert_eq!((print.id, print.ticks, print.lots), (10, Ticks(40_023), Lots(523_512_000)));
    assert_eq!(print.side, Side::Buy, "the seller rested");
    let Ok(Message::Quote { best, sized: true, .. }) = parser.read(TICKER.as_bytes()) else {
        panic!("a quote")
    };
    assert_eq!(best, (Some((Ticks(128_504), Lots(46_688_654))), Some((Ticks(128_527), Lots(156_637_040)))));
    let unsized_ticker = TICKER.replace(r#""best_bid_size":"0.46688654","#, "");
    assert!(matches!(parser.read(unsized_ticker.as_bytes()), Ok(Message::Quote { sized: false, .. })));
    assert_eq!(parser.read(HEARTBEAT.as_bytes()), Ok(Message::Alive { last_trade: Some((0, 20)) }));
    assert_eq!(parser.fallbacks(), 1);
    assert_eq!(
        parser.read(MATCH.replace("\"match\"", "\"last_match\"").as_bytes()),
        Ok(Message::LastTrade { index: 0, id: 10 })
    );
}

#[test]
fn what_is_broken_is_refused_with_its_reason() {
    let mut parser = protocol();
    let mut refusal = |frame: &str| {
        let refusal = parser.read(frame.as_bytes()).unwrap_err();
        (refusal.cause.to_string(), refusal.book)
    };
    for (from, to, words) in [
        ("22356.27", "22356.275", "price: between two steps of the grid"),
        ("22356.27", "-22356.27", "price: not a decimal number"),
        ("22356.27", "0.00", "not readable: a price of zero"),
        ("\"1.5\"", "\"0.-10000\"", "quantity: not a decimal number"),
        ("\"1.5\"", "\"NaN\"", "quantity: not a decimal number"),
        ("\"1.5\"", "\"1e300\"", "quantity: not finite, or too large to be exact (2^51)"),
        ("\"buy\"", "\"bid\"", "not readable: side"),
        ("\"changes\"", "\"change\"", "not readable: no list of levels"),
        ("2022-08-04T", "2022-08-04", "not readable: time"),
    ] {
        assert_eq!(refusal(&UPDATE.replace(from, to)), (words.to_owned(), Some(0)), "{to}");
    }
    assert_eq!(refusal(&UPDATE[..30]).0, "not readable: no JSON");
    let error =
        r#"{"type":"error","message":"Failed to subscribe","reason":"user channel requires authentication"}"#;
    assert_eq!(refusal(error), ("the venue turned a subscription down".to_owned(), None));
    let mut read = |frame: &str| parser.read(frame.as_bytes());
    assert_eq!(read(r#"{"type":"subscriptions","channels":[]}"#), Ok(Message::Unused));
    assert_eq!(read(r#"{"type":"from the future","product_id":"BTC-USD"}"#), Ok(Message::Unknown));
    assert_eq!(read(&UPDATE.replace("BTC-USD", "ETH-USD")), Ok(Message::Unknown));
}

/// Real messages of several years, with what another project makes of them.
#[test]
fn ugly_messages_mean_what_others_take_them_for() {
    let Some(path) = recording(FILE) else { return };
    let fixtures = path.parent().unwrap().join("../ws_fixtures/tardis/coinbase.jsonl");
    let text = std::fs::read_to_string(fixtures).unwrap();
    let instrument =
        |product: &str| Instrument::spot(&format!("coinbase:{product}"), product, "1e-6", "1e-8").unwrap();
    let mut seen = BTreeMap::new();
    for line in text.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let frame = case["message"].to_string();
        let product = case["message"]["product_id"].as_str().unwrap();
        let instruments = numbered(vec![instrument(product)]);
        let mut parser = Coinbase::new(&instruments, CoinbaseOptions::default());
        let expected = &case["expected"][0];
        let number = |value: &Json| value.as_f64();
        let (price, qty) =
            (|ticks: Ticks| instruments[0].1.price(ticks), |lots: Lots| instruments[0].1.qty(lots));
        let kind = match parser.read(frame.as_bytes()) {
            Ok(Message::Trades) => {
                let print = parser.prints()[0];
                assert_eq!(
                    (number(&expected["price"]), number(&expected["amount"])),
                    (Some(price(print.ticks)), Some(qty(print.lots)))
                );
                assert_eq!(expected["side"], if print.side == Side::Buy { "buy" } else { "sell" });
                "trade"
            }
            Ok(Message::Book { snapshot, .. }) => {
                assert_eq!(expected["isSnapshot"], snapshot);
                let sides = [("bids", Side::Buy), ("asks", Side::Sell)];
                for (key, side) in sides {
                    let ours: Vec<_> = parser.levels().iter().filter(|level| level.side == side).collect();
                    let theirs = expected[key].as_array().unwrap();
                    assert_eq!(ours.len(), theirs.len());
                    for (our, their) in ours.iter().zip(theirs) {
                        assert_eq!(number(&their["price"]), Some(price(our.ticks)));
                        assert_eq!(number(&their["amount"]), Some(qty(our.lots)));
                    }
                }
                "book"
            }
            Ok(Message::Quote { best: (Some(bid), Some(ask)), sized, .. }) => {
                assert_eq!(
                    (number(&expected["bidPrice"]), number(&expected["askPrice"])),
                    (Some(price(bid.0)), Some(price(ask.0)))
                );
                assert_eq!(number(&expected["bidAmount"]), sized.then(|| qty(bid.1)));
                "quote"
            }
            Err(refusal) => {
                // They leave the level out; we do not know what the venue meant.
                assert!(frame.contains("0.-10000"), "{frame}");
                assert_eq!(refusal.cause.to_string(), "quantity: not a decimal number");
                "refused"
            }
            other => panic!("{other:?} {frame}"),
        };
        *seen.entry(kind).or_insert(0) += 1;
    }
    assert_eq!(seen, BTreeMap::from([("book", 4), ("quote", 3), ("refused", 1), ("trade", 1)]));
}

#[test]
fn a_missing_trade_makes_the_book_suspect_until_its_next_snapshot() {
    let instruments = instruments();
    let mut feed = feed(&instruments);
    let mut tape = Tape::new(&instruments);
    feed.on_connected(Nanos(0), &mut tape);
    let hello: Vec<_> = std::iter::from_fn(|| feed.next_outgoing()).map(|outgoing| outgoing.text).collect();
    assert_eq!(
        hello,
        [
            r#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["level2_batch","heartbeat","matches","ticker"]}"#
        ]
    );
    let trade = |id: u64| MATCH.replace("\"trade_id\":10", &format!("\"trade_id\":{id}"));
    let beat = |id: u64| HEARTBEAT.replace("\"last_trade_id\":20", &format!("\"last_trade_id\":{id}"));
    let mut say =
        |feed: &mut CoinbaseExchange, frame: &str| feed.on_frame(frame.as_bytes(), Nanos(1), &mut tape);
    say(&mut feed, SNAPSHOT);
    say(&mut feed, &trade(10).replace("\"match\"", "\"last_match\""));
    for frame in [trade(11), beat(12), trade(12), beat(12), beat(13)] {
        say(&mut feed, &frame);
    }
    assert_eq!(
        (feed.counters().gaps, feed.counters().trades),
        (0, 2),
        "13 has time until the next heartbeat"
    );
    say(&mut feed, &beat(13));
    assert_eq!((feed.counters().gaps, feed.counters().resyncs), (1, 1));
    let renewal: Vec<_> = std::iter::from_fn(|| feed.next_outgoing()).map(|outgoing| outgoing.text).collect();
    assert_eq!(renewal.len(), 2);
    assert!(renewal[0].contains("unsubscribe") && renewal[1].contains(r#""channels":["level2_batch"]"#));
    say(&mut feed, UPDATE);
    say(&mut feed, SNAPSHOT);
    say(&mut feed, &trade(14));
    assert_eq!(feed.counters().gaps, 1);
    say(&mut feed, &trade(16));
    assert_eq!((feed.counters().gaps, feed.counters().resyncs), (2, 2));
    let expected = [
        (0, State::FeedUp, Reason::None),
        (0, State::Synced, Reason::FirstSnapshot),
        (0, State::Resyncing, Reason::Gap),
        (0, State::Synced, Reason::None),
        (0, State::Resyncing, Reason::Gap),
    ];
    assert_eq!(tape.states, expected);
}

#[test]
fn silence_is_stale_torn_frames_are_suspect_and_a_new_connection_begins_anew() {
    const SECOND: i64 = 1_000_000_000;
    let instruments = instruments();
    let mut feed = feed(&instruments);
    let mut tape = Tape::new(&instruments);
    feed.on_connected(Nanos(0), &mut tape);
    feed.on_frame(UPDATE.as_bytes(), Nanos(1), &mut tape);
    assert_eq!(feed.incomplete(), 1, "an update before its snapshot");
    feed.on_frame(SNAPSHOT.as_bytes(), Nanos(2), &mut tape);
    feed.on_time(Nanos(11 * SECOND), &mut tape);
    feed.on_frame(HEARTBEAT.as_bytes(), Nanos(12 * SECOND), &mut tape);
    feed.on_time(Nanos(12 * SECOND), &mut tape);
    feed.on_frame(&UPDATE.as_bytes()[..60], Nanos(13 * SECOND), &mut tape);
    // The venue does not answer: it is asked again.
    while feed.next_outgoing().is_some() {}
    feed.on_time(Nanos(30 * SECOND), &mut tape);
    assert_eq!(std::iter::from_fn(|| feed.next_outgoing()).count(), 2);
    feed.on_frame(SNAPSHOT.as_bytes(), Nanos(31 * SECOND), &mut tape);
    feed.on_frame(SNAPSHOT.as_bytes(), Nanos(32 * SECOND), &mut tape);
    feed.on_frame(
        UPDATE.replace("22356.27", "99999.99").replace("0.00000000", "1").as_bytes(),
        Nanos(33 * SECOND),
        &mut tape,
    );
    feed.on_disconnected(Nanos(34 * SECOND), &mut tape);
    feed.on_frame(SNAPSHOT.as_bytes(), Nanos(35 * SECOND), &mut tape);
    feed.on_connected(Nanos(36 * SECOND), &mut tape);
    let expected = [
        (State::FeedUp, Reason::None),
        (State::Synced, Reason::FirstSnapshot),
        (State::Stale, Reason::Silent),
        (State::Synced, Reason::None),
        (State::Resyncing, Reason::Unreadable),
        (State::Synced, Reason::None),
        (State::Resyncing, Reason::None), // the venue began anew by itself
        (State::Synced, Reason::None),
        (State::Resyncing, Reason::Crossed),
        (State::FeedDown, Reason::Disconnected),
        (State::FeedUp, Reason::None),
    ];
    assert_eq!(tape.states, expected.map(|(state, reason)| (0, state, reason)));
    let counters = feed.counters();
    assert_eq!((counters.crossed, counters.rejected, counters.resyncs, counters.stale), (1, 1, 2, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// Whatever matches are lost, each hole that a later match shows is counted.
    #[test]
    fn no_lost_match_goes_unnoticed(lost in prop::collection::vec(any::<prop::sample::Index>(), 1..12)) {
        let Some(frames) = frames() else { return Ok(()) };
        let path = recording(FILE).unwrap();
        let instruments = numbered(infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap());
        let matches: Vec<usize> =
            (0..frames.len()).filter(|place| frames[*place].1.contains(r#""type":"match""#)).collect();
        let lost: BTreeSet<usize> = lost.iter().map(|index| *index.get(&matches)).collect();
        let (mut holes, mut open) = (0, BTreeSet::new());
        for place in &matches {
            let frame: Json = serde_json::from_str(&frames[*place].1).unwrap();
            let product = frame["product_id"].as_str().unwrap().to_owned();
            if lost.contains(place) {
                open.insert(product);
            } else {
                holes += u64::from(open.remove(&product));
            }
        }
        let mut feed = feed(&instruments);
        let mut tape = Tape::new(&instruments);
        feed.on_connected(frames[0].0, &mut tape);
        for (place, (time, frame)) in frames.iter().enumerate() {
            if !lost.contains(&place) {
                feed.on_frame(frame.as_bytes(), *time, &mut tape);
            }
        }
        prop_assert_eq!(feed.counters().gaps, holes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_mutated_frame_means_the_same_to_both_readers(
        frame in prop::sample::select(vec![UPDATE, OTHER_ORDER, MATCH, TICKER, HEARTBEAT]),
        mutations in mutations(),
    ) {
        let mut parser = protocol();
        let bytes = mutated(frame, &mutations);
        readers_agree(&mut parser, &bytes);
        let _ = parser.read(&bytes);
    }
}

/// The channel has no numbers of its own: whose message it was nobody can tell, so none is sure to be whole.
#[test]
fn a_change_of_nobody_knows_which_book_costs_all() {
    let mut feed = feed(&instruments());
    let mut tape = Tape::new(&instruments());
    feed.on_connected(Nanos(1), &mut tape);
    feed.on_frame(SNAPSHOT.as_bytes(), Nanos(2), &mut tape);
    assert_eq!(tape.books[0].state, Some(State::Synced));
    feed.on_frame(UPDATE.replace("\"BTC-USD\"", "null").as_bytes(), Nanos(3), &mut tape);
    assert_eq!(tape.states.last(), Some(&(0, State::Resyncing, Reason::Unreadable)));
    assert_eq!(feed.counters().rejected, 1);
}
