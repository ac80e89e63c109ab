//! A trading half with a scripted strategy, wired to the venue's side of order entry; the market and the matching are
//! what the test says.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::rc::Rc;
use std::sync::OnceLock;

use pyrt_engine::engine::core::{Core, CoreError, Hosting, Snapshot, Standing, Terms};
use pyrt_engine::engine::trading::{Entry, ORDER_ENTRY, Recorder, STREAM, Tape, Trading, World};
use pyrt_engine::execution::venues::binance::{BinanceOrderEntry, Credentials, Options};
use pyrt_engine::journal::Header;
use pyrt_engine::market_data::{BookTop, Counters, Feed, Request, Sink};
use pyrt_engine::messaging::{Action as Wanted, Incoming, Outgoing};
use pyrt_engine::model::{
    ClientOrderId, Command, Event, Instrument, InstrumentId, Lots, Money, Nanos, Quote, Report, ReportKind,
    State, StateChange, Ticks, Trade,
};
use pyrt_engine::risk::{Limits, Ratio};
use pyrt_engine::simulator::order_entry::{Account, Action, Connection, OrderEntry, Replacement, Secret};
use pyrt_engine::strategy::abi::{HASH, MAJOR};
use pyrt_engine::strategy::{CompiledStrategy, LoadOptions};

pub const MS: i64 = 1_000_000;
pub const START: i64 = 1_723_075_200_000 * MS;
pub const BTC: InstrumentId = InstrumentId(0);
pub const RUN: u16 = 7;

// What a trade's quantity tells a strategy to do.
pub const BUY: f64 = 1.0;
pub const SELL: f64 = 2.0;
pub const BUY_LIMIT: f64 = 3.0;
pub const CANCEL_ALL: f64 = 5.0;
pub const RAISE: f64 = 6.0;
pub const NOT_A_NUMBER: f64 = 7.0;
pub const SIGNAL: f64 = 8.0;
pub const TIMER: f64 = 9.0;
pub const OFF_GRID: f64 = 10.0;
pub const AGAIN: f64 = 11.0;
/// A bid, and two offers that wait for it and cancel each other.
pub const EXITS: f64 = 12.0;
/// A stop to buy at the trade's price; a stop-limit to sell there, with a limit 50.004 below.
pub const STOP: f64 = 13.0;
pub const STOP_LIMIT: f64 = 14.0;
/// A bid that shows a fifth of itself.
pub const ICEBERG: f64 = 15.0;
/// What Binance spot has not: a trailing stop, an order of the day.
pub const TRAIL: f64 = 16.0;
pub const DAY: f64 = 18.0;
/// The newest order: half of it; the trade's price; that as its trigger; twice of it.
pub const LESS: f64 = 17.0;
pub const REPRICE: f64 = 19.0;
pub const RETRIGGER: f64 = 20.0;
pub const MORE: f64 = 21.0;

pub fn btc() -> Instrument {
    let mut btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
    (btc.min_qty, btc.min_notional) = (0.00001, 5.0);
    btc
}

/// The object of a strategy written in C.
pub fn compiled(name: &str) -> PathBuf {
    let out = tempfile::tempdir().unwrap().keep().join(format!("{name}.so"));
    let source = format!("{}/tests/trading/objects/{name}.c", env!("CARGO_MANIFEST_DIR"));
    let flags = [format!("-DABI_MAJOR={MAJOR}"), format!("-DABI_HASH={HASH:#x}ull")];
    let mut compiler = Process::new("cc");
    let done = compiler.args(["-shared", "-fPIC", "-O1"]).args(flags).arg("-o").arg(&out).arg(source);
    assert!(done.status().unwrap().success());
    fs::set_permissions(&out, Permissions::from_mode(0o600)).unwrap();
    out
}

/// The scripted strategy's object, compiled once.
pub fn object() -> &'static Path {
    static OBJECT: OnceLock<PathBuf> = OnceLock::new();
    OBJECT.get_or_init(|| compiled("scripted"))
}

/// Strategies `one`, `two` …, each obeying trades with its own bit.
fn hostings(strategies: usize) -> Vec<Hosting> {
    let hosting = |number: usize| {
        let mut strategy = CompiledStrategy::load(object(), 1, &LoadOptions::default()).unwrap();
        strategy.set_parameter("bit", f64::from(1_u32 << number)).unwrap();
        let name = ["one", "two", "three"][number].to_owned();
        Hosting { name, strategy: strategy.into(), instruments: vec![], enabled: true }
    };
    (0..strategies).map(hosting).collect()
}

