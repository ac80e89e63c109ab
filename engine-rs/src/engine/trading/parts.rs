//! The files of a session: `name.pyrt`, `name.2.pyrt`, … The last one may be made ahead and hold nothing yet.

use std::fs;
use std::path::{Path, PathBuf};

use crate::journal::{Entry, Journal, JournalError, Tail, has_entries};

/// The `number`th file of a session, from 1.
#[must_use]
pub fn part(first: &Path, number: u32) -> PathBuf {
    if number == 1 { first.to_owned() } else { first.with_extension(format!("{number}.pyrt")) }
}

/// The files of a session that hold entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    first: PathBuf,
    count: u32,
    /// Behind them, without any.
    made_ahead: Vec<PathBuf>,
}

impl Parts {
    /// Looks for them beside the first.
    ///
    /// # Errors
    /// If one in the middle is missing or empty, or is no container.
    pub fn find(first: &Path) -> Result<Parts, JournalError> {
        let highest = highest(first)?;
        let (mut count, mut made_ahead) = (highest, vec![]);
        while count > 0 {
            let path = part(first, count);
            if path.exists() && has_entries(&path)? {
                break;
            }
            made_ahead.extend(path.exists().then_some(path));
            count -= 1;
        }
        let absent = (1..count).map(|number| part(first, number)).find(|path| !path.exists());
        if let Some(path) = absent {
            let reason = "the file is missing, and the session goes on behind it".to_owned();
            return Err(JournalError::Hole { path, reason });
        }
        Ok(Parts { first: first.to_owned(), count, made_ahead })
    }

    /// The first file.
    #[must_use]
    pub fn first(&self) -> &Path {
        &self.first
    }

    /// How many there are; none if not a single entry was written.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Takes away the files that were made ahead and never written to.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn sweep(&self) -> Result<(), JournalError> {
        self.made_ahead.iter().try_for_each(|path| {
            fs::remove_file(path).map_err(|source| JournalError::Io {
                path: path.clone(),
                what: "remove it",
                source,
            })
        })
    }

    /// Every whole entry in order, one file in memory at a time, until `take` says no; how the last file that was
    /// read ends.
    ///
    /// # Errors
    /// If a file cannot be read, or has a hole.
    pub fn entries(&self, mut take: impl FnMut(&Entry<'_>) -> bool) -> Result<Tail, JournalError> {
        let mut tail = Tail::Whole;
        for number in 1..=self.count {
            let journal = Journal::open(&part(&self.first, number))?;
            tail = journal.tail();
            self.check(&journal, number)?;
            if !journal.entries().all(|entry| take(&entry)) {
                break;
            }
        }
        Ok(tail)
    }

    /// Only the very end may be torn: by a writer that died.
    fn check(&self, journal: &Journal, number: u32) -> Result<(), JournalError> {
        let reason = match journal.tail() {
            Tail::Hole { at, next } => format!("no entry at byte {at}, and whole ones from byte {next} on"),
            Tail::Torn { at } if number < self.count => {
                format!("its end is torn at byte {at}, and the session goes on in the next file")
            }
            _ if journal.entries().next().is_none() => {
                "it is empty, and the session goes on behind it".to_owned()
            }
            Tail::Whole | Tail::Torn { .. } => return Ok(()),
        };
        Err(JournalError::Hole { path: journal.path().to_owned(), reason })
    }
}

/// The highest number that a file of the session has.
fn highest(first: &Path) -> Result<u32, JournalError> {
    let folder = first.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let stem = first.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let failed = |source| JournalError::Io { path: folder.to_owned(), what: "list it", source };
    let mut highest = 1;
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        let number = name.strip_prefix(&stem).and_then(|rest| rest.strip_prefix('.')?.strip_suffix(".pyrt"));
        highest = highest.max(number.and_then(|number| number.parse().ok()).unwrap_or(1));
    }
    Ok(highest)
}
