//! The 64-byte record: one head, five words, one view a kind.
//!
//! `proto/SHM_LAYOUT.md` is the specification, `pyrt/types.py` the same in NumPy, `tests/golden/records.toml` what
//! both are tested against.

use bytemuck::{Pod, Zeroable};

use super::{InstrumentId, Nanos};

/// Any record. Kinds are made by their constructors below and read through [`Event::as_trade`] and its siblings.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Zeroable, Pod)]
pub struct Event {
    /// In the ring 2·sequence+1 while being written and 2·sequence+2 when whole; elsewhere the sequence.
    pub stamp: u64,
    /// ns UTC by the venue's clock; a bar's end.
    pub event_time: i64,
    /// Row of the instruments table.
    pub instrument: u32,
    /// A [`Kind`], 0 is no record.
    pub kind: u8,
    /// A [`Side`].
    pub side: u8,
    /// Low byte: the kind's code. Bits 8 to 11: [`flag`]. Bits 12 to 15: an order update's status.
    pub flags: u16,
    /// The kind's fields.
    pub words: [u64; 5],
}

/// What a record says.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A trade of the tape.
    Trade = 1,
    /// Best bid and offer.
    Quote = 2,
    /// A level of an L2 book: absolute size.
    Delta = 3,
    /// An order of an L3 book.
    Order = 4,
    /// A bar.
    Bar = 5,
    /// A strategy's signal.
    Signal = 6,
    /// A change of one of our orders.
    OrderUpdate = 7,
    /// A fill of one of our orders.
    Fill = 8,
    /// A change of a feed's or book's state.
    State = 9,
    /// What a future is valued at, and its funding.
    Mark = 32,
}

impl Kind {
    /// Every kind, in the order of its code.
    pub const ALL: [Kind; 10] = [
        Kind::Trade,
        Kind::Quote,
        Kind::Delta,
        Kind::Order,
        Kind::Bar,
        Kind::Signal,
        Kind::OrderUpdate,
        Kind::Fill,
        Kind::State,
        Kind::Mark,
    ];

    /// The kind of a record's code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Kind> {
        match code {
            1..=9 => Some(Self::ALL[usize::from(code) - 1]),
            32 => Some(Kind::Mark),
            _ => None,
        }
    }
}

/// Of a trade the taker's side, of a level or an order its own.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Side {
    /// Not known or without meaning.
    #[default]
    None = 0,
    /// Bid; the taker bought.
    Buy = 1,
    /// Ask; the taker sold.
    Sell = 2,
}

/// Flags that mean the same for every kind.
pub mod flag {
    /// The last record of one venue message: the book is whole after it.
    pub const LAST: u16 = 0x100;
    /// Part of a book's snapshot.
    pub const SNAPSHOT: u16 = 0x200;
    /// Of a fill: our order rested.
    pub const MAKER: u16 = 0x400;
    /// Of a quote: derived from our own book.
    pub const FROM_BOOK: u16 = 0x800;
}

/// The code of a state record.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The book equals the venue's.
    Synced = 1,
    /// The book is being rebuilt; it is not traded on.
    Resyncing = 2,
    /// No message within the venue's time.
    Stale = 3,
    /// Connected.
    FeedUp = 4,
    /// Disconnected.
    FeedDown = 5,
    /// Trading is halted.
    Halted = 6,
}

impl State {
    /// The state with a code; nothing if there is none.
    #[must_use]
    pub fn from_code(code: u16) -> Option<State> {
        use State::{FeedDown, FeedUp, Halted, Resyncing, Stale, Synced};
        [Synced, Resyncing, Stale, FeedUp, FeedDown, Halted].into_iter().find(|state| *state as u16 == code)
    }
}

/// Why a state changed.
#[repr(u64)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nothing to say.
    None = 0,
    /// The first snapshot of a session.
    FirstSnapshot = 1,
    /// An update id is missing.
    Gap = 2,
    /// Best bid at or above best ask after a whole message.
    Crossed = 3,
    /// The venue's checksum differs from the book's.
    Checksum = 4,
    /// The connection was lost.
    Disconnected = 5,
    /// No message in time.
    Silent = 6,
    /// A message could not be read.
    Unreadable = 7,
    /// The snapshot is older than the stream's first update.
    OldSnapshot = 8,
    /// A price or quantity is off the instrument's grid.
    OffGrid = 9,
    /// An operator stopped it.
    Operator = 10,
    /// The venue turned a subscription down.
    Refused = 11,
    /// The venue complains about our rate.
    RateLimited = 12,
    /// The venue's clock or ours was set.
    ClockJump = 13,
    /// A message came again.
    Duplicate = 14,
    /// The engine did not keep up.
    Overflow = 15,
    /// What came over the connection is no WebSocket's, no text, or too long.
    Malformed = 16,
}

