//! The venue's own frames and snapshots as market records: what a client's engine makes of them, and `pyrt-engine
//! convert` of the recording.

use crate::market_data::venues::binance::{BinanceSpot, Options};
use crate::market_data::{BookTop, Feed, Sink};
use crate::model::{Event, Instrument, InstrumentId, Lots, Nanos, Side, Ticks};
use crate::simulator::{Frame, Source};

/// How often the feed is told the time, ns: as a replay of the recording does.
const TIME_STEP: i64 = 100_000_000;

/// Records that were made last.
#[derive(Debug, Default)]
struct Records {
    rows: Vec<Event>,
    stamp: u64,
}

impl Sink for Records {
    fn event(&mut self, mut event: Event) {
        event.stamp = self.stamp;
        self.stamp += 1;
        self.rows.push(event);
    }

    fn book(&mut self, _: &BookTop<'_>) {}
}

/// Reads every frame once.
#[derive(Debug)]
pub(super) struct Decoder {
    feed: BinanceSpot,
    records: Records,
    told: Option<i64>,
    fresh: Vec<Frame>,
}

impl Decoder {
    pub(super) fn new(instruments: &[(InstrumentId, Instrument)]) -> Decoder {
        Decoder {
            feed: BinanceSpot::new(instruments, Options::default()),
            records: Records::default(),
            told: None,
            fresh: Vec::new(),
        }
    }

    /// Moves the source by its frames of one moment, at least one of those that are due at `time`.
    pub(super) fn step(&mut self, source: &mut dyn Source, time: Nanos, frames: &mut Vec<Frame>) {
        self.tell(source, time);
        source.advance(time, 1, &mut self.fresh);
        for (symbol, book) in source.take_snapshots() {
            if let Some(id) = self.feed.instrument_of(&symbol) {
                let body = book.to_json(usize::MAX);
                self.feed.on_response(id, Some(body.as_bytes()), time, &mut self.records);
            }
        }
        for frame in self.fresh.drain(..) {
            self.feed.on_frame(frame.text.as_bytes(), time, &mut self.records);
            frames.push(frame);
        }
    }

    fn tell(&mut self, source: &dyn Source, now: Nanos) {
        match self.told {
            None => self.feed.on_connected(now, &mut self.records),
            Some(told) if now.0 - told >= TIME_STEP => self.feed.on_time(now, &mut self.records),
            Some(_) => return self.ask(source, now),
        }
        self.told = Some(now.0);
        self.ask(source, now);
    }

    /// A book that has no snapshots in the source's time is asked for, as clients do.
    fn ask(&mut self, source: &dyn Source, now: Nanos) {
        while let Some(request) = self.feed.next_request() {
            let listed = source.listings().iter().find(|listed| {
                self.feed.instrument_of(&listed.symbol) == Some(request.instrument)
                    && !source.has_snapshots(&listed.symbol)
            });
            if let Some(book) = listed.and_then(|listed| source.book(&listed.symbol)) {
                let body = book.to_json(usize::MAX);
                self.feed.on_response(request.instrument, Some(body.as_bytes()), now, &mut self.records);
            }
        }
    }

    /// What was read since the last call.
    pub(super) fn records(&mut self) -> impl Iterator<Item = Event> + '_ {
        self.records.rows.drain(..)
    }

    /// What taking `lots` from the other side would cost, in ticks times lots, as far as the book goes.
    pub(super) fn cost(&self, id: InstrumentId, side: Side, lots: Lots) -> i128 {
        fn walk(levels: impl Iterator<Item = (Ticks, Lots)>, mut want: i64) -> i128 {
            let mut cost = 0;
            for (ticks, lots) in levels {
                let got = lots.0.min(want);
                cost += i128::from(ticks.0) * i128::from(got);
                want -= got;
                if want == 0 {
                    break;
                }
            }
            cost
        }
        let book = self.feed.book(id);
        book.map_or(
            0,
            |book| if side == Side::Buy { walk(book.asks(), lots.0) } else { walk(book.bids(), lots.0) },
        )
    }
}
