//! A recording's frames through the feeds, books and, if it is named, shared memory of a session, at any speed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pyrt_engine::clock::SystemClock;
use pyrt_engine::config::Config;
use pyrt_engine::engine::Publisher;
use pyrt_engine::engine::recorded::{self, Playback};
use pyrt_engine::engine::trading::STREAM;
use pyrt_engine::market_data::records::{instruments_file, npy};
use pyrt_engine::market_data::venues::Venue;
use pyrt_engine::market_data::{BookTop, Counters, Recording, Sink, replay_while};
use pyrt_engine::model::{Clock, Event, Instrument, Nanos};
use serde_json::{Value, json};

use super::super::signals::Signals;
use super::super::{Layers, say};

/// Between two signs of life in shared memory.
const BEAT: Duration = Duration::from_millis(40);

/// How a recording is played.
pub struct Options<'a> {
    /// Recordings; several are merged.
    pub files: &'a [PathBuf],
    /// How fast its time runs; nothing: as fast as it goes.
    pub speed: Option<f64>,
    /// The segment that its records are published in.
    pub name: Option<&'a str>,
    /// The folder that its records are written to.
    pub output: Option<&'a Path>,
}

/// Whether these are recordings of frames, and not a session's journal.
///
/// # Errors
/// If the first one cannot be read.
pub fn is_recording(files: &[PathBuf]) -> Result<bool, String> {
    let Some(path) = files.first() else { return Ok(false) };
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let container = recorded::Container::open(path).map_err(|error| wrong(&error))?;
    Ok(!matches!(container, Some(recorded::Container::Journal(..))))
}

/// Where what is played goes.
struct Outlet {
    digest: ring::digest::Context,
    records: u64,
    kept: Option<Vec<Event>>,
    publisher: Option<Publisher>,
    speed: Option<f64>,
    begun: Instant,
    first: Option<Nanos>,
    beat: Instant,
    stop: Arc<AtomicBool>,
}

impl Outlet {
    fn wake(&mut self) {
        if let Some(publisher) = &mut self.publisher {
            publisher.wake();
        }
    }

    /// Until it is an input's turn; false if it was told to stop.
    fn wait(&mut self, time: Nanos) -> bool {
        let first = *self.first.get_or_insert(time);
        loop {
            if self.beat.elapsed() >= BEAT {
                self.beat = Instant::now();
                self.wake();
                if let Some(publisher) = &mut self.publisher {
                    publisher.alive(SystemClock.monotonic());
                }
            }
            if self.stop.load(Ordering::Relaxed) {
                return false;
            }
            let Some(speed) = self.speed else { return true };
            #[allow(clippy::cast_precision_loss)] // a day to the microsecond
            let due = (time.0 - first.0).max(0) as f64 / 1e9 / speed;
            let left = due - self.begun.elapsed().as_secs_f64();
            if left <= 0.0 {
                return true;
            }
            self.wake();
            std::thread::sleep(Duration::from_secs_f64(left).min(BEAT));
        }
    }
}

impl Sink for Outlet {
    fn event(&mut self, mut event: Event) {
        event.stamp = self.records;
        self.records += 1;
        self.digest.update(bytemuck::bytes_of(&event));
        if let Some(kept) = &mut self.kept {
            kept.push(event);
        }
        if let Some(publisher) = &mut self.publisher {
            publisher.event(event);
        }
    }

    fn book(&mut self, book: &BookTop<'_>) {
        if let Some(publisher) = &mut self.publisher {
            publisher.book(book);
        }
    }
}

/// What came of it.
struct Outcome {
    frames: u64,
    lost: u64,
    damage: Vec<String>,
    counters: Counters,
}

/// Plays, and says what came of it.
///
/// # Errors
/// In words.
pub fn play(options: &Options<'_>, layers: &Layers) -> Result<(), String> {
    let stop = Arc::new(AtomicBool::new(false));
    heed_signals(&stop)?;
    let playback = Playback::open(options.files).map_err(|error| error.to_string())?;
    let (venues, instruments, config) = match &playback {
        Some(playback) => {
            let venues = playback.venues().collect::<Vec<_>>().join("+");
            (venues, playback.head().instruments.clone(), playback.head().config.clone())
        }
        None => {
            let venue = Venue::of_recording(&mut open(options.files)?).map_err(|error| error.to_string())?;
            let venue = venue.ok_or("none of the messages is of a venue that is known")?;
            let found = venue.infer_instruments(&mut open(options.files)?);
            let found = found.map_err(|error| error.to_string())?;
            let config = layers.load(None).map_err(|error| error.to_string())?;
            (venue.name().to_owned(), found, config)
        }
    };
    let mut outlet = outlet(options, config, &instruments, stop)?;
    let outcome = match playback {
        Some(playback) => play_session(playback, &mut outlet)?,
        None => play_frames(options.files, &instruments, &mut outlet)?,
    };
    let summary = summary(&venues, &outcome, &mut outlet);
    if let (Some(folder), Some(events)) = (options.output, &outlet.kept) {
        save(folder, events, &instruments, &summary)?;
    }
    if let Some(publisher) = outlet.publisher {
        publisher.close();
    }
    say(summary);
    Ok(())
}

