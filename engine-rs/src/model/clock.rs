//! Time as a parameter.

use super::Nanos;

/// A source of time.
pub trait Clock: Send + Sync {
    /// ns UTC: what records carry.
    fn utc(&self) -> Nanos;

    /// ns that never go back: what durations and heartbeats are measured with.
    fn monotonic(&self) -> i64;
}
