//! The strategy file: TOML that names features, a model, thresholds, size and how to execute.
//!
//! `proto/STRATEGY_FILE.md` is the specification, `pyrt/strategy/file.py` the reference.

use std::path::{Path, PathBuf};

use crate::config::{ConfigError, Effective, Origin, Problem, Reader, to_toml};
use crate::market_data::period_ns;
use crate::signals::FeatureSet;

/// What a strategy file with a model does; the keys of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Names, in the model's order.
    pub features: Vec<String>,
    /// From the folder that holds `config/`. It need not be there before the strategy runs.
    pub model: PathBuf,
    /// Length of `volume_ratio`'s average, in bars.
    pub lookback_period: usize,
    /// A score from here on opens.
    pub entry_threshold: f64,
    /// A score down to here closes.
    pub exit_threshold: f64,
    /// A fraction of equity.
    pub position_size_pct: f64,
    /// Whether orders are limits, else they are market orders.
    pub limit: bool,
    /// Distance of the limit from mid, on the passive side.
    pub limit_offset_bps: f64,
    /// After so many ns an order is cancelled.
    pub timeout_ns: i64,
}

/// A parameter that may change while the strategy runs: its name, what is allowed, and whether a number is.
type Live = (&'static str, &'static str, fn(f64) -> bool);

const LIVE: [Live; 5] = [
    ("entry_threshold", "must be a number from -1e9 to 1e9", |x| x.abs() <= 1e9),
    ("exit_threshold", "must be a number from -1e9 to 1e9", |x| x.abs() <= 1e9),
    ("position_size_pct", "must be a fraction of equity, above 0 and at most 1", |x| x > 0.0 && x <= 1.0),
    ("limit_offset_bps", "must be a number from 0 to 9999", |x| (0.0..=9_999.0).contains(&x)),
    ("timeout_seconds", "must be a number above 0 and at most 86400", |x| x > 0.0 && x <= 86_400.0),
];

impl Rules {
    /// The rules with one parameter changed, as a command of the operator does.
    ///
    /// # Errors
    /// In words: there is none of that name, it shapes the features, or the value is out of range.
    pub fn changed(&self, name: &str, value: f64) -> Result<Rules, String> {
        if ["lookback_period", "features", "model"].contains(&name) {
            return Err(format!(
                "{name}: shapes the strategy and cannot change while it runs; change the file"
            ));
        }
        let Some((_, allowed, check)) = LIVE.iter().find(|(known, ..)| *known == name) else {
            return Err(format!("{name}: is none of {}", LIVE.map(|(known, ..)| known).join(", ")));
        };
        if !check(value) {
            return Err(format!("{name} = {value:?}: {allowed}"));
        }
        let mut rules = self.clone();
        match name {
            "entry_threshold" => rules.entry_threshold = value,
            "exit_threshold" => rules.exit_threshold = value,
            "position_size_pct" => rules.position_size_pct = value,
            "limit_offset_bps" => rules.limit_offset_bps = value,
            _ => rules.timeout_ns = nanoseconds(value),
        }
        if rules.exit_threshold > rules.entry_threshold {
            return Err(format!("{name} = {value:?}: exit_threshold would be above entry_threshold"));
        }
        Ok(rules)
    }
}

/// What a file runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A model and rules.
    Rules(Rules),
    /// A compiled strategy, and the parameters to set.
    Code {
        /// From the same folder as models.
        path: PathBuf,
        /// By name.
        parameters: Vec<(String, f64)>,
    },
}

/// A strategy file that has been read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct StrategyFile {
    /// As written.
    pub name: String,
    /// As written, or empty.
    pub version: String,
    /// What is traded: `venue:BASE-QUOTE`.
    pub instrument: String,
    /// Length of a bar, ns.
    pub period: i64,
    /// What it runs.
    pub body: Body,
    /// Every key in force, with origins.
    pub effective: Vec<Effective>,
    /// What was decided for the user: aliases.
    pub note: String,
}

impl StrategyFile {
    /// Reads a strategy file. Paths in it count from the folder that holds `config/`, or from the file's own folder if
    /// it is in no `config/`; aliases are read from `config/venues/<exchange>.toml` there. The model need not exist.
    ///
    /// # Errors
    /// With all complaints at once: unknown keys with what was meant, missing ones, values out of range.
    pub fn load(path: &Path) -> Result<StrategyFile, ConfigError> {
        let root = root_of(path);
        let mut reader = Reader::of_file(path);
        let name =
            required(&mut reader, path, "strategy.name", "a text that is not empty", |t| !t.is_empty());
        let version = if reader.has("strategy.version") {
            reader.text("strategy.version", "", "must be a text that is not empty", |t| !t.is_empty())
        } else {
            reader.text("strategy.version", "", "", |_| true)
        };
        let asset = required(
            &mut reader,
            path,
            "strategy.asset",
            "BASE/QUOTE in capitals, such as BTC/USDT",
            is_asset,
        );
        let exchange =
            required(&mut reader, path, "strategy.exchange", "a venue's name in small letters", is_word);
        let body = if reader.has("strategy.code") {
            let code = reader.text("strategy.code", "", "must be a path", |t| !t.is_empty());
            Body::Code { path: root.join(code), parameters: reader.numbers("parameters") }
        } else {
            Body::Rules(rules(&mut reader, path, &root))
        };
        let bar =
            reader.text("data.bar", "1m", "must be a number and s, m, h or d, such as 1s, 5m, 1h", |t| {
                period_ns(t).is_some()
            });
        let (symbol, alias) = symbol(&root, &exchange, &asset, &mut reader);
        let (effective, problems) = reader.finish();
        if !problems.is_empty() {
            return Err(ConfigError { problems });
        }
        let instrument = format!("{exchange}:{symbol}");
        let from = if alias { format!(", an alias of config/venues/{exchange}.toml") } else { String::new() };
        let note = format!("asset {asset} on {exchange} is {instrument}{from}");
        let period = period_ns(&bar).unwrap_or_default();
        Ok(StrategyFile { name, version, instrument, period, body, effective, note })
    }

