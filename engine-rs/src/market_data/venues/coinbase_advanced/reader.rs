//! From bytes to messages, by key: keys in any order, unknown ones ignored, numbers in any notation.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::market_data::frame::{Cause, NO_JSON, Print, Refusal};
use crate::market_data::streamed::{Message, Proof};
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::timestamps::rfc3339;
use crate::market_data::tracked_book::{Level, Priced};
use crate::market_data::values::{decimal_text, non_negative, object, price, quantity, text, value};
use crate::model::{Nanos, Side, Ticks};

/// Channels that are known and not used.
const UNUSED: [&str; 6] =
    ["subscriptions", "candles", "status", "user", "futures_balance_summary", "ticker_batch"];

type Raw<'a> = Option<&'a RawValue>;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields<'a> {
    #[serde(borrow)]
    pub(super) channel: Raw<'a>,
    #[serde(borrow)]
    timestamp: Raw<'a>,
    #[serde(borrow)]
    sequence_num: Raw<'a>,
    #[serde(borrow)]
    pub(super) events: Raw<'a>,
    #[serde(borrow, rename = "type")]
    kind: Raw<'a>,
}

/// An event of a channel: a book's, trades, or quotes.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Raw<'a>,
    #[serde(borrow)]
    pub(super) product_id: Raw<'a>,
    #[serde(borrow)]
    pub(super) updates: Option<Vec<Row<'a>>>,
    #[serde(borrow)]
    pub(super) trades: Vec<Row<'a>>,
    #[serde(borrow)]
    pub(super) tickers: Vec<Row<'a>>,
}

/// A level, a trade or a quote.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Row<'a> {
    #[serde(borrow)]
    pub(super) product_id: Raw<'a>,
    #[serde(borrow)]
    side: Raw<'a>,
    #[serde(borrow)]
    pub(super) price_level: Raw<'a>,
    #[serde(borrow)]
    pub(super) new_quantity: Raw<'a>,
    #[serde(borrow)]
    trade_id: Raw<'a>,
    #[serde(borrow)]
    pub(super) price: Raw<'a>,
    #[serde(borrow)]
    pub(super) size: Raw<'a>,
    #[serde(borrow)]
    time: Raw<'a>,
    #[serde(borrow)]
    pub(super) best_bid: Raw<'a>,
    #[serde(borrow)]
    pub(super) best_bid_quantity: Raw<'a>,
    #[serde(borrow)]
    pub(super) best_ask: Raw<'a>,
    #[serde(borrow)]
    pub(super) best_ask_quantity: Raw<'a>,
}

/// Whether a frame is of a channel that has market data: no other venue's has `events`.
#[must_use]
pub fn is_market_data(frame: &[u8]) -> bool {
    let Some(fields) = object::<Fields<'_>>(frame) else { return false };
    let channel = text(fields.channel, "channel");
    fields.events.is_some()
        && channel.is_ok_and(|channel| matches!(channel.as_ref(), "l2_data" | "market_trades" | "ticker"))
}

/// What a frame says, and its number among the connection's.
pub(super) struct Read {
    pub(super) message: Result<Message, Refusal>,
    pub(super) sequence: Option<u64>,
}

/// Reads a frame into `levels` and `prints`.
pub(super) fn read(
    frame: &[u8],
    symbols: &Symbols,
    levels: &mut Vec<Level>,
    prints: &mut Vec<Print>,
) -> Read {
    let Some(fields) = object::<Fields<'_>>(frame) else {
        return Read { message: Err(Refusal { cause: NO_JSON, book: None }), sequence: None };
    };
    let sequence = value(fields.sequence_num, "sequence_num").ok();
    let mut book = None;
    let message = message(&fields, symbols, levels, prints, &mut book);
    Read { message: message.map_err(|cause| Refusal { cause, book }), sequence }
}

/// Sets `book` to the book that a message is for as soon as that is known.
fn message(
    fields: &Fields<'_>,
    symbols: &Symbols,
    levels: &mut Vec<Level>,
    prints: &mut Vec<Print>,
    book: &mut Option<usize>,
) -> Result<Message, Cause> {
    let Some(channel) = fields.channel else {
        let error = fields.kind.is_some_and(|kind| kind.get() == "\"error\"");
        return if error { Err(Cause::TurnedDown) } else { Ok(Message::Unknown) };
    };
    let channel = text(Some(channel), "channel")?;
    match channel.as_ref() {
        "l2_data" => {}
        "market_trades" | "ticker" => {}
        "heartbeats" => return Ok(Message::Alive { last_trade: None }),
        channel if UNUSED.contains(&channel) => return Ok(Message::Unused),
        _ => return Ok(Message::Unknown),
    }
    let events: Vec<Event<'_>> = fields
        .events
        .and_then(|events| serde_json::from_str(events.get()).ok())
        .ok_or(if channel == "l2_data" { NO_JSON } else { Cause::Unreadable("events") })?;
    let event_time = || Ok(rfc3339(text(fields.timestamp, "timestamp")?.as_bytes()).flatten());
    match channel.as_ref() {
        "l2_data" => level2(&events, symbols, levels, book, event_time),
        "market_trades" => trades(&events, symbols, prints),
        _ => ticker(&events, symbols, event_time()?),
    }
}

