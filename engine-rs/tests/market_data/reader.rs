//! What a reader of the records knows: it sees nothing else of the feed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pyrt_engine::book::L2Book;
use pyrt_engine::market_data::{BookTop, Sink};
use pyrt_engine::model::{
    Delta, Event, Instrument, InstrumentId, Lots, Reason, Rounding, State, Ticks, flag,
};

/// A file of the recordings, or nothing where there are no recordings at all.
pub fn recording(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ws");
    if !folder.is_dir() {
        println!("skipped: no recordings in {}", folder.display());
        return None;
    }
    let path = folder.join(name);
    assert!(path.is_file(), "{} is missing", path.display());
    Some(path)
}

/// Instruments with ids by position.
pub fn numbered(instruments: Vec<Instrument>) -> Vec<(InstrumentId, Instrument)> {
    (0..).map(InstrumentId).zip(instruments).collect()
}

/// The best level of a side as doubles.
pub type Level = Option<(f64, f64)>;

/// A book made of records alone.
#[derive(Default)]
pub struct Rebuilt {
    pub bids: BTreeMap<i64, i64>,
    pub asks: BTreeMap<i64, i64>,
    pub last_id: u64,
    pub state: Option<State>,
    in_snapshot: bool,
    pub from_book: (Level, Level),
}

/// A depth message as the records show it, after it was applied.
#[derive(Clone, Copy, Debug)]
pub struct Applied {
    pub instrument: usize,
    pub first_id: u64,
    pub last_id: u64,
    pub bid: Level,
    pub ask: Level,
}

/// Keeps every record and rebuilds the books from them, with the checks that a careful reader makes.
pub struct Tape {
    pub instruments: Vec<Instrument>,
    pub events: Vec<Event>,
    pub books: Vec<Rebuilt>,
    pub applied: Vec<Applied>,
    /// Changes of state: whose, to what, why.
    pub states: Vec<(usize, State, Reason)>,
    /// The last top told of each book: its id and best levels.
    pub tops: BTreeMap<usize, (State, u64, Level, Level)>,
    last_time: i64,
}

impl Tape {
    pub fn new(instruments: &[(InstrumentId, Instrument)]) -> Self {
        Self {
            instruments: instruments.iter().map(|(_, instrument)| instrument.clone()).collect(),
            events: vec![],
            books: instruments.iter().map(|_| Rebuilt::default()).collect(),
            applied: vec![],
            states: vec![],
            tops: BTreeMap::new(),
            last_time: 0,
        }
    }

    /// From here on times may be earlier ones.
    pub fn set_back(&mut self) {
        self.last_time = 0;
    }

    fn delta(&mut self, delta: &Delta) {
        let index = delta.instrument as usize;
        let instrument = &self.instruments[index];
        let book = &mut self.books[index];
        let snapshot = delta.flags & flag::SNAPSHOT != 0;
        if snapshot {
            assert_ne!(book.state, Some(State::Synced), "a snapshot comes while the book is not synced");
            assert_eq!(delta.first_id, 0);
            if !book.in_snapshot {
                book.bids.clear();
                book.asks.clear();
            }
        } else if delta.last_id != book.last_id {
            assert!(delta.first_id <= book.last_id + 1, "no hole in the ids of records");
            assert!(delta.last_id > book.last_id, "ids go forward");
        }
        let whole = delta.flags & flag::LAST != 0;
        book.in_snapshot = snapshot && !whole;
        let ticks = instrument.tick.to_steps(delta.price, Rounding::Refuse).unwrap();
        let lots = instrument.lot.to_steps(delta.qty, Rounding::Refuse).unwrap();
        let side = match delta.side {
            1 => &mut book.bids,
            2 => &mut book.asks,
            _ => &mut BTreeMap::new(),
        };
        if lots == 0 {
            side.remove(&ticks);
        } else {
            side.insert(ticks, lots);
        }
        book.last_id = delta.last_id;
        if whole {
            let (bid, ask) = book.best(instrument);
            assert!(!crossed(bid, ask), "no record leaves a crossed book");
            if !snapshot {
                let (first_id, last_id) = (delta.first_id, delta.last_id);
                self.applied.push(Applied { instrument: index, first_id, last_id, bid, ask });
            }
        }
    }

