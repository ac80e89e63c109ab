//! When to ask for which snapshot: one request a book at a time, retries ever further apart, all of them together
//! within the venue's limit.

use crate::model::Nanos;

const SECOND: i64 = 1_000_000_000;
const FIRST_RETRY: i64 = SECOND / 4;
const LAST_RETRY: i64 = 30 * SECOND;
/// No answer in this time counts as a failure.
const ANSWER_WITHIN: i64 = 15 * SECOND;
/// A book that was right for so long starts again with a short retry.
const GOOD_AFTER: i64 = 10 * SECOND;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Wish {
    #[default]
    Nothing,
    /// To be asked for, from then on.
    Due(Nanos),
    /// Asked for; not to be sent before then.
    Asked(Nanos),
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    wish: Wish,
    attempts: u32,
}

/// The requests of one connection.
#[derive(Debug)]
pub(crate) struct Requests {
    slots: Vec<Slot>,
    /// Time (ns) that one request uses up of the venue's limit.
    cost: i64,
    /// When all requests so far would have been spread out evenly.
    spent_until: Nanos,
    /// The last time that was told.
    latest: Nanos,
}

impl Requests {
    pub(crate) fn new(count: usize, cost: i64) -> Self {
        Self { slots: vec![Slot::default(); count], cost, spent_until: Nanos(0), latest: Nanos(0) }
    }

    /// A fresh connection: ask at once.
    pub(crate) fn first(&mut self, index: usize, now: Nanos) {
        self.look(now);
        self.slots[index] = Slot { wish: Wish::Due(now), attempts: 0 };
    }

    /// A fresh connection that asked for everything at once.
    pub(crate) fn asked(&mut self, index: usize, now: Nanos) {
        self.look(now);
        self.slots[index] = Slot { wish: Wish::Asked(now), attempts: 0 };
    }

    /// The book was lost, having been right since then.
    pub(crate) fn again(&mut self, index: usize, good_since: Nanos, now: Nanos) {
        if now.0 - good_since.0 >= GOOD_AFTER {
            self.slots[index].attempts = 0;
        }
        self.retry(index, now);
    }

    /// The last answer was of no use.
    pub(crate) fn retry(&mut self, index: usize, now: Nanos) {
        self.look(now);
        let slot = &mut self.slots[index];
        let wait = match slot.attempts {
            0 => 0,
            attempts => (FIRST_RETRY << (attempts - 1).min(10)).min(LAST_RETRY),
        };
        slot.attempts = slot.attempts.saturating_add(1);
        slot.wish = Wish::Due(Nanos(now.0 + wait));
    }

    /// An answer came, or none is wanted any more.
    pub(crate) fn settle(&mut self, index: usize) {
        self.slots[index].wish = Wish::Nothing;
    }

    /// Requests without an answer for too long are made again.
    pub(crate) fn on_time(&mut self, now: Nanos) {
        self.look(now);
        for index in 0..self.slots.len() {
            if matches!(self.slots[index].wish, Wish::Asked(at) if now.0 - at.0 > ANSWER_WITHIN) {
                self.retry(index, now);
            }
        }
    }

    /// When the clock is set back, all that is to come goes with it.
    fn look(&mut self, now: Nanos) {
        if self.latest.is_set_back(now) {
            let back = self.latest.0 - now.0;
            self.spent_until.0 -= back;
            for slot in &mut self.slots {
                if let Wish::Due(at) | Wish::Asked(at) = &mut slot.wish {
                    at.0 -= back;
                }
            }
            self.latest = now;
        }
        self.latest = self.latest.max(now);
    }

    /// The next request: whose, and the time before which it must not be sent. A minute's share may go out at once.
    pub(crate) fn next(&mut self) -> Option<(usize, Nanos)> {
        let due = |slot: &Slot| if let Wish::Due(at) = slot.wish { Some(at) } else { None };
        let (at, index) =
            self.slots.iter().enumerate().filter_map(|(index, slot)| Some((due(slot)?, index))).min()?;
        let not_before = Nanos(at.0.max(self.spent_until.0 - 60 * SECOND));
        self.spent_until = Nanos(self.spent_until.0.max(not_before.0) + self.cost);
        self.slots[index].wish = Wish::Asked(not_before);
        Some((index, not_before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_of_one_book_grow_apart() {
        let mut requests = Requests::new(1, SECOND);
        requests.first(0, Nanos(0));
        assert_eq!(requests.next(), Some((0, Nanos(0))));
        assert_eq!(requests.next(), None);
        let mut waits = vec![];
        for _ in 0..10 {
            requests.retry(0, Nanos(0));
            waits.push(requests.next().unwrap().1.0 / (SECOND / 4));
        }
        assert_eq!(waits, [0, 1, 2, 4, 8, 16, 32, 64, 120, 120]);
        requests.again(0, Nanos(0), Nanos(GOOD_AFTER));
        assert_eq!(requests.next(), Some((0, Nanos(GOOD_AFTER))));
    }

    #[test]
    fn many_books_keep_within_the_limit() {
        let mut requests = Requests::new(600, SECOND);
        (0..600).for_each(|index| requests.first(index, Nanos(0)));
        let times: Vec<_> = std::iter::from_fn(|| requests.next()).map(|(_, at)| at.0).collect();
        assert_eq!(times.len(), 600);
        for start in &times {
            let in_a_minute = times.iter().filter(|at| (*start..start + 60 * SECOND).contains(*at)).count();
            assert!(in_a_minute <= 120, "{in_a_minute} requests of a second each");
        }
    }

    #[test]
    fn a_request_without_an_answer_is_made_again() {
        let mut requests = Requests::new(1, SECOND);
        requests.first(0, Nanos(0));
        requests.next().unwrap();
        requests.on_time(Nanos(ANSWER_WITHIN));
        assert_eq!(requests.next(), None);
        requests.on_time(Nanos(ANSWER_WITHIN + 1));
        assert!(requests.next().is_some());
        requests.settle(0);
        requests.on_time(Nanos(i64::MAX / 2));
        assert_eq!(requests.next(), None);
    }
}
