//! What a message is, as far as a fault must know it; and the same message with something wrong in it.

use serde_json::Value as Json;

use super::Place;

/// A change of a book.
pub fn is_book(place: Place, text: &str) -> bool {
    match place {
        Place::Binance | Place::BinanceUsdm | Place::BinanceCoinm => text.contains("\"e\":\"depthUpdate\""),
        Place::Coinbase => ["l2update", "open"].iter().any(|kind| begins(text, "{\"type\":\"", kind, "\"")),
        Place::CoinbaseAdvanced => {
            text.starts_with("{\"channel\":\"l2_data\"") && text.contains("\"type\":\"update\"")
        }
        Place::KrakenFutures => text.starts_with("{\"feed\":\"book\","),
        Place::KrakenV1 => text.starts_with('[') && text.contains(",\"book-") && !text.contains("\"as\":["),
        Place::Kraken => {
            let is_of = |channel| begins(text, "{\"channel\":\"", channel, "\",\"type\":\"update\"");
            ["book", "level3"].into_iter().any(is_of)
        }
    }
}

/// Whether a message begins with these three.
fn begins(text: &str, head: &str, word: &str, tail: &str) -> bool {
    let rest = text.strip_prefix(head).and_then(|rest| rest.strip_prefix(word));
    rest.is_some_and(|rest| rest.starts_with(tail))
}

/// A message whose place in a row can be seen.
pub fn is_step(place: Place, text: &str) -> bool {
    match place {
        Place::Coinbase => text.starts_with("{\"type\":\"match\""),
        _ => is_book(place, text),
    }
}

/// The instrument's name in a message.
pub fn whose(text: &str) -> Option<&str> {
    if text.starts_with('[') {
        return text.strip_suffix("\"]")?.rsplit('"').next();
    }
    let keys = ["\"symbol\":\"", "\"product_id\":\"", "\"s\":\""];
    keys.iter().find_map(|key| text.split(key).nth(1)?.split('"').next())
}

pub fn other_checksum(text: &str) -> String {
    let keys = ["\"checksum\":", "\"c\":\""];
    let split = keys.iter().find_map(|key| Some((key, text.split_once(key)?)));
    let Some((key, (head, tail))) = split else { return text.to_owned() };
    let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
    let checksum: u32 = tail[..end].parse().unwrap_or_default();
    format!("{head}{key}{}{}", checksum ^ 1, &tail[end..])
}

/// A diff of Binance's with a bid above all asks that it speaks of.
pub fn crossed_diff(text: &str) -> Option<String> {
    let message: Json = serde_json::from_str(text).ok()?;
    let data = if message["data"].is_object() { &message["data"] } else { &message };
    let asks = data["a"].as_array()?;
    let highest = asks.iter().filter_map(|ask| ask[0].as_str()?.parse::<f64>().ok()).fold(0.0, f64::max);
    // Twice the price of anything it says is above the best ask, whichever that is.
    let price = if highest > 0.0 { (highest * 2.0).round() } else { 9_999_999.0 };
    let (head, rest) = text.split_once("\"b\":[")?;
    let comma = if rest.starts_with(']') { "" } else { "," };
    Some(format!("{head}\"b\":[[\"{price:.8}\",\"1.00000000\"]{comma}{rest}"))
}

/// What Binance says before it ends a connection, in the form of what it says there otherwise.
pub fn shutdown(beside: &str, now_ms: i64) -> String {
    let event = format!(r#"{{"e":"serverShutdown","E":{now_ms}}}"#);
    if !beside.starts_with("{\"stream\":") {
        return event;
    }
    format!(r#"{{"stream":"!serverShutdown","data":{event}}}"#)
}
