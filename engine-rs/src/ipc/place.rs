//! The life of a segment's file: made under a temporary name, locked, put in place, taken over from a dead engine,
//! withdrawn.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::fs::{CWD, FallocateFlags, Mode, RenameFlags};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::IpcError;
use super::layout::{MAGIC_BYTES, PID_AND_FLAGS};
use super::lock::try_lock;

const DIRECTORY: &str = "/dev/shm";

/// Looks at a name that another process holds: it may be changing hands at this moment.
const ATTEMPTS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(2);

/// The path of a segment.
pub(super) fn path_of(name: &str) -> PathBuf {
    Path::new(DIRECTORY).join(format!("pyrt-{name}"))
}

/// Opens a segment's file and never what a link points to.
pub(super) fn open(path: &Path, write: bool) -> io::Result<File> {
    OpenOptions::new().read(true).write(write).custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC).open(path)
}

/// Whether the path still leads to this file.
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match (file.metadata()?, fs::symlink_metadata(path)) {
        (ours, Ok(there)) => Ok((ours.dev(), ours.ino()) == (there.dev(), there.ino())),
        (_, Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        (_, Err(error)) => Err(error),
    }
}

fn failed(path: &Path, what: &'static str, source: io::Error) -> IpcError {
    IpcError::Io { path: path.to_owned(), what, source }
}

/// A segment's file that nobody can find yet: locked, of its full size, all zero. Dropped, it is removed.
#[derive(Debug)]
pub(super) struct Draft {
    name: String,
    file: File,
    temporary: PathBuf,
}

impl Draft {
    /// Makes the file and reserves its memory: later no page can be missing.
    pub(super) fn create(
        name: &str,
        bytes: u64,
        (mode, group): (u32, Option<u32>),
    ) -> Result<Self, IpcError> {
        let prefix = format!(".pyrt-{name}.");
        remove_drafts_of_the_dead(&prefix);
        let temporary = Path::new(DIRECTORY).join(format!("{prefix}{}", std::process::id()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600).custom_flags(libc::O_CLOEXEC);
        let file = options.open(&temporary).map_err(|e| failed(&temporary, "make it", e))?;
        let draft = Self { name: name.to_owned(), file, temporary };
        let locked = try_lock(&draft.file).map_err(|e| draft.error("lock it", e))?;
        if !locked {
            return Err(IpcError::Busy { name: draft.name.clone(), pid: std::process::id() });
        }
        crate::memory::prefer_large_pages(&draft.file, bytes);
        reserve(&draft.file, &draft.temporary, bytes)?;
        if let Some(group) = group {
            let group = rustix::fs::Gid::from_raw(group);
            rustix::fs::fchown(&draft.file, None, Some(group))
                .map_err(|e| draft.error("give it to the group", e.into()))?;
        }
        // After the reservation and whatever the umask says.
        rustix::fs::fchmod(&draft.file, Mode::from_raw_mode(mode))
            .map_err(|e| draft.error("set its permissions", e.into()))?;
        Ok(draft)
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn error(&self, what: &'static str, source: io::Error) -> IpcError {
        failed(&self.temporary, what, source)
    }

    /// Puts the file in place: where nothing is, or over the file of an engine that is dead.
    pub(super) fn put(self) -> Result<Placed, IpcError> {
        let path = path_of(&self.name);
        let mut holder = 0;
        for _ in 0..ATTEMPTS {
            match rustix::fs::renameat_with(CWD, &self.temporary, CWD, &path, RenameFlags::NOREPLACE) {
                Ok(()) => return self.placed(path, None),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(failed(&path, "put the segment in place", error.into())),
            }
            let old = match open(&path, true) {
                Ok(old) => old,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue, // withdrawn meanwhile
                Err(error) => return Err(failed(&path, "open the segment that is there", error)),
            };
            holder = pid_of(&old).ok_or_else(|| IpcError::Foreign { path: path.clone() })?;
            if !try_lock(&old).map_err(|e| failed(&path, "lock the segment that is there", e))? {
                thread::sleep(PAUSE);
                continue;
            }
            // With the lock held no one else takes this file over; but someone may have done so before.
            if is_at(&old, &path).map_err(|e| failed(&path, "look at it", e))? {
                fs::rename(&self.temporary, &path).map_err(|e| failed(&path, "take the segment over", e))?;
                return self.placed(path, Some(holder));
            }
        }
        Err(IpcError::Busy { name: self.name.clone(), pid: holder })
    }

    fn placed(&self, path: PathBuf, reclaimed: Option<u32>) -> Result<Placed, IpcError> {
        // The same open file description, so the lock goes on when the draft is dropped.
        let file = self.file.try_clone().map_err(|e| failed(&path, "keep it open", e))?;
        Ok(Placed { file, path, reclaimed })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already if it was put in place.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Allocates every page now: memory that is missing is an error here and not a signal at the first store.
fn reserve(file: &File, path: &Path, bytes: u64) -> Result<(), IpcError> {
    match rustix::io::retry_on_intr(|| rustix::fs::fallocate(file, FallocateFlags::empty(), 0, bytes)) {
        Ok(()) => Ok(()),
        Err(Errno::NOSPC | Errno::FBIG) => {
            let free = rustix::fs::fstatvfs(file).map_or(0, |stat| stat.f_bavail * stat.f_frsize);
            Err(IpcError::Full { path: path.to_owned(), needed: bytes, free })
        }
        Err(error) => Err(failed(path, "reserve its memory", error.into())),
    }
}

/// The producer named in a segment's header; nothing if it is no segment.
fn pid_of(file: &File) -> Option<u32> {
    let mut header = [0; 8 * (PID_AND_FLAGS + 1)];
    file.read_exact_at(&mut header, 0).ok()?;
    let pid = header[8 * PID_AND_FLAGS..][..4].try_into().ok()?;
    header.starts_with(&MAGIC_BYTES).then(|| u32::from_le_bytes(pid))
}

/// Removes what engines left that were killed before their segment was in place.
fn remove_drafts_of_the_dead(prefix: &str) {
    let Ok(entries) = fs::read_dir(DIRECTORY) else { return };
    for entry in entries.flatten() {
        let file_name = entry.file_name();
        let pid = file_name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix)?.parse().ok())
            .and_then(Pid::from_raw);
        let Some(pid) = pid else { continue };
        let dead = test_kill_process(pid) == Err(Errno::SRCH) || pid == rustix::process::getpid();
        let path = entry.path();
        if dead && open(&path, true).and_then(|file| try_lock(&file)).unwrap_or(false) {
            let _ = fs::remove_file(path);
        }
    }
}

/// A segment's file in its place, locked for as long as this lives.
#[derive(Debug)]
pub(super) struct Placed {
    file: File,
    path: PathBuf,
    reclaimed: Option<u32>,
}

impl Placed {
    /// The dead engine's pid whose segment was taken over.
    pub(super) fn reclaimed(&self) -> Option<u32> {
        self.reclaimed
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the name, if it still leads here. Readers keep what they have mapped.
    pub(super) fn withdraw(&self) {
        if is_at(&self.file, &self.path).unwrap_or(false) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_not_there_is_an_error_and_leaves_nothing() {
        let name = format!("test-full-{}", std::process::id());
        let error = Draft::create(&name, 1 << 50, (0o600, None)).unwrap_err();
        assert!(matches!(error, IpcError::Full { needed: 1_125_899_906_842_624, free: 1.., .. }), "{error}");
        assert!(!Path::new(DIRECTORY).join(format!(".pyrt-{name}.{}", std::process::id())).exists());
    }
}
