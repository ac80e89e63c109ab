//! A strategy file allocates nothing once it is warm, whatever it is told.

#[path = "../support/counting.rs"]
mod counting;

use pyrt_engine::model::OrderStatus;
use pyrt_engine::signals::ModelError;
use pyrt_engine::strategy::{FileStrategy, Scorer, StrategyFile, View};

use counting::ALLOCATIONS;

/// Opens when the close stands high between the bands, closes when it stands low.
struct Bands;

impl Scorer for Bands {
    fn score(&mut self, row: &[f64]) -> Result<f64, ModelError> {
        Ok(row[3].clamp(0.0, 1.0))
    }
}

#[test]
fn nothing_is_allocated_when_warm() {
    let file = StrategyFile::load(&super::root().join("config/strategies/btc_momentum.toml")).unwrap();
    let mut strategy = FileStrategy::new(&file, Bands).unwrap();
    let (mut position, mut orders, mut state) = (0.0, 0, 1_u64);
    let mut run = |from: i64, to: i64| {
        for second in from..to {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let price = 60_000.0 + f64::from(u16::try_from(state >> 48).unwrap_or_default() % 1_000) / 10.0;
            let now = second * 7_000_000_000;
            let view = View { now, position, equity: 1e5, bid: price - 0.01, ask: price };
            let mut order = None;
            for request in strategy.on_trade(now, price, 0.1, &view) {
                if request.side != 0 {
                    order = Some((request.order_id, request.side, request.qty));
                }
            }
            if let Some((id, side, qty)) = order {
                orders += 1;
                strategy.on_timer(id);
                strategy.on_order(id, OrderStatus::Filled);
                position = if side == 1 { qty } else { 0.0 };
            }
        }
    };
    run(0, 2_000);
    let before = ALLOCATIONS.with(std::cell::Cell::get);
    run(2_000, 20_000);
    let after = ALLOCATIONS.with(std::cell::Cell::get);
    assert_eq!(after - before, 0);
    assert!(orders > 50, "{orders} orders");
}
