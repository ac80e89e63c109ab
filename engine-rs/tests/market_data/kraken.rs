//! Kraken: whole recordings against the venue's checksums, its documented examples, and damage.

use std::path::PathBuf;

use proptest::prelude::*;
use pyrt_engine::market_data::venues::kraken::{
    Kraken, KrakenOptions, KrakenSpot, Version, find_instruments, infer_instruments,
};
use pyrt_engine::market_data::{
    Cause, Content, Feed, Message, Proof, Protocol, Recording, StreamOptions, VenuePeriod, replay,
};
use pyrt_engine::model::{Instrument, InstrumentId, Kind, Lots, Nanos, Reason, Side, State, Ticks};

use crate::parsing::{mutated, mutations};
use crate::reader::{Records, Tape, numbered, recording};

const BOOKS: [&str; 2] = ["kraken_v1_book1000.tsv", "kraken_v2_book1000.tsv"];
const V2: &str = r#"{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":45283.5,"qty":0.10000000}],"asks":[{"price":45285.2,"qty":0.00000000}],"checksum":17,"timestamp":"2021-04-17T16:48:53.365913Z"}]}"#;
const V1: &str = r#"[336,{"a":[["45285.20000","0.00000000","1618678133.365913"]]},{"b":[["45283.50000","0.10000000","1618678133.265913","r"]],"c":"17"},"book-10","XBT/USD"]"#;
const TRADE: &str = r#"{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":45283.5,"qty":0.5,"ord_type":"market","trade_id":7,"timestamp":"2023-09-25T07:49:37.708706Z"}]}"#;
const TICKER: &str = r#"{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":45283.5,"bid_qty":1.0,"ask":45285.2,"ask_qty":2.5,"last":45284.0,"volume":10.5,"vwap":45000.1,"low":44000.0,"high":46000.0,"change":-10.5,"change_pct":-0.02,"timestamp":"2023-09-25T07:49:37.708706Z"}]}"#;

fn instruments() -> Vec<(InstrumentId, Instrument)> {
    numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.1", "0.00000001").unwrap()])
}

fn protocol(version: Version) -> Kraken {
    Kraken::new(&instruments(), KrakenOptions { version, depth: Some(10), ..KrakenOptions::default() })
}

fn feed(instruments: &[(InstrumentId, Instrument)], options: KrakenOptions) -> KrakenSpot {
    let stream = StreamOptions { window: 256, depth: 3, ..StreamOptions::default() };
    KrakenSpot::new(instruments, Kraken::new(instruments, options), stream)
}

fn lines(path: &PathBuf) -> Vec<(Nanos, Vec<u8>)> {
    let mut recording = Recording::open(&[path]).unwrap();
    let mut lines = vec![];
    while let Some(line) = recording.next().unwrap() {
        let Content::Frame(frame) = line.content else { panic!("an answer") };
        lines.push((line.receive_time, frame.to_vec()));
    }
    lines
}

/// Whether the fast reader knew the frame.
fn readers_agree(parser: &mut Kraken, frame: &[u8]) -> bool {
    let Some(message) = parser.read_fast(frame) else { return false };
    let fast = (Ok(message), parser.levels().to_vec(), parser.prints().to_vec());
    let answer = parser.read_tolerant(frame);
    let tolerant = (answer, parser.levels().to_vec(), parser.prints().to_vec());
    assert_eq!(fast, tolerant, "{}", String::from_utf8_lossy(frame));
    true
}

