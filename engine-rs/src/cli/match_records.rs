//! Commands against market records, through the rules of filling.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use clap::Args;
use pyrt_engine::market_data::records::npy;
use pyrt_engine::matching::{Simulation, match_commands};
use pyrt_engine::model::{Command, Event, Instrument};
use serde_json::json;
use toml::{Table, Value};

use super::{Exit, fail, say};

/// Arguments of `match`.
#[derive(Args)]
#[command(
    after_help = "Records are those of pyrt.types.EVENT, commands those of pyrt.backtest.matching.COMMAND; the answers \
are EVENT records of kinds order_update and fill. proto/MATCHING.md has the rules. Prints one JSON line of counts.\n\n\
Example:\n  pyrt-engine match --settings run.toml --events events.npy --commands commands.npy -o answers.npy\n\n\
run.toml:\n  [simulation]\n  feed_latency_ns = 500_000\n\n  [[instrument]]            # row 0\n  \
name = \"binance:BTC-USDT\"\n  tick = \"0.01\"\n  lot = \"0.00001\""
)]
pub struct Match {
    /// A file with a [simulation] table
    #[arg(long, value_name = "FILE")]
    settings: PathBuf,
    /// Market records, sorted by (`receive_time`, stamp)
    #[arg(long, value_name = "FILE.npy")]
    events: PathBuf,
    /// Commands, in the order of sending
    #[arg(long, value_name = "FILE.npy")]
    commands: PathBuf,
    /// A file with [[instrument]] tables (name, tick, lot), in the order of their rows; else they are in the settings
    #[arg(long, value_name = "FILE.toml")]
    instruments: Option<PathBuf>,
    /// Where the answers go
    #[arg(short, long, value_name = "OUT.npy")]
    output: PathBuf,
}

impl Match {
    pub fn run(self) -> Exit {
        match self.answer() {
            Ok(()) => Exit::Fine,
            Err(words) => fail(Exit::Usage, words),
        }
    }

    fn answer(&self) -> Result<(), String> {
        let settings = Simulation::from_toml(&text(&self.settings)?)
            .map_err(|error| format!("{}: {error}", self.settings.display()))?;
        let table = instruments(self.instruments.as_deref().unwrap_or(&self.settings))?;
        let events: Vec<Event> = npy::read(&self.events)?;
        let commands: Vec<Command> = npy::read(&self.commands)?;
        let answers =
            match_commands(&events, &commands, &table, settings).map_err(|error| error.to_string())?;
        npy::write(&self.output, &answers)?;
        say(json!({ "events": events.len(), "commands": commands.len(), "answers": answers.len() }));
        Ok(())
    }
}

fn text(path: &Path) -> Result<String, String> {
    read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn instruments(path: &Path) -> Result<Vec<Instrument>, String> {
    let wrong = |words: String| format!("{}: {words}", path.display());
    let file: Table = text(path)?.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    let rows = file.get("instrument").and_then(Value::as_array);
    let rows = rows.ok_or_else(|| wrong("there is no [[instrument]] table (name, tick, lot)".to_owned()))?;
    let instrument = |(row, table): (usize, &Value)| {
        let word = |key: &str| {
            let value = table.get(key).and_then(Value::as_str);
            value.ok_or_else(|| wrong(format!("instrument {row}: {key} must be there, as text")))
        };
        let symbol = table.get("symbol").and_then(Value::as_str).unwrap_or_default();
        Instrument::spot(word("name")?, symbol, word("tick")?, word("lot")?)
            .map_err(|error| wrong(error.to_string()))
    };
    rows.iter().enumerate().map(instrument).collect()
}
