//! The reader of the frequent shapes: a book's update with its keys in the two orders that the venue has had, and
//! messages of plain values in any order. It confirms every byte; any other frame, a broken one too, is `None`, and
//! `tolerant.rs` decides.

use super::flat::{Flat, time};
use crate::market_data::frame::Print;
use crate::market_data::scanner::Scanner;
use crate::market_data::streamed::{Message, Proof};
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::tracked_book::Level;
use crate::model::{Lots, Nanos, Side, Ticks};

/// Reads a frame into `levels` and `prints`, also what turns out to be none of these.
#[inline]
pub(super) fn read(
    frame: &[u8],
    symbols: &Symbols,
    levels: &mut Vec<Level>,
    prints: &mut Vec<Print>,
) -> Option<Message> {
    let mut scanner = Scanner::new(frame);
    scanner.expect(b"{\"type\":\"")?;
    let kind = scanner.word()?;
    let message = if kind == b"l2update" {
        update(&mut scanner, symbols, levels)?
    } else {
        flat(&mut scanner)?.message(kind, symbols, prints).ok()??
    };
    scanner.at_end().then_some(message)
}

/// `,"product_id":"BTC-USD","changes":[["buy","22356.27","0.0"]],"time":"…"}`, or the time before the changes.
#[inline]
fn update(scanner: &mut Scanner<'_>, symbols: &Symbols, levels: &mut Vec<Level>) -> Option<Message> {
    scanner.expect(b",\"product_id\":\"")?;
    let symbol = symbols.find(scanner.word()?)?;
    let first = when(scanner)?;
    scanner.expect(b",\"changes\":[")?;
    changes(scanner, symbol, levels)?;
    let event_time = match first {
        Some(time) => time,
        None => when(scanner)??,
    };
    scanner.expect(b"}")?;
    Some(Message::Book { index: symbol.index, snapshot: false, proof: Proof::None, event_time })
}

/// The time, if it comes here.
#[inline]
fn when(scanner: &mut Scanner<'_>) -> Option<Option<Option<Nanos>>> {
    if scanner.expect(b",\"time\":\"").is_none() {
        return Some(None);
    }
    Some(Some(time(Some(text(scanner.word()?)?)).ok()?))
}

/// The rest of an array of changes, its opening bracket passed.
#[inline]
fn changes(scanner: &mut Scanner<'_>, symbol: &Symbol, levels: &mut Vec<Level>) -> Option<()> {
    if scanner.expect(b"]").is_some() {
        return Some(());
    }
    loop {
        scanner.expect(b"[\"")?;
        let side = if scanner.expect(b"buy\",\"").is_some() {
            Side::Buy
        } else {
            scanner.expect(b"sell\",\"")?;
            Side::Sell
        };
        let ticks = symbol.price.quoted_number(scanner).filter(|(ticks, _)| *ticks > 0)?.0;
        scanner.expect(b",\"")?;
        let lots = symbol.qty.quoted_number(scanner)?.0;
        levels.push(Level { side, ticks: Ticks(ticks), lots: Lots(lots) });
        scanner.expect(b"]")?;
        match scanner.byte()? {
            b',' => {}
            b']' => return Some(()),
            _ => return None,
        }
    }
}

/// The rest of an object of plain values.
#[inline]
fn flat<'a>(scanner: &mut Scanner<'a>) -> Option<Flat<'a>> {
    let mut flat = Flat::default();
    loop {
        match scanner.byte()? {
            b',' => {}
            b'}' => return Some(flat),
            _ => return None,
        }
        scanner.expect(b"\"")?;
        let key = scanner.word()?;
        scanner.expect(b":")?;
        let value = text(scanner.scalar()?)?;
        if key == b"type" {
            return None;
        }
        if let Some(place) = flat.place(key)
            && place.replace(value).is_some()
        {
            return None; // said twice
        }
    }
}

/// A word is plain ASCII.
#[inline]
fn text(word: &[u8]) -> Option<&str> {
    std::str::from_utf8(word).ok()
}
