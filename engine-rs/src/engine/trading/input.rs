//! What comes in, and its form in a journal.

use serde_json::{Value as Json, json};

use super::Tape;
use crate::journal::{self, EntryKind, JournalError};
use crate::messaging::{Action, Incoming};
use crate::model::{InstrumentId, Nanos};

/// Stream of the market data.
pub const STREAM: u16 = 0;
/// Stream of order entry.
pub const ORDER_ENTRY: u16 = 1;

/// One input of the decision path.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry<'a> {
    /// A connection is up.
    Connected(u16),
    /// A connection is gone.
    Disconnected(u16),
    /// A text frame.
    Frame(u16, &'a [u8]),
    /// The answer to a request for an instrument, or none, and the stream that asked: [`STREAM`], or that of a connection
    /// that stands by.
    Response(u16, InstrumentId, Option<&'a [u8]>),
    /// A look at the clock.
    Time,
    /// A command.
    Command(Incoming),
    /// The engine ends.
    End,
    /// The engine died, and goes on with its journal from here.
    Restart,
}

/// Of the end and of a restart, as a command's action.
const END: &str = "end";
const RESTART: &str = "restart";

impl<'a> Entry<'a> {
    /// Appends it.
    ///
    /// # Errors
    /// As the journal's.
    pub fn append(&self, tape: &mut dyn Tape, time: Nanos) -> Result<(), JournalError> {
        let mut add = |kind, stream, parts: &[&[u8]]| tape.append(kind, stream, time, parts);
        match self {
            Entry::Connected(stream) => add(EntryKind::Connected, *stream, &[]),
            Entry::Disconnected(stream) => add(EntryKind::Disconnected, *stream, &[]),
            Entry::Frame(stream, frame) => add(EntryKind::FrameIn, *stream, &[frame]),
            Entry::Response(stream, instrument, body) => {
                let head = u64::from(instrument.0) | u64::from(body.is_some()) << 32;
                add(EntryKind::Response, *stream, &[&head.to_le_bytes(), body.unwrap_or_default()])
            }
            Entry::Time => add(EntryKind::Timer, STREAM, &[]),
            Entry::Command(command) => add(EntryKind::Command, STREAM, &[text_of(command).as_bytes()]),
            Entry::End => add(EntryKind::Command, STREAM, &[bare(END).as_bytes()]),
            Entry::Restart => add(EntryKind::Command, STREAM, &[bare(RESTART).as_bytes()]),
        }
    }

    /// Reads it back; nothing if the entry is no input.
    #[must_use]
    pub fn read(entry: &journal::Entry<'a>) -> Option<Entry<'a>> {
        Some(match EntryKind::from_code(entry.kind)? {
            EntryKind::Connected => Entry::Connected(entry.stream),
            EntryKind::Disconnected => Entry::Disconnected(entry.stream),
            EntryKind::FrameIn => Entry::Frame(entry.stream, entry.payload),
            EntryKind::Response => {
                let (head, body) = entry.payload.split_first_chunk::<8>()?;
                let head = u64::from_le_bytes(*head);
                let instrument = InstrumentId(u32::try_from(head & 0xffff_ffff).ok()?);
                Entry::Response(entry.stream, instrument, (head >> 32 != 0).then_some(body))
            }
            EntryKind::Timer => Entry::Time,
            EntryKind::Command => command_of(entry.payload)?,
            _ => return None,
        })
    }
}

fn bare(action: &str) -> String {
    json!({ "action": action }).to_string()
}

fn text_of(command: &Incoming) -> String {
    let action = match &command.action {
        Action::Start { strategy } => json!({ "action": "start", "strategy": strategy }),
        Action::Stop { strategy } => json!({ "action": "stop", "strategy": strategy }),
        Action::Flatten { strategy } => json!({ "action": "flatten", "strategy": strategy }),
        Action::Kill { reason } => json!({ "action": "kill", "reason": reason }),
        Action::Ping => json!({ "action": "ping" }),
        Action::UpdateParameters { strategy, values } => {
            // As text: a reader of JSON may give a number's neighbor.
            let values: Vec<_> = values.iter().map(|(name, value)| (name, value.to_string())).collect();
            json!({ "action": "update_parameters", "strategy": strategy, "values": values })
        }
    };
    json!({ "id": command.id, "what": action }).to_string()
}

fn command_of(payload: &[u8]) -> Option<Entry<'static>> {
    let read: Json = serde_json::from_slice(payload).ok()?;
    match read["action"].as_str() {
        Some(END) => return Some(Entry::End),
        Some(RESTART) => return Some(Entry::Restart),
        _ => {}
    }
    let what = &read["what"];
    let strategy = || what["strategy"].as_str().unwrap_or_default().to_owned();
    let action = match what["action"].as_str()? {
        "start" => Action::Start { strategy: strategy() },
        "stop" => Action::Stop { strategy: strategy() },
        "flatten" => Action::Flatten { strategy: strategy() },
        "kill" => Action::Kill { reason: what["reason"].as_str()?.to_owned() },
        "ping" => Action::Ping,
        "update_parameters" => {
            let texts: Vec<(String, String)> = serde_json::from_value(what["values"].clone()).ok()?;
            let values = texts.into_iter().map(|(name, text)| Some((name, text.parse().ok()?)));
            let values = values.collect::<Option<_>>()?;
            Action::UpdateParameters { strategy: strategy(), values }
        }
        _ => return None,
    };
    Some(Entry::Command(Incoming { id: read["id"].as_str()?.to_owned(), action }))
}
