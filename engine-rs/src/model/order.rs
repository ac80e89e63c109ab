//! Orders as they are sent, and what comes back about them. `proto/MATCHING.md` gives every number its meaning.

use bytemuck::{Pod, Zeroable};

use super::{InstrumentId, Lots, Nanos, Side, Ticks};

/// Our id of an order: strategy u16, run u16, counter u32. It is also what the venue is told, as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientOrderId(pub u64);

impl ClientOrderId {
    /// The id of a strategy's order number `counter` in run `run`.
    #[must_use]
    pub fn new(strategy: u16, run: u16, counter: u32) -> ClientOrderId {
        ClientOrderId((u64::from(strategy) << 48) | (u64::from(run) << 32) | u64::from(counter))
    }

    /// Whose order it is.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // the top 16 bits
    pub fn strategy(self) -> u16 {
        (self.0 >> 48) as u16
    }

    /// Which run of the engine sent it.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // 16 bits
    pub fn run(self) -> u16 {
        (self.0 >> 32) as u16
    }
}

/// An order as the venue knows it. A change that it cannot make in place is another order there: the next version of
/// the same order of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderName {
    /// Ours.
    pub id: ClientOrderId,
    /// 0 as it was first sent.
    pub version: u16,
}

impl From<ClientOrderId> for OrderName {
    fn from(id: ClientOrderId) -> OrderName {
        OrderName { id, version: 0 }
    }
}

/// How an order finds its price.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderType {
    /// Any price.
    Market = 1,
    /// This price or better.
    Limit = 2,
    /// Any price, once the market has reached a trigger.
    Stop = 3,
    /// This price or better, once the market has reached a trigger.
    StopLimit = 4,
    /// Any price, once the market has come back by so much.
    TrailingStop = 5,
}

impl OrderType {
    /// The type of a code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<OrderType> {
        use OrderType as T;
        [T::Market, T::Limit, T::Stop, T::StopLimit, T::TrailingStop].into_iter().find(|it| *it as u8 == code)
    }

    /// It has a limit.
    #[must_use]
    pub fn has_limit(self) -> bool {
        matches!(self, Self::Limit | Self::StopLimit)
    }

    /// It waits for the market before it is an order like others.
    #[must_use]
    pub fn is_stop(self) -> bool {
        matches!(self, Self::Stop | Self::StopLimit | Self::TrailingStop)
    }
}

/// How long an order lives.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tif {
    /// Until it is canceled.
    Gtc = 1,
    /// What does not fill at once expires.
    Ioc = 2,
    /// It fills whole at once, or expires.
    Fok = 3,
    /// Until a time.
    Gtd = 4,
    /// To the end of the UTC day.
    Day = 5,
}

impl Tif {
    /// The time in force of a code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Tif> {
        use Tif as T;
        [T::Gtc, T::Ioc, T::Fok, T::Gtd, T::Day].into_iter().find(|it| *it as u8 == code)
    }
}

/// Where an order stands; bits 12 to 15 of an order update's flags.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OrderStatus {
    /// Sent, not answered.
    #[default]
    PendingNew = 0,
    /// The venue has it.
    New = 1,
    /// Some of it has filled.
    PartiallyFilled = 2,
    /// All of it has filled.
    Filled = 3,
    /// Taken back.
    Canceled = 4,
    /// Refused.
    Rejected = 5,
    /// Ended by its own terms.
    Expired = 6,
    /// A cancel was sent, not answered.
    PendingCancel = 7,
    /// The venue's answer was lost: it may be there or not. Not a rejection.
    Unknown = 8,
}

impl OrderStatus {
    /// No further report can change it.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Filled | Self::Canceled | Self::Rejected | Self::Expired)
    }

    /// The status of a code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<OrderStatus> {
        use OrderStatus as S;
        let all = [
            S::PendingNew,
            S::New,
            S::PartiallyFilled,
            S::Filled,
            S::Canceled,
            S::Rejected,
            S::Expired,
            S::PendingCancel,
            S::Unknown,
        ];
        all.get(usize::from(code)).copied()
    }
}

