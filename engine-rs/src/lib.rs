//! pyrt's live half: venue feeds in, exact books and decisions out, shared with Python through memory.
//!
//! A room imports only lower floors; rooms of one floor do not know each other (`tests/architecture.rs` checks it).
//!
//! | floor | rooms |
//! |---|---|
//! | 0 | [`model`]: time, prices, instruments, the event record |
//! | 1 | [`book`]: order books in integer ticks |
//! | 1 | `memory`: a shared file as atomic words |
//! | 2 | [`ipc`]: the shared-memory segment and its ring |
//! | 2 | [`journal`]: what came in and what was decided, before it acts |
//! | 2 | [`market_data`]: venue messages to records and books |
//! | 2 | [`messaging`]: ZeroMQ and Protocol Buffers |
//! | 2 | [`signals`]: trained models |

pub mod book;
pub mod ipc;
pub mod journal;
pub mod market_data;
mod memory;
pub mod messaging;
pub mod model;
pub mod signals;
