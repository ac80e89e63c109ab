//! What readers have of one instrument that two connections bring, and what of the next message is new to them.

use super::meeting::{Count, Meeting};
use super::tape::{Place, Tape};
use crate::model::{Event, State};

/// A connection's own book.
#[derive(Clone, Copy, Debug)]
struct Stand {
    state: State,
    /// The number of its last message.
    at: u64,
}

/// What becomes of what a connection says about the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Readers see it.
    Show,
    /// They have it already.
    Duplicate,
    /// It is not theirs to see.
    Drop,
    /// From here on they see the book of this connection; if `present`, all of it, for theirs is another one.
    TakeOver { to: usize, present: bool },
}

/// See the head of this file. Connections are 0 and 1.
#[derive(Debug)]
pub(super) struct Lane {
    /// Whose book readers see.
    leads: usize,
    stands: [Stand; 2],
    pub(super) trades: Tape,
    meeting: Meeting,
    /// Bars by their codes: the last one's end.
    bars: Vec<(u16, i64)>,
    mark: i64,
}

impl Lane {
    pub(super) fn new() -> Lane {
        Lane {
            leads: 0,
            stands: [Stand { state: State::FeedDown, at: 0 }; 2],
            trades: Tape::default(),
            meeting: Meeting::default(),
            bars: Vec::new(),
            mark: i64::MIN,
        }
    }

    pub(super) fn leads(&self, side: usize) -> bool {
        self.leads == side
    }

    /// Both connections were gone: a venue may begin to count anew.
    pub(super) fn forget(&mut self) {
        *self = Lane { leads: self.leads, stands: self.stands, ..Lane::new() };
    }

    /// A connection begins anew.
    pub(super) fn begin(&mut self, side: usize) {
        self.meeting.begin(side);
    }

    /// A connection is gone; the other is up or not.
    pub(super) fn end(&mut self, side: usize, other: bool) {
        if other && self.meeting.is_ahead(side) {
            self.trades.forget_ahead();
        }
        self.trades.give_up_waiting();
    }

    /// Time has passed.
    pub(super) fn on_time(&mut self) {
        self.trades.on_time();
        self.meeting.on_time();
    }

    /// The connection that does not lead is no help any more.
    pub(super) fn give_up_other(&mut self) {
        self.stands[1 - self.leads].state = State::FeedDown;
    }

    /// Takes a trade in, which goes on when it is its turn; one without an id goes on at once, if its connection leads.
    /// Whether it was one that readers had, or will not see. `other` says whether the other connection is up.
    pub(super) fn take_trade(&mut self, side: usize, event: Event, other: bool) -> bool {
        let id = match event.as_trade().map_or(0, |trade| trade.trade_id) {
            0 if !self.leads(side) => return true,
            0 => {
                self.trades.pass(event);
                return false;
            }
            id => id,
        };
        let old = id <= self.trades.last();
        if old {
            self.meeting.had(side);
        }
        let waits = !old && self.waits(side, other);
        if waits {
            self.meeting.hold(side, Count::Trade, id);
        }
        let again = self.trades.take(id, event, Place { other, ahead: waits });
        if !old && id <= self.trades.last() {
            self.meeting.showed(side, Count::Trade, self.trades.last());
        }
        again
    }

    /// Whether a quote of the venue's was not told yet. A connection that has just come may be ahead of the other, which
    /// brings what lies between.
    pub(super) fn is_new_quote(&mut self, side: usize, id: Option<u64>, other: bool) -> bool {
        let Some(id) = id else { return self.leads(side) };
        if id <= self.meeting.shown(Count::Quote) {
            self.meeting.had(side);
            return false;
        }
        if self.waits(side, other) {
            self.meeting.hold(side, Count::Quote, id);
            return false;
        }
        self.meeting.showed(side, Count::Quote, id);
        true
    }

