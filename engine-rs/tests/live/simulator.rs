//! The simulated venue from outside: what Binance's clients see.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use pyrt_engine::clock::SystemClock;
use pyrt_engine::market_data::venues::binance::{BinanceSpot, Options as FeedOptions, infer_instruments};
use pyrt_engine::market_data::{BookTop, Feed, Recording, Sink, replay};
use pyrt_engine::model::{Endpoint, Event, InstrumentId, Nanos};
use pyrt_engine::net::{Dialer, HttpClient, Reply};
use pyrt_engine::simulator::{
    AtEnd, HallSource, Market, MarketOptions, Options, Pace, Place, Replay, Simulator, SimulatorError,
    Source, dump,
};
use serde_json::{Value as Json, json};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(30);

pub type Client = WebSocketStream<TcpStream>;

pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test)
}

fn market() -> Simulator {
    let market = Market::new(MarketOptions { rate: 1_000, ..MarketOptions::default() }).unwrap();
    start(Box::new(market), Options::default())
}

pub fn start(source: Box<dyn Source>, options: Options) -> Simulator {
    Simulator::start(source, options, Arc::new(SystemClock), || ()).unwrap()
}

pub async fn connect(simulator: &Simulator, path: &str) -> Client {
    let stream = TcpStream::connect(simulator.address()).await.unwrap();
    let url = format!("ws://{}{path}", simulator.address());
    tokio_tungstenite::client_async(url, stream).await.unwrap().0
}

