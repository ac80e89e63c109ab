//! Compiled strategies in the engine: one written in C from the specification, and one that pyrt built.

#[path = "../support/counting.rs"]
pub(super) mod counting;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use pyrt_engine::model::{Bar, Delta, Event, InstrumentId, Nanos, Trade};
use pyrt_engine::strategy::abi::{Action, HASH, Handler, Level, MAJOR, OrderView, Request, Status};
use pyrt_engine::strategy::{CompiledStrategy, LoadError, LoadOptions, ParameterError};

use counting::ALLOCATIONS;

/// Compiles the oracle for an ABI into a folder.
fn oracle(folder: &Path, major: u16, hash: u64) -> PathBuf {
    let out = folder.join(format!("oracle_{major}_{hash:x}.so"));
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/strategy/oracle.c");
    let done = Command::new("cc")
        .args([
            "-shared",
            "-fPIC",
            "-O1",
            &format!("-DABI_MAJOR={major}"),
            &format!("-DABI_HASH={hash:#x}ull"),
        ])
        .args(["-o", out.to_str().unwrap(), source])
        .status()
        .unwrap();
    assert!(done.success());
    fs::set_permissions(&out, Permissions::from_mode(0o600)).unwrap();
    out
}

fn trade(stamp: u64, price: f64, qty: f64) -> Event {
    let mut made = Trade::new(InstrumentId(0), Nanos(stamp.cast_signed()));
    (made.stamp, made.receive_time, made.price, made.qty) = (stamp, stamp.cast_signed() + 5, price, qty);
    made.into()
}

fn give<'a>(
    strategy: &'a mut CompiledStrategy,
    event: &Event,
) -> Result<&'a [Request], &'a pyrt_engine::strategy::Fault> {
    strategy.handle(Handler::Trade, Nanos(event.event_time), 0, event)
}

#[test]
fn a_strategy_written_from_the_specification_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = oracle(folder.path(), MAJOR, HASH);
    let mut one = CompiledStrategy::load(&path, 1, &LoadOptions::default()).unwrap();
    let mut other = CompiledStrategy::load(&path, 1, &LoadOptions::default()).unwrap();
    assert_eq!(one.description().name, "Oracle");
    assert!(one.handles(Handler::Trade) && !one.handles(Handler::Bar));

    assert_eq!(give(&mut one, &trade(0, 11.0, 0.0)), Ok(&[][..]));
    let request = give(&mut one, &trade(1, 9.0, 0.0)).unwrap()[0];
    assert_eq!((request.qty, request.order_id, request.slot), (2.0, 1, 0));
    assert_eq!(give(&mut one, &trade(2, 9.0, 0.0)).unwrap()[0].order_id, 2);
    // Each has a state of its own.
    assert_eq!(give(&mut other, &trade(0, 9.0, 0.0)).unwrap()[0].qty, 1.0);
    // A handler that it does not have is nothing.
    assert_eq!(one.handle(Handler::Bar, Nanos(0), 0, &trade(3, 9.0, 0.0)), Ok(&[][..]));

    one.set_parameter("limit", 20.0).unwrap();
    assert_eq!(give(&mut one, &trade(4, 19.0, 0.0)).unwrap().len(), 1);
    assert!(matches!(one.set_parameter("speed", 1.0), Err(ParameterError::Unknown { .. })));
    assert!(matches!(one.set_parameter("limit", f64::NAN), Err(ParameterError::Type { .. })));

    let (memory, id) = (one.memory().to_vec(), one.next_order_id());
    let mut restored = CompiledStrategy::load(&path, 1, &LoadOptions::default()).unwrap();
    assert!(restored.restore(&memory, id) && !restored.restore(&[], 1));
    assert_eq!(give(&mut restored, &trade(5, 9.0, 0.0)).unwrap()[0].qty, 5.0);
}

#[test]
fn whatever_goes_wrong_stops_the_strategy_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = oracle(folder.path(), MAJOR, HASH);
    let cases = [
        (1.0, Status::Raised, "line 12 in Oracle.on_trade: ValueError: on demand"),
        (2.0, Status::BadRequest, "NaN"),
        (3.0, Status::UnknownSlot, "slot 9"),
        (4.0, Status::BufferFull, "257 requests"),
        (5.0, Status::BadRequest, "action: 99"),
        (6.0, Status::Raised, "status 77"),
    ];
    for (misdeed, status, words) in cases {
        let mut strategy = CompiledStrategy::load(&path, 1, &LoadOptions::default()).unwrap();
        give(&mut strategy, &trade(0, 9.0, 0.0)).unwrap();
        let fault = give(&mut strategy, &trade(1, 9.0, misdeed)).unwrap_err().clone();
        assert_eq!(fault.status, status);
        assert!(fault.to_string().contains(words), "{fault}");
        let before = strategy.memory().to_vec();
        assert_eq!(give(&mut strategy, &trade(2, 9.0, 0.0)), Err(&fault));
        assert_eq!(strategy.memory(), before, "a stopped strategy is not called");
        assert_eq!(strategy.fault(), Some(&fault));
    }
}

