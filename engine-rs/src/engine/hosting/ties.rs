//! What follows from a fill or an end of an order for the others: groups, standing exits, and orders that wait for a
//! parent. `proto/MATCHING.md`, section The loop, has the rules.

use super::desk::Desk;
use super::orders::Ended;
use super::wishes::{Call, Wishes, cancel};
use crate::model::{Command, Lots, Side};

impl Desk {
    /// The others of its group are canceled, and exits that have nothing to reduce any more.
    pub(super) fn after_fill(
        &mut self,
        call: Call<'_>,
        slot: usize,
        (group, id): (i64, i64),
        wishes: &mut Wishes,
    ) {
        if !self.orders.has_ties() {
            return;
        }
        let mut place = 0;
        while group != 0 && place < self.orders.len() {
            let order = self.orders.get(place);
            let other = order.group == group && order.view.order_id != id;
            if other && order.waiting.is_some() {
                self.take_out(place);
                continue;
            }
            if other {
                self.cancel(call, place, wishes);
            }
            place += 1;
        }
        let lots = self.markets[slot].lots;
        for place in 0..self.orders.len() {
            let order = self.orders.get(place);
            let here = order.view.slot as usize == slot && order.waiting.is_none() && order.is_exit();
            let idle = if order.view.side == Side::Sell as u8 { lots <= 0 } else { lots >= 0 };
            if here && idle {
                self.cancel(call, place, wishes);
            }
        }
        if group != 0 {
            self.after_end(call, None, wishes);
        }
    }

    /// Orders that waited for one that has ended are sent, or have nothing to wait for and are gone.
    pub(super) fn after_end(&mut self, call: Call<'_>, ended: Option<&Ended>, wishes: &mut Wishes) {
        let mut place = 0;
        while self.orders.has_waiting() && place < self.orders.len() {
            let count = self.orders.len();
            if let Some(waiting) = self.orders.get(place).waiting {
                let parent = ended.filter(|ended| ended.id == waiting.parent && ended.filled > 0);
                if let Some(parent) = parent {
                    if self.closed {
                        wishes.counts.after_the_end += 1;
                        self.take_out(place);
                    } else {
                        self.send(call, place, (waiting.command, waiting.share(parent)), wishes);
                    }
                } else if self.orders.find(waiting.parent).is_none() {
                    wishes.counts.not_sent += 1;
                    self.take_out(place);
                }
            }
            if self.orders.len() == count {
                place += 1;
            }
        }
    }

    /// An order goes out with these lots, or is gone if nothing is left of it.
    pub(super) fn send(
        &mut self,
        call: Call<'_>,
        place: usize,
        (command, mut lots): (Command, i64),
        wishes: &mut Wishes,
    ) {
        let order = *self.orders.get(place);
        let (slot, side) = (order.view.slot as usize, order.view.side);
        if order.reduce_only {
            let held = self.markets[slot].lots;
            let held = if side == Side::Sell as u8 { held } else { -held };
            let others = self.orders.on_its_way(slot, side, order.group, order.is_exit());
            lots = lots.min((held - others).max(0));
        }
        if lots == 0 && (order.waiting.is_some() || order.reduce_only) {
            wishes.counts.not_sent += 1;
            self.take_out(place);
            return self.after_end(call, None, wishes);
        }
        let mark = self.mark_of_order(&order, lots, &command);
        wishes.commands.push(Command { time: call.now.0, qty: lots, flags: command.flags | mark, ..command });
        self.orders.get_mut(place).view.qty = self.markets[slot].instrument.qty(Lots(lots));
        // One that is refused when it arrives is not on its way.
        self.orders.set_sent(place, if mark == 0 { lots } else { 0 });
        self.show_orders(slot);
    }

    /// An order that waits is gone, and what waits for it; of another a cancel goes out.
    pub(super) fn withdraw(&mut self, call: Call<'_>, place: usize, wishes: &mut Wishes) {
        if self.orders.get(place).waiting.is_none() {
            return self.cancel(call, place, wishes);
        }
        self.take_out(place);
        self.after_end(call, None, wishes);
    }

    /// A slot's orders are withdrawn, oldest first.
    pub(super) fn cancel_all(&mut self, call: Call<'_>, slot: usize, wishes: &mut Wishes) {
        let mut place = 0;
        while place < self.orders.len() {
            let order = self.orders.get(place);
            if order.view.slot as usize != slot || order.canceling {
                place += 1;
            } else {
                self.withdraw(call, place, wishes);
            }
        }
    }

    pub(super) fn cancel(&mut self, call: Call<'_>, place: usize, wishes: &mut Wishes) {
        let order = self.orders.get_mut(place);
        if order.canceling {
            return;
        }
        if self.closed {
            wishes.counts.after_the_end += 1;
            return;
        }
        order.cancel();
        let slot = order.view.slot as usize;
        wishes.commands.push(cancel(call, self.rows[slot], order));
        self.show_orders(slot);
    }

    fn take_out(&mut self, place: usize) {
        let slot = self.orders.take_out(place).view.slot as usize;
        self.show_orders(slot);
    }

    /// Orders that wait for a parent are gone.
    pub(in crate::engine) fn drop_waiting(&mut self) {
        let mut place = 0;
        while self.orders.has_waiting() {
            if self.orders.get(place).waiting.is_some() {
                self.take_out(place);
            } else {
                place += 1;
            }
        }
    }
}
