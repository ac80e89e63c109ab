//! A venue of its own whose messages get lost, doubled, swapped and torn: a book that says synced is right.

use std::collections::BTreeMap;

use proptest::prelude::*;
use pyrt_engine::market_data::Feed;
use pyrt_engine::market_data::venues::binance::{BinanceFeed, Market, Options};
use pyrt_engine::model::{Instrument, InstrumentId, Nanos, State};

use crate::parsing::{mutated, mutations};
use crate::reader::{Tape, numbered};

const ID: InstrumentId = InstrumentId(0);

/// Both sides: bids as negative ticks, asks as positive ones.
type Levels = BTreeMap<i64, i64>;

/// The venue's book after each of its updates.
#[derive(Default)]
struct Venue {
    market: Market,
    levels: Levels,
    last_id: u64,
    history: BTreeMap<u64, Levels>,
}

impl Venue {
    fn new(market: Market) -> Self {
        let mut venue = Self { market, last_id: 1_000, ..Self::default() };
        venue.levels.extend([(-990, 5), (1_010, 5)]);
        venue.history.insert(venue.last_id, venue.levels.clone());
        venue
    }

    /// The next message: `count` updates, some of them without a visible change.
    fn message(&mut self, count: u64, changes: &[(bool, i64, i64)]) -> String {
        let mut sides = [vec![], vec![]];
        for (is_bid, distance, lots) in changes {
            let key = if *is_bid { -(999 - distance) } else { 1_001 + distance };
            match lots {
                0 => _ = self.levels.remove(&key),
                lots => _ = self.levels.insert(key, *lots),
            }
            sides[usize::from(!is_bid)].push(level(key, *lots));
        }
        // Futures count the updates of other symbols too, and say where the message before ended.
        let (first, previous) = match self.market {
            Market::Spot => (self.last_id + 1, String::new()),
            _ => (self.last_id + 1 + count, format!(r#""pu":{},"#, self.last_id)),
        };
        self.last_id = first + count - 1;
        self.history.insert(self.last_id, self.levels.clone());
        let [bids, asks] = sides.map(|side| side.join(","));
        format!(
            r#"{{"e":"depthUpdate","E":1700000000000,"s":"BTCUSDT","U":{first},"u":{},{previous}"b":[{bids}],"a":[{asks}]}}"#,
            self.last_id
        )
    }

    fn snapshot(&self) -> String {
        let side = |bids: bool| {
            let levels = self.levels.iter().filter(|(key, _)| (**key < 0) == bids);
            levels.map(|(key, lots)| level(*key, *lots)).collect::<Vec<_>>().join(",")
        };
        format!(r#"{{"lastUpdateId":{},"bids":[{}],"asks":[{}]}}"#, self.last_id, side(true), side(false))
    }
}

fn level(key: i64, lots: i64) -> String {
    format!(r#"["{}.{:02}000000","{lots}.00000000"]"#, key.abs() / 100, key.abs() % 100)
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
    count: u64,
    changes: Vec<(bool, i64, i64)>,
    fate: Fate,
    /// The snapshot that was asked for comes before this message.
    answered: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let changes = prop::collection::vec((any::<bool>(), 0_i64..400, 0_i64..4), 0..6);
    let fate = prop_oneof![
        12 => Just(Fate::Delivered),
        2 => Just(Fate::Dropped),
        1 => Just(Fate::Doubled),
        1 => Just(Fate::Late),
        1 => mutations().prop_map(Fate::Mutated),
    ];
    let step = (1_u64..5, changes, fate, prop::bool::weighted(0.3))
        .prop_map(|(count, changes, fate, answered)| Step { count, changes, fate, answered });
    prop::collection::vec(step, 1..80)
}

struct Line {
    feed: BinanceFeed,
    tape: Tape,
    now: i64,
    /// The last update that reached the feed in a whole message.
    heard: u64,
    /// A changed digit makes another message that is whole: nobody can tell, so nothing is promised from there on but
    /// what the tape checks.
    tampered: bool,
}

impl Line {
    fn open(market: Market) -> Self {
        let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "1").unwrap();
        let instruments = numbered(vec![btc]);
        let options = Options { market, window: 64, depth: 3, ..Options::default() };
        let mut feed = BinanceFeed::new(&instruments, options);
        let mut tape = Tape::new(&instruments);
        feed.on_connected(Nanos(0), &mut tape);
        Self { feed, tape, now: 0, heard: 0, tampered: false }
    }

    fn frame(&mut self, frame: &[u8]) {
        self.now += 1_000_000;
        self.feed.on_frame(frame, Nanos(self.now), &mut self.tape);
    }

    fn deliver(&mut self, frame: &str, last_id: u64) {
        self.frame(frame.as_bytes());
        self.heard = self.heard.max(last_id);
    }

    fn answer(&mut self, body: &str) {
        self.now += 1_000_000;
        if self.feed.next_request().is_some() {
            self.feed.on_response(ID, Some(body.as_bytes()), Nanos(self.now), &mut self.tape);
        }
    }

    fn state(&self) -> Option<State> {
        self.tape.books[0].state
    }

    /// A synced book is the venue's at its id, and no message that came is missing in it.
    fn check(&self, venue: &Venue) -> Result<(), TestCaseError> {
        if self.state() != Some(State::Synced) || self.tampered {
            return Ok(());
        }
        let book = self.feed.book(ID).unwrap();
        let levels: Levels =
            book.bids().map(|(t, l)| (-t.0, l.0)).chain(book.asks().map(|(t, l)| (t.0, l.0))).collect();
        let id = self.tape.tops[&0].1;
        prop_assert_eq!(Some(&levels), venue.history.get(&id), "the book at {}", id);
        prop_assert!(id >= self.heard, "{} was heard, the book is at {}", self.heard, id);
        self.tape.check_against(|id| self.feed.book(id));
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_loss_goes_unnoticed(steps in steps(), market in prop_oneof![Just(Market::Spot), Just(Market::UsdM)]) {
        let mut venue = Venue::new(market);
        let mut line = Line::open(market);
        let mut late: Option<(String, u64)> = None;
        for step in steps {
            if step.answered {
                line.answer(&venue.snapshot());
            }
            let frame = venue.message(step.count, &step.changes);
            let id = venue.last_id;
            match &step.fate {
                Fate::Delivered => line.deliver(&frame, id),
                Fate::Dropped => {}
                Fate::Doubled => {
                    line.deliver(&frame, id);
                    line.deliver(&frame, id);
                }
                Fate::Late => {
                    late = Some((frame, id));
                    continue;
                }
                Fate::Mutated(mutations) => {
                    line.tampered = true;
                    line.frame(&mutated(&frame, mutations));
                }
            }
            if let Some((frame, id)) = late.take() {
                line.deliver(&frame, id);
            }
            line.check(&venue)?;
        }
    }
}
