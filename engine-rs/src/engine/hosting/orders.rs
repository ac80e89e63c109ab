//! A strategy's live orders as it sees them, oldest first, and what of them is on its way.

use crate::matching::Answer;
use crate::model::{Command, Event, Instrument, Lots, OrderReason, OrderStatus, Side, Ticks};
use crate::strategy::abi::{Action, OrderView};

/// Times in force of orders that never rest: IOC and FOK.
const AT_ONCE: [u8; 2] = [1, 2];

/// A live order.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Live {
    pub(in crate::engine) view: OrderView,
    pub(in crate::engine) lots: i64,
    pub(in crate::engine) filled: i64,
    /// A cancel is under way.
    pub(in crate::engine) canceling: bool,
    /// Whose first fill cancels the others; 0: none.
    pub(in crate::engine) group: i64,
    pub(in crate::engine) reduce_only: bool,
    /// Ticks that a modify asks for, 0: none.
    pub(in crate::engine) trigger: i64,
    /// Of one that waits in the host.
    pub(in crate::engine) waiting: Option<Waiting>,
}

/// What becomes of an order that waits in the host.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Waiting {
    /// The order that must end first.
    pub(in crate::engine) parent: i64,
    /// None: what the parent has filled.
    pub(in crate::engine) lots: Option<i64>,
    pub(in crate::engine) command: Command,
}

/// An order that is no longer live.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Ended {
    pub(in crate::engine) id: i64,
    pub(in crate::engine) lots: i64,
    pub(in crate::engine) filled: i64,
}

/// All live orders of a strategy. Ids grow, so they are sorted by id too.
#[derive(Debug, Default)]
pub(in crate::engine) struct Orders {
    live: Vec<Live>,
    /// Lots left by slot of orders that were sent: buys, sells.
    working: Vec<[i64; 2]>,
    waiting: usize,
    /// Those in a group, and standing exits.
    tied: usize,
}

/// Index into a pair of buys and sells.
pub(in crate::engine) fn side_index(side: u8) -> usize {
    usize::from(side == Side::Sell as u8)
}

impl Orders {
    pub(in crate::engine) fn new(slots: usize) -> Orders {
        Orders { live: Vec::with_capacity(1024), working: vec![[0; 2]; slots], ..Orders::default() }
    }

