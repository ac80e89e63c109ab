//! A message as a venue would have sent it whose clock is ahead: every time in it is moved.

use crate::model::Nanos;

use crate::simulator::halls::rfc3339;

/// Milliseconds of Binance's messages, and of Kraken's futures.
const MILLISECONDS: [&str; 4] = ["\"E\":", "\"T\":", "\"timestamp\":", "\"time\":"];
/// Texts of Kraken's and Coinbase's.
const TEXTS: [&str; 4] = ["\"timestamp\":\"", "\"time\":\"", "\"event_time\":\"", "\"current_time\":\""];
/// Before the seconds of Kraken's arrays, `"1618678133.365913"`.
const SECONDS: &str = ",\"";
/// Length of a time such as `2021-04-17T16:48:53.365913Z`.
const LENGTH: usize = 27;

/// Moves all times by so many ns.
pub fn shifted(text: &str, by: i64) -> String {
    if by == 0 {
        return text.to_owned();
    }
    let mut moved = text.to_owned();
    for key in MILLISECONDS {
        moved = replaced(&moved, key, |rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let time = rest[..end].parse::<i64>().ok()?;
            Some((end, (time + by / 1_000_000).to_string()))
        });
    }
    for key in TEXTS {
        moved = replaced(&moved, key, |rest| {
            let time = ns_of(rest.get(..LENGTH)?)?;
            Some((LENGTH, rfc3339(Nanos(time + by))))
        });
    }
    if text.starts_with('[') {
        moved = replaced(&moved, SECONDS, |rest| {
            let (whole, micros) = rest.get(..17)?.split_once('.').filter(|(whole, _)| whole.len() == 10)?;
            rest[17..].starts_with('"').then_some(())?;
            let time = whole.parse::<i64>().ok()? * 1_000_000 + micros.parse::<i64>().ok()? + by / 1_000;
            Some((17, format!("{}.{:06}", time / 1_000_000, time % 1_000_000)))
        });
    }
    moved
}

/// Replaces what follows each `key` by what `change` makes of it: how much goes, and what comes.
fn replaced(text: &str, key: &str, change: impl Fn(&str) -> Option<(usize, String)>) -> String {
    let mut parts = text.split(key);
    let mut made = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        made.push_str(key);
        match change(rest) {
            Some((end, new)) => {
                made.push_str(&new);
                made.push_str(&rest[end..]);
            }
            None => made.push_str(rest),
        }
    }
    made
}

/// The time of a text with six places, by trying days: simple, and its own way beside the engine's.
fn ns_of(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let mut days: i64 = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    days += lengths.iter().take(usize::try_from(month - 1).ok()?).sum::<i64>() + day - 1;
    let seconds = days * 86_400 + number(11, 13)? * 3_600 + number(14, 16)? * 60 + number(17, 19)?;
    Some(seconds * 1_000_000_000 + number(20, 26)? * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_moves_and_nothing_else() {
        let day = 86_400_000_000_000;
        let binance = r#"{"e":"trade","E":1700000000123,"s":"BTCUSDT","T":1700000000120,"t":5}"#;
        assert_eq!(
            shifted(binance, 5_000_000_000),
            r#"{"e":"trade","E":1700000005123,"s":"BTCUSDT","T":1700000005120,"t":5}"#
        );
        let coinbase = r#"{"type":"l2update","time":"2023-12-31T23:59:59.000001Z","x":"time"}"#;
        assert_eq!(shifted(coinbase, day), coinbase.replace("2023-12-31", "2024-01-01"));
        let kraken = r#"{"data":[{"timestamp":"2024-02-28T00:00:00.500000Z"},{"timestamp":"short"}]}"#;
        assert_eq!(shifted(kraken, day), kraken.replace("2024-02-28", "2024-02-29"));
        assert_eq!(shifted(kraken, 0), kraken);
        let array = r#"[7,{"a":[["1618678133.365913","12.00000000","1618678133.365913"]],"c":"1"},"book-10","XBT/USD"]"#;
        let later = array.replace(r#""12.00000000","1618678133"#, r#""12.00000000","1618764533"#);
        assert_eq!(shifted(array, day), later);
    }
}
