//! A Kraken of its own whose messages get lost, doubled, swapped and torn: a book that says synced is right.

use std::collections::BTreeMap;

use flate2::Crc;
use proptest::prelude::*;
use pyrt_engine::market_data::venues::kraken::{Kraken, KrakenOptions, KrakenSpot, Version};
use pyrt_engine::market_data::{Feed, StreamOptions};
use pyrt_engine::model::{Instrument, InstrumentId, Nanos, State};

use crate::parsing::{mutated, mutations};
use crate::reader::{Tape, numbered};

const ID: InstrumentId = InstrumentId(0);
const DEPTH: usize = 10;

/// Both sides by distance from the middle: bids as negative ticks, asks as positive ones.
type Levels = BTreeMap<i64, i64>;

/// The venue's whole book, of which clients are told the best ten levels a side.
struct Venue {
    levels: Levels,
    version: Version,
}

impl Venue {
    fn view(&self) -> Levels {
        let bids = self.levels.range(..0).rev().take(DEPTH);
        bids.chain(self.levels.range(0..).take(DEPTH)).map(|(key, lots)| (*key, *lots)).collect()
    }

    fn checksum(&self) -> u32 {
        let view = self.view();
        let digits = |key: i64, lots: i64| {
            let digits = |text: String| text.replace('.', "").trim_start_matches('0').to_owned();
            digits(price(key)) + &digits(qty(lots))
        };
        let asks: String = view.range(0..).map(|(key, lots)| digits(*key, *lots)).collect();
        let bids: String = view.range(..0).rev().map(|(key, lots)| digits(*key, *lots)).collect();
        let mut crc = Crc::new();
        crc.update((asks + &bids).as_bytes());
        crc.sum()
    }

    /// What clients are told of a change: levels that came into view or changed; those that were removed, not those
    /// that were pushed out.
    fn message(&mut self, changes: &[(bool, i64, i64)]) -> String {
        let before = self.view();
        for (is_bid, distance, lots) in changes {
            let key = if *is_bid { -1 - distance } else { 1 + distance };
            match lots {
                0 => _ = self.levels.remove(&key),
                lots => _ = self.levels.insert(key, *lots),
            }
        }
        let after = self.view();
        let mut told: Levels =
            before.keys().filter(|key| !self.levels.contains_key(key)).map(|key| (*key, 0)).collect();
        told.extend(after.iter().filter(|(key, lots)| before.get(key) != Some(lots)));
        self.frame("update", &told)
    }

    fn snapshot(&self) -> String {
        self.frame("snapshot", &self.view())
    }

