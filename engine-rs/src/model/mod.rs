//! The vocabulary of the engine: time, exact prices and quantities, instruments, the event record.
//!
//! | file | noun |
//! |---|---|
//! | `clock.rs` | where time comes from |
//! | `contract.rs` | what lots are worth at a price |
//! | `endpoint.rs` | scheme, host and port of a server |
//! | `event.rs` | the 64-byte record and its kinds |
//! | `grid.rs` | decimals, doubles, steps |
//! | `instrument.rs` | what is traded |
//! | `order.rs` | orders, commands and reports |
//! | `money.rs` | money, exactly |
//! | `outcome.rs` | the records of an order's updates and fills |
//! | `text.rs` | numbers and ids as venues write them |

mod clock;
mod contract;
mod endpoint;
mod event;
mod grid;
mod instrument;
mod money;
mod order;
mod outcome;
mod text;

pub use clock::Clock;
pub use contract::Contract;
pub use endpoint::{Endpoint, EndpointError};
pub use event::{
    Bar, BookOrder, Delta, Event, Fill, Kind, Mark, OrderUpdate, Quote, Reason, Side, Signal, State,
    StateChange, Trade, flag,
};
pub use grid::{
    Grid, GridError, LIMIT, MAX_EXPONENT, Rescale, Rounding, decimal_to_mantissa, mantissa_to_double,
};
pub use instrument::{Instrument, InstrumentError, InstrumentId, InstrumentKind};
pub use money::{Money, TooFine, notional};
pub use order::{
    ClientOrderId, Command, Order, OrderName, OrderReason, OrderStatus, OrderType, Report, ReportKind, Tif,
};
pub use outcome::Times;
pub use text::push_integer;

/// Nanoseconds UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(pub i64);

impl Nanos {
    /// Whether the clock was set back between this time and now: by more than threads' times differ.
    pub(crate) fn is_set_back(self, now: Nanos) -> bool {
        self.0.saturating_sub(now.0) > 1_000_000_000
    }
}

/// A price as a number of ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticks(pub i64);

/// A quantity as a number of lots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lots(pub i64);
