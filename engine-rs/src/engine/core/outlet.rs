//! Where the core's results go, and what a decision is.

use thiserror::Error;

use super::Moment;
use crate::execution::{Asking, Inquiry};
use crate::messaging::Outgoing;
use crate::model::{Command, Event, InstrumentId, Nanos, Order, OrderName};
use crate::risk::Approved;

/// Why a request did not leave.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Unsent {
    /// No session at the venue, or its events do not come.
    #[error("order entry is not ready")]
    NotReady,
    /// The venue's limits are used up, or too much waits to be sent.
    #[error("the venue's limits are used up")]
    Busy,
}

/// What was decided. It is journaled before it acts, and compared when a journal is decided again.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// A new order, a cancel or a change leaves.
    Send(Command),
    /// An order does not leave: the order update that says so.
    Refuse(Event),
    /// A signal.
    Signal(Event),
    /// A strategy is stopped, and why.
    Stop(String),
}

impl Decision {
    /// Its payload in a journal: a code of 8 bytes, then the record or the text.
    pub fn with_bytes<R>(&self, use_it: impl FnOnce(&[&[u8]]) -> R) -> R {
        let (code, bytes): (u64, &[u8]) = match self {
            Decision::Send(command) => (1, bytemuck::bytes_of(command)),
            Decision::Refuse(update) => (2, bytemuck::bytes_of(update)),
            Decision::Signal(signal) => (3, bytemuck::bytes_of(signal)),
            Decision::Stop(text) => (4, text.as_bytes()),
        };
        use_it(&[&code.to_le_bytes(), bytes])
    }
}

/// The world outside the core.
pub trait Outlet {
    /// To the journal.
    fn decided(&mut self, strategy: u16, now: Nanos, decision: &Decision);

    /// An approved order's bytes leave.
    ///
    /// # Errors
    /// [`Unsent`]: then none have left.
    fn place(&mut self, order: &Approved<Order>, now: Nanos) -> Result<(), Unsent>;

    /// A change's bytes leave: the order as the venue is to have it.
    ///
    /// # Errors
    /// [`Unsent`]: then none have left.
    fn change(&mut self, order: &Approved<Order>, asking: Asking, now: Nanos) -> Result<(), Unsent>;

    /// A cancel's bytes leave.
    ///
    /// # Errors
    /// [`Unsent`]: then none have left.
    fn cancel(&mut self, name: OrderName, instrument: InstrumentId, now: Nanos) -> Result<(), Unsent>;

    /// The venue is asked about an order; what cannot be asked now is asked again later.
    fn ask(&mut self, inquiry: &Inquiry, now: Nanos);

    /// How long after it was made the venue may still accept a request, ns.
    fn grace(&self) -> i64;

    /// A record for the ring, which stamps it.
    fn record(&mut self, record: &mut Event);

    /// A message.
    fn say(&mut self, message: Outgoing);

    /// What a strategy lives through; nobody writes it down while it happens.
    fn moment(&mut self, _: Moment<'_>) {}
}
