//! Client and venue against each other: every message that one writes the other reads, through a matching engine that
//! is a list of answers.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use pyrt_engine::execution::venues::binance::{
    BinanceOrderEntry, Conversion, Credentials, Message, NotSent, Options, Session, hmac_sha256_hex,
};
use pyrt_engine::execution::{OrderManager, Question};
use pyrt_engine::model::{
    ClientOrderId, Command, Event, Instrument, InstrumentId, Lots, Money, Nanos, Order, OrderReason,
    OrderStatus, OrderType, Report, ReportKind, Side, Ticks, Tif,
};
use pyrt_engine::risk::{BookView, Context, Limits, PreTrade, Ratio};
use pyrt_engine::simulator::order_entry::{Account, Action, Connection, OrderEntry, Secret};
use ring::signature::{Ed25519KeyPair, KeyPair};

const MS: i64 = 1_000_000;
const START: i64 = 1_723_075_200_000 * MS;
const BTC: InstrumentId = InstrumentId(3);

fn btc() -> Instrument {
    let mut btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
    (btc.min_qty, btc.min_notional) = (0.00001, 5.0);
    btc
}

fn account(seed: [u8; 32]) -> Account {
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let key = pair.public_key().as_ref().try_into().unwrap();
    Account { api_key: "key".to_owned(), secret: Secret::Ed25519(key) }
}

/// Both ends of a connection, and the desk in front of it.
struct Pair {
    now: i64,
    risk: PreTrade,
    orders: OrderManager,
    client: BinanceOrderEntry,
    venue: OrderEntry,
    connection: Connection,
    records: Vec<Event>,
    messages: Vec<Message>,
    commands: Vec<Command>,
    send: Vec<u8>,
}

impl Pair {
    fn new() -> Pair {
        let limits = include_str!("../../config/risk_limits.toml").replace("= 60 ", "= 100000 ");
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

    fn ready() -> Pair {
        let mut pair = Pair::new();
        pair.client.connected(Nanos(pair.now), &mut pair.send);
        pair.deliver();
        assert_eq!(pair.client.session(), Session::Ready);
        assert_eq!(pair.messages, [Message::LoggedOn, Message::Subscribed]);
        pair.messages.clear();
        pair
    }

    /// What the client wrote goes to the venue, what the venue answers comes back, until nobody says anything.
    fn deliver(&mut self) {
        while !self.send.is_empty() {
            let text = String::from_utf8(std::mem::take(&mut self.send)).unwrap();
            let actions = self.venue.on_text(self.connection, &text, Nanos(self.now));
            self.act(actions);
        }
    }

    fn act(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Command(command) => self.commands.push(command),
                Action::Send { text, .. } => self.hear(&text),
            }
        }
    }

    fn hear(&mut self, text: &str) {
        let first = self.messages.len();
        let now = Nanos(self.now);
        self.client
            .on_text(text, now, &mut self.messages, &mut self.send)
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        for message in &self.messages[first..] {
            match message {
                Message::Told(told) => self.orders.on_told(told, &mut self.records).unwrap(),
                Message::NotFound(id) => {
                    self.orders.on_not_found(*id, now, self.client.grace(), now, &mut self.records);
                }
                _ => {}
            }
        }
        self.risk.exposures_mut().set_in_flight(BTC, self.orders.in_flight(BTC));
    }

    fn place(&mut self, counter: u32, side: Side, (price, qty): (i64, i64)) -> ClientOrderId {
        let id = ClientOrderId::new(1, 1, counter);
        let order_type = if price == 0 { OrderType::Market } else { OrderType::Limit };
        let (instrument, tif, post_only, time) = (BTC, Tif::Gtc, false, Nanos(self.now));
        let (price, qty) = (Ticks(price), Lots(qty));
        self.send_order(Order { id, instrument, side, order_type, tif, post_only, price, qty, time });
        id
    }

    fn send_order(&mut self, order: Order) {
        let (equity, peak_equity) = (Some(Money::from_f64(1e6)), Some(Money::from_f64(1e6)));
        let book = BookView { synced: true, age: 0 };
        let context =
            Context { now: Nanos(self.now), killed: false, stopped: false, book, equity, peak_equity };
        let approved = self.risk.check(order, &context).unwrap_or_else(|refusal| panic!("{refusal}"));
        self.client.place(&approved, Nanos(self.now), &mut self.send).unwrap();
        self.orders.send(approved, &mut self.records).unwrap();
    }

    /// The matching engine says this of an order.
    fn report(&mut self, id: ClientOrderId, kinds: &[ReportKind]) {
        self.now += MS;
        let (event_time, receive_time) = (Nanos(self.now), Nanos(self.now));
        let report =
            |what: &ReportKind| Report { id, venue_order_id: 0, event_time, receive_time, what: *what };
        let reports: Vec<_> = kinds.iter().map(report).collect();
        let actions = self.venue.on_reports(&reports, Nanos(self.now));
        self.act(actions);
        self.deliver();
    }

    fn status(&self, id: ClientOrderId) -> OrderStatus {
        self.orders.get(id).unwrap().status()
    }
}

