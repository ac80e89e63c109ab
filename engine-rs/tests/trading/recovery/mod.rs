//! A start goes on where the last one died, or takes over what it left.

mod deaths;
mod starts;
mod takeover;
mod truth;
