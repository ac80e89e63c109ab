//! What a client of Binance's streams listens to: by the path that it came by, and by what it says.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::binary_name;

/// A client's streams.
#[derive(Debug, Default)]
pub struct Listening {
    /// Whether it wants the envelope with the stream's name.
    pub combined: Cell<bool>,
    /// Whether they are the binary ones, with names of their own.
    pub binary: bool,
    /// Their names.
    pub streams: RefCell<BTreeSet<String>>,
}

impl Listening {
    /// By opening `/stream?streams=…` or `/ws/…`; nothing if the path is another.
    pub fn opened_with(path: &str, query: &str) -> Option<Listening> {
        let listed = |combined, text: &str| {
            let names = text.split('/').filter(|name| !name.is_empty()).map(str::to_owned);
            Listening { combined: Cell::new(combined), binary: false, streams: RefCell::new(names.collect()) }
        };
        if path == "/stream" {
            let names = query.split('&').find_map(|pair| pair.strip_prefix("streams=")).unwrap_or_default();
            return Some(listed(true, names));
        }
        let raw = path.strip_prefix("/ws")?;
        (raw.is_empty() || raw.starts_with('/')).then(|| listed(false, raw))
    }

    /// Whether it listens to a stream, by the name that it has in JSON.
    pub fn hears(&self, stream: &str) -> bool {
        let streams = self.streams.borrow();
        if self.binary {
            binary_name(stream).is_some_and(|name| streams.contains(&name))
        } else {
            streams.contains(stream)
        }
    }

    /// Whether it listens to anything.
    pub fn hears_any(&self) -> bool {
        !self.streams.borrow().is_empty()
    }
}

#[derive(Deserialize)]
struct Control {
    method: String,
    #[serde(default)]
    params: Vec<Json>,
    id: Json,
}

fn refusal(code: u32, reason: impl Into<String>, id: &Json) -> Json {
    json!({ "code": code, "msg": reason.into(), "id": id })
}

/// The answer to a client's message, in the venue's words.
pub fn control(text: &str, client: &Listening) -> Json {
    let Ok(message) = serde_json::from_str::<Json>(text) else {
        return json!({ "code": 3, "msg": "Invalid JSON: expected value at line 1 column 1" });
    };
    let id = message["id"].clone();
    let Ok(Control { method, params, id }) = serde_json::from_value(message) else {
        return refusal(2, "Invalid request: method and id must be given, params a list", &id);
    };
    if !(id.is_u64() || id.is_string() || id.is_null()) {
        return refusal(2, "Invalid request: request ID must be an unsigned integer", &Json::Null);
    }
    let names =
        || params.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<BTreeSet<_>>>();
    let mut streams = client.streams.borrow_mut();
    match (method.as_str(), names()) {
        ("SUBSCRIBE", Some(names)) => streams.extend(names),
        ("UNSUBSCRIBE", Some(names)) => streams.retain(|stream| !names.contains(stream)),
        ("SUBSCRIBE" | "UNSUBSCRIBE", None) => {
            return refusal(2, "Invalid request: stream names must be strings", &id);
        }
        ("LIST_SUBSCRIPTIONS", _) => return json!({ "result": *streams, "id": id }),
        ("GET_PROPERTY", _) if params == ["combined"] => {
            return json!({ "result": client.combined.get(), "id": id });
        }
        ("SET_PROPERTY", _) => match params.as_slice() {
            [name, Json::Bool(combined)] if name == "combined" => client.combined.set(*combined),
            [name, _] if name == "combined" => {
                return refusal(1, "Invalid value type: expected Boolean", &id);
            }
            _ => return refusal(0, "Unknown property", &id),
        },
        ("GET_PROPERTY", _) => return refusal(0, "Unknown property", &id),
        _ => {
            let known = "SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, SET_PROPERTY, GET_PROPERTY";
            let reason = format!("Invalid request: unknown variant {method}, expected one of {known}");
            return refusal(2, reason, &id);
        }
    }
    json!({ "result": null, "id": id })
}
