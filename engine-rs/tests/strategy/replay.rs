//! Whole runs of a built strategy. That they equal Python's is tested from there (`tests/parity`).

use pyrt_engine::engine::replay::{ReplayError, Terms, replay};
use pyrt_engine::matching::{BookSource, Simulation};
use pyrt_engine::model::{Bar, Event, Instrument, InstrumentId, Money, Nanos, Quote};
use pyrt_engine::strategy::{CompiledStrategy, LoadOptions};

use super::compiled::counting::ALLOCATIONS;
use super::compiled::{crossover, events};

/// A quote before each trade, so that orders fill.
fn with_quotes(trades: &[Event]) -> Vec<Event> {
    let mut all = Vec::with_capacity(2 * trades.len());
    for event in trades {
        let mut trade = *event.as_trade().unwrap();
        let mut quote = Quote::new(InstrumentId(0), Nanos(trade.event_time));
        (quote.stamp, quote.receive_time) = (all.len() as u64, trade.receive_time);
        let cents = (trade.price * 100.0).round();
        (quote.bid, quote.ask) = ((cents - 1.0) / 100.0, (cents + 1.0) / 100.0);
        (quote.bid_qty, quote.ask_qty) = (50.0, 50.0);
        all.push(quote.into());
        (trade.price, trade.qty) = (cents / 100.0, (trade.qty * 1000.0).round() / 1000.0);
        trade.stamp = all.len() as u64;
        all.push(trade.into());
    }
    all
}

#[test]
fn a_warm_run_allocates_only_room_for_what_it_keeps() {
    let folder = tempfile::tempdir().unwrap();
    if !crossover(folder.path(), 20_000) {
        return;
    }
    let instrument = Instrument::spot("test:A-B", "", "0.01", "0.00001").unwrap();
    let simulation = Simulation { book: BookSource::Quotes, ..Simulation::default() };
    let terms =
        Terms { cash: Money::from_f64(1e6), simulation, strategy: 1, run: 1, trade_from: Nanos(i64::MIN) };
    let events = with_quotes(&events(folder.path()));
    let run = |count: usize| {
        let path = folder.path().join("cross.so");
        let strategy = CompiledStrategy::load(&path, 1, &LoadOptions::default()).unwrap();
        let before = ALLOCATIONS.get();
        let outcome =
            replay(strategy, &events[..count], std::slice::from_ref(&instrument), terms, None).unwrap();
        (ALLOCATIONS.get() - before, outcome)
    };
    let (half, _) = run(events.len() / 2);
    let (whole, outcome) = run(events.len());
    let kept = outcome.commands.len();
    assert!(kept > 300 && outcome.equity_at_fills.len() > 300, "{kept} commands");
    assert!(whole - half <= 12, "{half} allocations for one half, {whole} for both: arrays double, no more");

    let mut bar = Bar::new(InstrumentId(0), Nanos(5));
    bar.stamp = 7;
    let strategy =
        CompiledStrategy::load(&folder.path().join("cross.so"), 1, &LoadOptions::default()).unwrap();
    let refused = replay(strategy, &[bar.into()], &[instrument], terms, None).unwrap_err();
    assert!(matches!(&refused, ReplayError::Refused(words) if words.contains("stamp 7: a bar")), "{refused}");
}
