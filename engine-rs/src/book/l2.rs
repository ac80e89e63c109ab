//! A book of levels: absolute sizes by price, as venues send them.

use super::side::BookSide;
use crate::model::{Lots, Side, Ticks};

/// Ticks a side that are one memory access away. Untouched pages cost nothing, so a quiet book stays small.
pub const DEFAULT_WINDOW: usize = 16_384;

/// Bids and asks in integer ticks and lots.
///
/// Nothing is allocated once the window is warm, except for levels behind it. Prices are below 2^51 ticks, as
/// [`crate::model::Grid`] gives them.
#[derive(Debug, Clone)]
pub struct L2Book {
    bids: BookSide,
    asks: BookSide,
}

impl Default for L2Book {
    fn default() -> Self {
        Self::new(DEFAULT_WINDOW)
    }
}

impl L2Book {
    /// An empty book; `window` ticks a side, rounded up to a power of two from 64 on.
    #[must_use]
    pub fn new(window: usize) -> Self {
        let window = window.max(64).next_power_of_two();
        Self { bids: BookSide::new(window), asks: BookSide::new(window) }
    }

    /// Sets the size of a level; 0 or less removes it. A level of no side changes nothing.
    #[inline]
    pub fn apply(&mut self, side: Side, ticks: Ticks, lots: Lots) {
        match side {
            Side::Buy => self.bids.set(-ticks.0, lots.0.max(0)),
            Side::Sell => self.asks.set(ticks.0, lots.0.max(0)),
            Side::None => {}
        }
    }

    /// Highest bid and its size.
    #[inline]
    #[must_use]
    pub fn best_bid(&self) -> Option<(Ticks, Lots)> {
        self.bids.best().map(|(key, qty)| (Ticks(-key), Lots(qty)))
    }

    /// Lowest ask and its size.
    #[inline]
    #[must_use]
    pub fn best_ask(&self) -> Option<(Ticks, Lots)> {
        self.asks.best().map(|(key, qty)| (Ticks(key), Lots(qty)))
    }

    /// The level of a side that is farthest from the other side.
    #[must_use]
    pub fn worst(&self, side: Side) -> Option<(Ticks, Lots)> {
        match side {
            Side::Buy => self.bids.worst().map(|(key, qty)| (Ticks(-key), Lots(qty))),
            Side::Sell => self.asks.worst().map(|(key, qty)| (Ticks(key), Lots(qty))),
            Side::None => None,
        }
    }

    /// Size at a price, 0 if there is no level.
    #[must_use]
    pub fn lots_at(&self, side: Side, ticks: Ticks) -> Lots {
        match side {
            Side::Buy => Lots(self.bids.get(-ticks.0)),
            Side::Sell => Lots(self.asks.get(ticks.0)),
            Side::None => Lots(0),
        }
    }

    /// Levels of a side.
    #[must_use]
    pub fn len(&self, side: Side) -> usize {
        match side {
            Side::Buy => self.bids.len(),
            Side::Sell => self.asks.len(),
            Side::None => 0,
        }
    }

