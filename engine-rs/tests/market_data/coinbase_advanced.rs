//! Coinbase Advanced Trade: messages of today, and a venue of its own whose messages get lost, doubled, swapped and torn.

use std::collections::BTreeMap;

use proptest::prelude::*;
use pyrt_engine::market_data::venues::coinbase_advanced::{
    AdvancedOptions, AdvancedTrade, CoinbaseAdvanced, find_instruments,
};
use pyrt_engine::market_data::{Feed, Message, Proof, Protocol, StreamOptions};
use pyrt_engine::model::{Instrument, InstrumentId, Lots, Nanos, Reason, Side, State, Ticks};

use crate::parsing::{mutated, mutations};
use crate::reader::{Tape, numbered, recording};

const ID: InstrumentId = InstrumentId(0);

/// Bids as negative ticks, asks as positive ones.
type Levels = BTreeMap<i64, i64>;

fn instruments() -> Vec<(InstrumentId, Instrument)> {
    numbered(vec![Instrument::spot("coinbase-adv:BTC-USD", "BTC-USD", "0.01", "0.00000001").unwrap()])
}

fn protocol() -> CoinbaseAdvanced {
    CoinbaseAdvanced::new(&instruments(), AdvancedOptions::default())
}

fn feed() -> AdvancedTrade {
    let stream = StreamOptions { window: 64, depth: 3, ..StreamOptions::default() };
    AdvancedTrade::new(&instruments(), protocol(), stream)
}

