//! A configuration played through on a recording: the same every time, and without allocation once it is warm.

#![allow(clippy::unwrap_used, clippy::panic)] // a test's helpers may

#[path = "../support/counting.rs"]
mod counting;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use pyrt_engine::config::{Config, Overrides};
use pyrt_engine::engine::decide_again;
use pyrt_engine::engine::rehearsal::{Options, Rehearsed, rehearse};
use pyrt_engine::journal::{EntryKind, Journal};
use pyrt_engine::simulator::TradingOptions;
use pyrt_engine::strategy::abi::{HASH, MAJOR};

use counting::ALLOCATIONS;

const FILE: &str = r#"
[strategy]
name = "Model"
asset = "BTC/USDT"
exchange = "binance"
[parameters]
entry_threshold = 0.5
exit_threshold = 0.5
position_size_pct = 0.01
[ml_model]
path = "model.onnx"
features = ["rsi_14", "macd", "volume_ratio", "bb_pct"]
[execution]
order_type = "market"
[data]
bar = "1s"
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Two strategies, one of them with a model if there is a library to run it.
struct Stage {
    folder: tempfile::TempDir,
    config: Config,
    models: bool,
}

impl Stage {
    fn new() -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let source = format!("{}/tests/trading/objects/pingpong.c", env!("CARGO_MANIFEST_DIR"));
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", &format!("-DABI_MAJOR={MAJOR}")]);
        compiler.arg(format!("-DABI_HASH={HASH:#x}ull")).arg("-o").arg(place("pingpong.so")).arg(source);
        assert!(compiler.status().unwrap().success());
        fs::write(place("model.toml"), FILE).unwrap();
        fs::copy(root().join("tests/golden/model.onnx"), place("model.onnx")).unwrap();
        for name in ["pingpong.so", "model.toml", "model.onnx"] {
            fs::set_permissions(place(name), Permissions::from_mode(0o600)).unwrap();
        }
        let models = std::env::var_os("ORT_DYLIB_PATH").is_some();
        if !models {
            eprintln!("without a model: set ORT_DYLIB_PATH to libonnxruntime.so");
        }
        let model = if models { "[[strategies]]\nname = \"model\"\nfile = \"model.toml\"\n" } else { "" };
        let text = format!(
            "[venues.binance]\nsymbols = [\"BTC-USDT\"]\n[[strategies]]\nname = \"pingpong\"\ncode = \"pingpong.so\"\n{model}\
             [trading]\nrisk = {:?}\n[trading.usd]\nUSDT = 1.0\n[journal]\ncapacity_mb = 32\ndirectory = {:?}\n",
            root().join("config/risk_limits.toml"),
            place("journal"),
        );
        fs::write(place("engine.toml"), text).unwrap();
        let config = Config::load(Some(&place("engine.toml")), &Overrides::default()).unwrap();
        Stage { folder, config, models }
    }

    fn play(&self, warm: u64, journal: Option<PathBuf>) -> Rehearsed {
        let options = Options {
            recordings: vec![root().join("examples/data/btc_made.tsv.gz")],
            instruments: None,
            venue: TradingOptions::default(),
            warm,
            clock: || ALLOCATIONS.get().cast_signed(),
            journal,
        };
        rehearse(&self.config, &options).unwrap()
    }
}

/// Decisions, requests and their times.
fn decided(journal: &Path) -> Vec<(u16, i64, Vec<u8>)> {
    let kinds = [EntryKind::Decision as u16, EntryKind::FrameOut as u16];
    let journal = Journal::open(journal).unwrap();
    let entries = journal.entries().filter(|entry| kinds.contains(&entry.kind));
    entries.map(|entry| (entry.kind, entry.receive_time.0, entry.payload.to_vec())).collect()
}

fn journal_in(folder: &Path) -> PathBuf {
    let mut paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.find(|path| path.extension().is_some_and(|end| end == "pyrt")).unwrap()
}

/// The clock counts allocations: what is measured is how many of them each stage of a message makes.
#[test]
fn the_same_every_time_and_no_allocation_once_warm() {
    let stage = Stage::new();
    let [first, second] = ["first", "second"].map(|name| {
        let folder = stage.folder.path().join(name);
        let done = stage.play(4_000, Some(folder.clone()));
        (done, journal_in(&folder))
    });
    assert_eq!(first.0, second.0);
    let orders = decided(&first.1);
    assert_eq!(orders, decided(&second.1));
    let done = first.0;
    let summary = &done.summary;
    assert_eq!((summary.feed.rejected, summary.feed.gaps, summary.feed.snapshots), (0, 0, 1));
    assert!(summary.trades.orders > 50 && summary.trades.fills > 50, "{:?}", summary.trades);
    assert_eq!(summary.trades.signals > 50, stage.models);
    assert!(done.account.fees > 0.0);
    assert_ne!(done.account.equity, 100_000.0);

    let again = decide_again(&stage.config, &first.1).unwrap();
    assert_eq!(again.parted, None);
    assert_eq!(again.equal, orders.len() as u64);

    let latency = &summary.latency;
    assert!(latency.total().n > 50, "{latency:?}");
    for (stage, row) in latency.all.iter().chain(&latency.sent) {
        // The crate around ONNX Runtime wraps each answer anew; after a first order a second strategy has its turn.
        let may = done.summary.trades.signals > 0 && ["model", "after", "total"].contains(stage);
        let most = if may { 2 } else { 0 };
        assert!(row.max <= most, "allocations in {stage}: {row:?}");
    }

    stage.play(0, None);
    let left = fs::read_dir(stage.folder.path().join("journal")).unwrap();
    assert_eq!(left.count(), 0, "a journal that nobody keeps");
    let segment = format!("/dev/shm/pyrt-rehearsal-{}", std::process::id());
    assert!(!Path::new(&segment).exists());
}
