//! What the venue says of our orders.

use crate::model::{
    ClientOrderId, Event, Fill, Instrument, InstrumentId, LIMIT, Lots, Money, Nanos, OrderReason,
    OrderStatus, OrderUpdate, Report, ReportKind, Side, Ticks, flag, mantissa_to_double,
};

/// One answer, made at the venue at `time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Of which order.
    pub id: ClientOrderId,
    /// Its instrument.
    pub instrument: InstrumentId,
    /// Its side; none of an order never seen.
    pub side: Side,
    /// The venue's time.
    pub time: Nanos,
    /// What happened.
    pub what: What,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// How the order stands.
    Update {
        /// After what happened.
        status: OrderStatus,
        /// Why.
        reason: OrderReason,
        /// The limit, 0 for a market order.
        price: Ticks,
        /// Ordered.
        qty: Lots,
        /// Filled so far.
        filled: Lots,
    },
    /// A fill; the next answer is the update that it makes.
    Fill {
        /// Of this fill.
        price: Ticks,
        /// Of this fill.
        qty: Lots,
        /// Filled so far.
        cumulative: Lots,
        /// In quote currency.
        fee: Money,
        /// Ours rested.
        maker: bool,
    },
}

impl Answer {
    /// The answer as a record: an `order_update` or a `fill`.
    #[must_use]
    pub fn record(&self, instrument: &Instrument, stamp: u64, receive_time: Nanos) -> Event {
        match self.what {
            What::Update { status, reason, price, qty, filled } => {
                let mut record = OrderUpdate::new(self.instrument, self.time);
                record.stamp = stamp;
                record.side = self.side as u8;
                record.flags = (status as u16) << 12 | reason as u16;
                record.receive_time = receive_time.0;
                record.price = double(price.0, instrument.tick.mantissa(), instrument.tick.exponent());
                record.qty = double(qty.0, instrument.lot.mantissa(), instrument.lot.exponent());
                record.client_order_id = self.id.0;
                record.filled_qty = instrument.qty(filled);
                record.into()
            }
            What::Fill { price, qty, fee, maker, .. } => {
                let mut record = Fill::new(self.instrument, self.time);
                record.stamp = stamp;
                record.side = self.side as u8;
                record.flags = u16::from(maker) * flag::MAKER;
                record.receive_time = receive_time.0;
                record.price = instrument.price(price);
                record.qty = instrument.qty(qty);
                record.client_order_id = self.id.0;
                record.fee = fee.to_f64();
                record.into()
            }
        }
    }

    /// The answer as a venue's report; none for the update that follows a fill.
    #[must_use]
    pub fn report(&self, venue_order_id: u64, trade_id: u64, receive_time: Nanos) -> Option<Report> {
        let what = match self.what {
            What::Fill { price, qty, cumulative, fee, maker } => {
                ReportKind::Filled { price, qty, cumulative, fee, maker, trade_id }
            }
            What::Update { reason: OrderReason::Triggered, .. } => ReportKind::Triggered,
            What::Update { reason: OrderReason::Modified, qty, .. } => ReportKind::Reduced(qty),
            What::Update { status, reason, .. } => match status {
                // Of a live order only a change is refused.
                OrderStatus::New | OrderStatus::PartiallyFilled if reason != OrderReason::None => {
                    ReportKind::ChangeRefused(reason)
                }
                _ if matches!(reason, OrderReason::TooLate | OrderReason::UnknownOrder) => {
                    ReportKind::CancelRejected(reason)
                }
                OrderStatus::New => ReportKind::Accepted,
                OrderStatus::Canceled => ReportKind::Canceled,
                OrderStatus::Rejected => ReportKind::Rejected(reason),
                OrderStatus::Expired => ReportKind::Expired(reason),
                _ => return None,
            },
        };
        Some(Report { id: self.id, venue_order_id, event_time: self.time, receive_time, what })
    }
}

/// Whether a number of steps has a double of its own: what a refused order asks for may have none.
pub(super) fn has_double(steps: i64, mantissa: i64) -> bool {
    (i128::from(steps) * i128::from(mantissa)).abs() < i128::from(LIMIT)
}

fn double(steps: i64, mantissa: i64, exponent: u8) -> f64 {
    if has_double(steps, mantissa) { mantissa_to_double(steps * mantissa, exponent) } else { 0.0 }
}
