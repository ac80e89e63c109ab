//! The two readers of frames: the fast one may give up, and never says anything that the tolerant one does not.

use std::path::PathBuf;

use proptest::prelude::*;
use pyrt_engine::market_data::venues::binance::{
    BinanceSpot, Message, Options, Parser, infer_instruments, listings,
};
use pyrt_engine::market_data::{Content, Feed, Level, Print, Recording, Refusal};
use pyrt_engine::model::{Instrument, InstrumentId, Lots, Nanos, Reason, Side, State, Ticks};

use crate::reader::{Tape, numbered, recording};

const DEPTH: &str = r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":157,"u":160,"b":[["61737.63000000","0.00000000"],["61730.17000000","1.50000000"]],"a":[["61837.64000000","1.54698000"]]}}"#;
const RAW_DEPTH: &str = r#"{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":157,"u":160,"b":[],"a":[["0.01000000","10.00000000"]]}"#;
const TRADE: &str = r#"{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}"#;
const TICKER: &str = r#"{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}"#;
const AGG_TRADE: &str = r#"{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1633998523963,"s":"BTCUSDT","a":15683430,"p":"0.35","q":"58.0","f":19862790,"l":19862790,"T":1633998523963,"m":false,"M":true}}"#;

fn btc() -> Instrument {
    Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap()
}

fn parser() -> Parser {
    Parser::new([btc()].iter())
}

type Answer = (Result<Message, Refusal>, Vec<Level>);

fn tolerant(parser: &mut Parser, frame: &[u8]) -> Answer {
    let answer = parser.read_tolerant(frame);
    (answer, parser.levels().to_vec())
}

/// Whether the fast reader knew the frame.
fn readers_agree(parser: &mut Parser, frame: &[u8]) -> bool {
    let Some(message) = parser.read_fast(frame) else { return false };
    let fast: Answer = (Ok(message), parser.levels().to_vec());
    assert_eq!(fast, tolerant(parser, frame), "{}", String::from_utf8_lossy(frame));
    true
}

#[test]
fn every_frequent_frame_of_the_recordings_is_read_fast_and_right() {
    let files = [
        "binance_spot_streams.tsv",
        "binance_spot_10sym_20210417.tsv",
        "binance_spot_btcusdt_20240808.tsv.gz",
    ];
    for file in files {
        let Some(path) = recording(file) else { return };
        let instruments = infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap();
        let mut parser = Parser::new(instruments.iter());
        let mut lines = Recording::open(&[&path]).unwrap();
        while let Some(line) = lines.next().unwrap() {
            let Content::Frame(frame) = line.content else { continue };
            let text = std::str::from_utf8(frame).unwrap();
            let rare = text.contains("\"kline\"");
            assert_eq!(readers_agree(&mut parser, frame), !rare, "{text}");
        }
    }
}

#[test]
fn the_documented_frames_say_what_the_documentation_says() {
    let mut parser = parser();
    let level = |side, ticks, lots| Level { side, ticks: Ticks(ticks), lots: Lots(lots) };
    let event_time = Nanos(1_723_161_255_208_000_000);
    assert_eq!(
        parser.read(DEPTH.as_bytes()),
        Ok(Message::Depth { index: 0, first: 157, last: 160, previous: None, event_time })
    );
    let levels = [
        level(Side::Buy, 6_173_763, 0),
        level(Side::Buy, 6_173_017, 150_000),
        level(Side::Sell, 6_183_764, 154_698),
    ];
    assert_eq!(parser.levels(), levels);
    assert!(parser.read(RAW_DEPTH.as_bytes()).is_ok());
    assert_eq!(parser.levels(), [level(Side::Sell, 1, 1_000_000)]);
    let Ok(Message::Trade(print)) = parser.read(TRADE.as_bytes()) else { panic!("a trade") };
    assert_eq!((print.id, print.ticks, print.lots), (3_735_683_259, Ticks(6_183_763), Lots(2_000)));
    assert_eq!(print.side, Side::Sell, "the buyer rested");
    let Ok(Message::Aggregate(print)) = parser.read(AGG_TRADE.as_bytes()) else { panic!("trades") };
    assert_eq!(
        (print.id, print.ticks, print.lots, print.side),
        (15_683_430, Ticks(35), Lots(5_800_000), Side::Buy)
    );
    let bid = Some((Ticks(6_183_763), Lots(378_826)));
    let ask = Some((Ticks(6_183_764), Lots(154_698)));
    assert_eq!(
        parser.read(TICKER.as_bytes()),
        Ok(Message::Ticker { index: 0, id: 50_093_239_212, bid, ask, event_time: None })
    );
    assert_eq!(parser.fallbacks(), 0);
}

