//! Books of orders from real venues equal what the venues said of themselves.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use pyrt_engine::book::{L3Book, L3Error};
use pyrt_engine::model::{BookOrder, Event, Instrument, Lots, Rounding, Side, Ticks, flag};
use serde_json::Value;

use super::slow::{Action, Message, Slow, apply};

fn data() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/l3");
    if !folder.is_dir() {
        println!("skipped: no order by order data in {}", folder.display());
        return None;
    }
    Some(folder)
}

/// LOBSTER's and Databento's files are Parquet: pyrt's importers make records of them.
fn records(folder: &Path) -> bool {
    let Some(data) = data() else { return false };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let named = std::env::var_os("PYRT_PYTHON").map(PathBuf::from);
    let Some(python) = named.into_iter().chain([root.join(".venv/bin/python")]).find(|path| path.exists())
    else {
        println!("skipped: no Python with pyrt: neither .venv/bin/python nor $PYRT_PYTHON");
        return false;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/book/records.py");
    let done =
        Command::new(python).arg(script).args([&data, folder]).env("PYTHONPATH", root).status().unwrap();
    assert!(done.success());
    true
}

fn events(path: &Path) -> Vec<Event> {
    fs::read(path).unwrap().chunks_exact(64).map(bytemuck::pod_read_unaligned).collect()
}

/// An order record as a message of the book, by `proto/SHM_LAYOUT.md`.
fn message(record: &BookOrder, instrument: &Instrument) -> Message {
    let [add, modify, clear] = [Action::Add, Action::Modify, Action::Clear];
    let action = match record.flags & 0xff {
        _ if record.flags & flag::SNAPSHOT != 0 && record.side == 0 => clear,
        1 => add,
        2 => modify,
        _ if record.qty == 0.0 => Action::Remove,
        _ => Action::Reduce,
    };
    Message {
        action,
        id: u128::from(record.order_id_high) << 64 | u128::from(record.order_id_low),
        side: if record.side == 1 { Side::Buy } else { Side::Sell },
        ticks: instrument.tick.to_steps(record.price, Rounding::Refuse).unwrap(),
        lots: instrument.lot.to_steps(record.qty, Rounding::Refuse).unwrap(),
    }
}

fn instrument(tick: &str) -> Instrument {
    Instrument::spot("test:A-USD", "", tick, "1").unwrap()
}

#[test]
fn lobsters_books_and_a_futures_orders_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    if !records(folder.path()) {
        return;
    }
    for (name, depth) in [("lobster_amzn_20120621_5", 5), ("lobster_msft_20120621_50_1000rows", 50)] {
        lobster(folder.path(), name, depth);
    }
    futures(&folder.path().join("es.events"));
}

/// Row k of LOBSTER's order book is the book after its message k, and queue positions are those of lists.
fn lobster(folder: &Path, name: &str, depth: usize) {
    let truth: Vec<i64> = fs::read(folder.join(format!("{name}.books")))
        .unwrap()
        .chunks_exact(8)
        .map(bytemuck::pod_read_unaligned)
        .collect();
    let (nasdaq, mut book, mut slow) = (instrument("0.0001"), L3Book::default(), Slow::default());
    let (mut rows, mut equal) = (truth.chunks_exact(4 * depth), 0);
    for record in &events(&folder.join(format!("{name}.events"))) {
        let order = record.as_order().map(|order| message(order, &nasdaq));
        if let Some(message) = order {
            apply(&mut book, &message).unwrap();
            slow.apply(&message).unwrap();
            assert_eq!(book.position(message.id), slow.position(message.id));
        }
        if record.flags & flag::LAST == 0 {
            continue;
        }
        let levels = |side: usize, row: &[i64]| -> Vec<(Ticks, Lots)> {
            let at = row.chunks_exact(4).map(|level| (Ticks(level[2 * side]), Lots(level[2 * side + 1])));
            at.filter(|(ticks, _)| ticks.0.abs() != 9_999_999_999).collect()
        };
        let row = rows.next().unwrap();
        let asks: Vec<_> = book.levels().asks().take(depth).collect();
        let bids: Vec<_> = book.levels().bids().take(depth).collect();
        assert_eq!((asks, bids), (levels(0, row), levels(1, row)), "{name}: row {equal}");
        equal += 1;
    }
    assert_eq!((rows.next(), equal), (None, truth.len() / 4 / depth));
    println!("{name}: {equal} of {equal} rows equal");
    assert!(equal >= 1_000);
}

/// No message of a futures feed speaks of an order that is not there; positions are those of lists.
fn futures(path: &Path) {
    let (es, mut book, mut slow, mut orders) = (instrument("0.25"), L3Book::default(), Slow::default(), 0);
    for order in events(path).iter().filter_map(Event::as_order) {
        let message = message(order, &es);
        apply(&mut book, &message).unwrap();
        slow.apply(&message).unwrap();
        assert_eq!(book.position(message.id), slow.position(message.id));
        orders += 1;
        if orders % 5_000 == 0 {
            assert_eq!(book.levels().bids().collect::<Vec<_>>(), slow.levels(Side::Buy));
            assert!(slow.ids().all(|id| book.position(id) == slow.position(id)));
        }
    }
    println!("ES: {orders} messages, no unknown order, {} in the book", book.len());
    assert!(orders > 30_000);
}

