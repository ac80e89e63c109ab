//! The parameters of `order.place` to an order, held to the venue's filters.

use super::failure::{Failure, UNSUPPORTED};
use super::request::Request;
use crate::model::{
    ClientOrderId, Grid, Instrument, InstrumentId, Lots, Money, Nanos, Order, OrderType, Side, Ticks, Tif,
    notional,
};

/// Largest price and quantity, as `exchangeInfo` says them: no value of an order is too much for money.
const MAX_PRICE: f64 = 10_000_000.0;
const MAX_QTY: f64 = 90_000_000.0;
/// Parts of an iceberg.
const MAX_PARTS: i64 = 10;

/// The order that a request asks for.
pub(super) fn order_of(
    request: &Request,
    id: ClientOrderId,
    (instrument_id, instrument): (InstrumentId, &Instrument),
    now: Nanos,
) -> Result<Order, Failure> {
    let side = match request.needed("side")? {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        _ => return Err(Failure::missing("side")),
    };
    let (order_type, post_only) = match request.needed("type")? {
        "LIMIT" => (OrderType::Limit, false),
        "LIMIT_MAKER" => (OrderType::Limit, true),
        "MARKET" => (OrderType::Market, false),
        "STOP_LOSS" => (OrderType::Stop, false),
        "STOP_LOSS_LIMIT" => (OrderType::StopLimit, false),
        _ => return Err(UNSUPPORTED),
    };
    let tif = match (order_type, post_only) {
        (OrderType::Limit | OrderType::StopLimit, false) => match request.needed("timeInForce")? {
            "GTC" => Tif::Gtc,
            "IOC" => Tif::Ioc,
            "FOK" => Tif::Fok,
            _ => return Err(Failure::missing("timeInForce")),
        },
        _ => Tif::Gtc,
    };
    let number = |name: &str, there: bool| {
        if there { steps(request, name, instrument.tick, "PRICE_FILTER").map(Ticks) } else { Ok(Ticks(0)) }
    };
    let price = number("price", order_type.has_limit())?;
    let trigger = number("stopPrice", order_type.is_stop())?;
    let qty = Lots(steps(request, "quantity", instrument.lot, "LOT_SIZE")?);
    let display = match request.text("icebergQty") {
        None => Lots(0),
        Some(_) if tif == Tif::Gtc && order_type.has_limit() => {
            Lots(steps(request, "icebergQty", instrument.lot, "LOT_SIZE")?)
        }
        Some(_) => return Err(UNSUPPORTED),
    };
    if display >= qty || parts(qty, display) > MAX_PARTS {
        return Err(Failure::filter("ICEBERG_PARTS"));
    }
    let order = Order {
        id,
        instrument: instrument_id,
        side,
        order_type,
        tif,
        post_only,
        price,
        qty,
        trigger,
        display,
        time: now,
    };
    filters(&order, instrument)?;
    Ok(order)
}

/// How often an iceberg shows a part.
fn parts(qty: Lots, display: Lots) -> i64 {
    if display.0 == 0 { 0 } else { (qty.0 + display.0 - 1) / display.0 }
}

/// A positive decimal on its grid.
pub(super) fn steps(request: &Request, name: &str, grid: Grid, filter: &str) -> Result<i64, Failure> {
    let text = request.needed(name)?;
    match grid.parse_steps(text.as_bytes()) {
        Ok(steps) if steps > 0 => Ok(steps),
        Err(crate::model::GridError::Malformed) => Err(Failure::missing(name)),
        _ => Err(Failure::filter(filter)),
    }
}

pub(super) fn filters(order: &Order, instrument: &Instrument) -> Result<(), Failure> {
    if instrument.price(order.price.max(order.trigger)) > MAX_PRICE {
        return Err(Failure::filter("PRICE_FILTER"));
    }
    if !(instrument.min_qty..=MAX_QTY).contains(&instrument.qty(order.qty)) {
        return Err(Failure::filter("LOT_SIZE"));
    }
    let unit = instrument.unit_value().map_err(|_| UNSUPPORTED)?;
    let value = notional(unit, order.price, order.qty);
    let small = order.order_type.has_limit() && value < Money::from_f64(instrument.min_notional);
    if small { Err(Failure::filter("NOTIONAL")) } else { Ok(()) }
}
