//! Limits and pre-trade checks from outside: the operator's file as it stands, every refusal, and a model that values
//! all that is held and on its way by itself.

use proptest::prelude::*;
use pyrt_engine::model::{
    ClientOrderId, Instrument, InstrumentId, InstrumentKind, Lots, Money, Nanos, Order, OrderReason,
    OrderStatus, OrderType, Side, Ticks, Tif,
};
use pyrt_engine::risk::{
    BookView, Context, InFlight, Limits, LimitsError, NotValued, PreTrade, Ratio, Refusal,
};

const FILE: &str = include_str!("../../../config/risk_limits.toml");
const SECOND: i64 = 1_000_000_000;

fn btc() -> Instrument {
    let mut btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
    (btc.min_qty, btc.min_notional) = (0.00001, 5.0);
    btc
}

fn usd(amount: f64) -> Option<Money> {
    Some(Money::from_f64(amount))
}

fn context(now: i64) -> Context {
    Context {
        now: Nanos(now),
        killed: false,
        stopped: false,
        book: BookView { synced: true, age: 0 },
        equity: usd(400_000.0),
        peak_equity: usd(400_000.0),
    }
}

fn order(side: Side, price: i64, qty: i64) -> Order {
    let order_type = if price == 0 { OrderType::Market } else { OrderType::Limit };
    let (id, instrument, tif, post_only) = (ClientOrderId::new(1, 1, 1), InstrumentId(0), Tif::Gtc, false);
    Order {
        id,
        instrument,
        side,
        order_type,
        tif,
        post_only,
        price: Ticks(price),
        qty: Lots(qty),
        trigger: Ticks(0),
        display: Lots(0),
        time: Nanos(0),
    }
}

/// Bitcoin at 60,000.00 of a currency worth a dollar.
fn risk(limits: &str) -> PreTrade {
    let mut risk = PreTrade::new(Limits::from_toml(limits).unwrap());
    risk.exposures_mut().add(InstrumentId(0), &btc(), Some(Ratio::ONE)).unwrap();
    risk.exposures_mut().set_mark(InstrumentId(0), Some(Ticks(6_000_000)));
    risk
}

fn refused(risk: &mut PreTrade, order: Order, context: &Context) -> Refusal {
    risk.check(order, context).unwrap_err()
}

#[test]
fn the_operators_file_loads_as_it_stands() {
    let limits = Limits::from_toml(FILE).unwrap();
    assert_eq!(limits.max_position, Money::from_f64(100_000.0));
    assert_eq!(limits.max_order, Money::from_f64(10_000.0));
    assert_eq!(limits.max_leverage.to_f64(), 3.0);
    assert_eq!(limits.max_concentration.to_f64(), 0.25);
    assert_eq!(limits.max_drawdown.to_f64(), 0.15);
    assert_eq!(limits.max_orders_per_minute, 60);
    assert_eq!(limits.max_book_age, 5 * SECOND);
    assert_eq!(limits.defaults(), ["books.max_age_ms = 5000"]);
    assert_eq!(
        limits.unenforced(),
        ["risk_metrics.var_limit_1d_95", "margin.margin_buffer", "margin.margin_call_threshold"]
    );
    // every key of the file is either enforced or said not to be
    let table: toml::Table = FILE.parse().unwrap();
    for (section, keys) in &table {
        for key in keys.as_table().unwrap().keys() {
            let name = format!("{section}.{key}");
            let known = [limits.enforced(), limits.unenforced()].concat().contains(&name.as_str());
            assert!(known, "{name}");
        }
    }
}

