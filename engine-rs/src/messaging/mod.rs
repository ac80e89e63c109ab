//! ZeroMQ and Protocol Buffers: what has names and words in it goes to the world, commands come in.
//!
//! One thread owns both sockets (they are not shareable); the decision thread hands it small plain values through a
//! queue that never blocks, and takes commands, already checked, from another.
//!
//! | file | noun |
//! |---|---|
//! | `outgoing.rs` | what the decision thread says, and its wire form |
//! | `commands.rs` | what comes in: decoded, checked, once |
//! | `endpoints.rs` | where the sockets are, and that only their owner can open them |
//! | `messenger.rs` | the thread between |
//! | `generated/` | code of `proto/*.proto`, made by `tests/messages_generated.rs` |

mod commands;
mod endpoints;
mod messenger;
mod outgoing;

/// Code of `proto/trading.proto` and `proto/commands.proto`.
#[allow(missing_docs, clippy::all)]
pub mod wire {
    include!("generated/pyrt.rs");
}

/// Code of `proto/messages.proto`, the two messages that users already hold.
#[allow(missing_docs, clippy::all)]
pub mod contract {
    include!("generated/contract.rs");
}

pub use commands::{Action, Incoming, Inspector, Refusal};
pub use endpoints::{EndpointError, Endpoints, runtime_directory};
pub use messenger::{MessagingError, Messenger, MessengerOptions, MessengerStats};
pub use outgoing::{
    AccountState, FillReport, Names, OrderReport, Outgoing, PositionState, SignalReport, StrategyId,
};
