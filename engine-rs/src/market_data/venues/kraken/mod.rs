//! Kraken spot: WebSocket v2 and v1, books with their checksums.
//!
//! | file | noun |
//! |---|---|
//! | `endpoints.rs` | hosts, depths, spellings, what to say |
//! | `protocol.rs` | frames in and out, what is known of each book |
//! | `pieces.rs` | what readers gather: levels, trades, how numbers are written |
//! | `fast_v2.rs`, `fast_v1.rs`, `tolerant.rs` | bytes to messages: the frequent shapes byte by byte, the rest by key |
//! | `candles.rs` | the venue's own bars |
//! | `checksum.rs` | the venue's CRC32 of the best ten levels |
//! | `instruments.rs`, `inference.rs` | grids from the venue, or from a recording |

mod candles;
mod checksum;
mod endpoints;
mod fast_v1;
mod fast_v2;
mod inference;
mod instruments;
mod pieces;
mod protocol;
mod tolerant;

use crate::market_data::StreamFeed;

pub(super) use checksum::{MOST_DIGITS, write_digits};
pub use endpoints::{DEPTHS, STREAM_HOST, Version};
pub use inference::infer_instruments;
pub use instruments::{LIST_PATH, find_instruments};
pub use protocol::{Kraken, KrakenOptions};
pub use tolerant::is_market_data;
pub(super) use tolerant::{Fields, event_time, is_of_levels, is_snapshot};

/// One connection to Kraken spot.
pub type KrakenSpot = StreamFeed<Kraken>;
