//! Recordings as files: whole, torn, zipped, wrong, several.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use pyrt_engine::market_data::{Content, Recording, RecordingError};

pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pyrt-recording-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

/// Lines with their times, and the numbers of torn ones.
type Lines = (Vec<(i64, String)>, Vec<u64>);

fn read(paths: &[PathBuf]) -> Result<Lines, RecordingError> {
    let mut recording = Recording::open(paths)?;
    let mut lines = vec![];
    while let Some(line) = recording.next()? {
        let text = match line.content {
            Content::Frame(frame) => String::from_utf8_lossy(frame).into_owned(),
            Content::Answer { path, body } => {
                format!("{} -> {}", path.unwrap_or("?"), String::from_utf8_lossy(body))
            }
        };
        lines.push((line.receive_time.0, text));
    }
    let torn = recording.torn().map(|(_, line)| line).collect();
    Ok((lines, torn))
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn frames_and_answers_come_in_the_order_of_receipt() {
    let folder = Folder::new("order");
    let stream = folder.file("stream.tsv", b"10\t{\"a\":1}\r\n\n30\tnot JSON, as received\n");
    let answers = folder.file(
        "answers.tsv.gz",
        &zipped(b"20\t{\"url\": \"/depth?symbol=X\", \"body\": {\"b\": [1]}}\n30\t{\"lastUpdateId\":1}\n"),
    );
    let (lines, torn) = read(&[stream, answers]).unwrap();
    let expected = [
        (10, "{\"a\":1}"),
        (20, "/depth?symbol=X -> {\"b\": [1]}"),
        (30, "not JSON, as received"),
        (30, "? -> {\"lastUpdateId\":1}"),
    ];
    assert_eq!(lines, expected.map(|(time, text)| (time, text.to_owned())));
    assert!(torn.is_empty());
}

#[test]
fn a_torn_last_line_is_left_out_and_said() {
    let folder = Folder::new("torn");
    for (number, tail) in ["20\t{\"b\":", "20", "20\t", "2"].into_iter().enumerate() {
        let path = folder.file(&format!("{number}.tsv"), format!("10\t{{\"a\":1}}\n{tail}").as_bytes());
        let (lines, torn) = read(&[path]).unwrap();
        assert_eq!((lines.len(), torn), (1, vec![2]), "{tail}");
    }
    let whole = folder.file("whole.tsv", b"10\t{\"a\":1}\n20\t{\"b\":2}");
    assert_eq!(read(&[whole]).unwrap().0.len(), 2, "only the newline is missing");
    let mut bytes = zipped(&b"10\t{\"a\":1}\n".repeat(10_000));
    bytes.truncate(bytes.len() / 2);
    let (lines, torn) = read(&[folder.file("cut.tsv.gz", &bytes)]).unwrap();
    assert!(lines.len() < 10_000 && torn.len() <= 1);
}

#[test]
fn an_error_names_file_and_line() {
    let folder = Folder::new("errors");
    for (text, what) in [
        ("10\t{}\nno tab\n20\t{}\n", "wrong.tsv:2: no tab after the receive time"),
        ("10\t{}\n1.5\t{}\n", "wrong.tsv:2: the receive time must be a whole number of ns"),
        ("10\t{}\n20\t{\"url\": 5}\n", "wrong.tsv:2: an answer must be {\"url\": text, \"body\": JSON}"),
    ] {
        let error = read(&[folder.file("wrong.tsv", text.as_bytes())]).unwrap_err().to_string();
        assert!(error.ends_with(what), "{error}");
    }
    let error = read(&[folder.0.join("absent.tsv")]).unwrap_err().to_string();
    assert!(error.contains("absent.tsv") && error.contains("No such file"), "{error}");
    assert_eq!(read(&[folder.file("empty.tsv", b"")]).unwrap(), (vec![], vec![]));
}
