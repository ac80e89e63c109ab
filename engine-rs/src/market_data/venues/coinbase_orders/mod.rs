//! Coinbase Exchange order by order: the `full` channel after a snapshot of level 3.
//!
//! Every message of a product has a number, one more than the one before. An order says its size when it comes and when it
//! goes, and a trade the order that it is with: a book that does not have the same has lost something.
//!
//! | file | noun |
//! |---|---|
//! | `endpoints.rs` | channels, paths, what to say |
//! | `protocol.rs` | frames in and out |
//! | `flat.rs` | what a message says: all of its values are plain |
//! | `fast.rs`, `tolerant.rs` | bytes to values: the frequent shapes byte by byte, the rest by key |
//! | `snapshot.rs` | the book of level 3 |
//! | `inference.rs` | grids from a recording |

mod endpoints;
mod fast;
mod flat;
mod inference;
mod protocol;
mod snapshot;
mod tolerant;

use crate::market_data::OrderFeed;

pub use inference::infer_instruments;
pub use protocol::{CoinbaseOrders, CoinbaseOrdersOptions};
pub use tolerant::is_order_by_order;

/// One connection to Coinbase Exchange, order by order.
pub type CoinbaseFull = OrderFeed<CoinbaseOrders>;
