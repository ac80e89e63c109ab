//! The venues. Each is a folder of the same small files and implements [`Feed`](super::Feed) by its own rules.
//!
//! | folder | venue |
//! |---|---|
//! | `binance` | Binance spot |

pub mod binance;
