//! What is to be sent over a WebSocket: each text not before its time, all of them within the venue's rate.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use crate::model::Nanos;

/// The texts of one connection.
#[derive(Debug)]
pub(super) struct Pending {
    texts: BTreeMap<(Nanos, u64), Bytes>,
    count: u64,
    spacing: i64,
    /// Nothing leaves before.
    next: Nanos,
}

impl Pending {
    /// `spacing` is the least time between two texts; zero for as fast as they come.
    pub(super) fn new(spacing: Duration) -> Pending {
        let spacing = i64::try_from(spacing.as_nanos()).unwrap_or(i64::MAX);
        Pending { texts: BTreeMap::new(), count: 0, spacing, next: Nanos(i64::MIN) }
    }

    pub(super) fn add(&mut self, text: Bytes, not_before: Nanos) {
        self.texts.insert((not_before, self.count), text);
        self.count += 1;
    }

    /// When the next text may leave; nothing if there is none.
    pub(super) fn due(&self) -> Option<Nanos> {
        self.texts.first_key_value().map(|((not_before, _), _)| self.next.max(*not_before))
    }

    /// A text that may leave now.
    pub(super) fn take(&mut self, now: Nanos) -> Option<Bytes> {
        if self.due()? > now {
            return None;
        }
        self.next = Nanos(now.0.saturating_add(self.spacing));
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
            pending.add(Bytes::from_static(text.as_bytes()), Nanos(at));
        }
        let mut sent = Vec::new();
        for now in 5..200 {
            sent.extend(pending.take(Nanos(now)).map(|text| (now, text)));
        }
        let expected = [(5, "first"), (15, "second"), (100, "late")];
        assert_eq!(sent, expected.map(|(at, text)| (at, Bytes::from_static(text.as_bytes()))));
        assert_eq!(pending.due(), None);
    }

    #[test]
    fn without_spacing_all_leave_at_once_and_in_order() {
        let mut pending = Pending::new(Duration::ZERO);
        for text in ["a", "b", "c"] {
            pending.add(Bytes::from_static(text.as_bytes()), Nanos(0));
        }
        let sent: Vec<_> = std::iter::from_fn(|| pending.take(Nanos(7))).collect();
        assert_eq!(sent, ["a", "b", "c"].map(|text| Bytes::from_static(text.as_bytes())));
    }
}
