//! Recordings held against what their venue said.

use std::path::PathBuf;

use clap::Args;
use pyrt_engine::market_data::verification::{Report, verify};
use serde_json::{Value, json};

use super::super::{Exit, fail, say};
use super::journal_text;

/// Arguments of `verify`.
#[derive(Args)]
#[command(
    after_help = "FILE is a recording, lines of recv_ts_ns<TAB>message as received, plain or gzip, or a session's journal (.pyrt); \
the venue is told by its messages. REST snapshots are among the lines or in a file of their own, which is matched to its stream. The parsers and \
books are those of a live session. A book's top is held against the venue's own quotes: after every update, where quotes \
bear update ids, else whenever a quote comes.\n\n\
A recording is sound if nothing is missing, rejected, crossed or rebuilt, every checksum is equal, every book with messages \
has a snapshot, and at least 95 % of the tops are equal. Exit code 0 if all are sound, 5 if not, 2 if a file cannot be read.\n\n\
Examples:\n  pyrt-engine verify day.tsv.gz\n  pyrt-engine verify streams.tsv snapshots.tsv --json"
)]
pub struct Verify {
    /// Recordings
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// All files are one session: they are merged by receive time and judged as one
    #[arg(long)]
    together: bool,
    /// Prints an array with an object a file
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub fn run(&self) -> Exit {
        let reports = match verify(&self.files, self.together, journal_text::open) {
            Ok(reports) => reports,
            Err(error) => return fail(Exit::Usage, error),
        };
        if self.json {
            say(format!("{:#}", Value::Array(reports.iter().map(object).collect())));
        } else {
            reports.iter().for_each(|report| say(text(report)));
        }
        if reports.iter().all(Report::sound) { Exit::Fine } else { Exit::Unsound }
    }
}

fn object(report: &Report) -> Value {
    json!({
        "file": report.file,
        "venue": report.venue.name(),
        "messages": report.messages,
        "gaps": report.gaps,
        "resyncs": report.resyncs,
        "checksums_ok": report.checksums_ok,
        "checksums": report.checksums,
        "tops_equal": report.tops_equal,
        "tops": report.tops,
        "crossed": report.crossed,
        "rejected": report.rejected,
        "unknown": report.unknown,
        "incomplete": report.incomplete,
        "sound": report.sound(),
        "faults": report.faults(),
        "with": report.with,
        "part_of": report.part_of,
        "torn": report.torn,
    })
}

fn text(report: &Report) -> String {
    let faults = report.faults();
    let verdict =
        if faults.is_empty() { "sound".to_owned() } else { format!("NOT SOUND: {}", faults.join(", ")) };
    let mut lines = vec![format!("{} ({}): {verdict}", report.file.display(), report.venue.name())];
    let mut line = |words: String| lines.push(format!("  {words}"));
    if report.part_of.is_empty() {
        line(format!(
            "{} messages, {} gaps, {} resyncs, {} of {} checksums, {} of {} tops, {} crossed",
            report.messages,
            report.gaps,
            report.resyncs,
            report.checksums_ok,
            report.checksums,
            report.tops_equal,
            report.tops,
            report.crossed,
        ));
    } else {
        line(format!("{} snapshots of {}", report.messages, listed(&report.part_of)));
    }
    if !report.with.is_empty() {
        line(format!("read with {}", listed(&report.with)));
    }
    for (reason, count) in &report.rejected {
        line(format!("{count} rejected: {reason}"));
    }
    for torn in &report.torn {
        line(format!("left out: the torn line {torn}"));
    }
    lines.join("\n")
}

fn listed(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}
