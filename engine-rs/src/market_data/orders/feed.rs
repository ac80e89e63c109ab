//! The feed of venues that tell order by order.

use std::mem;

use super::following::Verdict;
use super::market::{Head, Market};
use super::protocol::{OrderMessage, OrderProtocol, Step};
use super::tracked::TrackedOrders;
use crate::book::L3Book;
use crate::market_data::connection::{Care, Phase, RENEWAL_COST, StreamOptions, TradeIds};
use crate::market_data::feed::{Counters, Feed, Outgoing, Request, Sink, Standing};
use crate::market_data::frame::{Cause, Refusal, VenueQuote};
use crate::market_data::tracked_book::DepthHead;
use crate::model::{Instrument, InstrumentId, Nanos, Reason, State};
use crate::monitoring::latency::{Stage, mark};

/// One connection to a venue of this kind.
///
/// A book is `feed up` from the connection to its first snapshot, `synced` while nothing contradicts it, `stale` when
/// nothing came for too long, else `resyncing`. It is emptied whenever it is no longer the venue's.
#[derive(Debug)]
pub struct OrderFeed<P> {
    options: StreamOptions,
    protocol: P,
    markets: Vec<Market>,
    care: Care,
}

impl<P: OrderProtocol> OrderFeed<P> {
    /// A feed of these instruments, which the protocol was made for, not connected yet.
    #[must_use]
    pub fn new(instruments: &[(InstrumentId, Instrument)], protocol: P, options: StreamOptions) -> Self {
        let market = |(id, instrument): &(InstrumentId, Instrument)| {
            Market::new(TrackedOrders::new(*id, instrument.clone(), options.depth, options.window))
        };
        Self {
            markets: instruments.iter().map(market).collect(),
            care: Care::new(instruments.len(), P::SNAPSHOT_COST.unwrap_or(RENEWAL_COST)),
            protocol,
            options,
        }
    }

    /// The whole book of an instrument.
    #[must_use]
    pub fn book(&self, instrument: InstrumentId) -> Option<&L3Book> {
        self.protocol.index_of(instrument).map(|index| self.markets[index].orders.orders())
    }

    fn on_steps(&mut self, index: usize, snapshot: bool, head: Head, sink: &mut dyn Sink) {
        if self.markets[index].following.phase == Phase::Down {
            return;
        }
        if snapshot {
            return self.on_snapshot(index, head, sink);
        }
        self.finish_pieces(index, head.receive_time, sink);
        let market = &mut self.markets[index];
        let steps = self.protocol.steps();
        if head.sequence.is_none() && market.last == Some(head.proof()) && market.orders.holds(steps) {
            self.care.counters.duplicates += 1; // of a venue without numbers
            return;
        }
        let depth = market.head(head);
        match market.following.judge(head.sequence, depth, steps) {
            Verdict::Apply => self.apply(index, head, depth, sink),
            Verdict::Old => self.care.counters.duplicates += u64::from(market.following.is_live()),
            Verdict::Waits => market.orphaned = true,
            Verdict::Gap => {
                self.care.counters.gaps += 1;
                self.lose(index, Reason::Gap, head.receive_time, sink);
            }
        }
    }

    fn apply(&mut self, index: usize, head: Head, depth: DepthHead, sink: &mut dyn Sink) {
        let market = &mut self.markets[index];
        let proof = proof(&self.protocol, index, head.checksum, &mut self.care.counters);
        let result = market.orders.update(depth, self.protocol.steps(), proof, sink);
        self.care.counters.depth += 1;
        match result {
            Err(reason) => self.contradict(index, reason, head.receive_time, sink),
            Ok(()) => {
                market.last = Some(head.proof());
                market.orders.tracked.revive(head.receive_time, sink);
            }
        }
    }

    /// The book and a message of its venue do not fit together.
    #[cold]
    fn contradict(&mut self, index: usize, reason: Reason, now: Nanos, sink: &mut dyn Sink) {
        self.care.counters.gaps += u64::from(reason == Reason::Gap);
        self.care.counters.crossed += u64::from(reason == Reason::Crossed);
        self.markets[index].following.start();
        self.lose(index, reason, now, sink);
    }

    /// A snapshot over the stream.
    fn on_snapshot(&mut self, index: usize, head: Head, sink: &mut dyn Sink) {
        let steps = self.protocol.steps().to_vec();
        self.load(index, head, &steps, sink);
    }

    /// A snapshot that came in pieces is whole when something else comes.
    fn finish_pieces(&mut self, index: usize, now: Nanos, sink: &mut dyn Sink) {
        let market = &mut self.markets[index];
        if market.pieces.is_empty() {
            return;
        }
        let steps = mem::take(&mut market.pieces);
        let sequence = Some(market.pieces_of);
        self.load(index, Head { sequence, checksum: None, event_time: now, receive_time: now }, &steps, sink);
    }