fn fill(price: i64, qty: i64, cumulative: i64, fee: f64, trade_id: u64) -> ReportKind {
    let (price, qty, cumulative) = (Ticks(price), Lots(qty), Lots(cumulative));
    ReportKind::Filled { price, qty, cumulative, fee: Money::from_f64(fee), maker: true, trade_id }
}

#[test]
fn an_order_goes_there_and_everything_about_it_comes_back() {
    let mut pair = Pair::ready();
    let id = pair.place(1, Side::Sell, (6_000_001, 1_000));
    let order = *pair.orders.get(id).unwrap().order();
    pair.deliver();
    assert_eq!(pair.commands, [Command::new_order(&order)]); // to the last bit what was approved
    pair.report(id, &[ReportKind::Accepted, fill(6_000_001, 400, 400, 0.25, 11)]);
    assert_eq!(pair.status(id), OrderStatus::PartiallyFilled);
    pair.orders.cancel(id, Nanos(pair.now), &mut pair.records).unwrap();
    pair.client.cancel(id, BTC, Nanos(pair.now), &mut pair.send).unwrap();
    pair.deliver();
    assert_eq!(pair.commands[1], Command::cancel(id, BTC, Nanos(pair.now)));
    pair.report(id, &[ReportKind::Canceled]);
    assert_eq!((pair.status(id), pair.orders.in_flight(BTC).sell), (OrderStatus::Canceled, Lots(0)));
    let fills: Vec<_> = pair.records.iter().filter_map(Event::as_fill).collect();
    assert_eq!(fills.len(), 1);
    assert_eq!((fills[0].price, fills[0].qty, fills[0].fee), (60_000.01, 0.004, 0.25));
    // a cancel too many
    pair.client.cancel(id, BTC, Nanos(pair.now), &mut pair.send).unwrap();
    pair.deliver();
    let last = pair.messages.last();
    let says = matches!(last, Some(Message::Told(told)) if told.report.what == ReportKind::CancelRejected(OrderReason::TooLate));
    assert!(says, "{last:?}");
}

#[test]
fn every_type_of_order_arrives_as_it_was_meant() {
    let mut pair = Pair::ready();
    let limit = |counter, tif, post_only| Order {
        id: ClientOrderId::new(1, 1, counter),
        instrument: BTC,
        side: Side::Buy,
        order_type: OrderType::Limit,
        tif,
        post_only,
        price: Ticks(5_999_999),
        qty: Lots(123),
        time: Nanos(START),
    };
    let market = Order { order_type: OrderType::Market, price: Ticks(0), ..limit(5, Tif::Gtc, false) };
    let all = [
        limit(1, Tif::Gtc, false),
        limit(2, Tif::Ioc, false),
        limit(3, Tif::Fok, false),
        limit(4, Tif::Gtc, true),
    ];
    for order in all.into_iter().chain([market]) {
        pair.send_order(order);
        pair.deliver();
        assert_eq!(pair.commands.pop(), Some(Command::new_order(&order)));
    }
    let expiries = [(2, OrderReason::IocRest), (3, OrderReason::NotEnough), (5, OrderReason::NoLiquidity)];
    for (counter, reason) in expiries {
        let id = ClientOrderId::new(1, 1, counter);
        pair.report(id, &[ReportKind::Accepted, ReportKind::Expired(reason)]);
        let order = pair.orders.get(id).unwrap();
        assert_eq!((order.status(), order.reason()), (OrderStatus::Expired, reason));
    }
    for (counter, reason) in [(1, OrderReason::Cash), (4, OrderReason::WouldCross)] {
        let id = ClientOrderId::new(1, 1, counter);
        pair.report(id, &[ReportKind::Rejected(reason)]);
        let order = pair.orders.get(id).unwrap();
        assert_eq!((order.status(), order.reason()), (OrderStatus::Rejected, reason));
    }
    assert_eq!(pair.orders.live().count(), 0);
}

