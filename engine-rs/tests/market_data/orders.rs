//! Books order by order: a recording against the venue's own book, the venue's own checksum, and venues of our own whose
//! messages get lost, doubled, swapped and damaged.

use std::collections::BTreeMap;

use proptest::prelude::*;
use pyrt_engine::book::L3Book;
use pyrt_engine::market_data::venues::Venue;
use pyrt_engine::market_data::venues::coinbase_orders::{
    CoinbaseFull, CoinbaseOrders, CoinbaseOrdersOptions, infer_instruments,
};
use pyrt_engine::market_data::venues::kraken_orders::{KrakenLevel3, KrakenOrders, KrakenOrdersOptions};
use pyrt_engine::market_data::verification::verify;
use pyrt_engine::market_data::{BookTop, Feed, OrderOptions, OrderProtocol, Recording, Sink, replay};
use pyrt_engine::model::{
    BookOrder, Event, Instrument, InstrumentId, Lots, Nanos, Reason, Side, State, Ticks, flag,
};

use crate::parsing::{mutated, mutations};
use crate::reader::{Records, numbered, recording};

const ID: InstrumentId = InstrumentId(0);

/// What a reader of the records knows: orders by id, in the order in which they came.
#[derive(Default)]
struct OrderTape {
    /// Side, price, size, and when it joined its price, by id.
    orders: BTreeMap<u128, (u8, u64, f64, u64)>,
    joined: u64,
    state: Option<(u16, u64)>,
    tops: Option<(f64, f64)>,
    trades: usize,
}

impl OrderTape {
    fn take(&mut self, order: &BookOrder) {
        let id = u128::from(order.order_id_low) | u128::from(order.order_id_high) << 64;
        if order.flags & flag::SNAPSHOT != 0 && order.side == 0 {
            return self.orders.clear();
        }
        self.joined += 1;
        let new = (order.side, order.price.to_bits(), order.qty, self.joined);
        match order.flags & 0xff {
            1 => assert!(self.orders.insert(id, new).is_none(), "an order comes once"),
            2 => {
                let old = self.orders.get_mut(&id).unwrap();
                let keeps = old.1 == new.1 && order.qty <= old.2;
                *old = (new.0, new.1, new.2, if keeps { old.3 } else { new.3 });
            }
            3 => assert!(self.orders.remove(&id).is_some(), "what goes was there"),
            4 => {
                let old = self.orders.get_mut(&id).unwrap();
                old.2 = ((old.2 - order.qty) * 1e8).round() / 1e8;
                if old.2 == 0.0 {
                    self.orders.remove(&id);
                }
            }
            code => panic!("{code}"),
        }
    }

    /// The book made of records is the engine's: every order, in its place in the queue.
    fn check_against(&self, book: &L3Book, instrument: &Instrument) {
        let mut queues: BTreeMap<_, Vec<(u64, u128, f64)>> = BTreeMap::new();
        for (id, (side, price, qty, joined)) in &self.orders {
            queues.entry((*side, *price)).or_default().push((*joined, *id, *qty));
        }
        let mut count = 0;
        let sides = [
            (Side::Buy, book.levels().bids().collect::<Vec<_>>()),
            (Side::Sell, book.levels().asks().collect()),
        ];
        for (side, levels) in sides {
            for (ticks, _) in levels {
                let mut own =
                    queues.remove(&(side as u8, instrument.price(ticks).to_bits())).unwrap_or_default();
                own.sort_by_key(|order| order.0);
                let told: Vec<_> = own.into_iter().map(|(_, id, qty)| (id, qty)).collect();
                let queue: Vec<_> =
                    book.queue(side, ticks).map(|order| (order.id, instrument.qty(order.lots))).collect();
                assert_eq!(told, queue, "{side:?} {ticks:?}");
                count += queue.len();
            }
        }
        assert!(queues.is_empty() && count == book.len());
    }
}

impl Sink for OrderTape {
    fn event(&mut self, event: Event) {
        if let Some(order) = event.as_order() {
            self.take(order);
        } else if let Some(state) = event.as_state() {
            self.state = Some((state.flags & 0xff, state.reason));
        }
        self.trades += usize::from(event.as_trade().is_some());
    }

