//! What the venue says of orders, to positions and handlers.

use tracing::warn;

use super::super::hosting::{Call, HostError};
use super::{Core, Moment, Outlet};
use crate::execution::Told;
use crate::matching::{Answer, What};
use crate::messaging::{FillReport, OrderReport, Outgoing, StrategyId};
use crate::model::{
    ClientOrderId, Event, InstrumentId, Kind, Lots, Nanos, Order, OrderName, OrderStatus, ReportKind,
};
use crate::strategy::abi::Handler;

impl Core {
    /// The session at the venue is ready for orders, or gone.
    pub fn on_stream(&mut self, ready: bool, now: Nanos, out: &mut dyn Outlet) {
        self.pass(now, now.0, out);
        self.ready = ready;
        self.orders.doubt_all();
        if !ready {
            self.lose_requests(0, out);
        }
        let state = if ready { "order entry is ready" } else { "order entry is down: no new orders" };
        self.status(None, if self.is_killed() { "killed" } else { "running" }, state.to_owned(), out);
        self.deliver_refusals(out);
    }

    /// The engine died and goes on: nobody knows what has reached the venue, which is asked as soon as it listens.
    pub fn on_restart(&mut self, now: Nanos, out: &mut dyn Outlet) {
        (self.ending, self.reconciling) = (false, true);
        self.swept = Nanos(i64::MIN);
        out.moment(Moment::Orders(!self.is_killed()));
        self.on_stream(false, now, out);
    }

    /// Reports may have been missed.
    pub fn on_doubt(&mut self) {
        self.orders.doubt_all();
    }

    /// The venue says something of an order.
    pub fn on_told(&mut self, told: &Told, out: &mut dyn Outlet) {
        let now = told.report.receive_time;
        self.pass(now, now.0 - 1, out);
        if let Err(stray) = self.orders.on_told(told, &mut self.records) {
            warn!(%stray, "passed over");
            return;
        }
        let instrument = self.orders.get(told.report.id).map(|tracked| tracked.order().instrument);
        instrument.into_iter().for_each(|instrument| self.recount(instrument));
        let mut records = std::mem::take(&mut self.records);
        for record in records.drain(..) {
            self.on_own_record(record, told, out);
        }
        self.records = records;
        self.follow_up(told.report.id, out);
        self.flatten_after(told.report.id, out);
        self.deliver_refusals(out);
    }

    /// The venue has no such order.
    pub fn on_not_found(&mut self, name: OrderName, now: Nanos, out: &mut dyn Outlet) {
        self.pass(now, now.0 - 1, out);
        let id = name.id;
        self.orders.on_not_found(name, out.grace(), self.now, &mut self.records);
        let instrument = self.orders.get(id).map(|tracked| tracked.order().instrument);
        instrument.into_iter().for_each(|instrument| self.recount(instrument));
        let told = Told::lost(name, self.now);
        let mut records = std::mem::take(&mut self.records);
        for record in records.drain(..) {
            self.on_own_record(record, &told, out);
        }
        self.records = records;
        self.follow_up(id, out);
        self.deliver_refusals(out);
    }

    /// An order of ours lives at the venue. One that we do not know is of an earlier start, whose strategy is gone: it
    /// is taken back.
    pub fn on_open_order(&mut self, order: &Order, told: &Told, out: &mut dyn Outlet) {
        if self.orders.get(order.id).is_some() {
            return self.on_told(told, out);
        }
        warn!(
            id = format!("{:016x}", order.id.0),
            "an order of an earlier start lives at the venue: canceled"
        );
        if out.cancel(told.name(), order.instrument, self.now).is_err() {
            warn!("it could not be canceled now");
        }
    }

    fn on_own_record(&mut self, mut record: Event, told: &Told, out: &mut dyn Outlet) {
        let Some((number, order)) = self.whose(&record) else { return self.publish(&mut record, 0, out) };
        let fill = match told.report.what {
            ReportKind::Filled { price, qty, cumulative, fee, maker, trade_id }
                if record.kind == Kind::Fill as u8 =>
            {
                Some((What::Fill { price, qty, cumulative, fee, maker }, trade_id))
            }
            _ => None,
        };
        let (handler, trade_id) = match fill {
            Some((what, trade_id)) => {
                self.book(number, &record, &order, what, out);
                (Handler::Fill, trade_id)
            }
            None => {
                self.show_update(number, &record, &order, out);
                (Handler::Order, 0)
            }
        };
        self.publish(&mut record, trade_id, out);
        if handler == Handler::Fill {
            self.say_position(number, order.instrument, out);
        }
        self.tell(number, handler, &record, out);
    }

