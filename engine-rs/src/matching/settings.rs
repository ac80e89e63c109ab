//! The `[simulation]` table: what both hosts read, and save with a result.

use thiserror::Error;
use toml::{Table, Value};

use super::queue_model::QueueModel;

/// When the venue saw a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeedClock {
    /// The feed's latency before it was received.
    #[default]
    Constant,
    /// So long before it was received as a normal draw says.
    Normal,
    /// At its own event time.
    Recorded,
}

/// What the venue's book is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BookSource {
    /// Delta records; quotes change nothing.
    #[default]
    Deltas,
    /// Quote records: one level a side. Deltas change nothing.
    Quotes,
    /// Order records: who stands where in which queue is known. Deltas and quotes change nothing.
    Orders,
}

/// How a venue is simulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simulation {
    /// From the venue's event to its record's receive time, ns.
    pub feed_latency: i64,
    /// From sending a command to its arrival, ns.
    pub order_latency: i64,
    /// From an answer to its strategy, ns.
    pub response_latency: i64,
    /// Commands arrive up to so much later, at random, ns.
    pub jitter: i64,
    /// Of the jitter.
    pub seed: u64,
    /// The queue model.
    pub queue: QueueModel,
    /// What books are made of.
    pub book: BookSource,
    /// Rate in 10^-8, below 0 a rebate.
    pub maker_fee: i64,
    /// Rate in 10^-8.
    pub taker_fee: i64,
    /// When the venue saw a record.
    pub feed: FeedClock,
    /// Of the queue models that have one.
    pub queue_power: f64,
    /// Of normal delays of the feed, ns.
    pub feed_deviation: i64,
}

impl Default for Simulation {
    fn default() -> Self {
        Self {
            feed_latency: 500_000,
            order_latency: 500_000,
            response_latency: 500_000,
            jitter: 0,
            seed: 0,
            queue: QueueModel::RiskAverse,
            book: BookSource::Deltas,
            maker_fee: 100_000,
            taker_fee: 100_000,
            feed: FeedClock::Constant,
            queue_power: 2.0,
            feed_deviation: 0,
        }
    }
}

/// A key, value or range that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SettingsError {
    /// The text is no TOML.
    #[error("{0}")]
    Syntax(String),
    /// There is no `[simulation]` table.
    #[error("there is no [simulation] table")]
    NoTable,
    /// A key that does not exist.
    #[error("simulation.{key}: there is no such key; there are {}", KEYS.join(", "))]
    UnknownKey {
        /// As it came.
        key: String,
    },
    /// A value of another type or outside its range.
    #[error("simulation.{key}: must be {allowed}, got {value}")]
    BadValue {
        /// Which.
        key: String,
        /// As it came.
        value: String,
        /// What is allowed.
        allowed: String,
    },
}

const KEYS: [&str; 12] = [
    "feed_latency_ns",
    "order_latency_ns",
    "response_latency_ns",
    "jitter_ns",
    "seed",
    "queue",
    "book",
    "maker_fee",
    "taker_fee",
    "feed",
    "queue_power",
    "feed_deviation_ns",
];
const HOUR: i64 = 3_600_000_000_000;
const WHOLE: i64 = 100_000_000;

/// What a recorded feed's latency is taken for, which is another for each record.
const UNKNOWN_FEED: i64 = 1_000_000_000;
/// No draw of a normal delay is further from its mean, in deviations.
const WIDEST_DRAW: i64 = 9;

impl Simulation {
    /// How long before a split trading halts: what was sent before has arrived, and its answers have come.
    #[must_use]
    pub fn halt(&self) -> i64 {
        let feed = match self.feed {
            FeedClock::Constant => self.feed_latency,
            FeedClock::Normal => self.feed_latency + WIDEST_DRAW * self.feed_deviation,
            FeedClock::Recorded => UNKNOWN_FEED,
        };
        self.order_latency + self.jitter + feed.max(self.response_latency) + 1
    }

    /// Reads the text of a file with a `[simulation]` table; other tables are not looked at.
    ///
    /// # Errors
    /// [`SettingsError`], naming key, value and range.
    pub fn from_toml(text: &str) -> Result<Simulation, SettingsError> {
        let file: Table =
            text.parse().map_err(|error: toml::de::Error| SettingsError::Syntax(error.to_string()))?;
        match file.get("simulation") {
            Some(Value::Table(table)) => Self::from_table(table),
            _ => Err(SettingsError::NoTable),
        }
    }

