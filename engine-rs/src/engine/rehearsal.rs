//! A configuration played through on a recording, against the simulated venue, as fast as it goes: the feed, the core,
//! the strategies, the limits, order entry, the journal and the segment are those of a run; the sockets are left out, and
//! time is the recording's. Twice the same gives the same orders, fills and money. What a message takes is measured, the
//! venue's part left out.

use std::fs::{self, File};
use std::path::PathBuf;

use bytes::Bytes;

use crate::clock::SystemClock;
use crate::config::{Config, Mode, Recover, VenueKey};
use crate::messaging::AccountState;
use crate::model::{Instrument, InstrumentId, Nanos};
use crate::monitoring::latency::Latency;
use crate::net::Input;
use crate::simulator::{Listing, LocalVenue, Replay, TradingOptions};

use super::bench::{self, Bench, Live, Orders};
use super::decision::BEAT;
use super::feeds::Feeds;
use super::recovery::{Prepared, Start};
use super::trading::{Entry, World};
use super::{EngineError, Summary, open_segment};

/// A venue that does not answer to its own answers any more.
const ROUNDS: usize = 1_000;

/// What a rehearsal is given beside its configuration.
pub struct Options {
    /// Recorded frames, merged by time.
    pub recordings: Vec<PathBuf>,
    /// What is traded; none: inferred from the recordings.
    pub instruments: Option<Vec<Instrument>>,
    /// The venue: latencies, fees, the account.
    pub venue: TradingOptions,
    /// So many messages at the start are not timed.
    pub warm: u64,
    /// What is measured, ns of the machine's time in earnest.
    pub clock: fn() -> i64,
    /// Keeps the journal in this folder; else it lies in the configured one and is removed.
    pub journal: Option<PathBuf>,
}

/// What a rehearsal has done.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsed {
    /// Counts and latencies.
    pub summary: Summary,
    /// At the end.
    pub account: AccountState,
}

fn refused(error: impl std::fmt::Display) -> EngineError {
    EngineError::Trading(error.to_string())
}

/// Plays the recordings through the configured engine.
///
/// # Errors
/// If the recordings cannot be read or lack a configured symbol, or the configuration is refused.
pub fn rehearse(config: &Config, options: &Options) -> Result<Rehearsed, EngineError> {
    if config.strategies.is_empty() {
        return Err(refused("the configuration has no strategies: there is nothing to rehearse"));
    }
    let replay = match &options.instruments {
        Some(instruments) => Replay::with_instruments(&options.recordings, instruments),
        None => Replay::open(&options.recordings),
    };
    let local = LocalVenue::new(Box::new(replay.map_err(refused)?), &options.venue).map_err(refused)?;
    let begin = local.source().next_time().ok_or_else(|| refused("the recording has no frames"))?;
    let config = indoors(config, options);
    let done = Rehearsal::new(&config, local, begin, options).map(Rehearsal::run);
    if options.journal.is_none() {
        // There is none if the rehearsal did not begin.
        let _ = fs::remove_dir_all(&config.journal.directory);
    }
    done
}

/// The configuration of an engine that goes nowhere: no key of a venue is used, and what another engine of that name has
/// is left alone.
fn indoors(config: &Config, options: &Options) -> Config {
    let mut config = config.clone();
    config.engine.name = format!("rehearsal-{}", std::process::id());
    config.journal.directory = match &options.journal {
        Some(folder) => folder.clone(),
        None => config.journal.directory.join(&config.engine.name),
    };
    config.journal.recover = Recover::None;
    (config.trading.mode, config.trading.secrets) = (Mode::Paper, None);
    config.trading.order_entry = "ws://127.0.0.1".to_owned();
    // The recordings are of the market where strategies trade.
    let others = config.venues.iter_mut().filter(|venue| venue.key != VenueKey::Binance);
    others.for_each(|venue| venue.symbols.clear());
    config
}

struct Rehearsal {
    feeds: Feeds,
    bench: Bench,
    venue: LocalVenue,
    instruments: Vec<Instrument>,
    levels: usize,
    /// Streams that the feed has subscribed to.
    streams: Vec<String>,
    /// Snapshots that are asked for, and not before when.
    asked: Vec<(Nanos, InstrumentId)>,
    now: Nanos,
    _lock: Option<File>,
}

