//! A book together with what is known about it, and the records that tell readers.
//!
//! A message is applied and checked before any record of it leaves, so readers never see a crossed book. Records of
//! one call all carry the receive time of that call, so they stay in order.

use super::candles::{Candle, VenueMark};
use super::feed::{BookTop, Sink};
use super::frame::Print;
use crate::book::{L2Book, L3Book};
use crate::model::{
    Bar, Delta, Event, Instrument, InstrumentId, Lots, Mark, Nanos, Quote, Reason, Side, State, StateChange,
    Ticks, Trade, flag,
};

/// A level as a message gives it: its new size, 0 removes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Bid or ask.
    pub side: Side,
    /// Price.
    pub ticks: Ticks,
    /// Absolute size.
    pub lots: Lots,
}

/// Ids and times of one depth message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DepthHead {
    /// First update id in it.
    pub(crate) first: u64,
    /// Last update id in it.
    pub(crate) last: u64,
    /// By the venue's clock.
    pub(crate) event_time: Nanos,
    /// Of its frame; of the snapshot, for messages that waited for one.
    pub(crate) receive_time: Nanos,
}

/// The best levels of one side as last published.
#[derive(Debug)]
struct Top {
    side: Side,
    depth: usize,
    levels: Vec<(Ticks, Lots)>,
    /// A level in here, or one that belongs in here, has changed.
    dirty: bool,
}

impl Top {
    fn new(side: Side, depth: usize) -> Self {
        Self { side, depth, levels: Vec::with_capacity(depth), dirty: true }
    }

    #[inline]
    fn touch(&mut self, ticks: Ticks) {
        let Some((worst, _)) = self.levels.last().filter(|_| self.levels.len() == self.depth) else {
            self.dirty = true;
            return;
        };
        self.dirty |= if self.side == Side::Buy { ticks >= *worst } else { ticks <= *worst };
    }

    /// Takes the levels anew if they may have changed; whether the best one has.
    fn refresh(&mut self, book: &L2Book) -> bool {
        if !self.dirty {
            return false;
        }
        self.dirty = false;
        let before = self.levels.first().copied();
        self.levels.resize(self.depth, Default::default());
        let count = book.top_n(self.side, &mut self.levels);
        self.levels.truncate(count);
        self.levels.first().copied() != before
    }
}

/// A book that can be looked at as levels.
pub(crate) trait Leveled {
    /// Those.
    fn levels(&self) -> &L2Book;

    /// Takes everything out.
    fn empty(&mut self);
}

impl Leveled for L2Book {
    #[inline]
    fn levels(&self) -> &L2Book {
        self
    }

    fn empty(&mut self) {
        self.clear();
    }
}

impl Leveled for L3Book {
    #[inline]
    fn levels(&self) -> &L2Book {
        L3Book::levels(self)
    }

    fn empty(&mut self) {
        self.clear();
    }
}

/// One instrument's book, its state, and its last times.
#[derive(Debug)]
pub(crate) struct TrackedBook<B = L2Book> {
    id: InstrumentId,
    instrument: Instrument,
    book: B,
    bids: Top,
    asks: Top,
    state: State,
    reason: Reason,
    since: Nanos,
    event_time: Nanos,
    receive_time: Nanos,
    last_id: u64,
    /// Levels a side that are published; more may be kept for a proof.
    shown: usize,
    /// Levels a side that the venue speaks of; those behind leave the book without a word.
    limit: usize,
    /// Levels that left the book with the last message.
    cut: Vec<Level>,
}

impl<B: Leveled> TrackedBook<B> {
    /// A book that is not connected; `depth` levels a side are published.
    pub(crate) fn of(id: InstrumentId, instrument: Instrument, depth: usize, book: B) -> Self {
        Self {
            id,
            instrument,
            book,
            bids: Top::new(Side::Buy, depth.max(1)),
            asks: Top::new(Side::Sell, depth.max(1)),
            state: State::FeedDown,
            reason: Reason::None,
            since: Nanos(0),
            event_time: Nanos(0),
            receive_time: Nanos(0),
            last_id: 0,
            shown: depth.max(1),
            limit: usize::MAX,
            cut: Vec::new(),
        }
    }

