//! The file: blocks, index, seeking, damage of every kind.

use std::fs;
use std::path::{Path, PathBuf};

use pyrt_engine::journal::EntryKind;
use pyrt_engine::journal::recording::{Block, BlockWriter, Damage, Recorded, Recorder, RecorderOptions};
use pyrt_engine::model::Nanos;
use pyrt_engine::random::SplitMix64;

/// Kind, stream, time and payload of an entry.
type Row = (u16, u16, i64, Vec<u8>);

fn rows(count: u64) -> Vec<Row> {
    let mut random = SplitMix64::new(7);
    let row = |n: u64| {
        let length = usize::try_from(random.below(300)).unwrap();
        let noise = random.next_u64().to_le_bytes();
        let payload = b"{\"e\":\"depthUpdate\"}".iter().chain(&noise).copied().cycle().take(length).collect();
        (EntryKind::FrameIn as u16, (n % 3) as u16, 1_000 + 10 * n as i64, payload)
    };
    (0..count).map(row).collect()
}

/// Blocks of ten entries; closed or as its writer's death leaves it.
fn write(path: &Path, rows: &[Row], close: bool) {
    let mut writer = BlockWriter::create(path, 42, Nanos(5)).unwrap();
    for part in rows.chunks(10) {
        let mut block = Block::default();
        for (_, stream, time, payload) in part {
            let (first, second) = payload.split_at(payload.len() / 2);
            assert!(block.push(EntryKind::FrameIn, *stream, Nanos(*time), &[first, second]));
        }
        writer.write(&block).unwrap();
    }
    if close {
        writer.finish().unwrap();
    }
}

fn read_on(recorded: &mut Recorded) -> Vec<Row> {
    let mut found = Vec::new();
    while let Some(entry) = recorded.next().unwrap() {
        found.push((entry.kind, entry.stream, entry.receive_time.0, entry.payload.to_vec()));
    }
    found
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pyrt");
    (folder, path)
}

#[test]
fn what_was_written_is_read_with_and_without_its_index() {
    for close in [true, false] {
        let (_folder, path) = folder();
        let written = rows(95);
        write(&path, &written, close);
        let mut recorded = Recorded::open(&path).unwrap();
        assert_eq!((recorded.session_id(), recorded.created(), recorded.closed()), (42, Nanos(5), close));
        assert_eq!(recorded.index().len(), 10);
        assert_eq!(read_on(&mut recorded), written);
        assert_eq!(recorded.damage(), []);
        let text: usize = written.iter().map(|row| row.3.len()).sum();
        assert!(fs::metadata(&path).unwrap().len() < text as u64, "it is compressed");
    }
}

#[test]
fn seeking_finds_the_first_entry_of_a_time() {
    let (_folder, path) = folder();
    let written = rows(95);
    write(&path, &written, true);
    let mut recorded = Recorded::open(&path).unwrap();
    for time in [0, 1_000, 1_001, 1_100, 1_095, 1_555, 1_940, 1_941, 5_000] {
        recorded.seek(Nanos(time)).unwrap();
        let expected: Vec<Row> = written.iter().filter(|row| row.2 >= time).cloned().collect();
        assert_eq!(read_on(&mut recorded), expected, "{time}");
    }
}

/// A file that ends anywhere is whole up to its last whole block.
#[test]
fn a_file_cut_anywhere_is_read_up_to_its_last_whole_block() {
    let (folder, path) = folder();
    let written = rows(45);
    write(&path, &written, true);
    let bytes = fs::read(&path).unwrap();
    let ends: Vec<u64> = {
        let recorded = Recorded::open(&path).unwrap();
        let begins = recorded.index().iter().map(|span| span.offset);
        begins.skip(1).chain([index_offset(&bytes)]).collect()
    };
    let cut = folder.path().join("cut.pyrt");
    for length in (64..bytes.len()).step_by(7) {
        fs::write(&cut, &bytes[..length]).unwrap();
        let mut recorded = Recorded::open(&cut).unwrap();
        let whole = ends.iter().filter(|end| **end <= length as u64).count();
        assert_eq!(read_on(&mut recorded), written[..(10 * whole).min(45)], "{length}");
        let end = whole.checked_sub(1).map_or(64, |last| ends[last]);
        let in_index = whole == ends.len() && length as u64 >= end + 48;
        let torn = (length as u64 > end && !in_index).then_some(Damage::Torn { at: end });
        assert_eq!(recorded.damage(), torn.as_slice(), "{length}");
    }
    for length in [0, 63] {
        fs::write(&cut, &bytes[..length]).unwrap();
        assert!(Recorded::open(&cut).unwrap_err().to_string().contains("a header has 64"));
    }
}

fn index_offset(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(*bytes[bytes.len() - 24..].first_chunk().unwrap())
}

/// Any bit of a block: that block is left out and said, all others are read.
#[test]
fn a_flipped_bit_costs_its_block_and_is_said() {
    for close in [true, false] {
        let (folder, path) = folder();
        let written = rows(45);
        write(&path, &written, close);
        let bytes = fs::read(&path).unwrap();
        let index = Recorded::open(&path).unwrap().index().to_vec();
        let (from, until) = (index[2].offset, index[3].offset);
        let others: Vec<Row> = [&written[..20], &written[30..]].concat();
        let damaged = folder.path().join("damaged.pyrt");
        for at in (from..until - 8).step_by(11) {
            let mut copy = bytes.clone();
            copy[at as usize] ^= 1 << (at % 8);
            fs::write(&damaged, &copy).unwrap();
            let mut recorded = Recorded::open(&damaged).unwrap();
            assert_eq!(read_on(&mut recorded), others, "byte {at}");
            assert_eq!(recorded.damage(), [Damage::Hole { at: from, next: until }], "byte {at}");
        }
    }
}

