//! The rules of filling, and what fills make of positions and money.

#![allow(clippy::unwrap_used)] // a test's helpers may

mod allocations;
mod golden;
mod positions;
mod properties;
