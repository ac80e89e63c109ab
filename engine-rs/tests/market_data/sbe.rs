//! Binance's binary streams: what the schema says, what is longer, shorter or none, and the same records as from JSON.

use std::fmt::Write;

use proptest::prelude::*;
use pyrt_engine::market_data::venues::Venue;
use pyrt_engine::market_data::venues::binance::{
    BinanceFeed, Books, Encoding, Market, Message, Options, Parser, infer_instruments,
};
use pyrt_engine::market_data::verification::{Access, verify};
use pyrt_engine::market_data::{Cause, Content, Feed, Level, Print, Recording, Refusal, replay, spelled};
use pyrt_engine::model::{
    Event, GridError, Instrument, InstrumentId, Lots, Nanos, Reason, Side, State, Ticks,
};
use pyrt_engine::simulator::{self, MarketOptions, Source, binary_form};

use crate::files::Folder;
use crate::reader::{Records, Tape, numbered, recording};

/// A message as its schema has it, each part apart.
#[derive(Clone, Debug)]
struct Written {
    template: u16,
    schema: u16,
    version: u16,
    block: Vec<u8>,
    /// Entries of each group, all of one length; whether their number has four bytes.
    groups: Vec<(bool, Vec<Vec<u8>>)>,
    symbol: Vec<u8>,
}

impl Written {
    fn new(template: u16, numbers: &[i64], groups: Vec<(bool, Vec<Vec<u8>>)>) -> Self {
        let mut block: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let at = if template == 10_003 { 24 } else { 16 };
        block.splice(at..at, [-2_i8, -5].map(i8::cast_unsigned));
        Written { template, schema: 1, version: 0, block, groups, symbol: b"BTCUSDT".to_vec() }
    }

    fn diff(ids: [i64; 2], bids: &[[i64; 2]], asks: &[[i64; 2]]) -> Self {
        Written::new(10_003, &[5, ids[0], ids[1]], vec![(false, levels(bids)), (false, levels(asks))])
    }

    fn with_powers(mut self, powers: [i8; 2]) -> Self {
        let at = if self.template == 10_003 { 24 } else { 16 };
        self.block[at..at + 2].copy_from_slice(&powers.map(i8::cast_unsigned));
        self
    }

    /// As a later version might have it: blocks and entries are longer, and something follows.
    fn longer(mut self, by: usize) -> Self {
        self.version = 3;
        self.block.extend(vec![0xab; by]);
        let entries = self.groups.iter_mut().flat_map(|(_, entries)| entries);
        entries.for_each(|entry| entry.extend(vec![0xcd; 2 * by]));
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let head = [self.block.len() as u16, self.template, self.schema, self.version];
        let mut bytes = head.map(u16::to_le_bytes).as_flattened().to_vec();
        bytes.extend(&self.block);
        for (wide, entries) in &self.groups {
            bytes.extend((entries.first().map_or(0, Vec::len) as u16).to_le_bytes());
            let count = (entries.len() as u32).to_le_bytes();
            bytes.extend(&count[..if *wide { 4 } else { 2 }]);
            bytes.extend(entries.iter().flatten());
        }
        bytes.push(self.symbol.len() as u8);
        bytes.extend(&self.symbol);
        bytes
    }
}

fn levels(levels: &[[i64; 2]]) -> Vec<Vec<u8>> {
    levels.iter().map(|level| level.map(i64::to_le_bytes).as_flattened().to_vec()).collect()
}

fn trade(id: i64, price: i64, qty: i64, buyer_rested: u8) -> Vec<u8> {
    [[id, price, qty].map(i64::to_le_bytes).as_flattened(), &[buyer_rested]].concat()
}

fn btc() -> Instrument {
    Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap()
}

type Answer = (Result<Message, Refusal>, Vec<Level>, Vec<Print>);

fn read(bytes: &[u8]) -> Answer {
    let mut parser = Parser::new([btc()].iter());
    let answer = parser.read(bytes);
    assert_eq!(parser.fallbacks(), 0);
    (answer, parser.levels().to_vec(), parser.prints().to_vec())
}

fn level(side: Side, ticks: i64, lots: i64) -> Level {
    Level { side, ticks: Ticks(ticks), lots: Lots(lots) }
}