    /// A fill changes position and account.
    fn book(&mut self, number: usize, record: &Event, order: &Order, what: What, out: &mut dyn Outlet) {
        let Order { id, instrument, side, .. } = *order;
        let answer = Answer { id: self.shown(id), instrument, side, time: Nanos(record.event_time), what };
        let strategy = self.hosted[number].number;
        out.moment(Moment::Taken { strategy, answer: &answer, flags: 0 });
        if let Err(error) = self.take(number, record, &answer, out) {
            self.fail(number, &error.to_string(), out);
        }
        let held = self.held(instrument);
        self.risk.exposures_mut().set_position(instrument, held);
        self.watch_worth();
    }

    /// An answer joins what its strategy sees, and what follows from it leaves.
    pub(super) fn take(
        &mut self,
        number: usize,
        record: &Event,
        answer: &Answer,
        out: &mut dyn Outlet,
    ) -> Result<(), HostError> {
        let hosted = &mut self.hosted[number];
        let call = Call { now: self.now, event: record, strategy: hosted.number, run: self.terms.run };
        let mut wishes = std::mem::take(&mut self.wishes);
        let taken = hosted.desk.on_answer(call, answer, &mut wishes);
        let mut commands = std::mem::take(&mut wishes.commands);
        self.wishes = wishes;
        if self.hosted[number].has_failed() {
            commands.clear(); // all that it has is taken back already
        }
        for command in commands.drain(..) {
            self.carry(number, &command, out);
        }
        self.wishes.commands = commands;
        taken.map(|_| ())
    }

    /// What all strategies hold together.
    pub(super) fn held(&self, instrument: InstrumentId) -> Lots {
        let markets = self.hosted.iter().flat_map(|hosted| &hosted.desk.markets);
        Lots(markets.filter(|market| market.row == instrument.0).map(|market| market.lots).sum())
    }

    /// The strategy of an own record, and the order.
    fn whose(&self, record: &Event) -> Option<(usize, Order)> {
        let id = match Kind::from_code(record.kind)? {
            Kind::Fill => record.as_fill()?.client_order_id,
            _ => record.as_order_update()?.client_order_id,
        };
        let order = *self.orders.get(ClientOrderId(id))?.order();
        Some((self.owner(order.id)?, order))
    }

    /// Order updates of our own doing (*pending new*, *pending cancel*, *unknown*): strategies know the first two, and
    /// see the last.
    pub(super) fn publish_records(&mut self, out: &mut dyn Outlet) {
        let mut records = std::mem::take(&mut self.records);
        for mut record in records.drain(..) {
            let unknown = (record.flags >> 12) as u8 == OrderStatus::Unknown as u8;
            if let Some((number, order)) = self.whose(&record).filter(|_| unknown) {
                self.show_update(number, &record, &order, out);
                self.unheard.push_back((number, record));
            }
            self.publish(&mut record, 0, out);
        }
        self.records = records;
    }

    fn publish(&mut self, record: &mut Event, trade_id: u64, out: &mut dyn Outlet) {
        out.record(record);
        let id = record
            .as_fill()
            .map(|fill| fill.client_order_id)
            .or(record.as_order_update().map(|update| update.client_order_id));
        let Some(tracked) = id.and_then(|id| self.orders.get(ClientOrderId(id))) else { return };
        let (order, venue_order_id) = (tracked.order(), tracked.venue_order_id());
        let owner = self.owner(order.id).and_then(|number| u16::try_from(number).ok());
        let strategy = StrategyId(owner.unwrap_or(order.id.strategy()));
        out.say(if record.kind == Kind::Fill as u8 {
            Outgoing::Fill(FillReport { strategy, fill: *record, venue_order_id, trade_id })
        } else {
            let (order_type, tif) = (order.order_type as u8, order.tif as u8);
            Outgoing::Order(OrderReport { strategy, update: *record, venue_order_id, order_type, tif })
        });
    }

    fn flatten_after(&mut self, id: ClientOrderId, out: &mut dyn Outlet) {
        // A closing order that was refused is tried again with the next look at orders, not at once.
        if let Some(number) = self.owner(id).filter(|_| !super::sending::is_of_host(id)) {
            self.flatten(number, out);
        }
    }
}
