//! What runs: sockets, venues, the engine and the binary, over loopback and real shared memory.
//!
//! | file | of |
//! |---|---|
//! | `net.rs` | the input/output thread against servers that behave as networks do |
//! | `simulator.rs` | the simulated venue as its clients see it |
//! | `trading.rs` | its order entry, over WebSockets |
//! | `changes.rs` | the same of orders that change |
//! | `trading_replay.rs` | the same in process, held against the matcher's own run |
//! | `engine.rs` | the engine against the simulated venue |
//! | `venues.rs` | several venues in one engine |
//! | `faults.rs` | what venues and networks do wrong, each to each |
//! | `feeds.rs` | feeds without an engine |
//! | `orders.rs` | venues that tell order by order, and those who have a key |
//! | `standby.rs` | a venue with two connections, and the death of one |
//! | `cli.rs` | the binary as scripts see it |
//! | `support/signs.rs` | how an engine shows that it has seen a fault |

#![allow(clippy::unwrap_used)] // a test's own functions may

mod changes;
mod cli;
mod engine;
mod faults;
mod feeds;
mod net;
mod orders;
#[path = "../support/signs.rs"]
mod signs;
mod simulator;
mod standby;
mod tls;
mod trading;
mod trading_replay;
mod venues;
