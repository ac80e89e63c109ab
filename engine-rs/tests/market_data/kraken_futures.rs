//! Kraken futures: a whole recording, messages lost from it, damage.

use proptest::prelude::*;
use pyrt_engine::market_data::venues::kraken_futures::{
    KrakenFutures, KrakenFuturesFeed, KrakenFuturesOptions, infer_instruments,
};
use pyrt_engine::market_data::{Content, Feed, Level, Message, Proof, Protocol, Recording, StreamOptions};
use pyrt_engine::model::{Instrument, InstrumentId, Lots, Nanos, Reason, Side, State, Ticks};

use crate::parsing::{mutated, mutations};
use crate::reader::{Tape, numbered, recording};

const FILE: &str = "kraken_futures_v1_20210722.tsv";
const CHANGE: &str = r#"{"feed":"book","product_id":"PI_ETHUSD","side":"sell","seq":26660860,"price":2004.85,"qty":4787.0,"timestamp":1626994927744}"#;
const TRADE: &str = r#"{"feed":"trade","product_id":"PI_ETHUSD","uid":"e2429e31","side":"buy","type":"fill","seq":5956,"time":1626994929946,"qty":320.0,"price":2004.85}"#;
const TICKER: &str = r#"{"feed":"ticker_lite","product_id":"PI_ETHUSD","bid":2004.8,"ask":2004.85,"change":-2.6e-1,"premium":0.3,"volume":3413476.0,"tag":"month","pair":"ETH:USD","dtm":7}"#;

type Numbered = Vec<(InstrumentId, Instrument)>;
type Frames = Vec<(Nanos, Vec<u8>)>;

/// The recording's instruments and frames.
fn recorded() -> Option<(Numbered, Frames)> {
    let path = recording(FILE)?;
    let instruments = numbered(infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap());
    let mut recording = Recording::open(&[&path]).unwrap();
    let mut frames = vec![];
    while let Some(line) = recording.next().unwrap() {
        let Content::Frame(frame) = line.content else { panic!("an answer") };
        frames.push((line.receive_time, frame.to_vec()));
    }
    Some((instruments, frames))
}

fn feed(instruments: &Numbered) -> KrakenFuturesFeed {
    let options = StreamOptions { window: 256, depth: 3, ..StreamOptions::default() };
    let protocol = KrakenFutures::new(instruments, KrakenFuturesOptions::default());
    KrakenFuturesFeed::new(instruments, protocol, options)
}

fn protocol() -> KrakenFutures {
    let eth = Instrument::spot("kraken:ETH-USD-INVERSE", "PI_ETHUSD", "0.05", "1").unwrap();
    KrakenFutures::new(&[(InstrumentId(0), eth)], KrakenFuturesOptions::default())
}

/// Whether the fast reader knew the frame.
fn readers_agree(parser: &mut KrakenFutures, frame: &[u8]) -> bool {
    let Some(message) = parser.read_fast(frame) else { return false };
    let fast = (Ok(message), parser.levels().to_vec(), parser.prints().to_vec());
    let answer = parser.read_tolerant(frame);
    let tolerant = (answer, parser.levels().to_vec(), parser.prints().to_vec());
    assert_eq!(fast, tolerant, "{}", String::from_utf8_lossy(frame));
    true
}

#[test]
fn the_recording_gives_whole_books() {
    let Some((instruments, frames)) = recorded() else { return };
    assert_eq!(instruments.len(), 10);
    let mut parser = KrakenFutures::new(&instruments, KrakenFuturesOptions::default());
    let fast = frames.iter().filter(|(_, frame)| readers_agree(&mut parser, frame)).count();
    let mut feed = feed(&instruments);
    let mut tape = Tape::new(&instruments);
    feed.on_connected(frames[0].0, &mut tape);
    for (number, (time, frame)) in frames.iter().enumerate() {
        feed.on_frame(frame, *time, &mut tape);
        if number % 50 == 0 {
            tape.check_against(|id| feed.book(id));
        }
    }
    let counters = feed.counters();
    assert_eq!((counters.depth, counters.snapshots, counters.quotes, counters.trades), (7_014, 10, 107, 3));
    assert_eq!((counters.gaps, counters.crossed, counters.rejected, counters.unknown), (0, 0, 0, 0));
    assert_eq!(fast as u64, counters.depth + counters.quotes + counters.trades);
}

