//! The reader of every frame that the fast ones leave: keys in any order, unknown ones ignored, whitespace, exponent
//! notation. It says what is wrong with a frame, and whose book suffers.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::candles;
use super::fast_v2::side_of;
use super::pieces::{Pieces, Written, present};
use crate::market_data::decimal::written_places;
use crate::market_data::frame::{Cause, NO_JSON, Print, Refusal};
use crate::market_data::streamed::{Message, Proof};
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::timestamps::{rfc3339, unix_seconds};
use crate::market_data::tracked_book::{Level, Priced};
use crate::market_data::values::{decimal_text, non_negative, object, price, quantity, text, value};
use crate::model::{Lots, Nanos, Side, Ticks};

/// Channels that are known and not used.
const UNUSED: [&str; 5] = ["level3", "instrument", "executions", "balances", "spread"];
/// A request that was turned down.
const REFUSED: Cause = Cause::TurnedDown;

type Raw<'a> = Option<&'a RawValue>;

/// A v2 frame, or what v1 writes as an object.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::market_data::venues) struct Fields<'a> {
    #[serde(borrow)]
    pub(in crate::market_data::venues) channel: Raw<'a>,
    #[serde(borrow, rename = "type")]
    kind: Raw<'a>,
    #[serde(borrow)]
    pub(in crate::market_data::venues) data: Raw<'a>,
    #[serde(borrow)]
    pub(in crate::market_data::venues) method: Raw<'a>,
    #[serde(borrow)]
    success: Raw<'a>,
    #[serde(borrow)]
    result: Raw<'a>,
    #[serde(borrow)]
    event: Raw<'a>,
    #[serde(borrow)]
    status: Raw<'a>,
}

impl Fields<'_> {
    /// A request was turned down.
    pub(in crate::market_data::venues) fn has_failed(&self) -> bool {
        self.success.is_some_and(|success| success.get() == "false")
    }
}

/// An object of v2's `data`: a book, a trade or a quote.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Datum<'a> {
    #[serde(borrow)]
    pub(super) symbol: Raw<'a>,
    #[serde(borrow)]
    pub(super) bids: Option<Vec<LevelV2<'a>>>,
    #[serde(borrow)]
    pub(super) asks: Option<Vec<LevelV2<'a>>>,
    #[serde(borrow)]
    checksum: Raw<'a>,
    #[serde(borrow)]
    timestamp: Raw<'a>,
    #[serde(borrow)]
    side: Raw<'a>,
    #[serde(borrow)]
    pub(super) price: Raw<'a>,
    #[serde(borrow)]
    pub(super) qty: Raw<'a>,
    #[serde(borrow)]
    trade_id: Raw<'a>,
    #[serde(borrow)]
    pub(super) bid: Raw<'a>,
    #[serde(borrow)]
    pub(super) bid_qty: Raw<'a>,
    #[serde(borrow)]
    pub(super) ask: Raw<'a>,
    #[serde(borrow)]
    pub(super) ask_qty: Raw<'a>,
}

#[derive(Deserialize)]
pub(super) struct LevelV2<'a> {
    #[serde(borrow)]
    pub(super) price: &'a RawValue,
    #[serde(borrow)]
    pub(super) qty: &'a RawValue,
}

/// What v1 calls a payload: a book's snapshot (`as`, `bs`) or update (`a`, `b`, `c`), or a quote (`a`, `b`).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PayloadV1<'a> {
    #[serde(borrow, rename = "as")]
    pub(super) all_asks: Raw<'a>,
    #[serde(borrow, rename = "bs")]
    pub(super) all_bids: Raw<'a>,
    #[serde(borrow)]
    pub(super) a: Raw<'a>,
    #[serde(borrow)]
    pub(super) b: Raw<'a>,
    #[serde(borrow)]
    c: Raw<'a>,
}

/// An array of v1: a channel's number, payloads, its name, the pair.
pub(super) struct ArrayV1<'a> {
    pub(super) payloads: Vec<&'a RawValue>,
    pub(super) channel: String,
    pub(super) pair: String,
}

