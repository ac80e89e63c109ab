//! The one writer of a segment.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::health::{HealthKey, HealthRow};
use super::layout::{
    self, ACCOUNT, BOOKS, CLOSED, EVENTS, HEARTBEAT, INSTRUMENTS, Layout, PID_AND_FLAGS, POSITIONS, STRIDE,
    VENUES,
};
use super::ledger::{AccountRow, PositionId, PositionKey, PositionRow};
use super::place::Placed;
use super::protocol::{Proven, Ring, append_row, write_row};
use super::{BookRow, IpcError, futex, rows};
use crate::memory::Words;
use crate::model::{Event, Instrument, InstrumentId};

/// The writer's end. It never waits for a reader, and it is the only one: it holds the segment's lock, and every write
/// needs `&mut self`. Dropped, it marks the segment as closed and removes its name.
#[derive(Debug)]
pub struct Producer {
    placed: Placed,
    layout: Layout,
    header: Words,
    instruments: Words,
    events: Words,
    books: Words,
    positions: Words,
    account: Words,
    venues: Words,
    events_control: usize,
    published: u64,
    /// Of these, those that were there at the last wake-up.
    woken: u64,
    instrument_count: u64,
    depth: usize,
    position_keys: Vec<PositionKey>,
    health_keys: Vec<HealthKey>,
    book: Vec<u64>, // a row's words, made here before they are stored
}

impl Producer {
    /// `regions` are mapped in the order of the layout's directory.
    pub(super) fn new(
        placed: Placed,
        layout: Layout,
        depth: u32,
        header: Words,
        regions: [Words; 6],
    ) -> Self {
        let [instruments, events, books, positions, account, venues] = regions;
        let book = vec![0; layout.regions[BOOKS].words()];
        let depth = depth as usize;
        let events_control = layout.regions[EVENTS].control();
        Self {
            placed,
            layout,
            header,
            instruments,
            events,
            books,
            positions,
            account,
            venues,
            events_control,
            published: 0,
            woken: 0,
            instrument_count: 0,
            depth,
            position_keys: Vec::new(),
            health_keys: Vec::new(),
            book,
        }
    }

    /// Publishes a record and returns its sequence; the event's own stamp is not looked at.
    #[inline]
    pub fn publish(&mut self, event: &Event) -> u64 {
        let sequence = self.published;
        let (intent, head) = (&self.header[self.events_control], &self.header[self.events_control + 1]);
        let ring = Ring::<STRIDE>::new(intent, head, &self.events);
        ring.publish::<Proven>(sequence, bytemuck::must_cast_ref(event));
        self.published = sequence + 1;
        sequence
    }

    /// Wakes those who wait for records, if there are new ones: once for all that an input has led to, since it costs a
    /// system call whether or not anyone waits.
    #[inline]
    pub fn wake(&mut self) {
        if self.published != self.woken {
            self.woken = self.published;
            futex::wake(&self.header[self.events_control + 1]);
        }
    }

    /// Adds an instrument; its row never changes.
    ///
    /// # Errors
    /// [`IpcError::TableFull`], and [`IpcError::Text`] for a name that does not fit its field.
    pub fn add_instrument(&mut self, instrument: &Instrument) -> Result<InstrumentId, IpcError> {
        let region = &self.layout.regions[INSTRUMENTS];
        let full = || IpcError::TableFull { capacity: region.capacity };
        let index = self.instrument_count;
        if index == region.capacity {
            return Err(full());
        }
        let id = InstrumentId(u32::try_from(index).map_err(|_| full())?);
        let words = rows::encode_instrument(id, instrument)?;
        let (row, control) = (layout::row(region, index), region.control());
        // Its book first: who sees the instrument finds a row that says that nothing is known yet.
        self.store_book(id, &BookRow::UNKNOWN);
        append_row::<Proven>(&self.header[control], index, &self.instruments[row], &words);
        self.instrument_count = index + 1;
        Ok(id)
    }

    /// Writes the book of an instrument.
    ///
    /// # Errors
    /// [`IpcError::NoInstrument`] if it was not added.
    #[inline]
    pub fn write_book(&mut self, id: InstrumentId, book: &BookRow<'_>) -> Result<(), IpcError> {
        if u64::from(id.0) >= self.instrument_count {
            return Err(IpcError::NoInstrument { id: id.0, count: self.instrument_count });
        }
        self.store_book(id, book);
        Ok(())
    }

