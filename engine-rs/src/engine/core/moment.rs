//! What strategies live through, for those who write it down: with these moments another host can run a strategy as
//! this one did, and compare what it asks for.

use super::Decision;
use crate::matching::Answer;
use crate::model::{Command, Event, Nanos};

/// In the order in which it happens. A strategy is meant by its number.
#[derive(Clone, Copy)]
pub enum Moment<'a> {
    /// The clock goes on; timers that are due by `until` come first.
    Passed {
        /// The clock.
        now: Nanos,
        /// Of the timers.
        until: i64,
    },
    /// A record of the market, for whom it may concern.
    Market(&'a Event),
    /// What became of an order joins what its strategy sees, by the id that it knows; the flags are the update's.
    Taken {
        /// Whose.
        strategy: u16,
        /// What happened, exactly.
        answer: &'a Answer,
        /// Of the record.
        flags: u16,
    },
    /// The strategy is told of it.
    Heard(u16, &'a Event),
    /// The strategy runs from now on, or is stopped: its orders are dropped.
    Runs(u16, bool),
    /// Strategies have what an earlier session left them.
    TakenOver,
    /// Orders leave from now on, or all are dropped.
    Orders(bool),
    /// History is fed from now on, and strategies warm up.
    History,
    /// History has ended, and the session begins: what was seen of the market is no longer so.
    Begin(Nanos),
    /// The strategy's parameters change.
    Parameters(u16, &'a [(String, f64)]),
    /// The strategy asks for an order or a cancel; what is decided of it comes next, if anything is.
    Asked(u16, &'a Command),
    /// Something is decided.
    Decided(u16, Nanos, &'a Decision),
}
