//! Instruments from the venue's `products`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::market_data::listing::{ListError, pick};
use crate::model::Instrument;

/// Path of the list of all products.
pub const LIST_PATH: &str = "/products";

const VENUE: &str = "coinbase";

#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    Products(Vec<Product>),
    Refusal { message: String },
}

#[derive(Deserialize)]
struct Product {
    /// `BTC-USD`.
    id: String,
    quote_increment: String,
    base_increment: String,
    min_market_funds: Option<String>,
}

/// The instruments of names such as `BTC-USD`, in their order.
///
/// # Errors
/// If the body is not readable, the venue's own error, and all names that it does not have.
pub fn find_instruments(body: &[u8], names: &[&str]) -> Result<Vec<Instrument>, ListError> {
    let body: Body = serde_json::from_slice(body)
        .map_err(|error| ListError::Unreadable { venue: VENUE, error: error.to_string() })?;
    let products = match body {
        Body::Products(products) => products,
        Body::Refusal { message: words } => return Err(ListError::Refused { venue: VENUE, words }),
    };
    let by_name: BTreeMap<String, Product> =
        products.into_iter().map(|product| (product.id.clone(), product)).collect();
    pick(VENUE, names, &by_name, |name, product| {
        let Product { id, quote_increment, base_increment, min_market_funds } = product;
        let mut instrument =
            Instrument::spot(&format!("{VENUE}:{name}"), id, quote_increment, base_increment)?;
        instrument.min_qty = instrument.lot.to_double(1);
        instrument.min_notional =
            min_market_funds.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0.0);
        Ok(instrument)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the venue documents it, shortened.
    const BODY: &str = r#"[{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","quote_increment":"0.01",
        "base_increment":"0.00000001","display_name":"BTC-USD","min_market_funds":"1","status":"online"},
        {"id":"ETH-BTC","quote_increment":"0.00001","base_increment":"0.00000001"}]"#;

    #[test]
    fn a_product_comes_with_its_grids_and_limits() {
        let found = find_instruments(BODY.as_bytes(), &["ETH-BTC", "BTC-USD"]).unwrap();
        assert_eq!((found[0].name.as_str(), found[0].tick.exponent()), ("coinbase:ETH-BTC", 5));
        assert_eq!((found[1].symbol.as_str(), found[1].lot.exponent()), ("BTC-USD", 8));
        assert_eq!((found[1].min_qty, found[1].min_notional), (1e-8, 1.0));
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let error = find_instruments(BODY.as_bytes(), &["BTC-EUR"]).unwrap_err().to_string();
        assert!(error.starts_with("coinbase has no instrument BTC-EUR;"), "{error}");
        let error = find_instruments(br#"{"message":"Public rate limit exceeded"}"#, &[]).unwrap_err();
        assert_eq!(error.to_string(), "coinbase refused its list of instruments: Public rate limit exceeded");
        assert!(find_instruments(b"<html>", &[]).is_err());
    }
}
