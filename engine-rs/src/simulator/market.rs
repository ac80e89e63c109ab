//! A generated market: random flow, told in Binance's words. The same seed and start give the same bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::model::Nanos;
use crate::random::SplitMix64;

use super::depth_book::push_levels;
use super::flow::{Change, Flow};
use super::wire::{ONE, push_decimal, push_integer};
use super::{DepthBook, Frame, Listing, Source};

const MS: i64 = 1_000_000;
/// The fast depth stream's period; the slow one's is ten times that.
const FLUSH: i64 = 100 * MS;
const SLOW: i64 = 10;

/// What to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketOptions {
    /// Decides everything.
    pub seed: u64,
    /// `BTC-USDT`.
    pub pairs: Vec<String>,
    /// Events of order flow a second, over all pairs.
    pub rate: u32,
    /// When it begins, ns UTC; when the first client comes unless given.
    pub start: Option<Nanos>,
    /// The best levels are told as well, all of them every 100 ms.
    pub best_levels: bool,
}

impl Default for MarketOptions {
    fn default() -> Self {
        let pairs = vec!["BTC-USDT".to_owned(), "ETH-USDT".to_owned()];
        Self { seed: 42, pairs, rate: 2_000, start: None, best_levels: false }
    }
}

/// Pairs under random flow, and what has not been said yet on their streams.
pub struct Market {
    options: MarketOptions,
    listings: Vec<Listing>,
    pairs: Vec<Pair>,
    random: SplitMix64,
    next_event: i64,
    next_flush: i64,
    flushes: i64,
    changes: Vec<Change>,
}

/// Names of one pair's streams.
struct Streams {
    depth: Arc<str>,
    slow_depth: Arc<str>,
    best: [(usize, Arc<str>); 3],
    ticker: Arc<str>,
    trade: Arc<str>,
}

/// Levels changed since the last depth message.
#[derive(Default)]
struct Pending {
    first_id: u64,
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
}

struct Pair {
    symbol: String,
    streams: Streams,
    flow: Flow,
    trade_id: u64,
    pending: [Pending; 2],
    said_best: [(i64, i64); 2],
}

impl Market {
    /// A market that has not begun.
    ///
    /// # Errors
    /// With the pair that is none.
    pub fn new(options: MarketOptions) -> Result<Self, String> {
        let mut random = SplitMix64::new(options.seed);
        let listings: Vec<Listing> =
            options.pairs.iter().map(|pair| listed(pair)).collect::<Result<_, _>>()?;
        let pairs = listings.iter().map(|listing| Pair::new(listing, &mut random)).collect();
        let start = options.start.unwrap_or_default().0;
        Ok(Self {
            options,
            listings,
            pairs,
            random,
            next_event: start,
            next_flush: start + FLUSH,
            flushes: 0,
            changes: Vec::new(),
        })
    }

    fn event(&mut self, frames: &mut Vec<Frame>) {
        let chosen = self.random.below(self.pairs.len() as u64) as usize;
        let mut changes = std::mem::take(&mut self.changes);
        let pair = &mut self.pairs[chosen];
        pair.flow.step(&mut self.random, &mut changes);
        for change in changes.drain(..) {
            pair.tell(change, self.next_event / MS, frames);
        }
        self.changes = changes;
        let mean = 1_000_000_000 / u64::from(self.options.rate.max(1));
        self.next_event += i64::try_from(1 + self.random.below(2 * mean)).unwrap_or(MS);
    }

    fn flush(&mut self, frames: &mut Vec<Frame>) {
        self.flushes += 1;
        for pair in &mut self.pairs {
            pair.flush(0, self.next_flush / MS, frames);
            if self.flushes % SLOW == 0 {
                pair.flush(1, self.next_flush / MS, frames);
            }
            if self.options.best_levels {
                pair.tell_best(frames);
            }
        }
        self.next_flush += FLUSH;
    }
}

/// Grid and price of the better known pairs, roughly as they are.
fn listed(pair: &str) -> Result<Listing, String> {
    let lot = if pair.starts_with("BTC-") { ONE / 100_000 } else { ONE / 10_000 };
    Listing::of_pair(pair, ONE / 100, lot)
        .ok_or_else(|| format!("{pair:?} is no pair: it must be BASE-QUOTE in capitals, such as BTC-USDT"))
}

fn first_price(base: &str) -> i64 {
    ONE * match base {
        "BTC" => 60_000,
        "ETH" => 3_000,
        _ => 100,
    }
}

