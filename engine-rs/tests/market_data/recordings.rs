//! Whole recordings of Binance against the venue's own best bid and offer.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pyrt_engine::market_data::venues::binance::{BinanceFeed, Market, Options, infer_of_market};
use pyrt_engine::market_data::{Content, Counters, Feed, Recording, replay};

use crate::reader::{Applied, Level, Tape, numbered, recording};

/// A `bookTicker`: its update id and what it says.
type Ticker = (u64, Level, Level);

struct Outcome {
    counters: Counters,
    books: usize,
    /// Depth updates `U..u` with a `bookTicker` of `U < id <= u`: the same moment, whatever happened around it.
    inside: Tops,
    /// Depth updates with a `bookTicker` of `id <= u`: the last one still holds.
    latest: Tops,
}

/// How many tops there were to compare, and how many were equal, prices and sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tops {
    all: usize,
    equal: usize,
}

impl Tops {
    fn count(&mut self, applied: &Applied, ticker: Option<&Ticker>) {
        if let Some((_, bid, ask)) = ticker {
            self.all += 1;
            self.equal += usize::from((*bid, *ask) == (applied.bid, applied.ask));
        }
    }
}

fn ticker(frame: &[u8]) -> Option<(String, Ticker)> {
    let value: serde_json::Value = serde_json::from_slice(frame).unwrap();
    let data = &value["data"];
    let number = |key: &str| data[key].as_str()?.parse::<f64>().ok();
    data.get("B").filter(|_| data.get("e").is_none_or(|kind| kind == "bookTicker"))?;
    let (bid, ask) = ((number("b")?, number("B")?), (number("a")?, number("A")?));
    Some((data["s"].as_str()?.to_owned(), (data["u"].as_u64()?, Some(bid), Some(ask))))
}

fn run(market: Market, names: &[&str], window: usize) -> Option<Outcome> {
    let paths: Vec<PathBuf> = names.iter().map(|name| recording(name)).collect::<Option<_>>()?;
    let instruments = numbered(infer_of_market(&mut Recording::open(&paths).unwrap(), market).unwrap());
    let mut feed = BinanceFeed::new(&instruments, Options { market, window, ..Options::default() });
    let mut tape = Tape::new(&instruments);
    let mut tickers: BTreeMap<usize, Vec<Ticker>> = BTreeMap::new();
    let (mut inside, mut latest) = (Tops::default(), Tops::default());
    let (mut seen, mut lines) = (0, 0);
    let mut recording = Recording::open(&paths).unwrap();
    let replayed = replay(&mut recording, &mut feed, &mut tape, |line, feed, tape: &mut Tape| {
        if let Content::Frame(frame) = line.content
            && let Some((symbol, ticker)) = ticker(frame)
        {
            tickers.entry(feed.instrument_of(&symbol).unwrap().0 as usize).or_default().push(ticker);
        }
        for applied in &tape.applied[seen..] {
            let of_market = tickers.get(&applied.instrument).map_or(&[][..], Vec::as_slice);
            let last = of_market.iter().rev().find(|(id, ..)| *id <= applied.last_id);
            inside.count(applied, last.filter(|(id, ..)| *id > applied.first_id));
            latest.count(applied, last);
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
    Some(Outcome { counters: feed.counters(), books, inside, latest })
}

fn assert_clean(outcome: &Outcome) {
    let counters = outcome.counters;
    assert_eq!((counters.gaps, counters.crossed, counters.rejected, counters.unknown), (0, 0, 0, 0));
    assert_eq!(counters.snapshots, outcome.books as u64);
}

const fn all_of(all: usize) -> Tops {
    Tops { all, equal: all }
}

#[test]
fn spot_2021_with_snapshots_in_a_second_file() {
    let Some(outcome) = run(Market::Spot, &["binance_spot_streams.tsv", "binance_spot_snapshots.tsv"], 4096)
    else {
        return;
    };
    assert_clean(&outcome);
    assert_eq!((outcome.inside, outcome.latest), (all_of(35), all_of(159)));
}

#[test]
fn spot_2021_ten_symbols() {
    let Some(outcome) = run(Market::Spot, &["binance_spot_10sym_20210417.tsv"], 64) else { return };
    assert_clean(&outcome);
    assert_eq!((outcome.inside, outcome.latest), (all_of(205), all_of(567)));
}

#[test]
fn spot_2024_one_symbol() {
    let Some(outcome) = run(Market::Spot, &["binance_spot_btcusdt_20240808.tsv.gz"], 16_384) else { return };
    assert_clean(&outcome);
    assert_eq!((outcome.inside, outcome.latest), (all_of(2_811), all_of(3_449)));
}

#[test]
fn futures_of_both_kinds_leave_no_hole_in_the_records() {
    let files = [
        (Market::CoinM, &["binance_coinm_streams.tsv", "binance_coinm_snapshots.tsv"][..], 10, 1_773),
        (Market::CoinM, &["binance_coinm_btcusd_perp_20240808.tsv.gz"], 1, 26_824),
        (Market::UsdM, &["binance_usdm_4sym_20210417.tsv"], 4, 997),
    ];
    for (market, names, books, equal) in files {
        let Some(outcome) = run(market, names, 4096) else { return };
        assert_clean(&outcome);
        assert_eq!((outcome.books, outcome.latest.equal), (books, equal), "{names:?}");
    }
}
