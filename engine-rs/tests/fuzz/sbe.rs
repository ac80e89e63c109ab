//! Binance's binary streams against a reader that goes by the schema word for word, with big numbers; and what an encoder of
//! its own writes is read as it was meant.

use std::mem::discriminant;

use pyrt_engine::market_data::venues::Venue;
use pyrt_engine::market_data::venues::binance::{Message, Parser};
use pyrt_engine::market_data::{Level, Print};
use pyrt_engine::model::{Lots, Nanos, Side, Ticks};
use pyrt_engine::random::SplitMix64;

use crate::driver::{corpus, fuzz};
use crate::parsers::instruments;

/// Of the instruments here: two places of prices, five of quantities.
const PLACES: [i32; 2] = [2, 5];

/// Bytes one after the other.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<Bytes<'a>> {
        let (taken, rest) = (self.0.get(..count)?, self.0.get(count..)?);
        self.0 = rest;
        Some(Bytes(taken))
    }

    fn unsigned(&mut self, bytes: usize) -> Option<u64> {
        let taken = self.take(bytes)?.0;
        Some((0..bytes).map(|place| u64::from(taken[place]) << (8 * place)).sum())
    }

    fn signed(&mut self) -> Option<i64> {
        self.unsigned(8).map(u64::cast_signed)
    }
}

/// Steps of a grid, by big numbers.
fn steps(number: i64, power: i8, places: i32) -> Option<i64> {
    let mut value = i128::from(number);
    for _ in 0..(i32::from(power) + places).max(0) {
        value = (value * 10).clamp(-1 << 100, 1 << 100);
    }
    for _ in 0..(-i32::from(power) - places).max(0) {
        if value % 10 != 0 {
            return None;
        }
        value /= 10;
    }
    (0..1 << 51).contains(&value).then_some(value as i64)
}

type Read = (Message, Vec<Level>, Vec<Print>);

/// Template, block, entries of each group, symbol.
type Parts<'a> = (u64, Bytes<'a>, Vec<Vec<Bytes<'a>>>, &'a [u8]);

/// The outer one: what can be taken apart; the inner one: what is known.
#[allow(clippy::option_option)]
fn apart(frame: &[u8]) -> Option<Option<Parts<'_>>> {
    let mut bytes = Bytes(frame);
    let [length, template, schema, version] = [0; 4].map(|_| bytes.unsigned(2));
    if version.is_none() || schema != Some(1) {
        return None;
    }
    let (least, groups, wide, entry) = match template? {
        10_000 => (18, 1, 4, 25),
        10_001 => (50, 0, 0, 0),
        10_002 => (18, 2, 2, 16),
        10_003 => (26, 2, 2, 16),
        _ => return Some(None),
    };
    let block = bytes.take(length? as usize)?;
    let mut entries: Vec<Vec<Bytes<'_>>> = vec![];
    for _ in 0..groups {
        let (length, count) = (bytes.unsigned(2)? as usize, bytes.unsigned(wide)?);
        let mut group = vec![];
        for _ in 0..count {
            if length < entry {
                return None;
            }
            group.push(bytes.take(length)?);
        }
        entries.push(group);
    }
    let symbol = bytes.unsigned(1)? as usize;
    let symbol = bytes.take(symbol)?.0;
    (block.0.len() >= least).then_some(Some((template?, block, entries, symbol)))
}

