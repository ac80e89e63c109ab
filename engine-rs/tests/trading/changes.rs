//! Changed orders, live: fewer lots in their place, another order instead of them, and what crosses them.

use std::path::Path;

use pyrt_engine::messaging::Action;
use pyrt_engine::model::{
    ClientOrderId, Event, Lots, OrderReason as Reason, OrderStatus as Status, ReportKind, State,
};
use pyrt_engine::simulator::order_entry::Only;

use crate::rig::{
    BTC, BUY_LIMIT, ICEBERG, LESS, MORE, REPRICE, RETRIGGER, Rig, STOP, STOP_LIMIT, recorder, taking_over,
};

/// Action, ticks, lots and trigger of what reached the venue.
fn sent(rig: &Rig) -> Vec<(u8, i64, i64, i64)> {
    rig.commands.iter().map(|c| (c.action, c.price, c.qty, c.trigger)).collect()
}

fn id(rig: &Rig, place: usize) -> u64 {
    rig.commands[place].client_order_id
}

/// Status, reason, price, quantity and what has filled, of the updates that were published from a record on.
fn updates(rig: &Rig, from: usize) -> Vec<(u16, u16, f64, f64, f64)> {
    let updates = rig.world.records[from..].iter().filter_map(Event::as_order_update);
    updates.map(|u| (u.flags >> 12, u.flags & 0xff, u.price, u.qty, u.filled_qty)).collect()
}

fn on_its_way(rig: &Rig) -> i64 {
    rig.trading.core().orders().in_flight(BTC).buy.0
}

fn status(rig: &Rig) -> (Status, Reason, i64) {
    let order = rig.trading.core().orders().get(ClientOrderId(id(rig, 0))).unwrap();
    (order.status(), order.reason(), order.filled().0)
}

/// A bid of 1,000 lots at 59,000 that the venue has.
fn resting() -> Rig {
    resting_with(None)
}

fn resting_with(journal: Option<&Path>) -> Rig {
    let mut rig = Rig::ready(1, journal.map(|path| recorder(path, 4 << 20)));
    rig.tell(1, BUY_LIMIT, 59_000.0);
    let id = id(&rig, 0);
    rig.report(id, &[ReportKind::Accepted]);
    rig
}

fn fill(rig: &mut Rig, place: usize, lots: i64, cumulative: i64) {
    let (id, what) = (id(rig, place), rig.fill(59_000.0, lots, cumulative, 0.1));
    rig.report(id, &[what]);
}

const NEW: u16 = Status::New as u16;
const PARTIAL: u16 = Status::PartiallyFilled as u16;
const MODIFIED: u16 = Reason::Modified as u16;

#[test]
fn fewer_lots_keep_their_place() {
    let mut rig = resting();
    rig.tell(1, LESS, 59_000.0);
    assert_eq!((sent(&rig)[1], id(&rig, 1)), ((3, 0, 500, 0), id(&rig, 0)));
    assert_eq!(on_its_way(&rig), 1_000, "both count until it is known");
    let from = rig.world.records.len();
    rig.answer_changes();
    assert_eq!(updates(&rig, from), [(NEW, MODIFIED, 59_000.0, 0.005, 0.0)]);
    assert_eq!(on_its_way(&rig), 500);
    fill(&mut rig, 0, 500, 500);
    assert_eq!((status(&rig), rig.position(0).0), ((Status::Filled, Reason::None, 500), 0.005));
}

#[test]
fn another_price_is_another_order_there_and_the_same_here() {
    let mut rig = resting();
    rig.tell(1, REPRICE, 58_000.0);
    assert_eq!(sent(&rig)[1..], [(2, 0, 0, 0), (1, 5_800_000, 1_000, 0)]);
    assert_eq!(rig.pairs[&1].only, Some(Only::New));
    assert_eq!(on_its_way(&rig), 1_000, "only one of them can fill");
    let from = rig.world.records.len();
    rig.answer_changes();
    assert_eq!(updates(&rig, from), [(NEW, MODIFIED, 58_000.0, 0.01, 0.0)]);
    fill(&mut rig, 2, 400, 400);
    assert_eq!((status(&rig).2, on_its_way(&rig)), (400, 600));
    // Changed once more: only what is left leaves, and a fill does not refuse it.
    rig.tell(1, REPRICE, 57_000.0);
    assert_eq!(sent(&rig)[3..], [(2, 0, 0, 0), (1, 5_700_000, 600, 0)]);
    assert_eq!((rig.pairs[&3].only, on_its_way(&rig)), (None, 1_200));
    rig.answer_changes();
    assert_eq!(on_its_way(&rig), 600);
    rig.tell(1, 5.0, 0.0); // cancel all
    assert_eq!((sent(&rig)[5].0, id(&rig, 5)), (2, id(&rig, 4)), "the one that lives");
    let last = id(&rig, 4);
    rig.report(last, &[ReportKind::Canceled]);
    assert_eq!(status(&rig), (Status::Canceled, Reason::None, 400));
    assert_eq!((on_its_way(&rig), rig.position(0).0), (0, 0.004));
}

