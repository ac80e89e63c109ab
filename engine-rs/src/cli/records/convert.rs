//! A venue's frames, or a session's journal, to records that Python reads.

use std::fs::write;
use std::path::{Path, PathBuf};

use clap::Args;
use pyrt_engine::engine::recorded::{self, Playback};
use pyrt_engine::engine::trading::STREAM;
use pyrt_engine::market_data::records::{instruments_file, npy};
use pyrt_engine::market_data::venues::Venue;
use pyrt_engine::market_data::{BookTop, Recording, Sink, replay};
use pyrt_engine::model::{Event, Nanos};
use serde_json::json;

use super::super::{Exit, Layers, fail, journal, say};
use super::frames;

/// Arguments of `convert`.
#[derive(Args)]
#[command(
    after_help = "IN are recordings of one venue's streams (Binance spot and futures, Coinbase Exchange, Kraken spot and \
futures; Coinbase's `full` and Kraken's `level3` order by order), lines of recv_ts_ns<TAB>message, plain or gzip, with the snapshots of the REST host among them or in a file of \
their own; or what `run --record` made, of one session and all its venues; or sessions' journals (.pyrt). OUT.npy holds EVENT records (trades, quotes, book \
deltas, states) sorted by receive time, stamped 0, 1, 2 …; the instruments table goes beside it.\n\
With --told, of one session's journal (its first file) and the configuration that it ran with: what its strategies were \
told, and in OUT.decisions.npy what they asked for; a journal that is not decided again to the same is refused.\n\n\
Examples:\n  pyrt-engine convert day.tsv.gz -o day.npy          writes day.npy and day.json\n  \
pyrt-engine convert --told journal/NAME.pyrt --config engine.toml -o told.npy\n\n\
With an OUT that ends in .tsv, .tsv.gz or .pyrt the frames themselves are written, as lines or in compressed blocks; of a \
recording with several venues those of --venue, and with --from and --until those received in between.\n\n\
Examples:\n  pyrt-engine convert day.tsv.gz -o day.pyrt\n  \
pyrt-engine convert NAME.frames.pyrt --venue kraken --from 1700000000000000000 -o part.tsv.gz"
)]
pub struct Convert {
    /// Recordings; several are merged by receive time
    #[arg(required = true, value_name = "IN")]
    recordings: Vec<PathBuf>,
    /// Where the records go, or the frames
    #[arg(short, long, value_name = "OUT.npy|OUT.tsv|OUT.tsv.gz|OUT.pyrt")]
    output: PathBuf,
    /// Where the instruments table goes; else OUT.json
    #[arg(long, value_name = "OUT.json")]
    instruments: Option<PathBuf>,
    /// Grids of the instruments, as such a table; else they are inferred from the recording
    #[arg(long, value_name = "FILE.json")]
    grids: Option<PathBuf>,
    /// Of a session's journal: what its strategies were told, and what they asked for
    #[arg(long)]
    told: bool,
    /// With --told: the configuration that the session ran with
    #[arg(long, value_name = "FILE", requires = "told")]
    config: Option<PathBuf>,
    /// Of frames: whose, by the name of its section in the configuration
    #[arg(long, value_name = "VENUE")]
    venue: Option<String>,
    /// Of frames: only those received from this time on (ns UTC)
    #[arg(long, value_name = "NS")]
    from: Option<i64>,
    /// Of frames: only those received before this time
    #[arg(long, value_name = "NS")]
    until: Option<i64>,
    #[command(flatten)]
    layers: Layers,
}

/// Records in the order in which readers see them.
#[derive(Default)]
struct Tape {
    events: Vec<Event>,
    /// Records that were known later than their own time: what waited for a snapshot.
    moved: u64,
}

impl Sink for Tape {
    fn event(&mut self, mut event: Event) {
        event.stamp = self.events.len() as u64;
        if let Some(last) =
            self.events.last().filter(|last| last.words[0].cast_signed() > event.words[0].cast_signed())
        {
            event.words[0] = last.words[0];
            self.moved += 1;
        }
        self.events.push(event);
    }

