//! A market of Binance as a [`Feed`].

use std::mem;

use super::endpoints::{self, Books, Encoding, Market, Streams};
use super::messages::Message;
use super::parser::Parser;
use super::partial::{self, Best as BestLevels};
use super::sync::{Step, Sync, Verdict};
use crate::book::{DEFAULT_WINDOW, L2Book};
use crate::market_data::connection::{Care, TradeIds};
use crate::market_data::feed::{Counters, Feed, Request, Sink, Standing};
use crate::market_data::frame::{Cause, Print, Refusal, VenueQuote};
use crate::market_data::tracked_book::{Best, DepthHead, Level, TrackedBook};
use crate::model::{Instrument, InstrumentId, Nanos, Reason, State};
use crate::monitoring::latency::{Stage, mark};

/// What an operator may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which of the venue's markets.
    pub market: Market,
    /// How its streams are written: decides what is asked for, either form is read.
    pub encoding: Encoding,
    /// What books are made of.
    pub books: Books,
    /// Streams beside depth.
    pub streams: Streams,
    /// Levels a side that are published.
    pub depth: usize,
    /// Ticks a side of the fast part of a book.
    pub window: usize,
    /// Levels a side of a snapshot: 5000 is the venue's limit and costs five times as much weight as 1000.
    pub snapshot_limit: u32,
    /// Without any frame for so long (ns) all books are stale.
    pub silence: i64,
    /// Without a depth message of its own for so long (ns) a book is stale: some markets are quiet.
    pub book_silence: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            market: Market::Spot,
            encoding: Encoding::Json,
            books: Books::Diffs,
            streams: Streams::default(),
            depth: 10,
            window: DEFAULT_WINDOW,
            snapshot_limit: 1000,
            silence: 10_000_000_000,
            book_silence: 60_000_000_000,
        }
    }
}

/// A book and where it stands.
#[derive(Debug)]
pub(super) struct Followed {
    pub(super) tracked: TrackedBook,
    pub(super) sync: Sync,
    trades: TradeIds,
    /// Connected, and no snapshot yet.
    pub(super) fresh: bool,
}

/// One connection to one market of Binance.
///
/// A book is `feed up` from the connection to its first snapshot, `synced` while its ids have no hole, `stale` when
/// nothing came for too long, else `resyncing`. It is emptied whenever it is no longer the venue's.
#[derive(Debug)]
pub struct BinanceFeed {
    options: Options,
    parser: Parser,
    markets: Vec<Followed>,
    care: Care,
    /// What a message with the best levels changes.
    changes: Vec<Level>,
    /// The venue will end this connection.
    ending: bool,
}

impl BinanceFeed {
    /// A feed of these instruments, not connected yet.
    #[must_use]
    pub fn new(instruments: &[(InstrumentId, Instrument)], options: Options) -> Self {
        let market = |(id, instrument): &(InstrumentId, Instrument)| Followed {
            tracked: TrackedBook::new(*id, instrument.clone(), options.depth, options.window),
            sync: Sync::default(),
            trades: TradeIds::default(),
            fresh: false,
        };
        Self {
            parser: Parser::new(instruments.iter().map(|(_, instrument)| instrument)),
            markets: instruments.iter().map(market).collect(),
            care: Care::new(instruments.len(), options.market.snapshot_cost(options.snapshot_limit)),
            changes: Vec::new(),
            ending: false,
            options,
        }
    }

    /// The whole book of an instrument.
    #[must_use]
    pub fn book(&self, instrument: InstrumentId) -> Option<&L2Book> {
        self.index_of(instrument).map(|index| self.markets[index].tracked.book())
    }

    /// The instrument of a symbol.
    #[must_use]
    pub fn instrument_of(&self, symbol: &str) -> Option<InstrumentId> {
        self.markets
            .iter()
            .map(|market| &market.tracked)
            .find(|tracked| tracked.instrument().symbol == symbol)
            .map(|tracked| tracked.id())
    }

