//! The reader of the frequent shapes, keys in the order in which the venue writes them. It confirms every byte;
//! any other frame, a broken one too, is `None`, and `tolerant.rs` decides.

use super::endpoints::best_levels_symbol;
use super::messages::{Message, venue_time};
use crate::market_data::decimal::DecimalReader;
use crate::market_data::frame::Print;
use crate::market_data::scanner::Scanner;
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::tracked_book::Level;
use crate::model::{Lots, Side, Ticks};

/// Reads a frame; levels are added to `levels`, also by a frame that turns out to be none of these.
#[inline]
pub(super) fn read(frame: &[u8], symbols: &Symbols, levels: &mut Vec<Level>) -> Option<Message> {
    let mut scanner = Scanner::new(frame);
    let combined = scanner.expect(b"{\"stream\":\"").is_some();
    let mut stream = &b""[..];
    if combined {
        stream = scanner.word()?;
        scanner.expect(b",\"data\":")?;
    }
    scanner.expect(b"{\"")?;
    let message = if scanner.expect(b"e\":\"depthUpdate\",").is_some() {
        depth(&mut scanner, symbols, levels)?.of_stream(stream)
    } else if scanner.expect(b"lastUpdateId\":").is_some() {
        best_levels(&mut scanner, named_by(stream, symbols)?, levels)?
    } else if scanner.expect(b"e\":\"trade\",").is_some() {
        trade(&mut scanner, symbols)?
    } else if scanner.expect(b"e\":\"aggTrade\",").is_some() {
        aggregate(&mut scanner, symbols)?
    } else {
        let named = scanner.expect(b"e\":\"bookTicker\",\"").is_some();
        ticker(&mut scanner, named, symbols)?
    };
    if combined {
        scanner.expect(b"}")?;
    }
    scanner.at_end().then_some(message)
}

/// The instrument that a stream of best levels is of.
pub(super) fn named_by<'a>(stream: &[u8], symbols: &'a Symbols) -> Option<&'a Symbol> {
    let symbol = best_levels_symbol(stream)?;
    let mut name = [0; 32];
    let name = name.get_mut(..symbol.len())?;
    name.copy_from_slice(symbol);
    name.make_ascii_uppercase();
    symbols.find(name)
}

/// `160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"]]}`
fn best_levels(scanner: &mut Scanner<'_>, symbol: &Symbol, levels: &mut Vec<Level>) -> Option<Message> {
    let id = scanner.unsigned()?;
    scanner.expect(b",\"bids\":[")?;
    side(scanner, Side::Buy, symbol, levels)?;
    scanner.expect(b",\"asks\":[")?;
    side(scanner, Side::Sell, symbol, levels)?;
    scanner.expect(b"}")?;
    Some(Message::Partial { index: symbol.index, id, event_time: None })
}

/// Reads the body of a depth snapshot: `{"lastUpdateId":1,"bids":[…],"asks":[…]}`; futures say times and names before.
pub(super) fn snapshot(body: &[u8], symbol: &Symbol, levels: &mut Vec<Level>) -> Option<u64> {
    let mut scanner = Scanner::new(body);
    scanner.expect(b"{\"lastUpdateId\":")?;
    let id = scanner.unsigned()?;
    if scanner.expect(b",\"E\":").is_some() {
        scanner.unsigned()?;
        scanner.expect(b",\"T\":")?;
        scanner.unsigned()?;
    }
    if scanner.expect(b",\"symbol\":\"").is_some() {
        scanner.word()?;
        scanner.expect(b",\"pair\":\"")?;
        scanner.word()?;
    }
    scanner.expect(b",\"bids\":[")?;
    side(&mut scanner, Side::Buy, symbol, levels)?;
    scanner.expect(b",\"asks\":[")?;
    side(&mut scanner, Side::Sell, symbol, levels)?;
    scanner.expect(b"}")?;
    scanner.at_end().then_some(id)
}

