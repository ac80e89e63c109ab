//! Client and venue against each other: every message that one writes the other reads.

use proptest::prelude::*;
use pyrt_engine::execution::OrderManager;
use pyrt_engine::execution::venues::binance::{Conversion, Message, NotSent, Session};
use pyrt_engine::model::{
    ClientOrderId, Command, Event, InstrumentId, Lots, Money, Nanos, Order, OrderReason, OrderStatus,
    OrderType, Report, ReportKind, Side, Ticks, Tif,
};
use pyrt_engine::simulator::order_entry::Action;

use crate::pair::{BTC, MS, Pair, START, btc, fill};

#[test]
fn an_order_goes_there_and_everything_about_it_comes_back() {
    let mut pair = Pair::ready();
    let id = pair.place(1, Side::Sell, (6_000_001, 1_000));
    let order = *pair.orders.get(id).unwrap().order();
    pair.deliver();
    assert_eq!(pair.commands, [Command::new_order(&order)]); // to the last bit what was approved
    pair.report(id, &[ReportKind::Accepted, fill(6_000_001, 400, 400, 0.25, 11)]);
    assert_eq!(pair.status(id), OrderStatus::PartiallyFilled);
    pair.orders.cancel(id, Nanos(pair.now), &mut pair.records).unwrap();
    pair.client.cancel(id, BTC, Nanos(pair.now), &mut pair.send).unwrap();
    pair.deliver();
    assert_eq!(pair.commands[1], Command::cancel(id, BTC, Nanos(pair.now)));
    pair.report(id, &[ReportKind::Canceled]);
    assert_eq!((pair.status(id), pair.orders.in_flight(BTC).sell), (OrderStatus::Canceled, Lots(0)));
    let fills: Vec<_> = pair.records.iter().filter_map(Event::as_fill).collect();
    assert_eq!(fills.len(), 1);
    assert_eq!((fills[0].price, fills[0].qty, fills[0].fee), (60_000.01, 0.004, 0.25));
    // a cancel too many
    pair.client.cancel(id, BTC, Nanos(pair.now), &mut pair.send).unwrap();
    pair.deliver();
    let last = pair.messages.last();
    let says = matches!(last, Some(Message::Told(told)) if told.report.what == ReportKind::CancelRejected(OrderReason::TooLate));
    assert!(says, "{last:?}");
}

#[test]
fn every_type_of_order_arrives_as_it_was_meant() {
    let mut pair = Pair::ready();
    let limit = |counter, tif, post_only| Order {
        id: ClientOrderId::new(1, 1, counter),
        instrument: BTC,
        side: Side::Buy,
        order_type: OrderType::Limit,
        tif,
        post_only,
        price: Ticks(5_999_999),
        qty: Lots(123),
        trigger: Ticks(0),
        display: Lots(0),
        time: Nanos(START),
    };
    let market = Order { order_type: OrderType::Market, price: Ticks(0), ..limit(5, Tif::Gtc, false) };
    let all = [
        limit(1, Tif::Gtc, false),
        limit(2, Tif::Ioc, false),
        limit(3, Tif::Fok, false),
        limit(4, Tif::Gtc, true),
    ];
    let stop = Order { order_type: OrderType::Stop, trigger: Ticks(6_100_000), ..market };
    let stop = Order { id: ClientOrderId::new(1, 1, 6), ..stop };
    let iceberg = Order { id: ClientOrderId::new(1, 1, 7), display: Lots(20), ..limit(7, Tif::Gtc, true) };
    let both = Order {
        id: ClientOrderId::new(1, 1, 8),
        order_type: OrderType::StopLimit,
        trigger: Ticks(5_999_000),
        ..iceberg
    };
    let both = Order { post_only: false, ..both };
    for order in all.into_iter().chain([market, stop, iceberg, both]) {
        pair.send_order(order);
        pair.deliver();
        assert_eq!(pair.commands.pop(), Some(Command::new_order(&order)));
    }
    let expiries = [(2, OrderReason::IocRest), (3, OrderReason::NotEnough), (5, OrderReason::NoLiquidity)];
    for (counter, reason) in expiries {
        let id = ClientOrderId::new(1, 1, counter);
        pair.report(id, &[ReportKind::Accepted, ReportKind::Expired(reason)]);
        let order = pair.orders.get(id).unwrap();
        assert_eq!((order.status(), order.reason()), (OrderStatus::Expired, reason));
    }
    for counter in [6, 7, 8] {
        let id = ClientOrderId::new(1, 1, counter);
        pair.report(id, &[ReportKind::Accepted]);
    }
    pair.messages.clear();
    pair.client.ask_open_orders(Nanos(pair.now), &mut pair.send).unwrap();
    pair.deliver();
    let found = pair.messages.iter().filter_map(|message| match message {
        Message::OpenOrder(open) => Some(Order { time: Nanos(START), ..open.order }),
        _ => None,
    });
    assert_eq!(found.collect::<Vec<_>>(), [stop, iceberg, both]);
    for counter in [6, 7, 8] {
        let id = ClientOrderId::new(1, 1, counter);
        pair.report(id, &[ReportKind::Expired(OrderReason::NoLiquidity)]);
    }
    for (counter, reason) in [(1, OrderReason::Cash), (4, OrderReason::WouldCross)] {
        let id = ClientOrderId::new(1, 1, counter);
        pair.report(id, &[ReportKind::Rejected(reason)]);
        let order = pair.orders.get(id).unwrap();
        assert_eq!((order.status(), order.reason()), (OrderStatus::Rejected, reason));
    }
    assert_eq!(pair.orders.live().count(), 0);
}

