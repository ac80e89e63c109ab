//! What holds for any market and any orders.

use std::collections::HashMap;

use proptest::prelude::*;
use pyrt_engine::matching::{
    Answer, BookSource, Matcher, QueueModel, Simulation, Step, Timeline, What, match_commands,
};
use pyrt_engine::model::{
    ClientOrderId, Command, Delta, Event, Instrument, InstrumentId, Lots, Money, Nanos, OrderReason,
    OrderStatus, Quote, Side, StateChange, Ticks, Trade, flag,
};
use pyrt_engine::position::{Execution, Tracker};

fn instrument() -> Instrument {
    Instrument::spot("test:A-B", "", "0.01", "0.001").unwrap()
}

/// One thing that happens: a record or a command, so much later than the one before.
#[derive(Clone, Debug)]
enum Happening {
    Trade { side: u8, ticks: i64, lots: i64 },
    Delta { side: u8, ticks: i64, lots: i64, flags: u16 },
    Quote { bid: i64, ask: i64, lots: i64 },
    State { code: u16 },
    New { side: u8, ticks: i64, lots: i64, order_type: u8, tif: u8, post_only: bool, more: More },
    Cancel { back: u64 },
    Modify { back: u64, ticks: i64, lots: i64, trigger: i64 },
}

/// What stops, icebergs and orders with an end have beside.
#[derive(Clone, Copy, Debug, Default)]
struct More {
    trigger: i64,
    trail: i64,
    display: i64,
    lives: i64,
}

fn more() -> impl Strategy<Value = More> {
    (985_i64..1015, 0_i64..6, prop_oneof![3 => Just(0_i64), 2 => -1_i64..6], -1_i64..60)
        .prop_map(|(trigger, trail, display, lives)| More { trigger, trail, display, lives })
}

fn happening() -> impl Strategy<Value = Happening> {
    let ticks = || 990_i64..1010;
    let flags = prop_oneof![5 => Just(0), 5 => Just(flag::LAST), 1 => Just(flag::SNAPSHOT)];
    prop_oneof![
        6 => (0_u8..3, ticks(), 0_i64..20).prop_map(|(side, ticks, lots)| Happening::Trade { side, ticks, lots }),
        12 => (1_u8..3, 0_i64..10, -1_i64..10, 0_i64..12, flags).prop_map(|(side, away, over, lots, flags)| {
            // Bids below 1000 and asks above, mostly.
            let away = if over < 0 { -away } else { away + 1 };
            let ticks = if side == 1 { 1000 - away } else { 1000 + away };
            Happening::Delta { side, ticks, lots, flags }
        }),
        2 => (ticks(), 0_i64..4, 0_i64..12)
            .prop_map(|(bid, spread, lots)| Happening::Quote { bid, ask: bid + spread, lots }),
        1 => (1_u16..3).prop_map(|code| Happening::State { code }),
        8 => (1_u8..3, ticks(), 0_i64..12, 1_u8..6, 1_u8..6, any::<bool>(), more()).prop_map(
            |(side, ticks, lots, order_type, tif, post_only, more)| Happening::New {
                side, ticks, lots, order_type, tif, post_only, more,
            }
        ),
        3 => (0_u64..8).prop_map(|back| Happening::Cancel { back }),
        3 => (0_u64..8, prop_oneof![1 => Just(0_i64), 2 => ticks()], 0_i64..12, prop_oneof![Just(0_i64), ticks()])
            .prop_map(|(back, ticks, lots, trigger)| Happening::Modify { back, ticks, lots, trigger }),
    ]
}

#[derive(Debug)]
struct Run {
    records: Vec<Event>,
    commands: Vec<Command>,
}

