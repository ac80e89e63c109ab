//! Binance's spot streams in their binary form: SBE, the messages of `stream_1_0.xml` (schema 1), little-endian. A message is
//! a head, a block of numbers, groups of entries and the symbol. Blocks and entries say how long they are: what a later
//! version of the schema adds at their ends is passed over. Control messages stay JSON.

use super::fast::present;
use super::messages::Message;
use crate::market_data::frame::{Cause, Print, Refusal};
use crate::market_data::inference::Places;
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::tracked_book::{Best, Level};
use crate::model::{GridError, Lots, Nanos, Rescale, Side, Ticks};

/// Length of block, template, schema and version, two bytes each.
const HEAD: usize = 8;
const SCHEMA: u16 = 1;
/// Of all that a message must have and lacks.
const SHORT: Cause = Cause::Unreadable("shorter than its kind is");

/// What is known of a kind of messages.
struct Form {
    template: u16,
    /// Bytes of its block.
    block: usize,
    /// Where the powers of ten of its prices and quantities are.
    powers: usize,
    groups: usize,
    /// Bytes of the number of entries, and of an entry.
    entries: (usize, usize),
}

const TRADES: Form = Form { template: 10_000, block: 18, powers: 16, groups: 1, entries: (4, 25) };
const BEST: Form = Form { template: 10_001, block: 50, powers: 16, groups: 0, entries: (0, 0) };
const SNAPSHOT: Form = Form { template: 10_002, block: 18, powers: 16, groups: 2, entries: (2, 16) };
const DIFF: Form = Form { template: 10_003, block: 26, powers: 24, groups: 2, entries: (2, 16) };

/// Whether a frame is none of text: a head has a byte of zero, JSON has none.
#[inline]
pub(super) fn is_binary(frame: &[u8]) -> bool {
    frame.iter().take(HEAD).any(|byte| *byte == 0)
}

/// Whether a frame is a message of these streams.
pub(super) fn is_known(frame: &[u8]) -> bool {
    is_binary(frame) && matches!(Parts::of(frame), Ok(Some(_)))
}

/// Reads a frame; levels and trades are added to the lists.
#[inline]
pub(super) fn read(
    frame: &[u8],
    symbols: &Symbols,
    levels: &mut Vec<Level>,
    prints: &mut Vec<Print>,
) -> Result<Message, Refusal> {
    let parts = match Parts::of(frame) {
        Ok(Some(parts)) => parts,
        Ok(None) => return Ok(Message::Unknown),
        Err(cause) => return Err(Refusal { cause, book: None }),
    };
    let Some(symbol) = symbols.find(parts.symbol) else { return Ok(Message::Unknown) };
    let read = match parts.form.template {
        10_000 => trades(&parts, symbol, prints),
        10_001 => best(&parts, symbol),
        10_002 => snapshot(&parts, symbol, levels),
        _ => diff(&parts, symbol, levels),
    };
    let book = (parts.form.groups == 2).then_some(symbol.index);
    read.map_err(|cause| Refusal { cause, book })
}

/// Symbol and decimal places of a frame's numbers, if it is a message of these streams.
pub(super) fn places(frame: &[u8]) -> Option<(&str, Places)> {
    let parts = is_binary(frame).then(|| Parts::of(frame).ok().flatten())??;
    let mut places = Places::default();
    let (price, qty) = parts.powers().ok()?;
    let mut see = |bytes: &[u8], at: usize| {
        let numbers = long(bytes, at).ok().zip(long(bytes, at + 8).ok());
        numbers.map(|(p, q)| places.level(&format!("{p}e{price}"), &format!("{q}e{qty}")))
    };
    match parts.form.template {
        10_000 => parts.groups[0].entries().for_each(|entry| _ = see(entry, 8)),
        10_001 => [18, 34].into_iter().for_each(|at| _ = see(parts.block, at)),
        _ => parts.groups.iter().flat_map(Group::entries).for_each(|entry| _ = see(entry, 0)),
    }
    Some((str::from_utf8(parts.symbol).ok()?, places))
}

