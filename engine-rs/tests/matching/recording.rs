//! A day of the real market: a strategy that quotes and takes, driven step by step as the engine's replay drives it.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use pyrt_engine::market_data::venues::binance::{BinanceSpot, Options, infer_instruments};
use pyrt_engine::market_data::{BookTop, Recording, Sink, replay};
use pyrt_engine::matching::{Simulation, Step, Timeline};
use pyrt_engine::model::{
    ClientOrderId, Command, Event, Instrument, InstrumentId, Kind, Lots, Money, Nanos, Order, OrderStatus,
    OrderType, Rounding, Side, Ticks, Tif, flag,
};
use pyrt_engine::position::{Execution, Tracker};

const ROW: InstrumentId = InstrumentId(0);

#[derive(Default)]
struct Records(Vec<Event>);

impl Sink for Records {
    fn event(&mut self, mut event: Event) {
        event.stamp = self.0.len() as u64;
        self.0.push(event);
    }

    fn book(&mut self, _: &BookTop<'_>) {}
}

/// Records of a recording, and its instrument; nothing where there are no recordings at all.
fn recorded(name: &str) -> Option<(Vec<Event>, Instrument)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ws");
    if !folder.is_dir() {
        println!("skipped: no recordings in {}", folder.display());
        return None;
    }
    let paths = [folder.join(name)];
    let mut found = infer_instruments(&mut Recording::open(&paths).unwrap()).unwrap();
    assert_eq!(found.len(), 1);
    let instrument = found.remove(0);
    let mut feed = BinanceSpot::new(&[(ROW, instrument.clone())], Options::default());
    let mut records = Records::default();
    replay(&mut Recording::open(&paths).unwrap(), &mut feed, &mut records, |_, _, _| {}).unwrap();
    Some((records.0, instrument))
}

/// Keeps a bid and an offer at the touch, takes some of them back after a while, and crosses the spread now and then.
struct Quoter<'a> {
    instrument: &'a Instrument,
    counter: u32,
    working: VecDeque<(ClientOrderId, Nanos)>,
    next: i64,
}

impl Quoter<'_> {
    fn on_record(&mut self, record: &Event, send: &mut dyn FnMut(Command)) {
        let Some(quote) = record.as_quote().filter(|quote| quote.receive_time >= self.next) else {
            return;
        };
        let now = Nanos(quote.receive_time);
        self.next = now.0 + 200_000_000;
        while self.working.front().is_some_and(|(_, sent)| now.0 - sent.0 > 2_000_000_000) {
            self.working.pop_front().into_iter().for_each(|(id, _)| send(Command::cancel(id, ROW, now)));
        }
        for (side, price) in [(Side::Buy, quote.bid), (Side::Sell, quote.ask)] {
            let take = self.counter % 23 == 7;
            let price = self.instrument.tick.to_steps(price, Rounding::Refuse).unwrap();
            let id = ClientOrderId::new(1, 1, self.counter);
            self.counter += 1;
            self.working.push_back((id, now));
            send(Command::new_order(&Order {
                id,
                instrument: ROW,
                side,
                order_type: if take { OrderType::Market } else { OrderType::Limit },
                tif: Tif::Gtc,
                post_only: !take,
                price: Ticks(if take { 0 } else { price }),
                qty: Lots(400 + i64::from(self.counter % 7) * 5_000),
                trigger: Ticks(0),
                display: Lots(0),
                time: now,
            }));
        }
    }
}

/// How often each thing happened.
#[derive(Debug, Default)]
struct Tally {
    statuses: BTreeMap<u16, usize>,
    makers: usize,
    takers: usize,
}

#[test]
fn a_day_of_the_market_fills_as_its_trades_and_books_allow() {
    let Some((records, instrument)) = recorded("binance_spot_btcusdt_20240808.tsv.gz") else {
        return;
    };
    let settings = Simulation { jitter: 1_000_000, seed: 3, ..Simulation::default() };
    let mut timeline = Timeline::new(records.iter().copied(), [instrument.clone()], settings).unwrap();
    let mut tracker = Tracker::new(Money::ZERO, [&instrument]).unwrap();
    let mut quoter = Quoter { instrument: &instrument, counter: 0, working: VecDeque::new(), next: 0 };
    let mut tally = Tally::default();
    // What reached the price of a maker's fill at that moment of the venue: lowest for buys, highest for sells.
    let mut reached: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    for record in &records {
        let price = match (record.as_trade(), record.as_delta()) {
            (Some(trade), _) => trade.price,
            (_, Some(delta)) if delta.qty > 0.0 => delta.price,
            _ => continue,
        };
        let at = record.words[0].cast_signed() - settings.feed_latency;
        let (low, high) = reached.entry(at).or_insert((price, price));
        (*low, *high) = (low.min(price), high.max(price));
    }
    loop {
        match timeline.next(None).unwrap() {
            Step::Record(record) => {
                let mut sent = Vec::new();
                quoter.on_record(&record, &mut |command| sent.push(command));
                for command in &sent {
                    timeline.send(command).unwrap();
                }
            }
            Step::Answer(answer) => {
                if let Some(fill) = answer.as_fill() {
                    let maker = fill.flags & flag::MAKER != 0;
                    let side = if fill.side == 1 { Side::Buy } else { Side::Sell };
                    if maker {
                        let (low, high) = reached[&fill.event_time];
                        assert!(if side == Side::Buy { low <= fill.price } else { high >= fill.price });
                    }
                    *(if maker { &mut tally.makers } else { &mut tally.takers }) += 1;
                    let steps =
                        |x: f64, grid: pyrt_engine::model::Grid| grid.to_steps(x, Rounding::Refuse).unwrap();
                    let execution = Execution {
                        side,
                        price: Ticks(steps(fill.price, instrument.tick)),
                        qty: Lots(steps(fill.qty, instrument.lot)),
                        fee: Money::from_f64(fill.fee),
                    };
                    tracker.on_fill(1, ROW, &execution).unwrap();
                } else {
                    assert_eq!(answer.kind, Kind::OrderUpdate as u8);
                    *tally.statuses.entry(answer.flags >> 12).or_default() += 1;
                }
            }
            Step::Timer => unreachable!(),
            Step::End => break,
        }
    }
    let holding = tracker.holding(1, ROW);
    assert_eq!(tracker.account().cash + holding.cost + holding.fees, holding.realized);
    let count = |status: OrderStatus| tally.statuses.get(&(status as u16)).copied().unwrap_or(0);
    println!("{} records, {} orders: {tally:?}", records.len(), quoter.counter);
    assert!(quoter.counter >= 100 && tally.makers >= 30 && tally.takers >= 5, "{tally:?}");
    assert!(count(OrderStatus::PartiallyFilled) >= 5 && count(OrderStatus::Canceled) >= 10, "{tally:?}");
}