#[test]
fn every_checksum_of_the_recordings_is_right() {
    for name in BOOKS {
        let Some(path) = recording(name) else { return };
        let instruments = numbered(infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap());
        let names: Vec<_> = instruments.iter().map(|(_, instrument)| instrument.name.as_str()).collect();
        assert_eq!(
            names,
            ["kraken:ADA-BTC", "kraken:KSM-BTC", "kraken:SC-EUR", "kraken:WAVES-EUR", "kraken:XMR-USD"]
        );
        let mut feed = feed(&instruments, KrakenOptions { depth: None, ..KrakenOptions::default() });
        let mut tape = Tape::new(&instruments);
        let mut count = 0;
        let mut recording = Recording::open(&[&path]).unwrap();
        let mut counters = feed.counters();
        replay(&mut recording, &mut feed, &mut tape, |_, feed, tape: &mut Tape| {
            count += 1;
            counters = feed.counters();
            if count % 50 == 0 {
                tape.check_against(|id| feed.book(id));
            }
        })
        .unwrap();
        assert_eq!((counters.checksums_ok, counters.checksums, counters.depth), (2_922, 2_922, 2_922));
        assert_eq!((counters.snapshots, counters.resyncs, counters.rejected), (5, 0, 0));
        assert_eq!((counters.crossed, counters.unknown), (0, 0));
    }
}

#[test]
fn every_update_of_the_recordings_is_read_fast_and_alike() {
    for name in BOOKS {
        let Some(path) = recording(name) else { return };
        let instruments = numbered(infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap());
        let mut parser = Kraken::new(&instruments, KrakenOptions::default());
        let fast = lines(&path).iter().filter(|(_, frame)| readers_agree(&mut parser, frame)).count();
        assert!(fast >= 2_922, "{name}: {fast}");
    }
}

/// The frames of Kraken's own checksum examples.
fn documented(name: &str) -> Option<serde_json::Value> {
    let folder = recording(BOOKS[0])?.parent().unwrap().join("../ws_fixtures/kraken_docs");
    Some(serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap())
}

