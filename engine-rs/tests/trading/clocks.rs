//! Bars are the venue's time, timers are ours: a recording played years later, a clock that is wrong.

use pyrt_engine::engine::core::{Hosting, Standing};
use pyrt_engine::model::{Delta, Event, Nanos, Quote, State, Trade};
use pyrt_engine::strategy::{CompiledStrategy, LoadOptions};

use crate::rig::{BTC, MS, Rig, START, compiled, trading_of};

/// Signals by the venue's clock: ms after the start, value (1 a bar, -1 a timer), second of the bar's end.
fn said(rig: &Rig, lag: i64) -> Vec<(i64, f64, f64)> {
    let signals = rig.world.records.iter().filter_map(Event::as_signal);
    signals.map(|said| ((said.receive_time - lag - START) / MS, said.value, said.confidence)).collect()
}

fn watching(lag: i64) -> Rig {
    let strategy = CompiledStrategy::load(&compiled("watch"), 1, &LoadOptions::default()).unwrap();
    let hosting =
        Hosting { name: "watch".to_owned(), strategy: strategy.into(), instruments: vec![], enabled: true };
    let mut rig = Rig::new(0, None);
    rig.now = START + lag;
    rig.trading = trading_of(vec![hosting], None);
    rig.connect();
    rig
}

#[test]
fn timers_close_bars_by_the_venues_clock_however_far_ours_is_off() {
    let year = 31_536_000_000 * MS;
    for lag in [2 * year, MS, 0, -1_300 * MS, -year] {
        let mut rig = watching(lag);
        rig.state(State::Synced); // without a time of the venue, as the quote that follows
        rig.quote(59_999.99, 60_000.0);
        rig.now += 100 * MS;
        let mut trade = Trade::new(BTC, Nanos(rig.now - lag));
        (trade.receive_time, trade.price, trade.qty) = (rig.now, 60_000.0, 0.1);
        rig.record(&trade.into());
        rig.now += 100 * MS;
        rig.quote(59_999.99, 60_000.0);
        rig.now += 100 * MS;
        rig.state(State::Synced);
        rig.wait(1_400);
        assert_eq!(said(&rig, lag), [(1_600, 1.0, 1.0), (1_600, -1.0, 0.0)], "lag {lag}");
        rig.now += 300 * MS;
        rig.quote(59_999.99, 60_000.0); // 2.0 s after the start, by its receipt
        assert_eq!(said(&rig, lag).last(), Some(&(2_000, 1.0, 2.0)), "lag {lag}");
        assert_eq!(*rig.standing(0), Standing::Running);
    }
}

#[test]
fn clocks_that_cannot_be_do_not_wrap() {
    let mut rig = watching(0);
    let mut trade = Trade::new(BTC, Nanos(START));
    (trade.receive_time, trade.price, trade.qty) = (START, 60_000.0, 0.1);
    rig.record(&trade.into());
    let mut quote = Quote::new(BTC, Nanos(i64::MIN));
    (quote.receive_time, quote.bid, quote.ask) = (START, 59_999.99, 60_000.0);
    rig.record(&quote.into());
    rig.wait(2_000);
    assert_eq!(said(&rig, 0), [(1_500, -1.0, 0.0)], "the timer closes nothing");
    let mut delta = Delta::new(BTC, Nanos(i64::MAX));
    delta.receive_time = rig.now;
    rig.record(&delta.into());
    assert!(
        matches!(rig.standing(0), Standing::Failed(why) if why.contains("leaps")),
        "{:?}",
        rig.standing(0)
    );
}
