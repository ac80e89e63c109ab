//! The order manager from outside: whatever the order in which a venue's words arrive, and however often, one course of
//! events has one outcome.

use proptest::prelude::*;
use pyrt_engine::execution::{NotCanceled, NotTracked, OrderManager, Question, Stray, Told};
use pyrt_engine::model::{
    ClientOrderId, Event, Instrument, InstrumentId, Lots, Money, Nanos, Order, OrderReason, OrderStatus,
    OrderType, Report, ReportKind, Side, Ticks, Tif,
};
use pyrt_engine::risk::{Approved, BookView, Context, InFlight, Limits, PreTrade, Ratio};

const ID: ClientOrderId = ClientOrderId(0x0001_0001_0000_0001);
const BTC: InstrumentId = InstrumentId(0);
const QTY: i64 = 10;

fn btc() -> Instrument {
    Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap()
}

fn order(id: ClientOrderId, qty: i64, time: i64) -> Order {
    let (side, order_type, tif, post_only) = (Side::Buy, OrderType::Limit, Tif::Gtc, false);
    Order {
        id,
        instrument: BTC,
        side,
        order_type,
        tif,
        post_only,
        price: Ticks(100),
        qty: Lots(qty),
        trigger: Ticks(0),
        display: Lots(0),
        time: Nanos(time),
    }
}

/// There is no other way to an approved order.
fn approved(order: Order) -> Approved<Order> {
    let limits = include_str!("../../../config/risk_limits.toml").replace("= 60 ", "= 1000000 ");
    let mut risk = PreTrade::new(Limits::from_toml(&limits).unwrap());
    risk.exposures_mut().add(order.instrument, &btc(), Some(Ratio::ONE)).unwrap();
    risk.exposures_mut().set_mark(order.instrument, Some(Ticks(100)));
    let (equity, peak_equity) = (Some(Money::from_f64(1e6)), Some(Money::from_f64(1e6)));
    let book = BookView { synced: true, age: 0 };
    let context = Context { now: order.time, killed: false, stopped: false, book, equity, peak_equity };
    risk.check(order, &context).unwrap()
}

fn manager(qty: i64) -> (OrderManager, Vec<Event>) {
    let (mut orders, mut out) = (OrderManager::new(4), vec![]);
    orders.add_instrument(BTC, btc());
    orders.send(approved(order(ID, qty, 0)), &mut out).unwrap();
    (orders, out)
}

fn told(what: ReportKind, filled: Option<i64>) -> Told {
    let (event_time, receive_time) = (Nanos(1), Nanos(2));
    let report = Report { id: ID, venue_order_id: 77, event_time, receive_time, what };
    Told { filled: filled.map(Lots), ..report.into() }
}

fn fill(qty: i64, cumulative: i64) -> Told {
    let (price, fee, maker) = (Ticks(99), Money(10_i128.pow(15)), true);
    let trade_id = cumulative as u64; // each fill has another sum
    let (qty, cumulative) = (Lots(qty), Lots(cumulative));
    told(ReportKind::Filled { price, qty, cumulative, fee, maker, trade_id }, Some(cumulative.0))
}

fn statuses(out: &[Event]) -> Vec<(OrderStatus, f64)> {
    let updates = out.iter().filter_map(Event::as_order_update);
    updates
        .map(|update| (OrderStatus::from_code((update.flags >> 12) as u8).unwrap(), update.filled_qty))
        .collect()
}

fn on_its_way(orders: &OrderManager) -> i64 {
    orders.in_flight(BTC).buy.0
}

