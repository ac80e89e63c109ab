//! Recordings verified and converted.
//!
//! | file | what |
//! |---|---|
//! | `verify.rs` | `verify`: recordings held against what their venue said |
//! | `convert.rs` | `convert`: a venue's frames to records |
//! | `journal_text.rs` | what came in of a session's journal, as a recording |

pub mod convert;
mod journal_text;
pub mod verify;