#[test]
fn what_is_wanted_while_a_change_is_under_way_is_asked_for_afterwards() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, BUY_LIMIT, 59_000.0);
    rig.tell(1, REPRICE, 58_000.0); // before the venue has said that it has the order
    rig.tell(1, LESS, 0.0);
    assert_eq!(rig.commands.len(), 1);
    let bid = id(&rig, 0);
    rig.report(bid, &[ReportKind::Accepted]);
    assert_eq!(sent(&rig)[1..], [(2, 0, 0, 0), (1, 5_800_000, 500, 0)]);
    rig.tell(1, REPRICE, 57_000.0);
    rig.tell(1, REPRICE, 56_000.0);
    assert_eq!(rig.commands.len(), 3);
    rig.answer_changes();
    rig.answer_changes();
    assert_eq!(sent(&rig)[3..], [(2, 0, 0, 0), (1, 5_600_000, 500, 0)], "the later numbers count");
    assert_eq!(on_its_way(&rig), 500);
    // Numbers that it has lead to nothing there, and the strategy hears that they are so.
    let from = rig.world.records.len();
    rig.tell(1, REPRICE, 56_000.0);
    assert_eq!((rig.commands.len(), updates(&rig, from)), (5, vec![(NEW, MODIFIED, 56_000.0, 0.005, 0.0)]));
}

#[test]
fn a_fill_that_crosses_a_change_refuses_it_and_it_is_asked_for_again_with_what_is_left() {
    let mut rig = resting();
    rig.tell(1, REPRICE, 58_000.0);
    let bid = id(&rig, 0);
    // The venue's reply comes before the event of the fill.
    let what = rig.fill(59_000.0, 300, 300, 0.1);
    rig.report(bid, &[ReportKind::ChangeCrossed, what]);
    assert_eq!(sent(&rig)[3..], [(2, 0, 0, 0), (1, 5_800_000, 700, 0)]);
    rig.answer_changes_from(3);
    assert_eq!((status(&rig), on_its_way(&rig)), ((Status::PartiallyFilled, Reason::None, 300), 700));
}

#[test]
fn a_fill_of_a_part_that_crosses_a_change_is_made_up_for() {
    let mut rig = resting();
    fill(&mut rig, 0, 300, 300);
    rig.tell(1, REPRICE, 58_000.0);
    assert_eq!(sent(&rig)[2], (1, 5_800_000, 700, 0));
    fill(&mut rig, 0, 200, 500); // before the venue takes it back
    assert_eq!(on_its_way(&rig), 500 + 700, "as much may fill");
    let from = rig.world.records.len();
    rig.answer_changes();
    rig.answer_changes();
    assert_eq!(sent(&rig)[3], (3, 0, 500, 0), "the new one is 200 lots too large");
    let told = updates(&rig, from);
    assert_eq!(told, [(PARTIAL, MODIFIED, 58_000.0, 0.01, 0.005)], "that is not the strategy's business");
    assert_eq!(on_its_way(&rig), 500);
    // It has filled more than that by then: all of it is taken back.
    fill(&mut rig, 2, 100, 100);
    rig.tell(1, REPRICE, 57_000.0);
    assert_eq!(sent(&rig)[5], (1, 5_700_000, 400, 0));
    fill(&mut rig, 2, 300, 400);
    let new = id(&rig, 5);
    let old = id(&rig, 4);
    rig.report(old, &[ReportKind::Canceled]);
    rig.report(new, &[ReportKind::Accepted]);
    assert_eq!(sent(&rig)[6], (3, 0, 100, 0));
    fill(&mut rig, 5, 200, 200);
    rig.report(new, &[ReportKind::ChangeRefused(Reason::BadQuantity)]);
    assert_eq!((sent(&rig)[7].0, id(&rig, 7)), (2, new));
    rig.report(new, &[ReportKind::Canceled]);
    assert_eq!(status(&rig), (Status::Filled, Reason::None, 1_100));
    assert_eq!((on_its_way(&rig), rig.position(0).0), (0, 0.011));
}

