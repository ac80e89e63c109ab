//! History before a session: strategies come out of it as if they had lived through it, and nothing left.

use std::path::PathBuf;

use pyrt_engine::engine::core::{Core, Decision, Hosting, Outlet, Standing, Terms, Unsent};
use pyrt_engine::execution::{Asking, Inquiry};
use pyrt_engine::market_data::BarBuilder;
use pyrt_engine::messaging::Outgoing;
use pyrt_engine::model::{
    Event, InstrumentId, Money, Nanos, Order, OrderName, Quote, State, StateChange, Trade,
};
use pyrt_engine::risk::{Approved, Limits, Ratio};
use pyrt_engine::signals::{FeatureSet, OnnxRuntime};
use pyrt_engine::strategy::{
    CompiledStrategy, FileProgram, FileStrategy, LoadOptions, Program, StrategyFile,
};

use crate::rig::{BTC, BUY, MS, RAISE, RUN, SIGNAL, START, TIMER, btc, compiled, object};

const YEAR: i64 = 31_536_000_000 * MS;

#[derive(Default)]
struct Seen {
    decided: Vec<(Nanos, Decision)>,
    placed: usize,
}

impl Outlet for Seen {
    fn decided(&mut self, _: u16, now: Nanos, decision: &Decision) {
        self.decided.push((now, decision.clone()));
    }
    fn place(&mut self, _: &Approved<Order>, _: Nanos) -> Result<(), Unsent> {
        self.placed += 1;
        Ok(())
    }
    fn change(&mut self, _: &Approved<Order>, _: Asking, _: Nanos) -> Result<(), Unsent> {
        Ok(())
    }
    fn cancel(&mut self, _: OrderName, _: InstrumentId, _: Nanos) -> Result<(), Unsent> {
        Ok(())
    }
    fn ask(&mut self, _: &Inquiry, _: Nanos) {}
    fn grace(&self) -> i64 {
        0
    }
    fn record(&mut self, _: &mut Event) {}
    fn say(&mut self, _: Outgoing) {}
}

impl Seen {
    fn signals(&self) -> Vec<(f64, f64)> {
        let signals = self.decided.iter().filter_map(|(_, decision)| match decision {
            Decision::Signal(signal) => signal.as_signal().map(|signal| (signal.value, signal.confidence)),
            _ => None,
        });
        signals.collect()
    }
}

fn core(strategy: impl Into<Program>, enabled: bool) -> Core {
    let limits = Limits::from_toml(include_str!("../../../config/risk_limits.toml")).unwrap();
    let terms = Terms { cash: Money::from_f64(100_000.0), usd: Some(Ratio::ONE), run: RUN, limits };
    let hosting = Hosting { name: "one".to_owned(), strategy: strategy.into(), instruments: vec![], enabled };
    Core::new(&[btc()], vec![hosting], terms).unwrap()
}

fn scripted() -> Core {
    core(CompiledStrategy::load(object(), 1, &LoadOptions::default()).unwrap(), true)
}

fn trade(ms: i64, price: f64, qty: f64, lag: i64) -> Event {
    let mut trade = Trade::new(BTC, Nanos(START + ms * MS));
    (trade.receive_time, trade.price, trade.qty, trade.trade_id) = (START + ms * MS + lag, price, qty, 1);
    trade.into()
}

fn state(time: i64, state: State) -> Event {
    let mut change = StateChange::new(BTC, Nanos(time));
    (change.receive_time, change.flags) = (time, state as u16);
    change.into()
}

fn quote(time: i64) -> Event {
    let mut quote = Quote::new(BTC, Nanos(time));
    (quote.receive_time, quote.bid, quote.ask) = (time, 59_999.99, 60_000.0);
    (quote.bid_qty, quote.ask_qty) = (1.0, 1.0);
    quote.into()
}

/// Prices that wander, four a second.
fn market(count: i64) -> Vec<Event> {
    let price = |n: i64| 60_000.0 + (n * 7_919 % 1_013) as f64 * 0.01;
    (0..count).map(|n| trade(n * 250 + n % 3, price(n), 0.001 * (1 + n % 5) as f64, 3 * MS)).collect()
}