impl<'a> ArrayV1<'a> {
    pub(super) fn of(frame: &'a [u8]) -> Option<ArrayV1<'a>> {
        let mut parts: Vec<&RawValue> = serde_json::from_slice(frame).ok()?;
        let pair = value(Some(parts.pop()?), "pair").ok()?;
        let channel = value(Some(parts.pop()?), "channel").ok()?;
        let number: Result<u64, _> = value(parts.first().copied(), "channel id");
        (number.is_ok() && parts.len() > 1).then(|| ArrayV1 { payloads: parts.split_off(1), channel, pair })
    }
}

/// Reads a frame into `pieces`.
pub(super) fn read(frame: &[u8], symbols: &Symbols, pieces: &mut Pieces) -> Result<Message, Refusal> {
    let mut book = None;
    read_for(frame, symbols, pieces, &mut book).map_err(|cause| Refusal { cause, book })
}

/// Whether a frame is of this venue, read or not.
pub fn is_market_data(frame: &[u8]) -> bool {
    match object::<Fields<'_>>(frame) {
        Some(fields) => {
            let event = text(fields.event, "")
                .is_ok_and(|event| event == "systemStatus" || event == "subscriptionStatus");
            event || (fields.channel.is_some() && (fields.data.is_some() || fields.kind.is_some()))
        }
        None => ArrayV1::of(frame).is_some(),
    }
}

/// Whether a frame is none that a connection for order by order may have as well.
pub(in crate::market_data::venues) fn is_of_levels(frame: &[u8]) -> bool {
    let channel = object::<Fields<'_>>(frame).and_then(|fields| text(fields.channel, "channel").ok());
    channel.map_or_else(|| ArrayV1::of(frame).is_some(), |channel| channel == "book")
}

/// Sets `book` to the book that a message is for as soon as that is known.
fn read_for(
    frame: &[u8],
    symbols: &Symbols,
    pieces: &mut Pieces,
    book: &mut Option<usize>,
) -> Result<Message, Cause> {
    if frame.trim_ascii_start().starts_with(b"[") {
        let array = ArrayV1::of(frame).ok_or(NO_JSON)?;
        return array_v1(&array, symbols, pieces, book);
    }
    let fields: Fields<'_> = object(frame).ok_or(NO_JSON)?;
    if let Some(event) = fields.event {
        let failed = fields.status.is_some_and(|status| status.get() == "\"error\"");
        return match text(Some(event), "event")?.as_ref() {
            "heartbeat" => Ok(Message::Alive { last_trade: None }),
            "subscriptionStatus" if failed => Err(REFUSED),
            "systemStatus" | "subscriptionStatus" | "pong" => Ok(Message::Unused),
            _ => Ok(Message::Unknown),
        };
    }
    if fields.method.is_some() {
        return answer(&fields, symbols, pieces);
    }
    let Some(channel) = fields.channel else { return Ok(Message::Unknown) };
    match text(Some(channel), "channel")?.as_ref() {
        "book" => book_v2(&fields, symbols, pieces, book),
        "trade" => trades_v2(&fields, symbols, pieces),
        "ticker" => ticker_v2(&fields, symbols),
        "ohlc" => {
            pieces.history = is_snapshot(&fields)?;
            candles::read(fields.data, symbols, &mut pieces.candles)?;
            Ok(Message::Candles)
        }
        "status" => status(&fields),
        "heartbeat" => Ok(Message::Alive { last_trade: None }),
        channel if UNUSED.contains(&channel) => Ok(Message::Unused),
        _ => Ok(Message::Unknown),
    }
}

/// What became of a request. A book's subscription says its depth.
fn answer(fields: &Fields<'_>, symbols: &Symbols, pieces: &mut Pieces) -> Result<Message, Cause> {
    #[derive(Deserialize)]
    struct Subscribed {
        symbol: String,
        depth: usize,
    }
    if fields.has_failed() {
        return Err(REFUSED);
    }
    if let Ok(Subscribed { symbol, depth }) = value(fields.result, "result") {
        pieces.depth = symbols.find(symbol.as_bytes()).map(|symbol| (symbol.index, depth));
    }
    Ok(Message::Unused)
}

fn data<'a>(fields: &Fields<'a>) -> Result<Vec<Datum<'a>>, Cause> {
    let raw = fields.data.ok_or(Cause::Unreadable("data"))?;
    serde_json::from_str(raw.get()).map_err(|_| Cause::Unreadable("data"))
}

/// How the venue itself is: `online`, `maintenance`, `cancel_only`, `limit_only`, `post_only`.
fn status(fields: &Fields<'_>) -> Result<Message, Cause> {
    #[derive(Deserialize)]
    struct Row {
        system: String,
    }
    let rows: Vec<Row> = value(fields.data, "data")?;
    let [row] = rows.as_slice() else { return Err(Cause::Unreadable("not one status")) };
    Ok(Message::Status { online: row.system == "online" })
}

pub(in crate::market_data::venues) fn is_snapshot(fields: &Fields<'_>) -> Result<bool, Cause> {
    match text(fields.kind, "type")?.as_ref() {
        "snapshot" => Ok(true),
        "update" => Ok(false),
        _ => Err(Cause::Unreadable("type")),
    }
}

