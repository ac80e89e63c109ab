//! What an approved order costs: the risk check, and the bytes of `order.place`, ns each.
//!
//! `cargo run --release --example order_bytes`

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a measurement for people

use std::hint::black_box;
use std::time::Instant;

use pyrt_engine::execution::OrderManager;
use pyrt_engine::execution::venues::binance::{BinanceOrderEntry, Credentials, Message, Options};
use pyrt_engine::model::{
    ClientOrderId, Event, Instrument, InstrumentId, Lots, Money, Nanos, Order, OrderType, Side, Ticks, Tif,
};
use pyrt_engine::risk::{BookView, Context, Limits, PreTrade, Ratio};

const BTC: InstrumentId = InstrumentId(0);
const ROUNDS: u32 = 200_000;
/// The venue's own limits and ours are a minute apart: time runs fast enough for every order to pass.
const STEP: i64 = 2_000_000_000;

/// Nanoseconds of each part of one order.
#[derive(Clone, Copy, Default)]
struct Spent {
    check: u64,
    bytes: u64,
    track: u64,
    report: u64,
}

type Part = fn(&Spent) -> u64;

fn main() {
    let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
    let mut risk = PreTrade::new(Limits::from_toml(include_str!("../../config/risk_limits.toml")).unwrap());
    risk.exposures_mut().add(BTC, &btc, Some(Ratio::ONE)).unwrap();
    risk.exposures_mut().set_mark(BTC, Some(Ticks(6_000_000)));
    let credentials = Credentials::from_seed("key", &[7; 32]).unwrap();
    let mut client = BinanceOrderEntry::new(credentials, &[(BTC, btc.clone())], Options::default());
    let mut orders = OrderManager::new(1024);
    orders.add_instrument(BTC, btc);
    let (mut send, mut messages, mut records) = (vec![], vec![], vec![]);
    for text in [r#"{"id":"l","status":200,"result":{}}"#, r#"{"id":"u","status":200,"result":{}}"#] {
        client.on_text(text, Nanos(0), &mut messages, &mut send).unwrap();
    }
    let mut spent = vec![];
    for counter in 0..ROUNDS {
        let one =
            round(counter, &mut risk, &mut client, &mut orders, (&mut send, &mut messages, &mut records));
        spent.push(one);
    }
    println!(
        "{:<44}{:>8}{:>8}{:>8}",
        format!("ns over {ROUNDS} orders, timer included"),
        "p50",
        "p99",
        "p99.9"
    );
    let rows: [(&str, Part); 5] = [
        ("risk check", |spent| spent.check),
        ("order.place bytes", |spent| spent.bytes),
        ("check and bytes", |spent| spent.check + spent.bytes),
        ("order manager", |spent| spent.track),
        ("executionReport: text to records", |spent| spent.report),
    ];
    for (name, part) in rows {
        let mut sorted: Vec<_> = spent.iter().map(part).collect();
        sorted.sort_unstable();
        let at = |permille: usize| sorted[(sorted.len() - 1) * permille / 1000];
        println!("{name:<44}{:>8}{:>8}{:>8}", at(500), at(990), at(999));
    }
    println!("{}", String::from_utf8_lossy(&send));
}

type Buffers<'a> = (&'a mut Vec<u8>, &'a mut Vec<Message>, &'a mut Vec<Event>);

fn round(
    counter: u32,
    risk: &mut PreTrade,
    client: &mut BinanceOrderEntry,
    orders: &mut OrderManager,
    (send, messages, records): Buffers<'_>,
) -> Spent {
    let now = Nanos(1_723_075_200_000_000_000 + i64::from(counter) * STEP);
    let (id, price) = (ClientOrderId::new(1, 1, counter), Ticks(6_000_000 - i64::from(counter % 1000)));
    let (side, order_type, tif, post_only) = (Side::Buy, OrderType::Limit, Tif::Gtc, false);
    let (instrument, qty, trigger, display, time) = (BTC, Lots(1_234), Ticks(0), Lots(0), now);
    let order =
        Order { id, instrument, side, order_type, tif, post_only, price, qty, trigger, display, time };
    let (equity, peak_equity) = (Some(Money::from_f64(1e6)), Some(Money::from_f64(1e6)));
    let book = BookView { synced: true, age: 0 };
    let context = Context { now, killed: false, stopped: false, book, equity, peak_equity };
    let name = String::from_utf8_lossy(&id.text()).into_owned();
    let event = format!(
        r#"{{"subscriptionId":0,"event":{{"e":"executionReport","E":1660801715640,"s":"BTCUSDT","c":"{name}","S":"BUY","o":"LIMIT","f":"GTC","q":"0.01234000","p":"60000.00000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"","x":"TRADE","X":"FILLED","r":"NONE","i":5,"l":"0.01234000","z":"0.01234000","L":"60000.00000000","n":"0.00001234","N":"BTC","T":1660801715640,"t":9,"I":8641984,"w":false,"m":true,"M":false,"O":1660801715640,"Z":"740.40000000","Y":"740.40000000","Q":"0.00000000","W":1660801715640,"V":"NONE"}}}}"#
    );
    send.clear();
    messages.clear();
    records.clear();
    let start = Instant::now();
    let approved = black_box(risk.check(black_box(order), &context)).unwrap();
    let checked = Instant::now();
    client.place(&approved, now, send).unwrap();
    black_box(&send);
    let written = Instant::now();
    orders.send(approved, records).unwrap();
    let tracked = Instant::now();
    client.on_text(&event, now, messages, send).unwrap();
    for message in &*messages {
        if let Message::Told(told) = message {
            orders.on_told(told, records).unwrap();
        }
    }
    let heard = Instant::now();
    risk.exposures_mut().set_in_flight(BTC, orders.in_flight(BTC));
    let ns = |from: Instant, to: Instant| u64::try_from((to - from).as_nanos()).unwrap_or(u64::MAX);
    Spent {
        check: ns(start, checked),
        bytes: ns(checked, written),
        track: ns(written, tracked),
        report: ns(tracked, heard),
    }
}
