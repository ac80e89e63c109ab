//! Waiting for the head of a ring without spinning: the kernel compares and sleeps in one step, so that no wake-up is lost.
//!
//! The word is the low half of the head itself. A reader that maps it read-only may wait on it: the kernel only reads. So
//! the producer does not know whether anyone waits, and wakes once for all that an input has led to.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

#[cfg(target_endian = "big")]
compile_error!("the low half of a word must be its first one");

/// Wakes everyone who waits on a word, in any process.
pub(super) fn wake(word: &AtomicU64) {
    // SAFETY: the address is that of a live, aligned word; the call neither reads nor writes it and blocks nobody. Its
    // result is the number of those woken, which is of no interest.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, i32::MAX) };
}

/// Sleeps until someone wakes the word, unless its low half is another than that of `seen`; at most so long, and less
/// when a signal comes.
pub(super) fn wait(word: &AtomicU64, seen: u64, most: Duration) {
    let timeout = libc::timespec {
        tv_sec: i64::try_from(most.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(most.subsec_nanos()),
    };
    // SAFETY: the address is that of a live, aligned word, which the kernel reads atomically; the timeout lives until the
    // call returns. Whatever ends it, the caller looks at the word again.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, seen as u32, &raw const timeout)
    };
}
