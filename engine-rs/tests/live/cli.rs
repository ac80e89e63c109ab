//! The binary as scripts see it: exit codes, what goes to stdout, signals.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

/// Four minutes of our own making.
const MADE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/btc_made.tsv.gz");

fn engine(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyrt-engine"));
    command.args(arguments).env_clear().current_dir(std::env::temp_dir());
    command
}

fn output(arguments: &[&str]) -> Output {
    engine(arguments).output().unwrap()
}

/// Exit code, stdout as JSON, stderr.
fn answer(arguments: &[&str]) -> (i32, Json, String) {
    let output = output(arguments);
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code().unwrap(), json, String::from_utf8(output.stderr).unwrap())
}

fn terminate(mut child: Child) -> Output {
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "SIGTERM is not obeyed");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

#[test]
fn help_says_what_to_type_and_what_the_exit_codes_mean() {
    for arguments in
        [&["--help"][..], &["run", "--help"], &["simulate", "--help"], &["check-config", "--help"]]
    {
        let output = output(arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains("Example"), "{text}");
    }
    assert!(String::from_utf8(output(&["--help"]).stdout).unwrap().contains("Exit codes: 0 fine"));
    let version = String::from_utf8(output(&["--version"]).stdout).unwrap();
    assert_eq!(version.trim(), format!("pyrt-engine {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn bad_usage_and_bad_configuration_are_2() {
    for arguments in [
        &["dance"][..],
        &["simulate", "--speed", "0"],
        &["simulate", "--account", "key=me"],
        &["simulate", "--fault", "place=drop-reply:0"],
        &["simulate", "--settings", "/nonexistent.toml"],
        &["simulate", "--market", "rate=0"],
        &["simulate", "--also", "kraken"],
        &["simulate", "--also", "binance_usdm:colour=blue"],
        &["simulate", "--market", "symbols=BTCUSDT"],
        &["simulate", "--listen", "8.8.8.8:0"],
        &["simulate", "--recording", "/nonexistent.tsv"],
        &["simulate", "--market", "rate=9", "--from", "1"],
        &["simulate", "--for", "1"],
        &["simulate", "--recording", MADE, "--from", "NaN"],
        &["simulate", "--recording", MADE, "--from", "-1"],
        &["simulate", "--recording", MADE, "--for", "0"],
        &["simulate", "--recording", MADE, "--from", "240.5"],
        &["simulate", "--recording", MADE, "--from", "200", "--for", "40.1"],
        &["run", "--config", "/nonexistent.toml"],
        &["run", "--set", "shared_memory.book_depth=0"],
        &["run", "--report", "/nonexistent/report.json"],
        &["rehearse"],
        &["rehearse", "--recording", "/nonexistent.tsv"],
        &["rehearse", "--recording", MADE], // no strategies
        &["rehearse", "--recording", MADE, "--instruments", "/nonexistent.json"],
        &["rehearse", "--recording", MADE, "--settings", "/nonexistent.toml"],
        &["check-config", "/nonexistent.toml"],
    ] {
        let (code, _, words) = answer(arguments);
        assert_eq!(code, 2, "{arguments:?}: {words}");
        assert!(!words.is_empty());
    }
}

#[test]
fn check_config_answers_programs() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/default.toml");
    let (code, document, _) = answer(&["check-config", shipped.to_str().unwrap(), "--json"]);
    assert_eq!(
        (code, &document["ok"], &document["config"]["shared_memory"]["book_depth"]),
        (0, &json!(true), &json!(10))
    );
    let (code, document, _) = answer(&["check-config", "--json", "--set", "engine.name=A"]);
    assert_eq!((code, &document["ok"]), (2, &json!(false)));
    assert_eq!(document["problems"][0]["key"], "engine.name");
}

#[test]
fn the_layout_is_that_of_the_golden_file() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/records.toml");
    let golden: toml::Table = toml::from_str(&std::fs::read_to_string(golden).unwrap()).unwrap();
    let (code, document, _) = answer(&["layout", "--json"]);
    assert_eq!(code, 0);
    assert_eq!(document["bytes"], json!(golden["bytes"]));
    assert_eq!(document["head"], json!(golden["head"]));
    assert_eq!(document["kinds"], json!(golden["kind"]));
    let names: Vec<_> =
        document["regions"].as_array().unwrap().iter().map(|region| &region["name"]).collect();
    assert_eq!(names, ["instruments", "events", "books", "positions", "account", "venues"]);
}

