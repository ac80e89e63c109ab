//! Changed orders from outside: the venue's documented replies, its errors, and one outcome whatever the order in which
//! its words arrive.

use proptest::prelude::*;
use pyrt_engine::execution::venues::binance::{BinanceOrderEntry, Credentials, Message, Options};
use pyrt_engine::execution::{Asking, Numbers, OrderManager, Plan, Told};
use pyrt_engine::model::{
    ClientOrderId, Event, Instrument, InstrumentId, Lots, Money, Nanos, Order, OrderName,
    OrderReason as Reason, OrderStatus as Status, OrderType, Report, ReportKind as Kind, Side, Ticks, Tif,
};
use pyrt_engine::risk::{Approved, BookView, Context, Limits, PreTrade, Ratio};

use crate::pair::{Pair, START, fill};

const ID: ClientOrderId = ClientOrderId(0x0001_0002_0000_0003);
const ROW: InstrumentId = InstrumentId(0);
const OLD: &str = "pyrt0001000200000003";
const NEW: &str = "pyrt0001000200000003.0001";

fn btc() -> Instrument {
    Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap()
}

/// What a reply says of versions of the order: what happened, filled, quantity.
fn said(text: &str) -> Vec<(u16, Kind, Option<i64>, Option<i64>)> {
    let credentials = Credentials::from_seed("key", &[7; 32]).unwrap();
    let mut entry = BinanceOrderEntry::new(credentials, &[(ROW, btc())], Options::default());
    let (mut out, mut send) = (vec![], vec![]);
    entry.on_text(text, Nanos(5), &mut out, &mut send).unwrap_or_else(|error| panic!("{error}: {text}"));
    let told = out.iter().filter_map(|message| match message {
        Message::Told(told) => Some(told),
        _ => None,
    });
    told.map(|told| {
        assert_eq!(told.report.id, ID);
        let lots = |lots: Option<Lots>| lots.map(|lots| lots.0);
        (told.version, told.report.what, lots(told.filled), lots(told.qty))
    })
    .collect()
}

