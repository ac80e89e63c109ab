//! The rules of filling, and what fills make of positions and money.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that fails may panic, one that skips says so

mod accounts;
mod allocations;
mod golden;
mod order_by_order;
mod positions;
mod properties;
mod recording;
