//! A source written as a recording: what a client that listened to every stream would have kept.

use std::io::{self, Write};

use super::Source;
use crate::model::Nanos;

/// A recorder asks for the books a moment after it began to listen: the frames it has by then straddle their ids.
const BOOKS_AFTER: i64 = 300_000_000;
/// Of time, between two looks.
const STEP: i64 = 10_000_000;
/// Levels a side of the books.
const LEVELS: usize = 5_000;

/// Writes `seconds` of a source that has a time of its own, one line a message: `receive time<TAB>text`.
///
/// # Errors
/// If it cannot be written.
pub fn dump(source: &mut dyn Source, seconds: f64, out: &mut dyn Write) -> io::Result<u64> {
    let Some(begin) = source.next_time() else { return Ok(0) };
    source.begin(begin);
    #[allow(clippy::cast_possible_truncation)] // nanoseconds of a recording's length
    let end = begin.0 + (seconds * 1e9) as i64;
    let (mut frames, mut lines, mut now, mut books) = (Vec::new(), 0, begin.0, false);
    while now < end {
        now = (now + STEP).min(end);
        source.advance(Nanos(now), usize::MAX, &mut frames);
        lines += frames.len() as u64;
        for frame in frames.drain(..) {
            writeln!(out, "{now}\t{}", frame.text)?;
        }
        if !books && now - begin.0 >= BOOKS_AFTER {
            books = true;
            for listing in source.listings() {
                if let Some(book) = source.book(&listing.symbol) {
                    let url = format!("/api/v3/depth?symbol={}&limit={LEVELS}", listing.symbol);
                    writeln!(out, "{now}\t{{\"url\": \"{url}\", \"body\": {}}}", book.to_json(LEVELS))?;
                    lines += 1;
                }
            }
        }
    }
    Ok(lines)
}