    /// The same with at least `kept` of the best levels at hand for a proof.
    pub(crate) fn keeping(mut self, kept: usize) -> Self {
        for top in [&mut self.bids, &mut self.asks] {
            *top = Top::new(top.side, top.depth.max(kept));
        }
        self
    }

    pub(crate) fn id(&self) -> InstrumentId {
        self.id
    }

    pub(crate) fn instrument(&self) -> &Instrument {
        &self.instrument
    }

    pub(crate) fn book(&self) -> &B {
        &self.book
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Whether it was the venue's until now.
    pub(crate) fn was_right(&self) -> bool {
        matches!(self.state, State::Synced | State::Stale)
    }

    pub(crate) fn since(&self) -> Nanos {
        self.since
    }

    /// The venue's time of the last message.
    pub(crate) fn event_time(&self) -> Nanos {
        self.event_time
    }

    /// The venue's id of the last message.
    pub(crate) fn last_id(&self) -> u64 {
        self.last_id
    }

    /// When the book last took a message.
    pub(crate) fn receive_time(&self) -> Nanos {
        self.receive_time
    }

    /// As if it had taken its last message now.
    pub(crate) fn heard(&mut self, now: Nanos) {
        self.receive_time = now;
    }

    /// Empties the book: it is no longer the venue's. [`Self::set_state`] must follow.
    pub(crate) fn clear(&mut self) {
        self.book.empty();
        (self.bids.dirty, self.asks.dirty) = (true, true);
    }

    /// Changes the state and tells readers, with the age of the last message. A book that becomes synced shows its
    /// quote as well: there was none while it was not.
    pub(crate) fn set_state(&mut self, state: State, reason: Reason, now: Nanos, sink: &mut dyn Sink) {
        (self.state, self.reason, self.since) = (state, reason, now);
        let mut record = StateChange::new(self.id, now);
        record.flags = state as u16;
        record.receive_time = now.0;
        record.reason = reason as u64;
        record.age = if self.receive_time.0 == 0 { 0 } else { now.0.saturating_sub(self.receive_time.0) };
        sink.event(record.into());
        self.refresh_top();
        if state == State::Synced {
            sink.event(self.quote(now));
        }
        sink.book(&self.top());
    }

    /// Empties the book, which is no longer the venue's, and says why.
    pub(crate) fn vacate(&mut self, state: State, reason: Reason, now: Nanos, sink: &mut dyn Sink) {
        self.clear();
        self.set_state(state, reason, now, sink);
    }

    /// A sign of life: a stale book is the venue's again.
    #[inline]
    pub(crate) fn revive(&mut self, now: Nanos, sink: &mut dyn Sink) {
        if self.state == State::Stale {
            self.set_state(State::Synced, Reason::None, now, sink);
        }
    }

    /// Publishes a trade of the tape.
    pub(crate) fn publish_trade(&self, print: Print, receive_time: Nanos, sink: &mut dyn Sink) {
        let mut trade = Trade::new(self.id, print.event_time);
        trade.side = print.side as u8;
        trade.flags = flag::LAST;
        trade.receive_time = receive_time.0;
        trade.price = self.instrument.price(print.ticks);
        trade.qty = self.instrument.qty(print.lots);
        trade.trade_id = print.id;
        sink.event(trade.into());
    }

    /// Publishes a bar of the venue's own.
    pub(crate) fn publish_candle(&self, candle: &Candle, sink: &mut dyn Sink) {
        let mut bar = Bar::new(self.id, candle.end);
        bar.flags = flag::LAST | u16::from(candle.period.code());
        (bar.open, bar.high, bar.low) = (candle.open, candle.high, candle.low);
        (bar.close, bar.volume) = (candle.close, candle.volume);
        sink.event(bar.into());
    }

    /// Publishes what the venue values it at.
    pub(crate) fn publish_mark(&self, told: &VenueMark, receive_time: Nanos, sink: &mut dyn Sink) {
        let mut mark = Mark::new(self.id, told.event_time);
        mark.flags = flag::LAST;
        mark.receive_time = receive_time.0;
        (mark.mark, mark.index) = (told.mark, told.of_index);
        (mark.funding_rate, mark.next_funding) = (told.funding_rate, told.next_funding.0);
        sink.event(mark.into());
    }

    /// Publishes the venue's own best bid and offer; times are the venue's and that of receipt.
    pub(crate) fn publish_quote(&self, best: Best, times: (Nanos, Nanos), sink: &mut dyn Sink) {
        sink.event(quote_of(&self.instrument, self.id, best, times, flag::LAST));
    }

    pub(crate) fn refresh_top(&mut self) -> bool {
        let bids = self.bids.refresh(self.book.levels());
        let asks = self.asks.refresh(self.book.levels());
        bids || asks
    }

    pub(crate) fn quote(&self, now: Nanos) -> Event {
        let best = (self.bids.levels.first().copied(), self.asks.levels.first().copied());
        quote_of(&self.instrument, self.id, best, (self.event_time, now), flag::FROM_BOOK)
    }

    pub(crate) fn top(&self) -> BookTop<'_> {
        BookTop {
            instrument: self.id,
            state: self.state,
            reason: self.reason,
            since: self.since,
            event_time: self.event_time,
            receive_time: self.receive_time,
            last_id: self.last_id,
            bids: &self.bids.levels[..self.bids.levels.len().min(self.shown)],
            asks: &self.asks.levels[..self.asks.levels.len().min(self.shown)],
        }
    }

