//! What is traded, and `exchangeInfo`.

use serde_json::{Value as Json, json};

use crate::model::{Grid, Instrument, InstrumentError, Lots};

use super::wire::push_decimal;

/// Smallest value of a limit order, in quote currency.
const MIN_NOTIONAL: f64 = 5.0;

/// A traded pair and its grid, in units of 1e-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// `BTCUSDT`.
    pub symbol: String,
    /// `BTC`.
    pub base: String,
    /// `USDT`.
    pub quote: String,
    /// Step of prices.
    pub tick: i64,
    /// Step of quantities.
    pub lot: i64,
}

impl Listing {
    /// A listing from `BTC-USDT`.
    #[must_use]
    pub fn of_pair(pair: &str, tick: i64, lot: i64) -> Option<Self> {
        let (base, quote) = pair.split_once('-')?;
        let capitals = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        (capitals(base) && capitals(quote)).then(|| Self {
            symbol: format!("{base}{quote}"),
            base: base.to_owned(),
            quote: quote.to_owned(),
            tick,
            lot,
        })
    }

    /// A listing from an instrument of at most eight decimal places.
    #[must_use]
    pub fn of_instrument(instrument: &Instrument) -> Option<Self> {
        let (_, pair) = instrument.name.split_once(':')?;
        let (base, quote) = pair.split_once('-')?;
        let step = |grid: Grid| {
            let places = 8_u32.checked_sub(u32::from(grid.exponent()))?;
            grid.mantissa().checked_mul(10_i64.pow(places))
        };
        Some(Self {
            symbol: instrument.symbol.clone(),
            base: base.to_owned(),
            quote: quote.to_owned(),
            tick: step(instrument.tick)?,
            lot: step(instrument.lot)?,
        })
    }

    /// The instrument that orders are held to, with the filters that `exchangeInfo` states.
    ///
    /// # Errors
    /// If the steps are none.
    pub fn instrument(&self) -> Result<Instrument, InstrumentError> {
        let (name, [tick, lot]) = (format!("binance:{}", self.pair()), [self.tick, self.lot].map(decimal));
        let mut instrument = Instrument::spot(&name, &self.symbol, &tick, &lot)?;
        (instrument.min_qty, instrument.min_notional) = (instrument.qty(Lots(1)), MIN_NOTIONAL);
        Ok(instrument)
    }

    /// `BTC-USDT`.
    #[must_use]
    pub fn pair(&self) -> String {
        format!("{}-{}", self.base, self.quote)
    }

    fn to_json(&self) -> Json {
        let (tick, lot) = (decimal(self.tick), decimal(self.lot));
        json!({
            "symbol": self.symbol, "status": "TRADING",
            "baseAsset": self.base, "baseAssetPrecision": 8,
            "quoteAsset": self.quote, "quotePrecision": 8, "quoteAssetPrecision": 8,
            "baseCommissionPrecision": 8, "quoteCommissionPrecision": 8,
            "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
            "icebergAllowed": false, "ocoAllowed": false, "otoAllowed": false,
            "quoteOrderQtyMarketAllowed": false, "allowTrailingStop": false,
            "cancelReplaceAllowed": false, "amendAllowed": false, "pegInstructionsAllowed": false,
            "isSpotTradingAllowed": true, "isMarginTradingAllowed": false,
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "10000000.00000000", "tickSize": tick},
                {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": "90000000.00000000", "stepSize": lot},
                {"filterType": "NOTIONAL", "minNotional": format!("{MIN_NOTIONAL:.8}"), "applyMinToMarket": true,
                 "maxNotional": "9000000.00000000", "applyMaxToMarket": false, "avgPriceMins": 5},
            ],
            "permissions": [], "permissionSets": [["SPOT"]],
            "defaultSelfTradePreventionMode": "NONE", "allowedSelfTradePreventionModes": ["NONE"],
        })
    }
}

fn decimal(units: i64) -> String {
    let mut text = String::new();
    push_decimal(&mut text, units);
    text
}

/// The body of `/api/v3/exchangeInfo`.
pub fn exchange_info<'a>(listings: impl Iterator<Item = &'a Listing>, server_time_ms: i64) -> Json {
    json!({
        "timezone": "UTC",
        "serverTime": server_time_ms,
        "rateLimits": [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 50},
            {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 300_000},
        ],
        "exchangeFilters": [],
        "symbols": listings.map(Listing::to_json).collect::<Vec<_>>(),
    })
}