    fn book(&mut self, top: &BookTop<'_>) {
        assert!(top.bids.windows(2).all(|pair| pair[0].0 > pair[1].0));
        self.tops = None;
        if let (Some(bid), Some(ask)) = (top.bids.first(), top.asks.first()) {
            assert!(bid.0 < ask.0);
            self.tops = Some((bid.0.0 as f64, ask.0.0 as f64));
        }
    }
}

fn said(state: State, reason: Reason) -> Option<(u16, u64)> {
    Some((state as u16, reason as u64))
}

const FULL: &str = "../l3/coinbase_full_btcusd_20160312_a.tsv";

/// The recording of the whole channel leads to the book that the venue's REST host had at the same number.
#[test]
fn coinbases_own_book_is_what_its_messages_lead_to() {
    let Some(folder) = recording("coinbase_exchange_level2.tsv") else { return };
    let path = folder.parent().unwrap().join(FULL);
    let instruments = numbered(infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap());
    assert_eq!(instruments[0].1.name, "coinbase:BTC-USD");
    let protocol = CoinbaseOrders::new(&instruments, CoinbaseOrdersOptions::default());
    let mut feed = CoinbaseFull::new(&instruments, protocol, OrderOptions::default());
    let mut tape = OrderTape::default();
    let (mut checked, mut book) = (0, L3Book::default());
    replay(
        &mut Recording::open(&[&path]).unwrap(),
        &mut feed,
        &mut tape,
        |line, feed, tape: &mut OrderTape| {
            if line.number > 7_109 {
                book.clone_from(feed.book(ID).unwrap());
                if line.number % 100 == 0 {
                    tape.check_against(&book, &instruments[0].1);
                    checked += 1;
                }
            }
        },
    )
    .unwrap();
    let counters = feed.counters();
    assert_eq!((counters.gaps, counters.rejected, counters.crossed, counters.snapshots), (0, 0, 0, 1));
    assert_eq!((counters.unknown, counters.trades, checked > 20), (0, 1, true));
    assert_eq!(counters.fallbacks, 7_109, "those of the snapshot have spaces in them");
    let expected: serde_json::Value = serde_json::from_str(
        &std::fs::read_to_string(path.with_file_name("coinbase_full_btcusd_20160312_a_expected.json"))
            .unwrap(),
    )
    .unwrap();
    let instrument = &instruments[0].1;
    for (side, key) in [(Side::Buy, "bids"), (Side::Sell, "asks")] {
        let price_and_qty = |(ticks, lots): (Ticks, Lots)| (instrument.price(ticks), instrument.qty(lots));
        let levels: Vec<_> = match side {
            Side::Buy => book.levels().bids().take(50).map(price_and_qty).collect(),
            _ => book.levels().asks().take(50).map(price_and_qty).collect(),
        };
        let theirs: Vec<(f64, f64)> = serde_json::from_value(expected[key].clone()).unwrap();
        assert_eq!(levels.len(), 50);
        assert_eq!(levels, theirs);
    }
    let report = verify(&[&path], false, |path| Ok(Box::new(std::fs::File::open(path)?))).unwrap().remove(0);
    assert_eq!((report.venue, report.messages, report.faults()), (Venue::CoinbaseOrders, 9_485, vec![]));
}

/// Both readers of the recording's messages say the same.
#[test]
fn every_message_of_the_channel_is_read_fast_and_right() {
    let Some(folder) = recording("coinbase_exchange_level2.tsv") else { return };
    let text = std::fs::read_to_string(folder.parent().unwrap().join(FULL)).unwrap();
    let instruments =
        numbered(vec![Instrument::spot("coinbase:BTC-USD", "BTC-USD", "0.01", "0.00000001").unwrap()]);
    let mut protocol = CoinbaseOrders::new(&instruments, CoinbaseOrdersOptions::default());
    for line in text.lines().skip(7_109) {
        let frame = line.split_once('\t').unwrap().1.as_bytes();
        let fast = protocol.read_fast(frame).unwrap();
        let said = (Ok(fast), protocol.steps().to_vec(), protocol.prints().to_vec());
        let tolerant = protocol.read_tolerant(frame);
        assert_eq!(said, (tolerant, protocol.steps().to_vec(), protocol.prints().to_vec()));
    }
}

