//! Records and segment as JSON: what `proto/SHM_LAYOUT.md` says, from the types themselves.

use std::mem::offset_of;

use clap::Args;
use pyrt_engine::ipc::{Layout, SegmentOptions, VERSION};
use pyrt_engine::model::{
    Bar, BookOrder, Delta, Event, Fill, Kind, Mark, Nanos, OrderUpdate, Quote, Signal, StateChange, Trade,
};
use serde_json::{Map, Value as Json, json};

use super::{Exit, say};

/// Arguments of `layout`.
#[derive(Args)]
#[command(after_help = "Example:\n  pyrt-engine layout --json | jq .kinds.trade")]
pub struct LayoutArguments {
    /// On one line rather than for reading
    #[arg(long)]
    json: bool,
}

impl LayoutArguments {
    pub fn run(&self) -> Exit {
        let document = document();
        if self.json {
            say(document);
        } else {
            say(format_args!("{document:#}"));
        }
        Exit::Fine
    }
}

/// `[["receive_time", 24, "i64"], …]` of a record type, from the compiler.
macro_rules! fields {
    ($record:ident: $($field:ident $type:ident),* $(,)?) => {
        json!([$([stringify!($field), offset_of!($record, $field), stringify!($type)]),*])
    };
}

fn kinds() -> [(&'static str, Kind, Json); 10] {
    [
        ("trade", Kind::Trade, fields!(Trade: receive_time i64, price f64, qty f64, trade_id u64)),
        ("quote", Kind::Quote, fields!(Quote: receive_time i64, bid f64, ask f64, bid_qty f64, ask_qty f64)),
        (
            "delta",
            Kind::Delta,
            fields!(Delta: receive_time i64, price f64, qty f64, first_id u64, last_id u64),
        ),
        (
            "order",
            Kind::Order,
            fields!(BookOrder: receive_time i64, price f64, qty f64, order_id_low u64, order_id_high u64),
        ),
        ("bar", Kind::Bar, fields!(Bar: open f64, high f64, low f64, close f64, volume f64)),
        (
            "signal",
            Kind::Signal,
            fields!(Signal: receive_time i64, value f64, confidence f64, model_id u64, source_stamp u64),
        ),
        (
            "order_update",
            Kind::OrderUpdate,
            fields!(OrderUpdate: receive_time i64, price f64, qty f64, client_order_id u64, filled_qty f64),
        ),
        (
            "fill",
            Kind::Fill,
            fields!(Fill: receive_time i64, price f64, qty f64, client_order_id u64, fee f64),
        ),
        ("state", Kind::State, fields!(StateChange: receive_time i64, reason u64, age i64)),
        (
            "mark",
            Kind::Mark,
            fields!(Mark: receive_time i64, mark f64, index f64, funding_rate f64, next_funding i64),
        ),
    ]
}

fn document() -> Json {
    let kinds: Map<String, Json> = kinds()
        .into_iter()
        .map(|(name, kind, fields)| (name.to_owned(), json!({ "code": kind as u8, "fields": fields })))
        .collect();
    let layout = Layout::plan(&SegmentOptions::new("layout", Nanos(0), 0));
    let regions: Vec<_> = layout
        .regions
        .iter()
        .map(|region| {
            // The texts are made by this program; one that is no JSON shows as null.
            let record: Json = serde_json::from_str(&region.layout).unwrap_or_default();
            json!({
                "name": region.name,
                "form": region.form.map(|form| form as u32),
                "record_bytes": region.record_bytes,
                "control_offset": region.control_offset,
                "data_offset": region.data_offset,
                "capacity": region.capacity,
                "layout": record,
            })
        })
        .collect();
    json!({
        "version": [VERSION.0, VERSION.1],
        "bytes": size_of::<Event>(),
        "head": fields!(Event: stamp u64, event_time i64, instrument u32, kind u8, side u8, flags u16),
        "kinds": kinds,
        "header_bytes": layout.header_bytes,
        "segment_bytes": layout.segment_bytes,
        "regions": regions,
    })
}
