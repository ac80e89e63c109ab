//! The reader of every frame and body that the fast one leaves: keys in any order, unknown ones ignored, whitespace,
//! exponent notation. It says what is wrong with a frame, and whose book suffers.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::endpoints::Market;
use super::fast::{named_by, present};
use super::messages::{Message, venue_time};
use super::sbe;
use crate::market_data::frame::{Cause, Print, Refusal};
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::tracked_book::Level;
use crate::market_data::values::{double, non_negative, object, price, quantity, text, value};
use crate::market_data::{Candle, VenueMark, VenuePeriod};
use crate::model::{Nanos, Side, Ticks};

/// Kinds of the venue's streams that are known and not used.
const UNUSED: [&str; 21] = [
    "avgPrice",
    "24hrTicker",
    "24hrMiniTicker",
    "1hTicker",
    "4hTicker",
    "1dTicker",
    "blockTrade",
    "referencePrice",
    "executionReport",
    "outboundAccountPosition",
    "balanceUpdate",
    "listStatus",
    "eventStreamTerminated",
    "externalLockUpdate",
    "indexPriceUpdate",
    "forceOrder",
    "continuous_kline",
    "compositeIndex",
    "contractInfo",
    "assetIndexUpdate",
    "tradingSession",
];

/// The values of a message by their key, unread: a key means different things in different kinds.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fields<'a> {
    #[serde(borrow)]
    pub(super) stream: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) data: Option<&'a RawValue>,
    /// Kind.
    #[serde(borrow)]
    pub(super) e: Option<&'a RawValue>,
    #[serde(borrow, rename = "E")]
    event_time: Option<&'a RawValue>,
    #[serde(borrow, rename = "s")]
    pub(super) symbol: Option<&'a RawValue>,
    #[serde(borrow, rename = "U")]
    first: Option<&'a RawValue>,
    #[serde(borrow, rename = "u")]
    last: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) b: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) a: Option<&'a RawValue>,
    #[serde(borrow, rename = "B")]
    pub(super) bid_qty: Option<&'a RawValue>,
    #[serde(borrow, rename = "A")]
    pub(super) ask_qty: Option<&'a RawValue>,
    #[serde(borrow, rename = "t")]
    trade_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "T")]
    trade_time: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) p: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) q: Option<&'a RawValue>,
    /// Spot's trades have it, always true.
    #[serde(borrow, rename = "M")]
    spot: Option<&'a RawValue>,
    #[serde(borrow, rename = "m")]
    buyer_rested: Option<&'a RawValue>,
    /// Last update id of the message before, on futures.
    #[serde(borrow, rename = "pu")]
    previous: Option<&'a RawValue>,
    /// What kind of trade it is, on futures.
    #[serde(borrow, rename = "X")]
    trade_kind: Option<&'a RawValue>,
    /// A bar.
    #[serde(borrow)]
    k: Option<&'a RawValue>,
    /// Price of the index.
    #[serde(borrow)]
    i: Option<&'a RawValue>,
    /// Rate of funding.
    #[serde(borrow)]
    r: Option<&'a RawValue>,
    #[serde(borrow, rename = "lastUpdateId")]
    snapshot_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) bids: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) asks: Option<&'a RawValue>,
    /// Of an answer to a request on the stream.
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    /// The venue's error code, in an answer or a REST body.
    #[serde(borrow)]
    code: Option<&'a RawValue>,
}

/// Two decimals in an array: price and quantity of a level.
pub(super) type TextLevel<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Reads a frame; levels are added to `levels`.
pub(super) fn read(frame: &[u8], symbols: &Symbols, levels: &mut Vec<Level>) -> Result<Message, Refusal> {
    let unreadable = |what| Refusal { cause: Cause::Unreadable(what), book: hurt_book(frame, symbols) };
    let outer = fields_of(frame).ok_or_else(|| unreadable("no JSON object"))?;
    let stream = outer.stream.and_then(|stream| text(Some(stream), "stream").ok()).unwrap_or_default();
    let stream = stream.as_bytes();
    let fields = match outer.data.map(|data| data.get().as_bytes()) {
        None => outer,
        Some([b'[', ..]) => return Ok(Message::Unknown),
        Some(data) => fields_of(data).ok_or_else(|| unreadable("no JSON object in data"))?,
    };
    message(&fields, stream, symbols, levels)
        .map(|message| message.of_stream(stream))
        .map_err(|cause| Refusal { cause, book: hurt_book(frame, symbols) })
}

/// Reads the body of a depth snapshot into its id and levels.
pub(super) fn snapshot(body: &[u8], symbol: &Symbol, levels: &mut Vec<Level>) -> Result<u64, Cause> {
    let fields = fields_of(body).ok_or(Cause::Unreadable("no JSON object"))?;
    let id = value(fields.snapshot_id, "lastUpdateId")?;
    side(fields.bids, Side::Buy, symbol, levels)?;
    side(fields.asks, Side::Sell, symbol, levels)?;
    Ok(id)
}

/// The fields of a JSON object.
pub(super) fn fields_of(text: &[u8]) -> Option<Fields<'_>> {
    object(text)
}

