//! Kraken futures: WebSocket v1, books whose messages are numbered one by one, trades, the venue's quotes.
//!
//! | file | noun |
//! |---|---|
//! | `endpoints.rs` | host, what to say |
//! | `protocol.rs` | frames in and out |
//! | `fast.rs`, `tolerant.rs` | bytes to messages: the frequent shapes byte by byte, the rest by key |
//! | `inference.rs` | grids from a recording |

mod endpoints;
mod fast;
mod inference;
mod protocol;
mod tolerant;

use crate::market_data::StreamFeed;

pub use endpoints::STREAM_HOST;
pub use inference::infer_instruments;
pub use protocol::{KrakenFutures, KrakenFuturesOptions};
pub use tolerant::is_market_data;

/// One connection to Kraken's futures.
pub type KrakenFuturesFeed = StreamFeed<KrakenFutures>;
