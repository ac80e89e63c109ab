//! A journal decided again from its inputs. Its recorded decisions are compared, never read. What comes of it is a
//! verdict, or the session itself, as it was when its engine died.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::super::core::Moment;
use super::super::feeds::Feeds;
use super::{Entry, Tape, Telling, Trading, World};
use crate::journal::{self, EntryKind, Journal, JournalError};
use crate::market_data::{BookTop, Sink};
use crate::messaging::Outgoing;
use crate::model::{Event, Nanos};

/// How a journal compares with what is decided now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retraced {
    /// Inputs given.
    pub inputs: u64,
    /// Decisions and frames to the venue that are equal, to the last byte.
    pub equal: u64,
    /// Fills booked.
    pub fills: u64,
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

/// Stamps as a ring does, and writes down what strategies live through if that is wanted.
#[derive(Default)]
struct Paper<'a> {
    published: u64,
    fills: u64,
    telling: Option<&'a mut Telling>,
}

impl World for Paper<'_> {
    fn publish(&mut self, record: &mut Event) {
        record.stamp = self.published;
        self.published += 1;
    }

    fn send(&mut self, _: &[u8]) -> bool {
        true
    }

    fn say(&mut self, message: Outgoing) {
        self.fills += u64::from(matches!(message, Outgoing::Fill(_)));
    }

    fn moment(&mut self, moment: Moment<'_>) {
        if let Some(telling) = &mut self.telling {
            telling.add(moment);
        }
    }
}

struct Again<'a> {
    trading: Trading,
    paper: Paper<'a>,
}

impl Sink for Again<'_> {
    fn event(&mut self, mut event: Event) {
        self.paper.publish(&mut event);
        self.trading.on_record(&event, &mut self.paper);
    }

    fn book(&mut self, _: &BookTop<'_>) {}
}

/// A session that is decided again, entry by entry.
pub struct Replay<'a> {
    feeds: &'a mut Feeds,
    again: Again<'a>,
    heard: Heard,
    /// What the journal has since the last input.
    recorded: VecDeque<Written>,
    result: Retraced,
    last: Nanos,
}