#[test]
fn history_then_live_is_one_run() {
    let object = compiled("average");
    let load = || core(CompiledStrategy::load(&object, 1, &LoadOptions::default()).unwrap(), true);
    let records = market(400);
    let (mut whole, mut all) = (load(), Seen::default());
    records.iter().for_each(|record| whole.on_record(record, &mut all));
    let memory = |core: &Core| core.program(0).unwrap().memory().to_vec();
    assert_eq!(all.signals().len(), 99, "a bar a second");
    for split in [0, 1, 7, 200, 399, 400] {
        let (mut core, mut seen) = (load(), Seen::default());
        let (history, live) = records.split_at(split);
        let begin = live.first().map_or(START + 200_000 * MS, |record| record.words[0].cast_signed());
        core.warm_up(history.iter().copied(), Nanos(begin), &mut |_| {});
        assert_eq!(core.orders().live().count(), 0);
        let before = memory(&core);
        assert_eq!(before[2], split as u64, "trades");
        assert_eq!(before[5], split as u64, "it could see that this is history");
        live.iter().for_each(|record| core.on_record(record, &mut seen));
        let (after, straight) = (memory(&core), memory(&whole));
        assert_eq!(after[..4], straight[..4], "after {split} records of history");
        assert!(
            after[4].abs_diff(straight[4]) <= 1,
            "the timer that was under way comes when the session begins"
        );
        let signals = all.signals();
        assert_eq!(seen.signals(), signals[before[3] as usize..], "those of history are not said again");
        assert_eq!((seen.placed, seen.decided.len()), (0, seen.signals().len()), "no order, no refusal");
    }
}

#[test]
fn nothing_leaves_and_what_is_not_valid_any_more_is_forgotten() {
    let mut core = scripted();
    let history = [
        state(START, State::Synced),
        quote(START + MS),
        trade(2, 60_000.0, BUY, 0),
        trade(3, 60_001.0, SIGNAL, 0),
    ];
    let begin = START + 1_000 * MS;
    core.warm_up(history.into_iter(), Nanos(begin), &mut |_| {});
    assert_eq!((core.orders().live().count(), core.standing(0)), (0, Some(&Standing::Running)));
    let slot = core.program(0).unwrap().slot(0).unwrap();
    assert!(slot.bid.is_nan() && slot.ask.is_nan() && slot.state == 0 && slot.bid_qty == 0.0);
    assert_eq!((slot.last_price, slot.position), (60_001.0, 0.0));
    let told: Vec<_> = core.warmed_up().collect();
    let [Outgoing::Status { state: "running", reason, time: Nanos(time), .. }] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert!(reason.starts_with("warmed up with 4 records, received from 1723075200000000000 to"), "{reason}");
    assert_eq!(*time, begin);

    // Live: without a book of its own nothing is approved, with one it is.
    let mut seen = Seen::default();
    core.on_stream(true, Nanos(begin), &mut seen);
    core.on_record(&trade(1_001, 60_000.0, BUY, 0), &mut seen);
    assert_eq!(seen.placed, 0);
    assert!(matches!(seen.decided[..], [(_, Decision::Refuse(_))]), "{:?}", seen.decided);
    core.on_record(&state(begin + 2 * MS, State::Synced), &mut seen);
    core.on_record(&quote(begin + 3 * MS), &mut seen);
    core.on_record(&trade(1_004, 60_000.0, BUY, 0), &mut seen);
    assert_eq!(seen.placed, 1);
}

#[test]
fn a_strategy_that_is_not_to_trade_does_not_after_history_either() {
    let object = object();
    let mut core = core(CompiledStrategy::load(object, 1, &LoadOptions::default()).unwrap(), false);
    core.warm_up([trade(1, 60_000.0, BUY, 0)].into_iter(), Nanos(START + MS), &mut |_| {});
    assert_eq!(core.standing(0), Some(&Standing::Stopped));
    assert!(matches!(core.warmed_up().next(), Some(Outgoing::Status { state: "stopped", .. })));
}

#[test]
fn a_strategy_that_fails_in_history_is_not_called_again() {
    let mut core = scripted();
    core.warm_up([trade(1, 60_000.0, RAISE, 0)].into_iter(), Nanos(START + MS), &mut |_| {});
    assert!(matches!(core.standing(0), Some(Standing::Failed(why)) if why.contains("on demand")));
    let told = core.warmed_up().next();
    assert!(
        matches!(&told, Some(Outgoing::Status { state: "failed", reason, .. }) if reason.contains("on demand")),
        "{told:?}"
    );
    let mut seen = Seen::default();
    core.on_record(&trade(2, 60_000.0, SIGNAL, 0), &mut seen);
    assert!(seen.decided.is_empty());
}

