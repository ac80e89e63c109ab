//! The feed of venues whose stream brings the snapshot.

use tracing::{info, warn};

use super::market::{Follows, Market, Times};
use super::protocol::{Message, Proof, Protocol};
use crate::book::L2Book;
use crate::market_data::connection::{Care, Phase, RENEWAL_COST, StreamOptions, TradeIds, words};
use crate::market_data::feed::{Counters, Feed, Outgoing, Request, Sink, Standing};
use crate::market_data::frame::{Cause, Refusal, VenueQuote};
use crate::market_data::tracked_book::{Best, DepthHead, Priced, TrackedBook};
use crate::model::{Instrument, InstrumentId, Nanos, Reason, State};
use crate::monitoring::latency::{Stage, mark};

/// One connection to a venue of this kind.
///
/// A book is `feed up` from the connection to its first snapshot, `synced` while its proofs hold, `stale` when nothing
/// came for too long, else `resyncing`. It is emptied whenever it is no longer the venue's.
#[derive(Debug)]
pub struct StreamFeed<P> {
    options: StreamOptions,
    protocol: P,
    markets: Vec<Market>,
    care: Care,
    /// The venue itself is as usual.
    online: bool,
}

impl<P: Protocol> StreamFeed<P> {
    /// A feed of these instruments, which the protocol was made for, not connected yet.
    #[must_use]
    pub fn new(instruments: &[(InstrumentId, Instrument)], protocol: P, options: StreamOptions) -> Self {
        let market = |(id, instrument): &(InstrumentId, Instrument)| {
            let book = TrackedBook::new(*id, instrument.clone(), options.depth, options.window);
            Market::new(book.keeping(P::PROVEN_LEVELS))
        };
        Self {
            markets: instruments.iter().map(market).collect(),
            care: Care::new(instruments.len(), RENEWAL_COST),
            online: true,
            protocol,
            options,
        }
    }

    /// The whole book of an instrument.
    #[must_use]
    pub fn book(&self, instrument: InstrumentId) -> Option<&L2Book> {
        let mut books = self.markets.iter().map(|market| &market.tracked);
        books.find(|tracked| tracked.id() == instrument).map(|tracked| tracked.book())
    }

    fn on_book(&mut self, index: usize, snapshot: bool, proof: Proof, times: Times, sink: &mut dyn Sink) {
        let live = self.markets[index].phase == Phase::Live;
        match (self.markets[index].phase, snapshot) {
            (Phase::Down, _) => {}
            (Phase::Waiting, false) => self.markets[index].orphaned = true,
            (_, true) => self.on_snapshot(index, live, proof, times, sink),
            (Phase::Live, false) => self.on_update(index, proof, times, sink),
        }
    }

    fn on_update(&mut self, index: usize, proof: Proof, times: Times, sink: &mut dyn Sink) {
        let market = &mut self.markets[index];
        match market.follow(proof) {
            Follows::Next => {}
            Follows::Old => {
                self.care.counters.duplicates += 1;
                return;
            }
            Follows::Gap => {
                self.care.counters.gaps += 1;
                return self.lose(index, Reason::Gap, times.received, sink);
            }
        }
        if times.event == market.tracked.event_time() && market.tracked.holds(self.protocol.levels()) {
            self.care.counters.duplicates += 1; // it changes nothing, and its proof must hold all the same
        }
        let head = market.next_head(times);
        let (protocol, counters) = (&self.protocol, &mut self.care.counters);
        let proven = proven(protocol, index, proof, counters);
        let result = market.tracked.update(head, protocol.levels(), proven, sink);
        self.care.counters.depth += 1;
        match result {
            Err(reason) => self.lose(index, reason, times.received, sink),
            Ok(()) => market.tracked.revive(times.received, sink),
        }
    }

