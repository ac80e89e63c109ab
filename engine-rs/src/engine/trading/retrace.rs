//! A journal decided again from its inputs. Its recorded decisions are compared, never read.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::{Entry, STREAM, Tape, Trading, World};
use crate::journal::{EntryKind, Journal, JournalError};
use crate::market_data::{BookTop, Feed, Sink};
use crate::messaging::Outgoing;
use crate::model::{Event, Nanos};

/// How a journal compares with what is decided now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retraced {
    /// Inputs given.
    pub inputs: u64,
    /// Decisions and frames to the venue that are equal, to the last byte.
    pub equal: u64,
    /// The first place where they part.
    pub parted: Option<Parted>,
}

/// Where a journal and what is decided now part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parted {
    /// The input after which they do, from 0.
    pub input: u64,
    /// Its time.
    pub time: Nanos,
    /// What the journal has, if anything.
    pub recorded: Option<Written>,
    /// What is decided now, if anything.
    pub decided: Option<Written>,
}

/// An entry of a decision or of a frame to the venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// An [`EntryKind`]'s code.
    pub kind: u16,
    /// Of the entry.
    pub stream: u16,
    /// When.
    pub time: Nanos,
    /// Its payload.
    pub payload: Vec<u8>,
}

/// Decisions as they are made now.
#[derive(Clone, Default)]
struct Heard(Rc<RefCell<VecDeque<Written>>>);

impl Tape for Heard {
    fn append(
        &mut self,
        kind: EntryKind,
        stream: u16,
        time: Nanos,
        parts: &[&[u8]],
    ) -> Result<(), JournalError> {
        let written = Written { kind: kind as u16, stream, time, payload: parts.concat() };
        self.0.borrow_mut().push_back(written);
        Ok(())
    }
}

/// Stamps as a ring does.
#[derive(Default)]
struct Paper {
    published: u64,
}

impl World for Paper {
    fn publish(&mut self, record: &mut Event) {
        record.stamp = self.published;
        self.published += 1;
    }

    fn send(&mut self, _: &[u8]) -> bool {
        true
    }

    fn say(&mut self, _: Outgoing) {}
}

struct Again {
    trading: Trading,
    paper: Paper,
}

impl Sink for Again {
    fn event(&mut self, mut event: Event) {
        self.paper.publish(&mut event);
        self.trading.on_record(&event, &mut self.paper);
    }

    fn book(&mut self, _: &BookTop<'_>) {}
}

/// Gives the inputs of a session's journal, all its files in order, to a feed and a trading half that are as they were at its start; every decision and every
/// frame must come again, at the same place, to the last byte.
pub fn retrace(journals: &[Journal], feed: &mut dyn Feed, mut trading: Trading) -> Retraced {
    let heard = Heard::default();
    trading.venue.tape = Some(Box::new(heard.clone()));
    let mut again = Again { trading, paper: Paper::default() };
    let mut result = Retraced::default();
    let mut recorded: VecDeque<Written> = VecDeque::new();
    let mut last = Nanos(0);
    for entry in journals.iter().flat_map(Journal::entries) {
        if [EntryKind::FrameOut as u16, EntryKind::Decision as u16].contains(&entry.kind) {
            let (kind, stream, time) = (entry.kind, entry.stream, entry.receive_time);
            recorded.push_back(Written { kind, stream, time, payload: entry.payload.to_vec() });
        }
        let Some(input) = Entry::read(&entry) else { continue };
        // Everything that the input before has led to is in the journal by now.
        result.compare(&mut recorded, &heard, last);
        if result.parted.is_some() {
            return result;
        }
        give(&input, entry.receive_time, feed, &mut again);
        (result.inputs, last) = (result.inputs + 1, entry.receive_time);
    }
    result.compare(&mut recorded, &heard, last);
    result
}

fn give(input: &Entry<'_>, now: Nanos, feed: &mut dyn Feed, again: &mut Again) {
    match input {
        Entry::Connected(STREAM) => feed.on_connected(now, again),
        Entry::Disconnected(STREAM) => feed.on_disconnected(now, again),
        Entry::Frame(STREAM, frame) => feed.on_frame(frame, now, again),
        Entry::Response(instrument, body) => feed.on_response(*instrument, *body, now, again),
        Entry::Time => {
            feed.on_time(now, again);
            again.trading.on_time(now, &mut again.paper);
        }
        Entry::Connected(_) => again.trading.on_connected(now, &mut again.paper),
        Entry::Disconnected(_) => again.trading.on_disconnected(now, &mut again.paper),
        Entry::Frame(_, frame) => again.trading.on_frame(frame, now, &mut again.paper),
        Entry::Command(command) => again.trading.on_command(command, now, &mut again.paper),
        Entry::End => again.trading.wind_down(now, &mut again.paper),
    }
    while feed.next_request().is_some() {} // its answer is in the journal
}

impl Retraced {
    fn compare(&mut self, recorded: &mut VecDeque<Written>, heard: &Heard, time: Nanos) {
        let mut decided = heard.0.borrow_mut();
        loop {
            match (recorded.pop_front(), decided.pop_front()) {
                (None, None) => return,
                (Some(recorded), Some(decided)) if recorded == decided => self.equal += 1,
                (recorded, decided) => {
                    let input = self.inputs.saturating_sub(1);
                    self.parted = Some(Parted { input, time, recorded, decided });
                    return;
                }
            }
        }
    }
}
