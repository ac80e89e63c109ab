//! From bytes to messages: the fast reader first, the binary and the tolerant one for what it leaves.

use super::messages::Message;
use super::{fast, sbe, tolerant};
use crate::market_data::frame::{Cause, Print, Refusal};
use crate::market_data::symbols::Symbols;
use crate::market_data::tracked_book::Level;
use crate::model::Instrument;

/// Reads the frames of one connection's instruments. Nothing is allocated for a frequent shape once `levels` is warm.
#[derive(Debug)]
pub struct Parser {
    symbols: Symbols,
    levels: Vec<Level>,
    prints: Vec<Print>,
    fallbacks: u64,
}

impl Parser {
    /// A parser for these instruments; messages name them by position.
    #[must_use]
    pub fn new<'a>(instruments: impl ExactSizeIterator<Item = &'a Instrument>) -> Self {
        Self {
            symbols: Symbols::new(instruments),
            levels: Vec::with_capacity(2048),
            prints: Vec::with_capacity(256),
            fallbacks: 0,
        }
    }

    /// Reads a frame, JSON or SBE.
    ///
    /// # Errors
    /// [`Refusal`] for a frame that is neither, lacks a field of its kind, or has a number that does not fit.
    #[inline]
    pub fn read(&mut self, frame: &[u8]) -> Result<Message, Refusal> {
        if let Some(message) = self.read_fast(frame) {
            return Ok(message);
        }
        if sbe::is_binary(frame) {
            return self.read_binary(frame);
        }
        self.fallbacks += 1;
        self.read_tolerant(frame)
    }

    /// Reads a frame of a frequent shape, byte for byte as the venue writes it; anything else is `None`.
    #[inline]
    pub fn read_fast(&mut self, frame: &[u8]) -> Option<Message> {
        self.levels.clear();
        fast::read(frame, &self.symbols, &mut self.levels)
    }

    /// Reads a frame of the binary streams.
    ///
    /// # Errors
    /// As [`Parser::read`]; also for another schema, and for a frame that is shorter than it says.
    #[inline]
    pub fn read_binary(&mut self, frame: &[u8]) -> Result<Message, Refusal> {
        self.levels.clear();
        self.prints.clear();
        sbe::read(frame, &self.symbols, &mut self.levels, &mut self.prints)
    }

    /// Reads a frame by its keys, whatever their order.
    ///
    /// # Errors
    /// As [`Parser::read`].
    pub fn read_tolerant(&mut self, frame: &[u8]) -> Result<Message, Refusal> {
        self.levels.clear();
        tolerant::read(frame, &self.symbols, &mut self.levels)
    }

    /// Reads the body of a depth snapshot into its id.
    ///
    /// # Errors
    /// As [`Parser::read`]; also if the instrument's symbol is not one of the parser's.
    pub(super) fn read_snapshot(&mut self, body: &[u8], symbol: &str) -> Result<u64, Cause> {
        let symbol = self.symbols.find(symbol.as_bytes()).ok_or(Cause::Unreadable("symbol"))?;
        self.levels.clear();
        if let Some(id) = fast::snapshot(body, symbol, &mut self.levels) {
            return Ok(id);
        }
        self.levels.clear();
        tolerant::snapshot(body, symbol, &mut self.levels)
    }

    /// The levels of the depth message or snapshot read last.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The trades of the binary message read last.
    #[must_use]
    pub fn prints(&self) -> &[Print] {
        &self.prints
    }

    /// Frames that were not of a frequent shape.
    #[must_use]
    pub fn fallbacks(&self) -> u64 {
        self.fallbacks
    }
}
