//! Recordings as text: one message a line, `receive time in ns, a tab, the text as received`, plain or gzip. Or what a
//! container gives, message by message. A binary message is `hex:` and its bytes in hexadecimal.
//!
//! An answer of the venue's REST host is a line of its own: `{"url": …, "body": …}`, or the bare body of a depth
//! snapshot. It may be in another file than the stream; several files are merged by receive time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

use super::feed::{Feed, Sink};
use crate::model::Nanos;

/// What a binary message begins with in a line; no text of a venue does.
const HEX: &[u8] = b"hex:";

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
    /// A frame of the stream.
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
        Self::open_with(paths, &text)
    }

    /// The same with another way to what a file holds, such as a container.
    ///
    /// # Errors
    /// As [`Recording::open`].
    pub fn open_with<P: AsRef<Path>>(paths: &[P], open: Open<'_>) -> Result<Recording, RecordingError> {
        let sources = paths.iter().map(|path| Source::open(path.as_ref(), open)).collect::<Result<_, _>>()?;
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

    /// Files whose last line was cut off, with its number (the byte of a container). It was left out.
    pub fn torn(&self) -> impl Iterator<Item = (&Path, u64)> {
        self.sources.iter().filter_map(|source| Some((source.path.as_path(), source.torn()?)))
    }

    /// What is missing in the middle of a container, in words.
    pub fn holes(&self) -> impl Iterator<Item = String> {
        let of = |source: &Source| match &source.input {
            Input::Text(_) => Vec::new(),
            Input::Messages(messages) => messages.holes(),
        };
        self.sources.iter().flat_map(of)
    }
}

/// What a file gives.
pub enum Origin {
    /// Lines, still compressed if they are.
    Text(Box<dyn Read + Send>),
    /// Messages, out of a container.
    Messages(Box<dyn Messages>),
}

/// The way to what a file gives.
pub type Open<'a> = &'a dyn Fn(&Path) -> io::Result<Origin>;

/// Lines of text, plain or gzip.
///
/// # Errors
/// If the file cannot be opened.
pub fn text(path: &Path) -> io::Result<Origin> {
    Ok(Origin::Text(Box::new(File::open(path)?)))
}

/// A message of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawMessage {
    /// ns UTC at which it was received.
    pub receive_time: Nanos,
    /// As received.
    pub bytes: Vec<u8>,
    /// Of an answer of the REST host, what was asked.
    pub asked: Option<String>,
}

/// Messages one after the other.
pub trait Messages: Send {
    /// Puts the next one in place of `message`; false at the end.
    ///
    /// # Errors
    /// If the file cannot be read.
    fn next(&mut self, message: &mut RawMessage) -> io::Result<bool>;

    /// Where a torn end was cut, as far as it has been read.
    fn torn(&self) -> Option<u64>;

    /// What is missing in the middle, in words.
    fn holes(&self) -> Vec<String>;
}

enum Input {
    Text(Box<dyn BufRead + Send>),
    Messages(Box<dyn Messages>),
}

struct Source {
    path: PathBuf,
    input: Input,
    /// The line, or what a container gave.
    message: RawMessage,
    /// Where the message begins in its bytes.
    start: usize,
    /// Receive time of the line in `text`; nothing at the end.
    time: Option<Nanos>,
    line: u64,
    torn: bool,
}

impl Source {
    fn open(path: &Path, open: Open<'_>) -> Result<Source, RecordingError> {
        let io_error = |error| RecordingError::Io { path: path.to_owned(), line: 0, error };
        let input = match open(path).map_err(io_error)? {
            Origin::Messages(messages) => Input::Messages(messages),
            Origin::Text(text) => {
                let mut reader = BufReader::with_capacity(1 << 16, text);
                let zipped = reader.fill_buf().map_err(io_error)?.starts_with(&[0x1f, 0x8b]);
                Input::Text(if zipped {
                    Box::new(BufReader::new(MultiGzDecoder::new(reader)))
                } else {
                    Box::new(reader)
                })
            }
        };
        let (message, path) = (RawMessage::default(), path.to_owned());
        let mut source = Source { path, input, message, start: 0, time: None, line: 0, torn: false };
        source.advance()?;
        Ok(source)
    }

    fn torn(&self) -> Option<u64> {
        match &self.input {
            Input::Text(_) => self.torn.then_some(self.line),
            Input::Messages(messages) => messages.torn(),
        }
    }

    /// Reads the next line that is not empty, or the next message.
    fn advance(&mut self) -> Result<(), RecordingError> {
        self.time = None;
        loop {
            self.message.bytes.clear();
            self.line += 1;
            let reader = match &mut self.input {
                Input::Text(reader) => reader,
                Input::Messages(messages) => {
                    let read = messages.next(&mut self.message);
                    let io = |error| RecordingError::Io { path: self.path.clone(), line: self.line, error };
                    self.time = read.map_err(io)?.then_some(self.message.receive_time);
                    return Ok(());
                }
            };
            let text = &mut self.message.bytes;
            let cut_off = match reader.by_ref().take(MAX_LINE).read_until(b'\n', text) {
                Ok(_) => text.last() != Some(&b'\n'),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => true,
                Err(error) => {
                    return Err(RecordingError::Io { path: self.path.clone(), line: self.line, error });
                }
            };
            let end = text.trim_ascii_end().len();
            text.truncate(end);
            if end > 0 {
                return self.take_line(cut_off);
            }
            if cut_off {
                return Ok(());
            }
        }
    }

    fn take_line(&mut self, cut_off: bool) -> Result<(), RecordingError> {
        match split(&self.message.bytes) {
            Ok((time, start)) if !cut_off && self.message.bytes[start..].starts_with(HEX) => {
                let digits = &self.message.bytes[start + HEX.len()..];
                let bytes = HEXLOWER_PERMISSIVE.decode(digits);
                self.message.bytes =
                    bytes.map_err(|_| self.error("hex: must be followed by pairs of hexadecimal digits"))?;
                (self.time, self.start) = (Some(time), 0);
                Ok(())
            }
            Ok((time, start)) if !cut_off || is_json(&self.message.bytes[start..]) => {
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
        if let Input::Messages(_) = &self.input {
            let RawMessage { bytes, asked, .. } = &self.message;
            return Ok(match asked {
                Some(path) => Content::Answer { path: Some(path), body: bytes },
                None => Content::Frame(bytes),
            });
        }
        let text = &self.message.bytes[self.start..];
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

/// A frame that is no text, as it stands in a line; nothing if it is text, which stands there itself.
#[must_use]
pub fn spelled(frame: &[u8]) -> Option<String> {
    let strange = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    frame.iter().any(strange).then(|| format!("hex:{}", HEXLOWER.encode(frame)))
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
    after: impl FnMut(&Line<'_>, &F, &mut S),
) -> Result<Replayed, RecordingError> {
    replay_while(recording, feed, sink, |_, _| true, after)
}

/// The same as long as `before`, which is told each line's time, says so.
///
/// # Errors
/// As [`Recording::next`].
pub fn replay_while<F: Feed + ?Sized, S: Sink>(
    recording: &mut Recording,
    feed: &mut F,
    sink: &mut S,
    mut before: impl FnMut(Nanos, &mut S) -> bool,
    mut after: impl FnMut(&Line<'_>, &F, &mut S),
) -> Result<Replayed, RecordingError> {
    let mut replayed = Replayed::default();
    let mut told = None;
    let mut now = Nanos(0);
    while let Some(line) = recording.next()? {
        if !before(line.receive_time, sink) {
            break;
        }
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
