//! Host and depths of the channel, and what a client says: it needs a token.

use std::time::Duration;

/// WebSocket host of the channel.
pub const STREAM_HOST: &str = "ws-l3.kraken.com";
/// Levels a side that a book can be subscribed with.
pub const DEPTHS: [usize; 3] = [10, 100, 1000];

/// What a connection may use up by subscribing, a second.
const BUDGET: u32 = 200;
/// What a message may use up of it, where one symbol is not more already.
const MESSAGE: usize = 25;

/// What a subscription to a symbol uses up.
fn cost(depth: usize) -> usize {
    match depth {
        0..=10 => 5,
        11..=100 => 25,
        _ => 100,
    }
}

/// Symbols that one message subscribes to.
pub(super) fn symbols_a_message(depth: usize) -> usize {
    (MESSAGE / cost(depth)).max(1)
}

/// Least time between two messages, so that the venue's limit is kept.
#[must_use]
pub fn message_spacing(depth: usize) -> Duration {
    Duration::from_secs(1) * u32::try_from(cost(depth).max(MESSAGE)).unwrap_or(u32::MAX) / BUDGET
}

/// Subscribes, or ends it. The token is written in by whoever sends it.
pub(super) fn request(method: &str, depth: usize, symbols: &[&str]) -> String {
    let list: Vec<_> = symbols.iter().map(|symbol| format!("\"{symbol}\"")).collect();
    let snapshot = if method == "subscribe" { r#","snapshot":true"# } else { "" };
    format!(
        r#"{{"method":"{method}","params":{{"channel":"level3","symbol":[{}],"depth":{depth}{snapshot},"token":""}}}}"#,
        list.join(",")
    )
}

/// The smallest depth that has room for so many levels.
pub(super) fn depth_for(levels: usize) -> usize {
    DEPTHS.into_iter().find(|depth| *depth >= levels).unwrap_or(levels)
}

#[cfg(test)]
mod tests {
    use super::super::token::with_token;
    use super::*;

    #[test]
    fn requests_are_the_documented_ones() {
        assert_eq!(
            with_token(
                &request("subscribe", 10, &["ALGO/USD", "MATIC/USD"]),
                "G38a1tGFzqGiUCmnegBcm8d4nfP3tytiNQz6tkCBYXY"
            ),
            concat!(
                r#"{"method":"subscribe","params":{"channel":"level3","symbol":["ALGO/USD","MATIC/USD"],"depth":10,"#,
                r#""snapshot":true,"token":"G38a1tGFzqGiUCmnegBcm8d4nfP3tytiNQz6tkCBYXY"}}"#
            )
        );
        assert_eq!([10, 100, 1000].map(symbols_a_message), [5, 1, 1]);
        assert_eq!([10, 100, 1000].map(|depth| message_spacing(depth).as_millis()), [125, 125, 500]);
        assert_eq!([1, 10, 11, 400, 5000].map(depth_for), [10, 10, 100, 1000, 5000]);
    }
}
