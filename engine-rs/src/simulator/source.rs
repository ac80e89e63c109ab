//! The contract of what a simulator serves. A layer that injects faults is a source around a source.

use std::sync::Arc;

use serde_json::Value as Json;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::model::Nanos;

use super::{DepthBook, Listing};

/// One message of one stream, in the combined form `{"stream":…,"data":…}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// `btcusdt@depth@100ms`.
    pub stream: Arc<str>,
    /// The whole message.
    pub text: Utf8Bytes,
    /// Where the data begin; they end before the last byte.
    data: usize,
}

impl Frame {
    /// A frame from its text.
    ///
    /// Nothing if it is not in the combined form.
    #[must_use]
    pub fn new(stream: Arc<str>, text: Utf8Bytes) -> Option<Self> {
        let rest =
            text.strip_prefix("{\"stream\":\"")?.strip_prefix(&*stream)?.strip_prefix("\",\"data\":")?;
        let data = text.len() - rest.len();
        rest.ends_with('}').then_some(Self { stream, text, data })
    }

    /// The message without its envelope: what a client of `/ws/<stream>` gets.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.text[self.data..self.text.len() - 1]
    }
}

/// A market: frames in time, and books at the position that the frames have reached.
pub trait Source: Send {
    /// What is traded.
    fn listings(&self) -> &[Listing];

    /// The first client has subscribed: a source without a time of its own starts at `now`.
    fn begin(&mut self, now: Nanos);

    /// When the next frame is due, by the source's own clock; nothing at the end.
    fn next_time(&self) -> Option<Nanos>;

    /// When what is served begins; what it has before that is passed at once, heard by nobody.
    fn opens_at(&self) -> Option<Nanos> {
        None
    }

    /// Moves on to `until`, or until about `limit` frames have been appended.
    fn advance(&mut self, until: Nanos, limit: usize, frames: &mut Vec<Frame>);

    /// The book of a listed symbol as a REST snapshot would show it now.
    fn book(&self, symbol: &str) -> Option<&DepthBook>;

    /// Whether snapshots of a symbol's book come in the source's own time; else its book can be asked for at any time.
    fn has_snapshots(&self, _symbol: &str) -> bool {
        false
    }

    /// The snapshots that were passed since the last call, by symbol.
    fn take_snapshots(&mut self) -> Vec<(String, DepthBook)> {
        Vec::new()
    }

    /// Whether it stands still while nobody listens.
    fn waits_for_clients(&self) -> bool;

    /// What it is, for the line that says that the simulator is ready.
    fn describe(&self) -> Json;
}
