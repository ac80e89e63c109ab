//! The atomics under `protocol.rs`. `tests/loom_ring.rs` compiles the same file over loom's, which try every order
//! and every value that the memory model allows.

pub(super) use std::sync::atomic::{AtomicU64, Ordering, fence};
