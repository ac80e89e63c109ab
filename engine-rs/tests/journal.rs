//! The journal loses nothing that was appended: not to a death, not to a torn tail, not to a full file.

#![allow(clippy::unwrap_used)] // a test may, and so may its helpers

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use pyrt_engine::journal::{EntryKind, HEADER_BYTES, Header, Journal, JournalError, Tail, Writer};
use pyrt_engine::model::Nanos;

const HEADER: Header = Header { session_id: 7, created: Nanos(11), monotonic_at_created: 13, closed: false };

fn payload(n: usize) -> Vec<u8> {
    (0..n % 97).map(|i| (i * 31 + n) as u8).collect()
}

fn write(writer: &mut Writer, n: usize) {
    writer.append(EntryKind::Record, n as u16, Nanos(n as i64), &[&payload(n)]).unwrap();
}

fn check(journal: &Journal, count: usize) {
    let mut seen = 0;
    for (n, entry) in journal.entries().enumerate() {
        assert_eq!((entry.kind, entry.stream, entry.receive_time), (11, n as u16, Nanos(n as i64)));
        assert_eq!(entry.payload, payload(n));
        seen = n + 1;
    }
    assert_eq!(seen, count);
}

#[test]
fn what_was_appended_is_read_and_a_closed_file_is_as_long_as_it_must_be() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.pyrt");
    let mut writer = Writer::create(&path, 1 << 20, &HEADER).unwrap();
    (0..1000).for_each(|n| write(&mut writer, n));
    check(&Journal::open(&path).unwrap(), 1000); // while it is written
    assert!(matches!(Writer::resume(&path), Err(JournalError::Busy { .. })));
    writer.close().unwrap();
    let journal = Journal::open(&path).unwrap();
    check(&journal, 1000);
    assert_eq!(*journal.header(), Header { closed: true, ..HEADER });
    assert_eq!(journal.tail(), Tail::Whole);
    assert!(fs::metadata(&path).unwrap().len() < 100_000);
    assert!(matches!(Writer::create(&path, 1, &HEADER), Err(JournalError::Io { .. })));
}

#[test]
fn a_full_file_says_so_and_keeps_what_it_has() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.pyrt");
    let mut writer = Writer::create(&path, 4096, &HEADER).unwrap();
    let mut n = 0;
    let error = loop {
        match writer.append(EntryKind::Record, n as u16, Nanos(n as i64), &[&payload(n)]) {
            Ok(()) => n += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::Full { .. }), "{error}");
    assert!(n > 20);
    check(&Journal::open(&path).unwrap(), n);
}

#[test]
fn a_torn_tail_is_cut_and_said_and_writing_goes_on_behind_it() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.pyrt");
    let mut writer = Writer::create(&path, 1 << 16, &HEADER).unwrap();
    (0..10).for_each(|n| write(&mut writer, n));
    let end = (1 << 16) - writer.left() + HEADER_BYTES - 8;
    drop(writer);
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&[40, 0, 0, 0, 1, 2, 3, 4, 5, 6], end as u64).unwrap(); // an entry whose checksum is wrong
    let journal = Journal::open(&path).unwrap();
    check(&journal, 10);
    assert_eq!(journal.tail(), Tail::Torn { at: end });
    let mut writer = Writer::resume(&path).unwrap();
    (10..20).for_each(|n| write(&mut writer, n));
    drop(writer);
    let journal = Journal::open(&path).unwrap();
    check(&journal, 20);
    assert_eq!(journal.tail(), Tail::Whole);
}

#[test]
fn what_is_no_container_is_refused_with_what_was_found() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.pyrt");
    for (bytes, words) in
        [(vec![], "0 bytes"), (vec![b'x'; 5000], "begins with"), (b"PYRTLOG1".to_vec(), "8 bytes")]
    {
        fs::write(&path, bytes).unwrap();
        let error = Journal::open(&path).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let mut newer = vec![0; HEADER_BYTES];
    newer[..8].copy_from_slice(b"PYRTLOG1");
    newer[8] = 9;
    fs::write(&path, newer).unwrap();
    assert!(Journal::open(&path).unwrap_err().to_string().contains("version 9, this program reads 1"));
}

/// The writer that is killed: this test's own binary, told so by a variable.
#[test]
fn a_writer_to_be_killed() {
    let Some(path) = std::env::var_os("PYRT_TEST_JOURNAL") else { return };
    let mut writer = Writer::create(Path::new(&path), 1 << 26, &HEADER).unwrap();
    for n in 0.. {
        write(&mut writer, n);
        println!("appended {}", n + 1);
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let home = tempfile::tempdir().unwrap();
    for round in 0..10 {
        let path = home.path().join(format!("{round}.pyrt"));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_writer_to_be_killed", "--nocapture"])
            .env("PYRT_TEST_JOURNAL", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = 0;
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines.by_ref().map_while(Result::ok) {
            said = line.strip_prefix("appended ").map_or(said, |n| n.parse().unwrap());
            if said >= 50 + round * 37 {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let kept = Journal::open(&path).unwrap().entries().count();
        assert!(kept >= said, "{kept} entries are left of {said} that were acknowledged");
        check(&Journal::open(&path).unwrap(), kept);
    }
}

proptest! {
    #[test]
    fn any_parts_read_back_as_one(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..6)) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.pyrt");
        let mut writer = Writer::create(&path, 4096, &HEADER).unwrap();
        let slices: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        writer.append(EntryKind::FrameIn, 1, Nanos(-5), &slices).unwrap();
        writer.append(EntryKind::FrameIn, 2, Nanos(5), &[b"next"]).unwrap();
        let journal = Journal::open(&path).unwrap();
        let read: Vec<Vec<u8>> = journal.entries().map(|entry| entry.payload.to_vec()).collect();
        prop_assert_eq!(read, vec![parts.concat(), b"next".to_vec()]);
    }

    #[test]
    fn damage_anywhere_loses_a_tail_and_never_invents(at in 0_usize..3000, bit in 0_u8..8) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.pyrt");
        let mut writer = Writer::create(&path, 1 << 14, &HEADER).unwrap();
        (0..60).for_each(|n| write(&mut writer, n));
        drop(writer);
        let mut bytes = fs::read(&path).unwrap();
        bytes[HEADER_BYTES + at] ^= 1 << bit;
        fs::write(&path, bytes).unwrap();
        for (n, entry) in Journal::open(&path).unwrap().entries().enumerate() {
            prop_assert_eq!(entry.payload, payload(n));
        }
    }
}
