//! Typed values within their ranges. What is wrong is collected, not thrown: an operator wants to hear all of it.

use std::ops::RangeInclusive;
use std::path::Path;

use toml::{Table, Value};

use super::layers::{Entries, Entry, KeyPath, Origin, read_own};
use super::{Effective, Problem};

/// Hands out entries by key and remembers what was asked for.
pub struct Reader {
    entries: Entries,
    effective: Vec<Effective>,
    problems: Vec<Problem>,
}

impl Reader {
    /// Over what the layers said, and what was wrong with them already.
    pub fn new(entries: Entries, problems: Vec<Problem>) -> Self {
        Self { entries, effective: Vec::new(), problems }
    }

    /// Over one file by itself: no includes, no variables, no settings.
    #[must_use]
    pub fn of_file(path: &Path) -> Self {
        match read_own(path) {
            Ok(entries) => Self::new(entries, Vec::new()),
            Err(problem) => Self::new(Entries::new(), vec![problem]),
        }
    }

    /// Whether somebody set the key.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(&KeyPath::new(key))
    }

    /// Complains about a key that nobody set; to be called before it is read.
    pub fn require(&mut self, key: &str, file: &Path) {
        if !self.has(key) {
            let origin = Origin::File { path: file.to_owned(), line: 0 };
            let expected = "is missing".to_owned();
            self.problems.push(Problem { key: Some(KeyPath::new(key)), value: None, expected, origin });
        }
    }

    /// A number that passes `check`, which is never asked about NaN and infinities; `allowed` says what does.
    pub fn number(&mut self, key: &str, default: f64, allowed: &str, check: impl Fn(f64) -> bool) -> f64 {
        self.value(key, default, allowed, |entry| number_of(entry).filter(|number| check(*number)))
    }

    /// Every name and number of a table whose names are somebody else's.
    pub fn numbers(&mut self, table: &str) -> Vec<(String, f64)> {
        let keys = self.keys_of(table);
        let read = |key: KeyPath| {
            let name = key.0.last().cloned().unwrap_or_default();
            (name, self.read(key, f64::NAN, "must be a number", number_of))
        };
        keys.into_iter().map(read).collect()
    }

    /// An integer within `range`.
    pub fn integer(&mut self, key: &str, default: i64, range: RangeInclusive<i64>) -> i64 {
        let allowed = format!("must be an integer from {} to {}", range.start(), range.end());
        self.value(key, default, &allowed, |entry| entry.value.as_integer().filter(|n| range.contains(n)))
    }

    /// The tables of `[[key]]`, and where they were written; nothing if there are none.
    pub fn tables(&mut self, key: &str) -> Option<(Vec<Table>, Origin)> {
        let key = KeyPath::new(key);
        self.entries.get(&key)?;
        let none = Value::Array(Vec::new());
        let allowed = "must be tables, such as [[strategies]]";
        let all =
            |entry: &Entry| entry.value.as_array().filter(|all| all.iter().all(Value::is_table)).cloned();
        let value = self.read(key.clone(), none, allowed, |entry| all(entry).map(Value::Array));
        let Value::Array(items) = value else { return None };
        let tables = items.into_iter().filter_map(|item| item.try_into().ok()).collect();
        let origin = self.effective.last().map_or(Origin::Default, |last| last.origin.clone());
        Some((tables, origin))
    }

    /// Where a value that was asked for came from.
    pub fn origin(&self, key: &str) -> Origin {
        let key = KeyPath::new(key);
        let seen = self.effective.iter().find(|seen| seen.key == key);
        seen.map_or(Origin::Default, |seen| seen.origin.clone())
    }

    /// Complains about a part of a value.
    pub fn complain_of(&mut self, key: &str, value: Option<String>, expected: String, origin: Origin) {
        self.problems.push(Problem { key: Some(KeyPath::new(key)), value, expected, origin });
    }

    /// A text that passes `check`; `allowed` says what does.
    pub fn text(&mut self, key: &str, default: &str, allowed: &str, check: impl Fn(&str) -> bool) -> String {
        self.value(key, default.to_owned(), allowed, |entry| text_of(entry).filter(|text| check(text)))
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, key: &str, default: &str, choices: &[(&str, T)]) -> T {
        let words: Vec<_> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
        let known = |text: &str| choices.iter().any(|(word, _)| *word == text);
        let chosen = self.text(key, default, &format!("must be one of {}", words.join(", ")), known);
        choices.iter().find(|(word, _)| *word == chosen).map_or(choices[0].1, |(_, choice)| *choice)
    }

    /// A list of texts that all pass `check`, at least one. Variables and `--set` may write `a,b`.
    pub fn list(
        &mut self,
        key: &str,
        default: &[&str],
        allowed: &str,
        check: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        self.texts(key, default, allowed, |items| !items.is_empty() && items.iter().all(|item| check(item)))
    }

    /// The same, or none at all.
    pub fn any_list(
        &mut self,
        key: &str,
        default: &[&str],
        allowed: &str,
        check: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        self.texts(key, default, allowed, |items| items.iter().all(|item| check(item)))
    }

    fn texts(
        &mut self,
        key: &str,
        default: &[&str],
        allowed: &str,
        check: impl Fn(&[String]) -> bool,
    ) -> Vec<String> {
        let default: Vec<String> = default.iter().map(|text| (*text).to_owned()).collect();
        self.value(key, default, allowed, |entry| texts_of(entry).filter(|items| check(items)))
    }

    /// Every name and text of a table whose names the operator chooses.
    pub fn table(
        &mut self,
        table: &str,
        allowed: &str,
        check: impl Fn(&str) -> bool,
    ) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for key in self.keys_of(table) {
            let name = key.0.last().cloned().unwrap_or_default();
            let text =
                self.read(key, String::new(), allowed, |entry| text_of(entry).filter(|text| check(text)));
            found.push((name, text));
        }
        found
    }

    /// Every name and list of texts of a table whose names the operator chooses; `check` sees a whole list.
    pub fn lists(
        &mut self,
        table: &str,
        allowed: &str,
        check: impl Fn(&[String]) -> bool,
    ) -> Vec<(String, Vec<String>)> {
        let mut found = Vec::new();
        for key in self.keys_of(table) {
            let name = key.0.last().cloned().unwrap_or_default();
            let texts =
                self.read(key, Vec::new(), allowed, |entry| texts_of(entry).filter(|texts| check(texts)));
            found.push((name, texts));
        }
        found
    }

    fn keys_of(&self, table: &str) -> Vec<KeyPath> {
        let parent = KeyPath::new(table);
        let is_in_it = |key: &&KeyPath| key.0.split_last().is_some_and(|(_, up)| up == parent.0);
        self.entries.keys().filter(is_in_it).cloned().collect()
    }

    /// Complains about a value that is fine by itself but not beside another.
    pub fn complain(&mut self, key: &str, expected: String) {
        let key = KeyPath::new(key);
        if let Some(Effective { value, origin, .. }) = self.effective.iter().find(|seen| seen.key == key) {
            let (value, origin) = (Some(value.to_string()), origin.clone());
            self.problems.push(Problem { key: Some(key), value, expected, origin });
        }
    }

    /// Adds a complaint about something beside the keys.
    pub fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// The values in force in the order in which they were asked for, and everything that is wrong.
    pub fn finish(mut self) -> (Vec<Effective>, Vec<Problem>) {
        for (key, entry) in std::mem::take(&mut self.entries) {
            let expected = self.unknown(&key);
            let value = Some(entry.raw.unwrap_or_else(|| entry.value.to_string()));
            self.problems.push(Problem { key: Some(key), value, expected, origin: entry.origin });
        }
        (self.effective, self.problems)
    }

    fn unknown(&self, key: &KeyPath) -> String {
        let text = key.to_string();
        let nearest =
            self.effective.iter().map(|known| known.key.to_string()).min_by_key(|k| distance(k, &text));
        match nearest {
            Some(near) if distance(&near, &text) <= 3.max(text.len() / 3) => {
                format!("no such key; did you mean {near}?")
            }
            _ => "no such key; `pyrt-engine check-config` without a file lists all of them".to_owned(),
        }
    }

    fn value<T: Clone + Into<Value>>(
        &mut self,
        key: &str,
        default: T,
        allowed: &str,
        convert: impl Fn(&Entry) -> Option<T>,
    ) -> T {
        self.read(KeyPath::new(key), default, allowed, convert)
    }

    fn read<T: Clone + Into<Value>>(
        &mut self,
        key: KeyPath,
        default: T,
        allowed: &str,
        convert: impl Fn(&Entry) -> Option<T>,
    ) -> T {
        let entry = self.entries.remove(&key);
        let (value, origin) = match entry {
            None => (default, Origin::Default),
            Some(entry) => match convert(&entry) {
                Some(value) => (value, entry.origin),
                None => {
                    let shown = entry.raw.unwrap_or_else(|| entry.value.to_string());
                    self.problems.push(Problem {
                        key: Some(key.clone()),
                        value: Some(shown),
                        expected: allowed.to_owned(),
                        origin: entry.origin,
                    });
                    (default, Origin::Default)
                }
            },
        };
        self.effective.push(Effective { key, value: value.clone().into(), origin });
        value
    }
}

fn texts_of(entry: &Entry) -> Option<Vec<String>> {
    match (&entry.value, &entry.raw) {
        (Value::Array(items), _) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        (_, Some(raw)) if raw.trim().is_empty() => Some(Vec::new()),
        (_, Some(raw)) => Some(raw.split(',').map(|item| item.trim().to_owned()).collect()),
        _ => None,
    }
}

/// Variables and `--set` need no quotes, even around what looks like a number.
fn text_of(entry: &Entry) -> Option<String> {
    match (&entry.value, &entry.raw) {
        (Value::String(text), _) => Some(text.clone()),
        (_, Some(raw)) => Some(raw.clone()),
        _ => None,
    }
}

#[allow(clippy::cast_precision_loss)] // what an operator writes is small
fn number_of(entry: &Entry) -> Option<f64> {
    let number = match entry.value {
        Value::Float(number) => number,
        Value::Integer(number) => number as f64,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// Levenshtein's, for guessing what was meant.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
