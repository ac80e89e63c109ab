//! The venue: records and commands in, answers out.

use super::answer::Answer;
use super::deadlines::Deadlines;
use super::entry::bad;
use super::error::MatchError;
use super::market::{Fills, Market, row};
use super::orders::Orders;
use super::settings::{BookSource, Simulation};
use crate::model::{
    BookOrder, ClientOrderId, Command, Delta, Event, Grid, Instrument, InstrumentId, Kind, Lots, Nanos,
    Quote, Rounding, Side, Ticks, Trade, flag,
};

/// A venue of one or several instruments: their rows are those of the instruments table.
#[derive(Debug)]
pub struct Matcher {
    pub(super) settings: Simulation,
    pub(super) markets: Vec<Market>,
    pub(super) orders: Orders,
    pub(super) deadlines: Deadlines,
}

impl Matcher {
    /// A venue with empty books.
    ///
    /// # Errors
    /// [`MatchError::TooFine`] for an instrument that money cannot hold.
    pub fn new(
        instruments: impl IntoIterator<Item = Instrument>,
        settings: Simulation,
    ) -> Result<Matcher, MatchError> {
        let markets: Result<_, _> =
            instruments.into_iter().map(|instrument| Market::new(instrument, &settings)).collect();
        Ok(Matcher { settings, markets: markets?, orders: Orders::new(), deadlines: Deadlines::new() })
    }

    /// An instrument of the table.
    #[must_use]
    pub fn instrument(&self, id: InstrumentId) -> Option<&Instrument> {
        self.markets.get(row(id)).map(|market| &market.instrument)
    }

    /// Whether orders on an instrument are taken now.
    #[must_use]
    pub fn has_book(&self, id: InstrumentId) -> bool {
        self.markets.get(row(id)).is_some_and(|market| market.book.valid())
    }

