//! An engine that records: played again to the same records; killed, and read all the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pyrt_engine::journal::EntryKind;
use pyrt_engine::journal::recording::{Damage, Recorded};
use pyrt_engine::market_data::records::npy;
use pyrt_engine::model::Event;
use pyrt_engine::random::SplitMix64;
use pyrt_engine::simulator::{Mischief, Place};
use serde_json::Value as Json;

use crate::process::{Engine, PATIENCE, ask, recordings, simulator};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn json(arguments: &[&str]) -> Json {
    let output = ask(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {said}"))
}

#[test]
fn a_recorded_session_is_played_again_to_the_same_records() {
    recorded_and_played_again("text", &["recording.flush_ms=50"]);
}

#[test]
fn a_recorded_session_of_binary_streams_is_played_again_to_the_same_records() {
    let settings = [
        "recording.flush_ms=50",
        "venues.binance.encoding=sbe",
        "venues.binance.key_variable=CARGO_PKG_NAME",
    ];
    let (folder, file) = recorded_and_played_again("sbe", &settings);
    let [lines, back] = ["b.tsv.gz", "b.pyrt"].map(|name| folder.path().join(name));
    let first = json(&["convert", text(&file), "--venue", "binance", "-o", text(&lines)]);
    let last = json(&["convert", text(&lines), "-o", text(&back)]);
    assert_eq!((&first["frames"], &first["answers"]), (&last["frames"], &last["answers"]));
    let frames = |path: &Path| {
        let mut recorded = Recorded::open(path).unwrap();
        let mut frames = vec![];
        while let Some(entry) = recorded.next().unwrap() {
            if entry.kind == EntryKind::FrameIn as u16 && entry.stream == 0 {
                frames.push(entry.payload.to_vec());
            }
        }
        frames
    };
    let own = frames(&file);
    let binary = own.iter().filter(|frame| frame.contains(&0)).count();
    assert!(binary > 500 && binary == own.len(), "{binary} of {} are binary", own.len());
    assert!(own == frames(&back), "through text and back");
}

/// Both connections of a venue are in the recording, and what readers saw of them comes again.
#[test]
fn a_recorded_session_of_pairs_is_played_again_to_the_same_records() {
    let settings = [
        "recording.flush_ms=50",
        "venues.binance.standby=yes",
        "venues.coinbase.standby=yes",
        "venues.kraken.standby=yes",
    ];
    let (_folder, file, _) = played_again("pairs", &settings);
    let mut recorded = Recorded::open(&file).unwrap();
    let mut streams = std::collections::BTreeSet::new();
    while let Some(entry) = recorded.next().unwrap() {
        if entry.kind == EntryKind::FrameIn as u16 {
            streams.insert(entry.stream);
        }
    }
    assert_eq!(streams.len(), 6, "{streams:?}");
}

/// Three venues, with faults in between; what the ring held comes again to the last byte, at any speed.
fn recorded_and_played_again(name: &str, settings: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let (folder, file, again) = played_again(name, settings);
    let report = &json(&["verify", text(&file), "--json"])[0];
    assert_eq!(report["venue"], "binance-spot+coinbase+kraken");
    assert!(report["checksums"].as_u64() > Some(100));
    assert_eq!(report["sound"], false, "it had a gap, a wrong checksum and a crossed book");
    convert_all_ways(&file, folder.path(), &again);
    (folder, file)
}

fn played_again(name: &str, settings: &[&str]) -> (tempfile::TempDir, PathBuf, Vec<Event>) {
    let simulator = simulator();
    let folder = tempfile::tempdir().unwrap();
    let name = format!("test-recorded-{name}-{}", std::process::id());
    let mut engine = Engine::record(&name, &simulator, folder.path(), settings);
    let mut reader = engine.reader();
    let mut live: Vec<Event> = Vec::new();
    let mut out = vec![bytemuck::Zeroable::zeroed(); 4096];
    for (place, what) in [
        (Place::Binance, Mischief::Gap),
        (Place::Kraken, Mischief::Checksum),
        (Place::Coinbase, Mischief::Disconnect),
        (Place::Kraken, Mischief::Crossed),
    ] {
        simulator.harm(place, what);
        let until = Instant::now() + Duration::from_millis(700);
        while Instant::now() < until {
            let count = reader.read_batch(&mut out);
            live.extend_from_slice(&out[..count]);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    engine.stop();
    assert_eq!(reader.lost(), 0);
    let files = recordings(folder.path());
    let [file] = files.as_slice() else { panic!("{files:?}") };
    let recorded = Recorded::open(file).unwrap();
    assert!(recorded.closed() && recorded.damage().is_empty() && recorded.index().len() > 20);

    let played = folder.path().join("played");
    let fast = json(&["replay", text(file), "-o", text(&played)]);
    let again: Vec<Event> = npy::read(&played.join("records.npy")).unwrap();
    assert!(live.len() > 1_000 && again.len() >= live.len(), "{} live, {} again", live.len(), again.len());
    assert!(again[..live.len()] == live, "the first difference: {:?}", first_difference(&again, &live));
    assert_eq!(fast["venue"], "binance+coinbase+kraken");
    assert!(fast["gaps"].as_u64() >= Some(1) && fast["crossed"].as_u64() >= Some(1));
    assert_eq!((&fast["lost"], fast["damage"].as_array().map(Vec::len)), (&Json::from(0), Some(0)));

    let named = format!("{name}-again");
    let slow = json(&["replay", text(file), "--speed", "20", "--name", &named]);
    assert_eq!((&slow["sha256"], &slow["records"]), (&fast["sha256"], &fast["records"]));
    assert!(slow["seconds"].as_f64() > Some(0.1), "{slow}");

    let file = file.clone();
    (folder, file, again)
}

fn first_difference(again: &[Event], live: &[Event]) -> Option<(Event, Event)> {
    again.iter().zip(live).find(|(a, b)| a != b).map(|(a, b)| (*a, *b))
}

/// Records, and frames from one form to another and back.
fn convert_all_ways(file: &Path, folder: &Path, again: &[Event]) {
    let records = folder.join("records.npy");
    let said = json(&["convert", text(file), "-o", text(&records)]);
    assert_eq!(said["records"].as_u64(), Some(again.len() as u64));
    let refused = ask(&["convert", text(file), "-o", text(&folder.join("all.tsv"))]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--venue"));
    let [lines, zipped, back] = ["k.tsv", "k.tsv.gz", "k.pyrt"].map(|name| folder.join(name));
    let first = json(&["convert", text(file), "--venue", "kraken", "-o", text(&lines)]);
    json(&["convert", text(&lines), "-o", text(&back)]);
    let last = json(&["convert", text(&back), "-o", text(&zipped)]);
    assert_eq!((&first["frames"], &first["answers"]), (&last["frames"], &last["answers"]));
    let whole = fs::read_to_string(&lines).unwrap();
    let reports = [&lines, &back, &zipped].map(|path| json(&["verify", text(path), "--json"])[0].clone());
    for key in ["messages", "checksums", "checksums_ok", "gaps", "sound"] {
        assert!(
            reports[0][key] == reports[1][key] && reports[1][key] == reports[2][key],
            "{key}: {reports:?}"
        );
    }
    let times: Vec<&str> = whole.lines().map(|line| line.split('\t').next().unwrap()).collect();
    let (from, until) = (times[times.len() / 3], times[times.len() / 2]);
    let part = folder.join("part.tsv");
    json(&["convert", text(file), "--venue", "kraken", "--from", from, "--until", until, "-o", text(&part)]);
    let inside = |line: &&str| {
        let time = line.split('\t').next().unwrap();
        (from..until).contains(&time)
    };
    let expected: Vec<&str> = whole.lines().filter(inside).collect();
    assert_eq!(fs::read_to_string(&part).unwrap().lines().collect::<Vec<_>>(), expected);
}

/// Whatever the moment, what is in the file is whole, and as much as was flushed.
#[test]
fn a_killed_engines_recording_is_read_up_to_its_last_whole_block() {
    let simulator = simulator();
    let mut random = SplitMix64::new(11);
    for round in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("test-killed-{}-{round}", std::process::id());
        let mut engine = Engine::record(&name, &simulator, folder.path(), &["recording.flush_ms=20"]);
        engine.reader();
        std::thread::sleep(Duration::from_millis(300 + random.below(200)));
        engine.kill();
        let file = recordings(folder.path()).remove(0);
        let begun = Instant::now();
        let mut recorded = Recorded::open(&file).unwrap();
        assert!(!recorded.closed());
        let (mut frames, mut last) = (0, i64::MIN);
        while let Some(entry) = recorded.next().unwrap() {
            if EntryKind::from_code(entry.kind) == Some(EntryKind::FrameIn) {
                assert!(str::from_utf8(entry.payload).unwrap().starts_with(['{', '[']));
                frames += 1;
                last = last.max(entry.receive_time.0);
            }
        }
        assert!(frames > 50, "{frames} frames");
        assert!(recorded.damage().iter().all(|damage| matches!(damage, Damage::Torn { .. })));
        assert!(begun.elapsed() < PATIENCE);
        let report = &json(&["verify", text(&file), "--json"])[0];
        assert_eq!((&report["gaps"], &report["crossed"]), (&Json::from(0), &Json::from(0)), "{report}");
        assert!(
            report["checksums"] == report["checksums_ok"] && report["holes"] == Json::Array(vec![]),
            "{report}"
        );
        let records = folder.path().join("records.npy");
        assert!(json(&["convert", text(&file), "-o", text(&records)])["records"].as_u64() > Some(100));
    }
}
