//! Replies as the venue writes them: its keys in its order, decimals with eight places.

use serde::Serialize;
use serde_json::value::RawValue;

use super::failure::Failure;
use super::venue_order::{VenueFill, VenueOrder};
use crate::model::{Grid, Instrument, Money, Nanos, notional};

const PLACES: usize = 8;
pub(super) const ZERO: &str = "0.00000000";

pub(super) fn decimal(grid: Grid, steps: i64) -> String {
    let mut out = Vec::with_capacity(24);
    grid.push_decimal(&mut out, steps);
    if grid.exponent() == 0 {
        out.push(b'.');
    }
    out.extend(std::iter::repeat_n(b'0', PLACES.saturating_sub(usize::from(grid.exponent()))));
    String::from_utf8(out).unwrap_or_default()
}

pub(super) fn money(amount: Money) -> String {
    let mut out = Vec::with_capacity(24);
    amount.push_decimal(&mut out);
    String::from_utf8(out).unwrap_or_default()
}

pub(super) fn ms(time: Nanos) -> i64 {
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
    let retry_after = (ms(now) / 10_000 + 1) * 10_000; // the end of the ten seconds
    let data = format!("{{\"serverTime\":{},\"retryAfter\":{retry_after}}}", ms(now));
    failed(id, failure, (failure.status == 429).then_some(&data), limits)
}

/// A refusal, and what more there is to say of it.
pub(super) fn failed(id: &str, failure: &Failure, data: Option<&String>, limits: &[RateLimit]) -> String {
    #[derive(Serialize)]
    struct Error<'a> {
        code: i64,
        msg: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<&'a RawValue>,
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
    let data = data.and_then(|data| serde_json::from_str(data).ok());
    text(&Reply {
        id,
        status: *status,
        error: Error { code: *code, msg: message, data },
        rate_limits: limits,
    })
}

pub(super) fn text<T: Serialize>(form: &T) -> String {
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
        is_working: order.works,
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
        working_time: (reply != For::Canceling && order.works).then(|| ms(order.order.time)),
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

/// The result of `order.amend.keepPriority`; `name` is the one that the order had.
pub(super) fn amended(order: &VenueOrder, instrument: &Instrument, name: &str, execution: u64) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Amended<'a> {
        transact_time: i64,
        execution_id: u64,
        amended_order: OrderForm<'a>,
    }
    let state = StateForm { standing: None, ..state(order, instrument, For::Placing) };
    let form = OrderForm {
        symbol: &instrument.symbol,
        orig_client_order_id: Some(name),
        order_id: order.order_id,
        order_list_id: -1,
        client_order_id: &order.name,
        transact_time: None,
        state: Some(state),
        fills: None,
    };
    let (transact_time, execution_id) = (ms(order.updated), execution);
    // What other replies call `origQty` is `qty` here, and two more have other names.
    text(&Amended { transact_time, execution_id, amended_order: form })
        .replace("\"origQty\":", "\"qty\":")
        .replace("\"origQuoteOrderQty\":", "\"quoteOrderQty\":")
        .replace("\"cummulativeQuoteQty\":", "\"cumulativeQuoteQty\":")
}

/// Both steps of `order.cancelReplace`: results and responses.
pub(super) fn replaced((cancel, canceled): (&str, &str), (new, placed): (&str, &str)) -> String {
    format!(
        "{{\"cancelResult\":\"{cancel}\",\"newOrderResult\":\"{new}\",\"cancelResponse\":{canceled},\
         \"newOrderResponse\":{placed}}}"
    )
}

/// Why a step failed.
pub(super) fn step_failed(failure: &Failure) -> String {
    let message = serde_json::Value::from(failure.message.as_ref());
    format!("{{\"code\":{},\"msg\":{message}}}", failure.code)
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
