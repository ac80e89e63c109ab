//! A stretch of a shared file, mapped: a slice of atomic words. The segment and the journal lie in such.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicU64;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// What a mapping is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Words of a shared file, mapped until this is dropped.
///
/// A store through a mapping made with [`Access::Read`] faults: readers have no code that stores.
#[derive(Debug)]
pub(crate) struct Words {
    start: NonNull<AtomicU64>,
    count: usize,
}

// SAFETY: it owns its mapping, and what lies in it is atomic; nothing is tied to the thread that mapped it.
unsafe impl Send for Words {}
// SAFETY: as above; shared access is atomic access.
unsafe impl Sync for Words {}

impl Words {
    /// Maps `bytes` of the file from `offset` on, both multiples of the page size, with its pages present.
    pub(crate) fn map(file: &File, offset: u64, bytes: u64, access: Access) -> io::Result<Self> {
        let length = usize::try_from(bytes).map_err(|_| io::ErrorKind::InvalidInput)?;
        let protection = match access {
            Access::Read => ProtFlags::READ,
            Access::Write => ProtFlags::READ | ProtFlags::WRITE,
        };
        let flags = MapFlags::SHARED | MapFlags::POPULATE;
        // SAFETY: without MAP_FIXED the kernel chooses an unused range, so no other memory is affected.
        let start = unsafe { mmap(ptr::null_mut(), length, protection, flags, file, offset)? };
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Self { start, count: length / size_of::<AtomicU64>() })
    }
}

impl Deref for Words {
    type Target = [AtomicU64];

    #[inline]
    fn deref(&self) -> &[AtomicU64] {
        // SAFETY: the range is mapped until drop and aligned to a page; any bits are a valid word, and other processes
        // change them through atomic stores only. The file is never shrunk: its maker allocates it whole before it is
        // seen, and a reader has compared its size.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.count) }
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        // SAFETY: exactly the range that `map` got; no reference outlives `self`.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.count * size_of::<AtomicU64>()) };
    }
}