    fn load(&mut self, index: usize, head: Head, steps: &[Step], sink: &mut dyn Sink) {
        let now = head.receive_time;
        let market = &mut self.markets[index];
        market.last = None;
        if market.following.is_live() {
            // The venue begins anew by itself.
            market.orders.tracked.vacate(State::Resyncing, Reason::None, now, sink);
        }
        let Ok(waiting) = market.following.snapshot(head.sequence, now) else {
            return self.refuse_snapshot(index, Reason::OldSnapshot, now, sink);
        };
        market.orders.tracked.set_limit(self.protocol.limit(index));
        let depth = DepthHead { first: 0, ..market.head(head) };
        let proof_of_it = proof(&self.protocol, index, head.checksum, &mut self.care.counters);
        let mut right = market.orders.load(depth, steps, proof_of_it, sink);
        for (waited, steps) in waiting.iter() {
            // Readers sort by receive time: what waited becomes visible now.
            let waited = DepthHead { receive_time: now, ..waited };
            if right.is_ok() && market.following.judge(Some(waited.last), waited, steps) == Verdict::Apply {
                right = market.orders.update(waited, steps, |_, _| true, sink);
                self.care.counters.depth += 1;
            }
        }
        if let Err(reason) = right {
            return self.contradict(index, reason, now, sink);
        }
        market.orphaned = false;
        self.care.synced(index, &mut market.orders.tracked, &mut market.fresh, now, sink);
    }

    fn on_trades(&mut self, now: Nanos, sink: &mut dyn Sink) {
        for place in 0..self.protocol.prints().len() {
            let print = self.protocol.prints()[place];
            let market = &mut self.markets[print.index];
            if market.trades.repeats(print.id) {
                continue;
            }
            self.care.counters.trades += 1;
            market.orders.tracked.publish_trade(print, now, sink);
        }
    }

    /// A frame was no use. The books that it may have been for have missed a message: all, if none can be named.
    fn on_refusal(&mut self, refusal: Refusal, frame: &[u8], now: Nanos, sink: &mut dyn Sink) {
        for index in self.care.refuse(refusal, frame, self.markets.len()) {
            if self.markets[index].following.is_live() {
                self.markets[index].following.start();
                self.lose(index, refusal.cause.reason(), now, sink);
            }
        }
    }

    /// Empties the book, says why, and asks for a snapshot.
    fn lose(&mut self, index: usize, reason: Reason, now: Nanos, sink: &mut dyn Sink) {
        self.care.lose(index, &mut self.markets[index].orders.tracked, reason, now, sink);
    }

    fn refuse_snapshot(&mut self, index: usize, reason: Reason, now: Nanos, sink: &mut dyn Sink) {
        self.care.refuse_snapshot(index, &mut self.markets[index].orders.tracked, reason, now, sink);
    }
}

/// Holds a message's checksum, if it has one, against the book that it leaves.
fn proof<'a, P: OrderProtocol>(
    protocol: &'a P,
    index: usize,
    checksum: Option<u32>,
    counters: &'a mut Counters,
) -> impl FnOnce(&L3Book, &[(u8, u8)]) -> bool + 'a {
    move |book, places| {
        let Some(checksum) = checksum else { return true };
        let right = protocol.proves(index, checksum, book, places);
        counters.checksums += 1;
        counters.checksums_ok += u64::from(right);
        right
    }
}

impl<P: OrderProtocol> Feed for OrderFeed<P> {
    fn stream_path(&self) -> String {
        self.protocol.stream_path()
    }

    fn on_connected(&mut self, now: Nanos, sink: &mut dyn Sink) {
        self.care.connected(self.protocol.hello(), now);
        for (index, market) in self.markets.iter_mut().enumerate() {
            market.following.start();
            (market.fresh, market.orphaned) = (true, false);
            market.pieces.clear();
            market.trades = TradeIds::default();
            market.orders.tracked.vacate(State::FeedUp, Reason::None, now, sink);
            match P::SNAPSHOT_COST {
                Some(_) => self.care.requests.first(index, now),
                None => self.care.requests.asked(index, now),
            }
        }
    }

