//! pyrt's live half: venue feeds in, exact books and decisions out, shared with Python through memory.
//!
//! A room imports only lower floors; rooms of one floor do not know each other (`tests/architecture.rs` checks it).
//!
//! | floor | rooms |
//! |---|---|
//! | 0 | [`model`]: time, prices, instruments, the event record |
//! | 0 | [`random`]: chance as a parameter |
//! | 1 | [`book`]: order books in integer ticks |
//! | 1 | [`clock`]: the machine's clocks, and one for tests |
//! | 1 | [`config`]: what an operator edits |
//! | 1 | [`monitoring`]: logs |
//! | 1 | [`net`]: sockets, and the input/output thread of a feed |
//! | 1 | `memory`: a shared file as atomic words |
//! | 2 | [`ipc`]: the shared-memory segment and its ring |
//! | 2 | [`journal`]: what came in and what was decided, before it acts |
//! | 2 | [`market_data`]: venue messages to records and books |
//! | 2 | [`matching`]: the rules of filling, for simulator and replay |
//! | 2 | [`messaging`]: ZeroMQ and Protocol Buffers |
//! | 2 | [`position`]: positions, P&L and fees of our fills |
//! | 2 | [`risk`]: limits, and the only way to an approved order |
//! | 2 | [`signals`]: trained models |
//! | 3 | [`execution`]: orders, from approval to their end, and how venues take them |
//! | 3 | [`simulator`]: a venue on loopback |
//! | 3 | [`strategy`]: compiled strategies, loaded and called inline |
//! | 4 | [`engine`]: the one room where desks meet |

pub mod book;
pub mod clock;
pub mod config;
pub mod engine;
pub mod execution;
pub mod ipc;
pub mod journal;
pub mod market_data;
pub mod matching;
mod memory;
pub mod messaging;
pub mod model;
pub mod monitoring;
pub mod net;
pub mod position;
pub mod random;
pub mod risk;
pub mod signals;
pub mod simulator;
pub mod strategy;
