//! A factor in units of 10^-8: a leverage, a fraction, a currency rate. Amounts go through it without floats.

use crate::model::Money;

const ONE: i64 = 100_000_000;

/// A factor of at least zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(i64);

impl Ratio {
    /// The factor 1.
    pub const ONE: Ratio = Ratio(ONE);

    /// The nearest factor; `None` for NaN, negative numbers, those above 10^9 and those that would round to zero.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // bounded just before
    pub fn from_f64(value: f64) -> Option<Ratio> {
        if !(0.0..=1e9).contains(&value) {
            return None;
        }
        let units = (value * ONE as f64).round() as i64;
        (units > 0 || value == 0.0).then_some(Ratio(units))
    }

    /// The double nearest to it, for people.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }

    /// So much of an amount, rounded down: a limit is never too wide. `None` if it does not fit.
    #[must_use]
    pub fn floor_of(self, amount: Money) -> Option<Money> {
        let (one, factor) = (i128::from(ONE), i128::from(self.0));
        let whole = amount.0.div_euclid(one).checked_mul(factor)?;
        whole.checked_add(amount.0.rem_euclid(one) * factor / one).map(Money)
    }

    /// So much of an amount, rounded up: a value is never too small. `None` if it does not fit.
    #[must_use]
    pub fn ceil_of(self, amount: Money) -> Option<Money> {
        let negated = amount.0.checked_neg()?;
        self.floor_of(Money(negated)).map(|value| -value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_factors_are_taken() {
        assert_eq!(Ratio::from_f64(3.0), Some(Ratio(300_000_000)));
        assert_eq!(Ratio::from_f64(0.0), Some(Ratio(0)));
        for refused in [f64::NAN, f64::INFINITY, -1.0, 1e-10, 1e10] {
            assert_eq!(Ratio::from_f64(refused), None, "{refused}");
        }
    }

    proptest! {
        #[test]
        fn products_lie_between_floor_and_ceiling(amount in -(10_i128.pow(27))..10_i128.pow(27), factor in 0..10 * ONE) {
            let exact = amount * i128::from(factor); // in 10^-8 of a unit
            let (floor, ceil) = (Ratio(factor).floor_of(Money(amount)), Ratio(factor).ceil_of(Money(amount)));
            prop_assert_eq!(floor.unwrap().0, exact.div_euclid(i128::from(ONE)));
            prop_assert_eq!(ceil.unwrap().0, -(-exact).div_euclid(i128::from(ONE)));
        }
    }
}
