//! What the venue says, its numbers already on the instruments' grids.

use std::fmt;

use crate::execution::Told;
use crate::model::{ClientOrderId, Lots, Money, Nanos, Order, OrderName};

/// A message; one frame may hold several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Message {
    /// About one of our orders: for the order manager.
    Told(Told),
    /// The fee of the fill reported just before was not in quote currency.
    Commission {
        /// Whose.
        id: ClientOrderId,
        /// The fill.
        trade_id: u64,
        /// In which it was taken.
        asset: Asset,
        /// How much of it.
        amount: Money,
        /// How the report's fee in quote currency was made of it.
        conversion: Conversion,
    },
    /// An answer to `order.status`: the venue has no such order.
    NotFound(OrderName),
    /// An answer to `openOrders.status`, one for each of our orders.
    OpenOrder(OpenOrder),
    /// All open orders have been named.
    OpenOrdersEnd,
    /// The session is authorized.
    LoggedOn,
    /// Events come on this connection.
    Subscribed,
    /// No more events come: orders are in doubt until they come again.
    StreamEnded,
    /// The venue's clock.
    Time(Nanos),
    /// What the account holds of an asset.
    Balance(Balance),
    /// A request that is not about one order was refused.
    Refused {
        /// Which.
        request: &'static str,
        /// The venue's code.
        code: i64,
    },
    /// The venue refused a time of ours: ask for its own.
    ClockSkew,
    /// The venue closes this connection soon: open another first.
    ShuttingDown,
}

/// How a fee of another asset became one in quote currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// It was in base currency: valued at the fill's own price. The account received that much less.
    AtFillPrice,
    /// Valued at the configured rate.
    AtRate,
    /// Nobody knows a rate: the report says 0, and this is counted.
    None,
}

/// One of our orders that lives at the venue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpenOrder {
    /// As it was sent.
    pub order: Order,
    /// How it stands.
    pub told: Told,
    /// Filled by the venue's count.
    pub filled: Lots,
}

/// What the account holds of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Of what.
    pub asset: Asset,
    /// Not bound by orders.
    pub free: Money,
    /// Bound by orders.
    pub locked: Money,
    /// When.
    pub event_time: Nanos,
}

/// The name of an asset, in place: messages are copied, not owned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    bytes: [u8; 31],
    length: u8,
}

impl Asset {
    /// A name; what is longer than 31 bytes is cut.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // at most 31
    pub fn new(name: &str) -> Asset {
        let mut bytes = [0; 31];
        let length =
            (0..=bytes.len().min(name.len())).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
        bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
        Asset { bytes, length: length as u8 }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Debug for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