fn by_the_schema(frame: &[u8]) -> Option<Read> {
    let unknown = Some((Message::Unknown, vec![], vec![]));
    let Some((kind, mut block, mut entries, symbol)) = apart(frame)? else { return unknown };
    let index = [&b"BTCUSDT"[..], b"ETHUSDT"].iter().position(|known| *known == symbol);
    let Some(index) = index else { return unknown };
    let time = |us: i64| us.checked_mul(1_000).filter(|ns| *ns >= 0).map(Nanos);
    let first_time = time(block.signed()?)?;
    let first = block.signed()?;
    let last = if kind == 10_003 { block.signed()? } else { first };
    let [price, qty] = [(); 2].map(|()| block.unsigned(1).map(|power| (power as u8).cast_signed()));
    let (price, qty) = (price?, qty?);
    let pair = |bytes: &mut Bytes<'_>| {
        let (p, q) = (bytes.signed()?, bytes.signed()?);
        Some((Ticks(steps(p, price, PLACES[0])?), Lots(steps(q, qty, PLACES[1])?)))
    };
    let (mut levels, mut prints) = (vec![], vec![]);
    let id = |id: i64| u64::try_from(id).ok();
    if kind == 10_000 {
        let event_time = time(first)?;
        for mut entry in entries.remove(0) {
            let trade = id(entry.signed()?)?;
            let (ticks, lots) = pair(&mut entry).filter(|pair| pair.0.0 > 0)?;
            let side = [Side::Buy, Side::Sell].get(entry.unsigned(1)? as usize).copied()?;
            prints.push(Print { index, id: trade, ticks, lots, side, event_time });
        }
        return Some((Message::Trades, levels, prints));
    }
    if kind == 10_001 {
        let [bid, ask] = [(); 2].map(|()| pair(&mut block));
        let side = |(ticks, lots): (Ticks, Lots)| (ticks.0 > 0).then_some((ticks, lots));
        let (bid, ask, event_time) = (side(bid?), side(ask?), Some(first_time));
        return Some((Message::Ticker { index, id: id(first)?, bid, ask, event_time }, levels, prints));
    }
    for (side, group) in [Side::Buy, Side::Sell].into_iter().zip(entries) {
        for mut entry in group {
            let (ticks, lots) = pair(&mut entry).filter(|pair| pair.0.0 > 0)?;
            levels.push(Level { side, ticks, lots });
        }
    }
    let (first, last) = (id(first)?, id(last)?);
    let message = if kind == 10_002 {
        Message::Partial { index, id: first, event_time: Some(first_time) }
    } else {
        Message::Depth { index, first, last, previous: None, event_time: first_time }
    };
    (first <= last).then_some((message, levels, prints))
}

#[test]
fn binance_sbe() {
    let table = instruments(["binance:BTC-USDT", "binance:ETH-USDT"], ["BTCUSDT", "ETHUSDT"]);
    let mut parser = Parser::new(table.iter().map(|(_, instrument)| instrument));
    let mut random = SplitMix64::new(17);
    fuzz("binance_sbe", 60, corpus("binance_sbe"), |frame| {
        let answer = parser.read_binary(frame);
        let (levels, prints) = (parser.levels().to_vec(), parser.prints().to_vec());
        let slow = by_the_schema(frame);
        let fast = answer.ok().map(|message| (message, levels, prints));
        assert_eq!(fast, slow, "{frame:?}");
        assert!(parser.read_fast(frame).is_none(), "it is no JSON");
        let _ = (Venue::of_frame(frame), parser.read(frame));
        let meant = any_message(&mut random);
        let read = parser.read_binary(&written(&meant, &mut random));
        let read = read.map(|message| (message, parser.levels().to_vec(), parser.prints().to_vec()));
        assert_eq!(read, Ok(meant));
        let words = answer.err().map(|refusal| refusal.cause.to_string());
        (words, fast.as_ref().map(|(message, ..)| discriminant(message)), frame.len().min(99) / 4)
    });
}

fn below(random: &mut SplitMix64, bound: i64) -> i64 {
    random.below(bound.cast_unsigned()).cast_signed()
}