#[test]
fn what_was_lost_is_asked_for_and_found() {
    let mut pair = Pair::ready();
    // the connection is lost between the order and its answer; a fill happens meanwhile
    let id = pair.place(1, Side::Buy, (5_999_999, 500));
    let never = pair.place(2, Side::Buy, (5_999_999, 500));
    let text = String::from_utf8(std::mem::take(&mut pair.send)).unwrap();
    let first = text.find("}}").unwrap() + 2; // the second order never arrives
    let _ = pair.venue.on_text(pair.connection, &text[..first], Nanos(pair.now));
    pair.client.disconnected();
    pair.venue.disconnect(pair.connection);
    let at =
        |what| Report { id, venue_order_id: 0, event_time: Nanos(START), receive_time: Nanos(START), what };
    let heard = pair
        .venue
        .on_reports(&[at(ReportKind::Accepted), at(fill(5_999_999, 200, 200, 0.1, 7))], Nanos(START));
    assert!(heard.iter().all(|action| matches!(action, Action::Send { to, .. } if *to == pair.connection)));
    pair.orders.on_silence(Nanos(pair.now), 0, &mut pair.records);
    assert_eq!((pair.status(id), pair.status(never)), (OrderStatus::Unknown, OrderStatus::Unknown));
    assert_eq!(pair.orders.in_flight(BTC).buy, Lots(1_000));
    // back again
    pair.now += 10_000 * MS;
    pair.connection = pair.venue.connect();
    pair.client.connected(Nanos(pair.now), &mut pair.send);
    pair.deliver();
    for _ in 0..3 {
        pair.now += 10_000 * MS;
        let mut asked = vec![];
        pair.orders.questions(Nanos(pair.now), 1, |order, question| asked.push((order.clone(), question)));
        for (order, question) in asked {
            match question {
                Question::Status => pair.client.ask_status(&order, Nanos(pair.now), &mut pair.send).unwrap(),
                Question::Fills => pair.client.ask_fills(&order, Nanos(pair.now), &mut pair.send).unwrap(),
            }
            pair.deliver();
        }
    }
    let order = pair.orders.get(id).unwrap();
    assert_eq!(
        (order.status(), order.filled(), order.missing()),
        (OrderStatus::PartiallyFilled, Lots(200), Lots(0))
    );
    assert_eq!(pair.status(never), OrderStatus::Rejected);
    assert_eq!(pair.orders.in_flight(BTC).buy, Lots(300));
    // a new engine finds what lives at the venue
    pair.messages.clear();
    pair.client.ask_open_orders(Nanos(pair.now), &mut pair.send).unwrap();
    pair.deliver();
    let [Message::OpenOrder(open), Message::OpenOrdersEnd] = pair.messages[..] else {
        panic!("{:?}", pair.messages)
    };
    let sent = order_of(&pair, id);
    assert_eq!((open.order, open.filled), (sent, Lots(200)));
    let mut fresh = OrderManager::new(4);
    fresh.add_instrument(BTC, btc());
    fresh.adopt(open.order, open.filled, &[7]).unwrap();
    assert_eq!(fresh.in_flight(BTC), pair.orders.in_flight(BTC));
}

fn order_of(pair: &Pair, id: ClientOrderId) -> Order {
    *pair.orders.get(id).unwrap().order()
}

