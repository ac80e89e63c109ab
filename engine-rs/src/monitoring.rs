//! What the engine says about itself while it runs: structured logs on stderr. Nothing logs on the decision path
//! unless a state changes. And how long its decisions take: [`latency`].

pub mod latency;

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging to stderr: `level` for the engine's own lines, warnings of everybody else's. A second call changes
/// nothing.
pub fn start_logging(level: LevelFilter, format: LogFormat) {
    let filter = EnvFilter::default()
        .add_directive(LevelFilter::WARN.min(level).into())
        .add_directive(directive(level));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // An error says that logging has been started before, by a test or by an embedding program.
    let _ = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}

fn directive(level: LevelFilter) -> tracing_subscriber::filter::Directive {
    format!("pyrt_engine={level}").parse().unwrap_or_else(|_| level.into())
}
