//! A journal as what its strategies were told, for hosts that cannot read a venue's frames.

use std::path::Path;

use serde_json::{Map, Value as Json, json};

use super::EngineError;
use super::core::Core;
use super::recovery::Again;
use super::trading::{Retraced, Telling};
use crate::config::{Config, Strategy};
use crate::model::{Instrument, InstrumentId};
use crate::strategy::{ParameterType, Program};

/// A session, decided again.
pub struct Told {
    /// By row.
    pub instruments: Vec<Instrument>,
    /// Number of the start, cash in 10^-18, strategies as they were at the start, changed parameters, stops.
    pub about: Json,
    /// How it compares.
    pub retraced: Retraced,
    /// What strategies were told and said.
    pub telling: Telling,
}

/// Decides a session's journal again, compares, and writes down what its strategies were told and said.
///
/// # Errors
/// As [`decide_again`](super::decide_again).
pub fn tell(config: &Config, journal: &Path) -> Result<Told, EngineError> {
    let mut telling = Telling::default();
    let mut again = Again::begin(config, journal, &mut |moment| telling.add(moment))?;
    let (run, instruments) = again.terms();
    let instruments = instruments.to_vec();
    let described = again.core().map(|core| {
        let strategies =
            config.strategies.iter().enumerate().map(|(n, strategy)| described(core, n, strategy));
        (core.starting_cash().0.to_string(), strategies.collect::<Json>())
    });
    let (cash, strategies) = described.unwrap_or_default();
    let retraced = again.replay(Some(&mut telling))?;
    let updates: Json = telling.updates.iter().map(|(name, value)| json!([name, number(*value)])).collect();
    let stops: Json =
        telling.stops.iter().map(|(place, why)| json!({ "said": place, "reason": why })).collect();
    let about =
        json!({ "run": run, "cash": cash, "strategies": strategies, "updates": updates, "stops": stops });
    Ok(Told { instruments, about, retraced, telling })
}

fn described(core: &Core, place: usize, strategy: &Strategy) -> Json {
    let rows: Vec<u32> = core.instruments_of(place).map(|row| row.0).collect();
    let holdings: Json = rows.iter().map(|row| holding(core, place, InstrumentId(*row))).collect();
    let program = core.program(place);
    let about = program.map(Program::description);
    json!({
        "number": place,
        "name": strategy.name,
        "code": strategy.code,
        "class": about.map(|about| &about.name),
        "source_hash": about.map(|about| &about.source_hash),
        "enabled": strategy.enabled,
        "instruments": rows,
        "cash": core.cash_of(place).0.to_string(),
        "holdings": holdings,
        "parameters": program.map(|program| parameters(program, &strategy.parameters)),
    })
}

/// Lots, cost, realized, fees.
fn holding(core: &Core, place: usize, instrument: InstrumentId) -> Json {
    let held = u16::try_from(place).map(|strategy| core.holding(strategy, instrument)).unwrap_or_default();
    let money = [held.cost, held.realized, held.fees].map(|money| money.0.to_string());
    json!([held.lots.0.to_string(), money[0], money[1], money[2]])
}

/// Of a compiled strategy all of them; of a strategy file those that are other than in it.
fn parameters(program: &Program, given: &[(String, f64)]) -> Json {
    let value = |value_type, word: u64| match value_type {
        ParameterType::Bool => json!(word != 0),
        ParameterType::Int => json!(word.cast_signed()),
        ParameterType::Float => number(f64::from_bits(word)),
    };
    let named = program.description().parameters.iter().zip(program.parameter_words());
    let words = named.map(|(about, word)| (about.name.clone(), value(about.value_type, *word)));
    let given = given.iter().map(|(name, value)| (name.clone(), number(*value)));
    match program {
        Program::Compiled(_) => words.collect::<Map<_, _>>().into(),
        Program::File(_) => given.collect::<Map<_, _>>().into(),
    }
}

/// JSON has no infinity: as text.
fn number(value: f64) -> Json {
    if value.is_finite() { json!(value) } else { json!(value.to_string()) }
}
