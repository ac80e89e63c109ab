//! A recording, served again: its frames verbatim in its own time, its books as they were at the position reached.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use thiserror::Error;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::warn;

use crate::market_data::venues::binance::infer_instruments;
use crate::market_data::{InferenceError, Recording, RecordingError};
use crate::model::{Instrument, Nanos};

use super::tape::{self, Diff, Line};
use super::{DepthBook, Frame, Listing, Source};

/// Why a recording cannot be served.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// It cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// Its instruments are not known.
    #[error(transparent)]
    Instruments(#[from] InferenceError),
    /// A grid finer than Binance's eight places.
    #[error("{0}: its numbers have more than eight decimal places")]
    Grid(String),
    /// A line cannot be served.
    #[error("line {line} (received at {receive_time}): {reason}")]
    Line {
        /// In its file, from 1.
        line: u64,
        /// Tells which file it is in.
        receive_time: i64,
        /// Why not.
        reason: &'static str,
    },
    /// A part that is not there.
    #[error("the recording is {} s long: it has no part that begins after {} s and lasts {}", whole.as_secs_f64(),
        from.as_secs_f64(), length.map_or("to its end".to_owned(), |length| format!("{} s", length.as_secs_f64())))]
    Slice {
        /// From the first line to the last one.
        whole: Duration,
        /// Where the part was to begin.
        from: Duration,
        /// How long it was to be.
        length: Option<Duration>,
    },
}

/// Of a second.
const NS: u128 = 1_000_000_000;

/// A recording and the position reached in it.
pub struct Replay {
    files: Vec<PathBuf>,
    moments: Vec<(i64, Moment)>,
    position: usize,
    /// When what is served begins, if not with the first line.
    opens_at: Option<Nanos>,
    listings: Vec<Listing>,
    books: BTreeMap<String, Replayed>,
    passed: Vec<(String, DepthBook)>,
}

enum Moment {
    /// A message, and what it changes in which book.
    Frame(Frame, Option<(String, Diff)>),
    Snapshot(String, DepthBook),
    /// Has been served; its text has moved on.
    Past,
}

/// A symbol's book at the position reached.
#[derive(Default)]
struct Replayed {
    /// Before the place of the first snapshot that snapshot itself; the venue's book from there on.
    book: DepthBook,
    /// The place of the first snapshot has been passed, or there is none.
    live: bool,
    /// Diffs before that place: those that the snapshot does not have are applied to it there.
    early: Vec<Diff>,
    /// There is a snapshot in the recording.
    recorded: bool,
}

impl Replayed {
    fn apply(&mut self, diff: Diff) {
        if !self.live {
            self.early.push(diff);
        } else if diff.last_id > self.book.last_id {
            for (bid, price, qty) in diff.levels {
                self.book.set(bid, price, qty);
            }
            self.book.last_id = diff.last_id;
        }
    }

    fn pass_snapshot(&mut self, snapshot: DepthBook) {
        let first = !std::mem::replace(&mut self.live, true);
        if first || snapshot.last_id > self.book.last_id {
            self.book = snapshot;
        }
        for diff in std::mem::take(&mut self.early) {
            self.apply(diff);
        }
    }
}

impl Replay {
    /// Reads recordings, merged by time: streams and snapshots may lie in files of their own.
    ///
    /// # Errors
    /// [`ReplayError`] says which line, or which symbol.
    pub fn open(files: &[PathBuf]) -> Result<Self, ReplayError> {
        Replay::with_instruments(files, &infer_instruments(&mut Recording::open(files)?)?)
    }

    /// The same, of instruments that are known.
    ///
    /// # Errors
    /// As [`Replay::open`].
    pub fn with_instruments(files: &[PathBuf], instruments: &[Instrument]) -> Result<Self, ReplayError> {
        let mut listings = Vec::new();
        for instrument in instruments {
            let listing = Listing::of_instrument(instrument);
            listings.push(listing.ok_or_else(|| ReplayError::Grid(instrument.symbol.clone()))?);
        }
        let only = if let [listing] = listings.as_slice() { Some(listing.symbol.clone()) } else { None };
        let mut moments = Vec::new();
        let mut recording = Recording::open(files)?;
        while let Some(line) = recording.next()? {
            let receive_time = line.receive_time.0;
            let understood = tape::understand(line.content).map_err(|reason| ReplayError::Line {
                line: line.number,
                receive_time,
                reason,
            })?;
            moments.extend(moment(understood, only.as_deref()).map(|moment| (receive_time, moment)));
        }
        for (path, line) in recording.torn() {
            warn!(path = %path.display(), line, "the last line is cut off: left out");
        }
        let books = first_books(&moments, &listings);
        let (files, passed) = (files.to_vec(), Vec::new());
        Ok(Self { files, moments, position: 0, opens_at: None, listings, books, passed })
    }

