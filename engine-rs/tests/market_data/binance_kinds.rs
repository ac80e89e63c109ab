//! Binance's kinds beside changes, trades and quotes: bars, marks, the best levels alone, the end of a connection.

use proptest::prelude::*;
use pyrt_engine::book::L2Book;
use pyrt_engine::market_data::venues::binance::{
    BinanceFeed, BinanceSpot, Books, Market, Message, Options, Parser, Streams, infer_instruments,
};
use pyrt_engine::market_data::{Feed, Recording, VenuePeriod, replay};
use pyrt_engine::model::{Event, Instrument, InstrumentId, Lots, Nanos, Reason, Side, State, Ticks, flag};

use crate::parsing::BEST_LEVELS;
use crate::reader::{Records, Tape, numbered, recording};

const ID: InstrumentId = InstrumentId(0);

fn fixture(name: &str) -> Option<Vec<u8>> {
    let folder = recording("binance_spot_streams.tsv")?;
    let folder = folder.parent().unwrap().join("../ws_fixtures/binance/futures/market_data_json");
    Some(std::fs::read(folder.join(name)).unwrap())
}

fn btc() -> Vec<(InstrumentId, Instrument)> {
    numbered(vec![Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap()])
}

/// What a frame of the market makes known, with and without its kinds being asked for.
fn told(frame: &[u8], streams: Streams) -> (Vec<Event>, u64) {
    let mut feed = BinanceFeed::new(&btc(), Options { market: Market::UsdM, streams, ..Options::default() });
    let mut records = Records::default();
    feed.on_connected(Nanos(1), &mut records);
    records.0.clear();
    feed.on_frame(frame, Nanos(2), &mut records);
    assert_eq!(feed.counters().rejected, 0);
    (records.0, feed.counters().unused)
}

#[test]
fn a_bar_of_the_venues_is_told_when_it_is_over_and_wanted() {
    let minute = VenuePeriod::named("1m").unwrap();
    let wanted = Streams { bars: vec![minute], ..Streams::default() };
    let Some(closed) = fixture("kline_stream_closed.json") else { return };
    let (records, unused) = told(&closed, wanted.clone());
    assert_eq!((records.len(), unused), (1, 0));
    let bar = records[0].as_bar().unwrap();
    assert_eq!((bar.event_time, bar.instrument), (1_638_747_720_000_000_000, 0));
    assert_eq!((bar.open, bar.high, bar.low, bar.close, bar.volume), (0.001, 0.0025, 0.001, 0.002, 1000.0));
    assert_eq!(bar.flags, flag::LAST | 129);
    let hour = Streams { bars: vec![VenuePeriod::named("1h").unwrap()], ..Streams::default() };
    for (frame, streams) in [
        (fixture("kline_stream_open.json").unwrap(), wanted),
        (closed.clone(), hour),
        (closed, Streams::default()),
    ] {
        assert_eq!(told(&frame, streams), (vec![], 1));
    }
}

#[test]
fn a_mark_is_told_with_its_funding() {
    let wanted = Streams { marks: true, ..Streams::default() };
    let Some(frame) = fixture("mark_price_stream.json") else { return };
    let (records, _) = told(&frame, wanted.clone());
    let mark = records[0].as_mark().unwrap();
    assert_eq!((mark.event_time, mark.receive_time), (1_562_305_380_000_000_000, 2));
    assert_eq!((mark.mark, mark.index, mark.funding_rate), (11794.15, 11784.62659091, 0.00038167));
    assert_eq!(mark.next_funding, 1_562_306_400_000_000_000);
    // A future with a delivery has no funding; COIN-M had no index.
    let text =
        r#"{"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"11794.15","P":"1","r":"","T":0}"#;
    let (records, _) = told(text.as_bytes(), wanted);
    let mark = records[0].as_mark().unwrap();
    assert!(mark.index.is_nan() && mark.funding_rate.is_nan() && mark.next_funding == 0);
    assert_eq!(told(text.as_bytes(), Streams::default()), (vec![], 1));
}

#[test]
fn numbers_that_are_none_are_refused() {
    let Some(closed) = fixture("kline_stream_closed.json") else { return };
    let kline = String::from_utf8(closed).unwrap();
    let mark = String::from_utf8(fixture("mark_price_stream.json").unwrap()).unwrap();
    let mut parser = Parser::new([btc()[0].1.clone()].iter());
    for (text, from, to) in [
        (&kline, "0.0025", "0.0015"), // the highest is below the close
        (&kline, "0.0025", "NaN"),
        (&kline, "0.0025", "inf"),
        (&kline, "\"1000\"", "\"-1\""),
        (&kline, "1638747719999", "18446744073709551615"),
        (&kline, "\"x\": true", "\"x\": 1"),
        (&mark, "11794.15000000", "0"),
        (&mark, "0.00038167", "1e999"),
        (&mark, "11784.62659091", "-"),
    ] {
        assert!(text.contains(from), "{from}");
        let read = parser.read(text.replace(from, to).as_bytes());
        assert!(read.is_err_and(|refusal| refusal.book.is_none()), "{from} {to}");
    }
    let read = parser.read(kline.replace("\"1m\"", "\"7m\"").as_bytes());
    assert_eq!(read, Ok(Message::Unknown), "a period from the future");
}