pub fn core(hostings: Vec<Hosting>, run: u16) -> Result<Core, CoreError> {
    let limits = Limits::from_toml(include_str!("../../../config/risk_limits.toml")).unwrap();
    let terms = Terms { cash: Money::from_f64(100_000.0), usd: Some(Ratio::ONE), run, limits };
    Core::new(&[btc()], hostings, terms)
}

fn entry() -> BinanceOrderEntry {
    let credentials = Credentials::from_secret("demo", "demo-secret").unwrap();
    BinanceOrderEntry::new(credentials, &[(BTC, btc())], Options::default())
}

pub fn trading(strategies: usize, tape: Option<Box<dyn Tape>>) -> Trading {
    trading_of(hostings(strategies), tape)
}

/// These strategies.
pub fn trading_of(hostings: Vec<Hosting>, tape: Option<Box<dyn Tape>>) -> Trading {
    Trading::new(core(hostings, RUN).unwrap(), entry(), tape)
}

/// The next session, with what the last one left.
pub fn taking_over(strategies: usize, left: &Snapshot) -> Result<Trading, String> {
    let mut core = core(hostings(strategies), RUN + 1).unwrap();
    core.restore(left)?;
    Ok(Trading::new(core, entry(), None))
}

pub fn recorder(path: &Path, capacity: usize) -> Box<dyn Tape> {
    let header = Header { session_id: 1, created: Nanos(START), monotonic_at_created: 0, closed: false };
    Box::new(Recorder::create(path, capacity, &header).unwrap())
}

/// What left.
#[derive(Default)]
pub struct Heard {
    pub records: Vec<Event>,
    pub frames: VecDeque<Vec<u8>>,
    pub said: Vec<Outgoing>,
    /// Set when the engine has died: nothing leaves any more.
    pub dead: Rc<Cell<bool>>,
    /// It died before the entry was written that it died of.
    pub unwritten: Rc<Cell<bool>>,
}

impl World for Heard {
    fn publish(&mut self, record: &mut Event) {
        record.stamp = self.records.len() as u64;
        self.records.push(*record);
    }

    fn send(&mut self, frame: &[u8]) -> bool {
        if !self.dead.get() {
            self.frames.push_back(frame.to_vec());
        }
        true
    }

    fn say(&mut self, message: Outgoing) {
        self.said.push(message);
    }
}

/// A feed whose frames are records.
pub struct Plain;

impl Feed for Plain {
    fn stream_path(&self) -> String {
        String::new()
    }
    fn on_connected(&mut self, _: Nanos, _: &mut dyn Sink) {}
    fn on_frame(&mut self, frame: &[u8], _: Nanos, sink: &mut dyn Sink) {
        sink.event(bytemuck::pod_read_unaligned(frame));
    }
    fn on_response(&mut self, _: InstrumentId, _: Option<&[u8]>, _: Nanos, _: &mut dyn Sink) {}
    fn on_disconnected(&mut self, _: Nanos, _: &mut dyn Sink) {}
    fn on_time(&mut self, _: Nanos, _: &mut dyn Sink) {}
    fn next_request(&mut self) -> Option<Request> {
        None
    }
    fn counters(&self) -> Counters {
        Counters::default()
    }
}

pub struct Rig {
    pub now: i64,
    pub trading: Trading,
    pub world: Heard,
    pub venue: OrderEntry,
    pub connection: Connection,
    /// New orders, cancels and changes that reached the venue.
    pub commands: Vec<Command>,
    /// Of two of them that belong together: the place of the first, and both.
    pub pairs: BTreeMap<usize, Replacement>,
    /// Commands that [`Rig::answer_changes`] has seen.
    looked_at: usize,
    fills: u64,
    /// The last frame that told of a fill.
    last_fill: String,
}

struct Through<'a>(&'a mut Trading, &'a mut Heard);

impl Sink for Through<'_> {
    fn event(&mut self, mut event: Event) {
        self.1.publish(&mut event);
        self.0.on_record(&event, self.1);
    }
    fn book(&mut self, _: &BookTop<'_>) {}
}

