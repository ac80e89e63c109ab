//! What an operator wants.

use pyrt_engine::engine::core::Standing;
use pyrt_engine::messaging::{Action, Outgoing};
use pyrt_engine::model::ReportKind;

use crate::rig::{BUY, BUY_LIMIT, RAISE, Rig, SIGNAL};

fn ack(rig: &Rig) -> (bool, String, u64) {
    let last = rig.world.said.iter().rev().find_map(|message| match message {
        Outgoing::Ack { accepted, reason, parameters_version, .. } => {
            Some((*accepted, reason.clone(), *parameters_version))
        }
        _ => None,
    });
    last.unwrap()
}

fn one() -> String {
    "one".to_owned()
}

#[test]
fn the_kill_switch_takes_back_what_rests_and_lets_nothing_pass() {
    let mut rig = Rig::ready(2, None);
    rig.tell(3, BUY_LIMIT, 59_000.0);
    let ids: Vec<_> = rig.commands.iter().map(|command| command.client_order_id).collect();
    ids.iter().for_each(|id| rig.report(*id, &[ReportKind::Accepted]));
    rig.command("k", Action::Kill { reason: "enough".to_owned() });
    assert_eq!((rig.actions(), ack(&rig).0), (vec![1, 1, 2, 2], true));
    rig.tell(3, BUY, 60_000.0);
    assert_eq!(rig.commands.len(), 4);
    for action in [Action::Start { strategy: String::new() }, Action::Flatten { strategy: one() }] {
        rig.command("s", action);
        assert!(!ack(&rig).0 && ack(&rig).1.contains("kill switch"));
    }
}

#[test]
fn a_stopped_strategy_goes_on_watching_and_starts_again() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, BUY_LIMIT, 59_000.0);
    let id = rig.commands[0].client_order_id;
    rig.report(id, &[ReportKind::Accepted]);
    rig.command("a", Action::Stop { strategy: one() });
    rig.report(id, &[ReportKind::Canceled]);
    assert_eq!((rig.actions(), rig.standing(0)), (vec![1, 2], &Standing::Stopped));
    rig.tell(1, BUY, 60_000.0);
    rig.tell(1, SIGNAL, 60_000.0);
    assert_eq!(rig.actions(), [1, 2]);
    assert!(rig.world.said.iter().any(|message| matches!(message, Outgoing::Signal(_))));
    rig.command("b", Action::Start { strategy: String::new() });
    rig.tell(1, BUY, 60_000.0);
    assert_eq!(rig.actions(), [1, 2, 1]);
    rig.command("c", Action::Start { strategy: "none".to_owned() });
    assert_eq!(ack(&rig).1, "no strategy \"none\"; there is one");
    rig.tell(1, RAISE, 60_000.0);
    rig.command("d", Action::Start { strategy: one() });
    assert!(ack(&rig).1.contains("has failed"), "{}", ack(&rig).1);
}

#[test]
fn flatten_cancels_and_then_closes_at_the_market() {
    let mut rig = Rig::ready(1, None);
    rig.tell(1, BUY, 60_000.0);
    rig.fill_last(60_000.0, 0.6);
    rig.tell(1, BUY_LIMIT, 59_000.0);
    let id = rig.commands[1].client_order_id;
    rig.report(id, &[ReportKind::Accepted]);
    rig.command("f", Action::Flatten { strategy: one() });
    assert_eq!(rig.actions(), [1, 1, 2], "nothing is closed while something is on its way");
    rig.report(id, &[ReportKind::Canceled]);
    let close = *rig.commands.last().unwrap();
    assert_eq!((rig.actions(), close.side, close.qty), (vec![1, 1, 2, 1], 2, 1_000));
    rig.fill_last(60_000.0, 0.6);
    rig.wait(2_000);
    assert_eq!((rig.position(0).0, rig.commands.len()), (0.0, 4));
    assert_eq!(*rig.standing(0), Standing::Stopped);
}

#[test]
fn parameters_change_together_or_not_at_all() {
    let mut rig = Rig::ready(1, None);
    let update = |values: &[(&str, f64)]| Action::UpdateParameters {
        strategy: one(),
        values: values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
    };
    for (values, words) in [
        (&[("qty", 0.02), ("shape", 4.0)][..], "shapes the state"),
        (&[("qty", 0.02), ("speed", 4.0)], "no parameter \"speed\""),
        (&[("bit", 1.5), ("qty", 0.02)], "takes Int"),
    ] {
        rig.command("u", update(values));
        assert!(!ack(&rig).0 && ack(&rig).1.contains(words), "{:?}", ack(&rig));
    }
    rig.tell(1, BUY, 60_000.0);
    rig.command("v", update(&[("qty", 0.02)]));
    assert_eq!(ack(&rig), (true, String::new(), 1));
    rig.tell(1, BUY, 60_000.0);
    assert_eq!(rig.commands.iter().map(|command| command.qty).collect::<Vec<_>>(), [1_000, 2_000]);
}
