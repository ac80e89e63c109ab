//! What a feed says in one call, kept until it is known what of it is new.

use crate::market_data::{BookTop, Sink};
use crate::model::{Event, InstrumentId, Lots, Ticks};

/// Records of one instrument, up to here, and its book after them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) instrument: u32,
    end: usize,
    top: Option<usize>,
}

/// A book's row with levels of its own.
#[derive(Debug)]
struct Kept {
    head: BookTop<'static>,
    bids: Vec<(Ticks, Lots)>,
    asks: Vec<(Ticks, Lots)>,
}

/// See the head of this file. Its memory is used again.
#[derive(Debug, Default)]
pub(super) struct Draft {
    events: Vec<Event>,
    groups: Vec<Group>,
    tops: Vec<Kept>,
    used: usize,
}

impl Draft {
    /// Forgets it all.
    pub(super) fn clear(&mut self) {
        self.events.clear();
        self.groups.clear();
        self.used = 0;
    }

    /// What was said, instrument by instrument.
    pub(super) fn groups(&mut self) -> impl Iterator<Item = (Group, &[Event], Option<BookTop<'_>>)> {
        self.close();
        let Draft { events, groups, tops, .. } = &*self;
        let mut start = 0;
        groups.iter().map(move |group| {
            let own = &events[start..group.end];
            start = group.end;
            let top = group.top.map(|place| {
                let Kept { head, bids, asks } = &tops[place];
                BookTop { bids, asks, ..*head }
            });
            (*group, own, top)
        })
    }

    /// Records since the last group are one.
    fn close(&mut self) {
        let end = self.events.len();
        if self.groups.last().map_or(0, |group| group.end) < end {
            let instrument = self.events[end - 1].instrument;
            self.groups.push(Group { instrument, end, top: None });
        }
    }
}

impl Sink for Draft {
    fn event(&mut self, event: Event) {
        let open = self.groups.last().map_or(0, |group| group.end);
        if self.events[open..].last().is_some_and(|last| last.instrument != event.instrument) {
            self.close();
        }
        self.events.push(event);
    }

    fn book(&mut self, book: &BookTop<'_>) {
        let open = self.groups.last().map_or(0, |group| group.end);
        if self.events[open..].last().is_some_and(|last| last.instrument != book.instrument.0) {
            self.close();
        }
        if self.used == self.tops.len() {
            self.tops.push(Kept { head: head_of(book), bids: Vec::new(), asks: Vec::new() });
        }
        let kept = &mut self.tops[self.used];
        kept.head = head_of(book);
        kept.bids.clear();
        kept.bids.extend_from_slice(book.bids);
        kept.asks.clear();
        kept.asks.extend_from_slice(book.asks);
        let InstrumentId(instrument) = book.instrument;
        self.groups.push(Group { instrument, end: self.events.len(), top: Some(self.used) });
        self.used += 1;
    }
}

/// A row without its levels.
fn head_of(book: &BookTop<'_>) -> BookTop<'static> {
    BookTop {
        instrument: book.instrument,
        state: book.state,
        reason: book.reason,
        since: book.since,
        event_time: book.event_time,
        receive_time: book.receive_time,
        last_id: book.last_id,
        bids: &[],
        asks: &[],
    }
}
