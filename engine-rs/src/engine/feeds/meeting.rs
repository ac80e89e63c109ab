//! When a connection that has just come has met the other one: from then on either may bring what comes next.
//!
//! Until then it may be ahead, and of what lies between them only the other brings all, and in the venue's order: trades
//! between quotes, quotes between changes of the book. They meet where readers have all that was held back of it.

/// Looks at the clock (40 ms each) that a connection is waited for that says nothing.
const PATIENCE: u32 = 5;

/// What is counted by numbers of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    Book,
    Quote,
    Trade,
}

#[derive(Clone, Copy, Debug, Default)]
struct Side {
    met: bool,
    /// Readers have something of it, or something that it brought as well.
    told: bool,
    /// The last numbers that were held back, by what they count.
    ahead: [u64; 3],
    waited: u32,
}

/// See the head of this file. Connections are 0 and 1.
#[derive(Debug, Default)]
pub(super) struct Meeting {
    sides: [Side; 2],
    /// The last numbers that readers saw, by what they count.
    shown: [u64; 3],
}

impl Meeting {
    /// A connection begins anew.
    pub(super) fn begin(&mut self, side: usize) {
        self.sides[side] = Side::default();
    }

    /// The last number that readers saw.
    pub(super) fn shown(&self, count: Count) -> u64 {
        self.shown[count as usize]
    }

    /// Whether something that readers have not seen has to come from the other connection, which is up or not. One that
    /// has lost its book, while the other has it, is behind again.
    pub(super) fn waits(&self, side: usize, other: bool, lost: bool) -> bool {
        other && self.sides[1 - side].told && (lost || !self.sides[side].met)
    }

    /// What it brought is held back.
    pub(super) fn hold(&mut self, side: usize, count: Count, number: u64) {
        let side = &mut self.sides[side];
        side.met = false;
        side.ahead[count as usize] = number;
    }

    /// Whether it has brought what readers do not have.
    pub(super) fn is_ahead(&self, side: usize) -> bool {
        let Side { met, ahead, .. } = &self.sides[side];
        !met && ahead.iter().zip(&self.shown).any(|(ahead, shown)| ahead > shown)
    }

    /// It brought what readers have seen.
    pub(super) fn had(&mut self, side: usize) {
        let met = !self.is_ahead(side);
        let side = &mut self.sides[side];
        side.told = true;
        side.met |= met;
    }

    /// Readers saw what it brought, up to this number.
    pub(super) fn showed(&mut self, side: usize, count: Count, number: u64) {
        self.shown[count as usize] = number;
        self.sides[side] = Side { met: true, told: true, ..Side::default() };
        let other = 1 - side;
        self.sides[other].waited = 0;
        self.sides[other].met |= self.sides[other].ahead != [0; 3] && !self.is_ahead(other);
    }

    /// Time has passed.
    pub(super) fn on_time(&mut self) {
        for side in 0..2 {
            if self.is_ahead(side) {
                self.sides[side].waited += 1;
                self.sides[side].met = self.sides[side].waited > PATIENCE;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Something new comes; whether readers see it.
    fn new(meeting: &mut Meeting, side: usize, count: Count, number: u64) -> bool {
        let waits = meeting.waits(side, true, false);
        if waits {
            meeting.hold(side, count, number);
        } else {
            meeting.showed(side, count, number);
        }
        !waits
    }

    #[test]
    fn they_meet_where_readers_have_all_that_was_held_back() {
        let mut meeting = Meeting::default();
        assert!(new(&mut meeting, 0, Count::Trade, 3), "the other has not told a thing");
        assert!(!new(&mut meeting, 1, Count::Trade, 5) && !new(&mut meeting, 1, Count::Quote, 12));
        assert!(new(&mut meeting, 0, Count::Trade, 5));
        assert!(!new(&mut meeting, 1, Count::Quote, 13), "12 is on its way");
        meeting.had(1); // a trade
        assert!(meeting.waits(1, true, false) && meeting.is_ahead(1));
        assert!(new(&mut meeting, 0, Count::Quote, 13) && new(&mut meeting, 1, Count::Trade, 6));
        meeting.begin(0);
        assert!(new(&mut meeting, 0, Count::Trade, 8) || meeting.is_ahead(0));
        assert!(!meeting.waits(0, false, false), "there is nobody to wait for");
        meeting.had(0);
        assert!(meeting.waits(0, true, false), "8 is on its way");
        assert!(new(&mut meeting, 1, Count::Trade, 8) && !meeting.waits(0, true, false));
        assert!(meeting.waits(0, true, true), "it has no book, and the other has one");
    }

    #[test]
    fn a_connection_that_says_nothing_is_waited_for_a_moment() {
        let mut meeting = Meeting::default();
        meeting.showed(0, Count::Quote, 1);
        for number in 0..=u64::from(PATIENCE) {
            assert!(!new(&mut meeting, 1, Count::Quote, 3 + number));
            meeting.on_time();
        }
        assert!(new(&mut meeting, 1, Count::Quote, 20));
    }
}