/// `order.cancelReplace`, as the venue documents its answers, with names of ours.
fn replaced(status: u16, inside: &str) -> String {
    format!(r#"{{"id":"r{NEW}","status":{status},{inside},"rateLimits":[]}}"#)
}

const CANCELED: &str = r#"{"symbol":"BTCUSDT","origClientOrderId":"pyrt0001000200000003","orderId":125690984230,"orderListId":-1,"clientOrderId":"91fe37ce9e69c90d6358c0","transactTime":1684804350068,"price":"23450.00000000","origQty":"0.00847000","executedQty":"0.00001000","origQuoteOrderQty":"0.000000","cummulativeQuoteQty":"0.23450000","status":"CANCELED","timeInForce":"GTC","type":"LIMIT","side":"SELL","selfTradePreventionMode":"NONE"}"#;

#[test]
fn the_documented_replies_to_a_replacement_are_understood() {
    let placed = format!(
        r#"{{"symbol":"BTCUSDT","orderId":12569099453,"orderListId":-1,"clientOrderId":"{NEW}","transactTime":1660813156959,"price":"23416.10000000","origQty":"0.00847000","executedQty":"0.00000000","origQuoteOrderQty":"0.000000","cummulativeQuoteQty":"0.00000000","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"SELL","selfTradePreventionMode":"NONE"}}"#
    );
    let both = replaced(
        200,
        &format!(
            r#""result":{{"cancelResult":"SUCCESS","newOrderResult":"SUCCESS","cancelResponse":{CANCELED},"newOrderResponse":{placed}}}"#
        ),
    );
    let canceled = (0, Kind::Canceled, Some(1), Some(847));
    assert_eq!(said(&both), [canceled, (1, Kind::Accepted, Some(0), Some(847))]);
    let half = replaced(
        409,
        &format!(
            r#""error":{{"code":-2021,"msg":"Order cancel-replace partially failed.","data":{{"cancelResult":"SUCCESS","newOrderResult":"FAILURE","cancelResponse":{CANCELED},"newOrderResponse":{{"code":-2010,"msg":"Order would immediately match and take."}}}}}}"#
        ),
    );
    assert_eq!(said(&half), [canceled, (1, Kind::Rejected(Reason::WouldCross), None, None)]);
    let none = |message: &str| {
        replaced(
            400,
            &format!(
                r#""error":{{"code":-2022,"msg":"Order cancel-replace failed.","data":{{"cancelResult":"FAILURE","newOrderResult":"NOT_ATTEMPTED","cancelResponse":{{"code":-2011,"msg":"{message}"}},"newOrderResponse":null}}}}"#
            ),
        )
    };
    assert_eq!(said(&none("Unknown order sent.")), [(1, Kind::ChangeRefused(Reason::TooLate), None, None)]);
    let crossed = none("Order was not canceled due to cancel restrictions.");
    assert_eq!(said(&crossed), [(1, Kind::ChangeCrossed, None, None)]);
    for (status, code, what) in [
        (429, -1015, Kind::ChangeRefused(Reason::OrderRate)),
        (400, -1013, Kind::ChangeRefused(Reason::BadPrice)),
        (400, -1021, Kind::ChangeRefused(Reason::Venue)),
        (504, -1007, Kind::Unknown),
    ] {
        let failed = format!(r#""error":{{"code":{code},"msg":"Filter failure: PRICE_FILTER"}}"#);
        assert_eq!(said(&replaced(status, &failed))[0], (1, what, None, None), "{code}");
    }
}

#[test]
fn the_documented_reply_to_an_amendment_is_understood() {
    let reply = format!(
        r#"{{"id":"a{OLD}","status":200,"result":{{"transactTime":1741923284382,"executionId":16,"amendedOrder":{{"symbol":"BTCUSDT","orderId":12,"orderListId":-1,"origClientOrderId":"{OLD}","clientOrderId":"{OLD}","price":"5.00000000","qty":"5.00000000","executedQty":"0.50000000","preventedQty":"0.00000000","quoteOrderQty":"0.00000000","cumulativeQuoteQty":"0.00000000","status":"PARTIALLY_FILLED","timeInForce":"GTC","type":"LIMIT","side":"BUY","workingTime":1741923284364,"selfTradePreventionMode":"NONE"}}}},"rateLimits":[]}}"#
    );
    let whole = (0, Kind::Reduced(Lots(500_000)), Some(50_000), Some(500_000));
    assert_eq!(said(&reply), [whole]);
    let event = format!(
        r#"{{"subscriptionId":0,"event":{{"e":"executionReport","E":1741923284382,"s":"BTCUSDT","c":"{OLD}","S":"BUY","o":"LIMIT","f":"GTC","q":"5.00000000","p":"5.00000000","P":"0.00000000","F":"0.00000000","g":-1,"C":"{OLD}","x":"REPLACED","X":"PARTIALLY_FILLED","r":"NONE","i":12,"l":"0.00000000","z":"0.50000000","L":"0.00000000","n":"0","N":null,"T":1741923284382,"t":-1,"I":16,"w":true,"m":false,"M":false,"O":1741923284364,"Z":"0.00000000","Y":"0.00000000","Q":"0.00000000","W":1741923284364,"V":"NONE"}}}}"#
    );
    assert_eq!(said(&event), [whole]);
    for (code, message, reason) in [
        (-2038, "Order amend (quantity increase) is not supported.", Reason::BadQuantity),
        (-2038, "Unknown order sent.", Reason::TooLate),
        (-2038, "The requested action would change no state; rejecting", Reason::Venue),
        (-2038, "Order amend is not supported for this symbol.", Reason::Venue),
        (-2013, "Order does not exist.", Reason::TooLate),
        (-1013, "Filter failure: NOTIONAL", Reason::TooSmall),
    ] {
        let refused =
            format!(r#"{{"id":"a{OLD}","status":400,"error":{{"code":{code},"msg":"{message}"}}}}"#);
        assert_eq!(said(&refused), [(0, Kind::ChangeRefused(reason), None, None)], "{message}");
    }
    let lost = format!(r#"{{"id":"a{NEW}","status":500,"error":{{"code":-1000,"msg":""}}}}"#);
    assert_eq!(said(&lost), [(1, Kind::Unknown, None, None)]);
}

fn order(qty: i64) -> Order {
    let (side, order_type, tif, post_only) = (Side::Buy, OrderType::Limit, Tif::Gtc, false);
    let (price, qty, trigger, display, time) = (Ticks(100), Lots(qty), Ticks(0), Lots(0), Nanos(0));
    let (id, instrument) = (ID, ROW);
    Order { id, instrument, side, order_type, tif, post_only, price, qty, trigger, display, time }
}

/// There is no other way to an approved order.
fn approved(order: Order, more: Option<Lots>) -> Approved<Order> {
    let limits = include_str!("../../../config/risk_limits.toml").replace("= 60 ", "= 1000000 ");
    let mut risk = PreTrade::new(Limits::from_toml(&limits).unwrap());
    risk.exposures_mut().add(ROW, &btc(), Some(Ratio::ONE)).unwrap();
    risk.exposures_mut().set_mark(ROW, Some(Ticks(100)));
    let (equity, peak_equity) = (Some(Money::from_f64(1e6)), Some(Money::from_f64(1e6)));
    let book = BookView { synced: true, age: 0 };
    let context = Context { now: order.time, killed: false, stopped: false, book, equity, peak_equity };
    match more {
        Some(more) => risk.check_change(order, more, &context).unwrap(),
        None => risk.check(order, &context).unwrap(),
    }
}

fn told(version: u16, what: Kind, filled: Option<i64>) -> Told {
    let (event_time, receive_time) = (Nanos(1), Nanos(2));
    let report = Report { id: ID, venue_order_id: 77, event_time, receive_time, what };
    Told { version, filled: filled.map(Lots), ..report.into() }
}

fn filled(version: u16, qty: i64, cumulative: i64) -> Told {
    let trade_id = u64::from(version) * 1_000 + cumulative as u64;
    let (price, fee, maker) = (Ticks(99), Money(10_i128.pow(15)), true);
    let (qty, cumulative) = (Lots(qty), Lots(cumulative));
    told(version, Kind::Filled { price, qty, cumulative, fee, maker, trade_id }, Some(cumulative.0))
}

/// An order of 20 lots, some filled, that the venue has, and a change of it that has left.
fn changing(before: i64, to: Numbers) -> (OrderManager, Vec<Event>) {
    let (mut orders, mut out) = (OrderManager::new(4), vec![]);
    orders.add_instrument(ROW, btc());
    orders.send(approved(order(20), None), &mut out).unwrap();
    orders.on_told(&told(0, Kind::Accepted, Some(0)), &mut out).unwrap();
    if before > 0 {
        orders.on_told(&filled(0, before, before), &mut out).unwrap();
    }
    let tracked = orders.get(ID).unwrap();
    let (old, new) = (tracked.present_name(), tracked.next_name());
    match tracked.plan(to, Nanos(3)) {
        Plan::Reduce(order) => {
            let approved = approved(order, Some(Lots(0)));
            orders.change(approved, Asking::Reduce(old), (to, true), Nanos(3));
        }
        Plan::Replace { order, more, guarded } => {
            let asking = Asking::Replace { old, new, guarded };
            orders.change(approved(order, Some(more)), asking, (to, true), Nanos(3));
        }
        plan => panic!("{plan:?}"),
    }
    (orders, out)
}

/// One course of a change at a venue. Something has filled before it; more fills before it is carried out, and after.
#[derive(Clone, Debug)]
struct Course {
    before: i64,
    to: Numbers,
    words: Vec<Told>,
    filled: i64,
    numbers: (i64, i64),
}

fn course() -> impl Strategy<Value = Course> {
    let parts = (0_i64..8, 0_i64..6, prop::collection::vec(1_i64..4, 0..4));
    (parts, 0..4_u8, 0..4_u8, any::<bool>()).prop_map(|((before, crossing, after), kind, end, counted)| {
        let mut words = vec![];
        let mut sum = before;
        if crossing > 0 {
            sum += crossing;
            words.push(filled(0, crossing, sum));
        }
        let count = |lots: i64| counted.then_some(lots);
        let to = |qty, price| Numbers { qty: Lots(qty), price: Ticks(price), trigger: Ticks(0) };
        // Replaced at another price or with more lots; made smaller; not done.
        let (to, done, version) = match kind {
            0 => (to(0, 90), (20, 90), 1),
            1 => (to(30, 0), (30, 100), 1),
            2 => (to(18, 0), (18, 100), 0),
            _ => (to(0, 90), (20, 100), 0),
        };
        let left = match kind {
            2 => {
                words.push(Told { qty: Some(Lots(18)), ..told(0, Kind::Reduced(Lots(18)), count(sum)) });
                18 - sum
            }
            3 => {
                words.push(told(1, Kind::ChangeRefused(Reason::Venue), None));
                20 - sum
            }
            _ => {
                words.push(told(0, Kind::Canceled, count(sum)));
                words.push(told(1, Kind::Accepted, count(0)));
                done.0 - before // as it was asked for
            }
        };
        let mut own = if version == 0 { sum } else { 0 };
        let mut total = sum;
        let mut room = left;
        for part in after {
            let part = part.min(room);
            if part > 0 {
                (own, total, room) = (own + part, total + part, room - part);
                words.push(filled(version, part, own));
            }
        }
        if end == 0 {
            words.push(told(version, Kind::Canceled, count(own)));
        }
        if end == 1 && room > 0 {
            words.push(filled(version, room, own + room));
            total += room;
        }
        Course { before, to, words, filled: total, numbers: done }
    })
}

/// The same words in another order, some of them again.
fn disorder(course: Course) -> impl Strategy<Value = (Course, Vec<Told>)> {
    let again = prop::collection::vec(prop::sample::select(course.words.clone()), 0..6);
    let words = course.words.clone();
    let mixed = again.prop_flat_map(move |again| {
        let all: Vec<Told> = words.iter().chain(&again).copied().collect();
        Just(all).prop_shuffle()
    });
    (Just(course), mixed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn any_order_of_arrival_has_one_outcome((course, mixed) in course().prop_flat_map(disorder), cancels in any::<bool>()) {
        let run = |words: &[Told]| {
            let (mut orders, mut out) = changing(course.before, course.to);
            if cancels {
                orders.cancel(ID, Nanos(4), &mut out).unwrap();
            }
            for told in words {
                orders.on_told(told, &mut out).unwrap();
                let order = orders.get(ID).unwrap();
                // Nothing that may still come is forgotten on the way.
                assert_eq!(orders.in_flight(ROW).buy, order.open());
                assert!(order.open().0 >= 0);
            }
            let order = orders.get(ID).unwrap();
            let records = out.iter().filter_map(Event::as_fill);
            let booked = records.map(|fill| fill.qty).fold(0.0, |sum, qty| sum + qty * 1e5);
            assert_eq!(booked.round() as i64, order.filled().0);
            let told = out.iter().filter_map(Event::as_order_update);
            let modified = told.filter(|update| update.flags & 0xff == Reason::Modified as u16).count();
            let Order { qty, price, .. } = *order.order();
            // Of an order that has ended nobody need hear that it had been changed before.
            let numbers = if order.status().is_final() { (0, 0, 0) } else { (qty.0, price.0, modified) };
            (order.status(), order.filled(), order.missing(), order.open(), numbers, order.is_settled())
        };
        let outcome = run(&mixed);
        prop_assert_eq!(outcome, run(&course.words));
        prop_assert_eq!((outcome.1, outcome.2), (Lots(course.filled), Lots(0)));
        if !outcome.0.is_final() {
            prop_assert_eq!((outcome.4.0, outcome.4.1), course.numbers);
        }
    }
}

#[test]
fn a_change_goes_there_and_everything_about_it_comes_back() {
    let mut pair = Pair::ready();
    let id = pair.place(1, Side::Sell, (6_000_001, 1_000));
    pair.deliver();
    pair.report(id, &[Kind::Accepted]);
    let name = |version| OrderName { id, version };
    // Fewer lots.
    pair.change(id, Numbers { qty: Lots(800), ..Numbers::default() });
    assert_eq!((pair.commands[1].action, pair.commands[1].qty), (3, 800));
    pair.report(id, &[Kind::Reduced(Lots(800))]);
    assert_eq!((pair.order(id).qty, pair.orders.in_flight(crate::pair::BTC).sell), (Lots(800), Lots(800)));
    // Another price.
    pair.change(id, Numbers { price: Ticks(6_100_000), ..Numbers::default() });
    assert_eq!((pair.commands[2].action, pair.commands[3].price, pair.commands[3].qty), (2, 6_100_000, 800));
    let foreign = ClientOrderId(pair.commands[3].client_order_id);
    pair.report(id, &[Kind::Canceled]);
    pair.report(foreign, &[Kind::Accepted, fill(6_100_000, 300, 300, 0.25, 11)]);
    assert_eq!((pair.order(id).price, pair.status(id)), (Ticks(6_100_000), Status::PartiallyFilled));
    assert_eq!(pair.orders.get(id).unwrap().names().collect::<Vec<_>>(), [name(1)]);
    // It is asked about by its new name, and found among the open orders.
    pair.orders.doubt_all();
    let mut asked = vec![];
    pair.orders.questions(Nanos(pair.now), 1, |inquiry| asked.push(*inquiry));
    assert_eq!(asked.iter().map(|inquiry| inquiry.name).collect::<Vec<_>>(), [name(1)]);
    pair.client.ask(&asked[0], Nanos(pair.now), &mut pair.send).unwrap();
    pair.deliver();
    pair.messages.clear();
    pair.client.ask_open_orders(Nanos(pair.now), &mut pair.send).unwrap();
    pair.deliver();
    assert!(!pair.orders.has_doubts());
    let open = pair.messages.iter().find_map(|message| match message {
        Message::OpenOrder(open) => Some((open.told.name(), open.order.price, open.filled)),
        _ => None,
    });
    assert_eq!(open, Some((name(1), Ticks(6_100_000), Lots(300))));
    // The venue refuses: a fill has come first, then nothing is left to change.
    pair.change(id, Numbers { price: Ticks(6_200_000), ..Numbers::default() });
    pair.report(foreign, &[fill(6_100_000, 500, 800, 0.5, 12)]);
    pair.report(foreign, &[Kind::CancelRejected(Reason::TooLate)]);
    let order = pair.orders.get(id).unwrap();
    assert_eq!((order.status(), order.filled(), order.open()), (Status::Filled, Lots(800), Lots(0)));
    assert_eq!(pair.orders.counters().contradictions, 0);
    assert!(pair.now >= START);
}
