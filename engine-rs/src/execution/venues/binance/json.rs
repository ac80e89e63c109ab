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
pub(super) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// The text of an object's member, to be read by itself; `None` if there is none. Passing over nested values by serde
/// would allocate, and here nothing is looked at but where they end.
pub(super) fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = object.trim_start().strip_prefix('{')?;
    loop {
        let (key, behind) = rest.trim_start().split_at_checked(length_of(rest.trim_start())?)?;
        let value = behind.trim_start().strip_prefix(':')?.trim_start();
        let (value, behind) = value.split_at_checked(length_of(value)?)?;
        if key.strip_prefix('"').and_then(|key| key.strip_suffix('"')) == Some(name) {
            return Some(value);
        }
        rest = behind.trim_start().strip_prefix(',')?;
    }
}

/// Bytes of the value that a text begins with.
fn length_of(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => continue,
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' | b':' if depth == 0 => return Some(at),
            b'}' | b']' => depth -= 1,
            _ => continue,
        }
        if depth == 0 && !quoted && matches!(byte, b'"' | b'}' | b']') {
            return Some(at + 1);
        }
    }
    None
}

/// Reads the members of a list one after the other, without a list of our own; `None` if one has not the form.
pub(super) fn each<'a, T: Deserialize<'a>>(list: &'a str, then: impl FnMut(T)) -> Option<()> {
    each_of(&mut serde_json::Deserializer::from_str(list), then).ok()
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn a_member_is_found_behind_others() {
        let text = r#" { "a" : [1, {"b": "}\"]"}] ,"b":-1.5e3, "c":{"b":[]} } "#;
        assert_eq!(member(text, "b").map(str::trim), Some("-1.5e3"));
        assert_eq!(member(text, "c"), Some(r#"{"b":[]}"#));
        for bad in ["", "{", "{}", "[1]", r#"{"b"}"#, r#"{"b":"#, r#"{"b":"x"#, r#"{"x":1 "b":2}"#] {
            assert_eq!(member(bad, "b"), None, "{bad}");
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i32>().prop_map(|n| json!(n)),
            any::<bool>().prop_map(|b| json!(b)),
            ".{0,8}".prop_map(|text| json!(text)),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|list| json!(list)),
                prop::collection::btree_map("[a-c]", inner, 0..4).prop_map(|object| json!(object)),
            ]
        })
    }

    proptest! {
        #[test]
        fn as_serde_finds_it(value in values(), pretty in any::<bool>()) {
            let object = json!({ "a": value, "b": 1, "c": [value] });
            let text = if pretty { format!("{object:#}") } else { object.to_string() };
            for (name, value) in object.as_object().unwrap() {
                let found: Option<Value> = read(member(&text, name).unwrap());
                prop_assert_eq!(found.as_ref(), Some(value));
            }
            prop_assert_eq!(member(&text, "d"), None);
        }

        #[test]
        fn any_text_has_an_answer(text in "[{}\\[\\]\",:a\\\\ ]{0,24}") {
            let _ = member(&text, "a");
        }
    }
}
