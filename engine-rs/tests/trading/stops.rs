//! Stops and icebergs, live: what Binance spot has is sent, anything else is refused.

use pyrt_engine::engine::core::Hosting;
use pyrt_engine::model::{Command, ReportKind};
use pyrt_engine::strategy::{CompiledStrategy, LoadOptions};

use crate::rig::{BUY_LIMIT, DAY, ICEBERG, Rig, STOP, STOP_LIMIT, TRAIL, compiled, core};

/// Type, ticks, trigger and display of what reached the venue, as its order entry read it.
fn sent(rig: &Rig) -> Vec<(u8, i64, i64, i64)> {
    rig.commands.iter().map(|c| (c.order_type, c.price, c.trigger, c.display)).collect()
}

#[test]
fn stops_and_icebergs_reach_the_venue_and_fill_like_any_order() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, STOP, 61_000.0);
    rig.tell(1, STOP_LIMIT, 59_000.0);
    rig.tell(1, ICEBERG, 59_500.0);
    assert_eq!(sent(&rig), [(3, 0, 6_100_000, 0), (4, 5_895_000, 5_900_000, 0), (2, 5_950_000, 0, 200)]);
    let id = rig.commands[0].client_order_id;
    let what = rig.fill(61_000.0, 1_000, 1_000, 0.1);
    rig.report(id, &[ReportKind::Accepted, what]);
    assert_eq!(rig.position(0).0, 0.01);
    assert!(rig.refusals().is_empty());
}

#[test]
fn risk_counts_a_stop_at_its_trigger() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, STOP, 11_000_000.0); // 110,000 USD if it fills there
    assert_eq!((rig.commands.len(), rig.refusals().len()), (0, 1));
}

#[test]
fn what_the_venue_has_not_stops_the_strategy() {
    for asked in [TRAIL, DAY] {
        let mut rig = Rig::ready(1, None);
        rig.tell(1, BUY_LIMIT, 59_000.0);
        let id = rig.commands[0].client_order_id;
        rig.report(id, &[ReportKind::Accepted]);
        rig.tell(1, asked, 59_000.0);
        assert_eq!(rig.commands.len(), 2, "the bid, and its cancel: the strategy has failed");
        assert_eq!(rig.commands[1].action, Command::CANCEL);
    }
}

#[test]
fn what_the_venue_has_not_is_refused_when_a_strategy_is_loaded() {
    let strategy = CompiledStrategy::load(&compiled("asking"), 1, &LoadOptions::default()).unwrap();
    let hosting =
        Hosting { name: "one".to_owned(), strategy: strategy.into(), instruments: vec![], enabled: true };
    let Err(error) = core(vec![hosting], 1) else { panic!("it was taken") };
    let words = error.to_string();
    assert!(words.contains("Asking asks for trailing_stop; Binance spot has none"), "{words}");
}
