//! Coinbase's `full` channel.

use proptest::prelude::*;
use pyrt_engine::book::L3Book;
use pyrt_engine::market_data::venues::Venue;
use pyrt_engine::market_data::venues::coinbase_orders::{
    CoinbaseFull, CoinbaseOrders, CoinbaseOrdersOptions, infer_instruments,
};
use pyrt_engine::market_data::verification::{Access, verify};
use pyrt_engine::market_data::{Feed, OrderMessage, OrderProtocol, Recording, Step, StreamOptions, replay};
use pyrt_engine::model::{Instrument, InstrumentId, Lots, Nanos, Reason, Side, State, Ticks};

use super::ID;
use super::hall::Hall;
use super::tape::{OrderTape, said};
use crate::parsing::{mutated, mutations};
use crate::reader::{numbered, recording};

const FULL: &str = "../l3/coinbase_full_btcusd_20160312_a.tsv";

/// The recording of the whole channel leads to the book that the venue's REST host had at the same number.
#[test]
fn coinbases_own_book_is_what_its_messages_lead_to() {
    let Some(folder) = recording("coinbase_exchange_level2.tsv") else { return };
    let path = folder.parent().unwrap().join(FULL);
    let instruments = numbered(infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap());
    assert_eq!(instruments[0].1.name, "coinbase:BTC-USD");
    let protocol = CoinbaseOrders::new(&instruments, CoinbaseOrdersOptions::default());
    let mut feed = CoinbaseFull::new(&instruments, protocol, StreamOptions::default());
    let mut tape = OrderTape::default();
    let (mut checked, mut book) = (0, L3Book::default());
    replay(
        &mut Recording::open(&[&path]).unwrap(),
        &mut feed,
        &mut tape,
        |line, feed, tape: &mut OrderTape| {
            if line.number > 7_109 {
                book.clone_from(feed.book(ID).unwrap());
                if line.number % 100 == 0 {
                    tape.check_against(&book, &instruments[0].1);
                    checked += 1;
                }
            }
        },
    )
    .unwrap();
    let counters = feed.counters();
    assert_eq!((counters.gaps, counters.rejected, counters.crossed, counters.snapshots), (0, 0, 0, 1));
    assert_eq!((counters.unknown, counters.trades, checked > 20), (0, 1, true));
    assert_eq!(counters.fallbacks, 7_109, "those of the snapshot have spaces in them");
    let expected: serde_json::Value = serde_json::from_str(
        &std::fs::read_to_string(path.with_file_name("coinbase_full_btcusd_20160312_a_expected.json"))
            .unwrap(),
    )
    .unwrap();
    let instrument = &instruments[0].1;
    for (side, key) in [(Side::Buy, "bids"), (Side::Sell, "asks")] {
        let price_and_qty = |(ticks, lots): (Ticks, Lots)| (instrument.price(ticks), instrument.qty(lots));
        let levels: Vec<_> = match side {
            Side::Buy => book.levels().bids().take(50).map(price_and_qty).collect(),
            _ => book.levels().asks().take(50).map(price_and_qty).collect(),
        };
        let theirs: Vec<(f64, f64)> = serde_json::from_value(expected[key].clone()).unwrap();
        assert_eq!(levels.len(), 50);
        assert_eq!(levels, theirs);
    }
    let report = verify(&[&path], false, Access::TEXT).unwrap().remove(0);
    assert_eq!((report.venue, report.messages, report.faults()), (Venue::CoinbaseOrders, 9_485, vec![]));
}

/// Both readers of the recording's messages say the same.
#[test]
fn every_message_of_the_channel_is_read_fast_and_right() {
    let Some(folder) = recording("coinbase_exchange_level2.tsv") else { return };
    let text = std::fs::read_to_string(folder.parent().unwrap().join(FULL)).unwrap();
    let instruments =
        numbered(vec![Instrument::spot("coinbase:BTC-USD", "BTC-USD", "0.01", "0.00000001").unwrap()]);
    let mut protocol = CoinbaseOrders::new(&instruments, CoinbaseOrdersOptions::default());
    for line in text.lines().skip(7_109) {
        let frame = line.split_once('\t').unwrap().1.as_bytes();
        let fast = protocol.read_fast(frame).unwrap();
        let said = (Ok(fast), protocol.steps().to_vec(), protocol.prints().to_vec());
        let tolerant = protocol.read_tolerant(frame);
        assert_eq!(said, (tolerant, protocol.steps().to_vec(), protocol.prints().to_vec()));
    }
}

