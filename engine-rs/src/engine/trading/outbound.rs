//! The core's results as requests, records and messages.

use super::super::core::{Decision, Moment, Outlet, Unsent};
use super::{ORDER_ENTRY, Venue, World};
use crate::execution::venues::binance::NotSent;
use crate::execution::{Asking, Inquiry};
use crate::journal::EntryKind;
use crate::messaging::Outgoing;
use crate::model::{Event, InstrumentId, Nanos, Order, OrderName};
use crate::monitoring::latency::mark_sent;
use crate::risk::Approved;

/// The way out.
pub(super) struct Outbound<'a> {
    pub(super) venue: &'a mut Venue,
    pub(super) world: &'a mut dyn World,
}

impl Venue {
    fn journal(&mut self, kind: EntryKind, stream: u16, time: Nanos, parts: &[&[u8]]) {
        let written = self.tape.as_mut().map_or(Ok(()), |tape| tape.append(kind, stream, time, parts));
        if let Err(error) = written {
            self.broken.get_or_insert(error);
        }
    }

    /// The request in `frame` leaves, after it is in the journal; false if it does not.
    pub(super) fn leave(&mut self, now: Nanos, world: &mut dyn World) -> bool {
        let frame = std::mem::take(&mut self.frame);
        self.journal(EntryKind::FrameOut, ORDER_ENTRY, now, &[&frame]);
        let left = world.send(&frame);
        self.frame = frame;
        left
    }
}

impl Outbound<'_> {
    fn request(
        &mut self,
        now: Nanos,
        write: impl FnOnce(&mut Venue, &mut Vec<u8>) -> Result<(), NotSent>,
    ) -> Result<(), Unsent> {
        let mut frame = std::mem::take(&mut self.venue.frame);
        frame.clear();
        let written = write(self.venue, &mut frame);
        self.venue.frame = frame;
        match written {
            Ok(()) if self.venue.leave(now, self.world) => Ok(()),
            Ok(()) | Err(NotSent::Wait(_)) => Err(Unsent::Busy),
            Err(NotSent::NotReady(_) | NotSent::Instrument(_)) => Err(Unsent::NotReady),
        }
    }

    pub(super) fn ask_open_orders(&mut self, now: Nanos) {
        // What is live here is asked about one by one in any case.
        let _ = self.request(now, |venue, frame| venue.entry.ask_open_orders(now, frame));
    }

    pub(super) fn ask_time(&mut self, now: Nanos) {
        let asked = self.request(now, |venue, frame| {
            venue.entry.ask_time(now, frame);
            Ok(())
        });
        let _ = asked; // the next refusal asks again
    }
}

impl Outlet for Outbound<'_> {
    fn decided(&mut self, strategy: u16, now: Nanos, decision: &Decision) {
        decision.with_bytes(|parts| self.venue.journal(EntryKind::Decision, strategy, now, parts));
        self.moment(Moment::Decided(strategy, now, decision));
    }

    fn place(&mut self, order: &Approved<Order>, now: Nanos) -> Result<(), Unsent> {
        if self.venue.broken.is_some() {
            return Err(Unsent::NotReady); // what is not journaled does not act
        }
        self.request(now, |venue, frame| venue.entry.place(order, now, frame)).inspect(|()| mark_sent())
    }

    fn change(&mut self, order: &Approved<Order>, asking: Asking, now: Nanos) -> Result<(), Unsent> {
        if self.venue.broken.is_some() {
            return Err(Unsent::NotReady); // what is not journaled does not act
        }
        self.request(now, |venue, frame| venue.entry.change(order, asking, now, frame))
            .inspect(|()| mark_sent())
    }

    fn cancel(&mut self, name: OrderName, instrument: InstrumentId, now: Nanos) -> Result<(), Unsent> {
        self.request(now, |venue, frame| venue.entry.cancel(name, instrument, now, frame))
            .inspect(|()| mark_sent())
    }

    fn ask(&mut self, inquiry: &Inquiry, now: Nanos) {
        let asked = self.request(now, |venue, frame| venue.entry.ask(inquiry, now, frame));
        let _ = asked; // it is asked again
    }

    fn grace(&self) -> i64 {
        self.venue.entry.grace()
    }

    fn record(&mut self, record: &mut Event) {
        self.world.publish(record);
    }

    fn say(&mut self, message: Outgoing) {
        self.world.say(message);
    }

    fn moment(&mut self, moment: Moment<'_>) {
        self.world.moment(moment);
    }
}