impl<'a> Replay<'a> {
    /// With feeds and a trading half that are as they were at the session's start.
    pub fn new(feeds: &'a mut Feeds, mut trading: Trading) -> Replay<'a> {
        let heard = Heard::default();
        trading.venue.tape = Some(Box::new(heard.clone()));
        Replay {
            feeds,
            again: Again { trading, paper: Paper::default() },
            heard,
            recorded: VecDeque::new(),
            result: Retraced::default(),
            last: Nanos(0),
        }
    }

    /// What strategies are told and say goes there.
    #[must_use]
    pub fn telling(mut self, telling: &'a mut Telling) -> Replay<'a> {
        self.again.paper.telling = Some(telling);
        self
    }

    /// Takes the journal's next entry; false once what is decided now and what was decided then part.
    pub fn take(&mut self, entry: &journal::Entry<'_>) -> bool {
        if [EntryKind::FrameOut as u16, EntryKind::Decision as u16].contains(&entry.kind) {
            let (kind, stream, time) = (entry.kind, entry.stream, entry.receive_time);
            self.recorded.push_back(Written { kind, stream, time, payload: entry.payload.to_vec() });
        }
        if entry.kind == EntryKind::Snapshot as u16 && self.result.inputs > 0 {
            self.compare_end(entry);
        }
        let Some(input) = Entry::read(entry) else { return true };
        // Everything that the input before has led to is in the journal by now.
        self.compare(true);
        if self.result.parted.is_some() {
            return false;
        }
        self.give(&input, entry.receive_time);
        (self.result.inputs, self.last) = (self.result.inputs + 1, entry.receive_time);
        true
    }

    /// How the whole journal compares.
    #[must_use]
    pub fn finish(mut self) -> Retraced {
        self.compare(true);
        Retraced { fills: self.again.paper.fills, ..self.result }
    }

    /// The session as it was when its engine died. What the last input led to may not all be in the journal.
    #[must_use]
    pub fn rebuild(mut self) -> Rebuilt {
        self.compare(false);
        let missing = self.heard.0.take().into();
        let result = Retraced { fills: self.again.paper.fills, ..self.result };
        Rebuilt { trading: self.again.trading, result, missing }
    }

    fn compare(&mut self, whole: bool) {
        let mut decided = self.heard.0.borrow_mut();
        while self.result.parted.is_none() {
            if self.recorded.is_empty() && !whole {
                return;
            }
            match (self.recorded.pop_front(), decided.pop_front()) {
                (None, None) => return,
                (Some(recorded), Some(decided)) if recorded == decided => self.result.equal += 1,
                (recorded, decided) => {
                    let (input, time) = (self.result.inputs.saturating_sub(1), self.last);
                    self.result.parted = Some(Parted { input, time, recorded, decided });
                }
            }
        }
    }

    /// What was left when the session ended.
    fn compare_end(&mut self, entry: &journal::Entry<'_>) {
        self.compare(true);
        let written =
            |payload| Written { kind: entry.kind, stream: entry.stream, time: entry.receive_time, payload };
        self.recorded.push_back(written(entry.payload.to_vec()));
        self.heard.0.borrow_mut().push_back(written(self.again.trading.snapshot().into_bytes()));
        self.compare(true);
    }

    fn give(&mut self, input: &Entry<'_>, now: Nanos) {
        let Replay { feeds, again, .. } = self;
        if feeds.take(input, now, again) {
            return feeds.forget_wishes(); // their answers are in the journal
        }
        match input {
            Entry::Time => {
                feeds.on_time(now, again);
                again.trading.on_time(now, &mut again.paper);
            }
            Entry::Connected(_) => again.trading.on_connected(now, &mut again.paper),
            Entry::Disconnected(_) => again.trading.on_disconnected(now, &mut again.paper),
            Entry::Response(..) => {} // of a venue's feed
            Entry::Frame(_, frame) => again.trading.on_frame(frame, now, &mut again.paper),
            Entry::Command(command) => again.trading.on_command(command, now, &mut again.paper),
            Entry::End => again.trading.wind_down(now, &mut again.paper),
            Entry::Restart => {
                again.paper.published = 0; // a start makes its own ring
                feeds.on_all_disconnected(now, again);
                again.trading.on_restart(now, &mut again.paper);
            }
        }
        feeds.forget_wishes();
    }
}

/// A session brought back from its journal.
pub struct Rebuilt {
    trading: Trading,
    /// How the journal compares with what was decided now.
    pub result: Retraced,
    missing: Vec<Written>,
}

impl Rebuilt {
    /// Goes on with the journal. Decisions that are not in it yet are appended; their frames are not sent: such orders
    /// are as much in doubt as those whose frames were written and got lost. A restart must be the next input.
    ///
    /// # Errors
    /// As the journal's.
    pub fn go_on(self, mut tape: Box<dyn Tape>) -> Result<Trading, JournalError> {
        let Rebuilt { trading, missing, .. } = self;
        for Written { kind, stream, time, payload } in missing {
            if let Some(kind) = EntryKind::from_code(kind) {
                tape.append(kind, stream, time, &[&payload])?;
            }
        }
        Ok(trading.with_tape(tape))
    }

    /// Orders, positions, strategies.
    #[must_use]
    pub fn trading(&self) -> &Trading {
        &self.trading
    }
}

/// Gives the inputs of a session's journal, all its files in order, to feeds and a trading half that are as they were
/// at its start; every decision and every frame must come again, at the same place, to the last byte.
pub fn retrace(journals: &[Journal], feeds: &mut Feeds, trading: Trading) -> Retraced {
    let mut replay = Replay::new(feeds, trading);
    let _ = journals.iter().flat_map(Journal::entries).all(|entry| replay.take(&entry));
    replay.finish()
}
