//! The one room where desks meet. One thread owns the decision path: it pops what the network brought, lets the feed
//! turn it into books and records, and publishes them. It allocates nothing per message and waits for nobody.
//!
//! | file | noun |
//! |---|---|
//! | `engine/decision.rs` | the decision thread's loop |
//! | `engine/bench.rs` | the decision thread's working place |
//! | `engine/consolidated.rs` | one book an asset over venues |
//! | `engine/feeds/` | the feeds of all venues that are used, two of those that have a connection that stands by |
//! | `engine/preparation.rs` | from the configuration to a trading half |
//! | `engine/health.rs` | how connections to venues stand |
//! | `engine/history.rs` | records of the past that strategies are warmed up with |
//! | `engine/core/` | the deterministic trading core |
//! | `engine/hosting/` | a compiled strategy and all that it sees, for replay and trading |
//! | `engine/programs.rs` | from a file to what a host runs |
//! | `engine/publisher.rs` | a feed's results to shared memory |
//! | `engine/recovery/` | what a start takes over from the last session |
//! | `engine/recorded/` | recorded frames: made, read, played again |
//! | `engine/rehearsal.rs` | a configuration played through on a recording, against the simulated venue, and timed |
//! | `engine/replay.rs` | a strategy on recorded events, against the simulated venue |
//! | `engine/signer.rs` | who speaks to a venue |
//! | `engine/summary.rs` | what an engine has done |
//! | `engine/told.rs` | a journal as what its strategies were told |
//! | `engine/trading/` | the core with its session at the venue and its journal |
//! | `engine/venue.rs` | the configured venues: their instruments, their feeds, their connections |

mod bench;
mod consolidated;
pub mod core;
mod decision;
mod feeds;
mod health;
mod history;
mod hosting;
mod preparation;
pub mod programs;
mod publisher;
pub mod recorded;
mod recovery;
pub mod rehearsal;
pub mod replay;
mod signer;
mod summary;
mod told;
pub mod trading;
mod venue;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use thiserror::Error;
use tracing::{error, info, warn};

use crate::config::Config;
use crate::ipc::{IpcError, Segment, SegmentOptions};
use crate::journal::recording::Recorder;
use crate::market_data::{Counters, Feed};
use crate::model::{Clock, Instrument, InstrumentId, Nanos, Reason};
use crate::net::{IoCounters, Link};

use bench::{Bench, Live, Orders};
use decision::{Idle, Work};
pub use feeds::{Feeds, Member, stream_named};
use health::Health;
pub use publisher::Publisher;
pub use recovery::decide_again;
use recovery::{Prepared, Start};
pub use summary::{Summary, Tally};
pub use told::{Told, tell};
use trading::World;

