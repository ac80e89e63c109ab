//! Binance's words about orders from outside: the documented fixtures, replies of every kind, and frames that somebody
//! has broken.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use pyrt_engine::execution::Told;
use pyrt_engine::execution::venues::binance::{
    BinanceOrderEntry, Conversion, Credentials, Message, Options, Session,
};
use pyrt_engine::model::{
    ClientOrderId, Instrument, InstrumentId, Lots, Money, Nanos, OrderReason, Report, ReportKind, Ticks,
};
use pyrt_engine::risk::Ratio;

const ID: ClientOrderId = ClientOrderId(0x0001_0002_0000_0003);
const NOW: Nanos = Nanos(1_709_654_405_000_000_000);

fn entry() -> BinanceOrderEntry {
    let instrument = |name, symbol, tick, lot| Instrument::spot(name, symbol, tick, lot).unwrap();
    let instruments = [
        (InstrumentId(0), instrument("binance:ETH-USDT", "ETHUSDT", "0.01", "0.0001")),
        (InstrumentId(1), instrument("binance:ETH-BTC", "ETHBTC", "0.0000001", "0.0001")),
        (InstrumentId(2), instrument("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001")),
    ];
    BinanceOrderEntry::new(Credentials::from_seed("key", &[7; 32]).unwrap(), &instruments, Options::default())
}

fn heard(entry: &mut BinanceOrderEntry, text: &str) -> Vec<Message> {
    let mut heard = heard_whole(entry, text);
    // Most tests are not about the order's quantity.
    for message in &mut heard {
        if let Message::Told(told) = message {
            told.qty = None;
        }
    }
    heard
}

fn heard_whole(entry: &mut BinanceOrderEntry, text: &str) -> Vec<Message> {
    let (mut out, mut send) = (vec![], vec![]);
    entry.on_text(text, NOW, &mut out, &mut send).unwrap_or_else(|error| panic!("{error}: {text}"));
    out
}

fn about(what: ReportKind, event_ms: i64, venue_order_id: u64, filled: Option<i64>) -> Message {
    let (id, event_time, receive_time) = (ID, Nanos(event_ms * 1_000_000), NOW);
    let report = Report { id, venue_order_id, event_time, receive_time, what };
    Message::Told(Told { filled: filled.map(Lots), ..report.into() })
}

/// The venue's documented messages, where they are.
pub fn spot_fixtures() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if folder.exists() {
        return Some(folder.join("ws_fixtures/binance/spot"));
    }
    println!("skipped: no folder shared/data beside the project");
    None
}

/// The venue's documented events, their order ids replaced by one of ours.
fn fixtures() -> Option<Vec<(String, String)>> {
    let folder = spot_fixtures()?.join("user_data_json");
    let ours = String::from_utf8(ID.text().to_vec()).unwrap();
    let mut found: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let text =
                text.replace("x-TD67BGP9-T0000000000000", &ours).replace("mUvoqJxFIILMdfAW5iGSOW", &ours);
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), text)
        })
        .collect();
    found.sort();
    Some(found)
}

#[test]
fn the_documented_events_are_understood() {
    let Some(fixtures) = fixtures() else { return };
    let mut entry = entry();
    let eth = |text: &str| Money::parse(text.as_bytes()).unwrap();
    let mut seen = 0;
    for (name, text) in fixtures {
        let messages = heard(&mut entry, &text);
        let fee = eth("2.5"); // 0.001 ETH at 2500
        let expected = match name.as_str() {
            "execution_report_new" => {
                vec![about(ReportKind::Accepted, 1_709_654_400_000, 12_345_678, Some(0))]
            }
            "execution_report_wrapped" => {
                vec![about(ReportKind::Accepted, 1_499_405_658_657, 4_293_153, Some(0))]
            }
            "execution_report_canceled" => {
                vec![about(ReportKind::Canceled, 1_709_654_402_000, 12_345_678, Some(0))]
            }
            "execution_report_expired" => {
                let what = ReportKind::Expired(OrderReason::IocRest);
                vec![about(what, 1_709_654_403_000, 12_345_678, Some(0))]
            }
            "execution_report_trade" => {
                let (price, qty, cumulative) = (Ticks(250_000), Lots(10_000), Lots(10_000));
                let (maker, trade_id) = (true, 98_765_432);
                let what = ReportKind::Filled { price, qty, cumulative, fee, maker, trade_id };
                let filled = about(what, 1_709_654_401_000, 12_345_678, Some(10_000));
                let Message::Commission { amount, conversion, .. } = messages[1] else {
                    panic!("{messages:?}")
                };
                assert_eq!((amount, conversion), (eth("0.001"), Conversion::AtFillPrice));
                vec![filled, messages[1]]
            }
            "account_position" => {
                let Message::Balance(balance) = messages[0] else { panic!("{messages:?}") };
                assert_eq!(
                    (balance.asset.as_str(), balance.free, balance.locked),
                    ("USDT", eth("10000"), eth("2500"))
                );
                assert_eq!(messages.len(), 2);
                continue;
            }
            "account_position_wrapped" => {
                assert!(matches!(messages[..], [Message::Balance(_)]), "{messages:?}");
                continue;
            }
            _ => vec![], // another's order, balances moved, lists of orders
        };
        assert_eq!(messages, expected, "{name}");
        seen += 1;
    }
    assert!(seen >= 5, "only {seen} fixtures");
    let counters = entry.counters();
    assert_eq!((counters.unreadable, counters.foreign), (0, 1)); // the stop-loss order is not one of ours
}

