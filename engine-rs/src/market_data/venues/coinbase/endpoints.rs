//! Host and channels of Coinbase Exchange, and what a client says. The venue wants to hear it within five seconds.

use super::protocol::CoinbaseOptions;

/// WebSocket host of public market data.
pub const STREAM_HOST: &str = "ws-feed.exchange.coinbase.com";

/// Products that one message subscribes to: a large list is cut, so that one bad name does not cost all.
pub(in crate::market_data::venues) const PRODUCTS_A_MESSAGE: usize = 50;

impl CoinbaseOptions {
    /// The channel of books: `level2` wants a signature, its batches of 50 ms do not.
    pub(super) fn book_channel(self) -> &'static str {
        if self.batched { "level2_batch" } else { "level2" }
    }

    pub(super) fn channels(self) -> Vec<&'static str> {
        let mut channels = vec![self.book_channel(), "heartbeat"];
        channels.extend(self.trades.then_some("matches"));
        channels.extend(self.quotes.then_some("ticker"));
        channels
    }
}

/// `subscribe` or `unsubscribe`.
pub(in crate::market_data::venues) fn request(what: &str, channels: &[&str], products: &[&str]) -> String {
    let list = |names: &[&str]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
    format!(r#"{{"type":"{what}","product_ids":[{}],"channels":[{}]}}"#, list(products), list(channels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_the_documented_ones() {
        let options = CoinbaseOptions { batched: false, ..CoinbaseOptions::default() };
        assert_eq!(
            request("subscribe", &options.channels(), &["BTC-USD", "ETH-EUR"]),
            r#"{"type":"subscribe","product_ids":["BTC-USD","ETH-EUR"],"channels":["level2","heartbeat","matches","ticker"]}"#
        );
    }
}