#[test]
fn the_plain_course() {
    use OrderStatus as S;
    let (mut orders, mut out) = manager(QTY);
    assert_eq!(on_its_way(&orders), QTY);
    for told in [told(ReportKind::Accepted, Some(0)), fill(4, 4)] {
        orders.on_told(&told, &mut out).unwrap();
    }
    assert_eq!(on_its_way(&orders), 6);
    orders.cancel(ID, Nanos(5), &mut out).unwrap();
    assert_eq!(orders.cancel(ID, Nanos(6), &mut out), Err(NotCanceled::OnItsWay));
    orders.on_told(&fill(6, 10), &mut out).unwrap();
    assert_eq!(orders.cancel(ID, Nanos(6), &mut out), Err(NotCanceled::Ended(S::Filled)));
    orders.on_told(&told(ReportKind::CancelRejected(OrderReason::TooLate), None), &mut out).unwrap();
    let expected = [
        (S::PendingNew, 0.0),
        (S::New, 0.0),
        (S::PartiallyFilled, 0.00004),
        (S::PendingCancel, 0.00004),
        (S::Filled, 0.0001),
    ];
    assert_eq!(statuses(&out), expected);
    let fills: Vec<_> = out.iter().filter_map(Event::as_fill).collect();
    assert_eq!(
        fills.iter().map(|fill| (fill.price, fill.qty, fill.fee)).collect::<Vec<_>>(),
        [(0.99, 0.00004, 0.001), (0.99, 0.00006, 0.001)]
    );
    assert_eq!(orders.in_flight(BTC), InFlight::default());
    assert_eq!(orders.live().count(), 0);
}

#[test]
fn an_unknown_outcome_is_no_rejection() {
    let (mut orders, mut out) = manager(QTY);
    orders.on_told(&Told::lost(ID, Nanos(3)), &mut out).unwrap();
    assert_eq!(statuses(&out).last(), Some(&(OrderStatus::Unknown, 0.0)));
    assert_eq!(on_its_way(&orders), QTY);
    let mut asked = vec![];
    let mut ask = |orders: &mut OrderManager, now| {
        asked.clear();
        orders.questions(Nanos(now), 100, |about| asked.push((about.name.id, about.question)));
        asked.clone()
    };
    assert_eq!(ask(&mut orders, 10), [(ID, Question::Status)]);
    assert_eq!(ask(&mut orders, 50), []); // not answered yet
    assert_eq!(ask(&mut orders, 110), [(ID, Question::Status)]);
    // not found while the request could still be on its way: that proves nothing
    orders.on_not_found(ID, 1000, Nanos(1100), &mut out);
    assert_eq!(orders.get(ID).unwrap().status(), OrderStatus::Unknown);
    assert_eq!(ask(&mut orders, 1000), [(ID, Question::Status)]);
    orders.on_not_found(ID, 1000, Nanos(1001), &mut out);
    assert_eq!(orders.get(ID).unwrap().status(), OrderStatus::Rejected);
    assert_eq!((on_its_way(&orders), ask(&mut orders, 9999)), (0, vec![]));
    // and if the venue has it after all, it is alive and counts
    orders.on_told(&told(ReportKind::Accepted, Some(0)), &mut out).unwrap();
    assert_eq!((orders.get(ID).unwrap().status(), on_its_way(&orders)), (OrderStatus::New, QTY));
    assert_eq!(orders.counters().contradictions, 1);
    // a venue that has forgotten what it had
    orders.on_told(&Told::lost(ID, Nanos(3)), &mut out).unwrap();
    orders.on_not_found(ID, 1000, Nanos(9999), &mut out);
    assert_eq!((orders.get(ID).unwrap().status(), on_its_way(&orders)), (OrderStatus::New, QTY));
    assert_eq!(ask(&mut orders, 99_999), [(ID, Question::Status)]);
}

#[test]
fn silence_and_lost_connections_are_unknown_outcomes() {
    let (mut orders, mut out) = manager(QTY);
    orders.on_silence(Nanos(99), 100, &mut out);
    assert_eq!(orders.get(ID).unwrap().status(), OrderStatus::PendingNew);
    orders.on_silence(Nanos(100), 100, &mut out);
    assert_eq!(orders.get(ID).unwrap().status(), OrderStatus::Unknown);
    orders.on_told(&told(ReportKind::Accepted, Some(0)), &mut out).unwrap();
    orders.cancel(ID, Nanos(200), &mut out).unwrap();
    orders.on_silence(Nanos(201), 0, &mut out);
    let order = orders.get(ID).unwrap();
    assert_eq!(order.status(), OrderStatus::New); // it lives as far as is known, and is asked about
    let mut asked = 0;
    orders.questions(Nanos(300), 0, |_| asked += 1);
    assert_eq!(asked, 1);
}

