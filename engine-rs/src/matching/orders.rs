//! Our orders as the venue knows them, and the queues in which they rest.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::answer::{Answer, What};
use super::queue_model::Standing;
use crate::model::{
    ClientOrderId, InstrumentId, Lots, Nanos, OrderReason, OrderStatus, OrderType, Side, Ticks, Tif,
};

/// Room for so many orders before memory is asked for again.
const ROOM: usize = 4096;

/// One order, for as long as the run lasts: a late cancel is told how it ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnOrder {
    pub(super) id: ClientOrderId,
    pub(super) instrument: InstrumentId,
    pub(super) side: Side,
    /// 0 without a limit.
    pub(super) price: Ticks,
    pub(super) qty: Lots,
    pub(super) filled: Lots,
    /// Where in the queue, while it rests.
    pub(super) standing: Standing,
    pub(super) status: OrderStatus,
    pub(super) order_type: OrderType,
    pub(super) tif: Tif,
    pub(super) post_only: bool,
    /// Where it lives, while it does.
    pub(super) place: Place,
    /// Lots that an iceberg shows at a time, 0 of others.
    pub(super) display: i64,
    /// Lots that it shows now.
    pub(super) shown: i64,
    /// Of a stop; a trailing one's moves, and it has none before the first price.
    pub(super) trigger: Option<Ticks>,
    /// Of a trailing stop.
    pub(super) trail: i64,
    /// Among recorded orders: those that joined a queue before it have a lower one.
    pub(super) joined: u64,
    /// Lots before it that the record has as executed, and that we got instead.
    pub(super) spared: i64,
}

/// Where a live order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a queue.
    Queue,
    /// Among the stops that wait for their trigger.
    Waiting,
    /// Among those that wait for the book.
    Triggered,
}

impl OwnOrder {
    /// An order that was never seen.
    pub(super) fn never(id: ClientOrderId, instrument: InstrumentId) -> OwnOrder {
        OwnOrder {
            id,
            instrument,
            side: Side::None,
            price: Ticks(0),
            qty: Lots(0),
            filled: Lots(0),
            standing: Standing::default(),
            status: OrderStatus::Rejected,
            order_type: OrderType::Market,
            tif: Tif::Gtc,
            post_only: false,
            place: Place::Queue,
            display: 0,
            shown: 0,
            trigger: None,
            trail: 0,
            joined: 0,
            spared: 0,
        }
    }

    pub(super) fn left(&self) -> i64 {
        self.qty.0 - self.filled.0
    }

    /// What a trade at its price can fill.
    pub(super) fn offered(&self) -> i64 {
        if self.display > 0 { self.shown } else { self.left() }
    }

    /// So much has filled of an order that rests on: whether an iceberg must show its next part, from the back.
    pub(super) fn uses_up(&mut self, filled: i64) -> bool {
        self.shown -= filled;
        self.display > 0 && self.shown <= 0
    }

    /// It comes to rest behind so many lots.
    pub(super) fn rest(&mut self, ahead: i64) {
        (self.standing, self.shown) = (Standing::behind(ahead), self.display.min(self.left()));
    }

    pub(super) fn limit(&self) -> Option<Ticks> {
        self.order_type.has_limit().then_some(self.price)
    }

    /// The market was at a price: a trailing stop's extreme may have moved.
    pub(super) fn follow(&mut self, price: Ticks) {
        let away = if self.side == Side::Buy { self.trail } else { -self.trail };
        let trigger = Ticks(price.0 + away);
        let better = |old: Ticks| key(self.side, trigger) > key(self.side, old);
        if self.trigger.is_none_or(better) {
            self.trigger = Some(trigger);
        }
    }

    /// The market has reached its trigger.
    pub(super) fn is_reached(&self, price: Ticks) -> bool {
        self.trigger.is_some_and(|trigger| key(self.side, price) <= key(self.side, trigger))
    }

