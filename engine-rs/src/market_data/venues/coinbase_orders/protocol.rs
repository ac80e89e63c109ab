//! Frames in and out of one connection to Coinbase Exchange, order by order.

use super::super::coinbase::{PRODUCTS_A_MESSAGE, request};
use super::endpoints::{SNAPSHOT_COST, channels, snapshot_path, snapshot_product};
use super::{fast, snapshot, tolerant};
use crate::market_data::frame::{Cause, Print, Refusal};
use crate::market_data::orders::{OrderMessage, OrderProtocol, Step};
use crate::market_data::symbols::Symbols;
use crate::model::{Instrument, InstrumentId};

/// What an operator may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoinbaseOrdersOptions {
    /// The venue's own best bid and offer too. Trades are in the channel anyway.
    pub quotes: bool,
}

impl Default for CoinbaseOrdersOptions {
    fn default() -> Self {
        Self { quotes: true }
    }
}

/// Coinbase Exchange's side of an [`OrderFeed`](crate::market_data::OrderFeed). Nothing is allocated for a frequent shape
/// once its lists are warm.
#[derive(Debug)]
pub struct CoinbaseOrders {
    options: CoinbaseOrdersOptions,
    instruments: Vec<(InstrumentId, String)>,
    symbols: Symbols,
    steps: Vec<Step>,
    prints: Vec<Print>,
    fallbacks: u64,
}

impl CoinbaseOrders {
    /// For these instruments; messages name them by position.
    #[must_use]
    pub fn new(instruments: &[(InstrumentId, Instrument)], options: CoinbaseOrdersOptions) -> Self {
        Self {
            options,
            instruments: instruments.iter().map(|(id, one)| (*id, one.symbol.clone())).collect(),
            symbols: Symbols::new(instruments.iter().map(|(_, instrument)| instrument)),
            steps: Vec::with_capacity(64),
            prints: Vec::with_capacity(1),
            fallbacks: 0,
        }
    }

    /// Reads a frame of a frequent shape; anything else is `None`.
    #[inline]
    pub fn read_fast(&mut self, frame: &[u8]) -> Option<OrderMessage> {
        self.clear();
        fast::read(frame, &self.symbols, &mut self.steps, &mut self.prints)
    }

    /// Reads a frame by its keys.
    ///
    /// # Errors
    /// As [`OrderProtocol::read`].
    pub fn read_tolerant(&mut self, frame: &[u8]) -> Result<OrderMessage, Refusal> {
        self.clear();
        tolerant::read(frame, &self.symbols, &mut self.steps, &mut self.prints)
    }

    fn clear(&mut self) {
        self.steps.clear();
        self.prints.clear();
    }

    fn product(&self, index: usize) -> &str {
        &self.instruments[index].1
    }
}

impl OrderProtocol for CoinbaseOrders {
    const SNAPSHOT_COST: Option<i64> = Some(SNAPSHOT_COST);

    #[inline]
    fn read(&mut self, frame: &[u8]) -> Result<OrderMessage, Refusal> {
        if let Some(message) = self.read_fast(frame) {
            return Ok(message);
        }
        self.fallbacks += 1;
        self.read_tolerant(frame)
    }

    fn read_snapshot(&mut self, index: usize, body: &[u8]) -> Result<u64, Cause> {
        self.clear();
        let product = self.instruments[index].1.as_bytes();
        let symbol = self.symbols.find(product).ok_or(Cause::Unreadable("product_id"))?;
        snapshot::read(body, symbol, &mut self.steps)
    }

    fn steps(&self) -> &[Step] {
        &self.steps
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
        let products: Vec<&str> = self.instruments.iter().map(|(_, product)| product.as_str()).collect();
        let subscribe = |some| request("subscribe", channels(self.options.quotes), some);
        products.chunks(PRODUCTS_A_MESSAGE).map(subscribe).collect()
    }

    fn renew(&self, _: usize) -> Vec<String> {
        Vec::new()
    }

    fn snapshot_path(&self, index: usize) -> String {
        snapshot_path(self.product(index))
    }

    fn snapshot_of(&self, path: &str) -> Option<usize> {
        let product = snapshot_product(path)?;
        self.instruments.iter().position(|(_, own)| own == product)
    }

    fn index_of(&self, instrument: InstrumentId) -> Option<usize> {
        self.instruments.iter().position(|(id, _)| *id == instrument)
    }
}
