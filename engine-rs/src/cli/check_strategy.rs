//! What a strategy file says, or what is wrong with it.

use std::path::PathBuf;

use clap::Args;
use pyrt_engine::config::Problem;
use pyrt_engine::signals::OnnxRuntime;
use pyrt_engine::strategy::{Body, FileStrategy, StrategyFile};
use serde_json::json;

use super::{Exit, fail, say};

/// Arguments of `check-strategy`.
#[derive(Args)]
#[command(
    after_help = "The model need not be there, unless --model asks for it. Exit code 0 if the file is fine, 2 if not.\n\n\
Examples:\n  pyrt-engine check-strategy config/strategies/btc_momentum.toml\n  \
pyrt-engine check-strategy config/strategies/btc_momentum.toml --model"
)]
pub struct CheckStrategy {
    /// The strategy file
    file: PathBuf,
    /// Loads the model too, as a run would
    #[arg(long)]
    model: bool,
    /// Complaints for programs: {"ok": false, "problems": […]}
    #[arg(long)]
    json: bool,
}

impl CheckStrategy {
    pub fn run(&self) -> Exit {
        let file = match StrategyFile::load(&self.file) {
            Ok(file) => file,
            Err(error) if self.json => {
                let problems: Vec<_> = error.problems.iter().map(Problem::to_json).collect();
                say(json!({ "ok": false, "problems": problems }));
                return Exit::Usage;
            }
            Err(error) => return fail(Exit::Usage, format!("the strategy file has errors\n{error}")),
        };
        if self.model
            && let Body::Rules(_) = file.body
            && let Err(error) = load_model(&file)
        {
            return fail(Exit::Usage, error);
        }
        if self.json {
            say(json!({ "ok": true, "name": file.name, "instrument": file.instrument }));
        } else {
            say(file.describe().trim_end());
        }
        Exit::Fine
    }
}

fn load_model(file: &StrategyFile) -> Result<(), String> {
    let runtime = OnnxRuntime::load(None).map_err(|error| error.to_string())?;
    FileStrategy::load(file, &runtime).map(drop).map_err(|error| error.to_string())
}
