//! From bytes to messages, by key: keys in any order, unknown ones ignored, numbers in any notation.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::kraken::{Fields, event_time, is_snapshot};
use crate::market_data::decimal::written_places;
use crate::market_data::frame::{Cause, NO_JSON, Refusal};
use crate::market_data::orders::{OrderMessage, Step};
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::values::{decimal_text, object, price, quantity, text, value};
use crate::model::Side;

/// Channels that are known and not used.
const UNUSED: [&str; 8] =
    ["status", "instrument", "executions", "balances", "book", "trade", "ticker", "ohlc"];

type Raw<'a> = Option<&'a RawValue>;

/// A book, or what changes in it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Datum<'a> {
    #[serde(borrow)]
    pub(super) symbol: Raw<'a>,
    #[serde(borrow)]
    pub(super) bids: Vec<Row<'a>>,
    #[serde(borrow)]
    pub(super) asks: Vec<Row<'a>>,
    #[serde(borrow)]
    checksum: Raw<'a>,
    #[serde(borrow)]
    timestamp: Raw<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Row<'a> {
    #[serde(borrow)]
    event: Raw<'a>,
    #[serde(borrow)]
    order_id: Raw<'a>,
    #[serde(borrow)]
    pub(super) limit_price: Raw<'a>,
    #[serde(borrow)]
    pub(super) order_qty: Raw<'a>,
}

/// The books of a frame of the channel.
pub(super) fn data_of(frame: &[u8]) -> Option<Vec<Datum<'_>>> {
    let fields: Fields<'_> = object(frame)?;
    (text(fields.channel, "").ok()? == "level3").then_some(())?;
    serde_json::from_str(fields.data?.get()).ok()
}

/// Whether a frame is of the channel that tells order by order.
pub fn is_order_by_order(frame: &[u8]) -> bool {
    object::<Fields<'_>>(frame)
        .is_some_and(|fields| text(fields.channel, "").is_ok_and(|channel| channel == "level3"))
}

/// Reads a frame into `steps`.
pub(super) fn read(frame: &[u8], symbols: &Symbols, steps: &mut Vec<Step>) -> Result<OrderMessage, Refusal> {
    let mut book = None;
    message(frame, symbols, steps, &mut book).map_err(|cause| Refusal { cause, book })
}

/// Sets `book` to the book that a message is for as soon as that is known.
fn message(
    frame: &[u8],
    symbols: &Symbols,
    steps: &mut Vec<Step>,
    book: &mut Option<usize>,
) -> Result<OrderMessage, Cause> {
    let fields: Fields<'_> = object(frame).ok_or(NO_JSON)?;
    if fields.method.is_some() {
        return if fields.has_failed() { Err(Cause::TurnedDown) } else { Ok(OrderMessage::Unused) };
    }
    let Some(channel) = fields.channel else { return Ok(OrderMessage::Unknown) };
    match text(Some(channel), "channel")?.as_ref() {
        "level3" => {}
        "heartbeat" => return Ok(OrderMessage::Alive { last: None }),
        channel if UNUSED.contains(&channel) => return Ok(OrderMessage::Unused),
        _ => return Ok(OrderMessage::Unknown),
    }
    let data: Vec<Datum<'_>> =
        fields.data.and_then(|data| serde_json::from_str(data.get()).ok()).ok_or(NO_JSON)?;
    let [datum] = data.as_slice() else { return Err(NO_JSON) }; // whose the others are nobody would see
    let Some(symbol) = symbols.find(text(datum.symbol, "symbol")?.as_bytes()) else {
        return Ok(OrderMessage::Unknown);
    };
    *book = Some(symbol.index);
    let snapshot = is_snapshot(&fields)?;
    for (side, rows) in [(Side::Buy, &datum.bids), (Side::Sell, &datum.asks)] {
        for row in rows {
            steps.push(step(row, side, snapshot, symbol)?);
        }
    }
    let checksum = Some(value(datum.checksum, "checksum")?);
    let event_time = event_time(datum.timestamp)?;
    Ok(OrderMessage::Steps { index: symbol.index, snapshot, sequence: None, checksum, event_time })
}

fn step(row: &Row<'_>, side: Side, snapshot: bool, symbol: &Symbol) -> Result<Step, Cause> {
    let id = order_id(&text(row.order_id, "order_id")?);
    let event = if snapshot { None } else { Some(text(row.event, "event")?) };
    if event.as_deref() == Some("delete") {
        return Ok(Step::Remove { id, left: None, perhaps: false });
    }
    let price_text = decimal_text(row.limit_price, "limit_price")?;
    let qty_text = decimal_text(row.order_qty, "order_qty")?;
    let (ticks, lots) = (price(&price_text, symbol.price)?, quantity(&qty_text, symbol.qty)?);
    if lots.0 == 0 {
        return Err(Cause::Unreadable("an order of no size"));
    }
    let written = |text: &str| written_places(text).unwrap_or(0);
    let places = (written(&price_text), written(&qty_text));
    match event.as_deref() {
        None | Some("add") => Ok(Step::Add { id, side, ticks, lots, places }),
        Some("modify") => Ok(Step::Modify { id, ticks: Some(ticks), lots, places, perhaps: false }),
        Some(_) => Err(Cause::Unreadable("event")),
    }
}

/// `OTCFZG-YOE2Q-LQKNM3` as a number to base 36; any other text as its hash, whose highest bit is set.
pub(super) fn order_id(text: &str) -> u128 {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let shaped = text.len() == 19
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 6 | 12) { byte == b'-' } else { plain(byte) });
    if shaped {
        let digits = text.chars().filter_map(|digit| digit.to_digit(36));
        return digits.fold(0, |id, digit| id * 36 + u128::from(digit));
    }
    // FNV-1a of 128 bits.
    let hash = text.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    hash | 1 << 127
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_number_and_no_other_has_it() {
        assert_eq!(order_id("000000-00000-00000Z"), 35);
        assert_eq!(order_id("ZZZZZZ-ZZZZZ-ZZZZZZ"), 36_u128.pow(17) - 1);
        let others = ["", "order-bid-1", "order-bid-2", "000000-00000-00000z", "0000000-0000-000000"];
        let ids: std::collections::BTreeSet<_> = others.iter().map(|text| order_id(text)).collect();
        assert_eq!(ids.len(), others.len());
        assert!(ids.iter().all(|id| id >> 127 == 1));
    }
}
