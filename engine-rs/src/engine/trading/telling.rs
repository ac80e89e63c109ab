//! What strategies were told, and what they asked for, as records: another host can tell its own the same.
//! `proto/CONTAINER.md`, A journal as records, is the specification.

use bytemuck::{Pod, Zeroable};

use super::super::core::{Decision, Moment};
use crate::market_data::records::npy::Record;
use crate::matching::{Answer, What};
use crate::model::{Command, Event};

/// Kinds of records beside those of `SHM_LAYOUT.md`.
const PASSED: u8 = 10;
const UPDATE_TAKEN: u8 = 11;
const FILL_TAKEN: u8 = 12;
const STANDING: u8 = 13;
const PARAMETER: u8 = 14;
const HISTORY: u8 = 15;
const LEDGER: u8 = 16;
const HEARD: u8 = 17;

/// In the place of a strategy's number.
const ALL: i64 = -1;

/// Something that was asked for or decided, as a record.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Zeroable, Pod)]
pub struct Said {
    /// Of the record that led to it.
    pub row: u64,
    /// When.
    pub time: i64,
    /// Whose.
    pub strategy: u16,
    /// A decision's code in a journal; 0: nothing was decided.
    pub code: u16,
    /// 1: the strategy asked for it; 0: the engine did it.
    pub asked: u16,
    /// Zero.
    pub rest: u16,
    /// As the journal has it; of what was not decided the command; zero of a strategy that was stopped.
    pub record: [u64; 16],
}

impl Record for Said {
    const DESCR: &str = "[('row', '<u8'), ('time', '<i8'), ('strategy', '<u2'), ('code', '<u2'), ('asked', '<u2'), \
('_padding', '|V2'), ('record', '|V128')]";
}

/// A session as its strategies lived through it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Telling {
    /// What they were told, in this order.
    pub records: Vec<Event>,
    /// What they asked for and what was decided.
    pub said: Vec<Said>,
    /// Strategies that were stopped: places in `said`, and why.
    pub stops: Vec<(usize, String)>,
    /// Parameters that were changed, and their values from then on.
    pub updates: Vec<(String, f64)>,
    /// The order that something was just asked for: its decision may come next.
    open: Option<u64>,
    /// An order was just refused: that joins what its strategy sees at once, between two calls.
    refused: bool,
    /// The record that strategies are called with.
    row: u64,
}

impl Telling {
    /// Writes one down.
    pub fn add(&mut self, moment: Moment<'_>) {
        let (open, refused) = (self.open.take(), std::mem::take(&mut self.refused));
        match moment {
            Moment::Passed { now, until } => self.push(PASSED, 0, &[now.0, until]),
            Moment::Market(event) => self.tell(*event),
            Moment::Heard(strategy, event) => {
                self.push(HEARD, 0, &[i64::from(strategy)]);
                self.tell(*event);
            }
            Moment::Taken { strategy, answer, flags } => {
                if !refused {
                    self.row = self.records.len() as u64; // what follows from it
                }
                self.records.push(Event { stamp: u64::from(refused), ..taken(strategy, answer, flags) });
            }
            Moment::TakenOver => self.push(LEDGER, 0, &[]),
            Moment::Runs(strategy, on) => self.push(STANDING, u8::from(on), &[i64::from(strategy)]),
            Moment::Orders(on) => self.push(STANDING, u8::from(on), &[ALL]),
            Moment::History => self.push(HISTORY, 1, &[]),
            Moment::Begin(begin) => self.push(HISTORY, 0, &[begin.0]),
            Moment::Parameters(strategy, values) => self.parameters(strategy, values),
            Moment::Asked(strategy, command) => {
                self.say(strategy, (command.time, 0), bytemuck::must_cast_ref::<Command, [u64; 16]>(command));
                self.open = Some(command.client_order_id);
            }
            Moment::Decided(strategy, now, decision) => self.decided(strategy, now.0, decision, open),
        }
    }

    fn push(&mut self, kind: u8, side: u8, words: &[i64]) {
        let mut record = Event { kind, side, ..Event::zeroed() };
        for (word, value) in record.words.iter_mut().zip(words) {
            *word = value.cast_unsigned();
        }
        self.tell(record);
    }

    fn tell(&mut self, record: Event) {
        self.row = self.records.len() as u64;
        self.records.push(record);
    }

    fn parameters(&mut self, strategy: u16, values: &[(String, f64)]) {
        for value in values {
            let place = i64::try_from(self.updates.len()).unwrap_or(i64::MAX);
            self.push(PARAMETER, 0, &[i64::from(strategy), place]);
            self.updates.push(value.clone());
        }
    }

    /// `open` is the order that the strategy has just asked something for.
    fn decided(&mut self, strategy: u16, now: i64, decision: &Decision, open: Option<u64>) {
        let (code, id, record): (u16, u64, &[u64]) = match decision {
            Decision::Send(command) => {
                (1, command.client_order_id, bytemuck::must_cast_ref::<Command, [u64; 16]>(command))
            }
            Decision::Refuse(update) => {
                (2, update.words[3], bytemuck::must_cast_ref::<Event, [u64; 8]>(update))
            }
            Decision::Signal(signal) => (3, 0, bytemuck::must_cast_ref::<Event, [u64; 8]>(signal)),
            Decision::Stop(why) => {
                self.stops.push((self.said.len(), why.clone()));
                (4, 0, &[0; 8])
            }
        };
        let asked = code > 2 || open == Some(id);
        if asked && code <= 2 {
            self.said.pop(); // what was asked for is what is decided
        }
        self.say(strategy, (now, code), record);
        if let Some(said) = self.said.last_mut() {
            said.asked = u16::from(asked);
        }
        self.refused = code == 2;
    }

    fn say(&mut self, strategy: u16, (time, code): (i64, u16), record: &[u64]) {
        let mut said = Said { row: self.row, time, strategy, code, asked: 1, ..Said::zeroed() };
        said.record[..record.len()].copy_from_slice(record);
        self.said.push(said);
    }
}

fn taken(strategy: u16, answer: &Answer, flags: u16) -> Event {
    let (kind, side) = (UPDATE_TAKEN, answer.side as u8);
    let (event_time, instrument) = (answer.time.0, answer.instrument.0);
    let mut record = Event { kind, side, flags, event_time, instrument, ..Event::zeroed() };
    // Of an order of an earlier session the id names another strategy, perhaps.
    record.words[0] = u64::from(strategy) << 48 | answer.id.0 & (u64::MAX >> 16);
    let (What::Update { price, qty, .. } | What::Fill { price, qty, .. }) = answer.what;
    (record.words[1], record.words[2]) = (price.0.cast_unsigned(), qty.0.cast_unsigned());
    if let What::Fill { fee, .. } = answer.what {
        record.kind = FILL_TAKEN;
        let money: [u64; 2] = bytemuck::must_cast(fee.0);
        record.words[3..].copy_from_slice(&money);
    }
    record
}
