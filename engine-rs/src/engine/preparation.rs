//! From the configuration to a trading half: limits, keys, strategies, journal, messages.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use tracing::{info, warn};

use crate::config::{Config, Mode, Strategy};
use crate::execution::venues::binance::{BinanceOrderEntry, Credentials, HOST, Options};
use crate::journal::{Entry, EntryKind, Header, Journal};
use crate::messaging::{Messenger, MessengerOptions, Names, runtime_directory};
use crate::model::{Clock, Endpoint, Grid, Instrument, InstrumentId, InstrumentKind, Money, Nanos};
use crate::risk::{Limits, Ratio};

use super::EngineError;
use super::core::{Core, Hosting, Terms};
use super::history::History;
use super::programs::{self, Loading};
use super::trading::{Recorder, Retraced, Tape, Trading, part, retrace};

/// The account of a simulator on this machine.
const DEMO: (&str, &str) = ("demo", "demo-secret");

fn refused(error: impl std::fmt::Display) -> EngineError {
    EngineError::Trading(error.to_string())
}

/// The trading half; nothing if there are no strategies.
pub(super) fn trading(
    config: &Config,
    instruments: &[(InstrumentId, Instrument)],
    session: Nanos,
    clock: &dyn Clock,
) -> Result<Option<Trading>, EngineError> {
    if config.strategies.is_empty() {
        return Ok(None);
    }
    let entry = BinanceOrderEntry::new(
        credentials(config, &order_entry(config)?)?,
        instruments,
        Options { recv_window_ms: config.trading.recv_window_ms },
    );
    let run = u16::try_from(session.0 / 1_000_000_000 % 65_536).unwrap_or_default();
    let table: Vec<Instrument> = instruments.iter().map(|(_, instrument)| instrument.clone()).collect();
    let history = config.trading.history.as_deref().map(History::read).transpose().map_err(refused)?;
    let core = core(config, &table, run, history.as_ref().map(|history| (history, session)))?;
    let history = history.map_or(Json::Null, |history| history.described());
    let table: Vec<_> = table.iter().map(described).collect();
    let table = json!({ "run": run, "instruments": table, "history": history });
    let tape = recorder(config, &table, session, clock)?;
    Ok(Some(Trading::new(core, entry, Some(tape))))
}

/// The core of a configuration, warmed up for a session that begins then: the same one for the same configuration,
/// instruments, run, history and begin.
///
/// # Errors
/// If limits, strategies, their parameters or the history are refused.
fn core(
    config: &Config,
    instruments: &[Instrument],
    run: u16,
    past: Option<(&History, Nanos)>,
) -> Result<Core, EngineError> {
    let terms = &config.trading;
    let limits = limits(config)?;
    let quote = instruments.first().map_or("", Instrument::quote);
    let usd = terms.usd.iter().find(|(name, _)| name == quote).and_then(|(_, rate)| Ratio::from_f64(*rate));
    if usd.is_none() && quote != "USD" {
        warn!(currency = quote, "no worth in USD: nothing can be approved; set trading.usd.{quote}");
    }
    let hostings: Result<Vec<Hosting>, _> = config
        .strategies
        .iter()
        .map(|strategy| hosting(strategy, instruments, terms.onnx_runtime.as_deref()))
        .collect();
    let terms = Terms { cash: Money::from_f64(terms.cash), usd, run, limits };
    let mut core = Core::new(instruments, hostings?, terms).map_err(refused)?;
    if let Some((history, begin)) = past {
        history.feed(&mut core, instruments, begin).map_err(refused)?;
    }
    Ok(core)
}

fn limits(config: &Config) -> Result<Limits, EngineError> {
    let limits = Limits::load(&config.trading.risk).map_err(refused)?;
    let unenforced = limits.unenforced().join(", ");
    if !unenforced.is_empty() {
        if config.trading.mode == Mode::Live && !config.trading.accept_unenforced {
            return Err(refused(format!(
                "{}: nobody enforces {unenforced}; take them out, or start with --accept-unenforced",
                config.trading.risk.display()
            )));
        }
        warn!(unenforced, "limits that nobody enforces");
    }
    for default in limits.defaults() {
        info!(default, "limit not in the file");
    }
    Ok(limits)
}

