//! The reader of every frame that the fast one leaves: keys in any order, unknown ones ignored, whitespace, exponent
//! notation. It says what is wrong with a frame, and whose book suffers.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::fast::present;
use crate::market_data::frame::{Cause, NO_JSON, Print, Refusal};
use crate::market_data::streamed::{Message, Proof};
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::tracked_book::{Level, Priced};
use crate::market_data::values::{decimal_text, non_negative, object, price, quantity, text, value};
use crate::model::{Nanos, Side};

/// Feeds that are known and not used. Trades of a snapshot are old: they are no part of the tape.
const UNUSED: [&str; 4] = ["trade_snapshot", "ticker", "heartbeat", "challenge"];

type Raw<'a> = Option<&'a RawValue>;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields<'a> {
    #[serde(borrow)]
    feed: Raw<'a>,
    #[serde(borrow)]
    event: Raw<'a>,
    #[serde(borrow)]
    pub(super) product_id: Raw<'a>,
    #[serde(borrow)]
    side: Raw<'a>,
    #[serde(borrow)]
    seq: Raw<'a>,
    #[serde(borrow)]
    pub(super) price: Raw<'a>,
    #[serde(borrow)]
    pub(super) qty: Raw<'a>,
    #[serde(borrow)]
    timestamp: Raw<'a>,
    #[serde(borrow)]
    time: Raw<'a>,
    #[serde(borrow)]
    pub(super) bids: Raw<'a>,
    #[serde(borrow)]
    pub(super) asks: Raw<'a>,
    #[serde(borrow)]
    pub(super) bid: Raw<'a>,
    #[serde(borrow)]
    pub(super) ask: Raw<'a>,
}

#[derive(Deserialize)]
pub(super) struct Row<'a> {
    #[serde(borrow)]
    pub(super) price: &'a RawValue,
    #[serde(borrow)]
    pub(super) qty: &'a RawValue,
}

/// Whether a frame is of this venue, read or not.
pub fn is_market_data(frame: &[u8]) -> bool {
    let Some(fields) = object::<Fields<'_>>(frame) else { return false };
    fields.feed.is_some() && fields.product_id.is_some()
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
    if let Some(event) = fields.event {
        return match text(Some(event), "event").map_err(refused)?.as_ref() {
            "subscribed" | "unsubscribed" | "info" | "challenge" => Ok(Message::Unused),
            "error" | "alert" => Err(refused(Cause::TurnedDown)),
            _ => Ok(Message::Unknown),
        };
    }
    if fields.feed.is_none() {
        return Ok(Message::Unknown);
    }
    let feed = text(fields.feed, "feed").map_err(refused)?;
    match feed.as_ref() {
        "book" | "book_snapshot" | "trade" | "ticker_lite" => {}
        feed if UNUSED.contains(&feed) => return Ok(Message::Unused),
        _ => return Ok(Message::Unknown),
    }
    let product = text(fields.product_id, "product_id").map_err(refused)?;
    let Some(symbol) = symbols.find(product.as_bytes()) else { return Ok(Message::Unknown) };
    match feed.as_ref() {
        "trade" => trade(&fields, symbol, prints).map_err(refused),
        "ticker_lite" => ticker(&fields, symbol).map_err(refused),
        feed => {
            let refused = |cause| Refusal { cause, book: Some(symbol.index) };
            book(&fields, feed == "book_snapshot", symbol, levels).map_err(refused)
        }
    }
}

fn book(
    fields: &Fields<'_>,
    snapshot: bool,
    symbol: &Symbol,
    levels: &mut Vec<Level>,
) -> Result<Message, Cause> {
    if snapshot {
        for (side, raw) in [(Side::Buy, fields.bids), (Side::Sell, fields.asks)] {
            for row in rows(raw)? {
                levels.push(level(side, Some(row.price), Some(row.qty), symbol)?);
            }
        }
    } else {
        levels.push(level(side(fields)?, fields.price, fields.qty, symbol)?);
    }
    let event_time = Some(time(fields.timestamp, "timestamp")?);
    let proof = Proof::Sequence(value(fields.seq, "seq")?);
    Ok(Message::Book { index: symbol.index, snapshot, proof, event_time })
}

/// A list of objects, a level each.
pub(super) fn rows<'a>(raw: Raw<'a>) -> Result<Vec<Row<'a>>, Cause> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).ok_or(Cause::Unreadable("no list of levels"))
}

fn level(side: Side, at: Raw<'_>, size: Raw<'_>, symbol: &Symbol) -> Result<Level, Cause> {
    let ticks = price(&decimal_text(at, "price")?, symbol.price)?;
    let lots = quantity(&decimal_text(size, "qty")?, symbol.qty)?;
    Ok(Level { side, ticks, lots })
}

fn trade(fields: &Fields<'_>, symbol: &Symbol, prints: &mut Vec<Print>) -> Result<Message, Cause> {
    prints.push(Print {
        index: symbol.index,
        id: value(fields.seq, "seq")?,
        ticks: price(&decimal_text(fields.price, "price")?, symbol.price)?,
        lots: quantity(&decimal_text(fields.qty, "qty")?, symbol.qty)?,
        side: side(fields)?,
        event_time: time(fields.time, "time")?,
    });
    Ok(Message::Trades)
}

fn ticker(fields: &Fields<'_>, symbol: &Symbol) -> Result<Message, Cause> {
    let best = |raw: Raw<'_>| -> Result<Option<Priced>, Cause> {
        if raw.is_none_or(|raw| raw.get() == "null") {
            return Ok(None);
        }
        Ok(present(non_negative(&decimal_text(raw, "bid or ask")?, symbol.price, "price")?))
    };
    let best = (best(fields.bid)?, best(fields.ask)?);
    Ok(Message::Quote { index: symbol.index, best, sized: false, event_time: None })
}

fn side(fields: &Fields<'_>) -> Result<Side, Cause> {
    side_of(text(fields.side, "side")?.as_bytes()).ok_or(Cause::Unreadable("side"))
}

/// A level's own, or the taker's.
pub(super) fn side_of(word: &[u8]) -> Option<Side> {
    match word {
        b"buy" => Some(Side::Buy),
        b"sell" => Some(Side::Sell),
        _ => None,
    }
}

fn time(raw: Raw<'_>, key: &'static str) -> Result<Nanos, Cause> {
    milliseconds(value(raw, key)?).ok_or(Cause::Unreadable(key))
}

/// Since 1970.
pub(super) fn milliseconds(value: u64) -> Option<Nanos> {
    i64::try_from(value).ok()?.checked_mul(1_000_000).map(Nanos)
}