    /// Whether neither side has a level.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bids.len() + self.asks.len() == 0
    }

    /// All bids, highest first.
    pub fn bids(&self) -> impl Iterator<Item = (Ticks, Lots)> + '_ {
        self.bids.iter().map(|(key, qty)| (Ticks(-key), Lots(qty)))
    }

    /// All asks, lowest first.
    pub fn asks(&self) -> impl Iterator<Item = (Ticks, Lots)> + '_ {
        self.asks.iter().map(|(key, qty)| (Ticks(key), Lots(qty)))
    }

    /// Copies the best levels of a side into `out`, best first; how many there were.
    pub fn top_n(&self, side: Side, out: &mut [(Ticks, Lots)]) -> usize {
        match side {
            Side::Buy => self.bids.copy_best(out, |key, qty| (Ticks(-key), Lots(qty))),
            Side::Sell => self.asks.copy_best(out, |key, qty| (Ticks(key), Lots(qty))),
            Side::None => 0,
        }
    }

    /// Whether the best bid is at or above the best ask.
    #[inline]
    #[must_use]
    pub fn crossed(&self) -> bool {
        matches!((self.best_bid(), self.best_ask()), (Some((bid, _)), Some((ask, _))) if bid >= ask)
    }

    /// Removes every level and keeps the memory.
    pub fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    /// What every book must equal: one ordered map a side.
    #[derive(Default)]
    struct Oracle {
        bids: BTreeMap<i64, i64>,
        asks: BTreeMap<i64, i64>,
    }

    impl Oracle {
        fn apply(&mut self, side: Side, ticks: i64, lots: i64) {
            let map = if side == Side::Buy { &mut self.bids } else { &mut self.asks };
            if lots > 0 {
                map.insert(ticks, lots);
            } else {
                map.remove(&ticks);
            }
        }
    }

    fn plain(levels: impl Iterator<Item = (Ticks, Lots)>) -> Vec<(i64, i64)> {
        levels.map(|(ticks, lots)| (ticks.0, lots.0)).collect()
    }

    fn same(book: &L2Book, oracle: &Oracle) -> Result<(), TestCaseError> {
        let bids: Vec<_> = oracle.bids.iter().rev().map(|(t, l)| (*t, *l)).collect();
        let asks: Vec<_> = oracle.asks.iter().map(|(t, l)| (*t, *l)).collect();
        prop_assert_eq!(
            plain(book.best_bid().into_iter()),
            bids.first().copied().into_iter().collect::<Vec<_>>()
        );
        prop_assert_eq!(
            plain(book.best_ask().into_iter()),
            asks.first().copied().into_iter().collect::<Vec<_>>()
        );
        prop_assert_eq!(plain(book.bids()), bids.clone());
        prop_assert_eq!(plain(book.asks()), asks.clone());
        prop_assert_eq!((book.len(Side::Buy), book.len(Side::Sell)), (bids.len(), asks.len()));
        prop_assert_eq!(
            plain(book.worst(Side::Buy).into_iter()),
            bids.last().copied().into_iter().collect::<Vec<_>>()
        );
        prop_assert_eq!(
            plain(book.worst(Side::Sell).into_iter()),
            asks.last().copied().into_iter().collect::<Vec<_>>()
        );
        for n in [3, 30, 500] {
            let mut top = vec![(Ticks(0), Lots(0)); n];
            for (side, all) in [(Side::Buy, &bids), (Side::Sell, &asks)] {
                let count = book.top_n(side, &mut top);
                prop_assert_eq!(plain(top[..count].iter().copied()), all[..all.len().min(n)].to_vec());
            }
        }
        Ok(())
    }

    /// A step of a market: where it is moves a little, sometimes far; levels come near it, sometimes far behind.
    fn steps() -> impl Strategy<Value = Vec<(bool, i64, i64, i64)>> {
        let drift = prop_oneof![8 => -3_i64..=3, 2 => -40_i64..=40, 1 => -2_000_i64..=2_000];
        let distance = prop_oneof![6 => 0_i64..30, 2 => 0_i64..300, 1 => 0_i64..100_000];
        proptest::collection::vec((any::<bool>(), drift, distance, 0_i64..4), 1..400)
    }

    proptest! {
        #[test]
        fn a_book_equals_an_ordered_map(steps in steps(), window in prop_oneof![Just(64_usize), Just(256), Just(8192)]) {
            let mut book = L2Book::new(window);
            let mut oracle = Oracle::default();
            let mut middle = 1_000_000;
            for (is_bid, drift, distance, lots) in steps {
                middle += drift;
                let (side, ticks) =
                    if is_bid { (Side::Buy, middle - distance) } else { (Side::Sell, middle + distance) };
                book.apply(side, Ticks(ticks), Lots(lots));
                oracle.apply(side, ticks, lots);
                same(&book, &oracle)?;
                prop_assert_eq!(book.lots_at(side, Ticks(ticks)), Lots(lots));
            }
            // Removing the best again and again walks the window over every level there is.
            while let Some((ticks, _)) = book.best_bid() {
                book.apply(Side::Buy, ticks, Lots(0));
                oracle.bids.pop_last();
                same(&book, &oracle)?;
            }
            book.clear();
            prop_assert!(book.is_empty());
            prop_assert_eq!(plain(book.asks()), vec![]);
        }
    }

    #[test]
    fn crossed_means_bid_at_or_above_ask() {
        let mut book = L2Book::default();
        assert!(!book.crossed());
        book.apply(Side::Buy, Ticks(10), Lots(1));
        book.apply(Side::Sell, Ticks(11), Lots(1));
        assert!(!book.crossed());
        book.apply(Side::Sell, Ticks(10), Lots(1));
        assert!(book.crossed());
        book.clear();
        assert!(!book.crossed() && book.is_empty());
    }
}
