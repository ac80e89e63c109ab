//! A venue simulated on order by order data: who stands before us is known by id, not estimated.
//!
//! | file | noun |
//! |---|---|
//! | `recorded.rs` | the recorded orders, from records |
//! | `taken.rs` | what of them we have taken, and what that leaves |
//! | `queues.rs` | what records do to our orders among them |
//! | `tape.rs` | what trades say that no order tells: hidden orders |

mod queues;
mod recorded;
mod taken;
mod tape;

pub use recorded::{RecordedOrders, Told};
pub(super) use taken::VenueOrders;
