//! The reader of the frequent shapes, keys in the order in which the venue writes them. It confirms every byte; any other
//! frame, a broken one too, is `None`, and `reader.rs` decides.

use super::reader::Read;
use crate::market_data::Print;
use crate::market_data::scanner::Scanner;
use crate::market_data::streamed::{Message, Proof};
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::timestamps::rfc3339;
use crate::market_data::tracked_book::{Level, Priced};
use crate::model::{Lots, Nanos, Side, Ticks};

/// Reads a frame into `levels` and `prints`, also what turns out to be none of these.
#[inline]
pub(super) fn read(
    frame: &[u8],
    symbols: &Symbols,
    levels: &mut Vec<Level>,
    prints: &mut Vec<Print>,
) -> Option<Read> {
    let mut scanner = Scanner::new(frame);
    scanner.expect(b"{\"channel\":\"")?;
    let channel = scanner.word()?;
    scanner.expect(b",\"client_id\":\"")?;
    scanner.word()?;
    scanner.expect(b",\"timestamp\":\"")?;
    let event_time = rfc3339(scanner.word()?).flatten();
    scanner.expect(b",\"sequence_num\":")?;
    let sequence = Some(scanner.unsigned()?);
    scanner.expect(b",\"events\":[{\"")?;
    let message = match channel {
        b"l2_data" => level2(&mut scanner, symbols, levels, event_time)?,
        b"market_trades" => trades(&mut scanner, symbols, prints)?,
        b"ticker" => ticker(&mut scanner, symbols, event_time)?,
        b"heartbeats" => heartbeat(&mut scanner)?,
        _ => return None,
    };
    scanner.expect(b"}]}")?;
    scanner.at_end().then_some(Read { message: Ok(message), sequence })
}

/// `type":"update","product_id":"BTC-USD","updates":[{"side":"bid","event_time":"…","price_level":"1","new_quantity":"2"}]`
#[inline]
fn level2(
    scanner: &mut Scanner<'_>,
    symbols: &Symbols,
    levels: &mut Vec<Level>,
    event_time: Option<Nanos>,
) -> Option<Message> {
    let snapshot = is_snapshot(scanner)?;
    scanner.expect(b",\"product_id\":\"")?;
    let symbol = symbols.find(scanner.word()?)?;
    scanner.expect(b",\"updates\":[")?;
    if scanner.expect(b"]").is_none() {
        loop {
            scanner.expect(b"{\"side\":\"")?;
            let side = if scanner.expect(b"bid\"").is_some() {
                Side::Buy
            } else {
                scanner.expect(b"offer\"")?;
                Side::Sell
            };
            scanner.expect(b",\"event_time\":\"")?;
            scanner.word()?;
            scanner.expect(b",\"price_level\":\"")?;
            let ticks = symbol.price.quoted_number(scanner).filter(|(ticks, _)| *ticks > 0)?.0;
            scanner.expect(b",\"new_quantity\":\"")?;
            let lots = symbol.qty.quoted_number(scanner)?.0;
            levels.push(Level { side, ticks: Ticks(ticks), lots: Lots(lots) });
            scanner.expect(b"}")?;
            if ends(scanner)? {
                break;
            }
        }
    }
    Some(Message::Book { index: symbol.index, snapshot, proof: Proof::None, event_time })
}

#[inline]
fn is_snapshot(scanner: &mut Scanner<'_>) -> Option<bool> {
    scanner.expect(b"type\":\"")?;
    if scanner.expect(b"update\"").is_some() {
        return Some(false);
    }
    scanner.expect(b"snapshot\"").map(|()| true)
}

/// After an object of a list: whether the list ends.
#[inline]
fn ends(scanner: &mut Scanner<'_>) -> Option<bool> {
    match scanner.byte()? {
        b',' => Some(false),
        b']' => Some(true),
        _ => None,
    }
}

