//! The no of a check: its reason as a code, and the numbers behind it for people.

use std::fmt;

use crate::model::{ClientOrderId, Event, Instrument, Lots, Nanos, Order, OrderReason, OrderStatus, Times};

/// Why an order was not approved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Refusal {
    /// Whose.
    pub id: ClientOrderId,
    /// The code that travels in the order update.
    pub reason: OrderReason,
    /// The numbers.
    pub detail: Detail,
}

/// The numbers of a refusal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Detail {
    /// It is so.
    Fact(&'static str),
    /// This would be beyond the limit of that key.
    Beyond {
        /// What was measured.
        what: &'static str,
        /// What it is or would be.
        value: f64,
        /// The key of the limit.
        key: &'static str,
        /// The limit.
        limit: f64,
    },
    /// This is below what the instrument allows.
    Below {
        /// What was measured.
        what: &'static str,
        /// What it is.
        value: f64,
        /// The least.
        limit: f64,
    },
}

impl Refusal {
    /// The record that tells strategies and readers.
    #[must_use]
    pub fn update(&self, order: &Order, instrument: &Instrument, now: Nanos) -> Event {
        let times = Times { event: now, receive: now };
        order.update(instrument, (OrderStatus::Rejected, self.reason), Lots(0), times)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { id, reason, detail } = self;
        write!(f, "order {:016x} refused ({reason:?}, code {}): ", id.0, *reason as u8)?;
        match detail {
            Detail::Fact(fact) => f.write_str(fact),
            Detail::Beyond { what, value, key, limit } => {
                write!(f, "{what} would be {value}, beyond {key} = {limit}")
            }
            Detail::Below { what, value, limit } => {
                write!(f, "{what} is {value}, below the instrument's least {limit}")
            }
        }
    }
}

impl std::error::Error for Refusal {}
