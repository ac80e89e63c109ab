//! The reader of every frame that the fast one leaves: keys in any order, unknown ones ignored, whitespace, exponent
//! notation. It says what is wrong with a frame, and whose book suffers.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::flat::{Flat, time};
use crate::market_data::frame::{Cause, NO_JSON, Print, Refusal};
use crate::market_data::streamed::{Message, Proof};
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::tracked_book::Level;
use crate::market_data::values::{decimal_text, object, price, quantity, text};
use crate::model::Side;

/// Kinds that are known and not used; those of the order-by-order channel are among them.
const UNUSED: [&str; 10] = [
    "subscriptions",
    "received",
    "open",
    "done",
    "change",
    "activate",
    "status",
    "auction",
    "level3",
    "noop",
];

type Raw<'a> = Option<&'a RawValue>;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Raw<'a>,
    #[serde(borrow)]
    pub(super) product_id: Raw<'a>,
    #[serde(borrow)]
    pub(super) bids: Raw<'a>,
    #[serde(borrow)]
    pub(super) asks: Raw<'a>,
    #[serde(borrow)]
    pub(super) changes: Raw<'a>,
    #[serde(borrow)]
    time: Raw<'a>,
    #[serde(borrow)]
    trade_id: Raw<'a>,
    #[serde(borrow)]
    last_trade_id: Raw<'a>,
    #[serde(borrow)]
    side: Raw<'a>,
    #[serde(borrow)]
    pub(super) size: Raw<'a>,
    #[serde(borrow)]
    pub(super) price: Raw<'a>,
    #[serde(borrow)]
    pub(super) best_bid: Raw<'a>,
    #[serde(borrow)]
    pub(super) best_bid_size: Raw<'a>,
    #[serde(borrow)]
    pub(super) best_ask: Raw<'a>,
    #[serde(borrow)]
    pub(super) best_ask_size: Raw<'a>,
}

/// Whether a frame is of this venue, read or not.
pub fn is_market_data(frame: &[u8]) -> bool {
    let Some(fields) = object::<Fields<'_>>(frame) else { return false };
    fields.product_id.is_some() && fields.kind.is_some()
}

/// Whether a frame is of the channel of levels, and of no other.
pub(in crate::market_data::venues) fn is_of_levels(frame: &[u8]) -> bool {
    let kind = object::<Fields<'_>>(frame).and_then(|fields| text(fields.kind, "type").ok());
    matches!(kind.as_deref(), Some("snapshot" | "l2update"))
}

/// Reads a frame into `levels` and `prints`.
pub(super) fn read(
    frame: &[u8],
    symbols: &Symbols,
    levels: &mut Vec<Level>,
    prints: &mut Vec<Print>,
) -> Result<Message, Refusal> {
    let refused = |cause| Refusal { cause, book: None };
    let fields: Fields<'_> = object(frame).ok_or_else(|| refused(NO_JSON))?;
    let kind = text(fields.kind, "type").map_err(refused)?;
    match kind.as_ref() {
        "snapshot" | "l2update" => {
            // Nothing else would show which book lacks it.
            let product = text(fields.product_id, "product_id").map_err(|_| refused(NO_JSON))?;
            let Some(symbol) = symbols.find(product.as_bytes()) else { return Ok(Message::Unknown) };
            let book = Some(symbol.index);
            book_message(&fields, &kind, symbol, levels).map_err(|cause| Refusal { cause, book })
        }
        "error" => Err(refused(Cause::TurnedDown)),
        kind if UNUSED.contains(&kind) => Ok(Message::Unused),
        kind => {
            let message = flat_message(&fields, kind, symbols, prints).map_err(refused)?;
            Ok(message.unwrap_or(Message::Unknown))
        }
    }
}

fn book_message(
    fields: &Fields<'_>,
    kind: &str,
    symbol: &Symbol,
    levels: &mut Vec<Level>,
) -> Result<Message, Cause> {
    let snapshot = kind == "snapshot";
    if snapshot {
        for (side, raw) in [(Side::Buy, fields.bids), (Side::Sell, fields.asks)] {
            for row in rows(raw)? {
                let [at, size] = row.as_slice() else { return Err(Cause::Unreadable("level")) };
                levels.push(level(side, at, size, symbol)?);
            }
        }
    } else {
        for row in rows(fields.changes)? {
            let [side, at, size] = row.as_slice() else { return Err(Cause::Unreadable("change")) };
            let side = match text(Some(side), "side")?.as_ref() {
                "buy" => Side::Buy,
                "sell" => Side::Sell,
                _ => return Err(Cause::Unreadable("side")),
            };
            levels.push(level(side, at, size, symbol)?);
        }
    }
    let event_time = match fields.time {
        None if snapshot => None,
        raw => time(Some(&text(raw, "time")?))?,
    };
    Ok(Message::Book { index: symbol.index, snapshot, proof: Proof::None, event_time })
}

fn level(side: Side, at: &RawValue, size: &RawValue, symbol: &Symbol) -> Result<Level, Cause> {
    let ticks = price(&decimal_text(Some(at), "price")?, symbol.price)?;
    let lots = quantity(&decimal_text(Some(size), "size")?, symbol.qty)?;
    Ok(Level { side, ticks, lots })
}

/// A list of lists.
pub(super) fn rows<'a>(raw: Raw<'a>) -> Result<Vec<Vec<&'a RawValue>>, Cause> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).ok_or(Cause::Unreadable("no list of levels"))
}

fn flat_message(
    fields: &Fields<'_>,
    kind: &str,
    symbols: &Symbols,
    prints: &mut Vec<Print>,
) -> Result<Option<Message>, Cause> {
    let by_key: [(&'static str, Raw<'_>); 11] = [
        ("product_id", fields.product_id),
        ("time", fields.time),
        ("trade_id", fields.trade_id),
        ("last_trade_id", fields.last_trade_id),
        ("side", fields.side),
        ("size", fields.size),
        ("price", fields.price),
        ("best_bid", fields.best_bid),
        ("best_bid_size", fields.best_bid_size),
        ("best_ask", fields.best_ask),
        ("best_ask_size", fields.best_ask_size),
    ];
    let mut values: [Option<Cow<'_, str>>; 11] = Default::default();
    for (value, (key, raw)) in values.iter_mut().zip(by_key) {
        let raw = raw.filter(|raw| raw.get() != "null");
        *value = raw.map(|raw| decimal_text(Some(raw), key)).transpose()?;
    }
    let mut flat = Flat::default();
    for (value, (key, _)) in values.iter().zip(by_key) {
        if let Some(place) = flat.place(key.as_bytes()) {
            *place = value.as_deref();
        }
    }
    flat.message(kind.as_bytes(), symbols, prints)
}
