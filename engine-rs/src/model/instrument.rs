//! What is traded, and the grid of its prices and quantities.

use thiserror::Error;

use super::{Grid, GridError, Lots, Ticks};

/// Row of the instruments table of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstrumentId(pub u32);

/// What an instrument is.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InstrumentKind {
    /// Delivered at once.
    #[default]
    Spot = 1,
    /// A future without expiry.
    Perpetual = 2,
    /// Margined in its base currency.
    Inverse = 3,
    /// A future with expiry.
    Future = 4,
    /// An option.
    Option = 5,
    /// A share.
    Equity = 6,
}

/// Why an instrument is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InstrumentError {
    /// The name is not `venue:BASE-QUOTE`.
    #[error("instrument {0:?}: must be venue:BASE-QUOTE, such as binance:BTC-USDT")]
    Name(String),
    /// The tick or the lot is no step.
    #[error("instrument {name:?}: {what} is {error}")]
    Step {
        /// The instrument.
        name: String,
        /// `tick` or `lot`.
        what: &'static str,
        /// Why.
        error: GridError,
    },
}

/// An instrument of a venue. All prices and quantities of books and orders are integers on its two grids.
#[derive(Clone, Debug, PartialEq)]
pub struct Instrument {
    /// `venue:BASE-QUOTE`.
    pub name: String,
    /// The venue's own spelling.
    pub symbol: String,
    /// What it is.
    pub kind: InstrumentKind,
    /// Step of prices.
    pub tick: Grid,
    /// Step of quantities.
    pub lot: Grid,
    /// Units of the underlying in one lot's unit.
    pub multiplier: f64,
    /// Smallest quantity of an order, 0 if not limited.
    pub min_qty: f64,
    /// Smallest value of an order in quote currency, 0 if not limited.
    pub min_notional: f64,
}

impl Instrument {
    /// A spot instrument from its name, its venue symbol and the steps as the venue writes them.
    ///
    /// # Errors
    /// If the name is not `venue:BASE-QUOTE` or a step is none.
    pub fn spot(name: &str, symbol: &str, tick: &str, lot: &str) -> Result<Instrument, InstrumentError> {
        let (venue, pair) = name.split_once(':').unwrap_or(("", ""));
        let (base, quote) = pair.split_once('-').unwrap_or(("", ""));
        if venue.is_empty() || base.is_empty() || quote.is_empty() {
            return Err(InstrumentError::Name(name.to_owned()));
        }
        let step = |what, text| {
            Grid::parse(text).map_err(|error| InstrumentError::Step { name: name.to_owned(), what, error })
        };
        Ok(Instrument {
            name: name.to_owned(),
            symbol: symbol.to_owned(),
            kind: InstrumentKind::Spot,
            tick: step("tick", tick)?,
            lot: step("lot", lot)?,
            multiplier: 1.0,
            min_qty: 0.0,
            min_notional: 0.0,
        })
    }

    /// The part before the colon.
    #[must_use]
    pub fn venue(&self) -> &str {
        self.name.split(':').next().unwrap_or_default()
    }

    /// The currency that prices are in.
    #[must_use]
    pub fn quote(&self) -> &str {
        self.name.split(['-', ':']).nth(2).unwrap_or_default()
    }

    /// A price's double.
    #[inline]
    #[must_use]
    pub fn price(&self, ticks: Ticks) -> f64 {
        self.tick.to_double(ticks.0)
    }

    /// A quantity's double.
    #[inline]
    #[must_use]
    pub fn qty(&self, lots: Lots) -> f64 {
        self.lot.to_double(lots.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_venue_and_quote() {
        let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
        assert_eq!((btc.venue(), btc.quote()), ("binance", "USDT"));
        assert_eq!(btc.price(Ticks(6_183_763)), 61_837.63);
        assert!(Instrument::spot("BTCUSDT", "", "1", "1").is_err());
        assert!(Instrument::spot("binance:BTC-USDT", "", "0", "1").is_err());
    }
}