#[test]
fn a_missing_block_is_a_hole_and_another_version_is_refused() {
    let (folder, path) = folder();
    let written = rows(45);
    write(&path, &written, false);
    let bytes = fs::read(&path).unwrap();
    let index = Recorded::open(&path).unwrap().index().to_vec();
    let (from, until) = (index[1].offset, index[2].offset);
    let spliced = folder.path().join("spliced.pyrt");
    fs::write(&spliced, [&bytes[..from as usize], &bytes[until as usize..]].concat()).unwrap();
    let mut recorded = Recorded::open(&spliced).unwrap();
    assert_eq!(read_on(&mut recorded), [&written[..10], &written[20..]].concat());
    assert_eq!(recorded.damage(), [Damage::Hole { at: from, next: from }]);
    let mut other = bytes.clone();
    other[8] = 2;
    fs::write(&spliced, &other).unwrap();
    assert!(Recorded::open(&spliced).unwrap_err().to_string().contains("version 2, this program reads 1"));
    fs::write(&spliced, [0; 100]).unwrap();
    assert!(Recorded::open(&spliced).unwrap_err().to_string().contains("not a pyrt container"));
}

fn options(path: &Path, file_bytes: u64) -> RecorderOptions {
    RecorderOptions {
        path: path.to_owned(),
        session_id: 1,
        created: Nanos(1),
        file_bytes,
        flush: 1_000_000_000,
        head: vec![(EntryKind::Configuration, b"a = 1".to_vec())],
    }
}

#[test]
fn a_recorder_goes_on_in_the_next_file_and_loses_nothing() {
    let (folder, path) = folder();
    let mut recorder = Recorder::create(options(&path, 100_000)).unwrap();
    let mut random = SplitMix64::new(3);
    let mut written = Vec::new();
    for n in 0..20_000_u64 {
        let payload: Vec<u8> = (0..10).flat_map(|_| random.next_u64().to_le_bytes()).collect();
        recorder.take(EntryKind::FrameIn, 5, Nanos(n as i64 * 1_000), &[&payload]);
        written.push((EntryKind::FrameIn as u16, 5, n as i64 * 1_000, payload));
        if n % 1_000 == 0 {
            std::thread::sleep(std::time::Duration::from_millis(5)); // the disk is slower than this loop
        }
    }
    let told = recorder.close();
    assert_eq!((told.entries, told.lost), (20_000, 0));
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() > 3, "{files:?}");
    let number = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.split('.').nth(1).and_then(|part| part.parse::<u32>().ok()).unwrap_or(1)
    };
    files.sort_by_key(number);
    let mut found = Vec::new();
    for file in &files {
        let mut recorded = Recorded::open(file).unwrap();
        let mut rows = read_on(&mut recorded);
        assert!(recorded.closed() && recorded.damage().is_empty());
        assert_eq!(rows.remove(0), (EntryKind::Configuration as u16, 0, 1, b"a = 1".to_vec()));
        found.append(&mut rows);
    }
    assert!(found == written);
}

#[test]
fn what_finds_no_room_is_counted_in_the_recording() {
    let (_folder, path) = folder();
    let mut recorder = Recorder::create(options(&path, 1 << 30)).unwrap();
    let payload = vec![7; 1 << 20];
    // Faster than any compression: sooner or later no block is free.
    for n in 0..400 {
        recorder.take(EntryKind::FrameIn, 0, Nanos(n), &[&payload]);
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    recorder.take(EntryKind::FrameIn, 0, Nanos(400), &[b"later"]);
    let told = recorder.close();
    assert_eq!(told.entries + told.lost, 401);
    let mut recorded = Recorded::open(&path).unwrap();
    let (mut frames, mut lost) = (0, 0);
    while let Some(entry) = recorded.next().unwrap() {
        match EntryKind::from_code(entry.kind) {
            Some(EntryKind::FrameIn) => frames += 1,
            Some(EntryKind::Lost) => lost += u64::from_le_bytes(entry.payload.try_into().unwrap()),
            _ => {}
        }
    }
    assert_eq!((frames, lost), (told.entries, told.lost));
}

/// The example of `proto/RECORDING.md`.
#[test]
fn the_golden_recording_is_read() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let mut recorded = Recorded::open(&golden.join("recording.pyrt")).unwrap();
    assert!(recorded.closed() && recorded.damage().is_empty());
    let found = read_on(&mut recorded);
    let text = fs::read_to_string(golden.join("recording.tsv")).unwrap();
    assert_eq!(found.len(), text.lines().count());
    for ((kind, stream, time, payload), line) in found.iter().zip(text.lines()) {
        let (received, message) = line.split_once('\t').unwrap();
        assert_eq!((*stream, time.to_string().as_str()), (0, received));
        if *kind == EntryKind::FrameIn as u16 {
            assert_eq!(str::from_utf8(payload).unwrap(), message);
        } else {
            assert_eq!(*kind, EntryKind::Answer as u16);
            let length = u32::from_le_bytes(*payload.first_chunk().unwrap()) as usize;
            let (address, body) = payload[4..].split_at(length);
            let [address, body] = [address, body].map(|part| str::from_utf8(part).unwrap());
            assert_eq!(message, format!("{{\"url\": \"{address}\", \"body\": {body}}}"));
        }
    }
}