    /// The keys in force as TOML, each with where it came from, and what was decided for the user.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{}\n# {}\n", to_toml(&self.effective), self.note)
    }
}

fn required(
    reader: &mut Reader,
    path: &Path,
    key: &str,
    allowed: &str,
    check: impl Fn(&str) -> bool,
) -> String {
    reader.require(key, path);
    reader.text(key, "", &format!("must be {allowed}"), check)
}

fn rules(reader: &mut Reader, path: &Path, root: &Path) -> Rules {
    const NUMBERS: [&str; 3] =
        ["parameters.entry_threshold", "parameters.exit_threshold", "parameters.position_size_pct"];
    NUMBERS.iter().for_each(|key| reader.require(key, path));
    let lookback = reader.integer("parameters.lookback_period", 20, 1..=100_000);
    let lookback_period = usize::try_from(lookback).unwrap_or_default();
    let mut live = |at: usize, key: &str, default: f64| {
        let (_, allowed, check) = LIVE[at];
        reader.number(key, default, allowed, check)
    };
    let entry_threshold = live(0, NUMBERS[0], f64::INFINITY);
    let exit_threshold = live(1, NUMBERS[1], f64::NEG_INFINITY);
    let position_size_pct = live(2, NUMBERS[2], 0.0);
    let limit_offset_bps = live(3, "execution.limit_offset_bps", 0.0);
    let timeout_ns = nanoseconds(live(4, "execution.timeout_seconds", 30.0));
    let model = required(reader, path, "ml_model.path", "a path", |t| !t.is_empty());
    reader.require("ml_model.features", path);
    let features =
        reader.list("ml_model.features", &[], "must be a list of at least one text", |t| !t.is_empty());
    let rules = Rules {
        model: root.join(model),
        lookback_period,
        entry_threshold,
        exit_threshold,
        position_size_pct,
        limit: reader.choice("execution.order_type", "limit", &[("limit", true), ("market", false)]),
        limit_offset_bps,
        timeout_ns,
        features,
    };
    if exit_threshold > entry_threshold {
        reader.complain(NUMBERS[1], format!("must be at most entry_threshold, {entry_threshold:?}"));
    }
    if !rules.features.is_empty()
        && let Err(error) = FeatureSet::new(&rules.features, lookback_period)
    {
        reader.complain("ml_model.features", error.to_string());
    }
    rules
}

#[allow(clippy::cast_possible_truncation)] // at most a day
fn nanoseconds(seconds: f64) -> i64 {
    ((seconds * 1e9).round_ties_even() as i64).max(1)
}

/// The folder that holds `config/`, from a file somewhere in it; else the file's own folder.
fn root_of(path: &Path) -> PathBuf {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let config = path.ancestors().skip(1).find(|folder| folder.file_name().is_some_and(|n| n == "config"));
    config.or(Some(&path)).and_then(Path::parent).unwrap_or(Path::new("")).to_owned()
}

/// What the venue calls the asset, and whether an alias says so.
fn symbol(root: &Path, exchange: &str, asset: &str, reader: &mut Reader) -> (String, bool) {
    let venue = root.join("config/venues").join(format!("{exchange}.toml"));
    let aliases = match std::fs::read_to_string(&venue).map(|text| text.parse::<toml::Table>()) {
        Err(_) => toml::Table::new(),
        Ok(Ok(table)) => table.get("aliases").and_then(toml::Value::as_table).cloned().unwrap_or_default(),
        Ok(Err(error)) => {
            let origin = Origin::File { path: venue, line: 0 };
            reader.add(Problem { key: None, value: None, expected: error.message().to_owned(), origin });
            return (String::new(), false);
        }
    };
    match aliases.get(asset) {
        None => (asset.replace('/', "-"), false),
        Some(toml::Value::String(symbol)) if is_asset(symbol) && !symbol.contains('/') => {
            (symbol.clone(), true)
        }
        Some(other) => {
            let expected =
                format!("aliases.{asset:?} = {other}: must be BASE-QUOTE in capitals, such as BTC-USDT");
            reader.add(Problem {
                key: None,
                value: None,
                expected,
                origin: Origin::File { path: venue, line: 0 },
            });
            (String::new(), true)
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_asset(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'.' || b == b'_')
    };
    text.contains(['/', '-']) && text.split(['/', '-']).all(part)
}
