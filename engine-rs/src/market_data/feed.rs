//! The contract of one venue's market data: a state machine without input or output of its own.

use super::frame::{Cause, VenueQuote};
use crate::model::{Event, InstrumentId, Lots, Nanos, Reason, State, Ticks};

/// Where a feed's results go: the ring and the tables in production, a vector in tests.
pub trait Sink {
    /// A record, in the order in which readers see it. Its stamp is the sink's business.
    fn event(&mut self, event: Event);

    /// The book of an instrument after a whole message, or after its state changed.
    fn book(&mut self, book: &BookTop<'_>);
}

/// The best levels of a book, best first, and what is known about it.
#[derive(Clone, Copy, Debug)]
pub struct BookTop<'a> {
    /// Whose.
    pub instrument: InstrumentId,
    /// Synced, or why not.
    pub state: State,
    /// Why the state is what it is.
    pub reason: Reason,
    /// When the state changed.
    pub since: Nanos,
    /// The venue's time of the last change.
    pub event_time: Nanos,
    /// When its frame arrived.
    pub receive_time: Nanos,
    /// The venue's last update id.
    pub last_id: u64,
    /// Best bids, highest first.
    pub bids: &'a [(Ticks, Lots)],
    /// Best asks, lowest first.
    pub asks: &'a [(Ticks, Lots)],
}

/// What a feed wants from the network. The answer comes back through [`Feed::on_response`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whose book it is for.
    pub instrument: InstrumentId,
    /// Path and query of a GET at the venue's REST host.
    pub path: String,
    /// Not to be sent before this time: the feed spaces its retries.
    pub not_before: Nanos,
}

/// A text that a feed wants to be sent over its WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// As the venue reads it.
    pub text: String,
    /// Not to be sent before this time: the feed spaces its retries.
    pub not_before: Nanos,
}

/// What has happened, for metrics and the closing summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames given.
    pub frames: u64,
    /// Depth messages applied.
    pub depth: u64,
    /// Trades published.
    pub trades: u64,
    /// Quotes of the venue published.
    pub quotes: u64,
    /// Frames that could not be read, or whose numbers were refused.
    pub rejected: u64,
    /// Frames of a kind that is not known.
    pub unknown: u64,
    /// Missing update ids found.
    pub gaps: u64,
    /// Books crossed after a whole message.
    pub crossed: u64,
    /// Snapshots applied.
    pub snapshots: u64,
    /// Times a book left the synced state to be rebuilt.
    pub resyncs: u64,
    /// Times a book became stale.
    pub stale: u64,
    /// Frames of a kind that is known and not used.
    pub unused: u64,
    /// Frames that the fast parser left to the tolerant one.
    pub fallbacks: u64,
    /// The venue's checksums that a book was held against.
    pub checksums: u64,
    /// Of these, those that were equal.
    pub checksums_ok: u64,
    /// Messages that had come before: dropped, or without effect.
    pub duplicates: u64,
    /// Subscriptions that the venue turned down.
    pub refused: u64,
    /// Times that the venue's clock or ours jumped.
    pub clock_jumps: u64,
}

impl Counters {
    /// Checksums that were other than the book's.
    #[must_use]
    pub fn checksums_wrong(&self) -> u64 {
        self.checksums - self.checksums_ok
    }

    /// Those of several connections together.
    #[must_use]
    pub fn plus(self, other: &Counters) -> Counters {
        Counters {
            frames: self.frames + other.frames,
            depth: self.depth + other.depth,
            trades: self.trades + other.trades,
            quotes: self.quotes + other.quotes,
            rejected: self.rejected + other.rejected,
            unknown: self.unknown + other.unknown,
            gaps: self.gaps + other.gaps,
            crossed: self.crossed + other.crossed,
            snapshots: self.snapshots + other.snapshots,
            resyncs: self.resyncs + other.resyncs,
            stale: self.stale + other.stale,
            unused: self.unused + other.unused,
            fallbacks: self.fallbacks + other.fallbacks,
            checksums: self.checksums + other.checksums,
            checksums_ok: self.checksums_ok + other.checksums_ok,
            duplicates: self.duplicates + other.duplicates,
            refused: self.refused + other.refused,
            clock_jumps: self.clock_jumps + other.clock_jumps,
        }
    }
}

/// Books of a feed by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// All of them.
    pub books: u32,
    /// Equal to the venue's.
    pub synced: u32,
    /// Nothing came in time.
    pub stale: u32,
}

impl Standing {
    /// Of books that stand so.
    pub(crate) fn of(states: impl Iterator<Item = State>) -> Standing {
        states.fold(Standing::default(), |Standing { books, synced, stale }, state| Standing {
            books: books + 1,
            synced: synced + u32::from(state == State::Synced),
            stale: stale + u32::from(state == State::Stale),
        })
    }
}

/// One connection to one venue. The caller owns sockets and time; it delivers in the order of receipt.
pub trait Feed: Send {
    /// Path and query to open the WebSocket with.
    fn stream_path(&self) -> String;

    /// The connection is up.
    fn on_connected(&mut self, now: Nanos, sink: &mut dyn Sink);

    /// A whole text frame arrived.
    fn on_frame(&mut self, frame: &[u8], receive_time: Nanos, sink: &mut dyn Sink);

    /// The answer to a [`Request`]: a body, or nothing if it failed.
    fn on_response(
        &mut self,
        instrument: InstrumentId,
        body: Option<&[u8]>,
        receive_time: Nanos,
        sink: &mut dyn Sink,
    );

    /// The connection is gone: books are no longer the venue's.
    fn on_disconnected(&mut self, now: Nanos, sink: &mut dyn Sink);

    /// Time has passed (several times a second): books without a message for too long become stale.
    fn on_time(&mut self, now: Nanos, sink: &mut dyn Sink);

    /// The next request to the venue, if one is due; call until none comes.
    fn next_request(&mut self) -> Option<Request>;

    /// The next text to send over the WebSocket, if one is due; call until none comes.
    fn next_outgoing(&mut self) -> Option<Outgoing> {
        None
    }

    /// Whether the venue has said that it will end this connection: told once, so that another one is opened first.
    fn wants_renewal(&mut self) -> bool {
        false
    }

    /// Whose book a recorded answer is for, by the path or address that was asked (a recording may lack it); nothing
    /// if it is none of this feed's.
    fn recorded_answer(&self, _path: Option<&str>) -> Option<InstrumentId> {
        None
    }

    /// The venue's own best bid and offer, if the last frame was one.
    fn quoted(&self) -> Option<VenueQuote> {
        None
    }

    /// Books that messages came for and that are not the venue's: a snapshot is missing.
    fn incomplete(&self) -> usize {
        0
    }

    /// How its books stand.
    fn standing(&self) -> Standing {
        Standing::default()
    }

    /// Whether the numbers of its books' messages are the venue's, the same on every connection.
    fn numbered(&self) -> bool {
        false
    }

    /// Shows a book as it is, all of it, to readers who had it from another connection until now.
    fn present(&mut self, _instrument: InstrumentId, _now: Nanos, _sink: &mut dyn Sink) {}

    /// When a frame came last.
    fn last_frame(&self) -> Nanos {
        Nanos(0)
    }

    /// Receive time less event time at its least (ns), once it is known.
    fn clock_offset(&self) -> Option<i64> {
        None
    }

    /// Why frames were rejected, and how many for each cause.
    fn causes(&self) -> &[(Cause, u64)] {
        &[]
    }

    /// What has happened so far.
    fn counters(&self) -> Counters;
}