    /// The same of a bar of the venue's, by its code and its end.
    pub(super) fn is_new_bar(&mut self, code: u16, end: i64) -> bool {
        match self.bars.iter_mut().find(|(own, _)| *own == code) {
            Some((_, last)) if end <= *last => return false,
            Some((_, last)) => *last = end,
            None => self.bars.push((code, end)),
        }
        true
    }

    /// The same of a mark, by the venue's time.
    pub(super) fn is_new_mark(&mut self, time: i64) -> bool {
        let new = time > self.mark;
        self.mark = self.mark.max(time);
        new
    }

    /// A connection says something about its book, which is in another state from here on or not, and after which its number
    /// is this. Where the numbers are the venue's (`numbered`) either may bring what comes next; else readers have it from
    /// whom leads alone.
    pub(super) fn judge(
        &mut self,
        side: usize,
        numbered: bool,
        change: Option<State>,
        after: Option<u64>,
    ) -> Verdict {
        let Stand { state: was, at: before } = self.stands[side];
        let after = after.unwrap_or(before);
        self.stands[side] = Stand { state: change.unwrap_or(was), at: after };
        let other = 1 - side;
        match (change, self.leads(side)) {
            (Some(State::Synced), true) => {
                self.meeting.showed(side, Count::Book, after);
                Verdict::Show
            }
            (Some(State::Synced), false) if self.is_synced(other) => {
                if numbered {
                    self.meeting.hold(side, Count::Book, after);
                }
                Verdict::Drop
            }
            (Some(State::Synced), false) => self.take_over(side, true),
            (Some(_), true) if self.is_synced(other) => {
                self.take_over(other, !numbered || self.stands[other].at > self.meeting.shown(Count::Book))
            }
            (None, false) if was == State::Synced && !numbered => Verdict::Duplicate,
            (None, _) if was == State::Synced && numbered => self.follow(side, before, after),
            // A snapshot comes in parts; readers see that of whom leads.
            (_, true) => Verdict::Show,
            (_, false) => Verdict::Drop,
        }
    }

    /// A message that leads from one number to another.
    fn follow(&mut self, side: usize, before: u64, after: u64) -> Verdict {
        let shown = self.meeting.shown(Count::Book);
        if after <= shown {
            self.meeting.had(side);
            return Verdict::Duplicate;
        }
        // Ahead, and between them is what the other is about to bring.
        if before > shown || self.waits(side, self.is_synced(1 - side)) {
            self.meeting.hold(side, Count::Book, after);
            return Verdict::Drop;
        }
        self.meeting.showed(side, Count::Book, after);
        Verdict::Show
    }

    /// Whether the other connection, which is up or not, has to bring first what lies between this one and readers.
    fn waits(&self, side: usize, other: bool) -> bool {
        let lost = self.is_synced(1 - side) && !self.is_synced(side);
        self.meeting.waits(side, other, lost)
    }

    fn is_synced(&self, side: usize) -> bool {
        self.stands[side].state == State::Synced
    }

