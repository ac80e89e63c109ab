//! The forms of JSON values that the venue uses, read in place: nothing is copied unless a string has escapes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::{Grid, Lots, Money, Nanos, Ticks};

/// A string.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A string that may be absent: then it is empty.
pub(super) fn word<'a>(text: Option<&'a Text<'_>>) -> &'a str {
    text.map_or("", Text::as_str)
}

/// A decimal, in quotes or not.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Decimal<'a>(#[serde(borrow)] &'a RawValue);

impl<'a> Decimal<'a> {
    /// Its text without quotes.
    pub(super) fn text(self) -> &'a str {
        let raw = self.0.get();
        raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(raw)
    }

    pub(super) fn ticks(self, grid: Grid) -> Option<Ticks> {
        grid.parse_steps(self.text().as_bytes()).ok().map(Ticks)
    }

    /// Not below zero.
    pub(super) fn lots(self, grid: Grid) -> Option<Lots> {
        grid.parse_steps(self.text().as_bytes()).ok().filter(|lots| *lots >= 0).map(Lots)
    }

    pub(super) fn money(self) -> Option<Money> {
        Money::parse(self.text().as_bytes())
    }
}

/// Milliseconds or microseconds since 1970, as the connection asked for.
pub(super) fn time(value: u64) -> Option<Nanos> {
    let factor = match value {
        0..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..9_000_000_000_000_000 => 1_000,
        _ => return None,
    };
    i64::try_from(value).ok()?.checked_mul(factor).map(Nanos)
}

/// Reads a value; `None` if it has not the form.
pub(super) fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

/// Reads the members of a list one after the other, without a list of our own; `None` if one has not the form.
pub(super) fn each<'a, T: Deserialize<'a>>(raw: &'a RawValue, then: impl FnMut(T)) -> Option<()> {
    each_of(&mut serde_json::Deserializer::from_str(raw.get()), then).ok()
}

/// As [`each`], of a list that is being read.
pub(super) fn each_of<'a, T: Deserialize<'a>, D: Deserializer<'a>>(
    deserializer: D,
    then: impl FnMut(T),
) -> Result<(), D::Error> {
    struct Each<T, F>(F, PhantomData<T>);

    impl<'a, T: Deserialize<'a>, F: FnMut(T)> Visitor<'a> for Each<T, F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<S: SeqAccess<'a>>(mut self, mut list: S) -> Result<(), S::Error> {
            while let Some(member) = list.next_element()? {
                (self.0)(member);
            }
            Ok(())
        }
    }

    deserializer.deserialize_seq(Each(then, PhantomData))
}
