//! Recordings as text: one message a line, `receive time in ns, a tab, the text as received`, plain or gzip.
//!
//! An answer of the venue's REST host is a line of its own: `{"url": …, "body": …}`, or the bare body of a depth
//! snapshot. It may be in another file than the stream; several files are merged by receive time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

use super::feed::{Feed, Sink};
use crate::model::Nanos;

/// A line longer than this is no message.
const MAX_LINE: u64 = 64 << 20;
/// How often a feed is told the time, in ns of the recording.
const TIME_STEP: i64 = 100_000_000;

/// Why a recording cannot be read.
#[derive(Debug, Error)]
pub enum RecordingError {
    /// The file cannot be opened or read.
    #[error("{}:{line}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The line, 0 if it could not be opened.
        line: u64,
        /// Why.
        error: io::Error,
    },
    /// A line is not what a recording's lines are.
    #[error("{}:{line}: {what}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// What a line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// A text frame of the stream.
    Frame(&'a [u8]),
    /// An answer of the REST host.
    Answer {
        /// Path or address that was asked, if the recording tells.
        path: Option<&'a str>,
        /// Its body.
        body: &'a [u8],
    },
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number in its file, from 1.
    pub number: u64,
    /// ns UTC at which it was received.
    pub receive_time: Nanos,
    /// What was received.
    pub content: Content<'a>,
}

/// One or several files, read line by line.
pub struct Recording {
    sources: Vec<Source>,
    /// The source whose line was given out last.
    given: Option<usize>,
}

impl Recording {
    /// Opens one file, or several to be merged by receive time.
    ///
    /// # Errors
    /// If a file cannot be opened, or its first line is none.
    pub fn open<P: AsRef<Path>>(paths: &[P]) -> Result<Recording, RecordingError> {
        Self::open_with(paths, plain)
    }

    /// The same with another way to a file's text, such as out of a container.
    ///
    /// # Errors
    /// As [`Recording::open`].
    pub fn open_with<P: AsRef<Path>>(paths: &[P], text_of: TextOf) -> Result<Recording, RecordingError> {
        let sources =
            paths.iter().map(|path| Source::open(path.as_ref(), text_of)).collect::<Result<_, _>>()?;
        Ok(Recording { sources, given: None })
    }

    /// The next line, until the end.
    ///
    /// # Errors
    /// With file and line number, if a file cannot be read or a line is none. A torn last line is no error: see
    /// [`Recording::torn`].
    #[allow(clippy::should_implement_trait)] // a line borrows from the recording
    pub fn next(&mut self) -> Result<Option<Line<'_>>, RecordingError> {
        if let Some(given) = self.given.take() {
            self.sources[given].advance()?;
        }
        let first = self.sources.iter().enumerate().filter_map(|(i, source)| Some((source.time?, i))).min();
        let Some((receive_time, index)) = first else { return Ok(None) };
        self.given = Some(index);
        let source = &self.sources[index];
        let content = source.content()?;
        Ok(Some(Line { number: source.line, receive_time, content }))
    }

    /// Files whose last line was cut off, with its number. It was left out.
    pub fn torn(&self) -> impl Iterator<Item = (&Path, u64)> {
        self.sources.iter().filter(|source| source.torn).map(|source| (source.path.as_path(), source.line))
    }
}

/// The way to a file's text, still compressed if it is.
pub type TextOf = fn(&Path) -> io::Result<Box<dyn Read + Send>>;

fn plain(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    Ok(Box::new(File::open(path)?))
}

struct Source {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    text: Vec<u8>,
    /// Where the message begins in `text`.
    start: usize,
    /// Receive time of the line in `text`; nothing at the end.
    time: Option<Nanos>,
    line: u64,
    torn: bool,
}

impl Source {
    fn open(path: &Path, text_of: TextOf) -> Result<Source, RecordingError> {
        let io_error = |error| RecordingError::Io { path: path.to_owned(), line: 0, error };
        let mut reader = BufReader::with_capacity(1 << 16, text_of(path).map_err(io_error)?);
        let zipped = reader.fill_buf().map_err(io_error)?.starts_with(&[0x1f, 0x8b]);
        let reader: Box<dyn BufRead + Send> =
            if zipped { Box::new(BufReader::new(MultiGzDecoder::new(reader))) } else { Box::new(reader) };
        let (text, path) = (Vec::new(), path.to_owned());
        let mut source = Source { path, reader, text, start: 0, time: None, line: 0, torn: false };
        source.advance()?;
        Ok(source)
    }

