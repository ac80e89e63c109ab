//! Kraken's `level3` channel.

use proptest::prelude::*;
use pyrt_engine::market_data::venues::kraken_orders::{
    KrakenLevel3, KrakenOrders, KrakenOrdersOptions, with_token,
};
use pyrt_engine::market_data::{Feed, StreamOptions};
use pyrt_engine::model::{Instrument, InstrumentId, Nanos, Reason, Side, State};

use super::ID;
use super::tape::{OrderTape, said};
use crate::parsing::{mutated, mutations};
use crate::reader::{Records, numbered, recording};

fn level3() -> Option<(Vec<(InstrumentId, Instrument)>, String)> {
    let folder = recording("kraken_v2_book1000.tsv")?;
    let path = folder.parent().unwrap().join("../ws_fixtures/kraken_docs/level3_v2_checksum_example.json");
    let instruments =
        numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.1", "0.00000001").unwrap()]);
    Some((instruments, std::fs::read_to_string(path).unwrap()))
}

fn kraken(instruments: &[(InstrumentId, Instrument)]) -> (KrakenLevel3, OrderTape) {
    let options = KrakenOrdersOptions { depth: Some(10) };
    let protocol = KrakenOrders::new(instruments, options);
    let mut feed = KrakenLevel3::new(instruments, protocol, StreamOptions::default());
    let mut tape = OrderTape::default();
    feed.on_connected(Nanos(1), &mut tape);
    (feed, tape)
}

