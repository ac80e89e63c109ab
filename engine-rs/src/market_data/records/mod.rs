//! Records as files, as Python reads and writes them.
//!
//! | file | noun |
//! |---|---|
//! | `npy.rs` | arrays of records as NumPy's files |
//! | `instruments_file.rs` | the instruments table beside them |

pub mod instruments_file;
pub mod npy;
