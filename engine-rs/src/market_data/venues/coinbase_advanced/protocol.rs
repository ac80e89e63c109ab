//! Frames in and out of one connection to Coinbase Advanced Trade.

use super::endpoints::{PRODUCTS_A_MESSAGE, request};
use super::reader::Read;
use super::{fast, reader};
use crate::market_data::frame::{Print, Refusal};
use crate::market_data::streamed::{Message, Protocol};
use crate::market_data::symbols::Symbols;
use crate::market_data::tracked_book::Level;
use crate::model::{Instrument, InstrumentId};

/// Frames in a row that may have come before.
const MOST_REPEATED: u32 = 2;

/// What an operator may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdvancedOptions {
    /// Trades too.
    pub trades: bool,
    /// The venue's own best bid and offer too.
    pub quotes: bool,
}

impl Default for AdvancedOptions {
    fn default() -> Self {
        Self { trades: true, quotes: true }
    }
}

/// Coinbase Advanced Trade's side of a [`StreamFeed`](crate::market_data::StreamFeed).
#[derive(Debug)]
pub struct CoinbaseAdvanced {
    options: AdvancedOptions,
    products: Vec<String>,
    symbols: Symbols,
    levels: Vec<Level>,
    prints: Vec<Print>,
    fallbacks: u64,
    /// Of the last frame of this connection.
    sequence: Option<u64>,
    missed: bool,
    /// Frames in a row that came before, by their numbers.
    repeated: u32,
}

impl CoinbaseAdvanced {
    /// For these instruments; messages name them by position.
    #[must_use]
    pub fn new(instruments: &[(InstrumentId, Instrument)], options: AdvancedOptions) -> Self {
        Self {
            options,
            products: instruments.iter().map(|(_, instrument)| instrument.symbol.clone()).collect(),
            symbols: Symbols::new(instruments.iter().map(|(_, instrument)| instrument)),
            levels: Vec::with_capacity(2048),
            prints: Vec::with_capacity(16),
            fallbacks: 0,
            sequence: None,
            missed: false,
            repeated: 0,
        }
    }

    /// Reads a frame of a frequent shape, as it stands, whatever came before; anything else is `None`.
    #[inline]
    pub fn read_fast(&mut self, frame: &[u8]) -> Option<(Message, Option<u64>)> {
        let read = self.fast(frame)?;
        Some((read.message.ok()?, read.sequence))
    }

    /// Reads a frame by its keys, as it stands: what it says, and its number.
    pub fn read_tolerant(&mut self, frame: &[u8]) -> (Result<Message, Refusal>, Option<u64>) {
        let read = self.tolerant(frame);
        (read.message, read.sequence)
    }

    #[inline]
    fn fast(&mut self, frame: &[u8]) -> Option<Read> {
        self.levels.clear();
        self.prints.clear();
        fast::read(frame, &self.symbols, &mut self.levels, &mut self.prints)
    }

    fn tolerant(&mut self, frame: &[u8]) -> Read {
        self.levels.clear();
        self.prints.clear();
        reader::read(frame, &self.symbols, &mut self.levels, &mut self.prints)
    }

    fn channels(&self) -> impl Iterator<Item = &'static str> {
        let trades = self.options.trades.then_some("market_trades");
        std::iter::once("level2").chain(trades).chain(self.options.quotes.then_some("ticker"))
    }
}

impl Protocol for CoinbaseAdvanced {
    const NUMBERED: bool = true;

    fn read(&mut self, frame: &[u8]) -> Result<Message, Refusal> {
        self.missed = false;
        let read = if let Some(read) = self.fast(frame) {
            read
        } else {
            self.fallbacks += 1;
            self.tolerant(frame)
        };
        if let Some(sequence) = read.sequence {
            let last = self.sequence;
            self.missed = last.is_some_and(|last| sequence > last.saturating_add(1));
            self.repeated = if last.is_some_and(|last| sequence <= last) { self.repeated + 1 } else { 0 };
            if (1..=MOST_REPEATED).contains(&self.repeated) {
                return Ok(Message::Repeated);
            }
            // So many in a row are not old: it is the number before them that was none.
            self.missed |= self.repeated > 0;
            (self.sequence, self.repeated) = (Some(sequence), 0);
        }
        read.message
    }

    fn levels(&self) -> &[Level] {
        &self.levels
    }

    fn prints(&self) -> &[Print] {
        &self.prints
    }

    fn fallbacks(&self) -> u64 {
        self.fallbacks
    }

    fn restart(&mut self) {
        (self.sequence, self.missed, self.repeated) = (None, false, 0);
    }

    fn missed(&self) -> bool {
        self.missed
    }

    fn stream_path(&self) -> String {
        "/".to_owned()
    }

    fn hello(&self) -> Vec<String> {
        let products: Vec<&str> = self.products.iter().map(String::as_str).collect();
        let mut texts = vec![request("subscribe", "heartbeats", &[])];
        for some in products.chunks(PRODUCTS_A_MESSAGE) {
            texts.extend(self.channels().map(|channel| request("subscribe", channel, some)));
        }
        texts
    }

    fn renew(&self, index: usize) -> Vec<String> {
        let product = [self.products[index].as_str()];
        ["unsubscribe", "subscribe"].map(|what| request(what, "level2", &product)).into()
    }
}
