//! One position: signed lots, what they cost, and what was realized.

use thiserror::Error;

use crate::model::{Contract, Lots, Money, Side, Ticks};

/// An amount that does not fit into 128 bits.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the money of {lots} lots at {ticks} ticks does not fit into 128 bits")]
pub struct MoneyOverflow {
    /// Of the fill or mark.
    pub ticks: i64,
    /// Of the fill or position.
    pub lots: i64,
}

/// What of a fill changes a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Bought or sold; a fill of no side changes nothing.
    pub side: Side,
    /// At this price.
    pub price: Ticks,
    /// So much, above zero.
    pub qty: Lots,
    /// In the currency that the instrument settles in.
    pub fee: Money,
}

/// One position. `cash so far + cost + fees − realized = 0`, exactly, after every fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// Above zero long, below zero short.
    pub lots: Lots,
    /// Notional paid for the open position, below zero if it was received.
    pub cost: Money,
    /// Of what was closed, before fees.
    pub realized: Money,
    /// Paid so far.
    pub fees: Money,
}

impl Holding {
    /// Takes a fill in; the change of cash.
    ///
    /// # Errors
    /// [`MoneyOverflow`]; nothing has changed then.
    pub fn apply(&mut self, contract: Contract, fill: &Execution) -> Result<Money, MoneyOverflow> {
        let sign = match fill.side {
            Side::Buy => 1,
            Side::Sell => -1,
            Side::None => return Ok(Money::ZERO),
        };
        let overflow = MoneyOverflow { ticks: fill.price.0, lots: fill.qty.0 };
        let lots = self.lots.0.checked_add(sign * fill.qty.0).ok_or(overflow)?;
        let against = self.lots.0.signum() == -sign;
        let closed = if against { fill.qty.0.min(self.lots.0.abs()) } else { 0 };
        // What the fill costs: above zero for a buy.
        let closing = value(contract, fill.price, sign * closed)?;
        let opening = value(contract, fill.price, sign * (fill.qty.0 - closed))?;
        let part = self.part_of_cost(closed);
        let cost = self.cost.0.checked_sub(part).and_then(|rest| rest.checked_add(opening.0));
        let realized = self.realized.0.checked_sub(closing.0).and_then(|sum| sum.checked_sub(part));
        let fees = self.fees.0.checked_add(fill.fee.0);
        let paid = closing.0.checked_add(opening.0).and_then(|paid| paid.checked_add(fill.fee.0));
        let (Some(cost), Some(realized), Some(fees), Some(paid)) = (cost, realized, fees, paid) else {
            return Err(overflow);
        };
        *self = Self { lots: Lots(lots), cost: Money(cost), realized: Money(realized), fees: Money(fees) };
        Ok(Money(-paid))
    }

    /// What the open position would realize at a mark, before fees.
    ///
    /// # Errors
    /// [`MoneyOverflow`].
    pub fn unrealized(&self, contract: Contract, mark: Ticks) -> Result<Money, MoneyOverflow> {
        let worth = value(contract, mark, self.lots.0)?;
        let gain = worth.0.checked_sub(self.cost.0);
        gain.map(Money).ok_or(MoneyOverflow { ticks: mark.0, lots: self.lots.0 })
    }

    /// `cost · closed / |position|` towards zero, without leaving 128 bits on the way.
    fn part_of_cost(&self, closed: i64) -> i128 {
        let (position, closed) = (i128::from(self.lots.0).abs(), i128::from(closed));
        if position == 0 {
            return 0;
        }
        // The quotient's part is at most the cost; the remainder is below 2^63.
        self.cost.0 / position * closed + self.cost.0 % position * closed / position
    }
}

fn value(contract: Contract, price: Ticks, lots: i64) -> Result<Money, MoneyOverflow> {
    contract.value(price, Lots(lots)).ok_or(MoneyOverflow { ticks: price.0, lots })
}