/// One product a message: what else came in it would be lost unseen, so then all books are suspect. So they are where it
/// does not say which product.
fn level2(
    events: &[Event<'_>],
    symbols: &Symbols,
    levels: &mut Vec<Level>,
    book: &mut Option<usize>,
    event_time: impl FnOnce() -> Result<Option<Nanos>, Cause>,
) -> Result<Message, Cause> {
    let [event] = events else { return Err(NO_JSON) };
    let product = text(event.product_id, "product_id").map_err(|_| NO_JSON)?;
    let Some(symbol) = symbols.find(product.as_bytes()) else { return Ok(Message::Unknown) };
    *book = Some(symbol.index);
    let snapshot = is_snapshot(event)?;
    for row in event.updates.as_ref().ok_or(Cause::Unreadable("no list of levels"))? {
        let side = match text(row.side, "side")?.as_ref() {
            "bid" => Side::Buy,
            "offer" => Side::Sell,
            _ => return Err(Cause::Unreadable("side")),
        };
        let ticks = price(&decimal_text(row.price_level, "price_level")?, symbol.price)?;
        let lots = quantity(&decimal_text(row.new_quantity, "new_quantity")?, symbol.qty)?;
        levels.push(Level { side, ticks, lots });
    }
    Ok(Message::Book { index: symbol.index, snapshot, proof: Proof::None, event_time: event_time()? })
}

fn is_snapshot(event: &Event<'_>) -> Result<bool, Cause> {
    match text(event.kind, "type")?.as_ref() {
        "snapshot" => Ok(true),
        "update" => Ok(false),
        _ => Err(Cause::Unreadable("type")),
    }
}

/// The side is the maker's. Trades that a snapshot brings are old: they are no part of the tape.
fn trades(events: &[Event<'_>], symbols: &Symbols, prints: &mut Vec<Print>) -> Result<Message, Cause> {
    let mut old = false;
    for event in events {
        if is_snapshot(event)? {
            old = true;
            continue;
        }
        for row in &event.trades {
            let product = text(row.product_id, "product_id")?;
            let Some(symbol) = symbols.find(product.as_bytes()) else { continue };
            let side = match text(row.side, "side")?.as_ref() {
                "BUY" => Side::Sell,
                "SELL" => Side::Buy,
                _ => return Err(Cause::Unreadable("side")),
            };
            let id = decimal_text(row.trade_id, "trade_id")?;
            prints.push(Print {
                index: symbol.index,
                id: id.parse().map_err(|_| Cause::Unreadable("trade_id"))?,
                ticks: price(&decimal_text(row.price, "price")?, symbol.price)?,
                lots: quantity(&decimal_text(row.size, "size")?, symbol.qty)?,
                side,
                event_time: rfc3339(text(row.time, "time")?.as_bytes())
                    .flatten()
                    .ok_or(Cause::Unreadable("time"))?,
            });
        }
    }
    prints.sort_by_key(|print| print.id); // the venue writes the newest first
    Ok(match (prints.is_empty(), old) {
        (false, _) => Message::Trades,
        (true, true) => Message::Unused,
        (true, false) => Message::Unknown,
    })
}

fn ticker(events: &[Event<'_>], symbols: &Symbols, event_time: Option<Nanos>) -> Result<Message, Cause> {
    let mut rows = events.iter().flat_map(|event| &event.tickers);
    let (Some(row), None) = (rows.next(), rows.next()) else {
        return Err(Cause::Unreadable("not one quote"));
    };
    let product = text(row.product_id, "product_id")?;
    let Some(symbol) = symbols.find(product.as_bytes()) else { return Ok(Message::Unknown) };
    let best = (
        best(row.best_bid, row.best_bid_quantity, symbol)?,
        best(row.best_ask, row.best_ask_quantity, symbol)?,
    );
    Ok(Message::Quote { index: symbol.index, best, sized: true, event_time })
}

/// A side without orders has price 0, or none.
fn best(at: Raw<'_>, size: Raw<'_>, symbol: &Symbol) -> Result<Option<Priced>, Cause> {
    let at = decimal_text(at, "best bid or ask")?;
    if at.is_empty() {
        return Ok(None);
    }
    let ticks = non_negative(&at, symbol.price, "price")?;
    let lots = quantity(&decimal_text(size, "quantity")?, symbol.qty)?;
    Ok((ticks > 0).then_some((Ticks(ticks), lots)))
}
