//! What a unit of a currency is worth in the account's: rates over time, or an instrument's price.

use super::series::{Series, part_of};
use crate::model::{Event, Grid, Instrument, Quote, Rounding, Trade};

const POWERS: u32 = 10;

/// What a unit of a currency is worth: `mantissa / scale`, or `scale / mantissa`.
#[derive(Clone, Debug)]
pub(super) struct Conversion {
    rates: Series,
    /// The next row of the rates.
    at: usize,
    /// Whose price it is: row and tick.
    price: Option<(u32, Grid)>,
    inverse: bool,
    traded: bool,
    /// 0: not known yet.
    mantissa: i64,
    scale: i64,
}

fn power(places: u8) -> i64 {
    i64::from(POWERS).pow(u32::from(places))
}

impl Conversion {
    pub(super) fn by_rates(places: u8, rates: Series) -> Conversion {
        let scale = power(places);
        Conversion { rates, at: 0, price: None, inverse: false, traded: false, mantissa: 0, scale }
    }

    pub(super) fn by_price(row: u32, instrument: &Instrument, inverse: bool) -> Conversion {
        let (rates, price) = (Series::default(), Some((row, instrument.tick)));
        Conversion { rates, at: 0, price, inverse, traded: false, mantissa: 0, scale: 1 }
    }

    pub(super) fn is_known(&self) -> bool {
        self.mantissa != 0
    }

    pub(super) fn convert(&self, amount: i128) -> Option<i128> {
        match (self.mantissa, self.inverse) {
            (0, _) => (amount == 0).then_some(0),
            (mantissa, true) => part_of(amount, self.scale, mantissa),
            (mantissa, false) => part_of(amount, mantissa, self.scale),
        }
    }

    /// As a double; a size that depends on equity is divided by it.
    #[allow(clippy::cast_precision_loss)] // the same in both hosts: two doubles, one division
    pub(super) fn rate(&self) -> f64 {
        let (mantissa, scale) = (self.mantissa as f64, self.scale as f64);
        if self.inverse { scale / mantissa } else { mantissa / scale }
    }

    /// When the rates change next.
    pub(super) fn next_change(&self) -> i64 {
        self.rates.0.get(self.at).map_or(i64::MAX, |row| row.0)
    }

    /// They do.
    pub(super) fn change(&mut self) {
        self.mantissa = self.rates.0[self.at].1;
        self.at += 1;
    }

    /// A record of the market; whether it says another rate: a trade's price, before the first the quotes' middle.
    pub(super) fn hear(&mut self, record: &Event) -> bool {
        let Some((row, tick)) = self.price else { return false };
        if record.instrument != row {
            return false;
        }
        let step = |x: f64| tick.to_steps(x, Rounding::Refuse).ok().filter(|steps| *steps > 0);
        if let Some(Trade { price, .. }) = record.as_trade() {
            let Some(ticks) = step(*price) else { return false };
            self.traded = true;
            (self.mantissa, self.scale) = (ticks * tick.mantissa(), power(tick.exponent()));
            return true;
        }
        let Some(Quote { bid, ask, .. }) = record.as_quote().filter(|_| !self.traded) else { return false };
        let (Some(bid), Some(ask)) = (step(*bid), step(*ask)) else { return false };
        (self.mantissa, self.scale) = ((bid + ask) * tick.mantissa(), 2 * power(tick.exponent()));
        true
    }
}
