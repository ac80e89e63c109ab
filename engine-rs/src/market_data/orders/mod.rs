//! The feed of every venue that tells its book order by order: each order by its id, in its place in the queue.
//!
//! A snapshot comes over the stream or by REST; what comes before it waits. A message that the book contradicts (an order
//! that is not there, or has another size) shows that something was lost or damaged, as a hole in the numbers does.
//!
//! | file | noun |
//! |---|---|
//! | `protocol.rs` | what differs between such venues |
//! | `tracked.rs` | a book of orders, and the records that tell readers |
//! | `following.rs` | numbers of messages: what follows, what waits, what is missing |
//! | `market.rs` | a book and where it stands |
//! | `feed.rs` | the feed that they share |

mod feed;
mod following;
mod market;
mod protocol;
mod tracked;

pub use feed::OrderFeed;
pub use protocol::{OrderMessage, OrderProtocol, Step};
