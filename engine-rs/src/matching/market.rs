//! One instrument at the venue: its book, our queues, and what fills them.

use super::answer::{Answer, What};
use super::error::MatchError;
use super::orders::{Index, Orders, Queue, key};
use super::settings::Simulation;
use super::venue_book::VenueBook;
use crate::model::{
    Instrument, InstrumentId, Lots, Money, Nanos, OrderReason, OrderStatus, OrderType, Side, Ticks, Tif,
};

/// Makes fills: orders change and answers are written together.
pub(super) struct Fills<'a> {
    pub(super) time: Nanos,
    pub(super) orders: &'a mut Orders,
    pub(super) out: &'a mut Vec<Answer>,
    pub(super) maker_fee: i64,
    pub(super) taker_fee: i64,
}

impl Fills<'_> {
    /// One fill and the update that it makes.
    fn fill(
        &mut self,
        unit: Money,
        index: Index,
        price: Ticks,
        lots: i64,
        maker: bool,
    ) -> Result<(), MatchError> {
        let order = self.orders.get_mut(index);
        let notional = unit.0.checked_mul(i128::from(price.0)).and_then(|x| x.checked_mul(i128::from(lots)));
        let notional = notional.ok_or(MatchError::TooMuchMoney { id: order.id.0, ticks: price.0, lots })?;
        let fee = Money(notional).fee(if maker { self.maker_fee } else { self.taker_fee });
        order.filled.0 += lots;
        order.status = if order.left() == 0 { OrderStatus::Filled } else { OrderStatus::PartiallyFilled };
        let what = What::Fill { price, qty: Lots(lots), cumulative: order.filled, fee, maker };
        self.out.push(Answer {
            id: order.id,
            instrument: order.instrument,
            side: order.side,
            time: self.time,
            what,
        });
        self.out.push(order.update(OrderReason::None, self.time));
        Ok(())
    }

    /// The order ends with what it has.
    fn end(&mut self, index: Index, status: OrderStatus, reason: OrderReason) {
        let order = self.orders.get_mut(index);
        order.status = status;
        self.out.push(order.update(reason, self.time));
    }
}

/// Terms of a new order beside those that the order itself keeps.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) order_type: OrderType,
    pub(super) tif: Tif,
}

/// One instrument.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) instrument: Instrument,
    /// Money of one tick of one lot.
    unit: Money,
    pub(super) book: VenueBook,
    buys: Queue,
    sells: Queue,
}

impl Market {
    pub(super) fn new(instrument: Instrument, settings: &Simulation) -> Result<Self, MatchError> {
        let unit = instrument.unit_value()?;
        let book = VenueBook::new(settings.book);
        Ok(Self { instrument, unit, book, buys: Queue::default(), sells: Queue::default() })
    }

    /// Takes what an accepted order reaches; the rest rests, or ends.
    pub(super) fn enter(&mut self, index: Index, terms: Terms, fills: &mut Fills) -> Result<(), MatchError> {
        let order = *fills.orders.get_mut(index);
        let opposite = if order.side == Side::Buy { Side::Sell } else { Side::Buy };
        let limit = (terms.order_type == OrderType::Limit).then_some(order.price);
        let want = order.left();
        if terms.tif == Tif::Fok && self.book.available(opposite, limit, want) < want {
            fills.end(index, OrderStatus::Expired, OrderReason::NotEnough);
            return Ok(());
        }
        let unit = self.unit;
        self.book.take(opposite, limit, want, |price, lots| fills.fill(unit, index, price, lots, false))?;
        let order = fills.orders.get_mut(index);
        if order.left() == 0 {
            return Ok(());
        }
        if limit.is_none() {
            fills.end(index, OrderStatus::Expired, OrderReason::NoLiquidity);
        } else if terms.tif == Tif::Ioc {
            fills.end(index, OrderStatus::Expired, OrderReason::IocRest);
        } else {
            order.ahead = self.book.displayed(order.side, order.price);
            let (side, key) = (order.side, key(order.side, order.price));
            self.queue(side).insert(key, index);
        }
        Ok(())
    }

