//! What a feed keeps about its connection.
//!
//! | file | noun |
//! |---|---|
//! | `care.rs` | what every feed does for its connection and its books |
//! | `clock_watch.rs` | how far the venue's clock is from ours |
//! | `reach.rs` | whether the stream has reached a snapshot |
//! | `requests.rs` | when to ask for which snapshot |
//! | `trade_ids.rs` | trades whose ids follow each other |

mod care;
mod clock_watch;
mod reach;
mod requests;
mod trade_ids;

pub use care::StreamOptions;
pub(crate) use care::{Care, Phase, RENEWAL_COST, words};
pub(crate) use clock_watch::ClockWatch;
pub(crate) use reach::{MOST_OLD, Reach};
pub(crate) use requests::Requests;
pub(crate) use trade_ids::TradeIds;
