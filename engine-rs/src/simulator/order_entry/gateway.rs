//! The door of a simulated venue for orders: connections, requests, replies, events.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::access::{Account, in_time};
use super::changing::{Replacement, Underway};
use super::events;
use super::failure::{
    BAD_KEY, BAD_SYMBOL, DUPLICATE, Failure, NO_ORDER, NOTHING_TO_CANCEL, TOO_MANY_ORDERS, UNSUPPORTED,
};
use super::forms::{self, RateLimit};
use super::mass_cancel::{MassCancels, Settled};
use super::placing::order_of;
use super::request::Request;
use super::venue_order::{VenueOrder, Waiting, rejection};
use crate::model::{ClientOrderId, Command, Instrument, InstrumentId, Money, Nanos, Report, ReportKind};

/// Orders that an account may place in ten seconds.
const ORDERS_PER_WINDOW: u64 = 50;
const WINDOW: i64 = 10_000_000_000;
/// Orders that have ended and can still be asked about.
const REMEMBERED: usize = 10_000;
/// Ids made up for clients that name their orders in another way than we do.
const FOREIGN: (u16, u16) = (u16::MAX, u16::MAX);

/// A client's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Connection(pub u32);

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this text.
    Send {
        /// To whom.
        to: Connection,
        /// A frame.
        text: String,
    },
    /// For the matching engine; what it says comes back through [`OrderEntry::on_reports`].
    Command(Command),
    /// The same of two commands that belong together.
    Replace(Box<Replacement>),
}

#[derive(Clone, Copy, Debug, Default)]
struct Session {
    authorized: bool,
    subscribed: bool,
}

/// Order entry of one account.
#[derive(Debug)]
pub struct OrderEntry {
    account: Account,
    pub(super) instruments: Vec<(InstrumentId, Instrument)>,
    sessions: BTreeMap<Connection, Session>,
    pub(super) orders: BTreeMap<ClientOrderId, VenueOrder>,
    pub(super) names: HashMap<String, ClientOrderId>,
    over: VecDeque<ClientOrderId>,
    connections: u32,
    order_ids: u64,
    foreign_ids: u32,
    pub(super) executions: u64,
    mass_cancels: MassCancels,
    /// Orders that are being replaced.
    pub(super) replacements: Vec<Underway>,
    /// The market's clock less that of requests, ns: a recorded market lives in its own time.
    market_offset: i64,
    /// The ten seconds of the last order, and how many they saw.
    window: (i64, u64),
}

pub(super) type Done = Result<Vec<Action>, Failure>;

impl OrderEntry {
    /// A venue that trades these instruments for this account.
    #[must_use]
    pub fn new(account: Account, instruments: Vec<(InstrumentId, Instrument)>) -> OrderEntry {
        OrderEntry {
            account,
            instruments,
            sessions: BTreeMap::new(),
            orders: BTreeMap::new(),
            names: HashMap::new(),
            over: VecDeque::new(),
            connections: 0,
            order_ids: 0,
            foreign_ids: 0,
            executions: 0,
            mass_cancels: MassCancels::default(),
            replacements: vec![],
            market_offset: 0,
            window: (0, 0),
        }
    }

    /// A client connected.
    pub fn connect(&mut self) -> Connection {
        self.connections += 1;
        let connection = Connection(self.connections);
        self.sessions.insert(connection, Session::default());
        connection
    }

    /// A client is gone; its orders stay.
    pub fn disconnect(&mut self, connection: Connection) {
        self.sessions.remove(&connection);
    }

    /// The market's time differs from `now`, which requests are held to: orders and events carry the market's.
    pub fn set_market_time(&mut self, now: Nanos, market: Nanos) {
        self.market_offset = market.0 - now.0;
    }