    fn book(&mut self, _book: &BookTop<'_>) {}
}

impl Convert {
    pub fn run(self) -> Exit {
        match self.convert() {
            Ok(()) => Exit::Fine,
            Err(words) => fail(Exit::Usage, words),
        }
    }

    fn convert(&self) -> Result<(), String> {
        let table = self.instruments.clone().unwrap_or_else(|| self.output.with_extension("json"));
        if self.told {
            let [recorded] = &self.recordings[..] else {
                return Err("--told: give one journal, the first file of its session".to_owned());
            };
            let config = self.layers.load(self.config.as_ref());
            let config = config.map_err(|error| format!("the configuration has errors\n{error}"))?;
            return journal::convert(recorded, &config, &self.output, &table);
        }
        if frames::are_wanted(&self.output) {
            let window = (self.from.map(Nanos), self.until.map(Nanos));
            return frames::convert(&self.recordings, &self.output, self.venue.as_deref(), window).map(say);
        }
        if self.venue.is_some() || self.from.is_some() || self.until.is_some() {
            return Err("--venue, --from and --until are for frames: OUT must end in .tsv, .tsv.gz or .pyrt"
                .to_owned());
        }
        if let Some(playback) = Playback::open(&self.recordings).map_err(|error| error.to_string())? {
            return self.convert_session(playback, &table);
        }
        let spot = |path: &Path| recorded::open(path, STREAM, (None, None));
        let open = || Recording::open_with(&self.recordings, &spot).map_err(|error| error.to_string());
        let venue = Venue::of_recording(&mut open()?).map_err(|error| error.to_string())?;
        let venue = venue.ok_or_else(|| "none of the messages is of a venue that is known".to_owned())?;
        let (instruments, inferred) = match &self.grids {
            Some(path) => (instruments_file::read(path)?, false),
            None => (venue.infer_instruments(&mut open()?).map_err(|error| error.to_string())?, true),
        };
        let mut feed = venue.feed(&instruments);
        let mut recording = open()?;
        let mut tape = Tape::default();
        let replayed = replay(&mut recording, feed.as_mut(), &mut tape, |_, _, _| {})
            .map_err(|error| error.to_string())?;
        let counters = feed.counters();
        let source = json!({
            "files": self.recordings.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
            "grid": if inferred { "inferred from the recording" } else { "given" },
            "venue": venue.name(),
            "frames": replayed.frames,
            "rejected": counters.rejected,
            "gaps": counters.gaps,
            "torn": recording.torn().map(|(path, line)| format!("{}:{line}", path.display())).collect::<Vec<_>>(),
            "receive_times_moved": tape.moved,
        });
        npy::write(&self.output, &tape.events)?;
        let text = instruments_file::text(&instruments, tape.events.len(), &source);
        write(&table, text).map_err(|error| format!("{}: {error}", table.display()))?;
        say(json!({ "records": tape.events.len(), "instruments": instruments.len(), "source": source }));
        Ok(())
    }
}

impl Convert {
    /// Of a session's recording: its instruments and their venues are known.
    fn convert_session(&self, playback: Playback, table: &Path) -> Result<(), String> {
        if self.grids.is_some() {
            return Err("--grids: the recording has its own".to_owned());
        }
        let (mut tape, instruments) = (Tape::default(), playback.head().instruments.clone());
        let venues: Vec<_> = playback.venues().collect();
        let played = playback.play(&mut tape, |_, _| true).map_err(|error| error.to_string())?;
        let source = json!({
            "files": self.recordings.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
            "grid": "given",
            "venue": venues.join("+"),
            "frames": played.frames,
            "rejected": played.counters.rejected,
            "gaps": played.counters.gaps,
            "lost": played.lost,
            "torn": played.damage.iter().map(|(path, damage)| format!("{}: {damage:?}", path.display())).collect::<Vec<_>>(),
            "receive_times_moved": tape.moved,
        });
        npy::write(&self.output, &tape.events)?;
        let text = instruments_file::text(&instruments, tape.events.len(), &source);
        write(table, text).map_err(|error| format!("{}: {error}", table.display()))?;
        say(json!({ "records": tape.events.len(), "instruments": instruments.len(), "source": source }));
        Ok(())
    }
}
