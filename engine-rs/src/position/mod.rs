//! Positions and money of our fills: average cost, realized and unrealized P&L, fees, exactly.
//!
//! `proto/MATCHING.md`, section Fees and money, is the specification; `tests/golden/positions.toml` is read by both
//! languages.
//!
//! | file | noun |
//! |---|---|
//! | `holding.rs` | one position and what a fill makes of it |
//! | `tracker.rs` | all positions, and the account |
//! | `margin/` | an account that is looked after: leverage, financing, several currencies |

mod holding;
pub mod margin;
mod tracker;

pub use holding::{Execution, Holding, MoneyOverflow};
pub use tracker::{Account, PositionError, Tracker};
