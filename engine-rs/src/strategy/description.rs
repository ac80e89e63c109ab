//! What an object says about itself: JSON text embedded in it.

use serde::Deserialize;

/// The description of a strategy.
#[derive(Clone, Debug, Deserialize)]
pub struct Description {
    /// Its class.
    pub name: String,
    /// Parameters in the order of their words.
    pub parameters: Vec<Parameter>,
    /// Instruments in the order of its slots; empty: whatever the host trades.
    pub instruments: Vec<String>,
    /// Periods of the bars that it wants.
    pub bars: Vec<String>,
    /// How many bars it looks back.
    pub history: u32,
    /// How many levels of the book it looks at.
    pub depth: u32,
    /// Handlers that it has.
    pub handlers: Vec<String>,
    /// What of orders it may ask for that not every venue has.
    #[serde(default)]
    pub asks: Vec<String>,
    /// Bytes of its state.
    pub state_bytes: u64,
    /// Bytes of the arena behind it.
    pub arena_bytes: u64,
    /// Places that can fail.
    pub sites: Vec<Site>,
    /// Of all that was compiled.
    pub source_hash: String,
    /// Version of pyrt that built it.
    pub pyrt: String,
}

/// A place that can fail: the user's line, the function, what failed.
#[derive(Clone, Debug, Deserialize)]
pub struct Site(pub u32, pub String, pub String);

/// A parameter.
#[derive(Clone, Debug, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Of its word.
    #[serde(rename = "type")]
    pub value_type: ParameterType,
    /// Whether it can change while the strategy runs.
    pub kind: ParameterKind,
}

/// How a parameter's word is read.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    /// A double.
    Float,
    /// An integer.
    Int,
    /// 0 or 1.
    Bool,
}

/// When a parameter takes effect.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ParameterKind {
    /// Handlers alone read it: it can change between two events.
    Live,
    /// The state was made with it: another value needs another object.
    Structural,
}
