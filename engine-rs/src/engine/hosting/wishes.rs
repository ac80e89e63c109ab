//! Requests: what of them a host can carry out, and what becomes of them.

use super::desk::Desk;
use super::orders::{Live, Waiting};
use super::spot;
use crate::model::{
    ClientOrderId, Command, Event, Grid, GridError, Instrument, InstrumentId, Lots, Nanos, OrderStatus,
    Rounding, Side, Signal, Ticks,
};
use crate::strategy::abi::{Action, OCO, OrderView, POST_ONLY, REDUCE_ONLY, Request};

const QUANTITY: u8 = 0;
const FRACTION: u8 = 2;
const TARGET: u8 = 3;
const GTD: u8 = 3;

/// What a call of a handler leads to.
#[derive(Debug, Default)]
pub(in crate::engine) struct Wishes {
    pub(in crate::engine) commands: Vec<Command>,
    pub(in crate::engine) signals: Vec<Event>,
    /// Time, tag and slot.
    pub(in crate::engine) timers: Vec<(i64, i64, u32)>,
    pub(in crate::engine) counts: Counts,
}

/// What was changed or not sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Prices that were put on the grid.
    pub rounded_prices: u64,
    /// Quantities that were put on the grid.
    pub rounded_quantities: u64,
    /// Orders of which reduce-only, or a position that is reached, left nothing.
    pub not_sent: u64,
    /// Requests made after the last record.
    pub after_the_end: u64,
}

/// Who asks, when, and about what.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Call<'a> {
    pub(in crate::engine) now: Nanos,
    pub(in crate::engine) event: &'a Event,
    pub(in crate::engine) strategy: u16,
    pub(in crate::engine) run: u16,
}

impl Desk {
    /// Why a request cannot be carried out.
    pub(in crate::engine) fn refusal(&self, request: &Request) -> Option<String> {
        if let Some(what) = self.spot.then(|| spot::refusal(request)).flatten() {
            return Some(format!("{what} are not taken by Binance spot"));
        }
        match Action::from_code(request.action)? {
            Action::Market | Action::Limit | Action::Stop | Action::StopLimit | Action::TrailingStop => {
                self.order_refusal(request)
            }
            Action::Modify => self.too_large(request, request.slot),
            Action::Cancel | Action::CancelAll | Action::Signal | Action::Timer => None,
        }
    }

    fn order_refusal(&self, request: &Request) -> Option<String> {
        if request.expiry != 0 && request.tif != GTD {
            Some("an expiry of an order that is not GTD".to_owned())
        } else if request.side != Side::Buy as u8 && request.side != Side::Sell as u8 {
            Some("an order without a side".to_owned())
        } else if request.flags & !(POST_ONLY | REDUCE_ONLY | OCO) != 0 {
            Some("an order with a flag that is not known".to_owned())
        } else if (request.group != 0) != (request.flags & OCO != 0) {
            Some("an order with a group or the flag OCO and not both".to_owned())
        } else if request.parent != 0 && request.sizing == TARGET {
            Some("a target that waits for a parent".to_owned())
        } else if !(1..=i64::from(u32::MAX)).contains(&request.order_id) {
            Some(format!("order id {} does not fit into 32 bits", request.order_id))
        } else {
            self.too_large(request, request.slot)
        }
    }

    /// Which of a request's numbers cannot be put on its grid.
    fn too_large(&self, request: &Request, slot: u32) -> Option<String> {
        let Instrument { tick, lot, .. } = self.markets[slot as usize].instrument;
        let cannot = |grid: Grid, x: f64| put(grid, x, Rounding::Down).is_err();
        let (what, x) = if [QUANTITY, TARGET].contains(&request.sizing) && cannot(lot, request.qty) {
            ("quantity", request.qty)
        } else if cannot(tick, request.price) {
            ("price", request.price)
        } else if cannot(tick, request.trigger) {
            ("trigger", request.trigger)
        } else if cannot(tick, request.trail) {
            ("trail", request.trail)
        } else if cannot(lot, request.display) {
            ("display", request.display)
        } else {
            return None;
        };
        Some(format!("{what} {x} is too large to be exact"))
    }

    /// Carries out a request that was not refused.
    pub(in crate::engine) fn carry_out(&mut self, call: Call<'_>, request: &Request, wishes: &mut Wishes) {
        match Action::from_code(request.action) {
            Some(
                Action::Market | Action::Limit | Action::Stop | Action::StopLimit | Action::TrailingStop,
            ) => self.order(call, request, wishes),
            Some(Action::Modify) => {
                let place = self.orders.find(request.order_id);
                if let Some(place) = place.filter(|place| !self.orders.get(*place).canceling) {
                    self.modify(call, place, request, wishes);
                }
            }
            Some(Action::Cancel) => {
                if let Some(place) = self.orders.find(request.order_id) {
                    self.withdraw(call, place, wishes);
                }
            }
            Some(Action::CancelAll) => self.cancel_all(call, request.slot as usize, wishes),
            Some(Action::Signal) => {
                let row = InstrumentId(self.rows[request.slot as usize]);
                let mut signal = Signal::new(row, Nanos(call.event.event_time));
                (signal.receive_time, signal.source_stamp) = (call.now.0, call.event.stamp);
                (signal.value, signal.confidence) = (request.value, request.confidence);
                wishes.signals.push(signal.into());
            }
            Some(Action::Timer) => {
                wishes.timers.push((request.expiry.max(call.now.0), request.tag, request.slot));
            }
            _ => {}
        }
    }

