//! One WebSocket: control messages, pings, closing.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::hub::{Client, Hub, Outgoing};
use super::sabotage::{Faults, Line, Place, crossed_diff};

/// Frames handed to the socket between two flushes.
const BURST: usize = 256;
/// Messages a second that a client may send.
const MAX_MESSAGES: usize = 5;

/// A venue's patience.
#[derive(Clone, Copy, Debug)]
pub struct Pings {
    /// Between two pings.
    pub every: Duration,
    /// Without a pong for so long the connection is closed.
    pub pong_within: Duration,
}

/// Serves one client until either side ends it.
pub async fn serve<S>(
    mut socket: WebSocketStream<S>,
    client: Rc<Client>,
    outgoing: mpsc::Receiver<Outgoing>,
    hub: Rc<Hub>,
    pings: Pings,
    faults: &Faults,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // A client that leaves without a word is no event for a venue.
    let _ = converse(&mut socket, &client, outgoing, (&hub, faults), pings).await;
    hub.leave(&client);
}

async fn converse<S>(
    socket: &mut WebSocketStream<S>,
    client: &Client,
    mut outgoing: mpsc::Receiver<Outgoing>,
    (hub, faults): (&Hub, &Faults),
    pings: Pings,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut ping = interval_at(Instant::now() + pings.every, pings.every);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_pong = Instant::now();
    let mut recent = Vec::new();
    let mut line = Line::default();
    loop {
        tokio::select! {
            first = outgoing.recv() => {
                let (mut next, mut sent) = (first, 0);
                while let Some(message) = next {
                    match message {
                        Outgoing::Text(text) => {
                            let whose = (Place::Binance, &mut line);
                            if !faults.send(socket, whose, &text, crossed_diff).await? {
                                return Ok(());
                            }
                        }
                        Outgoing::Close => return close(socket, CloseCode::Normal, "").await,
                    }
                    sent += 1;
                    next = if sent < BURST { outgoing.try_recv().ok() } else { None };
                }
                socket.flush().await?;
            }
            message = socket.next() => {
                let Some(message) = message.transpose()? else { return Ok(()) };
                if matches!(message, Message::Close(_)) {
                    return Ok(());
                }
                if too_many(&mut recent) {
                    return close(socket, CloseCode::Policy, "Too many requests").await;
                }
                match message {
                    Message::Text(text) => {
                        let answer = control(&text, client);
                        hub.subscriptions_changed();
                        socket.send(Message::text(answer.to_string())).await?;
                    }
                    Message::Pong(_) => last_pong = Instant::now(),
                    _ => socket.flush().await?, // the pong to a ping is waiting to be sent
                }
            }
            now = ping.tick() => {
                if now.duration_since(last_pong) > pings.pong_within {
                    return close(socket, CloseCode::Policy, "Pong timeout").await;
                }
                let payload = now.elapsed().as_nanos().to_string();
                socket.send(Message::Ping(Bytes::from(payload))).await?;
            }
            () = client.cut.notified() => return Ok(()),
        }
    }
}

pub(super) async fn close<S>(
    socket: &mut WebSocketStream<S>,
    code: CloseCode,
    reason: &'static str,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    socket.close(Some(CloseFrame { code, reason: reason.into() })).await
}

fn too_many(recent: &mut Vec<Instant>) -> bool {
    let now = Instant::now();
    recent.retain(|then| now.duration_since(*then) < Duration::from_secs(1));
    recent.push(now);
    recent.len() > MAX_MESSAGES
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
fn control(text: &str, client: &Client) -> Json {
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
