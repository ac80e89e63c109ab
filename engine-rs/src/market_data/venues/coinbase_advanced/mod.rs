//! Coinbase Advanced Trade: level2 books, market trades, tickers, heartbeats, all of a connection numbered in one row.
//!
//! A number that is left out is a message that was lost, whichever it was: every book of the connection is suspect then,
//! and asked for again.
//!
//! | file | noun |
//! |---|---|
//! | `endpoints.rs` | hosts, channels, what to say |
//! | `protocol.rs` | frames in and out |
//! | `fast.rs`, `reader.rs` | bytes to messages: the frequent shapes byte by byte, the rest by key |
//! | `jwt.rs` | who subscribes, signed |
//! | `instruments.rs` | grids from the venue |
//! | `inference.rs` | grids from a recording |

mod endpoints;
mod fast;
mod inference;
mod instruments;
mod jwt;
mod protocol;
mod reader;

use crate::market_data::StreamFeed;

pub use endpoints::STREAM_HOST;
pub use inference::infer_instruments;
pub use instruments::{LIST_PATH, find_instruments};
pub use jwt::{CloudKey, CloudKeyError};
pub use protocol::{AdvancedOptions, CoinbaseAdvanced};
pub use reader::is_market_data;

/// One connection to Coinbase Advanced Trade.
pub type AdvancedTrade = StreamFeed<CoinbaseAdvanced>;
