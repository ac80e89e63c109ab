//! Host of Kraken's futures, and what a client says.

/// WebSocket host of market data.
pub const STREAM_HOST: &str = "futures.kraken.com";
pub(super) const STREAM_PATH: &str = "/ws/v1";

/// `subscribe` or `unsubscribe`.
pub(super) fn request(what: &str, feed: &str, products: &[&str]) -> String {
    let list = products.iter().map(|product| format!("\"{product}\"")).collect::<Vec<_>>().join(",");
    format!(r#"{{"event":"{what}","feed":"{feed}","product_ids":[{list}]}}"#)
}

#[cfg(test)]
mod tests {
    #[test]
    fn requests_are_the_documented_ones() {
        assert_eq!(
            super::request("subscribe", "book", &["PI_XBTUSD", "FI_ETHUSD_211231"]),
            r#"{"event":"subscribe","feed":"book","product_ids":["PI_XBTUSD","FI_ETHUSD_211231"]}"#
        );
    }
}
