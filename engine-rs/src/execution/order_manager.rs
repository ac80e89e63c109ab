//! The orders of this engine: approved ones in, the venue's reports in, records out, and what is on its way for risk.

use thiserror::Error;

use super::change::{Change, How, Numbers};
use super::facts::End;
use super::order_table::{Full, OrderTable};
use super::report::{add, doubt_both, note};
use super::version::Version;
use super::{Told, TrackedOrder};
use crate::model::{
    ClientOrderId, Event, Instrument, InstrumentId, Lots, Money, Nanos, Order, OrderName, OrderReason,
    OrderStatus, Report, ReportKind, Side, Ticks, Times,
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

/// A question about one of the venue's orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inquiry {
    /// Which.
    pub name: OrderName,
    /// Of what.
    pub instrument: InstrumentId,
    /// The venue's id, 0 if it has not said.
    pub venue_order_id: u64,
    /// What.
    pub question: Question,
}

/// One of the venue's orders that an order of before a restart has been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its version.
    pub version: u16,
    /// Its lots.
    pub qty: Lots,
    /// What of them is booked.
    pub filled: Lots,
}

/// All orders of a venue. Nothing is allocated once its places have been used.
#[derive(Debug)]
pub struct OrderManager {
    pub(super) table: OrderTable,
    pub(super) instruments: Vec<Option<(Instrument, InFlight)>>,
    counters: Counters,
    /// How long after it left a request may still be carried out, ns.
    grace: i64,
}

/// Before anybody has said how long a request may be on its way.
const GRACE: i64 = 6_000_000_000;

/// How an order stood before something was said of it: its status, what might fill, what had.
type Stood = ((OrderStatus, OrderReason), Lots, Lots);

impl OrderManager {
    /// Room for so many orders that live at once; settled ones stay until their place is needed.
    #[must_use]
    pub fn new(capacity: usize) -> OrderManager {
        let (table, counters) = (OrderTable::new(capacity), Counters::default());
        OrderManager { table, instruments: vec![], counters, grace: GRACE }
    }