    /// Ids of the orders that are live, in the order of their arrival.
    pub fn live(&self) -> impl Iterator<Item = ClientOrderId> + '_ {
        self.orders.iter().filter(|order| !order.status.is_final()).map(|order| order.id)
    }

    /// Of a live order, what has filled.
    #[must_use]
    pub fn filled(&self, id: ClientOrderId) -> Option<Lots> {
        let order = self.orders.get(self.orders.find(id)?);
        (!order.status.is_final()).then_some(order.filled)
    }

    /// Lots before an order that rests: known by id where the book is made of orders, else what the queue's model says,
    /// parts of a lot too.
    #[must_use]
    pub fn queue_ahead(&self, id: ClientOrderId) -> Option<f64> {
        let order = self.orders.find(id).map(|index| self.orders.get(index))?;
        let market = self.markets.get(row(order.instrument))?;
        (!order.status.is_final() && market.rests(order)).then(|| market.queue_ahead(order))
    }

    /// A record of the market happened at the venue at `time`. Answers are appended to `out`.
    ///
    /// # Errors
    /// [`MatchError`] for a record that cannot be what it claims; the run must stop.
    #[inline]
    pub fn on_record(
        &mut self,
        record: &Event,
        time: Nanos,
        out: &mut Vec<Answer>,
    ) -> Result<(), MatchError> {
        const DELTA: u8 = Kind::Delta as u8;
        const TRADE: u8 = Kind::Trade as u8;
        const QUOTE: u8 = Kind::Quote as u8;
        const STATE: u8 = Kind::State as u8;
        const ORDER: u8 = Kind::Order as u8;
        match (record.kind, self.settings.book) {
            (DELTA, BookSource::Deltas) => {
                record.as_delta().map_or(Ok(()), |it| self.on_delta(it, time, out))
            }
            (TRADE, _) => record.as_trade().map_or(Ok(()), |it| self.on_trade(it, time, out)),
            (QUOTE, BookSource::Quotes) => {
                record.as_quote().map_or(Ok(()), |it| self.on_quote(it, time, out))
            }
            (ORDER, BookSource::Orders) => {
                record.as_order().map_or(Ok(()), |it| self.on_order(it, time, out))
            }
            (STATE, _) => {
                let market = market_of(&mut self.markets, record)?;
                market.book.state((record.flags & 0xff) as u8);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A command arrives at the venue at `time`. Answers are appended to `out`.
    ///
    /// # Errors
    /// [`MatchError`] for a command with codes that do not exist; what a venue would refuse is an answer.
    pub fn on_command(
        &mut self,
        command: &Command,
        time: Nanos,
        out: &mut Vec<Answer>,
    ) -> Result<(), MatchError> {
        if row(InstrumentId(command.instrument)) >= self.markets.len() {
            return Err(MatchError::UnknownInstrument {
                what: format!("command of order {}", command.client_order_id),
                instrument: command.instrument,
                rows: self.markets.len(),
            });
        }
        match command.action {
            Command::NEW => self.new_order(command, time, out),
            Command::CANCEL => {
                self.cancel(command, time, out);
                Ok(())
            }
            Command::MODIFY => self.modify(command, time, out),
            action => Err(bad(command, "action", action.into())),
        }
    }

    fn on_delta(&mut self, delta: &Delta, time: Nanos, out: &mut Vec<Answer>) -> Result<(), MatchError> {
        let market = market_of(&mut self.markets, bytemuck::must_cast_ref(delta))?;
        let side = match delta.side {
            1 => Side::Buy,
            2 => Side::Sell,
            side => return Err(MatchError::RecordSide { stamp: delta.stamp, side }),
        };
        let head = (delta.stamp, delta.instrument);
        let ticks = Ticks(steps(head, "price", delta.price, market.instrument.tick)?);
        let lots = Lots(size(head, "qty", delta.qty, market.instrument.lot)?);
        market.delta(side, ticks, lots, delta.flags, &mut self.orders);
        if delta.flags & flag::LAST == 0 {
            return Ok(());
        }
        market.crossed(&mut fills(&self.settings, &mut self.orders, time, out))
    }

    fn on_trade(&mut self, trade: &Trade, time: Nanos, out: &mut Vec<Answer>) -> Result<(), MatchError> {
        let market = market_of(&mut self.markets, bytemuck::must_cast_ref(trade))?;
        let taker = match trade.side {
            0 => Side::None,
            1 => Side::Buy,
            2 => Side::Sell,
            side => return Err(MatchError::RecordSide { stamp: trade.stamp, side }),
        };
        let head = (trade.stamp, trade.instrument);
        let ticks = Ticks(steps(head, "price", trade.price, market.instrument.tick)?);
        let lots = size(head, "qty", trade.qty, market.instrument.lot)?;
        let fills = &mut fills(&self.settings, &mut self.orders, time, out);
        if self.settings.book == BookSource::Orders {
            return market.trade_among_orders(taker, ticks, lots, trade.flags, fills);
        }
        if lots == 0 {
            return Ok(());
        }
        market.trade(taker, ticks, lots, fills)?;
        if self.settings.book == BookSource::Deltas {
            market.look_at_stops(Some(ticks), Some(ticks), fills);
        }
        Ok(())
    }

    fn on_order(&mut self, order: &BookOrder, time: Nanos, out: &mut Vec<Answer>) -> Result<(), MatchError> {
        let market = market_of(&mut self.markets, bytemuck::must_cast_ref(order))?;
        market.order(order, &mut fills(&self.settings, &mut self.orders, time, out))
    }

    fn on_quote(&mut self, quote: &Quote, time: Nanos, out: &mut Vec<Answer>) -> Result<(), MatchError> {
        let market = market_of(&mut self.markets, bytemuck::must_cast_ref(quote))?;
        let head = (quote.stamp, quote.instrument);
        let Instrument { tick, lot, .. } = market.instrument;
        let level = |price: f64, qty: f64, names: [&'static str; 2]| -> Result<_, MatchError> {
            if price.is_nan() {
                return Ok(None);
            }
            let ticks = Ticks(steps(head, names[0], price, tick)?);
            let lots = size(head, names[1], qty, lot)?;
            Ok((lots > 0).then_some((ticks, Lots(lots))))
        };
        let bid = level(quote.bid, quote.bid_qty, ["bid", "bid_qty"])?;
        let ask = level(quote.ask, quote.ask_qty, ["ask", "ask_qty"])?;
        market.quote(bid, ask, &mut self.orders);
        let fills = &mut fills(&self.settings, &mut self.orders, time, out);
        market.crossed(fills)?;
        market.look_at_stops(ask.map(|level| level.0), bid.map(|level| level.0), fills);
        if market.book.valid() { market.enter_triggered(fills) } else { Ok(()) }
    }
}

pub(super) fn fills<'a>(
    settings: &Simulation,
    orders: &'a mut Orders,
    time: Nanos,
    out: &'a mut Vec<Answer>,
) -> Fills<'a> {
    Fills { time, orders, out, maker_fee: settings.maker_fee, taker_fee: settings.taker_fee }
}

#[inline]
fn market_of<'a>(markets: &'a mut [Market], record: &Event) -> Result<&'a mut Market, MatchError> {
    let rows = markets.len();
    markets.get_mut(record.instrument as usize).ok_or_else(|| MatchError::UnknownInstrument {
        what: format!("record with stamp {}", record.stamp),
        instrument: record.instrument,
        rows,
    })
}

#[inline]
pub(super) fn steps(
    head: (u64, u32),
    field: &'static str,
    value: f64,
    grid: Grid,
) -> Result<i64, MatchError> {
    grid.to_steps(value, Rounding::Refuse).map_err(|error| {
        let (stamp, instrument) = head;
        MatchError::OffGrid { stamp, instrument, field, value, error }
    })
}

#[inline]
pub(super) fn size(head: (u64, u32), field: &'static str, value: f64, grid: Grid) -> Result<i64, MatchError> {
    match steps(head, field, value, grid)? {
        lots if lots < 0 => Err(MatchError::Negative { stamp: head.0, field, value }),
        lots => Ok(lots),
    }
}