    fn take_over(&mut self, to: usize, present: bool) -> Verdict {
        self.leads = to;
        if present {
            self.meeting.showed(to, Count::Book, self.stands[to].at);
        }
        Verdict::TakeOver { to, present }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{InstrumentId, Nanos, Trade};

    const SYNCED: Option<State> = Some(State::Synced);
    const DOWN: Option<State> = Some(State::FeedDown);

    #[test]
    fn who_has_just_come_does_not_quote_ahead_of_the_other() {
        let mut lane = Lane::new();
        let mut told = |side, id, other| lane.is_new_quote(side, Some(id), other);
        assert!(told(0, 7, false) && told(0, 8, true));
        assert!(!told(1, 10, true), "9 is on its way");
        assert!(told(0, 9, true) && told(0, 10, true));
        assert!(!told(1, 10, true), "now it has brought what readers had");
        assert!(told(1, 11, true) && !told(0, 11, true) && told(0, 12, false));
        lane.begin(1);
        assert!(!lane.is_new_quote(1, Some(14), true) && lane.is_new_quote(1, Some(14), false));
    }

    #[test]
    fn who_has_just_come_leaves_the_order_to_the_other() {
        let mut lane = Lane::new();
        let mut said = Vec::new();
        let mut say = |lane: &mut Lane, side, what: &str| {
            let number: u64 = what[1..].parse().unwrap();
            if what.starts_with('q') {
                said.extend(lane.is_new_quote(side, Some(number), true).then(|| what.to_owned()));
            } else {
                let mut trade = Trade::new(InstrumentId(0), Nanos(1));
                trade.trade_id = number;
                lane.take_trade(side, trade.into(), true);
            }
            let trades = std::iter::from_fn(|| lane.trades.next());
            said.extend(trades.map(|event| format!("t{}", event.as_trade().unwrap().trade_id)));
        };
        for what in ["t3", "q10"] {
            say(&mut lane, 0, what);
        }
        lane.begin(1);
        for what in ["t5", "q12", "t6"] {
            say(&mut lane, 1, what);
        }
        for what in ["t4", "q11", "t5", "q12", "t6"] {
            say(&mut lane, 0, what);
        }
        say(&mut lane, 1, "q13");
        for what in ["q13", "t7"] {
            say(&mut lane, 0, what);
        }
        assert_eq!(said, ["t3", "q10", "t4", "q11", "t5", "q12", "t6", "q13", "t7"]);
    }

    #[test]
    fn numbered_messages_are_shown_by_whoever_brings_them_first() {
        let mut lane = Lane::new();
        assert_eq!(lane.judge(0, true, SYNCED, Some(100)), Verdict::Show);
        assert_eq!(lane.judge(1, true, SYNCED, Some(102)), Verdict::Drop, "the other is ahead of readers");
        assert_eq!(lane.judge(1, true, None, Some(103)), Verdict::Drop, "they lack what lies between");
        assert_eq!(lane.judge(0, true, None, Some(102)), Verdict::Show);
        assert_eq!(lane.judge(0, true, None, Some(103)), Verdict::Show);
        assert_eq!(lane.judge(1, true, None, Some(104)), Verdict::Show, "now it is first");
        assert_eq!(lane.judge(0, true, None, Some(104)), Verdict::Duplicate);
        assert_eq!(lane.judge(0, true, DOWN, None), Verdict::TakeOver { to: 1, present: false });
        assert_eq!(lane.judge(1, true, None, Some(105)), Verdict::Show);
        assert_eq!(lane.judge(0, true, SYNCED, Some(110)), Verdict::Drop);
        assert_eq!(
            lane.judge(1, true, DOWN, None),
            Verdict::TakeOver { to: 0, present: true },
            "106 to 110 were not seen"
        );
        assert_eq!(lane.judge(0, true, None, Some(111)), Verdict::Show);
        assert_eq!(lane.judge(0, true, DOWN, None), Verdict::Show, "nobody is left");
        assert_eq!(lane.judge(1, true, SYNCED, Some(120)), Verdict::TakeOver { to: 1, present: true });
    }

    #[test]
    fn without_numbers_readers_follow_one_connection() {
        let mut lane = Lane::new();
        assert_eq!(lane.judge(1, false, SYNCED, Some(1)), Verdict::TakeOver { to: 1, present: true });
        assert_eq!(lane.judge(0, false, None, Some(1)), Verdict::Drop, "part of a snapshot");
        assert_eq!(lane.judge(0, false, SYNCED, Some(1)), Verdict::Drop);
        assert_eq!(lane.judge(0, false, None, Some(2)), Verdict::Duplicate);
        assert_eq!(lane.judge(1, false, None, Some(9)), Verdict::Show);
        let stale = Some(State::Stale);
        assert_eq!(lane.judge(1, false, stale, None), Verdict::TakeOver { to: 0, present: true });
        assert_eq!(lane.judge(1, false, SYNCED, None), Verdict::Drop, "it stands by now");
        lane.give_up_other();
        assert_eq!(lane.judge(0, false, DOWN, None), Verdict::Show);
    }
}
