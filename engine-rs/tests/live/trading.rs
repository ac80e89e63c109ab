//! Order entry of the simulated venue over a bare WebSocket.

use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::SinkExt;
use pyrt_engine::execution::venues::binance::{Credentials, hmac_sha256_hex};
use pyrt_engine::simulator::{
    DEMO_ACCOUNT, Market, MarketOptions, ORDERS_PATH, Options, Pace, Replay, Simulator, TradingOptions,
};
use serde_json::{Map, Value as Json, json};
use tokio_tungstenite::tungstenite::Message;

use crate::simulator::{Client, connect, message, run, start, text};

pub fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn payload(params: &Map<String, Json>) -> String {
    let plain = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    params.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect::<Vec<_>>().join("&")
}

fn signed(mut params: Json, signature: impl Fn(&str) -> String) -> Json {
    let map = params.as_object_mut().unwrap(); // sorted by name
    let signature = signature(&payload(map));
    map.insert("signature".to_owned(), signature.into());
    params
}

fn hmac(payload: &str) -> String {
    hmac_sha256_hex(DEMO_ACCOUNT.secret.as_bytes(), payload.as_bytes())
}

fn logon_params() -> Json {
    json!({ "apiKey": "demo", "timestamp": now_ms() })
}

/// A connection and the events that came while it waited for replies.
pub struct Trader {
    client: Client,
    pub events: Vec<Json>,
    asked: u64,
}

impl Trader {
    async fn connect(simulator: &Simulator) -> Trader {
        let client = connect(simulator, &format!("{ORDERS_PATH}?returnRateLimits=true")).await;
        Trader { client, events: vec![], asked: 0 }
    }

    pub async fn ready(simulator: &Simulator) -> Trader {
        let mut trader = Trader::connect(simulator).await;
        assert_eq!(trader.ask("session.logon", signed(logon_params(), hmac)).await["status"], 200);
        let subscribed = trader.ask("userDataStream.subscribe", json!({})).await;
        assert_eq!(subscribed["result"], json!({ "subscriptionId": 0 }));
        trader
    }

    async fn send(&mut self, method: &str, params: Json) {
        self.asked += 1;
        let request = json!({ "id": self.asked, "method": method, "params": params });
        self.client.send(Message::text(request.to_string())).await.unwrap();
    }

    /// The reply to a request; events are kept.
    pub async fn ask(&mut self, method: &str, params: Json) -> Json {
        self.send(method, params).await;
        loop {
            let said = message(&mut self.client).await;
            if said["id"] == self.asked {
                return said;
            }
            self.events.push(said["event"].clone());
        }
    }

    pub async fn order(&mut self, method: &str, name: &str, mut params: Json) -> Json {
        let map = params.as_object_mut().unwrap();
        map.insert("symbol".to_owned(), "BTCUSDT".into());
        map.insert("timestamp".to_owned(), now_ms().into());
        let key = if method == "order.place" { "newClientOrderId" } else { "origClientOrderId" };
        map.insert(key.to_owned(), name.into());
        self.ask(method, params).await
    }

    pub async fn place(&mut self, name: &str, params: Json) -> Json {
        self.order("order.place", name, params).await
    }

    pub async fn event(&mut self, kind: &str) -> Json {
        loop {
            if let Some(place) = self.events.iter().position(|event| event["e"] == kind) {
                return self.events.remove(place);
            }
            let said = message(&mut self.client).await;
            self.events.push(said["event"].clone());
        }
    }

    /// Execution type, status, price and quantity of the next execution reports.
    async fn reports<const N: usize>(&mut self) -> [(String, String, String, String); N] {
        let mut found = vec![];
        while found.len() < N {
            let report = self.event("executionReport").await;
            let word = |key: &str| report[key].as_str().unwrap().to_owned();
            found.push((word("x"), word("X"), word("L"), word("l")));
        }
        found.try_into().unwrap()
    }
}

/// Asset, free and locked of each balance.
pub fn balances(event: &Json) -> String {
    let list = event["B"].as_array().unwrap();
    let words = list.iter().flat_map(|it| ["a", "f", "l"].map(|key| it[key].as_str().unwrap()));
    words.collect::<Vec<_>>().join(" ")
}

pub fn limit(side: &str, price: &str, quantity: &str, tif: &str) -> Json {
    json!({ "side": side, "type": "LIMIT", "timeInForce": tif, "price": price, "quantity": quantity })
}

