//! The rules of filling, once: the simulator and every replay use them. `proto/MATCHING.md` is the specification,
//! `tests/golden/fills/` what this room and the Python half are both tested against.
//!
//! Sans-IO: time comes with each call, nothing here reads a clock. Integers only, but for the queue models that
//! estimate; no allocation once warm, except for
//! the memory of more orders than before.
//!
//! | file | noun |
//! |---|---|
//! | `timeline.rs` | the clocks of a run, merged: records, commands, answers, timers |
//! | `matcher.rs` | the venue: records and commands in, answers out |
//! | `entry.rs` | new orders, cancels, changes, orders whose time is up |
//! | `market.rs` | one instrument: its book, our queues, and what fills them |
//! | `venue_book.rs` | the venue's levels, what we have taken from them, and whether they hold |
//! | `order_by_order/` | the same where every order is known: exact queues |
//! | `stops.rs` | stops that wait for their trigger, or for the book |
//! | `deadlines.rs` | when orders' time is up |
//! | `orders.rs` | our orders and the queues they rest in |
//! | `queue_model.rs` | how far an order is from the front of its queue |
//! | `feed.rs` | when the venue and when the strategy sees a record |
//! | `answer.rs` | what the venue says, as integers, record or report |
//! | `settings.rs` | the `[simulation]` table |
//! | `error.rs` | what stops a run |

mod answer;
mod deadlines;
mod entry;
mod error;
mod feed;
mod market;
mod matcher;
mod order_by_order;
mod orders;
mod queue_model;
mod settings;
mod stops;
mod timeline;
mod venue_book;

pub use answer::{Answer, What};
pub use error::MatchError;
pub use matcher::Matcher;
pub use order_by_order::{RecordedOrders, Told};
pub use queue_model::QueueModel;
pub use settings::{BookSource, FeedClock, SettingsError, Simulation};
pub use timeline::{Step, Timeline, match_commands};
