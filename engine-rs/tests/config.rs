//! Layers, ranges, and complaints that name key, value, range and place.

#![allow(clippy::unwrap_used)] // a test's own functions may

use std::fs;
use std::path::{Path, PathBuf};

use pyrt_engine::config::{Config, ConfigError, Overrides, VenueKey};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("pyrt-config-{name}-{}", std::process::id()));
        for (file, text) in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn load(&self, environment: &[(&str, &str)], settings: &[&str]) -> Result<Config, ConfigError> {
        load(Some(&self.0.join("main.toml")), environment, settings)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn load(file: Option<&Path>, environment: &[(&str, &str)], settings: &[&str]) -> Result<Config, ConfigError> {
    let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let settings = settings.iter().map(|s| (*s).to_owned()).collect();
    Config::load(file, &Overrides { environment, settings })
}

#[test]
fn later_layers_win() {
    let folder = Folder::new(
        "layers",
        &[
            (
                "main.toml",
                "include = [\"venues/base.toml\"]\n[shared_memory]\nbook_depth = 20\n[engine]\nname = \"file\"\n",
            ),
            (
                "venues/base.toml",
                "[shared_memory]\nbook_depth = 5\nring_capacity = 128\n[engine]\nname = \"included\"\n",
            ),
        ],
    );
    let config = folder.load(&[("PYRT_ENGINE__NAME", "7"), ("PYRT_OTHER", "x")], &[]).unwrap();
    assert_eq!((config.shared_memory.book_depth, config.shared_memory.ring_capacity), (20, 128));
    assert_eq!(config.engine.name, "7", "a variable needs no quotes");
    let config = folder.load(&[("PYRT_ENGINE__NAME", "env")], &["engine.name=flag"]).unwrap();
    assert_eq!(config.engine.name, "flag");
    let origins = config.to_json()["origins"].clone();
    assert_eq!(origins["engine.name"], "--set");
    assert!(origins["shared_memory.book_depth"].as_str().unwrap().ends_with("main.toml:3"));
    assert!(origins["shared_memory.ring_capacity"].as_str().unwrap().ends_with("base.toml:3"));
    assert_eq!(origins["logging.level"], "default");
}

#[test]
fn complaints_name_key_value_range_and_place() {
    let table = [
        (
            "[shared_memory]\nbook_depth = 1000",
            "main.toml:2: shared_memory.book_depth = 1000: must be an integer from 1 to 100",
        ),
        (
            "[shared_memory]\n\nbook_depth = \"10\"",
            "main.toml:3: shared_memory.book_depth = \"10\": must be an integer from 1 to 100",
        ),
        (
            "[shared_memory]\nring_capacity = 1000",
            "main.toml:2: shared_memory.ring_capacity = 1000: must be a power of two, such as 1024",
        ),
        (
            "[shared_memory]\nmode = 600",
            "main.toml:2: shared_memory.mode = 600: must be one of \"0600\", \"0640\", \"0644\"",
        ),
        (
            "[engine]\nnaem = \"x\"",
            "main.toml:2: engine.naem = \"x\": no such key; did you mean engine.name?",
        ),
        ("[engine]\nname = \"a b\"", "main.toml:2: engine.name = \"a b\": must be 1 to 64 characters"),
        ("[logging]\nlevel = \"loud\"", "logging.level = \"loud\": must be one of \"error\", \"warn\""),
        (
            "[venues.binance]\nrest = \"ftp://x\"",
            "venues.binance.rest = \"ftp://x\": must be http:// or https://",
        ),
        (
            "[venues.binance]\nsymbols = [\"BTCUSDT\"]",
            "venues.binance.symbols = [\"BTCUSDT\"]: \"BTCUSDT\" must be BASE-QUOTE",
        ),
        ("[venues.binance]\nsymbols = []", "must be a list of BASE-QUOTE"),
        ("[venues.binance]\nsymbols = [\"A-B\", \"A-B\"]", "must not name A-B twice"),
        ("[venues.binance]\nstreams = [\"kline\"]", "must be a list of some of"),
        ("[venues.binance]\nstreams = [\"trade\"]", "must contain \"depth@100ms\""),
        ("[venues.binance]\nbackoff_max_ms = 100", "must be at least backoff_initial_ms, 250"),
        (
            "[aliases]\n\"BTC/USD\" = \"btc\"",
            "main.toml:2: aliases.\"BTC/USD\" = \"btc\": must be BASE-QUOTE",
        ),
        ("[engine\n", "main.toml:1: not TOML"),
        ("include = [\"absent.toml\"]", "absent.toml: cannot be read"),
        ("include = \"x\"", "main.toml:1: include = \"x\": must be a list of file names"),
        ("include = [\"main.toml\"]", "includes itself"),
        ("a = 1\na = 2", "main.toml:2: not TOML: duplicate key"),
        (
            "[engine]\nspin_us = 99999999999999999999",
            "engine.spin_us = \"99999999999999999999\": must be an integer",
        ),
    ];
    complain("table", &table);
}

/// Each text is complained about in these words.
fn complain(name: &str, table: &[(&str, &str)]) {
    for (i, (text, complaint)) in table.iter().enumerate() {
        let folder = Folder::new(&format!("{name}{i}"), &[("main.toml", text)]);
        let error = folder.load(&[], &[]).unwrap_err().to_string();
        assert!(error.contains(complaint), "{text:?} says\n  {error}\nnot\n  {complaint}");
    }
}

#[test]
fn complaints_about_venues_say_what_the_venue_wants() {
    let table = [
        (
            "[venues.kraken]\nsymbols = [\"BTCUSD\"]",
            "venues.kraken.symbols = [\"BTCUSD\"]: \"BTCUSD\" must be BASE-QUOTE",
        ),
        (
            "[venues.kraken]\nbook_levels = 50",
            "main.toml:2: venues.kraken.book_levels = 50: must be one of [10, 25, 100, 500, 1000]",
        ),
        (
            "[venues.kraken]\nstreams = [\"level3\"]",
            "\"level3\" is for those who have a key: name its variables by",
        ),
        (
            "[venues.kraken]\nstreams = [\"level3\", \"trade\"]\nkey_variable = \"A\"\nsecret_variable = \"B\"",
            "must be [\"level3\"] alone: its server, wss://ws-l3.kraken.com, has nothing else",
        ),
        (
            "[venues.kraken]\nstreams = [\"level3\"]\nwebsocket = \"wss://ws.kraken.com\"",
            "must be \"wss://ws-l3.kraken.com\": \"level3\" is not served elsewhere",
        ),
        (
            "[venues.kraken]\nstreams = [\"level3\"]\nbook_levels = 25",
            "venues.kraken.book_levels = 25: must be one of [10, 100, 1000] for \"level3\"",
        ),
        ("[venues.kraken]\nstandby = \"maybe\"", "venues.kraken.standby = \"maybe\": must be one of"),
        ("[venues.coinbase]\nstreams = [\"full\"]", "is for those who have a key: name its variables by"),
        (
            "[venues.binance]\nencoding = \"sbe\"",
            "venues.binance.encoding = \"sbe\": \"sbe\" is for those who have a key: name its variable by key_variable",
        ),
        (
            "[venues.binance]\nencoding = \"sbe\"\nkey_variable = \"A\"\nstreams = [\"depth@100ms\"]",
            "must be a list of some of [\"depth\", \"trade\", \"bestBidAsk\", \"depth20\"]",
        ),
        ("[venues.binance_usdm]\nencoding = \"sbe\"", "no such key"),
        ("[venues.coinbase]\nkey_variable = \"A\"", "must come with secret_variable, both or neither"),
        ("[venues.coinbase]\nkey_variable = \"A B\"", "must be the name of a variable of the environment"),
        (
            "[venues.binance]\nstreams = [\"depth@100ms\", \"depth5@100ms\"]",
            "must contain one stream of books alone",
        ),
        ("[venues.binance]\nstreams = [\"depth@100ms\", \"kline_7m\"]", "and bars such as \"kline_1s\""),
        ("[venues.binance]\nstreams = [\"depth@100ms\", \"markPrice@1s\"]", "must be a list of some of"),
        ("[venues.binance_usdm]\nstreams = [\"depth@100ms\", \"kline_1s\"]", "and bars such as \"kline_1m\""),
        ("[venues.coinbase]\nstreams = [\"matches\"]", "must contain \"level2_batch\": books are made of it"),
        (
            "[venues.coinbase]\nbook_levels = 5",
            "venues.coinbase.book_levels = 5: no such key; did you mean venues.coinbase.book_stale_ms?",
        ),
        (
            "[venues.binance_usdm]\nsymbols = [\"BTC-USDT\"]",
            "\"BTC-USDT\" must be BASE-QUOTE-PERP, or the delivery in its place, such as BTC-USDT-PERP",
        ),
        (
            "[consolidated.assets]\n\"BTC-USD\" = [\"BTC-USDT\"]",
            "main.toml:2: consolidated.assets.BTC-USD = [\"BTC-USDT\"]: must be a list of 1 to 8 instruments",
        ),
        (
            "[consolidated.fees_bps]\nmars = 1.0",
            "consolidated.fees_bps.mars = 1.0: no such venue; there are binance,",
        ),
        ("[venues.binance]\nsymbols = []\n[venues.kraken]\nsymbols = []", "if no other venue has symbols"),
    ];
    complain("venues", &table);
}

#[test]
fn everything_wrong_is_said_at_once_and_for_programs_too() {
    let folder =
        Folder::new("all", &[("main.toml", "[engine]\nnaem = 1\n[shared_memory]\nbook_depth = 0\n")]);
    let error = folder.load(&[("PYRT_SHARED_MEMORY__MODE", "0777")], &["nonsense"]).unwrap_err();
    assert_eq!(error.problems.len(), 4, "{error}");
    let depth =
        error.problems.iter().map(pyrt_engine::config::Problem::to_json).find(|p| p["line"] == 4).unwrap();
    assert_eq!((&depth["key"], &depth["value"]), (&"shared_memory.book_depth".into(), &"0".into()));
    assert!(error.to_string().contains("PYRT_SHARED_MEMORY__MODE: shared_memory.mode = 0777"), "{error}");
}

#[test]
fn aliases_stand_for_symbols() {
    let settings = ["venues.binance.symbols=BTC/USD,ETH-USDT", "aliases.\"BTC/USD\"=BTC-USDT"];
    let config = load(None, &[], &settings).unwrap();
    assert_eq!(config.venue(VenueKey::Binance).symbols, ["BTC-USDT", "ETH-USDT"]);
    assert_eq!(config.aliases[0].from, "BTC/USD");
}

#[test]
fn the_shipped_file_says_what_the_defaults_say() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/default.toml");
    let file = load(Some(&shipped), &[], &[]).unwrap();
    let built_in = load(None, &[], &["venues.binance.symbols=BTC-USDT,ETH-USDT"]).unwrap();
    assert_eq!(file.engine, built_in.engine);
    assert_eq!(file.shared_memory, built_in.shared_memory);
    assert_eq!(file.logging, built_in.logging);
    assert_eq!(file.venues, built_in.venues);
    let defaults = file.effective.iter().filter(|e| e.origin == pyrt_engine::config::Origin::Default);
    assert_eq!(defaults.count(), 0, "every key is in the shipped files");
}

