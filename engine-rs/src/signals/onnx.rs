//! A trained model on the decision path: one row in, one number out, on the caller's thread.

use std::fs;
use std::path::Path;

use ort::session::{IoBinding, Session};
use ort::value::{Tensor, TensorElementType, ValueType};

use super::card::{ModelCard, agrees};
use super::{ModelError, OnnxRuntime};

/// Where the card lies in the file's metadata.
const METADATA_KEY: &str = "pyrt.model";

/// A loaded model with its buffers: input and output are bound once, so that a call moves the row and nothing else.
#[derive(Debug)]
pub struct OnnxModel {
    card: ModelCard,
    session: Session,
    binding: IoBinding,
    row: Tensor<f64>,
}

impl OnnxModel {
    /// Loads a model and asks it every row whose answer its card knows.
    ///
    /// # Errors
    /// If the file is not a model that pyrt exported, or answers otherwise than it did then.
    pub fn load(_runtime: &OnnxRuntime, path: &Path) -> Result<Self, ModelError> {
        let content = fs::read(path).map_err(|error| refused(path, error.to_string()))?;
        let session =
            open(&content).map_err(|error| refused(path, format!("ONNX Runtime cannot load it: {error}")))?;
        // ONNX Runtime answers a key that is not there with an empty text.
        let text =
            session.metadata()?.custom(METADATA_KEY).filter(|text| !text.is_empty()).ok_or_else(|| {
                refused(
                    path,
                    format!(
                        "was not written by pyrt (no {METADATA_KEY} in its metadata); see pyrt.ml.onnx.export"
                    ),
                )
            })?;
        let card = ModelCard::parse(&text).map_err(|reason| refused(path, reason))?;
        let (input, output) = names(&session, card.features.len()).map_err(|reason| refused(path, reason))?;
        let row = Tensor::from_array(([1, card.features.len()], vec![0.0; card.features.len()]))?;
        let mut binding = session.create_binding()?;
        binding.bind_input(input, &row)?;
        binding.bind_output(output, Tensor::from_array(([1_usize, 1], vec![0.0_f64]))?)?;
        let mut model = Self { card, session, binding, row };
        model.replay(path)?;
        Ok(model)
    }

    /// What the model says about itself.
    #[must_use]
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Answers one row: the features in the card's order, NaN for a missing value.
    ///
    /// # Errors
    /// If the row has another length, ONNX Runtime fails, or the answer is NaN.
    pub fn predict(&mut self, row: &[f64]) -> Result<f64, ModelError> {
        let (_, input) = self.row.extract_tensor_mut();
        if row.len() != input.len() {
            return Err(ModelError::Width { expected: input.len(), got: row.len() });
        }
        input.copy_from_slice(row);
        let outputs = self.session.run_binding(&self.binding)?;
        match outputs[0].try_extract_tensor::<f64>()?.1 {
            [answer] if !answer.is_nan() => Ok(*answer),
            _ => Err(ModelError::NotANumber),
        }
    }

    fn replay(&mut self, path: &Path) -> Result<(), ModelError> {
        for (number, known) in self.card.replay.clone().into_iter().enumerate() {
            let got = match self.predict(&known.row) {
                Err(ModelError::NotANumber) => f64::NAN,
                answer => answer?,
            };
            if !agrees(known.expected, got) {
                let probed = known.probes.map(|feature| self.card.features[feature].name.clone());
                return Err(ModelError::Mismatch {
                    model: path.display().to_string(),
                    row: number,
                    feature: probed.unwrap_or_else(|| "no single feature".to_owned()),
                    expected: known.expected,
                    got,
                });
            }
        }
        Ok(())
    }
}

fn refused(path: &Path, reason: String) -> ModelError {
    ModelError::Refused { model: path.display().to_string(), reason }
}

/// One thread and no spinning: the decision thread computes, and no other core burns beside it.
fn open(content: &[u8]) -> ort::Result<Session> {
    Session::builder()?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_parallel_execution(false)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        .commit_from_memory(content)
}

/// The names of the only input and the only output, if they are of the form that pyrt writes.
fn names(session: &Session, width: usize) -> Result<(String, String), String> {
    let is_rows = |kind: &ValueType, columns: usize| match kind {
        ValueType::Tensor { ty: TensorElementType::Float64, shape, .. } => {
            shape.len() == 2 && usize::try_from(shape[1]) == Ok(columns)
        }
        _ => false,
    };
    match (session.inputs(), session.outputs()) {
        ([input], [output]) if is_rows(input.dtype(), width) && is_rows(output.dtype(), 1) => {
            Ok((input.name().to_owned(), output.name().to_owned()))
        }
        (inputs, outputs) => Err(format!(
            "must have one input of float64 [N, {width}] and one output of float64 [N, 1], has {inputs:?} and {outputs:?}"
        )),
    }
}
