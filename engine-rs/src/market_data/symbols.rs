//! The instruments of a connection by the venue's spelling, each with readers for its grids.

use super::decimal::DecimalReader;
use crate::model::Instrument;

/// One instrument's way from text to integers.
#[derive(Debug, Clone)]
pub(crate) struct Symbol {
    /// Position among the connection's instruments.
    pub(crate) index: usize,
    pub(crate) price: DecimalReader,
    pub(crate) qty: DecimalReader,
    name: Box<[u8]>,
}

/// An open-addressing table: a lookup is one hash of a few bytes and, nearly always, one comparison.
#[derive(Debug, Clone)]
pub(crate) struct Symbols {
    slots: Box<[Option<Symbol>]>,
}

impl Symbols {
    pub(crate) fn new<'a>(instruments: impl ExactSizeIterator<Item = &'a Instrument>) -> Self {
        let mut symbols =
            Self { slots: vec![None; (instruments.len() * 4).next_power_of_two().max(4)].into() };
        for (index, instrument) in instruments.enumerate() {
            let (price, qty) = (DecimalReader::new(instrument.tick), DecimalReader::new(instrument.lot));
            symbols.insert(Symbol { index, price, qty, name: instrument.symbol.as_bytes().into() });
        }
        symbols
    }

    /// Lets an instrument be found by a second name.
    pub(crate) fn add_alias(&mut self, name: &str, alias: &str) {
        if let Some(symbol) = self.find(name.as_bytes()).cloned() {
            self.insert(Symbol { name: alias.as_bytes().into(), ..symbol });
        }
    }

    #[inline]
    pub(crate) fn find(&self, name: &[u8]) -> Option<&Symbol> {
        let mut slot = self.home(name);
        while let Some(symbol) = &self.slots[slot] {
            if *symbol.name == *name {
                return Some(symbol);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        None
    }

    /// A symbol said twice keeps its first position.
    fn insert(&mut self, symbol: Symbol) {
        let mut slot = self.home(&symbol.name);
        while let Some(other) = &self.slots[slot] {
            if other.name == symbol.name {
                return;
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        self.slots[slot] = Some(symbol);
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    fn home(&self, name: &[u8]) -> usize {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in name {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        (hash >> 32) as usize & (self.slots.len() - 1)
    }
}