fn best(levels: u32) -> BinanceSpot {
    let streams = Streams { trades: false, quotes: false, ..Streams::default() };
    BinanceSpot::new(&btc(), Options { books: Books::Best(levels), streams, ..Options::default() })
}

#[test]
fn the_best_levels_alone_are_a_book() {
    let mut feed = best(5);
    let mut tape = Tape::new(&btc());
    assert_eq!(feed.stream_path(), "/stream?streams=btcusdt@depth5@100ms");
    feed.on_connected(Nanos(1), &mut tape);
    assert_eq!(feed.next_request(), None, "no snapshot is asked for");
    let frame = |id: u64, bid: &str| BEST_LEVELS[0].replace("160", &id.to_string()).replace("61737.63", bid);
    feed.on_frame(frame(160, "61737.63").as_bytes(), Nanos(2), &mut tape);
    assert_eq!(tape.states.last(), Some(&(0, State::Synced, Reason::FirstSnapshot)));
    feed.on_frame(frame(165, "61740.00").as_bytes(), Nanos(3), &mut tape);
    feed.on_frame(frame(165, "61740.00").as_bytes(), Nanos(4), &mut tape);
    tape.check_against(|id| feed.book(id));
    let bids: Vec<_> = feed.book(ID).unwrap().bids().collect();
    assert_eq!(bids, [(Ticks(6_174_000), Lots(150_000)), (Ticks(6_173_017), Lots(200_000))]);
    feed.on_frame(frame(163, "61730.00").as_bytes(), Nanos(5), &mut tape);
    assert_eq!(feed.counters().duplicates, 1, "it is old");
    feed.on_frame(frame(170, "61900.00").as_bytes(), Nanos(6), &mut tape);
    assert_eq!(tape.states.last(), Some(&(0, State::Resyncing, Reason::Crossed)));
    feed.on_frame(frame(171, "61737.63").as_bytes(), Nanos(7), &mut tape);
    assert_eq!(tape.states.last(), Some(&(0, State::Synced, Reason::None)));
    feed.on_frame(frame(172, "61737.635").as_bytes(), Nanos(8), &mut tape);
    assert_eq!(tape.states.last(), Some(&(0, State::Resyncing, Reason::OffGrid)));
    feed.on_frame(frame(173, "61737.63").as_bytes(), Nanos(9), &mut tape);
    // A venue that counts anew is believed after a while.
    (0..30).for_each(|id| feed.on_frame(frame(id + 1, "61737.63").as_bytes(), Nanos(10), &mut tape));
    assert_eq!(tape.states.last(), Some(&(0, State::Synced, Reason::None)));
    let counters = feed.counters();
    assert_eq!((counters.crossed, counters.rejected, counters.gaps), (1, 1, 1));
    feed.on_frame(BEST_LEVELS[1].replace("depth5@", "depth@").as_bytes(), Nanos(11), &mut tape);
    assert_eq!(feed.counters().unused, 1, "changes are not what was asked for");
    tape.check_against(|id| feed.book(id));
}

#[test]
fn best_levels_of_futures_are_told_from_changes_by_their_stream() {
    let mut parser = Parser::new([btc()[0].1.clone()].iter());
    let event_time = Some(Nanos(1_723_161_257_440_000_000));
    let read = BEST_LEVELS.map(|frame| (parser.read(frame.as_bytes()), parser.levels().to_vec()));
    assert_eq!(read[0].0, Ok(Message::Partial { index: 0, id: 160, event_time: None }));
    assert_eq!(read[1].0, Ok(Message::Partial { index: 0, id: 160, event_time }));
    assert_eq!(read[0].1, read[1].1);
    assert_eq!(read[0].1.iter().filter(|level| level.side == Side::Buy).count(), 2);
    assert_eq!(parser.fallbacks(), 0);
}

