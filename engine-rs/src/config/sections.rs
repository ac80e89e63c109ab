//! Every key there is, with its default and range.

use std::time::Duration;

use crate::model::Endpoint;

use super::Effective;
use super::reader::Reader;
use super::trading::{self, Journal, Messages, Strategy, Trading};

/// The whole configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The process itself.
    pub engine: Engine,
    /// The segment that Python reads.
    pub shared_memory: SharedMemory,
    /// What goes to stderr.
    pub logging: Logging,
    /// Binance's spot market.
    pub binance: Venue,
    /// What trades; nothing if there are no strategies.
    pub strategies: Vec<Strategy>,
    /// The account and its venue.
    pub trading: Trading,
    /// What came in and what was decided.
    pub journal: Journal,
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
    /// Rows of the instruments table.
    pub max_instruments: u32,
}

/// `[logging]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// error, warn, info, debug or trace.
    pub level: String,
    /// JSON lines rather than text.
    pub json: bool,
}

/// `[venues.<venue>]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Venue {
    /// Server of the streams.
    pub websocket: String,
    /// Server of the snapshots.
    pub rest: String,
    /// `BASE-QUOTE`, aliases resolved.
    pub symbols: Vec<String>,
    /// Trades of each symbol are streamed.
    pub trades: bool,
    /// The venue's best bid and offer of each symbol is streamed.
    pub quotes: bool,
    /// Levels a side of a snapshot.
    pub snapshot_levels: u32,
    /// For a connection, and for an answer.
    pub patience: Duration,
    /// A connection that is silent for longer is dead.
    pub silence: Duration,
    /// Books are stale when no frame came for so long.
    pub stale_after: Duration,
    /// A book is stale when no depth message of its own came for so long.
    pub book_stale_after: Duration,
    /// First wait before connecting again.
    pub backoff_initial: Duration,
    /// Longest wait before connecting again.
    pub backoff_max: Duration,
    /// Longer messages end the connection.
    pub max_message_bytes: usize,
}

/// `"BTC/USD" = "BTC-USDT"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// As a file writes it.
    pub from: String,
    /// As the venue trades it.
    pub to: String,
}

const SYMBOL: &str = "must be BASE-QUOTE in capitals, such as BTC-USDT";

pub(super) fn read(reader: &mut Reader, environment: &[(String, String)]) -> Config {
    let strategies = trading::strategies(reader);
    let engine = engine(reader);
    let shared_memory = shared_memory(reader);
    let logging = logging(reader);
    let mut binance = venue(reader);
    let aliases: Vec<Alias> =
        reader.table("aliases", SYMBOL, is_symbol).into_iter().map(|(from, to)| Alias { from, to }).collect();
    resolve(&mut binance.symbols, &aliases, reader);
    let trading = trading::trading(reader, environment);
    let (journal, messages) = (trading::journal(reader), trading::messages(reader, environment));
    let effective = Vec::new();
    Config {
        engine,
        shared_memory,
        logging,
        binance,
        strategies,
        trading,
        journal,
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
        max_instruments: number(reader, "shared_memory.max_instruments", 256, 1, 65_536),
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

fn venue(reader: &mut Reader) -> Venue {
    const STREAMS: [&str; 3] = ["depth@100ms", "trade", "bookTicker"];
    let streams_rule = format!("must be a list of some of {STREAMS:?}");
    let symbols_rule = "must be a list of BASE-QUOTE or of names of [aliases], such as [\"BTC-USDT\"]";
    let streams = reader.list("venues.binance.streams", &STREAMS, &streams_rule, |s| STREAMS.contains(&s));
    let has = |name: &str| streams.iter().any(|stream| stream == name);
    if !has(STREAMS[0]) {
        reader.complain(
            "venues.binance.streams",
            format!("must contain {:?}: books are made of it", STREAMS[0]),
        );
    }
    let venue = Venue {
        websocket: url(reader, "venues.binance.websocket", "wss://stream.binance.com:9443", ["ws", "wss"]),
        rest: url(reader, "venues.binance.rest", "https://api.binance.com", ["http", "https"]),
        symbols: reader.list("venues.binance.symbols", &["BTC-USDT"], symbols_rule, |s| !s.is_empty()),
        trades: has("trade"),
        quotes: has("bookTicker"),
        snapshot_levels: number(reader, "venues.binance.snapshot_levels", 1_000, 5, 5_000),
        patience: millis(reader, "venues.binance.connect_timeout_ms", 5_000, 10, 60_000),
        silence: millis(reader, "venues.binance.silence_ms", 60_000, 100, 600_000),
        stale_after: millis(reader, "venues.binance.stale_ms", 10_000, 100, 600_000),
        book_stale_after: millis(reader, "venues.binance.book_stale_ms", 60_000, 100, 3_600_000),
        backoff_initial: millis(reader, "venues.binance.backoff_initial_ms", 250, 1, 60_000),
        backoff_max: millis(reader, "venues.binance.backoff_max_ms", 30_000, 1, 600_000),
        max_message_bytes: size(reader, "venues.binance.max_message_bytes", 16 << 20, 1_024, 64 << 20),
    };
    if venue.backoff_max < venue.backoff_initial {
        let least = venue.backoff_initial.as_millis();
        reader.complain(
            "venues.binance.backoff_max_ms",
            format!("must be at least backoff_initial_ms, {least}"),
        );
    }
    venue
}

/// Replaces aliases by what they stand for; what is neither that nor a symbol is complained about.
fn resolve(symbols: &mut [String], aliases: &[Alias], reader: &mut Reader) {
    for symbol in symbols.iter_mut() {
        if let Some(alias) = aliases.iter().find(|alias| alias.from == *symbol) {
            symbol.clone_from(&alias.to);
        } else if !is_symbol(symbol) {
            let expected = format!("{symbol:?} {SYMBOL}, or a name of [aliases]");
            reader.complain("venues.binance.symbols", expected);
        }
    }
    let mut seen = symbols.to_vec();
    seen.sort();
    if let Some(twice) = seen.windows(2).find(|pair| pair[0] == pair[1]) {
        reader.complain("venues.binance.symbols", format!("must not name {} twice", twice[0]));
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

fn millis(reader: &mut Reader, key: &str, default: i64, min: i64, max: i64) -> Duration {
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