/// Where orders go.
pub(super) fn order_entry(config: &Config) -> Result<Endpoint, EngineError> {
    let terms = &config.trading;
    let text = match (terms.order_entry.as_str(), terms.mode) {
        ("", Mode::Live) => format!("wss://{HOST}"),
        ("", Mode::Paper) => config.binance.websocket.clone(),
        (given, _) => given.to_owned(),
    };
    let endpoint = Endpoint::parse(&text).map_err(refused)?;
    let real = endpoint.host.ends_with("binance.com") && !endpoint.host.contains("testnet");
    if real && terms.mode == Mode::Paper {
        return Err(refused(format!(
            "{text}: trading.mode is \"paper\", and that is the venue itself; set trading.order_entry to a simulator"
        )));
    }
    Ok(endpoint)
}

fn credentials(config: &Config, endpoint: &Endpoint) -> Result<Credentials, EngineError> {
    let terms = &config.trading;
    let loopback = ["127.0.0.1", "localhost", "::1"].contains(&endpoint.host.as_str());
    let (key, secret) = match &terms.secrets {
        Some(secrets) => (secrets.key.as_str(), secrets.secret.as_str()),
        None if loopback && terms.mode == Mode::Paper => DEMO,
        None => {
            let (key, secret) = &terms.variables;
            return Err(refused(format!("order entry needs a key: set the variables {key} and {secret}")));
        }
    };
    if secret.contains("-----BEGIN") {
        return Credentials::from_pem(key, secret).map_err(refused);
    }
    if terms.mode == Mode::Live {
        return Err(refused("the venue's sessions need an Ed25519 key: the text of its PEM file"));
    }
    Credentials::from_secret(key, secret).map_err(refused)
}

fn hosting(
    strategy: &Strategy,
    instruments: &[Instrument],
    onnx_runtime: Option<&Path>,
) -> Result<Hosting, EngineError> {
    let Strategy { name, code, symbols, parameters, enabled, sha256 } = strategy;
    let about = |error: &dyn std::fmt::Display| refused(format!("strategy {name:?}: {error}"));
    let full = |symbol: &String| {
        let ends = |instrument: &&Instrument| instrument.name.split(':').nth(1) == Some(symbol);
        let found = instruments.iter().find(ends).map(|instrument| instrument.name.clone());
        found.ok_or_else(|| about(&format!("{symbol} is not among venues.binance.symbols")))
    };
    let names = symbols.iter().map(full).collect::<Result<Vec<_>, _>>()?;
    let loading =
        Loading { sha256: sha256.as_deref(), given: names.len(), all: instruments.len(), onnx_runtime };
    let mut program = programs::load(code, &loading).map_err(|error| about(&error))?;
    program.set_parameters(parameters).map_err(|error| about(&error))?;
    let source = &program.description().source_hash;
    info!(name, code = %code.display(), source, "strategy");
    Ok(Hosting { name: name.clone(), strategy: program, instruments: names, enabled: *enabled })
}

fn recorder(
    config: &Config,
    table: &Json,
    session: Nanos,
    clock: &dyn Clock,
) -> Result<Box<dyn Tape>, EngineError> {
    let folder = &config.journal.directory;
    DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(folder)
        .map_err(|error| refused(format!("journal.directory = {}: {error}", folder.display())))?;
    let path = folder.join(format!("{}-{}.pyrt", config.engine.name, session.0));
    let header = Header {
        session_id: session.0.unsigned_abs(),
        created: session,
        monotonic_at_created: clock.monotonic(),
        closed: false,
    };
    let mut recorder = Recorder::create(&path, config.journal.capacity, &header).map_err(refused)?;
    info!(path = %path.display(), "journal");
    let settings = format!("# run {}\n{}", table["run"], config.to_toml());
    recorder.append(EntryKind::Configuration, 0, session, &[settings.as_bytes()]).map_err(refused)?;
    recorder.append(EntryKind::Instruments, 0, session, &[table.to_string().as_bytes()]).map_err(refused)?;
    Ok(Box::new(recorder))
}

