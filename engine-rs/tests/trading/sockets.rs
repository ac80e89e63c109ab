//! The engine against the simulated venue: frames in, orders out, fills back, over real sockets and shared memory; then
//! the session's journal is decided again.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use prost::Message;
use pyrt_engine::clock::SystemClock;
use pyrt_engine::config::{Config, Overrides};
use pyrt_engine::engine::{self, EngineError, Summary, Surroundings};
use pyrt_engine::ipc::Reader;
use pyrt_engine::messaging::{Endpoints, wire};
use pyrt_engine::model::{Clock, Event, Kind};
use pyrt_engine::simulator::{Market, MarketOptions, Options, Pace, Simulator};

use crate::rig::compiled;

const PATIENCE: Duration = Duration::from_secs(30);

pub struct Session {
    pub name: String,
    pub folder: tempfile::TempDir,
    pub config: Config,
    _simulator: Simulator,
}

impl Session {
    pub fn new(name: &str) -> Session {
        Session::with(name, 1.0, "")
    }

    /// With a market that runs so many times as fast, and more in the configuration.
    fn with(name: &str, speed: f64, more: &str) -> Session {
        let folder = tempfile::tempdir().unwrap();
        let market = Market::new(MarketOptions { rate: 200, ..MarketOptions::default() }).unwrap();
        let options = Options { pace: Pace::Times(speed), ..Options::default() };
        let simulator = Simulator::start(Box::new(market), options, Arc::new(SystemClock), || ()).unwrap();
        let name = format!("test-{name}-{}", std::process::id());
        let more = more.replace("ADDRESS", &simulator.address().to_string());
        let limits = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/risk_limits.toml");
        fs::write(
            folder.path().join("engine.toml"),
            text(&name, simulator.address(), limits).replace("[journal]", &format!("{more}[journal]")),
        )
        .unwrap();
        fs::copy(compiled("pingpong"), folder.path().join("pingpong.so")).unwrap();
        let settings = ["journal", "messages"]
            .map(|part| format!("{part}.directory={}", folder.path().join(part).display()));
        let overrides = Overrides { environment: vec![], settings: settings.to_vec() };
        let config = Config::load(Some(&folder.path().join("engine.toml")), &overrides).unwrap();
        Session { name, folder, config, _simulator: simulator }
    }

    pub fn start(&self) -> Running {
        let stop = Arc::new(AtomicBool::new(false));
        let (config, seen) = (self.config.clone(), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            engine::run(&config, &Surroundings { clock: Arc::new(SystemClock), seed: 1, stop: &seen })
        });
        Running { stop, thread: Some(thread) }
    }

    pub fn journal(&self) -> std::path::PathBuf {
        let all =
            fs::read_dir(self.folder.path().join("journal")).unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| path.extension().is_some_and(|end| end == "pyrt")).min().unwrap()
    }
}

fn text(name: &str, address: std::net::SocketAddr, limits: &str) -> String {
    format!(
        r#"
[engine]
name = "{name}"
[shared_memory]
ring_capacity = 1048576
[venues.binance]
websocket = "ws://{address}"
rest = "http://{address}"
symbols = ["BTC-USDT"]
backoff_initial_ms = 20
[trading]
risk = "{limits}"
usd = {{ USDT = 1.0 }}
[[strategies]]
name = "pingpong"
code = "pingpong.so"
symbols = ["BTC-USDT"]
[journal]
capacity_mb = 64
"#
    )
}

pub struct Running {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<Result<Summary, EngineError>>>,
}

