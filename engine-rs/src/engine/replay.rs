//! A strategy on recorded events, against the simulated venue: what the backtester does, in Rust, to the same
//! orders and fills. `proto/MATCHING.md`, section The loop, is the specification.

use thiserror::Error;

use crate::market_data::records::npy::Record;
use crate::matching::{BookSource, MatchError, Simulation, Step, Timeline};
use crate::model::{Command, Event, Instrument, Kind, Money, Nanos};
use crate::position::Account;
use crate::position::margin::{AccountTerms, MarginAccount, Paid};
use crate::strategy::abi::{Action, Handler, Request, Status};
use crate::strategy::{Fault, MAX_REQUESTS, Program};

pub use super::hosting::Counts;
use super::hosting::{Call, Desk, HostError, Setup, Timers, Wishes, periods_of, rows_of};

impl Record for Paid {
    const DESCR: &str =
        "[('time', '<i8'), ('instrument', '<u4'), ('kind', '<u4'), ('low', '<u8'), ('high', '<i8')]";
}

/// Calls at one time without a record of the market: more is a strategy that answers itself.
const CALLS_AT_ONE_TIME: u32 = 1_000_000;

/// Terms of a replay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// At the start.
    pub cash: Money,
    /// The venue.
    pub simulation: Simulation,
    /// Number of the strategy, first part of its order ids.
    pub strategy: u16,
    /// Number of the run, second part.
    pub run: u16,
    /// Before this time history is fed: of what the strategy asks for only signals and timers are kept.
    pub trade_from: Nanos,
}

/// An account that is looked after, at the start of a replay.
pub type Kept<'a> = Option<&'a AccountTerms>;

/// Why a replay cannot begin, or cannot go on.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ReplayError {
    /// What the strategy asks for and this host does not have, or what it cannot be shown.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Records that this host does not take.
    #[error("{0}")]
    Refused(String),
    /// Data that cannot be what it claims.
    #[error(transparent)]
    Match(#[from] MatchError),
    /// The strategy was stopped.
    #[error("at {now} ns, record with stamp {stamp}: {fault}")]
    Strategy {
        /// When.
        now: i64,
        /// Of the record that it was called with.
        stamp: u64,
        /// Why.
        fault: Fault,
    },
}

/// What a replay did.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// New orders and cancels in the order of sending.
    pub commands: Vec<Command>,
    /// Order updates and fills in the order in which they reached the strategy.
    pub answers: Vec<Event>,
    /// Signals in the order of making.
    pub signals: Vec<Event>,
    /// Equity after each fill.
    pub equity_at_fills: Vec<f64>,
    /// At the end.
    pub account: Account,
    /// Of an account that is looked after: what it paid and got beside fills, its liquidations, and refused orders.
    pub kept: Option<(Money, u64, u64)>,
    /// All of its payments.
    pub paid: Vec<Paid>,
    /// Cash and positions at their marks, at the end.
    pub equity: Money,
    /// Lots by slot.
    pub positions: Vec<i64>,
    /// Orders that live on.
    pub live_orders: usize,
    /// What was changed or not sent.
    pub counts: Counts,
    /// Trades that came after their bar.
    pub late_trades: u64,
    /// State and arena at the end.
    pub state: Vec<u64>,
}

struct Replay {
    desk: Desk,
    terms: Terms,
    history: bool,
    now: i64,
    end: i64,
    calls: u32,
    timers: Timers,
    requests: Vec<Request>,
    wishes: Wishes,
    outcome: Outcome,
}

/// Runs a strategy over records that are sorted by (receive time, stamp).
///
/// # Errors
/// [`ReplayError`].
pub fn replay(
    strategy: impl Into<Program>,
    events: &[Event],
    instruments: &[Instrument],
    terms: Terms,
    kept: Kept<'_>,
) -> Result<Outcome, ReplayError> {
    let strategy = strategy.into();
    let about = strategy.description();
    let rows = rows_of(&about.instruments, instruments)?;
    let periods = periods_of(&about.bars)?;
    let terms = Terms { simulation: of_what_there_is(terms.simulation, events), ..terms };
    let Terms { cash, simulation, strategy: number, .. } = terms;
    let halting = (simulation.taker_fee, simulation.halt());
    let account = kept.map(|kept| MarginAccount::new(cash, kept, &rows, instruments, halting));
    let account = account.transpose().map_err(ReplayError::Refused)?;
    let setup = Setup { rows, periods, cash, number, book: simulation.book, spot: false };
    let mut desk = Desk::new(strategy, setup, instruments)?;
    if let Some(account) = account {
        desk.keep(account);
    }
    let run = Replay {
        desk,
        terms,
        history: false,
        now: i64::MIN,
        end: events.last().map_or(i64::MIN, receive_time),
        calls: 0,
        timers: Timers::new(),
        requests: Vec::with_capacity(MAX_REQUESTS),
        wishes: Wishes::default(),
        outcome: Outcome {
            commands: Vec::with_capacity(1024),
            answers: Vec::with_capacity(1024),
            signals: Vec::with_capacity(1024),
            equity_at_fills: Vec::with_capacity(1024),
            account: Account::default(),
            kept: None,
            paid: Vec::new(),
            equity: Money::ZERO,
            positions: Vec::new(),
            live_orders: 0,
            counts: Counts::default(),
            late_trades: 0,
            state: Vec::new(),
        },
    };
    let timeline = Timeline::new(events.iter().copied(), instruments.iter().cloned(), terms.simulation)?;
    run.drive(timeline)
}