const TODAY: [&str; 7] = [
    r#"{"type":"open","time":"2026-03-12T05:08:36.803703Z","product_id":"BTC-USD","sequence":10,"order_id":"d50ec984-77a8-460a-b958-66f114b0de9b","price":"200.20","remaining_size":"1.00","side":"sell"}"#,
    r#"{"type":"done","time":"2026-03-12T05:08:36.803703Z","product_id":"BTC-USD","sequence":10,"price":"200.20","order_id":"d50ec984-77a8-460a-b958-66f114b0de9b","reason":"canceled","side":"sell","remaining_size":"1"}"#,
    r#"{"type":"match","trade_id":10,"sequence":50,"maker_order_id":"ac928c66-ca53-498f-9c13-a110027a60e8","taker_order_id":"132fb6ae-456b-4654-b4e0-d681ac05cea1","time":"2026-11-07T08:19:27.028459Z","product_id":"BTC-USD","size":"5.23512","price":"400.23","side":"sell"}"#,
    r#"{"type":"change","reason":"STP","time":"2026-11-07T08:19:27.028459Z","sequence":80,"order_id":"ac928c66-ca53-498f-9c13-a110027a60e8","side":"sell","product_id":"BTC-USD","old_size":"12.234412","new_size":"5.23512","price":"400.23"}"#,
    r#"{"type":"change","reason":"modify_order","time":"2026-06-09T17:16:35.142184Z","sequence":24753,"order_id":"c3f16063-77b1-408f-a743-88b7bc20cdcd","side":"buy","product_id":"BTC-USD","old_size":"80","new_size":"80","old_price":"7","new_price":"6"}"#,
    r#"{"type":"received","time":"2026-11-09T20:27:48.212345Z","product_id":"BTC-USD","sequence":12,"order_id":"dddec984-77a8-460a-b958-66f114b0de9b","funds":"3000.234","side":"buy","order_type":"market","price":null}"#,
    r#"{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"2026-11-07T08:19:28.464459Z"}"#,
];

fn btc() -> Vec<(InstrumentId, Instrument)> {
    numbered(vec![Instrument::spot("coinbase:BTC-USD", "BTC-USD", "0.01", "0.00000001").unwrap()])
}

fn full() -> CoinbaseFull {
    let options = StreamOptions { window: 64, depth: 3, ..StreamOptions::default() };
    CoinbaseFull::new(&btc(), CoinbaseOrders::new(&btc(), CoinbaseOrdersOptions::default()), options)
}

#[test]
fn messages_of_today_say_what_the_documentation_says() {
    let mut protocol = CoinbaseOrders::new(&btc(), CoinbaseOrdersOptions::default());
    let mut read = |text: &str| {
        let message = protocol.read(text.as_bytes()).unwrap();
        (message, protocol.steps().to_vec(), protocol.prints().to_vec())
    };
    let id = 0xd50e_c984_77a8_460a_b958_66f1_14b0_de9b_u128;
    let other = 0xac92_8c66_ca53_498f_9c13_a110_027a_60e8_u128;
    let (message, steps, _) = read(TODAY[0]);
    assert!(matches!(message, OrderMessage::Steps { index: 0, snapshot: false, sequence: Some(10), .. }));
    let places = (0, 0);
    assert_eq!(
        steps,
        [Step::Add { id, side: Side::Sell, ticks: Ticks(20_020), lots: Lots(100_000_000), places }]
    );
    assert_eq!(read(TODAY[1]).1, [Step::Remove { id, left: Some(Lots(100_000_000)), perhaps: true }]);
    let (_, steps, prints) = read(TODAY[2]);
    assert_eq!(steps, [Step::Execute { id: other, ticks: Ticks(40_023), lots: Lots(523_512_000) }]);
    assert_eq!((prints[0].id, prints[0].side), (10, Side::Buy), "the maker sold");
    let lots = Lots(523_512_000);
    assert_eq!(read(TODAY[3]).1, [Step::Modify { id: other, ticks: None, lots, places, perhaps: true }]);
    let [Step::Modify { ticks: Some(Ticks(600)), .. }] = read(TODAY[4]).1[..] else { panic!("a new price") };
    assert_eq!(read(TODAY[5]).1, []);
    assert_eq!(read(TODAY[6]).0, OrderMessage::Alive { last: Some((0, 90)) });
}

