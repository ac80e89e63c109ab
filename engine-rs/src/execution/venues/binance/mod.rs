//! Binance spot: orders through the WebSocket API.
//!
//! | file | noun |
//! |---|---|
//! | `order_entry.rs` | the session: log on, listen, send, hear |
//! | `credentials.rs` | keys and signatures |
//! | `requests.rs` | requests as bytes |
//! | `symbols.rs` | instruments by the venue's symbol |
//! | `messages.rs` | what the venue says |
//! | `reader.rs` | its text to messages: replies by the request's id, events by their kind |
//! | `execution_report.rs`, `order_reply.rs` | the two shapes in which it speaks of an order |
//! | `replacement.rs` | both steps of an order that replaces another one |
//! | `json.rs` | the few forms of JSON values that all of them have |
//! | `commission.rs` | fees of any asset in quote currency |
//! | `codes.rs` | what its error codes mean for an order |
//! | `rate_limits.rs` | how much may be sent, and when again |

mod codes;
mod commission;
mod credentials;
mod execution_report;
mod json;
mod messages;
mod order_entry;
mod order_reply;
mod rate_limits;
mod reader;
mod replacement;
mod requests;
mod symbols;

pub use credentials::{Credentials, KeyError, hmac_sha256_hex};
pub use messages::{Balance, Conversion, Message, OpenOrder};
pub use order_entry::{BinanceOrderEntry, HOST, NotSent, Options, PATH, Session};
pub use rate_limits::{RateLimits, Window};
pub use reader::{Counters, Unreadable};
