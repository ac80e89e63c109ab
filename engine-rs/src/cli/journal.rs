//! A session's journal decided again and compared, and turned into records for other hosts.

use std::fs::write;
use std::path::{Path, PathBuf};

use pyrt_engine::config::Config;
use pyrt_engine::engine::trading::{Parted, Written};
use pyrt_engine::engine::{self, EngineError, Told};
use pyrt_engine::market_data::records::{instruments_file, npy};
use serde_json::{Value as Json, json};

use super::{Exit, Layers, fail, say};

/// Decides a journal again with the configuration that its session ran with, and says how it compares.
pub fn replay(journal: &Path, config: Option<&PathBuf>, layers: &Layers) -> Exit {
    let config = match layers.load(config) {
        Ok(config) => config,
        Err(error) => return fail(Exit::Usage, format!("the configuration has errors\n{error}")),
    };
    let again = match engine::decide_again(&config, journal) {
        Ok(again) => again,
        Err(error @ EngineError::Trading(_)) => return fail(Exit::Usage, error),
        Err(error) => return fail(Exit::Internal, error),
    };
    let parted = again.parted.as_ref().map(place);
    say(
        json!({ "equal": parted.is_none(), "inputs": again.inputs, "decisions": again.equal, "fills": again.fills, "parted": parted }),
    );
    if parted.is_none() { Exit::Fine } else { Exit::Usage }
}

/// Turns a journal that is decided again to the same into records, what was said, and the table beside them.
pub fn convert(journal: &Path, config: &Config, output: &Path, table: &Path) -> Result<(), String> {
    let Told { instruments, about, retraced, telling } =
        engine::tell(config, journal).map_err(|error| error.to_string())?;
    if let Some(parted) = &retraced.parted {
        return Err(format!(
            "{}: decided again it comes to something else: {}",
            journal.display(),
            place(parted)
        ));
    }
    let said = telling.said.len();
    let source = json!({ "journal": journal.display().to_string(), "inputs": retraced.inputs, "said": said });
    let mut beside = instruments_file::value(&instruments, telling.records.len(), &source);
    beside["session"] = about;
    npy::write(output, &telling.records)?;
    npy::write(&output.with_extension("decisions.npy"), &telling.said)?;
    write(table, format!("{beside:#}\n")).map_err(|error| format!("{}: {error}", table.display()))?;
    say(
        json!({ "records": telling.records.len(), "said": said, "instruments": instruments.len(), "source": source }),
    );
    Ok(())
}

fn place(parted: &Parted) -> Json {
    let (recorded, decided) = (parted.recorded.as_ref().map(shown), parted.decided.as_ref().map(shown));
    json!({ "input": parted.input, "time": parted.time.0, "recorded": recorded, "decided": decided })
}

/// Frames are text; a decision's code and record are bytes.
fn shown(written: &Written) -> Json {
    let text = str::from_utf8(&written.payload).ok().filter(|text| text.starts_with('{'));
    let hexadecimal = || written.payload.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let payload = text.map_or_else(hexadecimal, str::to_owned);
    json!({ "kind": written.kind, "stream": written.stream, "time": written.time.0, "payload": payload })
}