#[test]
fn a_file_that_is_not_right_is_refused_by_name() {
    let error = |from: &str, to: &str| {
        assert!(FILE.contains(from), "{from}");
        Limits::from_toml(&FILE.replace(from, to)).unwrap_err().to_string()
    };
    assert!(error("max_leverage = 3.0", "max_leverage = 3.0\nmax_levrage = 2.0").contains("max_levrage"));
    assert!(error("[margin]", "[marginn]").contains("marginn"));
    assert!(error("max_order_size_usd = 10000.0", "").contains("max_order_size_usd"));
    assert!(error("= 3.0", "= \"3\"").contains("max_leverage"));
    for (from, to, says) in [
        ("= 3.0", "= nan", "max_leverage = NaN: must be"),
        ("= 3.0", "= -1.0", "max_leverage = -1: must be"),
        ("= 100000.0", "= inf", "max_position_usd = inf: must be"),
        ("max_drawdown_pct = 0.15", "max_drawdown_pct = 15", "a fraction from 0 to 1"),
        ("max_order_rate_per_min = 60", "max_order_rate_per_min = 60000000", "at most 1,000,000"),
        ("= 0.20", "= -0.2", "margin.margin_buffer = -0.2"),
    ] {
        let error = error(from, to);
        assert!(error.contains(says), "{error}");
    }
    let gone = Limits::load(std::path::Path::new("no/such.toml")).unwrap_err();
    assert!(matches!(gone, LimitsError::Read { .. }) && gone.to_string().contains("no/such.toml"));
    assert!(
        Limits::from_toml(&(FILE.to_owned() + "\n[books]\nmax_age_ms = 100\n"))
            .unwrap()
            .defaults()
            .is_empty()
    );
}

#[test]
fn every_refusal_has_its_code_and_its_numbers() {
    use OrderReason as R;
    let small = order(Side::Buy, 6_000_000, 100); // 60 USD
    let huge = order(Side::Buy, 6_000_000, 20_000); // 12,000 USD
    let plain = context(0);
    let cases: [(R, Order, Context, &str); 14] = [
        (R::BadRequest, order(Side::Buy, 1, 0), plain, "quantity"),
        (R::BadRequest, order(Side::None, 1, 1), plain, "buy or sell"),
        (R::BadRequest, order(Side::Buy, -1, 1), plain, "limit"),
        (R::BadRequest, Order { post_only: true, ..order(Side::Buy, 0, 1) }, plain, "post-only"),
        (R::Killed, huge, Context { killed: true, ..plain }, "kill switch"),
        (R::StrategyStopped, small, Context { stopped: true, ..plain }, "stopped"),
        (R::StaleBook, small, Context { book: BookView { synced: false, age: 0 }, ..plain }, "not synced"),
        (
            R::StaleBook,
            small,
            Context { book: BookView { synced: true, age: 5 * SECOND + 1 }, ..plain },
            "beyond books.max_age_ms = 5000",
        ),
        (R::NoNumber, Order { instrument: InstrumentId(9), ..small }, plain, "instrument"),
        (R::NoNumber, small, Context { equity: None, ..plain }, "equity"),
        (R::NoNumber, small, Context { peak_equity: None, ..plain }, "highest equity"),
        (R::TooSmall, order(Side::Buy, 6_000_000, 8), plain, "is 4.8, below the instrument's least 5"),
        (R::OrderSize, huge, plain, "would be 12000, beyond order_limits.max_order_size_usd = 10000"),
        (R::Drawdown, small, Context { equity: usd(339_999.0), ..plain }, "would be 60001, beyond"),
    ];
    for (reason, order, context, says) in cases {
        let mut risk = risk(FILE);
        let refusal = refused(&mut risk, order, &context);
        assert_eq!(refusal.reason, reason, "{refusal}");
        let text = refusal.to_string();
        assert!(text.contains(says) && text.contains(&format!("code {}", reason as u8)), "{text}");
        let event = refusal.update(&order, &btc(), Nanos(7));
        let update = event.as_order_update().unwrap();
        assert_eq!((update.flags >> 12, update.flags & 0xFF), (OrderStatus::Rejected as u16, reason as u16));
        assert_eq!((update.client_order_id, update.receive_time), (order.id.0, 7));
        assert_eq!(risk.exposures().gross(), Some(Money::ZERO)); // it counts toward nothing
    }
}

#[test]
fn limits_hold_to_the_last_cent_and_count_what_is_on_its_way() {
    let mut risk = risk(&FILE.replace("max_order_size_usd = 10000.0", "max_order_size_usd = 100000.0"));
    let whole = order(Side::Buy, 6_000_000, 166_666); // 99,999.60 USD
    let _ = risk.check(whole, &context(0)).unwrap();
    let refusal = refused(&mut risk, order(Side::Buy, 1_000_000, 50), &context(0)); // 5 USD more, at the mark 30
    assert_eq!(refusal.reason, OrderReason::PositionSize);
    assert!(refusal.to_string().contains("100029.6"), "{refusal}");
    // the other side is not yet held: selling would be short by as much
    let _ = risk.check(order(Side::Sell, 6_000_000, 166_666), &context(0)).unwrap();
    // a cap of a quarter of 400,000 is the same 100,000: with less equity concentration is what binds
    let poor = Context { equity: usd(399_000.0), ..context(0) };
    risk.exposures_mut().set_in_flight(InstrumentId(0), InFlight::default());
    assert_eq!(refused(&mut risk, whole, &poor).reason, OrderReason::Concentration);
    let poorer = Context { equity: usd(33_000.0), peak_equity: usd(33_000.0), ..context(0) };
    let mut levered = self::risk(
        &FILE.replace("concentration = 0.25", "concentration = 5.0").replace("= 10000.0", "= 1e6"),
    );
    assert_eq!(refused(&mut levered, whole, &poorer).reason, OrderReason::Leverage);
}