    /// A new order: live from its request on, and sent if it waits for no other.
    fn order(&mut self, call: Call<'_>, request: &Request, wishes: &mut Wishes) {
        let slot = request.slot as usize;
        let parent = self.orders.find(request.parent);
        if request.parent != 0 && parent.is_none() {
            wishes.counts.not_sent += 1;
            return;
        }
        let (mut side, mut lots) = (request.side, None);
        if request.sizing == TARGET {
            let missing = self.missing(request, wishes);
            if missing == 0 {
                wishes.counts.not_sent += 1;
                return;
            }
            side = if missing < 0 { Side::Sell } else { Side::Buy } as u8;
            lots = Some(missing.abs());
        }
        let Ok(command) = self.command(call, request, side, &mut wishes.counts) else { return };
        let instrument = &self.markets[slot].instrument;
        let (price, trigger) =
            (instrument.price(Ticks(command.price)), instrument.price(Ticks(command.trigger)));
        let follows = parent.filter(|_| request.sizing == QUANTITY && request.qty.to_bits() << 1 == 0);
        if request.sizing == QUANTITY && follows.is_none() {
            let Ok((given, cut)) = put(instrument.lot, request.qty, Rounding::Down) else { return };
            wishes.counts.rounded_quantities += u64::from(cut);
            lots = Some(given);
        } else if request.sizing != TARGET && follows.is_none() {
            lots = Some(self.size_of(request, if has_limit(request.action) { price } else { trigger }));
        }
        let qty = match follows {
            Some(parent) => self.orders.get(parent).view.qty,
            None => self.markets[slot].instrument.qty(Lots(lots.unwrap_or_default())),
        };
        let view = OrderView {
            order_id: request.order_id,
            slot: request.slot,
            action: request.action,
            side,
            tif: request.tif,
            status: OrderStatus::PendingNew as u8,
            qty,
            filled_qty: 0.0,
            price,
            trigger,
            tag: request.tag,
            time: call.now.0,
        };
        let waiting = parent.map(|_| Waiting { parent: request.parent, lots, command });
        let (group, reduce_only) = (request.group, request.flags & REDUCE_ONLY != 0);
        let order =
            Live { view, lots: 0, filled: 0, canceling: false, group, reduce_only, trigger: 0, waiting };
        let place = self.orders.add(order);
        if parent.is_none() {
            return self.send(call, place, (command, lots.unwrap_or_default()), wishes);
        }
        self.show_orders(slot);
    }

    /// What an order is sent as; its quantity is set when it goes. Limits go to the passive side, triggers to what trades
    /// can reach.
    fn command(
        &self,
        call: Call<'_>,
        request: &Request,
        side: u8,
        counts: &mut Counts,
    ) -> Result<Command, GridError> {
        let slot = request.slot as usize;
        let Instrument { tick, lot, .. } = self.markets[slot].instrument;
        let mut command = Command {
            client_order_id: ClientOrderId::new(call.strategy, call.run, request.order_id as u32).0,
            instrument: self.rows[slot],
            action: Command::NEW,
            side,
            order_type: request.action,
            tif: request.tif + 1,
            flags: u16::from(request.flags & POST_ONLY != 0),
            expiry: request.expiry,
            ..bytemuck::Zeroable::zeroed()
        };
        if has_limit(request.action) {
            command.price = moved(put(tick, request.price, passive(side))?, counts);
            command.display = some_of(lot, request.display, counts)?;
        }
        if has_trigger(request.action) {
            command.trigger = moved(put(tick, request.trigger, active(side))?, counts);
        }
        if request.action == Action::TrailingStop as u8 {
            command.trail = moved(put(tick, request.trail, Rounding::Up)?, counts);
        }
        Ok(command)
    }