    /// Takes a text frame of a client.
    pub fn on_text(&mut self, from: Connection, text: &str, now: Nanos) -> Vec<Action> {
        let request = match Request::parse(text) {
            Ok(request) => request,
            Err(failure) => return vec![self.refuse(from, "null", &failure, now)],
        };
        let done = self.answer(from, &request, now);
        done.unwrap_or_else(|failure| vec![self.refuse(from, &request.id, &failure, now)])
    }

    /// Takes what the matching engine said at one moment: replies to the requests that waited for it, then events.
    pub fn on_reports(&mut self, reports: &[Report], now: Nanos) -> Vec<Action> {
        let (mut replies, mut events) = (vec![], vec![]);
        for report in reports {
            self.on_report(report, now, &mut events);
        }
        // Only now: an order that filled at once says so in its reply.
        for report in reports {
            self.reply_to(report, now, &mut replies);
        }
        let heard = self.sessions.iter().filter(|(_, session)| session.subscribed).map(|(to, _)| *to);
        let heard: Vec<_> = heard.collect();
        for text in events {
            replies.extend(heard.iter().map(|to| Action::Send { to: *to, text: text.clone() }));
        }
        replies
    }

    /// Tells who listens what the account holds: name, free, locked.
    #[must_use]
    pub fn account_position(&self, balances: &[(&str, Money, Money)], now: Nanos) -> Vec<Action> {
        self.broadcast(&events::account_position(balances, self.market_time(now)))
    }

    /// Ends all streams of events, as the venue may.
    pub fn end_streams(&mut self, now: Nanos) -> Vec<Action> {
        let actions = self.broadcast(&events::stream_terminated(self.market_time(now)));
        self.sessions.values_mut().for_each(|session| session.subscribed = false);
        actions
    }

    /// Names of the orders that live, by the ids that clients gave them.
    pub fn open(&self) -> impl Iterator<Item = &str> {
        self.orders.values().filter(|order| order.is_open()).map(|order| order.name.as_str())
    }

    pub(super) fn market_time(&self, now: Nanos) -> Nanos {
        Nanos(now.0.saturating_add(self.market_offset))
    }

    fn broadcast(&self, text: &str) -> Vec<Action> {
        let heard = self.sessions.iter().filter(|(_, session)| session.subscribed);
        heard.map(|(to, _)| Action::Send { to: *to, text: text.to_owned() }).collect()
    }

    fn answer(&mut self, from: Connection, request: &Request, now: Nanos) -> Done {
        let session = self.sessions.get(&from).copied().unwrap_or_default();
        match request.method.as_str() {
            "ping" => return Ok(vec![self.reply(from, request, "{}", now)]),
            "time" => {
                let time = format!("{{\"serverTime\":{}}}", now.0 / 1_000_000);
                return Ok(vec![self.reply(from, request, &time, now)]);
            }
            "session.logon" => {
                in_time(request, now)?;
                self.account.verify(request)?;
                let result = forms::session(&self.account.api_key, now);
                self.sessions.insert(from, Session { authorized: true, ..session });
                return Ok(vec![self.reply(from, request, &result, now)]);
            }
            "userDataStream.subscribe" if session.authorized => return Ok(self.subscribe(from, request, now)),
            "userDataStream.subscribe" => return Err(BAD_KEY),
            _ => {}
        }
        // An authorized session need not sign; a signature that is there must be right.
        if !session.authorized || request.text("signature").is_some() {
            self.account.verify(request)?;
        }
        in_time(request, now)?;
        match request.method.as_str() {
            "userDataStream.subscribe.signature" => Ok(self.subscribe(from, request, now)),
            "order.place" => self.place(from, request, now),
            "order.cancel" => self.cancel(from, request, now),
            "order.cancelReplace" => self.replace(from, request, now),
            "order.amend.keepPriority" => self.reduce(from, request, now),
            "order.status" => {
                let order = self.orders.get(&self.named(request, NO_ORDER)?).ok_or(NO_ORDER)?;
                let instrument = self.instrument(order.order.instrument)?;
                Ok(vec![self.reply(from, request, &forms::standing(order, instrument), now)])
            }
            "openOrders.status" => self.open_orders(from, request, now),
            "openOrders.cancelAll" => self.cancel_all(from, request, now),
            "myTrades" => {
                let order = self.orders.get(&self.named(request, NO_ORDER)?).ok_or(NO_ORDER)?;
                let instrument = self.instrument(order.order.instrument)?;
                Ok(vec![self.reply(from, request, &forms::trades(order, instrument), now)])
            }
            _ => Err(UNSUPPORTED),
        }
    }

