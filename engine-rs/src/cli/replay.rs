//! A strategy on converted records; a recording played again; a session's journal decided again.

use std::fs::{create_dir_all, read_to_string, write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use pyrt_engine::engine::programs::{self, Loading};
use pyrt_engine::engine::replay::{Outcome, ReplayError, Terms, replay};
use pyrt_engine::market_data::records::{instruments_file, npy};
use pyrt_engine::matching::Simulation;
use pyrt_engine::model::{Event, Grid, Kind, Money, Nanos, flag};
use pyrt_engine::position::margin::AccountTerms;
use serde_json::{Value, json};

use super::records::play;
use super::{Exit, Layers, fail, journal, say};

/// Arguments of `replay`.
#[derive(Args)]
#[command(
    after_help = "Does what pyrt.Backtest(events).run(Strategy) and .run_file(FILE.toml) do, to the same orders and fills: \
proto/MATCHING.md has the rules. OUT_DIR gets commands.npy (new orders and cancels), answers.npy (order updates and fills as they reached the \
strategy), signals.npy, equity.npy (after each fill), paid.npy (what the account paid beside fills), state.bin (the strategy's at the end) and summary.json, which is also printed.\n\n\
Example:\n  pyrt strategy build cross.py:Cross -o cross.so\n  \
pyrt-engine replay --events day.npy --instruments day.json --strategy cross.so -o out\n\n\
Exit code 6: the strategy failed, or asked for what replays do not carry out; stderr has time, record and reason.\n\n\
Of RECORDINGS (`run --record`, or lines of text), everything that came in is given to the feeds once more, at any speed to the same \
records; a session's recording gives those that the engine published. Prints one JSON line with a digest of the records; --name publishes them \
in shared memory as an engine would, -o OUT_DIR writes records.npy and records.json.\n\n\
Examples:\n  pyrt-engine replay NAME.frames.pyrt\n  pyrt-engine replay day.tsv.gz --speed 10 --name day\n\n\
Of a session's JOURNAL (its first file), everything that came in is given to the same feed, strategies and limits once more; \
what was decided and sent must come again to the last byte. Recorded decisions are compared, never read. Prints one JSON \
line; exit code 0 if all is equal, 2 if not or if the journal or the configuration cannot be used.\n\n\
Example:\n  pyrt-engine replay journal/pyrt-1764061200000000000.pyrt --config config/default.toml"
)]
pub struct Replay {
    /// A session's journal, to be decided again and compared; or recordings of frames, to be played again
    #[arg(value_name = "JOURNAL.pyrt|RECORDING", conflicts_with_all = ["events", "strategy"])]
    journal: Vec<PathBuf>,
    /// Of recordings: how fast their time runs, 1, 10, 0.5 … or max
    #[arg(long, default_value = "max", requires = "journal", value_parser = parse_pace)]
    speed: Pace,
    /// Of recordings: publishes in /dev/shm/pyrt-NAME
    #[arg(long, requires = "journal")]
    name: Option<String>,
    /// Of a journal: the configuration that the session ran with
    #[arg(long, value_name = "FILE", requires = "journal")]
    config: Option<PathBuf>,
    /// Records of `pyrt-engine convert`
    #[arg(long, value_name = "FILE.npy", required_unless_present = "journal")]
    events: Option<PathBuf>,
    /// Their instruments table; else beside the records
    #[arg(long, value_name = "FILE.json")]
    instruments: Option<PathBuf>,
    /// An object of `pyrt strategy build` (.so), or a strategy file (.toml)
    #[arg(long, value_name = "FILE", required_unless_present = "journal")]
    strategy: Option<PathBuf>,
    /// ONNX Runtime's library for a strategy file; else ORT_DYLIB_PATH, else that of python3's wheel
    #[arg(long, value_name = "PATH")]
    onnx_runtime: Option<PathBuf>,
    /// Another value of a live parameter, of a journal of the configuration's key; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// A file with a [simulation] table; the defaults without it
    #[arg(long = "settings", value_name = "FILE.toml")]
    simulation: Option<PathBuf>,
    /// A file with an [account] table: leverage, margin, financing, currencies; without it nobody asks for margin
    #[arg(long, value_name = "FILE.toml", conflicts_with = "journal")]
    account: Option<PathBuf>,
    /// Money at the start
    #[arg(long, default_value = "100000", value_name = "AMOUNT", value_parser = parse_cash)]
    cash: Money,
    /// Before this time (ns UTC) records are history: the strategy is fed with them, its orders are off
    #[arg(long, value_name = "NS", default_value_t = i64::MIN, hide_default_value = true, allow_negative_numbers = true)]
    trade_from: i64,
    /// Where the records of the run go
    #[arg(short, long, value_name = "OUT_DIR")]
    output: Option<PathBuf>,
}