    /// Reads the next line that is not empty.
    fn advance(&mut self) -> Result<(), RecordingError> {
        self.time = None;
        loop {
            self.text.clear();
            self.line += 1;
            let cut_off = match self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.text) {
                Ok(_) => self.text.last() != Some(&b'\n'),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => true,
                Err(error) => {
                    return Err(RecordingError::Io { path: self.path.clone(), line: self.line, error });
                }
            };
            let end = self.text.trim_ascii_end().len();
            self.text.truncate(end);
            if end > 0 {
                return self.take_line(cut_off);
            }
            if cut_off {
                return Ok(());
            }
        }
    }

    fn take_line(&mut self, cut_off: bool) -> Result<(), RecordingError> {
        match split(&self.text) {
            Ok((time, start)) if !cut_off || is_json(&self.text[start..]) => {
                (self.time, self.start) = (Some(time), start);
                Ok(())
            }
            Err(what) if !cut_off => Err(self.error(what)),
            _ => {
                self.torn = true;
                Ok(())
            }
        }
    }

    fn content(&self) -> Result<Content<'_>, RecordingError> {
        #[derive(Deserialize)]
        struct Answer<'a> {
            url: &'a str,
            #[serde(borrow)]
            body: &'a RawValue,
        }
        let text = &self.text[self.start..];
        if text.starts_with(b"{\"url\"") {
            let answer: Answer<'_> = serde_json::from_slice(text)
                .map_err(|_| self.error("an answer must be {\"url\": text, \"body\": JSON}"))?;
            return Ok(Content::Answer { path: Some(answer.url), body: answer.body.get().as_bytes() });
        }
        if text.starts_with(b"{\"lastUpdateId\"") {
            return Ok(Content::Answer { path: None, body: text });
        }
        Ok(Content::Frame(text))
    }

    fn error(&self, what: &'static str) -> RecordingError {
        RecordingError::Line { path: self.path.clone(), line: self.line, what }
    }
}

/// The time, and where the message begins.
fn split(text: &[u8]) -> Result<(Nanos, usize), &'static str> {
    let tab = text.iter().position(|byte| *byte == b'\t').ok_or("no tab after the receive time")?;
    let time = std::str::from_utf8(&text[..tab]).ok().and_then(|digits| digits.parse().ok());
    time.map(|time| (Nanos(time), tab + 1)).ok_or("the receive time must be a whole number of ns")
}

fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<&RawValue>(text).is_ok()
}

/// What [`replay`] has delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Frames given to the feed.
    pub frames: u64,
    /// Answers given to the feed.
    pub answers: u64,
    /// Answers of which the feed knew no instrument.
    pub strangers: u64,
}

/// Drives a feed with a whole recording, as its connection would have: up with the first line, down after the last.
/// The feed's requests and texts are dropped: the recording brings the answers that were given then. `after` is called after
/// every line.
///
/// # Errors
/// As [`Recording::next`].
pub fn replay<F: Feed + ?Sized, S: Sink>(
    recording: &mut Recording,
    feed: &mut F,
    sink: &mut S,
    mut after: impl FnMut(&Line<'_>, &F, &mut S),
) -> Result<Replayed, RecordingError> {
    let mut replayed = Replayed::default();
    let mut told = None;
    let mut now = Nanos(0);
    while let Some(line) = recording.next()? {
        now = line.receive_time;
        match told {
            None => feed.on_connected(now, sink),
            Some(told) if now.0 - told >= TIME_STEP => feed.on_time(now, sink),
            Some(_) => {}
        }
        if told.is_none_or(|told| now.0 - told >= TIME_STEP) {
            told = Some(now.0);
        }
        while feed.next_request().is_some() {}
        while feed.next_outgoing().is_some() {}
        match line.content {
            Content::Frame(frame) => {
                replayed.frames += 1;
                feed.on_frame(frame, now, sink);
            }
            Content::Answer { path, body } => {
                if let Some(instrument) = feed.recorded_answer(path) {
                    replayed.answers += 1;
                    feed.on_response(instrument, Some(body), now, sink);
                } else {
                    replayed.strangers += 1;
                }
            }
        }
        after(&line, feed, sink);
    }
    if told.is_some() {
        feed.on_disconnected(now, sink);
    }
    Ok(replayed)
}