    pub(in crate::engine) fn views(&self) -> impl Iterator<Item = OrderView> + '_ {
        self.live.iter().map(|order| order.view)
    }

    /// How many there are.
    pub(in crate::engine) fn len(&self) -> usize {
        self.live.len()
    }

    /// Whether one waits in the host.
    pub(in crate::engine) fn has_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// Whether one is in a group, or a standing exit.
    pub(in crate::engine) fn has_ties(&self) -> bool {
        self.tied > 0
    }

    /// Lots left of a side in a slot.
    pub(in crate::engine) fn working(&self, slot: usize, side: u8) -> i64 {
        self.working[slot][side_index(side)]
    }

    pub(in crate::engine) fn find(&self, id: i64) -> Option<usize> {
        self.live.binary_search_by_key(&id, |order| order.view.order_id).ok()
    }

    pub(in crate::engine) fn get(&self, place: usize) -> &Live {
        &self.live[place]
    }

    pub(in crate::engine) fn get_mut(&mut self, place: usize) -> &mut Live {
        &mut self.live[place]
    }

    /// An order joins the others; its place.
    pub(in crate::engine) fn add(&mut self, order: Live) -> usize {
        self.waiting += usize::from(order.waiting.is_some());
        self.tied += usize::from(order.is_tied());
        *self.working_mut(&order.view) += order.left();
        self.live.push(order);
        self.live.len() - 1
    }

    /// An order that waited, or has just been asked for, is sent with these lots.
    pub(in crate::engine) fn set_sent(&mut self, place: usize, lots: i64) {
        let order = &mut self.live[place];
        self.waiting -= usize::from(order.waiting.take().is_some());
        order.lots = lots;
        let view = order.view;
        *self.working_mut(&view) += lots;
    }

    /// Takes one out: it is no longer live.
    pub(in crate::engine) fn take_out(&mut self, place: usize) -> Live {
        let order = self.live.remove(place);
        self.waiting -= usize::from(order.waiting.is_some());
        self.tied -= usize::from(order.is_tied());
        *self.working_mut(&order.view) -= order.left();
        order
    }

    /// A fill of `lots`; `filled` is the sum as a double. The order's end, if it is whole.
    pub(in crate::engine) fn fill(
        &mut self,
        place: usize,
        lots: i64,
        filled: impl FnOnce(i64) -> f64,
    ) -> Option<Ended> {
        let order = &mut self.live[place];
        order.filled += lots;
        order.view.filled_qty = filled(order.filled);
        let view = order.view;
        if order.filled < order.lots {
            order.stand(OrderStatus::PartiallyFilled);
        }
        let whole = order.filled >= order.lots;
        *self.working_mut(&view) -= lots;
        whole.then(|| self.take_out(place).ended())
    }

    /// What an order update says: the order's numbers, which a modify may have changed, and its end, if it says so.
    pub(in crate::engine) fn update(
        &mut self,
        place: usize,
        record: &Event,
        (lots, ticks): (Lots, Ticks),
        instrument: &Instrument,
    ) -> Option<Ended> {
        let status = OrderStatus::from_code((record.flags >> 12) as u8).unwrap_or_default();
        if status.is_final() {
            return Some(self.take_out(place).ended());
        }
        let order = &mut self.live[place];
        order.stand(status);
        let more = lots.0 - order.lots;
        order.lots = lots.0;
        (order.view.qty, order.view.price) = (instrument.qty(lots), instrument.price(ticks));
        if record.flags & 0xff == OrderReason::Modified as u16 && order.trigger != 0 {
            order.view.trigger = instrument.price(Ticks(std::mem::take(&mut order.trigger)));
        }
        let view = order.view;
        *self.working_mut(&view) += more;
        None
    }

    /// What a live reduce-only order may become of these lots, with a position of `held` to reduce; 0: nothing would be
    /// left of it.
    pub(in crate::engine) fn most(&mut self, place: usize, lots: i64, held: i64) -> i64 {
        let order = &mut self.live[place];
        let (own, filled) = (order.lots, order.filled);
        (order.lots, order.filled) = (0, 0); // it is no part of what is on its way
        let order = *order;
        let others = self.on_its_way(order.view.slot as usize, order.view.side, order.group, order.is_exit());
        (self.live[place].lots, self.live[place].filled) = (own, filled);
        if held > others { lots.min(filled + held - others) } else { 0 }
    }

    /// Nothing of a live order is on its way any more; what was.
    pub(in crate::engine) fn hide(&mut self, place: usize) -> i64 {
        let order = &mut self.live[place];
        let (own, left, view) = (order.lots, order.left(), order.view);
        order.lots = order.filled;
        *self.working_mut(&view) -= left;
        own
    }

    /// It is again.
    pub(in crate::engine) fn show_again(&mut self, place: usize, own: i64) {
        let order = &mut self.live[place];
        order.lots = own;
        let (left, view) = (order.left(), order.view);
        *self.working_mut(&view) += left;
    }

    /// Whether one that was sent has something left.
    pub(in crate::engine) fn has_open(&self) -> bool {
        self.live.iter().any(|order| order.waiting.is_none() && order.left() > 0)
    }

    /// Lots of a side that may yet fill: of a group the most, of `own_group` none, standing exits if `exits`.
    pub(in crate::engine) fn on_its_way(&self, slot: usize, side: u8, own_group: i64, exits: bool) -> i64 {
        if self.tied == 0 {
            return self.working(slot, side);
        }
        let counts = |order: &&Live| {
            let there = order.view.slot as usize == slot && order.view.side == side;
            there && order.waiting.is_none() && (exits || !order.is_exit())
        };
        let mut total = 0;
        for (place, order) in self.live.iter().enumerate().filter(|(_, order)| counts(order)) {
            if order.group == 0 {
                total += order.left();
            } else if order.group != own_group {
                let mates = self.live[..place].iter().filter(|mate| mate.group == order.group).filter(counts);
                let most = mates.map(Live::left).max().unwrap_or(0);
                total += (order.left() - most).max(0);
            }
        }
        total
    }

    fn working_mut(&mut self, view: &OrderView) -> &mut i64 {
        &mut self.working[view.slot as usize][side_index(view.side)]
    }
}

impl Live {
    /// A cancel is sent.
    pub(in crate::engine) fn cancel(&mut self) {
        self.canceling = true;
        self.stand(OrderStatus::PendingCancel);
    }

    /// Whether it reduces only and can rest: such an order ends with the position.
    pub(in crate::engine) fn is_exit(&self) -> bool {
        let rests = self.view.action != Action::Market as u8 && !AT_ONCE.contains(&self.view.tif);
        self.reduce_only && rests
    }

    fn is_tied(&self) -> bool {
        self.group != 0 || self.is_exit()
    }

    /// Lots that are not filled.
    fn left(&self) -> i64 {
        self.lots - self.filled
    }

    fn ended(&self) -> Ended {
        Ended { id: self.view.order_id, lots: self.lots, filled: self.filled }
    }

    fn stand(&mut self, status: OrderStatus) {
        self.view.status = if self.canceling { OrderStatus::PendingCancel } else { status } as u8;
    }
}

impl Waiting {
    /// Lots that go out once the parent has ended.
    pub(in crate::engine) fn share(&self, parent: &Ended) -> i64 {
        let whole = i128::from(parent.lots);
        // A share of what fits into 64 bits fits too.
        self.lots.map_or(parent.filled, |lots| (i128::from(lots) * i128::from(parent.filled) / whole) as i64)
    }
}

/// The strategy's own id of the order that an answer speaks of.
pub(in crate::engine) fn own_id(answer: &Answer) -> i64 {
    i64::from(answer.id.0 as u32)
}
