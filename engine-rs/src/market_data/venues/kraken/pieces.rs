//! What the readers of frames gather.

use crate::market_data::decimal::DecimalReader;
use crate::market_data::scanner::Scanner;
use crate::market_data::tracked_book::Level;
use crate::market_data::{Candle, Print};
use crate::model::{Lots, Side, Ticks};

/// The decimal places that a book's numbers are written with: the checksum is of the digits as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) price: u8,
    pub(super) qty: u8,
}

impl Written {
    /// Numbers in exponent notation, and those that lost their zeroes on the way, have fewer.
    #[inline]
    pub(super) fn join(&mut self, other: Written) {
        self.price = self.price.max(other.price);
        self.qty = self.qty.max(other.qty);
    }
}

/// Levels, trades, and how numbers were written, of one frame.
#[derive(Debug)]
pub(super) struct Pieces {
    pub(super) levels: Vec<Level>,
    pub(super) prints: Vec<Print>,
    /// Bars, and whether they are a snapshot's.
    pub(super) candles: Vec<Candle>,
    pub(super) history: bool,
    pub(super) written: Written,
    /// The subscription's depth, where the frame says it: whose, and how deep.
    pub(super) depth: Option<(usize, usize)>,
}

impl Pieces {
    pub(super) fn new() -> Self {
        Self {
            levels: Vec::with_capacity(2048),
            prints: Vec::with_capacity(64),
            candles: Vec::new(),
            history: false,
            written: Written::default(),
            depth: None,
        }
    }

    pub(super) fn clear(&mut self) {
        self.levels.clear();
        self.prints.clear();
        self.candles.clear();
        self.written = Written::default();
        self.depth = None;
    }

    #[inline]
    pub(super) fn push(
        &mut self,
        side: Side,
        (ticks, price): (i64, u8),
        (lots, qty): (i64, u8),
    ) -> Option<()> {
        self.written.join(Written { price, qty });
        self.levels.push(Level { side, ticks: Ticks(ticks), lots: Lots(lots) });
        (ticks > 0).then_some(())
    }
}

/// A price of a trade or a quote.
#[inline]
pub(super) fn priced(reader: DecimalReader, scanner: &mut Scanner<'_>) -> Option<Ticks> {
    reader.number(scanner).map(|(ticks, _)| Ticks(ticks))
}

/// A side without orders has price 0.
pub(super) fn present(ticks: Ticks, lots: Lots) -> Option<(Ticks, Lots)> {
    (ticks.0 > 0).then_some((ticks, lots))
}
