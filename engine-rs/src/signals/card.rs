//! What a model says about itself: JSON in the ONNX file's metadata, written by `pyrt.ml.onnx`.

use serde::{Deserialize, Deserializer, de};

/// Version of the card that this engine reads. A newer one is refused.
pub const SCHEMA: u32 = 1;

/// How far two implementations of one model may part: absolute up to 1, relative above.
const TOLERANCE: f64 = 1e-12;

/// Whether two answers are one. NaN agrees with nothing.
#[must_use]
#[expect(clippy::float_cmp, reason = "equal infinities agree, and their difference is NaN")]
pub fn agrees(expected: f64, got: f64) -> bool {
    expected == got || (got - expected).abs() <= TOLERANCE * expected.abs().max(1.0)
}

/// What the answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// In [0, 1].
    Probability,
    /// Any number.
    Score,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Feature {
    /// As in the strategy file: `rsi_14`.
    pub name: String,
    /// Of the feature's definition.
    pub version: String,
}

/// A row whose answer is known.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Replay {
    /// One value a feature; NaN is a missing value.
    #[serde(deserialize_with = "bits_of_row")]
    pub row: Vec<f64>,
    /// What the trained model itself answers.
    #[serde(deserialize_with = "bits")]
    pub expected: f64,
    /// The feature that this row is about.
    pub probes: Option<usize>,
}

/// What a model says about itself.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ModelCard {
    /// Of the card's form.
    pub schema: u32,
    /// The version of pyrt that wrote the file.
    pub pyrt: String,
    /// What the answer is.
    pub output: Output,
    /// The inputs, in order.
    pub features: Vec<Feature>,
    /// A hash or a name of the training data.
    pub training_data: Option<String>,
    /// Rows whose answers are known.
    pub replay: Vec<Replay>,
}

impl ModelCard {
    /// Reads a card and checks that its rows fit its features.
    ///
    /// # Errors
    /// With the reason, for a card of another form, of a newer schema, or without rows.
    pub fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            schema: u32,
        }
        let unreadable = |error| format!("its card cannot be read: {error}; export the model again");
        let head: Head = serde_json::from_str(text).map_err(unreadable)?;
        if head.schema > SCHEMA {
            return Err(format!(
                "its card has schema {}, this engine reads {SCHEMA}; update the engine",
                head.schema
            ));
        }
        let card: Self = serde_json::from_str(text).map_err(unreadable)?;
        let width = card.features.len();
        if card.replay.is_empty() {
            return Err("it has no replay rows, so it cannot be checked; export it again".to_owned());
        }
        let fits =
            |known: &Replay| known.row.len() == width && known.probes.is_none_or(|feature| feature < width);
        match card.replay.iter().position(|known| !fits(known)) {
            Some(row) => {
                Err(format!("replay row {row} does not fit {width} features; export the model again"))
            }
            None => Ok(card),
        }
    }
}

fn bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    number(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

fn bits_of_row<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    words.iter().map(|word| number(word)).collect::<Result<_, _>>().map_err(de::Error::custom)
}

/// Numbers are the 16 hex digits of their bits, so that no digit is lost and NaN has a form.
fn number(word: &str) -> Result<f64, String> {
    match u64::from_str_radix(word, 16) {
        Ok(bits) if word.len() == 16 => Ok(f64::from_bits(bits)),
        _ => Err(format!("{word:?} is not 16 hex digits")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = r#"{"schema":1,"pyrt":"0.1.0","output":"score","features":[{"name":"a","version":"1"}],
        "training_data":null,"replay":[{"row":["7ff8000000000000"],"expected":"3fd3333333333334","probes":0}]}"#;

    #[test]
    fn reads_every_bit() {
        let card = ModelCard::parse(CARD).unwrap();
        assert!(card.replay[0].row[0].is_nan());
        assert_eq!(card.replay[0].expected.to_bits(), (0.1_f64 + 0.2).to_bits());
        assert_eq!((card.output, card.features[0].name.as_str()), (Output::Score, "a"));
    }

    #[test]
    fn names_what_is_wrong() {
        for (from, to, words) in [
            ("\"schema\":1", "\"schema\":9", "has schema 9, this engine reads 1"),
            ("\"pyrt\":\"0.1.0\",", "", "missing field `pyrt`"),
            ("7ff8000000000000", "7ff8", "is not 16 hex digits"),
            ("\"probes\":0", "\"probes\":1", "replay row 0 does not fit 1 features"),
            ("[\"7ff8000000000000\"]", "[]", "replay row 0 does not fit 1 features"),
        ] {
            let error = ModelCard::parse(&CARD.replace(from, to)).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn agreement_is_absolute_below_one_and_relative_above() {
        assert!(agrees(0.5, 0.5 + 9e-13) && !agrees(0.5, 0.5 + 2e-12));
        assert!(agrees(1e6, 1e6 + 9e-7) && agrees(f64::INFINITY, f64::INFINITY));
        assert!(!agrees(f64::NAN, f64::NAN));
    }
}