    /// How it stands, as an answer.
    pub(super) fn update(&self, reason: OrderReason, time: Nanos) -> Answer {
        let OwnOrder { status, price, qty, filled, .. } = *self;
        let what = What::Update { status, reason, price, qty, filled };
        Answer { id: self.id, instrument: self.instrument, side: self.side, time, what }
    }
}

/// Where an order lies among all of them.
pub(super) type Index = u32;

/// All orders of a run, by the order of their arrival and by id.
#[derive(Debug)]
pub(super) struct Orders {
    all: Vec<OwnOrder>,
    by_id: HashMap<u64, Index, BuildHasherDefault<IdHasher>>,
}

impl Orders {
    pub(super) fn new() -> Self {
        let by_id = HashMap::with_capacity_and_hasher(ROOM, BuildHasherDefault::default());
        Self { all: Vec::with_capacity(ROOM), by_id }
    }

    pub(super) fn find(&self, id: ClientOrderId) -> Option<Index> {
        self.by_id.get(&id.0).copied()
    }

    /// Keeps an order whose id is new.
    #[allow(clippy::cast_possible_truncation)] // 2^32 orders would be half a terabyte
    pub(super) fn add(&mut self, order: OwnOrder) -> Index {
        let index = self.all.len() as Index;
        self.by_id.insert(order.id.0, index);
        self.all.push(order);
        index
    }

    pub(super) fn get(&self, index: Index) -> &OwnOrder {
        &self.all[index as usize]
    }

    pub(super) fn get_mut(&mut self, index: Index) -> &mut OwnOrder {
        &mut self.all[index as usize]
    }

    /// All of them, in the order of their arrival.
    pub(super) fn iter(&self) -> impl Iterator<Item = &OwnOrder> {
        self.all.iter()
    }
}

/// Ids count up in their low bits: one multiplication spreads them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, id: u64) {
        let spread = (self.0 ^ id).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = spread ^ (spread >> 32);
    }
}

/// A price as a key of its side: the lower, the better.
#[inline]
pub(super) fn key(side: Side, ticks: Ticks) -> i64 {
    if side == Side::Buy { -ticks.0 } else { ticks.0 }
}

/// The orders of one side of one instrument that rest: best price first, then by arrival.
#[derive(Debug, Default)]
pub(super) struct Queue(Vec<(i64, Index)>);

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The order at a place, with its key.
    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<(i64, Index)> {
        self.0.get(place).copied()
    }

    pub(super) fn insert(&mut self, key: i64, index: Index) {
        let place = self.0.partition_point(|entry| entry.0 <= key);
        self.0.insert(place, (key, index));
    }

    pub(super) fn remove_at(&mut self, place: usize) {
        self.0.remove(place);
    }

    /// The order at a place goes behind all of its key; the next is there then.
    pub(super) fn send_back(&mut self, place: usize) {
        let key = self.0[place].0;
        let end = self.0.partition_point(|entry| entry.0 <= key);
        self.0[place..end].rotate_left(1);
    }

    pub(super) fn remove(&mut self, key: i64, index: Index) {
        let first = self.first_at(key);
        if let Some(place) = self.0[first..].iter().position(|entry| entry.1 == index) {
            self.0.remove(first + place);
        }
    }

    /// Orders at a key, in the order of their arrival.
    #[inline]
    pub(super) fn at(&self, key: i64) -> impl Iterator<Item = Index> + '_ {
        let first = self.first_at(key);
        self.0[first..].iter().take_while(move |entry| entry.0 == key).map(|entry| entry.1)
    }

    /// Orders at a better key.
    pub(super) fn better_than(&self, key: i64) -> impl Iterator<Item = Index> + '_ {
        self.0[..self.first_at(key)].iter().map(|entry| entry.1)
    }

    fn first_at(&self, key: i64) -> usize {
        self.0.partition_point(|entry| entry.0 < key)
    }
}
