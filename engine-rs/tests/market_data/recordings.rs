//! Whole recordings of Binance spot against the venue's own best bid and offer.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pyrt_engine::market_data::venues::binance::{BinanceSpot, Options, infer_instruments};
use pyrt_engine::market_data::{Content, Counters, Feed, Recording, replay};

use crate::reader::{Level, Tape, numbered, recording};

/// A `bookTicker`: its update id and what it says.
type Ticker = (u64, Level, Level);

struct Outcome {
    counters: Counters,
    /// Depth updates `U..u` with a `bookTicker` of `U < id <= u`, and those whose top is the same.
    tops: usize,
    equal: usize,
    books: usize,
}

fn ticker(frame: &[u8]) -> Option<(String, Ticker)> {
    let value: serde_json::Value = serde_json::from_slice(frame).unwrap();
    let data = &value["data"];
    let number = |key: &str| data[key].as_str()?.parse::<f64>().ok();
    data.get("B").filter(|_| data.get("e").is_none())?;
    let (bid, ask) = ((number("b")?, number("B")?), (number("a")?, number("A")?));
    Some((data["s"].as_str()?.to_owned(), (data["u"].as_u64()?, Some(bid), Some(ask))))
}

fn run(names: &[&str], window: usize) -> Option<Outcome> {
    let paths: Vec<PathBuf> = names.iter().map(|name| recording(name)).collect::<Option<_>>()?;
    let instruments = numbered(infer_instruments(&mut Recording::open(&paths).unwrap()).unwrap());
    let mut feed = BinanceSpot::new(&instruments, Options { window, ..Options::default() });
    let mut tape = Tape::new(&instruments);
    let mut tickers: BTreeMap<usize, Vec<Ticker>> = BTreeMap::new();
    let (mut tops, mut equal, mut seen, mut lines) = (0, 0, 0, 0);
    let mut recording = Recording::open(&paths).unwrap();
    let replayed = replay(&mut recording, &mut feed, &mut tape, |line, feed, tape: &mut Tape| {
        if let Content::Frame(frame) = line.content
            && let Some((symbol, ticker)) = ticker(frame)
        {
            tickers.entry(feed.instrument_of(&symbol).unwrap().0 as usize).or_default().push(ticker);
        }
        for applied in &tape.applied[seen..] {
            let inside = |id: u64| applied.first_id < id && id <= applied.last_id;
            let of_market = tickers.get(&applied.instrument).map_or(&[][..], Vec::as_slice);
            if let Some((_, bid, ask)) = of_market.iter().rev().find(|(id, ..)| inside(*id)) {
                tops += 1;
                equal += usize::from((*bid, *ask) == (applied.bid, applied.ask));
            }
        }
        seen = tape.applied.len();
        lines += 1;
        if lines % 50 == 0 {
            tape.check_against(|id| feed.book(id));
        }
    })
    .unwrap();
    assert_eq!(replayed.strangers, 0);
    assert_eq!(recording.torn().count(), 0);
    let books = instruments.len();
    println!("{names:?}: {equal} of {tops} tops equal, {books} books, {:?}", feed.counters());
    Some(Outcome { counters: feed.counters(), tops, equal, books })
}

fn assert_clean(outcome: &Outcome) {
    let counters = outcome.counters;
    assert_eq!((counters.gaps, counters.crossed, counters.rejected, counters.unknown), (0, 0, 0, 0));
    assert_eq!(counters.snapshots, outcome.books as u64);
}

#[test]
fn spot_2021_with_snapshots_in_a_second_file() {
    let Some(outcome) = run(&["binance_spot_streams.tsv", "binance_spot_snapshots.tsv"], 4096) else {
        return;
    };
    assert_clean(&outcome);
    assert_eq!((outcome.equal, outcome.tops), (35, 35));
}

#[test]
fn spot_2021_ten_symbols() {
    let Some(outcome) = run(&["binance_spot_10sym_20210417.tsv"], 64) else { return };
    assert_clean(&outcome);
    assert_eq!((outcome.equal, outcome.tops), (543, 543));
}

#[test]
fn spot_2024_one_symbol() {
    let Some(outcome) = run(&["binance_spot_btcusdt_20240808.tsv.gz"], 16_384) else { return };
    assert_clean(&outcome);
    assert!(outcome.tops > 3_000);
    assert!(outcome.equal as f64 >= 0.9997 * outcome.tops as f64, "{} of {}", outcome.equal, outcome.tops);
}
