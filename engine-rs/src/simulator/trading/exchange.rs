//! Records and commands in one order, and what clients are told. Pure: time comes with each call.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;
use tracing::warn;

use super::account::AccountOptions;
use super::decoder::Decoder;
use super::fault::Fault;
use super::ledger::Ledger;
use super::transit::{Arriving, Errand, Transit};
use crate::matching::{Answer, MatchError, Matcher, Simulation, What};
use crate::model::{
    ClientOrderId, Command, Instrument, InstrumentError, InstrumentId, Lots, Money, Nanos, OrderReason,
    OrderStatus, Report, ReportKind, Side, Ticks,
};
use crate::simulator::order_entry::{Action, Connection, Only, OrderEntry, Replacement};
use crate::simulator::{Frame, Listing, Source};

/// A cancel that its restrictions forbid: no change is refused for this reason.
const RESTRICTED: OrderReason = OrderReason::Venue;

/// Who trades, and how.
#[derive(Clone, Debug)]
pub struct TradingOptions {
    /// The one account.
    pub account: AccountOptions,
    /// Fees and latencies; the default has no latency: the loopback's own is real.
    pub settings: Simulation,
    /// Replies that get lost.
    pub fault: Option<Fault>,
}

impl Default for TradingOptions {
    fn default() -> Self {
        let settings =
            Simulation { feed_latency: 0, order_latency: 0, response_latency: 0, ..Simulation::default() };
        TradingOptions { account: AccountOptions::default(), settings, fault: None }
    }
}

/// Why a source cannot be traded on.
#[derive(Debug, Error)]
pub enum ExchangeError {
    /// A listing is none.
    #[error(transparent)]
    Listing(#[from] InstrumentError),
    /// Money cannot hold it.
    #[error(transparent)]
    Matching(#[from] MatchError),
}

/// The two clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// What requests' timestamps are held to: UTC.
    pub clock: Nanos,
    /// The source's time: orders, fills and events carry it.
    pub market: Nanos,
}

/// What is said to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A text frame.
    Text(String),
    /// Nothing any more: its connection breaks.
    Cut,
}

/// What the account has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Asset, free and locked.
    pub balances: Vec<(String, Money, Money)>,
    /// New orders that arrived.
    pub orders: u64,
    /// Fills.
    pub fills: u64,
    /// Orders that live, by their clients' ids.
    pub open: Vec<String>,
}

/// The venue behind its streams.
#[derive(Debug)]
pub struct Exchange {
    entry: OrderEntry,
    matcher: Matcher,
    decoder: Decoder,
    ledger: Ledger,
    transit: Transit,
    feed_latency: i64,
    is_open: bool,
    reached: Nanos,
    fills: u64,
    fault: Option<Fault>,
    placed: u64,
    /// Orders whose reply is withheld, and whose connection breaks.
    doomed: BTreeMap<ClientOrderId, Connection>,
    broken: BTreeSet<Connection>,
    said: Vec<(Connection, Said)>,
}

impl Exchange {
    /// A venue that trades these, not open yet.
    ///
    /// # Errors
    /// [`ExchangeError`] for a listing that cannot be traded.
    pub fn new(listings: &[Listing], options: &TradingOptions) -> Result<Exchange, ExchangeError> {
        let instruments: Vec<Instrument> =
            listings.iter().map(Listing::instrument).collect::<Result<_, _>>()?;
        let TradingOptions { account, settings, fault } = options;
        let rate = settings.maker_fee.max(settings.taker_fee);
        let rows: Vec<_> = (0..).map(InstrumentId).zip(instruments.iter().cloned()).collect();
        Ok(Exchange {
            ledger: Ledger::new(instruments.iter(), &account.cash, rate),
            matcher: Matcher::new(instruments, *settings)?,
            decoder: Decoder::new(&rows),
            entry: OrderEntry::new(account.account.clone(), rows),
            transit: Transit::new(*settings),
            feed_latency: settings.feed_latency,
            is_open: false,
            reached: Nanos(0),
            fills: 0,
            fault: *fault,
            placed: 0,
            doomed: BTreeMap::new(),
            broken: BTreeSet::new(),
            said: Vec::new(),
        })
    }

    /// The source has begun: from now on it moves.
    pub fn open(&mut self) {
        self.is_open = true;
    }

    /// Takes in what the source has before `begin`, without anybody who hears or trades.
    pub fn pass(&mut self, source: &mut dyn Source, begin: Nanos) {
        let mut unheard = Vec::new();
        while let Some(time) = source.next_time().filter(|time| *time < begin) {
            self.serve(source, time, &mut unheard);
            unheard.clear();
        }
        self.reached = self.reached.max(begin);
    }

