//! Instruments from a recording that does not say their grids: as many decimal places as its numbers need.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use thiserror::Error;

use super::recording::RecordingError;
use super::values::decimal_text;
use crate::model::{Instrument, InstrumentError, MAX_EXPONENT, decimal_to_mantissa};

/// Why instruments cannot be inferred.
#[derive(Debug, Error)]
pub enum InferenceError {
    /// The recording cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// Base and quote are not known.
    #[error("symbol {0}: no known quote currency at its end; name its instrument in an instruments file")]
    Symbol(String),
    /// There is nothing to infer from.
    #[error("the recording has no depth, trade or quote of any symbol")]
    Nothing,
    /// Never with the grids made here.
    #[error(transparent)]
    Instrument(#[from] InstrumentError),
}

/// Most decimal places of prices and quantities.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Places {
    pub(crate) price: u8,
    pub(crate) qty: u8,
}

impl Places {
    pub(crate) fn level(&mut self, price: &str, qty: &str) {
        self.price(price);
        widen(&mut self.qty, qty);
    }

    /// Values of a message: a price that is there, and a quantity if that is.
    pub(crate) fn values(&mut self, price: Option<&RawValue>, qty: Option<&RawValue>) {
        if let Ok(price) = decimal_text(price, "") {
            self.level(&price, &decimal_text(qty, "").unwrap_or_default());
        }
    }

    pub(crate) fn price(&mut self, price: &str) {
        widen(&mut self.price, price);
    }

    pub(crate) fn qty(&mut self, qty: &str) {
        widen(&mut self.qty, qty);
    }

    pub(crate) fn join(&mut self, other: Places) {
        self.price = self.price.max(other.price);
        self.qty = self.qty.max(other.qty);
    }
}

fn widen(places: &mut u8, text: &str) {
    let needed =
        (*places..=MAX_EXPONENT).find(|places| decimal_to_mantissa(text.as_bytes(), *places).is_ok());
    *places = needed.unwrap_or(*places);
}

/// What has been seen of each symbol.
#[derive(Debug, Default)]
pub(crate) struct Seen(BTreeMap<String, Places>);

impl Seen {
    pub(crate) fn symbol(&mut self, symbol: &str) -> &mut Places {
        self.0.entry(symbol.to_owned()).or_default()
    }

    /// The only symbol there is, if there is just one.
    pub(crate) fn only(&mut self) -> Option<&mut Places> {
        if self.0.len() == 1 { self.0.values_mut().next() } else { None }
    }

    /// An instrument a symbol, in the order of their names in the recording.
    pub(crate) fn instruments(
        self,
        name_of: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<Instrument>, InferenceError> {
        if self.0.is_empty() {
            return Err(InferenceError::Nothing);
        }
        let step = |places: u8| format!("1e-{places}");
        let instrument = |(symbol, places): (String, Places)| {
            let name = name_of(&symbol).ok_or_else(|| InferenceError::Symbol(symbol.clone()))?;
            Ok(Instrument::spot(&name, &symbol, &step(places.price), &step(places.qty))?)
        };
        self.0.into_iter().map(instrument).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_the_most_that_a_number_needs() {
        let mut places = 0;
        for (text, expected) in [("5.00000000", 0), ("0.10000000", 1), ("8.1", 1), ("1e-3", 3), ("junk", 3)] {
            widen(&mut places, text);
            assert_eq!(places, expected, "{text}");
        }
    }
}
