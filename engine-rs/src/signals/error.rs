//! What can be wrong with a model, each with what to do about it.

use std::path::PathBuf;

use thiserror::Error;

/// Why a model is not loaded, or gave no answer.
#[derive(Debug, Error)]
pub enum ModelError {
    /// No ONNX Runtime library anywhere.
    #[error(
        "ONNX Runtime is needed for models and was not found ({looked}); get it with `pip install 'onnxruntime>=1.28'`, or \
         set ORT_DYLIB_PATH to libonnxruntime.so"
    )]
    NoRuntime {
        /// Where it was looked for.
        looked: String,
    },
    /// The library is there but cannot be used.
    #[error("{}: ONNX Runtime cannot be used: {reason}", path.display())]
    Runtime {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// The file is missing, damaged, or of another form.
    #[error("{model}: {reason}")]
    Refused {
        /// The file.
        model: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A replay row is answered differently than when the model was exported.
    #[error(
        "{model}: replay row {row} (probing {feature}) must give {expected:?}, got {got:?}; export the model again, or \
         update onnxruntime"
    )]
    Mismatch {
        /// The file.
        model: String,
        /// Its number.
        row: usize,
        /// The feature that the row is about, or `no single feature`.
        feature: String,
        /// What the trained model answers.
        expected: f64,
        /// What this engine got.
        got: f64,
    },
    /// A row of another length than the model takes.
    #[error("the model takes {expected} features, the row has {got}")]
    Width {
        /// Features of the model.
        expected: usize,
        /// Values in the row.
        got: usize,
    },
    /// The answer is NaN: it is not a signal.
    #[error("the model's answer is NaN; it is not a signal")]
    NotANumber,
    /// ONNX Runtime failed.
    #[error("ONNX Runtime failed: {0}")]
    Run(#[from] ort::Error),
}
