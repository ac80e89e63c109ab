use pyrt_engine::signals::{Ema, FeatureError, FeatureSet, Rsi, Sma};
use serde::Deserialize;

use super::{bits, golden};

#[derive(Deserialize)]
struct Features {
    close: Vec<f64>,
    volume: Vec<f64>,
    case: Vec<FeatureCase>,
}

#[derive(Deserialize)]
struct FeatureCase {
    name: String,
    lookback_period: usize,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct Indicators {
    close: Vec<f64>,
    case: Vec<IndicatorCase>,
}

#[derive(Deserialize)]
struct IndicatorCase {
    name: String,
    timeperiod: usize,
    values: Vec<f64>,
}

#[test]
fn features_are_those_of_the_golden_file_to_the_bit() {
    let golden: Features = golden("features.toml");
    for case in &golden.case {
        let mut set = FeatureSet::new(&[&case.name], case.lookback_period).unwrap();
        for (row, (close, volume)) in golden.close.iter().zip(&golden.volume).enumerate() {
            let got = set.update(*close, *volume)[0];
            let expected = case.values[row];
            assert_eq!(bits(got), bits(expected), "{}: row {row}: {got:?}, not {expected:?}", case.name);
            assert_eq!(set.warm(), row >= set.warmup());
        }
    }
}

#[test]
fn indicators_are_those_of_the_golden_file_to_the_bit() {
    let golden: Indicators = golden("indicators.toml");
    for case in &golden.case {
        let mut update: Box<dyn FnMut(f64) -> f64> = match case.name.as_str() {
            "sma" => with(Sma::new(case.timeperiod), Sma::update),
            "ema" => with(Ema::new(case.timeperiod), Ema::update),
            "rsi" => with(Rsi::new(case.timeperiod), Rsi::update),
            _ => continue, // one that the engine does not need
        };
        for (row, (close, expected)) in golden.close.iter().zip(&case.values).enumerate() {
            let got = update(*close);
            assert_eq!(bits(got), bits(*expected), "{}({}): row {row}", case.name, case.timeperiod);
        }
    }
}

fn with<T: 'static>(mut indicator: T, update: fn(&mut T, f64) -> f64) -> Box<dyn FnMut(f64) -> f64> {
    Box::new(move |x| update(&mut indicator, x))
}

#[test]
fn what_is_no_feature_is_refused() {
    let unknown =
        ["rsi14", "bbpct", "rsi_014", "rsi_N", "macd_12", "sma_0", "", "rsi", "_1", "sma_", "volume_ratio_3"];
    for name in unknown {
        let error = FeatureSet::new(&[name], 20).unwrap_err();
        assert!(matches!(error, FeatureError::Unknown { .. }), "{name}: {error}");
    }
    for (name, lookback, words) in [
        ("rsi_1", 20, "\"rsi_1\": the number of bars must be 2 to 100000, got 1"),
        ("sma_100001", 20, "must be 1 to 100000, got 100001"),
        ("volume_ratio", 0, "must be 1 to 100000, got 0"),
    ] {
        let error = FeatureSet::new(&[name], lookback).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(FeatureSet::new::<&str>(&[], 20).unwrap_err(), FeatureError::None);
    let twice = FeatureSet::new(&["macd", "macd"], 20).unwrap_err();
    assert_eq!(twice.to_string(), "\"macd\" is named twice");
}
