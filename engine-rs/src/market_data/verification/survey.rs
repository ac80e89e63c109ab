//! What a file holds, and which files belong together.

use std::path::{Path, PathBuf};

use crate::market_data::recording::{Content, Open, Recording, RecordingError};
use crate::market_data::venues::{Guess, Venue};
use crate::model::Nanos;

/// Time (ns) that a stream may begin after its snapshots were taken, or end before.
const SLACK: i64 = 60_000_000_000;

/// One file, read once.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) path: PathBuf,
    /// By the first of its messages that tells most.
    pub(super) venue: Option<Venue>,
    pub(super) frames: u64,
    pub(super) answers: u64,
    span: Option<(Nanos, Nanos)>,
}

impl Survey {
    pub(super) fn of(path: &Path, open: Open<'_>) -> Result<Survey, RecordingError> {
        let path = path.to_path_buf();
        let mut survey = Survey { path, venue: None, frames: 0, answers: 0, span: None };
        let mut guess = Guess::default();
        let mut recording = Recording::open_with(&[&survey.path], open)?;
        while let Some(line) = recording.next()? {
            let begin = survey.span.map_or(line.receive_time, |(begin, _)| begin);
            survey.span = Some((begin, line.receive_time));
            match line.content {
                Content::Frame(frame) => {
                    survey.frames += 1;
                    guess.frame(frame);
                }
                Content::Answer { path, .. } => {
                    survey.answers += 1;
                    guess.answer(path);
                }
            }
        }
        survey.venue = guess.venue();
        Ok(survey)
    }

    /// Answers alone say nothing: they are part of a stream.
    pub(super) fn is_companion(&self) -> bool {
        self.frames == 0 && self.answers > 0
    }

    /// Whether these answers were given while that stream ran, by the same venue.
    pub(super) fn belongs_to(&self, stream: &Survey) -> bool {
        let (Some((begin, end)), Some((from, until))) = (self.span, stream.span) else { return false };
        self.is_companion()
            && !stream.is_companion()
            && self.venue == stream.venue
            && begin.0 <= until.0 + SLACK
            && from.0 <= end.0 + SLACK
    }
}
