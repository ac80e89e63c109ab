//! Instruments from the venue's `exchangeInfo`, found by the names that an operator configured.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use super::endpoints::Market;
use crate::model::{Instrument, InstrumentError, InstrumentKind};

/// Why instruments cannot be had.
#[derive(Debug, Error, PartialEq)]
pub enum InstrumentsError {
    /// The body is no `exchangeInfo`.
    #[error("binance exchangeInfo is not readable: {0}")]
    Unreadable(String),
    /// The venue answered with an error.
    #[error("binance refused exchangeInfo: {msg} (code {code})")]
    Refused {
        /// The venue's code.
        code: i64,
        /// The venue's words.
        msg: String,
    },
    /// Names without a symbol at the venue.
    #[error("binance has no instrument {}; write BASE-QUOTE as in binance:BTC-USDT, or add an alias", list(.0))]
    Unknown(Vec<String>),
    /// Names without a future at the venue.
    #[error("binance has no future {}; write BASE-QUOTE-PERP, or the day of delivery as in BTC-USDT-261225", list(.0))]
    UnknownFuture(Vec<String>),
    /// A symbol without the filter that gives its grid.
    #[error("binance gives no {filter} for {symbol}")]
    NoFilter {
        /// The symbol.
        symbol: String,
        /// The filter.
        filter: &'static str,
    },
    /// A name or a step that cannot be used.
    #[error(transparent)]
    Instrument(#[from] InstrumentError),
}

fn list(names: &[String]) -> String {
    names.join(", ")
}

/// A symbol as the venue lists it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// The venue's spelling.
    pub symbol: String,
    /// `TRADING`, `BREAK`, …
    #[serde(default)]
    pub status: String,
    /// What is traded.
    pub base_asset: String,
    /// What prices are in.
    pub quote_asset: String,
    /// Of a coin-margined future: what one contract is worth in quote currency.
    #[serde(default)]
    pub contract_size: Option<f64>,
    #[serde(default)]
    filters: Vec<Filter>,
}

/// The fields of all filters that matter here; each filter has some of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    filter_type: String,
    tick_size: Option<String>,
    step_size: Option<String>,
    min_qty: Option<String>,
    min_notional: Option<String>,
    notional: Option<String>,
}

impl Listing {
    /// The instrument with its grids.
    ///
    /// # Errors
    /// If `PRICE_FILTER` or `LOT_SIZE` is missing, or a step is none.
    pub fn instrument(&self) -> Result<Instrument, InstrumentsError> {
        let tick = self.filter("PRICE_FILTER", |filter| filter.tick_size.as_deref())?;
        let lot = self.filter("LOT_SIZE", |filter| filter.step_size.as_deref())?;
        let name = format!("binance:{}-{}", self.base_asset, self.quote_asset);
        let mut instrument = Instrument::spot(&name, &self.symbol, tick, lot)?;
        let number = |text: &str| text.parse().unwrap_or(0.0);
        instrument.min_qty = self.filter("LOT_SIZE", |filter| filter.min_qty.as_deref()).map_or(0.0, number);
        instrument.min_notional = self
            .filter("NOTIONAL", |filter| filter.min_notional.as_deref())
            .or_else(|_| self.filter("MIN_NOTIONAL", |filter| filter.min_notional.as_deref()))
            .or_else(|_| self.filter("MIN_NOTIONAL", |filter| filter.notional.as_deref()))
            .map_or(0.0, number);
        Ok(instrument)
    }

    /// The same of a market's, by the name that an operator gave it.
    fn named(&self, name: &str, market: Market) -> Result<Instrument, InstrumentsError> {
        let mut instrument = self.instrument()?;
        instrument.kind = match market {
            Market::Spot => return Ok(instrument),
            Market::CoinM => InstrumentKind::Inverse,
            Market::UsdM if self.symbol.contains('_') => InstrumentKind::Future,
            Market::UsdM => InstrumentKind::Perpetual,
        };
        instrument.name = format!("binance:{name}");
        instrument.multiplier = self.contract_size.unwrap_or(1.0);
        Ok(instrument)
    }

