//! A configuration played through on a recording, and timed.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use pyrt_engine::clock::SystemClock;
use pyrt_engine::engine::rehearsal::{Options, Rehearsed, rehearse};
use pyrt_engine::market_data::records::instruments_file;
use pyrt_engine::matching::Simulation;
use pyrt_engine::model::Clock;
use pyrt_engine::monitoring::{LogFormat, start_logging};
use pyrt_engine::simulator::{AccountOptions, TradingOptions};
use serde_json::{Value as Json, json};
use tracing::level_filters::LevelFilter;

use super::{Exit, Layers, fail, say};

/// Arguments of `rehearse`.
#[derive(Args)]
#[command(
    after_help = "Everything is as in `run`, strategies, limits, journal, but for the sockets and the time: the venue is the \
simulator, in this process, and time is the recording's, as fast as it goes. Orders arrive at once unless --settings says \
otherwise. Twice the same gives the same orders, fills and money.\n\n\
Prints one JSON object: counts, the account at the end, and under \"latency\" nanoseconds by stage: \"sent\" of messages that \
led to an order or a cancel, until the first of their bytes were on their way; \"all\" of every message, until all was \
done. The venue's part is not counted.\n\n\
Example:\n  pyrt-engine rehearse --recording day.tsv.gz --config my.toml --warm 5000"
)]
pub struct Rehearse {
    /// Recordings, lines of recv_ts_ns<TAB>message, plain or gzip; several are merged by time
    #[arg(long, num_args = 1.., required = true, value_name = "FILE")]
    recording: Vec<PathBuf>,
    /// The configuration with strategies and limits
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The table of instruments; else they are inferred from the recordings
    #[arg(long, value_name = "FILE.json")]
    instruments: Option<PathBuf>,
    /// A file with a [simulation] table (proto/MATCHING.md): latencies and fees of the venue
    #[arg(long = "settings", value_name = "FILE.toml")]
    simulation: Option<PathBuf>,
    /// What the account holds at the venue: cash=ASSET:AMOUNT, joined by +
    #[arg(long, value_name = "KEY=VALUE,…", default_value = "", hide_default_value = true)]
    account: AccountOptions,
    /// Leaves so many messages at the start out of the latencies
    #[arg(long, default_value_t = 0, value_name = "N")]
    warm: u64,
    /// Keeps the session's journal in this folder
    #[arg(long, value_name = "FOLDER")]
    journal: Option<PathBuf>,
    #[command(flatten)]
    layers: Layers,
}

impl Rehearse {
    pub fn run(self) -> Exit {
        start_logging(LevelFilter::WARN, LogFormat::Text);
        let config = match self.layers.load(self.config.as_ref()) {
            Ok(config) => config,
            Err(error) => return fail(Exit::Usage, format!("the configuration has errors\n{error}")),
        };
        let options = match self.options() {
            Ok(options) => options,
            Err(words) => return fail(Exit::Usage, words),
        };
        let begun = Instant::now();
        match rehearse(&config, &options) {
            Ok(done) => {
                say(shown(&done, begun.elapsed().as_secs_f64()));
                Exit::Fine
            }
            Err(error) => fail(super::run::exit_of(&error), error),
        }
    }

    fn options(self) -> Result<Options, String> {
        let settings = self.simulation.as_deref().map(simulation).transpose()?;
        let instruments = self.instruments.as_deref().map(instruments_file::read).transpose()?;
        let venue = TradingOptions { account: self.account, ..TradingOptions::default() };
        let venue = TradingOptions { settings: settings.unwrap_or(venue.settings), ..venue };
        let Rehearse { recording: recordings, warm, journal, .. } = self;
        Ok(Options { recordings, instruments, venue, warm, clock: || SystemClock.monotonic(), journal })
    }
}

fn simulation(path: &Path) -> Result<Simulation, String> {
    let text = read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Simulation::from_toml(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn shown(done: &Rehearsed, seconds: f64) -> Json {
    let account = &done.account;
    let mut shown = done.summary.to_json();
    shown["seconds"] = json!(seconds);
    shown["account"] = json!({
        "cash": account.cash, "equity": account.equity, "realized_pnl": account.realized_pnl,
        "unrealized_pnl": account.unrealized_pnl, "fees": account.fees,
    });
    shown
}