fn run_of(happenings: &[(Happening, i64)]) -> Run {
    let (mut records, mut commands, mut time, mut id) = (Vec::new(), Vec::new(), 0, 0);
    let row = InstrumentId(0);
    let it = instrument();
    for (happening, pause) in happenings {
        time += pause;
        let mut record: Event = match *happening {
            Happening::Trade { side, ticks, lots } => {
                let mut trade = Trade::new(row, Nanos(time));
                (trade.side, trade.price, trade.qty) = (side, it.price(Ticks(ticks)), it.qty(Lots(lots)));
                trade.into()
            }
            Happening::Delta { side, ticks, lots, flags } => {
                let mut delta = Delta::new(row, Nanos(time));
                (delta.side, delta.flags) = (side, flags);
                (delta.price, delta.qty) = (it.price(Ticks(ticks)), it.qty(Lots(lots)));
                delta.into()
            }
            Happening::Quote { bid, ask, lots } => {
                let mut quote = Quote::new(row, Nanos(time));
                (quote.bid, quote.ask) = (it.price(Ticks(bid)), it.price(Ticks(ask)));
                (quote.bid_qty, quote.ask_qty) = (it.qty(Lots(lots)), it.qty(Lots(lots)));
                quote.into()
            }
            Happening::State { code } => {
                let mut state = StateChange::new(row, Nanos(time));
                state.flags = code;
                state.into()
            }
            Happening::New { side, ticks, lots, order_type, tif, post_only, more } => {
                let mut command = Command::cancel(ClientOrderId(id), row, Nanos(time));
                id += 1;
                (command.action, command.side, command.order_type) = (1, side, order_type);
                (command.tif, command.flags) = (tif, u16::from(post_only));
                (command.price, command.qty) = (ticks, lots);
                (command.trigger, command.trail) = (more.trigger, more.trail);
                (command.display, command.expiry) = (more.display, time + more.lives);
                commands.push(command);
                continue;
            }
            Happening::Modify { back, ticks, lots, trigger } => {
                let mut command = Command::cancel(ClientOrderId(id.saturating_sub(back)), row, Nanos(time));
                command.action = Command::MODIFY;
                (command.price, command.qty, command.trigger) = (ticks, lots, trigger);
                commands.push(command);
                continue;
            }
            Happening::Cancel { back } => {
                commands.push(Command::cancel(ClientOrderId(id.saturating_sub(back)), row, Nanos(time)));
                continue;
            }
        };
        record.stamp = records.len() as u64;
        record.words[0] = time.cast_unsigned();
        records.push(record);
    }
    Run { records, commands }
}

/// What an order asked for, and what it got.
#[derive(Clone, Copy, Default)]
struct Known {
    side: u8,
    limit: Option<i64>,
    qty: i64,
    filled: i64,
    ended: bool,
}

/// Checks one answer against all that is known of its order.
fn check(answer: &Answer, orders: &mut HashMap<u64, Known>) -> Result<(), TestCaseError> {
    let Some(order) = orders.get_mut(&answer.id.0) else {
        return Ok(()); // an order never seen
    };
    match answer.what {
        What::Fill { price, qty, cumulative, .. } => {
            prop_assert!(!order.ended && qty.0 > 0);
            order.filled += qty.0;
            prop_assert_eq!(cumulative.0, order.filled);
            prop_assert!(order.filled <= order.qty, "more than was ordered");
            if let Some(limit) = order.limit {
                let worse = if order.side == 1 { price.0 > limit } else { price.0 < limit };
                prop_assert!(!worse, "{price:?} is worse than the limit {limit}");
            }
        }
        What::Update { reason: OrderReason::UnknownOrder, .. } => {} // a cancel that was there before its order
        What::Update { reason: OrderReason::Modified, price, qty, filled, .. } => {
            prop_assert!(!order.ended && filled.0 == order.filled && qty > filled);
            order.qty = qty.0;
            order.limit = order.limit.map(|_| price.0);
        }
        What::Update { status, filled, qty, .. } => {
            prop_assert_eq!(filled.0, order.filled);
            prop_assert_eq!(qty.0, order.qty);
            prop_assert_eq!(status == OrderStatus::Filled, order.qty > 0 && order.filled == order.qty);
            order.ended |= status.is_final();
        }
    }
    Ok(())
}

