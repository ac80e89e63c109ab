//! A warm run allocates nothing.

#[path = "../support/counting.rs"]
mod counting;

use pyrt_engine::matching::{Matcher, Simulation};
use pyrt_engine::model::{
    ClientOrderId, Command, Delta, Event, Instrument, InstrumentId, Nanos, Order, OrderType, Side, Ticks,
    Tif, Trade, flag,
};

use counting::ALLOCATIONS;

/// A market that breathes: levels come and go, trades reach into queues.
fn record(instrument: &Instrument, round: i64) -> Event {
    let side = if round % 2 == 0 { Side::Buy } else { Side::Sell };
    let away = 1 + round / 2 % 7;
    let ticks = Ticks(if side == Side::Buy { 10_000 - away } else { 10_000 + away });
    if round % 5 == 0 {
        let mut trade = Trade::new(InstrumentId(0), Nanos(round));
        (trade.side, trade.price, trade.qty) = (3 - side as u8, instrument.price(ticks), 0.05);
        return trade.into();
    }
    let mut delta = Delta::new(InstrumentId(0), Nanos(round));
    (delta.side, delta.flags) = (side as u8, flag::LAST);
    #[allow(clippy::cast_precision_loss)]
    let qty = (round % 11) as f64;
    (delta.price, delta.qty) = (instrument.price(ticks), qty);
    delta.into()
}

fn order(counter: u32, round: i64) -> Command {
    let side = if round % 4 < 2 { Side::Buy } else { Side::Sell };
    let away = round % 9 - 3;
    Command::new_order(&Order {
        id: ClientOrderId::new(1, 1, counter),
        instrument: InstrumentId(0),
        side,
        order_type: OrderType::Limit,
        tif: if round % 3 == 0 { Tif::Ioc } else { Tif::Gtc },
        post_only: false,
        price: Ticks(if side == Side::Buy { 10_000 - away } else { 10_000 + away }),
        qty: pyrt_engine::model::Lots(1 + round % 40),
        trigger: Ticks(0),
        display: pyrt_engine::model::Lots(0),
        time: Nanos(round),
    })
}

#[test]
fn a_warm_matcher_allocates_nothing() {
    let instrument = Instrument::spot("test:A-B", "", "0.01", "0.001").unwrap();
    let mut matcher = Matcher::new([instrument.clone()], Simulation::default()).unwrap();
    let (mut out, mut answers, mut at_start) = (Vec::with_capacity(256), 0, 0);
    for round in 0..40_000_i64 {
        if round == 5_000 {
            at_start = ALLOCATIONS.get();
        }
        matcher.on_record(&record(&instrument, round), Nanos(round), &mut out).unwrap();
        if round % 10 == 3 {
            let counter = u32::try_from(round / 10).unwrap();
            matcher.on_command(&order(counter, round), Nanos(round), &mut out).unwrap();
            let late = Command::cancel(
                ClientOrderId::new(1, 1, counter.saturating_sub(5)),
                InstrumentId(0),
                Nanos(round),
            );
            matcher.on_command(&late, Nanos(round), &mut out).unwrap();
        }
        answers += out.len();
        out.clear();
    }
    assert!(answers > 10_000, "{answers} answers");
    assert_eq!(ALLOCATIONS.get(), at_start);
}