    /// Takes a live order back.
    pub(super) fn cancel(&mut self, index: Index, fills: &mut Fills) {
        let order = fills.orders.get_mut(index);
        let (side, key) = (order.side, key(order.side, order.price));
        self.queue(side).remove(key, index);
        fills.end(index, OrderStatus::Canceled, OrderReason::None);
    }

    /// A trade sweeps what is better than its price, and works through the queue at its price.
    pub(super) fn trade(
        &mut self,
        taker: Side,
        price: Ticks,
        lots: i64,
        fills: &mut Fills,
    ) -> Result<(), MatchError> {
        let mut filled_here = 0;
        for side in [Side::Buy, Side::Sell] {
            let (at, met, unit) = (key(side, price), taker != side, self.unit);
            let queue = self.queue(side);
            let mut place = 0;
            while let Some((key, index)) = queue.get(place).filter(|(key, _)| *key <= at) {
                let order = fills.orders.get_mut(index);
                let mut amount = order.left();
                if key == at {
                    if !met {
                        break;
                    }
                    let reaches = lots - filled_here;
                    amount = amount.min((reaches - order.ahead).max(0));
                    order.ahead = (order.ahead - reaches).max(0);
                    filled_here += amount;
                }
                let limit = order.price;
                let done = amount == order.left();
                if amount > 0 {
                    fills.fill(unit, index, limit, amount, true)?;
                }
                if done {
                    queue.remove_at(place);
                } else {
                    place += 1;
                }
            }
        }
        Ok(())
    }

    /// A level has a new size: nobody can be ahead of us who is not in it.
    #[inline]
    pub(super) fn level(&mut self, side: Side, price: Ticks, size: i64, orders: &mut Orders) {
        let queue = self.queue(side);
        if !queue.is_empty() {
            for index in queue.at(key(side, price)) {
                let order = orders.get_mut(index);
                order.ahead = order.ahead.min(size);
            }
        }
    }

    /// A side of a quote: what is better than its price is empty.
    pub(super) fn best_quote(&mut self, side: Side, level: Option<(Ticks, Lots)>, orders: &mut Orders) {
        let at = level.map_or(i64::MAX, |(price, _)| key(side, price));
        for index in self.queue(side).better_than(at) {
            orders.get_mut(index).ahead = 0;
        }
        if let Some((price, size)) = level {
            self.level(side, price, size.0, orders);
        }
    }

    /// After a whole message: what the book has crossed fills against it, at our price.
    #[inline]
    pub(super) fn crossed(&mut self, fills: &mut Fills) -> Result<(), MatchError> {
        if (self.buys.is_empty() && self.sells.is_empty()) || !self.book.valid() {
            return Ok(());
        }
        self.fill_crossed(Side::Buy, Side::Sell, fills)?;
        self.fill_crossed(Side::Sell, Side::Buy, fills)
    }

    fn fill_crossed(&mut self, side: Side, opposite: Side, fills: &mut Fills) -> Result<(), MatchError> {
        let Market { book, buys, sells, unit, .. } = self;
        let queue = if side == Side::Buy { buys } else { sells };
        let mut place = 0;
        while let Some((_, index)) = queue.get(place) {
            let order = *fills.orders.get_mut(index);
            if !book.reached(opposite, Some(order.price)) {
                break;
            }
            book.take(opposite, Some(order.price), order.left(), |_, lots| {
                fills.fill(*unit, index, order.price, lots, true)
            })?;
            if fills.orders.get_mut(index).left() == 0 {
                queue.remove_at(place);
            } else {
                place += 1;
            }
        }
        Ok(())
    }

    fn queue(&mut self, side: Side) -> &mut Queue {
        if side == Side::Buy { &mut self.buys } else { &mut self.sells }
    }
}

/// Row of the instruments table, as an index.
pub(super) fn row(id: InstrumentId) -> usize {
    id.0 as usize
}
