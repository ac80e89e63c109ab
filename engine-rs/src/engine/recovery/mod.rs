//! What a start begins with. A session whose engine died goes on from its journal, under the terms that it began with;
//! one that ended leaves its positions, its money and orders in doubt to a new session.
//!
//! | file | noun |
//! |---|---|
//! | `folder.rs` | the journals of an engine in a folder, and their lock |
//! | `head.rs` | what a session's journal begins with |
//! | `terms.rs` | all that decides beside the inputs, and what of it is other now |
//! | `rebuilding.rs` | a session decided again, as its engine left it |

mod folder;
mod head;
mod rebuilding;
mod terms;

use std::fs::File;

use serde_json::Value as Json;
use tracing::{info, warn};

use crate::config::{Config, Recover};
use crate::journal::{EntryKind, Header, Journal};
use crate::model::{Clock, Instrument, InstrumentId, Money, Nanos};
use crate::risk::Limits;

use super::core::{Core, Moment, Snapshot};
use super::feeds::Feeds;
use super::history::History;
use super::trading::{Recorder, Trading, part};
use super::{EngineError, preparation, venue};
use folder::{Folder, Session};
use head::Head;
pub(super) use head::{described, instrument_of};
pub(super) use rebuilding::Again;
pub use rebuilding::decide_again;
use terms::Terms;

/// A start's feeds and trading half, and what it took over.
pub(super) struct Prepared {
    pub(super) feeds: Feeds,
    pub(super) trading: Option<Trading>,
    /// The session goes on: a restart is its next input.
    pub(super) goes_on: bool,
    /// What was taken over, in words.
    pub(super) taken: Option<String>,
    /// Nobody else may write the journal meanwhile.
    pub(super) lock: Option<File>,
}

/// What a start knows before it looks for a session.
pub(super) struct Start<'a> {
    pub(super) config: &'a Config,
    pub(super) instruments: &'a [(InstrumentId, Instrument)],
    pub(super) session: Nanos,
    pub(super) clock: &'a dyn Clock,
}

fn refused(error: impl std::fmt::Display) -> EngineError {
    EngineError::Trading(error.to_string())
}

/// The last way out.
const FLAT: &str = "or start flat: --set journal.recover=none";

/// The ways out when a session cannot go on.
const WAYS_OUT: &str = "start once as before; or take over its positions, money and orders only: \
     --set journal.recover=positions; or nothing at all, flat: --set journal.recover=none";

impl Start<'_> {
    /// Looks for the last session, and takes over from it what `journal.recover` says. `beat` is called now and then.
    pub(super) fn prepare(&self, beat: &mut dyn FnMut()) -> Result<Prepared, EngineError> {
        let Start { config, instruments, .. } = self;
        if config.strategies.is_empty() {
            let feeds = venue::feeds(config, instruments);
            return Ok(Prepared { feeds, trading: None, goes_on: false, taken: None, lock: None });
        }
        let folder = Folder::open(config)?;
        let terms = Terms::of(config, &self.table())?;
        if config.journal.recover == Recover::None {
            return self.begin_flat(folder, terms);
        }
        let Some(last) = folder.newest()? else { return self.begin(folder, terms, None, None) };
        let (then, now) = (last.head.terms.mode(), terms.mode());
        if then != now {
            return Err(refused(format!(
                "the last session's trading.mode was {then}, and is {now} now: what it held is not there; set another \
                 journal.directory, {FLAT}"
            )));
        }
        let run = Some(last.head.run);
        match last.ended()? {
            Some(left) => {
                beat();
                self.begin(folder, terms, run, Some(left))
            }
            None if config.journal.recover == Recover::Positions => {
                let left = rebuilding::positions(&last, beat)?;
                self.begin(folder, terms, run, Some(left))
            }
            None => self.go_on(folder, &terms, &last, beat),
        }
    }

    /// A new session, whatever there was; it need not even be readable.
    fn begin_flat(&self, folder: Folder, terms: Terms) -> Result<Prepared, EngineError> {
        if folder.highest()?.is_some() {
            warn!(
                "journal.recover is \"none\": starts flat whatever the last session held, and cancels the orders it finds"
            );
        }
        let run = folder.newest().ok().flatten().map(|last| last.head.run);
        self.begin(folder, terms, run, None)
    }

    /// A new session, perhaps with what the last one left.
    fn begin(
        &self,
        folder: Folder,
        terms: Terms,
        last_run: Option<u16>,
        before: Option<Snapshot>,
    ) -> Result<Prepared, EngineError> {
        let Start { config, session, .. } = self;
        let run = run_after(last_run, *session);
        let history = config.trading.history.as_deref().map(History::read).transpose().map_err(refused)?;
        let described = history.as_ref().map_or(Json::Null, History::described);
        let head = Head { begun: *session, run, terms, history: described, before };
        let (feeds, trading) = self.at_start(&head, history.as_ref())?;
        let taken = head.before.as_ref().map(|before| taken(before, trading.core()));
        // The clock may have been set back, and the newest must be the newest.
        let number = folder.highest()?.map_or(session.0, |last| session.0.max(last + 1));
        let header = Header {
            session_id: number.unsigned_abs(),
            created: *session,
            monotonic_at_created: self.clock.monotonic(),
            closed: false,
        };
        let path = folder.first(number);
        let mut recorder = Recorder::create(&path, config.journal.capacity, &header).map_err(refused)?;
        info!(path = %path.display(), "journal");
        head.write(&mut recorder)?;
        let trading = Some(trading.with_tape(Box::new(recorder)));
        Ok(Prepared { feeds, trading, goes_on: false, taken, lock: Some(folder.lock) })
    }

    /// The last session, as its engine left it.
    fn go_on(
        &self,
        folder: Folder,
        terms: &Terms,
        last: &Session,
        beat: &mut dyn FnMut(),
    ) -> Result<Prepared, EngineError> {
        let path = last.parts.first().display();
        let differences = last.head.terms.differences(terms);
        if !differences.is_empty() {
            let differences = differences.join("; ");
            return Err(refused(format!(
                "the session of {path} did not end, and the terms are others now ({differences}): {WAYS_OUT}"
            )));
        }
        let history = last.head.history(self.config)?;
        let (mut feeds, trading) = self.at_start(&last.head, history.as_ref())?;
        let rebuilt = rebuilding::rebuild(&last.parts, &mut feeds, trading, beat)?;
        let inputs = rebuilt.result.inputs;
        let core = rebuilt.trading().core();
        let live = core.orders().live().count();
        let held = held(core);
        let taken = Some(format!("recovered after {inputs} inputs: {live} orders live, {held}"));
        beat(); // a file of this size is read more than once
        let recorder = Recorder::resume(last.parts.first(), last.parts.count(), self.config.journal.capacity);
        let trading = rebuilt.go_on(Box::new(recorder.map_err(refused)?)).map_err(refused)?;
        info!(%path, "journal");
        Ok(Prepared { feeds, trading: Some(trading), goes_on: true, taken, lock: Some(folder.lock) })
    }

    /// Feeds and trading half as they are when a session with this head begins.
    fn at_start(&self, head: &Head, history: Option<&History>) -> Result<(Feeds, Trading), EngineError> {
        let Start { config, instruments, .. } = self;
        let entry = preparation::order_entry_session(config, instruments)?;
        let core = head.core(config, preparation::limits(config)?, history, &mut |_| {})?;
        Ok((venue::feeds(config, instruments), Trading::new(core, entry, None)))
    }

    fn table(&self) -> Vec<Instrument> {
        self.instruments.iter().map(|(_, instrument)| instrument.clone()).collect()
    }
}

