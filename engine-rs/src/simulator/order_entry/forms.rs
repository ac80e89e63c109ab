//! Replies and events as the venue writes them: its keys in its order, decimals with eight places.

use serde::Serialize;
use serde_json::value::RawValue;

use super::failure::Failure;
use super::venue_order::{VenueFill, VenueOrder};
use crate::model::{Grid, Instrument, Lots, Money, Nanos, Ticks, notional};

const PLACES: usize = 8;
const ZERO: &str = "0.00000000";

fn decimal(grid: Grid, steps: i64) -> String {
    let mut out = Vec::with_capacity(24);
    grid.push_decimal(&mut out, steps);
    if grid.exponent() == 0 {
        out.push(b'.');
    }
    out.extend(std::iter::repeat_n(b'0', PLACES.saturating_sub(usize::from(grid.exponent()))));
    String::from_utf8(out).unwrap_or_default()
}

fn money(amount: Money) -> String {
    let mut out = Vec::with_capacity(24);
    amount.push_decimal(&mut out);
    String::from_utf8(out).unwrap_or_default()
}

fn ms(time: Nanos) -> i64 {
    time.0 / 1_000_000
}

/// How much of the venue's limits is used.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RateLimit {
    pub(super) rate_limit_type: &'static str,
    pub(super) interval: &'static str,
    pub(super) interval_num: u32,
    pub(super) limit: u64,
    pub(super) count: u64,
}

/// A reply.
pub(super) fn reply(id: &str, result: &str, limits: &[RateLimit]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Reply<'a> {
        id: &'a RawValue,
        status: u16,
        result: &'a RawValue,
        rate_limits: &'a [RateLimit],
    }
    let (Ok(id), Ok(result)) = (serde_json::from_str(id), serde_json::from_str(result)) else {
        return String::new(); // both are JSON of our own making
    };
    text(&Reply { id, status: 200, result, rate_limits: limits })
}

/// A refusal.
pub(super) fn error(id: &str, failure: &Failure, now: Nanos, limits: &[RateLimit]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Data {
        server_time: i64,
        retry_after: i64,
    }
    #[derive(Serialize)]
    struct Error<'a> {
        code: i64,
        msg: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<Data>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Reply<'a> {
        id: &'a RawValue,
        status: u16,
        error: Error<'a>,
        rate_limits: &'a [RateLimit],
    }
    let Ok(id) = serde_json::from_str(id) else { return String::new() };
    let Failure { status, code, message } = failure;
    let retry_after = (ms(now) / 10_000 + 1) * 10_000; // the end of the ten seconds
    let data = (*status == 429).then_some(Data { server_time: ms(now), retry_after });
    text(&Reply {
        id,
        status: *status,
        error: Error { code: *code, msg: message, data },
        rate_limits: limits,
    })
}

fn text<T: Serialize>(form: &T) -> String {
    serde_json::to_string(form).unwrap_or_default()
}

/// The reply to `session.logon` and `session.status`.
pub(super) fn session(api_key: &str, now: Nanos) -> String {
    let key = serde_json::Value::from(api_key);
    let now = ms(now);
    format!(
        "{{\"apiKey\":{key},\"authorizedSince\":{now},\"connectedSince\":{now},\"returnRateLimits\":true,\
         \"serverTime\":{now},\"userDataStream\":false}}"
    )
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderForm<'a> {
    symbol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    orig_client_order_id: Option<&'a str>,
    order_id: u64,
    order_list_id: i64,
    client_order_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transact_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    state: Option<StateForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fills: Option<Vec<FillForm<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StateForm<'a> {
    price: String,
    orig_qty: String,
    executed_qty: String,
    orig_quote_order_qty: &'a str,
    cummulative_quote_qty: String,
    status: &'a str,
    time_in_force: &'a str,
    #[serde(rename = "type")]
    order_type: &'a str,
    side: &'a str,
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    standing: Option<Standing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    working_time: Option<i64>,
    self_trade_prevention_mode: &'a str,
}

/// What only `order.status` and `openOrders.status` say.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing {
    stop_price: String,
    iceberg_qty: String,
    time: i64,
    update_time: i64,
    is_working: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FillForm<'a> {
    price: String,
    qty: String,
    commission: String,
    commission_asset: &'a str,
    trade_id: u64,
}

