//! Hosts, paths, stream names and weights of Binance's markets.

use crate::market_data::VenuePeriod;
use crate::model::Instrument;

/// WebSocket host of market data.
pub const STREAM_HOST: &str = "stream.binance.com:9443";
/// REST host of market data.
pub const REST_HOST: &str = "api.binance.com";
/// The part of it that snapshots may take is one in so many: others use the same address.
const SHARE: i64 = 2;
/// Streams that one connection may carry.
pub const MAX_STREAMS: usize = 1_024;

/// Which of the venue's markets: each has hosts, symbols and limits of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Market {
    /// Delivered at once.
    #[default]
    Spot,
    /// Futures margined in dollar coins.
    UsdM,
    /// Futures margined in what is traded.
    CoinM,
}

impl Market {
    /// WebSocket host of market data.
    #[must_use]
    pub fn stream_host(self) -> &'static str {
        match self {
            Market::Spot => STREAM_HOST,
            Market::UsdM => "fstream.binance.com",
            Market::CoinM => "dstream.binance.com",
        }
    }

    /// REST host of market data.
    #[must_use]
    pub fn rest_host(self) -> &'static str {
        match self {
            Market::Spot => REST_HOST,
            Market::UsdM => "fapi.binance.com",
            Market::CoinM => "dapi.binance.com",
        }
    }

    /// Whose REST answer has this path or address.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Market> {
        snapshot_symbol(path)?;
        Some(if path.contains("/fapi/") {
            Market::UsdM
        } else if path.contains("/dapi/") {
            Market::CoinM
        } else {
            Market::Spot
        })
    }

    /// `BTCUSD_PERP` is, `BTCUSDT` and `BTCUSDT_250926` are not.
    pub(super) fn is_coin_margined(symbol: &str) -> bool {
        symbol.split_once('_').is_some_and(|(pair, _)| pair.ends_with("USD"))
    }

    /// Path of the list of everything that is traded there.
    #[must_use]
    pub fn list_path(self) -> &'static str {
        match self {
            Market::Spot => "/api/v3/exchangeInfo",
            Market::UsdM => "/fapi/v1/exchangeInfo",
            Market::CoinM => "/dapi/v1/exchangeInfo",
        }
    }

    fn depth_place(self) -> &'static str {
        match self {
            Market::Spot => "/api/v3/depth",
            Market::UsdM => "/fapi/v1/depth",
            Market::CoinM => "/dapi/v1/depth",
        }
    }

    /// What a snapshot of so many levels costs of what an address has a minute.
    fn snapshot_weight(self, limit: u32) -> (i64, i64) {
        match (self, limit) {
            (Market::Spot, 0..=100) => (5, 6_000),
            (Market::Spot, 101..=500) => (25, 6_000),
            (Market::Spot, 501..=1000) => (50, 6_000),
            (Market::Spot, _) => (250, 6_000),
            (_, 0..=50) => (2, 2_400),
            (_, 51..=100) => (5, 2_400),
            (_, 101..=500) => (10, 2_400),
            _ => (20, 2_400),
        }
    }

    /// The time (ns) that a snapshot of so many levels uses up of the weight limit.
    pub(super) fn snapshot_cost(self, limit: u32) -> i64 {
        let (weight, a_minute) = self.snapshot_weight(limit);
        60_000_000_000 * SHARE * weight / a_minute
    }

    /// Path and query of a depth snapshot.
    pub(super) fn snapshot_path(self, symbol: &str, limit: u32) -> String {
        format!("{}?symbol={symbol}&limit={limit}", self.depth_place())
    }
}

/// What a connection to the binary streams is opened with: an API key, which needs no permission.
pub const KEY_HEADER: &str = "X-MBX-APIKEY";

/// How the streams of a connection are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Text, of any market.
    #[default]
    Json,
    /// Binary, of the spot market: at a host of its own, for those who have a key.
    Sbe,
}

/// What books are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Books {
    /// Changes of 100 ms (binary: 20 ms) after a snapshot: the whole book.
    #[default]
    Diffs,
    /// The best levels alone, all of them every 100 ms: 5, 10 or 20 a side (binary: every 50 ms, 20).
    Best(u32),
}

impl Books {
    fn stream(self, encoding: Encoding) -> String {
        let kind = match self {
            Books::Diffs => "depth".to_owned(),
            Books::Best(levels) => format!("depth{levels}"),
        };
        if encoding == Encoding::Sbe { kind } else { kind + "@100ms" }
    }
}

/// The symbol, in lower case, of a stream of best levels: `btcusdt@depth20@100ms`.
#[inline]
pub(super) fn best_levels_symbol(stream: &[u8]) -> Option<&[u8]> {
    let at = stream.iter().position(|byte| *byte == b'@')?;
    let (symbol, kind) = stream.split_at(at);
    kind.strip_prefix(b"@depth")?.first().filter(|byte| byte.is_ascii_digit()).map(|_| symbol)
}

