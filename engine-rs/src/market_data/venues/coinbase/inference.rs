//! Instruments from a recording: the grid is the most decimal places that a number needs.

use super::tolerant::{Fields, rows};
use crate::market_data::inference::{InferenceError, Seen};
use crate::market_data::recording::{Content, Recording};
use crate::market_data::values::{decimal_text, object, text};
use crate::model::Instrument;

/// Reads a recording to its end and gives an instrument a symbol, in the order of their names.
///
/// # Errors
/// If the recording cannot be read or has no market data.
pub fn infer_instruments(recording: &mut Recording) -> Result<Vec<Instrument>, InferenceError> {
    let mut seen = Seen::default();
    while let Some(line) = recording.next()? {
        let Content::Frame(frame) = line.content else { continue };
        let Some(fields) = object::<Fields<'_>>(frame) else { continue };
        let Ok(product) = text(fields.product_id, "") else { continue };
        let places = seen.symbol(&product);
        for row in [fields.bids, fields.asks, fields.changes]
            .map(|raw| rows(raw).unwrap_or_default())
            .iter()
            .flatten()
        {
            if let [.., at, size] = row.as_slice()
                && let (Ok(price), Ok(qty)) = (decimal_text(Some(at), ""), decimal_text(Some(size), ""))
            {
                places.level(&price, &qty);
            }
        }
        let levels = [
            (fields.price, fields.size),
            (fields.best_bid, fields.best_bid_size),
            (fields.best_ask, fields.best_ask_size),
        ];
        for (price, qty) in levels {
            places.values(price, qty);
        }
    }
    seen.instruments(|symbol| symbol.contains('-').then(|| format!("coinbase:{symbol}")))
}
