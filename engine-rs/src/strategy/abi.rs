//! The strategy ABI in Rust: `proto/STRATEGY_ABI.md` is the specification, `pyrt/strategy/abi.py` the same in NumPy,
//! `tests/golden/strategy_abi.toml` what all are tested against.

use bytemuck::{Pod, Zeroable};

/// Version of the ABI: an object of another major version is refused, one of a newer minor too.
pub const MAJOR: u16 = 1;
/// See [`MAJOR`].
pub const MINOR: u16 = 0;
/// Of every struct and code: two hosts with equal hashes mean the same bytes.
pub const HASH: u64 = 0x6a76_8429_2efa_c37d;
/// Bytes `PYRTSTRA`.
pub const MAGIC: u64 = u64::from_le_bytes(*b"PYRTSTRA");
/// Bytes of a request.
pub const REQUEST_BYTES: u32 = 128;

/// Flag of a request: refuse rather than take.
pub const POST_ONLY: u32 = 1;
/// Flag of a request: never beyond flat.
pub const REDUCE_ONLY: u32 = 2;
/// Flag of a request: cancels the others of its group.
pub const OCO: u32 = 4;
/// Flag of the context: history is fed, orders are off.
pub const WARMING_UP: u32 = 1;

/// A handler: what it is called on, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handler {
    /// A bar has ended.
    Bar = 0,
    /// A trade of the tape.
    Trade = 1,
    /// Best bid and offer.
    Quote = 2,
    /// A venue message has changed the book.
    Book = 3,
    /// One of our orders has changed.
    Order = 4,
    /// One of our orders has traded.
    Fill = 5,
    /// A time has come.
    Timer = 6,
    /// A signal of another strategy or model.
    Signal = 7,
}

impl Handler {
    /// Every handler with its name, in the order of the table.
    pub const ALL: [(Handler, &'static str); 8] = [
        (Handler::Bar, "on_bar"),
        (Handler::Trade, "on_trade"),
        (Handler::Quote, "on_quote"),
        (Handler::Book, "on_book"),
        (Handler::Order, "on_order"),
        (Handler::Fill, "on_fill"),
        (Handler::Timer, "on_timer"),
        (Handler::Signal, "on_signal"),
    ];
}

/// What a handler returns, and why a strategy was stopped.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// Division by zero.
    Division = 1,
    /// An index outside its array.
    Index = 2,
    /// An integer beyond 64 bits.
    Overflow = 3,
    /// NaN or too large where an integer is wanted.
    Conversion = 4,
    /// An `assert` that does not hold.
    Assertion = 5,
    /// A `raise`.
    Raised = 6,
    /// More requests in one call than there is room for.
    BufferFull = 7,
    /// An instrument that the strategy does not have.
    UnknownSlot = 8,
    /// NaN or nonsense in a request.
    BadRequest = 9,
    /// A bar, level or order that is not there.
    History = 10,
    /// A `while` loop without end.
    Loop = 11,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 12] = [
        Status::Ok,
        Status::Division,
        Status::Index,
        Status::Overflow,
        Status::Conversion,
        Status::Assertion,
        Status::Raised,
        Status::BufferFull,
        Status::UnknownSlot,
        Status::BadRequest,
        Status::History,
        Status::Loop,
    ];

    /// The status of a code; what is unknown was raised.
    #[must_use]
    pub fn from_code(code: u32) -> Status {
        Self::ALL.get(code as usize).copied().unwrap_or(Status::Raised)
    }
}

/// What a request asks for.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// An order at the market.
    Market = 1,
    /// An order at a price or better.
    Limit = 2,
    /// A market order at a trigger.
    Stop = 3,
    /// A limit order at a trigger.
    StopLimit = 4,
    /// A stop that follows the price.
    TrailingStop = 5,
    /// End an order.
    Cancel = 6,
    /// End the strategy's orders in one instrument.
    CancelAll = 7,
    /// Another quantity and price.
    Modify = 8,
    /// An opinion.
    Signal = 9,
    /// Ask for one call at a time.
    Timer = 10,
}