    fn filter<'a>(
        &'a self,
        kind: &'static str,
        field: impl Fn(&'a Filter) -> Option<&'a str>,
    ) -> Result<&'a str, InstrumentsError> {
        let filter = self.filters.iter().find(|filter| filter.filter_type == kind);
        filter
            .and_then(field)
            .ok_or_else(|| InstrumentsError::NoFilter { symbol: self.symbol.clone(), filter: kind })
    }
}

/// Reads the body of `exchangeInfo`.
///
/// # Errors
/// If it is not readable, or the venue's own error.
pub fn listings(body: &[u8]) -> Result<Vec<Listing>, InstrumentsError> {
    #[derive(Deserialize)]
    struct Body {
        symbols: Option<Vec<Listing>>,
        code: Option<i64>,
        #[serde(default)]
        msg: String,
    }
    let body: Body =
        serde_json::from_slice(body).map_err(|error| InstrumentsError::Unreadable(error.to_string()))?;
    match (body.symbols, body.code) {
        (Some(symbols), _) => Ok(symbols),
        (None, Some(code)) => Err(InstrumentsError::Refused { code, msg: body.msg }),
        (None, None) => Err(InstrumentsError::Unreadable("no symbols in it".to_owned())),
    }
}

/// The venue's symbol for a configured name: `binance:BTC-USDT`, `BTC-USDT`, `BTCUSDT`, or what an alias stands for.
#[must_use]
pub fn symbol_of(name: &str, aliases: &BTreeMap<String, String>) -> String {
    let plain = |name: &str| name.strip_prefix("binance:").unwrap_or(name).to_owned();
    let named = plain(name);
    let meant = aliases.get(name).or_else(|| aliases.get(&named)).map_or(named, |meant| plain(meant));
    meant.replace('-', "")
}

/// The instruments of configured names, in their order.
///
/// # Errors
/// [`InstrumentsError::Unknown`] with all names that the venue does not have; else as [`Listing::instrument`].
pub fn find_instruments(
    listings: &[Listing],
    names: &[&str],
    aliases: &BTreeMap<String, String>,
) -> Result<Vec<Instrument>, InstrumentsError> {
    let by_symbol: BTreeMap<&str, &Listing> =
        listings.iter().map(|listing| (listing.symbol.as_str(), listing)).collect();
    let found: Vec<_> = names.iter().map(|name| by_symbol.get(symbol_of(name, aliases).as_str())).collect();
    let unknown: Vec<_> = names
        .iter()
        .zip(&found)
        .filter(|(_, found)| found.is_none())
        .map(|(name, _)| (*name).to_owned())
        .collect();
    if !unknown.is_empty() {
        return Err(InstrumentsError::Unknown(unknown));
    }
    found.into_iter().flatten().map(|listing| listing.instrument()).collect()
}

/// The venue's symbol of a future, `BTC-USDT-PERP` or `BTC-USDT-261225`.
fn future_symbol(name: &str, market: Market) -> String {
    let (pair, delivery) = name.rsplit_once('-').unwrap_or((name, "PERP"));
    let pair = pair.replace('-', "");
    if market == Market::UsdM && delivery == "PERP" { pair } else { format!("{pair}_{delivery}") }
}

