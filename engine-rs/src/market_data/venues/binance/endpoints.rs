//! Hosts, paths, stream names and weights of Binance spot.

use crate::model::Instrument;

/// WebSocket host of market data.
pub const STREAM_HOST: &str = "stream.binance.com:9443";
/// REST host of market data.
pub const REST_HOST: &str = "api.binance.com";
/// Request weight that an address has a minute.
const WEIGHT_PER_MINUTE: i64 = 6_000;
/// The part of it that snapshots may take is one in so many: others use the same address.
const SHARE: i64 = 2;
/// Streams that one connection may carry.
pub const MAX_STREAMS: usize = 1_024;

/// Which streams a connection carries beside depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    /// Trades.
    pub trades: bool,
    /// The venue's own best bid and offer.
    pub quotes: bool,
}

/// Path and query of a combined stream of these instruments.
pub(super) fn stream_path<'a>(instruments: impl Iterator<Item = &'a Instrument>, streams: Streams) -> String {
    let mut names = Vec::new();
    for instrument in instruments {
        let symbol = instrument.symbol.to_ascii_lowercase();
        names.push(format!("{symbol}@depth@100ms"));
        names.extend(streams.trades.then(|| format!("{symbol}@trade")));
        names.extend(streams.quotes.then(|| format!("{symbol}@bookTicker")));
    }
    format!("/stream?streams={}", names.join("/"))
}

/// Path and query of a depth snapshot.
pub(super) fn snapshot_path(symbol: &str, limit: u32) -> String {
    format!("/api/v3/depth?symbol={symbol}&limit={limit}")
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
        return "/api/v3/exchangeInfo".to_owned();
    }
    let list: Vec<_> = symbols.iter().map(|symbol| format!("%22{symbol}%22")).collect();
    format!("/api/v3/exchangeInfo?symbols=%5B{}%5D", list.join(","))
}

/// The time (ns) that a snapshot of so many levels uses up of the weight limit.
pub(super) fn snapshot_cost(limit: u32) -> i64 {
    let weight = match limit {
        0..=100 => 5,
        101..=500 => 25,
        501..=1000 => 50,
        _ => 250,
    };
    60_000_000_000 * SHARE * weight / WEIGHT_PER_MINUTE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_documented_ones() {
        let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
        let eth = Instrument::spot("binance:ETH-USDT", "ETHUSDT", "0.01", "0.0001").unwrap();
        let both = Streams { trades: true, quotes: true };
        assert_eq!(
            stream_path([&btc, &eth].into_iter(), both),
            "/stream?streams=btcusdt@depth@100ms/btcusdt@trade/btcusdt@bookTicker\
             /ethusdt@depth@100ms/ethusdt@trade/ethusdt@bookTicker"
        );
        let path = snapshot_path("BTCUSDT", 5000);
        assert_eq!(path, "/api/v3/depth?symbol=BTCUSDT&limit=5000");
        assert_eq!(snapshot_symbol(&path), Some("BTCUSDT"));
        assert_eq!(snapshot_symbol("/api/v3/time"), None);
        assert_eq!(exchange_info_path(&["BTCUSDT"]), "/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22%5D");
    }
}