    /// Reads the table itself; a key that is not there has its default.
    ///
    /// # Errors
    /// [`SettingsError`], naming key, value and range.
    pub fn from_table(table: &Table) -> Result<Simulation, SettingsError> {
        let mut settings = Simulation::default();
        for (key, value) in table {
            match key.as_str() {
                "feed_latency_ns" => settings.feed_latency = integer(key, value, 0, HOUR)?,
                "feed_deviation_ns" => settings.feed_deviation = integer(key, value, 0, HOUR)?,
                "order_latency_ns" => settings.order_latency = integer(key, value, 0, HOUR)?,
                "response_latency_ns" => settings.response_latency = integer(key, value, 0, HOUR)?,
                "jitter_ns" => settings.jitter = integer(key, value, 0, HOUR)?,
                "seed" => settings.seed = integer(key, value, 0, i64::MAX)?.unsigned_abs(),
                "queue" => settings.queue = word(key, value, &QueueModel::WORDS)?,
                "queue_power" => settings.queue_power = power(key, value)?,
                "feed" => {
                    let words = [
                        ("constant", FeedClock::Constant),
                        ("normal", FeedClock::Normal),
                        ("recorded", FeedClock::Recorded),
                    ];
                    settings.feed = word(key, value, &words)?;
                }
                "book" => {
                    let words = [
                        ("deltas", BookSource::Deltas),
                        ("quotes", BookSource::Quotes),
                        ("orders", BookSource::Orders),
                    ];
                    settings.book = word(key, value, &words)?;
                }
                "maker_fee" => settings.maker_fee = integer(key, value, -WHOLE, WHOLE)?,
                "taker_fee" => settings.taker_fee = integer(key, value, -WHOLE, WHOLE)?,
                _ => return Err(SettingsError::UnknownKey { key: key.clone() }),
            }
        }
        Ok(settings)
    }
}

fn integer(key: &str, value: &Value, low: i64, high: i64) -> Result<i64, SettingsError> {
    match value {
        Value::Integer(number) if (low..=high).contains(number) => Ok(*number),
        _ => Err(bad(key, value, format!("an integer from {low} to {high}"))),
    }
}

fn power(key: &str, value: &Value) -> Result<f64, SettingsError> {
    #[allow(clippy::cast_precision_loss)] // up to 100
    let number = match value {
        Value::Float(number) => *number,
        Value::Integer(number) => *number as f64,
        _ => f64::NAN,
    };
    if number > 0.0 && number <= 100.0 {
        return Ok(number);
    }
    Err(bad(key, value, "a number above 0 and at most 100".to_owned()))
}

fn word<T: Copy>(key: &str, value: &Value, words: &[(&str, T)]) -> Result<T, SettingsError> {
    let found = words.iter().find(|(name, _)| value.as_str() == Some(name));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let names: Vec<String> = words.iter().map(|(name, _)| format!("{name:?}")).collect();
        bad(key, value, names.join(" or "))
    })
}

fn bad(key: &str, value: &Value, allowed: String) -> SettingsError {
    SettingsError::BadValue { key: key.to_owned(), value: value.to_string(), allowed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_named_with_its_range() {
        let words = |text: &str| Simulation::from_toml(text).unwrap_err().to_string();
        assert_eq!(
            words("[simulation]\njitter_ns = -5"),
            "simulation.jitter_ns: must be an integer from 0 to 3600000000000, got -5"
        );
        assert_eq!(
            words("[simulation]\nqueue = \"fifo\""),
            "simulation.queue: must be \"risk_averse\" or \"power_prob\" or \"power_prob2\" or \"power_prob3\" or \
             \"log_prob\" or \"log_prob2\", got \"fifo\""
        );
        assert!(words("[simulation]\nqueue_power = 0").contains("above 0 and at most 100, got 0"));
        assert!(words("[simulation]\nmaker_fee = 0.001").contains("got 0.001"));
        assert!(
            words("[simulation]\nlatency = 1")
                .starts_with("simulation.latency: there is no such key; there are feed")
        );
        assert_eq!(words("x = 1"), "there is no [simulation] table");
        assert!(words("[simulation").contains("simulation"));
        assert_eq!(Simulation::from_toml("[simulation]"), Ok(Simulation::default()));
    }
}
