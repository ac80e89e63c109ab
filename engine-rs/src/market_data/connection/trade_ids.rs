//! Trades whose ids follow each other: one that is missing is a message that was lost.

/// Ids that a trade is held against to see whether it came before.
const REMEMBERED: usize = 32;

/// The ids of one instrument's trades.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TradeIds {
    last: Option<u64>,
    /// The last ones, in a ring; 0 is no id.
    recent: [u64; REMEMBERED],
    place: usize,
    /// The highest that was ever among them.
    newest: u64,
    /// What the heartbeat before said: by the next one it must have come.
    promised: Option<u64>,
}

impl TradeIds {
    /// Whether this trade was here a moment ago; a venue without ids has 0.
    #[inline]
    pub(crate) fn repeats(&mut self, id: u64) -> bool {
        if id == 0 {
            return false;
        }
        if id > self.newest {
            self.newest = id; // nearly always
        } else if self.recent.contains(&id) {
            return true;
        }
        self.recent[self.place] = id;
        self.place = (self.place + 1) % REMEMBERED;
        false
    }

    /// Whether something is missing before this trade.
    pub(crate) fn follow(&mut self, id: u64) -> bool {
        let gap = self.last.is_some_and(|last| id > last.saturating_add(1));
        self.last = Some(self.last.map_or(id, |last| last.max(id)));
        gap
    }

    /// Whether a trade of the heartbeat before is missing.
    pub(crate) fn promise(&mut self, id: u64) -> bool {
        let lost = match (self.last, self.promised) {
            (Some(last), Some(promised)) => promised > last,
            _ => false,
        };
        if lost {
            self.last = self.promised;
        }
        self.promised = Some(id);
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_told_once() {
        let mut ids = TradeIds::default();
        assert_eq!([7, 8, 10, 11, 9, 12].map(|id| ids.follow(id)), [false, false, true, false, false, false]);
    }

    #[test]
    fn a_trade_that_comes_again_is_known() {
        let mut ids = TradeIds::default();
        let seen = [7, 8, 8, 10, 7, 9, 10, 0, 0, 11];
        let again: Vec<u64> = seen.into_iter().filter(|id| ids.repeats(*id)).collect();
        assert_eq!(again, [8, 7, 10]);
        (100..200).for_each(|id| assert!(!ids.repeats(id)));
        assert!(ids.repeats(199) && ids.repeats(168) && !ids.repeats(10), "so far back nobody looks");
    }

    #[test]
    fn a_heartbeat_has_until_the_next_one() {
        let mut ids = TradeIds::default();
        assert!(!ids.promise(3) && !ids.follow(4), "nothing is known before the first trade");
        assert!(!ids.promise(5) && !ids.follow(5) && !ids.promise(6), "5 came in time");
        assert!(ids.promise(6) && !ids.promise(6) && !ids.follow(7), "6 did not, and that is told once");
    }
}
