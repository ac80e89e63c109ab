//! A desk whose account is looked after: what margin does not allow is sent with a mark by which the venue refuses it,
//! positions are closed below the maintenance margin, and what is due is paid. `proto/ACCOUNT.md` has the rules.
//! Without an account (trading, and replays that name none) nothing of this happens.

use super::HostError;
use super::desk::{Desk, Market};
use super::orders::{Live, own_id};
use super::wishes::{Call, Wishes, has_limit, has_trigger};
use crate::matching::{Answer, What};
use crate::model::{ClientOrderId, Command, Event, Lots, Money, OrderType, Rounding, Side, Ticks, Tif};
use crate::position::Execution;
use crate::position::margin::{AccountOverflow, MarginAccount};

/// The host's own orders count down from it.
const LAST_ID: i64 = u32::MAX as i64;

impl From<AccountOverflow> for HostError {
    fn from(error: AccountOverflow) -> Self {
        HostError::Refused(error.to_string())
    }
}

impl Desk {
    /// Looks after an account from here on.
    pub(in crate::engine) fn keep(&mut self, account: MarginAccount) {
        self.account = Some(Box::new(account));
        self.show_account();
    }

    /// When its account pays next.
    pub(in crate::engine) fn next_due(&self) -> i64 {
        self.account.as_ref().map_or(i64::MAX, |account| account.next_due())
    }

    /// A record of the market, before it is applied: rates change by the clock, and with prices.
    #[inline]
    pub(in crate::engine) fn hear(&mut self, now: i64, record: &Event) -> Result<(), HostError> {
        let Some(account) = &mut self.account else { return Ok(()) };
        let passed = account.pass_to(now)?;
        if account.hear(record)? || passed { self.reprice() } else { Ok(()) }
    }

    /// A rate has changed.
    fn reprice(&mut self) -> Result<(), HostError> {
        for slot in 0..self.markets.len() {
            let converted = self.account.as_ref().is_some_and(|account| account.rate(slot).is_some());
            if converted && self.markets[slot].lots != 0 {
                self.revalue(slot)?;
                self.show_gains(slot);
            }
        }
        self.show_account();
        Ok(())
    }

    /// Equity in the currency of a slot; 0 if that has no rate yet.
    pub(super) fn equity_in(&self, slot: usize) -> f64 {
        let Some(account) = &self.account else { return self.equity };
        match account.rate(slot) {
            None => self.equity,
            Some(_) if !account.knows(slot) => 0.0,
            Some(rate) => self.equity / rate,
        }
    }

    /// Realized and unrealized, in the account's currency.
    pub(super) fn show_gains(&mut self, slot: usize) {
        let Some(account) = &self.account else { return };
        let (holding, value) = account.position(slot);
        let Some(shown) = self.strategy.slot_mut(slot) else { return };
        shown.realized_pnl = (holding.realized - holding.fees).to_f64();
        shown.unrealized_pnl = (value - holding.cost).to_f64();
    }

    /// What the venue says of an own order or of the host's, before the desk applies it.
    pub(in crate::engine) fn book(
        &mut self,
        now: i64,
        record: &Event,
        answer: &Answer,
    ) -> Result<(), HostError> {
        let slot = self.slot_of(record).unwrap_or_default();
        let Some(account) = &mut self.account else { return Ok(()) };
        if account.pass_to(now)? {
            self.reprice()?;
        }
        let Some(account) = &mut self.account else { return Ok(()) };
        let hosts_own = own_id(answer) > LAST_ID - i64::from(account.closed);
        match answer.what {
            What::Fill { price, qty, fee, .. } => {
                let fill = Execution { side: answer.side, price, qty, fee };
                account.book(slot, &fill)?;
                if hosts_own {
                    account.charge(now, slot, &fill)?;
                }
                account.plan(now);
            }
            What::Update { status, .. } if hosts_own && status.is_final() => account.closing -= 1,
            What::Update { .. } => {}
        }
        Ok(())
    }