    /// The source's time that has been reached.
    #[must_use]
    pub fn reached(&self) -> Nanos {
        self.reached
    }

    /// A client connected.
    pub fn connect(&mut self) -> Connection {
        self.entry.connect()
    }

    /// A client is gone; its orders stay.
    pub fn disconnect(&mut self, connection: Connection) {
        self.entry.disconnect(connection);
        self.broken.remove(&connection);
    }

    /// When commands or answers that are on their way are due, on the source's clock.
    #[must_use]
    pub fn next_due(&self) -> Option<Nanos> {
        self.transit.next_due()
    }

    /// What is to be said since the last call, in order.
    pub fn take_said(&mut self) -> Vec<(Connection, Said)> {
        std::mem::take(&mut self.said)
    }

    /// Free and locked of both currencies of an instrument, base first.
    #[must_use]
    pub fn balances(&self, instrument: InstrumentId) -> Vec<(&str, Money, Money)> {
        self.ledger.of(instrument)
    }

    /// What the account has come to.
    #[must_use]
    pub fn statement(&self) -> Statement {
        let balances =
            self.ledger.all().map(|(name, free, locked)| (name.to_owned(), free, locked)).collect();
        let open = self.entry.open().map(str::to_owned).collect();
        Statement { balances, orders: self.placed, fills: self.fills, open }
    }

    /// A client's text frame. What the source has until `now.market` has happened before: call
    /// [`advance`](Self::advance) first, and again afterwards for what came of it.
    pub fn on_text(&mut self, from: Connection, text: &str, now: Now) {
        self.entry.set_market_time(now.clock, now.market);
        let actions = self.entry.on_text(from, text, now.clock);
        for errand in actions.iter().filter_map(errand_of) {
            if let Some(order) = errand.new_order() {
                self.placed += 1;
                if self.fault.is_some_and(|fault| self.placed.is_multiple_of(fault.every)) {
                    self.doomed.insert(ClientOrderId(order.client_order_id), from);
                }
            }
        }
        self.act(actions);
    }

    /// Moves the source and what is on its way up to `now.market`, or until about `limit` frames have been appended.
    pub fn advance(&mut self, source: &mut dyn Source, now: Now, limit: usize, frames: &mut Vec<Frame>) {
        let mut until = now.market;
        let most = frames.len().saturating_add(limit);
        loop {
            let command = self.transit.next_command().filter(|due| *due <= until);
            let frame = source.next_time().filter(|time| self.is_open && *time <= until);
            match (frame, command) {
                // Records first: whoever arrives at a moment finds its book.
                (Some(time), command) if command.is_none_or(|due| time <= due) => {
                    if frames.len() >= most {
                        until = self.reached;
                        break;
                    }
                    self.reached = self.reached.max(time);
                    self.serve(source, time, frames);
                }
                (_, Some(_)) => self.arrive(),
                (..) => break,
            }
        }
        while let Some(answers) = self.transit.take_answers(until) {
            self.tell(&answers, now.clock);
        }
    }

    fn serve(&mut self, source: &mut dyn Source, time: Nanos, frames: &mut Vec<Frame>) {
        self.decoder.step(source, time, frames);
        let at_venue = Nanos(time.0 - self.feed_latency);
        for record in self.decoder.records() {
            let mut fresh = Vec::new();
            // The feed has refused what cannot be; a fill beyond money is the rest.
            if let Err(error) = self.matcher.on_record(&record, at_venue, &mut fresh) {
                warn!(%error, "a record is passed over");
            }
            fresh.iter().for_each(|answer| self.ledger.book(answer));
            self.transit.answer(fresh, time);
        }
    }

    fn arrive(&mut self) {
        let Some(Arriving { due, arrival, errand }) = self.transit.take_command() else { return };
        self.reached = self.reached.max(due);
        let mut fresh = Vec::new();
        match &errand {
            Errand::Command(command) => self.carry_out(command, arrival, &mut fresh),
            Errand::Replace(both) => self.replace(both, arrival, &mut fresh),
        }
        self.transit.answer(fresh, due);
        let order = errand.new_order().map(|order| ClientOrderId(order.client_order_id));
        if let Some(connection) = order.and_then(|order| self.doomed.remove(&order)) {
            self.broken.insert(connection);
            self.said.push((connection, Said::Cut));
        }
    }

