//! Starts of the engine after a clean stop, after a death, under other terms, and with a damaged journal.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use pyrt_engine::config::{Config, Overrides, Recover};
use pyrt_engine::engine::{self, core::Snapshot};
use pyrt_engine::ipc::Reader;
use pyrt_engine::journal::{EntryKind, Journal};
use pyrt_engine::model::Kind;
use rustix::fs::{FlockOperation, flock};

use crate::sockets::{Session, kinds, refused, until};

/// Trades until there were so many fills; calls `last` then, while the engine runs, and stops it.
fn trade<T>(session: &Session, fills: usize, last: impl FnOnce() -> T) -> T {
    let mut running = session.start();
    let mut reader = until(&mut running, || Reader::open(&session.name).ok());
    reader.rewind();
    let mut events = vec![];
    until(&mut running, || {
        events.extend(std::iter::from_fn(|| reader.read()));
        (kinds(&events, Kind::Fill) >= fills).then_some(())
    });
    let done = last();
    running.stop().unwrap();
    done
}

/// The files as the death of the engine would leave them.
fn dead(session: &Session, copy: &str) -> PathBuf {
    let to = session.folder.path().join(copy);
    fs::create_dir(&to).unwrap();
    for entry in fs::read_dir(session.folder.path().join("journal")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
    to
}

/// The first file of each session, in their order.
fn journals(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_first = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".pyrt") && name.matches('.').count() == 1
    };
    let mut found: Vec<_> = paths.filter(is_first).collect();
    found.sort();
    found
}

fn snapshots(path: &Path) -> Vec<Snapshot> {
    let journal = Journal::open(path).unwrap();
    let entries = journal.entries().filter(|entry| entry.kind == EntryKind::Snapshot as u16);
    entries
        .map(|entry| Snapshot::from_json(&serde_json::from_slice(entry.payload).unwrap()).unwrap())
        .collect()
}

/// The configuration with other words in it, and this folder of journals.
fn changed(session: &Session, folder: &Path, (from, to): (&str, &str)) -> Config {
    let text = fs::read_to_string(session.folder.path().join("engine.toml")).unwrap();
    assert!(text.contains(from), "{from}");
    let path = session.folder.path().join("other.toml");
    fs::write(&path, text.replace(from, to)).unwrap();
    let mut config = Config::load(Some(&path), &Overrides::default()).unwrap();
    config.messages.directory.clone_from(&session.config.messages.directory);
    config.journal.directory = folder.to_owned();
    config
}

#[test]
fn what_a_stopped_session_left_is_where_the_next_one_begins() {
    let mut session = Session::new("handed");
    trade(&session, 3, || ());
    session.config.trading.cash = 1.0; // counts for a first start only
    trade(&session, 2, || ());
    let found = journals(&session.folder.path().join("journal"));
    let [first, second] = &found[..] else { panic!("{found:?}") };
    let (left, taken) = (snapshots(first), snapshots(second));
    assert_eq!((left.len(), taken.len()), (1, 2));
    assert_eq!(left[0], taken[0]);
    assert!(left[0].orders.is_empty() && left[0].ledgers[0].account.fees.0 > 0, "{left:?}");
    assert!(taken[1].ledgers[0].account.fees > left[0].ledgers[0].account.fees);
    assert_eq!(taken[1].cash, left[0].cash);
    for path in found {
        assert_eq!(engine::decide_again(&session.config, &path).unwrap().parted, None);
    }
}

#[test]
fn a_session_whose_engine_died_goes_on_or_says_why_not() {
    let mut session = Session::new("died");
    let copies = ["on", "other", "newer", "holed"];
    let [on, other, newer, holed] = trade(&session, 3, || copies.map(|copy| dead(&session, copy)));

    session.config.journal.directory.clone_from(&on);
    let before = session.config.clone();
    trade(&session, 2, || ());
    let found = journals(&on);
    assert_eq!(found.len(), 1, "{found:?}");
    let again = engine::decide_again(&session.config, &found[0]).unwrap();
    assert_eq!(again.parted, None);
    assert!(again.fills >= 5, "{again:?}");

    let limits = session.folder.path().join("limits.toml");
    let text = include_str!("../../../../config/risk_limits.toml");
    fs::write(&limits, text.replace("max_leverage = 3.0", "max_leverage = 2.0")).unwrap();
    let every = |n: u32| ("[journal]".to_owned(), format!("parameters = {{ every = {n} }}\n[journal]"));
    let trading = |more: &str| ("[trading]\n".to_owned(), format!("[trading]\n{more}\n"));
    for ((from, to), words) in [
        (every(30), "strategies.0.parameters.every: nothing then, 30.0 now"),
        (trading("recv_window_ms = 100"), "trading.recv_window_ms: 5000.0 then, 100.0 now"),
        (trading("mode = \"live\""), "trading.mode was \"paper\", and is \"live\" now"),
        (
            ("usd = { USDT = 1.0 }".to_owned(), "usd = { USDT = 0.9 }".to_owned()),
            "trading.usd.USDT: 1.0 then, 0.9 now",
        ),
    ] {
        refused(&session, &|config| *config = changed(&session, &other, (&from, &to)), words);
    }
    session.config.journal.directory.clone_from(&other);
    refused(&session, &|config| config.trading.risk.clone_from(&limits), "limits: ");
    let object = session.folder.path().join("pingpong.so");
    let content = fs::read(&object).unwrap();
    fs::write(&object, [content.clone(), vec![0]].concat()).unwrap();
    refused(&session, &|_| (), "SHA-256 of strategy \"pingpong\"'s .so");
    refused(&session, &|_| (), "--set journal.recover=positions");
    refused(&session, &|config| config.journal.recover = Recover::Positions, "is not the file that it was");
    fs::write(&object, content).unwrap();

    let (from, to) = every(15);
    session.config = changed(&session, &other, (&from, &to));
    session.config.journal.recover = Recover::Positions;
    trade(&session, 2, || ());
    let found = journals(&other);
    assert_eq!(found.len(), 2, "{found:?}");
    let taken = snapshots(&found[1]);
    assert!(taken[0].ledgers[0].account.fees.0 > 0 && taken.len() == 2, "{taken:?}");

    session.config = before;
    session.config.journal.directory.clone_from(&newer);
    let lock = fs::File::create(newer.join(format!("{}.lock", session.name))).unwrap();
    flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
    refused(&session, &|_| (), "another engine named");
    drop(lock);
    let file = OpenOptions::new().write(true).open(&journals(&newer)[0]).unwrap();
    file.write_all_at(&[9], 8).unwrap(); // the major version
    refused(&session, &|_| (), "version 9, this program reads 1; put back what is missing, or move it away");

    session.config.journal.directory.clone_from(&holed);
    let path = &journals(&holed)[0];
    OpenOptions::new().write(true).open(path).unwrap().write_all_at(b"!", 40_000).unwrap();
    refused(&session, &|_| (), "a hole");
    session.config.journal.recover = Recover::None;
    trade(&session, 1, || ());
    assert_eq!(snapshots(&journals(&holed)[1]).len(), 1, "flat");
}
