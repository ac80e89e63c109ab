//! From the configuration to a trading half: limits, keys, strategies, messages.

use std::path::{Path, PathBuf};

use tracing::{info, warn};

use crate::config::{Config, Mode, Strategy, VenueKey};
use crate::execution::venues::binance::{BinanceOrderEntry, Credentials, HOST, Options};
use crate::messaging::{Messenger, MessengerOptions, Names, runtime_directory};
use crate::model::{Clock, Endpoint, Instrument, InstrumentId, Money, Nanos};
use crate::risk::{Limits, Ratio};

use super::EngineError;
use super::core::{Core, Hosting, Terms};
use super::programs::{self, Loading};
use super::venue::is_traded;

/// The account of a simulator on this machine.
pub(super) const DEMO: (&str, &str) = ("demo", "demo-secret");

fn refused(error: impl std::fmt::Display) -> EngineError {
    EngineError::Trading(error.to_string())
}

/// The session at the venue, not connected.
pub(super) fn order_entry_session(
    config: &Config,
    instruments: &[(InstrumentId, Instrument)],
) -> Result<BinanceOrderEntry, EngineError> {
    let options = Options { recv_window_ms: config.trading.recv_window_ms };
    let traded: Vec<_> = instruments.iter().filter(|(_, one)| is_traded(one)).cloned().collect();
    Ok(BinanceOrderEntry::new(credentials(config, &order_entry(config)?)?, &traded, options))
}

/// The core of a configuration: the same one for the same configuration, instruments, run, cash and limits.
///
/// # Errors
/// If strategies or their parameters are refused.
pub(super) fn core(
    config: &Config,
    instruments: &[Instrument],
    (run, cash): (u16, Money),
    limits: Limits,
) -> Result<Core, EngineError> {
    let terms = &config.trading;
    // Their rows come first: a place among them is a row of the table.
    let instruments: Vec<Instrument> = instruments.iter().filter(|one| is_traded(one)).cloned().collect();
    if instruments.is_empty() {
        return Err(refused(
            "strategies trade at Binance's spot market, and venues.binance.symbols is empty: give it symbols, or take \
             the strategies out",
        ));
    }
    let instruments = instruments.as_slice();
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
    Core::new(instruments, hostings?, Terms { cash, usd, run, limits }).map_err(refused)
}

pub(super) fn limits(config: &Config) -> Result<Limits, EngineError> {
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
        ("", Mode::Paper) => config.venue(VenueKey::Binance).websocket.clone(),
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
        found.ok_or_else(|| {
            about(&format!("{symbol} is not among venues.binance.symbols, where strategies trade"))
        })
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