impl Rig {
    pub fn new(strategies: usize, tape: Option<Box<dyn Tape>>) -> Rig {
        let account = Account { api_key: "demo".to_owned(), secret: Secret::Hmac(b"demo-secret".to_vec()) };
        let mut venue = OrderEntry::new(account, vec![(BTC, btc())]);
        let connection = venue.connect();
        let trading = trading(strategies, tape);
        Rig {
            now: START,
            trading,
            world: Heard::default(),
            venue,
            connection,
            commands: vec![],
            pairs: BTreeMap::new(),
            looked_at: 0,
            fills: 0,
            last_fill: String::new(),
        }
    }

    /// Connected, the book synced at 59,999.99 to 60,000.00.
    pub fn ready(strategies: usize, tape: Option<Box<dyn Tape>>) -> Rig {
        let mut rig = Rig::new(strategies, tape);
        rig.connect();
        rig.market();
        rig
    }

    pub fn connect(&mut self) {
        self.input(&Entry::Connected(ORDER_ENTRY));
        self.deliver();
    }

    /// The venue's end of it; the engine is not told.
    pub fn drop_connection(&mut self) {
        self.venue.disconnect(self.connection);
        self.connection = self.venue.connect();
    }

    pub fn disconnect(&mut self) {
        self.drop_connection();
        self.input(&Entry::Disconnected(ORDER_ENTRY));
    }

    pub fn market(&mut self) {
        self.state(State::Synced);
        self.quote(59_999.99, 60_000.0);
    }

    pub fn state(&mut self, state: State) {
        let mut change = StateChange::new(BTC, Nanos(self.now));
        (change.receive_time, change.flags) = (self.now, state as u16);
        self.record(&change.into());
    }

    pub fn quote(&mut self, bid: f64, ask: f64) {
        let mut quote = Quote::new(BTC, Nanos(self.now));
        (quote.receive_time, quote.bid, quote.ask, quote.bid_qty, quote.ask_qty) =
            (self.now, bid, ask, 1.0, 1.0);
        self.record(&quote.into());
    }

    /// A trade that tells the strategies with these bits to do something; what they send reaches the venue.
    pub fn tell(&mut self, bits: u64, what: f64, price: f64) {
        self.record(&self.trade(bits, what, price));
        self.deliver();
    }

    /// The same, and what they send gets lost on its way.
    pub fn tell_unheard(&mut self, bits: u64, what: f64, price: f64) {
        self.record(&self.trade(bits, what, price));
        self.world.frames.clear();
    }

    pub fn trade(&self, bits: u64, what: f64, price: f64) -> Event {
        let mut trade = Trade::new(BTC, Nanos(self.now));
        (trade.receive_time, trade.price, trade.qty, trade.trade_id) = (self.now, price, what, bits);
        trade.into()
    }

    pub fn record(&mut self, record: &Event) {
        self.input(&Entry::Frame(STREAM, bytemuck::bytes_of(record)));
    }

    /// Time goes on, looked at ten times a second.
    pub fn wait(&mut self, ms: i64) {
        for _ in 0..(ms / 100).max(1) {
            self.now += ms.min(100) * MS;
            self.input(&Entry::Time);
            self.deliver();
        }
    }

    pub fn command(&mut self, id: &str, action: Wanted) {
        self.input(&Entry::Command(Incoming { id: id.to_owned(), action }));
        self.deliver();
    }

    /// As the decision thread does it: into the journal, then to work.
    pub fn input(&mut self, entry: &Entry<'_>) {
        let Rig { trading, world, .. } = self;
        let now = Nanos(self.now);
        if world.dead.get() {
            return;
        }
        trading.journal(entry, now, world);
        if world.unwritten.get() {
            return;
        }
        match entry {
            Entry::Frame(STREAM, frame) => Plain.on_frame(frame, now, &mut Through(trading, world)),
            Entry::Connected(_) => trading.on_connected(now, world),
            Entry::Disconnected(_) => trading.on_disconnected(now, world),
            Entry::Frame(_, frame) => trading.on_frame(frame, now, world),
            Entry::Time => trading.on_time(now, world),
            Entry::Command(command) => trading.on_command(command, now, world),
            Entry::End => trading.wind_down(now, world),
            Entry::Restart => {
                Plain.on_disconnected(now, &mut Through(trading, world));
                trading.on_restart(now, world);
            }
            Entry::Response(..) => {}
        }
    }