/// Why an order was refused or ended; low byte of an order update's flags. From 32 on it never left the engine.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OrderReason {
    /// Nothing to say.
    #[default]
    None = 0,
    /// Zero or negative.
    BadQuantity = 1,
    /// Zero or negative.
    BadPrice = 2,
    /// The id was used before.
    DuplicateId = 3,
    /// The venue's book is not valid.
    NoBook = 4,
    /// Post-only, and it would have taken.
    WouldCross = 5,
    /// FOK, and there was not enough.
    NotEnough = 6,
    /// The rest of an IOC order.
    IocRest = 7,
    /// The rest of a market order.
    NoLiquidity = 8,
    /// A cancel of an order that had ended.
    TooLate = 9,
    /// A cancel of an order never seen.
    UnknownOrder = 10,
    /// The venue refused for a reason of its own.
    Venue = 11,
    /// A stop's trigger was reached.
    Triggered = 12,
    /// No trigger or trail.
    BadTrigger = 13,
    /// It has other numbers.
    Modified = 14,
    /// An expiry that has passed.
    BadExpiry = 15,
    /// Its time is up.
    TimeUp = 16,
    /// The account does not bear it.
    NoMargin = 20,
    /// The account is being liquidated.
    Liquidated = 21,
    /// The instrument splits.
    Split = 22,
    /// The kill switch is pulled.
    Killed = 32,
    /// The strategy is stopped.
    StrategyStopped = 33,
    /// The book is not synced, or stale.
    StaleBook = 34,
    /// Beyond `order_limits.max_order_size_usd`.
    OrderSize = 35,
    /// Beyond `order_limits.max_order_rate_per_min`.
    OrderRate = 36,
    /// Beyond `position_limits.max_position_usd`.
    PositionSize = 37,
    /// Beyond `position_limits.max_leverage`.
    Leverage = 38,
    /// Beyond `position_limits.max_portfolio_concentration`.
    Concentration = 39,
    /// Beyond `risk_metrics.max_drawdown_pct`.
    Drawdown = 40,
    /// A limit needs a number that is not there (no price, no currency rate): refused.
    NoNumber = 41,
    /// Below the instrument's smallest quantity or value.
    TooSmall = 42,
    /// Not enough cash.
    Cash = 43,
    /// A strategy's request that is no order (NaN, unknown slot, off the grid).
    BadRequest = 44,
    /// Order entry is not connected.
    NoVenue = 45,
}

/// An order that may be sent once risk has approved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Ours.
    pub id: ClientOrderId,
    /// Of what.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// How it finds its price.
    pub order_type: OrderType,
    /// How long it lives.
    pub tif: Tif,
    /// Only as a maker.
    pub post_only: bool,
    /// The limit, 0 without one.
    pub price: Ticks,
    /// How much, above zero.
    pub qty: Lots,
    /// Where a stop or stop-limit begins, else 0.
    pub trigger: Ticks,
    /// What an iceberg shows of it, else 0.
    pub display: Lots,
    /// When it was decided.
    pub time: Nanos,
}

/// A command to a venue as a record of 128 bytes: `pyrt-engine match` and the Python matcher read arrays of it.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Zeroable, Pod)]
pub struct Command {
    /// When it is sent, ns UTC.
    pub time: i64,
    /// A [`ClientOrderId`].
    pub client_order_id: u64,
    /// Ticks.
    pub price: i64,
    /// Lots.
    pub qty: i64,
    /// Row of the instruments table.
    pub instrument: u32,
    /// 1 new, 2 cancel, 3 modify.
    pub action: u8,
    /// A [`Side`].
    pub side: u8,
    /// An [`OrderType`].
    pub order_type: u8,
    /// A [`Tif`].
    pub tif: u8,
    /// Bit 0: post-only; bits 1 to 3: the account refuses it; bit 3 of a cancel: why.
    pub flags: u16,
    /// Zero.
    pub rest: [u8; 6],
    /// Ticks, of a stop or stop-limit.
    pub trigger: i64,
    /// Ticks, of a trailing stop.
    pub trail: i64,
    /// ns UTC, of a GTD order.
    pub expiry: i64,
    /// Lots that an iceberg shows.
    pub display: i64,
    /// Zero.
    pub unused: [i64; 6],
}

