//! A pass that a venue wants to see in what it is told: asked for by POST before each connection, and anew when it is old.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use tracing::warn;

use crate::model::Nanos;

use super::HttpClient;
use super::answers::default_wait;
use super::session::{Session, count};

/// An answer has a few words.
const MAX_BODY_BYTES: usize = 64 << 10;

/// A form to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Where to.
    pub path: &'static str,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// URL-encoded.
    pub body: String,
}

/// How a venue's passes are had.
pub trait Pass: Send {
    /// The form that asks for one, made at this time.
    fn ask(&self, now: Nanos) -> Post;

    /// The pass in an answer.
    ///
    /// # Errors
    /// With the venue's words, if it gives none.
    fn read(&self, answer: &[u8]) -> Result<String, String>;

    /// A text with the pass in it; as it is, if it needs none.
    fn write<'a>(&self, text: &'a str, pass: &str) -> Cow<'a, str>;

    /// Not used any more when it is older (ns).
    fn age(&self) -> i64;
}

impl Session {
    /// Asks for a pass, if the venue wants one; how long to wait, if there is none to be had.
    pub(super) async fn fetch_pass(&self) -> Result<(), Duration> {
        let Some(pass) = &self.options.pass else { return Ok(()) };
        let client = HttpClient::new(self.dialer.clone(), self.options.rest.clone(), MAX_BODY_BYTES);
        let since = self.clock.monotonic();
        count(&self.counters.requests);
        let wait = match client.post(&pass.ask(self.clock.utc())).await {
            Ok(reply) if reply.is_rate_limited() => {
                count(&self.counters.rate_limited);
                reply.retry_after.unwrap_or_else(|| default_wait(reply.status))
            }
            Ok(reply) => match pass.read(&reply.body) {
                Ok(text) => {
                    self.pass.replace(Some((text, since)));
                    return Ok(());
                }
                Err(words) => {
                    warn!(endpoint = %self.options.rest, status = reply.status, words, "no pass");
                    Duration::ZERO
                }
            },
            Err(error) => {
                warn!(%error, "no pass");
                Duration::ZERO
            }
        };
        count(&self.counters.failed_requests);
        Err(wait)
    }

    /// A text as it is sent: with a pass that is young enough, or the last one that there was.
    pub(super) async fn passed(&self, text: Bytes) -> Bytes {
        let Some(pass) = &self.options.pass else { return text };
        let old = |since: i64| self.clock.monotonic() - since > pass.age();
        if self.pass.borrow().as_ref().is_none_or(|(_, since)| old(*since)) {
            // The venue will say what it thinks of an old one.
            let _ = self.fetch_pass().await;
        }
        let held = self.pass.borrow();
        let Some((held, words)) = held.as_ref().zip(std::str::from_utf8(&text).ok()) else { return text };
        match pass.write(words, &held.0) {
            Cow::Borrowed(_) => text,
            Cow::Owned(written) => Bytes::from(written),
        }
    }
}
