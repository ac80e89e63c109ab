//! The object with which replies speak of an order, and the list of its fills.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::codes::{expiry, kind_of_status};
use super::commission::Rates;
use super::json::{self, Decimal, Text, word};
use super::messages::{Message, OpenOrder};
use super::symbols::{Listed, Symbols};
use crate::execution::Told;
use crate::model::{
    ClientOrderId, Lots, Nanos, Order, OrderName, OrderType, Report, ReportKind, Side, Ticks, Tif,
};

/// The fields of all replies about an order; each reply has some of them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderReply<'a> {
    #[serde(borrow)]
    symbol: Text<'a>,
    order_id: u64,
    #[serde(borrow)]
    client_order_id: Option<Text<'a>>,
    #[serde(borrow)]
    orig_client_order_id: Option<Text<'a>>,
    transact_time: Option<u64>,
    update_time: Option<u64>,
    time: Option<u64>,
    #[serde(borrow)]
    price: Option<Decimal<'a>>,
    #[serde(borrow)]
    stop_price: Option<Decimal<'a>>,
    #[serde(borrow)]
    iceberg_qty: Option<Decimal<'a>>,
    #[serde(borrow)]
    orig_qty: Option<Decimal<'a>>,
    /// Of an order that became smaller.
    #[serde(borrow)]
    qty: Option<Decimal<'a>>,
    is_working: Option<bool>,
    #[serde(borrow)]
    executed_qty: Option<Decimal<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    time_in_force: Option<Text<'a>>,
    #[serde(rename = "type", borrow)]
    order_type: Option<Text<'a>>,
    #[serde(borrow)]
    side: Option<Text<'a>>,
}

/// A fill as `myTrades` has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TradeReply<'a> {
    #[serde(borrow)]
    symbol: Text<'a>,
    id: u64,
    order_id: u64,
    #[serde(borrow)]
    price: Decimal<'a>,
    #[serde(borrow)]
    qty: Decimal<'a>,
    #[serde(borrow)]
    commission: Decimal<'a>,
    #[serde(borrow)]
    commission_asset: Text<'a>,
    time: u64,
    is_maker: bool,
}

impl OrderReply<'_> {
    /// What it says of an order. A bare acknowledgement has no status: the venue has the order.
    fn told(&self, name: OrderName, listed: &Listed, receive_time: Nanos) -> Option<Told> {
        let expired = expiry(word(self.order_type.as_ref()), word(self.time_in_force.as_ref()));
        let what = match &self.status {
            Some(status) => kind_of_status(status.as_str(), expired)?,
            None => ReportKind::Accepted,
        };
        let lots = |number: Option<Decimal<'_>>| match number {
            Some(number) => number.lots(listed.instrument.lot).map(Some),
            None => Some(None),
        };
        let (filled, qty) = (lots(self.executed_qty)?, lots(self.qty.or(self.orig_qty))?);
        let works = self.is_working == Some(true) && word(self.order_type.as_ref()).starts_with("STOP_LOSS");
        let time = self.transact_time.or(self.update_time).or(self.time);
        let event_time = time.map_or(Some(receive_time), json::time)?;
        let (OrderName { id, version }, venue_order_id) = (name, self.order_id);
        let report = Report { id, venue_order_id, event_time, receive_time, what };
        Some(Told { report, version, filled, qty, works })
    }

    /// The order as it was sent.
    fn order(&self, id: ClientOrderId, listed: &Listed) -> Option<Order> {
        let instrument = &listed.instrument;
        let side = match word(self.side.as_ref()) {
            "BUY" => Side::Buy,
            "SELL" => Side::Sell,
            _ => return None,
        };
        let (order_type, post_only) = match word(self.order_type.as_ref()) {
            "LIMIT" => (OrderType::Limit, false),
            "LIMIT_MAKER" => (OrderType::Limit, true),
            "MARKET" => (OrderType::Market, false),
            "STOP_LOSS" => (OrderType::Stop, false),
            "STOP_LOSS_LIMIT" => (OrderType::StopLimit, false),
            _ => return None,
        };
        let tif = match word(self.time_in_force.as_ref()) {
            "IOC" => Tif::Ioc,
            "FOK" => Tif::Fok,
            _ => Tif::Gtc,
        };
        let price = self.price?.ticks(instrument.tick)?;
        let qty = self.orig_qty?.lots(instrument.lot)?;
        let trigger = match &self.stop_price {
            Some(price) if order_type.is_stop() => price.ticks(instrument.tick)?,
            _ => Ticks(0),
        };
        let display = match &self.iceberg_qty {
            Some(qty) => qty.lots(instrument.lot)?,
            None => Lots(0),
        };
        let (instrument, time) = (listed.id, json::time(self.time?)?);
        Some(Order { id, instrument, side, order_type, tif, post_only, price, qty, trigger, display, time })
    }
}

