//! All positions by strategy and instrument, and the account they draw on.

use thiserror::Error;

use super::holding::{Execution, Holding, MoneyOverflow};
use super::margin::Split;
use crate::model::{Contract, Instrument, InstrumentId, Money, Ticks, TooFine};

/// Why a fill cannot be booked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PositionError {
    /// Beyond money.
    #[error(transparent)]
    Overflow(#[from] MoneyOverflow),
    /// Not in the table.
    #[error("instrument {0} is not in the table")]
    UnknownInstrument(u32),
}

/// The account of one quote currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Now.
    pub cash: Money,
    /// Of all positions, before fees.
    pub realized: Money,
    /// Paid so far.
    pub fees: Money,
}

/// All positions of an account.
#[derive(Clone, Debug)]
pub struct Tracker {
    account: Account,
    /// What lots are worth, by instrument.
    contracts: Vec<Contract>,
    /// Sorted by (strategy, instrument).
    holdings: Vec<((u16, u32), Holding)>,
}

impl Tracker {
    /// No position, and this cash.
    ///
    /// # Errors
    /// [`TooFine`] for an instrument that money cannot hold.
    pub fn new<'a>(
        cash: Money,
        instruments: impl IntoIterator<Item = &'a Instrument>,
    ) -> Result<Tracker, TooFine> {
        let contracts: Result<Vec<Contract>, _> = instruments.into_iter().map(Instrument::contract).collect();
        let account = Account { cash, ..Account::default() };
        Ok(Tracker { account, contracts: contracts?, holdings: Vec::with_capacity(256) })
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Begins with a strategy's positions and an account of an earlier time.
    pub fn restore(&mut self, strategy: u16, account: Account, holdings: &[(InstrumentId, Holding)]) {
        self.account = account;
        self.holdings.extend(holdings.iter().map(|(instrument, held)| ((strategy, instrument.0), *held)));
        self.holdings.sort_by_key(|(key, _)| *key);
    }

    /// Books a fill of a strategy.
    ///
    /// # Errors
    /// [`PositionError`]; nothing has changed then.
    pub fn on_fill(
        &mut self,
        strategy: u16,
        instrument: InstrumentId,
        fill: &Execution,
    ) -> Result<&Holding, PositionError> {
        let contract = self.contract(instrument)?;
        let key = (strategy, instrument.0);
        let found = self.find(key);
        let before = found.map_or_else(|_| Holding::default(), |place| self.holdings[place].1);
        let mut after = before;
        let change = after.apply(contract, fill)?;
        let overflow = MoneyOverflow { ticks: fill.price.0, lots: fill.qty.0 };
        let sum = |a: Money, b: Money| a.0.checked_add(b.0).map(Money).ok_or(overflow);
        self.account = Account {
            cash: sum(self.account.cash, change)?,
            realized: sum(self.account.realized, after.realized - before.realized)?,
            fees: sum(self.account.fees, fill.fee)?,
        };
        let place = found.unwrap_or_else(|place| {
            self.holdings.insert(place, (key, after));
            place
        });
        self.holdings[place].1 = after;
        Ok(&self.holdings[place].1)
    }

    /// A strategy's position goes on in new lots; a fraction of one goes with its cost. The lots; none if it never had any.
    ///
    /// # Errors
    /// [`PositionError::Overflow`].
    pub fn split(
        &mut self,
        strategy: u16,
        instrument: InstrumentId,
        split: Split,
    ) -> Result<Option<i64>, PositionError> {
        let Ok(place) = self.find((strategy, instrument.0)) else { return Ok(None) };
        let holding = &mut self.holdings[place].1;
        let overflow = MoneyOverflow { ticks: 0, lots: holding.lots.0 };
        let shares = split.shares(holding.lots.0).ok_or(overflow)?;
        let cost = shares.fraction_of(holding.cost.0).ok_or(overflow)?;
        (holding.lots.0, holding.cost.0) = (shares.kept, holding.cost.0 - cost);
        Ok(Some(shares.kept))
    }

    /// A strategy's position in an instrument; flat if it never had one.
    #[must_use]
    pub fn holding(&self, strategy: u16, instrument: InstrumentId) -> Holding {
        self.find((strategy, instrument.0))
            .map_or_else(|_| Holding::default(), |place| self.holdings[place].1)
    }

    /// Every position that ever was, by (strategy, instrument).
    pub fn holdings(&self) -> impl Iterator<Item = (u16, InstrumentId, &Holding)> {
        self.holdings
            .iter()
            .map(|((strategy, instrument), holding)| (*strategy, InstrumentId(*instrument), holding))
    }

    /// What a strategy's position would realize at a mark, before fees.
    ///
    /// # Errors
    /// [`PositionError`].
    pub fn unrealized(
        &self,
        strategy: u16,
        instrument: InstrumentId,
        mark: Ticks,
    ) -> Result<Money, PositionError> {
        Ok(self.holding(strategy, instrument).unrealized(self.contract(instrument)?, mark)?)
    }

    fn contract(&self, instrument: InstrumentId) -> Result<Contract, PositionError> {
        let contract = self.contracts.get(instrument.0 as usize);
        contract.copied().ok_or(PositionError::UnknownInstrument(instrument.0))
    }

    fn find(&self, key: (u16, u32)) -> Result<usize, usize> {
        self.holdings.binary_search_by_key(&key, |entry| entry.0)
    }
}
