//! One instrument at the venue: its book, our queues, and what fills them.

use super::answer::{Answer, What};
use super::error::MatchError;
use super::orders::{Index, Orders, OwnOrder, Place, Queue, key};
use super::queue_model::QueueRule;
use super::settings::Simulation;
use super::stops::Stops;
use super::venue_book::VenueBook;
use crate::model::{
    Contract, Instrument, InstrumentId, Lots, Money, Nanos, OrderReason, OrderStatus, Side, Ticks, Tif,
    mantissa_to_double,
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
    pub(super) fn fill(
        &mut self,
        contract: Contract,
        index: Index,
        price: Ticks,
        lots: i64,
        maker: bool,
    ) -> Result<(), MatchError> {
        let order = self.orders.get_mut(index);
        let worth = contract.value(price, Lots(lots));
        let worth = worth.ok_or(MatchError::TooMuchMoney { id: order.id.0, ticks: price.0, lots })?;
        let fee = Money(contract.signed(worth.0)).fee(if maker { self.maker_fee } else { self.taker_fee });
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

    /// How an order stands.
    pub(super) fn say(&mut self, index: Index, reason: OrderReason) {
        let update = self.orders.get_mut(index).update(reason, self.time);
        self.out.push(update);
    }

    /// The order ends with what it has.
    pub(super) fn end(&mut self, index: Index, status: OrderStatus, reason: OrderReason) {
        let order = self.orders.get_mut(index);
        order.status = status;
        self.out.push(order.update(reason, self.time));
    }
}

/// One instrument.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) instrument: Instrument,
    /// What its lots are worth.
    pub(super) contract: Contract,
    rule: QueueRule,
    pub(super) book: VenueBook,
    pub(super) buys: Queue,
    pub(super) sells: Queue,
    pub(super) stops: Stops,
    /// Price of the last trade.
    pub(super) last: Option<Ticks>,
}

impl Market {
    pub(super) fn new(instrument: Instrument, settings: &Simulation) -> Result<Self, MatchError> {
        let contract = instrument.contract()?;
        let book = VenueBook::new(settings.book);
        let (buys, sells) = (Queue::default(), Queue::default());
        let lot = mantissa_to_double(instrument.lot.mantissa(), instrument.lot.exponent());
        let rule = QueueRule { model: settings.queue, power: settings.queue_power, lot };
        Ok(Self { instrument, contract, rule, book, buys, sells, stops: Stops::new(), last: None })
    }

    /// Takes what an accepted order reaches; the rest rests, or ends.
    pub(super) fn enter(&mut self, index: Index, fills: &mut Fills) -> Result<(), MatchError> {
        let order = *fills.orders.get_mut(index);
        let (opposite, limit, want) = (opposite(order.side), order.limit(), order.left());
        if order.tif == Tif::Fok && self.book.available(opposite, limit, want) < want {
            fills.end(index, OrderStatus::Expired, OrderReason::NotEnough);
            return Ok(());
        }
        let contract = self.contract;
        self.book
            .take(opposite, limit, want, |price, lots| fills.fill(contract, index, price, lots, false))?;
        let order = fills.orders.get_mut(index);
        if order.left() == 0 {
            return Ok(());
        }
        if limit.is_none() {
            fills.end(index, OrderStatus::Expired, OrderReason::NoLiquidity);
        } else if order.tif == Tif::Ioc {
            fills.end(index, OrderStatus::Expired, OrderReason::IocRest);
        } else {
            self.book.line_up(order);
            order.place = Place::Queue;
            let (side, key) = (order.side, key(order.side, order.price));
            self.queue(side).insert(key, index);
        }
        Ok(())
    }

    /// Takes a live order back.
    pub(super) fn cancel(&mut self, index: Index, reason: OrderReason, fills: &mut Fills) {
        self.take_off(index, fills.orders);
        fills.end(index, OrderStatus::Canceled, reason);
    }

    /// Takes a live order from where it rests or waits.
    pub(super) fn take_off(&mut self, index: Index, orders: &mut Orders) {
        let order = orders.get_mut(index);
        let (side, key) = (order.side, key(order.side, order.price));
        match order.place {
            Place::Queue => self.queue(side).remove(key, index),
            place => self.stops.remove(place, index),
        }
    }

    /// It lies in a queue.
    pub(super) fn rests(&self, order: &OwnOrder) -> bool {
        order.place == Place::Queue
    }

    /// Lots before an order that rests.
    #[allow(clippy::cast_precision_loss)] // lots are below 2^51; beyond is what nobody knows
    pub(super) fn queue_ahead(&self, order: &OwnOrder) -> f64 {
        match self.book.orders() {
            Some(orders) => (orders.before(order.side, order.price, order.joined) + order.spared) as f64,
            None => order.standing.ahead(&self.rule),
        }
    }

    /// Post-only, and it would take at this price.
    pub(super) fn would_cross(&self, order: &OwnOrder, price: Ticks) -> bool {
        let limit = order.order_type.has_limit().then_some(price);
        order.post_only && self.book.reached(opposite(order.side), limit)
    }

