//! Instruments from a recording: the grid is the most decimal places that a number needs.

use super::endpoints::spelling_v2;
use super::tolerant::{ArrayV1, Datum, Fields, PayloadV1, levels_v1};
use crate::market_data::inference::{InferenceError, Places, Seen};
use crate::market_data::recording::{Content, Recording};
use crate::market_data::values::{decimal_text, object, text};
use crate::model::Instrument;

/// Reads a recording to its end and gives an instrument a symbol, in the order of their names.
///
/// # Errors
/// If the recording cannot be read or has no market data.
pub fn infer_instruments(recording: &mut Recording) -> Result<Vec<Instrument>, InferenceError> {
    let mut seen = Seen::default();
    while let Some(line) = recording.next()? {
        let Content::Frame(frame) = line.content else { continue };
        if let Some(array) = ArrayV1::of(frame) {
            seen_v1(&array, seen.symbol(&spelling_v2(&array.pair)));
        } else if let Some(fields) = object::<Fields<'_>>(frame) {
            seen_v2(&fields, &mut seen);
        }
    }
    seen.instruments(|symbol| symbol.split_once('/').map(|(base, quote)| format!("kraken:{base}-{quote}")))
}

fn seen_v2(fields: &Fields<'_>, seen: &mut Seen) {
    let used =
        text(fields.channel, "").is_ok_and(|channel| ["book", "trade", "ticker"].contains(&channel.as_ref()));
    let data =
        fields.data.filter(|_| used).and_then(|data| serde_json::from_str::<Vec<Datum<'_>>>(data.get()).ok());
    for datum in data.unwrap_or_default() {
        let Ok(symbol) = text(datum.symbol, "") else { continue };
        let places = seen.symbol(&symbol);
        for level in datum.bids.iter().chain(&datum.asks).flatten() {
            join(places, Some(level.price), Some(level.qty));
        }
        for (price, qty) in [(datum.price, datum.qty), (datum.bid, datum.bid_qty), (datum.ask, datum.ask_qty)]
        {
            join(places, price, qty);
        }
    }
}

fn seen_v1(array: &ArrayV1<'_>, places: &mut Places) {
    for payload in &array.payloads {
        if array.channel == "trade" {
            for trade in levels_v1(Some(payload)).unwrap_or_default() {
                join(places, trade.first().copied(), trade.get(1).copied());
            }
            continue;
        }
        let Some(payload) = object::<PayloadV1<'_>>(payload.get().as_bytes()) else { continue };
        for side in [payload.all_asks, payload.all_bids, payload.a, payload.b] {
            if array.channel == "ticker" {
                let quote = side.and_then(|side| serde_json::from_str::<Vec<&_>>(side.get()).ok());
                let quote: Vec<_> = quote.unwrap_or_default();
                join(places, quote.first().copied(), quote.get(2).copied());
            } else {
                for level in levels_v1(side).unwrap_or_default() {
                    join(places, level.first().copied(), level.get(1).copied());
                }
            }
        }
    }
}

type Raw<'a> = Option<&'a serde_json::value::RawValue>;

fn join(places: &mut Places, price: Raw<'_>, qty: Raw<'_>) {
    if let (Ok(price), Ok(qty)) = (decimal_text(price, ""), decimal_text(qty, "")) {
        places.level(&price, &qty);
    }
}