#[test]
fn a_fill_that_never_came_is_noticed_and_counts_until_it_does() {
    let (mut orders, mut out) = manager(QTY);
    orders.on_told(&told(ReportKind::Accepted, Some(0)), &mut out).unwrap();
    orders.on_told(&fill(2, 5), &mut out).unwrap(); // the first three are missing
    assert_eq!(orders.get(ID).unwrap().missing(), Lots(3));
    orders.on_told(&told(ReportKind::Canceled, Some(6)), &mut out).unwrap(); // and one more
    let order = orders.get(ID).unwrap();
    assert_eq!(
        (order.status(), order.missing(), order.is_settled()),
        (OrderStatus::Canceled, Lots(4), false)
    );
    assert_eq!(on_its_way(&orders), 4);
    let mut asked = vec![];
    orders.questions(Nanos(9), 1, |about| asked.push(about.question));
    assert_eq!(asked, [Question::Fills]);
    for late in [fill(3, 3), fill(2, 5), fill(1, 6)] {
        orders.on_told(&late, &mut out).unwrap();
    }
    let order = orders.get(ID).unwrap();
    assert_eq!((order.filled(), order.status(), order.is_settled()), (Lots(6), OrderStatus::Canceled, true));
    assert_eq!((on_its_way(&orders), orders.counters().repeated_fills), (0, 1));
    assert_eq!(statuses(&out).last(), Some(&(OrderStatus::Canceled, 0.00006)));
}

#[test]
fn a_venue_that_contradicts_itself_is_counted_and_the_outcome_does_not_depend_on_the_order() {
    let expired = told(ReportKind::Expired(OrderReason::IocRest), None);
    let rejected = told(ReportKind::Rejected(OrderReason::Venue), None);
    let canceled = told(ReportKind::Canceled, None);
    for (one, other, status) in [
        (expired, canceled, OrderStatus::Canceled),
        (rejected, canceled, OrderStatus::Canceled),
        (rejected, expired, OrderStatus::Expired),
        (rejected, fill(4, 4), OrderStatus::PartiallyFilled),
        (rejected, told(ReportKind::Accepted, None), OrderStatus::New),
    ] {
        for pair in [[one, other], [other, one]] {
            let (mut orders, mut out) = manager(QTY);
            pair.iter().for_each(|told| orders.on_told(told, &mut out).unwrap());
            assert_eq!(orders.get(ID).unwrap().status(), status, "{pair:?}");
            assert_eq!(orders.counters().contradictions, 1, "{pair:?}");
        }
    }
    let (mut orders, mut out) = manager(QTY);
    orders.on_told(&fill(QTY + 1, QTY + 1), &mut out).unwrap(); // more than was ordered: it is held all the same
    assert_eq!(orders.get(ID).unwrap().filled(), Lots(QTY + 1));
    assert_eq!((orders.counters().contradictions, on_its_way(&orders)), (1, 0));
}

#[test]
fn places_are_limited_and_used_again() {
    let (mut orders, mut out) = (OrderManager::new(2), vec![]);
    let id = |counter| ClientOrderId::new(1, 1, counter);
    let other = Order { instrument: InstrumentId(1), ..order(id(9), 1, 0) };
    assert_eq!(orders.send(approved(order(id(0), 1, 0)), &mut out), Err(NotTracked::Instrument(0)));
    orders.add_instrument(BTC, btc());
    for counter in 0..2 {
        orders.send(approved(order(id(counter), 1, 0)), &mut out).unwrap();
    }
    assert_eq!(orders.send(approved(order(id(0), 1, 0)), &mut out), Err(NotTracked::Duplicate(id(0).0)));
    assert_eq!(orders.send(approved(order(id(2), 1, 0)), &mut out), Err(NotTracked::Full(2)));
    assert_eq!(orders.send(approved(other), &mut out), Err(NotTracked::Instrument(1)));
    let report = Report { id: id(1), ..told(ReportKind::Canceled, None).report };
    orders.on_report(&report, &mut out).unwrap();
    orders.on_report(&report, &mut out).unwrap(); // still known
    orders.send(approved(order(id(2), 1, 0)), &mut out).unwrap();
    assert_eq!(orders.on_report(&report, &mut out), Err(Stray(id(1).0)));
    assert_eq!((on_its_way(&orders), orders.live().count(), orders.counters().strays), (2, 2, 1));
}