    fn store_book(&mut self, id: InstrumentId, book: &BookRow<'_>) {
        book.encode(id, self.depth, &mut self.book);
        let row = &self.books[layout::row(&self.layout.regions[BOOKS], u64::from(id.0))];
        store_row(row, &self.book);
    }

    /// Adds a position, of a strategy in an instrument.
    ///
    /// # Errors
    /// [`IpcError::TableFull`], [`IpcError::NoInstrument`], and [`IpcError::Text`] for a name that does not fit.
    pub fn add_position(&mut self, strategy: &str, instrument: InstrumentId) -> Result<PositionId, IpcError> {
        if u64::from(instrument.0) >= self.instrument_count {
            return Err(IpcError::NoInstrument { id: instrument.0, count: self.instrument_count });
        }
        let capacity = self.layout.regions[POSITIONS].capacity;
        let index = u32::try_from(self.position_keys.len()).map_err(|_| IpcError::TableFull { capacity })?;
        if u64::from(index) == capacity {
            return Err(IpcError::TableFull { capacity });
        }
        self.position_keys.push(PositionKey::new(strategy, instrument)?);
        Ok(PositionId(index))
    }

    /// Writes a position; readers see it from its first write on.
    #[inline]
    pub fn write_position(&mut self, id: PositionId, position: &PositionRow) {
        let words = self.position_keys[id.0 as usize].encode(position);
        let row = layout::row(&self.layout.regions[POSITIONS], u64::from(id.0));
        store_row(&self.positions[row], &words);
    }

    /// Writes the account, in one currency.
    ///
    /// # Errors
    /// [`IpcError::Text`] for a currency that does not fit.
    pub fn write_account(&mut self, currency: &str, account: &AccountRow) -> Result<(), IpcError> {
        let words = account.encode(currency)?;
        store_row(&self.account[layout::row(&self.layout.regions[ACCOUNT], 0)], &words);
        Ok(())
    }

    /// Adds a connection to a venue.
    ///
    /// # Errors
    /// [`IpcError::TableFull`], and [`IpcError::Text`] for a name that does not fit.
    pub fn add_health(&mut self, venue: &str) -> Result<(), IpcError> {
        let capacity = self.layout.regions[VENUES].capacity;
        if self.health_keys.len() as u64 == capacity {
            return Err(IpcError::TableFull { capacity });
        }
        self.health_keys.push(HealthKey::new(venue)?);
        Ok(())
    }

    /// Writes how a connection stands, by its place among those that were added.
    pub fn write_health(&mut self, place: usize, health: &HealthRow) {
        let Some(key) = self.health_keys.get(place) else { return };
        let row = layout::row(&self.layout.regions[VENUES], place as u64);
        store_row(&self.venues[row], &key.encode(health));
    }

    /// Says that this producer lives; at least every 100 ms. `monotonic` is `CLOCK_MONOTONIC` in ns.
    #[inline]
    pub fn heartbeat(&mut self, monotonic: i64) {
        self.header[HEARTBEAT].store(monotonic.cast_unsigned(), Ordering::Relaxed);
    }

    /// Records published so far.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.published
    }

    /// The pid of a dead engine whose segment was taken over at the start.
    #[must_use]
    pub fn reclaimed(&self) -> Option<u32> {
        self.placed.reclaimed()
    }

    /// Where the segment is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.placed.path()
    }

    /// Its places.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Stops cleanly: readers see that there will be nothing more, and the name is free. Dropping does the same.
    pub fn close(self) {}
}

fn store_row(row: &[AtomicU64], words: &[u64]) {
    let stamp = row[0].load(Ordering::Relaxed); // nobody else stores
    write_row::<Proven>(row, stamp, words);
}

impl Drop for Producer {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let word: &AtomicU64 = &self.header[PID_AND_FLAGS];
            word.store(word.load(Ordering::Relaxed) | CLOSED, Ordering::Release);
        }
        futex::wake(&self.header[self.events_control + 1]);
        self.placed.withdraw();
    }
}
