//! `verify`: whole recordings are sound, and each kind of damage is found.

use std::fs::read_to_string;
use std::path::PathBuf;

use pyrt_engine::market_data::venues::Venue;
use pyrt_engine::market_data::verification::{Access, Report, verify};

use crate::files::Folder;
use crate::reader::recording;

fn reports(names: &[&str]) -> Option<Vec<Report>> {
    let paths: Vec<PathBuf> = names.iter().map(|name| recording(name)).collect::<Option<_>>()?;
    Some(verify(&paths, false, Access::TEXT).unwrap())
}

/// Messages, equal tops, tops; all of a sound recording without checksums.
fn sound_tops(report: &Report) -> (u64, u64, u64) {
    assert_eq!((report.faults(), report.checksums), (vec![], 0), "{}", report.file.display());
    (report.messages, report.tops_equal, report.tops)
}

#[test]
fn binance_spot_equals_its_own_quotes() {
    let names = ["binance_spot_10sym_20210417.tsv", "binance_spot_btcusdt_20240808.tsv.gz"];
    let Some(found) = reports(&names) else { return };
    assert_eq!(sound_tops(&found[0]), (1_238, 574, 574));
    assert_eq!(sound_tops(&found[1]), (41_249, 3_449, 3_449));
}

#[test]
fn binance_futures_equal_their_own_quotes() {
    let names = [
        "binance_coinm_btcusd_perp_20240808.tsv.gz",
        "binance_usdm_ethusdt_20240808.tsv.gz",
        "binance_usdm_4sym_20210417.tsv",
        "binance_coinm_streams.tsv",
        "binance_coinm_snapshots.tsv",
    ];
    let Some(found) = reports(&names) else { return };
    assert_eq!(sound_tops(&found[0]), (48_270, 26_824, 26_824));
    assert_eq!(sound_tops(&found[1]), (74_655, 6_580, 6_580));
    assert_eq!(sound_tops(&found[2]), (3_263, 1_000, 1_000));
    // A few quotes are missing in the recording: the last one there is still another level.
    assert_eq!(sound_tops(&found[3]), (4_381, 1_789, 1_793));
    assert_eq!(found[4].part_of, [found[3].file.clone()]);
    assert!(found.iter().all(|report| report.unknown == 0));
}

#[test]
fn coinbase_equals_its_own_quotes_but_for_races() {
    let Some(found) = reports(&["coinbase_exchange_level2.tsv"]) else { return };
    assert_eq!(sound_tops(&found[0]), (5_916, 74, 77));
}

#[test]
fn kraken_futures_equal_their_own_quotes() {
    let Some(found) = reports(&["kraken_futures_v1_20210722.tsv"]) else { return };
    assert_eq!(sound_tops(&found[0]), (7_175, 107, 107));
}

#[test]
fn kraken_equals_its_own_checksums() {
    let names =
        ["kraken_v1_book1000.tsv", "kraken_v2_book1000.tsv", "kraken_v1_trades.tsv", "kraken_v1_ticker.tsv"];
    let Some(found) = reports(&names) else { return };
    for (report, (messages, checksums)) in
        found.iter().zip([(2_964, 2_922), (2_927, 2_922), (49, 0), (60, 0)])
    {
        assert_eq!(report.faults(), Vec::<String>::new(), "{}", report.file.display());
        assert_eq!(
            (report.messages, report.checksums_ok, report.checksums),
            (messages, checksums, checksums)
        );
        assert_eq!(report.unknown, 0);
    }
}

#[test]
fn snapshots_in_a_file_of_their_own_find_their_stream() {
    let names = ["binance_spot_snapshots.tsv", "binance_spot_streams.tsv", "binance_spot_10sym_20210417.tsv"];
    let Some(found) = reports(&names) else { return };
    assert_eq!(sound_tops(&found[1]), (269, 159, 159));
    assert_eq!((&found[0].part_of, found[0].messages), (&vec![found[1].file.clone()], 4));
    assert!(found[0].sound());
    assert_eq!(found[1].with, [found[0].file.clone()]);
    let alone = &reports(&names[1..2]).unwrap()[0];
    assert_eq!(alone.faults(), ["4 books have messages and no snapshot"]);
}

#[test]
fn damage_is_found_and_named() {
    let Some(path) = recording("binance_spot_10sym_20210417.tsv") else { return };
    let whole = read_to_string(path).unwrap();
    let folder = Folder::new("verification");
    let judged = |name: &str, lines: &mut dyn Iterator<Item = String>| {
        let text = lines.map(|line| line + "\n").collect::<String>();
        let report = verify(&[folder.file(name, text.as_bytes())], false, Access::TEXT).unwrap().remove(0);
        assert!(!report.sound(), "{name}");
        report
    };
    let lines = || whole.lines().map(str::to_owned);
    let is_depth = |line: &str| line.contains("\"SWRVBUSD\",\"U\"");
    let late = lines().enumerate().filter(|(_, line)| is_depth(line)).nth(20).unwrap().0;
    let report =
        judged("dropped.tsv", &mut lines().enumerate().filter(|(n, _)| *n != late).map(|(_, line)| line));
    assert_eq!((report.gaps, report.resyncs, report.incomplete), (1, 1, 1));
    let broken = |(n, line): (usize, String)| if n == late { line.replace("\"U\":", "\"V\":") } else { line };
    let report = judged("broken.tsv", &mut lines().enumerate().map(broken));
    assert_eq!(report.rejected.into_iter().collect::<Vec<_>>(), [("not readable: U".to_owned(), 1)]);
    let shifted = |line: String| {
        if line.contains("bookTicker") { line.replace("\"B\":\"", "\"B\":\"1") } else { line }
    };
    let report = judged("quotes.tsv", &mut lines().map(shifted));
    assert_eq!((report.tops_equal, report.tops, report.gaps), (0, 574, 0));
    let error = verify(&[folder.file("none.tsv", b"1\t{\"hello\":1}\n")], false, Access::TEXT)
        .unwrap_err()
        .to_string();
    assert!(error.ends_with("none.tsv: holds no message of a known venue"), "{error}");
}

