//! A request and its parameters.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::failure::{Failure, MALFORMED};

/// A request. Parameters keep the text that they came in: signatures are over that.
#[derive(Debug)]
pub(super) struct Request {
    /// As JSON, to be sent back: a string, an integer or `null`.
    pub(super) id: String,
    pub(super) method: String,
    params: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: String,
    #[serde(borrow, default)]
    params: BTreeMap<String, &'a RawValue>,
}

impl Request {
    pub(super) fn parse(text: &str) -> Result<Request, Failure> {
        let frame: Frame<'_> = serde_json::from_str(text).map_err(|_| MALFORMED)?;
        let id = frame.id.map_or("null", RawValue::get);
        let plain = id == "null" || id.parse::<i64>().is_ok();
        let word = serde_json::from_str::<String>(id).is_ok_and(|id| id.chars().count() <= 36);
        if !plain && !word {
            return Err(MALFORMED);
        }
        let text_of =
            |raw: &RawValue| serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
        let params = frame.params.into_iter().map(|(name, raw)| (name, text_of(raw))).collect();
        Ok(Request { id: id.to_owned(), method: frame.method, params })
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str).filter(|value| !value.is_empty() && *value != "null")
    }

    pub(super) fn needed(&self, name: &str) -> Result<&str, Failure> {
        self.text(name).ok_or_else(|| Failure::missing(name))
    }

    pub(super) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Failure> {
        let read = |text: &str| text.parse().map_err(|_| Failure::missing(name));
        self.text(name).map(read).transpose()
    }

    /// What is signed: all parameters but the signature, sorted by name.
    pub(super) fn payload(&self) -> String {
        let pairs = self.params.iter().filter(|(name, _)| *name != "signature");
        pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }
}
