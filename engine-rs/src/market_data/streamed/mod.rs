//! The feed of every venue whose stream brings the snapshot itself: subscribe, load, follow, and subscribe anew when a
//! proof fails.
//!
//! | file | noun |
//! |---|---|
//! | `protocol.rs` | what differs between such venues |
//! | `feed.rs` | the feed that they share |
//! | `trade_ids.rs` | trades whose ids follow each other |

mod feed;
mod protocol;
mod trade_ids;

pub use feed::{StreamFeed, StreamOptions};
pub use protocol::{Message, Proof, Protocol};
