//! The exchange in real time: the source's clock, frames that are ready to be sent, connections of order entry.
//!
//! At a speed the source's time goes on between frames, and an order arrives at the time that the clock shows: what the
//! source has until then is matched first, whether its frames have been sent or not. At full speed an order arrives at
//! the time of the last frame that was made ready, and so it does while a recording waits for listeners.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep, timeout};
use tracing::warn;

use super::exchange::{Exchange, Now, Said, Statement};
use crate::model::{Clock, Nanos};
use crate::simulator::order_entry::Connection;
use crate::simulator::{Frame, Pace, Source};

/// Messages that may wait for a client of order entry.
const LINE_QUEUE: usize = 8_192;
/// With a client that is to go.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the source, the exchange and their clients meet.
pub struct Floor {
    source: Rc<RefCell<Box<dyn Source>>>,
    exchange: RefCell<Exchange>,
    ready: RefCell<VecDeque<Frame>>,
    lines: RefCell<BTreeMap<Connection, mpsc::Sender<Said>>>,
    pace: Pace,
    /// Since when the source's clock runs, and what it showed then.
    running: Cell<Option<(Instant, Nanos)>>,
    clock: Arc<dyn Clock>,
    changed: Notify,
    connected: Cell<u32>,
    left: Notify,
}

impl Floor {
    pub fn new(
        source: Rc<RefCell<Box<dyn Source>>>,
        exchange: Exchange,
        pace: Pace,
        clock: Arc<dyn Clock>,
    ) -> Floor {
        Floor {
            source,
            exchange: RefCell::new(exchange),
            ready: RefCell::default(),
            lines: RefCell::default(),
            pace,
            running: Cell::new(None),
            clock,
            changed: Notify::new(),
            connected: Cell::new(0),
            left: Notify::new(),
        }
    }

    /// What the account has come to.
    pub fn statement(&self) -> Statement {
        self.exchange.borrow().statement()
    }

    /// The source begins.
    pub fn open(&self) {
        self.source.borrow_mut().begin(self.clock.utc());
        self.exchange.borrow_mut().open();
    }

    /// The source's clock, set to `origin` if it stands.
    pub fn start_clock(&self, origin: Nanos) -> Nanos {
        if self.running.get().is_none() {
            self.running.set(Some((Instant::now(), origin)));
            self.changed.notify_one();
        }
        self.time()
    }

    /// The source's clock stands still.
    pub fn stop_clock(&self) {
        self.running.set(None);
    }

    /// How long the source's clock takes for so much of its time.
    pub fn real(&self, ns: i64) -> Duration {
        match self.pace {
            Pace::Times(speed) => unscaled(ns, speed),
            Pace::Max => Duration::ZERO,
        }
    }

    /// What the source's clock shows.
    pub fn time(&self) -> Nanos {
        let reached = self.exchange.borrow().reached();
        match (self.pace, self.running.get()) {
            (Pace::Times(speed), Some((begun, origin))) => {
                Nanos(origin.0.saturating_add(scaled(begun.elapsed(), speed))).max(reached)
            }
            _ => reached,
        }
    }

    /// Makes frames ready, up to `until` or about `limit`.
    pub fn pull(&self, until: Nanos, limit: usize) {
        let mut frames = Vec::new();
        let now = Now { clock: self.clock.utc(), market: until };
        self.exchange.borrow_mut().advance(&mut **self.source.borrow_mut(), now, limit, &mut frames);
        self.ready.borrow_mut().extend(frames);
        self.deliver();
    }

    /// The next frame to be sent.
    pub fn next_ready(&self) -> Option<Frame> {
        self.ready.borrow_mut().pop_front()
    }

    /// A client of order entry, and what is said to it.
    pub fn connect(&self) -> (Connection, mpsc::Receiver<Said>) {
        let (line, said) = mpsc::channel(LINE_QUEUE);
        let connection = self.exchange.borrow_mut().connect();
        self.lines.borrow_mut().insert(connection, line);
        self.connected.set(self.connected.get() + 1);
        (connection, said)
    }

    /// It is gone.
    pub fn disconnect(&self, connection: Connection) {
        self.lines.borrow_mut().remove(&connection);
        self.exchange.borrow_mut().disconnect(connection);
        self.connected.set(self.connected.get() - 1);
        self.left.notify_one();
    }

    /// Ends all connections of order entry without a word.
    pub fn cut_all(&self) {
        for line in std::mem::take(&mut *self.lines.borrow_mut()).into_values() {
            let _ = line.try_send(Said::Cut); // full: its end is the end as well
        }
    }

    /// Says goodbye to everybody after what is under way to them, and waits until they are gone.
    pub async fn close_all(&self) {
        self.lines.borrow_mut().clear();
        let gone = async {
            while self.connected.get() > 0 {
                self.left.notified().await;
            }
        };
        // Who does not go by itself is cut off by the simulator's end.
        let _ = timeout(PATIENCE, gone).await;
    }

    /// A client's text frame.
    pub fn on_text(&self, from: Connection, text: &str) {
        let market = self.time();
        self.pull(market, usize::MAX);
        let now = Now { clock: self.clock.utc(), market };
        self.exchange.borrow_mut().on_text(from, text, now);
        self.pull(self.horizon(), usize::MAX);
        self.changed.notify_one();
    }

    /// Up to when there is nothing to wait for: at full speed all of time, once the source has ended.
    fn horizon(&self) -> Nanos {
        let ended = self.source.borrow().next_time().is_none();
        if ended && self.pace == Pace::Max { Nanos(i64::MAX) } else { self.time() }
    }

    fn deliver(&self) {
        let said = self.exchange.borrow_mut().take_said();
        let mut lines = self.lines.borrow_mut();
        for (to, said) in said {
            if lines.get(&to).is_some_and(|line| line.try_send(said).is_err()) {
                warn!("a client of order entry does not read: cut off");
                lines.remove(&to);
            }
        }
    }

    /// Does what is on its way when it is due.
    pub async fn keep_time(&self) {
        loop {
            let due = self.exchange.borrow().next_due();
            match due {
                Some(due) if due <= self.horizon() => self.pull(self.horizon(), usize::MAX),
                Some(due) if self.running.get().is_some() => {
                    let wait = self.real(due.0.saturating_sub(self.time().0)).max(Duration::from_millis(1));
                    tokio::select! {
                        () = sleep(wait) => {}
                        () = self.changed.notified() => {}
                    }
                }
                _ => self.changed.notified().await,
            }
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // pacing, not arithmetic
fn scaled(elapsed: Duration, speed: f64) -> i64 {
    (elapsed.as_nanos() as f64 * speed) as i64
}

#[allow(clippy::cast_precision_loss)]
fn unscaled(ns: i64, speed: f64) -> Duration {
    Duration::from_secs_f64((ns as f64 / 1e9 / speed).clamp(0.0, 3600.0))
}