impl Command {
    /// Post-only, in `flags`.
    pub const POST_ONLY: u16 = 1;
    /// The account does not bear it: the venue refuses it when it arrives.
    pub const NO_MARGIN: u16 = 2;
    /// The account is being liquidated: the venue refuses it likewise.
    pub const LIQUIDATED: u16 = 4;
    /// The instrument splits: the venue refuses it likewise; in a cancel why it is canceled.
    pub const SPLIT: u16 = 8;
    /// A new order, in `action`.
    pub const NEW: u8 = 1;
    /// A cancel, in `action`.
    pub const CANCEL: u8 = 2;
    /// A modify, in `action`.
    pub const MODIFY: u8 = 3;

    /// The command that sends an order.
    #[must_use]
    pub fn new_order(order: &Order) -> Command {
        Command {
            time: order.time.0,
            client_order_id: order.id.0,
            price: order.price.0,
            qty: order.qty.0,
            instrument: order.instrument.0,
            action: 1,
            side: order.side as u8,
            order_type: order.order_type as u8,
            tif: order.tif as u8,
            flags: u16::from(order.post_only) * Self::POST_ONLY,
            trigger: order.trigger.0,
            display: order.display.0,
            ..Self::zeroed()
        }
    }

    /// Why the account refuses it; none if it does not.
    #[must_use]
    pub fn refusal(&self) -> OrderReason {
        match self.flags {
            flags if flags & Self::SPLIT != 0 => OrderReason::Split,
            flags if flags & Self::LIQUIDATED != 0 => OrderReason::Liquidated,
            flags if flags & Self::NO_MARGIN != 0 => OrderReason::NoMargin,
            _ => OrderReason::None,
        }
    }

    /// The command that gives an order new numbers; 0 leaves one as it is.
    #[must_use]
    pub fn modify(order: &Order, time: Nanos) -> Command {
        Command {
            time: time.0,
            client_order_id: order.id.0,
            price: order.price.0,
            qty: order.qty.0,
            instrument: order.instrument.0,
            action: Self::MODIFY,
            trigger: order.trigger.0,
            ..Self::zeroed()
        }
    }

    /// The command that takes an order back.
    #[must_use]
    pub fn cancel(id: ClientOrderId, instrument: InstrumentId, time: Nanos) -> Command {
        Command { time: time.0, client_order_id: id.0, instrument: instrument.0, action: 2, ..Self::zeroed() }
    }
}

/// What a venue, real or simulated, says of one of our orders.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Which order.
    pub id: ClientOrderId,
    /// The venue's id, 0 if none was given.
    pub venue_order_id: u64,
    /// When it happened at the venue.
    pub event_time: Nanos,
    /// When it reached us.
    pub receive_time: Nanos,
    /// What happened.
    pub what: ReportKind,
}

/// What happened to an order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReportKind {
    /// The venue has it.
    Accepted,
    /// It filled, perhaps in part.
    Filled {
        /// At this price.
        price: Ticks,
        /// So much.
        qty: Lots,
        /// The sum so far, by the venue's count.
        cumulative: Lots,
        /// Fee in quote currency.
        fee: super::Money,
        /// Ours rested.
        maker: bool,
        /// The venue's id of the fill: the same one twice is one fill.
        trade_id: u64,
    },
    /// Taken back.
    Canceled,
    /// Refused.
    Rejected(OrderReason),
    /// Ended by its own terms.
    Expired(OrderReason),
    /// A cancel did nothing.
    CancelRejected(OrderReason),
    /// A stop was triggered.
    Triggered,
    /// Its quantity is this from now on; it keeps its place.
    Reduced(Lots),
    /// A change did nothing: the order is as it was.
    ChangeRefused(OrderReason),
    /// A change did nothing, for a fill came first.
    ChangeCrossed,
    /// The answer was lost: ask, do not assume.
    Unknown,
}
