//! Sockets. Bytes come in with the time of their read and leave on request; nothing here knows what they mean.
//!
//! | file | noun |
//! |---|---|
//! | `connection.rs` | a TCP or TLS stream that knows when it was last read |
//! | `websocket.rs` | the client's end of a WebSocket |
//! | `http.rs` | GET and POST, with limits and what the venue says about waiting |
//! | `backoff.rs` | how long to wait before the next attempt |
//! | `pass.rs` | what a venue wants to be shown |
//! | `outbox.rs` | what is to be sent, and when |
//! | `answers.rs` | the GETs of one feed |
//! | `session.rs` | the input/output thread of one feed: connect, read, reconnect, ask |

mod answers;
mod backoff;
mod connection;
mod http;
mod outbox;
mod pass;
mod session;
mod websocket;

pub use backoff::Backoff;
pub use connection::Dialer;
pub use http::{HttpClient, Reply};
pub use pass::{Pass, Post};
pub use session::{Get, Input, IoCounters, Link, SessionOptions, open};
pub use websocket::WebSocket;

use std::time::Duration;

use thiserror::Error;

/// What went wrong on the way to a venue.
#[derive(Debug, Error)]
pub enum NetError {
    /// The address does not resolve, or nobody listens, or the stream broke.
    #[error("{endpoint}: {source}")]
    Io {
        /// Where to.
        endpoint: String,
        /// Why.
        source: std::io::Error,
    },
    /// The venue did not answer in time.
    #[error("{endpoint}: no answer within {after:?} while {doing}")]
    Timeout {
        /// Where to.
        endpoint: String,
        /// Waited so long.
        after: Duration,
        /// For this.
        doing: &'static str,
    },
    /// The venue complains about our rate.
    #[error("{endpoint}: refused with status {status}: too many attempts")]
    RateLimited {
        /// Where to.
        endpoint: String,
        /// 429, or 418 for those who did not listen.
        status: u16,
        /// How long it wants us to wait.
        retry_after: Option<Duration>,
    },
    /// What came is no WebSocket's, no text, or longer than the limit.
    #[error("{endpoint}: {reason}")]
    Malformed {
        /// Where from.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The other side does not speak the protocol, or breaks a limit.
    #[error("{endpoint}: {reason}")]
    Protocol {
        /// Where to.
        endpoint: String,
        /// What it did.
        reason: String,
    },
}
