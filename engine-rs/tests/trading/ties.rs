//! Groups and orders that wait for a parent, live: the host sends them, through risk, when their time has come.

use pyrt_engine::messaging::Action;
use pyrt_engine::model::{ReportKind, State};

use crate::rig::{EXITS, Rig};

const LOTS: i64 = 1_000;

fn one() -> String {
    "one".to_owned()
}

/// Action, side, ticks and lots of what reached the venue.
fn sent(rig: &Rig) -> Vec<(u8, u8, i64, i64)> {
    rig.commands.iter().map(|c| (c.action, c.side, c.price, c.qty)).collect()
}

fn ids(rig: &Rig) -> Vec<u64> {
    rig.commands.iter().map(|command| command.client_order_id).collect()
}

/// Asked for a bid with two exits; the bid rests.
fn waiting() -> Rig {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, EXITS, 59_000.0);
    let bid = ids(&rig)[0];
    rig.report(bid, &[ReportKind::Accepted]);
    assert_eq!(sent(&rig), [(1, 1, 5_900_000, LOTS)]);
    rig
}

fn fill(rig: &mut Rig, id: u64, lots: i64, cumulative: i64) {
    let what = rig.fill(59_000.0, lots, cumulative, 0.1);
    rig.report(id, &[what]);
}

const EXITS_OUT: [(u8, u8, i64, i64); 2] = [(1, 2, 5_910_000, LOTS), (1, 2, 5_920_000, LOTS)];

#[test]
fn exits_leave_when_the_entry_is_whole_and_the_first_that_fills_takes_the_other_back() {
    let mut rig = waiting();
    let bid = ids(&rig)[0];
    fill(&mut rig, bid, LOTS / 2, LOTS / 2);
    assert_eq!(rig.commands.len(), 1, "a part is no end");
    fill(&mut rig, bid, LOTS / 2, LOTS);
    assert_eq!(sent(&rig)[1..], EXITS_OUT);
    let (first, second) = (ids(&rig)[1], ids(&rig)[2]);
    rig.report(first, &[ReportKind::Accepted]);
    rig.report(second, &[ReportKind::Accepted]);
    fill(&mut rig, first, 300, 300);
    let cancel = *rig.commands.last().unwrap();
    assert_eq!((rig.commands.len(), cancel.action, cancel.client_order_id), (4, 2, second));
    rig.report(second, &[ReportKind::Canceled]);
    fill(&mut rig, first, LOTS - 300, LOTS);
    assert_eq!((rig.commands.len(), rig.position(0).0), (4, 0.0));
}

#[test]
fn exits_have_the_size_that_a_canceled_entry_has_filled() {
    let mut rig = waiting();
    let bid = ids(&rig)[0];
    fill(&mut rig, bid, 250, 250);
    rig.report(bid, &[ReportKind::Canceled]);
    assert_eq!(sent(&rig)[1..], EXITS_OUT.map(|(action, side, ticks, _)| (action, side, ticks, 250)));
}

#[test]
fn exits_of_an_entry_that_filled_nothing_never_leave() {
    let mut rig = waiting();
    let bid = ids(&rig)[0];
    rig.report(bid, &[ReportKind::Canceled]);
    assert_eq!(sent(&rig).len(), 1);
    rig.wait(3_000);
    assert_eq!(sent(&rig).len(), 1);
}

#[test]
fn risk_looks_at_an_exit_when_it_leaves() {
    let mut rig = waiting();
    assert!(rig.refusals().is_empty(), "nothing is checked while it waits");
    let bid = ids(&rig)[0];
    rig.state(State::Resyncing); // nothing is known of the market now
    fill(&mut rig, bid, LOTS, LOTS);
    assert_eq!((rig.commands.len(), rig.refusals().len()), (1, 2));
}

#[test]
fn what_waits_is_gone_when_a_strategy_is_stopped_or_all_is_killed() {
    for action in [Action::Stop { strategy: one() }, Action::Kill { reason: "enough".to_owned() }] {
        let mut rig = waiting();
        let bid = ids(&rig)[0];
        rig.command("s", action);
        fill(&mut rig, bid, LOTS, LOTS); // before the cancel
        rig.command("t", Action::Start { strategy: one() });
        rig.wait(3_000);
        assert_eq!(rig.actions(), [1, 2], "the bid and its cancel");
        assert_eq!(rig.position(0).0, 0.01);
    }
}
