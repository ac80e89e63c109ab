//! What every feed does for its connection and its books, whatever its venue's messages are: asking and asking again,
//! counting, giving books up, looking at the clock.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::mem;
use std::ops::Range;

use tracing::warn;

use super::{ClockWatch, Requests};
use crate::book::DEFAULT_WINDOW;
use crate::market_data::feed::{Counters, Outgoing, Sink};
use crate::market_data::frame::{Cause, Causes, NO_JSON, Refusal, VenueQuote};
use crate::market_data::tracked_book::{Best, Leveled, TrackedBook};
use crate::model::{Nanos, Reason, State};

/// What an operator may change about the feeds that serve several venues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamOptions {
    /// Levels a side that are published.
    pub depth: usize,
    /// Ticks a side of the fast part of a book.
    pub window: usize,
    /// Without any frame for so long (ns) all books are stale.
    pub silence: i64,
    /// Without a message of its own for so long (ns) a book is stale: some markets are quiet.
    pub book_silence: i64,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self { depth: 10, window: DEFAULT_WINDOW, silence: 10_000_000_000, book_silence: 60_000_000_000 }
    }
}

/// Between two renewals of subscriptions (ns), on average.
pub(crate) const RENEWAL_COST: i64 = 250_000_000;

/// Where a book of a connection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    #[default]
    Down,
    /// For a snapshot.
    Waiting,
    Live,
}

/// What a feed keeps beside its books.
#[derive(Debug)]
pub(crate) struct Care {
    pub(crate) requests: Requests,
    pub(crate) counters: Counters,
    pub(crate) clock: ClockWatch,
    outgoing: VecDeque<Outgoing>,
    last_frame: Nanos,
    causes: Causes,
    quoted: Option<VenueQuote>,
}

impl Care {
    /// For so many books; one request uses up `cost` ns of the venue's limit.
    pub(crate) fn new(books: usize, cost: i64) -> Self {
        Self {
            requests: Requests::new(books, cost),
            counters: Counters::default(),
            clock: ClockWatch::default(),
            outgoing: VecDeque::new(),
            last_frame: Nanos(0),
            causes: Causes::default(),
            quoted: None,
        }
    }

    /// The connection is up, and this is to be said.
    pub(crate) fn connected(&mut self, hello: Vec<String>, now: Nanos) {
        self.last_frame = now;
        self.clock.restart(now);
        self.outgoing = hello.into_iter().map(|text| Outgoing { text, not_before: now }).collect();
    }

    /// The connection is gone, with all that was to be said.
    pub(crate) fn disconnected(&mut self) {
        self.outgoing.clear();
    }

    /// A frame came.
    #[inline]
    pub(crate) fn frame(&mut self, receive_time: Nanos) {
        self.counters.frames += 1;
        self.last_frame = receive_time;
        self.quoted = None;
    }

    /// It was the venue's own best bid and offer.
    pub(crate) fn quote<B: Leveled>(
        &mut self,
        tracked: &TrackedBook<B>,
        (id, best, sized): (Option<u64>, Best, bool),
        times: (Nanos, Nanos),
        sink: &mut dyn Sink,
    ) {
        self.counters.quotes += 1;
        tracked.publish_quote(best, times, sink);
        self.quoted = Some(VenueQuote { instrument: tracked.id(), id, best, sized });
    }

    /// It, or an answer, was no use.
    pub(crate) fn reject(&mut self, cause: Cause) {
        self.counters.rejected += 1;
        self.causes.count(cause);
    }

    /// The same where any book may have missed a message: those that it may have been for are given back, all of so many
    /// if none can be named. A subscription that was turned down was no book's.
    pub(crate) fn refuse(&mut self, refusal: Refusal, frame: &[u8], books: usize) -> Range<usize> {
        if refusal.cause == Cause::TurnedDown {
            self.causes.count(refusal.cause);
            self.counters.refused += 1;
            warn!(words = %words(frame), "a subscription was turned down; it is asked for again");
            return 0..0;
        }
        self.reject(refusal.cause);
        match refusal.book {
            Some(index) => index..index + 1,
            None if refusal.cause == NO_JSON => 0..books,
            None => 0..0,
        }
    }

