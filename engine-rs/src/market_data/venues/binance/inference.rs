//! Instruments from a recording that has no `exchangeInfo`: the grid is the most decimal places seen.

use std::collections::BTreeMap;

use thiserror::Error;

use super::endpoints::snapshot_symbol;
use super::tolerant::{Fields, fields_of, text, text_levels};
use crate::market_data::recording::{Content, Recording, RecordingError};
use crate::model::{Instrument, InstrumentError, MAX_EXPONENT, decimal_to_mantissa};

/// Currencies that prices are in, longest first where one ends with another.
const QUOTES: [&str; 24] = [
    "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USDP", "BIDR", "BVND", "IDRT", "BKRW", "AEUR", "EURI", "BTC",
    "ETH", "BNB", "EUR", "GBP", "TRY", "BRL", "AUD", "JPY", "RUB", "DAI", "UAH",
];

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
struct Places {
    price: u8,
    qty: u8,
}

impl Places {
    fn level(&mut self, price: &str, qty: &str) {
        widen(&mut self.price, price);
        widen(&mut self.qty, qty);
    }

    fn join(&mut self, other: Places) {
        self.price = self.price.max(other.price);
        self.qty = self.qty.max(other.qty);
    }

    fn of(fields: &Fields<'_>) -> Places {
        let mut places = Places::default();
        for side in [fields.b, fields.a, fields.bids, fields.asks] {
            for (price, qty) in text_levels(side).unwrap_or_default() {
                places.level(&price, &qty);
            }
        }
        for pair in [(fields.b, fields.bid_qty), (fields.a, fields.ask_qty), (fields.p, fields.q)] {
            if let (Ok(price), Ok(qty)) = (text(pair.0, ""), text(pair.1, "")) {
                places.level(&price, &qty);
            }
        }
        places
    }
}

fn widen(places: &mut u8, text: &str) {
    let needed =
        (*places..=MAX_EXPONENT).find(|places| decimal_to_mantissa(text.as_bytes(), *places).is_ok());
    *places = needed.unwrap_or(*places);
}

/// Reads a recording to its end and gives an instrument a symbol, in the order of their names.
///
/// # Errors
/// If the recording cannot be read, has no market data, or a symbol has no known quote currency.
pub fn infer_instruments(recording: &mut Recording) -> Result<Vec<Instrument>, InferenceError> {
    let mut seen: BTreeMap<String, Places> = BTreeMap::new();
    let mut nameless = Places::default();
    while let Some(line) = recording.next()? {
        match line.content {
            Content::Frame(frame) => {
                let Some(fields) = message_of(frame) else { continue };
                if let Ok(symbol) = text(fields.symbol, "s") {
                    seen.entry(symbol.into_owned()).or_default().join(Places::of(&fields));
                }
            }
            Content::Answer { path, body } => {
                let Some(fields) = fields_of(body) else { continue };
                match path.and_then(snapshot_symbol) {
                    Some(symbol) => {
                        seen.entry(symbol.to_owned()).or_default().join(Places::of(&fields));
                    }
                    None => nameless.join(Places::of(&fields)),
                }
            }
        }
    }
    if let (1, Some(only)) = (seen.len(), seen.values_mut().next()) {
        only.join(nameless);
    }
    if seen.is_empty() {
        return Err(InferenceError::Nothing);
    }
    seen.into_iter().map(|(symbol, places)| instrument(&symbol, places)).collect()
}

fn message_of(frame: &[u8]) -> Option<Fields<'_>> {
    let outer = fields_of(frame)?;
    match outer.data {
        None => Some(outer),
        Some(data) => fields_of(data.get().as_bytes()),
    }
}

fn instrument(symbol: &str, places: Places) -> Result<Instrument, InferenceError> {
    let pair = QUOTES.iter().find_map(|quote| Some((symbol.strip_suffix(quote)?, quote)));
    let (base, quote) =
        pair.filter(|(base, _)| !base.is_empty()).ok_or(InferenceError::Symbol(symbol.to_owned()))?;
    let step = |places: u8| format!("1e-{places}");
    let name = format!("binance:{base}-{quote}");
    Ok(Instrument::spot(&name, symbol, &step(places.price), &step(places.qty))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Grid;

    #[test]
    fn places_are_the_most_that_a_number_needs() {
        let mut places = 0;
        for (text, expected) in [("5.00000000", 0), ("0.10000000", 1), ("8.1", 1), ("1e-3", 3), ("junk", 3)] {
            widen(&mut places, text);
            assert_eq!(places, expected, "{text}");
        }
    }

    #[test]
    fn a_symbol_splits_at_its_quote_currency() {
        let places = Places { price: 2, qty: 5 };
        let btc = instrument("BTCUSDT", places).unwrap();
        assert_eq!(
            (btc.name.as_str(), btc.tick, btc.lot),
            ("binance:BTC-USDT", Grid::new(1, 2).unwrap(), Grid::new(1, 5).unwrap())
        );
        assert_eq!(instrument("BUSDTRY", places).unwrap().name, "binance:BUSD-TRY");
        assert!(instrument("ABCXYZ", places).is_err());
        assert!(instrument("USDT", places).is_err());
    }
}
