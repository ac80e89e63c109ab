//! Frames in and out of one connection to Coinbase Exchange.

use super::endpoints::{PRODUCTS_A_MESSAGE, request};
use super::{fast, tolerant};
use crate::market_data::frame::{Print, Refusal};
use crate::market_data::streamed::{Message, Protocol};
use crate::market_data::symbols::Symbols;
use crate::market_data::tracked_book::Level;
use crate::model::{Instrument, InstrumentId};

/// What an operator may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoinbaseOptions {
    /// Books in batches of 50 ms, for which the venue wants no signature.
    pub batched: bool,
    /// Trades too.
    pub trades: bool,
    /// The venue's own best bid and offer too.
    pub quotes: bool,
}

impl Default for CoinbaseOptions {
    fn default() -> Self {
        Self { batched: true, trades: true, quotes: true }
    }
}

/// Coinbase Exchange's side of a [`StreamFeed`](crate::market_data::StreamFeed). Nothing is allocated for a frequent
/// shape once its lists are warm.
#[derive(Debug)]
pub struct Coinbase {
    options: CoinbaseOptions,
    products: Vec<String>,
    symbols: Symbols,
    levels: Vec<Level>,
    prints: Vec<Print>,
    fallbacks: u64,
}

impl Coinbase {
    /// For these instruments; messages name them by position.
    #[must_use]
    pub fn new(instruments: &[(InstrumentId, Instrument)], options: CoinbaseOptions) -> Self {
        Self {
            options,
            products: instruments.iter().map(|(_, instrument)| instrument.symbol.clone()).collect(),
            symbols: Symbols::new(instruments.iter().map(|(_, instrument)| instrument)),
            levels: Vec::with_capacity(2048),
            prints: Vec::with_capacity(1),
            fallbacks: 0,
        }
    }

    /// Reads a frame of a frequent shape; anything else is `None`.
    #[inline]
    pub fn read_fast(&mut self, frame: &[u8]) -> Option<Message> {
        self.clear();
        fast::read(frame, &self.symbols, &mut self.levels, &mut self.prints)
    }

    /// Reads a frame by its keys, whatever their order.
    ///
    /// # Errors
    /// As [`Protocol::read`].
    pub fn read_tolerant(&mut self, frame: &[u8]) -> Result<Message, Refusal> {
        self.clear();
        tolerant::read(frame, &self.symbols, &mut self.levels, &mut self.prints)
    }

    fn clear(&mut self) {
        self.levels.clear();
        self.prints.clear();
    }
}

impl Protocol for Coinbase {
    const TRADES_FOLLOW: bool = true;

    #[inline]
    fn read(&mut self, frame: &[u8]) -> Result<Message, Refusal> {
        if let Some(message) = self.read_fast(frame) {
            return Ok(message);
        }
        self.fallbacks += 1;
        self.read_tolerant(frame)
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

    fn stream_path(&self) -> String {
        "/".to_owned()
    }

    fn hello(&self) -> Vec<String> {
        let products: Vec<&str> = self.products.iter().map(String::as_str).collect();
        let subscribe = |some| request("subscribe", &self.options.channels(), some);
        products.chunks(PRODUCTS_A_MESSAGE).map(subscribe).collect()
    }

    fn renew(&self, index: usize) -> Vec<String> {
        let (channel, product) = ([self.options.book_channel()], [self.products[index].as_str()]);
        ["unsubscribe", "subscribe"].map(|what| request(what, &channel, &product)).into()
    }
}
