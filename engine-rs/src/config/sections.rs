//! Every key there is, with its default and range.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::Endpoint;

use super::Effective;
use super::assets::{self, ConsolidatedBooks};
use super::reader::Reader;
use super::trading::{self, Journal, Messages, Strategy, Trading};
use super::venues::{self, Alias, Venue, VenueKey};

/// The whole configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The process itself.
    pub engine: Engine,
    /// The segment that Python reads.
    pub shared_memory: SharedMemory,
    /// What goes to stderr.
    pub logging: Logging,
    /// Every venue that there is, used or not, in the order of [`VenueKey::ALL`].
    pub venues: Vec<Venue>,
    /// Books put together over venues.
    pub consolidated: ConsolidatedBooks,
    /// What trades; nothing if there are no strategies.
    pub strategies: Vec<Strategy>,
    /// The account and its venue.
    pub trading: Trading,
    /// What came in and what was decided.
    pub journal: Journal,
    /// All that comes in, recorded.
    pub recording: Recording,
    /// ZeroMQ.
    pub messages: Messages,
    /// Other spellings of symbols.
    pub aliases: Vec<Alias>,
    /// The same key by key, with origins.
    pub effective: Vec<Effective>,
}

/// `[engine]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    /// Names the segment: `/dev/shm/pyrt-<name>`.
    pub name: String,
    /// Inputs that may wait for the decision thread.
    pub input_queue: usize,
    /// Looks for input so long before it sleeps; without effect on one or two cores.
    pub spin: Duration,
    /// For the venue's list of instruments.
    pub startup_timeout: Duration,
}

/// `[shared_memory]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedMemory {
    /// Records of the ring, a power of two.
    pub ring_capacity: u64,
    /// Levels a side of the published books.
    pub book_depth: u32,
    /// Permissions of the segment.
    pub mode: u32,
    /// The group of the segment; nothing: that of the process.
    pub group: Option<u32>,
    /// Rows of the instruments table.
    pub max_instruments: u32,
}

/// `[recording]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Where recordings are made; empty: nothing is recorded.
    pub directory: PathBuf,
    /// A file that has so many bytes is closed, and the next one begun.
    pub file_bytes: u64,
    /// What came in is in the file after so long.
    pub flush: Duration,
}

/// `[logging]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// error, warn, info, debug or trace.
    pub level: String,
    /// JSON lines rather than text.
    pub json: bool,
}

impl Config {
    /// A venue's section.
    ///
    /// # Panics
    /// Never: every venue has its place in the list.
    #[must_use]
    pub fn venue(&self, key: VenueKey) -> &Venue {
        &self.venues[key as usize]
    }

    /// The venues that have symbols, in the order of their rows.
    pub fn used_venues(&self) -> impl Iterator<Item = &Venue> {
        self.venues.iter().filter(|venue| !venue.symbols.is_empty())
    }
}

pub(super) fn read(reader: &mut Reader, environment: &[(String, String)]) -> Config {
    let strategies = trading::strategies(reader);
    let engine = engine(reader);
    let shared_memory = shared_memory(reader);
    let logging = logging(reader);
    let aliases = venues::aliases(reader);
    let venues = venues::read(reader, &aliases);
    let consolidated = assets::read(reader, !strategies.is_empty());
    let trading = trading::trading(reader, environment);
    let recording = recording(reader);
    let (journal, messages) = (trading::journal(reader), trading::messages(reader, environment));
    let effective = Vec::new();
    Config {
        engine,
        shared_memory,
        logging,
        venues,
        consolidated,
        strategies,
        trading,
        journal,
        recording,
        messages,
        aliases,
        effective,
    }
}