/// The futures of configured names, in their order.
///
/// # Errors
/// As [`find_instruments`].
pub fn find_futures(
    listings: &[Listing],
    names: &[&str],
    market: Market,
) -> Result<Vec<Instrument>, InstrumentsError> {
    let listed = |name: &str| {
        let symbol = future_symbol(name, market);
        listings.iter().find(|listing| listing.symbol == symbol)
    };
    let unknown: Vec<_> =
        names.iter().filter(|name| listed(name).is_none()).map(|name| (*name).to_owned()).collect();
    if !unknown.is_empty() {
        return Err(InstrumentsError::UnknownFuture(unknown));
    }
    names.iter().filter_map(|name| Some(listed(name)?.named(name, market))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"timezone":"UTC","symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC",
        "quoteAsset":"USDT","filters":[
        {"filterType":"PRICE_FILTER","minPrice":"0.01000000","maxPrice":"1000000.00000000","tickSize":"0.01000000"},
        {"filterType":"LOT_SIZE","minQty":"0.00001000","maxQty":"9000.00000000","stepSize":"0.00001000"},
        {"filterType":"ICEBERG_PARTS","limit":10},
        {"filterType":"NOTIONAL","minNotional":"5.00000000","applyMinToMarket":true}]},
        {"symbol":"ETHBTC","baseAsset":"ETH","quoteAsset":"BTC","filters":[]}]}"#;

    #[test]
    fn an_instrument_comes_with_its_grids_and_limits() {
        let listings = listings(BODY.as_bytes()).unwrap();
        let aliases = BTreeMap::from([("BTC/USD".to_owned(), "BTC-USDT".to_owned())]);
        for name in ["binance:BTC-USDT", "BTC-USDT", "BTCUSDT", "BTC/USD", "binance:BTC/USD"] {
            let found = find_instruments(&listings, &[name], &aliases).unwrap();
            assert_eq!(found[0].name, "binance:BTC-USDT");
            assert_eq!((found[0].tick.mantissa(), found[0].tick.exponent()), (1, 2));
            assert_eq!((found[0].lot.mantissa(), found[0].lot.exponent()), (1, 5));
            assert_eq!((found[0].min_qty, found[0].min_notional), (0.00001, 5.0));
        }
    }

    #[test]
    fn futures_are_named_by_their_delivery() {
        let filters = r#""filters":[{"filterType":"PRICE_FILTER","tickSize":"0.10"},{"filterType":"LOT_SIZE",
            "stepSize":"0.001","minQty":"0.001"},{"filterType":"MIN_NOTIONAL","notional":"100"}]}"#;
        let one = |symbol: &str, quote: &str, more: &str| {
            format!(r#"{{"symbol":"{symbol}","baseAsset":"BTC","quoteAsset":"{quote}",{more}{filters}"#)
        };
        let dollars = format!(
            r#"{{"symbols":[{},{}]}}"#,
            one("BTCUSDT", "USDT", ""),
            one("BTCUSDT_261225", "USDT", "")
        );
        let known = listings(dollars.as_bytes()).unwrap();
        let found = find_futures(&known, &["BTC-USDT-261225", "BTC-USDT-PERP"], Market::UsdM).unwrap();
        assert_eq!((found[0].symbol.as_str(), found[0].kind), ("BTCUSDT_261225", InstrumentKind::Future));
        assert_eq!(
            (found[1].name.as_str(), found[1].kind),
            ("binance:BTC-USDT-PERP", InstrumentKind::Perpetual)
        );
        assert_eq!((found[1].quote(), found[1].min_notional), ("USDT", 100.0));
        let coins = format!(r#"{{"symbols":[{}]}}"#, one("BTCUSD_PERP", "USD", "\"contractSize\":100,"));
        let known = listings(coins.as_bytes()).unwrap();
        let found = find_futures(&known, &["BTC-USD-PERP"], Market::CoinM).unwrap();
        assert_eq!((found[0].kind, found[0].multiplier), (InstrumentKind::Inverse, 100.0));
        let error = find_futures(&known, &["BTC-USD-261225"], Market::CoinM).unwrap_err().to_string();
        assert!(error.starts_with("binance has no future BTC-USD-261225;"), "{error}");
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let none = BTreeMap::new();
        let known = listings(BODY.as_bytes()).unwrap();
        let error = find_instruments(&known, &["BTC-USDT", "BTC-EURX", "DOGE/USD"], &none).unwrap_err();
        assert!(error.to_string().contains("BTC-EURX, DOGE/USD;"), "{error}");
        let error = find_instruments(&known, &["ETH-BTC"], &none).unwrap_err();
        assert_eq!(error.to_string(), "binance gives no PRICE_FILTER for ETHBTC");
        let error = listings(br#"{"code":-1121,"msg":"Invalid symbol."}"#).unwrap_err();
        assert_eq!(error.to_string(), "binance refused exchangeInfo: Invalid symbol. (code -1121)");
        assert!(listings(b"<html>").is_err());
        assert!(listings(b"{}").is_err());
    }
}