#[test]
fn each_kind_says_what_its_schema_says() {
    let diff = Written::diff([157, 160], &[[6_173_763, 0], [6_173_017, 150_000]], &[[6_183_764, 154_698]]);
    let event_time = Nanos(5_000);
    for message in [diff.clone(), diff.longer(7)] {
        let (answer, levels, _) = read(&message.bytes());
        assert_eq!(
            answer,
            Ok(Message::Depth { index: 0, first: 157, last: 160, previous: None, event_time })
        );
        let expected = [
            level(Side::Buy, 6_173_763, 0),
            level(Side::Buy, 6_173_017, 150_000),
            level(Side::Sell, 6_183_764, 154_698),
        ];
        assert_eq!(levels, expected);
    }
    let sides = vec![(false, levels(&[[99, 7]])), (false, levels(&[[101, 8]]))];
    let (answer, levels, _) = read(&Written::new(10_002, &[5, 160], sides).bytes());
    assert_eq!(answer, Ok(Message::Partial { index: 0, id: 160, event_time: Some(event_time) }));
    assert_eq!(levels, [level(Side::Buy, 99, 7), level(Side::Sell, 101, 8)]);
    let best = Written::new(10_001, &[5, 160, 99, 7, 0, 0], vec![]);
    let bid = Some((Ticks(99), Lots(7)));
    let ticker = Message::Ticker { index: 0, id: 160, bid, ask: None, event_time: Some(event_time) };
    assert_eq!([&best, &best.clone().longer(9)].map(|best| read(&best.bytes()).0), [Ok(ticker), Ok(ticker)]);
    let both = vec![(true, vec![trade(8, 99, 7, 1), trade(9, 101, 1, 0)])];
    let (answer, _, prints) = read(&Written::new(10_000, &[9, 5], both).longer(1).bytes());
    assert_eq!(answer, Ok(Message::Trades));
    let print = |id, ticks, lots, side| Print {
        index: 0,
        id,
        ticks: Ticks(ticks),
        lots: Lots(lots),
        side,
        event_time,
    };
    assert_eq!(prints, [print(8, 99, 7, Side::Sell), print(9, 101, 1, Side::Buy)]);
}

#[test]
fn what_is_no_message_is_refused_with_the_reason() {
    let diff = Written::diff([157, 160], &[[99, 7]], &[[101, 8]]);
    let whole = diff.bytes();
    for length in 0..whole.len() {
        let (answer, ..) = read_any(&whole[..length]);
        let refusal = answer.expect_err("a part of a message is none");
        assert_eq!(refusal.book, None, "nobody can tell whose it was");
    }
    assert!(read(&[&whole[..], b"more"].concat()).0.is_ok(), "a later version may add to its end");
    let refused = |message: &Written| match read(&message.bytes()).0 {
        Err(refusal) => (refusal.cause.to_string(), refusal.book),
        Ok(message) => (format!("{message:?}"), None),
    };
    let unreadable = |what: &str, book| (format!("not readable: {what}"), book);
    let change = |change: fn(&mut Written)| {
        let mut message = diff.clone();
        change(&mut message);
        refused(&message)
    };
    assert_eq!(change(|message| message.schema = 3), unreadable("another schema than 1", None));
    assert_eq!(change(|message| message.template = 10_004), ("Unknown".to_owned(), None));
    assert_eq!(change(|message| message.template = 40_000), ("Unknown".to_owned(), None));
    assert_eq!(change(|message| message.symbol = b"ETHUSDT".to_vec()), ("Unknown".to_owned(), None));
    assert_eq!(change(|message| _ = message.block.pop()), unreadable("a block that is too short", None));
    let short = |message: &mut Written| message.groups[1].1[0].truncate(15);
    assert_eq!(change(short), unreadable("an entry that is too short", None));
    let swapped = |message: &mut Written| message.block[8..24].rotate_left(8);
    assert_eq!(change(swapped), unreadable("the first update id is above the last", Some(0)));
    let numbers =
        |powers, level: [i64; 2]| refused(&Written::diff([1, 1], &[level], &[]).with_powers(powers));
    let number = |what, error| (Cause::Number { what, error }.to_string(), Some(0));
    assert_eq!(numbers([-3, -5], [99_995, 1]), number("price", GridError::OffGrid));
    assert_eq!(numbers([-2, -6], [99, 11]), number("quantity", GridError::OffGrid));
    assert_eq!(numbers([-2, -5], [99, -1]), number("quantity", GridError::Malformed));
    assert_eq!(numbers([-2, -5], [i64::MIN, 1]), number("price", GridError::Malformed));
    assert_eq!(numbers([-2, 20], [99, 1]), number("quantity", GridError::TooLarge));
    assert_eq!(numbers([-2, -5], [0, 1]), unreadable("a price of zero", Some(0)));
    let one = |ids: [i64; 2], flag| Written::new(10_000, &ids, vec![(true, vec![trade(8, 99, 7, flag)])]);
    assert_eq!(refused(&one([9, 5], 255)), unreadable("isBuyerMaker", None));
    assert_eq!(refused(&one([9, -5], 1)), unreadable("a time", None));
    let negative = Written::new(10_001, &[5, -1, 99, 7, 101, 1], vec![]);
    assert_eq!(refused(&negative), unreadable("an id below zero", None));
}