    /// Levels a side that the venue speaks of.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// A level has changed: whether the best ones must be taken anew is known by it.
    #[inline]
    pub(crate) fn touch(&mut self, side: Side, ticks: Ticks) {
        match side {
            Side::Sell => self.asks.touch(ticks),
            _ => self.bids.touch(ticks),
        }
    }

    /// A message was taken.
    pub(crate) fn note(&mut self, head: DepthHead) {
        (self.event_time, self.receive_time, self.last_id) = (head.event_time, head.receive_time, head.last);
    }

    /// What a message that has the whole book says about itself.
    pub(crate) fn head_of_all(&self, now: Nanos) -> DepthHead {
        DepthHead { first: 0, last: self.last_id, event_time: self.event_time, receive_time: now }
    }

    pub(crate) fn book_mut(&mut self) -> &mut B {
        &mut self.book
    }

    /// Levels a side that the venue speaks of.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }
}

impl TrackedBook {
    /// A book that is not connected; `depth` levels a side are published, `window` is that of [`L2Book::new`].
    pub(crate) fn new(id: InstrumentId, instrument: Instrument, depth: usize, window: usize) -> Self {
        Self::of(id, instrument, depth, L2Book::new(window))
    }

    /// Whether the book has all of these levels already.
    pub(crate) fn holds(&self, levels: &[Level]) -> bool {
        levels.iter().all(|level| self.book.lots_at(level.side, level.ticks) == level.lots)
    }

    /// Applies a whole message and publishes it. A book that is crossed, or whose best levels (bids, asks) fail the
    /// proof, publishes nothing and is the caller's to invalidate.
    pub(crate) fn update(
        &mut self,
        head: DepthHead,
        levels: &[Level],
        proof: impl FnOnce(&[Priced], &[Priced]) -> bool,
        sink: &mut dyn Sink,
    ) -> Result<(), Reason> {
        let best_changed = self.apply(levels, proof)?;
        self.note(head);
        self.publish_levels(head, levels, 0, sink);
        if best_changed && self.state == State::Synced {
            sink.event(self.quote(head.receive_time));
        }
        sink.book(&self.top());
        Ok(())
    }

    /// Replaces the book by a snapshot and publishes its run. [`Self::set_state`] must follow.
    pub(crate) fn load(
        &mut self,
        head: DepthHead,
        levels: &[Level],
        proof: impl FnOnce(&[Priced], &[Priced]) -> bool,
        sink: &mut dyn Sink,
    ) -> Result<(), Reason> {
        self.clear();
        self.apply(levels, proof)?;
        self.note(head);
        self.publish_levels(head, levels, flag::SNAPSHOT, sink);
        Ok(())
    }