    fn index_of(&self, instrument: InstrumentId) -> Option<usize> {
        self.markets.iter().position(|market| market.tracked.id() == instrument)
    }

    fn on_depth(&mut self, index: usize, step: Step, sink: &mut dyn Sink) {
        let head = step.head;
        self.care.clock.see(head.event_time, head.receive_time);
        let Followed { tracked, sync, .. } = &mut self.markets[index];
        let levels = self.parser.levels();
        match sync.depth(step, levels) {
            Verdict::Apply if update(tracked, head, levels, &mut self.care.counters, sink).is_err() => {
                self.resync(index, Reason::Crossed, head.receive_time, sink);
            }
            Verdict::Apply => tracked.revive(head.receive_time, sink),
            Verdict::Gap => {
                self.care.counters.gaps += 1;
                self.lose(index, Reason::Gap, head.receive_time, sink);
            }
            Verdict::WaitsAfterGap => self.care.counters.gaps += 1,
            Verdict::Old if sync.has_met() => self.care.counters.duplicates += 1,
            Verdict::Waits | Verdict::Old => {}
        }
    }

    fn on_best_levels(&mut self, index: usize, best: BestLevels, sink: &mut dyn Sink) {
        if self.options.books == Books::Diffs {
            self.care.counters.unused += 1;
            return;
        }
        let (market, counters) = (&mut self.markets[index], &mut self.care.counters);
        let taken = partial::take(market, best, self.parser.levels(), &mut self.changes, counters, sink);
        if let Err(reason) = taken {
            self.resync(index, reason, best.receive_time, sink);
        }
    }

    /// A bar or a mark of the venue's own, if anybody wants them.
    fn on_extra(&mut self, message: &Message, receive_time: Nanos, sink: &mut dyn Sink) {
        match message {
            Message::Candle(candle)
                if candle.closed && self.options.streams.bars.contains(&candle.period) =>
            {
                self.markets[candle.index].tracked.publish_candle(candle, sink);
            }
            Message::Mark(mark) if self.options.streams.marks => {
                self.markets[mark.index].tracked.publish_mark(mark, receive_time, sink);
            }
            Message::Shutdown => self.ending = true,
            _ => self.care.counters.unused += 1,
        }
    }

    fn on_trade(&mut self, print: Print, receive_time: Nanos, sink: &mut dyn Sink) {
        let market = &mut self.markets[print.index];
        if market.trades.repeats(print.id) {
            // A new connection's first trades are the old one's last: nothing is wrong.
            self.care.counters.duplicates += u64::from(!market.sync.is_waiting());
            return;
        }
        self.care.counters.trades += 1;
        self.markets[print.index].tracked.publish_trade(print, receive_time, sink);
    }

    fn on_ticker(&mut self, index: usize, id: u64, best: Best, times: (Nanos, Nanos), sink: &mut dyn Sink) {
        self.care.quote(&self.markets[index].tracked, (Some(id), best, true), times, sink);
    }

    /// A frame was no use. Where it was a book's, that book has missed a message.
    fn on_refusal(&mut self, refusal: Refusal, now: Nanos, sink: &mut dyn Sink) {
        self.care.reject(refusal.cause);
        if let Some(index) = refusal.book.filter(|index| self.markets[*index].sync.is_live()) {
            self.resync(index, refusal.cause.reason(), now, sink);
        }
    }

    /// The book is not the venue's any more, and what waits begins anew.
    fn resync(&mut self, index: usize, reason: Reason, now: Nanos, sink: &mut dyn Sink) {
        self.markets[index].sync.start();
        self.lose(index, reason, now, sink);
    }

    /// Empties the book, says why, and asks for a snapshot.
    fn lose(&mut self, index: usize, reason: Reason, now: Nanos, sink: &mut dyn Sink) {
        self.care.lose(index, &mut self.markets[index].tracked, reason, now, sink);
    }

