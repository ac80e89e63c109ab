//! A session that was warmed up with a file: its journal says with which, and cannot be decided again without it.

use std::fs;
use std::path::{Path, PathBuf};

use pyrt_engine::engine;
use pyrt_engine::ipc::Reader;
use pyrt_engine::journal::{EntryKind, Journal};
use pyrt_engine::market_data::records::{instruments_file, npy};
use pyrt_engine::model::{Bar, Event, Instrument, InstrumentId, Kind, Nanos, Quote};
use pyrt_engine::simulator::{Market, MarketOptions, Source};
use serde_json::{Value as Json, json};

use crate::rig::{MS, START};
use crate::sockets::{Session, kinds, refused, until};

fn quotes(count: i64) -> Vec<Event> {
    let quote = |n: i64| {
        let mut quote = Quote::new(InstrumentId(1), Nanos(START + n * MS));
        (quote.stamp, quote.receive_time) = (n.unsigned_abs(), START + n * MS);
        (quote.bid, quote.ask) = (59_999.99, 60_000.0);
        quote.into()
    };
    (0..count).map(quote).collect()
}

/// What the simulated venue trades, behind another instrument.
fn table() -> Vec<Instrument> {
    let market = Market::new(MarketOptions::default()).unwrap();
    let mut listed: Vec<_> = market.listings().iter().map(|listing| listing.instrument().unwrap()).collect();
    listed.reverse();
    let btc = listed.iter().position(|instrument| instrument.symbol == "BTCUSDT").unwrap();
    listed.swap(1, btc);
    listed
}

fn write(path: &Path, events: &[Event], table: &[Instrument]) {
    npy::write(path, events).unwrap();
    fs::write(path.with_extension("json"), instruments_file::text(table, events.len(), &Json::Null)).unwrap();
}

#[test]
fn it_is_decided_again_with_the_same_history_only() {
    let mut session = Session::new("history");
    let path = session.folder.path().join("history.npy");
    write(&path, &quotes(7), &table());
    session.config.trading.history = Some(path.clone());
    let mut running = session.start();
    let mut reader = until(&mut running, || Reader::open(&session.name).ok());
    reader.rewind();
    let mut events = vec![];
    until(&mut running, || {
        events.extend(std::iter::from_fn(|| reader.read()));
        (kinds(&events, Kind::Fill) >= 2).then_some(())
    });
    running.stop().unwrap();

    let journal = Journal::open(&session.journal()).unwrap();
    let head = journal.entries().find(|entry| entry.kind == EntryKind::Instruments as u16).unwrap();
    let said = serde_json::from_slice::<Json>(head.payload).unwrap()["history"].clone();
    assert_eq!((&said["path"], &said["bytes"]), (&json!(path), &json!(fs::metadata(&path).unwrap().len())));
    assert_eq!(
        (said["sha256"].as_str().unwrap().len(), &said["instruments"][1]),
        (64, &json!("binance:BTC-USDT"))
    );

    let again = |history: Option<PathBuf>| {
        let mut config = session.config.clone();
        config.trading.history = history;
        engine::decide_again(&config, &session.journal())
    };
    for history in [Some(path.clone()), None] {
        let again = again(history).unwrap();
        assert!(again.parted.is_none() && again.equal >= 4, "{again:?}");
    }
    let moved = session.folder.path().join("moved.npy");
    for end in ["npy", "json"] {
        fs::rename(path.with_extension(end), moved.with_extension(end)).unwrap();
    }
    assert!(again(None).unwrap_err().to_string().contains("with a history, and that is needed again"));
    assert_eq!(again(Some(moved.clone())).unwrap().parted, None);
    let mut other = quotes(7);
    other[3].words[1] ^= 1;
    write(&moved, &other, &table());
    let error = again(Some(moved)).unwrap_err().to_string();
    assert!(error.contains("is another file now, its sha256"), "{error}");
}

#[test]
fn a_history_that_does_not_fit_is_refused() {
    let session = Session::new("misfit");
    let path = session.folder.path().join("history.npy");
    let refuse =
        |words: &str| refused(&session, &|config| config.trading.history = Some(path.clone()), words);
    refuse("history.npy: No such file");
    npy::write(&path, &quotes(1)).unwrap();
    refuse("history.json: No such file");
    let mut coarse = table();
    coarse[1].lot = coarse[1].tick;
    write(&path, &quotes(1), &coarse);
    refuse("binance:BTC-USDT has tick, lot and multiplier [0.01, 0.01, 1.0] there, and");
    write(&path, &quotes(1), &table()[..1]);
    refuse("the record with stamp 0 is of an instrument that the table beside does not have");
    write(&path, &[], &table()[..1]);
    refuse("has no binance:BTC-USDT, but binance:");
    let mut back = quotes(3);
    back.swap(1, 2);
    write(&path, &back, &table());
    refuse("the record with stamp 1 comes too late");
    let bar = Bar::new(InstrumentId(1), Nanos(5)).into();
    write(&path, &[bar], &table());
    refuse("is a bar");
    fs::write(&path, b"no array").unwrap();
    refuse("is no .npy file");
}
