//! Instruments from a recording: the grid is the most decimal places that a number needs.

use super::reader::data_of;
use crate::market_data::inference::{InferenceError, Seen};
use crate::market_data::recording::{Content, Recording};
use crate::market_data::values::{decimal_text, text};
use crate::model::Instrument;

/// Reads a recording to its end and gives an instrument a symbol, in the order of their names.
///
/// # Errors
/// If the recording cannot be read or has no market data.
pub fn infer_instruments(recording: &mut Recording) -> Result<Vec<Instrument>, InferenceError> {
    let mut seen = Seen::default();
    while let Some(line) = recording.next()? {
        let Content::Frame(frame) = line.content else { continue };
        for datum in data_of(frame).unwrap_or_default() {
            let Ok(symbol) = text(datum.symbol, "") else { continue };
            let places = seen.symbol(&symbol);
            for row in datum.bids.iter().chain(&datum.asks) {
                if let (Ok(price), Ok(qty)) =
                    (decimal_text(row.limit_price, ""), decimal_text(row.order_qty, ""))
                {
                    places.level(&price, &qty);
                }
            }
        }
    }
    seen.instruments(|symbol| symbol.split_once('/').map(|(base, quote)| format!("kraken:{base}-{quote}")))
}
