//! Every offset and code of the records against the golden file that the Python half reads too.

#![allow(clippy::unwrap_used)] // a test's helpers may

use std::mem::offset_of;

use pyrt_engine::model::{
    Bar, BookOrder, Delta, Event, Fill, Kind, Mark, OrderUpdate, Quote, Side, Signal, State, StateChange,
    Trade, flag,
};
use toml::{Table, Value};

fn golden() -> Table {
    include_str!("../../tests/golden/records.toml").parse().unwrap()
}

/// [name, offset, type] rows as text, so that a failure shows the line.
fn rows(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(ToString::to_string).collect()
}

/// What the type checker knows about a field, by its type's name in the golden file.
fn type_name<T, F>(_: fn(&T) -> &F) -> &'static str {
    std::any::type_name::<F>()
}

macro_rules! fields {
    ($record:ty: $($field:ident),+) => {
        vec![$(format!(
            "[{:?}, {}, {:?}]",
            stringify!($field),
            offset_of!($record, $field),
            type_name(|record: &$record| &record.$field),
        )),+]
    };
}

#[test]
fn the_head_is_the_same_for_all() {
    let golden = golden();
    assert_eq!(size_of::<Event>() as i64, golden["bytes"].as_integer().unwrap());
    assert_eq!(align_of::<Event>(), 64, "one cache line");
    assert_eq!(offset_of!(Event, words), 24);
    let head = rows(&golden["head"]);
    assert_eq!(fields!(Event: stamp, event_time, instrument, kind, side, flags), head);
    assert_eq!(fields!(Trade: stamp, event_time, instrument, kind, side, flags), head);
    assert_eq!(fields!(StateChange: stamp, event_time, instrument, kind, side, flags), head);
}

#[test]
fn every_kind_has_the_golden_fields() {
    let golden = golden();
    let kinds = golden["kind"].as_table().unwrap();
    let check = |name: &str, kind: Kind, fields: Vec<String>| {
        assert_eq!(kinds[name]["code"].as_integer(), Some(i64::from(kind as u8)), "{name}");
        assert_eq!(fields, rows(&kinds[name]["fields"]), "{name}");
    };
    check("trade", Kind::Trade, fields!(Trade: receive_time, price, qty, trade_id));
    check("quote", Kind::Quote, fields!(Quote: receive_time, bid, ask, bid_qty, ask_qty));
    check("delta", Kind::Delta, fields!(Delta: receive_time, price, qty, first_id, last_id));
    check("order", Kind::Order, fields!(BookOrder: receive_time, price, qty, order_id_low, order_id_high));
    check("bar", Kind::Bar, fields!(Bar: open, high, low, close, volume));
    check("signal", Kind::Signal, fields!(Signal: receive_time, value, confidence, model_id, source_stamp));
    let update = fields!(OrderUpdate: receive_time, price, qty, client_order_id, filled_qty);
    check("order_update", Kind::OrderUpdate, update);
    check("fill", Kind::Fill, fields!(Fill: receive_time, price, qty, client_order_id, fee));
    check("state", Kind::State, fields!(StateChange: receive_time, reason, age));
    check("mark", Kind::Mark, fields!(Mark: receive_time, mark, index, funding_rate, next_funding));
    assert_eq!(kinds.len(), Kind::ALL.len(), "a kind is missing here");
}

#[test]
fn codes_are_the_golden_ones() {
    let golden = golden();
    let check = |table: &str, codes: &[(&str, u16)]| {
        let table = golden[table].as_table().unwrap();
        assert_eq!(table.len(), codes.len());
        for (name, code) in codes {
            assert_eq!(table[*name].as_integer(), Some(i64::from(*code)), "{name}");
        }
    };
    check("side", &[("none", Side::None as u16), ("buy", Side::Buy as u16), ("sell", Side::Sell as u16)]);
    let flags = [
        ("last", flag::LAST),
        ("snapshot", flag::SNAPSHOT),
        ("maker", flag::MAKER),
        ("from_book", flag::FROM_BOOK),
    ];
    check("flag", &flags);
    let states = [
        ("synced", State::Synced as u16),
        ("resyncing", State::Resyncing as u16),
        ("stale", State::Stale as u16),
        ("feed_up", State::FeedUp as u16),
        ("feed_down", State::FeedDown as u16),
        ("halted", State::Halted as u16),
    ];
    check("state", &states);
}
