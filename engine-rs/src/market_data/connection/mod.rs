//! What a feed keeps about its connection.
//!
//! | file | noun |
//! |---|---|
//! | `care.rs` | what every feed does for its connection and its books |
//! | `clock_watch.rs` | how far the venue's clock is from ours |
//! | `requests.rs` | when to ask for which snapshot |
//! | `trade_ids.rs` | trades whose ids follow each other |

mod care;
mod clock_watch;
mod requests;
mod trade_ids;

pub use care::StreamOptions;
pub(crate) use care::{Care, MOST_AHEAD, Phase, RENEWAL_COST, words};
pub(crate) use clock_watch::ClockWatch;
pub(crate) use requests::{Requests, is_set_back};
pub(crate) use trade_ids::TradeIds;
