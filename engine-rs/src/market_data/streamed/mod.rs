//! The feed of every venue whose stream brings the snapshot itself: subscribe, load, follow, and subscribe anew when a
//! proof fails.
//!
//! | file | noun |
//! |---|---|
//! | `protocol.rs` | what differs between such venues |
//! | `market.rs` | a book and where it stands |
//! | `feed.rs` | the feed that they share |

mod feed;
mod market;
mod protocol;

pub use feed::StreamFeed;
pub use protocol::{Message, Proof, Protocol};