/// `type":"update","trades":[{"trade_id":"1","product_id":"BTC-USD","price":"1","size":"1","side":"BUY","time":"…"}]`
#[inline]
fn trades(scanner: &mut Scanner<'_>, symbols: &Symbols, prints: &mut Vec<Print>) -> Option<Message> {
    if is_snapshot(scanner)? {
        return None;
    }
    scanner.expect(b",\"trades\":[")?;
    loop {
        scanner.expect(b"{\"trade_id\":\"")?;
        let id = scanner.unsigned()?;
        scanner.expect(b"\",\"product_id\":\"")?;
        let symbol = symbols.find(scanner.word()?)?;
        scanner.expect(b",\"price\":\"")?;
        let ticks = symbol.price.quoted_number(scanner).filter(|(ticks, _)| *ticks > 0)?.0;
        scanner.expect(b",\"size\":\"")?;
        let lots = symbol.qty.quoted_number(scanner)?.0;
        scanner.expect(b",\"side\":\"")?;
        let side = match scanner.word()? {
            b"BUY" => Side::Sell, // the maker's
            b"SELL" => Side::Buy,
            _ => return None,
        };
        scanner.expect(b",\"time\":\"")?;
        let event_time = rfc3339(scanner.word()?)??;
        scanner.expect(b"}")?;
        prints.push(Print {
            index: symbol.index,
            id,
            ticks: Ticks(ticks),
            lots: Lots(lots),
            side,
            event_time,
        });
        if ends(scanner)? {
            break;
        }
    }
    prints.sort_by_key(|print| print.id); // the venue writes the newest first
    Some(Message::Trades)
}

/// One product's values by their keys, in any order: the venue has added some over time.
#[inline]
fn ticker(scanner: &mut Scanner<'_>, symbols: &Symbols, event_time: Option<Nanos>) -> Option<Message> {
    is_snapshot(scanner)?;
    scanner.expect(b",\"tickers\":[{\"")?;
    let mut values: [Option<&[u8]>; 6] = [None; 6];
    loop {
        let key = scanner.word()?;
        scanner.expect(b":\"")?;
        let value = scanner.word()?;
        let place = match key {
            b"product_id" => 0,
            b"best_bid" => 1,
            b"best_bid_quantity" => 2,
            b"best_ask" => 3,
            b"best_ask_quantity" => 4,
            b"price" => 5, // not used, and said once all the same
            // What the tolerant reader looks at in other messages must be plain there too, and once.
            b"side" | b"price_level" | b"new_quantity" | b"trade_id" | b"size" | b"time" => return None,
            _ => usize::MAX,
        };
        if let Some(slot) = values.get_mut(place)
            && slot.replace(value).is_some()
        {
            return None;
        }
        match scanner.byte()? {
            b',' => scanner.expect(b"\"")?,
            b'}' => break,
            _ => return None,
        }
    }
    scanner.expect(b"]")?;
    let symbol = symbols.find(values[0]?)?;
    let best = (best(values[1]?, values[2]?, symbol)?, best(values[3]?, values[4]?, symbol)?);
    Some(Message::Quote { index: symbol.index, best, sized: true, event_time })
}

/// A side without orders has price 0; one without a price is left to the tolerant reader.
#[inline]
fn best(at: &[u8], size: &[u8], symbol: &Symbol) -> Option<Option<Priced>> {
    let ticks = symbol.price.steps(at).ok().filter(|ticks| *ticks >= 0)?;
    let lots = symbol.qty.steps(size).ok().filter(|lots| *lots >= 0)?;
    Some((ticks > 0).then_some((Ticks(ticks), Lots(lots))))
}

/// `current_time":"…","heartbeat_counter":42`
fn heartbeat(scanner: &mut Scanner<'_>) -> Option<Message> {
    scanner.expect(b"current_time\":\"")?;
    scanner.word()?;
    scanner.expect(b",\"heartbeat_counter\":")?;
    scanner.scalar()?;
    Some(Message::Alive { last_trade: None })
}