#[test]
fn what_was_lost_is_asked_for_and_found() {
    let mut pair = Pair::ready();
    // the connection is lost between the order and its answer; a fill happens meanwhile
    let id = pair.place(1, Side::Buy, (5_999_999, 500));
    let never = pair.place(2, Side::Buy, (5_999_999, 500));
    let text = String::from_utf8(std::mem::take(&mut pair.send)).unwrap();
    let first = text.find("}}").unwrap() + 2; // the second order never arrives
    let _ = pair.venue.on_text(pair.connection, &text[..first], Nanos(pair.now));
    pair.client.disconnected();
    pair.venue.disconnect(pair.connection);
    let at =
        |what| Report { id, venue_order_id: 0, event_time: Nanos(START), receive_time: Nanos(START), what };
    let heard = pair
        .venue
        .on_reports(&[at(ReportKind::Accepted), at(fill(5_999_999, 200, 200, 0.1, 7))], Nanos(START));
    assert!(heard.iter().all(|action| matches!(action, Action::Send { to, .. } if *to == pair.connection)));
    pair.orders.on_silence(Nanos(pair.now), 0, &mut pair.records);
    assert_eq!((pair.status(id), pair.status(never)), (OrderStatus::Unknown, OrderStatus::Unknown));
    assert_eq!(pair.orders.in_flight(BTC).buy, Lots(1_000));
    // back again
    pair.now += 10_000 * MS;
    pair.connection = pair.venue.connect();
    pair.client.connected(Nanos(pair.now), &mut pair.send);
    pair.deliver();
    for _ in 0..3 {
        pair.now += 10_000 * MS;
        let mut asked = vec![];
        pair.orders.questions(Nanos(pair.now), 1, |inquiry| asked.push(*inquiry));
        for inquiry in asked {
            pair.client.ask(&inquiry, Nanos(pair.now), &mut pair.send).unwrap();
            pair.deliver();
        }
    }
    let order = pair.orders.get(id).unwrap();
    assert_eq!(
        (order.status(), order.filled(), order.missing()),
        (OrderStatus::PartiallyFilled, Lots(200), Lots(0))
    );
    assert_eq!(pair.status(never), OrderStatus::Rejected);
    assert_eq!(pair.orders.in_flight(BTC).buy, Lots(300));
    // a new engine finds what lives at the venue
    pair.messages.clear();
    pair.client.ask_open_orders(Nanos(pair.now), &mut pair.send).unwrap();
    pair.deliver();
    let [Message::OpenOrder(open), Message::OpenOrdersEnd] = pair.messages[..] else {
        panic!("{:?}", pair.messages)
    };
    let sent = pair.order(id);
    assert_eq!((open.order, open.filled), (sent, Lots(200)));
    let mut fresh = OrderManager::new(4);
    fresh.add_instrument(BTC, btc());
    fresh.adopt(open.order, (open.filled, &[7]), true, &[]).unwrap();
    assert_eq!(fresh.in_flight(BTC), pair.orders.in_flight(BTC));
}

