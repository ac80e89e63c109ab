//! The instruments table of a recording, as JSON beside its records.

use std::fs::read_to_string;
use std::path::Path;

use crate::model::{Grid, Instrument, InstrumentKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize, Serialize)]
struct Step {
    mantissa: i64,
    exponent: u8,
}

#[derive(Deserialize, Serialize)]
struct Row {
    id: u32,
    name: String,
    #[serde(default)]
    symbol: String,
    tick: Step,
    lot: Step,
    #[serde(default = "one")]
    multiplier: f64,
    #[serde(default)]
    min_qty: f64,
    #[serde(default)]
    min_notional: f64,
    /// Code of what it is; none of what is delivered at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<u8>,
}

#[derive(Deserialize)]
struct Table {
    instruments: Vec<Row>,
}

fn one() -> f64 {
    1.0
}

fn kind_of(code: Option<u8>) -> Option<InstrumentKind> {
    use InstrumentKind as K;
    let Some(code) = code else { return Some(K::Spot) };
    let all = [K::Spot, K::Perpetual, K::Inverse, K::Future, K::Option, K::Equity];
    all.into_iter().find(|kind| *kind as u8 == code)
}

/// Reads a table.
///
/// # Errors
/// In words.
pub fn read(path: &Path) -> Result<Vec<Instrument>, String> {
    let wrong = |words: String| format!("{}: {words}", path.display());
    let text = read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let table: Table = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let instrument = |(place, row): (usize, Row)| {
        if row.id as usize != place {
            return Err(wrong(format!("row {place} has id {}; rows are in the order of their ids", row.id)));
        }
        let step = |what: &str, step: &Step| {
            Grid::new(step.mantissa, step.exponent)
                .map_err(|error| wrong(format!("{}: {what}: {error}", row.name)))
        };
        Ok(Instrument {
            kind: kind_of(row.kind).ok_or_else(|| wrong(format!("{}: no kind {:?}", row.name, row.kind)))?,
            tick: step("tick", &row.tick)?,
            lot: step("lot", &row.lot)?,
            name: row.name.clone(),
            symbol: row.symbol.clone(),
            multiplier: row.multiplier,
            min_qty: row.min_qty,
            min_notional: row.min_notional,
        })
    };
    table.instruments.into_iter().enumerate().map(instrument).collect()
}

/// The text of a table.
pub fn text(instruments: &[Instrument], records: usize, source: &Value) -> String {
    format!("{:#}\n", value(instruments, records, source))
}

/// A table.
pub fn value(instruments: &[Instrument], records: usize, source: &Value) -> Value {
    let step = |grid: Grid| Step { mantissa: grid.mantissa(), exponent: grid.exponent() };
    let rows: Vec<Row> = (0..)
        .zip(instruments)
        .map(|(id, instrument)| Row {
            id,
            name: instrument.name.clone(),
            symbol: instrument.symbol.clone(),
            tick: step(instrument.tick),
            lot: step(instrument.lot),
            multiplier: instrument.multiplier,
            min_qty: instrument.min_qty,
            min_notional: instrument.min_notional,
            kind: (instrument.kind != InstrumentKind::Spot).then_some(instrument.kind as u8),
        })
        .collect();
    json!({ "records": records, "source": source, "instruments": rows })
}
