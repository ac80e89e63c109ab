//! Books of orders: against a slow one, against the allocator, and against what venues said themselves.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test that fails may panic, one that skips says so

mod allocations;
mod files;
mod slow;
