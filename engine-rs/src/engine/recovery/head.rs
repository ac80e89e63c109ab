//! What a session's journal begins with: everything beside the inputs that decides. Two entries, and a third one if
//! the session took over from another.

use serde_json::{Value as Json, json};

use super::super::EngineError;
use super::super::core::Snapshot;
use super::super::trading::{Parts, Tape};
use super::terms::{Object, Terms};
use super::{FLAT, refused};
use crate::journal::EntryKind;
use crate::model::{Grid, Instrument, InstrumentKind, Nanos};

/// See the head of this file.
pub(super) struct Head {
    /// When the session began.
    pub(super) begun: Nanos,
    /// Second part of the order ids.
    pub(super) run: u16,
    pub(super) terms: Terms,
    /// What strategies were warmed up with.
    pub(super) history: Json,
    /// What the session before left.
    pub(super) before: Option<Snapshot>,
}

impl Head {
    /// Reads it; nothing if it is not whole.
    pub(super) fn read(parts: &Parts) -> Result<Option<Head>, EngineError> {
        let (mut entries, mut begun) = (Vec::with_capacity(3), Nanos(0));
        let kinds = [EntryKind::Configuration, EntryKind::Instruments, EntryKind::Snapshot];
        let taken = parts.entries(|entry| {
            let expected = kinds.get(entries.len()).is_some_and(|kind| *kind as u16 == entry.kind);
            if expected {
                begun = entry.receive_time;
                entries.push(entry.payload.to_vec());
            }
            expected
        });
        taken.map_err(|error| refused(format!("{error}; put back what is missing, {FLAT}")))?;
        let [configuration, table, rest @ ..] = entries.as_slice() else { return Ok(None) };
        let unknown = || {
            let path = parts.first().display();
            refused(format!(
                "{path}: not the beginning of a session that this version knows; move it away, and start"
            ))
        };
        let table: Json = serde_json::from_slice(table).map_err(|_| unknown())?;
        let before = match (rest, table["continues"].as_bool()) {
            ([snapshot], Some(true)) => {
                let json: Json = serde_json::from_slice(snapshot).map_err(|_| unknown())?;
                Some(Snapshot::from_json(&json).ok_or_else(unknown)?)
            }
            ([], Some(true)) => return Ok(None),
            _ => None,
        };
        let configuration = String::from_utf8_lossy(configuration).into_owned();
        let read = Self::of_table(begun, &table, configuration, before);
        read.map(Some).ok_or_else(unknown)
    }

    fn of_table(begun: Nanos, table: &Json, configuration: String, before: Option<Snapshot>) -> Option<Head> {
        let history = table["history"].clone();
        let terms = Terms {
            configuration,
            instruments: table["instruments"].as_array()?.iter().map(instrument_of).collect::<Option<_>>()?,
            limits: table["limits"].as_str()?.to_owned(),
            objects: table["objects"].as_array()?.iter().map(Object::from_json).collect::<Option<_>>()?,
        };
        Some(Head { begun, run: u16::try_from(table["run"].as_u64()?).ok()?, terms, history, before })
    }

    /// Appends it to a new journal.
    pub(super) fn write(&self, tape: &mut dyn Tape) -> Result<(), EngineError> {
        let Head { begun, run, terms, history, before } = self;
        let table = json!({
            "run": run,
            "continues": before.is_some(),
            "instruments": terms.instruments.iter().map(described).collect::<Vec<_>>(),
            "history": history,
            "limits": terms.limits,
            "objects": terms.objects.iter().map(Object::to_json).collect::<Vec<_>>(),
        });
        let settings = format!("# run {run}\n{}", terms.configuration);
        let mut add = |kind, text: String| tape.append(kind, 0, *begun, &[text.as_bytes()]).map_err(refused);
        add(EntryKind::Configuration, settings)?;
        add(EntryKind::Instruments, table.to_string())?;
        before.iter().try_for_each(|before| add(EntryKind::Snapshot, before.to_json().to_string()))
    }
}

pub(in super::super) fn described(instrument: &Instrument) -> Json {
    let mut row = json!({
        "name": instrument.name,
        "symbol": instrument.symbol,
        "tick": [instrument.tick.mantissa(), instrument.tick.exponent()],
        "lot": [instrument.lot.mantissa(), instrument.lot.exponent()],
        "multiplier": instrument.multiplier,
        "min_qty": instrument.min_qty,
        "min_notional": instrument.min_notional,
    });
    if instrument.kind != InstrumentKind::Spot {
        row["kind"] = json!(instrument.kind as u8);
    }
    row
}

pub(in super::super) fn instrument_of(row: &Json) -> Option<Instrument> {
    let grid = |name: &str| {
        let exponent = u8::try_from(row[name][1].as_u64()?).ok()?;
        Grid::new(row[name][0].as_i64()?, exponent).ok()
    };
    Some(Instrument {
        name: row["name"].as_str()?.to_owned(),
        symbol: row["symbol"].as_str()?.to_owned(),
        kind: kind_of(&row["kind"])?,
        tick: grid("tick")?,
        lot: grid("lot")?,
        multiplier: row["multiplier"].as_f64()?,
        min_qty: row["min_qty"].as_f64()?,
        min_notional: row["min_notional"].as_f64()?,
    })
}

fn kind_of(code: &Json) -> Option<InstrumentKind> {
    let kinds = [InstrumentKind::Perpetual, InstrumentKind::Inverse, InstrumentKind::Future];
    match code.as_u64() {
        None => Some(InstrumentKind::Spot),
        Some(code) => kinds.into_iter().find(|kind| *kind as u64 == code),
    }
}
