//! Venues on loopback. On one port: Binance's spot market with streams, REST and orders, and the public market data of
//! Coinbase Exchange and Kraken. On ports of their own, if they are wanted, those whose paths are the same: Binance's
//! futures and Coinbase Advanced Trade. What Binance's spot market trades is a [`Source`]: a recording, or a generated
//! market; what the others trade is a [`HallSource`].
//!
//! | file | noun |
//! |---|---|
//! | `source.rs` | the contract of what is served: frames in time, books at their present position |
//! | `market.rs`, `flow.rs` | a generated market: protocol and time; orders that come, go and trade |
//! | `replay.rs`, `tape.rs` | a recording, served again; its lines |
//! | `depth_book.rs` | a book by price, for snapshots |
//! | `dump.rs` | a source written as a recording |
//! | `listing.rs` | what is traded, and `exchangeInfo` |
//! | `wire/` | decimals as Binance writes them, and the binary form of its messages |
//! | `driver.rs` | when which frame is due |
//! | `hub.rs` | the clients and who hears what |
//! | `listening.rs` | what a client of Binance listens to, and its control messages |
//! | `client.rs` | one WebSocket: pings, closing |
//! | `rest.rs` | the answers to GETs, errors and weights |
//! | `halls/` | the venues beside Binance |
//! | `sabotage/` | faults on purpose |
//! | `server/` | the ports, and the thread behind them |
//! | [`order_entry`] | the WebSocket API: orders in, replies and events out |
//! | [`trading`] | order entry on the port: accounts, matching, connections |

mod client;
mod depth_book;
mod driver;
mod dump;
mod flow;
mod halls;
mod hub;
mod listening;
mod listing;
mod market;
pub mod order_entry;
mod replay;
mod rest;
mod sabotage;
mod server;
mod source;
mod tape;
pub mod trading;
mod wire;

pub use depth_book::DepthBook;
pub use driver::{AtEnd, Pace};
pub use dump::dump;
pub use halls::{HallSource, StockError};
pub use listing::Listing;
pub use market::{Market, MarketOptions};
pub use replay::{Replay, ReplayError};
pub use sabotage::{Mischief, Place, PlanError, Planned};
pub use server::{ORDERS_PATH, Options, Simulator, SimulatorError};
pub use source::{Frame, Source};
pub use trading::{AccountOptions, DEMO_ACCOUNT, DemoAccount, Fault, LocalVenue, Statement, TradingOptions};
pub use wire::{binary_form, binary_name};
