//! The engine in a process of its own, under simulated venues.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyrt_engine::clock::SystemClock;
use pyrt_engine::ipc::Reader;
use pyrt_engine::model::{InstrumentId, State};
use pyrt_engine::simulator::{HallSource, Market, MarketOptions, Options, Simulator};
use rustix::process::{Pid, Signal, kill_process};

pub const PATIENCE: Duration = Duration::from_secs(60);
/// Two instruments of each of three venues.
pub const ROWS: u32 = 6;

pub fn simulator() -> Simulator {
    let hall = |seed| HallSource::Generated {
        seed,
        pairs: vec!["BTC-USD".to_owned(), "ETH-USD".to_owned()],
        rate: 1_000,
    };
    let market = Market::new(MarketOptions { rate: 1_000, ..MarketOptions::default() }).unwrap();
    let options = Options { coinbase: hall(1), kraken: hall(2), ..Options::default() };
    Simulator::start(Box::new(market), options, Arc::new(SystemClock), || ()).unwrap()
}

/// Killed and reaped whatever happens.
pub struct Engine {
    child: Child,
    name: String,
}

impl Engine {
    /// Records into `folder`.
    pub fn record(name: &str, simulator: &Simulator, folder: &Path, more: &[&str]) -> Engine {
        let port = simulator.address().port();
        let mut settings = vec![
            "shared_memory.ring_capacity=1048576".to_owned(),
            "logging.level=error".to_owned(),
            "venues.binance.symbols=BTC-USDT,ETH-USDT".to_owned(),
            "venues.coinbase.symbols=BTC-USD,ETH-USD".to_owned(),
            "venues.kraken.symbols=ETH-USD,BTC-USD".to_owned(),
        ];
        for venue in ["binance", "coinbase", "kraken"] {
            settings.push(format!("venues.{venue}.websocket=ws://127.0.0.1:{port}"));
            settings.push(format!("venues.{venue}.rest=http://127.0.0.1:{port}"));
            settings.push(format!("venues.{venue}.backoff_initial_ms=20"));
        }
        settings.extend(more.iter().map(|setting| (*setting).to_owned()));
        let mut command = Command::new(env!("CARGO_BIN_EXE_pyrt-engine"));
        command.args(["run", "--name", name]).arg("--record").arg(folder).current_dir(folder);
        settings.iter().for_each(|setting| _ = command.args(["--set", setting]));
        Engine { child: command.spawn().unwrap(), name: name.to_owned() }
    }

    /// A reader from the first record on, once all books are the venues'.
    pub fn reader(&mut self) -> Reader {
        let deadline = Instant::now() + PATIENCE;
        loop {
            assert!(self.child.try_wait().unwrap().is_none(), "the engine has ended");
            assert!(Instant::now() < deadline, "books are not synced");
            if let Ok(mut reader) = Reader::open(&self.name)
                && reader.pid() == self.child.id()
                && (0..ROWS).all(|row| {
                    reader.book(InstrumentId(row)).is_some_and(|book| book.state == State::Synced as u8)
                })
            {
                reader.rewind();
                return reader;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let _ = std::fs::remove_file(format!("/dev/shm/pyrt-{}", self.name)); // nobody takes it over
    }

    pub fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the binary says.
pub fn ask(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pyrt-engine"))
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap()
}

/// The recordings in a folder, by name.
pub fn recordings(folder: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut found: Vec<PathBuf> =
        all.filter(|path| path.extension().is_some_and(|end| end == "pyrt")).collect();
    found.sort();
    found
}