/// A message taken apart: all that it says about its own lengths has been checked.
struct Parts<'a> {
    form: &'static Form,
    block: &'a [u8],
    groups: [Group<'a>; 2],
    symbol: &'a [u8],
}

#[derive(Clone, Copy, Default)]
struct Group<'a> {
    bytes: &'a [u8],
    /// Of an entry.
    length: usize,
}

impl<'a> Group<'a> {
    #[inline]
    fn entries(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.bytes.chunks_exact(self.length.max(1)) // without entries it may say anything
    }
}

impl<'a> Parts<'a> {
    /// Nothing if it is of a kind that is not known.
    #[inline]
    fn of(frame: &'a [u8]) -> Result<Option<Parts<'a>>, Cause> {
        let mut rest = frame;
        let (length, template) = (number(&mut rest, 2)?, number(&mut rest, 2)?);
        let (schema, _version) = (number(&mut rest, 2)?, number(&mut rest, 2)?);
        if schema != usize::from(SCHEMA) {
            return Err(Cause::Unreadable("another schema than 1"));
        }
        let forms = [&TRADES, &BEST, &SNAPSHOT, &DIFF];
        let Some(form) = forms.into_iter().find(|form| usize::from(form.template) == template) else {
            return Ok(None);
        };
        if length < form.block {
            return Err(Cause::Unreadable("a block that is too short"));
        }
        let block = part(&mut rest, length)?;
        let mut groups = [Group::default(); 2];
        for group in groups.iter_mut().take(form.groups) {
            let (width, least) = form.entries;
            let (length, count) = (number(&mut rest, 2)?, number(&mut rest, width)?);
            if count > 0 && length < least {
                return Err(Cause::Unreadable("an entry that is too short"));
            }
            let bytes = length.checked_mul(count).ok_or(SHORT)?;
            *group = Group { bytes: part(&mut rest, bytes)?, length };
        }
        let length = number(&mut rest, 1)?;
        Ok(Some(Parts { form, block, groups, symbol: part(&mut rest, length)? }))
    }

    /// Powers of ten of prices and of quantities.
    fn powers(&self) -> Result<(i8, i8), Cause> {
        match self.block.get(self.form.powers..) {
            Some([price, qty, ..]) => Ok((price.cast_signed(), qty.cast_signed())),
            _ => Err(SHORT),
        }
    }

    fn scales(&self, symbol: &Symbol) -> Result<Scales, Cause> {
        let (price, qty) = self.powers()?;
        Ok(Scales { price: symbol.price.rescale(price), qty: symbol.qty.rescale(qty) })
    }

    fn time(&self, at: usize) -> Result<Nanos, Cause> {
        let micros = long(self.block, at)?;
        let ns = micros.checked_mul(1_000).filter(|ns| *ns >= 0);
        ns.map(Nanos).ok_or(Cause::Unreadable("a time"))
    }

    fn id(&self, at: usize) -> Result<u64, Cause> {
        id(self.block, at)
    }
}

/// The way from a message's numbers to an instrument's grids.
struct Scales {
    price: Rescale,
    qty: Rescale,
}

impl Scales {
    /// Price and quantity side by side, neither below zero.
    #[inline]
    fn pair(&self, bytes: &[u8], at: usize) -> Result<(Ticks, Lots), Cause> {
        let ticks = steps(&self.price, long(bytes, at)?, "price")?;
        let lots = steps(&self.qty, long(bytes, at + 8)?, "quantity")?;
        Ok((Ticks(ticks), Lots(lots)))
    }