const TODAY: [&str; 7] = [
    r#"{"type":"open","time":"2026-03-12T05:08:36.803703Z","product_id":"BTC-USD","sequence":10,"order_id":"d50ec984-77a8-460a-b958-66f114b0de9b","price":"200.20","remaining_size":"1.00","side":"sell"}"#,
    r#"{"type":"done","time":"2026-03-12T05:08:36.803703Z","product_id":"BTC-USD","sequence":10,"price":"200.20","order_id":"d50ec984-77a8-460a-b958-66f114b0de9b","reason":"canceled","side":"sell","remaining_size":"1"}"#,
    r#"{"type":"match","trade_id":10,"sequence":50,"maker_order_id":"ac928c66-ca53-498f-9c13-a110027a60e8","taker_order_id":"132fb6ae-456b-4654-b4e0-d681ac05cea1","time":"2026-11-07T08:19:27.028459Z","product_id":"BTC-USD","size":"5.23512","price":"400.23","side":"sell"}"#,
    r#"{"type":"change","reason":"STP","time":"2026-11-07T08:19:27.028459Z","sequence":80,"order_id":"ac928c66-ca53-498f-9c13-a110027a60e8","side":"sell","product_id":"BTC-USD","old_size":"12.234412","new_size":"5.23512","price":"400.23"}"#,
    r#"{"type":"change","reason":"modify_order","time":"2026-06-09T17:16:35.142184Z","sequence":24753,"order_id":"c3f16063-77b1-408f-a743-88b7bc20cdcd","side":"buy","product_id":"BTC-USD","old_size":"80","new_size":"80","old_price":"7","new_price":"6"}"#,
    r#"{"type":"received","time":"2026-11-09T20:27:48.212345Z","product_id":"BTC-USD","sequence":12,"order_id":"dddec984-77a8-460a-b958-66f114b0de9b","funds":"3000.234","side":"buy","order_type":"market","price":null}"#,
    r#"{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"2026-11-07T08:19:28.464459Z"}"#,
];

fn btc() -> Vec<(InstrumentId, Instrument)> {
    numbered(vec![Instrument::spot("coinbase:BTC-USD", "BTC-USD", "0.01", "0.00000001").unwrap()])
}

fn full() -> CoinbaseFull {
    let options = OrderOptions { window: 64, depth: 3, ..OrderOptions::default() };
    CoinbaseFull::new(&btc(), CoinbaseOrders::new(&btc(), CoinbaseOrdersOptions::default()), options)
}

/// A venue's own book, and the messages that it sends.
#[derive(Default)]
struct Hall {
    sequence: u64,
    next_id: u128,
    /// Side (true is a bid), ticks, lots; first come first.
    orders: Vec<(u128, bool, i64, i64)>,
}