/// Declares the typed view of one kind: a `repr(C)` struct of 64 bytes with the shared head, and its way in.
macro_rules! record {
    ($(#[$meta:meta])* $name:ident, $kind:ident, $as_name:ident, { $($(#[$fmeta:meta])* $field:ident: $type:ty),* $(,)? }, $rest:literal) => {
        $(#[$meta])*
        #[repr(C, align(64))]
        #[derive(Clone, Copy, Debug, PartialEq, Zeroable, Pod)]
        pub struct $name {
            /// See [`Event::stamp`].
            pub stamp: u64,
            /// See [`Event::event_time`].
            pub event_time: i64,
            /// See [`Event::instrument`].
            pub instrument: u32,
            /// See [`Event::kind`].
            pub kind: u8,
            /// See [`Event::side`].
            pub side: u8,
            /// See [`Event::flags`].
            pub flags: u16,
            $($(#[$fmeta])* pub $field: $type,)*
            /// Unused words.
            pub rest: [u64; $rest],
        }

        impl $name {
            /// A record of this kind with a head and zeroes.
            #[must_use]
            pub fn new(instrument: InstrumentId, event_time: Nanos) -> Self {
                Self { event_time: event_time.0, instrument: instrument.0, kind: Kind::$kind as u8, ..Self::zeroed() }
            }
        }

        impl From<$name> for Event {
            fn from(record: $name) -> Event {
                bytemuck::must_cast(record)
            }
        }

        impl Event {
            #[doc = concat!("This record as a [`", stringify!($name), "`], if it is one.")]
            #[must_use]
            pub fn $as_name(&self) -> Option<&$name> {
                (self.kind == Kind::$kind as u8).then(|| bytemuck::must_cast_ref(self))
            }
        }
    };
}

record!(
    /// A trade of the tape.
    Trade, Trade, as_trade,
    {
        /// ns UTC at which its frame arrived.
        receive_time: i64,
        /// In quote currency.
        price: f64,
        /// In base currency.
        qty: f64,
        /// The venue's.
        trade_id: u64
    }, 1
);
record!(
    /// Best bid and offer.
    Quote, Quote, as_quote,
    {
        /// ns UTC at which its frame arrived.
        receive_time: i64,
        /// Best bid; NaN if there is none.
        bid: f64,
        /// Best ask; NaN if there is none.
        ask: f64,
        /// Size at the best bid.
        bid_qty: f64,
        /// Size at the best ask.
        ask_qty: f64
    }, 0
);
record!(
    /// A level of an L2 book: its new size, 0 removes it.
    Delta, Delta, as_delta,
    {
        /// ns UTC at which its frame arrived.
        receive_time: i64,
        /// Of the level.
        price: f64,
        /// Absolute.
        qty: f64,
        /// First update id of its message; 0 in a snapshot.
        first_id: u64,
        /// Last update id of its message; a snapshot's id.
        last_id: u64
    }, 0
);
record!(
    /// An order of an L3 book.
    BookOrder, Order, as_order,
    {
        /// ns UTC at which its frame arrived.
        receive_time: i64,
        /// Of the order.
        price: f64,
        /// Remaining.
        qty: f64,
        /// Lower half of the venue's id.
        order_id_low: u64,
        /// Upper half of the venue's id.
        order_id_high: u64
    }, 0
);
record!(
    /// A bar, stamped at its end.
    Bar, Bar, as_bar,
    {
        /// First price.
        open: f64,
        /// Highest price.
        high: f64,
        /// Lowest price.
        low: f64,
        /// Last price.
        close: f64,
        /// Sum of quantities.
        volume: f64
    }, 0
);
record!(
    /// A strategy's signal.
    Signal, Signal, as_signal,
    {
        /// ns UTC of the record it answers.
        receive_time: i64,
        /// Direction and strength.
        value: f64,
        /// 0 to 1.
        confidence: f64,
        /// Of the model that made it.
        model_id: u64,
        /// Stamp of the record it answers.
        source_stamp: u64
    }, 0
);
record!(
    /// A change of one of our orders; status and reason in flags.
    OrderUpdate, OrderUpdate, as_order_update,
    {
        /// ns UTC at which its frame arrived.
        receive_time: i64,
        /// Limit price.
        price: f64,
        /// Ordered.
        qty: f64,
        /// Strategy u16, run u16, counter u32.
        client_order_id: u64,
        /// Filled so far.
        filled_qty: f64
    }, 0
);
record!(
    /// A fill of one of our orders.
    Fill, Fill, as_fill,
    {
        /// ns UTC at which its frame arrived.
        receive_time: i64,
        /// Of this fill.
        price: f64,
        /// Of this fill.
        qty: f64,
        /// Strategy u16, run u16, counter u32.
        client_order_id: u64,
        /// In quote currency.
        fee: f64
    }, 0
);
record!(
    /// A change of a feed's or book's state.
    StateChange, State, as_state,
    {
        /// ns UTC at which it was known.
        receive_time: i64,
        /// A [`Reason`].
        reason: u64,
        /// ns since the last message.
        age: i64
    }, 2
);

record!(
    /// What a future is valued at, and its funding.
    Mark, Mark, as_mark,
    {
        /// ns UTC at which its frame arrived.
        receive_time: i64,
        /// The venue's price of positions and liquidations.
        mark: f64,
        /// Of what the future is of; NaN if the venue does not say.
        index: f64,
        /// Of the next payment, a fraction of the position's value; NaN if there is none.
        funding_rate: f64,
        /// ns UTC of the next payment; 0 if there is none.
        next_funding: i64
    }, 0
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_record_survives_the_passage_through_an_event() {
        let mut trade = Trade::new(InstrumentId(7), Nanos(11));
        trade.price = 61_837.63;
        trade.side = Side::Sell as u8;
        let event = Event::from(trade);
        assert_eq!(event.as_trade(), Some(&trade));
        assert_eq!(event.as_quote(), None);
        assert_eq!(event.words[1], 61_837.63_f64.to_bits());
    }

    #[test]
    fn kinds_and_codes_are_one_to_one() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind as u8), Some(kind));
        }
        assert_eq!(Kind::from_code(0), None);
        assert_eq!((Kind::from_code(10), Kind::from_code(255)), (None, None));
    }
}
