//! The check that every order passes before it leaves, and the only maker of [`Approved`] orders.

use super::exposure::Row;
use super::{Detail, Exposures, Limits, RateWindow, Refusal};
use crate::model::{Lots, Money, Nanos, Order, OrderReason, OrderType, Side, Ticks, notional};

const MINUTE: i64 = 60_000_000_000;

/// Something that passed the check. Only [`PreTrade::check`] makes one, and it is spent when it is sent: it can be
/// neither built nor copied.
///
/// ```compile_fail,E0423
/// use pyrt_engine::model::{ClientOrderId, InstrumentId, Lots, Nanos, Order, OrderType, Side, Ticks, Tif};
/// use pyrt_engine::risk::Approved;
///
/// let (price, qty, time) = (Ticks(1), Lots(1), Nanos(0));
/// let (id, instrument) = (ClientOrderId(1), InstrumentId(0));
/// let (side, order_type, tif, post_only) = (Side::Buy, OrderType::Limit, Tif::Gtc, false);
/// let (trigger, display) = (Ticks(0), Lots(0));
/// let order = Order { id, instrument, side, order_type, tif, post_only, price, qty, trigger, display, time };
/// let approved = Approved(order); // the field is private
/// ```
///
/// ```compile_fail,E0277
/// fn copies<T: Clone>() {}
/// copies::<pyrt_engine::risk::Approved<u8>>(); // it is not Clone
/// ```
#[must_use = "an approved order counts toward the limits: send it"]
#[derive(Debug, PartialEq, Eq)]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    /// What was approved.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// What was approved; the approval is spent.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// How the book of the order's instrument stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookView {
    /// It equals the venue's.
    pub synced: bool,
    /// ns since its last message.
    pub age: i64,
}

/// What is true at the moment of a check and is not a matter of orders and positions.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// Now.
    pub now: Nanos,
    /// The kill switch is pulled.
    pub killed: bool,
    /// The order's strategy is stopped.
    pub stopped: bool,
    /// The book of the order's instrument.
    pub book: BookView,
    /// The account's worth in USD, if it is known.
    pub equity: Option<Money>,
    /// The highest that equity has been.
    pub peak_equity: Option<Money>,
}

/// The limits, what counts toward them, and the check.
#[derive(Clone, Debug)]
pub struct PreTrade {
    limits: Limits,
    exposures: Exposures,
    rate: RateWindow,
}

type Check = Result<(), (OrderReason, Detail)>;