/// `"E":1723161255208,"s":"BTCUSDT","U":1,"u":2,"b":[["61737.63000000","0.00000000"]],"a":[]}`; futures have `T`, `ps`,
/// `st` and `pu` as well.
#[inline]
fn depth(scanner: &mut Scanner<'_>, symbols: &Symbols, levels: &mut Vec<Level>) -> Option<Message> {
    scanner.expect(b"\"E\":")?;
    let event_time = venue_time(scanner.unsigned()?)?;
    optional(scanner, b",\"T\":")?;
    scanner.expect(b",\"s\":\"")?;
    let symbol = symbols.find(scanner.word()?)?;
    pair(scanner)?;
    optional(scanner, b",\"st\":")?;
    scanner.expect(b",\"U\":")?;
    let first = scanner.unsigned()?;
    scanner.expect(b",\"u\":")?;
    let last = scanner.unsigned()?;
    let previous = optional(scanner, b",\"pu\":")?;
    scanner.expect(b",\"b\":[")?;
    side(scanner, Side::Buy, symbol, levels)?;
    scanner.expect(b",\"a\":[")?;
    side(scanner, Side::Sell, symbol, levels)?;
    scanner.expect(b"}")?;
    (first <= last).then_some(Message::Depth { index: symbol.index, first, last, previous, event_time })
}

/// A number after a key that may be missing.
#[inline]
#[allow(clippy::option_option)] // the outer one is the reader's
fn optional(scanner: &mut Scanner<'_>, key: &[u8]) -> Option<Option<u64>> {
    if scanner.expect(key).is_none() {
        return Some(None);
    }
    scanner.unsigned().map(Some)
}

/// Passes a future's pair, if it is named: whether it was.
#[inline]
fn pair(scanner: &mut Scanner<'_>) -> Option<bool> {
    if scanner.expect(b",\"ps\":\"").is_none() {
        return Some(false);
    }
    scanner.word().map(|_| true)
}

/// The rest of an array of levels, its opening bracket passed.
#[inline]
fn side(scanner: &mut Scanner<'_>, side: Side, symbol: &Symbol, levels: &mut Vec<Level>) -> Option<()> {
    if scanner.expect(b"]").is_some() {
        return Some(());
    }
    let mut here = scanner.clone(); // of this function alone, it stays in registers
    loop {
        here.expect(b"[\"")?;
        let ticks = price(&symbol.price, &mut here)?;
        here.expect(b",\"")?;
        let lots = quantity(&symbol.qty, &mut here)?;
        levels.push(Level { side, ticks, lots });
        if here.expect(b"],").is_none() {
            here.expect(b"]]")?;
            *scanner = here;
            return Some(());
        }
    }
}

/// `"E":1,"s":"BTCUSDT","t":3,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}`; futures have
/// `X` and no `M`, and `T` sometimes before `s`.
#[inline]
fn trade(scanner: &mut Scanner<'_>, symbols: &Symbols) -> Option<Message> {
    scanner.expect(b"\"E\":")?;
    venue_time(scanner.unsigned()?)?;
    let mut time = optional(scanner, b",\"T\":")?;
    scanner.expect(b",\"s\":\"")?;
    let symbol = symbols.find(scanner.word()?)?;
    scanner.expect(b",\"t\":")?;
    let id = scanner.unsigned()?;
    scanner.expect(b",\"p\":\"")?;
    let ticks = price(&symbol.price, scanner)?;
    scanner.expect(b",\"q\":\"")?;
    let lots = quantity(&symbol.qty, scanner)?;
    let _ = scanner.expect(b",\"X\":\"MARKET\"");
    if time.is_none() {
        time = optional(scanner, b",\"T\":")?;
    }
    let event_time = venue_time(time?)?;
    scanner.expect(b",\"m\":")?;
    let side = if scanner.boolean()? { Side::Sell } else { Side::Buy };
    if scanner.expect(b",\"M\":").is_some() {
        scanner.boolean()?;
    }
    scanner.expect(b"}")?;
    Some(Message::Trade(Print { index: symbol.index, id, ticks, lots, side, event_time }))
}

