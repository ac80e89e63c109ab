//! Worth, and what is told of positions. A strategy sees a ledger of its own, as in its backtest; the account is the
//! sum of what all ledgers have gained and lost.

use super::{Core, Outlet};
use crate::messaging::{AccountState, Outgoing, PositionState, StrategyId};
use crate::model::{InstrumentId, Money, Nanos};
use crate::position::{Account, Holding};
use crate::strategy::abi::Slot;

impl Core {
    /// Cash and all positions at their marks, in quote currency.
    #[must_use]
    pub fn equity(&self) -> Money {
        let gain = |equity: Money| equity - self.terms.cash;
        let start = self.terms.cash + self.gone.cash;
        self.hosted.iter().fold(start, |sum, hosted| sum + gain(hosted.desk.equity_exact()))
    }

    /// The account of all strategies together.
    #[must_use]
    pub fn account(&self) -> Account {
        let start = Account { cash: self.terms.cash + self.gone.cash, ..self.gone };
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

    /// Rows of a strategy's instruments.
    pub fn instruments_of(&self, number: usize) -> impl Iterator<Item = InstrumentId> {
        self.hosted
            .get(number)
            .into_iter()
            .flat_map(|hosted| hosted.desk.rows.iter().copied().map(InstrumentId))
    }

    /// A strategy's position in its own ledger.
    #[must_use]
    pub fn holding(&self, strategy: u16, instrument: InstrumentId) -> Holding {
        let hosted = self.hosted.get(usize::from(strategy));
        hosted.map(|hosted| hosted.desk.tracker.holding(strategy, instrument)).unwrap_or_default()
    }

    /// The cash that every ledger began with.
    #[must_use]
    pub fn starting_cash(&self) -> Money {
        self.terms.cash
    }

    /// The cash of a strategy's own ledger.
    #[must_use]
    pub fn cash_of(&self, strategy: usize) -> Money {
        self.hosted.get(strategy).map_or(Money::ZERO, |hosted| hosted.desk.tracker.account().cash)
    }

    /// What a strategy holds of an instrument, as it is told.
    #[must_use]
    pub fn position_state(&self, strategy: u16, instrument: InstrumentId, time: Nanos) -> PositionState {
        let hosted = self.hosted.get(usize::from(strategy));
        let held = self.holding(strategy, instrument);
        let slot = hosted.and_then(|hosted| {
            let place = hosted.desk.rows.iter().position(|row| *row == instrument.0)?;
            hosted.desk.strategy.slot(place)
        });
        let number =
            |read: fn(&Slot) -> f64| slot.map(read).filter(|number| !number.is_nan()).unwrap_or_default();
        PositionState {
            strategy: StrategyId(strategy),
            instrument,
            time,
            qty: number(|slot| slot.position),
            average_cost: number(|slot| slot.avg_price),
            realized_pnl: number(|slot| slot.realized_pnl),
            unrealized_pnl: number(|slot| slot.unrealized_pnl),
            fees: held.fees.to_f64(),
        }
    }

    /// The account as it is told.
    #[must_use]
    pub fn account_state(&self, time: Nanos) -> AccountState {
        let (account, equity) = (self.account(), self.equity());
        let realized = account.realized - account.fees;
        AccountState {
            time,
            cash: account.cash.to_f64(),
            equity: equity.to_f64(),
            realized_pnl: realized.to_f64(),
            unrealized_pnl: (equity - self.terms.cash - realized).to_f64(),
            fees: account.fees.to_f64(),
        }
    }

    /// A position and the account after a fill.
    pub(super) fn say_position(&self, number: usize, instrument: InstrumentId, out: &mut dyn Outlet) {
        let strategy = self.hosted[number].number;
        out.say(Outgoing::Position(self.position_state(strategy, instrument, self.now)));
        out.say(Outgoing::Account(self.account_state(self.now)));
    }
}
