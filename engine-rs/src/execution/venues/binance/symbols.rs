//! Instruments by the venue's symbol.

use crate::model::{Instrument, InstrumentId};

/// An instrument and what of it every request repeats.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) id: InstrumentId,
    pub(super) instrument: Instrument,
    pub(super) base: String,
    pub(super) quote: String,
    /// `"symbol":"BTCUSDT"`
    pub(super) symbol_pair: String,
}

/// The instruments that are traded, by symbol and by id.
#[derive(Clone, Debug)]
pub(super) struct Symbols {
    by_symbol: Vec<Listed>,
    /// Position in `by_symbol` of a row of the instruments table.
    by_id: Vec<Option<usize>>,
}

impl Symbols {
    pub(super) fn new(instruments: &[(InstrumentId, Instrument)]) -> Symbols {
        let listed = |(id, instrument): &(InstrumentId, Instrument)| Listed {
            id: *id,
            base: instrument.name.split([':', '-']).nth(1).unwrap_or_default().to_owned(),
            quote: instrument.quote().to_owned(),
            symbol_pair: format!("\"symbol\":{}", serde_json::Value::from(instrument.symbol.as_str())),
            instrument: instrument.clone(),
        };
        let mut by_symbol: Vec<_> = instruments.iter().map(listed).collect();
        by_symbol.sort_by(|one, other| one.instrument.symbol.cmp(&other.instrument.symbol));
        let size = by_symbol.iter().map(|listed| listed.id.0 as usize + 1).max().unwrap_or(0);
        let mut by_id = vec![None; size];
        by_symbol.iter().enumerate().for_each(|(at, listed)| by_id[listed.id.0 as usize] = Some(at));
        Symbols { by_symbol, by_id }
    }

    pub(super) fn find(&self, symbol: &str) -> Option<&Listed> {
        let at =
            self.by_symbol.binary_search_by(|listed| listed.instrument.symbol.as_str().cmp(symbol)).ok()?;
        Some(&self.by_symbol[at])
    }

    pub(super) fn get(&self, id: InstrumentId) -> Option<&Listed> {
        let at = (*self.by_id.get(id.0 as usize)?)?;
        Some(&self.by_symbol[at])
    }
}