impl Pair {
    fn new(listing: &Listing, random: &mut SplitMix64) -> Self {
        let lower = listing.symbol.to_lowercase();
        let name = |stream: &str| Arc::from(format!("{lower}@{stream}"));
        let flow = Flow::new(listing, first_price(&listing.base), random);
        Self {
            symbol: listing.symbol.clone(),
            streams: Streams {
                depth: name("depth@100ms"),
                slow_depth: name("depth"),
                best: [5, 10, 20].map(|levels| (levels, name(&format!("depth{levels}@100ms")))),
                ticker: name("bookTicker"),
                trade: name("trade"),
            },
            said_best: flow.book.best(),
            flow,
            trade_id: 1_000_000,
            pending: Default::default(),
        }
    }

    fn tell(&mut self, change: Change, now_ms: i64, frames: &mut Vec<Frame>) {
        match change {
            Change::Trade { price, qty, buyer_is_maker } => {
                self.trade_id += 1;
                frames.extend(self.trade(price, qty, buyer_is_maker, now_ms));
            }
            Change::Level { bid, price, qty } => {
                self.flow.book.last_id += 1;
                for pending in &mut self.pending {
                    if pending.bids.is_empty() && pending.asks.is_empty() {
                        pending.first_id = self.flow.book.last_id;
                    }
                    let side = if bid { &mut pending.bids } else { &mut pending.asks };
                    side.insert(price, qty);
                }
                let best = self.flow.book.best();
                if best != self.said_best {
                    self.said_best = best;
                    frames.extend(self.ticker());
                }
            }
        }
    }

    fn trade(&self, price: i64, qty: i64, buyer_is_maker: bool, now_ms: i64) -> Option<Frame> {
        let mut text = opening(&self.streams.trade, 200);
        text.push_str("{\"e\":\"trade\",\"E\":");
        push_integer(&mut text, now_ms.unsigned_abs());
        text.push_str(",\"s\":\"");
        text.push_str(&self.symbol);
        text.push_str("\",\"t\":");
        push_integer(&mut text, self.trade_id);
        text.push_str(",\"p\":\"");
        push_decimal(&mut text, price);
        text.push_str("\",\"q\":\"");
        push_decimal(&mut text, qty);
        text.push_str("\",\"T\":");
        push_integer(&mut text, now_ms.unsigned_abs());
        text.push_str(if buyer_is_maker { ",\"m\":true" } else { ",\"m\":false" });
        text.push_str(",\"M\":true}}");
        Frame::new(Arc::clone(&self.streams.trade), Utf8Bytes::from(text))
    }

    fn ticker(&self) -> Option<Frame> {
        let [bid, ask] = self.said_best;
        let mut text = opening(&self.streams.ticker, 200);
        text.push_str("{\"u\":");
        push_integer(&mut text, self.flow.book.last_id);
        text.push_str(",\"s\":\"");
        text.push_str(&self.symbol);
        for (key, value) in [("b", bid.0), ("B", bid.1), ("a", ask.0), ("A", ask.1)] {
            text.push_str("\",\"");
            text.push_str(key);
            text.push_str("\":\"");
            push_decimal(&mut text, value);
        }
        text.push_str("\"}}");
        Frame::new(Arc::clone(&self.streams.ticker), Utf8Bytes::from(text))
    }

    fn tell_best(&self, frames: &mut Vec<Frame>) {
        for (levels, stream) in &self.streams.best {
            let mut text = opening(stream, 60 * levels);
            text.push_str(&self.flow.book.to_json(*levels));
            text.push('}');
            frames.extend(Frame::new(Arc::clone(stream), Utf8Bytes::from(text)));
        }
    }

    /// Says what has changed since the last message of this period, if anything has.
    fn flush(&mut self, period: usize, now_ms: i64, frames: &mut Vec<Frame>) {
        let pending = std::mem::take(&mut self.pending[period]);
        if pending.bids.is_empty() && pending.asks.is_empty() {
            return;
        }
        let stream = if period == 0 { &self.streams.depth } else { &self.streams.slow_depth };
        let mut text = opening(stream, 160 + 40 * (pending.bids.len() + pending.asks.len()));
        text.push_str("{\"e\":\"depthUpdate\",\"E\":");
        push_integer(&mut text, now_ms.unsigned_abs());
        text.push_str(",\"s\":\"");
        text.push_str(&self.symbol);
        text.push_str("\",\"U\":");
        push_integer(&mut text, pending.first_id);
        text.push_str(",\"u\":");
        push_integer(&mut text, self.flow.book.last_id);
        text.push_str(",\"b\":[");
        push_levels(&mut text, pending.bids.iter().rev());
        text.push_str("],\"a\":[");
        push_levels(&mut text, pending.asks.iter());
        text.push_str("]}}");
        frames.extend(Frame::new(Arc::clone(stream), Utf8Bytes::from(text)));
    }
}

