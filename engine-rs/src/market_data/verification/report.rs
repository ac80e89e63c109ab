//! What was found in a recording, and whether it is sound.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::survey::Survey;
use crate::market_data::feed::{Counters, Feed};
use crate::market_data::venues::Venue;
use crate::market_data::venues::binance::Market;

/// The part of a venue's quotes that must equal our tops. Where a quote bears no update id the two streams race, and a
/// few differ in every recording; a wrong book differs in most.
const TOPS_SHARE: (u64, u64) = (95, 100);

/// What was found in one recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The file.
    pub file: PathBuf,
    /// Files that were read with it.
    pub with: Vec<PathBuf>,
    /// Streams that a file of snapshots belongs to: what was found is in their reports.
    pub part_of: Vec<PathBuf>,
    /// Whose messages these are.
    pub venue: Venue,
    /// Frames and answers.
    pub messages: u64,
    /// Missing update ids, sequence numbers or trade ids found.
    pub gaps: u64,
    /// Times a book had to be rebuilt.
    pub resyncs: u64,
    /// The venue's checksums that equal our books'.
    pub checksums_ok: u64,
    /// The venue's checksums.
    pub checksums: u64,
    /// The venue's best bids and offers that equal our books'.
    pub tops_equal: u64,
    /// The venue's best bids and offers that there was a book to hold against.
    pub tops: u64,
    /// Books crossed after a whole message.
    pub crossed: u64,
    /// Messages that were rejected, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Messages of kinds that are not known.
    pub unknown: u64,
    /// Books whose snapshot is missing.
    pub incomplete: usize,
    /// Torn last lines, which were left out.
    pub torn: Vec<String>,
    /// What is missing in the middle.
    pub holes: Vec<String>,
    /// Of a recording of several venues, the others.
    pub others: Vec<Venue>,
}

impl Report {
    pub(super) fn new(file: &Path, venue: Venue) -> Self {
        Self {
            file: file.to_path_buf(),
            with: vec![],
            part_of: vec![],
            venue,
            messages: 0,
            gaps: 0,
            resyncs: 0,
            checksums_ok: 0,
            checksums: 0,
            tops_equal: 0,
            tops: 0,
            crossed: 0,
            rejected: BTreeMap::new(),
            unknown: 0,
            incomplete: 0,
            torn: vec![],
            holes: vec![],
            others: vec![],
        }
    }

    pub(super) fn companion(survey: &Survey, part_of: Vec<PathBuf>) -> Self {
        let venue = survey.venue.unwrap_or(Venue::Binance(Market::Spot)); // only Binance has answers
        Self { part_of, messages: survey.frames + survey.answers, ..Self::new(&survey.path, venue) }
    }

    pub(super) fn take(&mut self, counters: &Counters, incomplete: usize, feed: &dyn Feed) {
        self.gaps = counters.gaps;
        self.resyncs = counters.resyncs;
        (self.checksums_ok, self.checksums) = (counters.checksums_ok, counters.checksums);
        self.crossed = counters.crossed;
        self.unknown = counters.unknown;
        self.incomplete = incomplete;
        self.rejected = feed.causes().iter().map(|(cause, count)| (cause.to_string(), *count)).collect();
    }

    /// Takes in what was found in the same file of another venue.
    pub fn join(&mut self, other: Report) {
        self.others.push(other.venue);
        self.messages += other.messages;
        self.gaps += other.gaps;
        self.resyncs += other.resyncs;
        self.checksums_ok += other.checksums_ok;
        self.checksums += other.checksums;
        self.tops_equal += other.tops_equal;
        self.tops += other.tops;
        self.crossed += other.crossed;
        self.unknown += other.unknown;
        self.incomplete += other.incomplete;
        for (reason, count) in other.rejected {
            *self.rejected.entry(reason).or_default() += count;
        }
    }

    /// The venues' names, such as `binance-spot+kraken`.
    #[must_use]
    pub fn venues(&self) -> String {
        let all = std::iter::once(&self.venue).chain(&self.others);
        all.map(|venue| venue.name()).collect::<Vec<_>>().join("+")
    }

    /// What is wrong with the recording.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let wrong = self.checksums - self.checksums_ok;
        let rejected: u64 = self.rejected.values().sum();
        let mut holes = self.holes.clone();
        let found = |count: u64, what: &str| (count > 0).then(|| format!("{count} {what}"));
        let mut faults: Vec<String> = [
            found(self.gaps, "gaps"),
            found(self.crossed, "crossed books"),
            found(wrong, "checksums differ"),
            found(self.resyncs, "books had to be rebuilt"),
            found(rejected, "messages were rejected"),
            found(self.incomplete as u64, "books have messages and no snapshot"),
        ]
        .into_iter()
        .flatten()
        .collect();
        faults.append(&mut holes);
        if self.tops_equal * TOPS_SHARE.1 < self.tops * TOPS_SHARE.0 {
            faults.push(format!("{} of {} tops differ", self.tops - self.tops_equal, self.tops));
        }
        if self.messages == 0 {
            faults.push("no messages".to_owned());
        }
        faults
    }

    /// Whether every book that the recording gives is the venue's, as far as the venue lets it be proven.
    #[must_use]
    pub fn sound(&self) -> bool {
        self.faults().is_empty()
    }
}
