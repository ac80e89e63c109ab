//! What comes in: decoded, checked, and let through once.

use std::collections::HashMap;

use prost::Message;

use super::wire;
use crate::model::Nanos;

/// A command older than this is refused; ids are remembered for longer.
const MAX_AGE_NS: i64 = 30_000_000_000;
/// An id is a UUID's text; a few more characters do no harm.
const MAX_ID_BYTES: usize = 64;
/// No command is larger.
const MAX_BYTES: usize = 64 * 1024;

/// What an operator or a notebook wants. An empty strategy means all of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Orders may leave.
    Start {
        /// By name.
        strategy: String,
    },
    /// No new orders; cancel what rests.
    Stop {
        /// By name.
        strategy: String,
    },
    /// New values of live parameters: all of them or none.
    UpdateParameters {
        /// By name.
        strategy: String,
        /// Name and value, sorted by name.
        values: Vec<(String, f64)>,
    },
    /// Stop, cancel, close at the market.
    Flatten {
        /// By name.
        strategy: String,
    },
    /// No order leaves until the next start of the engine.
    Kill {
        /// Why.
        reason: String,
    },
    /// Only an answer is wanted.
    Ping,
}

/// A command that passed the checks; the decision thread applies it between two events and acknowledges it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// Correlation id.
    pub id: String,
    /// What is wanted.
    pub action: Action,
}

/// A command that was refused here, with the reason that its sender reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Correlation id, empty if it could not be read.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// Checks commands: well-formed, for this session, fresh, not seen before.
#[derive(Debug)]
pub struct Inspector {
    session_id: u64,
    seen: HashMap<String, i64>,
}

impl Inspector {
    /// An inspector of one engine's session.
    #[must_use]
    pub fn new(session_id: u64) -> Inspector {
        Inspector { session_id, seen: HashMap::new() }
    }

    /// Decodes and checks one message.
    ///
    /// # Errors
    /// A [`Refusal`] that says why; a refused command has changed nothing.
    pub fn inspect(&mut self, bytes: &[u8], now: Nanos) -> Result<Incoming, Refusal> {
        let refuse =
            |id: &str, reason: String| Err(Refusal { id: id.chars().take(MAX_ID_BYTES).collect(), reason });
        if bytes.len() > MAX_BYTES {
            return refuse("", format!("{} bytes: a command has at most {MAX_BYTES}", bytes.len()));
        }
        let command = match wire::Command::decode(bytes) {
            Ok(command) => command,
            Err(error) => return refuse("", format!("not a Command of proto/commands.proto: {error}")),
        };
        let id = command.command_id.as_str();
        if id.is_empty() || id.len() > MAX_ID_BYTES {
            return refuse(id, format!("command_id: must have 1 to {MAX_ID_BYTES} bytes, has {}", id.len()));
        }
        let Some(action) = command.action else {
            return refuse(id, "action: none is given, or one that this version does not know".to_owned());
        };
        let ping = matches!(action, wire::command::Action::Ping(_));
        if command.session_id != self.session_id && !(ping && command.session_id == 0) {
            let reason =
                format!("session_id: {} is not this session's {}", command.session_id, self.session_id);
            return refuse(id, reason);
        }
        let age = now.0.saturating_sub(command.time_ns);
        if age.abs() > MAX_AGE_NS {
            return refuse(
                id,
                format!("time_ns: {} s away from the engine's clock; at most 30", age / 1_000_000_000),
            );
        }
        self.seen.retain(|_, seen| now.0.saturating_sub(*seen) <= 4 * MAX_AGE_NS);
        if self.seen.insert(id.to_owned(), now.0).is_some() {
            return refuse(id, "command_id: seen before; a command is applied once".to_owned());
        }
        match checked(action) {
            Ok(action) => Ok(Incoming { id: id.to_owned(), action }),
            Err(reason) => refuse(id, reason),
        }
    }
}

fn checked(action: wire::command::Action) -> Result<Action, String> {
    use wire::command::Action as Wire;
    Ok(match action {
        Wire::Start(start) => Action::Start { strategy: start.strategy },
        Wire::Stop(stop) => Action::Stop { strategy: stop.strategy },
        Wire::Flatten(flatten) => Action::Flatten { strategy: flatten.strategy },
        Wire::Kill(kill) => Action::Kill { reason: kill.reason },
        Wire::Ping(_) => Action::Ping,
        Wire::UpdateParameters(update) => {
            if update.values.is_empty() {
                return Err("values: no parameter is given".to_owned());
            }
            let mut values: Vec<(String, f64)> = update.values.into_iter().collect();
            values.sort_by(|a, b| a.0.cmp(&b.0));
            if let Some((name, value)) = values.iter().find(|(_, value)| !value.is_finite()) {
                return Err(format!("values[{name:?}]: must be finite, got {value}"));
            }
            Action::UpdateParameters { strategy: update.strategy, values }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wire::command::{Action as Wire, Ping, Start, UpdateParameters};

    const NOW: Nanos = Nanos(1_700_000_000_000_000_000);

    fn command(id: &str, session_id: u64, action: Option<Wire>) -> wire::Command {
        wire::Command { command_id: id.to_owned(), session_id, time_ns: NOW.0, action }
    }

    fn reason(inspector: &mut Inspector, command: &wire::Command) -> String {
        inspector.inspect(&command.encode_to_vec(), NOW).unwrap_err().reason
    }

    #[test]
    fn a_good_command_passes_once() {
        let mut inspector = Inspector::new(5);
        let start = command("a", 5, Some(Wire::Start(Start { strategy: "x".into() })));
        let passed = inspector.inspect(&start.encode_to_vec(), NOW).unwrap();
        assert_eq!(passed, Incoming { id: "a".into(), action: Action::Start { strategy: "x".into() } });
        assert!(reason(&mut inspector, &start).contains("seen before"));
    }

    #[test]
    fn each_fault_has_its_reason() {
        let mut inspector = Inspector::new(5);
        let ping = || Some(Wire::Ping(Ping {}));
        assert!(inspector.inspect(&command("p", 0, ping()).encode_to_vec(), NOW).is_ok());
        assert!(reason(&mut inspector, &command("", 5, ping())).contains("command_id"));
        assert!(reason(&mut inspector, &command("b", 5, None)).contains("action"));
        assert!(reason(&mut inspector, &command("c", 6, ping())).contains("session_id"));
        let start = Some(Wire::Start(Start { strategy: String::new() }));
        assert!(reason(&mut inspector, &command("d", 0, start)).contains("session_id"));
        let old = wire::Command { time_ns: NOW.0 - 31_000_000_000, ..command("e", 5, ping()) };
        assert!(reason(&mut inspector, &old).contains("time_ns"));
        let values = [("fast".to_owned(), f64::NAN)].into_iter().collect();
        let update = Some(Wire::UpdateParameters(UpdateParameters { strategy: String::new(), values }));
        assert!(reason(&mut inspector, &command("f", 5, update)).contains("finite"));
        assert!(inspector.inspect(&vec![0; MAX_BYTES + 1], NOW).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Inspector::new(1).inspect(&bytes, NOW);
        }
    }
}
