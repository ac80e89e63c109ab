//! A compiled strategy and all that it sees: what `proto/STRATEGY_ABI.md` asks of a host, for the replay of recordings
//! and for trading alike.
//!
//! | file | noun |
//! |---|---|
//! | `desk.rs` | what the strategy sees, kept up to date before each call |
//! | `orders.rs` | its live orders |
//! | `ties.rs` | what an order's fill or end means for the others |
//! | `bars.rs` | bars out of trades |
//! | `keeper.rs` | an account that is looked after: margin, liquidation, what is due |
//! | `splits.rs` | what a split does to its orders, position and prices |
//! | `spot.rs` | what of a request Binance spot has a word for |
//! | `timers.rs` | timers that it has asked for |
//! | `wishes.rs` | requests, and what becomes of them |

mod bars;
mod desk;
mod keeper;
mod orders;
mod splits;
mod spot;
mod ties;
mod timers;
mod wishes;

use thiserror::Error;

use crate::market_data::period_ns;
use crate::matching::BookSource;
use crate::model::{Instrument, Money};
use crate::position::{MoneyOverflow, PositionError};

pub(super) use desk::Desk;
pub(super) use timers::Timers;
pub use wishes::Counts;
pub(super) use wishes::{Call, Wishes};

/// Why a strategy cannot be hosted, or not any longer.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum HostError {
    /// What the strategy asks for and the host does not have.
    #[error("{0}")]
    Refused(String),
    /// Money beyond 128 bits.
    #[error(transparent)]
    Money(#[from] PositionError),
    /// A record whose time bars cannot be made with.
    #[error("record with stamp {stamp}: event_time {time} leaps over more than a million bars")]
    TimeLeap {
        /// The record's.
        stamp: u64,
        /// As it came.
        time: i64,
    },
}

impl From<MoneyOverflow> for HostError {
    fn from(error: MoneyOverflow) -> Self {
        HostError::Money(error.into())
    }
}

/// What a desk is made with.
pub(super) struct Setup {
    /// Rows of its instruments, in the order of the strategy's slots.
    pub(super) rows: Vec<u32>,
    /// Of its bars, ns.
    pub(super) periods: Vec<i64>,
    /// At the start.
    pub(super) cash: Money,
    /// Of the strategy, first part of its order ids.
    pub(super) number: u16,
    /// What books are made of.
    pub(super) book: BookSource,
    /// Orders go to Binance spot: what that does not take is refused.
    pub(super) spot: bool,
}

/// Periods of the bars that a strategy asks for, ns.
///
/// # Errors
/// If one of them is no period.
pub(super) fn periods_of(bars: &[String]) -> Result<Vec<i64>, HostError> {
    let period = |text: &String| {
        let refused =
            || HostError::Refused(format!("bars of {text:?}: a period is a number and s, m, h or d"));
        period_ns(text).ok_or_else(refused)
    };
    bars.iter().map(period).collect()
}

/// Rows of the instruments that a strategy names, in the order of its slots; all if it names none.
///
/// # Errors
/// If there is no such instrument.
pub(super) fn rows_of(wanted: &[String], instruments: &[Instrument]) -> Result<Vec<u32>, HostError> {
    if wanted.is_empty() {
        return Ok((0..instruments.len() as u32).collect());
    }
    let row = |name: &String| {
        let place = instruments.iter().position(|instrument| instrument.name == *name);
        place.map(|row| row as u32).ok_or_else(|| {
            let known: Vec<&str> = instruments.iter().map(|instrument| instrument.name.as_str()).collect();
            HostError::Refused(format!(
                "the strategy trades {name:?}, there is {}; a strategy that names none takes what there is",
                known.join(", ")
            ))
        })
    };
    wanted.iter().map(row).collect()
}
