//! What the frames of all venues have in common: trades, quotes, and why one is refused.

use super::tracked_book::Best;
use crate::model::{GridError, InstrumentId, Lots, Nanos, Reason, Side, Ticks};

/// A trade of the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Print {
    /// Position among the connection's instruments.
    pub index: usize,
    /// The venue's, 0 if it gives none.
    pub id: u64,
    /// Price.
    pub ticks: Ticks,
    /// Quantity.
    pub lots: Lots,
    /// The taker's.
    pub side: Side,
    /// By the venue's clock.
    pub event_time: Nanos,
}

/// The venue's own best bid and offer, to hold a book against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueQuote {
    /// Whose.
    pub instrument: InstrumentId,
    /// The update after which it holds; without one it holds when it comes.
    pub id: Option<u64>,
    /// Its levels.
    pub best: Best,
    /// Whether the venue gives sizes with it.
    pub sized: bool,
}

/// Why a frame or a body was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong with it.
    pub cause: Cause,
    /// Position of the instrument whose book lost a message by it, as far as can be seen.
    pub book: Option<usize>,
}

/// Of a frame that is no JSON object or list: nobody can tell whose it was.
pub(crate) const NO_JSON: Cause = Cause::Unreadable("no JSON");

/// What is wrong with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// Not JSON, or not the shape that its kind has.
    #[error("not readable: {0}")]
    Unreadable(&'static str),
    /// The venue turned a subscription down.
    #[error("the venue turned a subscription down")]
    TurnedDown,
    /// A number that does not fit.
    #[error("{what}: {error}")]
    Number {
        /// `price` or `quantity`.
        what: &'static str,
        /// Why.
        error: GridError,
    },
}

impl Cause {
    /// The reason that readers are given.
    pub(crate) fn reason(self) -> Reason {
        match self {
            Cause::Number { error: GridError::OffGrid | GridError::TooLarge, .. } => Reason::OffGrid,
            _ => Reason::Unreadable,
        }
    }
}

/// Refused frames by their cause. There are a few dozen causes, so a list is searched.
#[derive(Clone, Debug, Default)]
pub(crate) struct Causes(Vec<(Cause, u64)>);

impl Causes {
    pub(crate) fn count(&mut self, cause: Cause) {
        match self.0.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, count)) => *count += 1,
            None => self.0.push((cause, 1)),
        }
    }

    pub(crate) fn as_slice(&self) -> &[(Cause, u64)] {
        &self.0
    }
}
