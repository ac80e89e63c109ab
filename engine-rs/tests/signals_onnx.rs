//! The model that Python exported gives the same bits here, and what is not that model is refused.
//!
//! Needs the ONNX Runtime library: `ORT_DYLIB_PATH`, or the wheel in the project's `.venv` (`make ext`).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use pyrt_engine::signals::{ModelError, OnnxModel, OnnxRuntime, Output};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    features: Vec<String>,
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    row: Vec<String>,
    expected: String,
}

impl Case {
    fn row(&self) -> Vec<f64> {
        self.row.iter().map(|cell| f64::from_bits(u64::from_str_radix(cell, 16).unwrap())).collect()
    }
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden").join(name)
}

fn cases() -> Golden {
    toml::from_str(&fs::read_to_string(golden("model.toml")).unwrap()).unwrap()
}

/// The runtime, or a line saying what is missing.
fn runtime() -> Option<OnnxRuntime> {
    let configured = if std::env::var_os("ORT_DYLIB_PATH").is_some() { None } else { library_of_venv() };
    if configured.is_none() && std::env::var_os("ORT_DYLIB_PATH").is_none() {
        eprintln!("skipped: no ONNX Runtime; run `make ext`, or set ORT_DYLIB_PATH to libonnxruntime.so");
        return None;
    }
    Some(OnnxRuntime::load(configured.as_deref()).unwrap())
}

fn library_of_venv() -> Option<PathBuf> {
    let pythons = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/lib");
    fs::read_dir(pythons).ok()?.filter_map(Result::ok).find_map(|python| {
        let folder = python.path().join("site-packages/onnxruntime/capi");
        let files = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
        files.into_iter().find(|path| path.to_string_lossy().contains("libonnxruntime.so"))
    })
}

/// Loads the golden model with some of its bytes replaced by as many others.
fn load_edited(
    runtime: &OnnxRuntime,
    name: &str,
    edit: impl FnOnce(&mut Vec<u8>),
) -> Result<OnnxModel, ModelError> {
    let mut content = fs::read(golden("model.onnx")).unwrap();
    edit(&mut content);
    let path = std::env::temp_dir().join(format!("pyrt-{}-{name}.onnx", std::process::id()));
    fs::write(&path, content).unwrap();
    let model = OnnxModel::load(runtime, &path);
    fs::remove_file(&path).unwrap();
    model
}

fn replace_last(content: &mut [u8], from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    let place = content
        .windows(from.len())
        .rposition(|window| window == from)
        .expect("the golden model holds these bytes");
    content[place..place + to.len()].copy_from_slice(to);
}

#[test]
fn answers_equal_pythons_bit_for_bit() {
    let Some(runtime) = runtime() else { return };
    let mut model = OnnxModel::load(&runtime, &golden("model.onnx")).unwrap();
    let golden = cases();
    assert!(model.card().features.iter().map(|feature| &feature.name).eq(&golden.features));
    assert_eq!(model.card().output, Output::Probability);
    for case in &golden.case {
        let answer = model.predict(&case.row()).unwrap();
        assert_eq!(format!("{:016x}", answer.to_bits()), case.expected, "{:?}", case.row());
    }
}

#[test]
fn a_row_of_another_length_is_refused() {
    let Some(runtime) = runtime() else { return };
    let mut model = OnnxModel::load(&runtime, &golden("model.onnx")).unwrap();
    assert!(matches!(model.predict(&[0.0; 3]), Err(ModelError::Width { expected: 4, got: 3 })));
}

#[test]
fn another_answer_than_at_export_is_refused_by_the_features_name() {
    let Some(runtime) = runtime() else { return };
    let error = load_edited(&runtime, "answer", |content| {
        let key = b"\"expected\":\"3f";
        replace_last(content, key, b"\"expected\":\"bf"); // the sign of the last answer
    });
    match error.unwrap_err() {
        ModelError::Mismatch { feature, expected, got, .. } => {
            assert_eq!(feature, "bb_pct");
            assert_eq!(expected, -got.abs());
        }
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_not_a_model_of_pyrt_is_refused_with_the_reason() {
    let Some(runtime) = runtime() else { return };
    let refusals = [
        ("key", "\"schema\":1", "\"schema\":7", "has schema 7"),
        ("form", "\"replay\":", "\"repeat\":", "missing field `replay`"),
        ("foreign", "pyrt.model", "qyrt.model", "was not written by pyrt"),
        ("operator", "Sigmoid", "Sigmold", "ONNX Runtime cannot load it"),
    ];
    for (name, from, to, words) in refusals {
        let error =
            load_edited(&runtime, name, |content| replace_last(content, from.as_bytes(), to.as_bytes()));
        let text = error.unwrap_err().to_string();
        assert!(text.contains(words) && text.contains(name), "{text}");
    }
    let absent = OnnxModel::load(&runtime, Path::new("/nowhere/model.onnx")).unwrap_err();
    assert!(absent.to_string().starts_with("/nowhere/model.onnx: "), "{absent}");
}

/// Poisons one leaf after the other; at one of them the replay rows pass by, and a golden row arrives.
#[test]
fn an_answer_that_is_nan_is_an_error_and_not_a_signal() {
    let Some(runtime) = runtime() else { return };
    let text = fs::read_to_string(golden("model.txt")).unwrap();
    let leaves =
        text.lines().filter_map(|line| line.strip_prefix("leaf_value=")).flat_map(|line| line.split(' '));
    let cases = cases().case;
    let (mut refused, mut silent) = (0, 0);
    for leaf in leaves {
        let leaf: f64 = leaf.parse().unwrap();
        let poisoned = load_edited(&runtime, "leaf", |content| {
            replace_last(content, &leaf.to_le_bytes(), &f64::NAN.to_le_bytes());
        });
        match poisoned {
            Err(ModelError::Mismatch { got, .. }) if got.is_nan() => refused += 1,
            Err(other) => panic!("{other}"),
            Ok(mut model) => {
                let answers = cases.iter().map(|case| model.predict(&case.row()));
                silent += answers.filter(|answer| matches!(answer, Err(ModelError::NotANumber))).count();
            }
        }
    }
    assert!(refused > 0 && silent > 0, "refused at load {refused}, refused when asked {silent}");
}
