//! The strategy room from outside.
//!
//! | file | noun |
//! |---|---|
//! | `abi.rs` | offsets and codes against the golden file |
//! | `compiled.rs` | objects that run, fail, and are refused |
//! | `replay.rs` | whole runs: no allocation when warm, what is refused |
//! | `oracle.c` | a strategy written by hand from `proto/STRATEGY_ABI.md` |
//! | `crossover.py` | a strategy that pyrt builds, and what Python makes of it |

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test's helpers may

mod abi;
mod compiled;
mod replay;
