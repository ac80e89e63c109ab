//! Timers that a strategy has asked for, by (time, order of asking).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::Event;

/// Kind of the record that `on_timer` is given.
const TIMER_KIND: u8 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Timer {
    time: i64,
    id: u64,
    tag: i64,
    slot: u32,
}

/// See the head of this file.
#[derive(Debug)]
pub(in crate::engine) struct Timers {
    heap: BinaryHeap<Reverse<Timer>>,
    made: u64,
}

impl Timers {
    pub(in crate::engine) fn new() -> Timers {
        Timers { heap: BinaryHeap::with_capacity(64), made: 0 }
    }

    pub(in crate::engine) fn set(&mut self, time: i64, tag: i64, slot: u32) {
        self.heap.push(Reverse(Timer { time, id: self.made, tag, slot }));
        self.made += 1;
    }

    /// When the next one is due.
    #[inline]
    pub(in crate::engine) fn next(&self) -> Option<i64> {
        self.heap.peek().map(|timer| timer.0.time)
    }

    /// Takes the next one out, due not before `earliest`: its time, slot and record. `rows` are the slots' instruments.
    pub(in crate::engine) fn take(&mut self, earliest: i64, rows: &[u32]) -> Option<(i64, usize, Event)> {
        let Reverse(timer) = self.heap.pop()?;
        let (slot, time) = (timer.slot as usize, timer.time.max(earliest));
        let mut record = Event { event_time: time, kind: TIMER_KIND, ..bytemuck::Zeroable::zeroed() };
        record.instrument = rows[slot];
        (record.words[0], record.words[1]) = (time.cast_unsigned(), timer.tag.cast_unsigned());
        Some((time, slot, record))
    }
}
