//! Requests to approved orders, cancels, refusals.

use tracing::{error, warn};

use super::{Core, Decision, Moment, Outlet, Standing, Unsent};
use crate::execution::TrackedOrder;
use crate::matching::{Answer, What};
use crate::messaging::{OrderReport, Outgoing, StrategyId};
use crate::model::{
    ClientOrderId, Command, Event, InstrumentId, Lots, Nanos, Order, OrderReason, OrderStatus, OrderType,
    Side, Ticks, Tif,
};
use crate::monitoring::latency::{Stage, mark};
use crate::risk::{Context, Detail, Refusal};

const SECOND: i64 = 1_000_000_000;
/// A request without an answer for so long counts as lost.
const SILENCE: i64 = 5 * SECOND;
/// Counters of the host's own orders start here: a strategy's never come so far.
const HOST_ORDERS: u32 = 1 << 31;

impl Core {
    /// A command of a strategy's request.
    pub(super) fn carry(&mut self, number: usize, command: &Command, out: &mut dyn Outlet) {
        mark(Stage::Strategy);
        out.moment(Moment::Asked(self.hosted[number].number, command));
        match (command.action, order_of(command)) {
            (Command::NEW, Some(order)) => self.send(number, order, out),
            (Command::CANCEL, _) => self.withdraw(ClientOrderId(command.client_order_id), out),
            (Command::MODIFY, _) => self.modify(number, command, out),
            _ => {} // refused when it was asked for
        }
    }

    fn send(&mut self, number: usize, order: Order, out: &mut dyn Outlet) {
        let context = self.context(order.instrument);
        let refused = |reason, fact| Refusal { id: order.id, reason, detail: Detail::Fact(fact) };
        if !self.ready {
            let down = refused(OrderReason::NoVenue, "order entry is not connected");
            return self.refuse(number, &order, &down, out);
        }
        self.reconciling = self.reconciling && self.orders.has_doubts();
        if self.reconciling {
            let doubt = refused(OrderReason::NoVenue, "orders of before the restart are still in doubt");
            return self.refuse(number, &order, &doubt, out);
        }
        if self.orders.get(order.id).is_some() {
            let twice = refused(OrderReason::DuplicateId, "the order id was used before");
            return self.refuse(number, &order, &twice, out);
        }
        let approved = match self.risk.check(order, &context) {
            Ok(approved) => approved,
            Err(refusal) => return self.refuse(number, &order, &refusal, out),
        };
        mark(Stage::Risk);
        out.decided(self.hosted[number].number, self.now, &Decision::Send(Command::new_order(&order)));
        let sent = out.place(&approved, self.now);
        let refusal = match sent {
            Ok(()) => self.orders.send(approved, &mut self.records).err().map(|error| {
                error!(%error, "an order that is not tracked has left");
                refused(OrderReason::DuplicateId, "the order cannot be tracked")
            }),
            Err(Unsent::NotReady) => Some(refused(OrderReason::NoVenue, "order entry is not ready")),
            Err(Unsent::Busy) => Some(refused(OrderReason::OrderRate, "the venue's limits are used up")),
        };
        self.recount(order.instrument);
        match refusal {
            Some(refusal) => self.refuse(number, &order, &refusal, out),
            None => self.publish_records(out),
        }
    }

    pub(super) fn context(&mut self, instrument: InstrumentId) -> Context {
        self.watch_worth();
        let book = self.markets.get(instrument.0 as usize).copied().unwrap_or_default().view(self.now.0);
        let (equity, peak_equity) = (self.worth_in_usd(), self.peak);
        Context { now: self.now, killed: self.is_killed(), stopped: false, book, equity, peak_equity }
    }

    /// What is on its way, by the order manager's count.
    pub(super) fn recount(&mut self, instrument: InstrumentId) {
        let in_flight = self.orders.in_flight(instrument);
        self.risk.exposures_mut().set_in_flight(instrument, in_flight);
    }