fn book_v2(
    fields: &Fields<'_>,
    symbols: &Symbols,
    pieces: &mut Pieces,
    book: &mut Option<usize>,
) -> Result<Message, Cause> {
    let data = data(fields)?;
    let [datum] = data.as_slice() else { return Err(Cause::Unreadable("not one book")) };
    let Some(symbol) = symbols.find(text(datum.symbol, "symbol")?.as_bytes()) else {
        return Ok(Message::Unknown);
    };
    *book = Some(symbol.index);
    let snapshot = is_snapshot(fields)?;
    for (side, levels) in [(Side::Buy, &datum.bids), (Side::Sell, &datum.asks)] {
        for level in levels.as_ref().ok_or(Cause::Unreadable("no list of levels"))? {
            push(pieces, side, symbol, level.price, level.qty)?;
        }
    }
    let proof = match datum.checksum {
        None if snapshot => Proof::None,
        checksum => Proof::Checksum(value(checksum, "checksum")?),
    };
    let event_time = event_time(datum.timestamp)?;
    Ok(Message::Book { index: symbol.index, snapshot, proof, event_time })
}

fn push(
    pieces: &mut Pieces,
    side: Side,
    symbol: &Symbol,
    at: &RawValue,
    size: &RawValue,
) -> Result<(), Cause> {
    let (price_text, qty_text) = (decimal_text(Some(at), "price")?, decimal_text(Some(size), "qty")?);
    let (ticks, lots) = (price(&price_text, symbol.price)?, quantity(&qty_text, symbol.qty)?);
    let places = |text: &str| written_places(text).unwrap_or(0);
    pieces.written.join(Written { price: places(&price_text), qty: places(&qty_text) });
    pieces.levels.push(Level { side, ticks, lots });
    Ok(())
}

fn timestamp(raw: Raw<'_>) -> Result<Option<Nanos>, Cause> {
    rfc3339(text(raw, "timestamp")?.as_bytes()).ok_or(Cause::Unreadable("timestamp"))
}

/// The time of a message that may have none.
pub(in crate::market_data::venues) fn event_time(raw: Raw<'_>) -> Result<Option<Nanos>, Cause> {
    raw.map(|time| timestamp(Some(time))).transpose().map(Option::flatten)
}

/// Trades that a snapshot brings are old: they are no part of the tape.
fn trades_v2(fields: &Fields<'_>, symbols: &Symbols, pieces: &mut Pieces) -> Result<Message, Cause> {
    if is_snapshot(fields)? {
        return Ok(Message::Unused);
    }
    for datum in data(fields)? {
        let Some(symbol) = symbols.find(text(datum.symbol, "symbol")?.as_bytes()) else { continue };
        pieces.prints.push(Print {
            index: symbol.index,
            id: value(datum.trade_id, "trade_id")?,
            ticks: price(&decimal_text(datum.price, "price")?, symbol.price)?,
            lots: quantity(&decimal_text(datum.qty, "qty")?, symbol.qty)?,
            side: side_of(text(datum.side, "side")?.as_bytes()).ok_or(Cause::Unreadable("side"))?,
            event_time: timestamp(datum.timestamp)?.ok_or(Cause::Unreadable("timestamp"))?,
        });
    }
    Ok(if pieces.prints.is_empty() { Message::Unknown } else { Message::Trades })
}

fn ticker_v2(fields: &Fields<'_>, symbols: &Symbols) -> Result<Message, Cause> {
    is_snapshot(fields)?;
    let data = data(fields)?;
    let [datum] = data.as_slice() else { return Err(Cause::Unreadable("not one quote")) };
    let Some(symbol) = symbols.find(text(datum.symbol, "symbol")?.as_bytes()) else {
        return Ok(Message::Unknown);
    };
    let best = (best(datum.bid, datum.bid_qty, symbol)?, best(datum.ask, datum.ask_qty, symbol)?);
    let event_time = event_time(datum.timestamp)?;
    Ok(Message::Quote { index: symbol.index, best, sized: true, event_time })
}

/// A side without orders is null, or has price 0.
fn best(at: Raw<'_>, size: Raw<'_>, symbol: &Symbol) -> Result<Option<Priced>, Cause> {
    if at.is_none_or(|at| at.get() == "null") {
        return Ok(None);
    }
    let ticks = non_negative(&decimal_text(at, "bid or ask")?, symbol.price, "price")?;
    let lots: Lots = quantity(&decimal_text(size, "qty")?, symbol.qty)?;
    Ok(present(Ticks(ticks), lots))
}

