//! The venue's levels, what we have taken from them, and whether they hold.

use super::error::MatchError;
use super::order_by_order::VenueOrders;
use super::orders::{OwnOrder, key};
use super::settings::BookSource;
use crate::book::L2Book;
use crate::model::{Lots, Side, State, Ticks, flag};

/// More than any size: what lies behind a quote is not known.
const UNKNOWN: i64 = i64::MAX;

/// Lots that we have taken from levels of one side since the venue last spoke of them, sorted by price.
#[derive(Debug, Default)]
struct Taken(Vec<(Ticks, i64)>);

impl Taken {
    fn find(&self, ticks: Ticks) -> Result<usize, usize> {
        self.0.binary_search_by_key(&ticks, |level| level.0)
    }

    fn at(&self, ticks: Ticks) -> i64 {
        self.find(ticks).map_or(0, |place| self.0[place].1)
    }

    fn add(&mut self, ticks: Ticks, lots: i64) {
        match self.find(ticks) {
            Ok(place) => self.0[place].1 += lots,
            Err(place) => self.0.insert(place, (ticks, lots)),
        }
    }

    #[inline]
    fn forget(&mut self, ticks: Ticks) {
        if self.0.is_empty() {
            return;
        }
        if let Ok(place) = self.find(ticks) {
            self.0.remove(place);
        }
    }
}

/// One instrument's book at the venue.
#[derive(Debug)]
pub(super) struct VenueBook {
    levels: L2Book,
    bids_taken: Taken,
    asks_taken: Taken,
    source: BookSource,
    /// The book, where it is made of orders.
    orders: Option<Box<VenueOrders>>,
    /// What the last state record said; none before the first.
    synced: Option<bool>,
    /// A whole message was seen.
    whole: bool,
    /// The last delta was part of a snapshot.
    in_snapshot: bool,
}

impl VenueBook {
    pub(super) fn new(source: BookSource) -> Self {
        Self {
            levels: L2Book::default(),
            bids_taken: Taken::default(),
            asks_taken: Taken::default(),
            source,
            orders: (source == BookSource::Orders).then(|| Box::new(VenueOrders::new())),
            synced: None,
            whole: false,
            in_snapshot: false,
        }
    }

    pub(super) fn valid(&self) -> bool {
        self.synced.unwrap_or(self.whole)
    }

    pub(super) fn state(&mut self, code: u8) {
        let synced = code == State::Synced as u8;
        self.synced = Some(synced);
        self.in_snapshot &= synced;
        if let Some(orders) = self.orders.as_mut().filter(|_| !synced) {
            orders.recorded.interrupt();
        }
    }

    /// The recorded orders, where the book is made of them.
    pub(super) fn orders(&self) -> Option<&VenueOrders> {
        self.orders.as_deref()
    }

    /// The recorded orders, to change them.
    pub(super) fn orders_mut(&mut self) -> Option<&mut VenueOrders> {
        self.orders.as_deref_mut()
    }

    /// A whole message was seen.
    pub(super) fn is_whole(&mut self) {
        self.whole = true;
    }

    /// An order comes to the back of the queue of its price.
    pub(super) fn line_up(&self, order: &mut OwnOrder) {
        order.rest(self.displayed(order.side, order.price));
        if let Some(orders) = &self.orders {
            (order.joined, order.spared) = (orders.recorded.book().joins(), 0);
        }
    }

    #[inline]
    fn levels(&self) -> &L2Book {
        self.orders.as_ref().map_or(&self.levels, |orders| orders.recorded.book().levels())
    }

    /// A delta comes: a snapshot's first empties the book.
    #[inline]
    pub(super) fn enter(&mut self, flags: u16) {
        let snapshot = flags & flag::SNAPSHOT != 0;
        if snapshot && !self.in_snapshot {
            self.clear();
        }
        self.in_snapshot = snapshot;
    }

    /// The delta that came.
    #[inline]
    pub(super) fn delta(&mut self, side: Side, ticks: Ticks, lots: Lots, flags: u16) {
        self.levels.apply(side, ticks, lots);
        self.taken_mut(side).forget(ticks);
        self.whole |= flags & flag::LAST != 0;
    }