const RECORDING: [&str; 4] = [
    r#"{"url":"/api/v3/depth?symbol=BTCUSDT&limit=1000","body":{"lastUpdateId":10,"bids":[["99.00","1.5"],["98.00","4"]],"asks":[["101.00","2"],["102.00","3"]]}}"#,
    r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":2,"s":"BTCUSDT","U":11,"u":11,"b":[["98.50","1"]],"a":[["103.25","3"]]}}"#,
    r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":3,"s":"BTCUSDT","t":1,"p":"101.00","q":"0.00001","T":3,"m":false,"M":true}}"#,
    r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":4,"s":"BTCUSDT","t":2,"p":"100.00","q":"0.5","T":4,"m":true,"M":true}}"#,
];

/// A venue whose recording has been served whole: its book stands.
pub async fn standing(name: &str, trading: TradingOptions) -> (Simulator, Client, PathBuf) {
    let path = std::env::temp_dir().join(format!("pyrt-trading-{name}-{}.tsv", std::process::id()));
    let lines = RECORDING.iter().enumerate().map(|(i, line)| format!("{}\t{line}\n", 1_000_000 * (i + 1)));
    fs::write(&path, lines.collect::<String>()).unwrap();
    let replay = Box::new(Replay::open(std::slice::from_ref(&path)).unwrap());
    let simulator = start(replay, Options { pace: Pace::Max, trading, ..Options::default() });
    let mut listener = connect(&simulator, "/stream?streams=btcusdt@trade").await;
    while message(&mut listener).await["data"]["t"] != 2 {}
    (simulator, listener, path)
}

#[test]
fn who_may_trade_and_who_may_not() {
    run(async {
        let (simulator, _listener, path) = standing("access", TradingOptions::default()).await;
        let mut trader = Trader::connect(&simulator).await;
        assert_eq!(trader.ask("ping", json!({})).await["result"], json!({}));
        let time = trader.ask("time", json!({})).await["result"]["serverTime"].as_i64().unwrap();
        assert!((now_ms() - time).abs() < 60_000);
        let code = |reply: &Json| reply["error"]["code"].as_i64().unwrap();
        let stale = signed(json!({ "apiKey": "demo", "timestamp": now_ms() - 6_000 }), hmac);
        for (params, expected) in [
            (signed(logon_params(), |_| "00".repeat(32)), -1022),
            (stale, -1021),
            (signed(json!({ "apiKey": "other", "timestamp": now_ms() }), hmac), -2015),
            (json!({ "apiKey": "demo", "timestamp": now_ms() }), -1102),
        ] {
            assert_eq!(code(&trader.ask("session.logon", params).await), expected);
        }
        assert_eq!(code(&trader.ask("userDataStream.subscribe", json!({})).await), -2015);
        assert_eq!(code(&trader.place("a", limit("BUY", "99.00", "1", "GTC")).await), -1102);
        for nonsense in ["nonsense", "{", "[]", r#"{"id":1}"#] {
            trader.client.send(Message::text(nonsense)).await.unwrap();
            let reply = message(&mut trader.client).await;
            assert_eq!((code(&reply), &reply["id"]), (-1135, &Json::Null), "{nonsense}");
        }
        let pem = Credentials::from_pem("demo", &DEMO_ACCOUNT.pem()).unwrap();
        let logon = signed(logon_params(), |payload| pem.sign(payload.as_bytes()));
        assert_eq!(trader.ask("session.logon", logon).await["result"]["apiKey"], "demo");
        fs::remove_file(path).unwrap();
    });
}

#[test]
fn a_market_order_takes_the_books_levels() {
    run(async {
        let (simulator, _listener, path) = standing("orders", TradingOptions::default()).await;
        let mut trader = Trader::ready(&simulator).await;
        let reply = trader.place("m", json!({ "side": "BUY", "type": "MARKET", "quantity": "2.5" })).await;
        let result = &reply["result"];
        assert_eq!((&result["status"], &result["executedQty"]), (&json!("FILLED"), &json!("2.50000000")));
        assert_eq!(result["cummulativeQuoteQty"], "253.00000000"); // 2 × 101 + 0.5 × 102
        let fills = result["fills"].as_array().unwrap();
        let fill = |i: usize| (fills[i]["price"].as_str().unwrap(), fills[i]["qty"].as_str().unwrap());
        assert_eq!((fill(0), fill(1)), (("101.00000000", "2.00000000"), ("102.00000000", "0.50000000")));
        assert_eq!(fills[0]["commission"], "0.20200000");
        assert_eq!(reply["rateLimits"][0]["count"], 1);
        let word = |x: &str, status: &str, price: &str, qty: &str| {
            (x.to_owned(), status.to_owned(), format!("{price}000000"), format!("{qty}0000000"))
        };
        let trade = |status, price, qty| word("TRADE", status, price, qty);
        let new = word("NEW", "NEW", "0.00", "0.0");
        let expected =
            [new.clone(), trade("PARTIALLY_FILLED", "101.00", "2.0"), trade("FILLED", "102.00", "0.5")];
        assert_eq!(trader.reports().await, expected);
        let position = trader.event("outboundAccountPosition").await;
        assert_eq!(balances(&position), "BTC 12.50000000 0.00000000 USDT 99746.74700000 0.00000000");
        fs::remove_file(path).unwrap();
    });
}