    /// The part that begins `from` after the first line and lasts `length`, or to the end; what is before it is passed
    /// before anybody listens, so that the books are those of its beginning. `length` may reach to the whole second in
    /// which the recording ends.
    ///
    /// # Errors
    /// [`ReplayError::Slice`]: the recording is too short.
    pub fn slice(mut self, from: Duration, length: Option<Duration>) -> Result<Self, ReplayError> {
        let (first, last) = self.moments.first().zip(self.moments.last()).map_or((0, 0), |(a, b)| (a.0, b.0));
        let whole = Duration::from_nanos((last - first).unsigned_abs());
        let to = length.map_or(whole, |length| from.saturating_add(length));
        if from > whole
            || length == Some(Duration::ZERO)
            || to.as_nanos().div_ceil(NS) > whole.as_nanos().div_ceil(NS)
        {
            return Err(ReplayError::Slice { whole, from, length });
        }
        let after =
            |time: Duration| i64::try_from(time.as_nanos()).map_or(last, |ns| first.saturating_add(ns));
        self.opens_at = Some(Nanos(after(from)));
        if length.is_some() {
            self.moments.truncate(self.moments.partition_point(|(time, _)| *time < after(to)));
        }
        Ok(self)
    }
}

fn moment(line: Line, only: Option<&str>) -> Option<Moment> {
    match line {
        Line::Other => None,
        Line::Snapshot(symbol, book) => {
            let symbol = symbol.or_else(|| only.map(str::to_owned));
            if symbol.is_none() {
                warn!("a snapshot does not say of which symbol it is: left out");
            }
            Some(Moment::Snapshot(symbol?, book))
        }
        Line::Frame(stream, text) => {
            let frame = Frame::new(Arc::from(stream), Utf8Bytes::from(text))?;
            let symbol = frame.stream.split_once("@depth").map(|(symbol, _)| symbol.to_uppercase());
            let diff = symbol.and_then(|symbol| Some((symbol, tape::diff(frame.data())?)));
            Some(Moment::Frame(frame, diff))
        }
    }
}

/// What REST answers before anything has been served: each symbol's first snapshot, or an empty book.
fn first_books(moments: &[(i64, Moment)], listings: &[Listing]) -> BTreeMap<String, Replayed> {
    let mut books = BTreeMap::new();
    for (_, moment) in moments {
        if let Moment::Snapshot(symbol, book) = moment {
            let unseen = || Replayed { book: book.clone(), recorded: true, ..Replayed::default() };
            books.entry(symbol.clone()).or_insert_with(unseen);
        }
    }
    for Listing { symbol, .. } in listings {
        books.entry(symbol.clone()).or_insert_with(|| {
            warn!(symbol, "has no snapshot: its book starts empty");
            Replayed { live: true, ..Replayed::default() }
        });
    }
    books
}

impl Source for Replay {
    fn listings(&self) -> &[Listing] {
        &self.listings
    }

    fn begin(&mut self, _now: Nanos) {}

    fn next_time(&self) -> Option<Nanos> {
        self.moments.get(self.position).map(|(time, _)| Nanos(*time))
    }

    fn opens_at(&self) -> Option<Nanos> {
        self.opens_at
    }

    fn advance(&mut self, until: Nanos, limit: usize, frames: &mut Vec<Frame>) {
        let most = frames.len() + limit;
        while frames.len() < most && self.next_time().is_some_and(|time| time <= until) {
            match std::mem::replace(&mut self.moments[self.position].1, Moment::Past) {
                Moment::Past => {}
                Moment::Snapshot(symbol, snapshot) => {
                    if let Some(replayed) = self.books.get_mut(&symbol) {
                        self.passed.push((symbol, snapshot.clone()));
                        replayed.pass_snapshot(snapshot);
                    }
                }
                Moment::Frame(frame, diff) => {
                    if let Some((symbol, diff)) = diff
                        && let Some(replayed) = self.books.get_mut(&symbol)
                    {
                        replayed.apply(diff);
                    }
                    frames.push(frame);
                }
            }
            self.position += 1;
        }
    }

    fn book(&self, symbol: &str) -> Option<&DepthBook> {
        self.books.get(symbol).map(|replayed| &replayed.book)
    }

    fn has_snapshots(&self, symbol: &str) -> bool {
        self.books.get(symbol).is_some_and(|replayed| replayed.recorded)
    }

    fn take_snapshots(&mut self) -> Vec<(String, DepthBook)> {
        std::mem::take(&mut self.passed)
    }

    fn waits_for_clients(&self) -> bool {
        true
    }

    fn describe(&self) -> Json {
        let symbols: Vec<_> = self.listings.iter().map(Listing::pair).collect();
        let begin =
            self.moments.partition_point(|(time, _)| self.opens_at.is_some_and(|begin| *time < begin.0));
        let served = &self.moments[begin..];
        let frames = served.iter().filter_map(|(_, moment)| {
            if let Moment::Frame(frame, _) = moment { Some(&*frame.stream) } else { None }
        });
        let count = frames.clone().count();
        let streams: BTreeSet<_> = frames.collect();
        let times = served.first().zip(served.last());
        let seconds = times.map_or(0, |(first, last)| (last.0 - first.0) / 1_000_000_000);
        json!({
            "kind": "recording", "files": self.files, "symbols": symbols, "streams": streams, "frames": count,
            "opens_at": self.opens_at.map(|begin| begin.0), "seconds": seconds, "grid": "inferred",
        })
    }
}
