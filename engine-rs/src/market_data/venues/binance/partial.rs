//! Books of the best levels alone: every message has all of them, so nothing can be missing, and what it changes is
//! told to readers as a diff.

use super::feed::Followed;
use super::sync::{Step, Verdict};
use crate::market_data::feed::{Counters, Sink};
use crate::market_data::tracked_book::{DepthHead, Level};
use crate::model::{Nanos, Reason, State};

/// The update that a message with the best levels was made after, and when.
#[derive(Clone, Copy)]
pub(super) struct Best {
    pub(super) id: u64,
    pub(super) event_time: Option<Nanos>,
    pub(super) receive_time: Nanos,
}

/// Makes the book what a message says. If it cannot be that, the caller has to give the book up, with the reason.
pub(super) fn take(
    market: &mut Followed,
    best: Best,
    levels: &[Level],
    changes: &mut Vec<Level>,
    counters: &mut Counters,
    sink: &mut dyn Sink,
) -> Result<(), Reason> {
    let Best { id, event_time, receive_time } = best;
    let event_time = event_time.unwrap_or(receive_time);
    let Followed { tracked, sync, fresh, .. } = market;
    let head = DepthHead { first: tracked.last_id().saturating_add(1), last: id, event_time, receive_time };
    if sync.is_waiting() {
        sync.start();
        // Snapshot and first message in one: from here on, older ones are a fault.
        sync.snapshot(id.saturating_sub(1), receive_time).map_err(|_| Reason::OldSnapshot)?;
        sync.depth(Step::new(DepthHead { first: id, ..head }, None), &[]);
        counters.snapshots += 1;
        let loaded = tracked.load(DepthHead { first: 0, ..head }, levels, |_, _| true, sink);
        counters.crossed += u64::from(loaded.is_err());
        loaded?;
        let reason = if std::mem::take(fresh) { Reason::FirstSnapshot } else { Reason::None };
        tracked.set_state(State::Synced, reason, receive_time, sink);
        return Ok(());
    }
    if !sync.is_live() {
        return Ok(());
    }
    // A quiet market is told again and again: a sign of life.
    let again = id == tracked.last_id();
    if !again {
        match sync.depth(Step::new(head, None), &[]) {
            Verdict::Apply => {}
            Verdict::Gap | Verdict::WaitsAfterGap => {
                counters.gaps += 1;
                return Err(Reason::Gap);
            }
            Verdict::Old | Verdict::Waits => {
                counters.duplicates += 1;
                return Ok(());
            }
        }
    }
    tracked.changes_to(levels, changes);
    let first = head.first.min(id);
    let result = tracked.update(DepthHead { first, ..head }, changes, |_, _| true, sink);
    counters.depth += 1;
    counters.crossed += u64::from(result.is_err());
    result?;
    tracked.revive(receive_time, sink);
    Ok(())
}
