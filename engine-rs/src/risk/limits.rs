//! `config/risk_limits.toml`: what the operator allows.

use std::path::Path;

use serde::Deserialize;
use thiserror::Error;

use super::Ratio;
use crate::model::Money;

const MILLISECOND: i64 = 1_000_000;
/// A book without a message for so long is not traded on, unless the file says otherwise.
const DEFAULT_BOOK_AGE_MS: u32 = 5_000;
/// Above that a double does not hold every cent.
const LARGEST: f64 = 1e13;

/// The keys that every order is held to.
const ENFORCED: [&str; 7] = [
    "position_limits.max_position_usd",
    "position_limits.max_portfolio_concentration",
    "position_limits.max_leverage",
    "risk_metrics.max_drawdown_pct",
    "order_limits.max_order_size_usd",
    "order_limits.max_order_rate_per_min",
    "books.max_age_ms",
];

/// Why the limits cannot be used. Without limits nothing is sent.
#[derive(Debug, Error)]
pub enum LimitsError {
    /// No such file, or not readable.
    #[error("risk limits {path}: {error}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// Not TOML, a key too many, or one too few.
    #[error("risk limits: {0}")]
    Form(Box<toml::de::Error>),
    /// A number that is no limit.
    #[error("risk limits: {key} = {value}: must be {allowed}")]
    Value {
        /// Which.
        key: &'static str,
        /// What came.
        value: f64,
        /// What may.
        allowed: &'static str,
    },
}

/// The limits, as exact numbers. All money is in USD.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Of one instrument: the most it may be worth, orders on their way counted.
    pub max_position: Money,
    /// Of one asset: the most it may be worth as a part of equity.
    pub max_concentration: Ratio,
    /// Of all assets together: the most they may be worth as a multiple of equity.
    pub max_leverage: Ratio,
    /// Below the highest equity by this part: only orders that reduce.
    pub max_drawdown: Ratio,
    /// Of one order.
    pub max_order: Money,
    /// In any 60 s.
    pub max_orders_per_minute: u32,
    /// Age in ns of the last message of a book that may be traded on.
    pub max_book_age: i64,
    unenforced: Vec<&'static str>,
    defaults: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    position_limits: PositionLimits,
    risk_metrics: RiskMetrics,
    order_limits: OrderLimits,
    #[serde(default)]
    margin: Margin,
    #[serde(default)]
    books: Books,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PositionLimits {
    max_position_usd: f64,
    max_portfolio_concentration: f64,
    max_leverage: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RiskMetrics {
    var_limit_1d_95: Option<f64>,
    max_drawdown_pct: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderLimits {
    max_order_size_usd: f64,
    max_order_rate_per_min: u32,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Margin {
    margin_buffer: Option<f64>,
    margin_call_threshold: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Books {
    max_age_ms: Option<u32>,
}

impl Limits {
    /// Reads the file.
    ///
    /// # Errors
    /// If it cannot be read, has keys that nobody knows or lacks some, or a number that is no limit.
    pub fn load(path: &Path) -> Result<Limits, LimitsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| LimitsError::Read { path: path.display().to_string(), error })?;
        Limits::from_toml(&text)
    }

    /// Reads the text of the file.
    ///
    /// # Errors
    /// As [`Limits::load`].
    pub fn from_toml(text: &str) -> Result<Limits, LimitsError> {
        let file: File = toml::from_str(text).map_err(|error| LimitsError::Form(Box::new(error)))?;
        let (position, metrics, order) = (file.position_limits, file.risk_metrics, file.order_limits);
        let not_enforced = [
            ("risk_metrics.var_limit_1d_95", metrics.var_limit_1d_95),
            ("margin.margin_buffer", file.margin.margin_buffer),
            ("margin.margin_call_threshold", file.margin.margin_call_threshold),
        ];
        for (key, value) in not_enforced {
            value.map_or(Ok(()), |value| within(key, value, 0.0..=LARGEST, "at least 0").map(drop))?;
        }
        let default_age = format!("books.max_age_ms = {DEFAULT_BOOK_AGE_MS}");
        let book_age = file.books.max_age_ms.unwrap_or(DEFAULT_BOOK_AGE_MS);
        Ok(Limits {
            max_position: money("position_limits.max_position_usd", position.max_position_usd)?,
            max_concentration: ratio(
                "position_limits.max_portfolio_concentration",
                position.max_portfolio_concentration,
            )?,
            max_leverage: ratio("position_limits.max_leverage", position.max_leverage)?,
            max_drawdown: part("risk_metrics.max_drawdown_pct", metrics.max_drawdown_pct)?,
            max_order: money("order_limits.max_order_size_usd", order.max_order_size_usd)?,
            max_orders_per_minute: count(
                "order_limits.max_order_rate_per_min",
                order.max_order_rate_per_min,
            )?,
            max_book_age: i64::from(book_age) * MILLISECOND,
            unenforced: not_enforced
                .iter()
                .filter(|(_, value)| value.is_some())
                .map(|(key, _)| *key)
                .collect(),
            defaults: if file.books.max_age_ms.is_some() { vec![] } else { vec![default_age] },
        })
    }

    /// Keys that every order is held to.
    #[must_use]
    pub fn enforced(&self) -> &'static [&'static str] {
        &ENFORCED
    }

    /// Keys that the file has and nobody enforces: to be shown at start; live trading refuses unless they are
    /// accepted.
    #[must_use]
    pub fn unenforced(&self) -> &[&'static str] {
        &self.unenforced
    }

    /// Keys that the file lacks with the values taken instead, as TOML: to be shown at start.
    #[must_use]
    pub fn defaults(&self) -> &[String] {
        &self.defaults
    }
}

fn within(
    key: &'static str,
    value: f64,
    range: std::ops::RangeInclusive<f64>,
    allowed: &'static str,
) -> Result<f64, LimitsError> {
    if range.contains(&value) { Ok(value) } else { Err(LimitsError::Value { key, value, allowed }) }
}

fn money(key: &'static str, value: f64) -> Result<Money, LimitsError> {
    within(key, value, 0.0..=LARGEST, "an amount of USD from 0 to 1e13").map(Money::from_f64)
}

fn ratio(key: &'static str, value: f64) -> Result<Ratio, LimitsError> {
    let allowed = "a factor from 0 to 1e6, and not between 0 and 1e-8";
    let value = within(key, value, 0.0..=1e6, allowed)?;
    Ratio::from_f64(value).ok_or(LimitsError::Value { key, value, allowed })
}

fn part(key: &'static str, value: f64) -> Result<Ratio, LimitsError> {
    within(key, value, 0.0..=1.0, "a fraction from 0 to 1 (0.15 is 15%)")?;
    ratio(key, value)
}

fn count(key: &'static str, value: u32) -> Result<u32, LimitsError> {
    within(key, f64::from(value), 0.0..=1e6, "at most 1,000,000").map(|_| value)
}