fn settings() -> impl Strategy<Value = Simulation> {
    let latency = || prop_oneof![Just(0_i64), 0_i64..20];
    let fees = -20_000_i64..200_000;
    let models = [
        QueueModel::RiskAverse,
        QueueModel::Power,
        QueueModel::Power2,
        QueueModel::Power3,
        QueueModel::Log,
        QueueModel::Log2,
    ];
    let queue = prop::sample::select(models.to_vec());
    (latency(), latency(), latency(), latency(), any::<u64>(), (fees.clone(), fees), any::<bool>(), queue)
        .prop_map(
            |(
                feed_latency,
                order_latency,
                response_latency,
                jitter,
                seed,
                (maker_fee, taker_fee),
                quotes,
                queue,
            )| {
                Simulation {
                    feed_latency,
                    order_latency,
                    response_latency,
                    jitter,
                    seed,
                    maker_fee,
                    taker_fee,
                    queue,
                    book: if quotes { BookSource::Quotes } else { BookSource::Deltas },
                    ..Simulation::default()
                }
            },
        )
}

proptest! {
    /// Never more than ordered, never worse than the limit, sums that agree, nothing after the end; and the money.
    #[test]
    fn orders_get_what_they_asked_for_at_most(
        happenings in prop::collection::vec((happening(), 0_i64..4), 1..300), settings in settings(),
    ) {
        let run = run_of(&happenings);
        let mut matcher = Matcher::new([instrument()], settings).unwrap();
        let mut tracker = Tracker::new(Money::ZERO, &[instrument()]).unwrap();
        let (mut orders, mut out) = (HashMap::new(), Vec::new());
        let mut commands = run.commands.iter().peekable();
        for record in &run.records {
            matcher.on_record(record, Nanos(record.event_time), &mut out).unwrap();
            while let Some(command) = commands.next_if(|command| command.time <= record.event_time) {
                if command.action == 1 {
                    let limit = matches!(command.order_type, 2 | 4).then_some(command.price);
                    let known = Known { side: command.side, limit, qty: command.qty, ..Known::default() };
                    orders.insert(command.client_order_id, known);
                }
                while matcher.next_expiry().is_some_and(|time| time.0 <= command.time) {
                    matcher.expire(&mut out);
                }
                matcher.on_command(command, Nanos(command.time), &mut out).unwrap();
            }
            for answer in out.drain(..) {
                check(&answer, &mut orders)?;
                if let What::Fill { price, qty, fee, .. } = answer.what {
                    let fill = Execution { side: answer.side, price, qty, fee };
                    tracker.on_fill(0, InstrumentId(0), &fill).unwrap();
                }
            }
            let holding = tracker.holding(0, InstrumentId(0));
            prop_assert_eq!(tracker.account().cash + holding.cost + holding.fees, holding.realized);
            let signed = |order: &Known| if order.side == 1 { order.filled } else { -order.filled };
            prop_assert_eq!(holding.lots.0, orders.values().map(signed).sum::<i64>());
        }
        // What lives is what has been accepted and has not ended.
        let live = matcher.live().count();
        prop_assert!(live <= orders.values().filter(|order| !order.ended).count());
    }

    /// Steps come in the order of time; answers are counted; a run asked step by step equals a run at once.
    #[test]
    fn a_timeline_never_goes_back(
        happenings in prop::collection::vec((happening(), 0_i64..4), 1..200), settings in settings(),
        period in 1_i64..40,
    ) {
        let run = run_of(&happenings);
        let straight = match_commands(&run.records, &run.commands, &[instrument()], settings).unwrap();
        let mut timeline = Timeline::new(run.records.iter().copied(), [instrument()], settings).unwrap();
        for command in &run.commands {
            timeline.send(command).unwrap();
        }
        let (mut now, mut timer, mut answers, mut seen) = (i64::MIN, period, Vec::new(), 0);
        loop {
            let time = match timeline.next((timer < 1_000).then_some(Nanos(timer))).unwrap() {
                Step::Answer(answer) => {
                    answers.push(answer);
                    answer.words[0].cast_signed()
                }
                Step::Record(record) => {
                    prop_assert_eq!(record, run.records[seen]);
                    seen += 1;
                    record.words[0].cast_signed()
                }
                Step::Timer => {
                    timer += period;
                    timer - period
                }
                Step::End => break,
            };
            prop_assert!(time >= now);
            now = time;
        }
        prop_assert_eq!(seen, run.records.len());
        prop_assert!(timer >= 1_000);
        // A timer lets time go on beyond all else: orders may end then that outlive a run without it.
        prop_assert_eq!(&answers[..straight.len()], &straight[..]);
        let time_up = |answer: &Event| answer.flags & 0xff == OrderReason::TimeUp as u16;
        prop_assert!(answers[straight.len()..].iter().all(time_up));
    }

    /// Whoever joins a queue and sees no more than a trade of `sold` gets exactly what is left after those ahead.
    #[test]
    fn a_queue_is_first_come_first_served(
        ahead in 1_i64..50, ours in prop::collection::vec(1_i64..10, 1..5), sold in prop::collection::vec(1_i64..20, 1..8),
    ) {
        let free = Simulation { feed_latency: 0, order_latency: 0, response_latency: 0, ..Simulation::default() };
        let mut happenings =
            vec![(Happening::Delta { side: 1, ticks: 999, lots: ahead, flags: flag::LAST }, 1)];
        let order = |lots| Happening::New {
            side: 1, ticks: 999, lots, order_type: 2, tif: 1, post_only: true, more: More::default(),
        };
        happenings.extend(ours.iter().map(|lots| (order(*lots), 1)));
        happenings.extend(sold.iter().map(|lots| (Happening::Trade { side: 2, ticks: 999, lots: *lots }, 1)));
        let run = run_of(&happenings);
        let answers = match_commands(&run.records, &run.commands, &[instrument()], free).unwrap();
        let got: f64 = answers.iter().filter_map(Event::as_fill).map(|fill| fill.qty).sum();
        let reach = sold.iter().sum::<i64>() - ahead;
        let due = reach.clamp(0, ours.iter().sum());
        prop_assert_eq!((got * 1000.0).round(), f64::from(i32::try_from(due).unwrap()));
        // In the order of arrival: an order has a fill only when those before it are whole.
        let filled = answers.iter().filter_map(Event::as_order_update).fold(HashMap::new(), |mut all, update| {
            all.insert(update.client_order_id, (update.filled_qty * 1000.0).round());
            all
        });
        let mut reached = true;
        for (id, lots) in (0_u64..).zip(&ours) {
            let so_far = filled[&id];
            prop_assert!(reached || so_far == 0.0);
            reached = so_far == f64::from(i32::try_from(*lots).unwrap());
        }
    }
}

