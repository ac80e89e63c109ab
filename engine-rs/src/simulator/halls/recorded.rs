//! A recording, told again: its frames verbatim, its books as they were at the position reached.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value as Json;

use super::orders::Orders;
use super::stock::{Channel, News, Stall, Stock, StockError};
use super::text::parse_places;
use crate::market_data::{Content, Recording};
use crate::model::Nanos;
use crate::simulator::DepthBook;
use crate::simulator::sabotage::Place;

/// More places than a venue writes.
const MOST_PLACES: usize = 12;

/// A recording and the position reached in it.
pub struct Recorded {
    place: Place,
    stalls: Vec<Stall>,
    frames: Vec<(Nanos, Channel, usize, String)>,
    position: usize,
}

impl Recorded {
    pub fn open(files: &[PathBuf], place: Place) -> Result<Self, StockError> {
        let mut recording = Recording::open(files)?;
        let mut pairs: BTreeMap<String, usize> = BTreeMap::new();
        let (mut stalls, mut frames) = (Vec::<Stall>::new(), Vec::new());
        // Venues write more places than their steps have.
        let mut needed: Vec<(u32, u32)> = Vec::new();
        while let Some(line) = recording.next()? {
            let Content::Frame(frame) = line.content else { continue };
            let Ok(text) = std::str::from_utf8(frame) else { continue };
            let Some(read) = Frame::read(text, place) else { continue };
            let stall = *pairs.entry(read.pair.clone()).or_insert_with(|| {
                let pair = read.pair.clone();
                let (book, orders, trade_id) = (DepthBook::default(), Orders::default(), 0);
                let (price_places, qty_places, tick, lot) = (0, 0, 1, 1);
                stalls.push(Stall { pair, price_places, qty_places, tick, lot, book, orders, trade_id });
                needed.push((0, 0));
                stalls.len() - 1
            });
            for (_, price, qty) in &read.levels {
                stalls[stall].price_places = stalls[stall].price_places.max(places_of(price));
                stalls[stall].qty_places = stalls[stall].qty_places.max(places_of(qty));
                let (price, qty) = (places_of(trimmed(price)), places_of(trimmed(qty)));
                needed[stall] = (needed[stall].0.max(price), needed[stall].1.max(qty));
            }
            frames.push((line.receive_time, read.channel, stall, text.to_owned()));
        }
        if !frames.iter().any(|(_, channel, ..)| *channel == Channel::Book) {
            return Err(StockError::Empty(place.name()));
        }
        for (stall, (price, qty)) in stalls.iter_mut().zip(needed) {
            stall.tick = 10_i64.pow(stall.price_places - price);
            stall.lot = 10_i64.pow(stall.qty_places - qty);
        }
        Ok(Self { place, stalls, frames, position: 0 })
    }

    fn apply(&mut self, stall: usize, text: &str) {
        let Some(read) = Frame::read(text, self.place) else { return };
        let stall = &mut self.stalls[stall];
        if read.snapshot {
            stall.book = DepthBook::default();
        }
        for (bid, price, qty) in &read.levels {
            let parsed = parse_places(price, stall.price_places).zip(parse_places(qty, stall.qty_places));
            if let Some((price, qty)) = parsed {
                stall.book.set(*bid, price, qty);
            }
        }
        // Kraken says nothing of levels that are pushed out of its book.
        if let Some(depth) = read.snapshot.then(|| stall.book.bids.len().max(stall.book.asks.len())) {
            stall.book.last_id = depth as u64;
        }
        if self.place == Place::Kraken {
            let depth = usize::try_from(stall.book.last_id).unwrap_or(usize::MAX);
            while stall.book.bids.len() > depth && stall.book.bids.pop_first().is_some() {}
            while stall.book.asks.len() > depth && stall.book.asks.pop_last().is_some() {}
        }
    }
}

impl Stock for Recorded {
    fn stalls(&self) -> &[Stall] {
        &self.stalls
    }

    fn begin(&mut self, _: Nanos) {}

    fn next_time(&self) -> Option<Nanos> {
        self.frames.get(self.position).map(|(at, ..)| *at)
    }

    fn next(&mut self) -> Option<(Nanos, News)> {
        let (at, channel, stall, text) = self.frames.get(self.position)?.clone();
        self.position += 1;
        if channel == Channel::Book {
            self.apply(stall, &text);
        }
        Some((at, News::Frame(channel, stall, text)))
    }
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0') } else { text }
}

fn places_of(text: &str) -> u32 {
    let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    u32::try_from(places.min(MOST_PLACES)).unwrap_or_default()
}

/// A frame, as far as a venue must understand it to tell it again.
struct Frame {
    channel: Channel,
    pair: String,
    snapshot: bool,
    /// Bid or not, price, size.
    levels: Vec<(bool, String, String)>,
}

impl Frame {
    fn read(text: &str, place: Place) -> Option<Frame> {
        if place == Place::Kraken { Frame::of_kraken(text) } else { Frame::of_coinbase(text) }
    }

    /// The numbers are taken from the text: a double does not have their places.
    fn of_kraken(text: &str) -> Option<Frame> {
        #[derive(serde::Deserialize)]
        struct Message<'a> {
            channel: &'a str,
            #[serde(rename = "type")]
            kind: &'a str,
            #[serde(borrow)]
            data: Vec<Datum<'a>>,
        }
        #[derive(serde::Deserialize)]
        struct Datum<'a> {
            symbol: &'a str,
            #[serde(borrow, default)]
            bids: Vec<Level<'a>>,
            #[serde(borrow, default)]
            asks: Vec<Level<'a>>,
        }
        #[derive(serde::Deserialize)]
        struct Level<'a> {
            #[serde(borrow)]
            price: &'a serde_json::value::RawValue,
            #[serde(borrow)]
            qty: &'a serde_json::value::RawValue,
        }
        let message: Message<'_> = serde_json::from_str(text).ok()?;
        let channel = match message.channel {
            "book" => Channel::Book,
            "trade" => Channel::Trade,
            "ticker" => Channel::Quote,
            _ => return None,
        };
        let datum = message.data.first()?;
        let level =
            |bid| move |level: &Level<'_>| (bid, level.price.get().to_owned(), level.qty.get().to_owned());
        let levels = datum.bids.iter().map(level(true)).chain(datum.asks.iter().map(level(false)));
        Some(Frame {
            channel,
            pair: datum.symbol.replace('/', "-"),
            snapshot: message.kind == "snapshot",
            levels: levels.collect(),
        })
    }

    fn of_coinbase(text: &str) -> Option<Frame> {
        let message: Json = serde_json::from_str(text).ok()?;
        let channel = match message["type"].as_str()? {
            "snapshot" | "l2update" => Channel::Book,
            "match" | "last_match" => Channel::Trade,
            "ticker" => Channel::Quote,
            "heartbeat" => Channel::Beat,
            _ => return None,
        };
        let snapshot = message["type"] == "snapshot";
        let text = |value: &Json| value.as_str().map(str::to_owned);
        let mut levels = Vec::new();
        for (bid, side) in [(true, "bids"), (false, "asks")] {
            for level in message[side].as_array().into_iter().flatten() {
                levels.push((bid, text(&level[0])?, text(&level[1])?));
            }
        }
        for change in message["changes"].as_array().into_iter().flatten() {
            levels.push((change[0] == "buy", text(&change[1])?, text(&change[2])?));
        }
        Some(Frame { channel, pair: text(&message["product_id"])?, snapshot, levels })
    }
}