#[test]
fn a_clock_that_leaps_between_history_and_session_moves_no_bar_and_calls_a_timer_once() {
    let mut core = scripted();
    let begin = START + 2 * YEAR;
    core.warm_up([trade(0, 60_000.0, TIMER, 0)].into_iter(), Nanos(begin), &mut |_| {});
    let mut seen = Seen::default();
    core.on_stream(true, Nanos(begin), &mut seen);
    core.on_time(Nanos(begin), &mut seen);
    let timers = |core: &Core| core.program(0).unwrap().memory()[3];
    assert_eq!((timers(&core), seen.decided.len()), (1, 1), "one order, refused: there is no book");
    assert_eq!(seen.decided[0].0, Nanos(begin));

    let object = compiled("average");
    let mut core = self::core(CompiledStrategy::load(&object, 1, &LoadOptions::default()).unwrap(), true);
    core.warm_up(market(40).into_iter(), Nanos(begin), &mut |_| {});
    let mut seen = Seen::default();
    core.on_record(&state(begin, State::Synced), &mut seen);
    core.on_record(&quote(begin + MS), &mut seen);
    core.on_time(Nanos(begin + 900 * MS), &mut seen);
    assert_eq!(seen.signals().len(), 0, "when the bar ends is not known yet");
    core.on_record(&trade(10_001, 60_000.0, 0.001, 2 * YEAR), &mut seen);
    assert_eq!((seen.signals().len(), core.standing(0)), (1, Some(&Standing::Running)));
    core.on_time(Nanos(begin + 11_000 * MS), &mut seen);
    assert_eq!(seen.signals().len(), 2, "the venue's clock is known again");
}

const MOMENTUM: &str = r#"
[strategy]
name = "Momentum"
asset = "BTC-USDT"
exchange = "binance"
[data]
bar = "1s"
[parameters]
lookback_period = 20
entry_threshold = 0.5
exit_threshold = 0.5
position_size_pct = 0.01
[ml_model]
path = "MODEL"
features = ["rsi_14", "macd", "volume_ratio", "bb_pct"]
[execution]
order_type = "market"
timeout_seconds = 30
"#;

#[test]
fn a_strategy_files_features_are_those_of_the_same_bars() {
    let Some(library) = crate::sockets::onnx_runtime() else {
        eprintln!("skipped: no ONNX Runtime; run `make ext`, or set ORT_DYLIB_PATH to libonnxruntime.so");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("momentum.toml");
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/model.onnx");
    std::fs::write(&path, MOMENTUM.replace("MODEL", model)).unwrap();
    let file = StrategyFile::load(&path).unwrap();
    let runtime = OnnxRuntime::load(Some(&library)).unwrap();
    let load = || {
        let strategy = FileStrategy::load(&file, &runtime).unwrap();
        core(Program::File(Box::new(FileProgram::new(&file, strategy))), true)
    };
    let records = market(400);
    for (count, warm) in [(80, false), (300, true)] {
        let (history, live) = records.split_at(count);
        let mut core = load();
        core.warm_up(history.iter().copied(), Nanos(live[0].words[0].cast_signed()), &mut |_| {});
        let told = core.warmed_up().next();
        let Some(Outgoing::Status { reason, .. }) = &told else { panic!("{told:?}") };
        let words = if warm { ": 74 bars, its features are warm" } else { "NOT warm: its features need 34" };
        assert!(reason.contains(words), "{reason}");
        let mut seen = Seen::default();
        live.iter().for_each(|record| core.on_record(record, &mut seen));

        let mut bars = BarBuilder::new(1_000 * MS);
        let mut features = FeatureSet::new(&["rsi_14", "macd", "volume_ratio", "bb_pct"], 20).unwrap();
        let mut scored = 0;
        for record in &records {
            while let Some(bar) = bars.ended(record.event_time).unwrap() {
                features.update(bar.close, bar.volume);
                scored += usize::from(features.warm() && bar.time >= START + count as i64 * 250 * MS);
            }
            let trade = record.as_trade().unwrap();
            bars.trade(trade.event_time, trade.price, trade.qty);
        }
        let bits = |row: &[f64]| row.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(core.program(0).unwrap().features().unwrap().row()), bits(features.row()));
        assert_eq!(seen.signals().len(), scored, "from the first bar on that it is warm");
    }
}