    fn frame(&self, kind: &str, levels: &Levels) -> String {
        let side = |bids: bool| {
            let of_side = levels.iter().filter(|(key, _)| (**key < 0) == bids);
            of_side.map(|(key, lots)| self.level(*key, *lots)).collect::<Vec<_>>().join(",")
        };
        let checksum = self.checksum();
        match (self.version, kind) {
            (Version::V2, _) => format!(
                r#"{{"channel":"book","type":"{kind}","data":[{{"symbol":"BTC/USD","bids":[{}],"asks":[{}],"checksum":{checksum},"timestamp":"2024-01-01T00:00:00.000001Z"}}]}}"#,
                side(true),
                side(false),
            ),
            (Version::V1, "snapshot") => {
                format!(r#"[7,{{"as":[{}],"bs":[{}]}},"book-10","XBT/USD"]"#, side(false), side(true))
            }
            (Version::V1, _) => {
                let part =
                    |key: &str, side: String| (!side.is_empty()).then(|| format!(r#"{{"{key}":[{side}]"#));
                let parts: Vec<_> =
                    [part("a", side(false)), part("b", side(true))].into_iter().flatten().collect();
                let parts = if parts.is_empty() { "{\"b\":[]".to_owned() } else { parts.join("},") };
                format!(r#"[7,{parts},"c":"{checksum}"}},"book-10","XBT/USD"]"#)
            }
        }
    }

    fn level(&self, key: i64, lots: i64) -> String {
        match self.version {
            Version::V1 => format!(r#"["{}","{}","1700000000.000001"]"#, price(key), qty(lots)),
            Version::V2 => format!(r#"{{"price":{},"qty":{}}}"#, price(key), qty(lots)),
        }
    }
}

fn ticks(key: i64) -> i64 {
    10_000 + key
}

fn price(key: i64) -> String {
    format!("{}.{:02}000", ticks(key) / 100, ticks(key) % 100)
}

fn qty(lots: i64) -> String {
    format!("{lots}.00000000")
}

#[derive(Clone, Debug)]
enum Fate {
    Delivered,
    Dropped,
    Doubled,
    /// Comes after the next one.
    Late,
    Mutated(Vec<(u8, prop::sample::Index, u8)>),
}

#[derive(Clone, Debug)]
struct Step {
    changes: Vec<(bool, i64, i64)>,
    fate: Fate,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let changes = prop::collection::vec((any::<bool>(), 0_i64..30, 0_i64..4), 0..5);
    let fate = prop_oneof![
        12 => Just(Fate::Delivered),
        2 => Just(Fate::Dropped),
        1 => Just(Fate::Doubled),
        1 => Just(Fate::Late),
        1 => mutations().prop_map(Fate::Mutated),
    ];
    prop::collection::vec((changes, fate).prop_map(|(changes, fate)| Step { changes, fate }), 1..80)
}

struct Line {
    feed: KrakenSpot,
    tape: Tape,
    now: i64,
}

impl Line {
    fn frame(&mut self, frame: &[u8]) {
        self.now += 50_000_000;
        self.feed.on_frame(frame, Nanos(self.now), &mut self.tape);
    }

    /// The venue answers a subscription with a snapshot.
    fn answer(&mut self, venue: &Venue) {
        let mut subscribed = false;
        while let Some(outgoing) = self.feed.next_outgoing() {
            subscribed |= outgoing.text.contains("\"subscribe\"") && outgoing.text.contains("\"book\"");
            self.now = self.now.max(outgoing.not_before.0);
        }
        if subscribed {
            self.frame(venue.snapshot().as_bytes());
            assert_eq!(self.tape.books[0].state, Some(State::Synced));
        }
    }

    fn check(&self, venue: &Venue) -> Result<(), TestCaseError> {
        if self.tape.books[0].state == Some(State::Synced) {
            let book = self.feed.book(ID).unwrap();
            let levels: Levels =
                book.bids().chain(book.asks()).map(|(ticks, lots)| (ticks.0 - 10_000, lots.0)).collect();
            prop_assert_eq!(levels, venue.view());
            self.tape.check_against(|id| self.feed.book(id));
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_loss_goes_unnoticed(steps in steps(), version in prop_oneof![Just(Version::V1), Just(Version::V2)]) {
        let instruments =
            numbered(vec![Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.01", "1").unwrap()]);
        let options = KrakenOptions { version, depth: Some(DEPTH), ..KrakenOptions::default() };
        let stream = StreamOptions { window: 64, depth: 3, ..StreamOptions::default() };
        let feed = KrakenSpot::new(&instruments, Kraken::new(&instruments, options), stream);
        let mut line = Line { feed, tape: Tape::new(&instruments), now: 0 };
        line.feed.on_connected(Nanos(0), &mut line.tape);
        let mut venue = Venue { levels: (1..40).flat_map(|key| [(key, 5), (-key, 5)]).collect(), version };
        let mut late: Option<String> = None;
        for step in steps {
            line.answer(&venue);
            let frame = venue.message(&step.changes);
            match &step.fate {
                Fate::Delivered => line.frame(frame.as_bytes()),
                Fate::Dropped => continue,
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
                    continue;
                }
            }
            line.check(&venue)?;
            if let Some(frame) = late.take() {
                line.frame(frame.as_bytes());
            }
        }
    }
}

/// A book that never gets right is asked for ever less often.
#[test]
fn a_book_that_never_gets_right_does_not_wear_the_venue_out() {
    const SECOND: i64 = 1_000_000_000;
    let venue = Venue { levels: [(1, 5), (-1, 5)].into(), version: Version::V2 };
    let wrong = venue.snapshot().replace(&venue.checksum().to_string(), "1");
    let btc = Instrument::spot("kraken:BTC-USD", "BTC/USD", "0.01", "0.00000001").unwrap();
    let instruments = numbered(vec![btc]);
    let options = KrakenOptions { depth: Some(DEPTH), ..KrakenOptions::default() };
    let mut feed =
        KrakenSpot::new(&instruments, Kraken::new(&instruments, options), StreamOptions::default());
    let mut tape = Tape::new(&instruments);
    let mut now = 1_000 * SECOND;
    feed.on_connected(Nanos(now), &mut tape);
    while feed.next_outgoing().is_some() {}
    let end = now + 1_800 * SECOND;
    let mut asked = 0;
    while now < end {
        feed.on_frame(wrong.as_bytes(), Nanos(now), &mut tape);
        assert_eq!(tape.states.last().unwrap().1, State::Resyncing);
        while let Some(outgoing) = feed.next_outgoing() {
            now = now.max(outgoing.not_before.0);
            asked += i32::from(outgoing.text.contains("\"subscribe\""));
        }
        now += SECOND / 10;
    }
    assert!((55..80).contains(&asked), "{asked} subscriptions in half an hour");
}
