//! Bars from trades, one trade at a time.
//!
//! The rules are those of `pyrt/data/resampling.py`, and `tests/golden/resampling.toml` is read by both:
//! - a bar spans `[k * period, (k + 1) * period)` since 1970 UTC; its time is its end; the first trade opens the first bar;
//! - a bar closes when time reaches its end, by a record's event_time or by a timer, and is delivered before that;
//! - an interval without trades is a bar of the last close and volume 0;
//! - a trade of a bar that has closed joins the open one and is counted;
//! - volume is summed in the order of arrival.

use thiserror::Error;

/// So many bars may pass without a trade; a time beyond that is an error of the data.
const MOST_EMPTY: i64 = 1_000_000;

/// One ended bar.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EndedBar {
    /// Its end, ns UTC.
    pub time: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Sum of quantities.
    pub volume: f64,
}

/// Why there are no bars.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BarError {
    /// A time that cannot be.
    #[error("time: {time} is more than {MOST_EMPTY} bars after {end}; check the data's times")]
    TooFar {
        /// What came.
        time: i64,
        /// When the open bar ends.
        end: i64,
    },
}

/// Bars of one instrument. Before each trade all bars that its time ends must be taken: [`BarBuilder::ended`] until none.
#[derive(Clone, Debug)]
pub struct BarBuilder {
    period: i64,
    /// The bar that is open; its time is its end. None before the first trade.
    open: Option<EndedBar>,
    empty: bool,
    late: u64,
}

impl BarBuilder {
    /// Bars of `period` ns, at least 1.
    #[must_use]
    pub fn new(period: i64) -> Self {
        Self { period: period.max(1), open: None, empty: true, late: 0 }
    }

    /// When the open bar ends, ns UTC; none before the first trade.
    #[must_use]
    pub fn end(&self) -> Option<i64> {
        self.open.map(|bar| bar.time)
    }

    /// Trades that came after their bar had closed.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// The next bar that has ended by `time`.
    ///
    /// # Errors
    /// If more than a million bars would be empty.
    #[inline]
    pub fn ended(&mut self, time: i64) -> Result<Option<EndedBar>, BarError> {
        let Some(open) = &mut self.open else { return Ok(None) };
        if time < open.time {
            return Ok(None);
        }
        if time.saturating_sub(open.time) / self.period >= MOST_EMPTY {
            return Err(BarError::TooFar { time, end: open.time });
        }
        let ended = *open;
        let close = ended.close;
        *open = EndedBar {
            time: ended.time + self.period,
            open: close,
            high: close,
            low: close,
            close,
            volume: 0.0,
        };
        self.empty = true;
        Ok(Some(ended))
    }

    /// Takes a trade by its event_time.
    #[inline]
    pub fn trade(&mut self, time: i64, price: f64, qty: f64) {
        let end = (time.div_euclid(self.period) + 1) * self.period;
        let bar = self.open.get_or_insert(EndedBar { time: end, ..EndedBar::default() });
        self.late += u64::from(time < bar.time - self.period);
        if self.empty {
            (bar.open, bar.high, bar.low) = (price, price, price);
            self.empty = false;
        }
        bar.high = bar.high.max(price);
        bar.low = bar.low.min(price);
        bar.close = price;
        bar.volume += qty;
    }
}

/// Reads a bar's length in ns: a number and `s`, `m`, `h` or `d`.
#[must_use]
pub fn period_ns(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return None,
    };
    let digits = (1..=5).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let number: i64 = number.parse().ok().filter(|_| digits && !number.starts_with('0'))?;
    Some(number * unit)
}