#[test]
fn balances_clocks_and_ends_of_streams_travel() {
    let mut pair = Pair::ready();
    let money = |amount| Money::from_f64(amount);
    let actions = pair.venue.account_position(
        &[("BTC", money(1.5), money(0.0)), ("USDT", money(10.0), money(2.0))],
        Nanos(START),
    );
    pair.act(actions);
    let [Message::Balance(btc), Message::Balance(usdt)] = pair.messages[..] else {
        panic!("{:?}", pair.messages)
    };
    assert_eq!((btc.asset.as_str(), btc.free), ("BTC", money(1.5)));
    assert_eq!((usdt.asset.as_str(), usdt.locked), ("USDT", money(2.0)));
    let actions = pair.venue.end_streams(Nanos(START));
    pair.act(actions);
    assert_eq!(pair.client.session(), Session::Subscribing);
    let refused = pair.client.cancel(ClientOrderId(1), InstrumentId(9), Nanos(START), &mut vec![]);
    assert_eq!(refused, Err(NotSent::Instrument(InstrumentId(9))));
    pair.deliver();
    assert_eq!(pair.client.session(), Session::Ready);
    // our clock is wrong: the venue says so, tells its own, and then believes us
    let ours = Nanos(START - 7_000 * MS);
    pair.client.ask_open_orders(ours, &mut pair.send).unwrap();
    pair.messages.clear();
    pair.deliver();
    assert_eq!(pair.messages[0], Message::ClockSkew);
    pair.client.ask_time(ours, &mut pair.send);
    let text = String::from_utf8(std::mem::take(&mut pair.send)).unwrap();
    let [Action::Send { text, .. }] = &pair.venue.on_text(pair.connection, &text, Nanos(START))[..] else {
        panic!()
    };
    pair.client.on_text(text, ours, &mut pair.messages, &mut pair.send).unwrap();
    pair.messages.clear();
    pair.client.ask_open_orders(ours, &mut pair.send).unwrap();
    pair.deliver();
    assert_eq!(pair.messages, [Message::OpenOrdersEnd]);
}

/// What the venue answers to a text: its status and code.
fn answer(venue: &mut OrderEntry, connection: Connection, text: &str, now: i64) -> (u64, i64) {
    match &venue.on_text(connection, text, Nanos(now))[..] {
        [Action::Command(_)] => (0, 0),
        [Action::Send { text, .. }] => {
            let reply: serde_json::Value = serde_json::from_str(text).unwrap();
            (reply["status"].as_u64().unwrap(), reply["error"]["code"].as_i64().unwrap_or(0))
        }
        actions => panic!("{actions:?}"),
    }
}

#[test]
fn the_venue_takes_the_documented_signature_and_no_other() {
    let secret = b"NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j".to_vec();
    let api_key = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A".to_owned();
    let account = Account { api_key, secret: Secret::Hmac(secret.clone()) };
    let mut venue = OrderEntry::new(account, vec![(BTC, btc())]);
    let connection = venue.connect();
    let request = r#"{"id":"4885f793-e5ad-4c3b-8f6c-55d891472b71","method":"order.place","params":{
        "symbol":"BTCUSDT","side":"SELL","type":"LIMIT","timeInForce":"GTC","quantity":"0.01000000","price":"52000.00",
        "recvWindow":100,"timestamp":1645423376532,
        "apiKey":"vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
        "signature":"aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"}}"#;
    let at = 1_645_423_376_532 * MS;
    let mut answer = |text: &str, now| answer(&mut venue, connection, text, now);
    assert_eq!(answer(request, at), (0, 0));
    assert_eq!(answer(&request.replace("aa1b", "AA1B"), at), (0, 0)); // hexadecimal digits of either case
    assert_eq!(answer(&request.replace("aa1b", "ab1b"), at), (400, -1022));
    assert_eq!(answer(&request.replace("52000.00", "52001.00"), at), (400, -1022));
    assert_eq!(answer(&request.replace("\"vmPU", "\"wmPU"), at), (401, -2015));
    assert_eq!(answer(request, at + 100 * MS), (0, 0)); // the window's edge
    assert_eq!(answer(request, at + 100 * MS + 1), (400, -1021));
    assert_eq!(answer(request, at - 1_000 * MS + 1), (0, 0));
    assert_eq!(answer(request, at - 1_000 * MS), (400, -1021));
    assert_eq!(hmac_sha256_hex(&secret, b"").len(), 64);
}

