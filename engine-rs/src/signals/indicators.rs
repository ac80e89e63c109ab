//! Indicators, one value at a time. The formulas are those of `pyrt_ext/streams`, operation by operation, so that
//! both give the same bits; `tests/golden/indicators.toml` and `features.toml` hold them to it.
//!
//! A value that is not finite is a gap: the answer is NaN and the indicator begins anew.

#![allow(clippy::cast_precision_loss)] // lengths are small

/// Gains and losses that have no digits left, long after the market's last move: the index is 0, as without any.
const FLAT: f64 = 1e-290;

/// The mean of the last `period` values: blocks as long as the window, a head plus a tail.
#[derive(Clone, Debug)]
pub struct Sma {
    value: f64,
    head: f64,
    at: usize,
    full: bool,
    window: Vec<f64>,
}

impl Sma {
    /// Over `period` values, at least 1.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { value: f64::NAN, head: 0.0, at: 0, full: false, window: vec![0.0; period.max(1)] }
    }

    /// Takes the next value.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        if !x.is_finite() {
            (self.value, self.head, self.at, self.full) = (f64::NAN, 0.0, 0, false);
            return self.value;
        }
        let period = self.window.len();
        self.window[self.at] = x;
        let mut total = self.head + x;
        self.head = total;
        self.at += 1;
        if self.at < period {
            if self.full {
                self.value = (self.window[self.at] + total) / period as f64;
            }
            return self.value;
        }
        self.value = total / period as f64;
        total = 0.0;
        for tail in self.window.iter_mut().rev() {
            total += *tail;
            *tail = total;
        }
        (self.head, self.at, self.full) = (0.0, 0, true);
        self.value
    }
}

/// The exponential average, beginning with the mean of the first `period` values.
#[derive(Clone, Debug)]
pub struct Ema {
    value: f64,
    gain: f64,
    first: f64,
    distance: f64,
    period: usize,
    seen: usize,
}

impl Ema {
    /// Of `period` values, at least 1.
    #[must_use]
    pub fn new(period: usize) -> Self {
        let period = period.max(1);
        let gain = 2.0 / (period as f64 + 1.0);
        Self { value: f64::NAN, gain, first: 0.0, distance: 0.0, period, seen: 0 }
    }

    /// Takes the next value.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        if !x.is_finite() {
            (self.value, self.distance, self.seen) = (f64::NAN, 0.0, 0);
            return self.value;
        }
        if self.seen == self.period {
            self.value += (x - self.value) * self.gain;
            return self.value;
        }
        if self.seen == 0 {
            self.first = x;
        }
        self.distance += x - self.first;
        self.seen += 1;
        if self.seen == self.period {
            self.value = self.first + self.distance / self.period as f64;
        }
        self.value
    }
}

/// Wilder's relative strength index.
#[derive(Clone, Debug)]
pub struct Rsi {
    value: f64,
    last: f64,
    gain: f64,
    loss: f64,
    weight: f64,
    period: usize,
    /// Values that have come, up to one more than `period`.
    seen: usize,
}

impl Rsi {
    /// Over `period` changes, at least 2.
    #[must_use]
    pub fn new(period: usize) -> Self {
        let period = period.max(2);
        let weight = 1.0 / period as f64;
        Self { value: f64::NAN, last: f64::NAN, gain: 0.0, loss: 0.0, weight, period, seen: 0 }
    }

    /// Takes the next value.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        if !x.is_finite() {
            (self.value, self.gain, self.loss, self.seen) = (f64::NAN, 0.0, 0.0, 0);
            return self.value;
        }
        let change = x - self.last;
        self.last = x;
        if self.seen <= self.period {
            self.seen += 1;
            if self.seen == 1 {
                return self.value;
            }
            if change > 0.0 {
                self.gain += change;
            } else {
                self.loss -= change;
            }
            if self.seen <= self.period {
                return self.value;
            }
            self.gain /= self.period as f64;
            self.loss /= self.period as f64;
        } else if change > 0.0 {
            self.gain += (change - self.gain) * self.weight;
            self.loss -= self.loss * self.weight;
        } else {
            self.gain -= self.gain * self.weight;
            self.loss += (-change - self.loss) * self.weight;
        }
        let total = self.gain + self.loss;
        self.value = if total < FLAT { 0.0 } else { 100.0 * (self.gain / total) };
        self.value
    }
}