/// Whose market a frame is of, if it can be told.
pub fn market_of(frame: &[u8]) -> Option<Market> {
    if sbe::is_known(frame) {
        return Some(Market::Spot);
    }
    let outer = fields_of(frame)?;
    let fields = outer.data.map_or(Some(outer), |data| fields_of(data.get().as_bytes()))?;
    let symbol = text(fields.symbol, "s").ok()?;
    let kind = fields.e.and_then(|kind| text(Some(kind), "e").ok());
    let future = match kind.as_deref() {
        None => fields.bid_qty.is_some().then_some(false),
        Some("depthUpdate") => Some(fields.previous.is_some()),
        Some("bookTicker") => Some(true),
        Some("trade") => Some(fields.spot.is_none()),
        Some(_) => None,
    }?;
    Some(match future {
        false => Market::Spot,
        true if Market::is_coin_margined(&symbol) => Market::CoinM,
        true => Market::UsdM,
    })
}

fn message(
    fields: &Fields<'_>,
    stream: &[u8],
    symbols: &Symbols,
    levels: &mut Vec<Level>,
) -> Result<Message, Cause> {
    let kind = fields.e.map(|kind| text(Some(kind), "e")).transpose()?;
    let read = match kind.as_deref() {
        Some("depthUpdate") => depth,
        Some("trade") if fields.trade_kind.is_none_or(|kind| kind.get() == "\"MARKET\"") => trade,
        Some("trade") => return Ok(Message::Unused), // of the insurance fund and the like: nobody's at the market
        Some("aggTrade") => aggregate,
        Some("bookTicker") => ticker,
        Some("kline") => candle,
        Some("markPriceUpdate") => mark,
        Some("serverShutdown") => return Ok(Message::Shutdown),
        Some(kind) if UNUSED.contains(&kind) => return Ok(Message::Unused),
        Some(_) => return Ok(Message::Unknown),
        None if fields.last.is_some() && fields.bid_qty.is_some() => ticker,
        None if fields.snapshot_id.is_some() => {
            return named_by(stream, symbols)
                .map_or(Ok(Message::Unused), |symbol| best_levels(fields, symbol, levels));
        }
        None if fields.id.is_some() && fields.code.is_none() => return Ok(Message::Unused),
        None => return Ok(Message::Unknown),
    };
    match symbols.find(text(fields.symbol, "s")?.as_bytes()) {
        Some(symbol) => read(fields, symbol, levels),
        None => Ok(Message::Unknown),
    }
}

/// The best levels alone; spot names no symbol in them.
fn best_levels(fields: &Fields<'_>, symbol: &Symbol, levels: &mut Vec<Level>) -> Result<Message, Cause> {
    let id = value(fields.snapshot_id, "lastUpdateId")?;
    side(fields.bids, Side::Buy, symbol, levels)?;
    side(fields.asks, Side::Sell, symbol, levels)?;
    Ok(Message::Partial { index: symbol.index, id, event_time: None })
}

fn depth(fields: &Fields<'_>, symbol: &Symbol, levels: &mut Vec<Level>) -> Result<Message, Cause> {
    let (first, last) = (value(fields.first, "U")?, value(fields.last, "u")?);
    if first > last {
        return Err(Cause::Unreadable("U is above u"));
    }
    let event_time = time(fields.event_time, "E")?;
    let previous = fields.previous.map(|previous| value(Some(previous), "pu")).transpose()?;
    side(fields.b, Side::Buy, symbol, levels)?;
    side(fields.a, Side::Sell, symbol, levels)?;
    Ok(Message::Depth { index: symbol.index, first, last, previous, event_time })
}

fn trade(fields: &Fields<'_>, symbol: &Symbol, _: &mut Vec<Level>) -> Result<Message, Cause> {
    print(fields, symbol, value(fields.trade_id, "t")?).map(Message::Trade)
}

/// Its id is `a`, and counts for itself.
fn aggregate(fields: &Fields<'_>, symbol: &Symbol, _: &mut Vec<Level>) -> Result<Message, Cause> {
    print(fields, symbol, value(fields.a, "a")?).map(Message::Aggregate)
}

fn print(fields: &Fields<'_>, symbol: &Symbol, id: u64) -> Result<Print, Cause> {
    time(fields.event_time, "E")?;
    let buyer_rested: bool = value(fields.buyer_rested, "m")?;
    Ok(Print {
        index: symbol.index,
        id,
        ticks: price(&text(fields.p, "p")?, symbol.price)?,
        lots: quantity(&text(fields.q, "q")?, symbol.qty)?,
        side: if buyer_rested { Side::Sell } else { Side::Buy },
        event_time: time(fields.trade_time, "T")?,
    })
}

fn ticker(fields: &Fields<'_>, symbol: &Symbol, _: &mut Vec<Level>) -> Result<Message, Cause> {
    let best = |price, qty, what| -> Result<_, Cause> {
        let ticks = non_negative(&text(price, what)?, symbol.price, "price")?;
        Ok(present(Ticks(ticks), quantity(&text(qty, what)?, symbol.qty)?))
    };
    Ok(Message::Ticker {
        index: symbol.index,
        id: value(fields.last, "u")?,
        bid: best(fields.b, fields.bid_qty, "bid")?,
        ask: best(fields.a, fields.ask_qty, "ask")?,
        event_time: fields.event_time.map(|raw| time(Some(raw), "E")).transpose()?,
    })
}

