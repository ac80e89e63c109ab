//! The client's end of a WebSocket.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::model::{Endpoint, Nanos};

use super::connection::Connection;
use super::{Dialer, NetError};

/// Bytes asked of the socket at once: a burst of frames costs one read.
const READ_BUFFER: usize = 256 * 1024;

/// A connection that yields whole messages. Pings are answered with their own payload as they are read.
pub struct WebSocket {
    stream: WebSocketStream<Connection>,
    endpoint: String,
    /// A message that was waited for, and is the next one.
    kept: Option<Result<Received, NetError>>,
}

/// What the venue sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// A whole text message, shared with the read buffer, and when its last byte was read.
    Text(Bytes, Nanos),
    /// The same of a binary message.
    Binary(Bytes, Nanos),
    /// A ping or a pong: a sign of life.
    Other,
    /// The venue said goodbye, with its words.
    Closed(String),
}

impl WebSocket {
    /// Connects and shakes hands for a path, with headers of one's own. A frame that came along with the venue's handshake is not lost.
    ///
    /// # Errors
    /// If nobody answers in time, or the answer is no WebSocket's.
    pub async fn connect(
        dialer: &Dialer,
        endpoint: &Endpoint,
        (path, headers): (&str, &[(&'static str, String)]),
        max_message_bytes: usize,
    ) -> Result<Self, NetError> {
        let connection = dialer.dial(endpoint).await?;
        let scheme = if endpoint.tls { "wss" } else { "ws" };
        let protocol = |error: Error| {
            let (endpoint, status) = (endpoint.to_string(), status_of(&error));
            match (status, error) {
                (Some(status @ (429 | 418)), Error::Http(response)) => {
                    let header = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
                    let retry_after =
                        header.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
                    NetError::RateLimited { endpoint, status, retry_after }
                }
                (Some(status), _) => {
                    NetError::Protocol { endpoint, reason: format!("WebSocket refused with status {status}") }
                }
                (None, other) => NetError::Protocol { endpoint, reason: other.to_string() },
            }
        };
        let mut request =
            format!("{scheme}://{}{path}", endpoint.authority()).into_client_request().map_err(protocol)?;
        for (name, value) in headers {
            let mut value = HeaderValue::from_str(value).map_err(|error| protocol(error.into()))?;
            value.set_sensitive(true);
            request.headers_mut().insert(*name, value);
        }
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(max_message_bytes))
            .max_frame_size(Some(max_message_bytes));
        let handshake = client_async_with_config(request, connection, Some(config));
        let (stream, _) = timeout(dialer.patience(), handshake)
            .await
            .map_err(|_| dialer.late(endpoint, "shaking hands"))?
            .map_err(protocol)?;
        Ok(Self { stream, endpoint: endpoint.to_string(), kept: None })
    }

    /// The next message. May be dropped while it waits.
    ///
    /// # Errors
    /// If the stream broke, or a message is not UTF-8 or over the limit.
    pub async fn next(&mut self) -> Result<Received, NetError> {
        match self.kept.take() {
            Some(kept) => kept,
            None => self.receive().await,
        }
    }

    /// Waits until there is a next message, or no more. May be dropped.
    pub async fn wait(&mut self) {
        if self.kept.is_none() {
            self.kept = Some(self.receive().await);
        }
    }

    async fn receive(&mut self) -> Result<Received, NetError> {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => {
                Ok(Received::Text(text.into(), self.stream.get_ref().last_read()))
            }
            Some(Ok(Message::Binary(bytes))) => {
                Ok(Received::Binary(bytes, self.stream.get_ref().last_read()))
            }
            Some(Ok(Message::Close(frame))) => {
                Ok(Received::Closed(frame.map_or_else(|| "without a reason".to_owned(), |f| f.to_string())))
            }
            Some(Ok(_)) => Ok(Received::Other),
            Some(Err(error)) => {
                let (endpoint, reason) = (self.endpoint.clone(), error.to_string());
                Err(match error {
                    // A stream that ends without a goodbye is a lost connection, not a broken message.
                    Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) | Error::Io(_) => {
                        NetError::Protocol { endpoint, reason }
                    }
                    Error::Protocol(_) | Error::Capacity(_) | Error::Utf8(_) => {
                        NetError::Malformed { endpoint, reason }
                    }
                    _ => NetError::Protocol { endpoint, reason },
                })
            }
            None => Ok(Received::Closed("end of stream".to_owned())),
        }
    }

    /// Sends a text frame.
    ///
    /// # Errors
    /// If the stream broke, or the text is not UTF-8.
    pub async fn send(&mut self, text: Bytes) -> Result<(), NetError> {
        let broken = |reason: String| NetError::Protocol { endpoint: self.endpoint.clone(), reason };
        let text = Utf8Bytes::try_from(text).map_err(|error| broken(error.to_string()))?;
        self.stream.send(Message::Text(text)).await.map_err(|error| broken(error.to_string()))
    }

    /// Says goodbye; the venue need not answer.
    pub async fn close(mut self) {
        // The peer may be gone already: then there is nobody to say it to.
        let _ = self.stream.close(None).await;
    }
}

fn status_of(error: &Error) -> Option<u16> {
    if let Error::Http(response) = error { Some(response.status().as_u16()) } else { None }
}
