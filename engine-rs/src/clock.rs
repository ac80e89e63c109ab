//! The clocks there are. Rooms take a [`Clock`]; only the command line chooses the machine's.

use std::sync::atomic::{AtomicI64, Ordering};

use rustix::time::{ClockId, clock_gettime};

use crate::model::{Clock, Nanos};

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn utc(&self) -> Nanos {
        Nanos(read(ClockId::Realtime))
    }

    fn monotonic(&self) -> i64 {
        read(ClockId::Monotonic)
    }
}

fn read(id: ClockId) -> i64 {
    let time = clock_gettime(id);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// A clock that a test moves by hand.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn new(now: Nanos) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Moves it forward.
    pub fn advance(&self, ns: i64) {
        self.0.fetch_add(ns, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn utc(&self) -> Nanos {
        Nanos(self.monotonic())
    }

    fn monotonic(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = ManualClock::new(Nanos(5));
        clock.advance(7);
        assert_eq!((clock.utc(), clock.monotonic()), (Nanos(12), 12));
    }

    #[test]
    fn the_machine_knows_that_2020_is_over() {
        assert!(SystemClock.utc() > Nanos(1_577_836_800_000_000_000));
        assert!(SystemClock.monotonic() > 0);
    }
}