#[test]
fn the_venue_refuses_with_its_own_codes() {
    let mut pair = Pair::ready();
    let params = r#""symbol":"BTCUSDT","side":"BUY","type":"LIMIT","timeInForce":"GTC","price":"50000.00","quantity":"0.01","newClientOrderId":"a""#;
    let request = |method: &str, params: &str| {
        format!(r#"{{"id":1,"method":"{method}","params":{{{params},"timestamp":{}}}}}"#, START / MS)
    };
    let mut ask = |method: &str, params: &str| {
        answer(&mut pair.venue, pair.connection, &request(method, params), START)
    };
    for (from, to, code) in [
        ("BTCUSDT", "XXXYYY", -1121),
        ("\"BUY\"", "\"HOLD\"", -1102),
        ("\"LIMIT\"", "\"STOP_LOSS\"", -1020),
        ("\"50000.00\"", "\"50000.001\"", -1013),
        ("\"50000.00\"", "\"\"", -1102),
        ("\"0.01\"", "\"0.0000001\"", -1013),
        ("\"0.01\"", "\"-0.01\"", -1013),
        ("\"0.01\"", "\"0.00001\"", -1013), // half a dollar
        ("\"GTC\"", "\"GTX\"", -1102),
    ] {
        assert_eq!(ask("order.place", &params.replace(from, to)).1, code, "{from} {to}");
    }
    assert_eq!(ask("order.place", params), (0, 0));
    assert_eq!(ask("order.place", params), (400, -2010)); // twice
    assert_eq!(ask("order.cancel", r#""symbol":"BTCUSDT","origClientOrderId":"b""#), (400, -2011));
    assert_eq!(ask("order.cancel", r#""symbol":"BTCUSDT","origClientOrderId":"a""#), (0, 0));
    assert_eq!(ask("order.status", r#""symbol":"BTCUSDT","orderId":1"#), (200, 0));
    assert_eq!(ask("order.status", r#""symbol":"BTCUSDT","orderId":77"#), (400, -2013));
    assert_eq!(ask("order.cancelReplace", r#""symbol":"BTCUSDT""#), (400, -1020));
    for number in 0..49 {
        let name = format!("\"n{number}\"");
        assert_eq!(ask("order.place", &params.replace("\"a\"", &name)), (0, 0));
    }
    assert_eq!(ask("order.place", &params.replace("\"a\"", "\"z\"")), (429, -1015));
    let stranger = pair.venue.connect();
    let bare = request("openOrders.status", r#""x":1"#);
    assert_eq!(answer(&mut pair.venue, stranger, &bare, START), (400, -1102)); // neither logged on nor signed
    assert_eq!(answer(&mut pair.venue, stranger, "{", START), (400, -1135));
    assert_eq!(answer(&mut pair.venue, stranger, r#"{"id":{},"method":"ping"}"#, START), (400, -1135));
    assert_eq!(answer(&mut pair.venue, stranger, r#"{"id":"x","method":"ping"}"#, START), (200, 0));
}

#[test]
fn a_fee_in_base_currency_is_understood_too() {
    let mut pair = Pair::ready();
    let id = pair.place(1, Side::Buy, (5_999_999, 500));
    pair.deliver();
    let (now, event) = (Nanos(pair.now), fill(5_999_999, 500, 500, 0.3, 1));
    let report = Report { id, venue_order_id: 0, event_time: now, receive_time: now, what: event };
    for action in pair.venue.on_reports(&[report], now) {
        let Action::Send { text, .. } = action else { panic!() };
        pair.hear(&text.replace(r#""n":"0.30000000","N":"USDT""#, r#""n":"0.00000500","N":"BTC""#));
    }
    let converted = |message: &&Message| {
        matches!(message, Message::Commission { conversion: Conversion::AtFillPrice, .. })
    };
    assert_eq!(pair.messages.iter().filter(converted).count(), 1);
    let fills: Vec<_> = pair.records.iter().filter_map(Event::as_fill).collect();
    assert_eq!(fills[0].fee, 0.299_999_95); // 0.000005 × 59,999.99
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn no_request_is_a_panic_for_the_venue(text in "\\PC{0,60}|\\{\"id\":(1|null|\"a\"),\"method\":\"(order.place|order.cancel|order.status|myTrades|session.logon|time)\",\"params\":\\{(\"(symbol|side|type|price|quantity|timestamp|orderId|timeInForce|recvWindow)\":(\"BTCUSDT\"|\"BUY\"|\"LIMIT\"|1723075200000|\"1.0\"|-1|1e400|\\[\\]|null),){0,7}\"timestamp\":1723075200000\\}\\}") {
        let mut pair = Pair::ready();
        let actions = pair.venue.on_text(pair.connection, &text, Nanos(START));
        prop_assert_eq!(actions.len(), 1);
    }

    #[test]
    fn any_order_survives_the_passage(buy in any::<bool>(), price in 100_000_i64..6_000_000, qty in 10_i64..16_000, counter in any::<u32>()) {
        let mut pair = Pair::ready();
        let side = if buy { Side::Buy } else { Side::Sell };
        prop_assume!(price * qty >= 5_000_000_0 && (buy || price * qty < 90_000_000_000));
        let id = pair.place(counter, side, (price, qty));
        pair.deliver();
        prop_assert_eq!(&pair.commands, &[Command::new_order(&order_of(&pair, id))]);
    }
}