impl Rehearsal {
    fn new(
        config: &Config,
        venue: LocalVenue,
        begin: Nanos,
        options: &Options,
    ) -> Result<Rehearsal, EngineError> {
        let found = instruments(config, venue.source().listings())?;
        let mut publisher = open_segment(config, begin, &SystemClock)?;
        let mut rows = Vec::with_capacity(found.len());
        for instrument in &found {
            rows.push((publisher.add_instrument(instrument)?, instrument.clone()));
        }
        let start = Start { config, instruments: &rows, session: begin, clock: &SystemClock };
        let Prepared { feeds, trading, lock, .. } = start.prepare(&mut || ())?;
        let trading = trading.ok_or_else(|| refused("the configuration has no strategies"))?;
        bench::introduce(&mut publisher, &trading, begin)?;
        let mut live = Live::new(publisher);
        trading.core().warmed_up().for_each(|message| live.say(message));
        live.orders = Orders::Kept(Vec::with_capacity(1 << 16), Vec::with_capacity(64));
        let path = feeds.members().first().map(|member| member.feed.stream_path()).unwrap_or_default();
        let streams = path.split_once("streams=").map_or("", |(_, names)| names);
        Ok(Rehearsal {
            streams: streams.split('/').map(str::to_owned).collect(),
            feeds,
            bench: Bench {
                live,
                trading: Some(trading),
                latency: Latency::new(options.clock, options.warm),
                recorder: None,
            },
            venue,
            instruments: found,
            levels: config.venue(VenueKey::Binance).levels as usize,
            asked: Vec::new(),
            now: begin,
            _lock: lock,
        })
    }

    fn run(mut self) -> Rehearsed {
        self.take(&Input::Connected(self.now));
        self.bench.take_from_venue(&Input::Connected(self.now));
        self.converse();
        let mut beat = self.now.0;
        while let Some(next) = self.venue.next_time() {
            let timer = self.bench.next_timer().map_or(beat, |timer| timer.0.min(beat));
            let asked = self.asked.iter().map(|(at, _)| at.0).min().unwrap_or(i64::MAX);
            if asked <= next.0.min(timer) {
                self.now = self.now.max(Nanos(asked));
                self.answer();
            } else if timer < next.0 {
                self.now = self.now.max(Nanos(timer));
                self.look_at_clock();
                beat = self.now.0 + BEAT;
            } else {
                self.now = self.now.max(next);
                for frame in self.venue.advance(self.now) {
                    if self.streams.iter().any(|stream| **stream == *frame.stream) {
                        self.take(&Input::Frame(Bytes::from(frame.text), self.now));
                        self.converse();
                    }
                }
            }
            self.converse();
        }
        self.end()
    }

    fn take(&mut self, input: &Input) {
        self.bench.take_market_input(&mut self.feeds, 0, input);
        while let Some(request) = self.feeds.next_request() {
            self.asked.push((request.not_before.max(self.now), request.instrument));
        }
    }

    /// The snapshots that are due.
    fn answer(&mut self) {
        let now = self.now;
        for (_, id) in self.asked.extract_if(.., |(at, _)| *at <= now).collect::<Vec<_>>() {
            let symbol = &self.instruments[id.0 as usize].symbol;
            let body = self.venue.snapshot(symbol, self.levels).map(Bytes::from);
            self.take(&Input::Response(id, body, now));
        }
    }

    fn look_at_clock(&mut self) {
        let now = self.now;
        self.bench.journal(&Entry::Time, now);
        self.feeds.on_time(now, &mut self.bench);
        self.bench.on_time(now);
    }

    /// What the engine sends goes to the venue, what the venue says comes back, until nobody has anything to say.
    fn converse(&mut self) {
        for _ in 0..ROUNDS {
            self.post();
            let Some(said) = self.venue.next_said() else { return };
            self.bench.take_from_venue(&Input::Frame(Bytes::from(said), self.now));
        }
    }

    fn post(&mut self) {
        let Orders::Kept(bytes, ends) = &mut self.bench.live.orders else { return };
        let mut begin = 0;
        for end in ends.drain(..) {
            let text = str::from_utf8(&bytes[begin..end]).unwrap_or_default();
            self.venue.on_text(text, self.now);
            begin = end;
        }
        bytes.clear();
    }

    /// What rests is taken back, and heard of.
    fn end(mut self) -> Rehearsed {
        self.bench.wind_down(self.now);
        self.converse();
        let Bench { live, trading, latency, .. } = self.bench;
        let account = trading.map(|trading| trading.core().account_state(self.now)).unwrap_or_default();
        let summary = Summary {
            feed: self.feeds.counters(),
            records: live.publisher.published(),
            trades: live.tally,
            latency: latency.report(),
            ..Summary::default()
        };
        live.publisher.close();
        Rehearsed { summary, account }
    }
}

/// What the configured symbols are at this venue.
fn instruments(config: &Config, listings: &[Listing]) -> Result<Vec<Instrument>, EngineError> {
    let wanted = config.venue(VenueKey::Binance).symbols.iter();
    wanted
        .map(|pair| {
            let listed = listings.iter().find(|listing| listing.pair() == *pair);
            let listed = listed.ok_or_else(|| {
                let known: Vec<_> = listings.iter().map(Listing::pair).collect();
                refused(format!(
                    "venues.binance.symbols: the recording has no {pair}, but {}",
                    known.join(", ")
                ))
            })?;
            listed.instrument().map_err(refused)
        })
        .collect()
}
