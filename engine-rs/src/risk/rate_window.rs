//! A sliding window: at most so many events in any span of its length, exact at the edges, nothing allocated after
//! it is made.

use crate::model::Nanos;

/// The times of the last events, as many as are allowed: the one about to be overwritten says whether there is room.
#[derive(Clone, Debug)]
pub struct RateWindow {
    times: Box<[Nanos]>,
    next: usize,
    span: i64,
    latest: Nanos,
}

impl RateWindow {
    /// At most `limit` events in `(now - span, now]`.
    #[must_use]
    pub fn new(limit: u32, span: i64) -> RateWindow {
        let never = Nanos(i64::MIN);
        RateWindow { times: vec![never; limit as usize].into(), next: 0, span, latest: never }
    }

    /// Whether one more fits now. A clock that went back is read as standing still.
    #[must_use]
    pub fn has_room(&self, now: Nanos) -> bool {
        let now = now.max(self.latest);
        self.times.get(self.next).is_some_and(|oldest| oldest.0.saturating_add(self.span) <= now.0)
    }

    /// Counts one; only after [`RateWindow::has_room`] said yes.
    pub fn count(&mut self, now: Nanos) {
        self.latest = now.max(self.latest);
        if let Some(slot) = self.times.get_mut(self.next) {
            *slot = self.latest;
            self.next = (self.next + 1) % self.times.len();
        }
    }

    /// How many are allowed.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.times.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_edge_is_exact() {
        let mut window = RateWindow::new(2, 60);
        for (now, fits) in
            [(0, true), (1, true), (59, false), (60, true), (60, false), (61, true), (119, false)]
        {
            assert_eq!(window.has_room(Nanos(now)), fits, "{now}");
            if fits {
                window.count(Nanos(now));
            }
        }
        assert!(!RateWindow::new(0, 60).has_room(Nanos(i64::MAX)));
    }

    proptest! {
        #[test]
        fn it_does_what_a_list_of_all_times_does(
            limit in 0_u32..6, span in 1_i64..50, steps in proptest::collection::vec(-5_i64..40, 1..80)
        ) {
            let mut window = RateWindow::new(limit, span);
            let (mut all, mut now, mut latest) = (Vec::new(), 0, 0);
            for step in steps {
                now += step;
                let at = if all.is_empty() { now } else { now.max(latest) };
                let inside = all.iter().filter(|time| at - **time < span).count();
                prop_assert_eq!(window.has_room(Nanos(now)), inside < limit as usize);
                if inside < limit as usize {
                    window.count(Nanos(now));
                    latest = at;
                    all.push(at);
                }
            }
        }
    }
}
