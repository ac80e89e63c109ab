//! What risk must know of an instrument's market.

use crate::model::{Event, Grid, Kind, Rounding, State, Ticks};
use crate::risk::BookView;

/// Of one instrument.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Market {
    synced: bool,
    last: i64,
}

impl Market {
    /// Takes a record in; the price that what is held is valued at, if it tells one.
    pub(super) fn observe(&mut self, event: &Event, now: i64, tick: Grid) -> Option<Ticks> {
        match Kind::from_code(event.kind)? {
            Kind::State => {
                self.synced = event.flags & 0xff == State::Synced as u16;
                self.last = now;
                None
            }
            Kind::Delta => {
                self.last = now;
                None
            }
            Kind::Quote => {
                self.last = now;
                let quote = event.as_quote()?;
                // The higher of the two is the cautious one.
                let high = if quote.ask.is_nan() { quote.bid } else { quote.ask };
                tick.to_steps(high, Rounding::Refuse).ok().map(Ticks)
            }
            _ => None,
        }
    }

    pub(super) fn view(&self, now: i64) -> BookView {
        BookView { synced: self.synced, age: now.saturating_sub(self.last) }
    }
}
