//! Bars and marks that a venue makes itself: `kline`, `ohlc`, `markPrice`.
//!
//! Their numbers are doubles: a mark lies on no grid, and a bar's volume may be beyond what a grid can hold.

use std::fmt;

use crate::model::Nanos;

/// Code of the first period in a bar's record; those of the engine's own bars are rows of a table, from 0 on.
const FIRST_CODE: u8 = 128;
const MINUTE: i64 = 60_000_000_000;
const DAY: i64 = 1_440 * MINUTE;

/// Periods by their code less 128, and their length (ns). A month has no length.
const PERIODS: [(&str, i64); 17] = [
    ("1s", 1_000_000_000),
    ("1m", MINUTE),
    ("3m", 3 * MINUTE),
    ("5m", 5 * MINUTE),
    ("15m", 15 * MINUTE),
    ("30m", 30 * MINUTE),
    ("1h", 60 * MINUTE),
    ("2h", 120 * MINUTE),
    ("4h", 240 * MINUTE),
    ("6h", 360 * MINUTE),
    ("8h", 480 * MINUTE),
    ("12h", 720 * MINUTE),
    ("1d", DAY),
    ("3d", 3 * DAY),
    ("1w", 7 * DAY),
    ("15d", 15 * DAY),
    ("1M", 0),
];

/// How long a venue's bars are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VenuePeriod(u8);

impl VenuePeriod {
    /// By its name, such as `1m`; a month is `1M`.
    #[must_use]
    pub fn named(name: &str) -> Option<VenuePeriod> {
        let place = PERIODS.iter().position(|(known, _)| *known == name)?;
        u8::try_from(place).ok().map(VenuePeriod)
    }

    /// Of so many minutes.
    #[must_use]
    pub fn of_minutes(minutes: i64) -> Option<VenuePeriod> {
        let length = minutes.checked_mul(MINUTE).filter(|length| *length > 0)?;
        let place = PERIODS.iter().position(|(_, known)| *known == length)?;
        u8::try_from(place).ok().map(VenuePeriod)
    }

    /// Its length in ns; nothing for a month.
    #[must_use]
    pub fn length(self) -> Option<i64> {
        Some(PERIODS[usize::from(self.0)].1).filter(|length| *length > 0)
    }

    /// Its length in minutes, if it has whole ones.
    #[must_use]
    pub fn minutes(self) -> Option<i64> {
        self.length().filter(|length| length % MINUTE == 0).map(|length| length / MINUTE)
    }

    /// Its code in a bar's record.
    #[must_use]
    pub fn code(self) -> u8 {
        FIRST_CODE + self.0
    }
}

impl fmt::Display for VenuePeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PERIODS[usize::from(self.0)].0)
    }
}

/// A bar that the venue made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candle {
    /// Position among the connection's instruments.
    pub index: usize,
    /// How long it is.
    pub period: VenuePeriod,
    /// Its end.
    pub end: Nanos,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price so far.
    pub close: f64,
    /// In base currency (COIN-M futures: in contracts).
    pub volume: f64,
    /// It is over, as far as the venue says.
    pub closed: bool,
}

impl Candle {
    /// Whether its numbers can be those of a bar.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        let Candle { open, high, low, close, volume, .. } = *self;
        low > 0.0 && low <= open.min(close) && open.max(close) <= high && volume >= 0.0
    }
}

/// What a future is valued at, and its funding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VenueMark {
    /// Position among the connection's instruments.
    pub index: usize,
    /// The venue's price of positions and liquidations.
    pub mark: f64,
    /// Of what the future is of; NaN if the venue does not say.
    pub of_index: f64,
    /// Of the next payment; NaN if there is none.
    pub funding_rate: f64,
    /// When it is due; 0 if there is none.
    pub next_funding: Nanos,
    /// By the venue's clock.
    pub event_time: Nanos,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_have_one_name_one_length_and_one_code() {
        for (name, length) in PERIODS {
            let period = VenuePeriod::named(name).unwrap();
            assert_eq!(period.to_string(), name);
            assert_eq!(period.length().unwrap_or_default(), length);
            assert!(length == 0 || VenuePeriod::of_minutes(length / MINUTE) == Some(period) || name == "1s");
        }
        assert_eq!(VenuePeriod::named("1m").map(VenuePeriod::code), Some(129));
        assert_eq!(
            (VenuePeriod::named("7m"), VenuePeriod::of_minutes(7), VenuePeriod::of_minutes(0)),
            (None, None, None)
        );
        assert_eq!(VenuePeriod::of_minutes(i64::MAX), None);
    }
}