/// Which reply a state is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Placing,
    Canceling,
    Asking,
}

fn state<'a>(order: &'a VenueOrder, instrument: &Instrument, reply: For) -> StateForm<'a> {
    let standing = Standing {
        stop_price: decimal(instrument.tick, order.order.trigger.0),
        iceberg_qty: decimal(instrument.lot, order.order.display.0),
        time: ms(order.order.time),
        update_time: ms(order.updated),
        is_working: true,
    };
    StateForm {
        price: decimal(instrument.tick, order.order.price.0),
        orig_qty: decimal(instrument.lot, order.order.qty.0),
        executed_qty: decimal(instrument.lot, order.executed.0),
        orig_quote_order_qty: ZERO,
        cummulative_quote_qty: money(order.quote),
        status: order.status,
        time_in_force: order.tif_word(),
        order_type: order.type_word(),
        side: order.side(),
        standing: (reply == For::Asking).then_some(standing),
        working_time: (reply != For::Canceling).then(|| ms(order.order.time)),
        self_trade_prevention_mode: "NONE",
    }
}

fn fills<'a>(order: &VenueOrder, instrument: &'a Instrument) -> Vec<FillForm<'a>> {
    let form = |fill: &VenueFill| FillForm {
        price: decimal(instrument.tick, fill.price.0),
        qty: decimal(instrument.lot, fill.qty.0),
        commission: money(fill.fee),
        commission_asset: instrument.quote(),
        trade_id: fill.id,
    };
    order.fills.iter().map(form).collect()
}

/// The reply to `order.place`, as much of it as was asked for.
pub(super) fn placed(order: &VenueOrder, instrument: &Instrument, wanted: &str) -> String {
    text(&OrderForm {
        symbol: &instrument.symbol,
        orig_client_order_id: None,
        order_id: order.order_id,
        order_list_id: -1,
        client_order_id: &order.name,
        transact_time: Some(ms(order.updated)),
        state: (wanted != "ACK").then(|| state(order, instrument, For::Placing)),
        fills: (wanted == "FULL").then(|| fills(order, instrument)),
    })
}

/// The reply to `order.cancel`; `name` is the cancel's own.
pub(super) fn canceled(order: &VenueOrder, instrument: &Instrument, name: &str) -> String {
    text(&OrderForm {
        symbol: &instrument.symbol,
        orig_client_order_id: Some(&order.name),
        order_id: order.order_id,
        order_list_id: -1,
        client_order_id: name,
        transact_time: Some(ms(order.updated)),
        state: Some(state(order, instrument, For::Canceling)),
        fills: None,
    })
}

/// The reply to `order.status`, and a member of that to `openOrders.status`.
pub(super) fn standing(order: &VenueOrder, instrument: &Instrument) -> String {
    text(&OrderForm {
        symbol: &instrument.symbol,
        orig_client_order_id: None,
        order_id: order.order_id,
        order_list_id: -1,
        client_order_id: &order.name,
        transact_time: None,
        state: Some(state(order, instrument, For::Asking)),
        fills: None,
    })
}

/// The reply to `myTrades` of one order.
pub(super) fn trades(order: &VenueOrder, instrument: &Instrument) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Trade<'a> {
        symbol: &'a str,
        id: u64,
        order_id: u64,
        order_list_id: i64,
        price: String,
        qty: String,
        quote_qty: String,
        commission: String,
        commission_asset: &'a str,
        time: i64,
        is_buyer: bool,
        is_maker: bool,
        is_best_match: bool,
    }
    let unit = instrument.unit_value().unwrap_or_default();
    let form = |fill: &VenueFill| Trade {
        symbol: &instrument.symbol,
        id: fill.id,
        order_id: order.order_id,
        order_list_id: -1,
        price: decimal(instrument.tick, fill.price.0),
        qty: decimal(instrument.lot, fill.qty.0),
        quote_qty: money(notional(unit, fill.price, fill.qty)),
        commission: money(fill.fee),
        commission_asset: instrument.quote(),
        time: ms(fill.time),
        is_buyer: order.side() == "BUY",
        is_maker: fill.maker,
        is_best_match: true,
    };
    text(&order.fills.iter().map(form).collect::<Vec<_>>())
}

