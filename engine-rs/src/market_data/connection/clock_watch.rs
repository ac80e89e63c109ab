//! How far a venue's clock is from ours, and whether either has jumped.

use crate::model::Nanos;

/// The way of a message varies by less than this for long; more is a clock that was set.
const JUMP: i64 = 500_000_000;
/// The shortest way of a message is looked for this long.
const WINDOW: i64 = 2_000_000_000;
/// Messages that make a window: one alone may have been held up.
const ENOUGH: u32 = 3;

/// Watches receive time less event time. Its least value over a window is the offset of the clocks and the shortest way
/// together; when that moves by more than half a second, a clock has jumped.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClockWatch {
    offset: Option<i64>,
    least: Option<i64>,
    count: u32,
    since: i64,
    jumps: u64,
}

impl ClockWatch {
    /// Takes a message in; whether a clock has jumped.
    #[inline]
    pub(crate) fn see(&mut self, event_time: Nanos, receive_time: Nanos) -> bool {
        let apart = receive_time.0.saturating_sub(event_time.0);
        self.count += 1;
        self.least = Some(self.least.map_or(apart, |least| least.min(apart)));
        // A message cannot be faster than the fastest: this one tells at once.
        let ahead = self.offset.is_some_and(|offset| apart < offset - JUMP);
        if !ahead && receive_time.0 - self.since < WINDOW {
            return false;
        }
        let behind = self.count >= ENOUGH
            && self.offset.zip(self.least).is_some_and(|(offset, least)| least > offset + JUMP);
        if ahead {
            self.offset = Some(apart);
        } else if self.count >= ENOUGH || self.offset.is_none() {
            self.offset = self.least;
        }
        (self.least, self.count, self.since) = (None, 0, receive_time.0);
        let jumped = ahead || behind;
        self.jumps += u64::from(jumped);
        jumped
    }

    /// A new connection: what is known of the clocks stays, what was on its way does not.
    pub(crate) fn restart(&mut self, now: Nanos) {
        (self.least, self.count, self.since) = (None, 0, now.0);
    }

    /// Receive time less event time at its least, ns; nothing before the first window has passed.
    pub(crate) fn offset(&self) -> Option<i64> {
        self.offset
    }

    pub(crate) fn jumps(&self) -> u64 {
        self.jumps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    /// A message every 100 ms for so many seconds, on its way for 20 to 60 ms.
    fn run(watch: &mut ClockWatch, from: i64, seconds: i64, shift: i64) -> u64 {
        let before = watch.jumps();
        for step in 0..seconds * 10 {
            let event = from + step * 100 * MS;
            watch.see(Nanos(event + shift), Nanos(event + (20 + step % 5 * 10) * MS));
        }
        watch.jumps() - before
    }

    #[test]
    fn a_clock_that_is_set_is_noticed_either_way_and_once() {
        let mut watch = ClockWatch::default();
        assert_eq!(run(&mut watch, 1_000_000 * MS, 30, 0), 0);
        assert_eq!(watch.offset(), Some(20 * MS));
        assert_eq!(run(&mut watch, 1_030_000 * MS, 30, 5_000 * MS), 1);
        assert_eq!(watch.offset(), Some(-4_980 * MS));
        assert_eq!(run(&mut watch, 1_060_000 * MS, 30, 0), 1);
        assert_eq!(watch.offset(), Some(20 * MS));
    }

    #[test]
    fn a_message_that_was_held_up_is_no_jump() {
        let mut watch = ClockWatch::default();
        run(&mut watch, 1_000_000 * MS, 10, 0);
        assert!(!watch.see(Nanos(1_000_000 * MS), Nanos(1_013_000 * MS)), "alone in its window");
        assert_eq!(run(&mut watch, 1_013_000 * MS, 10, 0), 0);
    }
}