/// The values of a bar, unread.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Bar<'a> {
    /// Its last moment.
    #[serde(borrow, rename = "T")]
    last: Option<&'a RawValue>,
    #[serde(borrow, rename = "i")]
    period: Option<&'a RawValue>,
    #[serde(borrow)]
    o: Option<&'a RawValue>,
    #[serde(borrow)]
    h: Option<&'a RawValue>,
    #[serde(borrow)]
    l: Option<&'a RawValue>,
    #[serde(borrow)]
    c: Option<&'a RawValue>,
    #[serde(borrow)]
    v: Option<&'a RawValue>,
    #[serde(borrow, rename = "x")]
    closed: Option<&'a RawValue>,
}

fn candle(fields: &Fields<'_>, symbol: &Symbol, _: &mut Vec<Level>) -> Result<Message, Cause> {
    let bar = fields.k.and_then(|bar| object::<Bar<'_>>(bar.get().as_bytes()));
    let bar = bar.ok_or(Cause::Unreadable("no bar"))?;
    let last: u64 = value(bar.last, "end of a bar")?;
    let Some(period) = VenuePeriod::named(&text(bar.period, "period")?) else { return Ok(Message::Unknown) };
    let candle = Candle {
        index: symbol.index,
        period,
        end: last.checked_add(1).and_then(venue_time).ok_or(Cause::Unreadable("end of a bar"))?,
        open: double(bar.o, "open")?,
        high: double(bar.h, "high")?,
        low: double(bar.l, "low")?,
        close: double(bar.c, "close")?,
        volume: double(bar.v, "volume")?,
        closed: value(bar.closed, "x")?,
    };
    if candle.is_possible() || !candle.closed {
        Ok(Message::Candle(candle))
    } else {
        Err(Cause::Unreadable("a bar that is none"))
    }
}

/// Futures with a delivery have no funding: its rate is empty then.
fn mark(fields: &Fields<'_>, symbol: &Symbol, _: &mut Vec<Level>) -> Result<Message, Cause> {
    let optional = |raw: Option<&RawValue>, key| match raw.map(RawValue::get) {
        None | Some("\"\"" | "null") => Ok(f64::NAN),
        Some(_) => double(raw, key),
    };
    let mark = double(fields.p, "mark price")?;
    if mark <= 0.0 {
        return Err(Cause::Unreadable("a mark price that is none"));
    }
    Ok(Message::Mark(VenueMark {
        index: symbol.index,
        mark,
        of_index: optional(fields.i, "index price")?,
        funding_rate: optional(fields.r, "funding rate")?,
        next_funding: time(fields.trade_time, "T")?,
        event_time: time(fields.event_time, "E")?,
    }))
}

fn side(raw: Option<&RawValue>, side: Side, symbol: &Symbol, levels: &mut Vec<Level>) -> Result<(), Cause> {
    for (price_text, qty_text) in text_levels(raw).ok_or(Cause::Unreadable("no list of levels"))? {
        let (ticks, lots) = (price(&price_text, symbol.price)?, quantity(&qty_text, symbol.qty)?);
        levels.push(Level { side, ticks, lots });
    }
    Ok(())
}

pub(super) fn text_levels<'a>(raw: Option<&'a RawValue>) -> Option<Vec<TextLevel<'a>>> {
    // `Cow` alone would copy; a level whose text has no escape is borrowed.
    #[derive(Deserialize)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>, #[serde(borrow)] Cow<'a, str>);
    let levels: Vec<Borrowed<'a>> = serde_json::from_str(raw?.get()).ok()?;
    Some(levels.into_iter().map(|level| (level.0, level.1)).collect())
}

fn time(raw: Option<&RawValue>, key: &'static str) -> Result<Nanos, Cause> {
    venue_time(value(raw, key)?).ok_or(Cause::Unreadable(key))
}

/// Whose depth message a broken frame was: by the name of its stream, else by what looks like a symbol in it.
fn hurt_book(frame: &[u8], symbols: &Symbols) -> Option<usize> {
    let quoted_after = |key: &[u8]| {
        let start = frame.windows(key.len()).position(|window| window == key)? + key.len();
        frame[start..].split(|byte| *byte == b'"').next()
    };
    let named = quoted_after(b"\"stream\":\"").and_then(|stream| {
        let at = stream.iter().position(|byte| *byte == b'@')?;
        stream[at..].starts_with(b"@depth").then(|| stream[..at].to_ascii_uppercase())
    });
    let symbol = named.or_else(|| {
        let is_depth = quoted_after(b"\"e\":\"") == Some(b"depthUpdate");
        is_depth.then(|| quoted_after(b"\"s\":\"").map(<[u8]>::to_vec)).flatten()
    });
    symbols.find(&symbol?).map(|symbol| symbol.index)
}
