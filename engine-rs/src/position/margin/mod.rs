//! An account that is looked after: margin, financing and currency, exactly. `proto/ACCOUNT.md` is the specification,
//! `tests/golden/accounts.toml` what both languages are tested against.
//!
//! | file | noun |
//! |---|---|
//! | `series.rs` | a number from a time on, and parts of an amount |
//! | `terms.rs` | the `[account]` table |
//! | `conversion.rs` | what a unit of a currency is worth |
//! | `splits.rs` | what a split makes of lots and prices, and when |
//! | `account.rs` | the ledger in the account's currency, and what is due |

mod account;
mod conversion;
mod series;
mod splits;
mod terms;

pub use account::{AccountOverflow, MarginAccount, Paid};
pub use series::{Series, part_of};
pub use splits::{Moment, Shares, Split, Way};
pub use terms::{AccountTerms, TermsError};