#[test]
fn the_documented_examples_have_their_documented_checksums() {
    let Some(v2) = documented("book_v2_checksum_example.json") else { return };
    let v1 = documented("book_v1_checksum_example.json").unwrap();
    // Printed again by serde the numbers lose their zeroes, so the file's own text is needed.
    let folder = recording(BOOKS[0]).unwrap().parent().unwrap().join("../ws_fixtures/kraken_docs");
    let text = std::fs::read(folder.join("book_v2_checksum_example.json")).unwrap();
    assert_eq!(v2["data"][0]["checksum"], 3_310_070_434_u32);
    let instruments = instruments();
    let check = |frames: &[&[u8]]| {
        let mut feed = feed(&instruments, KrakenOptions::default());
        let mut tape = Tape::new(&instruments);
        feed.on_connected(Nanos(1), &mut tape);
        frames.iter().for_each(|frame| feed.on_frame(frame, Nanos(2), &mut tape));
        assert_eq!(tape.states.last(), Some(&(0, State::Synced, Reason::FirstSnapshot)));
        let counters = feed.counters();
        assert_eq!((counters.checksums_ok, counters.checksums), (1, 1));
    };
    check(&[text.trim_ascii()]);
    // The older example is a book and its checksum: a snapshot, and an update that changes nothing.
    let row = |level: &serde_json::Value| format!(r#"[{},{},"1582905487.684110"]"#, level[0], level[1]);
    let side = |key: &str| v1[key].as_array().unwrap().iter().map(row).collect::<Vec<_>>().join(",");
    let fine =
        numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.00001", "0.00000001").unwrap()]);
    let snapshot = format!(r#"[0,{{"as":[{}],"bs":[{}]}},"book-10","XBT/USD"]"#, side("as"), side("bs"));
    let update =
        r#"[0,{"b":[["0.04940","0.00000000","1582905487.684110"]],"c":"974947235"},"book-10","XBT/USD"]"#;
    let mut feed = feed(&fine, KrakenOptions::default());
    let mut tape = Tape::new(&fine);
    feed.on_connected(Nanos(1), &mut tape);
    feed.on_frame(snapshot.as_bytes(), Nanos(2), &mut tape);
    feed.on_frame(update.as_bytes(), Nanos(3), &mut tape);
    let counters = feed.counters();
    assert_eq!((counters.checksums_ok, counters.checksums, counters.rejected), (1, 1, 0));
}

#[test]
fn the_fixtures_of_today_are_no_errors() {
    let Some(path) = recording(BOOKS[0]) else { return };
    let folder = path.parent().unwrap().join("../ws_fixtures/kraken");
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let instruments =
        numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.1", "0.00000001").unwrap()]);
    let mut feed = feed(&instruments, KrakenOptions::default());
    let mut tape = Tape::new(&instruments);
    feed.on_connected(Nanos(1), &mut tape);
    for name in ["ws_pong", "ws_subscribe_response", "ws_ohlc_update", "ws_l3_snapshot", "ws_l3_update_add"] {
        feed.on_frame(&read(&format!("{name}.json")), Nanos(2), &mut tape);
    }
    assert_eq!(feed.counters().unused, 5);
    feed.on_frame(&read("ws_trade_update.json"), Nanos(3), &mut tape);
    feed.on_frame(&read("ws_ticker_snapshot.json"), Nanos(4), &mut tape);
    let counters = feed.counters();
    assert_eq!((counters.trades, counters.quotes, counters.rejected, counters.unknown), (2, 1, 0, 0));
    let trade = *tape.events.iter().find_map(|event| event.as_trade()).unwrap();
    assert_eq!((trade.price, trade.qty, trade.trade_id, trade.side), (105_944.2, 0.00027625, 10_218_208, 1));
    // Its checksum is made up: a book that is not proven is not shown.
    feed.on_frame(&read("ws_book_snapshot.json"), Nanos(5), &mut tape);
    assert_eq!(tape.states.last(), Some(&(0, State::Resyncing, Reason::Checksum)));
    assert!(tape.books[0].bids.is_empty());
}

#[test]
fn frames_say_what_the_documentation_says_in_any_notation() {
    let expected = |parser: &Kraken| {
        let level = |side, ticks, lots| pyrt_engine::market_data::Level {
            side,
            ticks: Ticks(ticks),
            lots: Lots(lots),
        };
        let mut levels = parser.levels().to_vec();
        levels.sort_by_key(|level| level.ticks);
        assert_eq!(levels, [level(Side::Buy, 452_835, 10_000_000), level(Side::Sell, 452_852, 0)]);
    };
    let mut parser = protocol(Version::V2);
    let event_time = Some(Nanos(1_618_678_133_365_913_000));
    let message = Message::Book { index: 0, snapshot: false, proof: Proof::Checksum(17), event_time };
    let reordered = r#"{ "data":[{"timestamp":"2021-04-17T16:48:53.365913Z","checksum":17,"new":[1],"asks":[{"qty":0e5,"price":4.52852E+4}],
        "bids":[{"price":"452835e-1","x":null,"qty":1e-01}],"symbol":"BTC\/USD"}],"type":"update","time":1,"channel":"book"}"#;
    let merged = r#"[336,{"a":[["45285.2","0","1618678133.365913"]],"b":[["45283.50000","1e-1","1618678133"]],"c":"17"},"book-10","BTC/USD"]"#;
    for (frame, fallbacks) in [(V2, 0), (V1, 0), (reordered, 1), (merged, 2)] {
        assert_eq!(parser.read(frame.as_bytes()), Ok(message), "{frame}");
        expected(&parser);
        assert_eq!(parser.fallbacks(), fallbacks, "{frame}");
    }
    assert_eq!(parser.read(TRADE.as_bytes()), Ok(Message::Trades));
    let print = parser.prints()[0];
    assert_eq!(
        (print.id, print.ticks, print.lots, print.side),
        (7, Ticks(452_835), Lots(50_000_000), Side::Sell)
    );
    let Ok(Message::Quote { best, sized: true, .. }) = parser.read(TICKER.as_bytes()) else {
        panic!("a quote")
    };
    assert_eq!(best.1, Some((Ticks(452_852), Lots(250_000_000))));
    assert_eq!(parser.fallbacks(), 2);
}

