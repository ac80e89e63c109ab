//! Hosts, depths and spellings of Kraken spot, and what a client says.

/// WebSocket host of market data.
pub const STREAM_HOST: &str = "ws.kraken.com";
/// Levels a side that a book can be subscribed with.
pub const DEPTHS: [usize; 5] = [10, 25, 100, 500, 1000];

/// Symbols that one message subscribes to: a large list is cut, so that one bad name does not cost all.
pub(super) const SYMBOLS_A_MESSAGE: usize = 50;

/// Which of the venue's two protocols a connection speaks. Both are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// Arrays with strings, `XBT/USD`.
    V1,
    /// Objects with numbers, `BTC/USD`.
    #[default]
    V2,
}

/// What a channel lets a subscriber choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Nothing.
    None,
    /// Levels a side of a book.
    Depth(usize),
    /// Minutes of a bar.
    Interval(i64),
}

impl Choice {
    pub(super) fn depth(levels: Option<usize>) -> Choice {
        levels.map_or(Choice::None, Choice::Depth)
    }
}

impl Version {
    pub(super) fn stream_path(self) -> &'static str {
        match self {
            Version::V1 => "/",
            Version::V2 => "/v2",
        }
    }

    /// Subscribes to a channel, or ends it.
    pub(super) fn request(self, method: &str, channel: &str, choice: Choice, symbols: &[&str]) -> String {
        let list = |spell: fn(&str) -> String| {
            symbols.iter().map(|symbol| format!("\"{}\"", spell(symbol))).collect::<Vec<_>>().join(",")
        };
        let choice = match choice {
            Choice::None => String::new(),
            Choice::Depth(levels) => format!(",\"depth\":{levels}"),
            Choice::Interval(minutes) => format!(",\"interval\":{minutes}"),
        };
        match self {
            Version::V1 => format!(
                r#"{{"event":"{method}","pair":[{}],"subscription":{{"name":"{channel}"{choice}}}}}"#,
                list(spelling_v1)
            ),
            Version::V2 => {
                let extra = match channel {
                    "ticker" => r#","event_trigger":"bbo""#,
                    "trade" => r#","snapshot":false"#,
                    _ => "",
                };
                format!(
                    r#"{{"method":"{method}","params":{{"channel":"{channel}","symbol":[{}]{choice}{extra}}}}}"#,
                    list(str::to_owned)
                )
            }
        }
    }
}

/// Currencies that the older protocol names otherwise.
const RENAMED: [(&str, &str); 2] = [("BTC", "XBT"), ("DOGE", "XDG")];

fn respelled(symbol: &str, rename: impl Fn(&str) -> Option<&'static str>) -> String {
    let parts: Vec<_> = symbol.split('/').map(|part| rename(part).unwrap_or(part)).collect();
    parts.join("/")
}

/// `BTC/USD` as the older protocol spells it: `XBT/USD`.
pub(super) fn spelling_v1(symbol: &str) -> String {
    respelled(symbol, |part| RENAMED.iter().find(|(new, _)| *new == part).map(|(_, old)| *old))
}

/// `XBT/USD` as it is spelled today: `BTC/USD`.
pub(super) fn spelling_v2(symbol: &str) -> String {
    respelled(symbol, |part| RENAMED.iter().find(|(_, old)| *old == part).map(|(new, _)| *new))
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
        let symbols = ["BTC/USD", "DOGE/EUR"];
        assert_eq!(
            Version::V2.request("subscribe", "book", Choice::Depth(100), &symbols),
            r#"{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD","DOGE/EUR"],"depth":100}}"#
        );
        assert_eq!(
            Version::V1.request("unsubscribe", "book", Choice::Depth(10), &symbols),
            r#"{"event":"unsubscribe","pair":["XBT/USD","XDG/EUR"],"subscription":{"name":"book","depth":10}}"#
        );
        assert_eq!(
            Version::V2.request("subscribe", "trade", Choice::None, &symbols[..1]),
            r#"{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"],"snapshot":false}}"#
        );
        assert_eq!(
            (spelling_v2("KSM/XBT"), depth_for(193), depth_for(1000)),
            ("KSM/BTC".to_owned(), 500, 1000)
        );
    }
}