    fn carry_out(&mut self, command: &Command, arrival: Nanos, fresh: &mut Vec<Answer>) {
        let first = fresh.len();
        let filled = self.matcher.filled(ClientOrderId(command.client_order_id));
        if command.action == Command::NEW && !self.is_covered(command) {
            fresh.push(insufficient(command, arrival));
        } else if command.action == Command::MODIFY && filled.is_none_or(|filled| command.qty <= filled.0) {
            // The matcher would take back what is left; this venue refuses.
            let reason = if filled.is_none() { OrderReason::TooLate } else { OrderReason::BadQuantity };
            fresh.push(unchanged(command, arrival, reason));
        } else if let Err(error) = self.matcher.on_command(command, arrival, fresh) {
            warn!(%error, "a command is passed over");
        }
        fresh[first..].iter().for_each(|answer| self.ledger.book(answer));
    }

    /// The old order is taken back, and then the new one comes.
    fn replace(&mut self, both: &Replacement, arrival: Nanos, fresh: &mut Vec<Answer>) {
        let filled = self.matcher.filled(ClientOrderId(both.cancel.client_order_id));
        let stands = match (both.only, filled) {
            (Some(Only::New), Some(filled)) => filled.0 == 0,
            (Some(Only::PartiallyFilled), Some(filled)) => filled.0 > 0,
            _ => true,
        };
        if stands {
            self.carry_out(&both.cancel, arrival, fresh);
        } else {
            fresh.push(unchanged(&both.cancel, arrival, RESTRICTED));
        }
        if both.goes_on || stands && filled.is_some() {
            self.carry_out(&both.new, arrival, fresh);
        }
    }

    /// Whether the account has what an order may use; then it is locked.
    fn is_covered(&mut self, command: &Command) -> bool {
        let (id, instrument) = (ClientOrderId(command.client_order_id), InstrumentId(command.instrument));
        let side = side_of(command);
        // A stop's money is locked at its trigger.
        let price = if command.price == 0 { command.trigger } else { command.price };
        let (price, qty) = (Ticks(price), Lots(command.qty));
        let walk = if price.0 == 0 { self.decoder.cost(instrument, side, qty) } else { 0 };
        self.ledger.reserve(id, instrument, (side, price, qty), walk)
    }

    fn tell(&mut self, answers: &[Answer], clock: Nanos) {
        let mut reports = Vec::with_capacity(answers.len());
        for answer in answers {
            self.fills += u64::from(matches!(answer.what, What::Fill { .. }));
            let report = answer.report(0, self.fills, answer.time);
            reports.extend(report.map(|report| match report.what {
                ReportKind::ChangeRefused(RESTRICTED) => Report { what: ReportKind::ChangeCrossed, ..report },
                _ => report,
            }));
        }
        let Some(first) = answers.first() else { return };
        self.entry.set_market_time(clock, first.time);
        let mut actions = self.entry.on_reports(&reports, clock);
        if answers.iter().any(|answer| !is_refusal(answer)) {
            actions.extend(self.entry.account_position(&self.ledger.of(first.instrument), clock));
        }
        self.act(actions);
    }

    fn act(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Command(command) => self.transit.send(Errand::Command(command)),
                Action::Replace(both) => self.transit.send(Errand::Replace(*both)),
                Action::Send { to, text } if !self.broken.contains(&to) => {
                    self.said.push((to, Said::Text(text)));
                }
                Action::Send { .. } => {}
            }
        }
    }
}

/// Of an order or a cancel: balances are as they were.
fn is_refusal(answer: &Answer) -> bool {
    matches!(
        answer.what,
        What::Update { status: OrderStatus::Rejected, .. }
            | What::Update { reason: OrderReason::TooLate | OrderReason::BadQuantity | RESTRICTED, .. }
    )
}

fn errand_of(action: &Action) -> Option<Errand> {
    match action {
        Action::Command(command) => Some(Errand::Command(*command)),
        Action::Replace(both) => Some(Errand::Replace(**both)),
        Action::Send { .. } => None,
    }
}

fn side_of(command: &Command) -> Side {
    if command.side == Side::Buy as u8 { Side::Buy } else { Side::Sell }
}

/// A change or a cancel that does nothing.
fn unchanged(command: &Command, time: Nanos, reason: OrderReason) -> Answer {
    let (price, qty, filled) = (Ticks(0), Lots(0), Lots(0));
    Answer {
        id: ClientOrderId(command.client_order_id),
        instrument: InstrumentId(command.instrument),
        side: Side::None,
        time,
        what: What::Update { status: OrderStatus::New, reason, price, qty, filled },
    }
}

fn insufficient(command: &Command, time: Nanos) -> Answer {
    let (price, qty, filled) = (Ticks(command.price), Lots(command.qty), Lots(0));
    Answer {
        id: ClientOrderId(command.client_order_id),
        instrument: InstrumentId(command.instrument),
        side: side_of(command),
        time,
        what: What::Update { status: OrderStatus::Rejected, reason: OrderReason::Cash, price, qty, filled },
    }
}
