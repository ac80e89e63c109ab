//! Trades whose ids follow each other: one that is missing is a message that was lost.

/// The ids of one instrument's trades.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TradeIds {
    last: Option<u64>,
    /// What the heartbeat before said: by the next one it must have come.
    promised: Option<u64>,
}

impl TradeIds {
    /// Whether something is missing before this trade.
    pub(super) fn follow(&mut self, id: u64) -> bool {
        let gap = self.last.is_some_and(|last| id > last.saturating_add(1));
        self.last = Some(self.last.map_or(id, |last| last.max(id)));
        gap
    }

    /// Whether a trade of the heartbeat before is missing.
    pub(super) fn promise(&mut self, id: u64) -> bool {
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
    fn a_heartbeat_has_until_the_next_one() {
        let mut ids = TradeIds::default();
        assert!(!ids.promise(3) && !ids.follow(4), "nothing is known before the first trade");
        assert!(!ids.promise(5) && !ids.follow(5) && !ids.promise(6), "5 came in time");
        assert!(ids.promise(6) && !ids.promise(6) && !ids.follow(7), "6 did not, and that is told once");
    }
}
