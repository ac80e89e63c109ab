//! Requests: what of them a host can carry out, and what becomes of them.

use super::desk::Desk;
use super::orders::Live;
use crate::model::{
    ClientOrderId, Command, Event, Grid, GridError, InstrumentId, Lots, Nanos, OrderStatus, Rounding, Side,
    Signal, Ticks,
};
use crate::strategy::abi::{Action, OrderView, POST_ONLY, REDUCE_ONLY, Request};

const QUANTITY: u8 = 0;
const TARGET: u8 = 3;
const LAST_TIF: u8 = 2; // FOK
const CANCEL: u8 = 2; // of a command

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
        let action = Action::from_code(request.action)?;
        let name = match action {
            Action::Market | Action::Limit => return self.order_refusal(request),
            Action::Stop => "stop orders",
            Action::StopLimit => "stop-limit orders",
            Action::TrailingStop => "trailing stops",
            Action::Modify => "changed orders (modify)",
            Action::Cancel | Action::CancelAll | Action::Signal | Action::Timer => return None,
        };
        Some(unsupported(name))
    }

    fn order_refusal(&self, request: &Request) -> Option<String> {
        let instrument = &self.markets[request.slot as usize].instrument;
        let what =
            if request.parent != 0 || request.group != 0 || request.flags & !(POST_ONLY | REDUCE_ONLY) != 0 {
                "brackets and groups of orders"
            } else if request.display != 0.0 {
                "iceberg orders (display)"
            } else if request.tif > LAST_TIF || request.expiry != 0 {
                "orders with an expiry (GTD, day)"
            } else if request.sizing != QUANTITY && request.sizing != TARGET {
                "sizes by value or fraction of equity"
            } else if request.side != Side::Buy as u8 && request.side != Side::Sell as u8 {
                return Some("an order without a side".to_owned());
            } else if !(1..=i64::from(u32::MAX)).contains(&request.order_id) {
                return Some(format!("order id {} does not fit into 32 bits", request.order_id));
            } else if put(instrument.lot, request.qty, Rounding::Down).is_err() {
                return Some(format!("quantity {} is too large to be exact", request.qty));
            } else if put(instrument.tick, request.price, Rounding::Down).is_err() {
                return Some(format!("price {} is too large to be exact", request.price));
            } else {
                return None;
            };
        Some(unsupported(what))
    }

    /// Carries out a request that was not refused.
    pub(in crate::engine) fn carry_out(&mut self, call: Call<'_>, request: &Request, wishes: &mut Wishes) {
        match Action::from_code(request.action) {
            Some(Action::Market | Action::Limit) => self.order(call, request, wishes),
            Some(Action::Cancel) => {
                let Some(order) = self.orders.find_mut(request.order_id).filter(|order| !order.canceling)
                else {
                    return;
                };
                order.cancel();
                let slot = order.view.slot as usize;
                wishes.commands.push(cancel(call, self.rows[slot], order));
                self.show_orders(slot);
            }
            Some(Action::CancelAll) => {
                let row = self.rows[request.slot as usize];
                self.orders.cancel_all(request.slot, |order| wishes.commands.push(cancel(call, row, order)));
                self.show_orders(request.slot as usize);
            }
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

    fn order(&mut self, call: Call<'_>, request: &Request, wishes: &mut Wishes) {
        let slot = request.slot as usize;
        let (tick, lot) = (self.markets[slot].instrument.tick, self.markets[slot].instrument.lot);
        let Ok((mut lots, cut)) = put(lot, request.qty, Rounding::Down) else { return };
        wishes.counts.rounded_quantities += u64::from(cut);
        let mut side = request.side;
        if request.sizing == TARGET {
            let on_the_way =
                self.orders.working(slot, Side::Buy as u8) - self.orders.working(slot, Side::Sell as u8);
            let wanted = if side == Side::Buy as u8 { lots } else { -lots };
            let missing = wanted - self.markets[slot].lots - on_the_way;
            side = if missing < 0 { Side::Sell } else { Side::Buy } as u8;
            lots = missing.abs();
        }
        if request.flags & REDUCE_ONLY != 0 {
            let held =
                if side == Side::Sell as u8 { self.markets[slot].lots } else { -self.markets[slot].lots };
            lots = lots.min((held - self.orders.working(slot, side)).max(0));
        }
        if lots == 0 && (request.sizing == TARGET || request.flags & REDUCE_ONLY != 0) {
            wishes.counts.not_sent += 1;
            return;
        }
        let limit = request.action == Action::Limit as u8;
        let passive = if side == Side::Buy as u8 { Rounding::Down } else { Rounding::Up };
        let price = if limit { put(tick, request.price, passive) } else { Ok((0, false)) };
        let Ok((ticks, moved)) = price else { return };
        wishes.counts.rounded_prices += u64::from(moved);
        let row = self.rows[slot];
        let id = ClientOrderId::new(call.strategy, call.run, request.order_id as u32);
        wishes.commands.push(Command {
            time: call.now.0,
            client_order_id: id.0,
            price: ticks,
            qty: lots,
            instrument: row,
            action: 1,
            side,
            order_type: request.action,
            tif: request.tif + 1,
            flags: u16::from(request.flags & POST_ONLY != 0),
            ..bytemuck::Zeroable::zeroed()
        });
        let instrument = &self.markets[slot].instrument;
        let view = OrderView {
            order_id: request.order_id,
            slot: request.slot,
            action: request.action,
            side,
            tif: request.tif,
            status: OrderStatus::PendingNew as u8,
            qty: instrument.qty(Lots(lots)),
            filled_qty: 0.0,
            price: instrument.price(Ticks(ticks)),
            trigger: 0.0,
            tag: request.tag,
            time: call.now.0,
        };
        self.orders.add(Live { view, lots, filled: 0, canceling: false });
        self.show_orders(slot);
    }
}

fn cancel(call: Call<'_>, row: u32, order: &Live) -> Command {
    Command {
        time: call.now.0,
        client_order_id: ClientOrderId::new(call.strategy, call.run, order.view.order_id as u32).0,
        instrument: row,
        action: CANCEL,
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

fn unsupported(what: &str) -> String {
    format!("{what} are not carried out in this version")
}