/// Of futures as recorded, and as documented today.
const FUTURES: [&str; 7] = [
    r#"{"stream":"btcusd_perp@depth@0ms","data":{"e":"depthUpdate","E":1723161257440,"T":1723161257432,"s":"BTCUSDT","ps":"BTCUSD","U":157,"u":160,"pu":149,"b":[["61773.6","1001"]],"a":[]}}"#,
    r#"{"e":"depthUpdate","E":1723161257440,"T":123456788,"s":"BTCUSDT","ps":"BTCUSDT","st":1,"U":157,"u":160,"pu":149,"b":[["0.0024e4","10"]],"a":[["24.26","100"]]}"#,
    r#"{"e":"bookTicker","u":5123107838717,"s":"BTCUSDT","b":"2681.62","B":"1.165","a":"2681.63","A":"73.077","T":1723161256310,"E":1723161256311}"#,
    r#"{"u":1007198632021,"e":"bookTicker","s":"BTCUSDT","ps":"BTCUSD","b":"61804.7","B":"35","a":"61804.8","A":"1645","T":1723161257465,"E":1723161257476}"#,
    r#"{"e":"bookTicker","u":400900217,"E":1568014460893,"T":1568014460891,"s":"BTCUSDT","b":"25.35","B":"31.21","a":"25.36","A":"40.66","st":1,"ps":"BTCUSDT"}"#,
    r#"{"e":"trade","E":1723161257687,"T":1723161257679,"s":"BTCUSDT","t":849714402,"p":"61804.8","q":"4","X":"MARKET","m":false}"#,
    r#"{"e":"aggTrade","E":1723161257440,"a":5933014,"s":"BTCUSDT","p":"61804.8","q":"4","f":100,"l":105,"T":1723161257438,"m":true,"st":1}"#,
];

/// The best levels alone, of spot and of futures.
pub const BEST_LEVELS: [&str; 2] = [
    r#"{"stream":"btcusdt@depth5@100ms","data":{"lastUpdateId":160,"bids":[["61737.63000000","1.50000000"],["61730.17000000","2.00000000"]],"asks":[["61837.64000000","1.54698000"]]}}"#,
    r#"{"stream":"btcusdt@depth5@100ms","data":{"e":"depthUpdate","E":1723161257440,"T":1723161257432,"s":"BTCUSDT","U":157,"u":160,"pu":149,"b":[["61737.63","1.5"],["61730.17","2"]],"a":[["61837.64","1.54698"]]}}"#,
];

#[test]
fn futures_are_read_fast_and_alike() {
    let mut parser = parser();
    for frame in FUTURES {
        assert!(readers_agree(&mut parser, frame.as_bytes()), "{frame}");
    }
    let event_time = Nanos(1_723_161_257_440_000_000);
    let depth = Message::Depth { index: 0, first: 157, last: 160, previous: Some(149), event_time };
    assert_eq!(parser.read(FUTURES[0].as_bytes()), Ok(depth));
    let Ok(Message::Ticker { event_time, .. }) = parser.read(FUTURES[2].as_bytes()) else {
        panic!("a quote")
    };
    assert_eq!(event_time, Some(Nanos(1_723_161_256_311_000_000)));
    let Ok(Message::Trade(print)) = parser.read(FUTURES[5].as_bytes()) else { panic!("a trade") };
    assert_eq!((print.side, print.event_time), (Side::Buy, Nanos(1_723_161_257_679_000_000)));
    let of_the_fund = FUTURES[5].replace("MARKET", "INSURANCE_FUND");
    assert_eq!(parser.read(of_the_fund.as_bytes()), Ok(Message::Unused));
    let Some(folder) = recording("binance_spot_streams.tsv") else { return };
    let folder = folder.parent().unwrap().join("../ws_fixtures/binance/futures/market_data_json");
    let fixture = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let fine = Instrument::spot("binance:BTC-USDT-PERP", "BTCUSDT", "0.0001", "0.001").unwrap();
    let mut parser = Parser::new([fine].iter());
    for name in ["depth_update_stream.json", "trade_stream.json"] {
        let message = parser.read(&fixture(name));
        assert!(
            matches!(message, Ok(Message::Depth { .. } | Message::Trade(_)) | Err(_)),
            "{name} {message:?}"
        );
    }
    let aggregate = parser.read(&fixture("agg_trade_stream.json"));
    assert!(matches!(aggregate, Ok(Message::Aggregate(Print { id: 5_933_014, .. }))), "{aggregate:?}");
    for name in ["liquidation_stream", "ticker_stream"] {
        assert_eq!(parser.read(&fixture(&format!("{name}.json"))), Ok(Message::Unused), "{name}");
    }
}

#[test]
fn order_of_keys_spaces_unknown_keys_and_exponents_do_not_matter() {
    let mut parser = parser();
    parser.read(DEPTH.as_bytes()).unwrap();
    let expected: Answer = (parser.read(DEPTH.as_bytes()), parser.levels().to_vec());
    let same = [
        r#"{"data":{"a":[["61837.64000000","1.54698000"]],"b":[["61737.63","0"],["6173017e-2","15e-1"]],"u":160,"U":157,
            "s":"BTCUSDT","E":1723161255208,"e":"depthUpdate","new":{"x":[1,"}"]}},"stream":"btcusdt@depth"}"#,
        r#"{ "e":"depthUpdate","E":1723161255208000,"s":"BTC\u0055SDT","U":157,"u":160,"pv":156,
            "b":[["61737.63000000","0.00000000"],["61730.17000000","1.50000000"]],"a":[["61837.64000000","1.54698000"]]}"#,
    ];
    for (frames, text) in (1..).zip(same) {
        let message = parser.read(text.as_bytes());
        assert_eq!((message, parser.levels().to_vec()), expected, "{text}");
        assert_eq!(parser.fallbacks(), frames);
    }
}

