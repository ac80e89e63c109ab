//! Queues by price: the first and the last in line at each level, and what they have together.

use super::slots::{Slots, spread};
use crate::model::{Side, Ticks};

/// Nobody, or nothing.
pub(super) const NONE: u32 = u32::MAX;

/// The line of one level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) side: Side,
    pub(super) ticks: Ticks,
    /// Of all orders in it.
    pub(super) lots: i64,
    /// Places of orders; of a free line `first` is the next free one.
    pub(super) first: u32,
    pub(super) last: u32,
}

/// All lines of a book.
#[derive(Debug, Clone)]
pub(super) struct Queues {
    lines: Vec<Line>,
    free: u32,
    slots: Slots,
}

impl Queues {
    pub(super) fn new(levels: usize) -> Self {
        Self { lines: Vec::with_capacity(levels), free: NONE, slots: Slots::new(levels) }
    }

    #[inline]
    pub(super) fn get(&self, place: u32) -> &Line {
        &self.lines[place as usize]
    }

    #[inline]
    pub(super) fn line(&mut self, place: u32) -> &mut Line {
        &mut self.lines[place as usize]
    }

    /// The line of a price, if it has orders.
    #[inline]
    pub(super) fn find(&self, side: Side, ticks: Ticks) -> Option<(u32, &Line)> {
        let wanted = |place: u32| {
            let line = &self.lines[place as usize];
            line.ticks == ticks && line.side == side
        };
        let place = self.slots.find(hash(side, ticks), wanted)?;
        Some((place, &self.lines[place as usize]))
    }

    /// The line of a price, an empty one if there was none.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // orders are below 2^32
    pub(super) fn at(&mut self, side: Side, ticks: Ticks) -> u32 {
        if let Some((place, _)) = self.find(side, ticks) {
            return place;
        }
        let line = Line { side, ticks, lots: 0, first: NONE, last: NONE };
        let place = self.free;
        let place = if place == NONE {
            self.lines.push(line);
            (self.lines.len() - 1) as u32
        } else {
            self.free = self.lines[place as usize].first;
            self.lines[place as usize] = line;
            place
        };
        let Queues { lines, slots, .. } = self;
        slots.insert(hash(side, ticks), place, |other| hash_of(&lines[other as usize]));
        place
    }

    /// Nobody is left in a line.
    #[inline]
    pub(super) fn close(&mut self, place: u32) {
        let Queues { lines, slots, .. } = self;
        let line = lines[place as usize];
        slots.remove(hash_of(&line), place, |other| hash_of(&lines[other as usize]));
        lines[place as usize].first = self.free;
        self.free = place;
    }

    pub(super) fn clear(&mut self) {
        self.lines.clear();
        self.slots.clear();
        self.free = NONE;
    }
}

#[inline]
fn hash_of(line: &Line) -> u64 {
    hash(line.side, line.ticks)
}

#[inline]
fn hash(side: Side, ticks: Ticks) -> u64 {
    spread(ticks.0.cast_unsigned() << 1 | u64::from(side == Side::Sell))
}
