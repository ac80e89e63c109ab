//! The orders of this engine: approved ones in, the venue's reports in, records out, and what is on its way for risk.

use thiserror::Error;

use super::facts::End;
use super::order_table::{Full, OrderTable};
use super::{Told, TrackedOrder};
use crate::model::{
    ClientOrderId, Event, Instrument, InstrumentId, Lots, Money, Nanos, Order, OrderReason, OrderStatus,
    Report, ReportKind, Side, Ticks, Times,
};
use crate::risk::{Approved, InFlight};

/// Why an order is not taken on.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotTracked {
    /// The id was used before.
    #[error("client order id {0:016x} was used before")]
    Duplicate(u64),
    /// Every place holds an order that lives.
    #[error("no place for another order: {0} live")]
    Full(usize),
    /// Its instrument was not added.
    #[error("instrument {0} is not known")]
    Instrument(u32),
}

/// Why an order is not canceled.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotCanceled {
    /// Never sent, or long settled.
    #[error("no such order")]
    NoOrder,
    /// It has ended.
    #[error("the order has ended: {0:?}")]
    Ended(OrderStatus),
    /// A cancel is on its way.
    #[error("a cancel is on its way")]
    OnItsWay,
}

/// A report about an order that is not one of ours, or was settled so long ago that its place is gone.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a report about an order that is not known: {0:016x}")]
pub struct Stray(pub u64);

/// What happened beside the plain course.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Fills that had counted before.
    pub repeated_fills: u64,
    /// Reports that do not fit what was known: the fills count, the first end stays.
    pub contradictions: u64,
    /// Reports about unknown orders.
    pub strays: u64,
}

/// What to ask a venue about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// How it stands.
    Status,
    /// Its fills: the venue counts more than reached us.
    Fills,
}

/// All orders of a venue. Nothing is allocated once its places have been used.
#[derive(Debug)]
pub struct OrderManager {
    table: OrderTable,
    instruments: Vec<Option<(Instrument, InFlight)>>,
    counters: Counters,
}

impl OrderManager {
    /// Room for so many orders that live at once; settled ones stay until their place is needed.
    #[must_use]
    pub fn new(capacity: usize) -> OrderManager {
        OrderManager { table: OrderTable::new(capacity), instruments: vec![], counters: Counters::default() }
    }

    /// Takes an instrument on.
    pub fn add_instrument(&mut self, id: InstrumentId, instrument: Instrument) {
        let index = id.0 as usize;
        if self.instruments.len() <= index {
            self.instruments.resize(index + 1, None);
        }
        self.instruments[index] = Some((instrument, self.in_flight(id)));
    }

    /// Takes an approved order on, as its bytes leave: *pending new*.
    ///
    /// # Errors
    /// [`NotTracked`]: then the bytes must not leave.
    pub fn send(&mut self, approved: Approved<Order>, out: &mut Vec<Event>) -> Result<(), NotTracked> {
        let order = approved.into_inner();
        let place = self.track(order)?;
        self.publish(place, Times { event: order.time, receive: order.time }, out);
        Ok(())
    }

    /// Takes on an order that the venue has and we have not: it was sent before a restart. It counts for risk as every
    /// other; it was approved when it was sent. `filled` is what our books know of, by the fills `trades`: what the
    /// venue counts beyond that is missing and asked for. Unless it was `accepted` it may turn out that the venue never
    /// had it.
    ///
    /// # Errors
    /// [`NotTracked`].
    pub fn adopt(
        &mut self,
        order: Order,
        filled: Lots,
        trades: &[u64],
        accepted: bool,
    ) -> Result<(), NotTracked> {
        let place = self.track(order)?;
        let tracked = self.table.at_mut(place);
        let before = tracked.open();
        tracked.facts.accepted = accepted;
        tracked.in_doubt = true;
        tracked.facts.filled = filled;
        tracked.trades.extend_from_slice(trades);
        let open = tracked.open();
        self.count(&order, open, before);
        self.table.settle(place);
        Ok(())
    }

    fn track(&mut self, order: Order) -> Result<usize, NotTracked> {
        if !matches!(self.instruments.get(order.instrument.0 as usize), Some(Some(_))) {
            return Err(NotTracked::Instrument(order.instrument.0));
        }
        let place = self.table.insert(order).map_err(|full| match full {
            Full::Duplicate => NotTracked::Duplicate(order.id.0),
            Full::NoPlace => NotTracked::Full(self.table.iter().count()),
        })?;
        self.count(&order, order.qty, Lots(0));
        Ok(place)
    }

