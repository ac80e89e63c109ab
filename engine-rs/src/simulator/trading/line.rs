//! One WebSocket of order entry.

use std::rc::Rc;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::exchange::Said;
use super::floor::Floor;
use crate::simulator::client::{Pings, close};
use crate::simulator::order_entry::Connection;

/// Serves one client until either side ends it.
pub async fn serve<S>(mut socket: WebSocketStream<S>, floor: Rc<Floor>, pings: Pings)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (connection, said) = floor.connect();
    // A client that leaves without a word is no event for a venue.
    let _ = converse(&mut socket, connection, said, &floor, pings).await;
    floor.disconnect(connection);
}

async fn converse<S>(
    socket: &mut WebSocketStream<S>,
    connection: Connection,
    mut said: mpsc::Receiver<Said>,
    floor: &Floor,
    pings: Pings,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut ping = interval_at(Instant::now() + pings.every, pings.every);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_pong = Instant::now();
    loop {
        tokio::select! {
            next = said.recv() => match next {
                Some(Said::Text(text)) => socket.send(Message::text(text)).await?,
                Some(Said::Cut) => return Ok(()),
                None => return close(socket, CloseCode::Normal, "").await,
            },
            message = socket.next() => {
                let Some(message) = message.transpose()? else { return Ok(()) };
                match message {
                    Message::Text(text) => floor.on_text(connection, &text),
                    Message::Pong(_) => last_pong = Instant::now(),
                    Message::Close(_) => return Ok(()),
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
        }
    }
}