#[test]
fn messages_of_today_say_what_they_say() {
    let Some(path) = recording("coinbase_exchange_level2.tsv") else { return };
    let folder = path.parent().unwrap().join("../ws_fixtures/coinbase");
    let read = |protocol: &mut CoinbaseAdvanced, name: &str| {
        protocol.restart(); // each is of a row of its own
        protocol.read(&std::fs::read(folder.join(name)).unwrap())
    };
    let mut protocol = protocol();
    let snapshot = read(&mut protocol, "ws_l2_data_snapshot.json").unwrap();
    let event_time = Some(Nanos(1_775_572_200_123_456_000));
    assert_eq!(snapshot, Message::Book { index: 0, snapshot: true, proof: Proof::None, event_time });
    let first = protocol.levels()[0];
    assert_eq!((first.side, first.ticks, first.lots), (Side::Buy, Ticks(6_890_000), Lots(150_000_000)));
    let update = read(&mut protocol, "ws_l2_data_update.json").unwrap();
    assert!(matches!(update, Message::Book { snapshot: false, .. }));
    let last = protocol.levels()[1];
    assert_eq!((last.side, last.ticks, last.lots), (Side::Sell, Ticks(6_890_100), Lots(0)));
    assert_eq!(read(&mut protocol, "ws_market_trades.json"), Ok(Message::Trades));
    let told: Vec<_> = protocol.prints().iter().map(|print| (print.id, print.side, print.ticks)).collect();
    assert_eq!(
        told,
        [(995_098_700, Side::Sell, Ticks(6_890_050)), (995_098_701, Side::Buy, Ticks(6_890_000))],
        "the side is the maker's"
    );
    let best = (Some((Ticks(6_890_000), Lots(150_000_000))), Some((Ticks(6_890_100), Lots(50_000_000))));
    let quote = read(&mut protocol, "ws_ticker.json").unwrap();
    assert!(
        matches!(quote, Message::Quote { index: 0, best: own, sized: true, .. } if own == best),
        "{quote:?}"
    );
    assert_eq!(read(&mut protocol, "ws_heartbeats.json"), Ok(Message::Alive { last_trade: None }));
    for unused in ["ws_subscriptions.json", "ws_candles.json", "ws_user.json"] {
        assert_eq!(read(&mut protocol, unused), Ok(Message::Unused), "{unused}");
    }
    let refused = protocol.read(br#"{"type":"error","message":"authentication failure"}"#).unwrap_err();
    assert_eq!(refused.cause.to_string(), "the venue turned a subscription down");
}

#[test]
fn what_is_said_at_the_start_and_to_begin_anew() {
    let hello = protocol().hello();
    let said = |channel: &str, products: &str| {
        format!(r#"{{"type":"subscribe","product_ids":[{products}],"channel":"{channel}"}}"#)
    };
    let product = "\"BTC-USD\"";
    assert_eq!(
        hello,
        [
            said("heartbeats", ""),
            said("level2", product),
            said("market_trades", product),
            said("ticker", product)
        ]
    );
    let renewed = protocol().renew(0);
    assert_eq!(
        renewed,
        [said("level2", product).replace("subscribe", "unsubscribe"), said("level2", product)]
    );
}

/// A venue that numbers its messages.
#[derive(Default)]
struct Venue {
    levels: Levels,
    sequence: u64,
}

impl Venue {
    fn message(&mut self, channel: &str, event: &str) -> String {
        let sequence = self.sequence;
        self.sequence += 1;
        format!(
            r#"{{"channel":"{channel}","client_id":"","timestamp":"2026-04-07T14:30:01.456789Z","sequence_num":{sequence},"events":[{event}]}}"#
        )
    }

    fn book(&mut self, kind: &str, levels: &Levels) -> String {
        let row = |(key, lots): (&i64, &i64)| {
            let (side, ticks) = if *key < 0 { ("bid", 10_000 + key) } else { ("offer", 10_000 + key) };
            format!(
                r#"{{"side":"{side}","event_time":"2026-04-07T14:30:01.456789Z","price_level":"{}.{:02}","new_quantity":"{lots}.5"}}"#,
                ticks / 100,
                ticks % 100
            )
            .replace("\"0.5\"", "\"0\"")
        };
        let rows: Vec<_> = levels.iter().map(row).collect();
        self.message(
            "l2_data",
            &format!(r#"{{"type":"{kind}","product_id":"BTC-USD","updates":[{}]}}"#, rows.join(",")),
        )
    }

    fn change(&mut self, changes: &[(bool, i64, i64)]) -> String {
        let mut told = Levels::new();
        for (bid, distance, lots) in changes {
            told.insert(if *bid { -1 - distance } else { 1 + distance }, *lots);
        }
        self.levels.extend(told.clone());
        self.levels.retain(|_, lots| *lots > 0);
        self.book("update", &told)
    }
}

#[derive(Clone, Debug)]
enum Fate {
    Delivered,
    Dropped,
    Doubled,
    /// Comes after the next one.
    Late,
    Mutated(Vec<(u8, prop::sample::Index, u8)>),
    /// A sign of life alone.
    Heartbeat,
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        12 => Just(Fate::Delivered),
        2 => Just(Fate::Dropped),
        1 => Just(Fate::Doubled),
        1 => Just(Fate::Late),
        1 => mutations().prop_map(Fate::Mutated),
        2 => Just(Fate::Heartbeat),
    ]
}

struct Line {
    feed: AdvancedTrade,
    tape: Tape,
    now: i64,
}

impl Line {
    fn frame(&mut self, frame: &[u8]) {
        self.now += 50_000_000;
        self.feed.on_frame(frame, Nanos(self.now), &mut self.tape);
    }

    /// The venue answers a subscription with a snapshot.
    fn answer(&mut self, venue: &mut Venue) -> bool {
        let mut subscribed = false;
        while let Some(outgoing) = self.feed.next_outgoing() {
            subscribed |= outgoing.text.contains("\"subscribe\"") && outgoing.text.contains("level2");
            self.now = self.now.max(outgoing.not_before.0);
        }
        if subscribed {
            let levels = venue.levels.clone();
            let snapshot = venue.book("snapshot", &levels);
            self.frame(snapshot.as_bytes());
        }
        subscribed
    }

    /// After a message that came through, whatever was lost before it has been seen.
    fn check(&self, venue: &Venue) -> Result<(), TestCaseError> {
        if self.tape.books[0].state == Some(State::Synced) {
            let book = self.feed.book(ID).unwrap();
            let lots = |lots: i64| (lots - 50_000_000) / 100_000_000;
            let levels: Levels = book
                .bids()
                .chain(book.asks())
                .map(|(ticks, size)| (ticks.0 - 10_000, lots(size.0)))
                .collect();
            prop_assert_eq!(&levels, &venue.levels);
            self.tape.check_against(|id| self.feed.book(id));
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn a_book_that_says_synced_is_the_venues(
        steps in prop::collection::vec(
            (prop::collection::vec((any::<bool>(), 0_i64..30, 0_i64..4), 0..5), fates()), 1..60,
        ),
    ) {
        let mut venue = Venue::default();
        venue.levels.extend((1..20).flat_map(|key| [(key, 5), (-key, 5)]));
        let mut line = Line { feed: feed(), tape: Tape::new(&instruments()), now: 1_000_000_000 };
        line.feed.on_connected(Nanos(line.now), &mut line.tape);
        line.answer(&mut venue);
        prop_assert_eq!(line.tape.books[0].state, Some(State::Synced));
        let mut late: Option<String> = None;
        // What a damaged frame says is not proven by its number: nothing but a new snapshot helps.
        let mut damaged = false;
        for (changes, fate) in &steps {
            if matches!(fate, Fate::Heartbeat) {
                let beat = venue.message("heartbeats", r#"{"current_time":"x","heartbeat_counter":42}"#);
                line.frame(beat.as_bytes());
            } else {
                let frame = venue.change(changes);
                match fate {
                    Fate::Delivered => line.frame(frame.as_bytes()),
                    Fate::Doubled => {
                        line.frame(frame.as_bytes());
                        line.frame(frame.as_bytes());
                    }
                    Fate::Late => {
                        late = Some(frame);
                        continue;
                    }
                    Fate::Mutated(mutations) => {
                        line.frame(&mutated(&frame, mutations));
                        damaged = !line.answer(&mut venue);
                        continue;
                    }
                    Fate::Dropped | Fate::Heartbeat => continue,
                }
            }
            if !damaged {
                line.check(&venue)?;
            }
            if let Some(late) = late.take().filter(|_| !damaged) {
                line.frame(late.as_bytes());
                line.check(&venue)?;
            }
            damaged &= !line.answer(&mut venue);
        }
    }
}

#[test]
fn a_number_that_is_left_out_costs_every_book_and_is_told_once() {
    let mut venue = Venue::default();
    venue.levels.extend([(1, 5), (-1, 5)]);
    let mut line = Line { feed: feed(), tape: Tape::new(&instruments()), now: 1_000_000_000 };
    line.feed.on_connected(Nanos(line.now), &mut line.tape);
    line.answer(&mut venue);
    venue.sequence += 1; // of a heartbeat, as far as anybody knows
    let beat = venue.message("heartbeats", r#"{"heartbeat_counter":42}"#);
    line.frame(beat.as_bytes());
    assert_eq!(line.tape.states.last(), Some(&(0, State::Resyncing, Reason::Gap)));
    line.frame(beat.as_bytes());
    let counters = line.feed.counters();
    assert_eq!((counters.gaps, counters.resyncs, counters.duplicates), (1, 1, 1));
    line.answer(&mut venue);
    assert_eq!(line.tape.books[0].state, Some(State::Synced));
    line.feed.on_disconnected(Nanos(line.now), &mut line.tape);
    line.feed.on_connected(Nanos(line.now), &mut line.tape);
    venue.sequence = 0;
    line.answer(&mut venue);
    assert_eq!((line.tape.books[0].state, line.feed.counters().gaps), (Some(State::Synced), 1));
}

#[test]
fn the_venues_list_of_today_gives_the_grids() {
    let Some(path) = recording("coinbase_exchange_level2.tsv") else { return };
    let body =
        std::fs::read(path.parent().unwrap().join("../ws_fixtures/coinbase/http_products.json")).unwrap();
    let found = find_instruments(&body, &["BTC-USDC", "BTC-USD"]).unwrap();
    let names: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.symbol.as_str())).collect();
    assert_eq!(names, [("coinbase-adv:BTC-USDC", "BTC-USDC"), ("coinbase-adv:BTC-USD", "BTC-USD")]);
    assert_eq!((found[1].tick.to_double(1), found[1].lot.to_double(1)), (0.01, 1e-8));
}

const SHAPES: [&str; 5] = [
    r#"{"channel":"l2_data","client_id":"","timestamp":"2026-04-07T14:30:01.456789Z","sequence_num":1,"events":[{"type":"update","product_id":"BTC-USD","updates":[{"side":"bid","event_time":"2026-04-07T14:30:01.456789Z","price_level":"68900.00","new_quantity":"2.00000000"},{"side":"offer","event_time":"2026-04-07T14:30:01.456789Z","price_level":"68901.5","new_quantity":"0"}]}]}"#,
    r#"{"channel":"l2_data","client_id":"x","timestamp":"2026-04-07T14:30:01Z","sequence_num":0,"events":[{"type":"snapshot","product_id":"BTC-USD","updates":[]}]}"#,
    r#"{"channel":"market_trades","client_id":"","timestamp":"2026-04-07T14:30:02.789012Z","sequence_num":5,"events":[{"type":"update","trades":[{"trade_id":"995098701","product_id":"BTC-USD","price":"68900.50","size":"0.00150000","side":"BUY","time":"2026-04-07T14:30:02.789012Z"},{"trade_id":"995098700","product_id":"BTC-USD","price":"68900.00","size":"0.05","side":"SELL","time":"2026-04-07T14:30:02.800000Z"}]}]}"#,
    r#"{"channel":"ticker","client_id":"","timestamp":"2026-04-07T14:30:03.000000Z","sequence_num":12,"events":[{"type":"update","tickers":[{"type":"ticker","product_id":"BTC-USD","price":"68900.50","volume_24_h":"15328.12345678","best_bid":"68900.00","best_bid_quantity":"1.50000000","best_ask":"68901.00","best_ask_quantity":"0.50000000"}]}]}"#,
    r#"{"channel":"heartbeats","client_id":"","timestamp":"2026-04-07T14:30:10.000000Z","sequence_num":7,"events":[{"current_time":"2026-04-07 14:30:10.000000000 +0000 UTC m=+1.5","heartbeat_counter":42}]}"#,
];

/// Whether the fast reader knew the frame; if it did, it says what the reader by keys (serde_json) says.
fn readers_agree(frame: &[u8]) -> bool {
    let mut protocol = protocol();
    let Some((message, sequence)) = protocol.read_fast(frame) else { return false };
    let said = ((Ok(message), sequence), protocol.levels().to_vec(), protocol.prints().to_vec());
    let by_keys = protocol.read_tolerant(frame);
    assert_eq!(said, (by_keys, protocol.levels().to_vec(), protocol.prints().to_vec()));
    true
}

#[test]
fn the_frequent_shapes_are_read_fast_and_right() {
    for shape in SHAPES {
        assert!(readers_agree(shape.as_bytes()), "{shape}");
        assert!(!readers_agree(shape.replacen(':', ": ", 1).as_bytes()), "spaces are for the other reader");
    }
    let twice = SHAPES[3].replace(r#""price":"68900.50""#, r#""price":"68900.50","price":"68900.50""#);
    assert!(!readers_agree(twice.as_bytes()), "the other reader refuses it");
    let mut protocol = protocol();
    for shape in SHAPES {
        let _ = protocol.read(shape.as_bytes());
    }
    assert_eq!(protocol.fallbacks(), 0);
    // Messages of today, as the venue writes them: on one line.
    let Some(path) = recording("coinbase_exchange_level2.tsv") else { return };
    let folder = path.parent().unwrap().join("../ws_fixtures/coinbase");
    for name in ["ws_l2_data_snapshot", "ws_l2_data_update", "ws_market_trades", "ws_ticker"] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let line: String = text.lines().map(str::trim_start).collect::<String>().replace("\": ", "\":");
        assert!(readers_agree(line.as_bytes()), "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn a_mutated_frame_means_the_same_to_both_readers(
        frame in prop::sample::select(SHAPES.to_vec()),
        mutations in mutations(),
    ) {
        readers_agree(&mutated(frame, &mutations));
    }
}

/// Its number says that it came; what it says is lost all the same.
#[test]
fn a_change_of_a_book_that_cannot_be_read_costs_that_book() {
    let mut venue = Venue::default();
    venue.levels.extend([(1, 5), (-1, 5)]);
    let mut line = Line { feed: feed(), tape: Tape::new(&instruments()), now: 1_000_000_000 };
    line.feed.on_connected(Nanos(line.now), &mut line.tape);
    line.answer(&mut venue);
    for (from, to) in [
        (r#""timestamp":"2026-04-07T14:30:01.456789Z","#, ""),
        (r#""product_id":"BTC-USD""#, r#""product_id":null"#),
        (r#""timestamp":"2026-04-07T14:30:01.456789Z","#, r#""timestamp":null,"#),
    ] {
        assert_eq!(line.tape.books[0].state, Some(State::Synced));
        let frame = venue.change(&[(true, 3, 7)]);
        let damaged = frame.replacen(from, to, 1);
        assert_ne!(frame, damaged);
        line.frame(damaged.as_bytes());
        let state = line.tape.states.last();
        assert_eq!(state, Some(&(0, State::Resyncing, Reason::Unreadable)), "{damaged}");
        line.now += 60_000_000_000;
        assert!(line.answer(&mut venue));
    }
}

#[test]
fn the_highest_number_that_there_is_is_a_number() {
    let mut protocol = protocol();
    let beat =
        |sequence: u64| SHAPES[4].replace(r#""sequence_num":7"#, &format!(r#""sequence_num":{sequence}"#));
    for sequence in [u64::MAX, 1, 2, 3, 4] {
        let _ = protocol.read(beat(sequence).as_bytes());
    }
    assert!(!protocol.missed());
}
