//! What came in of a session's journal, as the text of a recording: its market's frames and the answers of the REST host.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, Write};
use std::path::Path;

use pyrt_engine::engine::trading::{Entry, STREAM};
use pyrt_engine::journal::{EntryKind, Journal};
use pyrt_engine::model::Nanos;
use serde::Deserialize;

/// What a container begins with.
const MAGIC: [u8; 8] = *b"PYRTLOG1";

/// A file's text: of a journal what came in, of any other file itself.
pub fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let mut file = File::open(path)?;
    let mut first = Vec::new();
    (&mut file).take(MAGIC.len() as u64).read_to_end(&mut first)?;
    if first != MAGIC {
        file.rewind()?;
        return Ok(Box::new(file));
    }
    let journal = Journal::open(path).map_err(io::Error::other)?;
    Ok(Box::new(Cursor::new(text(&journal)?)))
}

fn text(journal: &Journal) -> io::Result<Vec<u8>> {
    let mut symbols = BTreeMap::new();
    let mut out = Vec::new();
    for entry in journal.entries() {
        if EntryKind::from_code(entry.kind) == Some(EntryKind::Instruments) {
            symbols = symbols_of(entry.payload);
        }
        match Entry::read(&entry) {
            Some(Entry::Frame(STREAM, frame)) => push(&mut out, entry.receive_time, &[frame])?,
            Some(Entry::Response(instrument, Some(body))) => {
                let symbol = symbols.get(&instrument.0).map_or("", String::as_str);
                let head = format!(r#"{{"url": "/api/v3/depth?symbol={symbol}", "body": "#);
                push(&mut out, entry.receive_time, &[head.as_bytes(), body, b"}"])?;
            }
            _ => {}
        }
    }
    Ok(out)
}

/// A line; JSON that was written over several lines is joined.
fn push(out: &mut Vec<u8>, time: Nanos, parts: &[&[u8]]) -> io::Result<()> {
    write!(out, "{}\t", time.0)?;
    let bytes = parts.iter().copied().flatten();
    out.extend(bytes.map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
    out.push(b'\n');
    Ok(())
}

/// The venue's symbols by their rows.
fn symbols_of(payload: &[u8]) -> BTreeMap<u32, String> {
    #[derive(Deserialize)]
    struct Row {
        symbol: String,
    }
    #[derive(Deserialize)]
    struct Table {
        instruments: Vec<Row>,
    }
    let rows = serde_json::from_slice::<Table>(payload).map(|table| table.instruments).unwrap_or_default();
    (0..).zip(rows.into_iter().map(|row| row.symbol)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test that fails may panic
mod tests {
    use super::*;
    use pyrt_engine::journal::{Header, Writer};
    use pyrt_engine::market_data::verification::verify;

    const DEPTH: &str =
        r#"{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":11,"u":12,"b":[["9.5","1"]],"a":[["9.7","1"]]}"#;

    #[test]
    fn a_journal_is_verified_like_a_recording() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.pyrt");
        let header = Header { session_id: 1, created: Nanos(1), monotonic_at_created: 1, closed: false };
        let mut writer = Writer::create(&path, 1 << 20, &header).unwrap();
        let mut add = |kind, stream, parts: &[&[u8]]| writer.append(kind, stream, Nanos(5), parts).unwrap();
        add(
            EntryKind::Instruments,
            0,
            &[br#"{"instruments": [{"symbol": "ETHUSDT"}, {"symbol": "BTCUSDT"}]}"#],
        );
        add(EntryKind::Connected, 0, &[]);
        add(
            EntryKind::Response,
            0,
            &[&(1_u64 | 1 << 32).to_le_bytes(), b"{\"lastUpdateId\":10,\n\"bids\":[],\"asks\":[]}"],
        );
        add(EntryKind::FrameIn, 0, &[DEPTH.as_bytes()]);
        add(EntryKind::FrameIn, 1, &[b"{\"id\":1,\"status\":200}"]);
        add(EntryKind::FrameIn, 0, &[DEPTH.replace("11", "14").replace("12", "15").as_bytes()]);
        writer.close().unwrap();
        let report = verify(&[&path], false, open).unwrap().remove(0);
        assert_eq!((report.messages, report.gaps, report.venue.name()), (3, 1, "binance-spot"));
        assert_eq!(report.faults().len(), 3, "{:?}", report.faults());
        let other = folder.path().join("other.tsv");
        std::fs::write(&other, "1\tx\n").unwrap();
        let mut text = String::new();
        open(&other).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "1\tx\n");
    }
}
