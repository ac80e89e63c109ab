//! A session ends, and the next one begins with what it left.

use pyrt_engine::engine::core::{Core, Snapshot};
use pyrt_engine::model::{ClientOrderId, Grid, Money, Nanos, OrderStatus, ReportKind};

use crate::rig::{BTC, BUY, BUY_LIMIT, RUN, Rig, SELL, taking_over};

fn again(snapshot: &Snapshot) -> Snapshot {
    let text = snapshot.to_json().to_string();
    Snapshot::from_json(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn ledgers(core: &Core) -> Vec<(i64, Money)> {
    (0..2_u16).map(|n| (core.holding(n, BTC).lots.0, core.cash_of(usize::from(n)))).collect()
}

/// One holds 0.01, two is short as much; one has an order that rests, and two one of which nothing was heard.
fn session() -> Rig {
    let mut rig = Rig::ready(2, None);
    rig.tell(1, BUY, 60_000.0);
    rig.fill_last(60_000.0, 0.6);
    rig.tell(2, SELL, 60_000.0);
    rig.fill_last(60_100.0, 0.7);
    rig.tell(1, BUY_LIMIT, 59_000.0);
    let rests = rig.commands.last().unwrap().client_order_id;
    let part = rig.fill(59_000.0, 300, 300, 0.2);
    rig.report(rests, &[ReportKind::Accepted, part]);
    rig.world.dead.set(true);
    rig.trading.on_record(&rig.trade(2, BUY_LIMIT, 58_000.0), &mut rig.world);
    rig
}

#[test]
fn positions_money_and_orders_are_taken_over() {
    let mut rig = session();
    let left = rig.trading.core().snapshot();
    assert_eq!(again(&left), left);
    assert_eq!((left.ledgers.len(), left.orders.len()), (2, 2));
    assert_eq!(left.orders.iter().map(|order| order.accepted).collect::<Vec<_>>(), [true, false]);
    let (before, account) = (ledgers(rig.trading.core()), rig.trading.core().account());
    // The resting order fills on while nobody listens, and the next session hears of it.
    let rests = left.orders[0].order.id.0;
    rig.world = Default::default();
    rig.trading = taking_over(2, &again(&left)).unwrap();
    let core = rig.trading.core();
    assert_eq!((ledgers(core), core.account()), (before.clone(), account));
    assert_eq!(rig.position(0), (0.013, left_average(), rig.position(0).2));
    let more = rig.fill(59_000.0, 200, 500, 0.1);
    rig.drop_connection();
    rig.report(rests, &[more]);
    rig.connect();
    rig.market();
    rig.tell(1, BUY, 60_000.0);
    assert_eq!(rig.refusals().len(), 1, "nothing new before what is in doubt is known");
    rig.wait(10_000);
    rig.market();
    let cancel = *rig.commands.last().unwrap();
    assert_eq!((cancel.action, cancel.client_order_id), (2, rests));
    rig.report(rests, &[ReportKind::Canceled]);
    let core = rig.trading.core();
    assert_eq!(core.orders().live().count(), 0);
    let never = left.orders[1].order.id;
    assert_eq!(core.orders().get(never).unwrap().status(), OrderStatus::Rejected);
    assert_eq!(core.holding(0, BTC).lots.0, before[0].0 + 200);
    assert_eq!(core.cash_of(0), before[0].1 - Money::from_f64(0.002 * 59_000.0 + 0.1));
    rig.tell(1, BUY, 60_000.0);
    let id = ClientOrderId(rig.commands.last().unwrap().client_order_id);
    assert_eq!((id.run(), id.0 as u32), (RUN + 1, 2), "the refused one was its first");
    rig.fill_last(60_000.0, 0.6);
    assert_eq!(rig.trading.core().holding(0, BTC).lots.0, before[0].0 + 1_200);
}

/// 0.01 at 60,000 and 0.003 at 59,000.
fn left_average() -> f64 {
    (600.0 + 177.0) / 0.013
}

#[test]
fn what_has_no_place_is_refused_and_what_is_flat_leaves_its_gain() {
    let rig = session();
    let mut left = rig.trading.core().snapshot();
    let refusal = |left: &Snapshot, strategies| match taking_over(strategies, left) {
        Err(words) => words,
        Ok(_) => panic!("taken over"),
    };
    assert!(refusal(&left, 1).contains("\"two\" is not there any more, and holds binance:BTC-USDT"));
    let mut finer = left.clone();
    finer.ledgers[0].holdings[0].1 = Grid::parse("0.00000001").unwrap();
    assert!(refusal(&finer, 2).contains("not on its lots of today"));
    finer.ledgers[0].holdings[0].1 = Grid::parse("0.00002").unwrap();
    assert_eq!(taking_over(2, &finer).unwrap().core().holding(0, BTC).lots.0, 2_600);
    let mut strange = left.clone();
    strange.ledgers[0].holdings[0].0 = "binance:ETH-USDT".to_owned();
    assert!(refusal(&strange, 2).contains("does not trade it any more"));
    strange.orders[0].instrument.0 = "binance:ETH-USDT".to_owned();
    left.orders.clear();
    left.ledgers[1].holdings[0].2.lots.0 = 0;
    let one = taking_over(1, &left).unwrap();
    assert_eq!(one.core().account().cash, rig.trading.core().account().cash, "the account is the same");
    assert_eq!(one.core().snapshot().gone.cash, left.ledgers[1].account.cash - left.cash);
    assert_eq!(one.core().account_state(Nanos(0)).fees, rig.trading.core().account_state(Nanos(0)).fees);
}
