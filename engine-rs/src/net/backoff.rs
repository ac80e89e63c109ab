//! How long to wait before the next attempt.

use std::time::Duration;

use crate::random::SplitMix64;

/// Doubling waits with jitter, so that many clients which lost the same server do not come back at once.
#[derive(Clone, Debug)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    failures: u32,
    random: SplitMix64,
}

impl Backoff {
    /// Waits that start near `initial` and never exceed `max`.
    #[must_use]
    pub fn new(initial: Duration, max: Duration, random: SplitMix64) -> Self {
        Self { initial, max, failures: 0, random }
    }

    /// The next wait: between half of its ceiling and all of it; the ceiling doubles with each call.
    pub fn next_wait(&mut self) -> Duration {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        let ceiling = self.initial.checked_mul(factor).unwrap_or(self.max).min(self.max);
        self.failures = self.failures.saturating_add(1);
        let half = u64::try_from(ceiling.as_nanos() / 2).unwrap_or(u64::MAX);
        Duration::from_nanos(half + self.random.below(half + 1))
    }

    /// All is well again: the next wait is a short one.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// The longest wait. A connection that lasted longer than this was a good one.
    #[must_use]
    pub fn max(&self) -> Duration {
        self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_double_up_to_the_limit_and_start_again(seed: u64, initial in 1_u64..5_000, max in 1_u64..60_000) {
            let max = max.max(initial);
            let (first, limit) = (Duration::from_millis(initial), Duration::from_millis(max));
            let mut backoff = Backoff::new(first, limit, SplitMix64::new(seed));
            for attempt in 0..70 {
                let ceiling = first.saturating_mul(1 << attempt.min(20)).min(limit);
                let wait = backoff.next_wait();
                prop_assert!(wait >= ceiling / 2 && wait <= ceiling, "attempt {attempt}: {wait:?} of {ceiling:?}");
            }
            backoff.reset();
            prop_assert!(backoff.next_wait() <= first);
        }

        #[test]
        fn the_seed_decides(seed: u64) {
            let waits = || {
                let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(30), SplitMix64::new(seed));
                (0..9).map(|_| backoff.next_wait()).collect::<Vec<_>>()
            };
            prop_assert_eq!(waits(), waits());
        }
    }
}
