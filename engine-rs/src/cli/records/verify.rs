//! Recordings held against what their venue said.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use pyrt_engine::engine::recorded::{self, Container};
use pyrt_engine::market_data::verification::{Access, Report, verify};
use serde_json::{Value, json};

use super::super::{Exit, fail, say};

/// Arguments of `verify`.
#[derive(Args)]
#[command(
    after_help = "FILE is a recording, lines of recv_ts_ns<TAB>message as received, plain or gzip, or what `run --record` made, or a session's \
journal (.pyrt); the venue is told by its messages (Coinbase's `full` and Kraken's `level3` order by order, Advanced Trade beside Coinbase Exchange). Of several venues in one file the counts are added. REST snapshots are among the lines or in a file of their own, which is matched to its stream. The parsers and \
books are those of a live session. A book's top is held against the venue's own quotes: after every update, where quotes \
bear update ids, else whenever a quote comes.\n\n\
A recording is sound if nothing is missing or damaged, rejected, crossed or rebuilt, every checksum is equal, every book with messages \
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
        let reports = match self.reports() {
            Ok(reports) => reports,
            Err(words) => return fail(Exit::Usage, words),
        };
        if self.json {
            say(format!("{:#}", Value::Array(reports.iter().map(object).collect())));
        } else {
            reports.iter().for_each(|report| say(text(report)));
        }
        if reports.iter().all(Report::sound) { Exit::Fine } else { Exit::Unsound }
    }
}

impl Verify {
    fn reports(&self) -> Result<Vec<Report>, String> {
        let (mut texts, mut containers) = (Vec::new(), Vec::new());
        for path in &self.files {
            let is_one =
                recorded::is_container(path).map_err(|error| format!("{}: {error}", path.display()))?;
            if is_one { containers.push(path) } else { texts.push(path) }
        }
        if self.together && !containers.is_empty() {
            return Ok(vec![of_containers(&self.files)?]);
        }
        let mut found = verify(&texts, self.together, Access::TEXT).map_err(|error| error.to_string())?;
        for path in containers {
            found.push(of_containers(std::slice::from_ref(path))?);
        }
        let place = |report: &Report| self.files.iter().position(|path| *path == report.file);
        found.sort_by_key(place);
        Ok(found)
    }
}

/// One report of one session's files, its venues one after the other.
fn of_containers(files: &[PathBuf]) -> Result<Report, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", files[0].display());
    let mut streams = BTreeSet::new();
    for path in files {
        if recorded::is_container(path).map_err(|error| wrong(&error))? {
            streams.extend(recorded::streams(path).map_err(|error| wrong(&error))?);
        }
    }
    let head = Container::head(&files[0]).map_err(|error| wrong(&error))?;
    let mut whole: Option<Report> = None;
    for stream in streams {
        let known = head.as_ref().map(|head| head.instruments_of(stream));
        let open = |path: &Path| recorded::open(path, stream, (None, None));
        let access = Access { open: &open, instruments: known.as_deref() };
        let reports = verify(files, true, access).map_err(|error| error.to_string())?;
        for report in reports {
            match &mut whole {
                Some(whole) => whole.join(report),
                None => whole = Some(report),
            }
        }
    }
    whole.ok_or_else(|| wrong(&"holds no message of a known venue"))
}

fn object(report: &Report) -> Value {
    json!({
        "file": report.file,
        "venue": report.venues(),
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
        "holes": report.holes,
    })
}

fn text(report: &Report) -> String {
    let faults = report.faults();
    let verdict =
        if faults.is_empty() { "sound".to_owned() } else { format!("NOT SOUND: {}", faults.join(", ")) };
    let mut lines = vec![format!("{} ({}): {verdict}", report.file.display(), report.venues())];
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
