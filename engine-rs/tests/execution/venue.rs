//! The venue's side alone: signatures, times, refusals, nonsense.

use std::fs;

use proptest::prelude::*;
use pyrt_engine::execution::venues::binance::hmac_sha256_hex;
use pyrt_engine::model::{ClientOrderId, Nanos, Report, ReportKind};
use pyrt_engine::simulator::order_entry::{Account, Action, Connection, OrderEntry, Secret};

use crate::binance::spot_fixtures;
use crate::pair::{BTC, MS, Pair, START, btc, fill};

/// What the venue answers to a text: its status and code.
fn answer(venue: &mut OrderEntry, connection: Connection, text: &str, now: i64) -> (u64, i64) {
    match &venue.on_text(connection, text, Nanos(now))[..] {
        [Action::Command(_)] => (0, 0),
        [Action::Send { text, .. }] => {
            let reply: serde_json::Value = serde_json::from_str(text).unwrap();
            (reply["status"].as_u64().unwrap(), reply["error"]["code"].as_i64().unwrap_or(0))
        }
        actions => panic!("{actions:?}"),
    }
}

#[test]
fn the_venue_takes_the_documented_signature_and_no_other() {
    let secret = b"NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j".to_vec();
    let api_key = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A".to_owned();
    let account = Account { api_key, secret: Secret::Hmac(secret.clone()) };
    let mut venue = OrderEntry::new(account, vec![(BTC, btc())]);
    let connection = venue.connect();
    let request = r#"{"id":"4885f793-e5ad-4c3b-8f6c-55d891472b71","method":"order.place","params":{
        "symbol":"BTCUSDT","side":"SELL","type":"LIMIT","timeInForce":"GTC","quantity":"0.01000000","price":"52000.00",
        "recvWindow":100,"timestamp":1645423376532,
        "apiKey":"vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
        "signature":"aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"}}"#;
    let at = 1_645_423_376_532 * MS;
    let mut answer = |text: &str, now| answer(&mut venue, connection, text, now);
    assert_eq!(answer(request, at), (0, 0));
    assert_eq!(answer(&request.replace("aa1b", "AA1B"), at), (0, 0)); // hexadecimal digits of either case
    assert_eq!(answer(&request.replace("aa1b", "ab1b"), at), (400, -1022));
    assert_eq!(answer(&request.replace("52000.00", "52001.00"), at), (400, -1022));
    assert_eq!(answer(&request.replace("\"vmPU", "\"wmPU"), at), (401, -2015));
    assert_eq!(answer(request, at + 100 * MS), (0, 0)); // the window's edge
    assert_eq!(answer(request, at + 100 * MS + 1), (400, -1021));
    assert_eq!(answer(request, at - 1_000 * MS + 1), (0, 0));
    assert_eq!(answer(request, at - 1_000 * MS), (400, -1021));
    assert_eq!(hmac_sha256_hex(&secret, b"").len(), 64);
}

