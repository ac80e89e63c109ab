//! The rules of filling against the cases that the Python half reads too; `tests/golden/fills/taking.toml` says how the
//! files are read.

use std::path::Path;

use pyrt_engine::matching::{MatchError, Simulation, match_commands};
use pyrt_engine::model::{
    BookOrder, Command, Delta, Event, Fill, Grid, Instrument, InstrumentId, Nanos, OrderUpdate, Quote,
    StateChange, Trade, flag,
};
use toml::{Table, Value};

type Names = &'static [(&'static str, u16)];
const SIDES: Names = &[("none", 0), ("buy", 1), ("sell", 2), ("bid", 1), ("ask", 2)];
const STATES: Names =
    &[("synced", 1), ("resyncing", 2), ("stale", 3), ("feed_up", 4), ("feed_down", 5), ("halted", 6)];
const ORDER_ACTIONS: Names = &[("add", 1), ("modify", 2), ("delete", 3), ("execute", 4)];
const ACTIONS: Names = &[("new", 1), ("cancel", 2), ("modify", 3)];
const TYPES: Names = &[("market", 1), ("limit", 2), ("stop", 3), ("stop_limit", 4), ("trailing", 5)];
const TIFS: Names = &[("gtc", 1), ("ioc", 2), ("fok", 3), ("gtd", 4), ("day", 5)];
const FLAGS: Names = &[("post", 1), ("last", flag::LAST), ("snapshot", flag::SNAPSHOT)];
const STATUSES: Names =
    &[("new", 1), ("partially_filled", 2), ("filled", 3), ("canceled", 4), ("rejected", 5), ("expired", 6)];
const REASONS: Names = &[
    ("none", 0),
    ("bad_quantity", 1),
    ("bad_price", 2),
    ("duplicate_id", 3),
    ("no_book", 4),
    ("would_cross", 5),
    ("no_margin", 20),
    ("liquidated", 21),
    ("not_enough", 6),
    ("ioc_rest", 7),
    ("no_liquidity", 8),
    ("too_late", 9),
    ("unknown_order", 10),
    ("triggered", 12),
    ("bad_trigger", 13),
    ("modified", 14),
    ("bad_expiry", 15),
    ("time_up", 16),
];

/// The code of a word, or the number that is written instead of one.
fn code(word: &str, names: Names) -> u16 {
    let named = names.iter().find(|(name, _)| *name == word).map(|(_, code)| *code);
    named.unwrap_or_else(|| word.parse().unwrap_or_else(|_| panic!("no such word: {word}")))
}

fn flags(words: &[&str]) -> u16 {
    words.iter().map(|word| code(word, FLAGS)).fold(0, |all, flag| all | flag)
}

fn double(word: &str, grid: Grid) -> f64 {
    word.parse().map_or_else(|_| word.parse().unwrap(), |steps| grid.to_double(steps))
}

/// One line's words, without the instrument at its end.
struct Line<'a> {
    words: Vec<&'a str>,
    instrument: InstrumentId,
    tick: Grid,
    lot: Grid,
}

fn lines<'a>(text: &'a str, instruments: &[Instrument]) -> Vec<Line<'a>> {
    let read = |line: &'a str| {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let row = words.last().and_then(|word| word.strip_prefix('@')).map(|row| row.parse().unwrap());
        if row.is_some() {
            words.pop();
        }
        let row: u32 = row.unwrap_or(0);
        let Instrument { tick, lot, .. } = instruments.get(row as usize).unwrap_or(&instruments[0]);
        Line { words, instrument: InstrumentId(row), tick: *tick, lot: *lot }
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(read).collect()
}

fn record(line: &Line) -> Event {
    let (happened, received) = line.words[0].split_once('>').unwrap_or((line.words[0], line.words[0]));
    let mut record = record_at(line, happened.parse().unwrap());
    record.words[0] = received.parse::<i64>().unwrap().cast_unsigned();
    record
}