    /// A trade sweeps what is better than its price, and works through the queue at its price.
    pub(super) fn trade(
        &mut self,
        taker: Side,
        price: Ticks,
        lots: i64,
        fills: &mut Fills,
    ) -> Result<(), MatchError> {
        self.last = Some(price);
        let Market { book, buys, sells, contract, rule, .. } = self;
        let mut filled_here = 0;
        for (side, queue) in [(Side::Buy, buys), (Side::Sell, sells)] {
            let (at, met) = (key(side, price), taker != side);
            let mut place = 0;
            while let Some((key, index)) = queue.get(place).filter(|(key, _)| *key <= at) {
                let order = fills.orders.get_mut(index);
                let mut amount = order.left();
                if key == at {
                    if !met {
                        break;
                    }
                    let reaches = lots - filled_here;
                    amount = order.offered().min(order.standing.reached_by(rule, lots, reaches));
                    filled_here += amount;
                }
                let limit = order.price;
                if amount > 0 {
                    fills.fill(*contract, index, limit, amount, true)?;
                }
                place = rest_on(fills.orders.get_mut(index), amount, (queue, place), book);
            }
        }
        Ok(())
    }

    /// A delta of the venue's book.
    #[inline]
    pub(super) fn delta(&mut self, side: Side, price: Ticks, size: Lots, flags: u16, orders: &mut Orders) {
        self.book.enter(flags);
        let waiting = !self.queue(side).is_empty();
        let before = if waiting { self.book.lots_at(side, price) } else { 0 };
        self.book.delta(side, price, size, flags);
        if waiting {
            self.level(side, price, (before, size.0), orders);
        }
    }

    /// A quote: the whole book, where it is made of quotes.
    pub(super) fn quote(
        &mut self,
        bid: Option<(Ticks, Lots)>,
        ask: Option<(Ticks, Lots)>,
        orders: &mut Orders,
    ) {
        let sides = [(Side::Buy, bid), (Side::Sell, ask)];
        let before = sides.map(|(side, level)| level.map_or(0, |(price, _)| self.book.lots_at(side, price)));
        self.book.quote(bid, ask);
        for ((side, level), before) in sides.into_iter().zip(before) {
            let at = level.map_or(i64::MAX, |(price, _)| key(side, price));
            for index in self.queue(side).better_than(at) {
                orders.get_mut(index).standing.nobody_ahead();
            }
            if let Some((price, size)) = level {
                self.level(side, price, (before, size.0), orders);
            }
        }
    }

    /// A level of `before` lots has `size` now: our orders there move up, as far as the model says.
    fn level(&mut self, side: Side, price: Ticks, (before, size): (i64, i64), orders: &mut Orders) {
        let rule = self.rule;
        for index in self.queue(side).at(key(side, price)) {
            orders.get_mut(index).standing.level_changes(&rule, before, size);
        }
    }

    /// After a whole message: what the book has crossed fills against it, at our price; then stops enter that were
    /// triggered before.
    #[inline]
    pub(super) fn crossed(&mut self, fills: &mut Fills) -> Result<(), MatchError> {
        if (self.buys.is_empty() && self.sells.is_empty() && self.stops.is_empty()) || !self.book.valid() {
            return Ok(());
        }
        self.fill_crossed(Side::Buy, Side::Sell, fills)?;
        self.fill_crossed(Side::Sell, Side::Buy, fills)?;
        self.enter_triggered(fills)
    }

    fn fill_crossed(&mut self, side: Side, opposite: Side, fills: &mut Fills) -> Result<(), MatchError> {
        let Market { book, buys, sells, contract, .. } = self;
        let queue = if side == Side::Buy { buys } else { sells };
        let mut place = 0;
        while let Some((_, index)) = queue.get(place) {
            let order = *fills.orders.get_mut(index);
            if !book.reached(opposite, Some(order.price)) {
                break;
            }
            book.take(opposite, Some(order.price), order.left(), |_, lots| {
                fills.fill(*contract, index, order.price, lots, true)
            })?;
            let after = fills.orders.get_mut(index);
            let amount = order.left() - after.left();
            place = rest_on(after, amount, (queue, place), book);
        }
        Ok(())
    }

    pub(super) fn queue(&mut self, side: Side) -> &mut Queue {
        if side == Side::Buy { &mut self.buys } else { &mut self.sells }
    }
}

/// What fills an order of this side.
pub(super) fn opposite(side: Side) -> Side {
    if side == Side::Buy { Side::Sell } else { Side::Buy }
}

/// An order of a queue has had `amount` filled, perhaps none: it goes if it is whole, to the back if it is an iceberg
/// and must show its next part, and stays otherwise. Where the next order is.
pub(super) fn rest_on(
    order: &mut OwnOrder,
    amount: i64,
    (queue, place): (&mut Queue, usize),
    book: &VenueBook,
) -> usize {
    if order.left() == 0 {
        queue.remove_at(place);
    } else if amount > 0 && order.uses_up(amount) {
        book.line_up(order);
        queue.send_back(place);
    } else {
        return place + 1;
    }
    place
}

/// Row of the instruments table, as an index.
pub(super) fn row(id: InstrumentId) -> usize {
    id.0 as usize
}
