//! Trading, from records and the venue's words to bytes: core, session and journal together.

#![allow(clippy::unwrap_used, clippy::panic)] // a test's helpers may

mod again;
mod changes;
mod clocks;
mod commands;
mod history;
mod money;
mod recovery;
mod rig;
mod sockets;
mod stops;
mod ties;
mod trouble;
mod warm_up;