    /// That time has come: what is due is paid.
    pub(in crate::engine) fn settle(&mut self, call: Call<'_>, wishes: &mut Wishes) -> Result<(), HostError> {
        let Some(account) = &mut self.account else { return Ok(()) };
        if account.pass_to(call.now.0)? {
            self.reprice()?;
        }
        let Some(account) = &mut self.account else { return Ok(()) };
        let passed = account.moments_passed();
        account.settle(call.now.0)?;
        self.pass_moments(call, passed, wishes)?;
        self.show_account();
        self.watch(call, false, wishes);
        Ok(())
    }

    /// The mark of an order that is about to be sent; 0 if the account bears it.
    pub(super) fn mark_of_order(&mut self, order: &Live, lots: i64, command: &Command) -> u16 {
        let Some(account) = &self.account else { return 0 };
        let view = &order.view;
        let mark = if account.is_halted(view.slot as usize) {
            Command::SPLIT
        } else if account.liquidating {
            Command::LIQUIDATED
        } else if lots > 0
            && !order.reduce_only
            && !self.holds(view.slot as usize, view.side, lots, (view.action, command.price, command.trigger))
        {
            Command::NO_MARGIN
        } else {
            0
        };
        self.count_refusal(mark)
    }

    /// The mark of a change of a live order: lots (0: as they are), and ticks of its limit and of its trigger likewise.
    pub(super) fn mark_of_change(&mut self, place: usize, lots: i64, price: i64, trigger: i64) -> u16 {
        let Some(account) = &self.account else { return 0 };
        let order = *self.orders.get(place);
        let view = &order.view;
        if account.is_halted(view.slot as usize) {
            return self.count_refusal(Command::SPLIT);
        }
        if account.liquidating {
            return self.count_refusal(Command::LIQUIDATED);
        }
        let tick = self.markets[view.slot as usize].instrument.tick;
        let now = |shown: f64, has: bool| {
            if has { tick.to_steps(shown, Rounding::Refuse).unwrap_or_default() } else { 0 }
        };
        let (old_price, old_trigger) =
            (now(view.price, has_limit(view.action)), now(view.trigger, has_trigger(view.action)));
        let kept = |new: i64, old: i64| if new == 0 { old } else { new };
        let (lots, price, trigger) =
            (kept(lots, order.lots), kept(price, old_price), kept(trigger, old_trigger));
        let more = lots > order.lots || price != old_price || trigger != old_trigger;
        if order.reduce_only || lots <= order.filled || !more {
            return 0;
        }
        let own = self.orders.hide(place); // as if it were a new one
        let holds =
            self.holds(view.slot as usize, view.side, lots - order.filled, (view.action, price, trigger));
        self.orders.show_again(place, own);
        self.count_refusal(if holds { 0 } else { Command::NO_MARGIN })
    }

    fn count_refusal(&mut self, mark: u16) -> u16 {
        if let Some(account) = self.account.as_mut().filter(|_| mark != 0) {
            account.refusals += 1;
        }
        mark
    }

    /// Whether the account can bear an order: all that may come of it within the leverage. `wording` is its action, and
    /// ticks of its limit and of its trigger.
    fn holds(&self, slot: usize, side: u8, lots: i64, wording: (u8, i64, i64)) -> bool {
        let Some(account) = &self.account else { return true };
        let mut total = 0_i128;
        let mut more = 0;
        for (other, market) in self.markets.iter().enumerate() {
            let on_its_way = |side: Side| self.orders.on_its_way(other, side as u8, 0, false);
            let (buys, sells) = (on_its_way(Side::Buy), on_its_way(Side::Sell));
            let before = exposure(market.lots, buys, sells);
            if other == slot {
                let added = |wanted: Side| if side == wanted as u8 { lots } else { 0 };
                more = exposure(market.lots, buys + added(Side::Buy), sells + added(Side::Sell)) - before;
                if more <= 0 {
                    return true;
                }
            }
            if before == 0 {
                continue;
            }
            let value = match self.price_here(other) {
                Some(ticks) => worth(market, ticks, before).and_then(|it| account.convert(other, it)),
                None => Some(account.position(other).1.0),
            };
            let Some(sum) = value.and_then(|value| total.checked_add(value.abs())) else { return false };
            total = sum;
        }
        if !account.knows(slot) {
            return false;
        }
        let Some(ticks) = self.price_of(slot, side, wording) else { return false };
        let Some(value) = worth(&self.markets[slot], ticks, more) else { return false };
        let fee = account.convert(slot, account.fee_of(Money(value)).0);
        let (Some(value), Some(fee)) = (account.convert(slot, value), fee) else { return false };
        total.checked_add(value.abs()).is_some_and(|total| account.bears(total, fee))
    }

