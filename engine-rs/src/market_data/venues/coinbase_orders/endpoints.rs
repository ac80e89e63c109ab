//! Channels and paths, and what a client says. The venue wants to hear it within five seconds.

/// Snapshots are large: the venue asks not to poll them, and allows ten requests a second.
pub(super) const SNAPSHOT_COST: i64 = 1_000_000_000;

/// The channels of a connection.
pub(super) fn channels(quotes: bool) -> &'static [&'static str] {
    if quotes { &["full", "heartbeat", "ticker"] } else { &["full", "heartbeat"] }
}

pub(super) fn snapshot_path(product: &str) -> String {
    format!("/products/{product}/book?level=3")
}

/// The product whose snapshot was asked for.
pub(super) fn snapshot_product(path: &str) -> Option<&str> {
    let (place, query) = path.split_once('?')?;
    let product = place.strip_suffix("/book")?.rsplit('/').next()?;
    query.split('&').any(|part| part == "level=3").then_some(product)
}

#[cfg(test)]
mod tests {
    use super::super::super::coinbase::request;
    use super::*;

    #[test]
    fn requests_are_the_documented_ones() {
        assert_eq!(
            request("subscribe", channels(false), &["BTC-USD", "ETH-USD"]),
            r#"{"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channels":["full","heartbeat"]}"#
        );
        let path = snapshot_path("BTC-USD");
        assert_eq!(path, "/products/BTC-USD/book?level=3");
        assert_eq!(snapshot_product(&format!("https://api.exchange.coinbase.com{path}")), Some("BTC-USD"));
        assert_eq!(snapshot_product("/products/BTC-USD/book?level=2"), None);
        assert_eq!(snapshot_product("/products/BTC-USD/ticker?level=3"), None);
    }
}
