//! Recordings verified, converted and played again.
//!
//! | file | what |
//! |---|---|
//! | `verify.rs` | `verify`: recordings held against what their venue said |
//! | `convert.rs` | `convert`: a venue's frames to records |
//! | `frames.rs` | raw frames from one form of recording to another |
//! | `play.rs` | `replay` of a recording: its frames through feeds, books and shared memory |

pub mod convert;
mod frames;
pub mod play;
pub mod verify;
