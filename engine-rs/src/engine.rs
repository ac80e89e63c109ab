//! The one room where desks meet. One thread owns the decision path: it pops what the network brought, lets the feed
//! turn it into books and records, and publishes them. It allocates nothing per message and waits for nobody.
//!
//! | file | noun |
//! |---|---|
//! | `engine/decision.rs` | the decision thread's loop |
//! | `engine/core/` | the deterministic trading core |
//! | `engine/hosting/` | a compiled strategy and all that it sees, for replay and trading |
//! | `engine/publisher.rs` | a feed's results to shared memory |
//! | `engine/trading/` | the core with its session at the venue and its journal |
//! | `engine/venue.rs` | the configured venue: its instruments, its feed, its connection |

pub mod core;
mod decision;

mod hosting;
mod publisher;
pub mod trading;
mod venue;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use thiserror::Error;
use tracing::{error, info, warn};

use crate::config::Config;
use crate::ipc::{IpcError, Segment, SegmentOptions};
use crate::market_data::{Counters, Feed};
use crate::model::{Clock, Instrument, Reason};
use crate::net::IoCounters;

use decision::Idle;
pub use publisher::Publisher;

/// Why an engine did not start, or did not end well.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The venue does not answer, or not with what is needed.
    #[error("{0}")]
    Venue(String),
    /// The segment cannot be made.
    #[error(transparent)]
    Memory(#[from] IpcError),
    /// The machine gives no thread or no event queue.
    #[error("the input/output thread cannot start: {0}")]
    Thread(#[from] std::io::Error),
    /// The decision thread panicked: books were marked, the segment is closed.
    #[error("the decision thread panicked: {0}")]
    Panic(String),
}

/// What an engine has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The feed's counters.
    pub feed: Counters,
    /// Records published.
    pub records: u64,
    /// Connections made.
    pub connects: u64,
    /// Connections lost.
    pub disconnects: u64,
    /// Connections given up because the queue was full.
    pub overflows: u64,
}

/// What a run is given beside its configuration.
pub struct Surroundings<'a> {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Of the jitter between reconnections.
    pub seed: u64,
    /// Set to end the run; looked at several times a second.
    pub stop: &'a AtomicBool,
}

/// Runs until `stop` is set, on the calling thread.
///
/// # Errors
/// [`EngineError`]; the segment is gone in any case.
pub fn run(config: &Config, surroundings: &Surroundings<'_>) -> Result<Summary, EngineError> {
    let clock = &surroundings.clock;
    let mut publisher = open_segment(config, clock.as_ref())?;
    let Some(found) = venue::instruments(config, surroundings, &mut publisher)? else {
        return Ok(Summary::default()); // stopped before the venue answered
    };
    let mut instruments = Vec::with_capacity(found.len());
    for instrument in found {
        let id = publisher.add_instrument(&instrument)?;
        instruments.push((id, instrument));
    }
    info!(name = config.engine.name, instruments = instruments.len(), "running");
    operate(config, &mut venue::feed(config, &instruments), publisher, surroundings)
}

/// The decision path of a feed from the first input to the stop, its panics included.
///
/// # Errors
/// [`EngineError::Panic`], after the books have been marked and the segment closed.
pub fn operate(
    config: &Config,
    feed: &mut dyn Feed,
    mut publisher: Publisher,
    surroundings: &Surroundings<'_>,
) -> Result<Summary, EngineError> {
    let Surroundings { clock, stop, .. } = surroundings;
    let mut link = venue::connect(config, surroundings, feed.stream_path())?;
    let idle = Idle::on_this_machine(config.engine.spin);
    let ended = catch_unwind(AssertUnwindSafe(|| {
        decision::run(feed, &mut link, &mut publisher, &idle, clock.as_ref(), stop);
        let counters = feed.counters(); // the stop itself is no event to be counted
        feed.on_disconnected(clock.utc(), &mut publisher);
        counters
    }));
    let reason = if ended.is_ok() { Reason::Operator } else { Reason::None };
    publisher.halt(reason, clock.utc());
    let outcome = ended.map_err(|panic| EngineError::Panic(words(panic.as_ref())));
    let counters = outcome.as_ref().copied().unwrap_or_default();
    let summary = summarize(counters, link.counters(), publisher.published());
    drop(link);
    publisher.close();
    report(&summary);
    if let Err(error) = &outcome {
        error!(%error, "halted");
    }
    outcome.map(|_| summary)
}

fn open_segment(config: &Config, clock: &dyn Clock) -> Result<Publisher, EngineError> {
    let memory = &config.shared_memory;
    let producer = Segment::create(&SegmentOptions {
        ring_capacity: memory.ring_capacity,
        max_instruments: memory.max_instruments,
        book_depth: memory.book_depth,
        mode: memory.mode,
        ..SegmentOptions::new(&config.engine.name, clock.utc(), clock.monotonic())
    })?;
    if let Some(pid) = producer.reclaimed() {
        warn!(pid, "took over the segment of an engine that died");
    }
    info!(path = %producer.path().display(), "segment");
    Ok(Publisher::new(producer, memory.book_depth as usize))
}

fn summarize(feed: Counters, io: &IoCounters, records: u64) -> Summary {
    Summary {
        feed,
        records,
        connects: io.connects.load(Ordering::Relaxed),
        disconnects: io.disconnects.load(Ordering::Relaxed),
        overflows: io.overflows.load(Ordering::Relaxed),
    }
}

fn report(summary: &Summary) {
    let Summary { feed, records, connects, disconnects, overflows } = summary;
    info!(
        frames = feed.frames,
        records,
        gaps = feed.gaps,
        resyncs = feed.resyncs,
        snapshots = feed.snapshots,
        rejected = feed.rejected,
        connects,
        disconnects,
        overflows,
        "stopped"
    );
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
}

/// Instruments that an engine publishes, for tests that bring their own feed.
///
/// # Errors
/// If the segment cannot be made, or an instrument does not fit its row.
pub fn publish_to(
    config: &Config,
    clock: &dyn Clock,
    instruments: &[Instrument],
) -> Result<Publisher, EngineError> {
    let mut publisher = open_segment(config, clock)?;
    for instrument in instruments {
        publisher.add_instrument(instrument)?;
    }
    Ok(publisher)
}