#[test]
fn a_new_order_that_is_refused_after_the_cancel_ends_it() {
    let mut rig = resting();
    rig.tell(1, REPRICE, 58_000.0);
    let (old, new) = (id(&rig, 1), id(&rig, 2));
    let from = rig.world.records.len();
    rig.report(old, &[ReportKind::Canceled]);
    rig.report(new, &[ReportKind::Rejected(Reason::WouldCross)]);
    let canceled = Status::Canceled as u16;
    assert_eq!(updates(&rig, from), [(canceled, Reason::WouldCross as u16, 59_000.0, 0.01, 0.0)]);
    assert_eq!((status(&rig).0, on_its_way(&rig)), (Status::Canceled, 0));
}

#[test]
fn an_order_that_has_ended_is_not_changed() {
    let mut rig = resting();
    rig.tell(1, REPRICE, 58_000.0);
    fill(&mut rig, 0, 1_000, 1_000);
    let bid = id(&rig, 0);
    rig.report(bid, &[ReportKind::CancelRejected(Reason::TooLate)]);
    assert_eq!((status(&rig), on_its_way(&rig)), ((Status::Filled, Reason::None, 1_000), 0));
    rig.tell(1, REPRICE, 57_000.0);
    assert_eq!(rig.commands.len(), 3);
}

#[test]
fn a_change_that_risk_or_the_venue_refuses_leaves_the_order_as_it_was() {
    let mut rig = resting();
    let from = rig.world.records.len();
    rig.tell(1, REPRICE, 11_000_000.0); // 110,000 USD
    assert_eq!(rig.commands.len(), 1);
    assert_eq!(updates(&rig, from), [(NEW, Reason::OrderSize as u16, 59_000.0, 0.01, 0.0)]);
    rig.state(State::Resyncing);
    rig.tell(1, REPRICE, 58_000.0);
    assert_eq!(updates(&rig, from)[1].1, Reason::StaleBook as u16);
    rig.tell(1, LESS, 58_000.0); // less is never worse
    assert_eq!(sent(&rig)[1], (3, 0, 500, 0));
    let (bid, from) = (id(&rig, 0), rig.world.records.len());
    rig.report(bid, &[ReportKind::ChangeRefused(Reason::BadQuantity)]);
    assert_eq!(updates(&rig, from).len(), 1);
    assert_eq!((updates(&rig, from)[0].3, on_its_way(&rig)), (0.01, 1_000));
    rig.market();
    rig.tell(1, MORE, 0.0);
    assert_eq!((sent(&rig)[3], on_its_way(&rig)), ((1, 5_900_000, 2_000, 0), 2_000), "the larger of both");
}

#[test]
fn a_quantity_that_has_filled_takes_the_rest_back() {
    let mut rig = resting();
    fill(&mut rig, 0, 600, 600);
    rig.tell(1, LESS, 0.0);
    assert_eq!((sent(&rig)[1].0, rig.commands.len()), (2, 2));
    // Or it has filled when the change arrives.
    let mut rig = resting();
    rig.tell(1, LESS, 0.0);
    fill(&mut rig, 0, 500, 500);
    let bid = id(&rig, 0);
    rig.report(bid, &[ReportKind::ChangeRefused(Reason::BadQuantity)]);
    assert_eq!(rig.actions(), [1, 3, 2]);
    rig.report(bid, &[ReportKind::Canceled]);
    assert_eq!(status(&rig), (Status::Canceled, Reason::None, 500));
}

#[test]
fn what_is_killed_or_stopped_while_a_change_is_under_way_is_taken_back_whole() {
    for action in [Action::Kill { reason: "enough".to_owned() }, Action::Stop { strategy: "one".to_owned() }]
    {
        let mut rig = resting();
        rig.tell(1, REPRICE, 58_000.0);
        rig.command("k", action);
        let (old, new) = (id(&rig, 1), id(&rig, 2));
        let cancels: Vec<_> = rig.commands[3..].iter().map(|c| (c.action, c.client_order_id)).collect();
        assert_eq!(cancels, [(2, old), (2, new)], "whichever lives");
        rig.report(old, &[ReportKind::Canceled]);
        rig.report(new, &[ReportKind::Accepted]);
        rig.report(old, &[ReportKind::CancelRejected(Reason::TooLate)]);
        rig.report(new, &[ReportKind::Canceled]);
        assert_eq!((status(&rig).0, on_its_way(&rig)), (Status::Canceled, 0));
        rig.wait(3_000);
        assert_eq!(rig.commands.len(), 5);
    }
}

