//! The decision thread's loop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tracing::warn;

use crate::model::Clock;
use crate::net::{Get, Input, Link};

use super::bench::Bench;
use super::feeds::Feeds;
use super::health::Health;
use super::trading::Entry;

/// Between two heartbeats; readers expect one every 100 ms.
pub(super) const BEAT: i64 = 40_000_000;
/// How long the venue may take to confirm the last cancels.
const PARTING: i64 = 1_000_000_000;
/// Inputs between two looks at the clock.
const BURST: usize = 256;

/// What to do while there is nothing to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Idle {
    spin: i64,
}

impl Idle {
    /// Looks for input for `spin` before it sleeps, where a core can be spared for that.
    pub(super) fn on_this_machine(spin: Duration) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let spin = if cores > 2 { spin } else { Duration::ZERO };
        Self { spin: i64::try_from(spin.as_nanos()).unwrap_or(i64::MAX) }
    }

    /// Returns when there is input, or at `until` by the monotonic clock, or for no reason.
    fn wait(&self, links: &[Link], bench: &Bench, clock: &dyn Clock, until: i64) {
        let begun = clock.monotonic();
        loop {
            if links.iter().any(Link::has_input) || bench.has_input() {
                return;
            }
            let now = clock.monotonic();
            if now - begun >= self.spin {
                // A push between the look and the park has left its token: the park returns at once.
                let left = u64::try_from(until - now).unwrap_or_default();
                return std::thread::park_timeout(Duration::from_nanos(left));
            }
            std::hint::spin_loop();
        }
    }
}

/// What the decision thread works with.
pub(super) struct Work<'a> {
    pub(super) feeds: &'a mut Feeds,
    /// One a feed, in the same order.
    pub(super) links: &'a mut [Link],
    pub(super) bench: &'a mut Bench,
    pub(super) health: &'a mut Health,
    pub(super) idle: Idle,
    pub(super) clock: &'a dyn Clock,
    pub(super) stop: &'a AtomicBool,
}

impl Work<'_> {
    /// Runs until `stop` is set.
    ///
    /// # Panics
    /// If an input/output thread is gone: nobody would bring anything any more.
    pub(super) fn run(&mut self) {
        let mut next_beat = self.clock.monotonic();
        loop {
            let mut handled = 0;
            while handled < BURST {
                let mut taken = self.bench.take_order_input();
                for place in 0..self.links.len() {
                    if let Some(input) = self.links[place].next_input() {
                        self.handle(place, &input);
                        taken = true;
                    }
                }
                if !taken {
                    break;
                }
                handled += 1;
            }
            self.bench.take_commands(self.clock);
            self.bench.live.publisher.wake();
            let now = self.clock.monotonic();
            let wake = self.wake(next_beat, now);
            if now >= wake {
                if self.stop.load(Ordering::Relaxed) {
                    return;
                }
                let broken = self.links.iter().any(Link::is_broken) || self.bench.is_broken();
                assert!(!broken, "an input/output thread is gone");
                self.bench.live.publisher.heartbeat(now);
                self.look_at_clock();
                self.bench.live.publisher.wake();
                next_beat = now + BEAT;
            } else if handled == 0 {
                self.idle.wait(self.links, self.bench, self.clock, wake);
            }
        }
    }

    /// The next beat, or a strategy's timer before it, by the monotonic clock.
    fn wake(&self, next_beat: i64, now: i64) -> i64 {
        let Some(timer) = self.bench.next_timer() else { return next_beat };
        next_beat.min(now.saturating_add(timer.0.saturating_sub(self.clock.utc().0)))
    }

    fn look_at_clock(&mut self) {
        let now = self.clock.utc();
        self.bench.journal(&Entry::Time, now);
        self.feeds.on_time(now, self.bench);
        self.bench.on_time(now);
        (0..self.links.len()).for_each(|place| self.ask(place));
        self.health.look(self.feeds, self.links, &mut self.bench.live.publisher, now);
    }

    fn handle(&mut self, place: usize, input: &Input) {
        if let Input::Frame(_, at) = input {
            self.bench.latency.waited(self.clock.utc().0 - at.0);
        }
        self.bench.take_market_input(self.feeds, place, input);
        self.ask(place);
    }

    /// Sends a feed's requests and texts on their way. A request for which there is no room has failed; a text that is
    /// lost is asked for again by its feed, when no answer comes.
    fn ask(&mut self, place: usize) {
        let Some(member) = self.feeds.member(place) else { return };
        while let Some(text) = member.feed.next_outgoing() {
            let mut words = text.text;
            if let Some(signer) = &member.signer {
                words = signer.sign(words, self.clock.utc().max(text.not_before));
            }
            if !self.links[place].send_at(words.as_bytes(), text.not_before) {
                warn!(venue = member.name, "no room for a message to the venue");
            }
        }
        if member.feed.wants_renewal() {
            self.links[place].renew();
        }
        while let Some(request) = member.feed.next_request() {
            let get = Get { token: request.instrument, path: request.path, not_before: request.not_before };
            if !self.links[place].ask(get) {
                let failed = Input::Response(request.instrument, None, self.clock.utc());
                return self.bench.take_market_input(self.feeds, place, &failed);
            }
        }
    }

    /// Takes back what rests, and waits a moment for the venue to say so.
    pub(super) fn wind_down(&mut self) {
        self.bench.wind_down(self.clock.utc());
        let until = self.clock.monotonic() + PARTING;
        while self.bench.live_orders() > 0 && self.clock.monotonic() < until {
            if !self.bench.take_order_input() {
                std::thread::park_timeout(Duration::from_millis(1));
            }
        }
    }
}