    fn refuse(&mut self, number: usize, order: &Order, refusal: &Refusal, out: &mut dyn Outlet) {
        warn!(strategy = self.hosted[number].name, %refusal, "refused");
        let mut update = refusal.update(order, &self.instruments[order.instrument.0 as usize], self.now);
        out.decided(self.hosted[number].number, self.now, &Decision::Refuse(update));
        out.record(&mut update);
        let strategy = StrategyId(self.hosted[number].number);
        let (order_type, tif) = (order.order_type as u8, order.tif as u8);
        out.say(Outgoing::Order(OrderReport { strategy, update, venue_order_id: 0, order_type, tif }));
        self.show_update(number, &update, order, out);
        self.unheard.push_back((number, update));
    }

    /// An order update joins what its strategy sees.
    pub(super) fn show_update(&mut self, number: usize, update: &Event, order: &Order, out: &mut dyn Outlet) {
        let Order { id, instrument, side, price, qty, .. } = *order;
        let status = OrderStatus::from_code((update.flags >> 12) as u8).unwrap_or_default();
        let what = What::Update { status, reason: OrderReason::None, price, qty, filled: Lots(0) };
        let answer = Answer { id: self.shown(id), instrument, side, time: self.now, what };
        let strategy = self.hosted[number].number;
        out.moment(Moment::Taken { strategy, answer: &answer, flags: update.flags });
        // Only fills move money, and only money can fail.
        let shown = self.take(number, update, &answer, out);
        debug_assert!(shown.is_ok(), "{shown:?}");
    }

    /// Takes an order back, now or as soon as the venue hears.
    pub(super) fn withdraw(&mut self, id: ClientOrderId, out: &mut dyn Outlet) {
        let Some(tracked) = self.orders.get(id) else { return };
        if tracked.status().is_final() || tracked.status() == OrderStatus::PendingCancel {
            return;
        }
        let instrument = tracked.order().instrument;
        // Two while a change is under way: whichever lives then.
        let names = {
            let mut names = tracked.names();
            [names.next(), names.next()]
        };
        let mut left = self.ready;
        for name in names.into_iter().flatten() {
            left = left && out.cancel(name, instrument, self.now).is_ok();
        }
        if !left {
            if !self.wanted.contains(&id) {
                self.wanted.push(id);
            }
            return;
        }
        out.decided(id.strategy(), self.now, &Decision::Send(Command::cancel(id, instrument, self.now)));
        if self.orders.cancel(id, self.now, &mut self.records).is_ok() {
            self.publish_records(out);
        }
    }

    pub(super) fn withdraw_all(&mut self, number: Option<usize>, out: &mut dyn Outlet) {
        let live = self.orders.live().map(|tracked| tracked.order().id);
        let ids: Vec<_> =
            live.filter(|id| number.is_none_or(|number| self.owner(*id) == Some(number))).collect();
        ids.into_iter().for_each(|id| self.withdraw(id, out));
    }

    /// A strategy that cannot go on: it is not called again, its orders are taken back, others go on.
    pub(super) fn fail(&mut self, number: usize, why: &str, out: &mut dyn Outlet) {
        error!(strategy = self.hosted[number].name, why, "strategy stopped");
        self.hosted[number].standing = Standing::Failed(why.to_owned());
        out.decided(self.hosted[number].number, self.now, &Decision::Stop(why.to_owned()));
        self.status(Some(number), "failed", why.to_owned(), out);
        self.withdraw_all(Some(number), out);
    }