fn record_at(line: &Line, time: i64) -> Event {
    let instrument = line.instrument;
    match line.words[1..] {
        ["order", action, id, side, price, qty, ref rest @ ..] => {
            let mut it = BookOrder::new(instrument, Nanos(time));
            (it.receive_time, it.side) = (time, code(side, SIDES).try_into().unwrap());
            (it.price, it.qty) = (double(price, line.tick), double(qty, line.lot));
            it.flags = code(action, ORDER_ACTIONS) | flags(rest);
            let id: u128 = id.parse().unwrap();
            it.order_id_low = (id & u128::from(u64::MAX)).try_into().unwrap();
            it.order_id_high = (id >> 64).try_into().unwrap();
            it.into()
        }
        ["trade", side, price, qty, ref rest @ ..] => {
            let mut it = Trade::new(instrument, Nanos(time));
            (it.receive_time, it.side) = (time, code(side, SIDES).try_into().unwrap());
            it.flags = flags(rest);
            (it.price, it.qty) = (double(price, line.tick), double(qty, line.lot));
            it.into()
        }
        ["quote", bid, bid_qty, ask, ask_qty] => {
            let price = |word: &str| if word == "-" { f64::NAN } else { double(word, line.tick) };
            let mut it = Quote::new(instrument, Nanos(time));
            it.receive_time = time;
            (it.bid, it.bid_qty) = (price(bid), double(bid_qty, line.lot));
            (it.ask, it.ask_qty) = (price(ask), double(ask_qty, line.lot));
            it.into()
        }
        ["level", side, price, qty, ref rest @ ..] | [side, price, qty, ref rest @ ..] => {
            let mut it = Delta::new(instrument, Nanos(time));
            (it.receive_time, it.side) = (time, code(side, SIDES).try_into().unwrap());
            (it.price, it.qty) = (double(price, line.tick), double(qty, line.lot));
            it.flags = flags(rest);
            it.into()
        }
        [state] => {
            let mut it = StateChange::new(instrument, Nanos(time));
            (it.receive_time, it.flags) = (time, code(state, STATES));
            it.into()
        }
        _ => panic!("no record: {:?}", line.words),
    }
}

fn command(line: &Line) -> Command {
    let (named, words): (Vec<&str>, Vec<&str>) = line.words.iter().partition(|word| word.contains('='));
    let mut it: Command = bytemuck::Zeroable::zeroed();
    it.time = words[0].parse().unwrap();
    it.action = code(words[1], ACTIONS).try_into().unwrap();
    it.client_order_id = words[2].parse().unwrap();
    it.instrument = line.instrument.0;
    for word in named {
        let (name, value) = word.split_once('=').unwrap();
        let value = value.parse().unwrap();
        match name {
            "trigger" => it.trigger = value,
            "trail" => it.trail = value,
            "expiry" => it.expiry = value,
            "display" => it.display = value,
            _ => panic!("no such word: {word}"),
        }
    }
    if words[1] == "modify" {
        (it.price, it.qty) = (words[3].parse().unwrap(), words[4].parse().unwrap());
    } else if words.len() > 3 {
        it.side = code(words[3], SIDES).try_into().unwrap();
        it.order_type = code(words[4], TYPES).try_into().unwrap();
        it.price = words[5].parse().unwrap();
        it.qty = words[6].parse().unwrap();
        it.tif = code(words[7], TIFS).try_into().unwrap();
        it.flags = flags(&words[8..]);
    }
    it
}

