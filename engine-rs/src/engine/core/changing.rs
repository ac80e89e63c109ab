//! New numbers of an order: through risk to the venue, or kept until they can be asked for.

use tracing::warn;

use super::{Core, Decision, Outlet, Unsent};
use crate::execution::{Asking, Numbers, Plan};
use crate::messaging::{OrderReport, Outgoing, StrategyId};
use crate::model::{ClientOrderId, Command, Event, Order, OrderReason, OrderStatus, Times};
use crate::monitoring::latency::{Stage, mark};
use crate::risk::{Approved, Detail, Refusal};

const SECOND: i64 = 1_000_000_000;

/// What is asked for, and by whom.
struct Wanted {
    number: usize,
    numbers: Numbers,
    /// The strategy asked: else a fill that crossed a change is made up for.
    is_told: bool,
    /// As it is written down.
    command: Command,
}

impl Core {
    /// A strategy wants new numbers. While something about the order is under way they are kept: the later ones count.
    pub(super) fn modify(&mut self, number: usize, command: &Command, out: &mut dyn Outlet) {
        let (id, numbers) = (ClientOrderId(command.client_order_id), Numbers::of(command));
        let Some(tracked) = self.orders.get(id) else { return };
        if tracked.status().is_final() || tracked.status() == OrderStatus::PendingCancel {
            return;
        }
        if !tracked.may_change() || tracked.may_be_triggered() {
            self.orders.wish(id, numbers);
            return self.ask_now(out);
        }
        self.change(id, &Wanted { number, numbers, is_told: true, command: *command }, out);
    }

    /// The venue is asked about what is in doubt, but not twice in a second.
    fn ask_now(&mut self, out: &mut dyn Outlet) {
        let (now, ready) = (self.now, self.ready);
        if ready {
            self.orders.questions(now, SECOND, |inquiry| out.ask(inquiry, now));
        }
    }

    /// After something was said of an order: what must go is taken back, what a fill made too large is made smaller, and
    /// new numbers that were wanted meanwhile are asked for.
    pub(super) fn follow_up(&mut self, id: ClientOrderId, out: &mut dyn Outlet) {
        let Some(tracked) = self.orders.get(id).filter(|tracked| !tracked.is_settled()) else { return };
        if tracked.must_go() {
            return self.withdraw(id, out);
        }
        if tracked.is_waited_for() {
            return self.ask_now(out);
        }
        let Some(number) = self.owner(id) else { return };
        let (is_too_large, order) = (tracked.is_too_large(), *tracked.order());
        let may_trade = !self.is_killed() && self.hosted[number].may_trade();
        let (numbers, is_told) = match is_too_large {
            true => (Some(Numbers::of_order(&order)), false),
            false if may_trade => (self.orders.take_wish(id), true),
            false => return,
        };
        let Some(numbers) = numbers else { return };
        let Numbers { qty, price, trigger } = numbers;
        let command = Command::modify(&Order { qty, price, trigger, ..order }, self.now);
        self.change(id, &Wanted { number, numbers, is_told, command }, out);
    }

    fn change(&mut self, id: ClientOrderId, wanted: &Wanted, out: &mut dyn Outlet) {
        let Some(tracked) = self.orders.get(id) else { return };
        let (old, new) = (tracked.present_name(), tracked.next_name());
        match tracked.plan(wanted.numbers, self.now) {
            Plan::Nothing if wanted.is_told => self.is_so_already(id, wanted, out),
            Plan::Nothing => {}
            Plan::TakeBack => {
                out.decided(self.hosted[wanted.number].number, self.now, &Decision::Send(wanted.command));
                self.withdraw(id, out);
            }
            Plan::Reduce(order) => {
                let context = self.context(order.instrument);
                let approved = self.allowed().and_then(|()| self.risk.check_less(order, &context));
                self.ask_for(id, approved, Asking::Reduce(old), wanted, out);
            }
            Plan::Replace { order, more, guarded } => {
                let context = self.context(order.instrument);
                let approved = self.allowed().and_then(|()| self.risk.check_change(order, more, &context));
                self.ask_for(id, approved, Asking::Replace { old, new, guarded }, wanted, out);
            }
        }
    }