/// The MACD line: a fast less a slow average, shown when its own average over `signal` values could be (TA-Lib).
#[derive(Clone, Debug)]
pub struct Macd {
    value: f64,
    fast: f64,
    slow: f64,
    gains: [f64; 2],
    first: f64,
    periods: [usize; 2],
    ready: usize,
    seen: usize,
}

impl Macd {
    /// `fast` is at least 1 and at most `slow`; `signal` at least 1.
    #[must_use]
    pub fn new(fast: usize, slow: usize, signal: usize) -> Self {
        let fast = fast.max(1);
        let slow = slow.max(fast);
        Self {
            value: f64::NAN,
            fast: 0.0,
            slow: 0.0,
            gains: [2.0 / (fast as f64 + 1.0), 2.0 / (slow as f64 + 1.0)],
            first: 0.0,
            periods: [fast, slow],
            ready: slow + signal.max(1) - 1,
            seen: 0,
        }
    }

    /// Takes the next value.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        if !x.is_finite() {
            (self.value, self.fast, self.slow, self.seen) = (f64::NAN, 0.0, 0.0, 0);
            return self.value;
        }
        let [fast, slow] = self.periods;
        if self.seen < slow {
            if self.seen == 0 {
                self.first = x;
            }
            self.slow += x - self.first;
            if self.seen >= slow - fast {
                self.fast += x - self.first;
            }
            self.seen += 1;
            if self.seen == slow {
                self.slow = self.first + self.slow / slow as f64;
                self.fast = self.first + self.fast / fast as f64;
            }
        } else {
            self.fast += (x - self.fast) * self.gains[0];
            self.slow += (x - self.slow) * self.gains[1];
            self.seen = (self.seen + 1).min(self.ready);
        }
        if self.seen == self.ready {
            self.value = self.fast - self.slow;
        }
        self.value
    }
}

/// The last values, and where the next one goes: once full, the oldest.
#[derive(Clone, Debug)]
struct Ring {
    values: Vec<f64>,
    at: usize,
    seen: usize,
}

impl Ring {
    fn new(period: usize) -> Self {
        Self { values: vec![0.0; period.max(1)], at: 0, seen: 0 }
    }

    fn push(&mut self, x: f64) {
        self.values[self.at] = x;
        self.at = (self.at + 1) % self.values.len();
        self.seen = (self.seen + 1).min(self.values.len());
    }

    fn full(&self) -> bool {
        self.seen == self.values.len()
    }

    fn clear(&mut self) {
        (self.at, self.seen) = (0, 0);
    }

    /// Oldest first.
    fn iter(&self) -> impl Iterator<Item = f64> {
        self.values[self.at..].iter().chain(&self.values[..self.at]).copied()
    }
}

/// Where the value stands between Bollinger's bands: 0 at the lower, 1 at the upper; NaN at zero width.
#[derive(Clone, Debug)]
pub struct BbPct {
    width: f64,
    ring: Ring,
}

impl BbPct {
    /// Over `period` values, bands of `width` standard deviations (of the population).
    #[must_use]
    pub fn new(period: usize, width: f64) -> Self {
        Self { width, ring: Ring::new(period) }
    }

    /// Takes the next value.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        if !x.is_finite() {
            self.ring.clear();
            return f64::NAN;
        }
        self.ring.push(x);
        if !self.ring.full() {
            return f64::NAN;
        }
        let period = self.ring.values.len() as f64;
        let first = self.ring.values[self.ring.at];
        // Not Iterator::sum: it may begin with -0.0.
        let mean = first + self.ring.iter().fold(0.0, |total, x| total + (x - first)) / period;
        let squares = self.ring.iter().fold(0.0, |total, x| {
            let distance = x - mean;
            total + distance * distance
        });
        let half = self.width * (squares / period).sqrt();
        let lower = mean - half;
        let span = (mean + half) - lower;
        if span > 0.0 { (x - lower) / span } else { f64::NAN }
    }
}

/// The value relative to that of `period` rows before, less 1.
#[derive(Clone, Debug)]
pub struct Change {
    ring: Ring,
}

impl Change {
    /// Over `period` rows, at least 1.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { ring: Ring::new(period) }
    }

    /// Takes the next value.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        if !x.is_finite() {
            self.ring.clear();
            return f64::NAN;
        }
        let before = self.ring.values[self.ring.at];
        let value = if self.ring.full() && before != 0.0 { x / before - 1.0 } else { f64::NAN };
        self.ring.push(x);
        value
    }
}
