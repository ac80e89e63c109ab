//! Coinbase Exchange: level2 books, matches, the venue's quotes and heartbeats.
//!
//! The `level2` channels number nothing: the venue promises every update, and nothing in them proves it. What does come
//! on the same connection in a row, the ids of trades, is held against the heartbeat's; a trade that is missing makes
//! the product's book suspect.
//!
//! | file | noun |
//! |---|---|
//! | `endpoints.rs` | hosts, channels, what to say |
//! | `protocol.rs` | frames in and out |
//! | `flat.rs` | messages of plain values: trades, quotes, heartbeats |
//! | `fast.rs`, `tolerant.rs` | bytes to messages: the frequent shapes byte by byte, the rest by key |
//! | `signature.rs` | who subscribes, signed |
//! | `instruments.rs`, `inference.rs` | grids from the venue, or from a recording |

mod endpoints;
mod fast;
mod flat;
mod inference;
mod instruments;
mod protocol;
mod signature;
mod tolerant;

use crate::market_data::StreamFeed;

pub use endpoints::STREAM_HOST;
pub(super) use endpoints::{PRODUCTS_A_MESSAGE, request};
pub(super) use flat::{given, number, quoted, time};
pub use inference::infer_instruments;
pub use instruments::{LIST_PATH, find_instruments};
pub use protocol::{Coinbase, CoinbaseOptions};
pub use signature::{ExchangeKey, ExchangeKeyError};
pub use tolerant::is_market_data;
pub(super) use tolerant::is_of_levels;

/// One connection to Coinbase Exchange.
pub type CoinbaseExchange = StreamFeed<Coinbase>;