type Levels = Vec<(Ticks, Lots)>;

/// Bitstamp's log has snapshots of 20 levels between its orders. Orders that were there before the log are learned from
/// the first of them, as one order a level; a snapshot may be two messages old when it comes.
#[test]
fn bitstamps_snapshots_agree() {
    const LEARNING: usize = 2_000;
    let Some(folder) = data() else { return };
    let file = File::open(folder.join("bitstamp_orders_20150501_first22000.tsv.gz")).unwrap();
    let (mut book, mut recent, mut equal, mut all) = (L3Book::default(), VecDeque::new(), 0, 0);
    let mut standing = HashMap::new();
    for (number, line) in BufReader::new(GzDecoder::new(file)).lines().enumerate() {
        let line = line.unwrap();
        let message: Value = serde_json::from_str(line.split_once('\t').unwrap().1).unwrap();
        let (event, data) = (message["event"].as_str().unwrap(), &message["data"]);
        if event == "order_book" {
            let snapshot = ["bids", "asks"].map(|side| levels(&data[side]));
            if number < LEARNING {
                learn(&mut book, &mut standing, &snapshot);
            } else {
                let top = snapshot.map(|levels| levels[..3].to_vec());
                recent.push_back(top_of(&book));
                equal += usize::from(recent.contains(&top));
                all += 1;
                recent.pop_back();
            }
        } else if event.starts_with("order_") {
            on_order(&mut book, &mut standing, event, data);
        }
        recent.push_back(top_of(&book));
        if recent.len() > 3 {
            recent.pop_front();
        }
    }
    println!("Bitstamp: {equal} of {all} snapshots equal in their best three levels a side");
    assert!(all > 1_500 && equal * 1_000 >= all * 999, "{equal} of {all}");
}

fn on_order(book: &mut L3Book, standing: &mut HashMap<(Side, i64), u128>, event: &str, data: &Value) {
    let side = if data["order_type"] == 0 { Side::Buy } else { Side::Sell };
    let id = u128::from(data["id"].as_u64().unwrap());
    let (ticks, lots) = (steps(&data["price"], 2), steps(&data["amount"], 8));
    let done = match event {
        "order_created" => book.add(id, side, Ticks(ticks), Lots(lots)).map(|_| ()),
        "order_changed" => book.modify(id, Ticks(ticks), Lots(lots)).map(|_| ()),
        _ => book.remove(id).map(|_| ()),
    };
    if let Err(L3Error::Unknown { .. }) = done {
        // One of those that were there before the log.
        if let Some(stand) = standing.get(&(side, ticks)).copied() {
            let left = book.get(stand).map_or(0, |order| order.lots.0);
            let gone = if event == "order_deleted" && lots > 0 && lots < left { lots } else { left };
            if book.reduce(stand, Lots(gone)).is_ok_and(|change| change.after.is_none()) {
                standing.remove(&(side, ticks));
            }
        }
        if event == "order_changed" {
            book.add(id, side, Ticks(ticks), Lots(lots)).unwrap();
        }
    } else {
        done.unwrap();
    }
}

fn learn(book: &mut L3Book, standing: &mut HashMap<(Side, i64), u128>, snapshot: &[Levels; 2]) {
    for (side, levels) in [Side::Buy, Side::Sell].into_iter().zip(snapshot) {
        for (ticks, lots) in levels {
            let more = lots.0 - book.levels().lots_at(side, *ticks).0;
            if more <= 0 {
                continue;
            }
            let made = (standing.len() as u128 + 1) << 64 | u128::from(ticks.0.unsigned_abs());
            let stand = *standing.entry((side, ticks.0)).or_insert(made);
            match book.get(stand) {
                Some(there) => _ = book.modify(stand, *ticks, Lots(there.lots.0 + more)).unwrap(),
                None => _ = book.add(stand, side, *ticks, Lots(more)).unwrap(),
            }
        }
    }
}

fn top_of(book: &L3Book) -> [Levels; 2] {
    [book.levels().bids().take(3).collect(), book.levels().asks().take(3).collect()]
}

fn levels(side: &Value) -> Levels {
    let level = |level: &Value| (Ticks(steps(&level[0], 2)), Lots(steps(&level[1], 8)));
    side.as_array().unwrap().iter().map(level).collect()
}

/// A decimal as steps of 10^-places.
fn steps(text: &Value, places: usize) -> i64 {
    let (whole, rest) = text.as_str().unwrap().split_once('.').unwrap();
    assert!(rest.len() <= places);
    format!("{whole}{rest:0<places$}").parse().unwrap()
}
