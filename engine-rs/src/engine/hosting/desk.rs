//! What a strategy sees, kept up to date before each call.

use super::bars::{Bars, Ended};
use super::orders::{Orders, own_id};
use super::wishes::{Call, Wishes};
use super::{HostError, Setup, spot};
use crate::book::L2Book;
use crate::matching::{Answer, BookSource, RecordedOrders, What};
use crate::model::{
    BookOrder, Contract, Delta, Event, Instrument, InstrumentId, Kind, Lots, Money, Quote, Rounding, Side,
    State, Ticks, Trade, flag,
};
use crate::position::margin::MarginAccount;
use crate::position::{Account, Execution, Holding, Tracker};
use crate::strategy::Program;
use crate::strategy::abi::{Handler, Level};

/// A slot's instrument.
pub(in crate::engine) struct Market {
    pub(in crate::engine) instrument: Instrument,
    pub(in crate::engine) row: u32,
    pub(super) contract: Contract,
    book: L2Book,
    /// Instead of that, where the book is made of orders.
    orders: Option<RecordedOrders>,
    in_snapshot: bool,
    /// Of the last trade.
    pub(super) last: Option<Ticks>,
    pub(in crate::engine) lots: i64,
    /// The position at the mark.
    value: Money,
}

impl Market {
    fn levels(&self) -> &L2Book {
        self.orders.as_ref().map_or(&self.book, |orders| orders.book().levels())
    }
}

/// A strategy with all that it sees.
pub(in crate::engine) struct Desk {
    pub(in crate::engine) strategy: Program,
    pub(in crate::engine) markets: Vec<Market>,
    pub(in crate::engine) orders: Orders,
    pub(in crate::engine) tracker: Tracker,
    pub(in crate::engine) bars: Bars,
    /// Instruments by slot.
    pub(in crate::engine) rows: Vec<u32>,
    slots: Vec<Option<usize>>,
    pub(super) number: u16,
    depth: usize,
    pub(super) book: BookSource,
    pub(super) spot: bool,
    pub(super) equity: f64,
    /// That is looked after; none: nobody asks for margin.
    pub(in crate::engine) account: Option<Box<MarginAccount>>,
    /// Nothing is sent any more.
    pub(in crate::engine) closed: bool,
}

impl Desk {
    pub(in crate::engine) fn new(
        strategy: impl Into<Program>,
        setup: Setup,
        instruments: &[Instrument],
    ) -> Result<Desk, HostError> {
        let Setup { rows, periods, cash, number, book: source, spot } = setup;
        let too_fine = |error| HostError::Refused(format!("{error}"));
        let mut slots = vec![None; instruments.len()];
        let mut markets = Vec::with_capacity(rows.len());
        for (slot, row) in rows.iter().enumerate() {
            let instrument = instruments[*row as usize].clone();
            slots[*row as usize] = Some(slot);
            let contract = instrument.contract().map_err(too_fine)?;
            let (book, row) = (L2Book::default(), *row);
            markets.push(Market {
                instrument,
                row,
                contract,
                book,
                orders: (source == BookSource::Orders).then(RecordedOrders::default),
                in_snapshot: false,
                last: None,
                lots: 0,
                value: Money::ZERO,
            });
        }
        let strategy = strategy.into();
        let missing = if spot { spot::missing(&strategy.description().asks) } else { Vec::new() };
        if !missing.is_empty() {
            let (name, missing) = (&strategy.description().name, missing.join(", "));
            return Err(HostError::Refused(format!(
                "{name} asks for {missing}; Binance spot has none, and pyrt-engine replay and the backtester do"
            )));
        }
        let depth = strategy.description().depth as usize;
        let mut desk = Desk {
            orders: Orders::new(rows.len()),
            tracker: Tracker::new(cash, instruments).map_err(too_fine)?,
            bars: Bars::new(rows.len(), &periods),
            book: source,
            spot,
            equity: cash.to_f64(),
            account: None,
            strategy,
            markets,
            rows,
            slots,
            number,
            depth,
            closed: false,
        };
        desk.introduce();
        desk.show_account();
        Ok(desk)
    }