#[test]
fn an_object_that_cannot_be_trusted_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = oracle(folder.path(), MAJOR, HASH);
    let load = |path: &Path, options: &LoadOptions| {
        CompiledStrategy::load(path, 1, options).err().unwrap().to_string()
    };
    let default = LoadOptions::default();

    for mode in [0o620, 0o602, 0o666] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let message = load(&path, &default);
        assert!(message.contains(&format!("{mode:o}")) && message.contains("chmod go-w"), "{message}");
    }
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();

    let wrong = LoadOptions { sha256: Some("00".repeat(32)) };
    assert!(load(&path, &wrong).contains("the configuration says 0000"));
    let digest = ring::digest::digest(&ring::digest::SHA256, &fs::read(&path).unwrap());
    let right: String = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    assert!(CompiledStrategy::load(&path, 1, &LoadOptions { sha256: Some(right) }).is_ok());

    let text = folder.path().join("text.so");
    fs::write(&text, "no object").unwrap();
    fs::set_permissions(&text, Permissions::from_mode(0o600)).unwrap();
    assert!(load(&text, &default).contains("not a shared object"));
    assert!(load(&folder.path().join("absent.so"), &default).contains("No such file"));
    assert!(load(folder.path(), &default).contains("not a regular file"));
    assert!(CompiledStrategy::load(&path, 0, &default).is_err());
}

#[test]
fn another_abi_is_refused_with_both_numbers() {
    let folder = tempfile::tempdir().unwrap();
    for (major, hash) in [(MAJOR + 1, HASH), (MAJOR, HASH ^ 1)] {
        let path = oracle(folder.path(), major, hash);
        let error = CompiledStrategy::load(&path, 1, &LoadOptions::default()).err().unwrap();
        assert!(matches!(error, LoadError::Version { .. }));
        let message = error.to_string();
        for part in
            [format!("{major}.0"), format!("{hash:#018x}"), format!("{MAJOR}.0"), format!("{HASH:#018x}")]
        {
            assert!(message.contains(&part), "{message}");
        }
    }
}

#[test]
fn an_object_without_a_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (source, path) = (folder.path().join("empty.c"), folder.path().join("empty.so"));
    fs::write(&source, "int nothing;\n").unwrap();
    let done = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&path, &source]).status().unwrap();
    assert!(done.success());
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let message = CompiledStrategy::load(&path, 1, &LoadOptions::default()).err().unwrap().to_string();
    assert!(message.contains("pyrt strategy build"), "{message}");
}

/// The interpreter that has pyrt: the project's own, or the one that `PYRT_PYTHON` names.
fn python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let named = std::env::var_os("PYRT_PYTHON").map(PathBuf::from);
    let found = named.into_iter().chain([root.join(".venv/bin/python")]).find(|path| path.exists());
    if found.is_none() {
        println!(
            "no Python with pyrt: neither .venv/bin/python nor $PYRT_PYTHON; the test that needs it is left out"
        );
    }
    found
}

/// Builds a crossover, runs it in Python over a random walk, and leaves object, events and answers in a folder.
pub(super) fn crossover(folder: &Path, count: usize) -> bool {
    let Some(python) = python() else { return false };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/strategy/crossover.py");
    let done = Command::new(python)
        .args([script, folder.to_str().unwrap(), &count.to_string()])
        .env("PYTHONPATH", root)
        .env("PYRT_CACHE", folder.join("cache"))
        .status()
        .unwrap();
    assert!(done.success());
    true
}

pub(super) fn events(folder: &Path) -> Vec<Event> {
    let bytes = fs::read(folder.join("events.bin")).unwrap();
    bytes.chunks_exact(64).map(bytemuck::pod_read_unaligned).collect()
}

/// What a host does around one trade, with the smallest market: an order fills at once, in position alone.
#[inline]
fn step(strategy: &mut CompiledStrategy, event: &Event, mut answer: impl FnMut(&Request)) {
    let trade = event.as_trade().unwrap();
    let slot = strategy.slot_mut(0).unwrap();
    (slot.last_price, slot.last_qty, slot.event_time) = (trade.price, trade.qty, trade.event_time);
    let mut position = slot.position;
    for request in strategy.handle(Handler::Trade, Nanos(trade.receive_time), 0, event).unwrap() {
        position += if request.side == 1 { request.qty } else { -request.qty };
        answer(request);
    }
    strategy.slot_mut(0).unwrap().position = position;
}