#[test]
fn frames_say_what_the_documentation_says() {
    let mut parser = protocol();
    let proof = Proof::Sequence(26_660_860);
    let event_time = Some(Nanos(1_626_994_927_744_000_000));
    let message = Message::Book { index: 0, snapshot: false, proof, event_time };
    let odd = r#"{"timestamp":1626994927744,"new":[{}],"qty":"4.787e3","price":200485E-2,"seq":26660860,"side":"sell",
        "product_id":"PI_ETHUSD","feed":"book"}"#;
    for frame in [CHANGE, odd] {
        assert_eq!(parser.read(frame.as_bytes()), Ok(message), "{frame}");
        assert_eq!(parser.levels(), [Level { side: Side::Sell, ticks: Ticks(40_097), lots: Lots(4_787) }]);
    }
    assert_eq!(parser.read(TRADE.as_bytes()), Ok(Message::Trades));
    assert_eq!((parser.prints()[0].id, parser.prints()[0].side), (5_956, Side::Buy));
    let best = (Some((Ticks(40_096), Lots(0))), Some((Ticks(40_097), Lots(0))));
    let quote = Message::Quote { index: 0, best, sized: false, event_time: None };
    assert_eq!(parser.read(TICKER.as_bytes()), Ok(quote));
    assert_eq!(parser.fallbacks(), 1);
    for (from, to, words) in [
        ("2004.85", "2004.86", "price: between two steps of the grid"),
        ("2004.85", "-2004.85", "price: not a decimal number"),
        ("4787.0", "1e99", "quantity: not finite, or too large to be exact (2^51)"),
        ("\"seq\":26660860,", "", "not readable: seq"),
        ("\"sell\"", "\"ask\"", "not readable: side"),
        ("1626994927744", "-1", "not readable: timestamp"),
    ] {
        let refusal = parser.read(CHANGE.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!((refusal.cause.to_string().as_str(), refusal.book), (words, Some(0)));
    }
    let mut read = |frame: &str| parser.read(frame.as_bytes());
    assert_eq!(read(r#"{"event":"info","version":1}"#), Ok(Message::Unused));
    assert_eq!(read(r#"{"feed":"heartbeat","time":1534262350627}"#), Ok(Message::Unused));
    assert!(read(r#"{"event":"alert","message":"Failed to subscribe"}"#).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// A book whose message was lost is not synced from the next one on, and says why.
    #[test]
    fn no_lost_message_goes_unnoticed(lost in any::<prop::sample::Index>()) {
        let Some((instruments, frames)) = recorded() else { return Ok(()) };
        let product_of = |frame: &[u8]| {
            let frame: serde_json::Value = serde_json::from_slice(frame).unwrap();
            (frame["feed"] == "book").then(|| frame["product_id"].as_str().unwrap().to_owned())
        };
        let changes: Vec<usize> =
            (0..frames.len()).filter(|place| frames[*place].1.starts_with(b"{\"feed\":\"book\",")).collect();
        let lost = *lost.get(&changes);
        let product = product_of(&frames[lost].1);
        let mut feed = feed(&instruments);
        let mut tape = Tape::new(&instruments);
        feed.on_connected(frames[0].0, &mut tape);
        for (place, (time, frame)) in frames.iter().enumerate() {
            if place != lost {
                feed.on_frame(frame, *time, &mut tape);
            }
            if place > lost && product_of(frame) == product {
                let book = instruments.iter().position(|(_, instrument)| Some(&instrument.symbol) == product.as_ref());
                prop_assert_eq!(tape.states.last(), Some(&(book.unwrap(), State::Resyncing, Reason::Gap)));
                prop_assert_eq!(feed.counters().gaps, 1);
                return Ok(());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_mutated_frame_means_the_same_to_both_readers(
        frame in prop::sample::select(vec![CHANGE, TRADE, TICKER]),
        mutations in mutations(),
    ) {
        let mut parser = protocol();
        let bytes = mutated(frame, &mutations);
        readers_agree(&mut parser, &bytes);
        let _ = parser.read(&bytes);
    }
}

/// Numbers that only ever lie behind are no repetitions: the venue counts anew.
#[test]
fn a_venue_that_counts_anew_is_believed_after_a_while() {
    let eth = Instrument::spot("kraken:ETH-USD-INVERSE", "PI_ETHUSD", "0.05", "1").unwrap();
    let instruments = numbered(vec![eth]);
    let mut feed = feed(&instruments);
    let mut tape = Tape::new(&instruments);
    let snapshot = |sequence: u64| {
        format!(
            r#"{{"feed":"book_snapshot","product_id":"PI_ETHUSD","timestamp":1626994927744,"seq":{sequence},"bids":[{{"price":2004.8,"qty":1}}],"asks":[]}}"#
        )
    };
    let change = |sequence: u64| CHANGE.replace("26660860", &sequence.to_string());
    feed.on_connected(Nanos(1), &mut tape);
    feed.on_frame(snapshot(1_000).as_bytes(), Nanos(2), &mut tape);
    feed.on_frame(change(1_000).as_bytes(), Nanos(3), &mut tape);
    feed.on_frame(change(1_001).as_bytes(), Nanos(4), &mut tape);
    assert_eq!((feed.counters().duplicates, feed.counters().gaps), (1, 0));
    for sequence in 1..20 {
        feed.on_frame(change(sequence).as_bytes(), Nanos(4 + sequence.cast_signed()), &mut tape);
    }
    assert_eq!(tape.states.last(), Some(&(0, State::Resyncing, Reason::Gap)));
    assert_eq!(feed.counters().gaps, 1);
    feed.on_frame(snapshot(u64::MAX).as_bytes(), Nanos(100), &mut tape);
    feed.on_frame(change(u64::MAX).as_bytes(), Nanos(101), &mut tape);
    assert_eq!(tape.books[0].state, Some(State::Synced));
}
