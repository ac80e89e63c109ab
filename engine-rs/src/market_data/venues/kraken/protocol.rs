//! Frames in and out of one connection to Kraken spot.

use super::candles::OpenCandles;
use super::checksum::{self, Digits};
use super::endpoints::{Choice, SYMBOLS_A_MESSAGE, Version, depth_for, spelling_v1};
use super::pieces::{Pieces, Written};
use super::{fast_v1, fast_v2, tolerant};
use crate::market_data::frame::{Print, Refusal};
use crate::market_data::streamed::{Message, Protocol};
use crate::market_data::symbols::Symbols;
use crate::market_data::tracked_book::{Level, Priced};
use crate::market_data::{Candle, VenuePeriod};
use crate::model::{Instrument, InstrumentId, Side};

/// What an operator may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KrakenOptions {
    /// The protocol that is spoken.
    pub version: Version,
    /// Levels a side of books: one of [`DEPTHS`](super::DEPTHS). Recordings say theirs, or it is seen in their snapshots.
    pub depth: Option<usize>,
    /// Trades too.
    pub trades: bool,
    /// The venue's own best bid and offer too.
    pub quotes: bool,
    /// Bars of the venue's own too.
    pub bars: Vec<VenuePeriod>,
}

impl Default for KrakenOptions {
    fn default() -> Self {
        Self { version: Version::V2, depth: Some(100), trades: true, quotes: true, bars: Vec::new() }
    }
}

/// What is known of one book.
#[derive(Debug)]
struct Known {
    symbol: String,
    digits: Digits,
    /// As configured, or as the venue said.
    depth: Option<usize>,
}

/// Kraken's side of a [`StreamFeed`](crate::market_data::StreamFeed). Nothing is allocated for a frequent shape once
/// its lists are warm.
#[derive(Debug)]
pub struct Kraken {
    options: KrakenOptions,
    symbols: Symbols,
    books: Vec<Known>,
    pieces: Pieces,
    open_candles: OpenCandles,
    fallbacks: u64,
}

impl Kraken {
    /// For these instruments; messages name them by position. Their symbols are today's spelling, `BTC/USD`; the older
    /// `XBT/USD` is understood as well.
    #[must_use]
    pub fn new(instruments: &[(InstrumentId, Instrument)], options: KrakenOptions) -> Self {
        let mut symbols = Symbols::new(instruments.iter().map(|(_, instrument)| instrument));
        for (_, instrument) in instruments {
            symbols.add_alias(&instrument.symbol, &spelling_v1(&instrument.symbol));
        }
        let known = |(_, instrument): &(InstrumentId, Instrument)| {
            let Instrument { symbol, tick, lot, .. } = instrument;
            let digits = Digits { tick: *tick, lot: *lot, written: Written::default() };
            Known { symbol: symbol.clone(), digits, depth: options.depth }
        };
        let books = instruments.iter().map(known).collect();
        let (pieces, open_candles) = (Pieces::new(), OpenCandles::default());
        Self { options, symbols, books, pieces, open_candles, fallbacks: 0 }
    }

    /// Reads a frame of a frequent shape, byte for byte as the venue writes it; anything else is `None`.
    #[inline]
    pub fn read_fast(&mut self, frame: &[u8]) -> Option<Message> {
        self.pieces.clear();
        match frame.first()? {
            b'[' => fast_v1::read(frame, &self.symbols, &mut self.pieces),
            _ => fast_v2::read(frame, &self.symbols, &mut self.pieces),
        }
    }

    /// Reads a frame by its keys, whatever their order.
    ///
    /// # Errors
    /// As [`Protocol::read`].
    pub fn read_tolerant(&mut self, frame: &[u8]) -> Result<Message, Refusal> {
        self.pieces.clear();
        tolerant::read(frame, &self.symbols, &mut self.pieces)
    }

    /// Keeps what a good frame said about how its book is written and how deep it is.
    fn learn(&mut self, message: &Message) {
        if let Some((index, depth)) = self.pieces.depth {
            self.books[index].depth = Some(depth);
        }
        if *message == Message::Candles {
            self.pieces.candles.retain(|candle| self.options.bars.contains(&candle.period));
            self.open_candles.close(&mut self.pieces.candles, self.pieces.history);
        }
        if let Message::Book { index, snapshot, .. } = *message {
            let written = &mut self.books[index].digits.written;
            if snapshot {
                *written = Written::default();
            }
            written.join(self.pieces.written);
        }
    }
}

impl Protocol for Kraken {
    const PROVEN_LEVELS: usize = checksum::LEVELS;

    #[inline]
    fn read(&mut self, frame: &[u8]) -> Result<Message, Refusal> {
        let message = if let Some(message) = self.read_fast(frame) {
            message
        } else {
            self.fallbacks += 1;
            self.read_tolerant(frame)?
        };
        self.learn(&message);
        Ok(message)
    }

    fn levels(&self) -> &[Level] {
        &self.pieces.levels
    }

    fn prints(&self) -> &[Print] {
        &self.pieces.prints
    }

    fn candles(&self) -> &[Candle] {
        &self.pieces.candles
    }

    fn fallbacks(&self) -> u64 {
        self.fallbacks
    }

    fn limit(&self, index: usize) -> usize {
        let count = |side| self.pieces.levels.iter().filter(|level| level.side == side).count();
        let depth = self.books[index].depth;
        depth.unwrap_or_else(|| depth_for(count(Side::Buy).max(count(Side::Sell))))
    }

    fn proves(&self, index: usize, checksum: u32, bids: &[Priced], asks: &[Priced]) -> bool {
        self.books[index].digits.checksum(bids, asks) == Some(checksum)
    }

    fn stream_path(&self) -> String {
        self.options.version.stream_path().to_owned()
    }

    fn hello(&self) -> Vec<String> {
        let symbols: Vec<&str> = self.books.iter().map(|book| book.symbol.as_str()).collect();
        let mut texts = Vec::new();
        for some in symbols.chunks(SYMBOLS_A_MESSAGE) {
            let request = |channel, choice| self.options.version.request("subscribe", channel, choice, some);
            texts.push(request("book", Choice::depth(self.options.depth)));
            texts.extend(self.options.trades.then(|| request("trade", Choice::None)));
            texts.extend(self.options.quotes.then(|| request("ticker", Choice::None)));
            let minutes = self.options.bars.iter().filter_map(|period| period.minutes());
            texts.extend(minutes.map(|minutes| request("ohlc", Choice::Interval(minutes))));
        }
        texts
    }

    fn renew(&self, index: usize) -> Vec<String> {
        let book = [self.books[index].symbol.as_str()];
        ["unsubscribe", "subscribe"]
            .map(|method| {
                self.options.version.request(method, "book", Choice::depth(self.options.depth), &book)
            })
            .into()
    }
}
