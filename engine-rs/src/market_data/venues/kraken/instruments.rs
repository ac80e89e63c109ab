//! Instruments from the venue's `AssetPairs`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::endpoints::spelling_v2;
use crate::market_data::listing::{ListError, pick};
use crate::model::Instrument;

/// Path of the list of all pairs.
pub const LIST_PATH: &str = "/0/public/AssetPairs";

const VENUE: &str = "kraken";

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    error: Vec<String>,
    #[serde(default)]
    result: BTreeMap<String, Pair>,
}

#[derive(Deserialize)]
struct Pair {
    /// `XBT/USD`; pairs of the dark pool have none.
    wsname: Option<String>,
    pair_decimals: u8,
    lot_decimals: u8,
    /// Absent in older answers: then a unit of the last decimal.
    tick_size: Option<String>,
    ordermin: Option<String>,
    costmin: Option<String>,
}

/// The instruments of names such as `BTC-USD`, in their order.
///
/// # Errors
/// If the body is not readable, the venue's own error, and all names that it does not have.
pub fn find_instruments(body: &[u8], names: &[&str]) -> Result<Vec<Instrument>, ListError> {
    let body: Body = serde_json::from_slice(body)
        .map_err(|error| ListError::Unreadable { venue: VENUE, error: error.to_string() })?;
    if !body.error.is_empty() {
        return Err(ListError::Refused { venue: VENUE, words: body.error.join(", ") });
    }
    let by_name = body.result.into_values().filter_map(|pair| {
        let symbol = spelling_v2(pair.wsname.as_deref()?);
        Some((symbol.replace('/', "-"), (symbol, pair)))
    });
    pick(VENUE, names, &by_name.collect(), |name, (symbol, pair)| instrument(name, symbol, pair))
}

fn instrument(name: &str, symbol: &str, pair: &Pair) -> Result<Instrument, ListError> {
    let unit = |places: u8| match places {
        0 => "1".to_owned(),
        places => format!("0.{:0>1$}", 1, usize::from(places)),
    };
    let tick = pair.tick_size.clone().unwrap_or_else(|| unit(pair.pair_decimals));
    let mut instrument =
        Instrument::spot(&format!("{VENUE}:{name}"), symbol, &tick, &unit(pair.lot_decimals))?;
    let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0.0);
    (instrument.min_qty, instrument.min_notional) = (number(&pair.ordermin), number(&pair.costmin));
    Ok(instrument)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the venue documents it, shortened.
    const BODY: &str = r#"{"error":[],"result":{
        "XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","aclass_base":"currency","base":"XXBT","aclass_quote":"currency",
            "quote":"ZUSD","pair_decimals":1,"cost_decimals":5,"lot_decimals":8,"lot_multiplier":1,"ordermin":"0.0001",
            "costmin":"0.5","tick_size":"0.1","status":"online"},
        "XDGEUR":{"altname":"XDGEUR","wsname":"XDG/EUR","pair_decimals":7,"lot_decimals":8,"ordermin":"13"},
        "XBTUSD.d":{"altname":"XBTUSD.d","pair_decimals":1,"lot_decimals":8}}}"#;

    #[test]
    fn a_pair_comes_with_its_grids_and_limits() {
        let found = find_instruments(BODY.as_bytes(), &["DOGE-EUR", "BTC-USD"]).unwrap();
        let told: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.symbol.as_str())).collect();
        assert_eq!(told, [("kraken:DOGE-EUR", "DOGE/EUR"), ("kraken:BTC-USD", "BTC/USD")]);
        assert_eq!((found[0].tick.mantissa(), found[0].tick.exponent()), (1, 7));
        assert_eq!((found[1].tick.mantissa(), found[1].tick.exponent(), found[1].lot.exponent()), (1, 1, 8));
        assert_eq!((found[1].min_qty, found[1].min_notional), (0.0001, 0.5));
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let error = find_instruments(BODY.as_bytes(), &["BTC-USDX", "BTC-USD"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "kraken has no instrument BTC-USDX; write BASE-QUOTE as the venue trades it, such as BTC-USD, or add an alias"
        );
        let error = find_instruments(br#"{"error":["EGeneral:Too many requests"]}"#, &[]).unwrap_err();
        assert_eq!(error.to_string(), "kraken refused its list of instruments: EGeneral:Too many requests");
        assert!(find_instruments(b"<html>", &[]).is_err());
    }
}