#[test]
fn krakens_example_has_its_checksum_and_no_damaged_order_has() {
    let Some((instruments, example)) = level3() else { return };
    let (mut feed, mut tape) = kraken(&instruments);
    feed.on_frame(example.as_bytes(), Nanos(2), &mut tape);
    assert_eq!(tape.state, said(State::Synced, Reason::FirstSnapshot));
    tape.check_against(feed.book(ID).unwrap(), &instruments[0].1);
    assert_eq!((feed.counters().checksums, feed.counters().checksums_ok), (1, 1));
    let subscribed = feed.next_outgoing().unwrap().text;
    assert!(
        subscribed.contains(r#""channel":"level3","symbol":["BTC/USD"],"depth":10,"#)
            && with_token(&subscribed, "TOKEN").ends_with(r#""token":"TOKEN"}}"#)
    );
    // One order with another price, another size, or another place in its queue.
    let fields: Vec<_> = example.match_indices("\"limit_price\":").map(|(at, _)| at).collect();
    let mut damaged = 0;
    for at in fields {
        let order = &example[at..at + example[at..].find('}').unwrap()];
        let size = order.split("\"order_qty\":").nth(1).unwrap().split(',').next().unwrap();
        let last = if size.ends_with('0') { '1' } else { '0' };
        let other = order.replacen(size, &format!("{}{last}", &size[..size.len() - 1]), 1);
        let frame = format!("{}{}{}", &example[..at], other, &example[at + order.len()..]);
        let (mut feed, mut tape) = kraken(&instruments);
        feed.on_frame(frame.as_bytes(), Nanos(2), &mut tape);
        assert_eq!(tape.state, said(State::Resyncing, Reason::Checksum), "{other}");
        assert!(tape.orders.is_empty(), "it is not shown");
        assert_eq!(feed.counters().checksums_wrong(), 1);
        let again =
            std::iter::from_fn(|| feed.next_outgoing()).skip(1).map(|text| text.text).collect::<Vec<_>>();
        assert!(again[0].contains("unsubscribe") && again[1].contains("\"subscribe\""), "{again:?}");
        feed.on_frame(example.as_bytes(), Nanos(3), &mut tape);
        assert_eq!(tape.state, said(State::Synced, Reason::FirstSnapshot));
        damaged += 1;
    }
    assert_eq!(damaged, 35, "all of them are of the best ten levels");
}

/// Event, whether it is a bid, id, price in tenths, size in steps.
type Told<'a> = (&'a str, bool, u32, i64, i64);
/// Id, price, size.
type Standing = (u32, i64, i64);

/// The digits of every order of the best levels, by hand.
fn checksum(orders: &[Standing]) -> u32 {
    let mut crc = flate2::Crc::new();
    for (_, price, qty) in orders {
        crc.update(format!("{price}{qty}").as_bytes());
    }
    crc.sum()
}

fn kraken_message(kind: &str, events: &[Told<'_>], checksum: u32) -> String {
    let list = |bids: bool| {
        let row = |(event, _, id, price, qty): &Told<'_>| {
            let event = if kind == "snapshot" { String::new() } else { format!(r#""event":"{event}","#) };
            format!(
                r#"{{{event}"order_id":"O{id:05}-00000-000000","limit_price":{}.{},"order_qty":{}.{:08},"timestamp":"2026-01-08T12:26:39.526146327Z"}}"#,
                price / 10,
                price % 10,
                qty / 100_000_000,
                qty % 100_000_000
            )
        };
        events.iter().filter(|event| event.1 == bids).map(row).collect::<Vec<_>>().join(",")
    };
    format!(
        r#"{{"channel":"level3","type":"{kind}","data":[{{"symbol":"BTC/USD","checksum":{checksum},"bids":[{}],"asks":[{}],"timestamp":"2026-01-08T12:26:40.000000000Z"}}]}}"#,
        list(true),
        list(false)
    )
}

#[test]
fn krakens_orders_come_change_and_go_by_their_checksums() {
    let instruments =
        numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.1", "0.00000001").unwrap()]);
    let (mut feed, mut tape) = kraken(&instruments);
    // Asks from the lowest, then bids from the highest.
    let frame = kraken_message(
        "snapshot",
        &[
            ("", true, 1, 1_000, 50),
            ("", true, 2, 1_000, 70),
            ("", true, 3, 990, 5),
            ("", false, 4, 1_010, 9),
        ],
        checksum(&[(4, 1_010, 9), (1, 1_000, 50), (2, 1_000, 70), (3, 990, 5)]),
    );
    feed.on_frame(frame.as_bytes(), Nanos(2), &mut tape);
    let updates: [(&[Told<'_>], &[Standing]); 4] = [
        (
            &[("modify", true, 1, 1_000, 20), ("add", false, 5, 1_010, 3)],
            &[(4, 1_010, 9), (5, 1_010, 3), (1, 1_000, 20), (2, 1_000, 70), (3, 990, 5)],
        ),
        (&[("delete", true, 1, 1_000, 20)], &[(4, 1_010, 9), (5, 1_010, 3), (2, 1_000, 70), (3, 990, 5)]),
        (&[("modify", true, 2, 990, 70)], &[(4, 1_010, 9), (5, 1_010, 3), (3, 990, 5), (2, 990, 70)]),
        (
            &[("delete", false, 4, 1_010, 0), ("add", true, 6, 995, 1)],
            &[(5, 1_010, 3), (6, 995, 1), (3, 990, 5), (2, 990, 70)],
        ),
    ];
    for (at, (events, book)) in (3..).zip(updates) {
        let frame = kraken_message("update", events, checksum(book));
        feed.on_frame(frame.as_bytes(), Nanos(at), &mut tape);
        assert_eq!(tape.state, said(State::Synced, Reason::FirstSnapshot), "{frame}");
        tape.check_against(feed.book(ID).unwrap(), &instruments[0].1);
    }
    assert_eq!((feed.counters().checksums, feed.counters().checksums_ok), (5, 5));
    // An order that is not there, and one that is there already.
    for events in [[("delete", true, 99, 990, 1)], [("add", true, 3, 990, 5)], [("modify", true, 98, 990, 5)]]
    {
        let (mut feed, mut tape) = kraken(&instruments);
        feed.on_frame(
            kraken_message("snapshot", &[("", true, 3, 990, 5)], checksum(&[(3, 990, 5)])).as_bytes(),
            Nanos(2),
            &mut tape,
        );
        feed.on_frame(
            kraken_message("update", &events, checksum(&[(3, 990, 5)])).as_bytes(),
            Nanos(3),
            &mut tape,
        );
        assert_eq!(tape.state, said(State::Resyncing, Reason::Gap));
        assert_eq!(feed.counters().gaps, 1);
    }
}

#[test]
fn levels_behind_the_depth_leave_with_their_orders() {
    let instruments =
        numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.1", "0.00000001").unwrap()]);
    let (mut feed, mut tape) = kraken(&instruments);
    let bids: Vec<_> = (0..20).map(|order| ("", true, order, 1_000 - i64::from(order / 2), 5)).collect();
    let digits = |orders: &[Told<'_>]| checksum(&orders.iter().map(|o| (o.2, o.3, o.4)).collect::<Vec<_>>());
    feed.on_frame(kraken_message("snapshot", &bids, digits(&bids)).as_bytes(), Nanos(2), &mut tape);
    assert_eq!(feed.book(ID).unwrap().levels().len(Side::Buy), 10);
    let mut after = vec![("", true, 77, 1_001, 5)];
    after.extend(&bids[..18]);
    let frame = kraken_message("update", &[("add", true, 77, 1_001, 5)], digits(&after));
    feed.on_frame(frame.as_bytes(), Nanos(3), &mut tape);
    assert_eq!(tape.state, said(State::Synced, Reason::FirstSnapshot));
    assert_eq!((feed.book(ID).unwrap().levels().len(Side::Buy), feed.book(ID).unwrap().len()), (10, 19));
    tape.check_against(feed.book(ID).unwrap(), &instruments[0].1);
}

#[test]
fn the_fixtures_of_level3_are_read() {
    let Some((instruments, _)) = level3() else { return };
    let folder = recording("kraken_v2_book1000.tsv").unwrap().parent().unwrap().join("../ws_fixtures/kraken");
    let (mut feed, _) = kraken(&instruments);
    let mut records = Records::default();
    for name in [
        "ws_l3_snapshot",
        "ws_l3_update_add",
        "ws_l3_update_delete",
        "ws_l3_update_modify_price",
        "ws_l3_update_modify_qty",
        "ws_pong",
        "ws_subscribe_response",
    ] {
        feed.on_frame(&std::fs::read(folder.join(format!("{name}.json"))).unwrap(), Nanos(2), &mut records);
    }
    let counters = feed.counters();
    assert_eq!(
        (counters.rejected, counters.unknown, counters.checksums_wrong()),
        (0, 0, 1),
        "their checksum is 0"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_damage_to_krakens_messages_is_a_panic(mutations in mutations(), update in any::<bool>()) {
        let instruments = numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.1", "0.00000001").unwrap()]);
        let (mut feed, mut tape) = kraken(&instruments);
        let snapshot = kraken_message("snapshot", &[("", true, 3, 990, 5)], checksum(&[(3, 990, 5)]));
        feed.on_frame(snapshot.as_bytes(), Nanos(2), &mut tape);
        let change = kraken_message("update", &[("add", true, 4, 990, 5)], checksum(&[(3, 990, 5), (4, 990, 5)]));
        feed.on_frame(&mutated(if update { &change } else { &snapshot }, &mutations), Nanos(3), &mut tape);
        if tape.state.is_some_and(|(state, _)| state == State::Synced as u16) {
            tape.check_against(feed.book(ID).unwrap(), &instruments[0].1);
        }
    }
}
