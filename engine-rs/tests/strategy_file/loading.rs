use std::fs;

use pyrt_engine::strategy::{Body, StrategyFile};

use super::root;

fn shipped() -> String {
    fs::read_to_string(root().join("config/strategies/btc_momentum.toml")).unwrap()
}

/// The complaints about a file that says this.
fn complaints(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    fs::write(&path, text).unwrap();
    StrategyFile::load(&path).unwrap_err().to_string().replace(&folder.path().display().to_string(), "")
}

#[test]
fn the_shipped_file_loads_without_its_model() {
    let file = StrategyFile::load(&root().join("config/strategies/btc_momentum.toml")).unwrap();
    assert_eq!((file.name.as_str(), file.version.as_str()), ("BTC Momentum", "1.2.0"));
    assert_eq!(file.instrument, "binance:BTC-USDT");
    assert_eq!(file.period, 60_000_000_000);
    let Body::Rules(rules) = &file.body else { panic!("{:?}", file.body) };
    assert_eq!(rules.features, ["rsi_14", "macd", "volume_ratio", "bb_pct"]);
    assert_eq!(rules.model, root().canonicalize().unwrap().join("models/btc_momentum_v1.2.onnx"));
    assert_eq!((rules.entry_threshold, rules.exit_threshold, rules.position_size_pct), (0.65, 0.45, 0.1));
    assert_eq!((rules.limit, rules.limit_offset_bps, rules.timeout_ns), (true, 5.0, 30_000_000_000));
    let told = file.describe();
    let default = told.lines().find(|line| line.starts_with("bar = \"1m\"")).unwrap();
    assert!(default.ends_with("# default"), "{default}");
    assert!(told.contains("binance:BTC-USDT, an alias of config/venues/binance.toml"), "{told}");
}

#[test]
fn every_fault_is_told_with_its_line() {
    let cases = [
        (
            "entry_threshold",
            "entry_treshold",
            "parameters.entry_treshold = 0.65: no such key; did you mean parameters.entry_threshold?",
        ),
        ("entry_threshold", "entry_treshold", "parameters.entry_threshold: is missing"),
        ("= 0.45", "= 0.66", "parameters.exit_threshold = 0.66: must be at most entry_threshold, 0.65"),
        ("= 0.10 ", "= 10 ", "position_size_pct = 10: must be a fraction of equity, above 0 and at most 1"),
        ("= 0.10 ", "= nan ", "position_size_pct = nan: must be a fraction"),
        ("lookback_period = 20", "lookback_period = 20.5", "must be an integer from 1 to 100000"),
        ("\"rsi_14\"", "\"rsi14\"", "there is no \"rsi14\"; there are rsi_N"),
        (
            "\"macd\"",
            "3",
            "ml_model.features = [\"rsi_14\", 3, \"volume_ratio\", \"bb_pct\"]: must be a list",
        ),
        ("\"limit\"", "\"stop\"", "execution.order_type = \"stop\": must be one of \"limit\", \"market\""),
        ("timeout_seconds = 30", "timeout_seconds = 0", "must be a number above 0"),
        ("[execution]", "[execution]\nspeed = 1", "execution.speed = 1: no such key"),
        (
            "[execution]",
            "[data]\nbar = \"1 min\"\n[execution]",
            "data.bar = \"1 min\": must be a number and s, m, h or d",
        ),
        ("\"BTC/USD\"", "\"btc\"", "strategy.asset = \"btc\": must be BASE/QUOTE"),
        ("path = ", "path2 = ", "ml_model.path: is missing"),
        ("[strategy]", "include = [\"other.toml\"]\n[strategy]", "include = [\"other.toml\"]: no such key"),
        ("[strategy]", "[strategy", "not TOML"),
    ];
    for (from, to, words) in cases {
        let text = shipped();
        assert!(text.contains(from), "{from}");
        let told = complaints(&text.replacen(from, to, 1));
        assert!(told.contains(words), "{told}\nlacks {words}");
        assert!(told.contains("/own.toml"), "{told}");
    }
}

#[test]
fn a_compiled_strategy_is_recognized() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config/strategies/own.toml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let text = "[strategy]\nname = \"Cross\"\nasset = \"ETH/USDT\"\nexchange = \"binance\"\ncode = \"cross.so\"\n\
                [parameters]\nfast = 8\nslow = 21.5\n";
    fs::write(&path, text).unwrap();
    let file = StrategyFile::load(&path).unwrap();
    assert_eq!(file.instrument, "binance:ETH-USDT");
    let parameters = vec![("fast".to_owned(), 8.0), ("slow".to_owned(), 21.5)];
    assert_eq!(
        file.body,
        Body::Code { path: folder.path().canonicalize().unwrap().join("cross.so"), parameters }
    );
    let told = complaints(&format!("{text}[ml_model]\npath = \"x\"\n"));
    assert!(told.contains("ml_model.path"), "{told}");
}
