//! What may be traded: every order passes [`PreTrade::check`], and nothing else makes an [`Approved`] one.
//!
//! | file | noun |
//! |---|---|
//! | `limits.rs` | what the operator allows: `config/risk_limits.toml` |
//! | `ratio.rs` | factors and rates, exactly |
//! | `rate_window.rs` | how many orders a minute |
//! | `exposure.rs` | what is held and what is on its way, at its worst |
//! | `pre_trade.rs` | the check |
//! | `refusal.rs` | its no, with a reason and the numbers |

mod exposure;
mod limits;
mod pre_trade;
mod rate_window;
mod ratio;
mod refusal;

pub use exposure::{Exposures, InFlight, NotValued};
pub use limits::{Limits, LimitsError};
pub use pre_trade::{Approved, BookView, Context, PreTrade};
pub use rate_window::RateWindow;
pub use ratio::Ratio;
pub use refusal::{Detail, Refusal};
