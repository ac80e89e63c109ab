//! Trades that two connections bring: each goes on once, in the order of its ids.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;

use crate::model::Event;

/// Trades that wait at most, and late ones that are remembered.
const MOST: usize = 4_096;
/// Looks at the clock (40 ms each) that a trade waits for those before it.
const PATIENCE: u32 = 5;

/// Where a trade's connection stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// There is another one, which may bring what is missing.
    pub(super) other: bool,
    /// Only the other one brings, in its order, what lies between readers and this.
    pub(super) ahead: bool,
}

/// See the head of this file.
#[derive(Debug, Default)]
pub(super) struct Tape {
    last: u64,
    /// Ids that were passed over, and may still come.
    missing: BTreeSet<u64>,
    /// Ahead of what the other connection is about to bring, which brings them again or not.
    waiting: BTreeMap<u64, (Event, bool)>,
    waited: u32,
    ready: VecDeque<Event>,
}

impl Tape {
    /// The last one that went on.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Lets a trade go on as it is.
    pub(super) fn pass(&mut self, event: Event) {
        self.ready.push_back(event);
    }

    /// Takes one in; whether it came before. What another connection may bring before it is waited for.
    pub(super) fn take(&mut self, id: u64, event: Event, Place { other, ahead }: Place) -> bool {
        if id <= self.last {
            let late = self.missing.remove(&id);
            if late {
                self.ready.push_back(event);
            }
            return !late;
        }
        let next = self.last == 0 || id == self.last + 1;
        if ahead || !next && other {
            let before = self.waiting.get(&id).map(|(_, ahead)| *ahead);
            self.waiting.insert(id, (event, ahead && before != Some(false)));
            if self.waiting.len() > MOST {
                self.give_up_waiting();
            }
            return before.is_some();
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

    /// Who was ahead is gone: the other brings what it brought.
    pub(super) fn forget_ahead(&mut self) {
        self.waiting.retain(|_, (_, ahead)| !*ahead);
    }

    /// What is missing will not come: what waits goes on.
    pub(super) fn give_up_waiting(&mut self) {
        self.waited = 0;
        for (id, (event, _)) in mem::take(&mut self.waiting) {
            self.tell(id, event);
        }
    }

    /// Those that only waited for the last one, and none that came since.
    fn follow(&mut self) {
        while let Some(entry) = self.waiting.first_entry().filter(|entry| *entry.key() <= self.last + 1) {
            let (id, (_, ahead)) = (*entry.key(), *entry.get());
            if id > self.last && ahead {
                break;
            }
            let (event, _) = entry.remove();
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

    fn take_from(tape: &mut Tape, ids: &[u64], other: bool, ahead: bool) -> Vec<u64> {
        for id in ids {
            let mut trade = Trade::new(InstrumentId(0), Nanos(1));
            trade.trade_id = *id;
            tape.take(*id, trade.into(), Place { other, ahead });
        }
        told(tape)
    }

    fn take(tape: &mut Tape, ids: &[u64], other: bool) -> Vec<u64> {
        take_from(tape, ids, other, false)
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
    fn what_one_that_is_ahead_brings_is_told_when_the_other_brings_it_or_is_gone() {
        let mut tape = Tape::default();
        assert_eq!(take(&mut tape, &[3], true), [3]);
        assert!(take_from(&mut tape, &[5, 6, 7], true, true).is_empty());
        assert_eq!(take(&mut tape, &[4], true), [4], "a quote may come before 5");
        assert_eq!(take(&mut tape, &[5], true), [5]);
        assert!(take(&mut tape, &[7], true).is_empty(), "the other lost 6");
        assert!(take_from(&mut tape, &[7, 8], true, true).is_empty());
        let mut cut = Tape { waiting: tape.waiting.clone(), last: tape.last, ..Tape::default() };
        tape.give_up_waiting();
        assert_eq!(told(&mut tape), [6, 7, 8], "the other is gone");
        cut.forget_ahead();
        cut.give_up_waiting();
        assert_eq!(told(&mut cut), [7], "who was ahead is gone");
        assert_eq!(take(&mut cut, &[8], true), [8]);
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
