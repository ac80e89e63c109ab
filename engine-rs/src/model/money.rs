//! Money, exactly: i128 in units of 10^-18 of a currency.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use thiserror::Error;

use super::{Grid, Instrument, Lots, Ticks};

/// Decimal places of money.
pub(super) const PLACES: u32 = 18;
/// Fees are rounded up to 10^-8.
const FEE_UNIT: i128 = 10_000_000_000;
/// Rates are integers in 10^-8.
const RATE_UNIT: i128 = 100_000_000;

/// An amount of a currency in units of 10^-18.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i128);

/// An instrument whose tick and lot have more than 18 decimal places together.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("instrument {name:?}: tick, lot and contract have {places} decimal places together, money has 18")]
pub struct TooFine {
    /// The instrument.
    pub name: String,
    /// Places together.
    pub places: u32,
}

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// The double nearest to a whole number of currency units is exact; others are rounded to 10^-18 as far as a
    /// double can say. For limits and starting cash, not for ledgers.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // saturates
    pub fn from_f64(amount: f64) -> Money {
        let whole = amount.trunc();
        let micro = ((amount - whole) * 1e9).round();
        Money(whole as i128 * 10_i128.pow(PLACES) + micro as i128 * 10_i128.pow(PLACES - 9))
    }

    /// The double nearest to this amount, for records and people: rounded to 10^-8 first, then one division.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn to_f64(self) -> f64 {
        let half = FEE_UNIT / 2 * self.0.signum();
        ((self.0 + half) / FEE_UNIT) as f64 / 1e8
    }

    /// `rate` (10^-8) of this, rounded up to 10^-8: a fee is never too small, a rebate never too large.
    #[must_use]
    pub fn fee(self, rate: i64) -> Money {
        let product = self.0 / FEE_UNIT * i128::from(rate) + self.0 % FEE_UNIT * i128::from(rate) / FEE_UNIT;
        let exact = self.0 % FEE_UNIT * i128::from(rate) % FEE_UNIT == 0 && product % RATE_UNIT == 0;
        let floor = product.div_euclid(RATE_UNIT);
        Money((if exact { floor } else { floor + 1 }) * FEE_UNIT)
    }
}

impl Instrument {
    /// Money of one tick of one lot, by the contract's multiplier: what a notional is a multiple of.
    ///
    /// # Errors
    /// [`TooFine`] if money cannot hold it exactly.
    pub fn unit_value(&self) -> Result<Money, TooFine> {
        self.value_of(self.tick.mantissa(), self.tick.exponent())
    }

    /// Money of one lot at a price of 1.
    ///
    /// # Errors
    /// As [`Self::unit_value`].
    pub fn lot_value(&self) -> Result<Money, TooFine> {
        self.value_of(1, 0)
    }

    /// Money of one lot at `price / 10^price_places`.
    fn value_of(&self, price: i64, price_places: u8) -> Result<Money, TooFine> {
        let too_fine = |places| TooFine { name: self.name.clone(), places };
        // The shortest decimal that is this double, as the backtester writes it.
        let contract = Grid::parse(&self.multiplier.to_string()).map_err(|_| too_fine(u32::MAX))?;
        let places =
            [price_places, self.lot.exponent(), contract.exponent()].into_iter().map(u32::from).sum();
        let zeros = PLACES.checked_sub(places).ok_or_else(|| too_fine(places))?;
        let steps = i128::from(price) * i128::from(self.lot.mantissa());
        let whole = steps.checked_mul(i128::from(contract.mantissa()));
        let unit = whole.and_then(|whole| whole.checked_mul(10_i128.pow(zeros)));
        unit.map(Money).ok_or_else(|| too_fine(places))
    }
}

/// The value of `lots` at `ticks`, with [`Instrument::unit_value`] as `unit`.
#[must_use]
pub fn notional(unit: Money, ticks: Ticks, lots: Lots) -> Money {
    Money(unit.0 * i128::from(ticks.0) * i128::from(lots.0))
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        self.0 += other.0;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Money) {
        self.0 -= other.0;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_notional_is_exact_and_a_fee_rounds_up() {
        let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
        let unit = btc.unit_value().unwrap();
        let value = notional(unit, Ticks(6_183_763), Lots(1)); // 61837.63 × 0.00001 = 0.6183763
        assert_eq!(value, Money(618_376_300_000_000_000));
        assert_eq!(value.fee(100_000), Money(61_838 * FEE_UNIT)); // 10 bps = 0.0006183763, up to 8 places
        assert_eq!(value.fee(-100_000), Money(-61_837 * FEE_UNIT));
        assert_eq!(Money(10_i128.pow(18)).fee(100_000).to_f64(), 0.001);
        assert_eq!(Money::from_f64(100_000.0), Money(10_i128.pow(23)));
        let fine = Instrument::spot("a:B-C", "", "0.0000000001", "0.0000000001").unwrap();
        assert_eq!(fine.unit_value().unwrap_err().places, 20);
    }

    proptest! {
        #[test]
        fn a_fee_is_the_ceiling(amount in -(10_i128.pow(27))..10_i128.pow(27), rate in -1_000_000_i64..1_000_000) {
            let fee = Money(amount).fee(rate);
            let scaled = amount * i128::from(rate); // in 10^-26
            let unit = FEE_UNIT * RATE_UNIT; // 10^-8 in those
            prop_assert_eq!(fee.0 % FEE_UNIT, 0);
            prop_assert!(fee.0 * RATE_UNIT >= scaled && (fee.0 * RATE_UNIT - scaled) < unit);
        }
    }
}
