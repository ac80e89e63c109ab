//! The journals of an engine in a folder, and the lock that keeps a second engine of its name away from them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use tracing::warn;

use super::super::EngineError;
use super::super::trading::{Parts, part};
use super::head::Head;
use super::{FLAT, refused};
use crate::config::Config;

/// See the head of this file.
pub(super) struct Folder {
    path: PathBuf,
    name: String,
    pub(super) lock: File,
}

/// The last session that got as far as to decide anything.
pub(super) struct Session {
    pub(super) parts: Parts,
    pub(super) head: Head,
}

impl Folder {
    /// Makes the folder if need be, and locks it for this name.
    pub(super) fn open(config: &Config) -> Result<Folder, EngineError> {
        let (path, name) = (config.journal.directory.clone(), config.engine.name.clone());
        let failed =
            |error: std::io::Error| refused(format!("journal.directory = {}: {error}", path.display()));
        DirBuilder::new().mode(0o700).recursive(true).create(&path).map_err(failed)?;
        let lock = path.join(format!("{name}.lock"));
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&lock);
        let file = file.map_err(failed)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            Errno::WOULDBLOCK => {
                refused(format!("{}: another engine named {name:?} writes its journal here", lock.display()))
            }
            error => refused(format!("{}: cannot be locked: {error}", lock.display())),
        })?;
        Ok(Folder { path, name, lock: file })
    }

    /// The first file of a session.
    pub(super) fn first(&self, number: i64) -> PathBuf {
        self.path.join(format!("{}-{number}.pyrt", self.name))
    }

    /// The last session. Files whose maker died before it had written what a session begins with are removed: nothing
    /// was decided with them.
    pub(super) fn newest(&self) -> Result<Option<Session>, EngineError> {
        for number in self.sessions()? {
            let of_no_use =
                |error| refused(format!("{error}; put back what is missing, or move it away, {FLAT}"));
            let parts = Parts::find(&self.first(number)).map_err(of_no_use)?;
            parts.sweep().map_err(refused)?;
            let head = if parts.count() > 0 { Head::read(&parts)? } else { None };
            if let Some(head) = head {
                return Ok(Some(Session { parts, head }));
            }
            for count in 1..=parts.count() {
                let path = part(parts.first(), count);
                warn!(path = %path.display(), "its maker died before it began: removed");
                fs::remove_file(&path).map_err(|error| refused(format!("{}: {error}", path.display())))?;
            }
        }
        Ok(None)
    }

    /// The newest session's number, whether or not it can be read.
    pub(super) fn highest(&self) -> Result<Option<i64>, EngineError> {
        Ok(self.sessions()?.first().copied())
    }

    /// Numbers of the sessions, the newest first.
    fn sessions(&self) -> Result<Vec<i64>, EngineError> {
        let failed = |error| refused(format!("{}: {error}", self.path.display()));
        let mut found: Vec<i64> = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            let rest = name.strip_prefix(&self.name).and_then(|rest| rest.strip_prefix('-'));
            let number: Option<i64> =
                rest.and_then(|rest| rest.strip_suffix(".pyrt")?.split('.').next()?.parse().ok());
            found.extend(number);
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.dedup();
        Ok(found)
    }
}
