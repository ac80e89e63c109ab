//! Orders by id in a fixed number of places: an index of open addressing over a slab. Orders that are settled stay
//! until their place is needed, the oldest first, so that a late or repeated report finds its order.

use std::collections::VecDeque;

use super::TrackedOrder;
use crate::model::{ClientOrderId, Order};

const EMPTY: u32 = u32::MAX;
/// Fills of an order before its list grows.
const FILLS: usize = 8;

/// The table.
#[derive(Debug)]
pub(super) struct OrderTable {
    places: Vec<TrackedOrder>,
    /// Lists of fills for the places that have not been used: an order on its way allocates nothing.
    lists: Vec<Vec<u64>>,
    /// Place of an order, at its hash or as near behind it as there was room. At most half is in use.
    index: Box<[u32]>,
    /// Settled orders, oldest first.
    line: VecDeque<u32>,
    capacity: usize,
}

/// What cannot be put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    Duplicate,
    NoPlace,
}

impl OrderTable {
    pub(super) fn new(capacity: usize) -> OrderTable {
        let capacity = capacity.clamp(1, 1 << 24);
        let index = vec![EMPTY; (2 * capacity).next_power_of_two()].into();
        let (places, line) = (Vec::with_capacity(capacity), VecDeque::with_capacity(capacity));
        let lists = (0..capacity).map(|_| Vec::with_capacity(FILLS)).collect();
        OrderTable { places, lists, index, line, capacity }
    }

    /// All orders, the settled ones too.
    pub(super) fn iter(&self) -> impl Iterator<Item = &TrackedOrder> {
        self.places.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut TrackedOrder> {
        self.places.iter_mut()
    }

    pub(super) fn find(&self, id: ClientOrderId) -> Option<usize> {
        let slot = self.slot(id)?;
        Some(self.index[slot] as usize)
    }

    pub(super) fn at(&self, place: usize) -> &TrackedOrder {
        &self.places[place]
    }

    pub(super) fn at_mut(&mut self, place: usize) -> &mut TrackedOrder {
        &mut self.places[place]
    }

    /// Puts an order in; its place.
    #[allow(clippy::cast_possible_truncation)] // at most 2^24 places
    pub(super) fn insert(&mut self, order: Order) -> Result<usize, Full> {
        if self.slot(order.id).is_some() {
            return Err(Full::Duplicate);
        }
        let place = if self.places.len() < self.capacity {
            self.places.push(TrackedOrder::new(order, self.lists.pop().unwrap_or_default()));
            self.places.len() - 1
        } else {
            let place = self.vacate().ok_or(Full::NoPlace)?;
            self.places[place].reset(order);
            place
        };
        let mut slot = self.home(order.id);
        while self.index[slot] != EMPTY {
            slot = self.after(slot);
        }
        self.index[slot] = place as u32;
        Ok(place)
    }

    /// Puts an order that is settled into the line, once.
    #[allow(clippy::cast_possible_truncation)] // at most 2^24 places
    pub(super) fn settle(&mut self, place: usize) {
        let order = &mut self.places[place];
        if order.is_settled() && !order.in_line {
            order.in_line = true;
            self.line.push_back(place as u32);
        }
    }

    /// Takes out the order that has been settled longest.
    fn vacate(&mut self) -> Option<usize> {
        while let Some(place) = self.line.pop_front() {
            let order = &mut self.places[place as usize];
            order.in_line = false;
            if order.is_settled() {
                let id = order.order.id;
                self.remove(id);
                return Some(place as usize);
            }
        }
        None
    }

    /// Takes an id out of the index and moves those behind it up, so that no chain is cut.
    fn remove(&mut self, id: ClientOrderId) {
        let Some(mut hole) = self.slot(id) else { return };
        let mut slot = hole;
        loop {
            slot = self.after(slot);
            if self.index[slot] == EMPTY {
                break;
            }
            let home = self.home(self.places[self.index[slot] as usize].order.id);
            // It may move if its home does not lie between the hole and where it is.
            let distance = |from: usize, to: usize| to.wrapping_sub(from) & (self.index.len() - 1);
            if distance(home, slot) >= distance(hole, slot) {
                self.index[hole] = self.index[slot];
                hole = slot;
            }
        }
        self.index[hole] = EMPTY;
    }

    fn slot(&self, id: ClientOrderId) -> Option<usize> {
        let mut slot = self.home(id);
        while self.index[slot] != EMPTY {
            if self.places[self.index[slot] as usize].order.id == id {
                return Some(slot);
            }
            slot = self.after(slot);
        }
        None
    }

    /// Ids count up from a few starts: the high bits of a product spread them.
    #[allow(clippy::cast_possible_truncation)] // masked
    fn home(&self, id: ClientOrderId) -> usize {
        (id.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & (self.index.len() - 1)
    }

    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.index.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::execution::facts::End;
    use crate::model::{InstrumentId, Lots, Nanos, OrderType, Side, Ticks, Tif};
    use proptest::prelude::*;

    fn order(id: u64) -> Order {
        let (side, order_type, tif, post_only) = (Side::Buy, OrderType::Limit, Tif::Gtc, false);
        let (id, instrument, price, qty) = (ClientOrderId(id), InstrumentId(0), Ticks(1), Lots(1));
        let (trigger, display, time) = (Ticks(0), Lots(0), Nanos(0));
        Order { id, instrument, side, order_type, tif, post_only, price, qty, trigger, display, time }
    }

    proptest! {
        #[test]
        fn every_live_order_is_found_and_places_are_used_again(
            steps in proptest::collection::vec((0_u64..40, any::<bool>()), 1..300), capacity in 1_usize..12
        ) {
            let mut table = OrderTable::new(capacity);
            let mut live = HashSet::new();
            for (id, put) in steps {
                // ids whose low halves are equal fall on the same home more often
                let id = (id % 5) << 48 | id << 2;
                if put {
                    let known = table.find(ClientOrderId(id)).is_some();
                    match table.insert(order(id)) {
                        Ok(_) => prop_assert!(live.insert(id)),
                        Err(Full::Duplicate) => prop_assert!(known),
                        Err(Full::NoPlace) => prop_assert_eq!(live.len(), capacity),
                    }
                } else if live.remove(&id) {
                    let place = table.find(ClientOrderId(id)).unwrap();
                    table.at_mut(place).now.facts.end(End::Canceled);
                    table.settle(place);
                    table.settle(place);
                }
                for id in &live {
                    let place = table.find(ClientOrderId(*id)).unwrap();
                    prop_assert_eq!(table.at(place).order.id.0, *id);
                }
            }
        }
    }
}
