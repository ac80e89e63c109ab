//! A journal decided again gives the same decisions, and a flipped input shows.

use proptest::prelude::*;
use pyrt_engine::engine::Feeds;
use pyrt_engine::engine::trading::{Entry, Replay, Said, Telling, part, retrace};
use pyrt_engine::journal::{self, EntryKind, Header, Journal, Writer};
use pyrt_engine::messaging::{Action, Outgoing};
use pyrt_engine::model::{Command, Event, Nanos, ReportKind, State};

use crate::rig::{EXITS, LESS, MORE, Plain, REPRICE, Rig, START, recorder, trading};

/// What a test may do, as numbers.
fn act(rig: &mut Rig, (what, detail): (u8, u8)) {
    rig.now += i64::from(detail) * 7_654_321;
    let price = 59_900.0 + f64::from(detail);
    match what {
        0..=9 => rig.tell(u64::from(detail % 3 + 1), f64::from(what % 6), price),
        10 => rig.tell(u64::from(detail % 4), f64::from(detail % 13), price),
        11..=14 => {
            let live: Vec<_> = rig
                .trading
                .core()
                .orders()
                .live()
                .map(|order| (order.order().id.0, order.open().0))
                .collect();
            if let Some((id, open)) = live.get(usize::from(detail) % live.len().max(1)) {
                let done = rig
                    .trading
                    .core()
                    .orders()
                    .live()
                    .find(|order| order.order().id.0 == *id)
                    .map_or(0, |order| order.filled().0);
                let lots = (open / 2).max(1);
                let fill = rig.fill(price, lots, done + lots, 0.01);
                rig.report(*id, &[ReportKind::Accepted, fill]);
            }
        }
        15 => rig.wait(i64::from(detail) * 40 + 100),
        16 => rig.quote(price - 0.01, price),
        17 => rig.state(if detail.is_multiple_of(2) { State::Synced } else { State::Resyncing }),
        18 if detail > 200 => {
            rig.disconnect();
            rig.connect();
        }
        19 => rig.command(
            "c",
            if detail.is_multiple_of(2) {
                Action::Stop { strategy: "one".to_owned() }
            } else {
                Action::Start { strategy: String::new() }
            },
        ),
        20 => rig.command(
            "p",
            Action::UpdateParameters {
                strategy: "two".to_owned(),
                values: vec![("qty".to_owned(), f64::from(detail) / 1e4)],
            },
        ),
        22 | 23 => rig.tell(u64::from(detail % 3 + 1), EXITS, price),
        24 | 26 => rig.tell(u64::from(detail % 3 + 1), [LESS, REPRICE, MORE][usize::from(detail % 3)], price),
        25 => rig.answer_changes(),
        21 => rig.command("f", Action::Flatten { strategy: "two".to_owned() }),
        _ => rig.market(),
    }
}

fn journaled(acts: &[(u8, u8)], path: &std::path::Path) -> usize {
    let mut rig = Rig::ready(2, Some(recorder(path, 4 << 20)));
    acts.iter().for_each(|one| act(&mut rig, *one));
    rig.input(&Entry::End);
    rig.deliver();
    rig.commands.len()
}

/// Decisions of a journal: whose, when, what.
fn recorded(journal: &Journal) -> Vec<(u16, i64, Vec<u8>)> {
    let decisions = journal.entries().filter(|entry| entry.kind == EntryKind::Decision as u16);
    let of = |entry: journal::Entry<'_>| (entry.stream, entry.receive_time.0, entry.payload.to_vec());
    decisions.map(of).collect()
}

/// The same of what strategies said.
fn said(telling: &Telling) -> Vec<(u16, i64, Vec<u8>)> {
    let bytes = |place: usize, said: &Said| {
        let stop = telling.stops.iter().find(|stop| stop.0 == place).map(|stop| stop.1.as_bytes());
        let bytes = if said.code == 1 { size_of::<Command>() } else { size_of::<Event>() };
        let record = stop.unwrap_or(&bytemuck::bytes_of(&said.record)[..bytes]);
        [bytemuck::bytes_of(&u64::from(said.code)), record].concat()
    };
    let decided = telling.said.iter().enumerate().filter(|(_, said)| said.code != 0);
    decided.map(|(place, said)| (said.strategy, said.time, bytes(place, said))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn the_same_inputs_give_the_same_bytes(acts in proptest::collection::vec((0_u8..29, any::<u8>()), 1..80)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pyrt");
        let commands = journaled(&acts, &path);
        let (journal, mut telling) = (Journal::open(&path).unwrap(), Telling::default());
        let mut feed = Feeds::one(Box::new(Plain));
        let mut replay = Replay::new(&mut feed, trading(2, None)).telling(&mut telling);
        let _ = journal.entries().all(|entry| replay.take(&entry));
        let again = replay.finish();
        prop_assert_eq!(&again.parted, &None);
        prop_assert!(again.equal >= commands as u64);
        prop_assert_eq!(recorded(&journal), said(&telling));
        prop_assert!(telling.said.is_sorted_by_key(|said| said.row));
        prop_assert!(telling.said.last().is_none_or(|said| said.row < telling.records.len() as u64));
    }
}

#[test]
fn a_session_goes_on_in_the_next_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pyrt");
    let mut rig = Rig::ready(2, Some(recorder(&path, 32_768)));
    for n in 0..=255_u8 {
        act(&mut rig, (n % 17, n.wrapping_mul(37)));
    }
    let killed =
        rig.world.said.iter().find(|message| matches!(message, Outgoing::Status { state: "killed", .. }));
    assert_eq!(killed, None);
    drop(rig);
    let files = (1..).map(|number| part(&path, number)).take_while(|path| path.exists());
    let journals: Vec<_> = files.map(|path| Journal::open(&path).unwrap()).collect();
    assert!(journals.len() > 2 && journals.iter().all(|journal| journal.header().closed));
    let again = retrace(&journals, &mut Feeds::one(Box::new(Plain)), trading(2, None));
    assert_eq!(again.parted, None);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        journals.len(),
        "no file made ahead is left"
    );
}

#[test]
fn a_flipped_input_shows() {
    let folder = tempfile::tempdir().unwrap();
    let (path, forged) = (folder.path().join("a.pyrt"), folder.path().join("b.pyrt"));
    let acts: Vec<(u8, u8)> = (0..60_u8).map(|n| (n % 17, n.wrapping_mul(37))).collect();
    journaled(&acts, &path);
    let journal = Journal::open(&path).unwrap();
    let header = Header { session_id: 1, created: Nanos(START), monotonic_at_created: 0, closed: false };
    let mut writer = Writer::create(&forged, 4 << 20, &header).unwrap();
    for (number, entry) in journal.entries().enumerate() {
        let kind = EntryKind::from_code(entry.kind).unwrap();
        let mut payload = entry.payload.to_vec();
        // the first trade that told a strategy to trade
        if payload.len() == 64 && payload[20] == 1 && payload[40..48] == 1.0_f64.to_le_bytes() {
            payload[40..48].copy_from_slice(&2.0_f64.to_le_bytes());
        }
        let _ = number;
        writer.append(kind, entry.stream, entry.receive_time, &[&payload]).unwrap();
    }
    writer.close().unwrap();
    let again =
        retrace(&[Journal::open(&forged).unwrap()], &mut Feeds::one(Box::new(Plain)), trading(2, None));
    let parted = again.parted.unwrap();
    assert!(parted.recorded.is_some() && parted.decided.is_some(), "{parted:?}");
}