    fn subscribe(&mut self, from: Connection, request: &Request, now: Nanos) -> Vec<Action> {
        self.sessions.entry(from).or_default().subscribed = true;
        vec![self.reply(from, request, "{\"subscriptionId\":0}", now)]
    }

    fn place(&mut self, from: Connection, request: &Request, now: Nanos) -> Done {
        let (id, command) = self.admit(from, request, now)?;
        debug_assert_eq!(id.0, command.client_order_id);
        Ok(vec![Action::Command(command)])
    }

    /// A new order that passes all that is looked at before the matching engine is asked.
    pub(super) fn admit(
        &mut self,
        from: Connection,
        request: &Request,
        now: Nanos,
    ) -> Result<(ClientOrderId, Command), Failure> {
        let symbol = request.needed("symbol")?;
        let listed = self.instruments.iter().find(|(_, instrument)| instrument.symbol == symbol);
        let (instrument_id, instrument) = listed.ok_or(BAD_SYMBOL)?;
        let name = request.text("newClientOrderId").map(str::to_owned);
        if name.as_ref().is_some_and(|name| self.names.contains_key(name)) {
            return Err(DUPLICATE);
        }
        let foreign = ClientOrderId::new(FOREIGN.0, FOREIGN.1, self.foreign_ids);
        let ours = name.as_ref().and_then(|name| ClientOrderId::from_text(name.as_bytes()));
        let id = ours.unwrap_or(foreign);
        let order = order_of(request, id, (*instrument_id, instrument), self.market_time(now))?;
        let window = now.0.div_euclid(WINDOW);
        let placed = if self.window.0 == window { self.window.1 } else { 0 };
        if placed >= ORDERS_PER_WINDOW {
            return Err(TOO_MANY_ORDERS);
        }
        self.window = (window, placed + 1);
        self.foreign_ids += u32::from(ours.is_none());
        self.order_ids += 1;
        let name = name.unwrap_or_else(|| format!("x{}", self.order_ids));
        let word = request.text("newOrderRespType").unwrap_or("FULL").to_owned();
        let waiting = Waiting { to: from, id: request.id.clone(), word };
        self.names.insert(name.clone(), id);
        self.orders.insert(id, VenueOrder::new(name, order, self.order_ids, waiting));
        Ok((id, Command::new_order(&order)))
    }

    fn cancel(&mut self, from: Connection, request: &Request, now: Nanos) -> Done {
        let id = self.named(request, NOTHING_TO_CANCEL)?;
        let order = self.orders.get_mut(&id).ok_or(NOTHING_TO_CANCEL)?;
        if order.is_over() {
            return Err(NOTHING_TO_CANCEL);
        }
        let word = match request.text("newClientOrderId") {
            Some(name) => name.to_owned(),
            None => format!("cancel{}", order.order_id),
        };
        order.canceling = Some(Waiting { to: from, id: request.id.clone(), word });
        let instrument = order.order.instrument;
        Ok(vec![Action::Command(Command::cancel(id, instrument, self.market_time(now)))])
    }

