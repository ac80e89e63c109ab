//! What is typed. One file a verb; what a program reads goes to stdout, all else to stderr.
//!
//! | file | verb |
//! |---|---|
//! | `run.rs` | the engine, until a signal |
//! | `check_config.rs` | the configuration in force, or what is wrong with it |
//! | `check_strategy.rs` | what a strategy file says, or what is wrong with it |
//! | `features.rs` | bars and features of recorded trades |
//! | `simulate.rs` | a venue on loopback |
//! | `generate.rs` | a recording of a generated market |
//! | `rehearse.rs` | a configuration played through on a recording, and timed |
//! | `journal.rs` | a session's journal decided again and compared, and turned into records |
//! | `match_records.rs` | commands against market records |
//! | `replay.rs` | a strategy on such records, a recording played again, or a session's journal decided again |
//! | `layout.rs` | records and segment as JSON |
//! | `signals.rs` | SIGTERM and SIGINT |
//! | `records/` | recordings verified and converted |

mod check_config;
mod check_strategy;
mod features;
mod generate;
mod journal;
mod layout;
mod match_records;
mod records;
mod rehearse;
mod replay;
mod run;
mod signals;
mod simulate;

use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use pyrt_engine::config::{Config, ConfigError, Overrides};
use records::{convert, verify};

/// Exit codes that scripts can rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All went well.
    Fine = 0,
    /// A defect of the engine.
    Internal = 1,
    /// Usage or configuration.
    Usage = 2,
    /// The venue or the network.
    Venue = 3,
    /// Shared memory, or another engine of that name.
    Memory = 4,
    /// A recording that is not sound.
    Unsound = 5,
    /// A replayed strategy failed, or asked for what is not carried out.
    Strategy = 6,
}

const EXIT_CODES: &str = "Exit codes: 0 fine, 1 defect of the engine, 2 usage or configuration, 3 venue or network, \
4 shared memory or another engine of that name, 5 a recording that is not sound, 6 a replayed strategy failed.";

const EXAMPLES: &str = "Examples:
  pyrt-engine simulate                             a generated market; prints where it listens
  pyrt-engine run --set venues.binance.websocket=ws://127.0.0.1:PORT \\
                  --set venues.binance.rest=http://127.0.0.1:PORT
  pyrt-engine check-config config/default.toml     what is in force, and where it comes from";

/// pyrt's live half: follows a venue and shares exact books, trades and quotes with Python through memory.
#[derive(Parser)]
#[command(name = "pyrt-engine", version, after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Follows the configured venue until SIGTERM or SIGINT
    Run(run::Run),
    /// Prints the configuration in force, or everything that is wrong with it
    CheckConfig(check_config::CheckConfig),
    /// Prints what a strategy file says, or everything that is wrong with it
    CheckStrategy(check_strategy::CheckStrategy),
    /// Prints bars and features of recorded trades, as the engine's strategies see them
    Features(features::Features),
    /// Serves a venue on loopback: a generated market, or a recording
    Simulate(simulate::Simulate),
    /// Writes a generated market as a recording
    Generate(generate::Generate),
    /// Plays a configuration through on a recording, without sockets, and times it
    Rehearse(rehearse::Rehearse),
    /// Fills commands against market records by the simulated venue's rules
    Match(match_records::Match),
    /// Holds recordings against what their venue said itself: sequences, checksums, quotes
    Verify(verify::Verify),
    /// Turns recorded frames into records that Python reads
    Convert(convert::Convert),
    /// Runs a strategy on such records, plays a recording again, or decides a session's journal again and compares
    Replay(replay::Replay),
    /// Prints every record's fields and the segment's regions
    Layout(layout::LayoutArguments),
}

/// Where a configuration comes from; later layers win.
#[derive(Args)]
struct Layers {
    /// Overrides a key, such as shared_memory.book_depth=20; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

impl Layers {
    fn load(&self, file: Option<&PathBuf>) -> Result<Config, ConfigError> {
        // A variable that is no UTF-8 is none of ours.
        let environment =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        let overrides = Overrides { environment: environment.collect(), settings: self.settings.clone() };
        Config::load(file.map(PathBuf::as_path), &overrides)
    }
}

/// Parses and does what was typed.
pub fn main() -> ExitCode {
    let exit = match Arguments::parse().verb {
        Verb::Run(verb) => verb.run(),
        Verb::CheckConfig(verb) => verb.run(),
        Verb::CheckStrategy(verb) => verb.run(),
        Verb::Features(verb) => verb.run(),
        Verb::Simulate(verb) => verb.run(),
        Verb::Generate(verb) => verb.run(),
        Verb::Rehearse(verb) => verb.run(),
        Verb::Match(verb) => verb.run(),
        Verb::Verify(verb) => verb.run(),
        Verb::Convert(verb) => verb.run(),
        Verb::Replay(verb) => verb.run(),
        Verb::Layout(verb) => verb.run(),
    };
    ExitCode::from(exit as u8)
}

/// A line for a program. Nobody reading is its business.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A line for a person, and the exit code that goes with it.
fn fail(exit: Exit, words: impl Display) -> Exit {
    let _ = writeln!(std::io::stderr(), "pyrt-engine: {words}");
    exit
}