#[test]
fn what_is_broken_is_refused_with_its_reason() {
    let mut parser = protocol(Version::V2);
    let mut cause = |frame: &str| parser.read(frame.as_bytes()).unwrap_err();
    for (from, to, words) in [
        ("45283.5,", "45283.55,", "price: between two steps of the grid"),
        ("45283.5,", "-45283.5,", "price: not a decimal number"),
        ("45283.5,", "0.0,", "not readable: a price of zero"),
        ("45283.5,", "1e400,", "price: not finite, or too large to be exact (2^51)"),
        ("45283.5,", "\"NaN\",", "price: not a decimal number"),
        ("0.10000000", "99999999999999999999", "quantity: not finite, or too large to be exact (2^51)"),
        ("\"checksum\":17,", "", "not readable: checksum"),
        ("\"checksum\":17", "\"checksum\":-1", "not readable: checksum"),
        ("\"asks\":[", "\"sks\":[", "not readable: no list of levels"),
        ("2021-04-17T", "2021-04-17 ", "not readable: timestamp"),
        ("\"update\"", "\"patch\"", "not readable: type"),
    ] {
        let refusal = cause(&V2.replace(from, to));
        assert_eq!((refusal.cause.to_string().as_str(), refusal.book), (words, Some(0)), "{from} {to}");
    }
    assert_eq!(cause(&V2[..40]).cause, Cause::Unreadable("no JSON"));
    let turned_down = r#"{"error":"Currency pair not supported","method":"subscribe","success":false}"#;
    assert_eq!(cause(turned_down).cause.to_string(), "the venue turned a subscription down");
    let mut read = |text: &str| parser.read(text.as_bytes());
    assert_eq!(read(r#"{"channel":"heartbeat"}"#), Ok(Message::Alive { last_trade: None }));
    assert_eq!(read(r#"{"event":"heartbeat"}"#), Ok(Message::Alive { last_trade: None }));
    assert_eq!(read(r#"{"channel":"tomorrow","data":[]}"#), Ok(Message::Unknown));
    assert_eq!(read(&V2.replace("BTC/USD", "ETH/USD")), Ok(Message::Unknown));
}

#[test]
fn one_corrupted_level_is_found_within_its_message() {
    let Some(path) = recording(BOOKS[1]) else { return };
    let instruments = numbered(infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap());
    let lines = lines(&path);
    let mut found = 0;
    for damaged in (5..lines.len()).step_by(97) {
        let mut feed = feed(&instruments, KrakenOptions { depth: None, ..KrakenOptions::default() });
        let mut tape = Tape::new(&instruments);
        feed.on_connected(lines[0].0, &mut tape);
        lines[..damaged].iter().for_each(|(time, frame)| feed.on_frame(frame, *time, &mut tape));
        while feed.next_outgoing().is_some() {}
        // A best level that no message has ever had: the damage is in the venue's first ten.
        let symbol = instruments.iter().position(|(_, instrument)| {
            lines[damaged].1.windows(instrument.symbol.len()).any(|part| part == instrument.symbol.as_bytes())
        });
        let index = symbol.unwrap();
        let best = feed.book(InstrumentId(u32::try_from(index).unwrap())).unwrap().best_bid().unwrap();
        let price = instruments[index].1.price(best.0);
        let text = String::from_utf8(lines[damaged].1.clone()).unwrap();
        let more = format!(r#""bids":[{{"price":{price},"qty":0.00000001}}"#);
        let comma = if text.contains(r#""bids":[]"#) { "" } else { "," };
        let corrupted = text.replace(r#""bids":["#, &format!("{more}{comma}"));
        let records = tape.events.len();
        feed.on_frame(corrupted.as_bytes(), lines[damaged].0, &mut tape);
        if text.contains(&format!("{price}")) {
            continue; // the true level comes after the false one and mends it
        }
        found += 1;
        assert_eq!(tape.states.last(), Some(&(index, State::Resyncing, Reason::Checksum)), "{corrupted}");
        let kinds: Vec<u8> = tape.events[records..].iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [Kind::State as u8], "nothing of the message is shown");
        let texts: Vec<_> =
            std::iter::from_fn(|| feed.next_outgoing()).map(|outgoing| outgoing.text).collect();
        assert!(texts[0].contains("\"unsubscribe\"") && texts[1].contains("\"subscribe\""), "{texts:?}");
        assert!(texts.iter().all(|text| text.contains(&instruments[index].1.symbol)) && texts.len() == 2);
    }
    assert!(found > 20, "{found}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_mutated_frame_means_the_same_to_both_readers(
        frame in prop::sample::select(vec![V2, V1, TRADE, TICKER]),
        mutations in mutations(),
    ) {
        let mut parser = protocol(Version::V2);
        let bytes = mutated(frame, &mutations);
        readers_agree(&mut parser, &bytes);
        let _ = parser.read(&bytes);
    }
}

#[test]
fn the_venues_list_of_today_gives_the_grids() {
    let Some(path) = recording("kraken_v2_book1000.tsv") else { return };
    let body =
        std::fs::read(path.parent().unwrap().join("../ws_fixtures/kraken/http_asset_pairs.json")).unwrap();
    let found = find_instruments(&body, &["BTC-USDT"]).unwrap();
    assert_eq!((found[0].name.as_str(), found[0].symbol.as_str()), ("kraken:BTC-USDT", "BTC/USDT"));
    assert_eq!((found[0].tick.to_double(1), found[0].lot.to_double(1)), (0.1, 1e-8));
}

#[test]
fn bars_of_the_venues_are_told_when_they_are_over() {
    let Some(path) = recording("kraken_v2_book1000.tsv") else { return };
    let ohlc =
        std::fs::read_to_string(path.parent().unwrap().join("../ws_fixtures/kraken/ws_ohlc_update.json"))
            .unwrap();
    let instruments =
        numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.1", "0.00000001").unwrap()]);
    let feed = |bars: &[&str]| {
        let bars = bars.iter().map(|name| VenuePeriod::named(name).unwrap()).collect();
        let options = KrakenOptions { bars, ..KrakenOptions::default() };
        KrakenSpot::new(&instruments, Kraken::new(&instruments, options), StreamOptions::default())
    };
    let bars_of = |mut feed: KrakenSpot| {
        let mut records = Records::default();
        feed.on_connected(Nanos(1), &mut records);
        feed.on_frame(ohlc.as_bytes(), Nanos(2), &mut records);
        let next = ohlc.replace("16:25", "16:26");
        feed.on_frame(next.as_bytes(), Nanos(3), &mut records);
        feed.on_frame(next.replace("106044.3", "1").as_bytes(), Nanos(4), &mut records);
        assert_eq!(feed.counters().rejected, 1, "its highest price is below the others");
        let hello: Vec<_> =
            std::iter::from_fn(|| feed.next_outgoing()).map(|outgoing| outgoing.text).collect();
        (records.0.into_iter().filter_map(|event| event.as_bar().copied()).collect::<Vec<_>>(), hello)
    };
    let (bars, hello) = bars_of(feed(&["1m", "1h"]));
    let [bar] = bars.as_slice() else { panic!("{bars:?}") };
    assert_eq!(bar.event_time, 1_696_436_760_000_000_000);
    assert_eq!((bar.open, bar.high, bar.low, bar.close), (106038.2, 106044.3, 106038.1, 106040.1));
    assert_eq!((bar.volume, bar.flags & 0xff), (30927.68066226, 129));
    assert_eq!(
        &hello[3..],
        [1, 60].map(|minutes| format!(
            r#"{{"method":"subscribe","params":{{"channel":"ohlc","symbol":["BTC/USD"],"interval":{minutes}}}}}"#
        ))
    );
    assert_eq!(bars_of(feed(&[])).0, []);
}

#[test]
fn how_the_venue_is_costs_no_book() {
    let mut protocol = Kraken::new(&[], KrakenOptions::default());
    let mut read = |system: &str| {
        let text = format!(
            r#"{{"channel":"status","type":"update","data":[{{"system":"{system}","version":"2.0.10"}}]}}"#
        );
        protocol.read(text.as_bytes())
    };
    assert_eq!(read("online"), Ok(Message::Status { online: true }));
    assert_eq!(read("maintenance"), Ok(Message::Status { online: false }));
    assert!(protocol.read(br#"{"channel":"status","type":"update","data":[]}"#).is_err());
}
