//! One order and what is known of it: of the venue's order that it is now, of the one that it was before, and of a
//! change that is under way.

use super::Piece;
use super::change::{Change, How, Numbers, Plan};
use super::version::Version;
use crate::model::{Lots, Nanos, Order, OrderName, OrderReason, OrderStatus, OrderType, Ticks};

/// An order that was sent, or found at the venue.
#[derive(Clone, Debug)]
pub struct TrackedOrder {
    pub(super) order: Order,
    pub(super) now: Version,
    /// The one before, until the next change; after a change that was refused the one that never lived.
    pub(super) other: Option<Version>,
    /// Filled of those before these.
    pub(super) before: Lots,
    /// Number of the last that was made.
    pub(super) last: u16,
    /// Under way.
    pub(super) change: Option<Change>,
    /// To be asked for when that is answered.
    pub(super) wish: Option<Numbers>,
    /// What a crossing fill made too large could not be made smaller.
    pub(super) is_spoiled: bool,
    /// Ids of the fills that counted. Kept when the place is used again: after warm-up nothing is allocated.
    pub(super) trades: Vec<u64>,
    /// It is in the line of those whose place may be used again.
    pub(super) in_line: bool,
}

impl TrackedOrder {
    /// The order with the numbers that it has, by what the venue has said.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> OrderStatus {
        self.standing().0
    }

    /// Why it was refused or ended.
    #[must_use]
    pub fn reason(&self) -> OrderReason {
        self.standing().1
    }

    /// Filled so far, each fill once.
    #[must_use]
    pub fn filled(&self) -> Lots {
        Lots(self.before.0 + self.sum(|version| version.facts.filled.0))
    }

    /// Filled by the venue's count without our having heard of the fills.
    #[must_use]
    pub fn missing(&self) -> Lots {
        Lots(self.sum(|version| version.facts.missing().0))
    }

    /// What may still fill. Where a fill of the old order refuses the new one, only one of the two can.
    #[must_use]
    pub fn open(&self) -> Lots {
        let open = |version: &Version| version.facts.open().0;
        match (self.replacement(), &self.other) {
            (Some(true), Some(other)) if !self.now.facts.was_there() && !self.now.facts.is_over() => {
                Lots(open(other).max(open(&self.now)))
            }
            _ => Lots(self.sum(open)),
        }
    }

    /// The venue has said that it has it, or had it.
    #[must_use]
    pub fn was_there(&self) -> bool {
        self.versions().any(|version| version.facts.was_there())
    }

    /// Ids of the fills that are booked.
    #[must_use]
    pub fn trades(&self) -> &[u64] {
        &self.trades
    }

    /// The venue's id, 0 if it has not said.
    #[must_use]
    pub fn venue_order_id(&self) -> u64 {
        self.now.venue_order_id
    }

    /// Nothing can come of it any more.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.versions().all(Version::is_settled)
    }

    /// The venue must be asked about it.
    #[must_use]
    pub fn in_doubt(&self) -> bool {
        self.versions().any(|version| version.in_doubt)
    }

    /// The venue's orders of it that may live, the older first.
    pub fn names(&self) -> impl Iterator<Item = OrderName> + '_ {
        let alive = self.other.iter().chain([&self.now]).filter(|version| !version.facts.is_over());
        alive.map(|version| self.name(version.number))
    }

    /// The venue's orders of it of which something may still come, the older first.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> + '_ {
        let open = self.other.iter().chain([&self.now]).filter(|version| !version.is_settled());
        open.map(|version| {
            let Version { number, facts, .. } = *version;
            Piece { version: number, qty: facts.qty, filled: facts.filled }
        })
    }

    /// The name of its next version.
    #[must_use]
    pub fn next_name(&self) -> OrderName {
        self.name(self.last.saturating_add(1))
    }

    /// The name of the present one.
    #[must_use]
    pub fn present_name(&self) -> OrderName {
        self.name(self.now.number)
    }

    /// New numbers are wanted, and it must be known first how it stands.
    #[must_use]
    pub fn is_waited_for(&self) -> bool {
        self.wish.is_some() && self.in_doubt()
    }

    /// A change can be asked for: the venue has it, and nothing is under way.
    #[must_use]
    pub fn may_change(&self) -> bool {
        let alone = self.other.as_ref().is_none_or(Version::is_settled);
        let facts = &self.now.facts;
        let idle = !facts.canceling && !facts.is_over() && facts.was_there() && !self.in_doubt();
        self.change.is_none() && alone && idle && self.last < u16::MAX
    }

    /// A stop-limit of which nobody has said yet that it was triggered.
    #[must_use]
    pub fn may_be_triggered(&self) -> bool {
        let Version { facts, .. } = &self.now;
        self.order.order_type == OrderType::StopLimit
            && facts.was_there()
            && !facts.works
            && facts.known().0 == 0
    }

    /// It must be taken back: all that was ordered has filled and some of it lives; a new order lives that the venue had
    /// refused; or it is too large and cannot be made smaller.
    #[must_use]
    pub fn must_go(&self) -> bool {
        let refused = |other: &Version| other.number > self.now.number && !other.facts.is_over();
        let full = self.filled() >= self.order.qty;
        let idle = self.change.is_none();
        let alive = self.names().next().is_some();
        alive && (self.is_spoiled || idle && (full || self.other.as_ref().is_some_and(refused)))
    }

    /// What is to be done at the venue for new numbers.
    #[must_use]
    pub fn plan(&self, wanted: Numbers, now: Nanos) -> Plan {
        let order = &self.order;
        let numbers = wanted.over(order);
        let earlier = self.before.0 + self.other.as_ref().map_or(0, |other| other.facts.known().0);
        let (lots, known) = (numbers.qty.0 - earlier, earlier + self.now.facts.known().0);
        if order.order_type == OrderType::Market {
            return Plan::Nothing;
        }
        if numbers.qty.0 <= known {
            return Plan::TakeBack;
        }
        let same = (numbers.price, numbers.trigger) == (order.price, order.trigger);
        if same && lots <= self.now.facts.qty.0 {
            let reduced = Order { qty: Lots(lots), display: shown(order.display, lots), time: now, ..*order };
            return if lots == self.now.facts.qty.0 { Plan::Nothing } else { Plan::Reduce(reduced) };
        }
        let left = numbers.qty.0 - known;
        // A stop-limit that was triggered is a limit now; as a stop it would wait anew.
        let triggered = order.order_type == OrderType::StopLimit
            && (self.now.facts.works || self.now.facts.known().0 > 0 || self.before.0 > 0);
        let order_type = if triggered { OrderType::Limit } else { order.order_type };
        let trigger = if triggered { Ticks(0) } else { numbers.trigger };
        let display = shown(order.display, left);
        let (qty, price) = (Lots(left), numbers.price);
        let guarded = self.now.facts.known().0 == 0;
        let more = if guarded { (left - self.now.facts.open().0).max(0) } else { left };
        let order = Order { order_type, price, trigger, qty, display, time: now, ..*order };
        Plan::Replace { order, more: Lots(more), guarded }
    }

    /// Lots that the venue's order has beyond what is wanted of it: a fill crossed the change.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        let earlier = self.before.0 + self.other.as_ref().map_or(0, |other| other.facts.known().0);
        self.may_change() && self.now.facts.qty.0 + earlier > self.order.qty.0
    }

    pub(super) fn name(&self, version: u16) -> OrderName {
        OrderName { id: self.order.id, version }
    }

    pub(super) fn versions(&self) -> impl Iterator<Item = &Version> {
        [Some(&self.now), self.other.as_ref()].into_iter().flatten()
    }

    pub(super) fn versions_mut(&mut self) -> impl Iterator<Item = &mut Version> {
        [Some(&mut self.now), self.other.as_mut()].into_iter().flatten()
    }

    pub(super) fn version_mut(&mut self, number: u16) -> Option<&mut Version> {
        self.versions_mut().find(|version| version.number == number)
    }

    fn sum(&self, of: impl Fn(&Version) -> i64) -> i64 {
        self.versions().map(of).sum()
    }

    /// Whether a new order is to take the place of the old one, and whether a fill of that refuses it.
    fn replacement(&self) -> Option<bool> {
        match self.change.as_ref()?.how {
            How::Replace { guarded } => Some(guarded),
            How::Reduce { .. } => None,
        }
    }

    /// The status and its reason, read off the facts of its versions.
    pub(super) fn standing(&self) -> (OrderStatus, OrderReason) {
        let plain = |status| (status, OrderReason::None);
        let (status, reason) = self.now.facts.status();
        let Some(other) = &self.other else {
            let started = status == OrderStatus::New && self.before.0 > 0;
            return if started { plain(OrderStatus::PartiallyFilled) } else { (status, reason) };
        };
        let alive = |test: fn(&Version) -> bool| {
            self.versions().any(|version| !version.facts.is_over() && test(version))
        };
        if alive(|_| true) {
            return plain(if alive(|version| version.facts.canceling) {
                OrderStatus::PendingCancel
            } else if alive(|version| version.facts.may_be_there())
                && !alive(|version| version.facts.was_there())
            {
                OrderStatus::Unknown
            } else if self.filled().0 > 0 {
                OrderStatus::PartiallyFilled
            } else {
                OrderStatus::New
            });
        }
        if status == OrderStatus::Filled || self.filled() >= self.order.qty {
            return plain(OrderStatus::Filled);
        }
        match (status, other.facts.status()) {
            // The old one was taken back, and the new one refused: that is why it ended.
            (OrderStatus::Rejected, (OrderStatus::Canceled, _)) => (OrderStatus::Canceled, reason),
            (OrderStatus::Rejected, ended) => ended,
            _ => (status, reason),
        }
    }

    pub(super) fn reset(&mut self, order: Order) {
        self.trades.clear();
        let trades = std::mem::take(&mut self.trades);
        *self = TrackedOrder::new(order, trades);
    }

    pub(super) fn new(order: Order, trades: Vec<u64>) -> TrackedOrder {
        TrackedOrder {
            order,
            now: Version::new(0, order.qty, order.time),
            other: None,
            before: Lots(0),
            last: 0,
            change: None,
            wish: None,
            is_spoiled: false,
            trades,
            in_line: false,
        }
    }
}

/// What an iceberg shows of what is left of it: one that would show all is none.
fn shown(display: Lots, left: i64) -> Lots {
    if display.0 < left { display } else { Lots(0) }
}
