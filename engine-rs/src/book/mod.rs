//! Order books in integer ticks and lots. A book knows prices and sizes, nothing of venues, messages or time.
//!
//! | file | noun |
//! |---|---|
//! | `l2.rs` | a book of levels: two sides and what they say together |
//! | `side.rs` | one side: a window of ticks around the best, ordered levels behind it |
//! | `ring_bits.rs` | the bitmap that finds the next level in the window |

mod l2;
mod ring_bits;
mod side;

pub use l2::{DEFAULT_WINDOW, L2Book};
