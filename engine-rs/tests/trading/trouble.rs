//! What is refused, what fails, what is lost.

use pyrt_engine::engine::core::Standing;
use pyrt_engine::messaging::Outgoing;
use pyrt_engine::model::{ClientOrderId, OrderReason, OrderStatus, ReportKind, State};

use crate::rig::{AGAIN, BTC, BUY, BUY_LIMIT, NOT_A_NUMBER, RAISE, Rig, SELL, recorder};

#[test]
fn nothing_leaves_without_a_book_a_venue_or_room() {
    let mut rig = Rig::new(1, None);
    rig.tell(1, BUY, 60_000.0);
    rig.market();
    rig.tell(1, BUY, 60_000.0);
    rig.connect();
    rig.state(State::Resyncing);
    rig.tell(1, BUY, 60_000.0);
    rig.state(State::Synced);
    rig.wait(5_100);
    rig.tell(1, BUY, 60_000.0); // the book is stale
    rig.market();
    rig.tell(1, BUY_LIMIT, 0.01);
    rig.command(
        "a",
        pyrt_engine::messaging::Action::UpdateParameters {
            strategy: "one".to_owned(),
            values: vec![("qty".to_owned(), 1.0)],
        },
    );
    rig.tell(1, BUY, 60_000.0);
    let reasons = [
        OrderReason::NoVenue,
        OrderReason::NoVenue,
        OrderReason::StaleBook,
        OrderReason::StaleBook,
        OrderReason::TooSmall,
        OrderReason::OrderSize,
    ];
    assert_eq!(rig.refusals(), reasons.map(|reason| reason as u16));
    assert!(rig.commands.is_empty());
    assert_eq!(*rig.standing(0), Standing::Running);
}

#[test]
fn a_strategy_that_answers_its_refusals_does_not_hang_the_engine() {
    let mut rig = Rig::ready(1, None);
    rig.disconnect();
    rig.tell(1, AGAIN, 60_000.0);
    rig.wait(1_000);
    assert!((10..20).contains(&rig.refusals().len()), "one an event: {}", rig.refusals().len());
}

#[test]
fn a_strategy_that_fails_stops_alone_and_its_orders_are_canceled() {
    for (what, words) in [(RAISE, "line 12 in Scripted.on_trade"), (NOT_A_NUMBER, "BadRequest")] {
        let mut rig = Rig::ready(2, None);
        rig.tell(3, BUY_LIMIT, 59_000.0);
        let ids: Vec<_> = rig.commands.iter().map(|command| command.client_order_id).collect();
        ids.iter().for_each(|id| rig.report(*id, &[ReportKind::Accepted]));
        rig.tell(1, what, 60_000.0);
        assert!(
            matches!(rig.standing(0), Standing::Failed(why) if why.contains(words)),
            "{:?}",
            rig.standing(0)
        );
        assert_eq!(*rig.standing(1), Standing::Running);
        assert_eq!(rig.actions(), [1, 1, 2]);
        assert_eq!(rig.commands[2].client_order_id, ids[0]);
        let failed = rig.world.said.iter().any(|message| {
            matches!(message, Outgoing::Status { strategy: Some(id), state: "failed", reason, .. } if id.0 == 0 && reason.contains(words))
        });
        assert!(failed);
        rig.tell(3, BUY, 60_000.0);
        assert_eq!(rig.actions(), [1, 1, 2, 1]);
        assert_eq!(ClientOrderId(rig.commands[3].client_order_id).strategy(), 1);
    }
}

#[test]
fn a_lost_stream_stops_orders_and_what_was_on_its_way_is_asked_for() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, BUY, 60_000.0);
    let id = rig.commands[0].client_order_id;
    rig.disconnect(); // before any answer; the venue fills meanwhile
    let order = |rig: &Rig| rig.trading.core().orders().get(ClientOrderId(id)).unwrap().clone();
    assert_eq!(order(&rig).status(), OrderStatus::Unknown);
    assert_eq!(rig.trading.core().orders().in_flight(BTC).buy.0, 1_000, "it counts until it is known");
    rig.tell(1, SELL, 60_000.0);
    assert_eq!(rig.refusals(), [OrderReason::NoVenue as u16]);
    let fill = rig.fill(60_000.0, 1_000, 1_000, 0.6);
    rig.report(id, &[ReportKind::Accepted, fill]); // nobody hears that
    rig.connect();
    rig.wait(3_000);
    assert_eq!((order(&rig).status(), order(&rig).filled().0), (OrderStatus::Filled, 1_000));
    assert_eq!(rig.position(0).0, 0.01);
    rig.market();
    rig.tell(1, SELL, 60_000.0);
    assert_eq!(rig.actions(), [1, 1]);
}

#[test]
fn an_order_of_an_earlier_start_is_taken_back() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, BUY_LIMIT, 59_000.0);
    let id = rig.commands[0].client_order_id;
    rig.report(id, &[ReportKind::Accepted]);
    // the engine dies; the next one knows of nothing
    rig.trading = crate::rig::trading(1, None);
    rig.disconnect();
    rig.connect();
    assert_eq!(rig.actions(), [1, 2]);
    assert_eq!(rig.commands[1].client_order_id, id);
}

#[test]
fn a_full_journal_kills() {
    let folder = tempfile::tempdir().unwrap();
    // Something is in the place of the next file.
    std::fs::write(folder.path().join("small.2.pyrt"), "").unwrap();
    let mut rig = Rig::ready(1, Some(recorder(&folder.path().join("small.pyrt"), 4_096)));
    rig.tell(1, BUY_LIMIT, 59_000.0);
    for _ in 0..100 {
        rig.quote(59_999.99, 60_000.0);
    }
    assert!(rig.trading.core().is_killed());
    rig.tell(1, BUY, 60_000.0);
    assert_eq!(rig.actions(), [1, 2], "what rests is taken back, nothing else leaves");
    let killed = |message: &Outgoing| matches!(message, Outgoing::Status { state: "killed", reason, .. } if reason.contains("journal"));
    assert!(rig.world.said.iter().any(killed));
}