/// Reads the reply to `order.place`, `order.cancel` or `order.status` of an order.
pub(super) fn read(
    name: OrderName,
    result: &RawValue,
    symbols: &Symbols,
    receive_time: Nanos,
    out: &mut Vec<Message>,
) -> Option<()> {
    let reply: OrderReply<'_> = json::read(result.get())?;
    let listed = symbols.find(reply.symbol.as_str())?;
    out.push(Message::Told(reply.told(name, listed, receive_time)?));
    Some(())
}

/// Reads the reply to `order.amend.keepPriority`: the order with its new quantity.
pub(super) fn read_reduced(
    name: OrderName,
    result: &RawValue,
    symbols: &Symbols,
    receive_time: Nanos,
    out: &mut Vec<Message>,
) -> Option<()> {
    let time = json::member(result.get(), "transactTime").and_then(json::read)?;
    let reply: OrderReply<'_> = json::read(json::member(result.get(), "amendedOrder")?)?;
    let mut told = reply.told(name, symbols.find(reply.symbol.as_str())?, receive_time)?;
    told.report.event_time = json::time(time)?;
    if told.report.what == ReportKind::Accepted {
        told.report.what = ReportKind::Reduced(told.qty?);
    }
    out.push(Message::Told(told));
    Some(())
}

/// Reads what became of the order that a new one was to replace: `order.cancelReplace` speaks of it as `order.cancel`
/// does, and names it.
pub(super) fn read_replaced(
    id: ClientOrderId,
    response: &str,
    symbols: &Symbols,
    receive_time: Nanos,
    out: &mut Vec<Message>,
) -> Option<()> {
    let reply: OrderReply<'_> = json::read(response)?;
    let name = OrderName::from_text(word(reply.orig_client_order_id.as_ref()).as_bytes())?;
    let listed = symbols.find(reply.symbol.as_str())?;
    out.push(Message::Told(reply.told(name, listed, receive_time)?));
    (name.id == id).then_some(())
}

/// Reads the reply to `myTrades`: the fills of one order, all of them, in the order of their ids.
pub(super) fn read_fills(
    OrderName { id, version }: OrderName,
    result: &RawValue,
    (symbols, rates): (&Symbols, &Rates),
    receive_time: Nanos,
    out: &mut Vec<Message>,
) -> Option<()> {
    let mut trades: Vec<TradeReply<'_>> = json::read(result.get())?;
    trades.sort_by_key(|trade| trade.id);
    let mut cumulative = Lots(0);
    for trade in &trades {
        let listed = symbols.find(trade.symbol.as_str())?;
        let qty = trade.qty.lots(listed.instrument.lot).filter(|qty| qty.0 > 0)?;
        let price = trade.price.ticks(listed.instrument.tick)?;
        cumulative.0 = cumulative.0.checked_add(qty.0)?;
        let fee = rates.fee(listed, price, trade.commission.money()?, Some(trade.commission_asset.as_str()));
        let (maker, trade_id) = (trade.is_maker, trade.id);
        let what = ReportKind::Filled { price, qty, cumulative, fee: fee.quote, maker, trade_id };
        let event_time = json::time(trade.time)?;
        let report = Report { id, venue_order_id: trade.order_id, event_time, receive_time, what };
        out.push(Message::Told(Told { version, ..report.into() }));
        out.extend(fee.message(id, trade_id));
    }
    Some(())
}

/// Reads the reply to `openOrders.status`; orders that are not ours are passed over and counted.
pub(super) fn read_open(
    result: &RawValue,
    symbols: &Symbols,
    receive_time: Nanos,
    foreign: &mut u64,
    out: &mut Vec<Message>,
) -> Option<()> {
    let mut whole = true;
    json::each(result.get(), |reply: OrderReply<'_>| {
        let Some(name) = OrderName::from_text(word(reply.client_order_id.as_ref()).as_bytes()) else {
            *foreign += 1;
            return;
        };
        let open = || {
            let listed = symbols.find(reply.symbol.as_str())?;
            let told = reply.told(name, listed, receive_time)?;
            Some(OpenOrder { order: reply.order(name.id, listed)?, told, filled: told.filled? })
        };
        match open() {
            Some(open) => out.push(Message::OpenOrder(open)),
            None => whole = false,
        }
    })?;
    // A list with a hole in it is no list: orders would be missed.
    whole.then(|| out.push(Message::OpenOrdersEnd))
}