#[test]
fn a_damaged_order_is_found_by_the_message_that_contradicts_it() {
    let feed_of = |hall: &Hall| {
        let mut feed = full();
        let mut records = OrderTape::default();
        feed.on_connected(Nanos(1), &mut records);
        assert_eq!(feed.next_request().unwrap().path, "/products/BTC-USD/book?level=3");
        feed.on_response(ID, Some(hall.snapshot().as_bytes()), Nanos(2), &mut records);
        assert_eq!(records.state, said(State::Synced, Reason::FirstSnapshot));
        (feed, records)
    };
    for damage in [
        ("\"remaining_size\":\"5.00\"", "\"remaining_size\":\"5.01\""),
        ("\"size\":\"1.00\"", "\"size\":\"9.00\""),
        ("-000000000001\"", "-000000000009\""),
    ] {
        let mut hall = Hall::default();
        hall.act(0, true, 0, 0, 500);
        let (mut feed, mut records) = feed_of(&hall);
        let mut messages = hall.act(5, true, 0, 0, 100);
        let part = messages[0].contains(damage.0);
        if !part {
            hall = Hall::default();
            hall.act(0, true, 0, 0, 500);
            messages = hall.act(4, true, 0, 0, 1);
        }
        let frame = messages[0].replace(damage.0, damage.1);
        assert_ne!(frame, messages[0]);
        feed.on_frame(frame.as_bytes(), Nanos(3), &mut records);
        let unnoticed = frame.contains("done") && damage.1.contains("0009");
        if !unnoticed {
            assert_eq!(records.state, said(State::Resyncing, Reason::Gap), "{frame}");
            feed.on_response(ID, Some(hall.snapshot().as_bytes()), Nanos(4), &mut records);
            assert_eq!(records.state, said(State::Synced, Reason::None));
            hall.same(feed.book(ID).unwrap());
        }
    }
}

#[derive(Clone, Debug)]
enum Fate {
    Delivered,
    Dropped,
    Doubled,
    /// Comes after the next one.
    Late,
    Garbage(Vec<(u8, prop::sample::Index, u8)>),
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        12 => Just(Fate::Delivered),
        1 => Just(Fate::Dropped),
        1 => Just(Fate::Doubled),
        1 => Just(Fate::Late),
        1 => mutations().prop_map(Fate::Garbage),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is lost, doubled or swapped: a book that says synced is the venue's, order by order, and so is the one that
    /// readers make of the records.
    #[test]
    fn a_book_that_says_synced_is_the_venues(
        acts in prop::collection::vec((0_u8..8, any::<bool>(), 0_i64..4, 0_usize..9, 1_i64..9), 1..60),
        fates in prop::collection::vec(fates(), 1..40),
        before in 0_usize..8,
    ) {
        let mut hall = Hall::default();
        let mut feed = full();
        let mut tape = OrderTape::default();
        let mut fates = fates.into_iter().cycle();
        let mut late: Option<String> = None;
        let mut now = 1;
        feed.on_connected(Nanos(now), &mut tape);
        let mut damaged = false;
        for (step, (what, bid, distance, pick, lots)) in acts.into_iter().enumerate() {
            for message in hall.act(what, bid, distance, pick, lots) {
                now += 1;
                let mut send = |frame: &[u8]| feed.on_frame(frame, Nanos(now), &mut tape);
                match fates.next().unwrap() {
                    Fate::Delivered => {
                        send(message.as_bytes());
                        if let Some(held) = late.take() {
                            send(held.as_bytes());
                        }
                    }
                    Fate::Dropped => {}
                    Fate::Doubled => {
                        send(message.as_bytes());
                        send(message.as_bytes());
                    }
                    Fate::Late => late = Some(message),
                    Fate::Garbage(mutations) => {
                        send(&mutated(&message, &mutations));
                        damaged = true; // what it says is proven by nothing, now or when it has waited
                    }
                }
            }
            // The snapshot comes when it comes.
            if step >= before {
                let asked: Vec<_> = std::iter::from_fn(|| feed.next_request()).collect();
                if !asked.is_empty() {
                    feed.on_response(ID, Some(hall.snapshot().as_bytes()), Nanos(now), &mut tape);
                }
            }
            if tape.state.is_some_and(|(state, _)| state == State::Synced as u16) && !damaged {
                let book = feed.book(ID).unwrap();
                tape.check_against(book, &btc()[0].1);
            }
        }
        // The next message shows whatever was lost before it.
        let frames = hall.act(9, true, 0, 0, 1);
        frames.iter().for_each(|frame| feed.on_frame(frame.as_bytes(), Nanos(now + 1), &mut tape));
        if tape.state.is_some_and(|(state, _)| state == State::Synced as u16) && !damaged {
            hall.same(feed.book(ID).unwrap());
        }
    }