    /// Notes that a cancel leaves: *pending cancel*.
    ///
    /// # Errors
    /// [`NotCanceled`]: then no cancel need leave.
    pub fn cancel(&mut self, id: ClientOrderId, now: Nanos, out: &mut Vec<Event>) -> Result<(), NotCanceled> {
        let place = self.table.find(id).ok_or(NotCanceled::NoOrder)?;
        let tracked = self.table.at_mut(place);
        match tracked.status() {
            OrderStatus::PendingCancel => return Err(NotCanceled::OnItsWay),
            status if status.is_final() => return Err(NotCanceled::Ended(status)),
            _ => {}
        }
        tracked.facts.canceling = true;
        tracked.requested = now;
        self.publish(place, Times { event: now, receive: now }, out);
        Ok(())
    }

    /// Adds what a venue says. Reports may come late, twice and in any order.
    ///
    /// # Errors
    /// [`Stray`] for an order that is not known: reconcile with the venue.
    pub fn on_told(&mut self, told: &Told, out: &mut Vec<Event>) -> Result<(), Stray> {
        let Report { id, venue_order_id, event_time, receive_time, what } = told.report;
        let Some(place) = self.table.find(id) else {
            self.counters.strays += 1;
            return Err(Stray(id.0));
        };
        let times = Times { event: event_time, receive: receive_time };
        let tracked = self.table.at_mut(place);
        if venue_order_id != 0 {
            tracked.venue_order_id = venue_order_id;
        }
        let before = (tracked.facts.status(), tracked.open(), tracked.filled());
        if let Some(filled) = told.filled {
            tracked.facts.at_venue = tracked.facts.at_venue.max(filled);
            tracked.in_doubt = false;
        }
        self.counters.contradictions += u64::from(add(tracked, before.0.0, what));
        if let ReportKind::Filled { price, qty, fee, maker, trade_id, .. } = what {
            self.on_fill(place, (price, qty), (fee, maker), trade_id, times, out);
        }
        self.settle(place, before, times, out);
        Ok(())
    }

    /// Adds what a venue says without its sum of fills.
    ///
    /// # Errors
    /// As [`OrderManager::on_told`].
    pub fn on_report(&mut self, report: &Report, out: &mut Vec<Event>) -> Result<(), Stray> {
        self.on_told(&Told::from(*report), out)
    }

    /// The venue answered a question of ours that it has no such order. If the order could no longer have been on its
    /// way when that was asked (`grace` ns after it left, the time in which the venue accepts it), it was refused; else
    /// it stays in doubt and is asked about again.
    pub fn on_not_found(&mut self, id: ClientOrderId, grace: i64, now: Nanos, out: &mut Vec<Event>) {
        let Some(place) = self.table.find(id) else { return };
        let tracked = self.table.at_mut(place);
        let waited = |asked: Nanos| asked.0.saturating_sub(tracked.order.time.0);
        if tracked.asked.is_none_or(|asked| waited(asked) < grace) {
            return;
        }
        let before = (tracked.facts.status(), tracked.open(), tracked.filled());
        self.counters.contradictions += u64::from(tracked.facts.end(End::Rejected(OrderReason::Venue)));
        // One that the venue once had stays alive and in doubt.
        tracked.in_doubt = !tracked.status().is_final();
        self.settle(place, before, Times { event: now, receive: now }, out);
    }

    /// Requests that were not answered in time count as lost; after a connection is lost, with `within` 0, all of
    /// them.
    pub fn on_silence(&mut self, now: Nanos, within: i64, out: &mut Vec<Event>) {
        for place in 0..self.table.iter().count() {
            let tracked = self.table.at_mut(place);
            let waits = matches!(tracked.status(), OrderStatus::PendingNew | OrderStatus::PendingCancel);
            if waits && now.0.saturating_sub(tracked.requested.0) >= within {
                let before = (tracked.facts.status(), tracked.open(), tracked.filled());
                add(tracked, before.0.0, ReportKind::Unknown);
                self.settle(place, before, Times { event: now, receive: now }, out);
            }
        }
    }

    /// Every live order is in doubt: reports may have been missed.
    pub fn doubt_all(&mut self) {
        self.table
            .iter_mut()
            .filter(|tracked| !tracked.is_settled())
            .for_each(|tracked| tracked.in_doubt = true);
    }

