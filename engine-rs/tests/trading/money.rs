//! Orders out, fills in, and what they make of the account.

use pyrt_engine::messaging::Outgoing;
use pyrt_engine::model::{ClientOrderId, Event, Kind, Money, OrderStatus, ReportKind};

use crate::rig::{BUY, BUY_LIMIT, CANCEL_ALL, OFF_GRID, RUN, Rig, SELL, SIGNAL, TIMER};

#[test]
fn an_order_leaves_with_the_event_that_led_to_it() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, BUY, 60_000.0);
    let [order] = rig.commands[..] else { panic!("{:?}", rig.commands) };
    assert_eq!(order.client_order_id, ClientOrderId::new(0, RUN, 1).0);
    assert_eq!((order.time, order.side, order.order_type, order.qty), (rig.now, 1, 1, 1_000));
    let last = rig.world.records.last().unwrap().as_order_update().unwrap();
    assert_eq!((last.flags >> 12, last.qty), (OrderStatus::PendingNew as u16, 0.01));
}

#[test]
fn a_price_between_two_steps_goes_to_the_passive_side() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, OFF_GRID, 59_000.0);
    assert_eq!(rig.commands[0].price, 5_900_000);
}

/// Bought 0.01 at 60,000 and 0.01 at 60,100; sold 0.01 at 60,200; fees 0.6 each.
///
/// | after | position | average | realized less fees | cash |
/// |---|---|---|---|---|
/// | buy | 0.01 | 60,000 | −0.6 | 99,399.4 |
/// | buy | 0.02 | 60,050 | −1.2 | 98,797.8 |
/// | sell | 0.01 | 60,050 | 1.5 − 1.8 = −0.3 | 99,399.2 |
#[test]
fn fills_are_booked_as_the_table_says() {
    let mut rig = Rig::ready(1, None);
    let table = [
        (BUY, 60_000.0, (0.01, 60_000.0, -0.6), 99_399.4),
        (BUY, 60_100.0, (0.02, 60_050.0, -1.2), 98_797.8),
        (SELL, 60_200.0, (0.01, 60_050.0, -0.3), 99_399.2),
    ];
    for (what, price, position, cash) in table {
        rig.quote(price - 0.01, price);
        rig.tell(1, what, price);
        rig.fill_last(price, 0.6);
        assert_eq!(rig.position(0), position);
        assert_eq!(rig.trading.core().account().cash, Money::from_f64(cash));
    }
    rig.tell(1, 0.0, 60_300.0); // nothing to do but a new mark: 0.01 × 60,300 + 99,399.2
    assert_eq!(rig.trading.core().equity(), Money::from_f64(100_002.2));
    let said = |is: fn(&Outgoing) -> bool| rig.world.said.iter().filter(|message| is(message)).count();
    assert_eq!(said(|message| matches!(message, Outgoing::Fill(_))), 3);
    assert_eq!(said(|message| matches!(message, Outgoing::Position(_))), 3);
    assert_eq!(said(|message| matches!(message, Outgoing::Account(_))), 3);
    let own = rig.world.records.iter().map(|record| record.kind);
    let own: Vec<_> =
        own.filter(|kind| *kind >= Kind::OrderUpdate as u8 && *kind <= Kind::Fill as u8).collect();
    assert_eq!(own, [7, 7, 8, 7].repeat(3), "pending new, new, fill, filled");
}

#[test]
fn a_fill_that_is_told_twice_counts_once() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, BUY, 60_000.0);
    let id = rig.commands[0].client_order_id;
    let half = rig.fill(60_000.0, 400, 400, 0.24);
    rig.report(id, &[ReportKind::Accepted, half]);
    let before = (rig.position(0), rig.world.records.len());
    rig.repeat_fill();
    assert_eq!((rig.position(0), rig.world.records.len()), before);
    assert_eq!(rig.trading.core().orders().counters().repeated_fills, 1);
}

#[test]
fn a_resting_order_is_canceled_on_demand() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, BUY_LIMIT, 59_000.0);
    let id = rig.commands[0].client_order_id;
    rig.report(id, &[ReportKind::Accepted]);
    rig.tell(1, CANCEL_ALL, 60_000.0);
    rig.report(id, &[ReportKind::Canceled]);
    assert_eq!(rig.actions(), [1, 2]);
    let order = rig.trading.core().orders().get(ClientOrderId(id)).unwrap();
    assert_eq!(order.status(), OrderStatus::Canceled);
    assert_eq!(rig.trading.core().orders().live().count(), 0);
}

#[test]
fn signals_are_records_and_timers_come_in_time() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, SIGNAL, 60_000.0);
    let signal = rig.world.records.iter().find_map(Event::as_signal).unwrap();
    assert_eq!((signal.value, signal.confidence, signal.receive_time), (0.5, 1.0, rig.now));
    rig.tell(1, TIMER, 60_000.0);
    assert_eq!(rig.trading.core().next_timer().unwrap().0, rig.now + 1_000_000_000);
    rig.wait(900);
    assert!(rig.commands.is_empty());
    rig.wait(100);
    assert_eq!(rig.actions(), [1]); // the timer's order
    assert_eq!(rig.trading.core().next_timer(), None);
}