/// `executionReport`, with the venue's letters.
#[derive(Serialize)]
#[allow(non_snake_case)] // the venue's names
struct ExecutionReport<'a> {
    e: &'a str,
    E: i64,
    s: &'a str,
    c: &'a str,
    S: &'a str,
    o: &'a str,
    f: &'a str,
    q: String,
    p: String,
    P: String,
    F: String,
    g: i64,
    C: &'a str,
    x: &'a str,
    X: &'a str,
    r: &'a str,
    i: u64,
    l: String,
    z: String,
    L: String,
    n: String,
    N: Option<&'a str>,
    T: i64,
    t: i64,
    I: u64,
    w: bool,
    m: bool,
    M: bool,
    O: i64,
    Z: String,
    Y: String,
    Q: &'a str,
    W: i64,
    V: &'a str,
}

/// An event about an order: `what` happened, by its last fill if it traded.
pub(super) fn execution_report(
    order: &VenueOrder,
    instrument: &Instrument,
    what: &str,
    (number, now): (u64, Nanos),
) -> String {
    let fill = order.fills.last().filter(|_| what == "TRADE");
    let cancel = order.canceling.as_ref().filter(|_| what == "CANCELED").map(|waiting| waiting.word.as_str());
    let (price, qty) = fill.map_or((Ticks(0), Lots(0)), |fill| (fill.price, fill.qty));
    let unit = instrument.unit_value().unwrap_or_default();
    text(&Event::of(ExecutionReport {
        e: "executionReport",
        E: ms(now),
        s: &instrument.symbol,
        c: cancel.unwrap_or(&order.name),
        S: order.side(),
        o: order.type_word(),
        f: order.tif_word(),
        q: decimal(instrument.lot, order.order.qty.0),
        p: decimal(instrument.tick, order.order.price.0),
        P: decimal(instrument.tick, order.order.trigger.0),
        F: decimal(instrument.lot, order.order.display.0),
        g: -1,
        C: if cancel.is_some() { &order.name } else { "" },
        x: what,
        X: order.status,
        r: "NONE",
        i: order.order_id,
        l: decimal(instrument.lot, qty.0),
        z: decimal(instrument.lot, order.executed.0),
        L: decimal(instrument.tick, price.0),
        n: fill.map_or_else(|| "0".to_owned(), |fill| money(fill.fee)),
        N: fill.map(|_| instrument.quote()),
        T: ms(order.updated),
        t: fill.and_then(|fill| i64::try_from(fill.id).ok()).unwrap_or(-1),
        I: number,
        w: order.is_open(),
        m: fill.is_some_and(|fill| fill.maker),
        M: false,
        O: ms(order.order.time),
        Z: money(order.quote),
        Y: money(notional(unit, price, qty)),
        Q: ZERO,
        W: ms(order.order.time),
        V: "NONE",
    }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<T> {
    subscription_id: u32,
    event: T,
}

impl<T> Event<T> {
    fn of(event: T) -> Event<T> {
        Event { subscription_id: 0, event }
    }
}

/// `outboundAccountPosition` of some assets: name, free, locked.
pub(super) fn account_position(balances: &[(&str, Money, Money)], now: Nanos) -> String {
    #[derive(Serialize)]
    struct Balance<'a> {
        a: &'a str,
        f: String,
        l: String,
    }
    #[derive(Serialize)]
    #[allow(non_snake_case)] // the venue's names
    struct Position<'a> {
        e: &'a str,
        E: i64,
        u: i64,
        B: Vec<Balance<'a>>,
    }
    let listed = balances.iter().map(|(a, free, locked)| Balance { a, f: money(*free), l: money(*locked) });
    let balances = listed.collect();
    let (e, time) = ("outboundAccountPosition", ms(now));
    text(&Event::of(Position { e, E: time, u: time, B: balances }))
}

/// The end of a stream of events.
pub(super) fn stream_terminated(now: Nanos) -> String {
    format!("{{\"subscriptionId\":0,\"event\":{{\"e\":\"eventStreamTerminated\",\"E\":{}}}}}", ms(now))
}