    /// The venue can be told.
    fn allowed(&mut self) -> Result<(), Refusal> {
        self.reconciling = self.reconciling && self.orders.has_doubts();
        let fact = match (self.ready, self.reconciling) {
            (false, _) => "order entry is not connected",
            (true, true) => "orders of before the restart are still in doubt",
            (true, false) => return Ok(()),
        };
        Err(Refusal { id: ClientOrderId(0), reason: OrderReason::NoVenue, detail: Detail::Fact(fact) })
    }

    /// An approved change leaves.
    fn ask_for(
        &mut self,
        id: ClientOrderId,
        approved: Result<Approved<Order>, Refusal>,
        asking: Asking,
        wanted: &Wanted,
        out: &mut dyn Outlet,
    ) {
        let approved = match approved {
            Ok(approved) => approved,
            Err(refusal) => return self.refuse_change(id, &Refusal { id, ..refusal }, wanted, out),
        };
        mark(Stage::Risk);
        let instrument = approved.get().instrument;
        out.decided(self.hosted[wanted.number].number, self.now, &Decision::Send(wanted.command));
        let sent = out.change(&approved, asking, self.now);
        let (reason, fact) = match sent {
            Ok(()) => {
                self.orders.change(approved, asking, (wanted.numbers, wanted.is_told), self.now);
                return self.recount(instrument);
            }
            Err(Unsent::NotReady) => (OrderReason::NoVenue, "order entry is not ready"),
            Err(Unsent::Busy) => (OrderReason::OrderRate, "the venue's limits are used up"),
        };
        self.recount(instrument);
        self.refuse_change(id, &Refusal { id, reason, detail: Detail::Fact(fact) }, wanted, out);
    }

    /// The order is as it was, and its strategy is told so; what is too large and cannot be made smaller is taken back.
    fn refuse_change(&mut self, id: ClientOrderId, refusal: &Refusal, wanted: &Wanted, out: &mut dyn Outlet) {
        warn!(strategy = self.hosted[wanted.number].name, %refusal, "a change is refused");
        if !wanted.is_told {
            return self.withdraw(id, out);
        }
        let Some((order, mut update)) = self.as_it_is(id, refusal.reason) else { return };
        let strategy = self.hosted[wanted.number].number;
        out.decided(strategy, self.now, &Decision::Refuse(update));
        out.record(&mut update);
        self.say_update(strategy, &order, update, out);
        self.show_update(wanted.number, &update, &order, out);
        self.unheard.push_back((wanted.number, update));
    }

    /// It has the numbers that are wanted.
    fn is_so_already(&mut self, id: ClientOrderId, wanted: &Wanted, out: &mut dyn Outlet) {
        let Some((order, mut update)) = self.as_it_is(id, OrderReason::Modified) else { return };
        out.record(&mut update);
        self.say_update(self.hosted[wanted.number].number, &order, update, out);
        self.unheard.push_back((wanted.number, update));
    }

    /// An order, and the order update that says how it stands, with this reason.
    fn as_it_is(&self, id: ClientOrderId, reason: OrderReason) -> Option<(Order, Event)> {
        let tracked = self.orders.get(id)?;
        let order = *tracked.order();
        let instrument = &self.instruments[order.instrument.0 as usize];
        let times = Times { event: self.now, receive: self.now };
        Some((order, order.update(instrument, (tracked.status(), reason), tracked.filled(), times)))
    }

    fn say_update(&self, strategy: u16, order: &Order, update: Event, out: &mut dyn Outlet) {
        let venue_order_id = self.orders.get(order.id).map_or(0, |tracked| tracked.venue_order_id());
        let (strategy, order_type, tif) = (StrategyId(strategy), order.order_type as u8, order.tif as u8);
        out.say(Outgoing::Order(OrderReport { strategy, update, venue_order_id, order_type, tif }));
    }
}
