//! A session decided again from its journal: to be compared, to be gone on with, or for what it held.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use tracing::subscriber::{NoSubscriber, with_default};
use tracing::warn;

use super::super::EngineError;
use super::super::core::{Core, Moment, Snapshot};
use super::super::feeds::Feeds;
use super::super::preparation::DEMO;
use super::super::trading::{Parts, Rebuilt, Replay, Retraced, Telling, Trading};
use super::super::venue;
use super::folder::Session;
use super::head::Head;
use super::{FLAT, WAYS_OUT, refused};
use crate::config::Config;
use crate::execution::venues::binance::{BinanceOrderEntry, Credentials, Options};
use crate::journal::Tail;
use crate::model::{Instrument, InstrumentId};
use crate::risk::Limits;

/// Inputs between two signs of life.
const BETWEEN_BEATS: u32 = 1_024;

/// Decides a session's journal again with the configuration that it ran with, and compares.
///
/// # Errors
/// If the journal cannot be read or is none of a session that traded, or the configuration is refused.
pub fn decide_again(config: &Config, journal: &Path) -> Result<Retraced, EngineError> {
    let mut again = Again::begin(config, journal, &mut |_| {})?;
    again.replay(None)
}

/// A recorded session at its start.
pub(in super::super) struct Again {
    parts: Parts,
    head: Head,
    feeds: Feeds,
    trading: Option<Trading>,
}

impl Again {
    /// Warms its strategies up and gives them what an earlier session left; `told` hears what they live through.
    pub(in super::super) fn begin(
        config: &Config,
        journal: &Path,
        told: &mut dyn FnMut(Moment<'_>),
    ) -> Result<Again, EngineError> {
        let parts = Parts::find(journal).map_err(refused)?;
        let head = Head::read(&parts)?.ok_or_else(|| {
            refused("the journal has no table of instruments: it is none of a session that traded")
        })?;
        let (feeds, trading) = at_start(config, &head, told)?;
        Ok(Again { parts, head, feeds, trading: Some(trading) })
    }

    /// Number of the start, and its instruments.
    pub(in super::super) fn terms(&self) -> (u16, &[Instrument]) {
        (self.head.run, &self.head.terms.instruments)
    }

    /// Its strategies, until they are told anything.
    pub(in super::super) fn core(&self) -> Option<&Core> {
        self.trading.as_ref().map(Trading::core)
    }

    /// Gives it its inputs, and compares.
    pub(in super::super) fn replay(
        &mut self,
        telling: Option<&mut Telling>,
    ) -> Result<Retraced, EngineError> {
        let trading = self.trading.take().ok_or_else(|| refused("the session was decided again before"))?;
        let mut replay = Replay::new(&mut self.feeds, trading);
        if let Some(telling) = telling {
            replay = replay.telling(telling);
        }
        self.parts.entries(|entry| replay.take(entry)).map_err(refused)?;
        Ok(replay.finish())
    }
}

/// Feeds and trading half of a recorded session, which talk to nobody.
fn at_start(
    config: &Config,
    head: &Head,
    told: &mut dyn FnMut(Moment<'_>),
) -> Result<(Feeds, Trading), EngineError> {
    let rows = &head.terms.instruments;
    let instruments: Vec<_> = (0..).map(InstrumentId).zip(rows.iter().cloned()).collect();
    let credentials = Credentials::from_secret(DEMO.0, DEMO.1).map_err(refused)?; // the log-on is not in a journal
    let options = Options { recv_window_ms: config.trading.recv_window_ms };
    let traded: Vec<_> = instruments.iter().filter(|(_, one)| venue::is_traded(one)).cloned().collect();
    let entry = BinanceOrderEntry::new(credentials, &traded, options);
    let limits = Limits::from_toml(&head.terms.limits).map_err(refused)?;
    let core = head.core(config, limits, head.history(config)?.as_ref(), told)?;
    Ok((venue::feeds(config, &instruments), Trading::new(core, entry, None)))
}

/// The session as its engine left it. What was logged then is not logged again.
pub(super) fn rebuild(
    parts: &Parts,
    feeds: &mut Feeds,
    trading: Trading,
    beat: &mut dyn FnMut(),
) -> Result<Rebuilt, EngineError> {
    let path = parts.first().display();
    let mut replay = Replay::new(feeds, trading);
    let mut taken = 0_u32;
    let entries = AssertUnwindSafe(|| {
        with_default(NoSubscriber::default(), || {
            parts.entries(|entry| {
                taken = taken.wrapping_add(1);
                if taken.is_multiple_of(BETWEEN_BEATS) {
                    beat();
                }
                replay.take(entry)
            })
        })
    });
    let tail = catch_unwind(entries)
        .map_err(|_| refused(format!("{path}: the engine panics when it decides this again: {WAYS_OUT}")))?
        .map_err(|error| refused(format!("{error}; put back what is missing, {FLAT}")))?;
    if let Tail::Torn { at } = tail {
        warn!(%path, at, "the last file ends with an entry that was not finished: cut off");
    }
    let rebuilt = replay.rebuild();
    if let Some(parted) = &rebuilt.result.parted {
        return Err(refused(format!(
            "{path}: decided again, its input {} leads to something else than it did: this build, or a library of a \
             model, is another than then; {WAYS_OUT}",
            parted.input
        )));
    }
    Ok(rebuilt)
}

/// What a session held whose engine died, found with the configuration and the objects that it ran with.
pub(super) fn positions(last: &Session, beat: &mut dyn FnMut()) -> Result<Snapshot, EngineError> {
    let path = last.parts.first().display();
    let terms = &last.head.terms;
    if let Some(other) = terms.objects.iter().find(|object| !object.is_there()) {
        let (strategy, object) = (&other.strategy, other.path.display());
        return Err(refused(format!(
            "{path}: to find its positions, strategy {strategy:?} must be decided again, and {object} is not the file \
             that it was: put it back, {FLAT}"
        )));
    }
    let mut config = Config::parse(&terms.configuration)
        .map_err(|error| refused(format!("{path}: its configuration cannot be used: {error}; {FLAT}")))?;
    for strategy in &mut config.strategies {
        let own = terms.objects.iter().find(|object| object.strategy == strategy.name);
        if let Some(own) = own {
            strategy.code.clone_from(&own.path);
        }
    }
    let (mut feeds, trading) = at_start(&config, &last.head, &mut |_| {})?;
    let rebuilt = rebuild(&last.parts, &mut feeds, trading, beat)?;
    Ok(rebuilt.trading().core().snapshot())
}