#[test]
fn a_lost_answer_is_asked_for() {
    // It never arrived.
    let mut rig = resting();
    rig.tell_unheard(1, REPRICE, 58_000.0);
    rig.disconnect();
    rig.connect();
    assert_eq!(on_its_way(&rig), 1_000);
    rig.market();
    rig.tell(1, REPRICE, 57_000.0);
    assert_eq!(rig.commands.len(), 1, "nobody knows yet");
    let from = rig.world.records.len();
    for _ in 0..3 {
        rig.wait(3_000);
        rig.market();
    }
    assert_eq!(updates(&rig, from)[0], (NEW, Reason::Venue as u16, 59_000.0, 0.01, 0.0));
    assert_eq!(
        sent(&rig)[1..],
        [(2, 0, 0, 0), (1, 5_700_000, 1_000, 0)],
        "what was wanted since is asked for"
    );
    // It arrived, and the answer got lost; so of fewer lots.
    for (asked, lots, price) in [(REPRICE, 1_000, 58_000.0), (LESS, 500, 59_000.0)] {
        let mut rig = resting();
        rig.tell(1, asked, price);
        let dropped = rig.world.records.len();
        rig.drop_connection();
        rig.answer_changes();
        rig.input(&pyrt_engine::engine::trading::Entry::Disconnected(1));
        rig.connect();
        rig.wait(3_000);
        assert_eq!(updates(&rig, dropped)[0].1, MODIFIED, "{asked}");
        assert_eq!((on_its_way(&rig), status(&rig).0), (lots, Status::New));
    }
}

#[test]
fn stops_have_new_triggers_and_a_triggered_stop_limit_is_a_limit() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, STOP, 61_000.0);
    let stop = id(&rig, 0);
    rig.report(stop, &[ReportKind::Accepted]);
    rig.tell(1, RETRIGGER, 62_000.0);
    assert_eq!((rig.commands[2].order_type, sent(&rig)[2]), (3, (1, 0, 1_000, 6_200_000)));
    for triggered in [false, true] {
        let mut rig = Rig::ready(1, None);
        rig.tell(1, STOP_LIMIT, 59_000.0);
        let stop = id(&rig, 0);
        rig.report(stop, &[ReportKind::Accepted]);
        if triggered {
            rig.report(stop, &[ReportKind::Triggered]); // of which the venue says nothing unless it is asked
        }
        rig.tell(1, REPRICE, 58_500.0);
        let new = rig.commands[2];
        let expected = if triggered { (2, 0) } else { (4, 5_900_000) };
        assert_eq!((new.order_type, new.trigger, new.price), (expected.0, expected.1, 5_850_000));
        rig.answer_changes();
        rig.tell(1, REPRICE, 58_400.0);
        assert_eq!((rig.commands[4].order_type, rig.commands[4].price), (expected.0, 5_840_000));
    }
}

#[test]
fn an_iceberg_shows_no_more_than_is_left() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, ICEBERG, 59_500.0);
    let berg = id(&rig, 0);
    rig.report(berg, &[ReportKind::Accepted]);
    fill(&mut rig, 0, 900, 900);
    rig.tell(1, REPRICE, 59_400.0);
    assert_eq!((rig.commands[2].qty, rig.commands[2].display), (100, 0));
    let mut rig = Rig::ready(1, None);
    rig.tell(1, ICEBERG, 59_500.0);
    let berg = id(&rig, 0);
    rig.report(berg, &[ReportKind::Accepted]);
    rig.tell(1, MORE, 0.0);
    assert_eq!((rig.commands[2].qty, rig.commands[2].display), (2_000, 200));
}

#[test]
fn the_next_session_takes_back_both_orders_of_a_change_that_was_under_way() {
    let mut rig = resting();
    fill(&mut rig, 0, 300, 300);
    rig.tell(1, REPRICE, 58_000.0);
    let left = rig.trading.core().snapshot();
    let json = left.to_json();
    assert_eq!(pyrt_engine::engine::core::Snapshot::from_json(&json).as_ref(), Some(&left));
    assert_eq!(left.orders[0].pieces.len(), 2);
    rig.trading = taking_over(1, &left).unwrap();
    rig.drop_connection();
    assert_eq!(on_its_way(&rig), 700 + 700);
    rig.connect();
    let (old, new) = (id(&rig, 1), id(&rig, 2));
    rig.wait(1_000);
    let cancels: Vec<_> = rig.commands[3..].iter().map(|c| (c.action, c.client_order_id)).collect();
    assert_eq!(cancels, [(2, old), (2, new)]);
    rig.report(old, &[ReportKind::Canceled]);
    rig.report(new, &[ReportKind::Accepted, ReportKind::Canceled]);
    rig.wait(1_000);
    assert_eq!((status(&rig), on_its_way(&rig)), ((Status::Canceled, Reason::None, 300), 0));
    assert_eq!(Lots(0), rig.trading.core().orders().in_flight(BTC).sell);
}
