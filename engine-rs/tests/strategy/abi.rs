//! Structs and codes of the strategy ABI against the golden file that Python's tests read.

use std::mem::{offset_of, size_of};

use pyrt_engine::strategy::abi::{
    Action, Context, HASH, Handler, Header, Level, MAJOR, MINOR, OCO, OrderView, POST_ONLY, REDUCE_ONLY,
    Request, Series, Slot, Status,
};

fn golden() -> toml::Table {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/strategy_abi.toml");
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

/// Every field of a struct with its offset, in the golden file's order.
macro_rules! offsets {
    ($type:ident: $($field:ident),*) => {
        (size_of::<$type>(), vec![$((stringify!($field), offset_of!($type, $field))),*])
    };
}

#[test]
fn every_field_lies_where_the_golden_file_says() {
    let structs = [
        (
            "context",
            offsets!(Context: size, abi, now, state, params, slots, slot_count, slot, requests,
            request_capacity, request_count, orders, order_count, error, error_site, flags, next_order_id, cash, equity,
            out, out_capacity, out_count),
        ),
        (
            "slot",
            offsets!(Slot: instrument, state, position, avg_price, realized_pnl, unrealized_pnl, bid, ask,
            bid_qty, ask_qty, last_price, last_qty, working_buy, working_sell, tick, lot, multiplier, min_qty,
            min_notional, bids, asks, bid_count, ask_count, series, series_count, event_time),
        ),
        ("level", offsets!(Level: price, qty)),
        ("series", offsets!(Series: bars, capacity, limit, count, period)),
        (
            "order",
            offsets!(OrderView: order_id, slot, action, side, tif, status, qty, filled_qty, price, trigger, tag,
            time),
        ),
        (
            "request",
            offsets!(Request: size, action, side, tif, sizing, slot, flags, order_id, tag, qty, price, trigger,
            expiry, display, group, parent, trail, value, confidence),
        ),
        (
            "header",
            offsets!(Header: magic, abi_major, abi_minor, header_bytes, abi_hash, description,
            description_bytes, image, state_bytes, arena_bytes, params, param_count, on_bar, on_trade, on_quote,
            on_book, on_order, on_fill, on_timer, on_signal, features, on_score),
        ),
    ];
    let golden = golden();
    for (name, (size, fields)) in structs {
        let table = &golden["struct"][name];
        assert_eq!(table["bytes"].as_integer().unwrap() as usize, size, "{name}");
        let expected: Vec<(&str, usize)> = table["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row[0].as_str().unwrap(), row[1].as_integer().unwrap() as usize))
            .collect();
        assert_eq!(expected, fields, "{name}");
    }
}

/// `StopLimit` as the golden file writes it.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

#[test]
fn versions_and_codes_are_those_of_the_golden_file() {
    let golden = golden();
    assert_eq!(golden["major"].as_integer().unwrap(), i64::from(MAJOR));
    assert_eq!(golden["minor"].as_integer().unwrap(), i64::from(MINOR));
    assert_eq!(golden["hash"].as_str().unwrap(), format!("{HASH:#018x}"));
    let handlers: Vec<&str> =
        golden["handlers"].as_array().unwrap().iter().map(|h| h.as_str().unwrap()).collect();
    assert_eq!(handlers, Handler::ALL.map(|(_, name)| name));
    for (position, (handler, _)) in Handler::ALL.iter().enumerate() {
        assert_eq!(*handler as usize, position);
    }
    let codes = |name: &str| golden[name].as_table().unwrap().clone();
    for status in Status::ALL {
        assert_eq!(codes("status")[&snake(&format!("{status:?}"))].as_integer().unwrap(), status as i64);
        assert_eq!(Status::from_code(status as u32), status);
    }
    for action in Action::ALL {
        assert_eq!(codes("action")[&snake(&format!("{action:?}"))].as_integer().unwrap(), action as i64);
        assert_eq!(Action::from_code(action as u8), Some(action));
    }
    assert_eq!((codes("status").len(), codes("action").len()), (Status::ALL.len(), Action::ALL.len()));
    for (name, flag) in [("post_only", POST_ONLY), ("reduce_only", REDUCE_ONLY), ("oco", OCO)] {
        assert_eq!(codes("order_flag")[name].as_integer().unwrap(), i64::from(flag));
    }
}
