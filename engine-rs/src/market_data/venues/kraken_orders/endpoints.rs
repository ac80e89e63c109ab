//! Host and depths of the channel, and what a client says: it needs a token.

/// WebSocket host of the channel.
pub const STREAM_HOST: &str = "ws-l3.kraken.com";
/// Levels a side that a book can be subscribed with.
pub const DEPTHS: [usize; 3] = [10, 100, 1000];

/// Subscribes, or ends it.
pub(super) fn request(method: &str, depth: usize, symbols: &[&str], token: &str) -> String {
    let list: Vec<_> = symbols.iter().map(|symbol| format!("\"{symbol}\"")).collect();
    let snapshot = if method == "subscribe" { r#","snapshot":true"# } else { "" };
    format!(
        r#"{{"method":"{method}","params":{{"channel":"level3","symbol":[{}],"depth":{depth}{snapshot},"token":"{token}"}}}}"#,
        list.join(",")
    )
}

/// The smallest depth that has room for so many levels.
pub(super) fn depth_for(levels: usize) -> usize {
    DEPTHS.into_iter().find(|depth| *depth >= levels).unwrap_or(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_the_documented_ones() {
        assert_eq!(
            request(
                "subscribe",
                10,
                &["ALGO/USD", "MATIC/USD"],
                "G38a1tGFzqGiUCmnegBcm8d4nfP3tytiNQz6tkCBYXY"
            ),
            concat!(
                r#"{"method":"subscribe","params":{"channel":"level3","symbol":["ALGO/USD","MATIC/USD"],"depth":10,"#,
                r#""snapshot":true,"token":"G38a1tGFzqGiUCmnegBcm8d4nfP3tytiNQz6tkCBYXY"}}"#
            )
        );
        assert_eq!([1, 10, 11, 400, 5000].map(depth_for), [10, 10, 100, 1000, 5000]);
    }
}
