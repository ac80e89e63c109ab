//! Orders from their approval to their end. Everything here is told the time and handed the bytes.
//!
//! | file | noun |
//! |---|---|
//! | `told.rs` | what a venue says of an order |
//! | `facts.rs` | what is known of an order, and the status that follows from it |
//! | `version.rs` | one of the venue's orders that an order has been: a change may make another one of it |
//! | `tracked.rs` | one order |
//! | `change.rs` | new numbers of an order: what is asked of the venue, and what became of it |
//! | `order_table.rs` | all of them by id, without allocation |
//! | `report.rs` | what a report adds to what is known |
//! | `changes.rs` | changes: wanted, sent, and what became of them |
//! | `order_manager.rs` | reports in, records out, what is on its way for risk |
//! | [`venues`] | how each venue is spoken to |

mod change;
mod changes;
mod facts;
mod order_manager;
mod order_table;
mod report;
mod told;
mod tracked;
pub mod venues;
mod version;

pub use change::{Asking, Numbers, Plan};
pub use order_manager::{Counters, Inquiry, NotCanceled, NotTracked, OrderManager, Piece, Question, Stray};
pub use told::Told;
pub use tracked::TrackedOrder;
