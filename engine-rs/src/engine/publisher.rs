//! A feed's results to shared memory.

use crate::ipc::{AccountRow, BookRow, HealthRow, IpcError, PositionId, PositionRow, Producer};
use crate::market_data::{BookTop, Sink};
use crate::messaging::{AccountState, PositionState};
use crate::model::{Event, Instrument, InstrumentId, Lots, Nanos, Reason, State, StateChange, Ticks};

use super::consolidated::Consolidated;

/// Writes records and books; turns ticks and lots into doubles.
pub struct Publisher {
    producer: Producer,
    instruments: Vec<Instrument>,
    bids: Vec<(f64, f64)>,
    asks: Vec<(f64, f64)>,
    consolidated: Vec<Consolidated>,
    /// Strategy, instrument and row.
    positions: Vec<(u16, InstrumentId, PositionId)>,
}

impl Publisher {
    pub(super) fn new(producer: Producer, depth: usize) -> Self {
        let (bids, asks) = (Vec::with_capacity(depth), Vec::with_capacity(depth));
        Self {
            producer,
            instruments: Vec::new(),
            bids,
            asks,
            consolidated: Vec::new(),
            positions: Vec::new(),
        }
    }

    pub(super) fn add_instrument(&mut self, instrument: &Instrument) -> Result<InstrumentId, IpcError> {
        let id = self.producer.add_instrument(instrument)?;
        self.instruments.push(instrument.clone());
        Ok(id)
    }

    /// An asset whose books are put together; its instrument has been added.
    pub(super) fn add_consolidated(&mut self, consolidated: Consolidated) {
        self.consolidated.push(consolidated);
    }

    /// A row for what a strategy holds of an instrument, flat.
    pub(super) fn add_position(
        &mut self,
        (number, strategy): (u16, &str),
        instrument: InstrumentId,
    ) -> Result<(), IpcError> {
        let row = self.producer.add_position(strategy, instrument)?;
        self.positions.push((number, instrument, row));
        Ok(())
    }

    pub(super) fn position(&mut self, state: &PositionState) {
        let PositionState {
            strategy,
            instrument,
            time,
            qty,
            average_cost,
            realized_pnl,
            unrealized_pnl,
            fees,
        } = *state;
        let is_it =
            |(number, of, _): &&(u16, InstrumentId, PositionId)| (*number, *of) == (strategy.0, instrument);
        if let Some((.., row)) = self.positions.iter().find(is_it) {
            let position = PositionRow { time, qty, average_cost, realized_pnl, unrealized_pnl, fees };
            self.producer.write_position(*row, &position);
        }
    }

    pub(super) fn account(&mut self, state: &AccountState) {
        let AccountState { time, cash, equity, realized_pnl, unrealized_pnl, fees } = *state;
        let account = AccountRow { time, cash, equity, realized_pnl, unrealized_pnl, fees };
        let currency = self.instruments.first().map_or("", Instrument::quote);
        let stored = self.producer.write_account(currency, &account);
        debug_assert!(stored.is_ok(), "{stored:?}"); // a currency that an instrument's row has taken fits
    }

    /// A record, stamped with its sequence.
    pub(super) fn publish(&mut self, event: &mut Event) {
        event.stamp = self.producer.publish(event);
    }

    /// Wakes those who wait for records.
    #[inline]
    pub fn wake(&mut self) {
        self.producer.wake();
    }

    /// A row for a connection to a venue.
    pub(super) fn add_health(&mut self, venue: &str) -> Result<(), IpcError> {
        self.producer.add_health(venue)
    }

    pub(super) fn health(&mut self, place: usize, row: &HealthRow) {
        self.producer.write_health(place, row);
    }

    pub(super) fn heartbeat(&mut self, monotonic: i64) {
        self.producer.heartbeat(monotonic);
    }

    /// The same, for hosts that publish without an engine.
    pub fn alive(&mut self, monotonic: i64) {
        self.heartbeat(monotonic);
    }

    pub(super) fn published(&self) -> u64 {
        self.producer.published()
    }

    /// Marks every book: nobody keeps it from now on.
    pub(super) fn halt(&mut self, reason: Reason, now: Nanos) {
        for index in 0..self.instruments.len() {
            let Ok(id) = u32::try_from(index).map(InstrumentId) else { return };
            let mut change = StateChange::new(id, now);
            change.flags = State::Halted as u16;
            change.receive_time = now.0;
            change.reason = reason as u64;
            self.producer.publish(&change.into());
            store(
                &mut self.producer,
                id,
                &BookRow {
                    state: Some(State::Halted),
                    reason,
                    since: now,
                    event_time: now,
                    receive_time: now,
                    last_id: 0,
                    bids: &[],
                    asks: &[],
                },
            );
        }
    }

    /// Stops cleanly.
    pub fn close(self) {
        self.producer.close();
    }
}

impl Sink for Publisher {
    #[inline]
    fn event(&mut self, event: Event) {
        self.producer.publish(&event);
    }

    fn book(&mut self, book: &BookTop<'_>) {
        let Some(instrument) = self.instruments.get(book.instrument.0 as usize) else { return };
        fill(&mut self.bids, instrument, book.bids);
        fill(&mut self.asks, instrument, book.asks);
        let row = BookRow {
            state: Some(book.state),
            reason: book.reason,
            since: book.since,
            event_time: book.event_time,
            receive_time: book.receive_time,
            last_id: book.last_id,
            bids: &self.bids,
            asks: &self.asks,
        };
        store(&mut self.producer, book.instrument, &row);
        for asset in &mut self.consolidated {
            let mut tell = |event: Event| {
                self.producer.publish(&event);
            };
            if asset.take(book, (&self.bids, &self.asks), &mut tell) {
                let (id, row) = asset.row(book);
                store(&mut self.producer, id, &row);
            }
        }
    }
}

fn store(producer: &mut Producer, id: InstrumentId, row: &BookRow<'_>) {
    // Only an instrument that was never added is refused, and all that are published have been.
    let stored = producer.write_book(id, row);
    debug_assert!(stored.is_ok(), "{stored:?}");
}

fn fill(levels: &mut Vec<(f64, f64)>, instrument: &Instrument, side: &[(Ticks, Lots)]) {
    levels.clear();
    levels.extend(side.iter().map(|(price, qty)| (instrument.price(*price), instrument.qty(*qty))));
}
