//! When orders' time is up: a heap by (time, arrival). An order that ends before its time stays in it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::orders::Index;

const DAY: i64 = 86_400_000_000_000;
/// Room for so many before memory is asked for again.
const ROOM: usize = 256;

/// Of all live orders that have one.
#[derive(Debug)]
pub(super) struct Deadlines(BinaryHeap<Reverse<(i64, Index)>>);

impl Deadlines {
    pub(super) fn new() -> Deadlines {
        Deadlines(BinaryHeap::with_capacity(ROOM))
    }

    pub(super) fn add(&mut self, time: i64, index: Index) {
        self.0.push(Reverse((time, index)));
    }

    /// The earliest time.
    #[inline]
    pub(super) fn next(&self) -> Option<i64> {
        self.0.peek().map(|first| first.0.0)
    }

    pub(super) fn take(&mut self) -> Option<(i64, Index)> {
        self.0.pop().map(|first| first.0)
    }
}

/// The end of the UTC day that a time lies in.
pub(super) fn end_of_day(time: i64) -> i64 {
    (time.div_euclid(DAY) + 1) * DAY
}
