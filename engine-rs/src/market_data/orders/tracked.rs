//! A book of orders together with what is known about it, and the records that tell readers: `order` records, quotes, the
//! best levels.

use super::protocol::Step;
use crate::book::{Change, L3Book, L3Error, Queued};
use crate::market_data::feed::Sink;
use crate::market_data::tracked_book::{DepthHead, TrackedBook};
use crate::model::{BookOrder, Instrument, InstrumentId, Lots, Nanos, Reason, Side, State, Ticks, flag};

/// Codes of order records.
const ADD: u16 = 1;
const MODIFY: u16 = 2;
const DELETE: u16 = 3;
const EXECUTE: u16 = 4;

/// What a record says, before it is one.
#[derive(Clone, Copy, Debug)]
struct Said {
    code: u16,
    id: u128,
    side: Side,
    ticks: Ticks,
    lots: Lots,
}

/// A snapshot begins with it: everything goes.
const NOTHING: Said = Said { code: DELETE, id: 0, side: Side::None, ticks: Ticks(0), lots: Lots(0) };

/// One instrument's orders.
#[derive(Debug)]
pub(super) struct TrackedOrders {
    pub(super) tracked: TrackedBook<L3Book>,
    /// Decimal places by an order's place.
    places: Vec<(u8, u8)>,
    said: Vec<Said>,
}

impl TrackedOrders {
    pub(super) fn new(id: InstrumentId, instrument: Instrument, depth: usize, window: usize) -> Self {
        let tracked = TrackedBook::of(id, instrument, depth, L3Book::new(window));
        Self { tracked, places: Vec::new(), said: Vec::new() }
    }

    pub(super) fn orders(&self) -> &L3Book {
        self.tracked.book()
    }

    /// Applies a whole message and publishes it. A message that the book contradicts, one that crosses it, and one whose
    /// proof fails publish nothing, and the book is the caller's to give up.
    pub(super) fn update(
        &mut self,
        head: DepthHead,
        steps: &[Step],
        proof: impl FnOnce(&L3Book, &[(u8, u8)]) -> bool,
        sink: &mut dyn Sink,
    ) -> Result<(), Reason> {
        let best_changed = self.apply(steps, proof)?;
        self.tracked.note(head);
        if self.said.is_empty() {
            return Ok(());
        }
        self.publish(head, 0, sink);
        if best_changed && self.tracked.state() == State::Synced {
            sink.event(self.tracked.quote(head.receive_time));
        }
        sink.book(&self.tracked.top());
        Ok(())
    }

    /// Whether nothing is left to do of these steps.
    pub(super) fn holds(&self, steps: &[Step]) -> bool {
        steps.iter().all(|step| match *step {
            Step::Add { id, ticks, lots, .. } => {
                self.orders().get(id).is_some_and(|order| (order.ticks, order.lots) == (ticks, lots))
            }
            Step::Modify { id, ticks, lots, .. } => self
                .orders()
                .get(id)
                .is_some_and(|order| order.lots == lots && ticks.is_none_or(|ticks| ticks == order.ticks)),
            Step::Remove { id, .. } => self.orders().get(id).is_none(),
            Step::Execute { .. } => false,
        })
    }

    /// Replaces the book by a snapshot and publishes its run. [`TrackedBook::set_state`] must follow.
    pub(super) fn load(
        &mut self,
        head: DepthHead,
        steps: &[Step],
        proof: impl FnOnce(&L3Book, &[(u8, u8)]) -> bool,
        sink: &mut dyn Sink,
    ) -> Result<(), Reason> {
        self.tracked.clear();
        self.apply(steps, proof)?;
        self.tracked.note(head);
        self.said.insert(0, NOTHING);
        self.publish(head, flag::SNAPSHOT, sink);
        Ok(())
    }

    /// Publishes the whole book as a snapshot, and its state.
    pub(super) fn present(&mut self, now: Nanos, sink: &mut dyn Sink) {
        let orders = self.tracked.book();
        let levels = orders.levels();
        let bids = levels.bids().map(|(ticks, _)| (Side::Buy, ticks));
        let queues = bids.chain(levels.asks().map(|(ticks, _)| (Side::Sell, ticks)));
        let add = |order: Queued| Said {
            code: ADD,
            id: order.id,
            side: order.side,
            ticks: order.ticks,
            lots: order.lots,
        };
        let all = queues.flat_map(|(side, ticks)| orders.queue(side, ticks)).map(add);
        self.said = std::iter::once(NOTHING).chain(all).collect();
        self.publish(self.tracked.head_of_all(now), flag::SNAPSHOT, sink);
        self.tracked.set_state(self.tracked.state(), Reason::None, now, sink);
    }