fn engine(reader: &mut Reader) -> Engine {
    let name_rule = "must be 1 to 64 characters of a-z, 0-9, - and _";
    Engine {
        name: reader.text("engine.name", "pyrt", name_rule, is_name),
        input_queue: size(reader, "engine.input_queue", 65_536, 1_024, 1 << 24),
        spin: Duration::from_micros(number(reader, "engine.spin_us", 50, 0, 1_000_000)),
        startup_timeout: millis(reader, "engine.startup_timeout_ms", 60_000, 100, 3_600_000),
    }
}

fn shared_memory(reader: &mut Reader) -> SharedMemory {
    let capacity: u64 = number(reader, "shared_memory.ring_capacity", 65_536, 64, 1 << 26);
    if !capacity.is_power_of_two() {
        let near = capacity.next_power_of_two();
        reader.complain("shared_memory.ring_capacity", format!("must be a power of two, such as {near}"));
    }
    SharedMemory {
        ring_capacity: capacity,
        book_depth: number(reader, "shared_memory.book_depth", 10, 1, 100),
        mode: reader.choice(
            "shared_memory.mode",
            "0600",
            &[("0600", 0o600), ("0640", 0o640), ("0644", 0o644)],
        ),
        group: group(reader),
        max_instruments: number(reader, "shared_memory.max_instruments", 256, 1, 65_536),
    }
}

/// A group by its number, or by its name as this machine has it.
fn group(reader: &mut Reader) -> Option<u32> {
    let of_name = |name: &str| -> Option<u32> {
        let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
        let mut rows = groups.lines().map(|line| line.split(':'));
        rows.find_map(|mut row| (row.next() == Some(name)).then(|| row.nth(1)?.parse().ok()).flatten())
    };
    let found = |text: &str| text.parse().ok().or_else(|| of_name(text));
    let allowed = "must be a group of this machine, its name or its number, or empty";
    let text =
        reader.text("shared_memory.group", "", allowed, |text| text.is_empty() || found(text).is_some());
    found(&text)
}

fn recording(reader: &mut Reader) -> Recording {
    let directory = reader.text("recording.directory", "", "must be a folder, or empty", |_| true);
    let megabytes: u64 = number(reader, "recording.file_mb", 1_024, 1, 1 << 20);
    Recording {
        directory: PathBuf::from(directory),
        file_bytes: megabytes << 20,
        flush: millis(reader, "recording.flush_ms", 1_000, 10, 60_000),
    }
}

fn logging(reader: &mut Reader) -> Logging {
    const LEVELS: [(&str, &str); 5] =
        [("error", "error"), ("warn", "warn"), ("info", "info"), ("debug", "debug"), ("trace", "trace")];
    Logging {
        level: reader.choice("logging.level", "info", &LEVELS).to_owned(),
        json: reader.choice("logging.format", "text", &[("text", false), ("json", true)]),
    }
}

pub(super) fn url(reader: &mut Reader, key: &str, default: &str, schemes: [&str; 2]) -> String {
    let [plain, secure] = schemes;
    let allowed = format!("must be {plain}:// or {secure}:// with a host, and a port if need be");
    let right_scheme = |text: &str| text.split("://").next().is_some_and(|scheme| schemes.contains(&scheme));
    reader.text(key, default, &allowed, |text| right_scheme(text) && Endpoint::parse(text).is_ok())
}

pub(super) fn number<T: TryFrom<i64> + Default>(
    reader: &mut Reader,
    key: &str,
    default: i64,
    min: i64,
    max: i64,
) -> T {
    T::try_from(reader.integer(key, default, min..=max)).unwrap_or_default()
}

pub(super) fn size(reader: &mut Reader, key: &str, default: i64, min: i64, max: i64) -> usize {
    number(reader, key, default, min, max)
}

pub(super) fn millis(reader: &mut Reader, key: &str, default: i64, min: i64, max: i64) -> Duration {
    Duration::from_millis(number(reader, key, default, min, max))
}

pub(super) fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

pub(super) fn is_symbol(text: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    text.split_once('-').is_some_and(|(base, quote)| part(base) && part(quote))
}