    /// What the engine wrote goes to the venue, what the venue answers comes back, until nobody says anything.
    pub fn deliver(&mut self) {
        while let Some(frame) = self.world.frames.pop_front() {
            let text = String::from_utf8(frame).unwrap();
            let actions = self.venue.on_text(self.connection, &text, Nanos(self.now));
            self.act(actions);
        }
    }

    fn act(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Send { to, text } if to == self.connection => {
                    if text.contains("\"x\":\"TRADE\"") {
                        self.last_fill.clone_from(&text);
                    }
                    self.input(&Entry::Frame(ORDER_ENTRY, text.as_bytes()));
                }
                Action::Send { .. } => {} // to a connection that is gone
                Action::Command(command) => self.commands.push(command),
                Action::Replace(both) => {
                    self.pairs.insert(self.commands.len(), *both);
                    self.commands.extend([both.cancel, both.new]);
                }
            }
        }
    }

    /// The venue says this of an order.
    pub fn report(&mut self, id: u64, kinds: &[ReportKind]) {
        let now = Nanos(self.now);
        let at = |what: &ReportKind| Report {
            id: ClientOrderId(id),
            venue_order_id: 0,
            event_time: now,
            receive_time: now,
            what: *what,
        };
        let actions = self.venue.on_reports(&kinds.iter().map(at).collect::<Vec<_>>(), now);
        self.act(actions);
        self.deliver();
    }

    /// The same from one of the commands on.
    pub fn answer_changes_from(&mut self, place: usize) {
        self.looked_at = self.looked_at.max(place);
        self.answer_changes();
    }

    /// The venue does the changes that have reached it.
    pub fn answer_changes(&mut self) {
        while let Some(command) = self.commands.get(self.looked_at).copied() {
            let both = self.pairs.get(&self.looked_at).copied();
            self.looked_at += 1;
            if let Some(both) = both {
                self.report(both.cancel.client_order_id, &[ReportKind::Canceled]);
                self.report(both.new.client_order_id, &[ReportKind::Accepted]);
            } else if command.action == Command::MODIFY {
                self.report(command.client_order_id, &[ReportKind::Reduced(Lots(command.qty))]);
            }
        }
    }

    /// A fill of so many lots, with its own id.
    pub fn fill(&mut self, price: f64, lots: i64, cumulative: i64, fee: f64) -> ReportKind {
        self.fills += 1;
        let price = Ticks((price * 100.0).round() as i64);
        let (qty, cumulative, fee) = (Lots(lots), Lots(cumulative), Money::from_f64(fee));
        ReportKind::Filled { price, qty, cumulative, fee, maker: true, trade_id: self.fills }
    }

    /// The last event about a fill comes once more.
    pub fn repeat_fill(&mut self) {
        let text = self.last_fill.clone();
        assert!(!text.is_empty());
        self.input(&Entry::Frame(ORDER_ENTRY, text.as_bytes()));
    }

    /// Accepts the last order and fills it whole.
    pub fn fill_last(&mut self, price: f64, fee: f64) {
        let Command { client_order_id, qty, .. } = *self.commands.last().unwrap();
        let fill = self.fill(price, qty, qty, fee);
        self.report(client_order_id, &[ReportKind::Accepted, fill]);
    }

    /// Reasons of the order updates that say *rejected*.
    pub fn refusals(&self) -> Vec<u16> {
        let updates = self.world.records.iter().filter_map(Event::as_order_update);
        updates.filter(|update| update.flags >> 12 == 5).map(|update| update.flags & 0xff).collect()
    }

    pub fn standing(&self, strategy: usize) -> &Standing {
        self.trading.core().standing(strategy).unwrap()
    }

    /// Actions that reached the venue: 1 new, 2 cancel, 3 modify.
    pub fn actions(&self) -> Vec<u8> {
        self.commands.iter().map(|command| command.action).collect()
    }

    /// Lots and money of a strategy, as its listeners know them.
    pub fn position(&self, strategy: u16) -> (f64, f64, f64) {
        let state = self.trading.core().position_state(strategy, BTC, Nanos(self.now));
        (state.qty, state.average_cost, state.realized_pnl)
    }
}