#[test]
fn what_rests_locks_and_what_cannot_be_is_refused() {
    run(async {
        let (simulator, _listener, path) = standing("resting", TradingOptions::default()).await;
        let mut trader = Trader::ready(&simulator).await;
        let reply = trader.place("rest", limit("BUY", "100.00", "1", "GTC")).await;
        assert_eq!(reply["result"]["status"], "NEW");
        let position = trader.event("outboundAccountPosition").await;
        assert_eq!(balances(&position), "BTC 10.00000000 0.00000000 USDT 99899.90000000 100.10000000");
        let crossing = json!({ "side": "SELL", "type": "LIMIT_MAKER", "price": "99.00", "quantity": "1" });
        assert_eq!(trader.place("maker", crossing).await["error"]["code"], -2010);
        let maker = json!({ "side": "SELL", "type": "LIMIT_MAKER", "price": "101.50", "quantity": "1",
            "newOrderRespType": "ACK" });
        let reply = trader.place("maker", maker).await;
        assert!(reply["result"]["orderId"].is_u64() && reply["result"].get("status").is_none());
        let ioc = trader.place("ioc", limit("SELL", "98.50", "3", "IOC")).await;
        assert_eq!(ioc["result"]["executedQty"], "2.50000000"); // 1.5 at 99.00, 1 at 98.50
        assert_eq!(ioc["result"]["status"], "EXPIRED");
        let fok = trader.place("fok", limit("BUY", "102.00", "50", "FOK")).await;
        assert_eq!(
            (&fok["result"]["status"], &fok["result"]["executedQty"]),
            (&json!("EXPIRED"), &json!("0.00000000"))
        );
        let poor = trader.place("poor", limit("BUY", "100.00", "2000", "GTC")).await;
        assert_eq!(poor["error"]["code"], -2010);
        assert!(poor["error"]["msg"].as_str().unwrap().contains("insufficient balance"));
        let poor = trader.place("poor", json!({ "side": "SELL", "type": "MARKET", "quantity": "11" })).await;
        assert_eq!(poor["error"]["code"], -2010);
        assert_eq!(trader.place("rest", limit("BUY", "100.00", "1", "GTC")).await["error"]["code"], -2010);

        // An id is used up by an order that was refused; nothing stays locked.
        let crossing = json!({ "side": "BUY", "type": "LIMIT_MAKER", "price": "102.00", "quantity": "1" });
        let name = "pyrt0001000100000001";
        for words in ["immediately match", "Duplicate"] {
            let reply = trader.place(name, crossing.clone()).await;
            assert!(reply["error"]["msg"].as_str().unwrap().contains(words), "{reply}");
        }
        let open = trader.ask("openOrders.status", json!({ "timestamp": now_ms() })).await;
        assert_eq!(open["result"].as_array().unwrap().len(), 2);
        let gone = trader.order("order.cancel", "rest", json!({})).await;
        assert_eq!(gone["result"]["status"], "CANCELED");
        assert_eq!(trader.order("order.cancel", "rest", json!({})).await["error"]["code"], -2011);
        assert_eq!(trader.order("order.status", "rest", json!({})).await["result"]["status"], "CANCELED");
        assert_eq!(trader.order("order.status", "never", json!({})).await["error"]["code"], -2013);
        trader.place("b", limit("BUY", "98.00", "1", "GTC")).await;
        let all = json!({ "symbol": "BTCUSDT", "timestamp": now_ms() });
        let gone = trader.ask("openOrders.cancelAll", all.clone()).await;
        let names: Vec<_> =
            gone["result"].as_array().unwrap().iter().map(|it| &it["origClientOrderId"]).collect();
        assert_eq!(names.len(), 2);
        assert!(names.contains(&&json!("maker")) && names.contains(&&json!("b")));
        assert_eq!(trader.ask("openOrders.cancelAll", all).await["error"]["code"], -2011);
        trader.events.retain(|event| event["e"] == "outboundAccountPosition");
        let position = trader.events.pop().unwrap();
        // 100000 + (148.5 - 0.1485) + (98.5 - 0.0985)
        assert_eq!(balances(&position), "BTC 7.50000000 0.00000000 USDT 100246.75300000 0.00000000");
        fs::remove_file(path).unwrap();
    });
}

