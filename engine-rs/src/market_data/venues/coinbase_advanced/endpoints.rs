//! Host and channels of Coinbase Advanced Trade, and what a client says: one channel a message, within five seconds.

/// WebSocket host of market data.
pub const STREAM_HOST: &str = "advanced-trade-ws.coinbase.com";
/// Products that one message subscribes to: a large list is cut, so that one bad name does not cost all.
pub(super) const PRODUCTS_A_MESSAGE: usize = 50;

/// `subscribe` or `unsubscribe`. Heartbeats are of the connection, and have no products.
pub(super) fn request(what: &str, channel: &str, products: &[&str]) -> String {
    let list: Vec<_> = products.iter().map(|name| format!("\"{name}\"")).collect();
    format!(r#"{{"type":"{what}","product_ids":[{}],"channel":"{channel}"}}"#, list.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_the_documented_ones() {
        assert_eq!(
            request("subscribe", "level2", &["BTC-USD", "ETH-USD"]),
            r#"{"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channel":"level2"}"#
        );
    }
}
