//! One WebSocket: pings, closing.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::hub::{Client, Hub, Outgoing};
use super::listening::control;
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
    (faults, line): (&Faults, Line),
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // A client that leaves without a word is no event for a venue.
    let _ = converse(&mut socket, &client, outgoing, (&hub, faults, line), pings).await;
    hub.leave(&client);
}

async fn converse<S>(
    socket: &mut WebSocketStream<S>,
    client: &Client,
    mut outgoing: mpsc::Receiver<Outgoing>,
    (hub, faults, mut line): (&Hub, &Faults, Line),
    pings: Pings,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut ping = interval_at(Instant::now() + pings.every, pings.every);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_pong = Instant::now();
    let mut recent = Vec::new();
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
                        let answer = control(&text, &client.listening);
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
