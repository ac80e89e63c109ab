//! A client with its desk, and a venue, wired to each other; the matching engine is a list of answers.

use pyrt_engine::execution::venues::binance::{BinanceOrderEntry, Credentials, Message, Options, Session};
use pyrt_engine::execution::{Asking, Numbers, OrderManager, Plan};
use pyrt_engine::model::{
    ClientOrderId, Command, Event, Instrument, InstrumentId, Lots, Money, Nanos, Order, OrderStatus,
    OrderType, Report, ReportKind, Side, Ticks, Tif,
};
use pyrt_engine::risk::{BookView, Context, Limits, PreTrade, Ratio};
use pyrt_engine::simulator::order_entry::{Account, Action, Connection, OrderEntry, Secret};
use ring::signature::{Ed25519KeyPair, KeyPair};

pub const MS: i64 = 1_000_000;
pub const START: i64 = 1_723_075_200_000 * MS;
pub const BTC: InstrumentId = InstrumentId(3);

pub fn btc() -> Instrument {
    let mut btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
    (btc.min_qty, btc.min_notional) = (0.00001, 5.0);
    btc
}

pub fn account(seed: [u8; 32]) -> Account {
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let key = pair.public_key().as_ref().try_into().unwrap();
    Account { api_key: "key".to_owned(), secret: Secret::Ed25519(key) }
}

/// Both ends of a connection, and the desk in front of it.
pub struct Pair {
    pub now: i64,
    pub risk: PreTrade,
    pub orders: OrderManager,
    pub client: BinanceOrderEntry,
    pub venue: OrderEntry,
    pub connection: Connection,
    pub records: Vec<Event>,
    pub messages: Vec<Message>,
    pub commands: Vec<Command>,
    pub send: Vec<u8>,
}

impl Pair {
    pub fn new() -> Pair {
        let limits = include_str!("../../../config/risk_limits.toml").replace("= 60 ", "= 100000 ");
        let mut risk = PreTrade::new(Limits::from_toml(&limits).unwrap());
        risk.exposures_mut().add(BTC, &btc(), Some(Ratio::ONE)).unwrap();
        risk.exposures_mut().set_mark(BTC, Some(Ticks(6_000_000)));
        let mut orders = OrderManager::new(64);
        orders.add_instrument(BTC, btc());
        let credentials = Credentials::from_seed("key", &[9; 32]).unwrap();
        let client = BinanceOrderEntry::new(credentials, &[(BTC, btc())], Options::default());
        let mut venue = OrderEntry::new(account([9; 32]), vec![(BTC, btc())]);
        let connection = venue.connect();
        let (records, messages, commands, send) = (vec![], vec![], vec![], vec![]);
        Pair { now: START, risk, orders, client, venue, connection, records, messages, commands, send }
    }

    pub fn ready() -> Pair {
        let mut pair = Pair::new();
        pair.client.connected(Nanos(pair.now), &mut pair.send);
        pair.deliver();
        assert_eq!(pair.client.session(), Session::Ready);
        assert_eq!(pair.messages, [Message::LoggedOn, Message::Subscribed]);
        pair.messages.clear();
        pair
    }

    /// What the client wrote goes to the venue, what the venue answers comes back, until nobody says anything.
    pub fn deliver(&mut self) {
        while !self.send.is_empty() {
            let text = String::from_utf8(std::mem::take(&mut self.send)).unwrap();
            let actions = self.venue.on_text(self.connection, &text, Nanos(self.now));
            self.act(actions);
        }
    }