/// `"E":1,"s":"BTCUSDT","a":3,"p":"0.35","q":"58.0","f":1,"l":2,"T":1633998523963,"m":false,"M":true}`; futures have `a`
/// before `s` and `st` at the end.
#[inline]
fn aggregate(scanner: &mut Scanner<'_>, symbols: &Symbols) -> Option<Message> {
    scanner.expect(b"\"E\":")?;
    venue_time(scanner.unsigned()?)?;
    let before = optional(scanner, b",\"a\":")?;
    scanner.expect(b",\"s\":\"")?;
    let symbol = symbols.find(scanner.word()?)?;
    let id = if before.is_some() { before } else { optional(scanner, b",\"a\":")? }?;
    scanner.expect(b",\"p\":\"")?;
    let ticks = price(&symbol.price, scanner)?;
    scanner.expect(b",\"q\":\"")?;
    let lots = quantity(&symbol.qty, scanner)?;
    scanner.expect(b",\"f\":")?;
    scanner.unsigned()?;
    scanner.expect(b",\"l\":")?;
    scanner.unsigned()?;
    scanner.expect(b",\"T\":")?;
    let event_time = venue_time(scanner.unsigned()?)?;
    scanner.expect(b",\"m\":")?;
    let side = if scanner.boolean()? { Side::Sell } else { Side::Buy };
    if scanner.expect(b",\"M\":").is_some() {
        scanner.boolean()?;
    }
    optional(scanner, b",\"st\":")?;
    scanner.expect(b"}")?;
    Some(Message::Aggregate(Print { index: symbol.index, id, ticks, lots, side, event_time }))
}

/// `u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}`; futures have
/// `e`, `E`, `T`, `st` and `ps` as well, in several places.
#[inline]
fn ticker(scanner: &mut Scanner<'_>, named: bool, symbols: &Symbols) -> Option<Message> {
    scanner.expect(b"u\":")?;
    let id = scanner.unsigned()?;
    if !named {
        let _ = scanner.expect(b",\"e\":\"bookTicker\"");
    }
    let mut times = (optional(scanner, b",\"E\":")?, optional(scanner, b",\"T\":")?);
    scanner.expect(b",\"s\":\"")?;
    let symbol = symbols.find(scanner.word()?)?;
    let paired = pair(scanner)?;
    scanner.expect(b",\"b\":\"")?;
    let bid = Ticks(non_negative(&symbol.price, scanner)?);
    scanner.expect(b",\"B\":\"")?;
    let bid_lots = quantity(&symbol.qty, scanner)?;
    scanner.expect(b",\"a\":\"")?;
    let ask = Ticks(non_negative(&symbol.price, scanner)?);
    scanner.expect(b",\"A\":\"")?;
    let ask_lots = quantity(&symbol.qty, scanner)?;
    if times == (None, None) {
        let late = (optional(scanner, b",\"T\":")?, optional(scanner, b",\"E\":")?);
        times = (late.1, late.0);
    }
    optional(scanner, b",\"st\":")?;
    if !paired {
        pair(scanner)?;
    }
    scanner.expect(b"}")?;
    let event_time = match times.0 {
        Some(time) => Some(venue_time(time)?),
        None => None,
    };
    let (bid, ask) = (present(bid, bid_lots), present(ask, ask_lots));
    Some(Message::Ticker { index: symbol.index, id, bid, ask, event_time })
}

/// A side without orders comes as price 0.
pub(super) fn present(ticks: Ticks, lots: Lots) -> Option<(Ticks, Lots)> {
    (ticks.0 > 0).then_some((ticks, lots))
}

#[inline]
fn price(reader: &DecimalReader, scanner: &mut Scanner<'_>) -> Option<Ticks> {
    reader.quoted(scanner).filter(|ticks| *ticks > 0).map(Ticks)
}

#[inline]
fn quantity(reader: &DecimalReader, scanner: &mut Scanner<'_>) -> Option<Lots> {
    non_negative(reader, scanner).map(Lots)
}

#[inline]
fn non_negative(reader: &DecimalReader, scanner: &mut Scanner<'_>) -> Option<i64> {
    reader.quoted(scanner).filter(|steps| *steps >= 0)
}
