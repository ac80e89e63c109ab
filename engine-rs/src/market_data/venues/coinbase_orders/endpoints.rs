//! Channels and paths, and what a client says. The venue wants to hear it within five seconds.

/// Products that one message subscribes to.
pub(super) const PRODUCTS_A_MESSAGE: usize = 50;
/// Snapshots are large: the venue asks not to poll them, and allows ten requests a second.
pub(super) const SNAPSHOT_COST: i64 = 1_000_000_000;

pub(super) fn subscribe(channels: &[&str], products: &[&str]) -> String {
    let list = |names: &[&str]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
    format!(r#"{{"type":"subscribe","product_ids":[{}],"channels":[{}]}}"#, list(products), list(channels))
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
    use super::*;

    #[test]
    fn requests_are_the_documented_ones() {
        assert_eq!(
            subscribe(&["full", "heartbeat"], &["BTC-USD", "ETH-USD"]),
            r#"{"type":"subscribe","product_ids":["BTC-USD","ETH-USD"],"channels":["full","heartbeat"]}"#
        );
        let path = snapshot_path("BTC-USD");
        assert_eq!(path, "/products/BTC-USD/book?level=3");
        assert_eq!(snapshot_product(&format!("https://api.exchange.coinbase.com{path}")), Some("BTC-USD"));
        assert_eq!(snapshot_product("/products/BTC-USD/book?level=2"), None);
        assert_eq!(snapshot_product("/products/BTC-USD/ticker?level=3"), None);
    }
}