/// Where there are orders and no deltas, the book is made of orders.
fn of_what_there_is(simulation: Simulation, events: &[Event]) -> Simulation {
    let there_is = |kind: Kind| events.iter().any(|event| event.kind == kind as u8);
    if simulation.book == BookSource::Deltas && there_is(Kind::Order) && !there_is(Kind::Delta) {
        return Simulation { book: BookSource::Orders, ..simulation };
    }
    simulation
}

impl Replay {
    fn drive<I: Iterator<Item = Event>>(mut self, mut timeline: Timeline<I>) -> Result<Outcome, ReplayError> {
        loop {
            let due = self.timers.next().unwrap_or(i64::MAX).min(self.desk.next_due());
            let due = Some(due).filter(|time| *time <= self.end && *time < i64::MAX);
            match timeline.next(due.map(Nanos))? {
                Step::Record(record) => self.on_record(&record)?,
                Step::Answer(record) => {
                    if let Some(answer) = timeline.answered() {
                        self.pass_to(receive_time(&record))?;
                        self.desk.closed = self.now > self.end;
                        let Terms { strategy, run, .. } = self.terms;
                        let call = Call { now: Nanos(self.now), event: &record, strategy, run };
                        self.desk.book(self.now, &record, answer)?;
                        let (slot, equity) = self.desk.on_answer(call, answer, &mut self.wishes)?;
                        self.desk.watch(call, false, &mut self.wishes);
                        self.outcome.answers.push(record);
                        self.outcome.equity_at_fills.extend(equity);
                        let handler = if equity.is_some() { Handler::Fill } else { Handler::Order };
                        self.call(handler, slot, &record)?;
                    }
                }
                Step::Timer => self.on_timer()?,
                Step::End => return Ok(self.finish()),
            }
            if !self.wishes.commands.is_empty() {
                for command in self.wishes.commands.drain(..) {
                    timeline.send(&command)?;
                    self.outcome.commands.push(command);
                }
            }
        }
    }

    #[inline]
    fn on_record(&mut self, record: &Event) -> Result<(), ReplayError> {
        if record.kind == Kind::Bar as u8 {
            return Err(ReplayError::Refused(format!(
                "record with stamp {}: a bar; this version makes bars out of trades, and takes none from outside",
                record.stamp
            )));
        }
        (self.now, self.calls) = (receive_time(record), 0);
        let Terms { strategy, run, .. } = self.terms;
        let call = Call { now: Nanos(self.now), event: record, strategy, run };
        let Some(slot) = self.desk.slot_of(record) else {
            self.desk.hear(self.now, record)?;
            self.desk.watch(call, true, &mut self.wishes);
            return Ok(());
        };
        let time = self.desk.bars.venue_time(record);
        self.close_bars(time, record.stamp)?;
        self.desk.hear(self.now, record)?;
        let handler = self.desk.observe(slot, record)?;
        self.desk.watch(call, true, &mut self.wishes);
        match handler {
            Some(handler) => self.call(handler, slot, record),
            None => Ok(()),
        }
    }

    fn on_timer(&mut self) -> Result<(), ReplayError> {
        let due = self.desk.next_due();
        if due <= self.timers.next().unwrap_or(i64::MAX) {
            self.pass_to(due)?; // before timers of that time
            let Terms { strategy, run, .. } = self.terms;
            let nothing = bytemuck::Zeroable::zeroed();
            let call = Call { now: Nanos(due), event: &nothing, strategy, run };
            return Ok(self.desk.settle(call, &mut self.wishes)?);
        }
        let Some((time, slot, record)) = self.timers.take(i64::MIN, &self.desk.rows) else { return Ok(()) };
        self.pass_to(time)?;
        self.close_bars(self.desk.bars.behind(time), 0)?;
        self.call(Handler::Timer, slot, &record)
    }