/// Why an engine did not start, or did not end well.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The venue does not answer, or not with what is needed.
    #[error("{0}")]
    Venue(String),
    /// The segment cannot be made.
    #[error(transparent)]
    Memory(#[from] IpcError),
    /// Limits, keys, strategies, the journal or the messages are refused.
    #[error("{0}")]
    Trading(String),
    /// The machine gives no thread or no event queue.
    #[error("the input/output thread cannot start: {0}")]
    Thread(#[from] std::io::Error),
    /// The decision thread panicked: books were marked, the segment is closed.
    #[error("the decision thread panicked: {0}")]
    Panic(String),
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
    let clock = surroundings.clock.as_ref();
    let session = clock.utc();
    let mut publisher = open_segment(config, session, clock)?;
    let Some(found) = venue::instruments(config, surroundings, &mut publisher)? else {
        return Ok(Summary::default()); // stopped before the venue answered
    };
    let mut instruments = Vec::with_capacity(found.len());
    for instrument in found {
        let id = publisher.add_instrument(&instrument)?;
        instruments.push((id, instrument));
    }
    consolidate(config, &instruments, &mut publisher)?;
    let mut beat = || publisher.heartbeat(clock.monotonic());
    let start = Start { config, instruments: &instruments, session, clock };
    let Prepared { mut feeds, trading, goes_on, taken, lock: _lock } = start.prepare(&mut beat)?;
    beat(); // models, history and the journal may have taken a while
    let mut live = Live::new(publisher);
    live.messenger = preparation::messenger(config, &instruments, session)?;
    if let Some(trading) = &trading {
        bench::introduce(&mut live.publisher, trading, session)?;
        if !goes_on {
            trading.core().warmed_up().for_each(|message| World::say(&mut live, message));
        }
        let endpoint = preparation::order_entry(config)?;
        live.orders = Orders::Connected(venue::connect_orders(config, surroundings, endpoint)?);
    }
    info!(name = config.engine.name, instruments = instruments.len(), "running");
    let mut bench = Bench::new(live, trading);
    bench.recorder = recorded::recorder(config, &instruments, session)?;
    bench.begin(&mut feeds, goes_on, taken, clock.utc());
    work(config, &mut feeds, bench, surroundings)
}

/// Adds the assets whose books are put together.
fn consolidate(
    config: &Config,
    table: &[(InstrumentId, Instrument)],
    publisher: &mut Publisher,
) -> Result<(), EngineError> {
    let fee_of = |id: &InstrumentId| {
        let own = table.iter().find(|(own, _)| own == id);
        let venue = own.map_or("", |(_, instrument)| venue::key_of(instrument).name());
        let fees = config.consolidated.fees_bps.iter();
        fees.clone().find(|(name, _)| name == venue).map_or(0.0, |(_, bps)| bps / 1e4)
    };
    for asset in &config.consolidated.assets {
        let (instrument, members) = consolidated::instrument(asset, table)?;
        let id = publisher.add_instrument(&instrument)?;
        let members: Vec<_> = members.into_iter().map(|member| (member, fee_of(&member))).collect();
        let depth = config.shared_memory.book_depth as usize;
        publisher.add_consolidated(consolidated::Consolidated::new(id, &members, depth));
    }
    Ok(())
}

/// The decision path of a feed from the first input to the stop, its panics included; nothing is traded.
///
/// # Errors
/// [`EngineError::Panic`], after the books have been marked and the segment closed.
pub fn operate(
    config: &Config,
    feed: Box<dyn Feed>,
    publisher: Publisher,
    surroundings: &Surroundings<'_>,
) -> Result<Summary, EngineError> {
    work(config, &mut Feeds::one(feed), Bench::new(Live::new(publisher), None), surroundings)
}

fn work(
    config: &Config,
    feeds: &mut Feeds,
    mut bench: Bench,
    surroundings: &Surroundings<'_>,
) -> Result<Summary, EngineError> {
    let Surroundings { clock, stop, .. } = surroundings;
    let mut links = venue::connect(config, surroundings, feeds)?;
    let mut health = Health::new(feeds, &mut bench.live.publisher, clock.utc())?;
    let idle = Idle::on_this_machine(config.engine.spin);
    let (ended, counters) = {
        let clock = clock.as_ref();
        let mut work =
            Work { feeds, links: &mut links, bench: &mut bench, health: &mut health, idle, clock, stop };
        let ended = catch_unwind(AssertUnwindSafe(|| work.run()));
        // What rests is taken back whatever has happened; a panic here leaves it to the next start.
        let parted = catch_unwind(AssertUnwindSafe(|| work.wind_down()));
        if parted.is_err() {
            error!("orders may still live at the venue");
        }
        if ended.is_ok() && parted.is_ok() {
            work.bench.close(clock.utc()); // else the next start brings the session back
        }
        let counters = work.feeds.counters(); // the stop itself is no event to be counted
        (ended, counters)
    };
    let Bench { mut live, trading, latency, recorder } = bench;
    drop(trading); // closes the journal
    let recording = recorder.map(Recorder::close).unwrap_or_default();
    health.look(feeds, &links, &mut live.publisher, clock.utc());
    if ended.is_ok() {
        feeds.on_all_disconnected(clock.utc(), &mut live.publisher);
    }
    let reason = if ended.is_ok() { Reason::Operator } else { Reason::None };
    live.publisher.halt(reason, clock.utc());
    let outcome = ended.map_err(|panic| EngineError::Panic(words(panic.as_ref())));
    let counters = if outcome.is_ok() { counters } else { Counters::default() };
    let summary = Summary {
        latency: latency.report(),
        venues: health.counts(),
        trades: live.tally,
        recording,
        ..summarize(counters, &links, live.publisher.published())
    };
    drop(links);
    drop(live.orders);
    drop(live.messenger);
    live.publisher.close();
    summary.log();
    if let Err(error) = &outcome {
        error!(%error, "halted");
    }
    outcome.map(|()| summary)
}

fn open_segment(config: &Config, session: Nanos, clock: &dyn Clock) -> Result<Publisher, EngineError> {
    let memory = &config.shared_memory;
    let producer = Segment::create(&SegmentOptions {
        ring_capacity: memory.ring_capacity,
        max_instruments: memory.max_instruments,
        book_depth: memory.book_depth,
        mode: memory.mode,
        group: memory.group,
        wakes: true,
        ..SegmentOptions::new(&config.engine.name, session, clock.monotonic())
    })?;
    if let Some(pid) = producer.reclaimed() {
        warn!(pid, "took over the segment of an engine that died");
    }
    info!(path = %producer.path().display(), "segment");
    Ok(Publisher::new(producer, memory.book_depth as usize))
}

fn summarize(feed: Counters, links: &[Link], records: u64) -> Summary {
    let sum = |counter: fn(&IoCounters) -> &AtomicU64| {
        links.iter().map(|link| counter(link.counters()).load(Ordering::Relaxed)).sum()
    };
    Summary {
        feed,
        records,
        connects: sum(|io| &io.connects),
        disconnects: sum(|io| &io.disconnects),
        overflows: sum(|io| &io.overflows),
        ..Summary::default()
    }
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
    let mut publisher = open_segment(config, clock.utc(), clock)?;
    for instrument in instruments {
        publisher.add_instrument(instrument)?;
    }
    Ok(publisher)
}
