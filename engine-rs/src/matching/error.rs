//! What stops a run: data or commands that cannot be what they claim. A refused order is no error, it has an answer.

use thiserror::Error;

use crate::book::L3Error;
use crate::model::{GridError, TooFine};

/// Why a run cannot go on.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum MatchError {
    /// A number of a record is between two steps of its instrument's grid, or none.
    #[error("record with stamp {stamp}: {field} {value} of instrument {instrument} is {error}")]
    OffGrid {
        /// The record's.
        stamp: u64,
        /// Row of the instruments table.
        instrument: u32,
        /// Of the record.
        field: &'static str,
        /// As it came.
        value: f64,
        /// What is wrong with it.
        error: GridError,
    },
    /// A size below zero.
    #[error("record with stamp {stamp}: {field} {value} is negative")]
    Negative {
        /// The record's.
        stamp: u64,
        /// Of the record.
        field: &'static str,
        /// As it came.
        value: f64,
    },
    /// A side that this kind of record cannot have.
    #[error("record with stamp {stamp}: side {side} is none of this kind")]
    RecordSide {
        /// The record's.
        stamp: u64,
        /// As it came.
        side: u8,
    },
    /// An action that is none of an order's.
    #[error("record with stamp {stamp}: action {action} is none of an order's")]
    OrderAction {
        /// The record's.
        stamp: u64,
        /// As it came.
        action: u16,
    },
    /// An order that the book contradicts.
    #[error("record with stamp {stamp}: {error}")]
    Order {
        /// The record's.
        stamp: u64,
        /// What is wrong with it.
        error: L3Error,
    },
    /// An instrument that is not in the table.
    #[error("{what}: instrument {instrument} is not in the table of {rows}")]
    UnknownInstrument {
        /// Which record or command.
        what: String,
        /// As it came.
        instrument: u32,
        /// Rows of the table.
        rows: usize,
    },
    /// A command with a code that does not exist.
    #[error("command of order {id}: {field} {value} does not exist")]
    BadCommand {
        /// The order's.
        id: u64,
        /// Of the command.
        field: &'static str,
        /// As it came.
        value: u16,
    },
    /// Time goes back.
    #[error("{what}: its time {time} is earlier than the one before ({before}); sort first")]
    Unsorted {
        /// Which record or command.
        what: String,
        /// ns.
        time: i64,
        /// ns.
        before: i64,
    },
    /// A time beyond what can be computed with.
    #[error("{what}: time {time} is beyond 2^62 ns")]
    NoTime {
        /// Which record or command.
        what: String,
        /// ns.
        time: i64,
    },
    /// A fill's notional does not fit into money.
    #[error("order {id}: the money of {lots} lots at {ticks} ticks does not fit into 128 bits")]
    TooMuchMoney {
        /// The order's.
        id: u64,
        /// Of the fill.
        ticks: i64,
        /// Of the fill.
        lots: i64,
    },
    /// An instrument that money cannot hold.
    #[error(transparent)]
    TooFine(#[from] TooFine),
}
