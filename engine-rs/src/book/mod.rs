//! Order books in integer ticks and lots. A book knows prices and sizes, nothing of venues, messages or time.
//!
//! | file | noun |
//! |---|---|
//! | `l2.rs` | a book of levels: two sides and what they say together |
//! | `side.rs` | one side: a window of ticks around the best, ordered levels behind it |
//! | `ring_bits.rs` | the bitmap that finds the next level in the window |
//! | `l3.rs` | a book of orders: each by its id, first come first served at its price |
//! | `queues.rs` | the line of orders of each price |
//! | `slots.rs` | how orders are found by id, and lines by price |

mod l2;
mod l3;
mod queues;
mod ring_bits;
mod side;
mod slots;

pub use l2::{DEFAULT_WINDOW, L2Book};
pub use l3::{Change, L3Book, L3Error, QueuePosition, Queued};