impl Action {
    /// Every action, in the order of its code.
    pub const ALL: [Action; 10] = [
        Action::Market,
        Action::Limit,
        Action::Stop,
        Action::StopLimit,
        Action::TrailingStop,
        Action::Cancel,
        Action::CancelAll,
        Action::Modify,
        Action::Signal,
        Action::Timer,
    ];

    /// The action of a request's code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Action> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }
}

/// What a host shows a strategy; pointers are addresses.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Zeroable, Pod)]
pub struct Context {
    /// Bytes of this struct as the host knows it.
    pub size: u32,
    /// Major version, shifted by 16, or minor.
    pub abi: u32,
    /// ns UTC of the event.
    pub now: i64,
    /// State and, behind it, arena.
    pub state: u64,
    /// One word a parameter.
    pub params: u64,
    /// One row an instrument.
    pub slots: u64,
    /// Rows.
    pub slot_count: u32,
    /// The event's instrument.
    pub slot: u32,
    /// Where the strategy asks.
    pub requests: u64,
    /// Room.
    pub request_capacity: u32,
    /// What it has asked in this call.
    pub request_count: u32,
    /// Own live orders.
    pub orders: u64,
    /// Rows.
    pub order_count: u32,
    /// A status, set where a handler fails.
    pub error: u32,
    /// Row of the description's sites.
    pub error_site: u32,
    /// Bit 0: warming up.
    pub flags: u32,
    /// Id that the next order gets.
    pub next_order_id: i64,
    /// Free money.
    pub cash: f64,
    /// Cash and positions at the mark.
    pub equity: f64,
    /// Reserved for features.
    pub out: u64,
    /// Reserved.
    pub out_capacity: u32,
    /// Reserved.
    pub out_count: u32,
    /// Zero.
    pub reserved: [u64; 16],
}

/// One instrument of a strategy.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Zeroable, Pod)]
pub struct Slot {
    /// Row of the session's table.
    pub instrument: u32,
    /// Code of the book's state.
    pub state: u32,
    /// Signed, exactly 0 when flat.
    pub position: f64,
    /// Average cost, NaN when flat.
    pub avg_price: f64,
    /// After fees, in quote currency.
    pub realized_pnl: f64,
    /// At the mark.
    pub unrealized_pnl: f64,
    /// Best bid, NaN if there is none.
    pub bid: f64,
    /// Best ask, NaN if there is none.
    pub ask: f64,
    /// Its size.
    pub bid_qty: f64,
    /// Its size.
    pub ask_qty: f64,
    /// Of the last trade or a bar's close, NaN before the first.
    pub last_price: f64,
    /// Of the last trade.
    pub last_qty: f64,
    /// Left of own live buys.
    pub working_buy: f64,
    /// Left of own live sells.
    pub working_sell: f64,
    /// Step of prices, 0 without a grid.
    pub tick: f64,
    /// Step of quantities, 0 without a grid.
    pub lot: f64,
    /// Units in one lot.
    pub multiplier: f64,
    /// Smallest order, 0 if not limited.
    pub min_qty: f64,
    /// Smallest value, 0 if not limited.
    pub min_notional: f64,
    /// Levels, best first.
    pub bids: u64,
    /// Levels, best first.
    pub asks: u64,
    /// Levels.
    pub bid_count: u32,
    /// Levels.
    pub ask_count: u32,
    /// Bars, a row a period of the strategy's.
    pub series: u64,
    /// Rows.
    pub series_count: u32,
    /// Zero.
    pub pad: u32,
    /// ns UTC of the last market event.
    pub event_time: i64,
    /// Zero.
    pub reserved: [u64; 8],
}

/// A level of the book.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Zeroable, Pod)]
pub struct Level {
    /// Of the level.
    pub price: f64,
    /// At it.
    pub qty: f64,
}

