//! The documented synchronization of a book with its stream: update ids in, what to do with a message out.
//!
//! Messages wait in a buffer until a snapshot comes. Of those, what the snapshot holds already is dropped; the first
//! one kept must hold the update after the snapshot's; from then on every message begins at most one update behind the
//! last one. A hole means that the book is not the venue's any more.

use std::mem;

use crate::market_data::connection::{Phase, Reach};
use crate::market_data::tracked_book::{DepthHead, Level};
use crate::model::Nanos;

/// Messages that wait at most: two minutes of the 100 ms stream.
const MAX_WAITING: usize = 1_200;
/// Levels that wait at most.
const MAX_WAITING_LEVELS: usize = 65_536;

/// A depth message's place in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Its ids and times. On futures ids are not contiguous: the first one is then that after the message before.
    pub(super) head: DepthHead,
    /// On futures, the last id of the message before.
    pub(super) previous: Option<u64>,
}

impl Step {
    pub(super) fn new(head: DepthHead, previous: Option<u64>) -> Self {
        let first = previous.map_or(head.first, |previous| previous.saturating_add(1));
        Self { head: DepthHead { first, ..head }, previous }
    }

    /// Whether something is missing between it and the message that ended with `last`.
    #[inline]
    fn leaves_gap(&self, last: u64) -> bool {
        match self.previous {
            Some(previous) => previous != last,
            None => self.head.first > last.saturating_add(1),
        }
    }
}

/// What becomes of a depth message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the next one: apply it.
    Apply,
    /// It was applied already, or there is no connection.
    Old,
    /// It waits for a snapshot.
    Waits,
    /// It waits for a snapshot, and something between it and the message before is missing.
    WaitsAfterGap,
    /// Something before it is missing. It waits for the next snapshot.
    Gap,
}

/// The snapshot is older than the first message that waits: what lies between is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OldSnapshot;

/// Messages that wait, in order and without a hole.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Each with the end of its levels.
    steps: Vec<(Step, usize)>,
    levels: Vec<Level>,
}

impl Waiting {
    /// The messages with their levels.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Step, &[Level])> {
        let mut start = 0;
        self.steps.iter().map(move |(step, end)| {
            let levels = &self.levels[start..*end];
            start = *end;
            (*step, levels)
        })
    }

    /// Whether something was missing before the new message.
    fn push(&mut self, step: Step, levels: &[Level]) -> bool {
        let last = self.steps.last().map(|(step, _)| step.head.last);
        if last.is_some_and(|last| step.head.last <= last) {
            return false;
        }
        let gap = last.is_some_and(|last| step.leaves_gap(last));
        let full = self.steps.len() >= MAX_WAITING || self.levels.len() + levels.len() > MAX_WAITING_LEVELS;
        if gap || full {
            // Only a snapshot that is newer than the lost part can help now; `snapshot` sees to that.
            self.clear();
        }
        self.levels.extend_from_slice(levels);
        self.steps.push((step, self.levels.len()));
        gap
    }

    fn clear(&mut self) {
        self.steps.clear();
        self.levels.clear();
    }
}

/// Where one book stands.
#[derive(Debug, Default)]
pub(super) struct Sync {
    phase: Phase,
    book_id: u64,
    reach: Reach,
    waiting: Waiting,
}

impl Sync {
    /// Connected, or the book is lost: from here on messages wait for a snapshot.
    pub(super) fn start(&mut self) {
        self.phase = Phase::Waiting;
        self.waiting.clear();
    }

    /// Disconnected.
    pub(super) fn stop(&mut self) {
        self.phase = Phase::Down;
        self.waiting.clear();
    }

    pub(super) fn is_live(&self) -> bool {
        self.phase == Phase::Live
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.phase == Phase::Waiting
    }

    /// The book is live, and the stream has reached it: an older message came before.
    pub(super) fn has_met(&self) -> bool {
        self.is_live() && self.reach.has_met()
    }

    /// Messages wait for a snapshot.
    pub(super) fn has_waiting(&self) -> bool {
        self.is_waiting() && !self.waiting.steps.is_empty()
    }

    /// Judges a message, and keeps it if it must wait.
    #[inline]
    pub(super) fn depth(&mut self, step: Step, levels: &[Level]) -> Verdict {
        match self.phase {
            Phase::Down => Verdict::Old,
            Phase::Waiting if self.waiting.push(step, levels) => Verdict::WaitsAfterGap,
            Phase::Waiting => Verdict::Waits,
            Phase::Live => self.follow(step, levels),
        }
    }

    /// Takes the id of a snapshot that comes now. The messages that waited are given back, to be judged again.
    pub(super) fn snapshot(&mut self, id: u64, now: Nanos) -> Result<Waiting, OldSnapshot> {
        let first = self.waiting.steps.first().map(|(step, _)| step.head.first);
        if first.is_some_and(|first| id.saturating_add(1) < first) {
            return Err(OldSnapshot);
        }
        self.phase = Phase::Live;
        self.book_id = id;
        self.reach = Reach::of(now);
        Ok(mem::take(&mut self.waiting))
    }

    /// Gives the memory of [`Sync::snapshot`] back, unless messages wait again.
    pub(super) fn reuse(&mut self, mut waiting: Waiting) {
        if self.waiting.steps.is_empty() {
            waiting.clear();
            self.waiting = waiting;
        }
    }

    #[inline]
    fn follow(&mut self, step: Step, levels: &[Level]) -> Verdict {
        let head = step.head;
        if head.last <= self.book_id {
            let lost = self.reach.is_lost(head.receive_time);
            return if lost { self.lose(step, levels) } else { Verdict::Old };
        }
        // A snapshot lies anywhere between two messages; from then on they follow each other.
        let gap = if self.reach.has_met() {
            step.leaves_gap(self.book_id)
        } else {
            head.first > self.book_id.saturating_add(1)
        };
        if gap {
            return self.lose(step, levels);
        }
        self.book_id = head.last;
        self.reach.meet();
        Verdict::Apply
    }

    #[cold]
    fn lose(&mut self, step: Step, levels: &[Level]) -> Verdict {
        self.start();
        self.waiting.push(step, levels);
        Verdict::Gap
    }
}