fn opening(stream: &str, capacity: usize) -> String {
    let mut text = String::with_capacity(capacity);
    text.push_str("{\"stream\":\"");
    text.push_str(stream);
    text.push_str("\",\"data\":");
    text
}

impl Source for Market {
    fn listings(&self) -> &[Listing] {
        &self.listings
    }

    fn begin(&mut self, now: Nanos) {
        if self.options.start.is_none() {
            self.next_event = now.0;
            self.next_flush = now.0 / FLUSH * FLUSH + FLUSH;
        }
    }

    fn next_time(&self) -> Option<Nanos> {
        Some(Nanos(self.next_event.min(self.next_flush)))
    }

    fn advance(&mut self, until: Nanos, limit: usize, frames: &mut Vec<Frame>) {
        let most = frames.len() + limit;
        while frames.len() < most && self.next_event.min(self.next_flush) <= until.0 {
            if self.next_flush <= self.next_event {
                self.flush(frames);
            } else {
                self.event(frames);
            }
        }
    }

    fn book(&self, symbol: &str) -> Option<&DepthBook> {
        self.pairs.iter().find(|pair| pair.symbol == symbol).map(|pair| &pair.flow.book)
    }

    fn waits_for_clients(&self) -> bool {
        false
    }

    fn describe(&self) -> Json {
        let MarketOptions { seed, pairs, rate, .. } = &self.options;
        json!({ "kind": "market", "seed": seed, "symbols": pairs, "rate": rate })
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::parse_decimal;
    use super::*;
    use proptest::prelude::*;

    fn market(seed: u64) -> Market {
        let start = Some(Nanos(1_700_000_000_000_000_000));
        Market::new(MarketOptions { seed, rate: 5_000, start, ..MarketOptions::default() }).unwrap()
    }

    fn frames(market: &mut Market, count: usize) -> Vec<Frame> {
        let mut frames = Vec::new();
        while frames.len() < count {
            market.advance(Nanos(i64::MAX), 100, &mut frames);
        }
        frames
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let (one, two) = (frames(&mut market(7), 20_000), frames(&mut market(7), 20_000));
        assert!(one == two);
        assert!(one != frames(&mut market(8), 20_000));
    }

    #[test]
    fn a_pair_must_be_one() {
        let wrong = MarketOptions { pairs: vec!["BTCUSDT".to_owned()], ..MarketOptions::default() };
        assert!(Market::new(wrong).is_err_and(|error| error.contains("BASE-QUOTE")));
    }

    /// A book rebuilt from a snapshot and diffs by the venue's rules equals the market's own, is never crossed, and at
    /// every depth message its best equals the last ticker.
    fn rebuild(seed: u64) {
        let mut market = market(seed);
        frames(&mut market, 3_000);
        let mut book = market.book("BTCUSDT").unwrap().clone();
        let mut ticker = None;
        let mut seen = 0;
        for frame in frames(&mut market, 6_000) {
            let data: Json = serde_json::from_str(frame.data()).unwrap();
            if data["s"] != "BTCUSDT" {
                continue;
            }
            let number = |key: &str| parse_decimal(data[key].as_str().unwrap()).unwrap();
            if &*frame.stream == "btcusdt@bookTicker" {
                ticker = Some([(number("b"), number("B")), (number("a"), number("A"))]);
            } else if &*frame.stream == "btcusdt@depth@100ms" {
                let (first, last) = (data["U"].as_u64().unwrap(), data["u"].as_u64().unwrap());
                assert!(if seen == 0 { first <= book.last_id + 1 } else { first == book.last_id + 1 });
                for (bid, side) in [(true, "b"), (false, "a")] {
                    for level in data[side].as_array().unwrap() {
                        let part = |i: usize| parse_decimal(level[i].as_str().unwrap()).unwrap();
                        book.set(bid, part(0), part(1));
                    }
                }
                book.last_id = last;
                seen += 1;
                let [bid, ask] = book.best();
                assert!(bid.0 < ask.0, "crossed");
                assert!(ticker.is_none_or(|said| said == [bid, ask]));
            }
        }
        assert!(seen > 5, "{seen} depth messages");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn a_book_can_be_rebuilt(seed: u64) {
            rebuild(seed);
        }
    }
}
