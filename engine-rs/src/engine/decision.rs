//! The decision thread's loop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::market_data::Feed;
use crate::model::Clock;
use crate::net::{Get, Input, Link};

use super::publisher::Publisher;

/// Between two heartbeats; readers expect one every 100 ms.
pub(super) const BEAT: i64 = 40_000_000;
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
    fn wait(&self, link: &Link, clock: &dyn Clock, until: i64) {
        let begun = clock.monotonic();
        loop {
            if link.has_input() {
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

/// Runs until `stop` is set.
///
/// # Panics
/// If the input/output thread is gone: nobody would bring anything any more.
pub(super) fn run(
    feed: &mut dyn Feed,
    link: &mut Link,
    publisher: &mut Publisher,
    idle: &Idle,
    clock: &dyn Clock,
    stop: &AtomicBool,
) {
    let mut next_beat = clock.monotonic();
    loop {
        let mut handled = 0;
        while handled < BURST
            && let Some(input) = link.next_input()
        {
            handle(feed, input, publisher);
            ask(feed, link, publisher, clock);
            handled += 1;
        }
        let now = clock.monotonic();
        if now >= next_beat {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            assert!(!link.is_broken(), "the input/output thread is gone");
            publisher.heartbeat(now);
            feed.on_time(clock.utc(), publisher);
            ask(feed, link, publisher, clock);
            next_beat = now + BEAT;
        }
        if handled == 0 {
            idle.wait(link, clock, next_beat);
        }
    }
}

fn handle(feed: &mut dyn Feed, input: Input, publisher: &mut Publisher) {
    match input {
        Input::Frame(frame, at) => feed.on_frame(&frame, at, publisher),
        Input::Connected(at) => feed.on_connected(at, publisher),
        Input::Disconnected(at) => feed.on_disconnected(at, publisher),
        Input::Response(instrument, body, at) => {
            feed.on_response(instrument, body.as_deref(), at, publisher);
        }
    }
}

/// Sends the feed's requests on their way; one for which there is no room has failed.
fn ask(feed: &mut dyn Feed, link: &mut Link, publisher: &mut Publisher, clock: &dyn Clock) {
    while let Some(request) = feed.next_request() {
        let get = Get { token: request.instrument, path: request.path, not_before: request.not_before };
        if !link.ask(get) {
            return feed.on_response(request.instrument, None, clock.utc(), publisher);
        }
    }
}
