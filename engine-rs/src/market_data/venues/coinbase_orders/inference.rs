//! Instruments from a recording: the grid is the most decimal places that a number needs.

use super::endpoints::snapshot_product;
use super::tolerant::values_of;
use crate::market_data::inference::{InferenceError, Places, Seen};
use crate::market_data::recording::{Content, Recording};
use crate::market_data::values::{decimal_text, text};
use crate::model::Instrument;

const PRICES: [&str; 3] = ["price", "best_bid", "best_ask"];
const SIZES: [&str; 4] = ["size", "remaining_size", "new_size", "best_bid_size"];

/// Reads a recording to its end and gives an instrument a symbol, in the order of their names.
///
/// # Errors
/// If the recording cannot be read or has no market data.
pub fn infer_instruments(recording: &mut Recording) -> Result<Vec<Instrument>, InferenceError> {
    let mut seen = Seen::default();
    while let Some(line) = recording.next()? {
        match line.content {
            Content::Frame(frame) => {
                let Some(values) = values_of(frame) else { continue };
                let value = |key: &str| values.get(key).and_then(|raw| decimal_text(Some(raw), "").ok());
                let Some(product) = values.get("product_id").and_then(|raw| text(Some(raw), "").ok()) else {
                    continue;
                };
                let places = seen.symbol(&product);
                PRICES.iter().filter_map(|key| value(key)).for_each(|price| places.price(&price));
                SIZES.iter().filter_map(|key| value(key)).for_each(|size| places.qty(&size));
            }
            Content::Answer { path, body } => {
                if let Some(product) = path.and_then(snapshot_product) {
                    rows_of(body, seen.symbol(product));
                }
            }
        }
    }
    seen.instruments(|symbol| symbol.contains('-').then(|| format!("coinbase:{symbol}")))
}

fn rows_of(body: &[u8], places: &mut Places) {
    let Some(values) = values_of(body) else { return };
    for side in ["bids", "asks"] {
        let rows = values.get(side).and_then(|raw| serde_json::from_str::<Vec<Vec<&_>>>(raw.get()).ok());
        for row in rows.unwrap_or_default() {
            if let [price, size, ..] = row.as_slice()
                && let (Ok(price), Ok(size)) = (decimal_text(Some(price), ""), decimal_text(Some(size), ""))
            {
                places.level(&price, &size);
            }
        }
    }
}
