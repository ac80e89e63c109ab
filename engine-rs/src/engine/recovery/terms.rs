//! The terms of a session: all that decides beside its inputs. A session goes on only under the terms that it began
//! with; levels of logging, ports, addresses and keys are none of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};
use serde_json::{Value as Json, json};
use toml::{Table, Value};

use super::super::EngineError;
use super::head::described;
use super::refused;
use crate::config::{Config, Strategy, VenueKey};
use crate::model::Instrument;
use crate::strategy::{Body, StrategyFile};

/// Keys that decide nothing, or are compared by what they lead to; of a table the whole of it.
const BESIDE: [&str; 17] = [
    "logging",
    "recording",
    "messages",
    "journal",
    "shared_memory",
    "aliases",
    "engine.input_queue",
    "engine.spin_us",
    "engine.startup_timeout_ms",
    "trading.risk",
    "trading.cash",
    "trading.history",
    "trading.order_entry",
    "trading.accept_unenforced",
    "trading.onnx_runtime",
    "trading.key_variable",
    "trading.secret_variable",
];

/// The same of every venue.
const BESIDE_OF_VENUES: [&str; 12] = [
    "websocket",
    "rest",
    "connect_timeout_ms",
    "silence_ms",
    "backoff_initial_ms",
    "backoff_max_ms",
    "max_message_bytes",
    "messages_per_second",
    "renew_ms",
    "key_variable",
    "secret_variable",
    "passphrase_variable",
];

/// A file that a strategy is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) strategy: String,
    pub(super) path: PathBuf,
    sha256: String,
}

/// See the head of this file.
pub(super) struct Terms {
    /// As TOML, every key with where it came from.
    pub(super) configuration: String,
    /// In the order of their rows.
    pub(super) instruments: Vec<Instrument>,
    /// The text of the file of limits.
    pub(super) limits: String,
    /// Of all strategies.
    pub(super) objects: Vec<Object>,
}

impl Terms {
    /// Those in force now.
    pub(super) fn of(config: &Config, instruments: &[Instrument]) -> Result<Terms, EngineError> {
        let risk = &config.trading.risk;
        let limits =
            fs::read_to_string(risk).map_err(|error| refused(format!("{}: {error}", risk.display())))?;
        let objects: Result<Vec<_>, _> = config.strategies.iter().map(objects).collect();
        Ok(Terms {
            configuration: config.to_toml(),
            instruments: instruments.to_vec(),
            limits,
            objects: objects?.concat(),
        })
    }

    /// What every ledger began with, if the session was the first.
    pub(super) fn cash(&self) -> Option<f64> {
        flat(&self.configuration).get("trading.cash")?.parse().ok()
    }

    /// Paper or live.
    pub(super) fn mode(&self) -> String {
        flat(&self.configuration).remove("trading.mode").unwrap_or_default()
    }

    /// What is other now, in words.
    pub(super) fn differences(&self, now: &Terms) -> Vec<String> {
        let mut found = differing("", &settings(&self.configuration), &settings(&now.configuration));
        found.extend(differing("limits: ", &flat(&self.limits), &flat(&now.limits)));
        found.extend(differing("", &self.files(), &now.files()));
        found.extend(differing("instruments: ", &self.rows(), &now.rows()));
        found
    }

    /// Hashes by strategy and place.
    fn files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for Object { strategy, path, sha256 } in &self.objects {
            let end = path.extension().unwrap_or_default().to_string_lossy();
            found.insert(format!("SHA-256 of strategy {strategy:?}'s .{end}"), sha256.clone());
        }
        found
    }

    /// As the journal has them: a number that was written and read is compared with one that was too.
    fn rows(&self) -> BTreeMap<String, String> {
        let text = |row: &Instrument| described(row).to_string();
        let read = |row: &Instrument| serde_json::from_str(&text(row)).unwrap_or(Json::Null).to_string();
        (0..)
            .zip(&self.instruments)
            .map(|(row, instrument)| (format!("row {row}"), read(instrument)))
            .collect()
    }
}

