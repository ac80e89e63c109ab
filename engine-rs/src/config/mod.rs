//! What an operator edits. Later layers win: built-in defaults, the file and what it includes, `PYRT_…` variables,
//! `--set key=value`. Every complaint names the key, its value, what is allowed, and where it was written.
//!
//! | file | noun |
//! |---|---|
//! | `layers.rs` | files, variables and settings to entries with their origin |
//! | `problem.rs` | complaints |
//! | `reader.rs` | typed values within their ranges |
//! | `sections.rs` | every key there is, with its default and range |
//! | `trading.rs` | those of trading: strategies, the account, the journal, messages |
//! | `assets.rs` | books put together over venues |
//! | `venues.rs`, `venue_defaults.rs` | those of the venues, a section each; what they are where nobody wrote them |

mod assets;
mod layers;
mod problem;
mod reader;
mod sections;
mod trading;
mod venue_defaults;
mod venues;

use std::path::Path;

use serde_json::{Map, Value as Json, json};

pub use assets::{Asset, ConsolidatedBooks, MOST_MEMBERS};
pub use layers::{KeyPath, Origin};
pub use problem::{ConfigError, Problem};
pub use reader::Reader;
pub use sections::{Config, Engine, Logging, Recording, SharedMemory};
pub use trading::{Journal, Messages, Mode, Recover, Secrets, Strategy, Trading};
pub use venues::{Alias, Keys, Venue, VenueKey};

/// Where values come from besides the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Environment variables; those named `PYRT_SECTION__KEY` count.
    pub environment: Vec<(String, String)>,
    /// `key=value`, the key dotted.
    pub settings: Vec<String>,
}

/// A value in force and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Effective {
    /// Full path.
    pub key: KeyPath,
    /// After all layers.
    pub value: toml::Value,
    /// Of the layer that won.
    pub origin: Origin,
}

impl Config {
    /// Reads the file (the built-in defaults alone if there is none) and what overrides it.
    ///
    /// # Errors
    /// With all complaints at once.
    pub fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Config, ConfigError> {
        let mut entries = layers::Entries::new();
        let mut problems = Vec::new();
        if let Some(file) = file {
            layers::read_file(file, &mut Vec::new(), &mut entries, &mut problems);
        }
        layers::read_environment(&overrides.environment, &mut entries);
        layers::read_settings(&overrides.settings, &mut entries, &mut problems);
        Config::of(entries, problems, &overrides.environment)
    }

    /// Reads one text alone, such as a journal's record of what was in force.
    ///
    /// # Errors
    /// With all complaints at once.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let mut problems = Vec::new();
        let entries = layers::read_text(Path::new(""), text).unwrap_or_else(|problem| {
            problems.push(problem);
            layers::Entries::new()
        });
        Config::of(entries, problems, &[])
    }

    fn of(
        entries: layers::Entries,
        problems: Vec<Problem>,
        environment: &[(String, String)],
    ) -> Result<Config, ConfigError> {
        let mut reader = reader::Reader::new(entries, problems);
        let config = sections::read(&mut reader, environment);
        let (effective, problems) = reader.finish();
        if problems.is_empty() { Ok(Config { effective, ..config }) } else { Err(ConfigError { problems }) }
    }

    /// The values in force as TOML, each with where it came from.
    #[must_use]
    pub fn to_toml(&self) -> String {
        to_toml(&self.effective)
    }

    /// The same for programs: `{"config": {…}, "origins": {"engine.name": "default.toml:3", …}}`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut tree = Map::new();
        let mut origins = Map::new();
        for Effective { key, value, origin } in &self.effective {
            origins.insert(key.to_string(), json!(origin.to_string()));
            let mut table = &mut tree;
            let (last, parents) = key.0.split_last().map_or(("", &[][..]), |(l, p)| (l.as_str(), p));
            for parent in parents {
                let child = table.entry(parent.clone()).or_insert_with(|| Json::Object(Map::new()));
                let Json::Object(child) = child else { return Json::Null };
                table = child;
            }
            table.insert(last.to_owned(), json!(value));
        }
        json!({ "config": tree, "origins": origins })
    }
}

/// Values in force as TOML, each with where it came from.
#[must_use]
pub fn to_toml(effective: &[Effective]) -> String {
    let mut text = String::new();
    let mut section = String::new();
    for Effective { key, value, origin } in effective {
        let (table, name) = key.split();
        if table != section {
            text += &format!("{}[{table}]\n", if text.is_empty() { "" } else { "\n" });
            section = table;
        }
        text += &format!("{:<58} # {origin}\n", format!("{name} = {value}"));
    }
    text
}