    /// Cancels what is open of a symbol; one reply when the last has ended.
    fn cancel_all(&mut self, from: Connection, request: &Request, now: Nanos) -> Done {
        let symbol = request.needed("symbol")?;
        let listed = self.instruments.iter().find(|(_, instrument)| instrument.symbol == symbol);
        let instrument = listed.ok_or(BAD_SYMBOL)?.0;
        let time = self.market_time(now);
        let (mut ids, mut commands) = (vec![], vec![]);
        for order in self.orders.values_mut() {
            if order.order.instrument == instrument && order.is_open() && order.canceling.is_none() {
                let word = format!("cancel{}", order.order_id);
                order.canceling = Some(Waiting { to: from, id: request.id.clone(), word });
                ids.push(order.id());
                commands.push(Action::Command(Command::cancel(order.id(), instrument, time)));
            }
        }
        if ids.is_empty() {
            return Err(NOTHING_TO_CANCEL);
        }
        self.mass_cancels.begin(ids);
        Ok(commands)
    }

    fn open_orders(&self, from: Connection, request: &Request, now: Nanos) -> Done {
        let mut forms = vec![];
        for order in self.orders.values().filter(|order| order.is_open()) {
            let instrument = self.instrument(order.order.instrument)?;
            if request.text("symbol").is_none_or(|symbol| symbol == instrument.symbol) {
                forms.push(forms::standing(order, instrument));
            }
        }
        Ok(vec![self.reply(from, request, &format!("[{}]", forms.join(",")), now)])
    }

    /// The order that a request names by the venue's id or the client's.
    fn named(&self, request: &Request, none: Failure) -> Result<ClientOrderId, Failure> {
        self.found(request, ("orderId", "origClientOrderId"), none)
    }

    /// The same with these words for the ids.
    pub(super) fn found(
        &self,
        request: &Request,
        (number, name): (&str, &str),
        none: Failure,
    ) -> Result<ClientOrderId, Failure> {
        let symbol = request.needed("symbol")?;
        let found = match (request.number::<u64>(number)?, request.text(name)) {
            (Some(number), _) => {
                self.orders.values().find(|order| order.order_id == number).map(VenueOrder::id)
            }
            (None, Some(name)) => self.names.get(name).copied(),
            (None, None) => return Err(Failure::missing(number)),
        };
        let of_symbol = |id: &ClientOrderId| {
            let instrument = self.orders.get(id).map(|order| order.order.instrument);
            instrument.and_then(|id| self.instrument(id).ok()).is_some_and(|known| known.symbol == symbol)
        };
        found.filter(of_symbol).ok_or(none)
    }

    fn on_report(&mut self, report: &Report, now: Nanos, events: &mut Vec<String>) {
        let Some(order) = self.orders.get_mut(&report.id) else { return };
        let Some(instrument) = listed(&self.instruments, order.order.instrument) else { return };
        let replaces = self.replacements.iter().any(|underway| underway.new == report.id);
        let refused = (replaces && rejection(report).is_some()).then_some("REJECTED");
        let Some(what) = order.apply(report, instrument).or(refused) else { return };
        self.executions += 1;
        let time = Nanos(now.0.saturating_add(self.market_offset));
        let replaced = self.replacements.iter().find(|underway| underway.old == report.id);
        let (name, original) = match what {
            "CANCELED" => {
                let cancel = order.canceling.as_ref().map(|waiting| waiting.word.as_str());
                let cancel = cancel.or(replaced.map(|underway| underway.cancel.as_str()));
                cancel.map_or((order.name.as_str(), ""), |cancel| (cancel, order.name.as_str()))
            }
            "REPLACED" => {
                let name = order.reducing.as_ref().map_or(&order.name, |waiting| &waiting.word);
                (name.as_str(), order.name.as_str())
            }
            _ => (order.name.as_str(), ""),
        };
        let names = (what, name, original);
        events.push(events::execution_report(order, instrument, names, (self.executions, time)));
    }

