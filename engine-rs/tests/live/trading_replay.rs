//! The simulated venue's exchange in process with a clock of the test's own: a recording and the times of commands give
//! the fills that `pyrt-engine match` gives on the converted records.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::read::GzDecoder;
use pyrt_engine::market_data::venues::binance::{BinanceSpot, Options, infer_instruments};
use pyrt_engine::market_data::{BookTop, Recording, Sink, replay};
use pyrt_engine::matching::{Simulation, match_commands};
use pyrt_engine::model::{
    ClientOrderId, Command, Event, Instrument, InstrumentId, Lots, Nanos, Order, OrderType, Rounding, Side,
    Ticks, Tif, flag,
};
use pyrt_engine::simulator::trading::{Exchange, Now, Said, TradingOptions};
use pyrt_engine::simulator::{DEMO_ACCOUNT, Market, MarketOptions, Replay, Source};
use serde_json::{Value as Json, json};

const ROW: InstrumentId = InstrumentId(0);
const MS: i64 = 1_000_000;

#[derive(Default)]
struct Records(Vec<Event>);

impl Sink for Records {
    fn event(&mut self, mut event: Event) {
        event.stamp = self.0.len() as u64;
        self.0.push(event);
    }

    fn book(&mut self, _: &BookTop<'_>) {}
}

/// What `pyrt-engine convert` makes of a recording.
fn converted(path: &Path) -> (Vec<Event>, Instrument) {
    let open = || Recording::open(&[path]).unwrap();
    let instrument = infer_instruments(&mut open()).unwrap().remove(0);
    let mut feed = BinanceSpot::new(&[(ROW, instrument.clone())], Options::default());
    let mut records = Records::default();
    replay(&mut open(), &mut feed, &mut records, |_, _, _| {}).unwrap();
    (records.0, instrument)
}

/// Orders at the touch, some that take, and cancels, twice a second of the recording: the venue takes 50 in 10 s.
fn commands(records: &[Event], instrument: &Instrument) -> Vec<Command> {
    let (mut commands, mut next, mut counter) = (vec![], 0, 0);
    for quote in records.iter().filter_map(Event::as_quote).filter(|quote| !quote.bid.is_nan()) {
        if quote.receive_time < next {
            continue;
        }
        let time = Nanos(quote.receive_time + 7);
        next = time.0 + 500 * MS;
        for (side, price) in [(Side::Buy, quote.bid), (Side::Sell, quote.ask)] {
            let market = counter % 23 == 7;
            let tif = [Tif::Gtc, Tif::Gtc, Tif::Ioc, Tif::Gtc, Tif::Fok][counter as usize % 5];
            let (order_type, tif) =
                if market { (OrderType::Market, Tif::Gtc) } else { (OrderType::Limit, tif) };
            let post_only = order_type == OrderType::Limit && tif == Tif::Gtc && counter % 2 == 0;
            let ticks = instrument.tick.to_steps(price, Rounding::Refuse).unwrap();
            let shift = [0, 0, 1, 0, -1][counter as usize % 5] * if side == Side::Buy { 1 } else { -1 };
            let (price, qty) =
                (Ticks(if market { 0 } else { ticks + shift }), Lots(100 + i64::from(counter % 7) * 5_000));
            let (id, instrument) = (ClientOrderId::new(1, 1, counter), ROW);
            counter += 1;
            commands.push(Command::new_order(&Order {
                id,
                instrument,
                side,
                order_type,
                tif,
                post_only,
                price,
                qty,
                trigger: Ticks(0),
                display: Lots(0),
                time,
            }));
            if counter > 6 && counter % 3 == 0 {
                commands.push(Command::cancel(ClientOrderId::new(1, 1, counter - 6), ROW, time));
            }
        }
    }
    commands
}

fn request(command: &Command, instrument: &Instrument) -> Json {
    let decimal = |grid: pyrt_engine::model::Grid, steps: i64| {
        let mut out = vec![];
        grid.push_decimal(&mut out, steps);
        String::from_utf8(out).unwrap()
    };
    let name = String::from_utf8(ClientOrderId(command.client_order_id).text().to_vec()).unwrap();
    let mut params = json!({ "symbol": instrument.symbol, "timestamp": command.time / MS });
    if command.action == 2 {
        params["origClientOrderId"] = name.into();
        return json!({ "id": 1, "method": "order.cancel", "params": params });
    }
    params["newClientOrderId"] = name.into();
    params["side"] = if command.side == 1 { "BUY" } else { "SELL" }.into();
    params["quantity"] = decimal(instrument.lot, command.qty).into();
    params["newOrderRespType"] = "ACK".into();
    match (command.order_type, command.flags) {
        (1, _) => params["type"] = "MARKET".into(),
        (_, 1) => params["type"] = "LIMIT_MAKER".into(),
        _ => {
            params["type"] = "LIMIT".into();
            params["timeInForce"] = ["GTC", "IOC", "FOK"][usize::from(command.tif) - 1].into();
        }
    }
    if command.order_type == 2 {
        params["price"] = decimal(instrument.tick, command.price).into();
    }
    json!({ "id": 1, "method": "order.place", "params": params })
}

/// What an event or a record says: order, ms, what, price, quantity, fee, maker.
type Told = (u64, i64, String, f64, f64, f64, bool);

fn told(answer: &Event) -> Option<Told> {
    if let Some(fill) = answer.as_fill() {
        let maker = fill.flags & flag::MAKER != 0;
        let time = fill.event_time / MS;
        return Some((fill.client_order_id, time, "TRADE".to_owned(), fill.price, fill.qty, fill.fee, maker));
    }
    let update = answer.as_order_update()?;
    // A cancel that came too late says how the order had ended.
    let what = match (update.flags >> 12, update.flags & 0xff) {
        (_, 9 | 10) => return None,
        (1, _) => "NEW",
        (4, _) => "CANCELED",
        (6, _) => "EXPIRED",
        _ => return None,
    };
    Some((update.client_order_id, update.event_time / MS, what.to_owned(), 0.0, 0.0, 0.0, false))
}

fn heard(text: &str) -> Option<Told> {
    let message: Json = serde_json::from_str(text).unwrap();
    let event = &message["event"];
    if event["e"] != "executionReport" {
        return None;
    }
    let name = if event["x"] == "CANCELED" { "C" } else { "c" };
    let id = ClientOrderId::from_text(event[name].as_str().unwrap().as_bytes()).unwrap().0;
    let number = |key: &str| event[key].as_str().unwrap().parse::<f64>().unwrap();
    let what = event["x"].as_str().unwrap().to_owned();
    Some((id, event["T"].as_i64().unwrap(), what, number("L"), number("l"), number("n"), event["m"] == true))
}

/// An exchange on a recording, opened, with a client that listens to events.
fn exchange(path: &PathBuf, settings: Simulation, from: Duration) -> (Box<dyn Source>, Exchange) {
    let replay = Replay::open(std::slice::from_ref(path)).unwrap();
    let mut source: Box<dyn Source> = Box::new(replay.slice(from, None).unwrap());
    let account = "cash=USDT:100000000+BTC:10000".parse().unwrap();
    let trading = TradingOptions { account, settings, ..TradingOptions::default() };
    let mut exchange = Exchange::new(source.listings(), &trading).unwrap();
    let connection = exchange.connect();
    let opens_at = source.opens_at().unwrap();
    exchange.pass(&mut *source, opens_at);
    let begin = source.next_time().unwrap();
    source.begin(begin);
    exchange.open();
    let now = Now { clock: begin, market: begin };
    let payload = format!("apiKey=demo&timestamp={}", begin.0 / MS);
    let secret = DEMO_ACCOUNT.secret.as_bytes();
    let signature = pyrt_engine::execution::venues::binance::hmac_sha256_hex(secret, payload.as_bytes());
    let params = json!({ "apiKey": "demo", "timestamp": begin.0 / MS, "signature": signature });
    for (method, params) in [("session.logon", params), ("userDataStream.subscribe", json!({}))] {
        let text = json!({ "id": 1, "method": method, "params": params }).to_string();
        exchange.on_text(connection, &text, now);
    }
    assert!(
        exchange
            .take_said()
            .iter()
            .all(|(_, said)| matches!(said, Said::Text(text) if text.contains(":200,")))
    );
    (source, exchange)
}

/// Drives both from a moment of the recording on, and demands that they say the same; how many fills, makers' fills and refusals there were.
fn compare(path: &PathBuf, settings: Simulation, from: Duration) -> (usize, usize, usize) {
    let (records, instrument) = converted(path);
    let mut commands = commands(&records, &instrument);
    let first = records[0].words[0].cast_signed() + from.as_nanos() as i64;
    commands.retain(|command| command.time >= first);
    let answers = match_commands(&records, &commands, std::slice::from_ref(&instrument), settings).unwrap();
    let expected: Vec<Told> = answers.iter().filter_map(told).collect();
    // A late cancel of a refused order says *rejected* as well.
    let is_refused = |flags: u16| flags >> 12 == 5 && !matches!(flags & 0xff, 9 | 10);
    let updates = answers.iter().filter_map(Event::as_order_update);
    let refused = updates.filter(|update| is_refused(update.flags)).count();

    let (mut source, mut exchange) = exchange(path, settings, from);
    let connection = pyrt_engine::simulator::order_entry::Connection(1);
    let mut frames = vec![];
    let mut advance = |exchange: &mut Exchange, source: &mut dyn Source, market: Nanos, step: usize| {
        // In small pieces, as a driver may: the pieces must not matter.
        let clock = market;
        loop {
            frames.clear();
            exchange.advance(source, Now { clock, market }, step, &mut frames);
            if frames.is_empty() {
                return;
            }
        }
    };
    for (i, command) in commands.iter().enumerate() {
        let time = Nanos(command.time);
        advance(&mut exchange, &mut *source, time, 1 + i % 7);
        exchange.on_text(
            connection,
            &request(command, &instrument).to_string(),
            Now { clock: time, market: time },
        );
    }
    advance(&mut exchange, &mut *source, Nanos(1 << 62), 1_000);
    let (mut actual, mut errors) = (vec![], 0);
    for (_, said) in exchange.take_said() {
        let Said::Text(text) = said else { panic!("{said:?}") };
        errors += usize::from(text.contains("\"code\":-2010") || text.contains("\"code\":-1013"));
        assert!(!text.contains("-1015") && !text.contains("-102"), "{text}");
        actual.extend(heard(&text));
    }
    for (i, (actual, expected)) in actual.iter().zip(&expected).enumerate() {
        assert_eq!(actual, expected, "event {i}");
    }
    assert_eq!((actual.len(), errors), (expected.len(), refused));
    conserved(&exchange, &actual);
    let fills = |maker: bool| actual.iter().filter(|it| it.2 == "TRADE" && it.6 == maker).count();
    (fills(false), fills(true), errors)
}

/// Balances are those of the start and every fill since.
fn conserved(exchange: &Exchange, events: &[Told]) {
    let unit = 10_f64.powi(8);
    let (mut coins, mut money) = (0_i128, 0_i128);
    let sides = |id: u64| if id.is_multiple_of(2) { 1 } else { -1 }; // buys have even counters
    #[allow(clippy::cast_possible_truncation)]
    for (id, _, _, price, qty, fee, _) in events.iter().filter(|it| it.2 == "TRADE") {
        let qty = (qty * unit).round() as i128;
        coins += sides(*id) * qty;
        money -=
            sides(*id) * (price * unit).round() as i128 * qty + (fee * unit).round() as i128 * unit as i128;
    }
    let balances = exchange.balances(ROW);
    let total = |i: usize| balances[i].1.0 + balances[i].2.0;
    let (coin, whole) = (10_i128.pow(10), 10_i128.pow(18));
    assert_eq!(total(0), 10_000 * whole + coins * coin);
    assert_eq!(total(1), 100_000_000 * whole + money * 100);
    assert!(balances.iter().all(|(_, free, locked)| free.0 >= 0 && locked.0 >= 0));
}

/// No jitter: the venue's door answers some cancels itself, and they draw none.
fn settings() -> [Simulation; 2] {
    let none = TradingOptions::default().settings;
    [none, Simulation { order_latency: 30_000_000, response_latency: 700_000, ..Simulation::default() }]
}

fn file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("pyrt-trading-{name}-{}.tsv", std::process::id()))
}

