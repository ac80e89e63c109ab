//! The protocol of ring, row and table under a model checker, which runs every interleaving and lets every load return
//! every value that the memory model allows. It compiles the very file that the engine runs, over its own atomics.
//!
//! Whatever is accepted must be whole. And each access is needed: with any single one weakened, the checker must find
//! a torn record. The search is exhaustive, without a bound on preemptions.

#![allow(clippy::unwrap_used)] // a test's helpers may

#[path = "../src/ipc/protocol.rs"]
#[allow(dead_code)]
mod protocol;

mod sync {
    pub(super) use loom::sync::atomic::{AtomicU64, Ordering, fence};
}

use std::panic::catch_unwind;

use loom::sync::Arc;
use loom::sync::atomic::Ordering::{self, Relaxed};
use loom::thread;
use protocol::{Proven, Ring, Slot, Strength, append_row, read_row, row_count, write_row};
use sync::AtomicU64;

/// Stamp and two words: the least that can be torn.
const STRIDE: usize = 3;
const CAPACITY: usize = 2;

fn words(count: usize) -> Vec<AtomicU64> {
    (0..count).map(|_| AtomicU64::new(0)).collect()
}

/// What record (or row version) `n` holds.
fn payload(n: u64) -> [u64; STRIDE] {
    [0, 10 * n + 1, 10 * n + 2]
}

fn assert_whole(record: &[u64], n: u64) {
    assert_eq!(record[1..], payload(n)[1..], "torn: {n}");
}

struct Shared {
    control: Vec<AtomicU64>,
    data: Vec<AtomicU64>,
}

impl Shared {
    fn ring(&self) -> Ring<'_, STRIDE> {
        Ring::new(&self.control[0], &self.control[1], &self.data)
    }
}

/// One writer that laps the ring; `read` looks at it from another thread.
fn ring_model<S: Strength>(read: fn(Ring<'_, STRIDE>)) {
    loom::model(move || {
        let shared = Arc::new(Shared { control: words(2), data: words(STRIDE * CAPACITY) });
        let writer = thread::spawn({
            let shared = Arc::clone(&shared);
            move || (0..=CAPACITY as u64).for_each(|n| shared.ring().publish::<S>(n, &payload(n)))
        });
        read(shared.ring());
        writer.join().unwrap();
    });
}

fn read_one<S: Strength>(ring: Ring<'_, STRIDE>) {
    if let Slot::Whole(record) = ring.read::<S>(0) {
        assert_whole(&record, 0);
    }
}

fn read_batch<S: Strength>(ring: Ring<'_, STRIDE>) {
    let mut out = [[0; STRIDE]; CAPACITY];
    let count = ring.copy::<S>(0, &mut out).unwrap_or(0);
    for (n, record) in (0..).zip(&out[..count]) {
        assert_whole(record, n);
    }
}

/// A reader that was lapped skips forward, never back, and to nothing that is not written yet.
fn skip(ring: Ring<'_, STRIDE>) {
    if ring.read::<Proven>(0) == Slot::Lapped {
        let resumed = ring.resume(0);
        assert!((1..=CAPACITY as u64).contains(&resumed), "{resumed}");
    }
}

fn row_model<S: Strength>() {
    loom::model(|| {
        let row = Arc::new(words(STRIDE));
        let writer = thread::spawn({
            let row = Arc::clone(&row);
            move || (1..=2).for_each(|version| write_row::<S>(&row, 2 * version - 2, &payload(version)))
        });
        let mut copy = [0; STRIDE];
        if read_row::<S>(&row, &mut copy) && copy[0] > 0 {
            assert_whole(&copy, copy[0] / 2);
        }
        writer.join().unwrap();
    });
}

fn table_model<S: Strength>() {
    loom::model(|| {
        let shared = Arc::new((AtomicU64::new(0), words(STRIDE)));
        let writer = thread::spawn({
            let shared = Arc::clone(&shared);
            move || append_row::<S>(&shared.0, 0, &shared.1, &payload(7))
        });
        if row_count::<S>(&shared.0) == 1 {
            let row: Vec<u64> = shared.1.iter().map(|word| word.load(Relaxed)).collect();
            assert_whole(&row, 7);
        }
        writer.join().unwrap();
    });
}

#[test]
fn a_record_is_whole_or_refused() {
    ring_model::<Proven>(read_one::<Proven>);
}

#[test]
fn a_batch_is_whole_or_refused() {
    ring_model::<Proven>(read_batch::<Proven>);
}

#[test]
fn a_lapped_reader_skips_forward() {
    ring_model::<Proven>(skip);
}

#[test]
fn a_row_is_whole_or_refused() {
    row_model::<Proven>();
}

#[test]
fn a_counted_row_is_whole() {
    table_model::<Proven>();
}

/// Declares a weakening of one access, and the test that the checker catches it in each of these models.
macro_rules! weakened {
    ($name:ident, $const:ident: $type:ty = $value:expr, $($model:expr),+) => {
        #[test]
        fn $name() {
            struct Weak;
            impl Strength for Weak {
                const $const: $type = $value;
            }
            $(
                let model: fn() = || $model;
                assert!(catch_unwind(model).is_err(), "not caught: {}", stringify!($model));
            )+
        }
    };
}

weakened!(without_intent, ANNOUNCES: bool = false, ring_model::<Weak>(read_batch::<Weak>));
weakened!(without_odd_stamp, MARKS: bool = false, ring_model::<Weak>(read_one::<Weak>), row_model::<Weak>());
weakened!(
    without_the_writers_fence,
    WRITER_FENCE: bool = false,
    ring_model::<Weak>(read_one::<Weak>),
    ring_model::<Weak>(read_batch::<Weak>),
    row_model::<Weak>()
);
weakened!(
    without_the_readers_fence,
    READER_FENCE: bool = false,
    ring_model::<Weak>(read_one::<Weak>),
    ring_model::<Weak>(read_batch::<Weak>),
    row_model::<Weak>()
);
weakened!(
    with_a_relaxed_stamp_store,
    STAMP_STORE: Ordering = Relaxed,
    ring_model::<Weak>(read_one::<Weak>),
    row_model::<Weak>()
);
weakened!(
    with_a_relaxed_stamp_load,
    STAMP_LOAD: Ordering = Relaxed,
    ring_model::<Weak>(read_one::<Weak>),
    row_model::<Weak>()
);
weakened!(
    with_a_relaxed_head_store,
    HEAD_STORE: Ordering = Relaxed,
    ring_model::<Weak>(read_batch::<Weak>),
    table_model::<Weak>()
);
weakened!(
    with_a_relaxed_head_load,
    HEAD_LOAD: Ordering = Relaxed,
    ring_model::<Weak>(read_batch::<Weak>),
    table_model::<Weak>()
);