    #[test]
    fn a_mutated_message_means_the_same_to_both_readers(
        frame in prop::sample::select(TODAY.to_vec()),
        mutations in mutations(),
    ) {
        let mut protocol = CoinbaseOrders::new(&btc(), CoinbaseOrdersOptions::default());
        let bytes = mutated(frame, &mutations);
        if let Some(message) = protocol.read_fast(&bytes) {
            let said = (Ok(message), protocol.steps().to_vec(), protocol.prints().to_vec());
            let tolerant = protocol.read_tolerant(&bytes);
            prop_assert_eq!(said, (tolerant, protocol.steps().to_vec(), protocol.prints().to_vec()));
        }
        let _ = protocol.read(&bytes);
    }
}

#[test]
fn a_heartbeat_that_is_ahead_shows_what_was_lost_last() {
    let mut hall = Hall::default();
    let mut feed = full();
    let mut records = OrderTape::default();
    feed.on_connected(Nanos(1), &mut records);
    feed.on_response(ID, Some(hall.snapshot().as_bytes()), Nanos(2), &mut records);
    hall.act(0, true, 1, 0, 5); // nobody hears of it
    let beat = |hall: &Hall| TODAY[6].replace("90", &hall.sequence.to_string());
    feed.on_frame(beat(&hall).as_bytes(), Nanos(3), &mut records);
    assert_eq!(records.state, said(State::Synced, Reason::FirstSnapshot), "it may be on its way");
    feed.on_frame(beat(&hall).as_bytes(), Nanos(4), &mut records);
    assert_eq!(records.state, said(State::Resyncing, Reason::Gap));
    assert_eq!((feed.counters().gaps, feed.counters().resyncs), (1, 1));
}

/// Whoever takes what is to be said first still finds the request for the book.
#[test]
fn a_snapshot_is_asked_for_by_rest_alone() {
    let mut feed = full();
    feed.on_connected(Nanos(1), &mut OrderTape::default());
    assert_eq!(std::iter::from_fn(|| feed.next_outgoing()).count(), 1, "the subscription");
    assert_eq!(std::iter::from_fn(|| feed.next_request()).count(), 1, "the book");
}

/// The venue tells of it to its owner alone: it has neither number nor time, and is no part of the row.
#[test]
fn a_stop_order_of_ones_own_leaves_the_book_alone() {
    const ACTIVATE: &[u8] = br#"{"type":"activate","product_id":"BTC-USD","timestamp":"1483736448.299000","user_id":"12","profile_id":"30000727-d308-cf50-7b1c-c06deb1934fc","order_id":"7b52009b-64fd-0a2a-49e6-d8a939753077","stop_type":"entry","side":"buy","stop_price":"80","size":"2","funds":"50","private":true}"#;
    let mut hall = Hall::default();
    hall.act(0, true, 0, 0, 5);
    let mut feed = full();
    let mut records = OrderTape::default();
    feed.on_connected(Nanos(1), &mut records);
    feed.on_response(ID, Some(hall.snapshot().as_bytes()), Nanos(2), &mut records);
    feed.on_frame(ACTIVATE, Nanos(3), &mut records);
    for frame in hall.act(0, false, 0, 0, 5) {
        feed.on_frame(frame.as_bytes(), Nanos(4), &mut records);
    }
    assert_eq!(records.state, said(State::Synced, Reason::FirstSnapshot));
    assert_eq!((feed.counters().rejected, feed.counters().resyncs), (0, 0));
    hall.same(feed.book(ID).unwrap());
}

/// A snapshot may be ahead of the stream, but not for long: a venue that counts anew never reaches it.
#[test]
fn a_snapshot_that_the_stream_never_reaches_is_taken_again() {
    const SECOND: i64 = 1_000_000_000;
    let mut hall = Hall::default();
    hall.sequence = 1_000_000;
    hall.act(0, true, 0, 0, 5);
    let mut feed = full();
    let mut records = OrderTape::default();
    feed.on_connected(Nanos(SECOND), &mut records);
    feed.next_request().unwrap();
    feed.on_response(ID, Some(hall.snapshot().as_bytes()), Nanos(2 * SECOND), &mut records);
    hall.sequence = 0;
    for second in 3..30 {
        for frame in hall.act(0, second % 2 == 0, second, 0, 5) {
            feed.on_frame(frame.as_bytes(), Nanos(second * SECOND), &mut records);
        }
    }
    assert_eq!(records.state, said(State::Resyncing, Reason::Gap));
    assert!(feed.next_request().is_some());
    feed.on_response(ID, Some(hall.snapshot().as_bytes()), Nanos(31 * SECOND), &mut records);
    assert_eq!(records.state, said(State::Synced, Reason::None));
    hall.same(feed.book(ID).unwrap());
}
