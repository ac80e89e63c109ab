//! Instruments from a recording that has no `exchangeInfo`: the grid is the most decimal places seen.

use super::endpoints::{Market, snapshot_symbol};
use super::sbe;
use super::tolerant::{Fields, fields_of, text_levels};
use crate::market_data::inference::{InferenceError, Places, Seen};
use crate::market_data::recording::{Content, Recording};
use crate::market_data::values::text;
use crate::model::{Instrument, InstrumentKind};

/// Currencies that prices are in, longest first where one ends with another.
const QUOTES: [&str; 24] = [
    "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USDP", "BIDR", "BVND", "IDRT", "BKRW", "AEUR", "EURI", "BTC",
    "ETH", "BNB", "EUR", "GBP", "TRY", "BRL", "AUD", "JPY", "RUB", "DAI", "UAH",
];

fn places_of(fields: &Fields<'_>) -> Places {
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

/// Reads a recording to its end and gives an instrument a symbol, in the order of their names.
///
/// # Errors
/// If the recording cannot be read, has no market data, or a symbol has no known quote currency.
pub fn infer_instruments(recording: &mut Recording) -> Result<Vec<Instrument>, InferenceError> {
    infer_of_market(recording, Market::Spot)
}

/// The same for any of the venue's markets.
///
/// # Errors
/// As [`infer_instruments`].
pub fn infer_of_market(recording: &mut Recording, market: Market) -> Result<Vec<Instrument>, InferenceError> {
    let mut seen = Seen::default();
    let mut nameless = Places::default();
    while let Some(line) = recording.next()? {
        match line.content {
            Content::Frame(frame) => {
                if let Some((symbol, places)) = sbe::places(frame) {
                    seen.symbol(symbol).join(places);
                }
                let Some(fields) = message_of(frame) else { continue };
                if let Ok(symbol) = text(fields.symbol, "s") {
                    seen.symbol(&symbol).join(places_of(&fields));
                }
            }
            Content::Answer { path, body } => {
                let Some(fields) = fields_of(body) else { continue };
                match path.and_then(snapshot_symbol) {
                    Some(symbol) => seen.symbol(symbol).join(places_of(&fields)),
                    None => nameless.join(places_of(&fields)),
                }
            }
        }
    }
    if let Some(only) = seen.only() {
        only.join(nameless);
    }
    let mut instruments = seen.instruments(|symbol| name_of(symbol, market))?;
    for instrument in &mut instruments {
        instrument.kind = kind_of(&instrument.name, market);
        instrument.multiplier = size_of(&instrument.name, market);
    }
    Ok(instruments)
}

fn message_of(frame: &[u8]) -> Option<Fields<'_>> {
    let outer = fields_of(frame)?;
    match outer.data {
        None => Some(outer),
        Some(data) => fields_of(data.get().as_bytes()),
    }
}

/// The symbol splits at its quote currency; a future's delivery follows.
fn name_of(symbol: &str, market: Market) -> Option<String> {
    let (pair, delivery) = match (market, symbol.split_once('_')) {
        (Market::Spot, _) => (symbol, None),
        (_, Some((pair, delivery))) => (pair, Some(delivery)),
        (_, None) => (symbol, Some("PERP")),
    };
    let quotes = QUOTES.iter().chain(if market == Market::CoinM { &["USD"][..] } else { &[] });
    let mut split = quotes.filter_map(|quote| Some((pair.strip_suffix(quote)?, quote)));
    let (base, quote) = split.find(|(base, _)| !base.is_empty())?;
    let delivery = delivery.map(|delivery| format!("-{delivery}")).unwrap_or_default();
    Some(format!("binance:{base}-{quote}{delivery}"))
}

fn kind_of(name: &str, market: Market) -> InstrumentKind {
    match market {
        Market::Spot => InstrumentKind::Spot,
        Market::CoinM => InstrumentKind::Inverse,
        Market::UsdM if name.ends_with("-PERP") => InstrumentKind::Perpetual,
        Market::UsdM => InstrumentKind::Future,
    }
}

/// Contracts of COIN-M are worth 100 dollars each of bitcoin and 10 of all others; elsewhere they are of one unit.
fn size_of(name: &str, market: Market) -> f64 {
    match market {
        Market::CoinM if name.starts_with("binance:BTC-") => 100.0,
        Market::CoinM => 10.0,
        Market::Spot | Market::UsdM => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_splits_at_its_quote_currency() {
        let named = |symbol, market| name_of(symbol, market).unwrap_or_default();
        assert_eq!(named("BTCUSDT", Market::Spot), "binance:BTC-USDT");
        assert_eq!(named("BUSDTRY", Market::Spot), "binance:BUSD-TRY");
        assert_eq!(named("ETHUSDT", Market::UsdM), "binance:ETH-USDT-PERP");
        assert_eq!(named("ETHUSDT_210924", Market::UsdM), "binance:ETH-USDT-210924");
        assert_eq!(named("ETHUSD_210924", Market::CoinM), "binance:ETH-USD-210924");
        let size = |symbol, market| size_of(&named(symbol, market), market);
        assert_eq!(size("BTCUSD_PERP", Market::CoinM), 100.0);
        assert_eq!(size("ETHUSD_210924", Market::CoinM), 10.0);
        assert_eq!(size("BTCUSDT", Market::UsdM), 1.0);
        assert_eq!(["ABCXYZ", "USDT"].map(|symbol| name_of(symbol, Market::Spot)), [None, None]);
    }
}