    fn on_snapshot(&mut self, index: usize, live: bool, proof: Proof, times: Times, sink: &mut dyn Sink) {
        let market = &mut self.markets[index];
        if live {
            // The venue begins anew by itself: readers must not take its levels for changes.
            market.tracked.vacate(State::Resyncing, Reason::None, times.received, sink);
        }
        market.tracked.set_limit(self.protocol.limit(index));
        market.begin(proof);
        let head = DepthHead { first: 0, ..market.next_head(times) };
        let proven = proven(&self.protocol, index, proof, &mut self.care.counters);
        if let Err(reason) = market.tracked.load(head, self.protocol.levels(), proven, sink) {
            return self.lose(index, reason, times.received, sink);
        }
        market.phase = Phase::Live;
        market.orphaned = false;
        self.care.synced(index, &mut market.tracked, &mut market.fresh, times.received, sink);
    }

    fn on_trades(&mut self, now: Nanos, sink: &mut dyn Sink) {
        for place in 0..self.protocol.prints().len() {
            let print = self.protocol.prints()[place];
            let market = &mut self.markets[print.index];
            if market.trades.repeats(print.id) {
                self.care.counters.duplicates += 1;
                continue;
            }
            if P::TRADES_FOLLOW && market.trades.follow(print.id) {
                self.miss(print.index, now, sink);
            }
            self.care.counters.trades += 1;
            self.markets[print.index].tracked.publish_trade(print, now, sink);
        }
    }

    /// A trade is missing: what came on the same way may be too.
    fn miss(&mut self, index: usize, now: Nanos, sink: &mut dyn Sink) {
        self.care.counters.gaps += 1;
        if self.markets[index].phase == Phase::Live {
            self.lose(index, Reason::Gap, now, sink);
        }
    }

    /// Something of the connection's is missing, and nobody can tell what.
    #[cold]
    fn miss_any(&mut self, now: Nanos, sink: &mut dyn Sink) {
        self.care.counters.gaps += 1;
        for index in 0..self.markets.len() {
            if self.markets[index].phase == Phase::Live {
                self.lose(index, Reason::Gap, now, sink);
            }
        }
    }

    fn on_quote(&mut self, index: usize, best: Best, sized: bool, times: Times, sink: &mut dyn Sink) {
        let (tracked, times) = (&self.markets[index].tracked, (times.event, times.received));
        self.care.quote(tracked, (None, best, sized), times, sink);
    }

    fn on_candles(&mut self, sink: &mut dyn Sink) {
        self.care.counters.unused += u64::from(self.protocol.candles().is_empty());
        for candle in self.protocol.candles() {
            self.markets[candle.index].tracked.publish_candle(candle, sink);
        }
    }

    /// Books go on while the venue takes no orders; when it stops for maintenance, they become stale.
    fn on_status(&mut self, online: bool, frame: &[u8]) {
        self.care.counters.unused += 1;
        if self.online != online {
            let words = words(frame);
            if online {
                info!(%words, "the venue is as usual again");
            } else {
                warn!(%words, "the venue says that it is not as usual");
            }
        }
        self.online = online;
    }

    /// A frame was no use. The books that it may have been for have missed a message: all, if none can be named.
    fn on_refusal(&mut self, refusal: Refusal, frame: &[u8], now: Nanos, sink: &mut dyn Sink) {
        for index in self.care.refuse(refusal, frame, self.markets.len()) {
            if self.markets[index].phase == Phase::Live {
                self.lose(index, refusal.cause.reason(), now, sink);
            }
        }
    }

    /// Empties the book, says why, and asks for a snapshot.
    fn lose(&mut self, index: usize, reason: Reason, now: Nanos, sink: &mut dyn Sink) {
        let market = &mut self.markets[index];
        self.care.counters.crossed += u64::from(reason == Reason::Crossed);
        market.phase = Phase::Waiting;
        self.care.lose(index, &mut market.tracked, reason, now, sink);
    }
}

/// Holds a message's proof against the best levels that it leaves.
fn proven<'a, P: Protocol>(
    protocol: &'a P,
    index: usize,
    proof: Proof,
    counters: &'a mut Counters,
) -> impl FnOnce(&[Priced], &[Priced]) -> bool + 'a {
    move |bids, asks| {
        let Proof::Checksum(checksum) = proof else { return true };
        let right = protocol.proves(index, checksum, bids, asks);
        counters.checksums += 1;
        counters.checksums_ok += u64::from(right);
        right
    }
}

