//! A recording driven through the feeds that it was made with: every input in its order, the looks at the clock too, so
//! that what comes out is what the engine published then, to the last byte and at any speed.

use std::path::{Path, PathBuf};

use super::super::feeds::{Feeds, is_standby};
use super::super::trading::Entry;
use super::super::{EngineError, Publisher, consolidate, open_segment, venue};
use super::container::lost_of;
use super::{Container, Head};
use crate::config::Config;
use crate::journal::recording::{Damage, Recorded};
use crate::journal::{EntryKind, JournalError};
use crate::market_data::{Counters, Sink};
use crate::model::{Clock, Instrument, InstrumentId, Nanos};

/// A recording that is about to be played.
pub struct Playback {
    head: Head,
    files: Vec<Recorded>,
    feeds: Feeds,
}

/// What was played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Frames given to feeds.
    pub frames: u64,
    /// Other inputs: connections, answers, looks at the clock.
    pub others: u64,
    /// Entries that found no room when it was made.
    pub lost: u64,
    /// What is damaged.
    pub damage: Vec<(PathBuf, Damage)>,
    /// The feeds' own.
    pub counters: Counters,
}

fn unusable(error: &JournalError) -> EngineError {
    EngineError::Trading(error.to_string())
}

impl Playback {
    /// Opens the files of one session's recording; nothing if the first is not the beginning of such.
    ///
    /// # Errors
    /// If a file cannot be read, or is another session's.
    pub fn open<P: AsRef<Path>>(paths: &[P]) -> Result<Option<Playback>, EngineError> {
        let Some(first) = paths.first() else { return Ok(None) };
        let head = Container::head(first.as_ref()).map_err(|error| unusable(&error))?;
        let Some(head) = head else { return Ok(None) };
        let mut files = Vec::new();
        for path in paths {
            let Some(Container::Recording(file)) =
                Container::open(path.as_ref()).map_err(|error| unusable(&error))?
            else {
                return Ok(None);
            };
            files.push(*file);
        }
        files.sort_by_key(|file| file.index().last().map(|span| span.last));
        if let Some(stranger) = files.iter().find(|file| file.session_id() != files[0].session_id()) {
            let path = stranger.path().display();
            return Err(EngineError::Trading(format!("{path}: is of another session than the other files")));
        }
        let feeds = venue::feeds(&head.config, &numbered(&head.instruments));
        Ok(Some(Playback { head, files, feeds }))
    }

    /// What it begins with.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The names of its venues.
    pub fn venues(&self) -> impl Iterator<Item = &'static str> {
        let main = self.feeds.members().iter().filter(|member| !is_standby(member.stream));
        main.map(|member| member.name)
    }

    /// Gives everything to the feeds, to the end or until `before`, which is told each input's time, says no.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn play<S: Sink>(
        self,
        sink: &mut S,
        mut before: impl FnMut(Nanos, &mut S) -> bool,
    ) -> Result<Played, EngineError> {
        let Playback { files, mut feeds, .. } = self;
        let mut played = Played::default();
        for mut file in files {
            while let Some(entry) = file.next().map_err(|error| unusable(&error))? {
                if entry.kind == EntryKind::Lost as u16 {
                    played.lost += lost_of(entry.payload);
                }
                let (input, time) = (Entry::read(&entry), entry.receive_time);
                let Some(input) = input else { continue };
                if !before(time, sink) {
                    played.counters = feeds.counters();
                    return Ok(played);
                }
                match input {
                    Entry::Time => feeds.on_time(time, sink),
                    Entry::Restart => feeds.on_all_disconnected(time, sink),
                    input => {
                        played.frames += u64::from(matches!(input, Entry::Frame(..)));
                        feeds.take(&input, time, sink);
                    }
                }
                played.others += u64::from(entry.kind != EntryKind::FrameIn as u16);
                feeds.forget_wishes();
            }
            let path = file.path().to_owned();
            played.damage.extend(file.damage().iter().map(|damage| (path.clone(), *damage)));
        }
        played.counters = feeds.counters();
        Ok(played)
    }
}

fn numbered(instruments: &[Instrument]) -> Vec<(InstrumentId, Instrument)> {
    (0..).map(InstrumentId).zip(instruments.iter().cloned()).collect()
}

/// A segment for what is played, with the instruments of these rows and what the configuration puts together of them.
///
/// # Errors
/// If the segment cannot be made.
pub fn publisher(
    config: &Config,
    instruments: &[Instrument],
    clock: &dyn Clock,
) -> Result<Publisher, EngineError> {
    let mut publisher = open_segment(config, clock.utc(), clock)?;
    for instrument in instruments {
        publisher.add_instrument(instrument)?;
    }
    consolidate(config, &numbered(instruments), &mut publisher)?;
    Ok(publisher)
}