    /// What of a slot never changes.
    fn introduce(&mut self) {
        for (slot, market) in self.markets.iter().enumerate() {
            let Some(shown) = self.strategy.slot_mut(slot) else { continue };
            let instrument = &market.instrument;
            shown.instrument = market.row;
            (shown.tick, shown.lot) = (instrument.tick.to_double(1), instrument.lot.to_double(1));
            shown.multiplier = instrument.multiplier;
            (shown.min_qty, shown.min_notional) = (instrument.min_qty, instrument.min_notional);
        }
    }

    /// The slot of a record's instrument.
    #[inline]
    pub(in crate::engine) fn slot_of(&self, event: &Event) -> Option<usize> {
        self.slots.get(event.instrument as usize).copied().flatten()
    }

    /// Applies a record of the market; the handler that it is for.
    #[inline]
    pub(in crate::engine) fn observe(
        &mut self,
        slot: usize,
        event: &Event,
    ) -> Result<Option<Handler>, HostError> {
        const TRADE: u8 = Kind::Trade as u8;
        const QUOTE: u8 = Kind::Quote as u8;
        const DELTA: u8 = Kind::Delta as u8;
        const STATE: u8 = Kind::State as u8;
        const SIGNAL: u8 = Kind::Signal as u8;
        const ORDER: u8 = Kind::Order as u8;
        if event.kind == DELTA && self.book != BookSource::Deltas {
            return Ok(None);
        }
        let handler = match event.kind {
            TRADE => event.as_trade().map_or(Ok(None), |trade| self.on_trade(slot, trade))?,
            QUOTE => event.as_quote().map_or(Ok(None), |quote| self.on_quote(slot, quote))?,
            DELTA => event.as_delta().map_or(Ok(None), |delta| self.on_delta(slot, delta))?,
            ORDER if self.book == BookSource::Orders => {
                event.as_order().map_or(Ok(None), |order| self.on_order(slot, order))?
            }
            SIGNAL => Some(Handler::Signal),
            STATE => {
                let code = event.flags & 0xff;
                let market = &mut self.markets[slot];
                market.in_snapshot &= code == State::Synced as u16;
                if let Some(orders) = market.orders.as_mut().filter(|_| code != State::Synced as u16) {
                    orders.interrupt();
                }
                if let Some(shown) = self.strategy.slot_mut(slot) {
                    shown.state = u32::from(code);
                }
                None
            }
            _ => return Ok(None),
        };
        if let Some(shown) = self.strategy.slot_mut(slot) {
            shown.event_time = event.event_time;
        }
        self.reopen(slot, handler);
        Ok(handler)
    }

    fn on_trade(&mut self, slot: usize, trade: &Trade) -> Result<Option<Handler>, HostError> {
        let leap = |_| HostError::TimeLeap { stamp: trade.stamp, time: trade.event_time };
        self.bars.trade(slot, trade.event_time, trade.price, trade.qty).map_err(leap)?;
        if let Some(shown) = self.strategy.slot_mut(slot) {
            (shown.last_price, shown.last_qty) = (trade.price, trade.qty);
        }
        let market = &mut self.markets[slot];
        // The venue has seen it and found it on the grid.
        market.last = market.instrument.tick.to_steps(trade.price, Rounding::Refuse).ok().map(Ticks);
        self.mark(slot)?;
        Ok(Some(Handler::Trade))
    }

    fn on_quote(&mut self, slot: usize, quote: &Quote) -> Result<Option<Handler>, HostError> {
        if let Some(shown) = self.strategy.slot_mut(slot) {
            (shown.bid, shown.ask) = (quote.bid, quote.ask);
            (shown.bid_qty, shown.ask_qty) = (quote.bid_qty, quote.ask_qty);
        }
        self.mark_before_trades(slot)?;
        Ok(Some(Handler::Quote))
    }

    fn on_delta(&mut self, slot: usize, delta: &Delta) -> Result<Option<Handler>, HostError> {
        let market = &mut self.markets[slot];
        let snapshot = delta.flags & flag::SNAPSHOT != 0;
        if snapshot && !market.in_snapshot {
            market.book.clear();
        }
        market.in_snapshot = snapshot;
        let Instrument { tick, lot, .. } = &market.instrument;
        let refuse = Rounding::Refuse;
        if let (Ok(ticks), Ok(lots)) = (tick.to_steps(delta.price, refuse), lot.to_steps(delta.qty, refuse)) {
            let side = if delta.side == Side::Buy as u8 { Side::Buy } else { Side::Sell };
            market.book.apply(side, Ticks(ticks), Lots(lots));
        }
        self.whole_message(slot, delta.flags)
    }