/// Bars of one instrument and period: the newest is `(count - 1) & (capacity - 1)`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Zeroable, Pod)]
pub struct Series {
    /// Records.
    pub bars: u64,
    /// A power of two.
    pub capacity: u32,
    /// How many of them the strategy may see.
    pub limit: u32,
    /// Since the start.
    pub count: i64,
    /// ns.
    pub period: i64,
}

/// An own live order.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Zeroable, Pod)]
pub struct OrderView {
    /// As the strategy knows it.
    pub order_id: i64,
    /// Of its instrument.
    pub slot: u32,
    /// An [`Action`].
    pub action: u8,
    /// 1 buy, 2 sell.
    pub side: u8,
    /// Time in force.
    pub tif: u8,
    /// As in order updates.
    pub status: u8,
    /// Ordered.
    pub qty: f64,
    /// So far.
    pub filled_qty: f64,
    /// Limit.
    pub price: f64,
    /// Of a stop.
    pub trigger: f64,
    /// The strategy's own.
    pub tag: i64,
    /// ns UTC of its request.
    pub time: i64,
}

/// What a strategy asks for; 128 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Zeroable, Pod)]
pub struct Request {
    /// 128.
    pub size: u32,
    /// An [`Action`].
    pub action: u8,
    /// 1 buy, 2 sell, 0 none.
    pub side: u8,
    /// 0 GTC, 1 IOC, 2 FOK, 3 GTD, 4 day.
    pub tif: u8,
    /// What `qty` means: 0 quantity, 1 notional, 2 fraction of equity, 3 target position.
    pub sizing: u8,
    /// Of its instrument.
    pub slot: u32,
    /// [`POST_ONLY`], [`REDUCE_ONLY`], [`OCO`].
    pub flags: u32,
    /// Id of the new order, or of the one to cancel or modify.
    pub order_id: i64,
    /// The strategy's own.
    pub tag: i64,
    /// Above or equal to 0.
    pub qty: f64,
    /// Limit.
    pub price: f64,
    /// Of a stop.
    pub trigger: f64,
    /// ns UTC: end of a GTD order, time of a timer.
    pub expiry: i64,
    /// Shown at a time, 0 all.
    pub display: f64,
    /// Orders of one group cancel each other.
    pub group: i64,
    /// Waits for the fill of this order.
    pub parent: i64,
    /// Distance of a trailing stop.
    pub trail: f64,
    /// Of a signal.
    pub value: f64,
    /// Of a signal.
    pub confidence: f64,
    /// Zero.
    pub reserved: [u64; 2],
}

/// The table that an object exports as `pyrt_strategy`; pointers are addresses.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Zeroable, Pod)]
pub struct Header {
    /// Bytes `PYRTSTRA`.
    pub magic: u64,
    /// Version.
    pub abi_major: u16,
    /// Version.
    pub abi_minor: u16,
    /// Size of this table.
    pub header_bytes: u32,
    /// Of all structs and codes.
    pub abi_hash: u64,
    /// JSON.
    pub description: u64,
    /// Its length.
    pub description_bytes: u64,
    /// State and arena at the start.
    pub image: u64,
    /// Of the state.
    pub state_bytes: u64,
    /// Behind it.
    pub arena_bytes: u64,
    /// Words as built.
    pub params: u64,
    /// Words.
    pub param_count: u64,
    /// Handler or 0.
    pub on_bar: u64,
    /// Handler or 0.
    pub on_trade: u64,
    /// Handler or 0.
    pub on_quote: u64,
    /// Handler or 0.
    pub on_book: u64,
    /// Handler or 0.
    pub on_order: u64,
    /// Handler or 0.
    pub on_fill: u64,
    /// Handler or 0.
    pub on_timer: u64,
    /// Handler or 0.
    pub on_signal: u64,
    /// Reserved.
    pub features: u64,
    /// Reserved.
    pub on_score: u64,
    /// Zero.
    pub reserved: [u64; 4],
}
