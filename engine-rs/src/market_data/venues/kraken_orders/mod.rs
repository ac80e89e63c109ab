//! Kraken spot order by order: the `level3` channel, with its checksum.
//!
//! | file | noun |
//! |---|---|
//! | `endpoints.rs` | host, depths, what to say |
//! | `token.rs` | what the venue wants to be shown |
//! | `protocol.rs` | frames in and out, what is known of each book |
//! | `reader.rs` | bytes to messages |
//! | `checksum.rs` | the venue's CRC32 of the orders of the best ten levels |
//! | `inference.rs` | grids from a recording |

mod checksum;
mod endpoints;
mod inference;
mod protocol;
mod reader;
mod token;

use crate::market_data::OrderFeed;

pub use endpoints::{DEPTHS, STREAM_HOST, message_spacing};
pub use inference::infer_instruments;
pub use protocol::{KrakenOrders, KrakenOrdersOptions};
pub use reader::is_order_by_order;
pub use token::{KrakenKey, KrakenKeyError, SignedForm, TOKEN_AGE, TOKEN_PATH, read_token, with_token};

/// One connection to Kraken spot, order by order.
pub type KrakenLevel3 = OrderFeed<KrakenOrders>;