#[test]
fn what_is_printed_reads_back() {
    let config = load(None, &[], &["aliases.\"BTC/USD\"=BTC-USDT", "engine.name=again"]).unwrap();
    let folder = Folder::new("again", &[("main.toml", &config.to_toml())]);
    let again = folder.load(&[], &[]).unwrap();
    assert_eq!((again.engine, again.venues, again.aliases), (config.engine, config.venues, config.aliases));
}

#[test]
fn binary_streams_have_a_host_and_names_of_their_own() {
    let settings = ["venues.binance.encoding=sbe", "venues.binance.key_variable=A"];
    let config = load(None, &[], &settings).unwrap();
    let venue = config.venue(VenueKey::Binance);
    assert_eq!((venue.binary, venue.websocket.as_str()), (true, "wss://stream-sbe.binance.com:9443"));
    assert_eq!((venue.books.as_str(), venue.trades, venue.quotes), ("depth", true, true));
    let more = ["venues.binance.streams=depth20,trade", "venues.binance.websocket=ws://127.0.0.1:1"];
    let config = load(None, &[], &[&settings[..], &more].concat()).unwrap();
    let venue = config.venue(VenueKey::Binance);
    assert_eq!((venue.best_levels, venue.trades, venue.quotes), (Some(20), true, false));
    assert_eq!(venue.websocket, "ws://127.0.0.1:1");
    let folder = Folder::new("sbe", &[("main.toml", &config.to_toml())]);
    assert_eq!(folder.load(&[], &[]).unwrap().venues, config.venues);
    let text = load(None, &[], &settings[1..]).unwrap();
    assert!(!text.venue(VenueKey::Binance).binary, "a key alone changes nothing");
}