    fn on_order(&mut self, slot: usize, order: &BookOrder) -> Result<Option<Handler>, HostError> {
        let market = &mut self.markets[slot];
        let Instrument { tick, lot, .. } = market.instrument;
        // The venue has seen it, and stopped the run if its book contradicts; where records overtake each other on their
        // way, a strategy's may, and leaves out what cannot be.
        _ = market.orders.as_mut().map(|orders| orders.apply(order, tick, lot));
        self.whole_message(slot, order.flags)
    }

    /// A message of the book that is whole is shown.
    fn whole_message(&mut self, slot: usize, flags: u16) -> Result<Option<Handler>, HostError> {
        if flags & flag::LAST == 0 {
            return Ok(None);
        }
        self.show_book(slot);
        self.mark_before_trades(slot)?;
        Ok(Some(Handler::Book))
    }

    fn show_book(&mut self, slot: usize) {
        let market = &self.markets[slot];
        let level = |(ticks, lots): (Ticks, Lots)| Level {
            price: market.instrument.price(ticks),
            qty: market.instrument.qty(lots),
        };
        let none = Level { price: f64::NAN, qty: 0.0 };
        let bid = market.levels().best_bid().map_or(none, level);
        let ask = market.levels().best_ask().map_or(none, level);
        if let Some(shown) = self.strategy.slot_mut(slot) {
            (shown.bid, shown.ask, shown.bid_qty, shown.ask_qty) = (bid.price, ask.price, bid.qty, ask.qty);
        }
        if self.depth > 0 {
            self.strategy.set_book(
                slot,
                market.levels().bids().map(level),
                market.levels().asks().map(level),
            );
        }
    }

    /// What it sees of the market is no longer so, but for the last trade and the bars.
    pub(in crate::engine) fn forget_market(&mut self) {
        self.bars.forget_lag();
        for slot in 0..self.markets.len() {
            let market = &mut self.markets[slot];
            market.book.clear();
            market.orders = market.orders.take().map(|_| RecordedOrders::default());
            market.in_snapshot = false;
            self.show_book(slot);
            if let Some(shown) = self.strategy.slot_mut(slot) {
                shown.state = 0;
            }
        }
    }

    /// A bar has ended: it joins its series.
    pub(in crate::engine) fn push_bar(&mut self, ended: &Ended) {
        self.strategy.push_bar(ended.slot, ended.period, &ended.bar);
        if let (Some(shown), Some(bar)) = (self.strategy.slot_mut(ended.slot), ended.bar.as_bar()) {
            (shown.last_price, shown.event_time) = (bar.close, bar.event_time);
        }
    }

    /// Applies what the venue says of an own order (the call's event), and does what follows from it; the slot, and the
    /// equity if it was a fill.
    pub(in crate::engine) fn on_answer(
        &mut self,
        call: Call<'_>,
        answer: &Answer,
        wishes: &mut Wishes,
    ) -> Result<(usize, Option<f64>), HostError> {
        let record = call.event;
        let Some(slot) = self.slot_of(record) else {
            return Err(HostError::Refused("an answer of a stranger".into()));
        };
        let place = self.orders.find(own_id(answer));
        let tie = place.map_or((0, 0), |place| (self.orders.get(place).group, own_id(answer)));
        let mut equity = None;
        let ended = match answer.what {
            What::Update { qty, price, .. } => {
                let instrument = &self.markets[slot].instrument;
                place.and_then(|place| self.orders.update(place, record, (qty, price), instrument))
            }
            What::Fill { price, qty, fee, .. } => {
                let execution = Execution { side: answer.side, price, qty, fee };
                let row = InstrumentId(record.instrument);
                let holding = *self.tracker.on_fill(self.number, row, &execution)?;
                let market = &mut self.markets[slot];
                market.lots = holding.lots.0;
                let filled = |lots| market.instrument.qty(Lots(lots));
                let ended = place.and_then(|place| self.orders.fill(place, qty.0, filled));
                self.revalue(slot)?;
                self.show_position(slot, &holding);
                self.show_account();
                equity = Some(self.equity);
                self.after_fill(call, slot, tie, wishes);
                ended
            }
        };
        self.show_orders(slot);
        if ended.is_some() {
            self.after_end(call, ended.as_ref(), wishes);
        }
        Ok((slot, equity))
    }