    /// The same with a price above zero.
    #[inline]
    fn priced(&self, bytes: &[u8], at: usize) -> Result<(Ticks, Lots), Cause> {
        let (ticks, lots) = self.pair(bytes, at)?;
        if ticks.0 == 0 { Err(Cause::Unreadable("a price of zero")) } else { Ok((ticks, lots)) }
    }
}

#[inline]
fn steps(scale: &Rescale, number: i64, what: &'static str) -> Result<i64, Cause> {
    if number < 0 {
        return Err(Cause::Number { what, error: GridError::Malformed });
    }
    scale.steps(number).map_err(|error| Cause::Number { what, error })
}

fn trades(parts: &Parts<'_>, symbol: &Symbol, prints: &mut Vec<Print>) -> Result<Message, Cause> {
    parts.time(0)?;
    let (event_time, scales) = (parts.time(8)?, parts.scales(symbol)?);
    for entry in parts.groups[0].entries() {
        let (ticks, lots) = scales.priced(entry, 8)?;
        let side = match entry.get(24) {
            Some(0) => Side::Buy,
            Some(1) => Side::Sell, // the buyer's order rested
            _ => return Err(Cause::Unreadable("isBuyerMaker")),
        };
        prints.push(Print { index: symbol.index, id: id(entry, 0)?, ticks, lots, side, event_time });
    }
    Ok(Message::Trades)
}

fn best(parts: &Parts<'_>, symbol: &Symbol) -> Result<Message, Cause> {
    let scales = parts.scales(symbol)?;
    let side = |at| -> Result<_, Cause> {
        let (ticks, lots) = scales.pair(parts.block, at)?;
        Ok(present(ticks, lots))
    };
    let (bid, ask): Best = (side(18)?, side(34)?);
    let (id, event_time) = (parts.id(8)?, Some(parts.time(0)?));
    Ok(Message::Ticker { index: symbol.index, id, bid, ask, event_time })
}

fn snapshot(parts: &Parts<'_>, symbol: &Symbol, levels: &mut Vec<Level>) -> Result<Message, Cause> {
    sides(parts, symbol, levels)?;
    Ok(Message::Partial { index: symbol.index, id: parts.id(8)?, event_time: Some(parts.time(0)?) })
}

#[inline]
fn diff(parts: &Parts<'_>, symbol: &Symbol, levels: &mut Vec<Level>) -> Result<Message, Cause> {
    let (first, last) = (parts.id(8)?, parts.id(16)?);
    if first > last {
        return Err(Cause::Unreadable("the first update id is above the last"));
    }
    sides(parts, symbol, levels)?;
    let event_time = parts.time(0)?;
    Ok(Message::Depth { index: symbol.index, first, last, previous: None, event_time })
}

#[inline]
fn sides(parts: &Parts<'_>, symbol: &Symbol, levels: &mut Vec<Level>) -> Result<(), Cause> {
    let scales = parts.scales(symbol)?;
    for (group, side) in parts.groups.iter().zip([Side::Buy, Side::Sell]) {
        for entry in group.entries() {
            let (ticks, lots) = scales.priced(entry, 0)?;
            levels.push(Level { side, ticks, lots });
        }
    }
    Ok(())
}

/// The next bytes.
#[inline]
fn part<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Cause> {
    let (part, tail) = rest.split_at_checked(length).ok_or(SHORT)?;
    *rest = tail;
    Ok(part)
}

/// The next number of so many bytes, at most four.
#[inline]
fn number(rest: &mut &[u8], width: usize) -> Result<usize, Cause> {
    Ok(part(rest, width)?.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte)))
}

#[inline]
fn long(bytes: &[u8], at: usize) -> Result<i64, Cause> {
    let bytes = bytes.get(at..).and_then(<[u8]>::first_chunk);
    bytes.map(|bytes| i64::from_le_bytes(*bytes)).ok_or(SHORT)
}

fn id(bytes: &[u8], at: usize) -> Result<u64, Cause> {
    u64::try_from(long(bytes, at)?).map_err(|_| Cause::Unreadable("an id below zero"))
}
