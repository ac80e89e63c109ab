//! What came in, as files have it: recorded frames, and the inputs of a session's journal.
//!
//! | file | noun |
//! |---|---|
//! | `head.rs` | what a recording begins with: the configuration, the table of instruments |
//! | `container.rs` | a container as messages, a venue at a time |
//! | `playback.rs` | a recording driven through the feeds that it was made with |

mod container;
mod head;
mod playback;

pub use container::{Container, is_container, open, streams};
pub use head::Head;
pub use playback::{Playback, Played, publisher};

use std::path::PathBuf;

use super::EngineError;
use crate::config::Config;
use crate::journal::EntryKind;
use crate::journal::recording::{Recorder, RecorderOptions};
use crate::model::{Instrument, InstrumentId, Nanos};

/// The recorder of a session, if its configuration wants one.
pub(super) fn recorder(
    config: &Config,
    instruments: &[(InstrumentId, Instrument)],
    session: Nanos,
) -> Result<Option<Recorder>, EngineError> {
    let recording = &config.recording;
    if recording.directory.as_os_str().is_empty() {
        return Ok(None);
    }
    let failed = |error: &dyn std::fmt::Display| EngineError::Trading(format!("the recording: {error}"));
    std::fs::create_dir_all(&recording.directory)
        .map_err(|error| failed(&format!("{}: {error}", recording.directory.display())))?;
    let table: Vec<Instrument> = instruments.iter().map(|(_, instrument)| instrument.clone()).collect();
    let options = RecorderOptions {
        path: path(config, session),
        session_id: session.0.unsigned_abs(),
        created: session,
        file_bytes: recording.file_bytes,
        flush: i64::try_from(recording.flush.as_nanos()).unwrap_or(i64::MAX),
        head: Head::entries(config, &table),
    };
    Recorder::create(options).map(Some).map_err(|error| failed(&error))
}

/// The first file of a session's recording.
fn path(config: &Config, session: Nanos) -> PathBuf {
    config.recording.directory.join(format!("{}-{}.frames.pyrt", config.engine.name, session.0))
}

/// What every file of a recording begins with.
const HEAD: [EntryKind; 2] = [EntryKind::Configuration, EntryKind::Instruments];
