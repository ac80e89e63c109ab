//! Stops: those that wait for their trigger, and those that were triggered and wait for the book.

use super::error::MatchError;
use super::market::{Fills, Market};
use super::orders::{Index, Orders, Place};
use super::settings::BookSource;
use crate::model::{OrderReason, OrderStatus, OrderType, Side, Ticks};

/// Room for so many before memory is asked for again.
const ROOM: usize = 256;

/// Of one instrument.
#[derive(Debug)]
pub(super) struct Stops {
    /// By arrival.
    waiting: Vec<Index>,
    /// By triggering.
    triggered: Vec<Index>,
}

impl Stops {
    pub(super) fn new() -> Stops {
        Stops { waiting: Vec::with_capacity(ROOM), triggered: Vec::with_capacity(ROOM) }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.triggered.is_empty()
    }

    pub(super) fn remove(&mut self, place: Place, index: Index) {
        let list = if place == Place::Waiting { &mut self.waiting } else { &mut self.triggered };
        list.retain(|other| *other != index);
    }
}

impl Market {
    /// An accepted stop waits; a trailing one's extreme begins where the market is.
    pub(super) fn wait(&mut self, index: Index, source: BookSource, orders: &mut Orders) {
        let order = orders.get_mut(index);
        order.place = Place::Waiting;
        let other = if order.side == Side::Buy { Side::Sell } else { Side::Buy };
        let present = match source {
            BookSource::Deltas | BookSource::Orders => self.last,
            BookSource::Quotes => self.book.best(other),
        };
        if let Some(price) = present.filter(|_| order.order_type == OrderType::TrailingStop) {
            order.follow(price);
        }
        self.stops.waiting.push(index);
    }

    /// The market was at these prices, for buys and for sells.
    #[inline]
    pub(super) fn look_at_stops(
        &mut self,
        for_buys: Option<Ticks>,
        for_sells: Option<Ticks>,
        fills: &mut Fills,
    ) {
        let Stops { waiting, triggered } = &mut self.stops;
        if waiting.is_empty() {
            return;
        }
        waiting.retain(|index| {
            let order = fills.orders.get_mut(*index);
            let Some(price) = (if order.side == Side::Buy { for_buys } else { for_sells }) else {
                return true;
            };
            if order.order_type == OrderType::TrailingStop {
                order.follow(price);
            }
            let reached = order.is_reached(price);
            if reached {
                order.place = Place::Triggered;
                triggered.push(*index);
                fills.say(*index, OrderReason::Triggered);
            }
            !reached
        });
    }

    /// The book is valid and has just said all: stops that were triggered enter, in the order of triggering.
    pub(super) fn enter_triggered(&mut self, fills: &mut Fills) -> Result<(), MatchError> {
        for place in 0..self.stops.triggered.len() {
            let index = self.stops.triggered[place];
            let order = *fills.orders.get_mut(index);
            if self.would_cross(&order, order.price) {
                fills.end(index, OrderStatus::Expired, OrderReason::WouldCross);
            } else {
                self.enter(index, fills)?;
            }
        }
        self.stops.triggered.clear();
        Ok(())
    }
}
