//! A strategy's live orders as it sees them, oldest first.

use crate::model::{Event, OrderStatus, Side};
use crate::strategy::abi::OrderView;

/// A live order.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Live {
    pub(in crate::engine) view: OrderView,
    pub(in crate::engine) lots: i64,
    pub(in crate::engine) filled: i64,
    /// A cancel is under way.
    pub(in crate::engine) canceling: bool,
}

/// All live orders of a strategy. Ids grow, so they are sorted by id too.
#[derive(Debug, Default)]
pub(in crate::engine) struct Orders {
    live: Vec<Live>,
    /// Lots left by slot: buys, sells.
    working: Vec<[i64; 2]>,
}

/// Index into a pair of buys and sells.
pub(in crate::engine) fn side_index(side: u8) -> usize {
    usize::from(side == Side::Sell as u8)
}

impl Orders {
    pub(in crate::engine) fn new(slots: usize) -> Orders {
        Orders { live: Vec::with_capacity(1024), working: vec![[0; 2]; slots] }
    }

    pub(in crate::engine) fn views(&self) -> impl Iterator<Item = OrderView> + '_ {
        self.live.iter().map(|order| order.view)
    }

    /// Lots left of a side in a slot.
    pub(in crate::engine) fn working(&self, slot: usize, side: u8) -> i64 {
        self.working[slot][side_index(side)]
    }

    pub(in crate::engine) fn add(&mut self, order: Live) {
        self.working[order.view.slot as usize][side_index(order.view.side)] += order.lots;
        self.live.push(order);
    }

    pub(in crate::engine) fn find_mut(&mut self, id: i64) -> Option<&mut Live> {
        let place = self.live.binary_search_by_key(&id, |order| order.view.order_id).ok()?;
        Some(&mut self.live[place])
    }

    /// Orders of a slot that no cancel is under way for; they are canceling afterwards.
    pub(in crate::engine) fn cancel_all(&mut self, slot: u32, mut each: impl FnMut(&Live)) {
        for order in self.live.iter_mut().filter(|order| order.view.slot == slot && !order.canceling) {
            order.cancel();
            each(order);
        }
    }

    /// A fill of `lots`; `filled` is the sum as a double. A whole order is no longer live.
    pub(in crate::engine) fn fill(&mut self, id: i64, lots: i64, filled: impl FnOnce(i64) -> f64) {
        let Ok(place) = self.live.binary_search_by_key(&id, |order| order.view.order_id) else { return };
        let order = &mut self.live[place];
        order.filled += lots;
        order.view.filled_qty = filled(order.filled);
        self.working[order.view.slot as usize][side_index(order.view.side)] -= lots;
        if order.filled >= order.lots {
            self.live.remove(place);
        } else {
            order.stand(OrderStatus::PartiallyFilled);
        }
    }

    /// What an order update says; one that has ended is no longer live.
    pub(in crate::engine) fn update(&mut self, id: i64, record: &Event) {
        let Ok(place) = self.live.binary_search_by_key(&id, |order| order.view.order_id) else { return };
        let status = OrderStatus::from_code((record.flags >> 12) as u8).unwrap_or_default();
        let order = &mut self.live[place];
        if status.is_final() {
            let left = order.lots - order.filled;
            self.working[order.view.slot as usize][side_index(order.view.side)] -= left;
            self.live.remove(place);
        } else {
            order.stand(status);
        }
    }
}

impl Live {
    /// A cancel is sent.
    pub(in crate::engine) fn cancel(&mut self) {
        self.canceling = true;
        self.stand(OrderStatus::PendingCancel);
    }

    fn stand(&mut self, status: OrderStatus) {
        self.view.status = if self.canceling { OrderStatus::PendingCancel } else { status } as u8;
    }
}