    fn on_frame(&mut self, frame: &[u8], receive_time: Nanos, sink: &mut dyn Sink) {
        self.care.frame(receive_time);
        let read = self.protocol.read(frame);
        mark(Stage::Parse);
        match read {
            Ok(OrderMessage::Steps { index, snapshot, sequence, checksum, event_time }) => {
                if let Some(event_time) = event_time.filter(|_| !snapshot) {
                    self.care.clock.see(event_time, receive_time);
                }
                let event_time = event_time.unwrap_or(receive_time);
                let head = Head { sequence, checksum, event_time, receive_time };
                self.on_trades(receive_time, sink);
                self.on_steps(index, snapshot, head, sink);
            }
            Ok(OrderMessage::Piece { index, sequence }) => {
                let market = &mut self.markets[index];
                if market.pieces_of != sequence {
                    market.pieces.clear();
                }
                market.pieces_of = sequence;
                market.pieces.extend_from_slice(self.protocol.steps());
            }
            Ok(OrderMessage::Quote { index, best, sized, event_time }) => {
                let times = (event_time.unwrap_or(receive_time), receive_time);
                let tracked = &self.markets[index].orders.tracked;
                self.care.quote(tracked, (None, best, sized), times, sink);
            }
            Ok(OrderMessage::Alive { last: Some((index, sequence)) })
                if self.markets[index].following.promise(sequence) =>
            {
                self.contradict(index, Reason::Gap, receive_time, sink);
            }
            Ok(OrderMessage::Alive { .. } | OrderMessage::Unused) => self.care.counters.unused += 1,
            Ok(OrderMessage::Unknown) => self.care.counters.unknown += 1,
            Err(refusal) => self.on_refusal(refusal, frame, receive_time, sink),
        }
    }

    fn on_response(
        &mut self,
        instrument: InstrumentId,
        body: Option<&[u8]>,
        receive_time: Nanos,
        sink: &mut dyn Sink,
    ) {
        let waits = |index: &usize| self.markets[*index].following.phase == Phase::Waiting;
        let Some(index) = self.protocol.index_of(instrument).filter(waits) else { return };
        let Some(body) = body else { return self.care.requests.retry(index, receive_time) };
        match self.protocol.read_snapshot(index, body) {
            Ok(sequence) => {
                let (event_time, sequence) = (receive_time, Some(sequence));
                let head = Head { sequence, checksum: None, event_time, receive_time };
                self.on_snapshot(index, head, sink);
            }
            Err(cause) => {
                self.care.reject(cause);
                self.refuse_snapshot(index, cause.reason(), receive_time, sink);
            }
        }
    }

    fn on_disconnected(&mut self, now: Nanos, sink: &mut dyn Sink) {
        self.care.disconnected();
        for index in 0..self.markets.len() {
            self.finish_pieces(index, now, sink);
            let market = &mut self.markets[index];
            market.following.stop();
            self.care.cut(index, &mut market.orders.tracked, now, sink);
        }
    }

    fn on_time(&mut self, now: Nanos, sink: &mut dyn Sink) {
        let live = self.markets.iter_mut().filter(|market| market.following.is_live());
        let silence = (self.options.silence, self.options.book_silence);
        self.care.on_time(live.map(|market| &mut market.orders.tracked), silence, now, sink);
    }

    fn next_request(&mut self) -> Option<Request> {
        P::SNAPSHOT_COST?;
        let (index, not_before) = self.care.requests.next()?;
        let instrument = self.markets[index].orders.tracked.id();
        Some(Request { instrument, path: self.protocol.snapshot_path(index), not_before })
    }

    fn next_outgoing(&mut self) -> Option<Outgoing> {
        match P::SNAPSHOT_COST {
            Some(_) => self.care.next_said(),
            None => self.care.next_outgoing(|index| self.protocol.renew(index)),
        }
    }

    fn recorded_answer(&self, path: Option<&str>) -> Option<InstrumentId> {
        let index = self.protocol.snapshot_of(path?)?;
        Some(self.markets[index].orders.tracked.id())
    }

    fn quoted(&self) -> Option<VenueQuote> {
        self.care.quoted()
    }

    fn incomplete(&self) -> usize {
        let missing = |market: &&Market| {
            market.following.has_waiting()
                || (market.following.phase == Phase::Waiting && (market.orphaned || !market.fresh))
        };
        self.markets.iter().filter(missing).count()
    }

    fn standing(&self) -> Standing {
        Standing::of(self.markets.iter().map(|market| market.orders.tracked.state()))
    }

    fn numbered(&self) -> bool {
        P::SNAPSHOT_COST.is_some() // a snapshot of elsewhere has its place among the messages by their numbers
    }

    fn present(&mut self, instrument: InstrumentId, now: Nanos, sink: &mut dyn Sink) {
        if let Some(index) = self.protocol.index_of(instrument) {
            self.markets[index].orders.present(now, sink);
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
        self.care.counters(self.protocol.fallbacks())
    }
}