#[test]
fn a_session_is_ready_only_when_events_come() {
    let mut entry = entry();
    let (mut out, mut send) = (vec![], vec![]);
    let mut step = |entry: &mut BinanceOrderEntry, text: &str| {
        out.clear();
        send.clear();
        let read = entry.on_text(text, NOW, &mut out, &mut send);
        (read.is_ok(), String::from_utf8(send.clone()).unwrap(), entry.session())
    };
    let mut logon = vec![];
    entry.connected(NOW, &mut logon);
    assert!(String::from_utf8(logon).unwrap().contains(r#""method":"session.logon""#));
    let subscribe = r#"{"id":"u","method":"userDataStream.subscribe"}"#.to_owned();
    let logged_on = r#"{"id":"l","status":200,"result":{"apiKey":"key","authorizedSince":1649729878532}}"#;
    assert_eq!(step(&mut entry, logged_on), (true, subscribe.clone(), Session::Subscribing));
    let subscribed = r#"{"id":"u","status":200,"result":{"subscriptionId":0}}"#;
    assert_eq!(step(&mut entry, subscribed), (true, String::new(), Session::Ready));
    let ended = r#"{"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1709654400000}}"#;
    assert_eq!(step(&mut entry, ended), (true, subscribe, Session::Subscribing));
    assert_eq!(step(&mut entry, subscribed).2, Session::Ready);
    assert_eq!(step(&mut entry, "not json"), (false, String::new(), Session::Ready));
    let refused = r#"{"id":"l","status":401,"error":{"code":-2015,"msg":"Invalid API-key."}}"#;
    assert_eq!(step(&mut entry, refused).2, Session::Down);
}

#[test]
fn replies_about_orders_of_every_kind() {
    let mut entry = entry();
    let id = "pyrt0001000200000003";
    let mut of =
        |request: &str, rest: &str| heard(&mut entry, &format!(r#"{{"id":"{request}{id}",{rest}}}"#));
    let ack = r#""status":200,"result":{"symbol":"BTCUSDT","orderId":5,"orderListId":-1,"clientOrderId":"x","transactTime":1660801715639}"#;
    assert_eq!(of("p", ack), [about(ReportKind::Accepted, 1_660_801_715_639, 5, None)]);
    let expired = r#""result":{"type":"MARKET","executedQty":"0.5","status":"EXPIRED","transactTime":1660801715639,"orderId":5,"symbol":"BTCUSDT"},"status":200"#;
    let what = ReportKind::Expired(OrderReason::NoLiquidity);
    assert_eq!(of("p", expired), [about(what, 1_660_801_715_639, 5, Some(50_000))]);
    let canceled = r#""status":200,"result":{"symbol":"BTCUSDT","origClientOrderId":"y","orderId":5,"clientOrderId":"x","transactTime":1660801715639,"executedQty":"0.00000000","status":"CANCELED"}"#;
    assert_eq!(of("c", canceled), [about(ReportKind::Canceled, 1_660_801_715_639, 5, Some(0))]);
    let error = |status: u16, code: i64| {
        format!(r#""status":{status},"error":{{"code":{code},"msg":"Unknown order sent."}}"#)
    };
    assert_eq!(of("s", &error(400, -2013)), [Message::NotFound(ID.into())]);
    assert_eq!(of("s", &error(504, -1007)), [Message::Refused { request: "order.status", code: -1007 }]);
    let now = NOW.0 / 1_000_000;
    let lost = about(ReportKind::Unknown, now, 0, None);
    assert_eq!(of("p", &error(504, -1007)), [lost]);
    assert_eq!(of("c", &error(500, -1000)), [lost]);
    assert_eq!(
        of("c", &error(400, -2011)),
        [about(ReportKind::CancelRejected(OrderReason::TooLate), now, 0, None)]
    );
    let skewed = [Message::ClockSkew, about(ReportKind::Rejected(OrderReason::Venue), now, 0, None)];
    assert_eq!(of("p", &error(400, -1021)), skewed);
}

#[test]
fn limits_are_the_venues_and_pauses_are_kept() {
    let mut entry = entry();
    let reply = r#"{"id":"i","status":200,"result":{"serverTime":1709654405100},"rateLimits":[
        {"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":50,"count":12},
        {"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":160000,"count":4043},
        {"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000,"count":321}]}"#;
    assert_eq!(heard(&mut entry, reply), [Message::Time(Nanos(1_709_654_405_100_000_000))]);
    let orders: Vec<_> = entry.limits().orders().iter().map(|window| (window.limit, window.count)).collect();
    assert_eq!((orders, entry.limits().weight().count), (vec![(50, 12), (160_000, 4_043)], 321));
    let banned = r#"{"id":"ppyrt0001000200000003","status":418,"error":{"code":-1003,"msg":"Way too much request weight used; IP banned until 1709654465000.","data":{"serverTime":1709654405000,"retryAfter":1709654465000}}}"#;
    let now = NOW.0 / 1_000_000;
    assert_eq!(heard(&mut entry, banned), [about(ReportKind::Rejected(OrderReason::Venue), now, 0, None)]);
    assert_eq!(entry.limits().next_request(NOW), Nanos(1_709_654_465_000_000_000));
}

#[test]
fn what_cannot_be_read_leaves_its_order_in_doubt() {
    let mut entry = entry();
    let lost = about(ReportKind::Unknown, NOW.0 / 1_000_000, 0, None);
    let trade = r#"{"e":"executionReport","E":1709654401000,"s":"BTCUSDT","c":"pyrt0001000200000003","x":"TRADE","X":"FILLED","i":5,"l":"1.0","z":"1.0","L":"2500.00","n":"0.001","N":"BNB","T":1709654401000,"t":9,"C":""}"#;
    for (from, to) in [
        ("2500.00", "2500.001"),             // off the grid
        ("\"L\":\"2500.00\",", ""),          // a field less
        ("\"t\":9", "\"t\":-1"),             // no id of the fill
        ("BTCUSDT", "XRPUSDT"),              // another symbol
        ("\"l\":\"1.0\"", "\"l\":\"-1.0\""), // bought less than nothing
        ("0.001", "0.0x1"),                  // no number
        ("\"i\":5", "\"i\":\"five\""),       // another type
    ] {
        let (mut out, mut send) = (vec![], vec![]);
        let broken = trade.replace(from, to);
        assert_ne!(broken, trade);
        assert!(entry.on_text(&broken, NOW, &mut out, &mut send).is_err(), "{broken}");
        assert_eq!(out, [lost], "{broken}");
    }
    assert_eq!(entry.counters().unreadable, 7);
    // whole again: a fee of a third asset is said not to be known, or converted
    assert!(matches!(
        heard(&mut entry, trade)[..],
        [_, Message::Commission { conversion: Conversion::None, .. }]
    ));
    entry.set_fee_rate("BNB", "USDT", Ratio::from_f64(600.0).unwrap());
    assert!(matches!(
        heard(&mut entry, trade)[..],
        [_, Message::Commission { conversion: Conversion::AtRate, .. }]
    ));
    assert_eq!(entry.counters().unconverted_fees, 1);
}

/// A frame with a few bytes changed, or cut, or its keys in another order.
fn broken() -> impl Strategy<Value = String> {
    let frames: Vec<String> =
        fixtures().map_or_else(Vec::new, |found| found.into_iter().map(|(_, text)| text).collect());
    let own = [
        r#"{"id":"ppyrt0001000200000003","status":200,"result":{"symbol":"BTCUSDT","orderId":5,"executedQty":"0.1","status":"NEW","transactTime":1}}"#,
        r#"{"id":"o","status":200,"result":[{"symbol":"BTCUSDT","orderId":5,"clientOrderId":"pyrt0001000200000003","price":"1","origQty":"1","executedQty":"0","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY","time":1}],"rateLimits":[{"rateLimitType":"ORDERS","interval":"DAY","intervalNum":1,"limit":1}]}"#,
        r#"{"id":"fpyrt0001000200000003","status":200,"result":[{"symbol":"BTCUSDT","id":1,"orderId":5,"price":"4.00","qty":"12.0","commission":"10.1","commissionAsset":"BNB","time":1,"isMaker":false}]}"#,
        r#"{"id":"cpyrt0001000200000003","status":429,"error":{"code":-1003,"msg":"m","data":{"retryAfter":99}}}"#,
    ];
    let frames: Vec<String> = frames.into_iter().chain(own.map(str::to_owned)).collect();
    let noise = "[\\x00-\\x7f\u{e9}\u{20ac}]{0,3}|-|\"|9{30}|null|1e999|\\{|\\]|\\\\u0041";
    let changes = prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize, noise), 0..5);
    (prop::sample::select(frames), changes).prop_map(|(mut text, changes)| {
        for (at, cut, put) in changes {
            let places: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let first = at.index(places.len());
            let last = (first + cut).min(places.len() - 1);
            text.replace_range(places[first]..places[last], &put);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn no_frame_is_a_panic(text in broken()) {
        let mut entry = entry();
        let (mut out, mut send) = (vec![], vec![]);
        let read = entry.on_text(&text, NOW, &mut out, &mut send);
        prop_assert_eq!(entry.counters().unreadable, u64::from(read.is_err()));
    }
}