#[test]
fn a_limit_above_the_mark_counts_at_its_own_price() {
    let mut risk = risk(FILE);
    risk.exposures_mut().set_position(InstrumentId(0), Lots(160_000)); // 96,000 USD
    let dear = order(Side::Buy, 6_250_000, 1); // at 62,500 all of it would be worth 100,000.625
    assert_eq!(refused(&mut risk, dear, &context(0)).reason, OrderReason::TooSmall);
    assert_eq!(
        refused(&mut risk, Order { qty: Lots(8), ..dear }, &context(0)).reason,
        OrderReason::PositionSize
    );
    let _ = risk.check(order(Side::Buy, 6_240_000, 9), &context(0)).unwrap();
}

#[test]
fn what_cannot_be_valued_is_not_taken_on() {
    let mut risk = risk(FILE);
    let inverse = Instrument { kind: InstrumentKind::Inverse, ..btc() };
    let contract = Instrument { multiplier: 100.0, ..btc() };
    for instrument in [inverse, contract] {
        let error = risk.exposures_mut().add(InstrumentId(5), &instrument, Some(Ratio::ONE)).unwrap_err();
        assert_eq!(error, NotValued::Kind("binance:BTC-USDT".to_owned()));
    }
    let beyond = Order { instrument: InstrumentId(5), ..order(Side::Buy, 6_000_000, 100) };
    assert_eq!(refused(&mut risk, beyond, &context(0)).reason, OrderReason::NoNumber);
}

#[test]
fn what_reduces_passes_where_what_adds_does_not() {
    let mut risk = risk(FILE);
    risk.exposures_mut().set_position(InstrumentId(0), Lots(200_000)); // 120,000 USD: too much
    let down = Context { equity: usd(300_000.0), ..context(0) }; // and a quarter lost
    assert_eq!(refused(&mut risk, order(Side::Buy, 6_000_000, 100), &down).reason, OrderReason::Drawdown);
    assert_eq!(
        refused(&mut risk, order(Side::Buy, 6_000_000, 100), &context(0)).reason,
        OrderReason::PositionSize
    );
    for _ in 0..12 {
        let _ = risk.check(order(Side::Sell, 0, 16_000), &down).unwrap(); // 9,600 USD each, 192,000 lots in all
    }
    // 8,000 lots are left: the next one could end short
    assert_eq!(refused(&mut risk, order(Side::Sell, 0, 8_001), &down).reason, OrderReason::Drawdown);
    let killed = Context { killed: true, ..down };
    assert_eq!(refused(&mut risk, order(Side::Sell, 0, 8_000), &killed).reason, OrderReason::Killed);
    let _ = risk.check(order(Side::Sell, 0, 8_000), &down).unwrap();
}

#[test]
fn a_number_that_is_missing_anywhere_stops_what_adds() {
    let mut risk = risk(FILE);
    let eth = Instrument::spot("binance:ETH-EUR", "ETHEUR", "0.01", "0.0001").unwrap();
    risk.exposures_mut().add(InstrumentId(1), &eth, None).unwrap();
    let buy = order(Side::Buy, 6_000_000, 100);
    let of_eth = Order { instrument: InstrumentId(1), ..buy };
    assert_eq!(refused(&mut risk, of_eth, &context(0)).reason, OrderReason::NoNumber); // no price
    risk.exposures_mut().set_mark(InstrumentId(1), Some(Ticks(300_000)));
    assert_eq!(refused(&mut risk, of_eth, &context(0)).reason, OrderReason::NoNumber); // no rate
    let _ = risk.check(buy, &context(0)).unwrap(); // nothing is held of it
    risk.exposures_mut().set_position(InstrumentId(1), Lots(1));
    let refusal = refused(&mut risk, buy, &context(0));
    assert!(
        refusal.reason == OrderReason::NoNumber && refusal.to_string().contains("no price or rate"),
        "{refusal}"
    );
    risk.exposures_mut().set_usd(InstrumentId(1), Ratio::from_f64(1.1));
    let _ = risk.check(buy, &context(0)).unwrap();
    risk.exposures_mut().set_mark(InstrumentId(0), None);
    assert_eq!(refused(&mut risk, buy, &context(0)).reason, OrderReason::NoNumber);
    let vast = order(Side::Buy, i64::MAX, i64::MAX);
    risk.exposures_mut().set_mark(InstrumentId(0), Some(Ticks(1)));
    assert_eq!(refused(&mut risk, vast, &context(0)).reason, OrderReason::NoNumber); // no money holds it
}

