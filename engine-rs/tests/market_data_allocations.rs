//! A warm feed allocates nothing for the frequent messages.

#![allow(clippy::unwrap_used)] // a test that fails may panic

#[path = "support/counting.rs"]
mod counting;

use std::collections::BTreeMap;

use flate2::Crc;
use pyrt_engine::market_data::venues::binance::{BinanceSpot, Options};
use pyrt_engine::market_data::venues::coinbase::{Coinbase, CoinbaseExchange, CoinbaseOptions};
use pyrt_engine::market_data::venues::kraken::{Kraken, KrakenOptions, KrakenSpot};
use pyrt_engine::market_data::{BookTop, Feed, Sink, StreamOptions};
use pyrt_engine::model::{Event, Instrument, InstrumentId, Nanos};
use pyrt_engine::simulator::binary_form;

use counting::ALLOCATIONS;

struct Last(Option<Event>);

impl Sink for Last {
    fn event(&mut self, event: Event) {
        self.0 = Some(event);
    }

    fn book(&mut self, _: &BookTop<'_>) {}
}

/// Depth, trade and quote as the price walks over hundreds of ticks, so that windows move too.
fn frames(rounds: u64) -> Vec<String> {
    let depth = |round: u64| {
        let (first, middle) = (2 * round + 1, 10_000 + (round % 400));
        let level = |ticks: u64, lots: u64| {
            format!(r#"["{}.{:02}000000","{lots}.00000000"]"#, ticks / 100, ticks % 100)
        };
        let old = 10_000 + (round + 399) % 400;
        format!(
            r#"{{"e":"depthUpdate","E":1700000000000,"s":"BTCUSDT","U":{first},"u":{},"b":[{},{}],"a":[{},{}]}}"#,
            first + 1,
            level(old - 1, 0),
            level(middle - 1, 1 + round % 7),
            level(old + 1, 0),
            level(middle + 1, 1 + round % 5),
        )
    };
    let trade = |round: u64| {
        format!(
            r#"{{"e":"trade","E":1700000000000,"s":"BTCUSDT","t":{},"p":"100.00000000","q":"5.00000000","T":1700000000000,"m":false,"M":true}}"#,
            round + 1
        )
    };
    let quote =
        r#"{"u":9,"s":"BTCUSDT","b":"99.99000000","B":"1.00000000","a":"100.01000000","A":"2.00000000"}"#;
    (0..rounds).flat_map(|round| [depth(round), trade(round), quote.to_owned()]).collect()
}

/// What a feed allocates for these frames once the first three quarters have warmed it.
fn allocations(feed: &mut impl Feed, frames: &[impl AsRef<[u8]>]) -> u64 {
    let mut sink = Last(None);
    let (warm_up, measured) = frames.split_at(frames.len() / 4 * 3);
    let mut one = |frame: &[u8]| feed.on_frame(frame, Nanos(3), &mut sink);
    warm_up.iter().for_each(|frame| one(frame.as_ref()));
    let before = ALLOCATIONS.get();
    measured.iter().for_each(|frame| one(frame.as_ref()));
    assert!(sink.0.is_some());
    ALLOCATIONS.get() - before
}

/// Kraken's book as the price walks, in both protocols by turns, with trades and quotes.
fn kraken_frames(rounds: i64) -> Vec<String> {
    let price = |ticks: i64| format!("{}.{:02}000", ticks / 100, ticks % 100);
    let checksum = |book: &BTreeMap<i64, i64>| {
        let digits = |ticks: i64, lots: i64| {
            format!("{}{lots}00000000", price(ticks).replace('.', "").trim_start_matches('0'))
        };
        let asks: String = book.range(0..).take(10).map(|(key, lots)| digits(*key, *lots)).collect();
        let bids: String = book.range(..0).take(10).map(|(key, lots)| digits(-*key, *lots)).collect();
        let mut crc = Crc::new();
        crc.update((asks + &bids).as_bytes());
        crc.sum()
    };
    let mut book = BTreeMap::new();
    let mut frames = vec![r#"[7,{"as":[],"bs":[]},"book-25","XBT/USD"]"#.to_owned()];
    for round in 0..rounds {
        let middle = 10_000 + round % 400;
        let old = 10_000 + (round + 380) % 400;
        for key in [-(old - 1), old + 1] {
            book.remove(&key);
        }
        let lots = 1 + round % 7;
        book.extend([(-(middle - 1), lots), (middle + 1, lots)]);
        // What is left of the walk's last turn would cross the book.
        let crossing: Vec<i64> = book
            .keys()
            .copied()
            .filter(|key| if *key < 0 { -key >= middle } else { *key <= middle })
            .collect();
        let gone: Vec<i64> = [-(old - 1), old + 1].into_iter().chain(crossing.iter().copied()).collect();
        crossing.iter().for_each(|key| _ = book.remove(key));
        let sides = |level: &dyn Fn(i64, i64) -> String| {
            let side = |bids: bool, new: i64| {
                let gone = gone.iter().filter(|key| (**key < 0) == bids).map(|key| level(key.abs(), 0));
                gone.chain([level(new, lots)]).collect::<Vec<_>>().join(",")
            };
            (side(true, middle - 1), side(false, middle + 1))
        };
        let sum = checksum(&book);
        frames.push(if round % 2 == 0 {
            let (bids, asks) = sides(&|ticks, lots| format!(r#"{{"price":{},"qty":{lots}.00000000}}"#, price(ticks)));
            format!(r#"{{"channel":"book","type":"update","data":[{{"symbol":"BTC/USD","bids":[{bids}],"asks":[{asks}],"checksum":{sum},"timestamp":"2024-01-01T00:00:00.000001Z"}}]}}"#)
        } else {
            let (bids, asks) = sides(&|ticks, lots| format!(r#"["{}","{lots}.00000000","1700000000.000001"]"#, price(ticks)));
            format!(r#"[7,{{"a":[{asks}]}},{{"b":[{bids}],"c":"{sum}"}},"book-25","XBT/USD"]"#)
        });
        frames.push(format!(r#"{{"channel":"trade","type":"update","data":[{{"symbol":"BTC/USD","side":"sell","price":100.5,"qty":5,"ord_type":"market","trade_id":{},"timestamp":"2023-09-25T07:49:37.708706Z"}}]}}"#, round + 1));
        frames.push(r#"{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":99.5,"bid_qty":1.0,"ask":101,"ask_qty":2.0,"last":100,"volume":10.5,"vwap":1e2,"low":90,"high":110,"change":-1,"change_pct":-0.02}]}"#.to_owned());
    }
    frames
}

#[test]
fn kraken_allocates_nothing_for_books_trades_and_quotes() {
    let btc = Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.01", "1").unwrap();
    let instruments = [(InstrumentId(0), btc)];
    let protocol = Kraken::new(&instruments, KrakenOptions { depth: Some(25), ..KrakenOptions::default() });
    let options = StreamOptions { window: 1024, ..StreamOptions::default() };
    let mut feed = KrakenSpot::new(&instruments, protocol, options);
    feed.on_connected(Nanos(1), &mut Last(None));
    assert_eq!(allocations(&mut feed, &kraken_frames(2_000)), 0);
    let counters = feed.counters();
    assert_eq!(
        (counters.checksums_ok, counters.checksums, counters.trades, counters.quotes),
        (2_000, 2_000, 2_000, 2_000)
    );
    assert_eq!((counters.fallbacks, counters.resyncs), (1, 0), "the snapshot alone");
}

/// Coinbase's frames as the price walks, each with a match, a quote and a heartbeat.
fn coinbase_frames(rounds: u64) -> Vec<String> {
    let price = |ticks: u64| format!("{}.{:02}", ticks / 100, ticks % 100);
    let time = r#""time":"2022-08-04T15:25:05.010758Z""#;
    let round = |round: u64| {
        let (middle, old) = (10_000 + round % 400, 10_000 + (round + 399) % 400);
        let (bid, ask) = (price(middle - 1), price(middle + 1));
        let (old_bid, old_ask) = (price(old - 1), price(old + 1));
        [
            format!(
                r#"{{"type":"l2update","product_id":"BTC-USD","changes":[["buy","{old_bid}","0"],["sell","{old_ask}","0.00"],["buy","{bid}","3"],["sell","{ask}","4.0"]],{time}}}"#
            ),
            format!(
                r#"{{"type":"match","trade_id":{round},"sequence":50,"maker_order_id":"a","taker_order_id":"b",{time},"product_id":"BTC-USD","size":"5","price":"{bid}","side":"sell"}}"#
            ),
            format!(
                r#"{{"type":"ticker","sequence":3,"product_id":"BTC-USD","price":"{bid}","best_bid":"{bid}","best_bid_size":"3","best_ask":"{ask}","best_ask_size":"4","side":"buy",{time},"trade_id":{round}}}"#
            ),
            format!(
                r#"{{"type":"heartbeat","sequence":90,"last_trade_id":{round},"product_id":"BTC-USD",{time}}}"#
            ),
        ]
    };
    (1..=rounds).flat_map(round).collect()
}

#[test]
fn coinbase_allocates_nothing_for_books_trades_and_quotes() {
    let btc = Instrument::spot("coinbase:BTC-USD", "BTC-USD", "0.01", "1").unwrap();
    let instruments = [(InstrumentId(0), btc)];
    let protocol = Coinbase::new(&instruments, CoinbaseOptions::default());
    let options = StreamOptions { window: 1024, ..StreamOptions::default() };
    let mut feed = CoinbaseExchange::new(&instruments, protocol, options);
    feed.on_connected(Nanos(1), &mut Last(None));
    let snapshot = br#"{"type":"snapshot","product_id":"BTC-USD","bids":[],"asks":[]}"#;
    feed.on_frame(snapshot, Nanos(2), &mut Last(None));
    assert_eq!(allocations(&mut feed, &coinbase_frames(2_000)), 0);
    let counters = feed.counters();
    assert_eq!(
        (counters.depth, counters.trades, counters.quotes, counters.unused),
        (2_000, 2_000, 2_000, 2_000)
    );
    assert_eq!((counters.fallbacks, counters.resyncs), (1, 0), "the snapshot alone");
}

fn binance() -> BinanceSpot {
    let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "1").unwrap();
    let mut feed =
        BinanceSpot::new(&[(InstrumentId(0), btc)], Options { window: 1024, ..Options::default() });
    let mut sink = Last(None);
    feed.on_connected(Nanos(1), &mut sink);
    let body = br#"{"lastUpdateId":0,"bids":[],"asks":[]}"#;
    feed.on_response(InstrumentId(0), Some(body), Nanos(2), &mut sink);
    feed
}

#[test]
fn frequent_messages_allocate_nothing() {
    let mut feed = binance();
    assert_eq!(allocations(&mut feed, &frames(2_000)), 0);
    let counters = feed.counters();
    assert_eq!(
        (counters.depth, counters.trades, counters.quotes, counters.fallbacks),
        (2_000, 2_000, 2_000, 0)
    );
}

#[test]
fn binary_messages_allocate_nothing() {
    let form = |(place, text): (usize, String)| {
        let stream = ["depth@100ms", "trade", "bookTicker"][place % 3];
        binary_form(&format!(r#"{{"stream":"btcusdt@{stream}","data":{text}}}"#), Nanos(7_000)).unwrap()
    };
    let binary: Vec<Vec<u8>> = frames(2_000).into_iter().enumerate().map(form).collect();
    let mut feed = binance();
    assert_eq!(allocations(&mut feed, &binary), 0);
    let counters = feed.counters();
    assert_eq!(
        (counters.depth, counters.trades, counters.quotes, counters.fallbacks),
        (2_000, 2_000, 2_000, 0)
    );
}