fn described(instrument: &Instrument) -> serde_json::Value {
    json!({
        "name": instrument.name,
        "symbol": instrument.symbol,
        "tick": [instrument.tick.mantissa(), instrument.tick.exponent()],
        "lot": [instrument.lot.mantissa(), instrument.lot.exponent()],
        "multiplier": instrument.multiplier,
        "min_qty": instrument.min_qty,
        "min_notional": instrument.min_notional,
    })
}

/// Decides a session's journal again with the configuration that it ran with, and compares.
///
/// # Errors
/// If the journal cannot be read or is none of a session that traded, or the configuration is refused.
pub fn decide_again(config: &Config, journal: &Path) -> Result<Retraced, EngineError> {
    let files = (1..).map(|number| part(journal, number)).take_while(|path| path.exists() || path == journal);
    let journals = files.map(|path| Journal::open(&path)).collect::<Result<Vec<_>, _>>().map_err(refused)?;
    let is_table = |entry: &Entry<'_>| entry.kind == EntryKind::Instruments as u16;
    let table = journals
        .iter()
        .flat_map(Journal::entries)
        .find(is_table)
        .and_then(|entry| serde_json::from_slice::<Json>(entry.payload).ok());
    let read = table.as_ref().and_then(|table| {
        let rows = table["instruments"].as_array()?.iter().map(instrument_of).collect::<Option<Vec<_>>>()?;
        Some((rows, u16::try_from(table["run"].as_u64()?).ok()?, table["history"].clone()))
    });
    let (rows, run, history) = read.ok_or_else(|| {
        refused("the journal has no table of instruments: it is none of a session that traded")
    })?;
    let instruments: Vec<_> = (0..).map(InstrumentId).zip(rows.iter().cloned()).collect();
    let credentials = Credentials::from_secret(DEMO.0, DEMO.1).map_err(refused)?; // the log-on is not in a journal
    let options = Options { recv_window_ms: config.trading.recv_window_ms };
    let entry = BinanceOrderEntry::new(credentials, &instruments, options);
    let history = History::again(&history, config.trading.history.as_deref()).map_err(refused)?;
    let past = history.as_ref().zip(journals.first().map(|first| first.header().created));
    let trading = Trading::new(core(config, &rows, run, past)?, entry, None);
    Ok(retrace(&journals, &mut super::venue::feed(config, &instruments), trading))
}

fn instrument_of(row: &Json) -> Option<Instrument> {
    let grid = |name: &str| {
        let exponent = u8::try_from(row[name][1].as_u64()?).ok()?;
        Grid::new(row[name][0].as_i64()?, exponent).ok()
    };
    Some(Instrument {
        name: row["name"].as_str()?.to_owned(),
        symbol: row["symbol"].as_str()?.to_owned(),
        kind: InstrumentKind::Spot,
        tick: grid("tick")?,
        lot: grid("lot")?,
        multiplier: row["multiplier"].as_f64()?,
        min_qty: row["min_qty"].as_f64()?,
        min_notional: row["min_notional"].as_f64()?,
    })
}

/// The messaging thread, if anybody may want to listen.
pub(super) fn messenger(
    config: &Config,
    instruments: &[(InstrumentId, Instrument)],
    session: Nanos,
) -> Result<Option<Messenger>, EngineError> {
    if config.strategies.is_empty() && !config.messages.enabled {
        return Ok(None);
    }
    let uid = rustix::process::getuid().as_raw();
    let variable = |name: &str| {
        let set = config.messages.runtime.iter().find(|(known, _)| known == name);
        set.map(|(_, text)| text.clone())
    };
    let directory = match config.messages.directory.as_str() {
        "" => runtime_directory(variable, uid),
        given => PathBuf::from(given),
    };
    let options = MessengerOptions {
        name: config.engine.name.clone(),
        directory,
        uid,
        session_id: session.0.unsigned_abs(),
        queue: config.messages.queue,
        now: wall_clock,
        names: Names {
            instruments: instruments.iter().map(|(_, instrument)| instrument.name.clone()).collect(),
            strategies: config.strategies.iter().map(|strategy| strategy.name.clone()).collect(),
            currency: instruments.first().map_or_else(String::new, |(_, one)| one.quote().to_owned()),
        },
    };
    Messenger::start(options).map(Some).map_err(refused)
}

/// Commands are stamped by other processes: their age is by the machine's clock.
fn wall_clock() -> Nanos {
    crate::clock::SystemClock.utc()
}
