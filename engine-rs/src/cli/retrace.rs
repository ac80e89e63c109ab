//! A session's journal decided again, and compared.

use std::path::PathBuf;

use clap::Args;
use pyrt_engine::engine::{self, EngineError, trading::Written};
use serde_json::{Value as Json, json};

use super::{Exit, Layers, fail, say};

/// Arguments of `retrace`.
#[derive(Args)]
#[command(
    after_help = "Everything that came in is given to the same feed, strategies and limits once more; what was decided and \
sent must come again to the last byte. Recorded decisions are compared, never read. Prints one JSON line; exit code 0 if \
all is equal, 2 if not or if the journal or the configuration cannot be used.\n\n\
Examples:\n  pyrt-engine retrace journal/pyrt-1764061200000000000.pyrt --config config/default.toml"
)]
pub struct Retrace {
    /// The journal
    journal: PathBuf,
    /// The configuration that the session ran with
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    layers: Layers,
}

impl Retrace {
    pub fn run(&self) -> Exit {
        let config = match self.layers.load(self.config.as_ref()) {
            Ok(config) => config,
            Err(error) => return fail(Exit::Usage, format!("the configuration has errors\n{error}")),
        };
        let again = match engine::decide_again(&config, &self.journal) {
            Ok(again) => again,
            Err(error @ EngineError::Trading(_)) => return fail(Exit::Usage, error),
            Err(error) => return fail(Exit::Internal, error),
        };
        let parted = again.parted.as_ref().map(|parted| {
            let (recorded, decided) =
                (parted.recorded.as_ref().map(shown), parted.decided.as_ref().map(shown));
            json!({ "input": parted.input, "time": parted.time.0, "recorded": recorded, "decided": decided })
        });
        say(
            json!({ "equal": parted.is_none(), "inputs": again.inputs, "decisions": again.equal, "fills": again.fills, "parted": parted }),
        );
        if parted.is_none() { Exit::Fine } else { Exit::Usage }
    }
}

/// Frames are text; a decision's code and record are bytes.
fn shown(written: &Written) -> Json {
    let text = str::from_utf8(&written.payload).ok().filter(|text| text.starts_with('{'));
    let hexadecimal = || written.payload.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let payload = text.map_or_else(hexadecimal, str::to_owned);
    json!({ "kind": written.kind, "stream": written.stream, "time": written.time.0, "payload": payload })
}
