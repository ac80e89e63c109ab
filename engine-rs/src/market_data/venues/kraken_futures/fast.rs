//! The reader of the frequent shapes, keys in the order in which the venue writes them. It confirms every byte; any
//! other frame, a broken one too, is `None`, and `tolerant.rs` decides.

use super::tolerant::{milliseconds, side_of};
use crate::market_data::frame::Print;
use crate::market_data::scanner::Scanner;
use crate::market_data::streamed::{Message, Proof};
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::tracked_book::{Best, Level};
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
    scanner.expect(b"{\"feed\":\"")?;
    let message = match scanner.word()? {
        b"book" => change(&mut scanner, symbols, levels)?,
        b"trade" => trade(&mut scanner, symbols, prints)?,
        b"ticker_lite" => ticker(&mut scanner, symbols)?,
        _ => return None,
    };
    scanner.at_end().then_some(message)
}

#[inline]
fn product<'a>(scanner: &mut Scanner<'_>, symbols: &'a Symbols) -> Option<&'a Symbol> {
    scanner.expect(b",\"product_id\":\"")?;
    symbols.find(scanner.word()?)
}

#[inline]
fn side(scanner: &mut Scanner<'_>) -> Option<Side> {
    scanner.expect(b",\"side\":\"")?;
    side_of(scanner.word()?)
}

#[inline]
fn price(scanner: &mut Scanner<'_>, symbol: &Symbol) -> Option<Ticks> {
    scanner.expect(b",\"price\":")?;
    let (ticks, _) = symbol.price.number(scanner)?;
    (ticks > 0).then_some(Ticks(ticks))
}

#[inline]
fn qty(scanner: &mut Scanner<'_>, symbol: &Symbol) -> Option<Lots> {
    scanner.expect(b",\"qty\":")?;
    symbol.qty.number(scanner).map(|(lots, _)| Lots(lots))
}

#[inline]
fn time(scanner: &mut Scanner<'_>, key: &[u8]) -> Option<Nanos> {
    scanner.expect(key)?;
    milliseconds(scanner.unsigned()?)
}

/// `,"product_id":"PI_ETHUSD","side":"sell","seq":26660860,"price":2004.85,"qty":4787.0,"timestamp":1626994927744}`
#[inline]
fn change(scanner: &mut Scanner<'_>, symbols: &Symbols, levels: &mut Vec<Level>) -> Option<Message> {
    let symbol = product(scanner, symbols)?;
    let side = side(scanner)?;
    scanner.expect(b",\"seq\":")?;
    let sequence = scanner.unsigned()?;
    let ticks = price(scanner, symbol)?;
    let lots = qty(scanner, symbol)?;
    let event_time = Some(time(scanner, b",\"timestamp\":")?);
    scanner.expect(b"}")?;
    levels.push(Level { side, ticks, lots });
    let proof = Proof::Sequence(sequence);
    Some(Message::Book { index: symbol.index, snapshot: false, proof, event_time })
}

/// `,"product_id":"PI_LTCUSD","uid":"…","side":"buy","type":"fill","seq":5956,"time":1626994929946,"qty":320.0,"price":119.44}`
#[inline]
fn trade(scanner: &mut Scanner<'_>, symbols: &Symbols, prints: &mut Vec<Print>) -> Option<Message> {
    let symbol = product(scanner, symbols)?;
    scanner.expect(b",\"uid\":\"")?;
    scanner.word()?;
    let side = side(scanner)?;
    scanner.expect(b",\"type\":\"")?;
    scanner.word()?;
    scanner.expect(b",\"seq\":")?;
    let id = scanner.unsigned()?;
    let event_time = time(scanner, b",\"time\":")?;
    let lots = qty(scanner, symbol)?;
    let ticks = price(scanner, symbol)?;
    scanner.expect(b"}")?;
    prints.push(Print { index: symbol.index, id, ticks, lots, side, event_time });
    Some(Message::Trades)
}

/// `,"product_id":"FI_BCHUSD_210730","bid":439.3,"ask":439.6,"change":2.64,…,"tag":"month",…}`: sizes are not told, and
/// what comes behind is not used.
#[inline]
fn ticker(scanner: &mut Scanner<'_>, symbols: &Symbols) -> Option<Message> {
    let symbol = product(scanner, symbols)?;
    let mut level = |key: &[u8]| {
        scanner.expect(key)?;
        symbol.price.number(scanner).map(|(ticks, _)| present(ticks))
    };
    let best: Best = (level(b",\"bid\":")?, level(b",\"ask\":")?);
    loop {
        match scanner.byte()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
        scanner.expect(b"\"")?;
        if USED.contains(&scanner.word()?) {
            return None; // said twice, or in another order
        }
        scanner.expect(b":")?;
        scanner.scalar()?;
    }
    Some(Message::Quote { index: symbol.index, best, sized: false, event_time: None })
}

/// Keys of which a message has one at most.
const USED: [&[u8]; 14] = [
    b"feed",
    b"event",
    b"product_id",
    b"side",
    b"seq",
    b"price",
    b"qty",
    b"timestamp",
    b"time",
    b"bids",
    b"asks",
    b"bid",
    b"ask",
    b"uid",
];

/// A side without orders has price 0.
pub(super) fn present(ticks: i64) -> Option<(Ticks, Lots)> {
    (ticks > 0).then_some((Ticks(ticks), Lots(0)))
}
