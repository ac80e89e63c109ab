//! Complaints about a configuration.

use std::fmt;

use serde_json::{Value as Json, json};

use super::{KeyPath, Origin};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Full path of the key, if it is about one.
    pub key: Option<KeyPath>,
    /// What it was set to.
    pub value: Option<String>,
    /// What is allowed, or what to do.
    pub expected: String,
    /// Where it was written.
    pub origin: Origin,
}

impl Problem {
    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let (file, line) = match &self.origin {
            Origin::File { path, line } => (Some(path.display().to_string()), Some(*line)),
            _ => (None, None),
        };
        json!({
            "key": self.key.as_ref().map(ToString::to_string),
            "value": self.value,
            "expected": self.expected,
            "origin": self.origin.to_string(),
            "file": file,
            "line": line,
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if let Some(key) = &self.key {
            write!(f, "{key}")?;
            if let Some(value) = &self.value {
                write!(f, " = {value}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.expected)
    }
}

/// Everything that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