    /// How long after it left a request may still be carried out, ns.
    pub fn set_grace(&mut self, grace: i64) {
        self.grace = grace;
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
    /// had it. `pieces` are the venue's orders that it may be, at most two; none: one, as the order is.
    ///
    /// # Errors
    /// [`NotTracked`].
    pub fn adopt(
        &mut self,
        order: Order,
        (filled, trades): (Lots, &[u64]),
        accepted: bool,
        pieces: &[Piece],
    ) -> Result<(), NotTracked> {
        let place = self.track(order)?;
        let whole = [Piece { version: 0, qty: order.qty, filled }];
        let pieces = if pieces.is_empty() { &whole } else { pieces };
        let tracked = self.table.at_mut(place);
        let before = tracked.open();
        let mut versions = pieces.iter().rev().map(|piece| {
            let mut version = Version::new(piece.version, piece.qty, order.time);
            (version.facts.filled, version.facts.accepted) = (piece.filled, accepted);
            version.in_doubt = true;
            version
        });
        tracked.now = versions.next().unwrap_or(tracked.now);
        tracked.other = versions.next();
        if let Some(other) = &tracked.other {
            // The newer one was on its way.
            tracked.now.facts.accepted = false;
            let (how, numbers) = (How::Replace { guarded: false }, Numbers::of_order(&order));
            tracked.change = Some(Change { how, numbers, is_told: false, refused: None, crossed: false });
            tracked.last = tracked.last.max(other.number);
        }
        tracked.last = tracked.last.max(tracked.now.number);
        tracked.before = Lots(filled.0 - pieces.iter().map(|piece| piece.filled.0).sum::<i64>());
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
        tracked.wish = None;
        for version in tracked.versions_mut().filter(|version| !version.facts.is_over()) {
            version.facts.canceling = true;
            version.requested = now;
        }
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
        let (grace, tracked) = (self.grace, self.table.at_mut(place));
        let stood = stood(tracked);
        let Some(version) = tracked.version_mut(told.version) else {
            self.on_settled(place, stood, what, times, out);
            return Ok(());
        };
        if venue_order_id != 0 {
            version.venue_order_id = venue_order_id;
        }
        let was = version.facts.status().0;
        if let Some(filled) = told.filled {
            version.facts.at_venue = version.facts.at_venue.max(filled);
            version.in_doubt = false;
        }
        if let Some(qty) = told.qty.filter(|qty| qty.0 > 0) {
            version.facts.qty = version.facts.qty.min(qty);
        }
        version.facts.works |= told.works;
        let contradicts = add(version, was, what);
        note(tracked, told, grace);
        self.counters.contradictions += u64::from(contradicts);
        self.tell_change(place, times, out);
        if let ReportKind::Filled { price, qty, fee, maker, trade_id, .. } = what {
            self.on_fill((place, told.version), (price, qty), (fee, maker), trade_id, times, out);
        }
        self.settle(place, stood, times, out);
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
    pub fn on_not_found(&mut self, name: impl Into<OrderName>, grace: i64, now: Nanos, out: &mut Vec<Event>) {
        let OrderName { id, version } = name.into();
        let Some(place) = self.table.find(id) else { return };
        let tracked = self.table.at_mut(place);
        let stood = stood(tracked);
        let Some(version) = tracked.version_mut(version) else { return };
        if !version.was_asked_late(grace, version.sent) {
            return;
        }
        self.counters.contradictions += u64::from(version.facts.end(End::Rejected(OrderReason::Venue)));
        // One that the venue once had stays alive and in doubt.
        version.in_doubt = !version.facts.is_over();
        let times = Times { event: now, receive: now };
        self.tell_change(place, times, out);
        self.settle(place, stood, times, out);
    }

    /// Requests that were not answered in time count as lost; after a connection is lost, with `within` 0, all of
    /// them.
    pub fn on_silence(&mut self, now: Nanos, within: i64, out: &mut Vec<Event>) {
        for place in 0..self.table.iter().count() {
            let tracked = self.table.at_mut(place);
            let late = |version: &Version| {
                version.facts.waits() && now.0.saturating_sub(version.requested.0) >= within
            };
            if !tracked.versions().any(late) {
                continue;
            }
            let stood = stood(tracked);
            tracked.versions_mut().filter(|version| late(version)).for_each(Version::lose);
            doubt_both(tracked);
            self.settle(place, stood, Times { event: now, receive: now }, out);
        }
    }

    /// Every live order is in doubt: reports may have been missed.
    pub fn doubt_all(&mut self) {
        let versions = self.table.iter_mut().flat_map(TrackedOrder::versions_mut);
        versions.filter(|version| !version.is_settled()).for_each(|version| version.in_doubt = true);
    }

    /// What the venue must be asked, each question again after `every` ns until it is answered.
    pub fn questions(&mut self, now: Nanos, every: i64, mut ask: impl FnMut(&Inquiry)) {
        for tracked in self.table.iter_mut() {
            let Order { id, instrument, .. } = tracked.order;
            for version in tracked.versions_mut() {
                let doubt = version.in_doubt && !version.is_settled();
                let question = match (version.facts.missing().0 > 0, doubt) {
                    (true, _) => Question::Fills,
                    (false, true) => Question::Status,
                    (false, false) => continue,
                };
                if version.asked.is_none_or(|asked| now.0.saturating_sub(asked.0) >= every) {
                    version.asked = Some(now);
                    let name = OrderName { id, version: version.number };
                    ask(&Inquiry { name, instrument, venue_order_id: version.venue_order_id, question });
                }
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
        self.live().any(|tracked| tracked.in_doubt() || tracked.missing().0 > 0)
    }

    /// What happened beside the plain course.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// A report about one of the venue's orders that was settled before the last change: a fill is believed.
    fn on_settled(
        &mut self,
        place: usize,
        stood: Stood,
        what: ReportKind,
        times: Times,
        out: &mut Vec<Event>,
    ) {
        let ReportKind::Filled { price, qty, fee, maker, trade_id, .. } = what else { return };
        let known = self.table.at(place).trades.contains(&trade_id);
        self.counters.contradictions += u64::from(!known);
        self.on_fill((place, u16::MAX), (price, qty), (fee, maker), trade_id, times, out);
        self.settle(place, stood, times, out);
    }

    fn on_fill(
        &mut self,
        (place, version): (usize, u16),
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
        match tracked.version_mut(version) {
            Some(version) => {
                version.facts.filled.0 += fill.1.0;
                // A venue that fills more than was ordered is believed: the position is real.
                self.counters.contradictions += u64::from(version.facts.filled > version.facts.qty);
            }
            None => tracked.before.0 += fill.1.0,
        }
        let order = tracked.order;
        if let Some(Some((instrument, _))) = self.instruments.get(order.instrument.0 as usize) {
            out.push(order.fill(instrument, fill, fee, maker, times));
        }
    }

    /// After facts were added: what is on its way, the record if something shows, the line of settled orders.
    fn settle(&mut self, place: usize, stood: Stood, times: Times, out: &mut Vec<Event>) {
        let tracked = self.table.at_mut(place);
        let (order, open) = (tracked.order, tracked.open());
        let standing = tracked.standing();
        if standing.0.is_final() {
            (tracked.change, tracked.wish) = (None, None);
        }
        let shows = (standing, tracked.filled()) != (stood.0, stood.2);
        self.count(&order, open, stood.1);
        self.table.settle(place);
        if shows {
            self.publish(place, times, out);
        }
    }

    pub(super) fn count(&mut self, order: &Order, open: Lots, before: Lots) {
        if let Some(Some((_, in_flight))) = self.instruments.get_mut(order.instrument.0 as usize) {
            let side = if order.side == Side::Buy { &mut in_flight.buy } else { &mut in_flight.sell };
            side.0 += open.0 - before.0;
        }
    }

    fn publish(&self, place: usize, times: Times, out: &mut Vec<Event>) {
        let tracked = self.table.at(place);
        if let Some(Some((instrument, _))) = self.instruments.get(tracked.order.instrument.0 as usize) {
            out.push(tracked.order.update(instrument, tracked.standing(), tracked.filled(), times));
        }
    }
}

fn stood(tracked: &TrackedOrder) -> Stood {
    (tracked.standing(), tracked.open(), tracked.filled())
}
