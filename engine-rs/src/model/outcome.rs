//! The records that say what became of an order: every host writes them through these.

use super::{
    Event, Fill, Instrument, Lots, Money, Nanos, Order, OrderReason, OrderStatus, OrderUpdate, Ticks, flag,
};

/// When something happened at the venue, and when it reached us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// At the venue.
    pub event: Nanos,
    /// Here.
    pub receive: Nanos,
}

impl Order {
    /// The order update that says this status.
    #[must_use]
    pub fn update(
        &self,
        instrument: &Instrument,
        (status, reason): (OrderStatus, OrderReason),
        filled: Lots,
        times: Times,
    ) -> Event {
        let mut update = OrderUpdate::new(self.instrument, times.event);
        update.side = self.side as u8;
        update.flags = (status as u16) << 12 | reason as u16;
        update.receive_time = times.receive.0;
        update.price = instrument.price(self.price);
        update.qty = instrument.qty(self.qty);
        update.client_order_id = self.id.0;
        update.filled_qty = instrument.qty(filled);
        update.into()
    }

    /// The record of one fill.
    #[must_use]
    pub fn fill(
        &self,
        instrument: &Instrument,
        (price, qty): (Ticks, Lots),
        fee: Money,
        maker: bool,
        times: Times,
    ) -> Event {
        let mut fill = Fill::new(self.instrument, times.event);
        fill.side = self.side as u8;
        fill.flags = u16::from(maker) * flag::MAKER;
        fill.receive_time = times.receive.0;
        fill.price = instrument.price(price);
        fill.qty = instrument.qty(qty);
        fill.client_order_id = self.id.0;
        fill.fee = fee.to_f64();
        fill.into()
    }
}
