//! What records do to our orders among the recorded ones.

use super::super::error::MatchError;
use super::super::market::{Fills, Market, rest_on};
use super::super::orders::{Index, key};
use super::taken::VenueOrders;
use crate::model::{BookOrder, Instrument, Side, Ticks, flag};

impl Market {
    /// A record of an order: our orders that stand before it get what was executed of it.
    pub(in crate::matching) fn order(
        &mut self,
        record: &BookOrder,
        fills: &mut Fills,
    ) -> Result<(), MatchError> {
        let Instrument { tick, lot, .. } = self.instrument;
        let Some(orders) = self.book.orders_mut() else { return Ok(()) };
        // Before the record changes it: of an execution what was there counts.
        let id = u128::from(record.order_id_high) << 64 | u128::from(record.order_id_low);
        let there = orders.recorded.book().get(id).map_or(0, |order| orders.left_of(&order));
        let told = orders.apply(record, tick, lot)?;
        if told.emptied {
            self.forget_who_was_spared(fills);
        }
        if record.flags & flag::SNAPSHOT != 0 {
            if let Some(after) = told.after {
                self.line_up_behind(after.side, after.ticks, fills);
            }
        } else if let (Some(before), Some((ticks, lots))) = (told.before, told.executed) {
            self.orders_then(|orders| orders.tape.execution(before.side, ticks, lots));
            let reached = self.serve((before.side, before.ticks, before.joined), lots, fills)?;
            let hit = reached.min(there);
            // By the record it has lost all that was executed; it would have kept what we got instead.
            let spared = there - hit - (there - lots).max(0);
            self.spare(spared, (before.side, before.ticks, before.joined), fills);
            self.pass_on((before.side, before.ticks, before.joined), reached - hit, fills)?;
        }
        if record.flags & flag::LAST == 0 {
            return Ok(());
        }
        self.book.is_whole();
        self.hidden_orders(fills)?;
        self.crossed(fills)
    }

    /// A trade of the tape: what it fills is known when its message is whole.
    pub(in crate::matching) fn trade_among_orders(
        &mut self,
        taker: Side,
        ticks: Ticks,
        lots: i64,
        flags: u16,
        fills: &mut Fills,
    ) -> Result<(), MatchError> {
        let last = flags & flag::LAST != 0;
        if lots > 0 {
            self.last = Some(ticks);
            for hit in [Side::Buy, Side::Sell].into_iter().filter(|hit| *hit != taker) {
                self.orders_then(|orders| orders.tape.trade(hit, ticks, lots));
            }
        }
        if last {
            self.hidden_orders(fills)?;
        }
        if lots > 0 {
            self.look_at_stops(Some(ticks), Some(ticks), fills);
        }
        if last { self.crossed(fills) } else { Ok(()) }
    }

    /// Lots that an aggressor brings to a place in the line of a price: our orders of better prices take of them, and
    /// those of this price that have joined before. What is left.
    fn serve(
        &mut self,
        (side, ticks, joined): (Side, Ticks, u64),
        lots: i64,
        fills: &mut Fills,
    ) -> Result<i64, MatchError> {
        let (at, mut left, mut place) = (key(side, ticks), lots, 0);
        while let Some((key, index)) = self.queue(side).get(place).filter(|(key, _)| left > 0 && *key <= at) {
            let order = *fills.orders.get_mut(index);
            let mut amount = order.left().min(left);
            if key == at {
                if order.joined > joined {
                    break;
                }
                let spared = order.spared.min(left);
                if spared > 0 {
                    self.take_of_spared(side, place, spared, fills);
                }
                left -= spared;
                amount = order.offered().min(left);
            }
            left -= amount;
            place = self.give(amount, (side, place, index), fills)?;
        }
        Ok(left)
    }

    /// Lots for which an order had nothing left, since we had taken it: whoever stands behind it gets them.
    fn pass_on(
        &mut self,
        (side, ticks, joined): (Side, Ticks, u64),
        lots: i64,
        fills: &mut Fills,
    ) -> Result<(), MatchError> {
        let (mut left, mut joined) = (lots, joined);
        while left > 0 {
            let Some(next) =
                self.book.orders_mut().and_then(|orders| orders.next_behind(side, ticks, joined))
            else {
                self.serve((side, ticks, u64::MAX), left, fills)?;
                return Ok(());
            };
            joined = next.joined;
            left = self.serve((side, ticks, joined), left, fills)?;
            self.orders_then(|orders| {
                let got = orders.left_of(&next).min(left);
                orders.take_of(&next, got);
                left -= got;
            });
        }
        Ok(())
    }

