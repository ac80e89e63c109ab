//! The reader of v2's frequent shapes, keys in the order in which the venue writes them. It confirms every byte; any
//! other frame, a broken one too, is `None`, and `tolerant.rs` decides.

use super::pieces::{Pieces, present, priced};
use crate::market_data::scanner::Scanner;
use crate::market_data::streamed::{Message, Proof};
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::timestamps::rfc3339;
use crate::market_data::{Priced, Print};
use crate::model::{Lots, Nanos, Side};

/// Reads a frame into `pieces`, also what turns out to be none of these.
#[inline]
pub(super) fn read(frame: &[u8], symbols: &Symbols, pieces: &mut Pieces) -> Option<Message> {
    let mut scanner = Scanner::new(frame);
    scanner.expect(b"{\"channel\":\"")?;
    let message = if scanner.expect(b"book\",\"type\":\"").is_some() {
        book(&mut scanner, symbols, pieces)?
    } else if scanner.expect(b"trade\",\"type\":\"update\",\"data\":[").is_some() {
        trades(&mut scanner, symbols, pieces)?
    } else {
        scanner.expect(b"ticker\",\"type\":\"")?;
        ticker(&mut scanner, symbols)?
    };
    scanner.at_end().then_some(message)
}

/// `update` or `snapshot`.
#[inline]
fn is_snapshot(scanner: &mut Scanner<'_>) -> Option<bool> {
    if scanner.expect(b"update\",\"data\":[").is_some() {
        return Some(false);
    }
    scanner.expect(b"snapshot\",\"data\":[").map(|()| true)
}

#[inline]
fn symbol<'a>(scanner: &mut Scanner<'_>, symbols: &'a Symbols) -> Option<&'a Symbol> {
    scanner.expect(b"{\"symbol\":\"")?;
    symbols.find(scanner.word()?)
}

#[inline]
fn time(scanner: &mut Scanner<'_>) -> Option<Option<Nanos>> {
    rfc3339(scanner.word()?)
}

/// `update","data":[{"symbol":"XMR/USD","bids":[{"price":354.15,"qty":5.0}],"asks":[],"checksum":1,"timestamp":"…"}]}`
#[inline]
fn book(scanner: &mut Scanner<'_>, symbols: &Symbols, pieces: &mut Pieces) -> Option<Message> {
    let snapshot = is_snapshot(scanner)?;
    let symbol = symbol(scanner, symbols)?;
    scanner.expect(b",\"bids\":[")?;
    side(scanner, Side::Buy, symbol, pieces)?;
    scanner.expect(b",\"asks\":[")?;
    side(scanner, Side::Sell, symbol, pieces)?;
    let proof = if scanner.expect(b",\"checksum\":").is_some() {
        Proof::Checksum(u32::try_from(scanner.unsigned()?).ok()?)
    } else if snapshot {
        Proof::None
    } else {
        return None;
    };
    let event_time = if scanner.expect(b",\"timestamp\":\"").is_some() { time(scanner)? } else { None };
    scanner.expect(b"}]}")?;
    Some(Message::Book { index: symbol.index, snapshot, proof, event_time })
}

/// The rest of an array of levels, its opening bracket passed.
#[inline]
fn side(scanner: &mut Scanner<'_>, side: Side, symbol: &Symbol, pieces: &mut Pieces) -> Option<()> {
    if scanner.expect(b"]").is_some() {
        return Some(());
    }
    loop {
        scanner.expect(b"{\"price\":")?;
        let price = symbol.price.number(scanner)?;
        scanner.expect(b",\"qty\":")?;
        let qty = symbol.qty.number(scanner)?;
        pieces.push(side, price, qty)?;
        scanner.expect(b"}")?;
        match scanner.byte()? {
            b',' => {}
            b']' => return Some(()),
            _ => return None,
        }
    }
}

/// `{"symbol":"BTC/USD","side":"buy","price":1.0,"qty":1.0,"ord_type":"limit","trade_id":1,"timestamp":"…"},…]}`
#[inline]
fn trades(scanner: &mut Scanner<'_>, symbols: &Symbols, pieces: &mut Pieces) -> Option<Message> {
    loop {
        let symbol = symbol(scanner, symbols)?;
        scanner.expect(b",\"side\":\"")?;
        let side = side_of(scanner.word()?)?;
        scanner.expect(b",\"price\":")?;
        let ticks = priced(symbol.price, scanner).filter(|ticks| ticks.0 > 0)?;
        scanner.expect(b",\"qty\":")?;
        let lots = Lots(symbol.qty.number(scanner)?.0);
        scanner.expect(b",\"ord_type\":\"")?;
        scanner.word()?;
        scanner.expect(b",\"trade_id\":")?;
        let id = scanner.unsigned()?;
        scanner.expect(b",\"timestamp\":\"")?;
        let event_time = time(scanner)??;
        scanner.expect(b"}")?;
        pieces.prints.push(Print { index: symbol.index, id, ticks, lots, side, event_time });
        match scanner.byte()? {
            b',' => {}
            b']' => break,
            _ => return None,
        }
    }
    scanner.expect(b"}")?;
    Some(Message::Trades)
}

/// The taker's side.
pub(super) fn side_of(word: &[u8]) -> Option<Side> {
    match word {
        b"buy" | b"b" => Some(Side::Buy),
        b"sell" | b"s" => Some(Side::Sell),
        _ => None,
    }
}

/// `update","data":[{"symbol":"BTC/USD","bid":1.0,"bid_qty":1.0,"ask":2.0,"ask_qty":1.0,"last":1.0,…}]}`
#[inline]
fn ticker(scanner: &mut Scanner<'_>, symbols: &Symbols) -> Option<Message> {
    is_snapshot(scanner)?;
    let symbol = symbol(scanner, symbols)?;
    let mut level = |price: &[u8], qty: &[u8]| -> Option<Option<Priced>> {
        scanner.expect(price)?;
        let ticks = priced(symbol.price, scanner)?;
        scanner.expect(qty)?;
        Some(present(ticks, Lots(symbol.qty.number(scanner)?.0)))
    };
    let bid = level(b",\"bid\":", b",\"bid_qty\":")?;
    let ask = level(b",\"ask\":", b",\"ask_qty\":")?;
    for key in [
        &b",\"last\":"[..],
        b",\"volume\":",
        b",\"vwap\":",
        b",\"low\":",
        b",\"high\":",
        b",\"change\":",
        b",\"change_pct\":",
    ] {
        scanner.expect(key)?;
        scanner.number()?;
    }
    let event_time = if scanner.expect(b",\"timestamp\":\"").is_some() { time(scanner)? } else { None };
    scanner.expect(b"}]}")?;
    Some(Message::Quote { index: symbol.index, best: (bid, ask), sized: true, event_time })
}
