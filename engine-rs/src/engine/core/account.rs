//! Worth, and what is told of positions. A strategy sees a ledger of its own, as in its backtest; the account is the
//! sum of what all ledgers have gained and lost.

use super::{Core, Outlet};
use crate::messaging::{AccountState, Outgoing, PositionState, StrategyId};
use crate::model::{InstrumentId, Money};
use crate::position::Account;

impl Core {
    /// Cash and all positions at their marks, in quote currency.
    #[must_use]
    pub fn equity(&self) -> Money {
        let gain = |equity: Money| equity - self.terms.cash;
        self.hosted.iter().fold(self.terms.cash, |sum, hosted| sum + gain(hosted.desk.equity_exact()))
    }

    /// The account of all strategies together.
    #[must_use]
    pub fn account(&self) -> Account {
        let start = Account { cash: self.terms.cash, ..Account::default() };
        self.hosted.iter().fold(start, |sum, hosted| {
            let own = hosted.desk.tracker.account();
            Account {
                cash: sum.cash + own.cash - self.terms.cash,
                realized: sum.realized + own.realized,
                fees: sum.fees + own.fees,
            }
        })
    }

    pub(super) fn worth_in_usd(&self) -> Option<Money> {
        let equity = self.equity();
        match self.terms.usd {
            Some(usd) => usd.floor_of(equity),
            None => self
                .instruments
                .first()
                .is_some_and(|instrument| instrument.quote() == "USD")
                .then_some(equity),
        }
    }

    /// The highest worth so far.
    pub(super) fn watch_worth(&mut self) {
        let worth = self.worth_in_usd();
        self.peak = self.peak.max(worth);
    }

    /// A position and the account after a fill.
    pub(super) fn say_position(&mut self, number: usize, instrument: InstrumentId, out: &mut dyn Outlet) {
        let (time, account, equity) = (self.now, self.account(), self.equity());
        let hosted = &mut self.hosted[number];
        let fees = hosted.desk.tracker.holding(hosted.number, instrument).fees;
        let place = hosted.desk.markets.iter().position(|market| market.row == instrument.0);
        if let Some(slot) = place.and_then(|slot| hosted.desk.strategy.slot_mut(slot)) {
            out.say(Outgoing::Position(PositionState {
                strategy: StrategyId(hosted.number),
                instrument,
                time,
                qty: slot.position,
                average_cost: if slot.avg_price.is_nan() { 0.0 } else { slot.avg_price },
                realized_pnl: slot.realized_pnl,
                unrealized_pnl: slot.unrealized_pnl,
                fees: fees.to_f64(),
            }));
        }
        let realized = account.realized - account.fees;
        out.say(Outgoing::Account(AccountState {
            time,
            cash: account.cash.to_f64(),
            equity: equity.to_f64(),
            realized_pnl: realized.to_f64(),
            unrealized_pnl: (equity - self.terms.cash - realized).to_f64(),
            fees: account.fees.to_f64(),
        }));
    }
}