    /// Once a second: lost answers, questions to the venue, cancels that have not worked, positions to be closed.
    pub(super) fn look_after_orders(&mut self, out: &mut dyn Outlet) {
        if !self.ready || self.now.0.saturating_sub(self.swept.0) < SECOND {
            return;
        }
        self.swept = self.now;
        self.lose_requests(SILENCE, out);
        let now = self.now;
        self.orders.set_grace(out.grace());
        self.orders.questions(now, SECOND, |inquiry| out.ask(inquiry, now));
        self.wanted.retain(|id| self.orders.get(*id).is_some_and(|tracked| !tracked.status().is_final()));
        let unwanted: Vec<_> =
            self.orders.live().map(|tracked| tracked.order().id).filter(|id| self.is_unwanted(*id)).collect();
        unwanted.into_iter().for_each(|id| self.withdraw(id, out));
        let live: Vec<_> = self.orders.live().map(|tracked| tracked.order().id).collect();
        live.into_iter().for_each(|id| self.follow_up(id, out));
        (0..self.hosted.len()).for_each(|number| self.flatten(number, out));
    }

    /// Requests without an answer for so long are lost. A cancel among them is still wanted.
    pub(super) fn lose_requests(&mut self, within: i64, out: &mut dyn Outlet) {
        let is_canceling = |tracked: &&TrackedOrder| tracked.status() == OrderStatus::PendingCancel;
        let canceling: Vec<_> =
            self.orders.live().filter(is_canceling).map(|tracked| tracked.order().id).collect();
        self.orders.on_silence(self.now, within, &mut self.records);
        for id in canceling {
            let lost = self.orders.get(id).is_some_and(|tracked| !is_canceling(&tracked));
            if lost && !self.wanted.contains(&id) {
                self.wanted.push(id);
            }
        }
        self.publish_records(out);
    }

    fn is_unwanted(&self, id: ClientOrderId) -> bool {
        let hosted = self.owner(id).map(|number| &self.hosted[number]);
        let closing = is_of_host(id) && hosted.is_some_and(|hosted| hosted.flattening);
        let stopped = hosted.is_none_or(|hosted| !hosted.may_trade()) && !closing;
        self.is_killed() || stopped || self.wanted.contains(&id)
    }

    /// Closes a strategy's positions once nothing of it is on its way.
    pub(super) fn flatten(&mut self, number: usize, out: &mut dyn Outlet) {
        let hosted = &self.hosted[number];
        let busy = self.orders.live().any(|tracked| self.owner(tracked.order().id) == Some(number));
        if !hosted.flattening || busy {
            return;
        }
        let open: Vec<(u32, i64)> = hosted
            .desk
            .markets
            .iter()
            .map(|market| (market.row, market.lots))
            .filter(|(_, lots)| *lots != 0)
            .collect();
        self.hosted[number].flattening = !open.is_empty();
        for (row, lots) in open {
            let id = ClientOrderId::new(
                self.hosted[number].number,
                self.terms.run,
                HOST_ORDERS | self.host_orders,
            );
            self.host_orders += 1;
            let order = Order {
                id,
                instrument: InstrumentId(row),
                side: if lots > 0 { Side::Sell } else { Side::Buy },
                order_type: OrderType::Market,
                tif: Tif::Gtc,
                post_only: false,
                price: Ticks(0),
                qty: Lots(lots.abs()),
                trigger: Ticks(0),
                display: Lots(0),
                time: self.now,
            };
            self.send(number, order, out);
        }
    }
}

/// The order is the engine's own and not its strategy's.
pub(super) fn is_of_host(id: ClientOrderId) -> bool {
    id.0 & u64::from(HOST_ORDERS) != 0
}

fn order_of(command: &Command) -> Option<Order> {
    Some(Order {
        id: ClientOrderId(command.client_order_id),
        instrument: InstrumentId(command.instrument),
        side: if command.side == Side::Buy as u8 { Side::Buy } else { Side::Sell },
        order_type: OrderType::from_code(command.order_type)?,
        tif: Tif::from_code(command.tif)?,
        post_only: command.flags & Command::POST_ONLY != 0,
        price: Ticks(command.price),
        qty: Lots(command.qty),
        trigger: Ticks(command.trigger),
        display: Lots(if command.display < command.qty { command.display } else { 0 }),
        time: Nanos(command.time),
    })
}