impl Running {
    pub fn stop(mut self) -> Result<Summary, EngineError> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }

    fn alive(&mut self) {
        if self.thread.as_ref().unwrap().is_finished() {
            panic!("{:?}", self.thread.take().unwrap().join().unwrap());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

pub fn until<T>(running: &mut Running, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        running.alive();
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Sends a command and returns its acknowledgement.
fn command(session: &Session, session_id: u64, action: wire::command::Action) -> wire::Ack {
    let endpoints = Endpoints::new(&session.folder.path().join("messages"), &session.name);
    let context = zmq::Context::new();
    let events = context.socket(zmq::SUB).unwrap();
    events.set_subscribe(b"ack.one").unwrap();
    events.set_rcvtimeo(10_000).unwrap();
    events.connect(&endpoints.events).unwrap();
    let commands = context.socket(zmq::XPUB).unwrap();
    commands.set_rcvtimeo(10_000).unwrap();
    commands.connect(&endpoints.commands).unwrap();
    commands.recv_bytes(0).unwrap(); // the engine's subscription
    thread::sleep(Duration::from_millis(200)); // and ours reaches the engine
    let (command_id, time_ns) = ("one".to_owned(), SystemClock.utc().0);
    let message = wire::Command { command_id, session_id, time_ns, action: Some(action) };
    commands.send_multipart([b"command".to_vec(), message.encode_to_vec()], 0).unwrap();
    let parts = events.recv_multipart(0).unwrap();
    wire::Ack::decode(parts[1].as_slice()).unwrap()
}

pub fn kinds(events: &[Event], kind: Kind) -> usize {
    events.iter().filter(|event| event.kind == kind as u8).count()
}

#[test]
fn a_session_trades_obeys_and_is_decided_again_from_its_journal() {
    let session = Session::new("trades");
    let mut running = session.start();
    let mut reader = until(&mut running, || Reader::open(&session.name).ok());
    reader.rewind();
    let mut events = vec![];
    until(&mut running, || {
        events.extend(std::iter::from_fn(|| reader.read()));
        (kinds(&events, Kind::Fill) >= 4).then_some(())
    });
    let id = session_id(&session.journal());
    let flatten = wire::command::Flatten { strategy: "pingpong".to_owned() };
    let ack = command(&session, id, wire::command::Action::Flatten(flatten));
    assert!(ack.accepted, "{ack:?}");
    // What rested is taken back, what was held is closed.
    until(&mut running, || {
        events.extend(std::iter::from_fn(|| reader.read()));
        let updates = events.iter().filter_map(Event::as_order_update);
        let last: HashMap<u64, u16> =
            updates.map(|update| (update.client_order_id, update.flags >> 12)).collect();
        let fills = events.iter().filter_map(Event::as_fill);
        let held: f64 = fills.map(|fill| if fill.side == 1 { fill.qty } else { -fill.qty }).sum();
        (last.values().all(|status| (3..=6).contains(status)) && held.abs() < 1e-9).then_some(())
    });
    running.stop().unwrap();
    let again = engine::decide_again(&session.config, &session.journal()).unwrap();
    assert_eq!(again.parted, None);
    assert!(again.equal >= 10 && again.inputs > 100, "{again:?}");
}

/// Other venues are followed in the same process and journal; what was traded does not depend on how many they are.
#[test]
fn a_session_beside_other_venues_is_decided_again() {
    let others = ["coinbase", "kraken"].map(|venue| {
        format!(
            "[venues.{venue}]\nwebsocket = \"ws://ADDRESS\"\nrest = \"http://ADDRESS\"\nsymbols = [\"ETH-USD\", \"BTC-USD\"]\n"
        )
    });
    let session = Session::with("beside", 1.0, &others.concat());
    let mut running = session.start();
    let mut reader = until(&mut running, || Reader::open(&session.name).ok());
    reader.rewind();
    let mut events = vec![];
    until(&mut running, || {
        events.extend(std::iter::from_fn(|| reader.read()));
        let told = |row: u32| events.iter().filter(|event| event.instrument == row).count() > 50;
        (kinds(&events, Kind::Fill) >= 4 && (1..5).all(told)).then_some(())
    });
    running.stop().unwrap();
    let again = engine::decide_again(&session.config, &session.journal()).unwrap();
    assert_eq!(again.parted, None);
    assert!(again.equal >= 10 && again.inputs > 100, "{again:?}");
}

/// The library, where the tests of models find it.
pub fn onnx_runtime() -> Option<std::path::PathBuf> {
    if let Some(set) = std::env::var_os("ORT_DYLIB_PATH") {
        return Some(set.into());
    }
    let pythons = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/lib");
    fs::read_dir(pythons).ok()?.filter_map(Result::ok).find_map(|python| {
        let files = fs::read_dir(python.path().join("site-packages/onnxruntime/capi")).ok()?;
        let mut files = files.filter_map(Result::ok).map(|entry| entry.path());
        files.find(|path| path.to_string_lossy().contains("libonnxruntime.so"))
    })
}

const MOMENTUM: &str = r#"
[strategy]
name = "Momentum"
asset = "BTC-USDT"
exchange = "binance"
[data]
bar = "1s"
[parameters]
lookback_period = 20
entry_threshold = 0.5
exit_threshold = 0.5
position_size_pct = 0.01
[ml_model]
path = "MODEL"
features = ["rsi_14", "macd", "volume_ratio", "bb_pct"]
[execution]
order_type = "market"
timeout_seconds = 30
"#;

#[test]
fn a_strategy_file_and_a_compiled_strategy_trade_side_by_side() {
    let Some(library) = onnx_runtime() else {
        eprintln!("skipped: no ONNX Runtime; run `make ext`, or set ORT_DYLIB_PATH to libonnxruntime.so");
        return;
    };
    // The compiled one leaves the other room within the limits of orders a minute.
    let block =
        "parameters = { every = 3000 }\n[[strategies]]\nname = \"momentum\"\nfile = \"momentum.toml\"\n";
    let mut session = Session::with("side", 20.0, block);
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/model.onnx");
    fs::write(session.folder.path().join("momentum.toml"), MOMENTUM.replace("MODEL", model)).unwrap();
    session.config.trading.onnx_runtime = Some(library);
    let mut running = session.start();
    let mut reader = until(&mut running, || Reader::open(&session.name).ok());
    reader.rewind();
    let mut events = vec![];
    until(&mut running, || {
        events.extend(std::iter::from_fn(|| reader.read()));
        let of = |strategy: u64| {
            let fills = events.iter().filter_map(Event::as_fill);
            fills.filter(|fill| fill.client_order_id >> 48 == strategy).count()
        };
        (of(0) > 0 && of(1) > 0 && kinds(&events, Kind::Signal) >= 10).then_some(())
    });
    running.stop().unwrap();
    let again = engine::decide_again(&session.config, &session.journal()).unwrap();
    assert_eq!(again.parted, None);
}

fn session_id(journal: &Path) -> u64 {
    pyrt_engine::journal::Journal::open(journal).unwrap().header().session_id
}

/// The session does not start with this change, and says so.
pub fn refused(session: &Session, change: &dyn Fn(&mut Config), words: &str) {
    let mut config = session.config.clone();
    change(&mut config);
    let stop = AtomicBool::new(false);
    let surroundings = Surroundings { clock: Arc::new(SystemClock), seed: 1, stop: &stop };
    match engine::run(&config, &surroundings) {
        Err(EngineError::Trading(said)) => assert!(said.contains(words), "{said}"),
        other => panic!("{other:?}"),
    }
    assert!(!Path::new(&format!("/dev/shm/pyrt-{}", session.name)).exists());
}

#[test]
fn what_cannot_trade_safely_does_not_start() {
    let session = Session::new("refused");
    let refused = |change: &dyn Fn(&mut Config), words: &str| refused(&session, change, words);
    let live = pyrt_engine::config::Mode::Live;
    refused(
        &|config| config.trading.order_entry = "wss://ws-api.binance.com:443".to_owned(),
        "is the venue itself",
    );
    refused(
        &|config| config.trading.order_entry = "ws://10.0.0.1:9".to_owned(),
        "PYRT_API_KEY and PYRT_API_SECRET",
    );
    refused(&|config| config.trading.mode = live, "needs a key");
    let secrets = || Some(pyrt_engine::config::Secrets { key: "k".to_owned(), secret: "s".to_owned() });
    refused(&|config| (config.trading.mode, config.trading.secrets) = (live, secrets()), "Ed25519");
    refused(&|config| config.trading.risk = "nowhere.toml".into(), "nowhere.toml");
    refused(&|config| config.strategies[0].symbols = vec!["ETH-USDT".to_owned()], "ETH-USDT is not among");
    refused(&|config| config.strategies[0].sha256 = Some("0".repeat(64)), "pingpong");
    refused(&|config| config.strategies[0].parameters = vec![("x".to_owned(), 1.0)], "no parameter \"x\"");
}
