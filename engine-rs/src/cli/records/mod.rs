//! Recordings verified and converted.
//!
//! | file | what |
//! |---|---|
//! | `verify.rs` | `verify`: recordings held against what their venue said |
//! | `convert.rs` | `convert`: a venue's frames to records |

pub mod convert;
pub mod verify;
