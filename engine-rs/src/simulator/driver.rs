//! When which frame is due.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::model::{Clock, Nanos};

use super::hub::Hub;
use super::{Frame, Source};

/// Frames between two looks at the sockets.
const BATCH: usize = 256;
/// At full speed a symbol's second diff waits so long for a snapshot to be asked for.
const SNAPSHOT_WAIT: Duration = Duration::from_secs(5);

/// How fast a source's time runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// So many seconds a second.
    Times(f64),
    /// As fast as the clients read.
    Max,
}

/// What happens when the source has nothing more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtEnd {
    /// Connections stay open, REST goes on.
    #[default]
    Hold,
    /// Connections are closed and the simulator stops.
    Close,
}

/// Which symbols' snapshots have been asked for.
#[derive(Default)]
pub struct Asked {
    symbols: RefCell<BTreeSet<String>>,
    changed: Notify,
}

impl Asked {
    /// A snapshot of `symbol` has been served.
    pub fn note(&self, symbol: &str) {
        self.symbols.borrow_mut().insert(symbol.to_owned());
        self.changed.notify_waiters();
    }

    fn has(&self, symbol: &str) -> bool {
        self.symbols.borrow().contains(symbol)
    }
}

/// Moves a source through time and its frames to the clients.
pub struct Driver {
    /// What is served.
    pub source: Rc<RefCell<Box<dyn Source>>>,
    /// To whom.
    pub hub: Rc<Hub>,
    /// How fast.
    pub pace: Pace,
    /// Who has a book already.
    pub asked: Rc<Asked>,
    /// Decides when the source begins.
    pub clock: Arc<dyn Clock>,
}

impl Driver {
    /// Runs to the source's end.
    pub async fn run(&self) {
        self.hub.heard().await;
        self.source.borrow_mut().begin(self.clock.utc());
        let waits = self.source.borrow().waits_for_clients();
        let mut diffs_seen = BTreeMap::new();
        let mut anchor = None;
        let mut frames = Vec::with_capacity(BATCH);
        loop {
            if waits && !self.hub.is_heard() {
                self.hub.heard().await;
                anchor = None;
            }
            let Some(next) = self.source.borrow().next_time() else { return };
            let (until, limit) = match self.pace {
                Pace::Max => (Nanos(i64::MAX), if waits && self.asks_outstanding() { 1 } else { BATCH }),
                Pace::Times(speed) => {
                    let (begun, origin) = *anchor.get_or_insert((Instant::now(), next));
                    let until = Nanos(origin.0 + scaled(begun.elapsed(), speed));
                    if until < next {
                        sleep(unscaled(next.0 - until.0, speed)).await;
                        continue;
                    }
                    (until, BATCH)
                }
            };
            self.source.borrow_mut().advance(until, limit, &mut frames);
            for frame in frames.drain(..) {
                if waits && self.pace == Pace::Max {
                    self.wait_for_snapshot(&frame, &mut diffs_seen).await;
                }
                self.hub.broadcast(&frame).await;
            }
            tokio::task::yield_now().await;
        }
    }

    fn asks_outstanding(&self) -> bool {
        let source = self.source.borrow();
        source.listings().iter().any(|listing| !self.asked.has(&listing.symbol))
    }

    /// At full speed nothing but this keeps a recording from ending before a client has its first snapshot.
    async fn wait_for_snapshot(&self, frame: &Frame, diffs_seen: &mut BTreeMap<String, u64>) {
        let Some((name, _)) = frame.stream.split_once("@depth") else { return };
        let symbol = name.to_uppercase();
        if self.asked.has(&symbol) || !self.hub.hears(&frame.stream) {
            return;
        }
        let seen = diffs_seen.entry(symbol.clone()).or_default();
        *seen += 1;
        if *seen == 2 {
            let asked = async {
                loop {
                    let changed = self.asked.changed.notified();
                    if self.asked.has(&symbol) {
                        return;
                    }
                    changed.await;
                }
            };
            // Nobody has to ask: a client may want the diffs alone.
            let _ = timeout(SNAPSHOT_WAIT, asked).await;
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
