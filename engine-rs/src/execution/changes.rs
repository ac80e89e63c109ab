//! Changes of orders: wanted, sent, and what became of them.

use super::OrderManager;
use super::change::{Asking, Became, Change, How, Numbers};
use super::version::Version;
use crate::model::{ClientOrderId, Event, Nanos, Order, OrderReason, OrderStatus, Times};
use crate::risk::Approved;

impl OrderManager {
    /// New numbers of an order are wanted once what is under way is answered. Of a stop-limit the venue is asked before
    /// whether it was triggered, for no report says so.
    pub fn wish(&mut self, id: ClientOrderId, numbers: Numbers) {
        if let Some(place) = self.table.find(id) {
            let tracked = self.table.at_mut(place);
            tracked.wish = Some(tracked.wish.unwrap_or_default().then(numbers));
            tracked.now.in_doubt |= tracked.may_be_triggered();
        }
    }

    /// New numbers that were wanted and can be asked for now: they are wanted no longer.
    pub fn take_wish(&mut self, id: ClientOrderId) -> Option<Numbers> {
        let tracked = self.table.find(id).map(|place| self.table.at_mut(place))?;
        if tracked.may_change() { tracked.wish.take() } else { None }
    }

    /// Notes that a change leaves; `approved` is the order as the venue is to have it, `numbers` what it has then, and
    /// `is_told` whether its strategy asked for them.
    pub fn change(
        &mut self,
        approved: Approved<Order>,
        asking: Asking,
        (numbers, is_told): (Numbers, bool),
        now: Nanos,
    ) {
        let order = approved.into_inner();
        let Some(place) = self.table.find(order.id) else { return };
        let tracked = self.table.at_mut(place);
        let before = tracked.open();
        let numbers = numbers.over(&tracked.order);
        let how = match asking {
            Asking::Reduce(_) => {
                tracked.now.facts.reducing = true;
                tracked.now.requested = now;
                How::Reduce { lots: order.qty }
            }
            Asking::Replace { new, guarded, .. } => {
                let settled = tracked.other.map_or(0, |other| other.facts.filled.0);
                tracked.before.0 += settled;
                tracked.other = Some(tracked.now);
                tracked.now = Version::new(new.version, order.qty, now);
                // A stop that was triggered is no stop any more.
                tracked.now.facts.works = order.order_type != tracked.order.order_type;
                tracked.last = new.version;
                How::Replace { guarded }
            }
        };
        tracked.change = Some(Change { how, numbers, is_told, refused: None, crossed: false });
        let open = tracked.open();
        self.count(&order, open, before);
    }

    /// Says what became of a change, once that is known.
    pub(super) fn tell_change(&mut self, place: usize, times: Times, out: &mut Vec<Event>) {
        let tracked = self.table.at_mut(place);
        let Some(became) = tracked.became() else { return };
        let (status, _) = tracked.standing();
        let alive = match (status.is_final(), tracked.filled().0 > 0) {
            (false, _) => status,
            (true, true) => OrderStatus::PartiallyFilled,
            (true, false) => OrderStatus::New, // the end follows
        };
        let reason = match became {
            Became::Done(true) => OrderReason::Modified,
            Became::Refused(reason, true) if !status.is_final() => reason,
            Became::Refused(_, false) => return tracked.is_spoiled = true,
            _ => return,
        };
        let (order, filled) = (tracked.order, tracked.filled());
        if let Some(Some((instrument, _))) = self.instruments.get(order.instrument.0 as usize) {
            out.push(order.update(instrument, (alive, reason), filled, times));
        }
    }
}
