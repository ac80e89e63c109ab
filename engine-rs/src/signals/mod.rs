//! From market data to a number that a decision can be made of.
//!
//! | file | what |
//! |---|---|
//! | `indicators` | formulas, one value at a time |
//! | `features` | numbers that each ended bar gives, by name |
//! | `onnx` | a trained model, checked when it is loaded, asked one row at a time |
//! | `card` | what a model says about itself: features in order, rows whose answers are known |
//! | `runtime` | the ONNX Runtime library: where it is, loaded once |
//!
//! `pyrt/strategy/model.py` is the reference; `tests/golden/model.toml` holds answers that both must give, bit for bit.

mod card;
mod error;
mod features;
mod indicators;
mod onnx;
mod runtime;

pub use card::{Feature, ModelCard, Output, Replay, SCHEMA, agrees};
pub use error::ModelError;
pub use features::{FeatureError, FeatureSet, PATTERNS};
pub use indicators::{BbPct, Change, Ema, Macd, Rsi, Sma};
pub use onnx::OnnxModel;
pub use runtime::OnnxRuntime;
