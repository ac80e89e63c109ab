//! Strategies that run inside the engine.
//!
//! | file | noun |
//! |---|---|
//! | `abi.rs` | structs and codes of `proto/STRATEGY_ABI.md` |
//! | `description.rs` | what an object says about itself |
//! | `loader.rs` | a shared object, checked before it is opened and before anything in it runs |
//! | `compiled.rs` | a strategy with its memory: handlers called inline, requests checked, faults that stop it |
//! | `file.rs` | the strategy file: keys, defaults, what is wrong with them |
//! | `program.rs` | either of them, as a host runs it |
//! | `file_runtime.rs` | what a strategy file with a model does, event by event |

pub mod abi;
mod compiled;
mod description;
mod file;
mod file_runtime;
mod loader;
mod program;

pub use compiled::{CompiledStrategy, Fault, MAX_REQUESTS, ParameterError};
pub use description::{Description, Parameter, ParameterKind, ParameterType, Site};
pub use file::{Body, Rules, StrategyFile};
pub use file_runtime::{Counts, FileError, FileStrategy, Scorer, View};
pub use loader::{LoadError, LoadOptions};
pub use program::{FileProgram, Program};