/// As [`read`], of bytes of which no byte may be zero.
fn read_any(bytes: &[u8]) -> Answer {
    let mut parser = Parser::new([btc()].iter());
    let answer = parser.read(bytes);
    (answer, parser.levels().to_vec(), parser.prints().to_vec())
}

#[test]
fn a_number_off_the_grid_costs_its_book() {
    let mut feed = BinanceFeed::new(&numbered(vec![btc()]), Options::default());
    let mut tape = Tape::new(&numbered(vec![btc()]));
    feed.on_connected(Nanos(1), &mut tape);
    let body = br#"{"lastUpdateId":10,"bids":[],"asks":[]}"#;
    feed.on_response(InstrumentId(0), Some(body), Nanos(2), &mut tape);
    let message = |id, power| Written::diff([id, id], &[[9_999, 5]], &[]).with_powers([power, -5]).bytes();
    feed.on_frame(&message(11, -2), Nanos(3), &mut tape);
    assert_eq!((tape.states.last().unwrap().1, feed.counters().depth), (State::Synced, 1));
    feed.on_frame(&message(12, -3), Nanos(4), &mut tape);
    assert_eq!(tape.states.last(), Some(&(0, State::Resyncing, Reason::OffGrid)));
    feed.on_frame(&message(13, -2)[..30], Nanos(5), &mut tape);
    feed.on_frame(br#"{"result":null,"id":1}"#, Nanos(6), &mut tape);
    feed.on_frame(br#"{"e":"serverShutdown","E":1770123456789}"#, Nanos(7), &mut tape);
    assert!(feed.wants_renewal(), "control messages are JSON");
    let counters = feed.counters();
    assert_eq!((counters.rejected, counters.unused, counters.unknown), (2, 1, 0));
}

/// Feeds of the same instruments that are told the same things in both forms.
struct Twins {
    feeds: [BinanceFeed; 2],
    records: [Records; 2],
}

impl Twins {
    fn new(instruments: &[Instrument], books: Books) -> Self {
        let feed = |encoding| {
            BinanceFeed::new(
                &numbered(instruments.to_vec()),
                Options { encoding, books, ..Options::default() },
            )
        };
        let mut twins =
            Self { feeds: [feed(Encoding::Json), feed(Encoding::Sbe)], records: Default::default() };
        twins.both(|feed, records| feed.on_connected(Nanos(1), records));
        twins
    }

    fn both(&mut self, mut act: impl FnMut(&mut BinanceFeed, &mut Records)) {
        self.feeds.iter_mut().zip(&mut self.records).for_each(|(feed, records)| act(feed, records));
    }

    /// Whether it has a binary form.
    fn frame(&mut self, text: &str, time: Nanos) -> bool {
        let Some(bytes) = binary_form(text, time) else { return false };
        assert_eq!(Venue::of_frame(&bytes), Some(Venue::Binance(Market::Spot)));
        let [json, sbe] = &mut self.feeds;
        let [of_json, of_sbe] = &mut self.records;
        json.on_frame(text.as_bytes(), time, of_json);
        sbe.on_frame(&bytes, time, of_sbe);
        true
    }

    /// Records, byte for byte.
    fn check(&self, least: usize) {
        let [json, sbe] = &self.records;
        assert!(json.0.len() > least, "{} records", json.0.len());
        let bytes = |events: &[Event]| bytemuck::cast_slice::<Event, u8>(events).to_vec();
        if let Some((a, b)) = json.0.iter().zip(&sbe.0).find(|(a, b)| a != b) {
            panic!("{a:?}\n{b:?}");
        }
        assert_eq!(bytes(&json.0), bytes(&sbe.0));
        let counters = self.feeds.each_ref().map(Feed::counters);
        assert_eq!(counters[0], counters[1]);
        assert_eq!((counters[1].rejected, counters[1].unknown, counters[1].fallbacks), (0, 0, 0));
    }
}

/// A market's frames in the order of their times, and the times.
fn generated(
    seed: u64,
    count: usize,
    mut each: impl FnMut(&mut simulator::Market, &simulator::Frame, Nanos),
) {
    let start = Some(Nanos(1_700_000_000_000_000_000));
    let options = MarketOptions { seed, start, rate: 2_000, best_levels: true, ..MarketOptions::default() };
    let mut market = simulator::Market::new(options).unwrap();
    let (mut frames, mut told) = (vec![], 0);
    while told < count {
        let now = market.next_time().unwrap();
        market.advance(now, 1, &mut frames);
        for frame in frames.drain(..) {
            // Quotes of JSON have no time: what is received then is of then, in whole milliseconds.
            each(&mut market, &frame, Nanos(now.0 / 1_000_000 * 1_000_000));
            told += 1;
        }
    }
}

#[test]
fn a_generated_market_gives_the_same_records_in_both_forms() {
    for (seed, books) in [(1, Books::Diffs), (2, Books::Diffs), (3, Books::Best(20))] {
        let listed = |symbol: &str, pair: &str, lot: &str| {
            Instrument::spot(&format!("binance:{pair}"), symbol, "0.01", lot).unwrap()
        };
        let table = [listed("BTCUSDT", "BTC-USDT", "0.00001"), listed("ETHUSDT", "ETH-USDT", "0.0001")];
        let mut twins = Twins::new(&table, books);
        generated(seed, 15_000, |market, frame, now| {
            // Both have the same snapshots, in JSON.
            while let Some(request) = twins.feeds[0].next_request() {
                assert_eq!(twins.feeds[1].next_request(), Some(request.clone()));
                let symbol = &table[request.instrument.0 as usize].symbol;
                let body = market.book(symbol).unwrap().to_json(5_000);
                twins.both(|feed, records| {
                    feed.on_response(request.instrument, Some(body.as_bytes()), now, records);
                });
            }
            // Of streams without a binary form a client of JSON would not ask for either.
            twins.frame(&frame.text, now);
        });
        twins.check(10_000);
        let counters = twins.feeds[1].counters();
        assert!(counters.depth > 100 && counters.trades > 1_000 && counters.quotes > 1_000, "{counters:?}");
        assert_eq!((counters.gaps, counters.crossed, counters.resyncs), (0, 0, 0));
    }
}

#[test]
fn a_recorded_market_gives_the_same_records_in_both_forms() {
    for file in ["binance_spot_10sym_20210417.tsv", "binance_spot_btcusdt_20240808.tsv.gz"] {
        let Some(path) = recording(file) else { return };
        let table = infer_instruments(&mut Recording::open(&[&path]).unwrap()).unwrap();
        let mut twins = Twins::new(&table, Books::Diffs);
        let mut lines = Recording::open(&[&path]).unwrap();
        let mut others = 0;
        while let Some(line) = lines.next().unwrap() {
            let now = Nanos(line.receive_time.0 / 1_000 * 1_000);
            match line.content {
                Content::Frame(frame) => {
                    let text = str::from_utf8(frame).unwrap();
                    let name = text.replace("@depth\"", "@depth@100ms\"");
                    others += u64::from(!twins.frame(&name, now));
                }
                Content::Answer { path, body } => {
                    let Some(id) = twins.feeds[0].recorded_answer(path) else { continue };
                    twins.both(|feed, records| feed.on_response(id, Some(body), now, records));
                }
            }
        }
        twins.check(1_000);
        assert!(others * 20 < twins.feeds[0].counters().frames, "{others} have no binary form");
    }
}

/// What a recorder of both streams would have kept.
#[test]
fn a_binary_recording_is_as_sound_as_one_of_json() {
    let folder = Folder::new("sbe");
    let (mut json, mut sbe) = (String::new(), String::new());
    generated(5, 12_000, |market, frame, now| {
        let Some(bytes) = binary_form(&frame.text, now) else { return };
        if json.len() > 100_000 && !json.contains("url") {
            for symbol in ["BTCUSDT", "ETHUSDT"] {
                let body = market.book(symbol).unwrap().to_json(5_000);
                let url = format!("/api/v3/depth?symbol={symbol}&limit=5000");
                let line = format!("{}\t{{\"url\": \"{url}\", \"body\": {body}}}\n", now.0);
                json.push_str(&line);
                sbe.push_str(&line);
            }
        }
        writeln!(json, "{}\t{}", now.0, frame.text).unwrap();
        writeln!(sbe, "{}\t{}", now.0, spelled(&bytes).unwrap()).unwrap();
    });
    let torn = &sbe[..sbe.len() - 9];
    let files = [("a.tsv", json.as_bytes()), ("b.tsv", sbe.as_bytes()), ("c.tsv", torn.as_bytes())]
        .map(|(name, bytes)| folder.file(name, bytes));
    let instruments = files.each_ref().map(|file| {
        let mut recording = Recording::open(&[file]).unwrap();
        assert_eq!(Venue::of_recording(&mut recording).unwrap(), Some(Venue::Binance(Market::Spot)));
        infer_instruments(&mut Recording::open(&[file]).unwrap()).unwrap()
    });
    assert!(instruments[0] == instruments[1] && instruments[1].len() == 2, "{:?}", instruments[1]);
    let reports = verify(&files, false, Access::TEXT).unwrap();
    for report in &reports {
        assert_eq!((report.gaps, report.crossed, report.rejected.len()), (0, 0, 0));
        assert!(report.tops > 50 && report.tops == report.tops_equal, "{report:?}");
    }
    assert!(reports[0].sound() && reports[1].sound());
    assert_eq!((reports[0].messages, reports[0].tops), (reports[1].messages, reports[1].tops));
    assert_eq!(reports[2].torn.len(), 1, "its last line is cut off");
    let records = files.each_ref().map(|file| {
        let mut records = Records::default();
        let mut feed = Venue::Binance(Market::Spot).feed(&instruments[0]);
        replay(&mut Recording::open(&[file]).unwrap(), feed.as_mut(), &mut records, |_, _, _| {}).unwrap();
        records.0
    });
    assert!(records[0].len() > 5_000 && records[0] == records[1]);
}

proptest! {
    /// What is written by hand is what is read, whatever the powers of ten, as long as it lies on the grid.
    #[test]
    fn what_is_written_is_read(
        ids in (0_i64..i64::MAX, 0_i64..i64::MAX),
        bids in proptest::collection::vec((1_i64..1 << 40, 0_i64..1 << 40), 0..30),
        asks in proptest::collection::vec((1_i64..1 << 40, 0_i64..1 << 40), 0..30),
        finer in (0_u32..=6, 0_u32..=6),
        time in 0_i64..1 << 52,
        longer in 0_usize..20,
    ) {
        // Steps of the grid, in units so much finer.
        let (price, qty) = (10_i64.pow(finer.0), 10_i64.pow(finer.1));
        let side = |side: &[(i64, i64)]| -> Vec<[i64; 2]> {
            side.iter().map(|(ticks, lots)| [ticks * price, lots * qty]).collect()
        };
        let ids = [ids.0.min(ids.1), ids.0.max(ids.1)];
        let mut message = Written::diff(ids, &side(&bids), &side(&asks))
            .with_powers([-2 - finer.0 as i8, -5 - finer.1 as i8])
            .longer(longer);
        message.block[..8].copy_from_slice(&time.to_le_bytes());
        let (answer, levels, prints) = read(&message.bytes());
        let [first, last] = ids.map(i64::cast_unsigned);
        let event_time = Nanos(time * 1_000);
        prop_assert_eq!(answer, Ok(Message::Depth { index: 0, first, last, previous: None, event_time }));
        let expected: Vec<_> = bids.iter().map(|(t, l)| level(Side::Buy, *t, *l))
            .chain(asks.iter().map(|(t, l)| level(Side::Sell, *t, *l))).collect();
        prop_assert_eq!(levels, expected);
        prop_assert!(prints.is_empty());
    }
}