    #[inline]
    fn close_bars(&mut self, time: i64, stamp: u64) -> Result<(), ReplayError> {
        loop {
            let ended = self.desk.bars.ended(time, &self.desk.rows);
            match ended.map_err(|_| HostError::TimeLeap { stamp, time })? {
                None => return Ok(()),
                Some(ended) => {
                    self.desk.push_bar(&ended);
                    self.call(Handler::Bar, ended.slot, &ended.bar)?;
                }
            }
        }
    }

    /// Time goes on without a record of the market.
    fn pass_to(&mut self, time: i64) -> Result<(), ReplayError> {
        self.calls = if time > self.now { 0 } else { self.calls + 1 };
        self.now = time;
        if self.calls > CALLS_AT_ONE_TIME {
            return Err(self.stopped(
                0,
                Status::Loop,
                "answers and timers call each other without end at one time",
            ));
        }
        Ok(())
    }

    #[inline]
    fn call(&mut self, handler: Handler, slot: usize, event: &Event) -> Result<(), ReplayError> {
        let now = self.now;
        self.look_whether_history();
        match self.desk.strategy.handle(handler, Nanos(now), slot, event) {
            Ok([]) => return Ok(()),
            Ok(requests) => {
                self.requests.clear();
                self.requests.extend_from_slice(requests);
            }
            Err(fault) => {
                return Err(ReplayError::Strategy { now, stamp: event.stamp, fault: fault.clone() });
            }
        }
        self.answer_requests(event)
    }

    #[inline]
    fn look_whether_history(&mut self) {
        let history = self.now < self.terms.trade_from.0;
        if history != self.history {
            self.history = history;
            self.desk.strategy.set_warming_up(history);
        }
    }

    fn answer_requests(&mut self, event: &Event) -> Result<(), ReplayError> {
        if let Some(text) = self.requests.iter().find_map(|request| self.desk.refusal(request)) {
            return Err(self.stopped(event.stamp, Status::BadRequest, &text));
        }
        if self.now > self.end {
            self.wishes.counts.after_the_end += self.requests.len() as u64;
            return Ok(());
        }
        let Terms { strategy, run, .. } = self.terms;
        let call = Call { now: Nanos(self.now), event, strategy, run };
        let history = self.history;
        let harmless = [Action::Signal as u8, Action::Timer as u8];
        let kept = |request: &&Request| !history || harmless.contains(&request.action);
        for request in self.requests.iter().filter(kept) {
            self.desk.carry_out(call, request, &mut self.wishes);
        }
        for (time, tag, slot) in self.wishes.timers.drain(..) {
            self.timers.set(time, tag, slot);
        }
        for mut signal in self.wishes.signals.drain(..) {
            signal.stamp = self.outcome.signals.len() as u64;
            self.outcome.signals.push(signal);
        }
        Ok(())
    }

    fn stopped(&self, stamp: u64, status: Status, text: &str) -> ReplayError {
        let strategy = self.desk.strategy.description().name.clone();
        let fault = Fault { strategy, status, place: String::new(), text: text.to_owned() };
        ReplayError::Strategy { now: self.now, stamp, fault }
    }

    fn finish(self) -> Outcome {
        let Replay { desk, wishes, outcome, .. } = self;
        let account = desk.account.as_ref().map_or(*desk.tracker.account(), |account| {
            let [cash, realized, fees, _] = account.totals();
            Account { cash, realized, fees }
        });
        let kept = |account: &MarginAccount| (account.totals()[3], account.liquidations, account.refusals);
        Outcome {
            account,
            kept: desk.account.as_deref().map(kept),
            paid: desk.account.as_ref().map_or_else(Vec::new, |account| account.payments().to_vec()),
            equity: desk.equity_exact(),
            positions: desk.markets.iter().map(|market| market.lots).collect(),
            live_orders: desk.orders.len(),
            counts: wishes.counts,
            late_trades: desk.bars.late(),
            state: desk.strategy.memory().into_owned(),
            ..outcome
        }
    }
}

/// When a record reaches the strategy.
#[inline]
fn receive_time(record: &Event) -> i64 {
    if record.kind == Kind::Bar as u8 { record.event_time } else { record.words[0].cast_signed() }
}