impl Object {
    fn at(strategy: &str, path: &Path) -> Result<Object, EngineError> {
        let about = |error| refused(format!("strategy {strategy:?}: {}: {error}", path.display()));
        let content = fs::read(path).map_err(about)?;
        let sha256 = digest(&SHA256, &content).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let path = path.canonicalize().map_err(about)?;
        Ok(Object { strategy: strategy.to_owned(), path, sha256 })
    }

    pub(super) fn to_json(&self) -> Json {
        json!({ "strategy": self.strategy, "path": self.path, "sha256": self.sha256 })
    }

    pub(super) fn from_json(json: &Json) -> Option<Object> {
        Some(Object {
            strategy: json["strategy"].as_str()?.to_owned(),
            path: json["path"].as_str()?.into(),
            sha256: json["sha256"].as_str()?.to_owned(),
        })
    }

    /// Whether the file is still the one that it was.
    pub(super) fn is_there(&self) -> bool {
        Object::at(&self.strategy, &self.path).is_ok_and(|now| now.sha256 == self.sha256)
    }
}

/// The files that a strategy is made of, its own first.
fn objects(strategy: &Strategy) -> Result<Vec<Object>, EngineError> {
    let Strategy { name, code, .. } = strategy;
    let mut found = vec![Object::at(name, code)?];
    if code.extension().is_some_and(|end| end == "toml") {
        let file =
            StrategyFile::load(code).map_err(|error| refused(format!("strategy {name:?}: {error}")))?;
        let inner = match &file.body {
            Body::Code { path, .. } => path,
            Body::Rules(rules) => &rules.model,
        };
        found.push(Object::at(name, inner)?);
    }
    Ok(found)
}

/// What decides of a configuration.
fn settings(configuration: &str) -> BTreeMap<String, String> {
    let mut found = flat(configuration);
    let used = |venue: &str| {
        let symbols = found.get(&format!("venues.{venue}.symbols"));
        symbols.is_some_and(|symbols| symbols != "[]")
    };
    let unused: Vec<String> = VenueKey::ALL
        .map(VenueKey::name)
        .into_iter()
        .filter(|venue| !used(venue))
        .map(|venue| format!("venues.{venue}."))
        .collect();
    let is_beside = |key: &String| {
        if unused.iter().any(|venue| key.starts_with(venue.as_str())) {
            return true;
        }
        if let Some((_, name)) = key.strip_prefix("venues.").and_then(|rest| rest.split_once('.')) {
            return BESIDE_OF_VENUES.contains(&name);
        }
        BESIDE.iter().any(|beside| {
            key.strip_prefix(beside).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    found.retain(|key, _| !is_beside(key));
    found
}

/// A text of TOML key by key.
fn flat(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (key, value) in text.parse::<Table>().unwrap_or_default() {
        flatten(&key, value, &mut found);
    }
    found
}

fn flatten(path: &str, value: Value, found: &mut BTreeMap<String, String>) {
    let mut inside = |key: &str, value| flatten(&format!("{path}.{key}"), value, found);
    match value {
        Value::Table(table) => table.into_iter().for_each(|(key, value)| inside(&key, value)),
        // Strategies by name and in their order, which their numbers are; their files are compared by content.
        Value::Array(items) if items.iter().all(Value::is_table) && !items.is_empty() => {
            for (place, item) in items.into_iter().enumerate() {
                let mut table = item.try_into::<Table>().unwrap_or_default();
                table.retain(|key, _| !["code", "file", "sha256"].contains(&key));
                inside(&place.to_string(), Value::Table(table));
            }
        }
        Value::Integer(number) => {
            found.insert(path.to_owned(), Value::Float(number as f64).to_string());
        }
        other => {
            found.insert(path.to_owned(), other.to_string());
        }
    }
}

fn differing(about: &str, then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let keys: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let word = |of: Option<&String>| of.map_or("nothing", String::as_str).to_owned();
    keys.into_iter()
        .filter(|key| then.get(*key) != now.get(*key))
        .map(|key| format!("{about}{key}: {} then, {} now", word(then.get(key)), word(now.get(key))))
        .collect()
}