#[test]
fn reports_say_what_records_say() {
    let mut matcher = Matcher::new([instrument()], Simulation::default()).unwrap();
    let mut out = Vec::new();
    let delta = Happening::Delta { side: 2, ticks: 1001, lots: 5, flags: flag::LAST };
    let order = |lots, tif| Happening::New {
        side: 1,
        ticks: 1001,
        lots,
        order_type: 2,
        tif,
        post_only: false,
        more: More::default(),
    };
    let run = run_of(&[
        (delta, 1),
        (order(3, 1), 1),
        (order(9, 2), 1),
        (order(0, 1), 1),
        (Happening::Cancel { back: 3 }, 1),
    ]);
    matcher.on_record(&run.records[0], Nanos(1), &mut out).unwrap();
    for command in &run.commands {
        matcher.on_command(command, Nanos(command.time), &mut out).unwrap();
    }
    let words: Vec<String> = out
        .iter()
        .filter_map(|answer| answer.report(7, 8, Nanos(9)))
        .map(|report| {
            format!("{} {:?}", report.id.0, report.what).split(['{', '(']).next().unwrap().to_owned()
        })
        .collect();
    let expected =
        ["0 Accepted", "0 Filled ", "1 Accepted", "1 Filled ", "1 Expired", "2 Rejected", "0 CancelRejected"];
    assert_eq!(words, expected);
    assert!(out.iter().all(|answer| answer.side == Side::Buy));
}
