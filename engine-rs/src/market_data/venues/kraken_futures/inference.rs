//! Instruments from a recording: the grid is the most decimal places that a number needs.

use super::tolerant::{Fields, rows};
use crate::market_data::inference::{InferenceError, Seen};
use crate::market_data::recording::{Content, Recording};
use crate::market_data::values::{object, text};
use crate::model::{Instrument, InstrumentKind};

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
        for row in [fields.bids, fields.asks].map(|raw| rows(raw).unwrap_or_default()).iter().flatten() {
            places.values(Some(row.price), Some(row.qty));
        }
        for (price, qty) in [(fields.price, fields.qty), (fields.bid, None), (fields.ask, None)] {
            places.values(price, qty);
        }
    }
    let mut instruments = seen.instruments(|symbol| split(symbol).map(|(name, _)| name))?;
    for instrument in &mut instruments {
        instrument.kind = split(&instrument.symbol).map_or(InstrumentKind::Future, |(_, kind)| kind);
    }
    Ok(instruments)
}

/// `PI_XBTUSD` is an inverse perpetual, `FI_XBTUSD_210730` an inverse future, `PF_` and `FF_` the linear ones.
fn split(symbol: &str) -> Option<(String, InstrumentKind)> {
    let mut parts = symbol.split('_');
    let (family, pair, delivery) = (parts.next()?, parts.next()?, parts.next());
    let base = pair.strip_suffix("USD").filter(|base| !base.is_empty())?;
    let base = if base == "XBT" { "BTC" } else { base };
    let (kind, mark) = match (family, delivery) {
        ("PI", None) => (InstrumentKind::Inverse, "INVERSE".to_owned()),
        ("PF", None) => (InstrumentKind::Perpetual, "PERP".to_owned()),
        ("FI", Some(delivery)) => (InstrumentKind::Inverse, format!("{delivery}-INVERSE")),
        ("FF", Some(delivery)) => (InstrumentKind::Future, delivery.to_owned()),
        _ => return None,
    };
    Some((format!("kraken:{base}-USD-{mark}"), kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_says_what_it_is() {
        let named =
            |symbol: &str| split(symbol).map(|(name, kind)| format!("{name} {kind:?}")).unwrap_or_default();
        assert_eq!(named("PI_XBTUSD"), "kraken:BTC-USD-INVERSE Inverse");
        assert_eq!(named("FI_ETHUSD_211231"), "kraken:ETH-USD-211231-INVERSE Inverse");
        assert_eq!(named("PF_SOLUSD"), "kraken:SOL-USD-PERP Perpetual");
        assert_eq!([named("RR_XBTUSD"), named("PI_USD"), named("junk")], ["", "", ""]);
    }
}