    /// What the venue must be asked, each question again after `every` ns until it is answered.
    pub fn questions(&mut self, now: Nanos, every: i64, mut ask: impl FnMut(&TrackedOrder, Question)) {
        for tracked in self.table.iter_mut() {
            let question = match (tracked.missing().0 > 0, tracked.in_doubt && !tracked.is_settled()) {
                (true, _) => Question::Fills,
                (false, true) => Question::Status,
                (false, false) => continue,
            };
            if tracked.asked.is_none_or(|asked| now.0.saturating_sub(asked.0) >= every) {
                tracked.asked = Some(now);
                ask(tracked, question);
            }
        }
    }

    /// Lots on their way of an instrument, orders in doubt and fills not heard of among them.
    #[must_use]
    pub fn in_flight(&self, id: InstrumentId) -> InFlight {
        match self.instruments.get(id.0 as usize) {
            Some(Some((_, in_flight))) => *in_flight,
            _ => InFlight::default(),
        }
    }

    /// An order.
    #[must_use]
    pub fn get(&self, id: ClientOrderId) -> Option<&TrackedOrder> {
        self.table.find(id).map(|place| self.table.at(place))
    }

    /// Orders of which something may still come.
    pub fn live(&self) -> impl Iterator<Item = &TrackedOrder> {
        self.table.iter().filter(|tracked| !tracked.is_settled())
    }

    /// Whether the venue must still be asked about an order.
    #[must_use]
    pub fn has_doubts(&self) -> bool {
        self.live().any(|tracked| tracked.in_doubt || tracked.missing().0 > 0)
    }

    /// What happened beside the plain course.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    fn on_fill(
        &mut self,
        place: usize,
        fill: (Ticks, Lots),
        (fee, maker): (Money, bool),
        trade_id: u64,
        times: Times,
        out: &mut Vec<Event>,
    ) {
        let tracked = self.table.at_mut(place);
        if tracked.trades.contains(&trade_id) {
            self.counters.repeated_fills += 1;
            return;
        }
        if fill.1.0 <= 0 {
            self.counters.contradictions += 1;
            return;
        }
        tracked.trades.push(trade_id);
        tracked.facts.filled.0 += fill.1.0;
        // A venue that fills more than was ordered is believed: the position is real.
        self.counters.contradictions += u64::from(tracked.facts.filled > tracked.facts.qty);
        let order = tracked.order;
        if let Some(Some((instrument, _))) = self.instruments.get(order.instrument.0 as usize) {
            out.push(order.fill(instrument, fill, fee, maker, times));
        }
    }

    /// After facts were added: what is on its way, the record if something shows, the line of settled orders.
    fn settle(
        &mut self,
        place: usize,
        before: ((OrderStatus, OrderReason), Lots, Lots),
        times: Times,
        out: &mut Vec<Event>,
    ) {
        let tracked = self.table.at(place);
        let (order, open) = (tracked.order, tracked.open());
        let shows = (tracked.facts.status(), tracked.filled()) != (before.0, before.2);
        self.count(&order, open, before.1);
        self.table.settle(place);
        if shows {
            self.publish(place, times, out);
        }
    }

    fn count(&mut self, order: &Order, open: Lots, before: Lots) {
        if let Some(Some((_, in_flight))) = self.instruments.get_mut(order.instrument.0 as usize) {
            let side = if order.side == Side::Buy { &mut in_flight.buy } else { &mut in_flight.sell };
            side.0 += open.0 - before.0;
        }
    }

    fn publish(&self, place: usize, times: Times, out: &mut Vec<Event>) {
        let tracked = self.table.at(place);
        if let Some(Some((instrument, _))) = self.instruments.get(tracked.order.instrument.0 as usize) {
            out.push(tracked.order.update(instrument, tracked.facts.status(), tracked.filled(), times));
        }
    }
}

/// Adds a report, fills apart, to what is known of an order that had the status `was`; whether it contradicts that.
fn add(tracked: &mut TrackedOrder, was: OrderStatus, what: ReportKind) -> bool {
    let facts = &mut tracked.facts;
    match what {
        ReportKind::Accepted => {
            facts.accepted = true;
            was == OrderStatus::Rejected
        }
        ReportKind::Filled { .. } => was == OrderStatus::Rejected,
        ReportKind::Canceled => {
            facts.accepted = true;
            facts.end(End::Canceled)
        }
        ReportKind::Expired(reason) => {
            facts.accepted = true;
            facts.end(End::Expired(reason))
        }
        ReportKind::Rejected(reason) => facts.end(End::Rejected(reason)),
        ReportKind::CancelRejected(_) => {
            // It has ended, or the venue never had it: either way there is something we have not heard.
            facts.canceling = false;
            tracked.in_doubt = true;
            false
        }
        ReportKind::Unknown => {
            facts.lose();
            tracked.in_doubt = true;
            false
        }
    }
}
