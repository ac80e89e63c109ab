//! Where one book of orders stands: numbers of messages in, what to do with a message out.

use super::protocol::Step;
use crate::market_data::connection::{Phase, Reach};
use crate::market_data::tracked_book::DepthHead;
use crate::model::Nanos;

/// Messages, and steps of them, that wait for a snapshot at most.
const MOST_WAITING: usize = 65_536;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the next one.
    Apply,
    /// It came before.
    Old,
    /// It waits for a snapshot.
    Waits,
    /// Something before it is missing; it waits for the next snapshot.
    Gap,
}

/// The snapshot is older than the first message that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OldSnapshot;

/// Messages in order and without a hole, each with the end of its steps.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    heads: Vec<(DepthHead, usize)>,
    steps: Vec<Step>,
}

impl Waiting {
    pub(super) fn iter(&self) -> impl Iterator<Item = (DepthHead, &[Step])> {
        let mut start = 0;
        self.heads.iter().map(move |(head, end)| {
            let steps = &self.steps[start..*end];
            start = *end;
            (*head, steps)
        })
    }

    fn clear(&mut self) {
        self.heads.clear();
        self.steps.clear();
    }
}

/// See the head of this file.
#[derive(Debug, Default)]
pub(super) struct Following {
    pub(super) phase: Phase,
    /// The number of the last message applied.
    last: Option<u64>,
    /// What a sign of life said: by the next one it must have come.
    promised: Option<u64>,
    reach: Reach,
    waiting: Waiting,
}

impl Following {
    /// Connected, or the book is lost: from here on messages wait for a snapshot.
    pub(super) fn start(&mut self) {
        *self = Self { phase: Phase::Waiting, ..Self::default() };
    }

    /// Disconnected.
    pub(super) fn stop(&mut self) {
        *self = Self::default();
    }

    pub(super) fn is_live(&self) -> bool {
        self.phase == Phase::Live
    }

    /// Messages wait for a snapshot.
    pub(super) fn has_waiting(&self) -> bool {
        self.phase == Phase::Waiting && !self.waiting.heads.is_empty()
    }

    /// Judges a message, and keeps it if it must wait. Messages without numbers follow each other.
    pub(super) fn judge(&mut self, sequence: Option<u64>, head: DepthHead, steps: &[Step]) -> Verdict {
        match (self.phase, sequence) {
            (Phase::Down, _) => Verdict::Old,
            (Phase::Waiting, None) => Verdict::Waits, // the snapshot comes over the stream
            (Phase::Waiting, Some(_)) => self.wait(head, steps),
            (Phase::Live, None) => Verdict::Apply,
            (Phase::Live, Some(sequence)) => self.follow(sequence, head, steps),
        }
    }

    fn follow(&mut self, sequence: u64, head: DepthHead, steps: &[Step]) -> Verdict {
        let last = self.last.unwrap_or(sequence.saturating_sub(1));
        if sequence <= last {
            if !self.reach.is_lost(head.receive_time) {
                return Verdict::Old;
            }
        } else if sequence == last + 1 {
            self.last = Some(sequence);
            self.reach.meet();
            return Verdict::Apply;
        }
        self.start();
        self.wait(head, steps);
        Verdict::Gap
    }

    fn wait(&mut self, head: DepthHead, steps: &[Step]) -> Verdict {
        let last = self.waiting.heads.last().map(|(head, _)| head.last);
        if last.is_some_and(|last| head.last <= last) {
            return Verdict::Old;
        }
        let gap = last.is_some_and(|last| head.last > last + 1);
        let full = self.waiting.heads.len().max(self.waiting.steps.len() + steps.len()) >= MOST_WAITING;
        if gap || full {
            self.waiting.clear(); // only a snapshot that is newer can help now
        }
        self.waiting.steps.extend_from_slice(steps);
        self.waiting.heads.push((head, self.waiting.steps.len()));
        if gap { Verdict::Gap } else { Verdict::Waits }
    }

    /// Takes the number of a snapshot that comes now, if it has one. The messages that waited are given back, to be judged
    /// again.
    pub(super) fn snapshot(&mut self, sequence: Option<u64>, now: Nanos) -> Result<Waiting, OldSnapshot> {
        let first = self.waiting.heads.first().map(|(head, _)| head.last);
        if let (Some(sequence), Some(first)) = (sequence, first)
            && sequence.saturating_add(1) < first
        {
            return Err(OldSnapshot);
        }
        let waiting = std::mem::take(&mut self.waiting);
        *self = Self { phase: Phase::Live, last: sequence, reach: Reach::of(now), ..Self::default() };
        Ok(waiting)
    }

    /// Whether a message that the sign of life before spoke of has not come.
    pub(super) fn promise(&mut self, sequence: u64) -> bool {
        let before = self.promised.replace(sequence);
        self.is_live() && before.zip(self.last).is_some_and(|(promised, last)| promised > last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(following: &mut Following, sequence: u64) -> Verdict {
        let head =
            DepthHead { first: sequence, last: sequence, event_time: Nanos(0), receive_time: Nanos(0) };
        following.judge(Some(sequence), head, &[])
    }

    #[test]
    fn what_waits_is_judged_again_after_the_snapshot() {
        let mut following = Following::default();
        assert_eq!(judge(&mut following, 4), Verdict::Old, "nobody is connected");
        following.start();
        let waits: Vec<_> = [5, 6, 6, 7].map(|sequence| judge(&mut following, sequence)).into();
        assert_eq!(waits, [Verdict::Waits, Verdict::Waits, Verdict::Old, Verdict::Waits]);
        assert!(following.snapshot(Some(3), Nanos(0)).is_err(), "4 is missing");
        let waiting = following.snapshot(Some(5), Nanos(0)).unwrap();
        let again: Vec<_> = waiting.iter().map(|(head, _)| judge(&mut following, head.last)).collect();
        assert_eq!(again, [Verdict::Old, Verdict::Apply, Verdict::Apply]);
        assert_eq!(
            [8, 8, 10, 11].map(|sequence| judge(&mut following, sequence)),
            [Verdict::Apply, Verdict::Old, Verdict::Gap, Verdict::Waits]
        );
        assert!(following.snapshot(Some(8), Nanos(0)).is_err(), "9 is missing");
        assert!(following.snapshot(Some(9), Nanos(0)).is_ok());
    }

    #[test]
    fn a_venue_that_counts_anew_is_believed_after_a_while() {
        let mut following = Following::default();
        following.start();
        following.snapshot(Some(999), Nanos(0)).unwrap();
        judge(&mut following, 1_000);
        let verdicts: Vec<_> = (1..20).map(|sequence| judge(&mut following, sequence)).collect();
        assert!(verdicts.contains(&Verdict::Gap) && following.phase == Phase::Waiting);
        following.start();
        following.snapshot(Some(1_000), Nanos(0)).unwrap();
        assert!((1..20).all(|sequence| judge(&mut following, sequence) == Verdict::Old), "it is ahead");
    }

    #[test]
    fn a_promise_is_kept_by_the_next_one() {
        let mut following = Following::default();
        following.start();
        following.snapshot(Some(7), Nanos(0)).unwrap();
        assert!(!following.promise(8), "it may be on its way");
        judge(&mut following, 8);
        assert!(!following.promise(9) && following.promise(9), "9 has not come");
    }
}
