//! Requests: what of them a host can carry out, and what becomes of them.

use super::desk::Desk;
use super::orders::{Live, Waiting};
use crate::model::{
    ClientOrderId, Command, Event, Grid, GridError, InstrumentId, Lots, Nanos, OrderStatus, Rounding, Side,
    Signal, Ticks,
};
use crate::strategy::abi::{Action, OCO, OrderView, POST_ONLY, REDUCE_ONLY, Request};

const QUANTITY: u8 = 0;
const FRACTION: u8 = 2;
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
        let what = if request.display != 0.0 {
            "iceberg orders (display)"
        } else if request.tif > LAST_TIF || request.expiry != 0 {
            "orders with an expiry (GTD, day)"
        } else if request.side != Side::Buy as u8 && request.side != Side::Sell as u8 {
            return Some("an order without a side".to_owned());
        } else if request.flags & !(POST_ONLY | REDUCE_ONLY | OCO) != 0 {
            return Some("an order with a flag that is not known".to_owned());
        } else if (request.group != 0) != (request.flags & OCO != 0) {
            return Some("an order with a group or the flag OCO and not both".to_owned());
        } else if request.parent != 0 && request.sizing == TARGET {
            return Some("a target that waits for a parent".to_owned());
        } else if !(1..=i64::from(u32::MAX)).contains(&request.order_id) {
            return Some(format!("order id {} does not fit into 32 bits", request.order_id));
        } else if [QUANTITY, TARGET].contains(&request.sizing)
            && put(instrument.lot, request.qty, Rounding::Down).is_err()
        {
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
                if let Some(place) = self.orders.find(request.order_id) {
                    self.withdraw(call, place, wishes);
                }
            }
            Some(Action::CancelAll) => {
                let mut place = 0;
                while place < self.orders.len() {
                    let order = self.orders.get(place);
                    if order.view.slot != request.slot || order.canceling {
                        place += 1;
                    } else {
                        self.withdraw(call, place, wishes);
                    }
                }
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
        let instrument = &self.markets[slot].instrument;
        let limit = request.action == Action::Limit as u8;
        let passive = if side == Side::Buy as u8 { Rounding::Down } else { Rounding::Up };
        let price = if limit { put(instrument.tick, request.price, passive) } else { Ok((0, false)) };
        let Ok((ticks, moved)) = price else { return };
        wishes.counts.rounded_prices += u64::from(moved);
        let price = instrument.price(Ticks(ticks));
        let follows = parent.filter(|_| request.sizing == QUANTITY && request.qty.to_bits() << 1 == 0);
        if request.sizing == QUANTITY && follows.is_none() {
            let Ok((given, cut)) = put(instrument.lot, request.qty, Rounding::Down) else { return };
            wishes.counts.rounded_quantities += u64::from(cut);
            lots = Some(given);
        } else if request.sizing != TARGET && follows.is_none() {
            lots = Some(self.size_of(request, price));
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
            trigger: 0.0,
            tag: request.tag,
            time: call.now.0,
        };
        let command = self.command(call, request, (side, ticks));
        let waiting = parent.map(|_| Waiting { parent: request.parent, lots, command });
        let (group, reduce_only) = (request.group, request.flags & REDUCE_ONLY != 0);
        let order = Live { view, lots: 0, filled: 0, canceling: false, group, reduce_only, waiting };
        let place = self.orders.add(order);
        if parent.is_none() {
            return self.send(call, place, (command, lots.unwrap_or_default()), wishes);
        }
        self.show_orders(slot);
    }

    /// What an order is sent as; its quantity is set when it goes.
    fn command(&self, call: Call<'_>, request: &Request, (side, ticks): (u8, i64)) -> Command {
        Command {
            client_order_id: ClientOrderId::new(call.strategy, call.run, request.order_id as u32).0,
            price: ticks,
            instrument: self.rows[request.slot as usize],
            action: 1,
            side,
            order_type: request.action,
            tif: request.tif + 1,
            flags: u16::from(request.flags & POST_ONLY != 0),
            ..bytemuck::Zeroable::zeroed()
        }
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
        let value = if request.sizing == FRACTION { request.qty * self.equity } else { request.qty };
        let touch = if request.side == Side::Buy as u8 { shown.ask } else { shown.bid };
        let price = match request.action {
            action if action == Action::Limit as u8 => price,
            _ if touch > 0.0 => touch,
            _ => shown.last_price,
        };
        if price.is_nan() || price <= 0.0 {
            return 0;
        }
        let lots = put(self.markets[slot].instrument.lot, value / price, Rounding::Down);
        lots.map_or(0, |(lots, _)| lots.max(0))
    }
}

pub(super) fn cancel(call: Call<'_>, row: u32, order: &Live) -> Command {
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