    /// The book is these two levels.
    pub(super) fn quote(&mut self, bid: Option<(Ticks, Lots)>, ask: Option<(Ticks, Lots)>) {
        self.clear();
        for (side, level) in [(Side::Buy, bid), (Side::Sell, ask)] {
            if let Some((ticks, lots)) = level {
                self.levels.apply(side, ticks, lots);
            }
        }
        self.whole = true;
    }

    /// Lots that an order joining at a price has before it.
    fn displayed(&self, side: Side, ticks: Ticks) -> i64 {
        let behind = self.best(side).is_some_and(|best| key(side, best) < key(side, ticks));
        if self.source == BookSource::Quotes && behind { UNKNOWN } else { self.levels.lots_at(side, ticks).0 }
    }

    /// Size of a level, 0 if there is none.
    pub(super) fn lots_at(&self, side: Side, ticks: Ticks) -> i64 {
        self.levels.lots_at(side, ticks).0
    }

    /// Whether an order on the other side with this limit (none: any price) reaches the best level of `side`.
    #[inline]
    pub(super) fn reached(&self, side: Side, limit: Option<Ticks>) -> bool {
        self.best(side).is_some_and(|best| limit.is_none_or(|limit| key(side, best) <= key(side, limit)))
    }

    /// Lots that can be taken from `side` within a limit, counted up to `enough`.
    pub(super) fn available(&self, side: Side, limit: Option<Ticks>, enough: i64) -> i64 {
        fn sum(
            levels: impl Iterator<Item = (Ticks, Lots)>,
            taken: &Taken,
            within: impl Fn(Ticks) -> bool,
            enough: i64,
        ) -> i64 {
            let mut sum = 0;
            for (ticks, lots) in levels {
                if sum >= enough || !within(ticks) {
                    break;
                }
                sum += (lots.0 - taken.at(ticks)).clamp(0, enough - sum);
            }
            sum
        }
        let within = |ticks| limit.is_none_or(|limit| key(side, ticks) <= key(side, limit));
        if let Some(orders) = &self.orders {
            return orders.available(side, within, enough);
        }
        match side {
            Side::Buy => sum(self.levels.bids(), &self.bids_taken, within, enough),
            _ => sum(self.levels.asks(), &self.asks_taken, within, enough),
        }
    }

    /// Takes up to `want` lots from `side` within a limit, best level first, and tells `each` of every level; of every
    /// order, where there are orders.
    pub(super) fn take(
        &mut self,
        side: Side,
        limit: Option<Ticks>,
        want: i64,
        each: impl FnMut(Ticks, i64) -> Result<(), MatchError>,
    ) -> Result<(), MatchError> {
        fn walk(
            levels: impl Iterator<Item = (Ticks, Lots)>,
            taken: &mut Taken,
            within: impl Fn(Ticks) -> bool,
            mut want: i64,
            mut each: impl FnMut(Ticks, i64) -> Result<(), MatchError>,
        ) -> Result<(), MatchError> {
            for (ticks, lots) in levels {
                if want == 0 || !within(ticks) {
                    break;
                }
                let got = (lots.0 - taken.at(ticks)).clamp(0, want);
                if got > 0 {
                    taken.add(ticks, got);
                    want -= got;
                    each(ticks, got)?;
                }
            }
            Ok(())
        }
        let within = |ticks| limit.is_none_or(|limit| key(side, ticks) <= key(side, limit));
        if let Some(orders) = &mut self.orders {
            return orders.take(side, within, want, each);
        }
        match side {
            Side::Buy => walk(self.levels.bids(), &mut self.bids_taken, within, want, each),
            _ => walk(self.levels.asks(), &mut self.asks_taken, within, want, each),
        }
    }

    #[inline]
    pub(super) fn best(&self, side: Side) -> Option<Ticks> {
        let levels = self.levels();
        let best = if side == Side::Buy { levels.best_bid() } else { levels.best_ask() };
        best.map(|(ticks, _)| ticks)
    }

    #[inline]
    fn taken_mut(&mut self, side: Side) -> &mut Taken {
        if side == Side::Buy { &mut self.bids_taken } else { &mut self.asks_taken }
    }

    fn clear(&mut self) {
        self.levels.clear();
        self.bids_taken.0.clear();
        self.asks_taken.0.clear();
    }
}