    /// Answers the request that waited for this report, if one did.
    fn reply_to(&mut self, report: &Report, now: Nanos, replies: &mut Vec<Action>) {
        if self.reply_to_change(report, now, replies) {
            return;
        }
        let Some(order) = self.orders.get_mut(&report.id) else { return };
        let Some(instrument) = listed(&self.instruments, order.order.instrument) else { return };
        let (placing, mut canceling) = match report.what {
            ReportKind::Unknown | ReportKind::Triggered => return,
            ReportKind::Canceled | ReportKind::CancelRejected(_) => (None, order.canceling.take()),
            _ => (order.placing.take(), None),
        };
        let mut answers = vec![];
        if let Some(waiting) = placing {
            let answer = match rejection(report) {
                Some(reason) => Err(Failure::rejected(reason)),
                None => Ok(forms::placed(order, instrument, &waiting.word)),
            };
            answers.push((waiting, answer));
        }
        if order.is_over() && !matches!(report.what, ReportKind::Canceled) {
            canceling = canceling.or_else(|| order.canceling.take());
        }
        if let Some(waiting) = canceling {
            let answer = match report.what {
                ReportKind::Canceled => Ok(forms::canceled(order, instrument, &waiting.word)),
                _ => Err(NOTHING_TO_CANCEL),
            };
            match self.mass_cancels.settle(report.id, answer.as_ref().ok()) {
                Settled::Alone => answers.push((waiting, answer)),
                Settled::Waits => {}
                Settled::Nothing => answers.push((waiting, Err(NOTHING_TO_CANCEL))),
                Settled::All(list) => answers.push((waiting, Ok(list))),
            }
        }
        if order.is_over() {
            let rejected = rejection(report).is_some();
            self.forget_after(report.id, rejected);
        }
        replies.extend(answers.into_iter().map(|(waiting, answer)| match answer {
            Ok(result) => {
                Action::Send { to: waiting.to, text: forms::reply(&waiting.id, &result, &self.limits(now)) }
            }
            Err(failure) => self.refuse(waiting.to, &waiting.id, &failure, now),
        }));
    }

    /// An order that was refused never was; others are remembered for a while.
    pub(super) fn forget_after(&mut self, id: ClientOrderId, at_once: bool) {
        if at_once {
            self.forget(id);
        } else if !self.over.contains(&id) {
            self.over.push_back(id);
            if self.over.len() > REMEMBERED {
                let oldest = self.over.pop_front();
                oldest.into_iter().for_each(|id| self.forget(id));
            }
        }
    }

    pub(super) fn forget(&mut self, id: ClientOrderId) {
        if let Some(order) = self.orders.remove(&id) {
            self.names.remove(&order.name);
        }
    }

    pub(super) fn instrument(&self, id: InstrumentId) -> Result<&Instrument, Failure> {
        listed(&self.instruments, id).ok_or(BAD_SYMBOL)
    }

    pub(super) fn limits(&self, now: Nanos) -> [RateLimit; 2] {
        let count = if self.window.0 == now.0.div_euclid(WINDOW) { self.window.1 } else { 0 };
        let orders = ("ORDERS", "SECOND", 10, ORDERS_PER_WINDOW, count);
        [orders, ("REQUEST_WEIGHT", "MINUTE", 1, 6_000, 2)].map(
            |(rate_limit_type, interval, interval_num, limit, count)| RateLimit {
                rate_limit_type,
                interval,
                interval_num,
                limit,
                count,
            },
        )
    }

    fn reply(&self, to: Connection, request: &Request, result: &str, now: Nanos) -> Action {
        Action::Send { to, text: forms::reply(&request.id, result, &self.limits(now)) }
    }

    pub(super) fn refuse(&self, to: Connection, id: &str, failure: &Failure, now: Nanos) -> Action {
        Action::Send { to, text: forms::error(id, failure, now, &self.limits(now)) }
    }
}

pub(super) fn listed(instruments: &[(InstrumentId, Instrument)], id: InstrumentId) -> Option<&Instrument> {
    instruments.iter().find(|(known, _)| *known == id).map(|(_, instrument)| instrument)
}