fn array_v1(
    array: &ArrayV1<'_>,
    symbols: &Symbols,
    pieces: &mut Pieces,
    book: &mut Option<usize>,
) -> Result<Message, Cause> {
    let Some(symbol) = symbols.find(array.pair.as_bytes()) else { return Ok(Message::Unknown) };
    if let Some(depth) = array.channel.strip_prefix("book-") {
        *book = Some(symbol.index);
        let depth = depth.parse().map_err(|_| Cause::Unreadable("depth"))?;
        pieces.depth = Some((symbol.index, depth));
        return book_v1(&array.payloads, symbol, pieces);
    }
    match array.channel.as_str() {
        "trade" => trades_v1(&array.payloads, symbol, pieces),
        "ticker" => ticker_v1(&array.payloads, symbol),
        "spread" => Ok(Message::Unused),
        channel if channel.starts_with("ohlc") => Ok(Message::Unused),
        _ => Ok(Message::Unknown),
    }
}

fn book_v1(payloads: &[&RawValue], symbol: &Symbol, pieces: &mut Pieces) -> Result<Message, Cause> {
    let (mut snapshot, mut checksum, mut event_time) = (false, None, None);
    for payload in payloads {
        let payload: PayloadV1<'_> = object(payload.get().as_bytes()).ok_or(Cause::Unreadable("payload"))?;
        snapshot |= payload.all_asks.is_some() || payload.all_bids.is_some();
        for (side, levels) in [
            (Side::Sell, payload.all_asks),
            (Side::Buy, payload.all_bids),
            (Side::Sell, payload.a),
            (Side::Buy, payload.b),
        ] {
            for level in levels_v1(levels)? {
                let [at, size, time, ..] = level.as_slice() else { return Err(Cause::Unreadable("level")) };
                push(pieces, side, symbol, at, size)?;
                let time = unix_seconds(text(Some(time), "time")?.as_bytes());
                event_time = event_time.max(Some(time.ok_or(Cause::Unreadable("time"))?));
            }
        }
        checksum = payload.c.or(checksum);
    }
    let proof = match checksum {
        None if snapshot => Proof::None,
        checksum => {
            let checksum = text(checksum, "checksum")?;
            Proof::Checksum(checksum.parse().map_err(|_| Cause::Unreadable("checksum"))?)
        }
    };
    Ok(Message::Book { index: symbol.index, snapshot, proof, event_time })
}

/// The lists of one side, a level a list.
pub(super) fn levels_v1<'a>(raw: Raw<'a>) -> Result<Vec<Vec<&'a RawValue>>, Cause> {
    let levels: Option<Vec<Vec<&'a RawValue>>> =
        raw.map(|raw| serde_json::from_str(raw.get())).transpose().ok().flatten();
    match (raw, levels) {
        (None, _) => Ok(vec![]),
        (Some(_), levels) => levels.ok_or(Cause::Unreadable("no list of levels")),
    }
}

fn trades_v1(payloads: &[&RawValue], symbol: &Symbol, pieces: &mut Pieces) -> Result<Message, Cause> {
    for trade in levels_v1(payloads.first().copied())? {
        let [at, size, time, side, ..] = trade.as_slice() else { return Err(Cause::Unreadable("trade")) };
        let time = unix_seconds(text(Some(time), "time")?.as_bytes());
        pieces.prints.push(Print {
            index: symbol.index,
            id: 0,
            ticks: price(&decimal_text(Some(at), "price")?, symbol.price)?,
            lots: quantity(&decimal_text(Some(size), "qty")?, symbol.qty)?,
            side: side_of(text(Some(side), "side")?.as_bytes()).ok_or(Cause::Unreadable("side"))?,
            event_time: time.ok_or(Cause::Unreadable("time"))?,
        });
    }
    Ok(Message::Trades)
}

/// `a` and `b` are price, whole lots, size.
fn ticker_v1(payloads: &[&RawValue], symbol: &Symbol) -> Result<Message, Cause> {
    let payload = payloads.first().and_then(|payload| object::<PayloadV1<'_>>(payload.get().as_bytes()));
    let payload = payload.ok_or(Cause::Unreadable("payload"))?;
    let side = |raw: Raw<'_>| {
        let level: Vec<&RawValue> =
            raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).ok_or(Cause::Unreadable("no quote"))?;
        best(level.first().copied(), level.get(2).copied(), symbol)
    };
    Ok(Message::Quote {
        index: symbol.index,
        best: (side(payload.b)?, side(payload.a)?),
        sized: true,
        event_time: None,
    })
}
