//! One strategy: its desk, its timers, whether it may trade.

use super::super::hosting::{Desk, HostError, Setup, Timers, periods_of, rows_of};
use super::Hosting;
use crate::matching::BookSource;
use crate::model::{Event, Instrument, Money};

/// Whether a strategy may trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its orders leave.
    Running,
    /// An operator stopped it: it is fed as in a warm-up, its orders are dropped.
    Stopped,
    /// It is not called again.
    Failed(String),
}

/// A strategy in the core.
pub(super) struct Hosted {
    pub(super) name: String,
    pub(super) number: u16,
    pub(super) desk: Desk,
    pub(super) standing: Standing,
    /// Its positions are to be closed at the market.
    pub(super) flattening: bool,
    /// Timers that may be called before the next input.
    pub(super) timers_left: usize,
    timers: Timers,
    /// What was due before is due then.
    timers_from: i64,
}

impl Hosted {
    pub(super) fn new(
        number: u16,
        hosting: Hosting,
        instruments: &[Instrument],
        cash: Money,
    ) -> Result<Hosted, HostError> {
        let Hosting { name, strategy, instruments: wanted, enabled } = hosting;
        let about = strategy.description();
        let named = &about.instruments;
        if !wanted.is_empty() && !named.is_empty() && wanted != *named {
            let (wanted, named) = (wanted.join(", "), named.join(", "));
            return Err(HostError::Refused(format!("it was built for {named}, and is given {wanted}")));
        }
        let rows = rows_of(if wanted.is_empty() { named } else { &wanted }, instruments)?;
        let periods = periods_of(&about.bars)?;
        let setup = Setup { rows, periods, cash, number, book: BookSource::Deltas, spot: true };
        let desk = Desk::new(strategy, setup, instruments)?;
        let standing = Standing::Running;
        let (flattening, timers_left, timers_from) = (false, 0, i64::MIN);
        let mut made = Hosted {
            name,
            number,
            desk,
            standing,
            flattening,
            timers_left,
            timers: Timers::new(),
            timers_from,
        };
        if !enabled {
            made.stop();
        }
        Ok(made)
    }

    pub(super) fn stop(&mut self) {
        if self.standing == Standing::Running {
            self.standing = Standing::Stopped;
            self.desk.strategy.set_warming_up(true);
            self.desk.drop_waiting();
        }
    }

    pub(super) fn start(&mut self) {
        if self.standing == Standing::Stopped {
            (self.standing, self.flattening) = (Standing::Running, false);
            self.desk.strategy.set_warming_up(false);
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.standing, Standing::Failed(_))
    }

    pub(super) fn may_trade(&self) -> bool {
        self.standing == Standing::Running
    }

    pub(super) fn set_timer(&mut self, time: i64, tag: i64, slot: u32) {
        self.timers.set(time, tag, slot);
    }

    /// History has ended: what it sees of the market is no longer so, and timers that are overdue come at `begin`.
    pub(super) fn end_history(&mut self, begin: i64) {
        self.timers_from = begin;
        self.desk.forget_market();
    }

    /// When its next timer is due.
    pub(super) fn next_timer(&self) -> Option<i64> {
        self.timers.next()
    }

    /// The next timer that is due by `time`: its time, slot and record.
    pub(super) fn due(&mut self, time: i64) -> Option<(i64, usize, Event)> {
        if self.next_timer()? > time {
            return None;
        }
        self.timers_left = self.timers_left.saturating_sub(1);
        self.timers.take(self.timers_from, &self.desk.rows)
    }
}
