//! The keys of trading: strategies, the account, the journal, messages.

use std::fmt;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::Origin;
use super::reader::Reader;
use super::sections::{is_name, is_symbol, number, size};
use crate::model::Endpoint;

/// Whether money is at stake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A simulator or a test venue.
    Paper,
    /// The venue itself.
    Live,
}

/// `[[strategies]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Strategy {
    /// By which commands and readers know it.
    pub name: String,
    /// Its shared object (`.so`), or a strategy file (`.toml`).
    pub code: PathBuf,
    /// Of its slots, in their order, `BASE-QUOTE`; empty: what it was built for.
    pub symbols: Vec<String>,
    /// Values of live parameters.
    pub parameters: Vec<(String, f64)>,
    /// It may trade from the start.
    pub enabled: bool,
    /// The object must have this hash.
    pub sha256: Option<String>,
}

/// `[trading]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Trading {
    /// Paper or live.
    pub mode: Mode,
    /// File of the limits.
    pub risk: PathBuf,
    /// Of the account at the start, in quote currency.
    pub cash: f64,
    /// Server of the order entry; empty: that of the streams for paper, the venue's own for live.
    pub order_entry: String,
    /// How late a request may reach the venue.
    pub recv_window_ms: u32,
    /// Limits that nobody enforces are accepted.
    pub accept_unenforced: bool,
    /// Worth of a currency in USD.
    pub usd: Vec<(String, f64)>,
    /// ONNX Runtime's library for strategy files; none: `ORT_DYLIB_PATH`, else the wheel of `python3`.
    pub onnx_runtime: Option<PathBuf>,
    /// Converted records that strategies are warmed up with.
    pub history: Option<PathBuf>,
    /// Names of the variables with key and secret.
    pub variables: (String, String),
    /// What those variables hold.
    pub secrets: Option<Secrets>,
}

/// An API key and its secret: the text of a PEM file (Ed25519), or a shared secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// The key.
    pub key: String,
    /// Never shown.
    pub secret: String,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// `[journal]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Where journals are made, for each start its own files.
    pub directory: PathBuf,
    /// Room of a file in bytes; this one's and the next one's are reserved on the disk.
    pub capacity: usize,
    /// What a start takes over from the last session.
    pub recover: Recover,
}

/// What a start takes over from the last session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recover {
    /// All of it: a session whose engine died goes on, if it is under the same terms.
    Session,
    /// Positions, money and orders, under whatever terms.
    Positions,
    /// Nothing.
    None,
}

/// `[messages]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Messages {
    /// Also without strategies.
    pub enabled: bool,
    /// Of the sockets; empty: where the system keeps such things.
    pub directory: String,
    /// Variables that say where that is.
    pub runtime: Vec<(String, String)>,
    /// Messages that may wait to be sent.
    pub queue: usize,
}

const KEYS: [&str; 7] = ["name", "code", "file", "symbols", "parameters", "enabled", "sha256"];

pub(super) fn strategies(reader: &mut Reader) -> Vec<Strategy> {
    let Some((tables, origin)) = reader.tables("strategies") else { return Vec::new() };
    let mut found: Vec<Strategy> = Vec::with_capacity(tables.len());
    for (number, table) in tables.iter().enumerate() {
        let known = |key: &&String| !KEYS.contains(&key.as_str());
        let strange = table.keys().find(known).map(|key| {
            Wrong(
                key.clone(),
                "no such key; there are name, code, file, symbols, parameters, enabled and sha256",
            )
        });
        let read = strange.map_or_else(|| strategy(table, &origin), Err);
        let twice = |one: &Strategy| found.iter().any(|other| other.name == one.name);
        match read {
            Ok(one) if twice(&one) => {
                let expected = "must be another name than the others'".to_owned();
                reader.complain_of(
                    &format!("strategies.{number}.name"),
                    Some(one.name),
                    expected,
                    origin.clone(),
                );
            }
            Ok(one) => found.push(one),
            Err(Wrong(key, expected)) => {
                let value = table.get(&key).map(ToString::to_string);
                reader.complain_of(
                    &format!("strategies.{number}.{key}"),
                    value,
                    expected.to_owned(),
                    origin.clone(),
                );
            }
        }
    }
    found
}

