//! Trades that two connections bring: each goes on once, in the order of its ids.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;

use crate::model::Event;

/// Trades that wait at most, and late ones that are remembered.
const MOST: usize = 4_096;
/// Looks at the clock (40 ms each) that a trade waits for those before it.
const PATIENCE: u32 = 5;

/// See the head of this file.
#[derive(Debug, Default)]
pub(super) struct Tape {
    last: u64,
    /// Ids that were passed over, and may still come.
    missing: BTreeSet<u64>,
    /// Ahead of what the other connection is about to bring.
    waiting: BTreeMap<u64, Event>,
    waited: u32,
    ready: VecDeque<Event>,
}

impl Tape {
    /// Lets a trade go on as it is.
    pub(super) fn pass(&mut self, event: Event) {
        self.ready.push_back(event);
    }

    /// Takes one in; whether it came before. With another connection, which may bring what is missing, it waits for that.
    pub(super) fn take(&mut self, id: u64, event: Event, other: bool) -> bool {
        if id <= self.last {
            let late = self.missing.remove(&id);
            if late {
                self.ready.push_back(event);
            }
            return !late;
        }
        let next = self.last == 0 || id == self.last + 1;
        if !next && other {
            let again = self.waiting.insert(id, event).is_some();
            if self.waiting.len() > MOST {
                self.give_up_waiting();
            }
            return again;
        }
        self.tell(id, event);
        self.follow();
        false
    }

    /// The next one whose turn it is.
    pub(super) fn next(&mut self) -> Option<Event> {
        self.ready.pop_front()
    }

    /// Time has passed.
    pub(super) fn on_time(&mut self) {
        self.waited = if self.waiting.is_empty() { 0 } else { self.waited + 1 };
        if self.waited > PATIENCE {
            self.give_up_waiting();
        }
    }

    /// What is missing will not come: what waits goes on.
    pub(super) fn give_up_waiting(&mut self) {
        self.waited = 0;
        for (id, event) in mem::take(&mut self.waiting) {
            self.tell(id, event);
        }
    }

    fn follow(&mut self) {
        while let Some(entry) = self.waiting.first_entry().filter(|entry| *entry.key() <= self.last + 1) {
            let (id, event) = entry.remove_entry();
            if id > self.last {
                self.tell(id, event);
            }
            self.waited = 0;
        }
    }

    fn tell(&mut self, id: u64, event: Event) {
        if self.last > 0 && id > self.last + 1 {
            let first = (self.last + 1).max(id.saturating_sub(MOST as u64));
            self.missing.extend(first..id);
            while self.missing.len() > MOST {
                self.missing.pop_first();
            }
        }
        self.last = id;
        self.ready.push_back(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{InstrumentId, Nanos, Trade};

    /// Ids that go on.
    fn told(tape: &mut Tape) -> Vec<u64> {
        std::iter::from_fn(|| tape.next()).map(|event| event.as_trade().unwrap().trade_id).collect()
    }

    fn take(tape: &mut Tape, ids: &[u64], other: bool) -> Vec<u64> {
        for id in ids {
            let mut trade = Trade::new(InstrumentId(0), Nanos(1));
            trade.trade_id = *id;
            tape.take(*id, trade.into(), other);
        }
        told(tape)
    }

    #[test]
    fn a_trade_that_is_ahead_waits_for_the_other_connection() {
        let mut tape = Tape::default();
        assert_eq!(take(&mut tape, &[7, 7, 8, 11, 12, 11], true), [7, 8]);
        assert_eq!(take(&mut tape, &[9, 8, 10], true), [9, 10, 11, 12]);
        assert!(take(&mut tape, &[15, 14], true).is_empty());
        tape.give_up_waiting();
        assert_eq!(told(&mut tape), [14, 15], "the other is gone");
        assert_eq!(take(&mut tape, &[13, 13, 16], true), [13, 16], "late rather than never");
        assert_eq!(take(&mut tape, &[18], false), [18], "there is nobody to wait for");
    }

    #[test]
    fn a_venue_that_leaves_an_id_out_is_waited_for_a_moment() {
        let mut tape = Tape::default();
        assert_eq!(take(&mut tape, &[1, 3, 4], true), [1]);
        (0..=PATIENCE).for_each(|_| tape.on_time());
        assert_eq!(told(&mut tape), [3, 4]);
        assert_eq!(take(&mut tape, &[5], true), [5]);
    }
}