#[test]
fn simulator_and_engine_live_and_die_together() {
    let mut simulator =
        engine(&["simulate", "--market", "seed=1,rate=500"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    let mut stdout = BufReader::new(simulator.stdout.take().unwrap());
    stdout.read_line(&mut ready).unwrap();
    let ready: Json = serde_json::from_str(&ready).unwrap();
    assert_eq!(ready["orders"], json!({"path": "/ws-api/v3", "key": "demo"}));
    assert_eq!(ready["source"]["seed"], 1);
    let address = ready["listening"].as_str().unwrap();
    let name = format!("test-cli-{}", std::process::id());
    let websocket = format!("venues.binance.websocket=ws://{address}");
    let rest = format!("venues.binance.rest=http://{address}");
    let engine = engine(&[
        "run",
        "--name",
        &name,
        "--set",
        &websocket,
        "--set",
        &rest,
        "--set",
        "logging.format=json",
    ])
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    let segment = format!("/dev/shm/pyrt-{name}");
    let deadline = Instant::now() + Duration::from_secs(30);
    while !Path::new(&segment).exists() {
        assert!(Instant::now() < deadline, "no segment");
        std::thread::sleep(Duration::from_millis(5));
    }
    let ended = terminate(engine);
    assert_eq!(ended.status.code(), Some(0));
    assert!(!Path::new(&segment).exists());
    for line in String::from_utf8(ended.stderr).unwrap().lines() {
        let entry: Json = serde_json::from_str(line).unwrap();
        assert!(entry["level"].is_string() && entry["message"].is_string(), "{line}");
    }
    assert_eq!(terminate(simulator).status.code(), Some(0));
}

#[test]
fn a_venue_that_is_not_there_is_3_and_a_running_engine_4() {
    let gone = ["--set", "venues.binance.rest=http://127.0.0.1:1", "--set", "engine.startup_timeout_ms=100"];
    let name = format!("test-exit-{}", std::process::id());
    let run = |more: &[&str]| {
        let mut arguments = vec!["run", "--name", &name];
        arguments.extend(more);
        engine(&arguments).stderr(Stdio::null()).spawn().unwrap()
    };
    assert_eq!(run(&gone).wait().unwrap().code(), Some(3));
    let first = run(&gone[..2]);
    let deadline = Instant::now() + Duration::from_secs(30);
    while !Path::new(&format!("/dev/shm/pyrt-{name}")).exists() {
        assert!(Instant::now() < deadline, "no segment");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(run(&gone).wait().unwrap().code(), Some(4));
    assert_eq!(terminate(first).status.code(), Some(0), "stopped before the venue has answered");
}

#[test]
fn a_recording_that_is_not_sound_is_5() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).into_os_string().into_string().unwrap();
    let (whole, torn) = (path("whole.tsv"), path("torn.tsv"));
    let market = "seed=3,symbols=BTC-USDT,rate=200";
    assert_eq!(answer(&["generate", "--market", market, "--seconds", "5", "-o", &whole]).0, 0);
    let (code, found, _) = answer(&["verify", "--json", &whole]);
    assert_eq!((code, &found[0]["sound"], &found[0]["file"]), (0, &json!(true), &json!(whole)));
    assert!(found[0]["tops_equal"].as_u64().unwrap() > 20);
    let text = std::fs::read_to_string(&whole).unwrap();
    let lost = text.lines().enumerate().filter(|(_, line)| line.contains("@depth@100ms")).nth(20).unwrap().0;
    let left = text.lines().enumerate().filter(|(number, _)| *number != lost).map(|(_, line)| line);
    std::fs::write(&torn, left.collect::<Vec<_>>().join("\n")).unwrap();
    let output = output(&["verify", &whole, &torn]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(text.contains("whole.tsv (binance-spot): sound") && text.contains("NOT SOUND: 1 gaps"), "{text}");
    let (code, _, words) = answer(&["verify", &path("absent.tsv")]);
    assert!(code == 2 && words.contains("absent.tsv"), "{words}");
}