#[test]
fn every_connection_of_the_account_hears_what_happens() {
    run(async {
        let market = Market::new(MarketOptions { rate: 500, ..MarketOptions::default() }).unwrap();
        let simulator = start(Box::new(market), Options::default());
        let mut listener = connect(&simulator, "/stream?streams=btcusdt@depth@100ms").await;
        message(&mut listener).await;
        let (mut one, mut two) = (Trader::ready(&simulator).await, Trader::ready(&simulator).await);
        let reply = one.place("a", json!({ "side": "BUY", "type": "MARKET", "quantity": "0.01" })).await;
        assert_eq!(reply["result"]["status"], "FILLED");
        for trader in [&mut one, &mut two] {
            let new = trader.event("executionReport").await;
            assert_eq!((&new["c"], &new["x"]), (&json!("a"), &json!("NEW")));
            let mut filled = 0.0;
            loop {
                let report = trader.event("executionReport").await;
                let price: f64 = report["L"].as_str().unwrap().parse().unwrap();
                assert!((30_000.0..90_000.0).contains(&price) && report["m"] == false);
                filled += report["l"].as_str().unwrap().parse::<f64>().unwrap();
                if report["X"] == "FILLED" {
                    break;
                }
            }
            assert!((filled - 0.01).abs() < 1e-12);
            trader.event("outboundAccountPosition").await;
        }
        // What one has placed another may cancel, and so may a new connection after a break.
        one.place("far", limit("BUY", "20000.00", "0.01", "GTC")).await;
        assert_eq!(two.order("order.cancel", "far", json!({})).await["result"]["status"], "CANCELED");
        one.place("left", limit("BUY", "20000.00", "0.01", "GTC")).await;
        simulator.cut_clients();
        assert_eq!(text(&mut listener).await, None);
        while text(&mut one.client).await.is_some() {}
        let mut listener = connect(&simulator, "/stream?streams=btcusdt@depth@100ms").await;
        message(&mut listener).await;
        let mut three = Trader::ready(&simulator).await;
        assert_eq!(three.order("order.cancel", "left", json!({})).await["result"]["status"], "CANCELED");
    });
}

#[test]
fn a_reply_can_get_lost_and_the_order_is_there() {
    run(async {
        let trading = TradingOptions {
            fault: Some("place=drop-reply:2".parse().unwrap()),
            ..TradingOptions::default()
        };
        let (simulator, _listener, path) = standing("fault", trading).await;
        let (mut one, mut two) = (Trader::ready(&simulator).await, Trader::ready(&simulator).await);
        assert_eq!(one.place("a", limit("BUY", "98.00", "1", "GTC")).await["result"]["status"], "NEW");
        let mut params = limit("BUY", "98.00", "1", "GTC");
        for (key, value) in
            [("symbol", json!("BTCUSDT")), ("newClientOrderId", json!("b")), ("timestamp", now_ms().into())]
        {
            params[key] = value;
        }
        one.send("order.place", params).await;
        while let Some(said) = text(&mut one.client).await {
            assert!(said.contains("\"event\"") && !said.contains("\"b\""), "{said}");
        }
        assert_eq!(two.order("order.status", "b", json!({})).await["result"]["status"], "NEW");
        assert_eq!(two.event("executionReport").await["c"], "a");
        assert_eq!(two.event("executionReport").await["c"], "b");
        fs::remove_file(path).unwrap();
    });
}

#[test]
fn configured_latency_delays_the_reply_in_the_sources_time() {
    run(async {
        let market = Market::new(MarketOptions { rate: 500, ..MarketOptions::default() }).unwrap();
        let mut trading = TradingOptions::default();
        (trading.settings.order_latency, trading.settings.response_latency) = (60_000_000, 40_000_000);
        // At ten times the speed 100 ms of the market are 10 ms here.
        let simulator =
            start(Box::new(market), Options { pace: Pace::Times(10.0), trading, ..Options::default() });
        let mut listener = connect(&simulator, "/stream?streams=btcusdt@depth@100ms").await;
        message(&mut listener).await;
        let mut trader = Trader::ready(&simulator).await;
        let sent = std::time::Instant::now();
        let reply = trader.place("a", json!({ "side": "SELL", "type": "MARKET", "quantity": "0.01" })).await;
        assert_eq!(reply["result"]["status"], "FILLED");
        assert!(sent.elapsed() >= std::time::Duration::from_millis(10));
        let report = trader.event("executionReport").await;
        let (arrived, decided) = (report["T"].as_i64().unwrap(), report["O"].as_i64().unwrap());
        assert!((59..=61).contains(&(arrived - decided)), "{report}");
    });
}
