//! What a market record costs in the matcher: without orders, with a few that rest, and through a timeline.
//!
//! `cargo run --release --example matching_bench [RECORDS]`

#![allow(clippy::print_stdout, clippy::unwrap_used)] // a measurement talks

use std::time::Instant;

use pyrt_engine::matching::{Matcher, Simulation, Step, Timeline};
use pyrt_engine::model::{
    ClientOrderId, Command, Delta, Event, Instrument, InstrumentId, Lots, Nanos, Order, OrderType, Side,
    Ticks, Tif, Trade, flag,
};
use pyrt_engine::random::SplitMix64;

/// Deltas and trades around a middle that walks: most are near the best, a fifth are trades.
fn market(instrument: &Instrument, count: usize) -> Vec<Event> {
    let (mut random, mut middle) = (SplitMix64::new(1), 6_000_000_i64);
    let mut one = |n: usize| -> Event {
        let time = Nanos(1_000 * i64::try_from(n).unwrap());
        if random.one_in(50) {
            middle += i64::try_from(random.below(3)).unwrap() - 1;
        }
        let side = if random.one_in(2) { Side::Buy } else { Side::Sell };
        let away = 1 + i64::from(random.halving()) * 3 + i64::try_from(random.below(3)).unwrap();
        let ticks = Ticks(if side == Side::Buy { middle - away } else { middle + away });
        let lots = Lots(i64::try_from(random.below(1 << 20)).unwrap());
        let mut event: Event = if random.one_in(5) {
            let mut it = Trade::new(InstrumentId(0), time);
            (it.side, it.price, it.qty) = (3 - side as u8, instrument.price(ticks), instrument.qty(lots));
            it.into()
        } else {
            let lots = if random.one_in(3) { Lots(0) } else { lots };
            let mut it = Delta::new(InstrumentId(0), time);
            it.flags = if random.one_in(4) { flag::LAST } else { 0 };
            (it.side, it.price, it.qty) = (side as u8, instrument.price(ticks), instrument.qty(lots));
            it.into()
        };
        event.stamp = n as u64;
        event.words[0] = time.0.cast_unsigned();
        event
    };
    (0..count).map(&mut one).collect()
}

fn resting(instrument: &Instrument) -> Matcher {
    let mut matcher = Matcher::new([instrument.clone()], Simulation::default()).unwrap();
    let mut out = Vec::new();
    let mut delta = Delta::new(InstrumentId(0), Nanos(0));
    (delta.side, delta.flags, delta.price, delta.qty) = (1, flag::LAST, 1.0, 1.0);
    matcher.on_record(&delta.into(), Nanos(0), &mut out).unwrap();
    for n in 0..20_u32 {
        let side = if n % 2 == 0 { Side::Buy } else { Side::Sell };
        let away = 5_000 + 10 * i64::from(n);
        let order = Order {
            id: ClientOrderId::new(1, 1, n),
            instrument: InstrumentId(0),
            side,
            order_type: OrderType::Limit,
            tif: Tif::Gtc,
            post_only: false,
            price: Ticks(if side == Side::Buy { 6_000_000 - away } else { 6_000_000 + away }),
            qty: Lots(10),
            trigger: Ticks(0),
            display: Lots(0),
            time: Nanos(0),
        };
        matcher.on_command(&Command::new_order(&order), Nanos(0), &mut out).unwrap();
    }
    assert_eq!(matcher.live().count(), 20);
    matcher
}

fn timed(label: &str, records: &[Event], mut run: impl FnMut()) {
    let best = (0..5).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    let best = best.min().unwrap();
    #[allow(clippy::cast_precision_loss)]
    let rate = records.len() as f64 / best.as_secs_f64() / 1e6;
    println!("{label}: {rate:.1} million records/s, {:.1} ns each", 1e3 / rate);
}

fn main() {
    let count = std::env::args().nth(1).map_or(1_000_000, |word| word.parse().unwrap());
    let instrument = Instrument::spot("test:BTC-USDT", "", "0.01", "0.00001").unwrap();
    let records = market(&instrument, count);
    let mut out = Vec::new();
    let feed = |mut matcher: Matcher, out: &mut Vec<_>| {
        for record in &records {
            matcher.on_record(record, Nanos(record.event_time), out).unwrap();
        }
    };
    timed("no orders", &records, || {
        feed(Matcher::new([instrument.clone()], Simulation::default()).unwrap(), &mut out);
    });
    timed("20 orders resting", &records, || feed(resting(&instrument), &mut out));
    timed("no orders, timeline", &records, || {
        let events = records.iter().copied();
        let mut timeline = Timeline::new(events, [instrument.clone()], Simulation::default()).unwrap();
        while timeline.next(None).unwrap() != Step::End {}
    });
}
