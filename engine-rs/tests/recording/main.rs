//! Recordings of what came in.
//!
//! | file | of |
//! |---|---|
//! | `form.rs` | the file: blocks, index, seeking, damage of every kind |
//! | `session.rs` | an engine that records: played again to the same records; killed, and read all the same |
//! | `process.rs` | the engine in a process of its own |

#![allow(clippy::unwrap_used)] // a test's own functions may

mod form;
mod process;
mod session;
