//! Frames in and out of one connection to Kraken spot, order by order.

use super::checksum::Digits;
use super::endpoints::{depth_for, request, symbols_a_message};
use super::reader;
use crate::book::L3Book;
use crate::market_data::frame::{Cause, Print, Refusal};
use crate::market_data::orders::{OrderMessage, OrderProtocol, Step};
use crate::market_data::symbols::Symbols;
use crate::model::{Instrument, InstrumentId, Side};

/// What an operator may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KrakenOrdersOptions {
    /// Levels a side of books: one of [`DEPTHS`](super::DEPTHS). Of a recording it is seen in the snapshots.
    pub depth: Option<usize>,
}

impl Default for KrakenOrdersOptions {
    fn default() -> Self {
        Self { depth: Some(10) }
    }
}

#[derive(Debug)]
struct Known {
    id: InstrumentId,
    symbol: String,
    digits: Digits,
    depth: Option<usize>,
}

/// Kraken's side of an [`OrderFeed`](crate::market_data::OrderFeed).
#[derive(Debug)]
pub struct KrakenOrders {
    options: KrakenOrdersOptions,
    symbols: Symbols,
    books: Vec<Known>,
    steps: Vec<Step>,
    frames: u64,
}

impl KrakenOrders {
    /// For these instruments; messages name them by position.
    #[must_use]
    pub fn new(instruments: &[(InstrumentId, Instrument)], options: KrakenOrdersOptions) -> Self {
        let known = |(id, instrument): &(InstrumentId, Instrument)| {
            let Instrument { symbol, tick, lot, .. } = instrument;
            let digits = Digits { tick: *tick, lot: *lot };
            Known { id: *id, symbol: symbol.clone(), digits, depth: options.depth }
        };
        Self {
            symbols: Symbols::new(instruments.iter().map(|(_, instrument)| instrument)),
            books: instruments.iter().map(known).collect(),
            steps: Vec::with_capacity(1024),
            frames: 0,
            options,
        }
    }

    fn depth(&self) -> usize {
        self.options.depth.unwrap_or(10)
    }

    /// The levels of a side that the orders of a snapshot are on.
    fn levels(&self, of: Side) -> usize {
        let mut last = None;
        let mut count = 0;
        for step in &self.steps {
            if let Step::Add { side, ticks, .. } = step
                && *side == of
                && last.replace(*ticks) != Some(*ticks)
            {
                count += 1;
            }
        }
        count
    }
}

impl OrderProtocol for KrakenOrders {
    const SNAPSHOT_COST: Option<i64> = None;

    fn read(&mut self, frame: &[u8]) -> Result<OrderMessage, Refusal> {
        self.steps.clear();
        self.frames += 1;
        let message = reader::read(frame, &self.symbols, &mut self.steps)?;
        if let OrderMessage::Steps { index, snapshot: true, .. } = message
            && self.options.depth.is_none()
        {
            let most = self.levels(Side::Buy).max(self.levels(Side::Sell));
            self.books[index].depth = Some(depth_for(most));
        }
        Ok(message)
    }

    /// Snapshots come over the stream.
    fn read_snapshot(&mut self, _: usize, _: &[u8]) -> Result<u64, Cause> {
        Err(Cause::Unreadable("nobody asked for it"))
    }

    fn steps(&self) -> &[Step] {
        &self.steps
    }

    fn prints(&self) -> &[Print] {
        &[]
    }

    fn fallbacks(&self) -> u64 {
        self.frames // every frame is read by its keys
    }

    fn limit(&self, index: usize) -> usize {
        self.books[index].depth.unwrap_or(usize::MAX)
    }

    fn proves(&self, index: usize, checksum: u32, book: &L3Book, places: &[(u8, u8)]) -> bool {
        self.books[index].digits.prove(checksum, book, places)
    }

    fn stream_path(&self) -> String {
        "/v2".to_owned()
    }

    fn hello(&self) -> Vec<String> {
        let symbols: Vec<&str> = self.books.iter().map(|book| book.symbol.as_str()).collect();
        let subscribe = |some| request("subscribe", self.depth(), some);
        symbols.chunks(symbols_a_message(self.depth())).map(subscribe).collect()
    }

    fn renew(&self, index: usize) -> Vec<String> {
        let book = [self.books[index].symbol.as_str()];
        ["unsubscribe", "subscribe"].map(|method| request(method, self.depth(), &book)).into()
    }

    fn index_of(&self, instrument: InstrumentId) -> Option<usize> {
        self.books.iter().position(|book| book.id == instrument)
    }
}
