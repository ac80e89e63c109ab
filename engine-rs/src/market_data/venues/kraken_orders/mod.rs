//! Kraken spot order by order: the `level3` channel, with its checksum.
//!
//! | file | noun |
//! |---|---|
//! | `endpoints.rs` | host, depths, what to say |
//! | `protocol.rs` | frames in and out, what is known of each book |
//! | `reader.rs` | bytes to messages |
//! | `checksum.rs` | the venue's CRC32 of the orders of the best ten levels |
//! | `inference.rs` | grids from a recording |

mod checksum;
mod endpoints;
mod inference;
mod protocol;
mod reader;

use crate::market_data::OrderFeed;

pub use endpoints::{DEPTHS, STREAM_HOST};
pub use inference::infer_instruments;
pub use protocol::{KrakenOrders, KrakenOrdersOptions};
pub use reader::is_order_by_order;

/// One connection to Kraken spot, order by order.
pub type KrakenLevel3 = OrderFeed<KrakenOrders>;