fn answer(line: &Line, stamp: u64, response_latency: i64) -> Event {
    let (time, receive_time) = line.words[0].split_once('>').unwrap_or((line.words[0], ""));
    let time: i64 = time.parse().unwrap();
    let receive_time = receive_time.parse().unwrap_or(time + response_latency);
    let id = line.words[2].parse().unwrap();
    match line.words[1..] {
        ["update", _, status, reason, side, price, qty, filled] => {
            let mut it = OrderUpdate::new(line.instrument, Nanos(time));
            (it.stamp, it.receive_time, it.client_order_id) = (stamp, receive_time, id);
            it.side = code(side, SIDES).try_into().unwrap();
            it.flags = code(status, STATUSES) << 12 | code(reason, REASONS);
            (it.price, it.qty) = (double(price, line.tick), double(qty, line.lot));
            it.filled_qty = double(filled, line.lot);
            it.into()
        }
        ["fill", _, side, price, qty, fee, liquidity] => {
            let mut it = Fill::new(line.instrument, Nanos(time));
            (it.stamp, it.receive_time, it.client_order_id) = (stamp, receive_time, id);
            it.side = code(side, SIDES).try_into().unwrap();
            it.flags = if liquidity == "maker" { flag::MAKER } else { 0 };
            (it.price, it.qty) = (double(price, line.tick), double(qty, line.lot));
            it.fee = fee.parse::<f64>().unwrap() / 1e8;
            it.into()
        }
        _ => panic!("no answer: {:?}", line.words),
    }
}

struct Case {
    table: Table,
    defaults: Table,
}

impl Case {
    fn text(&self, key: &str) -> &str {
        let value = self.table.get(key).or_else(|| self.defaults.get(key));
        value.and_then(Value::as_str).unwrap_or_default()
    }

    fn instruments(&self) -> Vec<Instrument> {
        let rows = self.table.get("instruments").unwrap_or(&self.defaults["instruments"]);
        let instrument = |row: &Value| {
            let (tick, lot) = row.as_str().unwrap().split_once(' ').unwrap();
            Instrument::spot("test:A-B", "", tick, lot).unwrap()
        };
        rows.as_array().unwrap().iter().map(instrument).collect()
    }

    fn settings(&self) -> Simulation {
        let mut settings = self.defaults["settings"].as_table().unwrap().clone();
        settings.extend(self.table.get("settings").and_then(Value::as_table).cloned().unwrap_or_default());
        Simulation::from_table(&settings).unwrap()
    }

    fn run(&self) -> Result<Vec<Event>, MatchError> {
        let instruments = self.instruments();
        let text = format!("{}\n{}", self.text("book"), self.text("events"));
        let mut records: Vec<Event> = lines(&text, &instruments).iter().map(record).collect();
        (0..).zip(&mut records).for_each(|(stamp, record)| record.stamp = stamp);
        let commands: Vec<Command> = lines(self.text("commands"), &instruments).iter().map(command).collect();
        match_commands(&records, &commands, &instruments, self.settings())
    }

    fn expected(&self) -> Vec<Event> {
        let instruments = self.instruments();
        let latency = self.settings().response_latency;
        let lines = lines(self.text("expect"), &instruments);
        (0..).zip(&lines).map(|(stamp, line)| answer(line, stamp, latency)).collect()
    }
}

fn cases() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/fills");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let golden: Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        for case in golden["case"].as_array().unwrap() {
            let table = case.as_table().unwrap().clone();
            let name =
                format!("{}: {}", file.file_stem().unwrap().display(), table["name"].as_str().unwrap());
            cases.push((name, Case { table, defaults: golden["defaults"].as_table().unwrap().clone() }));
        }
    }
    cases
}

#[test]
fn every_case_is_answered_as_worked_by_hand() {
    let ours = |case: &Case| case.table["hosts"].as_array().unwrap().contains(&Value::from("rust"));
    let mut count = 0;
    for (name, case) in cases().into_iter().filter(|(_, case)| ours(case)) {
        count += 1;
        match case.text("error") {
            "" => assert_eq!(case.run().unwrap(), case.expected(), "{name}"),
            words => {
                let error = case.run().expect_err(&name).to_string();
                assert!(error.contains(words), "{name}: {error}");
            }
        }
    }
    assert!(count >= 40, "{count} cases");
}