/// The key, and what is allowed.
struct Wrong(String, &'static str);

fn strategy(table: &Table, origin: &Origin) -> Result<Strategy, Wrong> {
    let wrong = |key: &str, expected| Wrong(key.to_owned(), expected);
    let text = |key: &str| table.get(key).and_then(Value::as_str);
    let name = text("name").filter(|name| is_name(name));
    let name = name.ok_or_else(|| wrong("name", "must be 1 to 64 characters of a-z, 0-9, - and _"))?;
    let (key, end, expected) = match table.get("file") {
        None => (
            "code",
            ".so",
            "must be the .so file that `pyrt strategy build` wrote (or file = a strategy file)",
        ),
        Some(_) if table.contains_key("code") => return Err(wrong("file", "must not stand beside code")),
        Some(_) => ("file", ".toml", "must be a strategy file, .toml"),
    };
    let code = text(key).filter(|code| code.ends_with(end)).ok_or_else(|| wrong(key, expected))?;
    let symbols = match table.get("symbols") {
        None => Some(Vec::new()),
        Some(value) => value.as_array().and_then(|all| {
            all.iter().map(|one| one.as_str().filter(|one| is_symbol(one)).map(str::to_owned)).collect()
        }),
    };
    let symbols =
        symbols.ok_or_else(|| wrong("symbols", "must be a list of BASE-QUOTE, such as [\"BTC-USDT\"]"))?;
    let parameters = match table.get("parameters") {
        None => Some(Vec::new()),
        Some(value) => value.as_table().and_then(|all| {
            all.iter().map(|(name, value)| Some((name.clone(), parameter(value)?))).collect()
        }),
    };
    let parameters = parameters.ok_or_else(|| {
        wrong("parameters", "must be a table of numbers and booleans, such as { fast = 8 }")
    })?;
    let enabled = table.get("enabled").map_or(Some(true), Value::as_bool);
    let enabled = enabled.ok_or_else(|| wrong("enabled", "must be true or false"))?;
    let hash = |text: &&str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let sha256 = text("sha256").filter(hash).map(str::to_lowercase);
    if table.contains_key("sha256") && sha256.is_none() {
        return Err(wrong("sha256", "must be 64 hexadecimal digits"));
    }
    let code = beside(origin, code);
    Ok(Strategy { name: name.to_owned(), code, symbols, parameters, enabled, sha256 })
}

#[allow(clippy::cast_precision_loss)] // the ABI refuses what a double does not hold
fn parameter(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Integer(number) => Some(*number as f64),
        Value::Boolean(truth) => Some(f64::from(u8::from(*truth))),
        _ => None,
    }
}

/// A path of a file is relative to that file, any other to where the engine runs.
fn beside(origin: &Origin, path: &str) -> PathBuf {
    match origin {
        Origin::File { path: file, .. } => file.parent().unwrap_or(Path::new("")).join(path),
        _ => PathBuf::from(path),
    }
}

pub(super) fn trading(reader: &mut Reader, environment: &[(String, String)]) -> Trading {
    let variable =
        |name: &str| environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let is_variable = |text: &str| !text.is_empty() && !text.contains(['=', '\0']);
    let mode = reader.choice("trading.mode", "paper", &[("paper", Mode::Paper), ("live", Mode::Live)]);
    let risk =
        reader.text("trading.risk", "risk_limits.toml", "must be a file of limits", |text| !text.is_empty());
    let risk = beside(&reader.origin("trading.risk"), &risk);
    let cash = reader.number("trading.cash", 100_000.0, "must be a number from 0 to 1e12", |cash| {
        (0.0..=1e12).contains(&cash)
    });
    let allowed = "must be ws:// or wss:// with a host, or empty: the streams' server for paper, the venue's own for live";
    let order_entry = reader.text("trading.order_entry", "", allowed, |text| {
        text.is_empty() || (text.starts_with("ws") && Endpoint::parse(text).is_ok())
    });
    let recv_window_ms = number(reader, "trading.recv_window_ms", 5_000, 1, 60_000);
    let accept_unenforced = reader.choice("trading.accept_unenforced", "no", &[("no", false), ("yes", true)]);
    let library = reader.text("trading.onnx_runtime", "", "must be a path, or empty", |_| true);
    let onnx_runtime = (!library.is_empty()).then(|| PathBuf::from(library));
    let allowed = "must be the .npy file of converted records, or empty";
    let history =
        reader.text("trading.history", "", allowed, |text| text.is_empty() || text.ends_with(".npy"));
    let history = (!history.is_empty()).then(|| beside(&reader.origin("trading.history"), &history));
    let key =
        reader.text("trading.key_variable", "PYRT_API_KEY", "must be the name of a variable", is_variable);
    let secret = reader.text(
        "trading.secret_variable",
        "PYRT_API_SECRET",
        "must be the name of a variable",
        is_variable,
    );
    let secrets = variable(&key).zip(variable(&secret)).map(|(key, secret)| Secrets { key, secret });
    let usd = reader.numbers("trading.usd");
    for (name, rate) in &usd {
        if !(*rate > 0.0 && *rate < 1e9) {
            reader.complain(
                &format!("trading.usd.{name}"),
                "must be a price above zero, such as 1.0".to_owned(),
            );
        }
    }
    let variables = (key, secret);
    Trading {
        mode,
        risk,
        cash,
        order_entry,
        recv_window_ms,
        accept_unenforced,
        usd,
        onnx_runtime,
        history,
        variables,
        secrets,
    }
}

pub(super) fn journal(reader: &mut Reader) -> Journal {
    let directory = reader.text("journal.directory", "journal", "must be a folder", |text| !text.is_empty());
    let directory = PathBuf::from(directory);
    let choices = [("session", Recover::Session), ("positions", Recover::Positions), ("none", Recover::None)];
    Journal {
        directory,
        capacity: size(reader, "journal.capacity_mb", 128, 1, 65_536) << 20,
        recover: reader.choice("journal.recover", "session", &choices),
    }
}

pub(super) fn messages(reader: &mut Reader, environment: &[(String, String)]) -> Messages {
    let enabled = reader.choice("messages.enabled", "no", &[("no", false), ("yes", true)]);
    let named = |(name, _): &&(String, String)| name == "PYRT_RUNTIME_DIR" || name == "XDG_RUNTIME_DIR";
    let runtime = environment.iter().filter(named).cloned().collect();
    let allowed = "must be a folder, or empty: PYRT_RUNTIME_DIR, XDG_RUNTIME_DIR/pyrt or /tmp/pyrt-UID";
    let directory = reader.text("messages.directory", "", allowed, |_| true);
    Messages { enabled, directory, runtime, queue: size(reader, "messages.queue", 65_536, 16, 1 << 24) }
}
