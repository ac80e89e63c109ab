//! The clients and who hears what.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::warn;

use super::Frame;
use super::listening::Listening;

/// Frames that may wait for a client.
const CLIENT_QUEUE: usize = 8_192;
/// A client that does not read for so long is cut off, as the venue would.
const SLOW_CLIENT: Duration = Duration::from_secs(10);

/// A connected client as the market sees it.
pub struct Client {
    /// To what it listens.
    pub listening: Listening,
    /// To end its connection without a word.
    pub cut: Notify,
    queue: mpsc::Sender<Outgoing>,
}

/// What is to be sent to a client.
pub enum Outgoing {
    /// A message.
    Text(Utf8Bytes),
    /// Goodbye.
    Close,
}

/// All clients.
#[derive(Default)]
pub struct Hub {
    clients: RefCell<Vec<Rc<Client>>>,
    changed: Notify,
}

impl Hub {
    /// A new client and what is to be sent to it.
    pub fn join(&self, listening: Listening) -> (Rc<Client>, mpsc::Receiver<Outgoing>) {
        let (queue, outgoing) = mpsc::channel(CLIENT_QUEUE);
        let client = Rc::new(Client { listening, cut: Notify::new(), queue });
        self.clients.borrow_mut().push(Rc::clone(&client));
        self.changed.notify_waiters();
        (client, outgoing)
    }

    /// The client is gone.
    pub fn leave(&self, client: &Rc<Client>) {
        self.clients.borrow_mut().retain(|other| !Rc::ptr_eq(other, client));
        self.changed.notify_waiters();
    }

    /// Somebody's subscriptions have changed.
    pub fn subscriptions_changed(&self) {
        self.changed.notify_waiters();
    }

    /// Whether anybody listens to anything.
    pub fn is_heard(&self) -> bool {
        self.clients.borrow().iter().any(|client| client.listening.hears_any())
    }

    /// Whether anybody listens to `stream`.
    pub fn hears(&self, stream: &str) -> bool {
        self.clients.borrow().iter().any(|client| client.listening.hears(stream))
    }

    /// Waits until somebody listens.
    pub async fn heard(&self) {
        loop {
            let changed = self.changed.notified();
            if self.is_heard() {
                return;
            }
            changed.await;
        }
    }

    /// Ends all connections.
    pub fn cut_all(&self) {
        for client in self.clients.borrow().iter() {
            client.cut.notify_one();
        }
    }

    /// Says goodbye to everybody after what is under way to them, and waits until they are gone.
    pub async fn close_all(&self) {
        let clients = self.clients.borrow().clone();
        for client in clients {
            client.put(Outgoing::Close).await;
        }
        let gone = async {
            loop {
                let changed = self.changed.notified();
                if self.clients.borrow().is_empty() {
                    return;
                }
                changed.await;
            }
        };
        // A client that does not go by itself is cut off by the simulator's end.
        let _ = timeout(SLOW_CLIENT, gone).await;
    }

    /// Gives a frame to everybody who listens; waits for those who are behind.
    pub async fn broadcast(&self, frame: &Frame) {
        let mut index = 0;
        loop {
            let Some(client) = self.clients.borrow().get(index).map(Rc::clone) else { return };
            index += 1;
            if client.listening.hears(&frame.stream) {
                client.send(frame).await;
            }
        }
    }
}

impl Client {
    async fn send(&self, frame: &Frame) {
        // A binary message is made of the whole of it when it leaves.
        let whole = self.listening.binary || self.listening.combined.get();
        let text = if whole { frame.text.clone() } else { Utf8Bytes::from(frame.data()) };
        self.put(Outgoing::Text(text)).await;
    }

    async fn put(&self, outgoing: Outgoing) {
        if let Err(mpsc::error::TrySendError::Full(outgoing)) = self.queue.try_send(outgoing)
            && timeout(SLOW_CLIENT, self.queue.send(outgoing)).await.is_err()
        {
            warn!("a client does not read: cut off");
            self.cut.notify_one();
            self.listening.streams.borrow_mut().clear();
        }
    }
}
