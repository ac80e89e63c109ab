//! Files, variables and settings to entries with their origin.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Value;
use toml::de::{DeTable, DeValue};

use super::Problem;

/// Files may include files so deep.
const MAX_INCLUDE_DEPTH: usize = 8;

/// Where a key lives: `venues.binance.rest`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPath(pub Vec<String>);

impl KeyPath {
    /// From a dotted text of plain names.
    #[must_use]
    pub fn new(dotted: &str) -> Self {
        Self(dotted.split('.').map(str::to_owned).collect())
    }

    /// Table and name, as TOML writes them.
    #[must_use]
    pub fn split(&self) -> (String, String) {
        let (name, table) = self.0.split_last().map_or((String::new(), &[][..]), |(n, t)| (quoted(n), t));
        (table.iter().map(|part| quoted(part)).collect::<Vec<_>>().join("."), name)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (table, name) = self.split();
        if table.is_empty() { f.write_str(&name) } else { write!(f, "{table}.{name}") }
    }
}

fn quoted(part: &str) -> String {
    let bare = !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { part.to_owned() } else { Value::from(part).to_string() }
}

/// Which layer a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A file.
    File {
        /// As it was named.
        path: PathBuf,
        /// From 1; 0 for the file as a whole.
        line: usize,
    },
    /// A variable, by name.
    Environment(String),
    /// `--set`.
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line: 0 } => write!(f, "{}", path.display()),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Environment(name) => f.write_str(name),
            Origin::CommandLine => f.write_str("--set"),
        }
    }
}

/// A value as it was written.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As TOML understands it.
    pub value: Value,
    /// The text itself where quotes are not expected: variables and `--set`.
    pub raw: Option<String>,
    /// Where.
    pub origin: Origin,
}

/// All values that somebody set, the last layer's.
pub type Entries = BTreeMap<KeyPath, Entry>;

/// Reads a file after the files that it includes, so that it overrides them.
pub fn read_file(path: &Path, open: &mut Vec<PathBuf>, entries: &mut Entries, problems: &mut Vec<Problem>) {
    let mut own = match read_own(path) {
        Ok(own) => own,
        Err(problem) => return problems.push(problem),
    };
    let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if open.contains(&identity) || open.len() >= MAX_INCLUDE_DEPTH {
        let expected = "includes itself, or files are included more than eight deep".to_owned();
        return problems.push(about_file(path, 0, expected));
    }
    open.push(identity);
    if let Some(include) = own.remove(&KeyPath::new("include")) {
        read_includes(path, &include, open, entries, problems);
    }
    open.pop();
    entries.extend(own);
}

/// What one file says by itself.
pub fn read_own(path: &Path) -> Result<Entries, Problem> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| about_file(path, 0, format!("cannot be read: {error}")))?;
    read_text(path, &text)
}

/// What a text says.
pub fn read_text(path: &Path, text: &str) -> Result<Entries, Problem> {
    let root = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_of(text, span.start));
        about_file(path, line, format!("not TOML: {}", error.message()))
    })?;
    let mut own = Entries::new();
    flatten(root.get_ref(), &mut Vec::new(), &mut |key, value, at| {
        let origin = Origin::File { path: path.to_owned(), line: line_of(text, at) };
        own.insert(key, Entry { value, raw: None, origin });
    });
    Ok(own)
}

fn about_file(path: &Path, line: usize, expected: String) -> Problem {
    Problem { key: None, value: None, expected, origin: Origin::File { path: path.to_owned(), line } }
}

fn read_includes(
    path: &Path,
    include: &Entry,
    open: &mut Vec<PathBuf>,
    entries: &mut Entries,
    problems: &mut Vec<Problem>,
) {
    let names: Option<Vec<&str>> =
        include.value.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
    let Some(names) = names else {
        problems.push(Problem {
            key: Some(KeyPath::new("include")),
            value: Some(include.value.to_string()),
            expected: "must be a list of file names, relative to this file".to_owned(),
            origin: include.origin.clone(),
        });
        return;
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    for name in names {
        read_file(&folder.join(name), open, entries, problems);
    }
}

/// `PYRT_SHARED_MEMORY__BOOK_DEPTH=20` sets `shared_memory.book_depth`. Variables without the double underscore belong to others.
pub fn read_environment(environment: &[(String, String)], entries: &mut Entries) {
    for (name, text) in environment {
        let Some((table, key)) = name.strip_prefix("PYRT_").and_then(|rest| rest.split_once("__")) else {
            continue;
        };
        let parts = std::iter::once(table).chain(key.split("__")).map(str::to_lowercase).collect();
        let origin = Origin::Environment(name.clone());
        entries.insert(KeyPath(parts), Entry { value: value_of(text), raw: Some(text.clone()), origin });
    }
}

/// `shared_memory.book_depth=20`, `engine.name=demo`, `aliases."BTC/USD"=BTC-USDT`.
pub fn read_settings(settings: &[String], entries: &mut Entries, problems: &mut Vec<Problem>) {
    for setting in settings {
        let parsed = setting.split_once('=').and_then(|(key, text)| Some((key_of(key.trim())?, text.trim())));
        let Some((key, text)) = parsed else {
            problems.push(Problem {
                key: None,
                value: None,
                expected: format!("{setting:?} must be key=value, such as shared_memory.book_depth=20"),
                origin: Origin::CommandLine,
            });
            continue;
        };
        let entry = Entry { value: value_of(text), raw: Some(text.to_owned()), origin: Origin::CommandLine };
        entries.insert(key, entry);
    }
}

/// TOML's own reading of a dotted key.
fn key_of(text: &str) -> Option<KeyPath> {
    let document = format!("{text} = 0");
    let table = DeTable::parse(&document).ok()?;
    let mut found = None;
    flatten(table.get_ref(), &mut Vec::new(), &mut |key, _, _| found = Some(key));
    found
}

/// A text as TOML, or as it stands.
fn value_of(text: &str) -> Value {
    let document = format!("value = {text}");
    let parsed = toml::from_str::<toml::Table>(&document).ok().and_then(|mut table| table.remove("value"));
    parsed.unwrap_or_else(|| Value::from(text))
}

/// Calls `visit` with every value that is no table, and where it starts.
fn flatten(table: &DeTable<'_>, parents: &mut Vec<String>, visit: &mut impl FnMut(KeyPath, Value, usize)) {
    for (key, value) in table {
        parents.push(key.get_ref().to_string());
        match value.get_ref() {
            DeValue::Table(child) => flatten(child, parents, visit),
            other => visit(KeyPath(parents.clone()), plain(other), key.span().start),
        }
        parents.pop();
    }
}

fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::from(number.as_str()), Value::from),
        DeValue::Float(number) => {
            number.as_str().parse::<f64>().map_or_else(|_| Value::from(number.as_str()), Value::from)
        }
        DeValue::Boolean(truth) => Value::from(*truth),
        DeValue::Datetime(time) => Value::Datetime(*time),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| plain(item.get_ref())).collect()),
        DeValue::Table(table) => {
            Value::Table(table.iter().map(|(k, v)| (k.get_ref().to_string(), plain(v.get_ref()))).collect())
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}
