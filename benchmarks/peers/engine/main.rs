//! The engine beside others, in one run: the same depth messages of Binance through barter-data's reader, sequencer and book
//! and through the engine's; a record of 64 bytes through the engine's ring, iceoryx2 and ZeroMQ. `make peers-engine`.
//!
//! Before anything is timed the books of both are compared, level by level.

#![allow(clippy::print_stdout, clippy::unwrap_used)] // its output is its purpose, and a bench may fail

mod books;
mod rings;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    books::compare(&mut criterion);
    rings::compare(&mut criterion);
    criterion.final_summary();
}
