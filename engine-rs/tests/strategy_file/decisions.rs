use std::fs;
use std::path::{Path, PathBuf};

use pyrt_engine::model::OrderStatus;
use pyrt_engine::signals::{ModelError, OnnxModel, OnnxRuntime};
use pyrt_engine::strategy::abi::Request;
use pyrt_engine::strategy::{FileError, FileStrategy, Scorer, StrategyFile, View};
use serde::Deserialize;

use super::{bits, golden, root};

#[derive(Deserialize)]
struct Golden {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    file: String,
    scores: Option<Vec<f64>>,
    outcome: Outcome,
    events: Vec<Told>,
    requests: Vec<Wanted>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Outcome {
    bars: u64,
    no_row: u64,
    no_quote: u64,
    no_size: u64,
    late: u64,
    stopped: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    time: i64,
    price: Option<f64>,
    qty: f64,
    now: i64,
    position: f64,
    equity: f64,
    bid: f64,
    ask: f64,
    tag: Option<i64>,
    order_id: Option<i64>,
    status: u8,
    warming_up: Option<bool>,
    parameter: Option<String>,
    value: f64,
    accepted: bool,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Wanted {
    event: usize,
    action: u8,
    side: u8,
    order_id: i64,
    tag: i64,
    flags: u32,
    qty: f64,
    price: f64,
    expiry: i64,
    value: f64,
    confidence: f64,
}

impl Wanted {
    fn of(event: usize, request: &Request) -> Self {
        assert_eq!(request.size, 128);
        let Request { action, side, order_id, tag, flags, qty, price, expiry, value, confidence, .. } =
            *request;
        Self { event, action, side, order_id, tag, flags, qty, price, expiry, value, confidence }
    }

    fn bits(&self) -> [u64; 4] {
        [self.qty, self.price, self.value, self.confidence].map(bits)
    }
}

/// A model that gives the answers it was told.
struct Answers(std::vec::IntoIter<f64>);

impl Scorer for Answers {
    fn score(&mut self, _row: &[f64]) -> Result<f64, ModelError> {
        let score = self.0.next().unwrap_or(0.5);
        if score.is_nan() { Err(ModelError::NotANumber) } else { Ok(score) }
    }
}

fn tell<M: Scorer>(strategy: &mut FileStrategy<M>, event: &Told) -> Vec<Request> {
    if let Some(on) = event.warming_up {
        strategy.set_warming_up(on);
        return Vec::new();
    }
    if let Some(name) = &event.parameter {
        let answer = strategy.set_parameter(name, event.value);
        assert_eq!(answer.is_ok(), event.accepted, "{name} = {}: {answer:?}", event.value);
        return Vec::new();
    }
    if let Some(tag) = event.tag {
        return strategy.on_timer(tag).to_vec();
    }
    if let Some(order) = event.order_id {
        strategy.on_order(order, OrderStatus::from_code(event.status).unwrap());
        return Vec::new();
    }
    let Told { now, position, equity, bid, ask, .. } = *event;
    let view = View { now, position, equity, bid, ask };
    match event.price {
        Some(price) => strategy.on_trade(event.time, price, event.qty, &view).to_vec(),
        None => strategy.on_time(event.time, &view).to_vec(),
    }
}

fn compare<M: Scorer>(case: &Case, mut strategy: FileStrategy<M>) {
    let mut got = Vec::new();
    for (number, event) in case.events.iter().enumerate() {
        got.extend(tell(&mut strategy, event).iter().map(|request| Wanted::of(number, request)));
    }
    for (got, wanted) in got.iter().zip(&case.requests) {
        assert_eq!(got, wanted, "{}", case.name);
        assert_eq!(got.bits(), wanted.bits(), "{}", case.name);
    }
    assert_eq!(got.len(), case.requests.len(), "{}", case.name);
    let counts = strategy.counts();
    let outcome = Outcome {
        bars: counts.bars,
        no_row: counts.no_row,
        no_quote: counts.no_quote,
        no_size: counts.no_size,
        late: strategy.builder().late(),
        stopped: strategy.fault().is_some(),
    };
    assert_eq!(outcome, case.outcome, "{}", case.name);
}

fn load(text: &str) -> (tempfile::TempDir, StrategyFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("golden.toml");
    fs::write(&path, text).unwrap();
    let file = StrategyFile::load(&path).unwrap();
    (folder, file)
}

#[test]
fn decisions_are_those_of_the_golden_file() {
    let cases = golden::<Golden>("strategy_file.toml").case;
    assert!(cases.len() > 15);
    for case in &cases {
        let Some(scores) = &case.scores else { continue };
        let (_folder, file) = load(&case.file);
        let strategy = FileStrategy::new(&file, Answers(scores.clone().into_iter())).unwrap();
        compare(case, strategy);
    }
}

#[test]
fn the_model_decides_the_same_in_both_languages() {
    let Some(runtime) = runtime() else { return };
    let cases = golden::<Golden>("strategy_file.toml").case;
    let case = cases.iter().find(|case| case.scores.is_none()).unwrap();
    let (folder, file) = load(&case.file);
    assert!(matches!(FileStrategy::load(&file, &runtime), Err(FileError::Model(_))), "no model, no strategy");
    fs::copy(root().join("tests/golden/model.onnx"), folder.path().join("model.onnx")).unwrap();
    compare::<OnnxModel>(case, FileStrategy::load(&file, &runtime).unwrap());
}

#[test]
fn a_model_of_other_features_is_refused() {
    let Some(runtime) = runtime() else { return };
    let cases = golden::<Golden>("strategy_file.toml").case;
    let case = cases.iter().find(|case| case.scores.is_none()).unwrap();
    let (folder, file) = load(&case.file.replace("\"rsi_14\", \"macd\"", "\"macd\", \"rsi_14\""));
    fs::copy(root().join("tests/golden/model.onnx"), folder.path().join("model.onnx")).unwrap();
    let error = FileStrategy::load(&file, &runtime).unwrap_err();
    let words = "takes rsi_14, macd, volume_ratio, bb_pct, and [ml_model] features has macd, rsi_14";
    assert!(error.to_string().contains(words), "{error}");
}

/// The ONNX Runtime library, or a line saying what is missing.
fn runtime() -> Option<OnnxRuntime> {
    let configured = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from).or_else(library_of_venv);
    if configured.is_none() {
        eprintln!("skipped: no ONNX Runtime; run `make ext`, or set ORT_DYLIB_PATH to libonnxruntime.so");
    }
    configured.map(|path| OnnxRuntime::load(Some(&path)).unwrap())
}

fn library_of_venv() -> Option<PathBuf> {
    fs::read_dir(root().join(".venv/lib")).ok()?.filter_map(Result::ok).find_map(|python| {
        let folder: PathBuf = python.path().join("site-packages/onnxruntime/capi");
        let files = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
        files.into_iter().find(|path: &PathBuf| is_library(path))
    })
}

fn is_library(path: &Path) -> bool {
    path.to_string_lossy().contains("libonnxruntime.so")
}