    /// Publishes the whole book as a snapshot, and its state.
    pub(crate) fn present(&mut self, now: Nanos, sink: &mut dyn Sink) {
        let level = |side| move |(ticks, lots)| Level { side, ticks, lots };
        let bids = self.book.bids().map(level(Side::Buy));
        let levels: Vec<_> = bids.chain(self.book.asks().map(level(Side::Sell))).collect();
        self.cut.clear();
        self.publish_levels(self.head_of_all(now), &levels, flag::SNAPSHOT, sink);
        self.set_state(self.state, Reason::None, now, sink);
    }

    /// What must change for the book to have these levels and no others, into `changes`: what goes comes first.
    pub(crate) fn changes_to(&self, levels: &[Level], changes: &mut Vec<Level>) {
        changes.clear();
        let bids = self.book.bids().map(|(ticks, _)| (Side::Buy, ticks));
        for (side, ticks) in bids.chain(self.book.asks().map(|(ticks, _)| (Side::Sell, ticks))) {
            if !levels.iter().any(|new| (new.side, new.ticks) == (side, ticks)) {
                changes.push(Level { side, ticks, lots: Lots(0) });
            }
        }
        changes.extend(levels.iter().filter(|new| self.book.lots_at(new.side, new.ticks) != new.lots));
    }

    /// Whether the best level of a side has changed.
    fn apply(
        &mut self,
        levels: &[Level],
        proof: impl FnOnce(&[Priced], &[Priced]) -> bool,
    ) -> Result<bool, Reason> {
        for level in levels {
            self.set(*level);
        }
        self.cut.clear();
        for side in [Side::Buy, Side::Sell] {
            while self.book.len(side) > self.limit
                && let Some((ticks, _)) = self.book.worst(side)
            {
                let level = Level { side, ticks, lots: Lots(0) };
                self.set(level);
                self.cut.push(level);
            }
        }
        if self.book.crossed() {
            return Err(Reason::Crossed);
        }
        let best_changed = self.refresh_top();
        if proof(&self.bids.levels, &self.asks.levels) { Ok(best_changed) } else { Err(Reason::Checksum) }
    }

    #[inline]
    fn set(&mut self, level: Level) {
        self.book.apply(level.side, level.ticks, level.lots);
        self.touch(level.side, level.ticks);
    }

    /// A message without levels is one delta of no side: the chain of ids in the records has no hole.
    fn publish_levels(&self, head: DepthHead, levels: &[Level], flags: u16, sink: &mut dyn Sink) {
        let mut delta = Delta::new(self.id, head.event_time);
        delta.receive_time = head.receive_time.0;
        delta.first_id = head.first;
        delta.last_id = head.last;
        delta.flags = flags;
        let (last, others) = match (levels.split_last(), self.cut.split_last()) {
            (None, _) => {
                delta.flags |= flag::LAST;
                sink.event(delta.into());
                return;
            }
            (Some((last, others)), None) => (last, [others, &[]]),
            (Some(_), Some((last, others))) => (last, [levels, others]),
        };
        for level in others.into_iter().flatten() {
            sink.event(self.delta(delta, *level));
        }
        delta.flags |= flag::LAST;
        sink.event(self.delta(delta, *last));
    }

    #[inline]
    fn delta(&self, mut delta: Delta, level: Level) -> Event {
        delta.side = level.side as u8;
        delta.price = self.instrument.price(level.ticks);
        delta.qty = self.instrument.qty(level.lots);
        delta.into()
    }
}

/// A price and its size.
pub type Priced = (Ticks, Lots);

/// A best bid and ask, where there is one.
pub type Best = (Option<Priced>, Option<Priced>);

/// A quote record; an absent side is NaN with size 0.
fn quote_of(
    instrument: &Instrument,
    id: InstrumentId,
    (bid, ask): Best,
    (event_time, receive_time): (Nanos, Nanos),
    flags: u16,
) -> Event {
    let values = |side: Option<(Ticks, Lots)>| {
        side.map_or((f64::NAN, 0.0), |(ticks, lots)| (instrument.price(ticks), instrument.qty(lots)))
    };
    let mut quote = Quote::new(id, event_time);
    quote.receive_time = receive_time.0;
    quote.flags = flags;
    (quote.bid, quote.bid_qty) = values(bid);
    (quote.ask, quote.ask_qty) = values(ask);
    quote.into()
}
