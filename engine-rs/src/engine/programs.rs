//! From a file to what a host runs: an object of `pyrt strategy build`, or a strategy file with its model.

use std::path::Path;

use crate::signals::OnnxRuntime;
use crate::strategy::{
    Body, CompiledStrategy, FileProgram, FileStrategy, LoadOptions, Program, StrategyFile,
};

/// What a program is loaded with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loading<'a> {
    /// The object must have this hash.
    pub sha256: Option<&'a str>,
    /// How many instruments it is given by name; 0: those that it names, else all.
    pub given: usize,
    /// How many there are.
    pub all: usize,
    /// ONNX Runtime's library; none: `ORT_DYLIB_PATH`, else where it is usually found.
    pub onnx_runtime: Option<&'a Path>,
}

/// Loads a strategy file (`.toml`) with its model or the compiled strategy that it names, else an object.
///
/// # Errors
/// In words, with the file's name.
pub fn load(path: &Path, loading: &Loading<'_>) -> Result<Program, String> {
    if path.extension().is_none_or(|end| end != "toml") {
        return Ok(compiled(path, loading)?.into());
    }
    let file = StrategyFile::load(path).map_err(|error| error.to_string())?;
    let words = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    match &file.body {
        Body::Code { path: object, parameters } => {
            let mut strategy = compiled(object, &Loading { given: 1, ..*loading })?;
            strategy.trade(&file.instrument).map_err(|error| words(&error))?;
            let mut program = Program::from(strategy);
            program.set_parameters(parameters).map_err(|error| words(&error))?;
            Ok(program)
        }
        Body::Rules(_) => {
            let runtime = OnnxRuntime::load(loading.onnx_runtime).map_err(|error| words(&error))?;
            let strategy = FileStrategy::load(&file, &runtime).map_err(|error| words(&error))?;
            Ok(Program::File(Box::new(FileProgram::new(&file, strategy))))
        }
    }
}

fn compiled(path: &Path, loading: &Loading<'_>) -> Result<CompiledStrategy, String> {
    let options = LoadOptions { sha256: loading.sha256.map(str::to_owned) };
    let slots = |named: usize| match (loading.given, named) {
        (0, 0) => loading.all,
        (0, named) => named,
        (given, _) => given,
    };
    CompiledStrategy::load_for(path, &options, |about| slots(about.instruments.len()))
        .map_err(|error| error.to_string())
}