    /// A snapshot that could not be used: say why, and ask again later.
    fn refuse_snapshot(&mut self, index: usize, reason: Reason, now: Nanos, sink: &mut dyn Sink) {
        self.care.refuse_snapshot(index, &mut self.markets[index].tracked, reason, now, sink);
    }

    fn on_snapshot(
        &mut self,
        index: usize,
        body: &[u8],
        now: Nanos,
        sink: &mut dyn Sink,
    ) -> Result<(), Reason> {
        let symbol = &self.markets[index].tracked.instrument().symbol;
        let id = self.parser.read_snapshot(body, symbol).map_err(|cause| {
            self.care.reject(cause);
            cause.reason()
        })?;
        let Followed { tracked, sync, fresh, .. } = &mut self.markets[index];
        let waiting = sync.snapshot(id, now).map_err(|_| Reason::OldSnapshot)?;
        let head = DepthHead { first: 0, last: id, event_time: now, receive_time: now };
        let mut right = tracked.load(head, self.parser.levels(), |_, _| true, sink);
        self.care.counters.crossed += u64::from(right.is_err());
        for (step, levels) in waiting.iter() {
            // Readers sort by receive time: what waited becomes visible now.
            let head = DepthHead { receive_time: now, ..step.head };
            if right.is_ok() && sync.depth(step, levels) == Verdict::Apply {
                right = update(tracked, head, levels, &mut self.care.counters, sink);
            }
        }
        sync.reuse(waiting);
        if right.is_err() {
            sync.start();
            return Err(Reason::Crossed);
        }
        self.care.synced(index, tracked, fresh, now, sink);
        Ok(())
    }
}

/// Applies and publishes a message that follows the book.
#[inline]
fn update(
    tracked: &mut TrackedBook,
    head: DepthHead,
    levels: &[Level],
    counters: &mut Counters,
    sink: &mut dyn Sink,
) -> Result<(), Reason> {
    let result = tracked.update(head, levels, |_, _| true, sink);
    counters.depth += 1;
    counters.crossed += u64::from(result.is_err());
    result
}

impl Feed for BinanceFeed {
    fn stream_path(&self) -> String {
        endpoints::stream_path(
            self.markets.iter().map(|market| market.tracked.instrument()),
            self.options.encoding,
            self.options.books,
            &self.options.streams,
        )
    }

    fn on_connected(&mut self, now: Nanos, sink: &mut dyn Sink) {
        self.care.connected(Vec::new(), now);
        self.ending = false;
        for (index, market) in self.markets.iter_mut().enumerate() {
            market.sync.start();
            market.fresh = true;
            market.tracked.vacate(State::FeedUp, Reason::None, now, sink);
            self.care.requests.first(index, now);
        }
    }

    fn on_frame(&mut self, frame: &[u8], receive_time: Nanos, sink: &mut dyn Sink) {
        self.care.frame(receive_time);
        let read = self.parser.read(frame);
        mark(Stage::Parse);
        match read {
            Ok(Message::Depth { .. }) if self.options.books != Books::Diffs => self.care.counters.unused += 1,
            Ok(Message::Depth { index, first, last, previous, event_time }) => {
                let head = DepthHead { first, last, event_time, receive_time };
                self.on_depth(index, Step::new(head, previous), sink);
            }
            // A recording may have both forms: the tape is made of one.
            Ok(Message::Trade(_)) if self.options.streams.aggregated => self.care.counters.unused += 1,
            Ok(Message::Aggregate(_)) if !self.options.streams.aggregated => self.care.counters.unused += 1,
            Ok(Message::Trade(print) | Message::Aggregate(print)) => {
                self.on_trade(print, receive_time, sink);
            }
            Ok(Message::Trades) => {
                for place in 0..self.parser.prints().len() {
                    self.on_trade(self.parser.prints()[place], receive_time, sink);
                }
            }
            Ok(Message::Ticker { index, id, bid, ask, event_time }) => {
                let times = (event_time.unwrap_or(receive_time), receive_time);
                self.on_ticker(index, id, (bid, ask), times, sink);
            }
            Ok(Message::Partial { index, id, event_time }) => {
                self.on_best_levels(index, BestLevels { id, event_time, receive_time }, sink);
            }
            Ok(message @ (Message::Candle(_) | Message::Mark(_) | Message::Shutdown)) => {
                self.on_extra(&message, receive_time, sink);
            }
            Ok(Message::Unused) => self.care.counters.unused += 1,
            Ok(Message::Unknown) => self.care.counters.unknown += 1,
            Err(refusal) => self.on_refusal(refusal, receive_time, sink),
        }
    }

