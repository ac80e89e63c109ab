//! When which frame is due.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::model::Nanos;

use super::hub::Hub;
use super::trading::Floor;
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
    /// Where it meets orders.
    pub floor: Rc<Floor>,
    /// To whom frames go.
    pub hub: Rc<Hub>,
    /// How fast.
    pub pace: Pace,
    /// Who has a book already.
    pub asked: Rc<Asked>,
    /// Told when a held source may begin.
    pub released: Option<Rc<Notify>>,
}

impl Driver {
    /// Runs to the source's end.
    pub async fn run(&self) {
        self.hub.heard().await;
        if let Some(released) = &self.released {
            released.notified().await;
        }
        self.floor.open();
        let waits = self.source.borrow().waits_for_clients();
        let mut diffs_seen = BTreeMap::new();
        loop {
            // An order may have made frames ready, too.
            while let Some(frame) = self.floor.next_ready() {
                if waits && self.pace == Pace::Max {
                    self.wait_for_snapshot(&frame, &mut diffs_seen).await;
                }
                self.hub.broadcast(&frame).await;
            }
            if waits && !self.hub.is_heard() {
                self.floor.stop_clock();
                self.hub.heard().await;
            }
            let next = self.source.borrow().next_time();
            let Some(next) = next else { return };
            match self.pace {
                Pace::Max => {
                    let limit = if waits && self.asks_outstanding() { 1 } else { BATCH };
                    self.floor.pull(Nanos(i64::MAX), limit);
                }
                Pace::Times(_) => {
                    let until = self.floor.start_clock(next);
                    if until < next {
                        sleep(self.floor.real(next.0 - until.0)).await;
                        continue;
                    }
                    self.floor.pull(until, BATCH);
                }
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
