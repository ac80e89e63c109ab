//! Binance, spot and futures: JSON market streams, spot's binary ones, and REST snapshots.
//!
//! | file | noun |
//! |---|---|
//! | `endpoints.rs` | hosts, paths, stream names, weights |
//! | `messages.rs` | what a frame says, or why it was refused |
//! | `parser.rs`, `fast.rs`, `tolerant.rs` | bytes to messages: the frequent shapes byte by byte, the rest by key |
//! | `sbe.rs` | the binary streams |
//! | `sync.rs` | update ids: what follows, what waits, what is missing |
//! | `partial.rs` | books of the best levels alone |
//! | `feed.rs` | the feed |
//! | `instruments.rs`, `inference.rs` | grids from the venue, or from a recording |

mod endpoints;
mod fast;
mod feed;
mod inference;
mod instruments;
mod messages;
mod parser;
mod partial;
mod sbe;
mod sync;
mod tolerant;

pub use endpoints::{
    Books, Encoding, KEY_HEADER, MAX_STREAMS, Market, REST_HOST, STREAM_HOST, Streams, exchange_info_path,
    snapshot_symbol,
};
pub use feed::{BinanceFeed, Options};
pub use inference::{infer_instruments, infer_of_market};
pub use instruments::{InstrumentsError, Listing, find_futures, find_instruments, listings, symbol_of};
pub use messages::Message;
pub use parser::Parser;
pub use tolerant::market_of;

/// The feed by the name of its first market.
pub type BinanceSpot = BinanceFeed;