#[test]
fn an_order_from_before_a_restart_counts_and_its_known_fills_do_not_count_twice() {
    let (mut orders, mut out) = (OrderManager::new(2), vec![]);
    orders.add_instrument(BTC, btc());
    orders.adopt(order(ID, QTY, 0), (Lots(4), &[4]), true, &[]).unwrap();
    assert_eq!(on_its_way(&orders), 6);
    for told in [told(ReportKind::Accepted, Some(7)), fill(4, 4), fill(3, 7)] {
        orders.on_told(&told, &mut out).unwrap();
    }
    assert_eq!((on_its_way(&orders), orders.get(ID).unwrap().filled()), (3, Lots(7)));
    assert_eq!(out.iter().filter(|event| event.as_fill().is_some()).count(), 1);
}

/// One course of an order at a venue: fills, how it ended, whether an answer was lost.
fn course() -> impl Strategy<Value = Vec<Told>> {
    let fills = prop::collection::vec(1_i64..4, 0..6);
    (fills, 0..5_u8, any::<bool>(), any::<bool>()).prop_map(|(parts, end, lost, counted)| {
        let mut course = vec![told(ReportKind::Accepted, counted.then_some(0))];
        let mut sum = 0;
        for part in parts {
            sum += part;
            course.push(fill(part, sum));
        }
        let all = counted.then_some(sum);
        match end {
            0 => course.push(told(ReportKind::Canceled, all)),
            1 => course.push(told(ReportKind::Expired(OrderReason::IocRest), all)),
            2 if sum < 20 => course.push(fill(20 - sum, 20)),
            3 => course = vec![told(ReportKind::Rejected(OrderReason::WouldCross), None)],
            _ => {}
        }
        if lost {
            course.push(told(ReportKind::Unknown, None));
        }
        course
    })
}

/// The same words in another order, some of them again.
fn disorder(course: Vec<Told>) -> impl Strategy<Value = (Vec<Told>, Vec<Told>)> {
    let again = prop::collection::vec(prop::sample::select(course.clone()), 0..8);
    let straight = course.clone();
    let mixed = again.prop_flat_map(move |again| {
        let all: Vec<Told> = course.iter().chain(&again).copied().collect();
        Just(all).prop_shuffle()
    });
    (Just(straight), mixed)
}

proptest! {
    #[test]
    fn any_order_of_arrival_has_one_outcome((straight, mixed) in course().prop_flat_map(disorder), cancels in any::<bool>()) {
        let run = |words: &[Told]| {
            let (mut orders, mut out) = manager(20);
            if cancels {
                orders.cancel(ID, Nanos(1), &mut out).unwrap();
            }
            for told in words {
                orders.on_told(told, &mut out).unwrap();
                let order = orders.get(ID).unwrap();
                // nothing that may still come is forgotten on the way
                assert_eq!(on_its_way(&orders), order.open().0);
                assert!(order.status().is_final() || order.open().0 + order.filled().0 == 20);
            }
            let order = orders.get(ID).unwrap();
            let fills = out.iter().filter_map(Event::as_fill).map(|fill| fill.qty).fold(0.0, |sum, qty| sum + qty * 1e5);
            assert_eq!(fills.round() as i64, order.filled().0);
            assert_eq!(statuses(&out).last().unwrap().0, order.status());
            (order.status(), order.reason(), order.filled(), order.missing(), on_its_way(&orders), order.is_settled())
        };
        let expected: i64 = straight.iter().map(|told| match told.report.what {
            ReportKind::Filled { qty, .. } => qty.0,
            _ => 0,
        }).sum();
        let outcome = run(&mixed);
        prop_assert_eq!(outcome, run(&straight));
        prop_assert_eq!((outcome.2, outcome.3), (Lots(expected), Lots(0)));
    }
}
