//! A stretch of a shared file, mapped: a slice of atomic words. The segment and the journal lie in such.

use std::fs::File;
use std::io;
use std::ops::{Deref, Range};
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicU64;

use rustix::mm::{Advice, MapFlags, MsyncFlags, ProtFlags, madvise, mmap, msync, munmap};
use rustix::param::page_size;

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
        if bytes >= LARGE_PAGE {
            // SAFETY: exactly the range just mapped; the advice changes no byte of it.
            let _ = unsafe { madvise(start, length, Advice::LinuxHugepage) };
        }
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Self { start, count: length / size_of::<AtomicU64>() })
    }

    /// Makes these words' pages ready to be written to: the first store into a page of a file waits for the file
    /// system otherwise, microseconds at best. A hint: a kernel before 5.14 does not take it.
    pub(crate) fn prepare(&self, words: Range<usize>) {
        let Some((start, bytes)) = self.pages(words) else { return };
        // SAFETY: the range lies within the mapping and begins with a page; populating changes no byte of it.
        let _ = unsafe { madvise(start.cast(), bytes, Advice::LinuxPopulateWrite) };
    }

    /// Waits until these words are on the disk.
    pub(crate) fn sync(&self, words: Range<usize>) -> io::Result<()> {
        let Some((start, bytes)) = self.pages(words) else { return Ok(()) };
        // SAFETY: the range lies within the mapping and begins with a page; syncing changes no byte of it.
        unsafe { msync(start.cast(), bytes, MsyncFlags::SYNC) }.map_err(Into::into)
    }

    /// Where the first of these words' pages begins, and how many bytes lie from there to the last word.
    fn pages(&self, words: Range<usize>) -> Option<(*mut AtomicU64, usize)> {
        let (first, end) = (begin_of_page(words.start), words.end.min(self.count));
        let bytes = end.checked_sub(first).filter(|words| *words > 0)? * size_of::<AtomicU64>();
        Some((self[first..].as_ptr().cast_mut(), bytes))
    }
}

/// So much is a large page, on most machines.
const LARGE_PAGE: u64 = 2 << 20;

/// Lets the kernel take large pages for a file of this size in memory, where its file system is mounted so
/// (`huge=advise`); they must be asked for before the small ones are there. A hint: whatever it does not do is done
/// page by page afterwards.
pub(crate) fn prefer_large_pages(file: &File, bytes: u64) {
    let Some(length) = usize::try_from(bytes).ok().filter(|_| bytes >= LARGE_PAGE) else { return };
    if rustix::fs::ftruncate(file, bytes).is_err() {
        return;
    }
    let protection = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: without MAP_FIXED the kernel chooses an unused range, so no other memory is affected.
    let Ok(start) = (unsafe { mmap(ptr::null_mut(), length, protection, MapFlags::SHARED, file, 0) }) else {
        return;
    };
    // SAFETY: exactly the range just mapped, which nothing refers to yet; populating changes no byte of it.
    let _ = unsafe { madvise(start, length, Advice::LinuxHugepage) }
        .and_then(|()| unsafe { madvise(start, length, Advice::LinuxPopulateWrite) });
    // SAFETY: exactly the range just mapped.
    let _ = unsafe { munmap(start, length) };
}

/// The first word of the page that a word lies in.
pub(crate) fn begin_of_page(word: usize) -> usize {
    let words = page_size() / size_of::<AtomicU64>();
    word / words * words
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
