//! What lots of an instrument are worth.

use super::instrument::InstrumentKind;
use super::money::PLACES;
use super::{Grid, Instrument, Lots, Money, Ticks, TooFine};

/// What lots are worth at a price: in proportion to it, or, of an inverse contract, to 1 / price.
///
/// A long inverse position owes coins and a short one has them: its worth is `−contracts · multiplier / price`. So what is
/// bought brings in and what is sold costs, and `contracts · multiplier · (1 / entry − 1 / exit)` is what was gained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Money of one lot at one tick; of an inverse one at a price of one in the tick's last decimal place.
    unit: i128,
    /// Mantissa of an inverse contract's tick; 0 of any other.
    inverse: i64,
}

impl Contract {
    /// Whether its worth goes by 1 / price.
    #[must_use]
    pub fn is_inverse(&self) -> bool {
        self.inverse != 0
    }

    /// What lots are worth at a price; of an inverse contract cut towards zero. None if 128 bits do not hold it, or if an
    /// inverse contract's price is not above zero.
    #[inline]
    #[must_use]
    pub fn value(&self, price: Ticks, lots: Lots) -> Option<Money> {
        let (ticks, lots) = (i128::from(price.0), i128::from(lots.0));
        if self.inverse == 0 {
            return self.unit.checked_mul(ticks)?.checked_mul(lots).map(Money);
        }
        if lots == 0 {
            return Some(Money::ZERO);
        }
        if ticks <= 0 {
            return None;
        }
        let price = ticks * i128::from(self.inverse);
        let whole = (self.unit / price).checked_mul(lots)?;
        whole.checked_add(self.unit % price * lots / price).map(|worth| Money(-worth))
    }

    /// What a position owes or has at a worth, above zero if long: what funding and borrow are of.
    #[must_use]
    pub fn signed(&self, worth: i128) -> i128 {
        if self.is_inverse() { -worth } else { worth }
    }

    /// Average price in ticks of lots that cost so much; none without lots. For people: rounded to a double.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn average_ticks(&self, cost: Money, lots: Lots) -> Option<f64> {
        let (cost, unit, lots) = (cost.0 as f64, self.unit as f64, lots.0 as f64);
        if lots == 0.0 {
            None
        } else if self.is_inverse() {
            Some(-(unit * lots) / cost / self.inverse as f64)
        } else {
            Some(cost / (unit * lots))
        }
    }
}

impl Instrument {
    /// What its lots are worth, in the currency that it settles in.
    ///
    /// # Errors
    /// [`TooFine`] if money cannot hold it.
    pub fn contract(&self) -> Result<Contract, TooFine> {
        if self.kind != InstrumentKind::Inverse {
            return Ok(Contract { unit: self.unit_value()?.0, inverse: 0 });
        }
        let too_fine = |places| TooFine { name: self.name.clone(), places };
        let size = Grid::parse(&self.multiplier.to_string()).map_err(|_| too_fine(u32::MAX))?;
        let places = u32::from(self.lot.exponent()) + u32::from(size.exponent());
        let zeros = (PLACES + u32::from(self.tick.exponent())).checked_sub(places);
        let power = zeros.and_then(|zeros| 10_i128.checked_pow(zeros)).ok_or_else(|| too_fine(places))?;
        let lot = i128::from(self.lot.mantissa()) * i128::from(size.mantissa());
        let unit = lot.checked_mul(power).ok_or_else(|| too_fine(places))?;
        Ok(Contract { unit, inverse: self.tick.mantissa() })
    }

    /// The currency that profits are paid in: of an inverse contract the base, of any other the quote.
    #[must_use]
    pub fn settlement(&self) -> &str {
        let place = if self.kind == InstrumentKind::Inverse { 1 } else { 2 };
        self.name.split(['-', ':']).nth(place).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inverse(tick: &str, lot: &str, multiplier: f64) -> Contract {
        let spot = Instrument::spot("a:BTC-USD-INVERSE", "", tick, lot).unwrap();
        let made = Instrument { kind: InstrumentKind::Inverse, multiplier, ..spot };
        assert_eq!(made.settlement(), "BTC");
        made.contract().unwrap()
    }

    #[test]
    fn an_inverse_contract_is_worth_its_coins() {
        let hundred = inverse("0.5", "1", 100.0);
        // 30 contracts of 100 dollars at 60000.5 are 3000 / 60000.5 coins; cut to 18 places.
        let value = hundred.value(Ticks(120_001), Lots(30)).unwrap();
        assert_eq!(value, Money(-49_999_583_336_805_526));
        assert_eq!(hundred.value(Ticks(120_001), Lots(-30)), Some(Money(49_999_583_336_805_526)));
        assert_eq!(hundred.value(Ticks(0), Lots(0)), Some(Money::ZERO));
        assert_eq!(hundred.value(Ticks(0), Lots(1)), None);
        let average = hundred.average_ticks(value, Lots(30)).unwrap();
        assert!((average - 120_001.0).abs() < 1e-6, "{average}");
        assert_eq!(
            inverse("1", "1", 1.0).value(Ticks(1), Lots(i64::MAX)),
            Some(Money(-9_223_372_036_854_775_807 * 10_i128.pow(18)))
        );
    }
}