#[test]
fn streams_say_what_is_followed() {
    let settings = [
        "venues.binance.streams=depth20@100ms,trade,kline_1m,kline_1h",
        "venues.binance_usdm.streams=depth@100ms,markPrice@1s",
        "venues.kraken.streams=book,ohlc_5m",
        "venues.coinbase.streams=full",
        "venues.coinbase.key_variable=A",
        "venues.coinbase.secret_variable=B",
        "venues.coinbase.passphrase_variable=C",
    ];
    let config = load(None, &[], &settings).unwrap();
    let binance = config.venue(VenueKey::Binance);
    assert_eq!((binance.best_levels, binance.trades, binance.quotes), (Some(20), true, false));
    assert_eq!(binance.bars, ["1m", "1h"]);
    assert_eq!(binance.renew_after, Some(std::time::Duration::from_secs(85_800)));
    let futures = config.venue(VenueKey::BinanceUsdm);
    assert_eq!((futures.marks, futures.best_levels), (true, None));
    assert_eq!(config.venue(VenueKey::Kraken).bars, ["5m"]);
    assert_eq!(config.venue(VenueKey::Kraken).renew_after, None);
    assert_eq!([VenueKey::Kraken, VenueKey::Coinbase].map(|key| config.venue(key).protocol), ["v2", ""]);
    let older = load(None, &[], &["venues.kraken.protocol=v1"]).unwrap();
    assert_eq!(older.venue(VenueKey::Kraken).protocol, "v1");
    let wrong =
        load(None, &[], &["venues.kraken.protocol=v1", "venues.kraken.streams=book,ohlc_5m"]).unwrap_err();
    assert!(wrong.to_string().contains("\"ohlc_5m\" is there in protocol \"v2\" alone"), "{wrong}");
    let coinbase = config.venue(VenueKey::Coinbase);
    let keys = coinbase
        .keys
        .as_ref()
        .map(|keys| (keys.key.as_str(), keys.secret.as_str(), keys.passphrase.as_str()));
    assert_eq!((coinbase.books.as_str(), keys), ("full", Some(("A", "B", "C"))));
    assert_eq!(config.venue(VenueKey::CoinbaseAdvanced).keys, None);
}