    /// Gives a book up, and asks for a snapshot.
    pub(crate) fn lose<B: Leveled>(
        &mut self,
        index: usize,
        tracked: &mut TrackedBook<B>,
        reason: Reason,
        now: Nanos,
        sink: &mut dyn Sink,
    ) {
        self.counters.resyncs += u64::from(tracked.was_right());
        let good_since = if tracked.was_right() { tracked.since() } else { now };
        self.requests.again(index, good_since, now);
        tracked.vacate(State::Resyncing, reason, now, sink);
    }

    /// A snapshot that could not be used: says why, and asks again later.
    pub(crate) fn refuse_snapshot<B: Leveled>(
        &mut self,
        index: usize,
        tracked: &mut TrackedBook<B>,
        reason: Reason,
        now: Nanos,
        sink: &mut dyn Sink,
    ) {
        self.requests.retry(index, now);
        tracked.vacate(State::Resyncing, reason, now, sink);
    }

    /// A snapshot was taken, and the book is the venue's; `fresh` if it is the connection's first one.
    pub(crate) fn synced<B: Leveled>(
        &mut self,
        index: usize,
        tracked: &mut TrackedBook<B>,
        fresh: &mut bool,
        now: Nanos,
        sink: &mut dyn Sink,
    ) {
        let reason = if mem::take(fresh) { Reason::FirstSnapshot } else { Reason::None };
        tracked.set_state(State::Synced, reason, now, sink);
        self.counters.snapshots += 1;
        self.requests.settle(index);
    }

    /// Gives a book up whose connection is gone.
    pub(crate) fn cut<B: Leveled>(
        &mut self,
        index: usize,
        tracked: &mut TrackedBook<B>,
        now: Nanos,
        sink: &mut dyn Sink,
    ) {
        self.counters.resyncs += u64::from(tracked.was_right());
        self.requests.settle(index);
        tracked.vacate(State::FeedDown, Reason::Disconnected, now, sink);
    }

    /// Time has passed: live books become stale when nothing came on the connection, or for them, for so long (ns).
    pub(crate) fn on_time<'a, B: Leveled + 'a>(
        &mut self,
        live: impl Iterator<Item = &'a mut TrackedBook<B>>,
        (silence, book_silence): (i64, i64),
        now: Nanos,
        sink: &mut dyn Sink,
    ) {
        self.requests.on_time(now);
        if self.last_frame.is_set_back(now) {
            self.last_frame = now;
        }
        let connection_silent = now.0 - self.last_frame.0 > silence;
        for tracked in live {
            if tracked.receive_time().is_set_back(now) {
                tracked.heard(now);
            }
            let silent = connection_silent || now.0 - tracked.receive_time().0 > book_silence;
            if !silent {
                tracked.revive(now, sink);
            } else if tracked.state() == State::Synced {
                self.counters.stale += 1;
                tracked.set_state(State::Stale, Reason::Silent, now, sink);
            }
        }
    }

    /// The next text to send of those that a new connection begins with.
    pub(crate) fn next_said(&mut self) -> Option<Outgoing> {
        self.outgoing.pop_front()
    }

    /// The same; when all is said, what a book needs to have its snapshot again, where that is asked for on the stream.
    pub(crate) fn next_outgoing(&mut self, renew: impl FnOnce(usize) -> Vec<String>) -> Option<Outgoing> {
        if self.outgoing.is_empty()
            && let Some((index, not_before)) = self.requests.next()
        {
            self.outgoing.extend(renew(index).into_iter().map(|text| Outgoing { text, not_before }));
        }
        self.next_said()
    }

    pub(crate) fn quoted(&self) -> Option<VenueQuote> {
        self.quoted
    }

    pub(crate) fn last_frame(&self) -> Nanos {
        self.last_frame
    }

    pub(crate) fn causes(&self) -> &[(Cause, u64)] {
        self.causes.as_slice()
    }

    /// All that was counted; frames that the fast reader left are the protocol's to know.
    pub(crate) fn counters(&self, fallbacks: u64) -> Counters {
        Counters { fallbacks, clock_jumps: self.clock.jumps(), ..self.counters }
    }
}

/// As much of a frame as a log has room for.
pub(crate) fn words(frame: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(&frame[..frame.len().min(300)])
}