#[test]
fn what_is_not_used_is_no_error_and_what_is_broken_is() {
    let mut parser = parser();
    let mut read = |text: &str| parser.read(text.as_bytes());
    assert_eq!(read(r#"{"result":null,"id":1}"#), Ok(Message::Unused));
    assert_eq!(read(r#"{"code":2,"msg":"Invalid request","id":1}"#), Ok(Message::Unknown));
    assert_eq!(
        read(r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}"#),
        Ok(Message::Shutdown)
    );
    assert_eq!(read(r#"{"stream":"!ticker@arr","data":[]}"#), Ok(Message::Unknown));
    assert_eq!(read(r#"{"e":"fromTheFuture"}"#), Ok(Message::Unknown));
    assert_eq!(read(&DEPTH.replace("BTCUSDT", "ETHUSDT")), Ok(Message::Unknown));
    let broken = [
        DEPTH.replace("\"U\":157", "\"U\":161"),
        DEPTH.replace("\"U\":157", "\"U\":-1"),
        DEPTH.replace("\"u\":160,", ""),
        DEPTH.replace("61730.17", "61730.175"),
        DEPTH.replace("61730.17", "-61730.17"),
        DEPTH.replace("61730.17000000", "0.00000000"),
        DEPTH.replace("1.50000000", "NaN"),
        DEPTH.replace("1.50000000", "99999999999999999999"),
        DEPTH.replace(",\"1.50000000\"]", "]"),
        DEPTH[..DEPTH.len() - 20].to_owned(),
    ];
    for text in &broken {
        let refusal = read(text).unwrap_err();
        assert_eq!(refusal.book, Some(0), "{text}");
    }
    assert!(read("").is_err() && read("[]").is_err() && read("\u{0}").is_err());
}

#[test]
fn the_fixtures_of_today_are_no_errors() {
    let Some(folder) = recording("binance_spot_streams.tsv") else { return };
    let folder = folder.parent().unwrap().join("../ws_fixtures/binance/spot");
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let ltc = Instrument::spot("binance:ETH-BTC", "ETHBTC", "0.00000100", "1").unwrap();
    let instruments = numbered(vec![ltc]);
    let mut feed = BinanceSpot::new(&instruments, Options::default());
    let mut tape = Tape::new(&instruments);
    feed.on_connected(Nanos(1), &mut tape);
    let names: Vec<PathBuf> =
        folder.join("user_data_json").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(names.len() > 5);
    for name in &names {
        feed.on_frame(&std::fs::read(name).unwrap(), Nanos(2), &mut tape);
    }
    let counters = feed.counters();
    assert_eq!(counters.rejected, 0);
    assert_eq!(counters.unused + counters.unknown, names.len() as u64);
    feed.on_response(InstrumentId(0), Some(&read("http_json/depth_response.json")), Nanos(3), &mut tape);
    assert_eq!(tape.states.last(), Some(&(0, State::Synced, Reason::FirstSnapshot)));
    let all = listings(&read("http_json/exchange_info_response.json")).unwrap();
    assert_eq!((all.len(), all[0].symbol.as_str()), (1, "ETHBTC"));
    assert_eq!(all[0].instrument().unwrap_err().to_string(), "binance gives no PRICE_FILTER for ETHBTC");
}

/// A change to a frame: what is done, where, and with which byte.
type Mutation = (u8, prop::sample::Index, u8);

pub fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let byte = prop_oneof![
        prop::sample::select(br#"0123456789.-+eE"\[]{},:tfnu "#.to_vec()),
        prop::sample::select(b"eEsUubaBATtpqmMBTCUSDT@depth".to_vec()),
        any::<u8>(),
    ];
    prop::collection::vec((0_u8..6, any::<prop::sample::Index>(), byte), 1..5)
}

pub fn mutated(frame: &str, mutations: &[Mutation]) -> Vec<u8> {
    let mut bytes = frame.as_bytes().to_vec();
    for (action, place, byte) in mutations {
        if bytes.is_empty() {
            break;
        }
        let at = place.index(bytes.len());
        match action {
            0 => bytes[at] = *byte,
            1 => bytes.insert(at, *byte),
            2 => _ = bytes.remove(at),
            3 => bytes.truncate(at),
            4 => bytes[at] ^= 1 << (byte % 8),
            _ => {
                let end = (at + usize::from(byte % 16)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_mutated_frame_means_the_same_to_both_readers(
        frame in prop::sample::select(
            [&[DEPTH, RAW_DEPTH, TRADE, TICKER, AGG_TRADE][..], &FUTURES, &BEST_LEVELS].concat(),
        ),
        mutations in mutations(),
    ) {
        let mut parser = parser();
        let bytes = mutated(frame, &mutations);
        readers_agree(&mut parser, &bytes);
        let _ = parser.read(&bytes);
    }
}