    fn apply(
        &mut self,
        steps: &[Step],
        proof: impl FnOnce(&L3Book, &[(u8, u8)]) -> bool,
    ) -> Result<bool, Reason> {
        self.said.clear();
        for step in steps {
            self.step(*step).map_err(|_| Reason::Gap)?;
        }
        for side in [Side::Buy, Side::Sell] {
            while self.orders().levels().len(side) > self.tracked.limit() {
                self.cut_worst(side);
            }
        }
        if self.orders().levels().crossed() {
            return Err(Reason::Crossed);
        }
        let best_changed = self.tracked.refresh_top();
        if proof(self.tracked.book(), &self.places) { Ok(best_changed) } else { Err(Reason::Checksum) }
    }

    fn step(&mut self, step: Step) -> Result<(), L3Error> {
        let book = self.tracked.book_mut();
        match step {
            Step::Add { id, side, ticks, lots, places } => {
                let queued = book.add(id, side, ticks, lots)?;
                self.write_places(queued, places);
                self.say(ADD, queued, queued.lots);
            }
            Step::Modify { id, perhaps: true, .. } if book.get(id).is_none() => {}
            Step::Modify { id, ticks, lots, places, .. } => {
                let before = book.get(id).ok_or(L3Error::Unknown { id })?;
                let Change { after, .. } = book.modify(id, ticks.unwrap_or(before.ticks), lots)?;
                self.tracked.touch(before.side, before.ticks);
                let after = after.unwrap_or(before);
                self.write_places(after, places);
                self.say(MODIFY, after, after.lots);
            }
            Step::Execute { id, ticks, lots } => {
                let before = book.get(id).ok_or(L3Error::Unknown { id })?;
                if before.ticks != ticks {
                    return Err(L3Error::Unknown { id }); // another order has that price
                }
                book.reduce(id, lots)?;
                self.say(EXECUTE, before, lots);
            }
            Step::Remove { id, perhaps: true, .. } if book.get(id).is_none() => {}
            Step::Remove { id, left, .. } => {
                let before = book.remove(id)?;
                if let Some(left) = left.filter(|left| *left != before.lots) {
                    return Err(L3Error::TooMuch { id, lots: left.0, there: before.lots.0 });
                }
                self.say(DELETE, before, Lots(0));
            }
        }
        Ok(())
    }

    fn write_places(&mut self, queued: Queued, places: (u8, u8)) {
        let place = queued.place as usize;
        if self.places.len() <= place {
            self.places.resize(place + 1, (0, 0));
        }
        self.places[place] = places;
    }

    fn say(&mut self, code: u16, of: Queued, lots: Lots) {
        self.tracked.touch(of.side, of.ticks);
        self.said.push(Said { code, id: of.id, side: of.side, ticks: of.ticks, lots });
    }

    /// Takes the orders of the worst level out: the venue no longer speaks of them.
    fn cut_worst(&mut self, side: Side) {
        let Some((ticks, _)) = self.orders().levels().worst(side) else { return };
        loop {
            let first = self.orders().queue(side, ticks).next();
            let Some(first) = first else { return };
            // It was in the book a moment ago.
            let _ = self.tracked.book_mut().remove(first.id);
            self.say(DELETE, first, Lots(0));
        }
    }

    fn publish(&self, head: DepthHead, flags: u16, sink: &mut dyn Sink) {
        let instrument = self.tracked.instrument();
        let mut record = BookOrder::new(self.tracked.id(), head.event_time);
        record.receive_time = head.receive_time.0;
        for (left, said) in (0..self.said.len()).rev().zip(&self.said) {
            record.flags = said.code | flags | if left == 0 { flag::LAST } else { 0 };
            record.side = said.side as u8;
            record.price = instrument.price(said.ticks);
            record.qty = instrument.qty(said.lots);
            (record.order_id_low, record.order_id_high) = halves(said.id);
            sink.event(record.into());
        }
    }
}

/// Lower and upper half of an id.
#[allow(clippy::cast_possible_truncation)] // both halves are kept
fn halves(id: u128) -> (u64, u64) {
    (id as u64, (id >> 64) as u64)
}
