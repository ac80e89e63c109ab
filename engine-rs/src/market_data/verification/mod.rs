//! Recordings held against what their venue said itself: update ids, checksums, its own best bid and offer. The parsers
//! and books are those of a live session.
//!
//! | file | noun |
//! |---|---|
//! | `survey.rs` | what a file holds, and which files belong together |
//! | `tops.rs` | the tops of our books beside the venue's quotes |
//! | `report.rs` | what was found, and whether it is sound |

mod report;
mod survey;
mod tops;

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::feed::Counters;
use super::inference::InferenceError;
use super::recording::{Open, Recording, RecordingError, replay, text};
use super::venues::Venue;
use crate::model::Instrument;
pub use report::Report;
use survey::Survey;
use tops::Tops;

/// Why a recording cannot be verified.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// It cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// Its instruments are not known.
    #[error("{}: {error}", path.display())]
    Instruments {
        /// The file.
        path: PathBuf,
        /// Why.
        error: InferenceError,
    },
    /// None of its messages is of a venue that is known.
    #[error("{}: holds no message of a known venue", .0.display())]
    Unknown(PathBuf),
}

/// The way to what files hold.
#[derive(Clone, Copy)]
pub struct Access<'a> {
    /// Opens one.
    pub open: Open<'a>,
    /// Their instruments, if they are known; else they are inferred.
    pub instruments: Option<&'a [Instrument]>,
}

impl Access<'_> {
    /// Of text whose instruments are inferred.
    pub const TEXT: Access<'static> = Access { open: &text, instruments: None };
}

/// Verifies recordings, a report a file in their order. A file of REST answers alone is part of the streams whose
/// snapshots it has. With `together` all files are one session, and there is one report.
///
/// # Errors
/// If a file cannot be read or is no recording of a known venue.
pub fn verify<P: AsRef<Path>>(
    paths: &[P],
    together: bool,
    access: Access<'_>,
) -> Result<Vec<Report>, VerifyError> {
    let surveys =
        paths.iter().map(|path| Survey::of(path.as_ref(), access.open)).collect::<Result<Vec<_>, _>>()?;
    if together {
        let all: Vec<&Survey> = surveys.iter().collect();
        return Ok(all.first().map(|first| session(first, &all, access)).transpose()?.into_iter().collect());
    }
    surveys.iter().map(|survey| one(survey, &surveys, access)).collect()
}

fn one(survey: &Survey, all: &[Survey], access: Access<'_>) -> Result<Report, VerifyError> {
    if survey.is_companion() {
        let streams = all.iter().filter(|stream| survey.belongs_to(stream));
        let part_of: Vec<PathBuf> = streams.map(|stream| stream.path.clone()).collect();
        if !part_of.is_empty() {
            return Ok(Report::companion(survey, part_of));
        }
    }
    let mut files = vec![survey];
    files.extend(all.iter().filter(|companion| companion.belongs_to(survey)));
    session(survey, &files, access)
}

/// Runs one session's files through the feed of their venue.
fn session(first: &Survey, files: &[&Survey], access: Access<'_>) -> Result<Report, VerifyError> {
    let paths: Vec<&Path> = files.iter().map(|survey| survey.path.as_path()).collect();
    let venue = files.iter().find_map(|survey| survey.venue);
    let venue = venue.ok_or_else(|| VerifyError::Unknown(first.path.clone()))?;
    let instruments = match access.instruments {
        Some(known) => known.to_vec(),
        None => infer(venue, &first.path, &mut Recording::open_with(&paths, access.open)?)?,
    };
    let mut feed = venue.feed(&instruments);
    let mut tops = Tops::new(instruments.len());
    let mut recording = Recording::open_with(&paths, access.open)?;
    // The end of a recording is a disconnection, and no fault: what counts is what was known before it.
    let (mut counters, mut incomplete) = (Counters::default(), 0);
    let replayed = replay(&mut recording, feed.as_mut(), &mut tops, |_, feed, tops: &mut Tops| {
        if let Some(quote) = feed.quoted() {
            tops.quote(quote);
        }
        (counters, incomplete) = (feed.counters(), feed.incomplete());
    })?;
    let mut report = Report::new(&first.path, venue);
    report.with = paths.iter().skip(1).map(|path| path.to_path_buf()).collect();
    report.messages = replayed.frames + replayed.answers + replayed.strangers;
    report.take(&counters, incomplete, feed.as_ref());
    (report.tops_equal, report.tops) = tops.finish();
    report.holes = recording.holes().collect();
    report.torn = recording.torn().map(|(path, line)| format!("{}:{line}", path.display())).collect();
    Ok(report)
}

fn infer(venue: Venue, path: &Path, recording: &mut Recording) -> Result<Vec<Instrument>, VerifyError> {
    let instruments = venue.infer_instruments(recording);
    instruments.map_err(|error| VerifyError::Instruments { path: path.to_path_buf(), error })
}
