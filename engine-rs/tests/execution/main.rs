//! From the operator's limits to the venue's last word about an order.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that fails may panic, one that skips says so

mod allocations;
mod binance;
mod changes;
mod orders;
mod pair;
mod risk_checks;
mod round_trip;
mod venue;