#[test]
fn the_sixty_first_order_of_a_minute_waits_for_its_end() {
    let mut risk = risk(FILE);
    let tiny = order(Side::Buy, 6_000_000, 10);
    for second in 0..60 {
        let _ = risk.check(tiny, &context(second * SECOND / 2)).unwrap();
    }
    let refusal = refused(&mut risk, tiny, &context(60 * SECOND - 1));
    assert_eq!(refusal.reason, OrderReason::OrderRate);
    assert!(refusal.to_string().contains("would be 61, beyond order_limits.max_order_rate_per_min = 60"));
    let _ = risk.check(tiny, &context(60 * SECOND)).unwrap();
    assert_eq!(refused(&mut risk, tiny, &context(60 * SECOND)).reason, OrderReason::OrderRate);
}

/// What the model knows of one order: instrument, side, open lots.
type Sent = (usize, Side, i64);

/// Three instruments, the first two of one asset; rates to USD in percent.
const RATES: [i128; 3] = [100, 110, 100];
const POSITION_LIMIT: i128 = 5_000;
const EQUITY: i128 = 10_000;

#[derive(Default)]
struct Model {
    marks: [i64; 3],
    positions: [i64; 3],
    sent: Vec<Sent>,
    times: Vec<i64>,
}

impl Model {
    /// Worth in hundredths of a USD, at worst, at a price: a tick is a unit of currency, a lot one of the asset.
    fn worst(&self, instrument: usize, price: i64) -> i128 {
        let on_way = |side| {
            let open =
                self.sent.iter().filter(|sent| (sent.0, sent.1) == (instrument, side)).map(|sent| sent.2);
            open.sum::<i64>()
        };
        let held = self.positions[instrument];
        let lots = (held + on_way(Side::Buy)).abs().max((held - on_way(Side::Sell)).abs());
        i128::from(lots) * i128::from(price) * RATES[instrument]
    }

    fn at_marks(&self) -> [i128; 3] {
        [0, 1, 2].map(|instrument| self.worst(instrument, self.marks[instrument]))
    }

    fn is_within(&self, instrument: usize) -> bool {
        let worth = self.at_marks();
        let asset = if instrument < 2 { worth[0] + worth[1] } else { worth[2] };
        worth[instrument] <= POSITION_LIMIT * 100
            && asset <= EQUITY * 60
            && worth.iter().sum::<i128>() <= EQUITY * 90
    }
}

#[derive(Clone, Debug)]
enum Step {
    Order { instrument: usize, buy: bool, limit: i64, qty: i64 },
    Fill { which: prop::sample::Index, part: i64 },
    Cancel(prop::sample::Index),
    Mark { instrument: usize, mark: i64 },
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..3_usize, any::<bool>(), prop_oneof![Just(0_i64), 1_i64..150], 1_i64..30)
            .prop_map(|(instrument, buy, limit, qty)| Step::Order { instrument, buy, limit, qty }),
        3 => (any::<prop::sample::Index>(), 1_i64..30).prop_map(|(which, part)| Step::Fill { which, part }),
        1 => any::<prop::sample::Index>().prop_map(Step::Cancel),
        1 => (0..3_usize, 1_i64..150).prop_map(|(instrument, mark)| Step::Mark { instrument, mark }),
        2 => (0_i64..30).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..120)
}

