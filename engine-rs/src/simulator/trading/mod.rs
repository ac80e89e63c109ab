//! Orders at the simulated venue: the WebSocket API on the port of the streams, matched against what they send.
//!
//! | file | noun |
//! |---|---|
//! | `account.rs` | who may trade and with how much; the demo account |
//! | `fault.rs` | answers that get lost on purpose |
//! | `decoder.rs` | the venue's own frames and snapshots as market records |
//! | `ledger.rs` | balances: free, and locked by orders |
//! | `transit.rs` | commands and answers on their way |
//! | `exchange.rs` | records and commands in one order, and what clients are told; pure |
//! | `floor.rs` | the exchange in real time, and its connections |
//! | `local.rs` | the exchange for one client in this process |
//! | `line.rs` | one WebSocket of order entry |

mod account;
mod decoder;
mod exchange;
mod fault;
mod floor;
mod ledger;
mod line;
mod local;
mod transit;

pub use account::{AccountError, AccountOptions, DEMO_ACCOUNT, DemoAccount};
pub use exchange::{Exchange, ExchangeError, Now, Said, Statement, TradingOptions};
pub use fault::{Fault, FaultError};
pub(super) use floor::Floor;
pub(super) use line::serve;
pub use local::LocalVenue;