#[test]
fn the_engine_gives_the_same_requests_as_python_byte_for_byte_and_allocates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    if !crossover(folder.path(), 20_000) {
        return;
    }
    let mut strategy =
        CompiledStrategy::load(&folder.path().join("cross.so"), 1, &LoadOptions::default()).unwrap();
    let (events, mut answers) = (events(folder.path()), Vec::with_capacity(20_000));
    let before = ALLOCATIONS.get();
    for event in &events {
        step(&mut strategy, event, |request| answers.push(*request));
    }
    assert_eq!(ALLOCATIONS.get(), before, "handlers run without allocating");
    assert!(answers.len() > 300);
    assert_eq!(
        bytemuck::cast_slice::<Request, u8>(&answers),
        fs::read(folder.path().join("requests.bin")).unwrap()
    );
    let state: &[u8] = bytemuck::cast_slice(strategy.memory());
    assert_eq!(state, fs::read(folder.path().join("state.bin")).unwrap());
    assert!(matches!(strategy.set_parameter("slow", 5.0), Err(ParameterError::Structural { .. })));
}

#[test]
fn what_the_host_shows_is_what_the_strategy_reads() {
    let folder = tempfile::tempdir().unwrap();
    if !crossover(folder.path(), 10) {
        return;
    }
    // Two objects in a row are two, even while the first lives on under another descriptor: the linker must not take
    // one for the other.
    let cross =
        || CompiledStrategy::load(&folder.path().join("cross.so"), 1, &LoadOptions::default()).unwrap();
    let (gone, kept) = (cross(), cross());
    drop(gone);
    let path = folder.path().join("reader.so");
    let wrong = CompiledStrategy::load(&path, 1, &LoadOptions::default()).err().unwrap().to_string();
    assert!(wrong.contains("trades 2 instruments"), "{wrong}");
    assert_eq!(kept.description().name, "Cross");
    let mut strategy = CompiledStrategy::load(&path, 2, &LoadOptions::default()).unwrap();
    let bar = |close: f64| {
        let mut made = Bar::new(InstrumentId(7), Nanos(60));
        (made.close, made.flags) = (close, 1);
        Event::from(made)
    };
    for (close, expected) in [(1.0, None), (2.0, None), (3.0, Some(1.0)), (4.0, Some(2.0)), (5.0, Some(3.0))]
    {
        strategy.push_bar(1, 1, &bar(close));
        strategy.slot_mut(1).unwrap().last_price = close;
        let asked = strategy.handle(Handler::Bar, Nanos(60), 1, &bar(close)).unwrap();
        let found = asked.first().map(|r| (r.value, r.confidence, r.tag, r.slot, r.action));
        assert_eq!(found, expected.map(|value| (value, close, 1, 1, Action::Signal as u8)));
    }

    let level = |price, qty| Level { price, qty };
    let delta = Event::from(Delta::new(InstrumentId(7), Nanos(61)));
    let order = OrderView { qty: 0.5, ..bytemuck::Zeroable::zeroed() };
    strategy.set_book(
        1,
        [level(10.0, 1.0), level(9.0, 1.0), level(8.0, 1.0)],
        [level(11.0, 2.0), level(12.0, 3.0)],
    );
    strategy.set_orders([order, order]);
    strategy.set_account(1.0, 2.0);
    strategy.set_warming_up(true);
    let asked = strategy.handle(Handler::Book, Nanos(61), 1, &delta).unwrap();
    assert_eq!((asked[0].value, asked[0].confidence, asked[0].tag), (10.0 * 2.0 + 9.0 * 3.0 + 1.0, 1.0, 1));
    assert_eq!((asked[1].action, asked[1].expiry), (Action::Timer as u8, 62));

    // The third level was not asked for, so there is none.
    let fault = strategy.handle(Handler::Timer, Nanos(62), 1, &delta).unwrap_err();
    assert_eq!(fault.status, Status::History);
    assert!(fault.to_string().contains("in Reader.on_timer"), "{fault}");
}

#[test]
#[ignore = "a measure: cargo test --release --test strategy -- --ignored --nocapture"]
fn events_a_second() {
    let folder = tempfile::tempdir().unwrap();
    if !crossover(folder.path(), 1_000_000) {
        return;
    }
    let mut strategy =
        CompiledStrategy::load(&folder.path().join("cross.so"), 1, &LoadOptions::default()).unwrap();
    let events = events(folder.path());
    for _ in 0..3 {
        let (start, mut orders) = (std::time::Instant::now(), 0);
        for event in &events {
            step(&mut strategy, event, |_| orders += 1);
        }
        let seconds = start.elapsed().as_secs_f64();
        println!("{:.1} million events a second, {orders} orders", events.len() as f64 / seconds / 1e6);
    }
}
