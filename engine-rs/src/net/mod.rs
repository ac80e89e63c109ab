//! Sockets. Bytes come in with the time of their read and leave on request; nothing here knows what they mean.
//!
//! | file | noun |
//! |---|---|
//! | `connection.rs` | a TCP or TLS stream that knows when it was last read |
//! | `websocket.rs` | the client's end of a WebSocket |
//! | `http.rs` | GET, with limits and what the venue says about waiting |
//! | `backoff.rs` | how long to wait before the next attempt |
//! | `session.rs` | the input/output thread of one feed: connect, read, reconnect, ask |

mod backoff;
mod connection;
mod http;
mod session;
mod websocket;

pub use backoff::Backoff;
pub use connection::Dialer;
pub use http::{HttpClient, Reply};
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
    /// The other side does not speak the protocol, or breaks a limit.
    #[error("{endpoint}: {reason}")]
    Protocol {
        /// Where to.
        endpoint: String,
        /// What it did.
        reason: String,
    },
}