    fn on_response(
        &mut self,
        instrument: InstrumentId,
        body: Option<&[u8]>,
        receive_time: Nanos,
        sink: &mut dyn Sink,
    ) {
        let Some(index) = self.index_of(instrument).filter(|index| self.markets[*index].sync.is_waiting())
        else {
            return; // an answer to a question that no longer stands
        };
        match body {
            None => self.care.requests.retry(index, receive_time),
            Some(body) => {
                if let Err(reason) = self.on_snapshot(index, body, receive_time, sink) {
                    self.refuse_snapshot(index, reason, receive_time, sink);
                }
            }
        }
    }

    fn on_disconnected(&mut self, now: Nanos, sink: &mut dyn Sink) {
        for (index, market) in self.markets.iter_mut().enumerate() {
            market.sync.stop();
            self.care.cut(index, &mut market.tracked, now, sink);
        }
    }

    fn on_time(&mut self, now: Nanos, sink: &mut dyn Sink) {
        let live = self.markets.iter_mut().filter(|market| market.sync.is_live());
        let silence = (self.options.silence, self.options.book_silence);
        self.care.on_time(live.map(|market| &mut market.tracked), silence, now, sink);
    }

    fn next_request(&mut self) -> Option<Request> {
        if self.options.books != Books::Diffs {
            return None; // every message is a snapshot
        }
        let (index, not_before) = self.care.requests.next()?;
        let tracked = &self.markets[index].tracked;
        let limit = self.options.snapshot_limit;
        let path = self.options.market.snapshot_path(&tracked.instrument().symbol, limit);
        Some(Request { instrument: tracked.id(), path, not_before })
    }

    fn wants_renewal(&mut self) -> bool {
        mem::take(&mut self.ending)
    }

    fn recorded_answer(&self, path: Option<&str>) -> Option<InstrumentId> {
        match (path, self.markets.as_slice()) {
            (Some(path), _) if Market::of_path(path) != Some(self.options.market) => None,
            (Some(path), _) => self.instrument_of(endpoints::snapshot_symbol(path)?),
            (None, [only]) => Some(only.tracked.id()),
            (None, _) => None,
        }
    }

    fn quoted(&self) -> Option<VenueQuote> {
        self.care.quoted()
    }

    fn incomplete(&self) -> usize {
        self.markets.iter().filter(|market| market.sync.has_waiting()).count()
    }

    fn standing(&self) -> Standing {
        Standing::of(self.markets.iter().map(|market| market.tracked.state()))
    }

    fn numbered(&self) -> bool {
        self.options.books == Books::Diffs
    }

    fn present(&mut self, instrument: InstrumentId, now: Nanos, sink: &mut dyn Sink) {
        if let Some(index) = self.index_of(instrument) {
            self.markets[index].tracked.present(now, sink);
        }
    }

    fn last_frame(&self) -> Nanos {
        self.care.last_frame()
    }

    fn clock_offset(&self) -> Option<i64> {
        self.care.clock.offset()
    }

    fn causes(&self) -> &[(Cause, u64)] {
        self.care.causes()
    }

    fn counters(&self) -> Counters {
        self.care.counters(self.parser.fallbacks())
    }
}
