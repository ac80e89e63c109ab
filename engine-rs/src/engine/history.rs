//! Records of the past that strategies are warmed up with: converted ones, with their instruments table beside.

use std::path::{Path, PathBuf};
use std::time::Instant;

use ring::digest::{Context, SHA256};
use serde_json::{Value as Json, json};
use tracing::info;

use super::core::{Core, Moment};
use crate::market_data::records::{instruments_file, npy};
use crate::model::{Event, Instrument, Kind, Nanos};

/// A history in memory.
pub(super) struct History {
    path: PathBuf,
    bytes: u64,
    sha256: String,
    events: Vec<Event>,
    instruments: Vec<Instrument>,
}

impl History {
    /// Reads `NAME.npy` and `NAME.json`.
    ///
    /// # Errors
    /// In words: what is wrong with them.
    pub(super) fn read(path: &Path) -> Result<History, String> {
        let (head, events): (_, Vec<Event>) = npy::read_whole(path)?;
        let instruments = instruments_file::read(&path.with_extension("json"))?;
        let wrong = |record: &Event, what: &str| {
            Err(format!("{}: the record with stamp {} {what}", path.display(), record.stamp))
        };
        let mut last = (i64::MIN, 0);
        for record in &events {
            let at = (record.words[0].cast_signed(), record.stamp);
            if record.kind == Kind::Bar as u8 {
                return wrong(
                    record,
                    "is a bar: bars are made of trades here, and none are taken from outside",
                );
            }
            if record.instrument as usize >= instruments.len() {
                return wrong(record, "is of an instrument that the table beside does not have");
            }
            if at < last {
                return wrong(record, "comes too late: records are sorted by (receive_time, stamp)");
            }
            last = at;
        }
        let data: &[u8] = bytemuck::cast_slice(&events);
        let mut digest = Context::new(&SHA256);
        digest.update(&head);
        digest.update(data);
        let sha256 = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let bytes = (head.len() + data.len()) as u64;
        Ok(History {
            path: std::path::absolute(path).unwrap_or(path.to_owned()),
            bytes,
            sha256,
            events,
            instruments,
        })
    }

    /// The history of a session that is decided again: as its journal describes it, where it was or at `moved_to`.
    ///
    /// # Errors
    /// In words: it is gone, or it is another one.
    pub(super) fn again(described: &Json, moved_to: Option<&Path>) -> Result<Option<History>, String> {
        if described.is_null() {
            return Ok(None);
        }
        let recorded = Path::new(described["path"].as_str().unwrap_or_default());
        let about = |words: String| {
            format!("the session was warmed up with a history, and that is needed again: {words}")
        };
        let history = History::read(moved_to.unwrap_or(recorded)).map_err(about)?;
        let found = history.described();
        let changed =
            ["bytes", "sha256", "instruments"].into_iter().find(|key| found[*key] != described[*key]);
        match changed {
            None => Ok(Some(history)),
            Some(key) => {
                let (path, now, then) = (history.path.display(), &found[key], &described[key]);
                Err(about(format!("{path} is another file now, its {key} {now} and not {then}")))
            }
        }
    }

    /// What a journal says about it.
    pub(super) fn described(&self) -> Json {
        let names: Vec<&str> = self.instruments.iter().map(|one| one.name.as_str()).collect();
        json!({ "path": self.path, "bytes": self.bytes, "sha256": self.sha256, "instruments": names })
    }

    /// Feeds the strategies of a core that trades `instruments`, before its first input.
    ///
    /// # Errors
    /// In words: an instrument of a strategy is not in it, or has another grid there.
    pub(super) fn feed(
        &self,
        core: &mut Core,
        instruments: &[Instrument],
        begin: Nanos,
        told: &mut dyn FnMut(Moment<'_>),
    ) -> Result<(), String> {
        let rows = self.rows(core, instruments)?;
        let placed = |record: &Event| {
            rows[record.instrument as usize].map(|instrument| Event { instrument, ..*record })
        };
        let begun = Instant::now();
        core.warm_up(self.events.iter().filter_map(placed), begin, told);
        let (records, seconds) = (self.events.len(), begun.elapsed().as_secs_f64());
        info!(path = %self.path.display(), records, seconds, "history");
        Ok(())
    }

    /// The row of each of its instruments, if a strategy trades it.
    fn rows(&self, core: &Core, instruments: &[Instrument]) -> Result<Vec<Option<u32>>, String> {
        let mut rows = vec![None; self.instruments.len()];
        let traded = (0..core.names().count()).flat_map(|strategy| core.instruments_of(strategy));
        for row in traded.map(|id| id.0) {
            let wanted = &instruments[row as usize];
            let place = self.instruments.iter().position(|one| one.name == wanted.name).ok_or_else(|| {
                let names: Vec<&str> = self.instruments.iter().map(|one| one.name.as_str()).collect();
                format!("{}: has no {}, but {}", self.path.display(), wanted.name, names.join(", "))
            })?;
            let steps = |one: &Instrument| [one.tick.to_double(1), one.lot.to_double(1), one.multiplier];
            let (here, there) = (steps(wanted), steps(&self.instruments[place]));
            if here != there {
                return Err(format!(
                    "{}: {} has tick, lot and multiplier {there:?} there, and {here:?} at the venue: convert it with \
                     --grids",
                    self.path.display(),
                    wanted.name
                ));
            }
            rows[place] = Some(row);
        }
        Ok(rows)
    }
}
