//! `tests/golden/accounts.toml`, which the backtester reads too.

use pyrt_engine::model::{
    Event, Grid, Instrument, InstrumentId, InstrumentKind, Lots, Money, Nanos, Side, Ticks, Trade,
};
use pyrt_engine::position::Execution;
use pyrt_engine::position::margin::{AccountTerms, MarginAccount};
use toml::{Table, Value};

const UNIT: i128 = 1_000_000_000_000_000_000;

fn instrument(text: &str) -> Instrument {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [name, tick, lot, multiplier, ref kind @ ..] = words[..] else {
        panic!("{text}: name, tick, lot, multiplier")
    };
    let kind = if kind == ["inverse"] { InstrumentKind::Inverse } else { InstrumentKind::Spot };
    let spot = Instrument::spot(name, "", tick, lot).unwrap();
    Instrument { multiplier: multiplier.parse().unwrap(), kind, ..spot }
}

fn take(account: &mut MarginAccount, instruments: &[Instrument], step: &str) {
    let words: Vec<&str> = step.split_whitespace().collect();
    let number = |place: usize| words[place].parse::<i64>().unwrap();
    match words[0] {
        "fill" => {
            let side = if words[2] == "buy" { Side::Buy } else { Side::Sell };
            let fee = Money(i128::from(number(5)) * 10_000_000_000);
            let fill = Execution { side, price: Ticks(number(3)), qty: Lots(number(4)), fee };
            account.book(number(1) as usize, &fill).unwrap();
            account.plan(number(6));
        }
        "mark" => {
            let slot = number(1) as usize;
            let worth =
                instruments[slot].contract().unwrap().value(Ticks(number(2)), account.position(slot).0.lots);
            account.revalue(slot, worth.unwrap()).unwrap();
        }
        "price" => {
            let row = number(1) as u32;
            let mut trade = Trade::new(InstrumentId(row), Nanos(0));
            trade.price = instruments[row as usize].price(Ticks(number(2)));
            let record: Event = trade.into();
            account.hear(&record).unwrap();
        }
        _ => {
            while account.next_due() <= number(1) {
                let due = account.next_due();
                account.pass_to(due).unwrap();
                account.settle(due).unwrap();
            }
            account.pass_to(number(1)).unwrap();
        }
    }
}

fn texts(table: &Table, key: &str) -> Vec<String> {
    let rows = table[key].as_array().unwrap().iter();
    rows.map(|row| row.as_str().unwrap().to_owned()).collect()
}

#[test]
fn cases_worked_by_hand() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/accounts.toml");
    let file: Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let cases = file["case"].as_array().unwrap();
    assert!(cases.len() >= 11);
    for case in cases.iter().map(|case| case.as_table().unwrap()) {
        let name = case["name"].as_str().unwrap();
        let instruments: Vec<Instrument> =
            texts(case, "instruments").iter().map(|text| instrument(text)).collect();
        let rows: Vec<u32> = (0..instruments.len() as u32).collect();
        let terms = AccountTerms::from_toml(case["account"].as_str().unwrap()).unwrap();
        let cash = Money(i128::from(case["cash"].as_integer().unwrap()) * UNIT);
        let mut account = MarginAccount::new(cash, &terms, &rows, &instruments, (0, 10)).unwrap();
        for step in texts(case, "steps") {
            take(&mut account, &instruments, &step);
        }
        let expect = case["expect"].as_table().unwrap();
        let [cash, realized, fees, _] = account.totals().map(|money| Value::String(money.0.to_string()));
        let equity = Value::String(account.equity().0.to_string());
        let found = [("cash", cash), ("realized", realized), ("fees", fees), ("equity", equity)];
        for (key, value) in found {
            assert_eq!(value, expect[key], "{name}: {key}");
        }
        assert_eq!(Value::Boolean(account.is_distressed()), expect["distressed"], "{name}");
        let paid = account.payments().iter().map(|paid| {
            let amount = i128::from(paid.high) << 64 | i128::from(paid.low);
            format!("{} {} {} {amount}", paid.time, paid.instrument, paid.kind)
        });
        assert_eq!(paid.collect::<Vec<_>>(), texts(expect, "paid"), "{name}");
    }
}

#[test]
fn terms_that_do_not_fit_the_instruments_are_refused() {
    let instruments = [instrument("a:B-USD 1 1 1"), instrument("a:C-EUR 1 1 1")];
    let refused = |text: &str| {
        let terms = AccountTerms::from_toml(text).unwrap();
        MarginAccount::new(Money(UNIT), &terms, &[0, 1], &instruments, (0, 0)).unwrap_err()
    };
    assert!(refused("[account]").contains("a:C-EUR in EUR, a:B-USD in USD cannot be added up"));
    let unknown = "[account.borrow]\n\"a:X-Y\" = [[0, 1]]";
    assert!(refused(unknown).contains("\"a:X-Y\" is not in the data"));
    let inverse = [instrument("a:B-USD-INVERSE 1 1 1 inverse")];
    for (key, row, why) in [("dividends", "[0, 1]", "pays none"), ("splits", "[0, 2, 1]", "has none")] {
        let text = format!("[account]\n[account.{key}]\n\"a:B-USD-INVERSE\" = [{row}]");
        let terms = AccountTerms::from_toml(&text).unwrap();
        let refusal = MarginAccount::new(Money(UNIT), &terms, &[0], &inverse, (0, 0)).unwrap_err();
        assert_eq!(refusal, format!("account.{key}: a:B-USD-INVERSE is an inverse contract, which {why}"));
    }
    assert_eq!(Grid::parse("50").unwrap().to_double(1), 50.0);
}
