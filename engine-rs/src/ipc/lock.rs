//! The lock that says that a segment's producer lives: an open-file-description write lock on the first byte.
//!
//! The kernel drops it on any death. Unlike a POSIX lock it belongs to the open file and not to the process, so that
//! it also tells apart two producers in one process, and closing another descriptor of the file does not lose it.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

fn first_byte() -> libc::flock {
    libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 1,
        l_pid: 0, // must be 0 for locks of this sort
    }
}

fn fcntl(file: &File, command: libc::c_int, range: &mut libc::flock) -> io::Result<()> {
    // SAFETY: the descriptor is open while `file` lives, and both commands take a pointer to a `flock`, which is valid
    // for reads and writes during the call.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), command, std::ptr::from_mut(range)) };
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Takes the lock if it is free; the file must be open for writing.
pub(super) fn try_lock(file: &File) -> io::Result<bool> {
    match fcntl(file, libc::F_OFD_SETLK, &mut first_byte()) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether another open file holds the lock. Takes nothing.
pub(super) fn is_locked(file: &File) -> io::Result<bool> {
    let mut range = first_byte();
    fcntl(file, libc::F_OFD_GETLK, &mut range)?;
    Ok(range.l_type != libc::F_UNLCK as libc::c_short)
}
