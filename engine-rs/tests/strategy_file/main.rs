//! Strategy files from outside, against the golden files that Python reads too.
//!
//! | file | noun |
//! |---|---|
//! | `allocations.rs` | nothing is allocated when warm |
//! | `bars.rs` | bars from trades |
//! | `features.rs` | indicators and features, to the bit |
//! | `loading.rs` | keys, defaults, and what is wrong with them |
//! | `decisions.rs` | what a strategy file decides |

#![allow(clippy::unwrap_used)] // a test's own functions may

mod allocations;
mod bars;
mod decisions;
mod features;
mod loading;

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn golden<T: serde::de::DeserializeOwned>(name: &str) -> T {
    toml::from_str(&std::fs::read_to_string(root().join("tests/golden").join(name)).unwrap()).unwrap()
}

/// The bits, with one NaN for all.
fn bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}
