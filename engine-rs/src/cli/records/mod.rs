//! Recordings and records as files.
//!
//! | file | what |
//! |---|---|
//! | `verify.rs` | `verify`: recordings held against what their venue said |
//! | `convert.rs` | `convert`: a venue's frames to records |
//! | `instruments_file.rs` | the instruments table beside records |
//! | `npy.rs` | arrays of records as NumPy's files |

pub mod convert;
pub mod instruments_file;
pub mod npy;
pub mod verify;