    /// New numbers of an order: at once if it waits in the host, else the venue is asked.
    fn modify(&mut self, call: Call<'_>, place: usize, request: &Request, wishes: &mut Wishes) {
        let view = self.orders.get(place).view;
        if self.too_large(request, view.slot).is_some() {
            wishes.counts.not_sent += 1; // by the grid of the order's own instrument
            return;
        }
        let market = &self.markets[view.slot as usize];
        let Instrument { tick, lot, .. } = market.instrument;
        let counts = &mut wishes.counts;
        let Ok(mut lots) = some_of(lot, request.qty, counts) else { return };
        let (mut ticks, mut trigger) = (0, 0);
        if has_limit(view.action) {
            let Ok(price) = put(tick, request.price, passive(view.side)) else { return };
            ticks = moved(price, counts);
        }
        if has_trigger(view.action) {
            let Ok(price) = put(tick, request.trigger, active(view.side)) else { return };
            trigger = moved(price, counts);
        }
        let held = if view.side == Side::Sell as u8 { market.lots } else { -market.lots };
        let instrument = &market.instrument;
        let order = self.orders.get_mut(place);
        if let Some(waiting) = &mut order.waiting {
            if lots != 0 {
                (waiting.lots, order.view.qty) = (Some(lots), instrument.qty(Lots(lots)));
            }
            if ticks != 0 {
                (waiting.command.price, order.view.price) = (ticks, instrument.price(Ticks(ticks)));
            }
            if trigger != 0 {
                (waiting.command.trigger, order.view.trigger) = (trigger, instrument.price(Ticks(trigger)));
            }
            return self.show_orders(view.slot as usize);
        }
        if order.reduce_only && lots > order.lots {
            lots = self.orders.most(place, lots, held);
            if lots == 0 {
                wishes.counts.not_sent += 1;
                return;
            }
        }
        let mark = self.mark_of_change(place, lots, ticks, trigger);
        self.orders.get_mut(place).trigger = trigger;
        wishes.commands.push(Command {
            time: call.now.0,
            client_order_id: ClientOrderId::new(call.strategy, call.run, view.order_id as u32).0,
            instrument: self.rows[view.slot as usize],
            action: Command::MODIFY,
            flags: mark,
            qty: lots,
            price: ticks,
            trigger,
            ..bytemuck::Zeroable::zeroed()
        });
    }

    /// Lots that are missing from a position to reach, below zero if they are to be sold.
    fn missing(&self, request: &Request, wishes: &mut Wishes) -> i64 {
        let (slot, buy) = (request.slot as usize, Side::Buy as u8);
        let market = &self.markets[slot];
        let Ok((lots, cut)) = put(market.instrument.lot, request.qty, Rounding::Down) else { return 0 };
        wishes.counts.rounded_quantities += u64::from(cut);
        let wanted = if request.side == buy { lots } else { -lots };
        let on_its_way = |side: u8| self.orders.on_its_way(slot, side, 0, false);
        wanted - market.lots - on_its_way(buy) + on_its_way(Side::Sell as u8)
    }

    /// Lots that a value or a fraction of equity buys at the order's price; 0 if there is none, or they are too many.
    fn size_of(&self, request: &Request, price: f64) -> i64 {
        let slot = request.slot as usize;
        let Some(shown) = self.strategy.slot(slot) else { return 0 };
        let value = if request.sizing == FRACTION { request.qty * self.equity_in(slot) } else { request.qty };
        let touch = if request.side == Side::Buy as u8 { shown.ask } else { shown.bid };
        let price = match request.action {
            action if has_limit(action) || has_trigger(action) => price,
            _ if touch > 0.0 => touch,
            _ => shown.last_price,
        };
        if price.is_nan() || price <= 0.0 {
            return 0;
        }
        let market = &self.markets[slot];
        let inverse = market.contract.is_inverse();
        let qty = if inverse { value * price / shown.multiplier } else { value / (price * shown.multiplier) };
        let lots = put(market.instrument.lot, qty, Rounding::Down);
        lots.map_or(0, |(lots, _)| lots.max(0))
    }
}

pub(super) fn cancel(call: Call<'_>, row: u32, order: &Live) -> Command {
    Command {
        time: call.now.0,
        client_order_id: ClientOrderId::new(call.strategy, call.run, order.view.order_id as u32).0,
        instrument: row,
        action: Command::CANCEL,
        ..bytemuck::Zeroable::zeroed()
    }
}

/// Steps of a number, and whether it was off the grid.
fn put(grid: Grid, x: f64, rounding: Rounding) -> Result<(i64, bool), GridError> {
    match grid.to_steps(x, Rounding::Refuse) {
        Err(GridError::OffGrid) => Ok((grid.to_steps(x, rounding)?, true)),
        exact => Ok((exact?, false)),
    }
}

fn moved((steps, moved): (i64, bool), counts: &mut Counts) -> i64 {
    counts.rounded_prices += u64::from(moved);
    steps
}

/// Lots of a quantity that must not vanish: at least one, unless it is 0.
fn some_of(lot: Grid, qty: f64, counts: &mut Counts) -> Result<i64, GridError> {
    let (lots, cut) = put(lot, qty, Rounding::Down)?;
    counts.rounded_quantities += u64::from(cut);
    Ok(if lots == 0 && qty > 0.0 { 1 } else { lots })
}

fn passive(side: u8) -> Rounding {
    if side == Side::Buy as u8 { Rounding::Down } else { Rounding::Up }
}

fn active(side: u8) -> Rounding {
    if side == Side::Buy as u8 { Rounding::Up } else { Rounding::Down }
}

pub(super) fn has_limit(action: u8) -> bool {
    action == Action::Limit as u8 || action == Action::StopLimit as u8
}

/// It has a trigger that stands still.
pub(super) fn has_trigger(action: u8) -> bool {
    action == Action::Stop as u8 || action == Action::StopLimit as u8
}