/// Why there was no result.
enum Failure {
    Usage(String),
    Strategy(String),
}

impl From<String> for Failure {
    fn from(words: String) -> Self {
        Failure::Usage(words)
    }
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        let words = error.to_string();
        if matches!(error, ReplayError::Strategy { .. }) { Failure::Strategy(words) } else { words.into() }
    }
}

impl Replay {
    pub fn run(self) -> Exit {
        match play::is_recording(&self.journal) {
            Ok(true) => return self.play(),
            Ok(false) => {}
            Err(words) => return fail(Exit::Usage, words),
        }
        if let [path] = &self.journal[..] {
            return journal::replay(path, self.config.as_ref(), &Layers { settings: self.settings });
        }
        if !self.journal.is_empty() {
            return fail(Exit::Usage, "give one journal, the first file of its session");
        }
        match self.replay() {
            Ok(()) => Exit::Fine,
            Err(Failure::Usage(words)) => fail(Exit::Usage, words),
            Err(Failure::Strategy(words)) => fail(Exit::Strategy, words),
        }
    }

    fn play(self) -> Exit {
        let (files, name) = (&self.journal[..], self.name.as_deref());
        let options = play::Options { files, speed: self.speed.0, name, output: self.output.as_deref() };
        match play::play(&options, &Layers { settings: self.settings }) {
            Ok(()) => Exit::Fine,
            Err(words) => fail(Exit::Usage, words),
        }
    }

    fn replay(&self) -> Result<(), Failure> {
        let (Some(events), Some(strategy)) = (&self.events, &self.strategy) else {
            return Err("give --events and --strategy, or a journal".to_owned().into());
        };
        let settings: Vec<_> =
            self.settings.iter().map(|text| parse_setting(text)).collect::<Result<_, _>>()?;
        let table = self.instruments.clone().unwrap_or_else(|| events.with_extension("json"));
        let instruments = instruments_file::read(&table)?;
        let simulation = match &self.simulation {
            None => Simulation::default(),
            Some(path) => {
                let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
                let text = read_to_string(path).map_err(|error| wrong(&error))?;
                Simulation::from_toml(&text).map_err(|error| wrong(&error))?
            }
        };
        let account = self.account.as_ref().map(|path| {
            let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
            let text = read_to_string(path).map_err(|error| wrong(&error))?;
            AccountTerms::from_toml(&text).map_err(|error| wrong(&error))
        });
        let account = account.transpose()?;
        let onnx_runtime = self.onnx_runtime.as_deref();
        let loading = Loading { all: instruments.len(), onnx_runtime, ..Loading::default() };
        let mut strategy = programs::load(strategy, &loading)?;
        let name = strategy.description().name.clone();
        strategy.set_parameters(&settings)?;
        let events: Vec<Event> = npy::read(events)?;
        let trade_from = Nanos(self.trade_from);
        let terms = Terms { cash: self.cash, simulation, strategy: 1, run: 1, trade_from };
        let begun = Instant::now();
        let outcome = replay(strategy, &events, &instruments, terms, account.as_ref())?;
        let summary = summary(&name, events.len(), &outcome, begun.elapsed().as_secs_f64());
        if let Some(folder) = &self.output {
            save(folder, &outcome, &summary)?;
        }
        say(summary);
        Ok(())
    }
}