/// Connections begin with what is of two channels alike: a recording of orders is held against the venue all the same.
#[test]
fn a_recording_of_orders_is_known_whatever_it_begins_with() {
    let Some(path) = recording("coinbase_exchange_level2.tsv") else { return };
    let data = path.parent().unwrap().parent().unwrap();
    let folder = Folder::new("orders");
    let one = |name: &str, text: &str| {
        let file = folder.file(name, text.as_bytes());
        verify(&[file], false, Access::TEXT).unwrap().remove(0)
    };
    let full = read_to_string(data.join("l3/coinbase_full_btcusd_20160312_a.tsv")).unwrap();
    let heartbeat = r#"{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"2016-03-12T05:08:28.464459Z"}"#;
    let found = one("full.tsv", &format!("1\t{heartbeat}\n{full}"));
    assert_eq!((found.venue, found.messages, found.faults()), (Venue::CoinbaseOrders, 9_486, vec![]));
    let status = r#"{"channel":"status","type":"update","data":[{"system":"online","api_version":"v2","connection_id":1,"version":"2.0.10"}]}"#;
    let level3 =
        read_to_string(data.join("ws_fixtures/kraken_docs/level3_v2_checksum_example.json")).unwrap();
    let level3: String = level3.lines().map(str::trim_start).collect();
    let found = one("level3.tsv", &format!("1\t{status}\n2\t{level3}\n"));
    assert_eq!((found.venue, found.checksums_ok, found.checksums), (Venue::KrakenOrders, 1, 1));
    let damaged = level3.replace("1063832831", "1063832832");
    assert_ne!(damaged, level3);
    let found = one("damaged.tsv", &format!("1\t{status}\n2\t{damaged}\n"));
    assert_eq!((found.checksums_ok, found.checksums, found.sound()), (0, 1, false));
}

/// Of Advanced Trade all messages of a connection are numbered in one row.
#[test]
fn a_recording_of_advanced_trade_is_held_against_its_numbers() {
    let time = "2026-04-07T14:30:01.456789Z";
    let message = |number: u64, channel: &str, events: &str| {
        format!(
            r#"{{"channel":"{channel}","client_id":"","timestamp":"{time}","sequence_num":{number},"events":[{events}]}}"#
        )
    };
    let book = |kind: &str, levels: &[(&str, &str, &str)]| {
        let level = |(side, price, qty): &(&str, &str, &str)| {
            format!(
                r#"{{"side":"{side}","event_time":"{time}","price_level":"{price}","new_quantity":"{qty}"}}"#
            )
        };
        let levels: Vec<_> = levels.iter().map(level).collect();
        format!(r#"{{"type":"{kind}","product_id":"BTC-USD","updates":[{}]}}"#, levels.join(","))
    };
    let trade = format!(
        r#"{{"type":"update","trades":[{{"trade_id":"7","product_id":"BTC-USD","price":"68900.50","size":"0.0015","side":"BUY","time":"{time}"}}]}}"#
    );
    let quote = r#"{"type":"update","tickers":[{"type":"ticker","product_id":"BTC-USD","price":"68900.50","best_bid":"68900.00","best_bid_quantity":"1.5","best_ask":"68901.25","best_ask_quantity":"0.5"}]}"#;
    let beat = format!(r#"{{"current_time":"{time}","heartbeat_counter":42}}"#);
    let all = [
        message(0, "heartbeats", &beat),
        message(
            1,
            "l2_data",
            &book("snapshot", &[("bid", "68900.00", "1.5"), ("offer", "68901.25", "0.75")]),
        ),
        message(2, "l2_data", &book("update", &[("offer", "68901.25", "0.5")])),
        message(3, "ticker", quote),
        message(4, "market_trades", &trade),
        message(5, "l2_data", &book("update", &[("bid", "68899.99", "2")])),
    ];
    let folder = Folder::new("advanced");
    let verified = |name: &str, left_out: usize| {
        let lines = all.iter().enumerate().filter(|(at, _)| *at != left_out);
        let text: String = lines.map(|(at, line)| format!("{}\t{line}\n", 1_000_000_000 + at)).collect();
        verify(&[folder.file(name, text.as_bytes())], false, Access::TEXT).unwrap().remove(0)
    };
    let whole = verified("whole.tsv", usize::MAX);
    assert_eq!((whole.venue, whole.messages, whole.faults()), (Venue::CoinbaseAdvanced, 6, vec![]));
    assert_eq!((whole.tops_equal, whole.tops), (1, 1));
    let torn = verified("torn.tsv", 4);
    assert_eq!((torn.gaps, torn.sound()), (1, false));
}
