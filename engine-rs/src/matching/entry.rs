//! Order entry: new orders, cancels and changes, and orders whose time is up.

use super::answer::{Answer, has_double};
use super::deadlines::end_of_day;
use super::error::MatchError;
use super::market::{Market, row};
use super::matcher::{Matcher, fills};
use super::orders::{Index, OwnOrder};
use crate::model::{
    ClientOrderId, Command, Grid, Instrument, InstrumentId, Lots, Nanos, OrderReason, OrderStatus, OrderType,
    Side, Ticks, Tif,
};

impl Matcher {
    pub(super) fn new_order(
        &mut self,
        command: &Command,
        time: Nanos,
        out: &mut Vec<Answer>,
    ) -> Result<(), MatchError> {
        let mut order = order_of(command)?;
        let market = &mut self.markets[command.instrument as usize];
        let known = self.orders.find(order.id).is_some();
        let reason = refusal(&order, command, time, known, market);
        if reason != OrderReason::None {
            order.status = OrderStatus::Rejected;
        }
        out.push(order.update(reason, time));
        if known {
            return Ok(()); // the order that had this id first is as it was
        }
        let index = self.orders.add(order);
        if reason != OrderReason::None {
            return Ok(());
        }
        if order.order_type.is_stop() {
            market.wait(index, self.settings.book, &mut self.orders);
        } else {
            market.enter(index, &mut fills(&self.settings, &mut self.orders, time, out))?;
        }
        if !self.orders.get_mut(index).status.is_final() {
            match order.tif {
                Tif::Gtd => self.deadlines.add(command.expiry, index),
                Tif::Day => self.deadlines.add(end_of_day(time.0), index),
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn cancel(&mut self, command: &Command, time: Nanos, out: &mut Vec<Answer>) {
        if let Some(index) = self.live_one(command, time, out) {
            let market = &mut self.markets[command.instrument as usize];
            let fills = &mut fills(&self.settings, &mut self.orders, time, out);
            market.cancel(index, command.refusal(), fills);
        }
    }

    pub(super) fn modify(
        &mut self,
        command: &Command,
        time: Nanos,
        out: &mut Vec<Answer>,
    ) -> Result<(), MatchError> {
        let Some(index) = self.live_one(command, time, out) else { return Ok(()) };
        let market = &mut self.markets[command.instrument as usize];
        let fills = &mut fills(&self.settings, &mut self.orders, time, out);
        let order = *fills.orders.get_mut(index);
        let Instrument { tick, lot, .. } = market.instrument;
        let may_be = |steps: i64, grid: Grid| steps >= 0 && has_double(steps, grid.mantissa());
        let limit = order.order_type.has_limit();
        let fixed = matches!(order.order_type, OrderType::Stop | OrderType::StopLimit);
        let refused = if command.refusal() != OrderReason::None {
            command.refusal()
        } else if !may_be(command.qty, lot) {
            OrderReason::BadQuantity
        } else if limit && !may_be(command.price, tick) {
            OrderReason::BadPrice
        } else if fixed && !may_be(command.trigger, tick) {
            OrderReason::BadTrigger
        } else {
            OrderReason::None
        };
        if refused != OrderReason::None {
            fills.say(index, refused);
            return Ok(());
        }
        let qty = if command.qty == 0 { order.qty } else { Lots(command.qty) };
        let price = if limit && command.price != 0 { Ticks(command.price) } else { order.price };
        if qty <= order.filled {
            market.cancel(index, OrderReason::None, fills);
            return Ok(());
        }
        let moves = market.rests(&order) && (price != order.price || qty > order.qty);
        if moves {
            let refused = if !market.book.valid() {
                OrderReason::NoBook
            } else if market.would_cross(&order, price) {
                OrderReason::WouldCross
            } else {
                OrderReason::None
            };
            if refused != OrderReason::None {
                fills.say(index, refused);
                return Ok(());
            }
            market.take_off(index, fills.orders);
        }
        let order = fills.orders.get_mut(index);
        (order.qty, order.price) = (qty, price);
        if fixed && command.trigger != 0 {
            order.trigger = Some(Ticks(command.trigger));
        }
        order.shown = order.shown.min(order.left());
        fills.say(index, OrderReason::Modified);
        if moves { market.enter(index, fills) } else { Ok(()) }
    }

    /// When the time of an order is up next; perhaps of one that has ended before.
    #[must_use]
    #[inline]
    pub fn next_expiry(&self) -> Option<Nanos> {
        self.deadlines.next().map(Nanos)
    }

    /// That time has come. Answers are appended to `out`.
    pub fn expire(&mut self, out: &mut Vec<Answer>) {
        let Some((time, index)) = self.deadlines.take() else { return };
        let order = *self.orders.get_mut(index);
        if order.status.is_final() {
            return;
        }
        self.markets[row(order.instrument)].take_off(index, &mut self.orders);
        let fills = &mut fills(&self.settings, &mut self.orders, Nanos(time), out);
        fills.end(index, OrderStatus::Expired, OrderReason::TimeUp);
    }

    /// The live order that a command is about; one that was never there, or has ended, is answered.
    fn live_one(&mut self, command: &Command, time: Nanos, out: &mut Vec<Answer>) -> Option<Index> {
        let id = ClientOrderId(command.client_order_id);
        let instrument = InstrumentId(command.instrument);
        let found = self.orders.find(id).map(|index| (index, *self.orders.get_mut(index)));
        let answer = match found.filter(|(_, order)| order.instrument == instrument) {
            Some((index, order)) if !order.status.is_final() => return Some(index),
            Some((_, order)) => order.update(OrderReason::TooLate, time),
            None => OwnOrder::never(id, instrument).update(OrderReason::UnknownOrder, time),
        };
        out.push(answer);
        None
    }
}

/// The first of the checks of a new order that fails.
fn refusal(order: &OwnOrder, command: &Command, time: Nanos, known: bool, market: &Market) -> OrderReason {
    let Instrument { tick, lot, .. } = market.instrument;
    let is_one = |steps: i64, grid: Grid| steps > 0 && has_double(steps, grid.mantissa());
    let no_display = command.display < 0 || !has_double(command.display, lot.mantissa());
    let limit = order.order_type.has_limit();
    let trigger = match order.order_type {
        OrderType::TrailingStop => command.trail,
        _ => command.trigger,
    };
    if command.refusal() != OrderReason::None {
        command.refusal()
    } else if !is_one(order.qty.0, lot) || (limit && no_display) {
        OrderReason::BadQuantity
    } else if limit && !is_one(order.price.0, tick) {
        OrderReason::BadPrice
    } else if order.order_type.is_stop() && !is_one(trigger, tick) {
        OrderReason::BadTrigger
    } else if order.tif == Tif::Gtd && command.expiry <= time.0 {
        OrderReason::BadExpiry
    } else if known {
        OrderReason::DuplicateId
    } else if !market.book.valid() {
        OrderReason::NoBook
    } else if !order.order_type.is_stop() && market.would_cross(order, order.price) {
        OrderReason::WouldCross
    } else {
        OrderReason::None
    }
}

fn order_of(command: &Command) -> Result<OwnOrder, MatchError> {
    let side = match command.side {
        1 => Side::Buy,
        2 => Side::Sell,
        side => return Err(bad(command, "side", side.into())),
    };
    let code = command.order_type;
    let order_type = OrderType::from_code(code).ok_or_else(|| bad(command, "type", code.into()))?;
    let tif = Tif::from_code(command.tif).ok_or_else(|| bad(command, "tif", command.tif.into()))?;
    let known = Command::POST_ONLY | Command::NO_MARGIN | Command::LIQUIDATED | Command::SPLIT;
    if command.flags & !known != 0 {
        return Err(bad(command, "flags", command.flags));
    }
    let limit = order_type.has_limit();
    let fixed = matches!(order_type, OrderType::Stop | OrderType::StopLimit);
    let id = ClientOrderId(command.client_order_id);
    Ok(OwnOrder {
        side,
        price: Ticks(if limit { command.price } else { 0 }),
        qty: Lots(command.qty),
        status: OrderStatus::New,
        order_type,
        tif,
        post_only: command.flags & Command::POST_ONLY != 0,
        display: if limit && command.display < command.qty { command.display } else { 0 },
        trigger: fixed.then_some(Ticks(command.trigger)),
        trail: command.trail,
        ..OwnOrder::never(id, InstrumentId(command.instrument))
    })
}

pub(super) fn bad(command: &Command, field: &'static str, value: u16) -> MatchError {
    MatchError::BadCommand { id: command.client_order_id, field, value }
}