impl PreTrade {
    /// Nothing held, nothing sent.
    #[must_use]
    pub fn new(limits: Limits) -> PreTrade {
        let rate = RateWindow::new(limits.max_orders_per_minute, MINUTE);
        PreTrade { limits, exposures: Exposures::default(), rate }
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What is held and on its way.
    #[must_use]
    pub fn exposures(&self) -> &Exposures {
        &self.exposures
    }

    /// To tell it what is held, on its way, and worth.
    pub fn exposures_mut(&mut self) -> &mut Exposures {
        &mut self.exposures
    }

    /// Approves an order and counts it, or says why not.
    ///
    /// An order that can only bring the position nearer to zero passes the limits of position, concentration,
    /// leverage and drawdown, so that what is too large can be made smaller; nothing passes the kill switch.
    ///
    /// # Errors
    /// [`Refusal`] with the first reason found; a refused order counts toward nothing.
    pub fn check(&mut self, order: Order, context: &Context) -> Result<Approved<Order>, Refusal> {
        self.approve(order, order.qty, context)
    }

    /// Approves an order that is to take the place of one that counts already, and counts it, or says why not. `more`
    /// are the lots that may fill beyond those that count: while the change is under way both orders do, where only one
    /// of them can fill the larger. It is held to all limits, as a new order is.
    ///
    /// # Errors
    /// As [`PreTrade::check`].
    pub fn check_change(
        &mut self,
        order: Order,
        more: Lots,
        context: &Context,
    ) -> Result<Approved<Order>, Refusal> {
        self.approve(order, more, context)
    }

    /// Approves an order that becomes smaller and keeps its price. Less at the venue is never worse: nothing but the
    /// kill switch and a stopped strategy refuse it.
    ///
    /// # Errors
    /// As [`PreTrade::check`].
    pub fn check_less(&self, order: Order, context: &Context) -> Result<Approved<Order>, Refusal> {
        let verdict = is_order(&order).and_then(|()| stands(context));
        verdict.map_err(|(reason, detail)| Refusal { id: order.id, reason, detail })?;
        Ok(Approved(order))
    }

    fn approve(&mut self, order: Order, more: Lots, context: &Context) -> Result<Approved<Order>, Refusal> {
        let added = Order { qty: more, ..order };
        match self.verdict(&order, &added, context) {
            Ok(()) => {
                self.rate.count(context.now);
                self.exposures.reserve(&added);
                Ok(Approved(order))
            }
            Err((reason, detail)) => Err(Refusal { id: order.id, reason, detail }),
        }
    }

    /// `added` is what counts of the order beyond what counts already.
    fn verdict(&self, order: &Order, added: &Order, context: &Context) -> Check {
        is_order(order)?;
        self.may_trade(context)?;
        let row =
            self.exposures.row(order.instrument).ok_or_else(|| missing("the instrument is not known"))?;
        let mark = row.mark.ok_or_else(|| missing("the instrument has no price"))?;
        self.size(order, row, mark)?;
        if !row.reduces(added) {
            self.drawdown(context)?;
            self.worth(added, row, mark, context)?;
        }
        if self.rate.has_room(context.now) {
            return Ok(());
        }
        let (value, limit) = (self.rate.limit() + 1, self.rate.limit());
        Err(beyond(OrderReason::OrderRate, "orders in 60 s", int(value), RATE, int(limit)))
    }

    fn may_trade(&self, context: &Context) -> Check {
        stands(context)?;
        if !context.book.synced {
            return Err((OrderReason::StaleBook, Detail::Fact("the book is not synced")));
        }
        if context.book.age > self.limits.max_book_age {
            let (age, limit) = (ms(context.book.age), ms(self.limits.max_book_age));
            return Err(beyond(
                OrderReason::StaleBook,
                "the book's age in ms",
                age,
                "books.max_age_ms",
                limit,
            ));
        }
        Ok(())
    }

    /// The order by itself: not too small for the venue, not too large for the operator.
    fn size(&self, order: &Order, row: &Row, mark: Ticks) -> Check {
        let price = match (order.order_type, order.side) {
            (OrderType::Limit, Side::Buy) => order.price, // it pays no more
            _ => mark.max(order.price).max(order.trigger),
        };
        let value = row
            .usd_value(order.qty, price)
            .ok_or_else(|| missing("the quote currency has no rate to USD, or the value does not fit"))?;
        if order.qty < row.min_qty {
            let (value, limit) = (lots(order.qty.0), lots(row.min_qty.0));
            return Err((OrderReason::TooSmall, Detail::Below { what: "quantity in lots", value, limit }));
        }
        let quoted = if order.order_type.has_limit() { order.price } else { mark };
        let quoted = notional(row.unit, quoted, order.qty);
        if quoted < row.min_notional {
            let (value, limit) = (quoted.to_f64(), row.min_notional.to_f64());
            return Err((
                OrderReason::TooSmall,
                Detail::Below { what: "value in quote currency", value, limit },
            ));
        }
        at_most(OrderReason::OrderSize, "the order in USD", value, ORDER, Some(self.limits.max_order))
    }

    fn drawdown(&self, context: &Context) -> Check {
        let equity = context.equity.ok_or_else(|| missing("equity is not known"))?;
        let peak = context.peak_equity.ok_or_else(|| missing("the highest equity is not known"))?;
        let allowed = self.limits.max_drawdown.floor_of(peak);
        at_most(
            OrderReason::Drawdown,
            "loss from the highest equity in USD",
            peak - equity,
            DRAWDOWN,
            allowed,
        )
    }

    /// The instrument, its asset and everything together, as if all on its way had filled on the worse side.
    fn worth(&self, order: &Order, row: &Row, mark: Ticks, context: &Context) -> Check {
        let equity = context.equity.ok_or_else(|| missing("equity is not known"))?;
        let gross = self
            .exposures
            .gross()
            .ok_or_else(|| missing("something held or on its way has no price or rate to USD"))?;
        let after = row.with(order, mark).ok_or_else(|| missing("the position's value does not fit"))?;
        let more = after - row.worth().unwrap_or_default();
        at_most(
            OrderReason::PositionSize,
            "the position in USD",
            after,
            POSITION,
            Some(self.limits.max_position),
        )?;
        let asset = self.exposures.asset_worth(row) + more;
        let allowed = self.limits.max_concentration.floor_of(equity);
        at_most(OrderReason::Concentration, "the asset in USD", asset, CONCENTRATION, allowed)?;
        let allowed = self.limits.max_leverage.floor_of(equity);
        at_most(OrderReason::Leverage, "all assets in USD", gross + more, LEVERAGE, allowed)
    }
}

const POSITION: &str = "position_limits.max_position_usd";
const CONCENTRATION: &str = "position_limits.max_portfolio_concentration × equity";
const LEVERAGE: &str = "position_limits.max_leverage × equity";
const DRAWDOWN: &str = "risk_metrics.max_drawdown_pct × highest equity";
const ORDER: &str = "order_limits.max_order_size_usd";
const RATE: &str = "order_limits.max_order_rate_per_min";

/// Nobody has stopped it.
fn stands(context: &Context) -> Check {
    if context.killed {
        return Err((OrderReason::Killed, Detail::Fact("the kill switch is pulled")));
    }
    if context.stopped {
        return Err((OrderReason::StrategyStopped, Detail::Fact("the strategy is stopped")));
    }
    Ok(())
}

/// It is an order at all: a strategy's request may be anything.
fn is_order(order: &Order) -> Check {
    let fact = match order {
        Order { qty, .. } if qty.0 <= 0 => "the quantity must be above zero",
        Order { side: Side::None, .. } => "it must buy or sell",
        Order { order_type, price, .. } if order_type.has_limit() && price.0 <= 0 => {
            "the limit must be above zero"
        }
        Order { order_type, price, .. } if !order_type.has_limit() && price.0 != 0 => {
            "a market order has no limit"
        }
        Order { order_type, post_only: true, .. } if !order_type.has_limit() => {
            "a market order cannot be post-only"
        }
        Order { order_type, trigger, .. } if order_type.is_stop() != (trigger.0 > 0) => {
            "a stop has a trigger above zero, and no other order has one"
        }
        Order { display, qty, .. } if display.0 < 0 || display >= qty => {
            "an iceberg shows some of its quantity, and not all"
        }
        _ => return Ok(()),
    };
    Err((OrderReason::BadRequest, Detail::Fact(fact)))
}

fn at_most(
    reason: OrderReason,
    what: &'static str,
    value: Money,
    key: &'static str,
    limit: Option<Money>,
) -> Check {
    let limit = limit.ok_or_else(|| missing("the limit does not fit"))?;
    if value <= limit { Ok(()) } else { Err(beyond(reason, what, value.to_f64(), key, limit.to_f64())) }
}

fn beyond(
    reason: OrderReason,
    what: &'static str,
    value: f64,
    key: &'static str,
    limit: f64,
) -> (OrderReason, Detail) {
    (reason, Detail::Beyond { what, value, key, limit })
}

fn missing(fact: &'static str) -> (OrderReason, Detail) {
    (OrderReason::NoNumber, Detail::Fact(fact))
}

#[allow(clippy::cast_precision_loss)] // for people
fn lots(lots: i64) -> f64 {
    lots as f64
}

#[allow(clippy::cast_precision_loss)] // for people
fn int(count: usize) -> f64 {
    count as f64
}

fn ms(ns: i64) -> f64 {
    lots(ns) / 1e6
}