/// As the venue would have written the best levels of this book.
fn written(book: &L2Book, instrument: &Instrument, levels: usize, id: u64) -> String {
    let symbol = instrument.symbol.to_lowercase();
    let list = |side: &mut dyn Iterator<Item = (Ticks, Lots)>| {
        let level = |(ticks, lots): (Ticks, Lots)| {
            format!("[\"{:.8}\",\"{:.8}\"]", instrument.price(ticks), instrument.qty(lots))
        };
        side.take(levels).map(level).collect::<Vec<_>>().join(",")
    };
    let (bids, asks) = (list(&mut book.bids()), list(&mut book.asks()));
    format!(
        r#"{{"stream":"{symbol}@depth{levels}@100ms","data":{{"lastUpdateId":{id},"bids":[{bids}],"asks":[{asks}]}}}}"#
    )
}

/// The recorded market told as best levels gives the same best levels, and every record leads there.
#[test]
fn a_recorded_market_as_best_levels_is_the_same_market() {
    let files = ["binance_spot_streams.tsv", "binance_spot_snapshots.tsv"];
    let Some(paths) = files.iter().map(|name| recording(name)).collect::<Option<Vec<_>>>() else { return };
    let instruments = numbered(infer_instruments(&mut Recording::open(&paths).unwrap()).unwrap());
    let mut whole = BinanceSpot::new(&instruments, Options::default());
    let mut some = BinanceSpot::new(&instruments, Options { books: Books::Best(20), ..Options::default() });
    let mut tape = Tape::new(&instruments);
    some.on_connected(Nanos(0), &mut tape);
    let mut compared = 0;
    replay(
        &mut Recording::open(&paths).unwrap(),
        &mut whole,
        &mut Records::default(),
        |line, whole, records| {
            let ended = records
                .0
                .drain(..)
                .filter(|event| event.as_delta().is_some() && event.flags & flag::LAST != 0);
            for event in ended {
                let (id, delta) = (InstrumentId(event.instrument), *event.as_delta().unwrap());
                let book = whole.book(id).unwrap();
                let frame = written(book, &instruments[id.0 as usize].1, 20, delta.last_id);
                some.on_frame(frame.as_bytes(), line.receive_time, &mut tape);
                let shown = some.book(id).unwrap();
                assert!(book.bids().take(20).eq(shown.bids()) && book.asks().take(20).eq(shown.asks()));
                tape.check_against(|id| some.book(id));
                compared += 1;
            }
        },
    )
    .unwrap();
    assert!(compared > 100, "{compared}");
    assert_eq!((some.counters().rejected, some.counters().crossed), (0, 0));
}

#[test]
fn a_venue_that_will_end_the_connection_is_left_first() {
    let mut feed = best(5);
    let mut tape = Tape::new(&btc());
    feed.on_connected(Nanos(1), &mut tape);
    assert!(!feed.wants_renewal());
    for frame in [
        r#"{"e":"serverShutdown","E":1770123456789}"#,
        r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}"#,
    ] {
        feed.on_frame(frame.as_bytes(), Nanos(2), &mut tape);
        assert!(feed.wants_renewal() && !feed.wants_renewal(), "told once");
    }
    feed.on_frame(br#"{"e":"serverShutdown","E":1}"#, Nanos(3), &mut tape);
    feed.on_disconnected(Nanos(4), &mut tape);
    feed.on_connected(Nanos(5), &mut tape);
    assert!(!feed.wants_renewal(), "it was of the last connection");
}

proptest! {
    /// Whatever changes from one message to the next, records lead from one book to the other.
    #[test]
    fn any_best_levels_follow_any_others(
        books in prop::collection::vec(
            (prop::collection::btree_map(1_u32..40, 1_u32..5, 0..6), prop::collection::btree_map(41_u32..80, 1_u32..5, 0..6)),
            1..20,
        ),
    ) {
        let mut feed = best(5);
        let mut tape = Tape::new(&btc());
        feed.on_connected(Nanos(1), &mut tape);
        for (id, (bids, asks)) in (1_u64..).zip(&books) {
            let row = |(price, qty): (&u32, &u32)| format!("[\"{price}.00\",\"{qty}.0\"]");
            let bids: Vec<_> = bids.iter().rev().map(row).collect();
            let asks: Vec<_> = asks.iter().map(row).collect();
            let frame = format!(
                r#"{{"stream":"btcusdt@depth5","data":{{"lastUpdateId":{id},"bids":[{}],"asks":[{}]}}}}"#,
                bids.join(","), asks.join(","),
            );
            feed.on_frame(frame.as_bytes(), Nanos(1 + id.cast_signed()), &mut tape);
            let shown = feed.book(ID).unwrap();
            prop_assert_eq!((shown.len(Side::Buy), shown.len(Side::Sell)), (bids.len(), asks.len()));
            tape.check_against(|id| feed.book(id));
        }
    }
}