#[test]
fn balances_clocks_and_ends_of_streams_travel() {
    let mut pair = Pair::ready();
    let money = |amount| Money::from_f64(amount);
    let actions = pair.venue.account_position(
        &[("BTC", money(1.5), money(0.0)), ("USDT", money(10.0), money(2.0))],
        Nanos(START),
    );
    pair.act(actions);
    let [Message::Balance(btc), Message::Balance(usdt)] = pair.messages[..] else {
        panic!("{:?}", pair.messages)
    };
    assert_eq!((btc.asset.as_str(), btc.free), ("BTC", money(1.5)));
    assert_eq!((usdt.asset.as_str(), usdt.locked), ("USDT", money(2.0)));
    let actions = pair.venue.end_streams(Nanos(START));
    pair.act(actions);
    assert_eq!(pair.client.session(), Session::Subscribing);
    let refused = pair.client.cancel(ClientOrderId(1), InstrumentId(9), Nanos(START), &mut vec![]);
    assert_eq!(refused, Err(NotSent::Instrument(InstrumentId(9))));
    pair.deliver();
    assert_eq!(pair.client.session(), Session::Ready);
    // our clock is wrong: the venue says so, tells its own, and then believes us
    let ours = Nanos(START - 7_000 * MS);
    pair.client.ask_open_orders(ours, &mut pair.send).unwrap();
    pair.messages.clear();
    pair.deliver();
    assert_eq!(pair.messages[0], Message::ClockSkew);
    pair.client.ask_time(ours, &mut pair.send);
    let text = String::from_utf8(std::mem::take(&mut pair.send)).unwrap();
    let [Action::Send { text, .. }] = &pair.venue.on_text(pair.connection, &text, Nanos(START))[..] else {
        panic!()
    };
    pair.client.on_text(text, ours, &mut pair.messages, &mut pair.send).unwrap();
    pair.messages.clear();
    pair.client.ask_open_orders(ours, &mut pair.send).unwrap();
    pair.deliver();
    assert_eq!(pair.messages, [Message::OpenOrdersEnd]);
}

#[test]
fn a_fee_in_base_currency_is_understood_too() {
    let mut pair = Pair::ready();
    let id = pair.place(1, Side::Buy, (5_999_999, 500));
    pair.deliver();
    let (now, event) = (Nanos(pair.now), fill(5_999_999, 500, 500, 0.3, 1));
    let report = Report { id, venue_order_id: 0, event_time: now, receive_time: now, what: event };
    for action in pair.venue.on_reports(&[report], now) {
        let Action::Send { text, .. } = action else { panic!() };
        pair.hear(&text.replace(r#""n":"0.30000000","N":"USDT""#, r#""n":"0.00000500","N":"BTC""#));
    }
    let converted = |message: &&Message| {
        matches!(message, Message::Commission { conversion: Conversion::AtFillPrice, .. })
    };
    assert_eq!(pair.messages.iter().filter(converted).count(), 1);
    let fills: Vec<_> = pair.records.iter().filter_map(Event::as_fill).collect();
    assert_eq!(fills[0].fee, 0.299_999_95); // 0.000005 × 59,999.99
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn any_order_survives_the_passage(buy in any::<bool>(), price in 100_000_i64..6_000_000, qty in 10_i64..16_000, counter in any::<u32>()) {
        let mut pair = Pair::ready();
        let side = if buy { Side::Buy } else { Side::Sell };
        prop_assume!(price * qty >= 50_000_000); // five dollars
        let id = pair.place(counter, side, (price, qty));
        pair.deliver();
        prop_assert_eq!(&pair.commands, &[Command::new_order(&pair.order(id))]);
    }
}