fn open(files: &[PathBuf]) -> Result<Recording, String> {
    let frames = |path: &Path| recorded::open(path, STREAM, (None, None));
    Recording::open_with(files, &frames).map_err(|error| error.to_string())
}

fn outlet(
    options: &Options<'_>,
    mut config: Config,
    instruments: &[Instrument],
    stop: Arc<AtomicBool>,
) -> Result<Outlet, String> {
    let publisher = match options.name {
        None => None,
        Some(name) => {
            name.clone_into(&mut config.engine.name);
            let made = recorded::publisher(&config, instruments, &SystemClock);
            Some(made.map_err(|error| error.to_string())?)
        }
    };
    Ok(Outlet {
        digest: ring::digest::Context::new(&ring::digest::SHA256),
        records: 0,
        kept: options.output.map(|_| Vec::new()),
        publisher,
        speed: options.speed,
        begun: Instant::now(),
        first: None,
        beat: Instant::now(),
        stop,
    })
}

fn play_session(playback: Playback, outlet: &mut Outlet) -> Result<Outcome, String> {
    let played = playback.play(outlet, |time, outlet| outlet.wait(time));
    let played = played.map_err(|error| error.to_string())?;
    let damage = played.damage.iter().map(|(path, damage)| format!("{}: {damage:?}", path.display()));
    let (frames, lost, damage) = (played.frames, played.lost, damage.collect());
    Ok(Outcome { frames, lost, damage, counters: played.counters })
}

fn play_frames(
    files: &[PathBuf],
    instruments: &[Instrument],
    outlet: &mut Outlet,
) -> Result<Outcome, String> {
    let mut recording = open(files)?;
    let venue = Venue::of_recording(&mut open(files)?).map_err(|error| error.to_string())?;
    let mut feed = venue.ok_or("none of the messages is of a venue that is known")?.feed(instruments);
    let before = |time: Nanos, outlet: &mut Outlet| outlet.wait(time);
    let replayed = replay_while(&mut recording, feed.as_mut(), outlet, before, |_, _, _| {});
    let replayed = replayed.map_err(|error| error.to_string())?;
    let torn = recording.torn().map(|(path, line)| format!("{}:{line}", path.display()));
    let damage = torn.chain(recording.holes()).collect();
    Ok(Outcome { frames: replayed.frames, lost: 0, damage, counters: feed.counters() })
}

fn summary(venues: &str, outcome: &Outcome, outlet: &mut Outlet) -> Value {
    let digest = outlet.digest.clone().finish();
    let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let seconds = outlet.begun.elapsed().as_secs_f64();
    let Counters { gaps, resyncs, crossed, rejected, checksums, checksums_ok, .. } = outcome.counters;
    #[allow(clippy::cast_precision_loss)] // a rate
    let rate = (outcome.frames as f64 / seconds).round();
    json!({
        "venue": venues, "frames": outcome.frames, "records": outlet.records, "sha256": hex, "gaps": gaps,
        "resyncs": resyncs, "crossed": crossed, "rejected": rejected, "checksums": checksums,
        "checksums_ok": checksums_ok, "lost": outcome.lost, "damage": outcome.damage, "seconds": seconds,
        "frames_per_second": rate,
    })
}

fn save(folder: &Path, events: &[Event], instruments: &[Instrument], summary: &Value) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(wrong)?;
    npy::write(&folder.join("records.npy"), events)?;
    let table = instruments_file::text(instruments, events.len(), summary);
    std::fs::write(folder.join("records.json"), table).map_err(wrong)
}

/// A signal ends what is played; what has been played is told.
fn heed_signals(stop: &Arc<AtomicBool>) -> Result<(), String> {
    let stop = Arc::clone(stop);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let mut signals = runtime.block_on(async { Signals::listen() }).map_err(|error| error.to_string())?;
    std::thread::spawn(move || {
        runtime.block_on(signals.next());
        stop.store(true, Ordering::Relaxed);
    });
    Ok(())
}