/// A message of any kind.
fn any_message(random: &mut SplitMix64) -> Read {
    let index = random.below(2) as usize;
    let event_time = Nanos(below(random, 1 << 52) * 1_000);
    let pair = |random: &mut SplitMix64| (Ticks(1 + below(random, 1 << 35)), Lots(below(random, 1 << 35)));
    let ids = [below(random, i64::MAX), below(random, i64::MAX)].map(i64::cast_unsigned);
    let (first, last) = (ids[0].min(ids[1]), ids[0].max(ids[1]));
    let count = random.below(8);
    let mut levels = vec![];
    let mut prints = vec![];
    let kind = random.below(4);
    if kind > 1 {
        for side in [Side::Buy, Side::Sell] {
            for _ in 0..count {
                let (ticks, lots) = pair(random);
                levels.push(Level { side, ticks, lots });
            }
        }
    }
    let message = match kind {
        0 => {
            for _ in 0..count {
                let (ticks, lots) = pair(random);
                let side = if random.one_in(2) { Side::Buy } else { Side::Sell };
                let id = below(random, i64::MAX).cast_unsigned();
                prints.push(Print { index, id, ticks, lots, side, event_time });
            }
            Message::Trades
        }
        1 => {
            let [bid, ask] = [0; 2].map(|_| Some(pair(random)).filter(|_| !random.one_in(4)));
            Message::Ticker { index, id: first, bid, ask, event_time: Some(event_time) }
        }
        2 => Message::Partial { index, id: first, event_time: Some(event_time) },
        _ => Message::Depth { index, first, last, previous: None, event_time },
    };
    (message, levels, prints)
}

/// Its bytes, in powers of ten and lengths of any kind that can hold it.
fn written((message, levels, prints): &Read, random: &mut SplitMix64) -> Vec<u8> {
    let finer = [random.below(8), random.below(8)].map(|power| power as i8);
    let number = |steps: i64, which: usize| (steps * 10_i64.pow(finer[which] as u32)).to_le_bytes();
    let powers = [-2 - finer[0], -5 - finer[1]].map(i8::cast_unsigned);
    let more = random.below(4) as usize;
    let micros = |time: Nanos| (time.0 / 1_000).to_le_bytes();
    let mut block: Vec<u8> = vec![];
    let (mut index, mut groups, mut wide) = (0, vec![], 2);
    let template: u16 = match message {
        Message::Ticker { index: of, id, bid, ask, event_time } => {
            index = *of;
            block.extend(micros(event_time.unwrap()));
            block.extend(id.to_le_bytes());
            block.extend(powers);
            for side in [bid, ask] {
                let (ticks, lots) = side.unwrap_or_default();
                block.extend([number(ticks.0, 0), number(lots.0, 1)].as_flattened());
            }
            10_001
        }
        Message::Partial { index: of, id, event_time } => {
            index = *of;
            block.extend(micros(event_time.unwrap()));
            block.extend(id.to_le_bytes());
            block.extend(powers);
            10_002
        }
        Message::Depth { index: of, first, last, event_time, .. } => {
            index = *of;
            block.extend(micros(*event_time));
            block.extend([first.to_le_bytes(), last.to_le_bytes()].as_flattened());
            block.extend(powers);
            10_003
        }
        _ => {
            let time = prints.first().map_or(Nanos(0), |print| print.event_time);
            index = prints.first().map_or(index, |print| print.index);
            block.extend([micros(Nanos(5_000)), micros(time)].as_flattened());
            block.extend(powers);
            wide = 4;
            10_000
        }
    };
    if template == 10_000 {
        let entry = |print: &Print| {
            let numbers = [print.id.to_le_bytes(), number(print.ticks.0, 0), number(print.lots.0, 1)];
            [numbers.as_flattened(), &[u8::from(print.side == Side::Sell)]].concat()
        };
        groups.push(prints.iter().map(entry).collect::<Vec<_>>());
    } else if template != 10_001 {
        for side in [Side::Buy, Side::Sell] {
            let own = levels.iter().filter(|level| level.side == side);
            let entry =
                |level: &Level| [number(level.ticks.0, 0), number(level.lots.0, 1)].as_flattened().to_vec();
            groups.push(own.map(entry).collect());
        }
    }
    block.extend(vec![7; more]);
    let mut bytes =
        [block.len() as u16, template, 1, more as u16].map(u16::to_le_bytes).as_flattened().to_vec();
    bytes.extend(block);
    for group in groups {
        let length = group.first().map_or(0, Vec::len) + more;
        bytes.extend((length as u16).to_le_bytes());
        bytes.extend(&(group.len() as u32).to_le_bytes()[..wide]);
        for entry in group {
            bytes.extend(entry);
            bytes.extend(vec![9; more]);
        }
    }
    let symbol = ["BTCUSDT", "ETHUSDT"][index];
    bytes.push(symbol.len() as u8);
    bytes.extend(symbol.bytes());
    bytes
}