impl<P: Protocol> Feed for StreamFeed<P> {
    fn stream_path(&self) -> String {
        self.protocol.stream_path()
    }

    fn on_connected(&mut self, now: Nanos, sink: &mut dyn Sink) {
        self.protocol.restart();
        self.care.connected(self.protocol.hello(), now);
        for (index, market) in self.markets.iter_mut().enumerate() {
            market.phase = Phase::Waiting;
            market.fresh = true;
            market.orphaned = false;
            market.trades = TradeIds::default();
            market.tracked.vacate(State::FeedUp, Reason::None, now, sink);
            self.care.requests.asked(index, now);
        }
    }

    fn on_frame(&mut self, frame: &[u8], receive_time: Nanos, sink: &mut dyn Sink) {
        self.care.frame(receive_time);
        let times =
            |event: Option<Nanos>| Times { event: event.unwrap_or(receive_time), received: receive_time };
        let read = self.protocol.read(frame);
        mark(Stage::Parse);
        if P::NUMBERED && self.protocol.missed() {
            self.miss_any(receive_time, sink);
        }
        match read {
            Ok(Message::Book { index, snapshot, proof, event_time }) => {
                // A snapshot has the time of the last change, whenever that was.
                if let Some(event_time) = event_time.filter(|_| !snapshot) {
                    self.care.clock.see(event_time, receive_time);
                }
                self.on_book(index, snapshot, proof, times(event_time), sink);
            }
            Ok(Message::Trades) => self.on_trades(receive_time, sink),
            Ok(Message::Quote { index, best, sized, event_time }) => {
                self.on_quote(index, best, sized, times(event_time), sink);
            }
            Ok(Message::Alive { last_trade: Some((index, id)) })
                if P::TRADES_FOLLOW && self.markets[index].trades.promise(id) =>
            {
                self.miss(index, receive_time, sink);
            }
            Ok(Message::LastTrade { index, id }) => {
                self.care.counters.unused += 1;
                self.markets[index].trades.follow(id);
            }
            Ok(Message::Candles) => self.on_candles(sink),
            Ok(Message::Status { online }) => self.on_status(online, frame),
            Ok(Message::Alive { .. } | Message::Unused) => self.care.counters.unused += 1,
            Ok(Message::Repeated) => self.care.counters.duplicates += 1,
            Ok(Message::Unknown) => self.care.counters.unknown += 1,
            Err(refusal) => self.on_refusal(refusal, frame, receive_time, sink),
        }
    }

    /// Nothing is ever asked by REST.
    fn on_response(&mut self, _: InstrumentId, _: Option<&[u8]>, _: Nanos, _: &mut dyn Sink) {}

    fn on_disconnected(&mut self, now: Nanos, sink: &mut dyn Sink) {
        self.care.disconnected();
        for (index, market) in self.markets.iter_mut().enumerate() {
            market.phase = Phase::Down;
            self.care.cut(index, &mut market.tracked, now, sink);
        }
    }

    fn on_time(&mut self, now: Nanos, sink: &mut dyn Sink) {
        let live = self.markets.iter_mut().filter(|market| market.phase == Phase::Live);
        let silence = (self.options.silence, self.options.book_silence);
        self.care.on_time(live.map(|market| &mut market.tracked), silence, now, sink);
    }

    fn next_request(&mut self) -> Option<Request> {
        None
    }

    fn next_outgoing(&mut self) -> Option<Outgoing> {
        self.care.next_outgoing(|index| self.protocol.renew(index))
    }

    fn quoted(&self) -> Option<VenueQuote> {
        self.care.quoted()
    }

    fn incomplete(&self) -> usize {
        let missing = |market: &&Market| market.phase == Phase::Waiting && (market.orphaned || !market.fresh);
        self.markets.iter().filter(missing).count()
    }

    fn standing(&self) -> Standing {
        Standing::of(self.markets.iter().map(|market| market.tracked.state()))
    }

    fn present(&mut self, instrument: InstrumentId, now: Nanos, sink: &mut dyn Sink) {
        let mut books = self.markets.iter_mut().map(|market| &mut market.tracked);
        if let Some(tracked) = books.find(|tracked| tracked.id() == instrument) {
            tracked.present(now, sink);
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