impl Session {
    /// What it left, if it ended: its last entry says so.
    fn ended(&self) -> Result<Option<Snapshot>, EngineError> {
        let parts = &self.parts;
        let journal = Journal::open(&part(parts.first(), parts.count())).map_err(refused)?;
        let last = journal.entries().last().filter(|entry| entry.kind == EntryKind::Snapshot as u16);
        let Some(last) = last else { return Ok(None) };
        if parts.count() == 1 && journal.entries().count() <= 3 {
            return Ok(None); // it is the one that the session began with
        }
        let json = serde_json::from_slice(last.payload).ok();
        json.as_ref().and_then(Snapshot::from_json).map(Some).ok_or_else(|| {
            let path = journal.path().display();
            refused(format!("{path}: ends with a snapshot that this version does not know: {WAYS_OUT}"))
        })
    }
}

impl Head {
    /// The core as it is when the session begins.
    fn core(
        &self,
        config: &Config,
        limits: Limits,
        history: Option<&History>,
        told: &mut dyn FnMut(Moment<'_>),
    ) -> Result<Core, EngineError> {
        let rows = &self.terms.instruments;
        let recorded = self.terms.cash().unwrap_or(config.trading.cash);
        let cash = self.before.as_ref().map_or(Money::from_f64(recorded), |before| before.cash);
        let mut core = preparation::core(config, rows, (self.run, cash), limits)?;
        if let Some(history) = history {
            history.feed(&mut core, rows, self.begun, told).map_err(refused)?;
        }
        if let Some(before) = &self.before {
            let no_place = |error| refused(format!("{error}; start once as before, {FLAT}"));
            core.restore(before).map_err(no_place)?;
            told(Moment::TakenOver);
        }
        Ok(core)
    }

    /// What its strategies were warmed up with: where it was, else where it is said to be now.
    fn history(&self, config: &Config) -> Result<Option<History>, EngineError> {
        let moved_to = config.trading.history.as_deref();
        History::again(&self.history, None)
            .or_else(|gone| moved_to.map_or(Err(gone), |path| History::again(&self.history, Some(path))))
            .map_err(refused)
    }
}

/// Numbers of starts grow, so that no order id comes twice, also when two starts fall into one second.
fn run_after(last: Option<u16>, session: Nanos) -> u16 {
    let by_clock = u16::try_from(session.0 / 1_000_000_000 % 65_536).unwrap_or_default();
    match last {
        Some(last) if !(1..32_768).contains(&by_clock.wrapping_sub(last)) => last.wrapping_add(1),
        _ => by_clock,
    }
}

fn taken(before: &Snapshot, core: &Core) -> String {
    if before.killed {
        warn!("the kill switch was pulled when the last session ended; this start has released it");
    }
    format!("took over from the last session: {} orders to be canceled, {}", before.orders.len(), held(core))
}

/// What is held, in words.
fn held(core: &Core) -> String {
    let mut words = Vec::new();
    for (number, name) in (0..).zip(core.names()) {
        for instrument in core.instruments_of(usize::from(number)) {
            let state = core.position_state(number, instrument, Nanos(0));
            if state.qty != 0.0 {
                words.push(format!("{name} holds {} of {}", state.qty, core.name_of(instrument)));
            }
        }
    }
    if words.is_empty() { "flat".to_owned() } else { words.join(", ") }
}
