//! The engine, until a signal.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use pyrt_engine::clock::SystemClock;
use pyrt_engine::config::{Config, Logging};
use pyrt_engine::engine::{self, EngineError, Summary, Surroundings};
use pyrt_engine::model::Clock;
use pyrt_engine::monitoring::{LogFormat, start_logging};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tracing::info;

use super::signals::Signals;
use super::{EXIT_CODES, Exit, Layers, fail};

const DEFAULT_FILE: &str = "config/default.toml";

/// Arguments of `run`.
#[derive(Args)]
#[command(after_help = format!("{EXIT_CODES}\n\nExamples:\n  pyrt-engine run\n  \
pyrt-engine run --config my.toml --name demo --set venues.binance.symbols=BTC-USDT,ETH-USDT\n  \
PYRT_LOGGING__FORMAT=json pyrt-engine run 2> engine.log"))]
pub struct Run {
    /// The configuration; config/default.toml if it exists, else the built-in defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Names the segment, /dev/shm/pyrt-NAME: short for --set engine.name=NAME
    #[arg(long)]
    name: Option<String>,
    /// Records all that comes in of the market data: short for --set recording.directory=DIR
    #[arg(long, value_name = "DIR")]
    record: Option<String>,
    /// Trades live although the file of limits has some that nobody enforces
    #[arg(long)]
    accept_unenforced: bool,
    /// Writes a summary at the end, as JSON: counters, and latencies by stage in ns
    #[arg(long, value_name = "FILE.json")]
    report: Option<PathBuf>,
    #[command(flatten)]
    layers: Layers,
}

impl Run {
    pub fn run(mut self) -> Exit {
        self.layers.settings.extend(self.name.take().map(|name| format!("engine.name={name}")));
        self.layers.settings.extend(self.record.take().map(|folder| format!("recording.directory={folder}")));
        if self.accept_unenforced {
            self.layers.settings.push("trading.accept_unenforced=yes".to_owned());
        }
        let shipped = Path::new(DEFAULT_FILE);
        let file = self.config.take().or_else(|| shipped.exists().then(|| shipped.to_owned()));
        let config = match self.layers.load(file.as_ref()) {
            Ok(config) => config,
            Err(error) => return fail(Exit::Usage, format!("the configuration has errors\n{error}")),
        };
        if self.report("") != Exit::Fine {
            return Exit::Usage; // now, and not at the end
        }
        let Logging { level, json } = &config.logging;
        let format = if *json { LogFormat::Json } else { LogFormat::Text };
        match level.parse() {
            Ok(level) => start_logging(level, format),
            Err(error) => return fail(Exit::Internal, error), // the configuration allows known levels only
        }
        let used = |name: &String| config.used_venues().any(|venue| venue.symbols.contains(name));
        for alias in config.aliases.iter().filter(|alias| used(&alias.to)) {
            info!(alias = alias.from, symbol = alias.to, "alias");
        }
        match supervise(config) {
            Ok(Ok(summary)) => self.report(&format!("{:#}\n", summary.to_json())),
            Ok(Err(error)) => fail(exit_of(&error), &error),
            Err(error) => fail(Exit::Internal, error),
        }
    }

    fn report(&self, text: &str) -> Exit {
        let Some(path) = &self.report else { return Exit::Fine };
        match std::fs::write(path, text) {
            Ok(()) => Exit::Fine,
            Err(error) => fail(Exit::Usage, format!("{}: {error}", path.display())),
        }
    }
}

pub(super) fn exit_of(error: &EngineError) -> Exit {
    match error {
        EngineError::Venue(_) => Exit::Venue,
        EngineError::Trading(_) => Exit::Usage,
        EngineError::Memory(_) => Exit::Memory,
        EngineError::Thread(_) | EngineError::Panic(_) => Exit::Internal,
    }
}

/// Runs the engine on the decision thread while this one waits for signals.
fn supervise(config: Config) -> std::io::Result<Result<Summary, EngineError>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let stop = Arc::new(AtomicBool::new(false));
    let (ended, end) = oneshot::channel();
    let mut signals = runtime.block_on(async { Signals::listen() })?;
    let seen = Arc::clone(&stop);
    let decision = std::thread::Builder::new().name("pyrt-decision".to_owned()).spawn(move || {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let seed = clock.utc().0.unsigned_abs() ^ u64::from(std::process::id());
        let outcome = engine::run(&config, &Surroundings { clock, seed, stop: &seen });
        // Fails only if nobody waits any more.
        let _ = ended.send(());
        outcome
    })?;
    runtime.block_on(async {
        tokio::select! {
            name = signals.next() => info!(name, "stopping"),
            _ = end => {}
        }
    });
    stop.store(true, Ordering::Relaxed);
    decision.join().map_err(|_| std::io::Error::other("the decision thread ended with a panic"))
}