#[test]
fn the_venue_refuses_with_its_own_codes() {
    let mut pair = Pair::ready();
    let params = r#""symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","price":"50000.00","quantity":"0.01","newClientOrderId":"a""#;
    let request = |method: &str, params: &str| {
        format!(r#"{{"id":1,"method":"{method}","params":{{{params},"timestamp":{}}}}}"#, START / MS)
    };
    let mut ask = |method: &str, params: &str| {
        answer(&mut pair.venue, pair.connection, &request(method, params), START)
    };
    for (from, to, code) in [
        ("BTCUSDT", "XXXYYY", -1121),
        ("\"BUY\"", "\"HOLD\"", -1102),
        ("\"LIMIT\"", "\"TAKE_PROFIT\"", -1020),
        ("\"LIMIT\"", "\"STOP_LOSS\"", -1102), // at no price
        ("\"50000.00\"", "\"50000.001\"", -1013),
        ("\"50000.00\"", "\"\"", -1102),
        ("\"0.01\"", "\"0.0000001\"", -1013),
        ("\"0.01\"", "\"-0.01\"", -1013),
        ("\"0.01\"", "\"0.00001\"", -1013), // half a dollar
        ("\"GTC\"", "\"GTX\"", -1102),
    ] {
        assert_eq!(ask("order.place", &params.replace(from, to)).1, code, "{from} {to}");
    }
    assert_eq!(ask("order.place", params), (0, 0));
    assert_eq!(ask("order.place", params), (400, -2010)); // twice
    assert_eq!(ask("order.cancel", r#""symbol":"BTCUSDT","origClientOrderId":"b""#), (400, -2011));
    assert_eq!(ask("order.cancel", r#""symbol":"BTCUSDT","origClientOrderId":"a""#), (0, 0));
    assert_eq!(ask("order.status", r#""symbol":"BTCUSDT","orderId":1"#), (200, 0));
    assert_eq!(ask("order.status", r#""symbol":"BTCUSDT","orderId":77"#), (400, -2013));
    assert_eq!(ask("order.cancelReplace", r#""symbol":"BTCUSDT""#), (400, -1102));
    assert_eq!(ask("orderList.place.oco", r#""symbol":"BTCUSDT""#), (400, -1020));
    for number in 0..49 {
        let name = format!("\"n{number}\"");
        assert_eq!(ask("order.place", &params.replace("\"a\"", &name)), (0, 0));
    }
    assert_eq!(ask("order.place", &params.replace("\"a\"", "\"z\"")), (429, -1015));
    let stranger = pair.venue.connect();
    let bare = request("openOrders.status", r#""x":1"#);
    assert_eq!(answer(&mut pair.venue, stranger, &bare, START), (400, -1102)); // neither logged on nor signed
    assert_eq!(answer(&mut pair.venue, stranger, "{", START), (400, -1135));
    assert_eq!(answer(&mut pair.venue, stranger, r#"{"id":{},"method":"ping"}"#, START), (400, -1135));
    assert_eq!(answer(&mut pair.venue, stranger, r#"{"id":"x","method":"ping"}"#, START), (200, 0));
}

/// The keys of a JSON object, those of its first member for a list.
fn keys(text: &str) -> Vec<String> {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let object = value.get(0).unwrap_or(&value).clone();
    let event = object.get("event").cloned().unwrap_or(object);
    event.as_object().unwrap().keys().cloned().collect()
}

/// The keys of a reply's result.
fn result_keys(text: &str) -> Vec<String> {
    let reply: serde_json::Value = serde_json::from_str(text).unwrap();
    keys(&reply["result"].to_string())
}

/// What a client hears after a request and what the matching engine says then of order 1.
fn heard(pair: &mut Pair, method: &str, rest: &str, kinds: &[ReportKind]) -> Vec<String> {
    let time = START / MS;
    let text =
        format!(r#"{{"id":1,"method":"{method}","params":{{"symbol":"BTCUSDT",{rest}"timestamp":{time}}}}}"#);
    let (id, event_time, receive_time) = (ClientOrderId(1), Nanos(START), Nanos(START));
    let report = |what: &ReportKind| Report { id, venue_order_id: 0, event_time, receive_time, what: *what };
    let reports: Vec<_> = kinds.iter().map(report).collect();
    let answers = pair.venue.on_text(pair.connection, &text, Nanos(START));
    let later = pair.venue.on_reports(&reports, Nanos(START));
    let text_of = |action| match action {
        Action::Send { text, .. } => Some(text),
        Action::Command(_) | Action::Replace(_) => None,
    };
    answers.into_iter().chain(later).filter_map(text_of).collect()
}

#[test]
fn replies_and_events_have_the_keys_of_the_documented_ones() {
    let Some(folder) = spot_fixtures() else { return };
    let documented = |name: &str| keys(&fs::read_to_string(folder.join(name)).unwrap());
    let mut pair = Pair::ready();
    let order = r#""side":"BUY","type":"LIMIT","timeInForce":"GTC","price":"50000.00","quantity":"0.01","newClientOrderId":"pyrt0000000000000001","#;
    let kinds = [ReportKind::Accepted, fill(5_000_000, 400, 400, 0.25, 11)];
    let texts = heard(&mut pair, "order.place", order, &kinds);
    assert_eq!(texts.len(), 3);
    assert_eq!(result_keys(&texts[0]), documented("http_json/new_order_full_response.json"));
    for event in &texts[1..] {
        assert_eq!(keys(event), documented("user_data_json/execution_report_wrapped.json"));
    }
    let open = heard(&mut pair, "openOrders.status", "", &[]);
    assert_eq!(result_keys(&open[0]), documented("http_json/open_orders_response.json"));
    let trades = heard(&mut pair, "myTrades", r#""orderId":1,"#, &[]);
    assert_eq!(result_keys(&trades[0]), documented("http_json/account_trades_response.json"));
    let canceled = heard(&mut pair, "order.cancel", r#""orderId":1,"#, &[ReportKind::Canceled]);
    assert_eq!(result_keys(&canceled[0]), documented("http_json/cancel_order_response.json"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn no_request_is_a_panic_for_the_venue(text in "\\PC{0,60}|\\{\"id\":(1|null|\"a\"),\"method\":\"(order.place|order.cancel|order.status|myTrades|session.logon|time)\",\"params\":\\{(\"(symbol|side|type|price|quantity|timestamp|orderId|timeInForce|recvWindow)\":(\"BTCUSDT\"|\"BUY\"|\"LIMIT\"|1723075200000|\"1.0\"|-1|1e400|\\[\\]|null),){0,7}\"timestamp\":1723075200000\\}\\}") {
        let mut pair = Pair::ready();
        let actions = pair.venue.on_text(pair.connection, &text, Nanos(START));
        prop_assert_eq!(actions.len(), 1);
    }
}
