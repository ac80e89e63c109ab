//! The values of a JSON message, found by their keys: keys in any order, unknown ones ignored, numbers in any notation.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::decimal::DecimalReader;
use super::frame::Cause;
use crate::model::{GridError, Lots, Ticks};

/// A JSON object into a struct. (A list would be taken for a struct without names.)
pub(crate) fn object<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Option<T> {
    text.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(text).ok())?
}

/// A value of a type that owns its parts.
pub(crate) fn value<T: DeserializeOwned>(raw: Option<&RawValue>, key: &'static str) -> Result<T, Cause> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).ok_or(Cause::Unreadable(key))
}

/// A string.
pub(crate) fn text<'a>(raw: Option<&'a RawValue>, key: &'static str) -> Result<Cow<'a, str>, Cause> {
    // `Cow` alone would copy; a text that has no escape is borrowed.
    #[derive(Deserialize)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);
    raw.and_then(|raw| serde_json::from_str::<Borrowed<'a>>(raw.get()).ok())
        .map(|borrowed| borrowed.0)
        .ok_or(Cause::Unreadable(key))
}

/// A decimal's text, whether it is a string or a number.
pub(crate) fn decimal_text<'a>(raw: Option<&'a RawValue>, key: &'static str) -> Result<Cow<'a, str>, Cause> {
    match raw.map(RawValue::get) {
        Some(number) if number.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
            Ok(Cow::Borrowed(number))
        }
        _ => text(raw, key),
    }
}

/// A price: above zero.
pub(crate) fn price(text: &str, reader: DecimalReader) -> Result<Ticks, Cause> {
    match non_negative(text, reader, "price")? {
        0 => Err(Cause::Unreadable("a price of zero")),
        ticks => Ok(Ticks(ticks)),
    }
}

/// A size; 0 removes a level.
pub(crate) fn quantity(text: &str, reader: DecimalReader) -> Result<Lots, Cause> {
    non_negative(text, reader, "quantity").map(Lots)
}

/// A finite number, whether it is a string or a number.
pub(crate) fn double(raw: Option<&RawValue>, key: &'static str) -> Result<f64, Cause> {
    let text = decimal_text(raw, key)?;
    // Rust reads words such as `inf` and `NaN` as well.
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let number = text.parse::<f64>().ok().filter(|number| plain && number.is_finite());
    number.ok_or(Cause::Unreadable(key))
}

/// Steps that are not below zero.
pub(crate) fn non_negative(text: &str, reader: DecimalReader, what: &'static str) -> Result<i64, Cause> {
    match reader.steps(text.as_bytes()) {
        Ok(steps) if steps < 0 => Err(Cause::Number { what, error: GridError::Malformed }),
        Ok(steps) => Ok(steps),
        Err(error) => Err(Cause::Number { what, error }),
    }
}
