//! Events as the venue writes them: about orders, about the account, and the end of their stream.

use serde::Serialize;

use super::forms::{ZERO, decimal, money, ms, text};
use super::venue_order::VenueOrder;
use crate::model::{Instrument, Lots, Money, Nanos, Ticks, notional};

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

/// An event about an order: `what` happened, by its last fill if it traded. After a cancel or a change the order has
/// a name of that, and the one that it had before.
pub(super) fn execution_report(
    order: &VenueOrder,
    instrument: &Instrument,
    (what, name, original): (&str, &str, &str),
    (number, now): (u64, Nanos),
) -> String {
    let fill = order.fills.last().filter(|_| what == "TRADE");
    let (price, qty) = fill.map_or((Ticks(0), Lots(0)), |fill| (fill.price, fill.qty));
    let unit = instrument.unit_value().unwrap_or_default();
    text(&Event::of(ExecutionReport {
        e: "executionReport",
        E: ms(now),
        s: &instrument.symbol,
        c: name,
        S: order.side(),
        o: order.type_word(),
        f: order.tif_word(),
        q: decimal(instrument.lot, order.order.qty.0),
        p: decimal(instrument.tick, order.order.price.0),
        P: decimal(instrument.tick, order.order.trigger.0),
        F: decimal(instrument.lot, order.order.display.0),
        g: -1,
        C: original,
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
        w: order.is_open() && order.works,
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