fn decimal(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn uuid(id: u128) -> String {
    let text = format!("{id:032x}");
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

impl Hall {
    fn message(&mut self, kind: &str, rest: &str) -> String {
        self.sequence += 1;
        format!(
            r#"{{"type":"{kind}","product_id":"BTC-USD","sequence":{},"time":"2026-03-12T05:08:36.803703Z",{rest}}}"#,
            self.sequence
        )
    }

    /// What somebody does; the messages of it.
    fn act(&mut self, what: u8, bid: bool, distance: i64, pick: usize, lots: i64) -> Vec<String> {
        let side = if bid { "buy" } else { "sell" };
        match what {
            0..=3 => {
                let ticks = if bid { 10_000 - 1 - distance } else { 10_000 + 1 + distance };
                self.next_id += 1;
                self.orders.push((self.next_id, bid, ticks, lots));
                let id = uuid(self.next_id);
                let (price, size) = (decimal(ticks), decimal(lots));
                vec![
                    self.message("received", &format!(r#""order_id":"{id}","order_type":"limit","size":"{size}","price":"{price}","side":"{side}","client_oid":"""#)),
                    self.message("open", &format!(r#""side":"{side}","price":"{price}","order_id":"{id}","remaining_size":"{size}""#)),
                ]
            }
            4 if !self.orders.is_empty() => {
                let (id, bid, ticks, lots) = self.orders.remove(pick % self.orders.len());
                let side = if bid { "buy" } else { "sell" };
                let (price, size) = (decimal(ticks), decimal(lots));
                vec![self.message("done", &format!(r#""side":"{side}","order_id":"{}","reason":"canceled","price":"{price}","remaining_size":"{size}""#, uuid(id)))]
            }
            5 if !self.orders.is_empty() => {
                let place = pick % self.orders.len();
                let (id, bid, ticks, there) = self.orders[place];
                let taken = lots.min(there);
                self.orders[place].3 -= taken;
                let side = if bid { "buy" } else { "sell" };
                let price = decimal(ticks);
                let mut messages = vec![self.message("match", &format!(
                    r#""trade_id":{},"maker_order_id":"{}","taker_order_id":"{}","size":"{}","price":"{price}","side":"{side}""#,
                    self.sequence + 1, uuid(id), uuid(u128::MAX), decimal(taken)
                ))];
                if taken == there {
                    self.orders.remove(place);
                    messages.push(self.message("done", &format!(r#""side":"{side}","order_id":"{}","reason":"filled","price":"{price}","remaining_size":"0""#, uuid(id))));
                }
                messages
            }
            6 if !self.orders.is_empty() => {
                let place = pick % self.orders.len();
                let (id, bid, ticks, there) = self.orders[place];
                let new = lots.min(there);
                self.orders[place].3 = new;
                let side = if bid { "buy" } else { "sell" };
                vec![self.message("change", &format!(
                    r#""reason":"STP","order_id":"{}","side":"{side}","old_size":"{}","new_size":"{}","price":"{}""#,
                    uuid(id), decimal(there), decimal(new), decimal(ticks)
                ))]
            }
            _ => vec![self.message(
                "done",
                &format!(r#""side":"{side}","order_id":"{}","reason":"canceled""#, uuid(u128::MAX - 7)),
            )],
        }
    }

    fn snapshot(&self) -> String {
        let side = |bid: bool| {
            let rows: Vec<_> = self
                .orders
                .iter()
                .filter(|order| order.1 == bid)
                .map(|(id, _, ticks, lots)| {
                    format!(r#"["{}","{}","{}"]"#, decimal(*ticks), decimal(*lots), uuid(*id))
                })
                .collect();
            rows.join(",")
        };
        format!(
            r#"{{"bids":[{}],"asks":[{}],"sequence":{},"time":"x"}}"#,
            side(true),
            side(false),
            self.sequence
        )
    }

    fn same(&self, book: &L3Book) {
        let mut levels: BTreeMap<(bool, i64), Vec<(u128, i64)>> = BTreeMap::new();
        for (id, bid, ticks, lots) in &self.orders {
            levels.entry((*bid, *ticks)).or_default().push((*id, *lots * 1_000_000));
        }
        for ((bid, ticks), own) in &levels {
            let side = if *bid { Side::Buy } else { Side::Sell };
            let queue: Vec<_> =
                book.queue(side, Ticks(*ticks)).map(|order| (order.id, order.lots.0)).collect();
            assert_eq!(&queue, own, "{side:?} {ticks}");
        }
        assert_eq!(book.len(), self.orders.len());
    }
}

#[test]
fn messages_of_today_say_what_the_documentation_says() {
    use pyrt_engine::market_data::{OrderMessage, Step};
    let mut protocol = CoinbaseOrders::new(&btc(), CoinbaseOrdersOptions::default());
    let mut read = |text: &str| {
        let message = protocol.read(text.as_bytes()).unwrap();
        (message, protocol.steps().to_vec(), protocol.prints().to_vec())
    };
    let id = 0xd50e_c984_77a8_460a_b958_66f1_14b0_de9b_u128;
    let other = 0xac92_8c66_ca53_498f_9c13_a110_027a_60e8_u128;
    let (message, steps, _) = read(TODAY[0]);
    assert!(matches!(message, OrderMessage::Steps { index: 0, snapshot: false, sequence: Some(10), .. }));
    let places = (0, 0);
    assert_eq!(
        steps,
        [Step::Add { id, side: Side::Sell, ticks: Ticks(20_020), lots: Lots(100_000_000), places }]
    );
    assert_eq!(read(TODAY[1]).1, [Step::Remove { id, left: Some(Lots(100_000_000)), perhaps: true }]);
    let (_, steps, prints) = read(TODAY[2]);
    assert_eq!(steps, [Step::Execute { id: other, ticks: Ticks(40_023), lots: Lots(523_512_000) }]);
    assert_eq!((prints[0].id, prints[0].side), (10, Side::Buy), "the maker sold");
    let lots = Lots(523_512_000);
    assert_eq!(read(TODAY[3]).1, [Step::Modify { id: other, ticks: None, lots, places, perhaps: true }]);
    let [Step::Modify { ticks: Some(Ticks(600)), .. }] = read(TODAY[4]).1[..] else { panic!("a new price") };
    assert_eq!(read(TODAY[5]).1, []);
    assert_eq!(read(TODAY[6]).0, OrderMessage::Alive { last: Some((0, 90)) });
}

#[test]
fn a_damaged_order_is_found_by_the_message_that_contradicts_it() {
    let feed_of = |hall: &Hall| {
        let mut feed = full();
        let mut records = OrderTape::default();
        feed.on_connected(Nanos(1), &mut records);
        assert_eq!(feed.next_request().unwrap().path, "/products/BTC-USD/book?level=3");
        feed.on_response(ID, Some(hall.snapshot().as_bytes()), Nanos(2), &mut records);
        assert_eq!(records.state, said(State::Synced, Reason::FirstSnapshot));
        (feed, records)
    };
    for damage in [
        ("\"remaining_size\":\"5.00\"", "\"remaining_size\":\"5.01\""),
        ("\"size\":\"1.00\"", "\"size\":\"9.00\""),
        ("-000000000001\"", "-000000000009\""),
    ] {
        let mut hall = Hall::default();
        hall.act(0, true, 0, 0, 500);
        let (mut feed, mut records) = feed_of(&hall);
        let mut messages = hall.act(5, true, 0, 0, 100);
        let part = messages[0].contains(damage.0);
        if !part {
            hall = Hall::default();
            hall.act(0, true, 0, 0, 500);
            messages = hall.act(4, true, 0, 0, 1);
        }
        let frame = messages[0].replace(damage.0, damage.1);
        assert_ne!(frame, messages[0]);
        feed.on_frame(frame.as_bytes(), Nanos(3), &mut records);
        let unnoticed = frame.contains("done") && damage.1.contains("0009");
        if !unnoticed {
            assert_eq!(records.state, said(State::Resyncing, Reason::Gap), "{frame}");
            feed.on_response(ID, Some(hall.snapshot().as_bytes()), Nanos(4), &mut records);
            assert_eq!(records.state, said(State::Synced, Reason::None));
            hall.same(feed.book(ID).unwrap());
        }
    }
}

#[derive(Clone, Debug)]
enum Fate {
    Delivered,
    Dropped,
    Doubled,
    /// Comes after the next one.
    Late,
    Garbage(Vec<(u8, prop::sample::Index, u8)>),
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        12 => Just(Fate::Delivered),
        1 => Just(Fate::Dropped),
        1 => Just(Fate::Doubled),
        1 => Just(Fate::Late),
        1 => mutations().prop_map(Fate::Garbage),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is lost, doubled or swapped: a book that says synced is the venue's, order by order, and so is the one that
    /// readers make of the records.
    #[test]
    fn a_book_that_says_synced_is_the_venues(
        acts in prop::collection::vec((0_u8..8, any::<bool>(), 0_i64..4, 0_usize..9, 1_i64..9), 1..60),
        fates in prop::collection::vec(fates(), 1..40),
        before in 0_usize..8,
    ) {
        let mut hall = Hall::default();
        let mut feed = full();
        let mut tape = OrderTape::default();
        let mut fates = fates.into_iter().cycle();
        let mut late: Option<String> = None;
        let mut now = 1;
        feed.on_connected(Nanos(now), &mut tape);
        let mut damaged = false;
        for (step, (what, bid, distance, pick, lots)) in acts.into_iter().enumerate() {
            for message in hall.act(what, bid, distance, pick, lots) {
                now += 1;
                let mut send = |frame: &[u8]| feed.on_frame(frame, Nanos(now), &mut tape);
                match fates.next().unwrap() {
                    Fate::Delivered => {
                        send(message.as_bytes());
                        if let Some(held) = late.take() {
                            send(held.as_bytes());
                        }
                    }
                    Fate::Dropped => {}
                    Fate::Doubled => {
                        send(message.as_bytes());
                        send(message.as_bytes());
                    }
                    Fate::Late => late = Some(message),
                    Fate::Garbage(mutations) => {
                        send(&mutated(&message, &mutations));
                        damaged = true; // what it says is proven by nothing, now or when it has waited
                    }
                }
            }
            // The snapshot comes when it comes.
            if step >= before {
                let asked: Vec<_> = std::iter::from_fn(|| feed.next_request()).collect();
                if !asked.is_empty() {
                    feed.on_response(ID, Some(hall.snapshot().as_bytes()), Nanos(now), &mut tape);
                }
            }
            if tape.state.is_some_and(|(state, _)| state == State::Synced as u16) && !damaged {
                let book = feed.book(ID).unwrap();
                tape.check_against(book, &btc()[0].1);
            }
        }
        // The next message shows whatever was lost before it.
        let frames = hall.act(9, true, 0, 0, 1);
        frames.iter().for_each(|frame| feed.on_frame(frame.as_bytes(), Nanos(now + 1), &mut tape));
        if tape.state.is_some_and(|(state, _)| state == State::Synced as u16) && !damaged {
            hall.same(feed.book(ID).unwrap());
        }
    }

    #[test]
    fn a_mutated_message_means_the_same_to_both_readers(
        frame in prop::sample::select(TODAY.to_vec()),
        mutations in mutations(),
    ) {
        let mut protocol = CoinbaseOrders::new(&btc(), CoinbaseOrdersOptions::default());
        let bytes = mutated(frame, &mutations);
        if let Some(message) = protocol.read_fast(&bytes) {
            let said = (Ok(message), protocol.steps().to_vec(), protocol.prints().to_vec());
            let tolerant = protocol.read_tolerant(&bytes);
            prop_assert_eq!(said, (tolerant, protocol.steps().to_vec(), protocol.prints().to_vec()));
        }
        let _ = protocol.read(&bytes);
    }
}

#[test]
fn a_heartbeat_that_is_ahead_shows_what_was_lost_last() {
    let mut hall = Hall::default();
    let mut feed = full();
    let mut records = OrderTape::default();
    feed.on_connected(Nanos(1), &mut records);
    feed.on_response(ID, Some(hall.snapshot().as_bytes()), Nanos(2), &mut records);
    hall.act(0, true, 1, 0, 5); // nobody hears of it
    let beat = |hall: &Hall| TODAY[6].replace("90", &hall.sequence.to_string());
    feed.on_frame(beat(&hall).as_bytes(), Nanos(3), &mut records);
    assert_eq!(records.state, said(State::Synced, Reason::FirstSnapshot), "it may be on its way");
    feed.on_frame(beat(&hall).as_bytes(), Nanos(4), &mut records);
    assert_eq!(records.state, said(State::Resyncing, Reason::Gap));
    assert_eq!((feed.counters().gaps, feed.counters().resyncs), (1, 1));
}

fn level3() -> Option<(Vec<(InstrumentId, Instrument)>, String)> {
    let folder = recording("kraken_v2_book1000.tsv")?;
    let path = folder.parent().unwrap().join("../ws_fixtures/kraken_docs/level3_v2_checksum_example.json");
    let instruments =
        numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.1", "0.00000001").unwrap()]);
    Some((instruments, std::fs::read_to_string(path).unwrap()))
}

fn kraken(instruments: &[(InstrumentId, Instrument)]) -> (KrakenLevel3, OrderTape) {
    let options = KrakenOrdersOptions { depth: Some(10), token: "TOKEN".to_owned() };
    let protocol = KrakenOrders::new(instruments, options);
    let mut feed = KrakenLevel3::new(instruments, protocol, OrderOptions::default());
    let mut tape = OrderTape::default();
    feed.on_connected(Nanos(1), &mut tape);
    (feed, tape)
}

#[test]
fn krakens_example_has_its_checksum_and_no_damaged_order_has() {
    let Some((instruments, example)) = level3() else { return };
    let (mut feed, mut tape) = kraken(&instruments);
    feed.on_frame(example.as_bytes(), Nanos(2), &mut tape);
    assert_eq!(tape.state, said(State::Synced, Reason::FirstSnapshot));
    tape.check_against(feed.book(ID).unwrap(), &instruments[0].1);
    assert_eq!((feed.counters().checksums, feed.counters().checksums_ok), (1, 1));
    let subscribed = feed.next_outgoing().unwrap().text;
    assert!(
        subscribed.contains(r#""channel":"level3","symbol":["BTC/USD"],"depth":10,"#)
            && subscribed.contains("TOKEN")
    );
    // One order with another price, another size, or another place in its queue.
    let fields: Vec<_> = example.match_indices("\"limit_price\":").map(|(at, _)| at).collect();
    let mut damaged = 0;
    for at in fields {
        let order = &example[at..at + example[at..].find('}').unwrap()];
        let size = order.split("\"order_qty\":").nth(1).unwrap().split(',').next().unwrap();
        let last = if size.ends_with('0') { '1' } else { '0' };
        let other = order.replacen(size, &format!("{}{last}", &size[..size.len() - 1]), 1);
        let frame = format!("{}{}{}", &example[..at], other, &example[at + order.len()..]);
        let (mut feed, mut tape) = kraken(&instruments);
        feed.on_frame(frame.as_bytes(), Nanos(2), &mut tape);
        assert_eq!(tape.state, said(State::Resyncing, Reason::Checksum), "{other}");
        assert!(tape.orders.is_empty(), "it is not shown");
        assert_eq!(feed.counters().checksums_wrong(), 1);
        let again =
            std::iter::from_fn(|| feed.next_outgoing()).skip(1).map(|text| text.text).collect::<Vec<_>>();
        assert!(again[0].contains("unsubscribe") && again[1].contains("\"subscribe\""), "{again:?}");
        feed.on_frame(example.as_bytes(), Nanos(3), &mut tape);
        assert_eq!(tape.state, said(State::Synced, Reason::FirstSnapshot));
        damaged += 1;
    }
    assert_eq!(damaged, 35, "all of them are of the best ten levels");
}

/// Event, whether it is a bid, id, price in tenths, size in steps.
type Told<'a> = (&'a str, bool, u32, i64, i64);
/// Id, price, size.
type Standing = (u32, i64, i64);

/// The digits of every order of the best levels, by hand.
fn checksum(orders: &[Standing]) -> u32 {
    let mut crc = flate2::Crc::new();
    for (_, price, qty) in orders {
        crc.update(format!("{price}{qty}").as_bytes());
    }
    crc.sum()
}

fn kraken_message(kind: &str, events: &[Told<'_>], checksum: u32) -> String {
    let list = |bids: bool| {
        let row = |(event, _, id, price, qty): &Told<'_>| {
            let event = if kind == "snapshot" { String::new() } else { format!(r#""event":"{event}","#) };
            format!(
                r#"{{{event}"order_id":"O{id:05}-00000-000000","limit_price":{}.{},"order_qty":{}.{:08},"timestamp":"2026-01-08T12:26:39.526146327Z"}}"#,
                price / 10,
                price % 10,
                qty / 100_000_000,
                qty % 100_000_000
            )
        };
        events.iter().filter(|event| event.1 == bids).map(row).collect::<Vec<_>>().join(",")
    };
    format!(
        r#"{{"channel":"level3","type":"{kind}","data":[{{"symbol":"BTC/USD","checksum":{checksum},"bids":[{}],"asks":[{}],"timestamp":"2026-01-08T12:26:40.000000000Z"}}]}}"#,
        list(true),
        list(false)
    )
}

#[test]
fn krakens_orders_come_change_and_go_by_their_checksums() {
    let instruments =
        numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.1", "0.00000001").unwrap()]);
    let (mut feed, mut tape) = kraken(&instruments);
    // Asks from the lowest, then bids from the highest.
    let frame = kraken_message(
        "snapshot",
        &[
            ("", true, 1, 1_000, 50),
            ("", true, 2, 1_000, 70),
            ("", true, 3, 990, 5),
            ("", false, 4, 1_010, 9),
        ],
        checksum(&[(4, 1_010, 9), (1, 1_000, 50), (2, 1_000, 70), (3, 990, 5)]),
    );
    feed.on_frame(frame.as_bytes(), Nanos(2), &mut tape);
    let updates: [(&[Told<'_>], &[Standing]); 4] = [
        (
            &[("modify", true, 1, 1_000, 20), ("add", false, 5, 1_010, 3)],
            &[(4, 1_010, 9), (5, 1_010, 3), (1, 1_000, 20), (2, 1_000, 70), (3, 990, 5)],
        ),
        (&[("delete", true, 1, 1_000, 20)], &[(4, 1_010, 9), (5, 1_010, 3), (2, 1_000, 70), (3, 990, 5)]),
        (&[("modify", true, 2, 990, 70)], &[(4, 1_010, 9), (5, 1_010, 3), (3, 990, 5), (2, 990, 70)]),
        (
            &[("delete", false, 4, 1_010, 0), ("add", true, 6, 995, 1)],
            &[(5, 1_010, 3), (6, 995, 1), (3, 990, 5), (2, 990, 70)],
        ),
    ];
    for (at, (events, book)) in (3..).zip(updates) {
        let frame = kraken_message("update", events, checksum(book));
        feed.on_frame(frame.as_bytes(), Nanos(at), &mut tape);
        assert_eq!(tape.state, said(State::Synced, Reason::FirstSnapshot), "{frame}");
        tape.check_against(feed.book(ID).unwrap(), &instruments[0].1);
    }
    assert_eq!((feed.counters().checksums, feed.counters().checksums_ok), (5, 5));
    // An order that is not there, and one that is there already.
    for events in [[("delete", true, 99, 990, 1)], [("add", true, 3, 990, 5)], [("modify", true, 98, 990, 5)]]
    {
        let (mut feed, mut tape) = kraken(&instruments);
        feed.on_frame(
            kraken_message("snapshot", &[("", true, 3, 990, 5)], checksum(&[(3, 990, 5)])).as_bytes(),
            Nanos(2),
            &mut tape,
        );
        feed.on_frame(
            kraken_message("update", &events, checksum(&[(3, 990, 5)])).as_bytes(),
            Nanos(3),
            &mut tape,
        );
        assert_eq!(tape.state, said(State::Resyncing, Reason::Gap));
        assert_eq!(feed.counters().gaps, 1);
    }
}

#[test]
fn levels_behind_the_depth_leave_with_their_orders() {
    let instruments =
        numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.1", "0.00000001").unwrap()]);
    let (mut feed, mut tape) = kraken(&instruments);
    let bids: Vec<_> = (0..20).map(|order| ("", true, order, 1_000 - i64::from(order / 2), 5)).collect();
    let digits = |orders: &[Told<'_>]| checksum(&orders.iter().map(|o| (o.2, o.3, o.4)).collect::<Vec<_>>());
    feed.on_frame(kraken_message("snapshot", &bids, digits(&bids)).as_bytes(), Nanos(2), &mut tape);
    assert_eq!(feed.book(ID).unwrap().levels().len(Side::Buy), 10);
    let mut after = vec![("", true, 77, 1_001, 5)];
    after.extend(&bids[..18]);
    let frame = kraken_message("update", &[("add", true, 77, 1_001, 5)], digits(&after));
    feed.on_frame(frame.as_bytes(), Nanos(3), &mut tape);
    assert_eq!(tape.state, said(State::Synced, Reason::FirstSnapshot));
    assert_eq!((feed.book(ID).unwrap().levels().len(Side::Buy), feed.book(ID).unwrap().len()), (10, 19));
    tape.check_against(feed.book(ID).unwrap(), &instruments[0].1);
}

#[test]
fn the_fixtures_of_level3_are_read() {
    let Some((instruments, _)) = level3() else { return };
    let folder = recording("kraken_v2_book1000.tsv").unwrap().parent().unwrap().join("../ws_fixtures/kraken");
    let (mut feed, _) = kraken(&instruments);
    let mut records = Records::default();
    for name in [
        "ws_l3_snapshot",
        "ws_l3_update_add",
        "ws_l3_update_delete",
        "ws_l3_update_modify_price",
        "ws_l3_update_modify_qty",
        "ws_pong",
        "ws_subscribe_response",
    ] {
        feed.on_frame(&std::fs::read(folder.join(format!("{name}.json"))).unwrap(), Nanos(2), &mut records);
    }
    let counters = feed.counters();
    assert_eq!(
        (counters.rejected, counters.unknown, counters.checksums_wrong()),
        (0, 0, 1),
        "their checksum is 0"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_damage_to_krakens_messages_is_a_panic(mutations in mutations(), update in any::<bool>()) {
        let instruments = numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.1", "0.00000001").unwrap()]);
        let (mut feed, mut tape) = kraken(&instruments);
        let snapshot = kraken_message("snapshot", &[("", true, 3, 990, 5)], checksum(&[(3, 990, 5)]));
        feed.on_frame(snapshot.as_bytes(), Nanos(2), &mut tape);
        let change = kraken_message("update", &[("add", true, 4, 990, 5)], checksum(&[(3, 990, 5), (4, 990, 5)]));
        feed.on_frame(&mutated(if update { &change } else { &snapshot }, &mutations), Nanos(3), &mut tape);
        if tape.state.is_some_and(|(state, _)| state == State::Synced as u16) {
            tape.check_against(feed.book(ID).unwrap(), &instruments[0].1);
        }
    }
}