    /// A slot's price: the last trade, before the first the ask, without it the bid.
    fn price_here(&self, slot: usize) -> Option<i64> {
        let market = &self.markets[slot];
        let shown = self.strategy.slot(slot)?;
        let step = |x: f64| market.instrument.tick.to_steps(x, Rounding::Refuse).ok();
        market.last.map(|ticks| ticks.0).or_else(|| step(shown.ask)).or_else(|| step(shown.bid))
    }

    /// What an order is valued at: a buy's limit; else the higher of its own price, or the touch, and the slot's. Of an
    /// inverse contract, which is worth more the lower the price, a sell's limit; else the lower.
    fn price_of(&self, slot: usize, side: u8, (action, price, trigger): (u8, i64, i64)) -> Option<i64> {
        let buys = side == Side::Buy as u8;
        let inverse = self.markets[slot].contract.is_inverse();
        if has_limit(action) && buys != inverse {
            return Some(price);
        }
        let own = if has_limit(action) {
            Some(price)
        } else if has_trigger(action) {
            Some(trigger)
        } else {
            let shown = self.strategy.slot(slot)?;
            let touch = if buys { shown.ask } else { shown.bid };
            self.markets[slot].instrument.tick.to_steps(touch, Rounding::Refuse).ok()
        };
        let here = self.price_here(slot);
        if inverse { own.into_iter().chain(here).min() } else { own.max(here) }
    }

    /// Liquidates below the maintenance margin: cancels what is live; once it has ended closes what is held.
    pub(in crate::engine) fn watch(&mut self, call: Call<'_>, of_market: bool, wishes: &mut Wishes) {
        let nothing_more = self.closed;
        let Some(account) = &mut self.account else { return };
        if !account.liquidating {
            if !account.is_distressed() || nothing_more {
                return;
            }
            (account.liquidating, account.attempted) = (true, false);
            account.liquidations += 1;
            self.drop_waiting();
            for place in 0..self.orders.len() {
                self.cancel(call, place, wishes);
            }
        }
        let Some(account) = &mut self.account else { return };
        if account.closing > 0 {
            return;
        }
        if account.is_flat() {
            account.liquidating = false;
            return;
        }
        if self.orders.has_open() || nothing_more || (account.attempted && !of_market) {
            return;
        }
        account.attempted = true;
        for (slot, market) in self.markets.iter().enumerate() {
            if market.lots == 0 || account.is_halted(slot) {
                continue;
            }
            let counter = u32::MAX - account.closed;
            wishes.commands.push(Command {
                time: call.now.0,
                client_order_id: ClientOrderId::new(call.strategy, call.run, counter).0,
                instrument: self.rows[slot],
                action: Command::NEW,
                side: if market.lots > 0 { Side::Sell } else { Side::Buy } as u8,
                order_type: OrderType::Market as u8,
                tif: Tif::Gtc as u8,
                qty: market.lots.abs(),
                ..bytemuck::Zeroable::zeroed()
            });
            account.closed += 1;
            account.closing += 1;
        }
    }
}

/// Lots of the largest position that may come of what is on its way.
fn exposure(lots: i64, buys: i64, sells: i64) -> i64 {
    lots.abs().max(lots + buys).max(sells - lots)
}

fn worth(market: &Market, ticks: i64, lots: i64) -> Option<i128> {
    market.contract.value(Ticks(ticks), Lots(lots)).map(|money| money.0)
}
