//! Instruments from a recording: the grid is the most decimal places that a number needs.

use super::instruments::VENUE;
use super::reader::{Event, Fields, is_market_data};
use crate::market_data::inference::{InferenceError, Seen};
use crate::market_data::recording::{Content, Recording};
use crate::market_data::values::{object, text};
use crate::model::Instrument;

/// Reads a recording to its end and gives an instrument a product, in the order of their names.
///
/// # Errors
/// If the recording cannot be read or has no market data.
pub fn infer_instruments(recording: &mut Recording) -> Result<Vec<Instrument>, InferenceError> {
    let mut seen = Seen::default();
    while let Some(line) = recording.next()? {
        let Content::Frame(frame) = line.content else { continue };
        let Some(fields) = object::<Fields<'_>>(frame).filter(|_| is_market_data(frame)) else { continue };
        let events =
            fields.events.and_then(|events| serde_json::from_str::<Vec<Event<'_>>>(events.get()).ok());
        for event in events.unwrap_or_default() {
            let rows = event.updates.iter().flatten().chain(&event.trades).chain(&event.tickers);
            for row in rows {
                let Ok(product) = text(row.product_id.or(event.product_id), "") else { continue };
                let places = seen.symbol(&product);
                let pairs = [
                    (row.price_level, row.new_quantity),
                    (row.price, row.size),
                    (row.best_bid, row.best_bid_quantity),
                    (row.best_ask, row.best_ask_quantity),
                ];
                for (price, qty) in pairs {
                    places.values(price, qty);
                }
            }
        }
    }
    seen.instruments(|product| product.contains('-').then(|| format!("{VENUE}:{product}")))
}
