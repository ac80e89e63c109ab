//! Instruments from the venue's list of products.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::market_data::listing::{ListError, pick};
use crate::model::Instrument;

/// Path of the list of all products; no key is wanted for it.
pub const LIST_PATH: &str = "/api/v3/brokerage/market/products";

pub(super) const VENUE: &str = "coinbase-adv";

#[derive(Deserialize)]
struct Body {
    products: Option<Vec<Product>>,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Product {
    /// `BTC-USD`.
    product_id: String,
    price_increment: String,
    base_increment: String,
    quote_min_size: Option<String>,
    base_min_size: Option<String>,
}

/// The instruments of names such as `BTC-USD`, in their order.
///
/// # Errors
/// If the body is not readable, the venue's own error, and all names that it does not have.
pub fn find_instruments(body: &[u8], names: &[&str]) -> Result<Vec<Instrument>, ListError> {
    let body: Body = serde_json::from_slice(body)
        .map_err(|error| ListError::Unreadable { venue: VENUE, error: error.to_string() })?;
    let Some(products) = body.products else {
        return Err(ListError::Refused { venue: VENUE, words: body.message });
    };
    let by_name: BTreeMap<String, Product> =
        products.into_iter().map(|product| (product.product_id.clone(), product)).collect();
    pick(VENUE, names, &by_name, |name, product| {
        let Product { product_id, price_increment, base_increment, .. } = product;
        let mut instrument =
            Instrument::spot(&format!("{VENUE}:{name}"), product_id, price_increment, base_increment)?;
        let number =
            |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0.0);
        instrument.min_qty = number(&product.base_min_size);
        instrument.min_notional = number(&product.quote_min_size);
        Ok(instrument)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_comes_with_its_grids_and_limits() {
        let body = r#"{"products":[{"product_id":"BTC-USD","base_increment":"0.00000001","quote_increment":"0.01",
            "quote_min_size":"1","base_min_size":"0.00000001","price_increment":"0.01","status":"online"}],"num_products":1}"#;
        let found = find_instruments(body.as_bytes(), &["BTC-USD"]).unwrap();
        assert_eq!((found[0].name.as_str(), found[0].tick.exponent()), ("coinbase-adv:BTC-USD", 2));
        assert_eq!((found[0].min_qty, found[0].min_notional), (1e-8, 1.0));
        assert!(find_instruments(body.as_bytes(), &["BTC-EUR"]).is_err());
        let refused = find_instruments(br#"{"error":"x","message":"too many requests"}"#, &[]).unwrap_err();
        assert!(refused.to_string().ends_with("too many requests"), "{refused}");
    }
}
