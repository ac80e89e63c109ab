//! What is to be sent over a WebSocket: each text not before its time, all of them within the venue's rate. Times in here
//! are those of a clock that nobody sets.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

use crate::model::{Clock, Nanos};

/// When, by the clock that nobody sets, it is so late (UTC).
pub(super) fn due_at(clock: &dyn Clock, not_before: Nanos) -> i64 {
    if not_before == Nanos(i64::MIN) {
        return i64::MIN; // at any time, and before what had to wait
    }
    clock.monotonic().saturating_add(not_before.0.saturating_sub(clock.utc().0).max(0))
}

/// The texts of one connection.
#[derive(Debug)]
pub(super) struct Pending {
    texts: BTreeMap<(i64, u64), Bytes>,
    count: u64,
    spacing: i64,
    /// Nothing leaves before.
    next: i64,
}

impl Pending {
    /// `spacing` is the least time between two texts; zero for as fast as they come.
    pub(super) fn new(spacing: Duration) -> Pending {
        let spacing = i64::try_from(spacing.as_nanos()).unwrap_or(i64::MAX);
        Pending { texts: BTreeMap::new(), count: 0, spacing, next: i64::MIN }
    }

    pub(super) fn add(&mut self, text: Bytes, due: i64) {
        self.texts.insert((due, self.count), text);
        self.count += 1;
    }

    /// When the next text may leave; nothing if there is none.
    pub(super) fn due(&self) -> Option<i64> {
        self.texts.first_key_value().map(|((due, _), _)| self.next.max(*due))
    }

    /// Until the next text may leave.
    pub(super) async fn wait(&self, clock: &dyn Clock) {
        let left = self.due().map_or(0, |due| due.saturating_sub(clock.monotonic()));
        sleep(Duration::from_nanos(u64::try_from(left).unwrap_or_default())).await;
    }

    /// A text that may leave now.
    pub(super) fn take(&mut self, now: i64) -> Option<Bytes> {
        if self.due()? > now {
            return None;
        }
        self.next = now.saturating_add(self.spacing);
        self.texts.pop_first().map(|(_, text)| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_leave_in_time_and_apart() {
        let mut pending = Pending::new(Duration::from_nanos(10));
        for (text, at) in [("late", 100), ("first", 0), ("second", 0)] {
            pending.add(Bytes::from_static(text.as_bytes()), at);
        }
        let mut sent = Vec::new();
        for now in 5..200 {
            sent.extend(pending.take(now).map(|text| (now, text)));
        }
        let expected = [(5, "first"), (15, "second"), (100, "late")];
        assert_eq!(sent, expected.map(|(at, text)| (at, Bytes::from_static(text.as_bytes()))));
        assert_eq!(pending.due(), None);
    }

    #[test]
    fn without_spacing_all_leave_at_once_and_in_order() {
        let mut pending = Pending::new(Duration::ZERO);
        for text in ["a", "b", "c"] {
            pending.add(Bytes::from_static(text.as_bytes()), 0);
        }
        let sent: Vec<_> = std::iter::from_fn(|| pending.take(7)).collect();
        assert_eq!(sent, ["a", "b", "c"].map(|text| Bytes::from_static(text.as_bytes())));
    }
}