fn summary(name: &str, events: usize, outcome: &Outcome, seconds: f64) -> Value {
    let fills = || outcome.answers.iter().filter(|answer| answer.kind == Kind::Fill as u8);
    let state: &[u8] = bytemuck::cast_slice(&outcome.state);
    let digest = ring::digest::digest(&ring::digest::SHA256, state);
    let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut words = json!({
        "strategy": name,
        "events": events,
        "orders": outcome.commands.iter().filter(|command| command.action == 1).count(),
        "cancels": outcome.commands.iter().filter(|command| command.action == 2).count(),
        "answers": outcome.answers.len(),
        "fills": fills().count(),
        "maker_fills": fills().filter(|fill| fill.flags & flag::MAKER != 0).count(),
        "signals": outcome.signals.len(),
        "cash": outcome.account.cash.0.to_string(),
        "realized": outcome.account.realized.0.to_string(),
        "fees": outcome.account.fees.0.to_string(),
        "equity": outcome.equity.0.to_string(),
        "positions_in_lots": outcome.positions,
        "live_orders": outcome.live_orders,
        "rounded_prices": outcome.counts.rounded_prices,
        "rounded_quantities": outcome.counts.rounded_quantities,
        "not_sent": outcome.counts.not_sent,
        "after_the_end": outcome.counts.after_the_end,
        "late_trades": outcome.late_trades,
        "state_sha256": hex,
        "seconds": seconds,
        "events_per_second": (events as f64 / seconds).round(),
    });
    if let Some((paid, liquidations, refusals)) = outcome.kept {
        words["paid"] = json!(paid.0.to_string());
        words["liquidations"] = json!(liquidations);
        words["refusals"] = json!(refusals);
    }
    words
}

fn save(folder: &Path, outcome: &Outcome, summary: &Value) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    create_dir_all(folder).map_err(wrong)?;
    npy::write(&folder.join("commands.npy"), &outcome.commands)?;
    npy::write(&folder.join("answers.npy"), &outcome.answers)?;
    npy::write(&folder.join("signals.npy"), &outcome.signals)?;
    npy::write(&folder.join("equity.npy"), &outcome.equity_at_fills)?;
    npy::write(&folder.join("paid.npy"), &outcome.paid)?;
    write(folder.join("state.bin"), bytemuck::cast_slice::<u64, u8>(&outcome.state)).map_err(wrong)?;
    write(folder.join("summary.json"), format!("{summary:#}\n")).map_err(wrong)
}

/// How fast a recording's time runs; nothing: as fast as it goes.
#[derive(Clone, Copy, Debug)]
struct Pace(Option<f64>);

fn parse_pace(text: &str) -> Result<Pace, String> {
    if text == "max" {
        return Ok(Pace(None));
    }
    let speed = text.parse::<f64>().ok().filter(|speed| (0.001..=100_000.0).contains(speed));
    speed
        .map(|speed| Pace(Some(speed)))
        .ok_or_else(|| "must be max, or a number from 0.001 to 100000".to_owned())
}

fn parse_setting(text: &str) -> Result<(String, f64), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("{text:?} must be NAME=VALUE"))?;
    let value = match value {
        "true" => 1.0,
        "false" => 0.0,
        _ => value.parse().map_err(|_| format!("{name}: {value:?} is no number"))?,
    };
    Ok((name.to_owned(), value))
}

/// Money as a decimal of up to eight places.
fn parse_cash(text: &str) -> Result<Money, String> {
    let unit = Grid::new(1, 8).and_then(|grid| grid.parse_steps(text.as_bytes()));
    let steps = unit.map_err(|error| format!("{text:?}: {error} (up to 8 decimal places)"))?;
    if steps <= 0 {
        return Err("must be above zero".to_owned());
    }
    Ok(Money(i128::from(steps) * 10_000_000_000))
}