/// Which streams a connection carries beside depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streams {
    /// Trades.
    pub trades: bool,
    /// They come as `aggTrade`, what one taker took at one price together: the only form that futures promise.
    pub aggregated: bool,
    /// The venue's own best bid and offer.
    pub quotes: bool,
    /// Bars of the venue's own.
    pub bars: Vec<VenuePeriod>,
    /// What futures are valued at, and their funding.
    pub marks: bool,
}

impl Default for Streams {
    fn default() -> Self {
        Self { trades: true, aggregated: false, quotes: true, bars: Vec::new(), marks: false }
    }
}

/// Path and query of a combined stream of these instruments.
pub(super) fn stream_path<'a>(
    instruments: impl Iterator<Item = &'a Instrument>,
    encoding: Encoding,
    books: Books,
    streams: &Streams,
) -> String {
    let quotes = if encoding == Encoding::Sbe { "bestBidAsk" } else { "bookTicker" };
    let mut names = Vec::new();
    for instrument in instruments {
        let symbol = instrument.symbol.to_ascii_lowercase();
        names.push(format!("{symbol}@{}", books.stream(encoding)));
        let trades = if streams.aggregated { "aggTrade" } else { "trade" };
        names.extend(streams.trades.then(|| format!("{symbol}@{trades}")));
        names.extend(streams.quotes.then(|| format!("{symbol}@{quotes}")));
        names.extend(streams.bars.iter().map(|period| format!("{symbol}@kline_{period}")));
        names.extend(streams.marks.then(|| format!("{symbol}@markPrice@1s")));
    }
    format!("/stream?streams={}", names.join("/"))
}

/// The symbol that a depth snapshot was asked for, from its path or address.
#[must_use]
pub fn snapshot_symbol(path: &str) -> Option<&str> {
    let (place, query) = path.split_once('?')?;
    let symbol = query.split('&').find_map(|part| part.strip_prefix("symbol="))?;
    place.ends_with("/depth").then_some(symbol)
}

/// Path and query of what is known about these symbols (all of the venue's, if there are none).
#[must_use]
pub fn exchange_info_path(symbols: &[&str]) -> String {
    if symbols.is_empty() {
        return Market::Spot.list_path().to_owned();
    }
    let list: Vec<_> = symbols.iter().map(|symbol| format!("%22{symbol}%22")).collect();
    format!("/api/v3/exchangeInfo?symbols=%5B{}%5D", list.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_documented_ones() {
        let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
        let eth = Instrument::spot("binance:ETH-USDT", "ETHUSDT", "0.01", "0.0001").unwrap();
        let both = Streams::default();
        assert_eq!(
            stream_path([&btc, &eth].into_iter(), Encoding::Json, Books::Diffs, &both),
            "/stream?streams=btcusdt@depth@100ms/btcusdt@trade/btcusdt@bookTicker\
             /ethusdt@depth@100ms/ethusdt@trade/ethusdt@bookTicker"
        );
        let bars = vec![VenuePeriod::named("1m").unwrap()];
        let futures = Streams { aggregated: true, bars, marks: true, ..both };
        assert_eq!(
            stream_path([&btc].into_iter(), Encoding::Json, Books::Best(20), &futures),
            "/stream?streams=btcusdt@depth20@100ms/btcusdt@aggTrade/btcusdt@bookTicker/btcusdt@kline_1m\
             /btcusdt@markPrice@1s"
        );
        for (books, depth) in [(Books::Diffs, "depth"), (Books::Best(20), "depth20")] {
            assert_eq!(
                stream_path([&btc].into_iter(), Encoding::Sbe, books, &Streams::default()),
                format!("/stream?streams=btcusdt@{depth}/btcusdt@trade/btcusdt@bestBidAsk")
            );
        }
        assert_eq!(best_levels_symbol(b"btcusdt@depth5"), Some(&b"btcusdt"[..]));
        assert!(
            [&b"btcusdt@depth@100ms"[..], b"btcusdt@depth", b"depth5", b"btcusdt@trade"]
                .iter()
                .all(|stream| best_levels_symbol(stream).is_none())
        );
        let path = Market::Spot.snapshot_path("BTCUSDT", 5000);
        assert_eq!(path, "/api/v3/depth?symbol=BTCUSDT&limit=5000");
        assert_eq!(snapshot_symbol(&path), Some("BTCUSDT"));
        assert_eq!(snapshot_symbol("/api/v3/time"), None);
        let path = Market::CoinM.snapshot_path("BTCUSD_PERP", 1000);
        assert_eq!(path, "/dapi/v1/depth?symbol=BTCUSD_PERP&limit=1000");
        assert_eq!(
            (snapshot_symbol(&path), Market::of_path(&path)),
            (Some("BTCUSD_PERP"), Some(Market::CoinM))
        );
        assert!(Market::is_coin_margined("ETHUSD_210924") && !Market::is_coin_margined("ETHUSDT_210924"));
        assert_eq!([Market::Spot, Market::UsdM].map(|market| market.snapshot_cost(1000)), [1_000_000_000; 2]);
        assert_eq!(exchange_info_path(&["BTCUSDT"]), "/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22%5D");
    }
}
