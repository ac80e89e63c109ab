//! Two connections to one venue as one: readers see each message once, by whichever connection brings it, and a book that
//! is the venue's as long as either has it.
//!
//! Each connection has a feed of its own, with whole books. What one says in a call is drafted, and what of that is new goes
//! on: trades by their ids, quotes by theirs, books by the numbers of their messages where those are the venue's. Where it
//! has none, readers see the books of one connection, and all of the other's when that one fails.

use super::Member;
use super::draft::Draft;
use super::lane::{Lane, Verdict};
use crate::market_data::{BookTop, Sink, VenueQuote};
use crate::model::{Event, InstrumentId, Kind, Nanos, State, flag};

/// What one connection did for readers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Books that they see from it now.
    pub leading: u32,
    /// Times that it took a book over.
    pub switches: u64,
    /// Messages of its that they had from the other.
    pub suppressed: u64,
}

/// See the head of this file.
#[derive(Debug)]
pub(super) struct Pair {
    /// Their places among all feeds.
    places: [usize; 2],
    /// The row of the first lane.
    first: u32,
    lanes: Vec<Lane>,
    shares: [Share; 2],
    up: [bool; 2],
    pub(super) draft: Draft,
    /// Frames of two threads: none goes on with a time before another's.
    latest: Nanos,
}

impl Pair {
    pub(super) fn new(places: [usize; 2], rows: std::ops::Range<u32>) -> Pair {
        Pair {
            places,
            first: rows.start,
            lanes: rows.map(|_| Lane::new()).collect(),
            shares: [Share::default(); 2],
            up: [false; 2],
            draft: Draft::default(),
            latest: Nanos(i64::MIN),
        }
    }

    /// The time that something that is said now has.
    pub(super) fn time(&mut self, now: Nanos) -> Nanos {
        if now > self.latest || self.latest.is_set_back(now) {
            self.latest = now;
        }
        self.latest
    }

    pub(super) fn share(&self, side: usize) -> Share {
        let leading = self.lanes.iter().filter(|lane| lane.leads(side)).count();
        Share { leading: u32::try_from(leading).unwrap_or(u32::MAX), ..self.shares[side] }
    }

    /// A connection is up, or gone.
    pub(super) fn connected(&mut self, side: usize, up: bool) {
        for lane in &mut self.lanes {
            match (up, self.up) {
                (true, [false, false]) => lane.forget(),
                (true, _) => lane.begin(side),
                (false, up) => lane.end(side, up[1 - side]),
            }
        }
        self.up[side] = up;
    }

    /// Time has passed.
    pub(super) fn on_time(&mut self, sink: &mut dyn Sink) {
        for lane in &mut self.lanes {
            lane.on_time();
            tell_trades(lane, self.latest, sink);
        }
    }

    /// Both end: nobody takes over.
    pub(super) fn part(&mut self) {
        self.lanes.iter_mut().for_each(Lane::give_up_other);
    }

    /// Lets what is new of the draft, which one connection's feed made, go on.
    pub(super) fn settle(&mut self, side: usize, members: &mut [Member], sink: &mut dyn Sink) {
        let feed = &members[self.places[side]].feed;
        let (numbered, quoted) = (feed.numbered(), feed.quoted());
        let mut draft = std::mem::take(&mut self.draft);
        for (group, events, top) in draft.groups() {
            let place = group.instrument.wrapping_sub(self.first) as usize;
            let Some(lane) = self.lanes.get_mut(place) else { continue };
            let share = &mut self.shares[side];
            let other = self.up[1 - side];
            let verdict = judge(lane, (side, numbered), events, top.as_ref());
            share.suppressed += u64::from(verdict == Some(Verdict::Duplicate));
            for event in events {
                if event.kind == Kind::Trade as u8 {
                    share.suppressed += u64::from(lane.take_trade(side, *event, other));
                    tell_trades(lane, self.latest, sink);
                    continue;
                }
                match goes_on(lane, (side, other), event, quoted, verdict) {
                    Some(true) => sink.event(*event),
                    Some(false) => share.suppressed += 1,
                    None => {}
                }
            }
            tell_trades(lane, self.latest, sink); // those that waited for a connection that is gone
            if let Some((top, Verdict::Show)) = top.zip(verdict) {
                sink.book(&top);
            }
            if let Some(Verdict::TakeOver { to, present }) = verdict {
                self.shares[to].switches += 1;
                if present {
                    let instrument = InstrumentId(group.instrument);
                    members[self.places[to]].feed.present(instrument, self.latest, sink);
                }
            }
        }
        draft.clear();
        self.draft = draft;
    }
}

/// Trades whose turn it is; what waited becomes visible now.
fn tell_trades(lane: &mut Lane, now: Nanos, sink: &mut dyn Sink) {
    while let Some(event) = lane.trades.next() {
        if let Some(mut trade) = event.as_trade().copied() {
            trade.receive_time = now.0;
            sink.event(trade.into());
        }
    }
}

/// What becomes of a group's records of the book, if it has any.
fn judge(
    lane: &mut Lane,
    (side, numbered): (usize, bool),
    events: &[Event],
    top: Option<&BookTop<'_>>,
) -> Option<Verdict> {
    let change = events.iter().rev().find(|event| event.kind == Kind::State as u8);
    let change = change.and_then(|event| State::from_code(event.flags & 0xff));
    let of_book = top.is_some() || change.is_some() || events.iter().any(is_of_book);
    of_book.then(|| lane.judge(side, numbered, change, top.map(|top| top.last_id)))
}

fn is_of_book(event: &Event) -> bool {
    match Kind::from_code(event.kind) {
        Some(Kind::Delta | Kind::Order | Kind::State) => true,
        Some(Kind::Quote) => event.flags & flag::FROM_BOOK != 0,
        _ => false,
    }
}

/// Whether readers see a record; nothing if that is no question of having seen it already.
fn goes_on(
    lane: &mut Lane,
    (side, other): (usize, bool),
    event: &Event,
    quoted: Option<VenueQuote>,
    verdict: Option<Verdict>,
) -> Option<bool> {
    if is_of_book(event) {
        return (verdict == Some(Verdict::Show)).then_some(true);
    }
    Some(match Kind::from_code(event.kind) {
        Some(Kind::Quote) => {
            let own = quoted.filter(|quoted| quoted.instrument.0 == event.instrument);
            lane.is_new_quote(side, own.and_then(|quoted| quoted.id), other)
        }
        Some(Kind::Bar) => lane.is_new_bar(event.flags & 0xff, event.event_time),
        Some(Kind::Mark) => lane.is_new_mark(event.event_time),
        _ => lane.leads(side), // nothing else comes of a feed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_unless_the_clock_is_set_back() {
        let mut pair = Pair::new([0, 1], 0..1);
        let times = [5, 3, 9_000_000_000, 8_500_000_000, 20, 10].map(|now| pair.time(Nanos(now)).0);
        assert_eq!(times, [5, 5, 9_000_000_000, 9_000_000_000, 20, 20]);
    }
}