    pub fn act(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Command(command) => self.commands.push(command),
                Action::Replace(both) => self.commands.extend([both.cancel, both.new]),
                Action::Send { text, .. } => self.hear(&text),
            }
        }
    }

    pub fn hear(&mut self, text: &str) {
        let first = self.messages.len();
        let now = Nanos(self.now);
        self.client
            .on_text(text, now, &mut self.messages, &mut self.send)
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        for message in &self.messages[first..] {
            match message {
                Message::Told(told) => self.orders.on_told(told, &mut self.records).unwrap(),
                Message::NotFound(id) => {
                    self.orders.on_not_found(*id, self.client.grace(), now, &mut self.records);
                }
                _ => {}
            }
        }
        self.risk.exposures_mut().set_in_flight(BTC, self.orders.in_flight(BTC));
    }

    pub fn place(&mut self, counter: u32, side: Side, (price, qty): (i64, i64)) -> ClientOrderId {
        let id = ClientOrderId::new(1, 1, counter);
        let order_type = if price == 0 { OrderType::Market } else { OrderType::Limit };
        let (instrument, tif, post_only, time) = (BTC, Tif::Gtc, false, Nanos(self.now));
        let (price, qty) = (Ticks(price), Lots(qty));
        let (trigger, display) = (Ticks(0), Lots(0));
        self.send_order(Order {
            id,
            instrument,
            side,
            order_type,
            tif,
            post_only,
            price,
            qty,
            trigger,
            display,
            time,
        });
        id
    }

    pub fn send_order(&mut self, order: Order) {
        let (equity, peak_equity) = (Some(Money::from_f64(1e6)), Some(Money::from_f64(1e6)));
        let book = BookView { synced: true, age: 0 };
        let context =
            Context { now: Nanos(self.now), killed: false, stopped: false, book, equity, peak_equity };
        let approved = self.risk.check(order, &context).unwrap_or_else(|refusal| panic!("{refusal}"));
        self.client.place(&approved, Nanos(self.now), &mut self.send).unwrap();
        self.orders.send(approved, &mut self.records).unwrap();
    }

    /// New numbers of an order leave for the venue.
    pub fn change(&mut self, id: ClientOrderId, numbers: Numbers) {
        let (equity, peak_equity) = (Some(Money::from_f64(1e6)), Some(Money::from_f64(1e6)));
        let (now, book) = (Nanos(self.now), BookView { synced: true, age: 0 });
        let context = Context { now, killed: false, stopped: false, book, equity, peak_equity };
        let tracked = self.orders.get(id).unwrap();
        let (old, new) = (tracked.present_name(), tracked.next_name());
        let (approved, asking) = match tracked.plan(numbers, now) {
            Plan::Reduce(order) => (self.risk.check_less(order, &context), Asking::Reduce(old)),
            Plan::Replace { order, more, guarded } => {
                (self.risk.check_change(order, more, &context), Asking::Replace { old, new, guarded })
            }
            plan => panic!("{plan:?}"),
        };
        let approved = approved.unwrap_or_else(|refusal| panic!("{refusal}"));
        self.client.change(&approved, asking, now, &mut self.send).unwrap();
        self.orders.change(approved, asking, (numbers, true), now);
        self.deliver();
    }

    /// The matching engine says this of an order.
    pub fn report(&mut self, id: ClientOrderId, kinds: &[ReportKind]) {
        self.now += MS;
        let (event_time, receive_time) = (Nanos(self.now), Nanos(self.now));
        let report =
            |what: &ReportKind| Report { id, venue_order_id: 0, event_time, receive_time, what: *what };
        let reports: Vec<_> = kinds.iter().map(report).collect();
        let actions = self.venue.on_reports(&reports, Nanos(self.now));
        self.act(actions);
        self.deliver();
    }

    pub fn order(&self, id: ClientOrderId) -> Order {
        *self.orders.get(id).unwrap().order()
    }

    pub fn status(&self, id: ClientOrderId) -> OrderStatus {
        self.orders.get(id).unwrap().status()
    }
}

pub fn fill(price: i64, qty: i64, cumulative: i64, fee: f64, trade_id: u64) -> ReportKind {
    let (price, qty, cumulative) = (Ticks(price), Lots(qty), Lots(cumulative));
    ReportKind::Filled { price, qty, cumulative, fee: Money::from_f64(fee), maker: true, trade_id }
}
