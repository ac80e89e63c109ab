//! Splits at a desk whose account is looked after: orders go before, position and prices go on in the new units.
//! `proto/ACCOUNT.md` has the rules.

use super::HostError;
use super::desk::Desk;
use super::wishes::{Call, Wishes};
use crate::matching::BookSource;
use crate::model::{Command, Grid, InstrumentId, Rounding, Ticks};
use crate::position::margin::{Split, Way};
use crate::strategy::abi::{Handler, Level};

impl Desk {
    /// Moments of splits have passed in the account, from a place on.
    pub(super) fn pass_moments(
        &mut self,
        call: Call<'_>,
        from: usize,
        wishes: &mut Wishes,
    ) -> Result<(), HostError> {
        let Some(account) = &self.account else { return Ok(()) };
        let passed: Vec<_> = (from..account.moments_passed()).map(|place| account.moment(place)).collect();
        for moment in passed {
            match moment.split {
                Some(split) => self.split(moment.slot, split)?,
                None => self.halt(call, moment.slot, wishes),
            }
        }
        Ok(())
    }

    /// Before a split: a slot's orders are canceled, oldest first; those that wait for a parent are gone.
    fn halt(&mut self, call: Call<'_>, slot: usize, wishes: &mut Wishes) {
        let sent = wishes.commands.len();
        self.cancel_all(call, slot, wishes);
        for command in &mut wishes.commands[sent..] {
            command.flags = Command::SPLIT;
        }
    }

    /// Position and prices go on in the new units; the account's own position has done so.
    fn split(&mut self, slot: usize, split: Split) -> Result<(), HostError> {
        let market = &mut self.markets[slot];
        let (tick, row) = (market.instrument.tick, InstrumentId(market.row));
        market.last = market.last.map(|last| Ticks(split.ticks(last.0, Way::Nearest)));
        let last = market.last.map(|last| market.instrument.price(last));
        if let Some(shown) = self.strategy.slot_mut(slot) {
            shown.last_price = last.unwrap_or(shown.last_price);
            shown.bid = price_after(shown.bid, tick, split, Way::Down);
            shown.ask = price_after(shown.ask, tick, split, Way::Up);
            (shown.bid_qty, shown.ask_qty) = (0.0, 0.0);
        }
        let nothing: [Level; 0] = [];
        self.strategy.set_book(slot, nothing, nothing);
        let Some(lots) = self.tracker.split(self.number, row, split)? else { return Ok(()) };
        self.markets[slot].lots = lots;
        self.revalue(slot)?;
        self.show_position(slot, &self.tracker.holding(self.number, row));
        Ok(())
    }

    /// A record was applied: after a split a book that is whole has new prices.
    pub(super) fn reopen(&mut self, slot: usize, handler: Option<Handler>) {
        let of_book = match handler {
            Some(Handler::Book) => true,
            Some(Handler::Quote) => self.book == BookSource::Quotes,
            _ => false,
        };
        if let Some(account) = self.account.as_mut().filter(|_| of_book) {
            account.reopen(slot);
        }
    }
}

/// A best price in the new units, on the grid; one that is not there stays so.
fn price_after(price: f64, tick: Grid, split: Split, way: Way) -> f64 {
    tick.to_steps(price, Rounding::Refuse).map_or(price, |ticks| tick.to_double(split.ticks(ticks, way)))
}