/// The next text message.
pub async fn text(client: &mut Client) -> Option<String> {
    loop {
        match tokio::time::timeout(PATIENCE, client.next()).await.unwrap()? {
            Ok(Message::Text(text)) => return Some(text.to_string()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

pub async fn message(client: &mut Client) -> Json {
    serde_json::from_str(&text(client).await.unwrap()).unwrap()
}

/// Sends a control message and returns its answer, past whatever the streams send meanwhile.
async fn control(client: &mut Client, request: &str) -> Json {
    client.send(Message::text(request)).await.unwrap();
    loop {
        let answer = message(client).await;
        if answer.get("id").is_some() || answer.get("code").is_some() {
            return answer;
        }
    }
}

async fn get(simulator: &Simulator, path: &str) -> Reply {
    let endpoint = Endpoint::parse(&format!("http://{}", simulator.address())).unwrap();
    let dialer = Dialer::new(Arc::new(SystemClock), PATIENCE).unwrap();
    HttpClient::new(dialer, endpoint, 1 << 24).get(path).await.unwrap()
}

async fn json(simulator: &Simulator, path: &str) -> Json {
    serde_json::from_slice(&get(simulator, path).await.body).unwrap()
}

#[test]
fn only_loopback_is_served() {
    let market = Box::new(Market::new(MarketOptions::default()).unwrap());
    let options = Options { listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    let refused = Simulator::start(market, options, Arc::new(SystemClock), || ());
    assert!(matches!(refused, Err(SimulatorError::NotLoopback(_))));
}

#[test]
fn a_hall_is_there_once_and_where_its_faults_are() {
    let hall = |place| (place, HallSource::usual(place));
    let usdm = || hall(Place::BinanceUsdm);
    let gap = vec!["binance_usdm:gap@1".parse().unwrap()];
    for (more, faults, words) in [
        (vec![hall(Place::Kraken)], vec![], "kraken is no hall beside the others"),
        (vec![usdm(), usdm()], vec![], "binance_usdm is asked for twice"),
        (vec![], gap.clone(), "--also binance_usdm"),
        (
            vec![(Place::KrakenV1, HallSource::Recorded(vec![]))],
            vec![],
            "recordings of this venue are not served",
        ),
    ] {
        let market = Box::new(Market::new(MarketOptions::default()).unwrap());
        let options = Options { more, faults, ..Options::default() };
        let refused = Simulator::start(market, options, Arc::new(SystemClock), || ());
        let said = refused.err().unwrap().to_string();
        assert!(said.contains(words), "{said}");
    }
    let market = Box::new(Market::new(MarketOptions::default()).unwrap());
    let simulator = start(market, Options { more: vec![usdm()], faults: gap, ..Options::default() });
    let ports = [Place::Binance, Place::Kraken, Place::BinanceUsdm, Place::KrakenV1]
        .map(|place| simulator.address_of(place));
    assert!(ports[0] == ports[1] && ports[2].is_some() && ports[2] != ports[0] && ports[3].is_none());
}

#[test]
fn streams_come_combined_or_raw() {
    let simulator = market();
    run(async {
        let mut combined = connect(&simulator, "/stream?streams=btcusdt@trade/ethusdt@bookTicker").await;
        let frame = message(&mut combined).await;
        assert!(frame["stream"] == "btcusdt@trade" || frame["stream"] == "ethusdt@bookTicker");
        assert!(frame["data"]["s"].is_string());
        let mut raw = connect(&simulator, "/ws/btcusdt@depth@100ms").await;
        let diff = message(&mut raw).await;
        assert_eq!((&diff["e"], &diff["s"]), (&json!("depthUpdate"), &json!("BTCUSDT")));
        assert!(diff["U"].as_u64() <= diff["u"].as_u64());
    });
}

#[test]
fn control_messages_are_answered_as_binance_does() {
    let simulator = market();
    run(async {
        let mut client = connect(&simulator, "/ws").await;
        let table = [
            (r#"{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}"#, json!({"result": null, "id": 1})),
            (r#"{"method":"LIST_SUBSCRIPTIONS","id":3}"#, json!({"result": ["btcusdt@trade"], "id": 3})),
            (
                r#"{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":312}"#,
                json!({"result": null, "id": 312}),
            ),
            (r#"{"method":"GET_PROPERTY","params":["combined"],"id":2}"#, json!({"result": false, "id": 2})),
        ];
        for (request, answer) in table {
            assert_eq!(control(&mut client, request).await, answer, "{request}");
        }
        let mut client = connect(&simulator, "/ws").await;
        for (request, code) in [
            (r#"{"method":"DANCE","id":1}"#, 2),
            (r#"{"method":"SET_PROPERTY","params":["combined",1],"id":1}"#, 1),
            (r#"{"method":"SET_PROPERTY","params":["colour",true],"id":1}"#, 0),
            (r#"{"method":"SUBSCRIBE","params":["a"],"id":{}}"#, 2),
            ("nonsense", 3),
        ] {
            assert_eq!(control(&mut client, request).await["code"], code, "{request}");
        }
    });
}

#[test]
fn a_client_that_talks_too_much_is_closed() {
    let simulator = market();
    run(async {
        let mut client = connect(&simulator, "/ws").await;
        for id in 0..6 {
            let request = format!(r#"{{"method":"LIST_SUBSCRIPTIONS","id":{id}}}"#);
            client.send(Message::text(request)).await.unwrap();
        }
        let mut answers = 0;
        while text(&mut client).await.is_some() {
            answers += 1;
        }
        assert_eq!(answers, 5);
    });
}

#[test]
fn pings_come_with_a_payload_and_want_an_answer() {
    let market = Market::new(MarketOptions::default()).unwrap();
    let options = Options {
        ping_every: Duration::from_millis(20),
        pong_within: Duration::from_millis(100),
        ..Options::default()
    };
    let simulator = start(Box::new(market), options);
    run(async {
        let mut client = connect(&simulator, "/ws").await;
        match client.next().await.unwrap().unwrap() {
            Message::Ping(payload) => assert!(!payload.is_empty()),
            other => panic!("{other:?}"),
        }
        // From here on nothing is read, so nothing is answered; then the venue has closed.
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(text(&mut client).await, None);
    });
}

#[test]
fn rest_answers_and_refuses_as_binance_does() {
    let simulator = market();
    run(async {
        assert_eq!(json(&simulator, "/api/v3/ping").await, json!({}));
        assert!(json(&simulator, "/api/v3/time").await["serverTime"].as_i64().unwrap() > 1_577_836_800_000);
        let info = json(&simulator, "/api/v3/exchangeInfo?symbols=%5B%22ETHUSDT%22%5D").await;
        let symbols = info["symbols"].as_array().unwrap();
        assert_eq!((symbols.len(), &symbols[0]["baseAsset"]), (1, &json!("ETH")));
        assert_eq!(symbols[0]["filters"][0]["tickSize"], "0.01000000");
        let depth = json(&simulator, "/api/v3/depth?symbol=BTCUSDT&limit=3").await;
        assert_eq!(depth["bids"].as_array().unwrap().len(), 3);
        assert!(depth["lastUpdateId"].is_u64());
        for (path, status, code) in [
            ("/api/v3/depth", 400, -1102),
            ("/api/v3/depth?symbol=NOPE", 400, -1121),
            ("/api/v3/depth?symbol=btcusdt", 400, -1100),
            ("/api/v3/depth?symbol=BTCUSDT&limit=x", 400, -1100),
            ("/api/v3/exchangeInfo?symbol=NOPE", 400, -1121),
            ("/api/v3/exchangeInfo?symbols=x", 400, -1100),
            ("/api/v3/klines", 404, -1000),
        ] {
            let reply = get(&simulator, path).await;
            let body: Json = serde_json::from_slice(&reply.body).unwrap();
            assert_eq!((reply.status, &body["code"]), (status, &json!(code)), "{path}");
            assert!(body["msg"].is_string());
        }
    });
}

#[test]
fn too_much_weight_is_refused_with_a_time_to_wait() {
    let market = Market::new(MarketOptions::default()).unwrap();
    let simulator = start(Box::new(market), Options { weight_limit: 4, ..Options::default() });
    run(async {
        let reply = get(&simulator, "/api/v3/depth?symbol=BTCUSDT").await;
        assert_eq!(reply.status, 429);
        assert!((1..=60).contains(&reply.retry_after.unwrap().as_secs()));
        assert!(String::from_utf8_lossy(&reply.body).contains("-1003"));
    });
}

/// What changed before a subscription is said before it, to those who hear it: nobody hears what is another's.
#[test]
fn what_one_client_hears_is_not_told_to_another() {
    let simulator = market();
    let book = |method: &str, symbol: &str| {
        format!(r#"{{"method":"{method}","params":{{"channel":"book","symbol":["{symbol}"],"depth":10}}}}"#)
    };
    run(async {
        let mut one = connect(&simulator, "/v2").await;
        one.send(Message::text(book("subscribe", "BTC/USD"))).await.unwrap();
        let mut two = connect(&simulator, "/v2").await;
        for _ in 0..20 {
            for method in ["subscribe", "unsubscribe"] {
                two.send(Message::text(book(method, "ETH/USD"))).await.unwrap();
                loop {
                    let heard = text(&mut two).await.unwrap();
                    assert!(!heard.contains("BTC/USD"), "{heard}");
                    if heard.contains(method) {
                        break;
                    }
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        let mut updates = 0;
        while updates < 5 {
            let heard = text(&mut one).await.unwrap();
            assert!(!heard.contains("ETH/USD"), "{heard}");
            updates += u32::from(heard.contains(r#""type":"update","data":[{"symbol":"BTC/USD""#));
        }
    });
}

fn recording(name: &str, lines: &[&str]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("pyrt-simulator-{name}-{}.tsv", std::process::id()));
    let numbered = lines.iter().enumerate().map(|(i, line)| format!("{}\t{line}\n", 1_000_000 * (i + 1)));
    fs::write(&path, numbered.collect::<String>()).unwrap();
    path
}

const DIFFS: [&str; 4] = [
    r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":9,"u":11,"b":[["99.5","7"]],"a":[]}}"#,
    r#"{"url":"/api/v3/depth?symbol=BTCUSDT&limit=1000","body":{"lastUpdateId":10,"bids":[["99.00","1"]],"asks":[["101.00","2"]]}}"#,
    r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":2,"s":"BTCUSDT","U":12,"u":12,"b":[],"a":[["101","0"],["100.5","3"]]}}"#,
    r#"{"result":null,"id":1}"#,
];

#[test]
fn a_recording_is_served_verbatim_and_its_book_follows() {
    let path = recording("verbatim", &DIFFS);
    let (ended, end) = mpsc::channel();
    let replay = Box::new(Replay::open(std::slice::from_ref(&path)).unwrap());
    assert_eq!(replay.describe()["symbols"], json!(["BTC-USDT"]));
    let options = Options { pace: Pace::Max, ..Options::default() };
    let told = move || ended.send(()).unwrap();
    let simulator = Simulator::start(replay, options, Arc::new(SystemClock), told).unwrap();
    run(async {
        let depth = json(&simulator, "/api/v3/depth?symbol=BTCUSDT").await;
        assert_eq!(depth["lastUpdateId"], 10, "before the snapshot's place: the snapshot");
        assert_eq!(depth["bids"], json!([["99.00000000", "1.00000000"]]));
        let mut one = connect(&simulator, "/ws").await;
        let mut two = connect(&simulator, "/stream?streams=btcusdt@depth@100ms").await;
        assert_eq!(text(&mut two).await.unwrap(), DIFFS[0]);
        assert_eq!(text(&mut two).await.unwrap(), DIFFS[2]);
        end.recv_timeout(PATIENCE).unwrap();
        let depth = json(&simulator, "/api/v3/depth?symbol=BTCUSDT").await;
        let bids = json!([["99.50000000", "7.00000000"], ["99.00000000", "1.00000000"]]);
        assert_eq!((&depth["lastUpdateId"], &depth["bids"]), (&json!(12), &bids));
        assert_eq!(depth["asks"], json!([["100.50000000", "3.00000000"]]));
        let answer = control(&mut one, r#"{"method":"LIST_SUBSCRIPTIONS","id":1}"#).await;
        assert_eq!(answer["result"], json!([]), "the connection is held after the end");
        let info = json(&simulator, "/api/v3/exchangeInfo").await;
        assert_eq!(info["symbols"][0]["filters"][0]["tickSize"], "0.10000000");
    });
    fs::remove_file(path).unwrap();
}

#[test]
fn a_slice_begins_with_the_book_that_came_before_and_ends_where_it_is_to() {
    let late = DIFFS[2].replace("12", "13").replace("100.5", "100.7");
    let path = recording("slice", &[DIFFS[0], DIFFS[1], DIFFS[2], &late, DIFFS[2]]);
    let ms = Duration::from_millis;
    let open = || Replay::open(std::slice::from_ref(&path)).unwrap();
    for (from, length) in
        [(ms(5), None), (ms(0), Some(ms(1_001))), (ms(0), Some(ms(0))), (ms(4), Some(ms(5_000)))]
    {
        let refused = open().slice(from, length).err().unwrap().to_string();
        assert!(refused.contains("0.004 s long"), "{refused}");
    }
    let (ended, end) = mpsc::channel();
    let replay = open().slice(ms(3), Some(ms(1))).unwrap();
    assert_eq!((&replay.describe()["frames"], replay.next_time()), (&json!(1), Some(Nanos(1_000_000))));
    let told = move || ended.send(()).unwrap();
    let simulator =
        Simulator::start(Box::new(replay), Options::default(), Arc::new(SystemClock), told).unwrap();
    run(async {
        let depth = json(&simulator, "/api/v3/depth?symbol=BTCUSDT").await;
        assert_eq!(
            (&depth["lastUpdateId"], &depth["asks"]),
            (&json!(12), &json!([["100.50000000", "3.00000000"]]))
        );
        let mut client = connect(&simulator, "/stream?streams=btcusdt@depth@100ms").await;
        assert_eq!(text(&mut client).await.unwrap(), late, "only what the slice has");
        end.recv_timeout(PATIENCE).unwrap();
        let depth = json(&simulator, "/api/v3/depth?symbol=BTCUSDT").await;
        assert_eq!((&depth["lastUpdateId"], &depth["asks"][0][0]), (&json!(13), &json!("100.50000000")));
    });
    fs::remove_file(path).unwrap();
}

#[test]
fn a_held_recording_waits_for_its_release() {
    let path = recording("held", &DIFFS);
    let replay = Box::new(Replay::open(std::slice::from_ref(&path)).unwrap());
    let simulator = start(replay, Options { pace: Pace::Max, held: true, ..Options::default() });
    run(async {
        let mut one = connect(&simulator, "/ws").await;
        let mut two = connect(&simulator, "/stream?streams=btcusdt@depth@100ms").await;
        control(&mut one, r#"{"method":"LIST_SUBSCRIPTIONS","id":1}"#).await;
        assert_eq!(json(&simulator, "/api/v3/depth?symbol=BTCUSDT").await["lastUpdateId"], 10);
        simulator.releaser()();
        assert_eq!(text(&mut two).await.unwrap(), DIFFS[0]);
        assert_eq!(text(&mut two).await.unwrap(), DIFFS[2]);
    });
    fs::remove_file(path).unwrap();
}

#[test]
fn a_recording_can_close_at_its_end() {
    let path = recording("close", &DIFFS);
    let replay = Box::new(Replay::open(std::slice::from_ref(&path)).unwrap());
    let simulator =
        start(replay, Options { pace: Pace::Times(1_000.0), at_end: AtEnd::Close, ..Options::default() });
    run(async {
        let mut client = connect(&simulator, "/ws/btcusdt@depth@100ms").await;
        let mut frames = 0;
        while text(&mut client).await.is_some() {
            frames += 1;
        }
        assert_eq!(frames, 2);
    });
    fs::remove_file(path).unwrap();
}

#[test]
fn what_cannot_be_served_is_refused_with_its_line() {
    for (name, line, complaint) in [
        (
            "pu",
            r#"{"stream":"btcusdt@depth","data":{"e":"depthUpdate","s":"BTCUSDT","U":1,"u":2,"pu":0,"b":[["1","1"]],"a":[]}}"#,
            "line 1",
        ),
        ("none", r#"{"result":null}"#, "no depth, trade or quote"),
        ("quote", r#"{"stream":"xyz@trade","data":{"e":"trade","s":"XYZ","p":"1","q":"1"}}"#, "XYZ"),
    ] {
        let path = recording(name, &[line]);
        let error = Replay::open(std::slice::from_ref(&path)).err().unwrap().to_string();
        assert!(error.contains(complaint), "{error}");
        fs::remove_file(path).unwrap();
    }
    assert!(Replay::open(&[PathBuf::from("/nonexistent.tsv")]).is_err());
}

#[test]
fn a_dumped_market_is_a_recording_without_a_gap() {
    let start = Some(Nanos(1_700_000_000_000_000_000));
    let options = MarketOptions { seed: 5, rate: 400, start, ..MarketOptions::default() };
    let written = || {
        let mut bytes = Vec::new();
        let lines = dump(&mut Market::new(options.clone()).unwrap(), 5.0, &mut bytes).unwrap();
        assert!(lines > 1_000, "{lines}");
        bytes
    };
    assert!(written() == written(), "the same seed gives the same bytes");
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("made.tsv");
    fs::write(&path, written()).unwrap();
    let instruments = infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap();
    let ids: Vec<_> = (0..).map(InstrumentId).zip(instruments).collect();
    let mut feed = BinanceSpot::new(&ids, FeedOptions::default());
    replay(&mut Recording::open(&[&path]).unwrap(), &mut feed, &mut Nowhere, |_, _, _| {}).unwrap();
    let counters = feed.counters();
    assert_eq!((counters.gaps, counters.crossed, counters.rejected, counters.snapshots), (0, 0, 0, 2));
    assert!(counters.depth > 50 && counters.trades > 50, "{counters:?}");
}

struct Nowhere;

impl Sink for Nowhere {
    fn event(&mut self, _: Event) {}

    fn book(&mut self, _: &BookTop<'_>) {}
}