    /// The rebuilt books are the engine's, level by level, and their tops are those that were told.
    pub fn check_against<'a>(&self, book_of: impl Fn(InstrumentId) -> Option<&'a L2Book>) {
        for (index, rebuilt) in self.books.iter().enumerate() {
            let book = book_of(InstrumentId(u32::try_from(index).unwrap())).unwrap();
            if rebuilt.state != Some(State::Synced) {
                continue;
            }
            let pairs = |(ticks, lots): (Ticks, Lots)| (ticks.0, lots.0);
            assert!(book.bids().map(pairs).eq(rebuilt.bids.iter().rev().map(|(t, l)| (*t, *l))));
            assert!(book.asks().map(pairs).eq(rebuilt.asks.iter().map(|(t, l)| (*t, *l))));
            let (bid, ask) = rebuilt.best(&self.instruments[index]);
            assert_eq!(self.tops[&index], (State::Synced, rebuilt.last_id, bid, ask));
            assert_eq!(rebuilt.from_book, (bid, ask), "the last quote from the book is its top");
        }
    }
}

impl Rebuilt {
    pub fn best(&self, instrument: &Instrument) -> (Level, Level) {
        let double = |(t, l): (&i64, &i64)| (instrument.price(Ticks(*t)), instrument.qty(Lots(*l)));
        (self.bids.last_key_value().map(double), self.asks.first_key_value().map(double))
    }
}

fn crossed(bid: Level, ask: Level) -> bool {
    matches!((bid, ask), (Some((bid, _)), Some((ask, _))) if bid >= ask)
}

impl Sink for Tape {
    fn event(&mut self, event: Event) {
        self.events.push(event);
        let receive_time = i64::from_ne_bytes(event.words[0].to_ne_bytes());
        assert!(receive_time >= self.last_time, "receive times go forward");
        self.last_time = receive_time;
        let index = event.instrument as usize;
        if let Some(delta) = event.as_delta() {
            self.delta(delta);
        } else if let Some(state) = event.as_state() {
            let (code, reason) = (state_of(state.flags), reason_of(state.reason));
            self.books[index].state = Some(code);
            self.states.push((index, code, reason));
        } else if let Some(quote) = event.as_quote().filter(|quote| quote.flags & flag::FROM_BOOK != 0) {
            assert_eq!(self.books[index].state, Some(State::Synced), "quotes only from a book that is right");
            let level = |price: f64, qty: f64| (!price.is_nan()).then_some((price, qty));
            self.books[index].from_book = (level(quote.bid, quote.bid_qty), level(quote.ask, quote.ask_qty));
        }
    }

    fn book(&mut self, top: &BookTop<'_>) {
        let index = top.instrument.0 as usize;
        let instrument = &self.instruments[index];
        let best = |levels: &[(Ticks, Lots)]| {
            levels.first().map(|(t, l)| (instrument.price(*t), instrument.qty(*l)))
        };
        assert!(top.bids.windows(2).all(|pair| pair[0].0 > pair[1].0));
        assert!(top.asks.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(top.bids.iter().chain(top.asks).all(|(_, lots)| lots.0 > 0));
        self.tops.insert(index, (top.state, top.last_id, best(top.bids), best(top.asks)));
    }
}

fn state_of(flags: u16) -> State {
    let all = [State::Synced, State::Resyncing, State::Stale, State::FeedUp, State::FeedDown, State::Halted];
    all.into_iter().find(|state| *state as u16 == flags & 0xff).unwrap()
}

fn reason_of(code: u64) -> Reason {
    let all = [
        Reason::None,
        Reason::FirstSnapshot,
        Reason::Gap,
        Reason::Crossed,
        Reason::Checksum,
        Reason::Disconnected,
        Reason::Silent,
        Reason::Unreadable,
        Reason::OldSnapshot,
        Reason::OffGrid,
        Reason::Operator,
    ];
    all.into_iter().find(|reason| *reason as u64 == code).unwrap()
}

/// Records as they are, nothing checked.
#[derive(Default)]
pub struct Records(pub Vec<Event>);

impl Sink for Records {
    fn event(&mut self, event: Event) {
        self.0.push(event);
    }

    fn book(&mut self, _: &BookTop<'_>) {}
}