proptest! {
    #[test]
    fn no_sequence_of_approvals_exceeds_a_limit(steps in steps()) {
        let limits = "[position_limits]\nmax_position_usd = 5000\nmax_portfolio_concentration = 0.6\nmax_leverage = 0.9\n\
                      [risk_metrics]\nmax_drawdown_pct = 0.1\n\
                      [order_limits]\nmax_order_size_usd = 2000\nmax_order_rate_per_min = 5\n";
        let mut risk = PreTrade::new(Limits::from_toml(limits).unwrap());
        let mut model = Model { marks: [100; 3], ..Model::default() };
        for (index, name) in ["a:X-USD", "a:X-EUR", "a:Y-USD"].into_iter().enumerate() {
            let id = InstrumentId(index as u32);
            let rate = Ratio::from_f64(RATES[index] as f64 / 100.0);
            risk.exposures_mut().add(id, &Instrument::spot(name, "", "1", "1").unwrap(), rate).unwrap();
            risk.exposures_mut().set_mark(id, Some(Ticks(100)));
        }
        let mut now = 0;
        let equity = usd(10_000.0);
        for step in steps {
            match step {
                Step::Order { instrument, buy, limit, qty } => {
                    let side = if buy { Side::Buy } else { Side::Sell };
                    let order = Order { instrument: InstrumentId(instrument as u32), ..order(side, limit, qty) };
                    let context = Context { equity, peak_equity: equity, ..context(now) };
                    let before = model.worst(instrument, model.marks[instrument]);
                    let crosses = |held: i64| if buy { held + qty > 0 } else { held - qty < 0 };
                    let same: i64 = model.sent.iter().filter(|sent| (sent.0, sent.1) == (instrument, side)).map(|sent| sent.2).sum();
                    let reduces = !crosses(model.positions[instrument] + if buy { same } else { -same });
                    model.sent.push((instrument, side, qty));
                    match risk.check(order, &context) {
                        Ok(_) => {
                            model.times.push(now);
                            let price = if limit == 0 || (!buy && limit < model.marks[instrument]) { model.marks[instrument] } else { limit };
                            prop_assert!(i128::from(price * qty) * RATES[instrument] <= 200_000);
                            prop_assert!(model.times.iter().filter(|time| now - **time < 60 * SECOND).count() <= 5);
                            let grew = model.worst(instrument, model.marks[instrument]) > before;
                            let right = if reduces { !grew } else { model.is_within(instrument) };
                            prop_assert!(right);
                        }
                        Err(refusal) => {
                            let worst = model.worst(instrument, model.marks[instrument].max(limit));
                            model.sent.pop();
                            match refusal.reason {
                                OrderReason::PositionSize => prop_assert!(worst > POSITION_LIMIT * 100),
                                OrderReason::OrderRate => {
                                    prop_assert_eq!(model.times.iter().filter(|time| now - **time < 60 * SECOND).count(), 5);
                                }
                                OrderReason::Concentration | OrderReason::Leverage | OrderReason::OrderSize => {}
                                _ => prop_assert!(false, "{}", refusal),
                            }
                        }
                    }
                    continue;
                }
                Step::Fill { which, part } if !model.sent.is_empty() => {
                    let sent = which.get(&model.sent).to_owned();
                    let place = model.sent.iter().position(|other| *other == sent).unwrap();
                    let part = part.min(sent.2);
                    model.sent[place].2 -= part;
                    model.positions[sent.0] += if sent.1 == Side::Buy { part } else { -part };
                }
                Step::Cancel(which) if !model.sent.is_empty() => {
                    model.sent.remove(which.index(model.sent.len()));
                }
                Step::Mark { instrument, mark } => {
                    model.marks[instrument] = mark;
                    risk.exposures_mut().set_mark(InstrumentId(instrument as u32), Some(Ticks(mark)));
                }
                Step::Wait(seconds) => now += seconds * SECOND,
                Step::Fill { .. } | Step::Cancel(_) => {}
            }
            for instrument in 0..3 {
                let open = |side| {
                    Lots(model.sent.iter().filter(|sent| (sent.0, sent.1) == (instrument, side)).map(|sent| sent.2).sum())
                };
                let id = InstrumentId(instrument as u32);
                risk.exposures_mut().set_position(id, Lots(model.positions[instrument]));
                risk.exposures_mut().set_in_flight(id, InFlight { buy: open(Side::Buy), sell: open(Side::Sell) });
            }
            let gross: i128 = model.at_marks().iter().sum();
            prop_assert_eq!(risk.exposures().gross(), Some(Money(gross * 10_i128.pow(16))));
        }
    }
}
