//! The reader of every frame that the fast one leaves: whitespace, escapes, values that are not plain. It says what is wrong
//! with a frame, and whose book suffers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::flat::Flat;
use crate::market_data::frame::{Cause, NO_JSON, Print, Refusal};
use crate::market_data::orders::{OrderMessage, Step};
use crate::market_data::symbols::Symbols;
use crate::market_data::values::{decimal_text, object, text};

/// Kinds that are known and not used.
const UNUSED: [&str; 6] = ["subscriptions", "status", "auction", "snapshot", "l2update", "level3"];

/// The values of a message, unread.
pub(super) fn values_of(frame: &[u8]) -> Option<BTreeMap<Cow<'_, str>, &RawValue>> {
    object(frame)
}

/// Whether a frame is of the channel that tells order by order, and of no other.
pub fn is_order_by_order(frame: &[u8]) -> bool {
    let Some(values) = values_of(frame) else { return false };
    let kind = text(values.get("type").copied(), "type").unwrap_or_default();
    let own = ["received", "open", "done", "change", "activate"].contains(&kind.as_ref());
    own && values.contains_key("product_id")
}

/// Reads a frame into `steps` and `prints`.
pub(super) fn read(
    frame: &[u8],
    symbols: &Symbols,
    steps: &mut Vec<Step>,
    prints: &mut Vec<Print>,
) -> Result<OrderMessage, Refusal> {
    let mut book = None;
    message(frame, symbols, steps, prints, &mut book).map_err(|cause| Refusal { cause, book })
}

fn message(
    frame: &[u8],
    symbols: &Symbols,
    steps: &mut Vec<Step>,
    prints: &mut Vec<Print>,
    book: &mut Option<usize>,
) -> Result<OrderMessage, Cause> {
    let values = values_of(frame).ok_or(NO_JSON)?;
    let kind = text(values.get("type").copied(), "type")?;
    match kind.as_ref() {
        "error" => return Err(Cause::TurnedDown),
        kind if UNUSED.contains(&kind) => return Ok(OrderMessage::Unused),
        _ => {}
    }
    if let Some(product) = values.get("product_id").and_then(|raw| text(Some(raw), "").ok()) {
        *book = symbols.find(product.as_bytes()).map(|symbol| symbol.index);
    }
    let mut plain: Vec<(&str, Cow<'_, str>)> = Vec::with_capacity(values.len());
    let mut known = Flat::default();
    for (key, raw) in values.iter().filter(|(_, raw)| raw.get() != "null") {
        if known.place(key.as_bytes()).is_some() {
            plain.push((key.as_ref(), decimal_text(Some(raw), "a value that is not plain")?));
        }
    }
    let mut flat = Flat::default();
    for (key, value) in &plain {
        if let Some(place) = flat.place(key.as_bytes()) {
            *place = Some(value.as_ref());
        }
    }
    let mut own = None;
    let message = flat.message(kind.as_bytes(), symbols, steps, prints, &mut own);
    *book = own;
    Ok(message?.unwrap_or(OrderMessage::Unknown))
}