    /// Begins with what an earlier session left.
    pub(in crate::engine) fn restore(
        &mut self,
        account: Account,
        holdings: &[(InstrumentId, Holding)],
    ) -> Result<(), HostError> {
        self.tracker.restore(self.number, account, holdings);
        for slot in 0..self.markets.len() {
            let holding = self.tracker.holding(self.number, InstrumentId(self.markets[slot].row));
            self.markets[slot].lots = holding.lots.0;
            self.revalue(slot)?;
            self.show_position(slot, &holding);
        }
        self.show_account();
        Ok(())
    }

    /// Own live orders, and what of a slot's is left to fill.
    pub(in crate::engine) fn show_orders(&mut self, slot: usize) {
        let Desk { strategy, orders, markets, .. } = self;
        strategy.set_orders(orders.views());
        let instrument = &markets[slot].instrument;
        if let Some(shown) = strategy.slot_mut(slot) {
            shown.working_buy = instrument.qty(Lots(orders.working(slot, Side::Buy as u8)));
            shown.working_sell = instrument.qty(Lots(orders.working(slot, Side::Sell as u8)));
        }
    }

    fn mark_before_trades(&mut self, slot: usize) -> Result<(), HostError> {
        if self.markets[slot].last.is_none() { self.mark(slot) } else { Ok(()) }
    }

    /// The mark may have moved.
    #[inline]
    fn mark(&mut self, slot: usize) -> Result<(), HostError> {
        if self.markets[slot].lots == 0 {
            return Ok(());
        }
        self.revalue(slot)?;
        let holding = self.tracker.holding(self.number, InstrumentId(self.markets[slot].row));
        let gain = (self.markets[slot].value - holding.cost).to_f64();
        if let Some(shown) = self.strategy.slot_mut(slot) {
            shown.unrealized_pnl = gain;
        }
        self.show_gains(slot);
        self.show_account();
        Ok(())
    }

    /// The position's worth: at the last trade; before the first at the best price it could be closed at; else at cost.
    pub(super) fn revalue(&mut self, slot: usize) -> Result<(), HostError> {
        let market = &mut self.markets[slot];
        let holding = self.tracker.holding(self.number, InstrumentId(market.row));
        let top =
            self.strategy.slot_mut(slot).map_or(f64::NAN, |s| if holding.lots.0 > 0 { s.bid } else { s.ask });
        let mark =
            market.last.or_else(|| market.instrument.tick.to_steps(top, Rounding::Refuse).ok().map(Ticks));
        market.value = match mark {
            Some(mark) => {
                holding.cost + holding.unrealized(market.contract, mark).map_err(HostError::from)?
            }
            None => holding.cost,
        };
        match &mut self.account {
            Some(account) => Ok(account.revalue(slot, market.value)?),
            None => Ok(()),
        }
    }

    pub(super) fn show_position(&mut self, slot: usize, holding: &Holding) {
        let market = &self.markets[slot];
        let Some(shown) = self.strategy.slot_mut(slot) else { return };
        shown.position = market.instrument.qty(holding.lots);
        let average = market.contract.average_ticks(holding.cost, holding.lots);
        shown.avg_price = average.map_or(f64::NAN, |ticks| ticks * market.instrument.tick.to_double(1));
        shown.realized_pnl = (holding.realized - holding.fees).to_f64();
        shown.unrealized_pnl = (market.value - holding.cost).to_f64();
        self.show_gains(slot);
    }

    pub(super) fn show_account(&mut self) {
        let cash = self.account.as_ref().map_or(self.tracker.account().cash, |account| account.totals()[0]);
        self.equity = self.equity_exact().to_f64();
        self.strategy.set_account(cash.to_f64(), self.equity);
    }

    /// Cash and all positions at their marks.
    pub(in crate::engine) fn equity_exact(&self) -> Money {
        if let Some(account) = &self.account {
            return account.equity();
        }
        self.markets.iter().fold(self.tracker.account().cash, |sum, market| sum + market.value)
    }
}
