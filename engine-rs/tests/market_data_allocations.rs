//! A warm feed allocates nothing for the frequent messages.

#![allow(clippy::unwrap_used)] // a test that fails may panic

#[path = "support/counting.rs"]
mod counting;

use pyrt_engine::market_data::venues::binance::{BinanceSpot, Options};
use pyrt_engine::market_data::{BookTop, Feed, Sink};
use pyrt_engine::model::{Event, Instrument, InstrumentId, Nanos};

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
    let trade = r#"{"e":"trade","E":1700000000000,"s":"BTCUSDT","t":7,"p":"100.00000000","q":"5.00000000","T":1700000000000,"m":false,"M":true}"#;
    let quote =
        r#"{"u":9,"s":"BTCUSDT","b":"99.99000000","B":"1.00000000","a":"100.01000000","A":"2.00000000"}"#;
    (0..rounds).flat_map(|round| [depth(round), trade.to_owned(), quote.to_owned()]).collect()
}

#[test]
fn frequent_messages_allocate_nothing() {
    let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "1").unwrap();
    let mut feed =
        BinanceSpot::new(&[(InstrumentId(0), btc)], Options { window: 1024, ..Options::default() });
    let mut sink = Last(None);
    feed.on_connected(Nanos(1), &mut sink);
    let body = br#"{"lastUpdateId":0,"bids":[],"asks":[]}"#;
    feed.on_response(InstrumentId(0), Some(body), Nanos(2), &mut sink);
    let frames = frames(2_000);
    let (warm_up, measured) = frames.split_at(1_500);
    let mut run = |frames: &[String]| {
        frames.iter().for_each(|frame| feed.on_frame(frame.as_bytes(), Nanos(3), &mut sink))
    };
    run(warm_up);
    let before = ALLOCATIONS.get();
    run(measured);
    assert_eq!(ALLOCATIONS.get() - before, 0);
    let counters = feed.counters();
    assert_eq!(
        (counters.depth, counters.trades, counters.quotes, counters.fallbacks),
        (2_000, 2_000, 2_000, 0)
    );
    assert!(sink.0.is_some());
}
