//! Features by name: numbers that each ended bar gives a model. `pyrt/features` is the reference;
//! `tests/golden/features.toml` holds both to the bit.

use thiserror::Error;

use super::indicators::{BbPct, Change, Ema, Macd, Rsi, Sma};

/// The longest window, in bars.
const LONGEST: usize = 100_000;

/// The names there are; `N` stands for a number of bars.
pub const PATTERNS: [&str; 7] = ["rsi_N", "sma_N", "ema_N", "return_N", "macd", "bb_pct", "volume_ratio"];

/// The version of every feature's definition.
const VERSION: &str = "1";

/// Why there is no such feature.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FeatureError {
    /// Not in the list.
    #[error("there is no {name:?}; there are {}", PATTERNS.join(", "))]
    Unknown {
        /// As given.
        name: String,
    },
    /// Its number is out of range.
    #[error("{name:?}: the number of bars must be {least} to {LONGEST}, got {got}")]
    Range {
        /// As given.
        name: String,
        /// The smallest.
        least: usize,
        /// Its number.
        got: usize,
    },
    /// Twice in one list.
    #[error("{name:?} is named twice")]
    Twice {
        /// As given.
        name: String,
    },
    /// A model needs at least one.
    #[error("name at least one")]
    None,
}

#[derive(Clone, Debug)]
enum Formula {
    Rsi(Rsi),
    Sma(Sma),
    Ema(Ema),
    Change(Change),
    Macd(Macd),
    BbPct(BbPct),
    VolumeRatio(Sma),
}

/// A feature's definition and state.
#[derive(Clone, Debug)]
struct Feature {
    name: String,
    warmup: usize,
    formula: Formula,
}

impl Feature {
    /// Looks a feature up by its name; `lookback` is the length of `volume_ratio`'s average, in bars.
    fn new(name: &str, lookback: usize) -> Result<Self, FeatureError> {
        let unknown = || FeatureError::Unknown { name: name.to_owned() };
        let (family, number) = match name.rsplit_once('_') {
            Some((family, digits)) if is_number(digits) => {
                (family, Some(digits.parse().map_err(|_| unknown())?))
            }
            _ => (name, None),
        };
        let least = if family == "rsi" { 2 } else { 1 };
        let bars: usize = number.unwrap_or(lookback);
        let (warmup, formula) = match (family, number) {
            ("rsi", Some(n)) => (n, Formula::Rsi(Rsi::new(n.min(LONGEST)))),
            ("sma", Some(n)) => (n.saturating_sub(1), Formula::Sma(Sma::new(n.min(LONGEST)))),
            ("ema", Some(n)) => (n.saturating_sub(1), Formula::Ema(Ema::new(n.min(LONGEST)))),
            ("return", Some(n)) => (n, Formula::Change(Change::new(n.min(LONGEST)))),
            ("macd", None) => (33, Formula::Macd(Macd::new(12, 26, 9))),
            ("bb_pct", None) => (19, Formula::BbPct(BbPct::new(20, 2.0))),
            ("volume_ratio", None) => {
                (bars.saturating_sub(1), Formula::VolumeRatio(Sma::new(bars.min(LONGEST))))
            }
            _ => return Err(unknown()),
        };
        if !(least..=LONGEST).contains(&bars) {
            return Err(FeatureError::Range { name: name.to_owned(), least, got: bars });
        }
        Ok(Self { name: name.to_owned(), warmup, formula })
    }

    #[inline]
    fn update(&mut self, close: f64, volume: f64) -> f64 {
        match &mut self.formula {
            Formula::Rsi(rsi) => rsi.update(close),
            Formula::Sma(sma) => sma.update(close),
            Formula::Ema(ema) => ema.update(close),
            Formula::Change(change) => change.update(close),
            Formula::Macd(macd) => macd.update(close),
            Formula::BbPct(bands) => bands.update(close),
            Formula::VolumeRatio(sma) => {
                let mean = sma.update(volume);
                if mean == 0.0 { f64::NAN } else { volume / mean }
            }
        }
    }
}

fn is_number(digits: &str) -> bool {
    (1..=9).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The features of one instrument, in order.
#[derive(Clone, Debug)]
pub struct FeatureSet {
    features: Vec<Feature>,
    row: Vec<f64>,
    warmup: usize,
    seen: u64,
}

impl FeatureSet {
    /// By their names; `lookback` is the length of `volume_ratio`'s average, in bars.
    ///
    /// # Errors
    /// [`FeatureError`]: none, unknown, twice, or a number out of range.
    pub fn new<S: AsRef<str>>(names: &[S], lookback: usize) -> Result<Self, FeatureError> {
        let mut features: Vec<Feature> = Vec::with_capacity(names.len());
        for name in names.iter().map(AsRef::as_ref) {
            if features.iter().any(|feature| feature.name == name) {
                return Err(FeatureError::Twice { name: name.to_owned() });
            }
            features.push(Feature::new(name, lookback)?);
        }
        let warmup = features.iter().map(|feature| feature.warmup).max().ok_or(FeatureError::None)?;
        Ok(Self { row: vec![f64::NAN; features.len()], features, warmup, seen: 0 })
    }

    /// Name and version of each, in order.
    pub fn definitions(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.features.iter().map(|feature| (feature.name.as_str(), VERSION))
    }

    /// So many rows at the start have a NaN.
    #[must_use]
    pub fn warmup(&self) -> usize {
        self.warmup
    }

    /// Whether enough bars have come for every feature.
    #[must_use]
    pub fn warm(&self) -> bool {
        self.seen > self.warmup as u64
    }

    /// Takes the next bar and returns its features; a number that is not finite is a gap, after which they restart.
    #[inline]
    pub fn update(&mut self, close: f64, volume: f64) -> &[f64] {
        for (value, feature) in self.row.iter_mut().zip(&mut self.features) {
            *value = feature.update(close, volume);
        }
        self.seen += 1;
        &self.row
    }

    /// The features of the last bar.
    #[must_use]
    pub fn row(&self) -> &[f64] {
        &self.row
    }
}
