use pyrt_engine::market_data::{BarBuilder, BarError, EndedBar, period_ns};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    period: String,
    late: u64,
    steps: Vec<Step>,
    bars: Vec<Delivered>,
}

#[derive(Deserialize)]
struct Step {
    time: i64,
    price: Option<f64>,
    qty: Option<f64>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Delivered {
    step: usize,
    time: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
}

impl Delivered {
    fn new(step: usize, bar: EndedBar) -> Self {
        let EndedBar { time, open, high, low, close, volume } = bar;
        Self { step, time, open, high, low, close, volume }
    }
}

#[test]
fn bars_are_those_of_the_golden_file() {
    for case in super::golden::<Golden>("resampling.toml").case {
        let mut builder = BarBuilder::new(period_ns(&case.period).unwrap());
        let mut bars = Vec::new();
        for (number, step) in case.steps.iter().enumerate() {
            while let Some(bar) = builder.ended(step.time).unwrap() {
                bars.push(Delivered::new(number, bar));
            }
            if let (Some(price), Some(qty)) = (step.price, step.qty) {
                builder.trade(step.time, price, qty);
            }
        }
        assert_eq!(bars, case.bars, "{}", case.name);
        assert_eq!(builder.late(), case.late, "{}", case.name);
    }
}

#[test]
fn a_time_that_cannot_be_is_an_error_and_not_a_loop() {
    let mut builder = BarBuilder::new(1_000_000_000);
    builder.trade(0, 1.0, 1.0);
    for time in [i64::MAX, 1_000_001_000_000_000] {
        assert_eq!(builder.ended(time), Err(BarError::TooFar { time, end: 1_000_000_000 }));
    }
    assert!(builder.ended(1_000_000_999_999_999).unwrap().is_some());
}

#[test]
fn periods_are_a_number_and_a_unit() {
    assert_eq!(period_ns("1s"), Some(1_000_000_000));
    assert_eq!(period_ns("5m"), Some(300_000_000_000));
    assert_eq!(period_ns("99999d"), Some(99_999 * 86_400_000_000_000));
    for text in ["", "1", "m", "0s", "01s", "1M", "1.5s", "1 s", "-1s", "+1s", "100000s", "1min", "1é"] {
        assert_eq!(period_ns(text), None, "{text}");
    }
}