    /// A message is whole: trades that it has no orders for were of hidden ones, behind all that were seen.
    fn hidden_orders(&mut self, fills: &mut Fills) -> Result<(), MatchError> {
        let mut at = 0;
        while let Some((side, ticks, lots)) = self.book.orders_mut().and_then(|orders| orders.tape.hidden(at))
        {
            at += 1;
            self.hidden_order(side, ticks, lots, fills)?;
        }
        self.orders_then(|orders| orders.tape.clear());
        Ok(())
    }

    fn hidden_order(
        &mut self,
        side: Side,
        ticks: Ticks,
        lots: i64,
        fills: &mut Fills,
    ) -> Result<(), MatchError> {
        let (at, mut left, mut place) = (key(side, ticks), lots, 0);
        while let Some((key, index)) = self.queue(side).get(place).filter(|(key, _)| left > 0 && *key <= at) {
            let order = *fills.orders.get_mut(index);
            let amount = if key == at {
                order.offered().min(left - self.ahead(index, fills)).max(0)
            } else {
                order.left().min(left)
            };
            left -= amount;
            place = self.give(amount, (side, place, index), fills)?;
        }
        Ok(())
    }

    /// One of our orders gets lots, perhaps none. Where the next one is.
    fn give(
        &mut self,
        amount: i64,
        (side, place, index): (Side, usize, Index),
        fills: &mut Fills,
    ) -> Result<usize, MatchError> {
        if amount > 0 {
            let price = fills.orders.get_mut(index).price;
            fills.fill(self.contract, index, price, amount, true)?;
        }
        let Market { book, buys, sells, .. } = self;
        let queue = if side == Side::Buy { buys } else { sells };
        Ok(rest_on(fills.orders.get_mut(index), amount, (queue, place), book))
    }

    /// Lots before one of our orders that rests.
    fn ahead(&self, index: Index, fills: &mut Fills) -> i64 {
        let order = fills.orders.get_mut(index);
        let orders = self.book.orders();
        orders.map_or(0, |orders| orders.before(order.side, order.price, order.joined)) + order.spared
    }

    /// So many of the lots that our earlier fills spared are gone, for the order at a place and those behind it.
    fn take_of_spared(&mut self, side: Side, place: usize, lots: i64, fills: &mut Fills) {
        let Some((at, _)) = self.queue(side).get(place) else { return };
        let mut place = place;
        while let Some((_, index)) = self.queue(side).get(place).filter(|(key, _)| *key == at) {
            let order = fills.orders.get_mut(index);
            order.spared = (order.spared - lots).max(0);
            place += 1;
        }
    }

    fn forget_who_was_spared(&mut self, fills: &mut Fills) {
        for side in [Side::Buy, Side::Sell] {
            for index in self.queue(side).better_than(i64::MAX) {
                fills.orders.get_mut(index).spared = 0;
            }
        }
    }

    /// A snapshot brings an order: nobody says who came first, so ours stand behind it.
    fn line_up_behind(&mut self, side: Side, ticks: Ticks, fills: &mut Fills) {
        let joins = self.book.orders().map_or(0, |orders| orders.recorded.book().joins());
        for index in self.queue(side).at(key(side, ticks)) {
            fills.orders.get_mut(index).joined = joins;
        }
    }

    /// Lots of an order that we got instead of it still stand before those of ours that have joined after it.
    fn spare(&mut self, lots: i64, (side, ticks, joined): (Side, Ticks, u64), fills: &mut Fills) {
        for index in self.queue(side).at(key(side, ticks)) {
            let order = fills.orders.get_mut(index);
            if order.joined > joined {
                order.spared += lots;
            }
        }
    }

    fn orders_then(&mut self, act: impl FnOnce(&mut VenueOrders)) {
        if let Some(orders) = self.book.orders_mut() {
            act(orders);
        }
    }
}
