//! The configuration in force, or what is wrong with it.

use std::path::PathBuf;

use clap::Args;
use pyrt_engine::config::Problem;
use serde_json::{Value as Json, json};

use super::{Exit, Layers, fail, say};

/// Arguments of `check-config`.
#[derive(Args)]
#[command(
    after_help = "Exit code 0 if it is fine, 2 if not. Without a file the built-in defaults are shown.\n\n\
Examples:\n  pyrt-engine check-config config/default.toml\n  \
PYRT_SHARED_MEMORY__BOOK_DEPTH=20 pyrt-engine check-config config/default.toml --json"
)]
pub struct CheckConfig {
    /// The file that `run --config` would read
    file: Option<PathBuf>,
    #[command(flatten)]
    layers: Layers,
    /// For programs: {"ok": …, "config": …, "origins": …} or {"ok": false, "problems": […]}
    #[arg(long)]
    json: bool,
}

impl CheckConfig {
    pub fn run(&self) -> Exit {
        match self.layers.load(self.file.as_ref()) {
            Ok(config) if self.json => {
                let mut answer = config.to_json();
                answer["ok"] = Json::Bool(true);
                say(answer);
                Exit::Fine
            }
            Ok(config) => {
                say(config.to_toml().trim_end());
                Exit::Fine
            }
            Err(error) if self.json => {
                let problems: Vec<_> = error.problems.iter().map(Problem::to_json).collect();
                say(json!({ "ok": false, "problems": problems }));
                Exit::Usage
            }
            Err(error) => fail(Exit::Usage, format!("the configuration has errors\n{error}")),
        }
    }
}
