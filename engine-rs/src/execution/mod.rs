//! Orders from their approval to their end. Everything here is told the time and handed the bytes.
//!
//! | file | noun |
//! |---|---|
//! | `told.rs` | what a venue says of an order |
//! | `facts.rs` | what is known of an order, and the status that follows from it |
//! | `tracked.rs` | one order |
//! | `order_table.rs` | all of them by id, without allocation |
//! | `order_manager.rs` | reports in, records out, what is on its way for risk |
//! | [`venues`] | how each venue is spoken to |

mod facts;
mod order_manager;
mod order_table;
mod told;
mod tracked;
pub mod venues;

pub use order_manager::{Counters, NotCanceled, NotTracked, OrderManager, Question, Stray};
pub use told::Told;
pub use tracked::TrackedOrder;
