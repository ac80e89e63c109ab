//! Positions and money: the table worked by hand that the Python half reads too, and what holds for any fills.

use proptest::prelude::*;
use pyrt_engine::model::{Instrument, InstrumentId, InstrumentKind, Lots, Money, Side, Ticks};
use pyrt_engine::position::{Execution, PositionError, Tracker};
use toml::{Table, Value};

/// An exact decimal as money.
fn money(text: &str) -> Money {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    Money(sign * format!("{whole}{fraction:0<18}").parse::<i128>().unwrap())
}

fn execution(side: &str, ticks: &str, lots: &str, fee: &str) -> Execution {
    let side = if side == "buy" { Side::Buy } else { Side::Sell };
    let (price, qty) = (Ticks(ticks.parse().unwrap()), Lots(lots.parse().unwrap()));
    Execution { side, price, qty, fee: money(fee) }
}

fn step(tracker: &mut Tracker, line: &str) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let id = |word: &str| InstrumentId(word.parse().unwrap());
    match words[..] {
        ["mark", strategy, row, ticks, "->", pnl] => {
            let mark = Ticks(ticks.parse().unwrap());
            let gain = tracker.unrealized(strategy.parse().unwrap(), id(row), mark);
            assert_eq!(gain, Ok(money(pnl)), "{line}");
        }
        [strategy, row, side, ticks, lots, fee, "->", after, cost, realized, fees, cash] => {
            let fill = execution(side, ticks, lots, fee);
            let strategy = strategy.parse().unwrap();
            let holding = *tracker.on_fill(strategy, id(row), &fill).unwrap();
            assert_eq!(holding, tracker.holding(strategy, id(row)));
            assert_eq!(holding.lots, Lots(after.parse().unwrap()), "{line}");
            assert_eq!(
                (holding.cost, holding.realized, holding.fees, tracker.account().cash),
                (money(cost), money(realized), money(fees), money(cash)),
                "{line}"
            );
        }
        _ => panic!("no step: {line}"),
    }
}

fn inverse(spot: &Instrument, multiplier: f64) -> Instrument {
    Instrument { kind: InstrumentKind::Inverse, multiplier, ..spot.clone() }
}

#[test]
fn every_table_is_as_worked_by_hand() {
    let golden: Table = include_str!("../../../tests/golden/positions.toml").parse().unwrap();
    for case in golden["case"].as_array().unwrap() {
        let text = |key: &str| case[key].as_str().unwrap();
        let instrument = |row: &Value| {
            let words: Vec<&str> = row.as_str().unwrap().split(' ').collect();
            let spot = Instrument::spot("test:A-B", "", words[0], words[1]).unwrap();
            match words[2..] {
                [multiplier, "inverse"] => inverse(&spot, multiplier.parse().unwrap()),
                _ => spot,
            }
        };
        let table: Vec<Instrument> = case["instruments"].as_array().unwrap().iter().map(instrument).collect();
        let mut tracker = Tracker::new(money(text("cash")), &table).unwrap();
        text("steps").lines().filter(|line| !line.is_empty()).for_each(|line| step(&mut tracker, line));
        let sum: Money = tracker.holdings().map(|(_, _, holding)| holding.realized).sum();
        assert_eq!(sum, tracker.account().realized);
    }
}

#[test]
fn what_cannot_be_booked_changes_nothing() {
    let coarse = Instrument::spot("test:A-B", "", "1", "1").unwrap();
    let mut tracker = Tracker::new(money("5"), [&coarse]).unwrap();
    let fill = execution("buy", "10", "1", "0");
    tracker.on_fill(1, InstrumentId(0), &fill).unwrap();
    let before = (*tracker.account(), tracker.holding(1, InstrumentId(0)));
    let huge = execution("buy", "2251799813685247", "2251799813685247", "0");
    let refused = tracker.on_fill(1, InstrumentId(0), &huge).unwrap_err();
    assert!(refused.to_string().contains("does not fit into 128 bits"), "{refused}");
    assert_eq!(tracker.on_fill(1, InstrumentId(1), &fill), Err(PositionError::UnknownInstrument(1)));
    assert_eq!((*tracker.account(), tracker.holding(1, InstrumentId(0))), before);
    let held = before.1;
    assert_eq!(coarse.contract().unwrap().average_ticks(held.cost, held.lots), Some(10.0));
}

proptest! {
    /// Cash, cost, fees and realized P&L account for every unit, and a flat position has no cost.
    #[test]
    fn money_is_conserved(
        fills in prop::collection::vec(
            (0_u16..3, 0_u32..2, any::<bool>(), -50_i64..2_000_000, 1_i64..5_000, -1000_i128..100_000), 1..200,
        ),
        inverted in any::<bool>(),
    ) {
        let start = money("100000");
        let table = [("0.01", "0.001"), ("0.00000001", "0.00025")];
        let mut table = table.map(|(tick, lot)| Instrument::spot("test:A-B", "", tick, lot).unwrap());
        if inverted {
            table[0] = inverse(&table[0], 100.0);
        }
        let mut tracker = Tracker::new(start, &table).unwrap();
        for (strategy, row, bought, ticks, lots, fee) in fills {
            let side = if bought { Side::Buy } else { Side::Sell };
            let ticks = if inverted && row == 0 { ticks.max(1) } else { ticks };
            let fill = Execution { side, price: Ticks(ticks), qty: Lots(lots), fee: Money(fee) };
            let before = tracker.holding(strategy, InstrumentId(row));
            let after = *tracker.on_fill(strategy, InstrumentId(row), &fill).unwrap();
            let cost: Money = tracker.holdings().map(|(_, _, holding)| holding.cost).sum();
            let account = *tracker.account();
            prop_assert_eq!(account.cash + cost + account.fees - account.realized, start);
            prop_assert!(after.lots.0 != 0 || after.cost == Money::ZERO);
            // Adding to a position realizes nothing.
            if before.lots.0.signum() * (if bought { 1 } else { -1 }) >= 0 {
                prop_assert_eq!(after.realized, before.realized);
            }
        }
    }
}
