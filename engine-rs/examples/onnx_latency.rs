//! One inference, timed: `cargo run --release --example onnx_latency -- MODEL.onnx [CALLS]`.
//!
//! `python tests/golden/model.py MODEL.onnx` writes a model of 100 trees of 31 leaves.
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use pyrt_engine::signals::{OnnxModel, OnnxRuntime, Replay};

/// Counts what Rust allocates; ONNX Runtime's own allocations do not pass here.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is handed to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: onnx_latency MODEL.onnx [CALLS]")?;
    let calls: usize = arguments.next().map_or(Ok(200_000), |text| text.parse())?;
    let runtime = OnnxRuntime::load(None)?;
    let start = Instant::now();
    let mut model = OnnxModel::load(&runtime, Path::new(&path))?;
    println!("loaded and replayed in {:.1?} with {}", start.elapsed(), runtime.path().display());

    let rows = mixed(&model.card().replay);
    let mut nanos = Vec::with_capacity(calls);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for row in rows.iter().cycle().take(calls) {
        let start = Instant::now();
        std::hint::black_box(model.predict(std::hint::black_box(row))?);
        nanos.push(start.elapsed().as_nanos());
    }
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    nanos.sort_unstable();
    let at = |share: usize| nanos[(calls * share / 1000).min(calls - 1)];
    println!(
        "{calls} calls: p50 {} ns, p99 {} ns, p99.9 {} ns, max {} ns; {:.2} allocations of Rust a call",
        at(500),
        at(990),
        at(999),
        at(1000),
        allocations as f64 / calls as f64
    );
    Ok(())
}

/// Rows whose values come from different rows of the card: enough of them that the CPU cannot learn the ways by heart.
fn mixed(known: &[Replay]) -> Vec<Vec<f64>> {
    let mut seed = 1_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap_or(0) % known.len()
    };
    let width = known[0].row.len();
    (0..8192).map(|_| (0..width).map(|feature| known[next()].row[feature]).collect()).collect()
}
