//! Clients, sockets and time of a hall.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tracing::warn;

use super::{ClientId, Form, Hall, Said};
use crate::model::{Clock, Nanos};
use crate::simulator::Pace;
use crate::simulator::sabotage::{Faults, Line, Place};

/// Texts that may wait for a client.
const QUEUE: usize = 8_192;
/// A client that does not read for so long is cut off.
const SLOW_CLIENT: Duration = Duration::from_secs(10);
/// Texts between two looks at the sockets.
const BATCH: usize = 256;
/// Texts handed to a socket between two flushes.
const BURST: usize = 256;

/// A connected client.
struct Seat {
    queue: mpsc::Sender<String>,
    cut: Notify,
    /// See [`Line`].
    mute: Rc<Cell<bool>>,
}

/// See the head of this file.
pub struct Room {
    hall: RefCell<Box<dyn Hall>>,
    place: Place,
    seats: RefCell<BTreeMap<ClientId, Rc<Seat>>>,
    next: Cell<ClientId>,
    changed: Notify,
    faults: Rc<Faults>,
    pace: Pace,
    clock: Arc<dyn Clock>,
    /// What the hall's clock shows, before it has begun ours.
    reached: Cell<Option<Nanos>>,
}

impl Room {
    /// A room whose time has not begun.
    pub fn new(hall: Box<dyn Hall>, pace: Pace, clock: Arc<dyn Clock>, faults: Rc<Faults>) -> Self {
        let place = hall.place();
        Self {
            hall: RefCell::new(hall),
            place,
            seats: RefCell::default(),
            next: Cell::new(1),
            changed: Notify::new(),
            faults,
            pace,
            clock,
            reached: Cell::new(None),
        }
    }

    /// Whose it is.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The answer to a GET, if the path is the hall's.
    pub fn get(&self, path: &str, query: &str) -> Option<String> {
        self.hall.borrow().get(path, query, self.now())
    }

    /// The answer to a form that was sent, if the path is the hall's.
    pub fn post(&self, path: &str, form: &Form<'_>) -> Option<String> {
        self.hall.borrow_mut().post(path, form, self.now())
    }

    /// Ends all connections without a word.
    pub fn cut_all(&self) {
        self.seats.borrow().values().for_each(|seat| seat.cut.notify_one());
    }

    fn now(&self) -> Nanos {
        self.reached.get().unwrap_or_else(|| self.clock.utc())
    }

    /// Lets time pass, from the first subscription to the source's end.
    pub async fn run(&self) {
        while !self.hall.borrow().is_heard() {
            self.changed.notified().await;
        }
        let origin = {
            let mut hall = self.hall.borrow_mut();
            hall.begin(self.clock.utc());
            hall.next_time()
        };
        let Some(origin) = origin else { return };
        self.reached.set(Some(origin));
        let begun = Instant::now();
        loop {
            let Some(next) = self.hall.borrow().next_time() else { return };
            let until = match self.pace {
                Pace::Max => Nanos(i64::MAX),
                Pace::Times(speed) => {
                    let elapsed = begun.elapsed().as_secs_f64() * speed;
                    #[allow(clippy::cast_possible_truncation)] // pacing, not arithmetic
                    let until = Nanos(origin.0.saturating_add((elapsed * 1e9) as i64));
                    if until < next {
                        #[allow(clippy::cast_precision_loss)]
                        let wait = (next.0 - until.0) as f64 / 1e9 / speed;
                        sleep(Duration::from_secs_f64(wait.clamp(0.000_05, 3_600.0))).await;
                        continue;
                    }
                    until
                }
            };
            let mut said = Vec::new();
            self.hall.borrow_mut().advance(until, BATCH, &mut said);
            // All that was due before what comes next has happened: what is said now is said then, not earlier.
            self.reached.set(Some(until.min(self.hall.borrow().next_time().unwrap_or(next))));
            self.send(said).await;
            tokio::task::yield_now().await;
        }
    }

    /// Says once a second that connections live.
    pub async fn beat(&self) {
        let mut second = interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            second.tick().await;
            let mut said = Vec::new();
            self.hall.borrow_mut().beat(self.now(), &mut said);
            self.send(said).await;
        }
    }

    async fn send(&self, said: Vec<Said>) {
        for Said { to, text } in said {
            let Some(seat) = self.seats.borrow().get(&to).map(Rc::clone) else { continue };
            if seat.mute.get() {
                continue;
            }
            if let Err(mpsc::error::TrySendError::Full(text)) = seat.queue.try_send(text)
                && timeout(SLOW_CLIENT, seat.queue.send(text)).await.is_err()
            {
                warn!("a client does not read: cut off");
                seat.cut.notify_one();
            }
        }
    }

    /// The same at once, for their place in the row of texts is where the hall stands now: who has no room has not read for
    /// long, and is cut off.
    fn put(&self, said: Vec<Said>) {
        for Said { to, text } in said {
            let seats = self.seats.borrow();
            let Some(seat) = seats.get(&to).filter(|seat| !seat.mute.get()) else { continue };
            if let Err(mpsc::error::TrySendError::Full(_)) = seat.queue.try_send(text) {
                seat.cut.notify_one();
            }
        }
    }

    /// Serves one client until either side ends it; path and query say what it came for.
    pub async fn serve<S>(&self, mut socket: WebSocketStream<S>, opened_with: &str)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let client = self.next.get();
        self.next.set(client + 1);
        let (queue, outgoing) = mpsc::channel(QUEUE);
        let line = Line::default();
        let seat = Rc::new(Seat { queue, cut: Notify::new(), mute: Rc::clone(&line.mute) });
        self.seats.borrow_mut().insert(client, Rc::clone(&seat));
        let mut said = Vec::new();
        self.hall.borrow_mut().welcome(client, opened_with, self.now(), &mut said);
        self.changed.notify_one();
        self.send(said).await;
        // A client that leaves without a word is no event for a venue.
        let _ = self.converse(&mut socket, (client, line), &seat, outgoing).await;
        self.seats.borrow_mut().remove(&client);
        self.hall.borrow_mut().leave(client);
    }

    async fn converse<S>(
        &self,
        socket: &mut WebSocketStream<S>,
        (client, mut line): (ClientId, Line),
        seat: &Seat,
        mut outgoing: mpsc::Receiver<String>,
    ) -> Result<(), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        loop {
            tokio::select! {
                first = outgoing.recv() => {
                    let (mut next, mut sent) = (first, 0);
                    while let Some(text) = next {
                        let crossed = |text: &str| self.hall.borrow().crossed(text);
                        if !self.faults.send(socket, (self.place, &mut line), &text, crossed).await? {
                            return Ok(());
                        }
                        sent += 1;
                        next = if sent < BURST { outgoing.try_recv().ok() } else { None };
                    }
                    socket.flush().await?;
                }
                message = socket.next() => match message.transpose()? {
                    None | Some(Message::Close(_)) => return Ok(()),
                    Some(Message::Text(text)) => {
                        let mut said = Vec::new();
                        self.hall.borrow_mut().hear(client, &text, self.now(), &mut said);
                        self.changed.notify_one();
                        self.put(said);
                    }
                    Some(_) => socket.flush().await?, // the pong to a ping is waiting to be sent
                },
                () = seat.cut.notified() => return Ok(()),
            }
        }
    }
}
