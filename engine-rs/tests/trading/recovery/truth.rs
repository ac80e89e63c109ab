//! What the venue knows: orders that rest, what has filled, and the money of it.

use pyrt_engine::model::{Command, Lots, Money, OrderReason, ReportKind};
use pyrt_engine::random::SplitMix64;
use pyrt_engine::simulator::order_entry::{Only, Replacement};

use crate::rig::Rig;

const UNIT: i128 = 10_i128.pow(11); // a tick of a lot: 0.01 × 0.00001

#[derive(Clone, Copy)]
struct Resting {
    id: u64,
    /// The id that the order has for its strategy, and what had filled of it before the venue's order was this one.
    own: u64,
    before: i64,
    side: u8,
    price: i64,
    lots: i64,
    filled: i64,
}

/// See the head of this file.
#[derive(Default)]
pub struct Truth {
    open: Vec<Resting>,
    /// Commands that were carried out.
    done: usize,
    pub fills: u64,
    /// Lots and money by strategy.
    pub held: [i64; 2],
    pub money: [i128; 2],
}

impl Truth {
    /// Orders that live: whose, what has filled of them, what is left.
    pub fn open(&self) -> impl Iterator<Item = (u64, i64, i64)> + '_ {
        self.open.iter().map(|order| (order.own, order.before + order.filled, order.lots - order.filled))
    }

    /// Carries out what has reached the venue.
    pub fn settle(&mut self, rig: &mut Rig) {
        while let Some(command) = rig.commands.get(self.done).copied() {
            let both = rig.pairs.get(&self.done).copied();
            self.done += if both.is_some() { 2 } else { 1 };
            match (both, command.action) {
                (Some(both), _) => self.replace(rig, &both),
                (None, Command::CANCEL) => {
                    let what = match self.take(command.client_order_id) {
                        Some(_) => ReportKind::Canceled,
                        None => ReportKind::CancelRejected(OrderReason::TooLate),
                    };
                    rig.report(command.client_order_id, &[what]);
                }
                (None, Command::MODIFY) => self.reduce(rig, &command),
                _ => self.accept(rig, &command, (command.client_order_id, 0)),
            }
        }
    }

    fn accept(&mut self, rig: &mut Rig, command: &Command, (own, before): (u64, i64)) {
        let (id, side, lots) = (command.client_order_id, command.side, command.qty);
        let price = if command.price == 0 { 6_000_000 } else { command.price };
        self.open.push(Resting { id, own, before, side, price, lots, filled: 0 });
        rig.report(id, &[ReportKind::Accepted]);
        if command.price == 0 {
            self.fill(rig, self.open.len() - 1, lots);
        }
    }

    fn take(&mut self, id: u64) -> Option<Resting> {
        let place = self.open.iter().position(|order| order.id == id)?;
        Some(self.open.remove(place))
    }

    fn reduce(&mut self, rig: &mut Rig, command: &Command) {
        let found = self.open.iter_mut().find(|order| order.id == command.client_order_id);
        let what = match found {
            None => ReportKind::ChangeRefused(OrderReason::TooLate),
            Some(order) if command.qty <= order.filled => ReportKind::ChangeRefused(OrderReason::BadQuantity),
            Some(order) => {
                order.lots = command.qty;
                ReportKind::Reduced(Lots(command.qty))
            }
        };
        rig.report(command.client_order_id, &[what]);
    }

    fn replace(&mut self, rig: &mut Rig, both: &Replacement) {
        let id = both.cancel.client_order_id;
        let crossed = |order: &Resting| both.only == Some(Only::New) && order.filled > 0;
        if self.open.iter().any(|order| order.id == id && crossed(order)) {
            return rig.report(id, &[ReportKind::ChangeCrossed]);
        }
        let Some(old) = self.take(id) else {
            return rig.report(id, &[ReportKind::CancelRejected(OrderReason::TooLate)]);
        };
        rig.report(id, &[ReportKind::Canceled]);
        self.accept(rig, &both.new, (old.own, old.before + old.filled));
    }

    fn fill(&mut self, rig: &mut Rig, place: usize, lots: i64) {
        let Resting { id, own, side, price, filled, .. } = self.open[place];
        self.fills += 1;
        let fee = Money(i128::from(self.fills) * 10_i128.pow(10)); // one that tells which fills were booked
        let (strategy, sign) = ((own >> 48) as usize, if side == 1 { 1 } else { -1 });
        self.held[strategy] += sign * lots;
        self.money[strategy] -= i128::from(sign * lots) * i128::from(price) * UNIT + fee.0;
        let order = &mut self.open[place];
        order.filled += lots;
        if order.filled == order.lots {
            self.open.remove(place);
        }
        let what = rig.fill(price as f64 / 100.0, lots, filled + lots, fee.to_f64());
        rig.report(id, &[what]);
    }

    /// Something that rests fills, whole or in part.
    pub fn trade(&mut self, rig: &mut Rig, random: &mut SplitMix64) {
        if self.open.is_empty() {
            return;
        }
        let place = random.below(self.open.len() as u64) as usize;
        let left = self.open[place].lots - self.open[place].filled;
        let lots = if random.one_in(2) { left } else { 1 + random.below(left as u64) as i64 };
        self.fill(rig, place, lots);
    }
}
