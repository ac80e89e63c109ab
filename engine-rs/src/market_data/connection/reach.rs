//! How the stream of a book stands to the snapshot that it goes on from.

use crate::model::Nanos;

/// A snapshot of elsewhere may be ahead of the stream for so long (ns). What is behind it after that never reaches it.
const MOST_AHEAD: i64 = 10_000_000_000;
/// Messages in a row that are older than the book: with so many, it is the book's number that is wrong.
pub(crate) const MOST_OLD: u32 = 8;

/// See the head of this file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reach {
    /// When the snapshot came.
    taken: Nanos,
    /// A message was applied since.
    met: bool,
    old_in_a_row: u32,
}

impl Reach {
    /// Of a snapshot that comes now.
    pub(crate) fn of(now: Nanos) -> Reach {
        Reach { taken: now, ..Reach::default() }
    }

    pub(crate) fn has_met(self) -> bool {
        self.met
    }

    /// A message is applied.
    #[inline]
    pub(crate) fn meet(&mut self) {
        (self.met, self.old_in_a_row) = (true, 0);
    }

    /// A message is older than the book: whether it is one too many. They are a fault once stream and snapshot have met,
    /// or should have.
    pub(crate) fn is_lost(&mut self, received: Nanos) -> bool {
        let reached = self.met || received.0.saturating_sub(self.taken.0) > MOST_AHEAD;
        self.old_in_a_row += u32::from(reached);
        self.old_in_a_row > MOST_OLD
    }
}