/// A generated market, recorded with a snapshot that comes late.
fn generated(path: &Path) {
    let start = 1_700_000_000_000 * MS;
    let options = MarketOptions {
        seed: 9,
        pairs: vec!["BTC-USDT".to_owned()],
        rate: 400,
        start: Some(Nanos(start)),
        ..MarketOptions::default()
    };
    let mut market = Market::new(options).unwrap();
    let mut out = fs::File::create(path).unwrap();
    let (mut frames, mut time, mut shown) = (vec![], Nanos(start), false);
    while time.0 < start + 30_000 * MS {
        time = market.next_time().unwrap();
        market.advance(time, 1, &mut frames);
        for frame in frames.drain(..).filter(|frame| !frame.stream.ends_with("@depth")) {
            writeln!(out, "{}\t{}", time.0, &*frame.text).unwrap();
        }
        if !shown && time.0 - start >= 250 * MS {
            shown = true;
            writeln!(out, "{}\t{}", time.0, market.book("BTCUSDT").unwrap().to_json(1000)).unwrap();
        }
    }
}

#[test]
fn a_generated_market_fills_as_match_says() {
    let path = file("generated");
    generated(&path);
    for settings in settings() {
        let (takers, makers, refused) = compare(&path, settings, Duration::ZERO);
        assert!(takers >= 10 && makers >= 10 && refused >= 1, "{takers} {makers} {refused}");
    }
    // From the middle on, past the late snapshot: orders meet the book and the queues of the whole recording.
    let (takers, makers, _) = compare(&path, settings()[0], Duration::from_secs(13));
    assert!(takers >= 5 && makers >= 5, "{takers} {makers}");
    fs::remove_file(path).unwrap();
}

#[test]
fn the_real_market_fills_as_match_says() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ws");
    if !folder.is_dir() {
        println!("skipped: no recordings in {}", folder.display());
        return;
    }
    let recorded = fs::File::open(folder.join("binance_spot_btcusdt_20240808.tsv.gz")).unwrap();
    let path = file("real");
    let mut out = fs::File::create(&path).unwrap();
    for line in BufReader::new(GzDecoder::new(recorded)).lines().take(12_000) {
        writeln!(out, "{}", line.unwrap()).unwrap();
    }
    for settings in settings() {
        for from in [0, 30] {
            let counts = compare(&path, settings, Duration::from_secs(from));
            println!("taker fills, maker fills, refused from {from} s on: {counts:?}");
            assert!(counts.0 >= 10 && counts.1 >= 10, "{counts:?}");
        }
    }
    fs::remove_file(path).unwrap();
}
