//! Market data from outside: recorded frames in, records and books out.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that fails may panic, one that skips says so

mod binance_kinds;
mod coinbase;
mod coinbase_advanced;
mod faults;
mod files;
mod kraken;
mod kraken_faults;
mod kraken_futures;
mod orders;
mod parsing;
mod reader;
mod recordings;
mod sbe;
mod states;
mod verification;
