//! What the venues' sections say if nobody wrote them, and what they may say.

/// What a section says if nobody wrote it.
pub(super) struct Defaults {
    pub(super) name: &'static str,
    pub(super) websocket: &'static str,
    pub(super) rest: &'static str,
    pub(super) symbols: &'static [&'static str],
    pub(super) example: &'static str,
    /// Streams of books, of trades, of quotes.
    pub(super) books: &'static str,
    pub(super) trades: &'static str,
    pub(super) quotes: &'static str,
    /// Streams of the best levels alone, and how many those are.
    pub(super) best: &'static [(&'static str, u32)],
    /// Streams of books for those who have a key.
    pub(super) signed: &'static [&'static str],
    /// Its protocols, if there are several; the first one is spoken unless another is named.
    pub(super) protocols: &'static [(&'static str, &'static str)],
    /// A stream of books that has a server of its own.
    pub(super) apart: Option<Apart>,
    /// Names of the keys that name a key's variables.
    pub(super) keys: &'static [&'static str],
    /// Streams of bars, and what their names begin with.
    pub(super) bars: (&'static str, &'static [&'static str]),
    /// Stream of marks and funding.
    pub(super) marks: Option<&'static str>,
    pub(super) levels: Option<Levels>,
    pub(super) renew_ms: i64,
    pub(super) silence_ms: i64,
    pub(super) stale_ms: i64,
    pub(super) messages_per_second: i64,
}

impl Defaults {
    /// The period of a stream of bars.
    pub(super) fn period<'a>(&self, stream: &'a str) -> Option<&'a str> {
        let (prefix, periods) = self.bars;
        stream.strip_prefix(prefix).filter(|period| periods.contains(period))
    }
}

/// A stream of books with a server of its own.
pub(super) struct Apart {
    pub(super) stream: &'static str,
    pub(super) websocket: &'static str,
    pub(super) levels: &'static [i64],
}

/// A choice of levels a side.
pub(super) struct Levels {
    pub(super) key: &'static str,
    pub(super) default: i64,
    pub(super) allowed: Allowed,
}

pub(super) enum Allowed {
    From(i64, i64),
    Of(&'static [i64]),
}

const SNAPSHOTS: Levels = Levels { key: "snapshot_levels", default: 1_000, allowed: Allowed::From(5, 5_000) };
const FUTURES_SNAPSHOTS: Levels = Levels {
    key: "snapshot_levels",
    default: 1_000,
    allowed: Allowed::Of(&[5, 10, 20, 50, 100, 500, 1_000]),
};

pub(super) const BINANCE: Defaults = Defaults {
    name: "binance",
    websocket: "wss://stream.binance.com:9443",
    rest: "https://api.binance.com",
    symbols: &["BTC-USDT"],
    example: "BTC-USDT",
    books: "depth@100ms",
    trades: "trade",
    quotes: "bookTicker",
    best: &[("depth5@100ms", 5), ("depth10@100ms", 10), ("depth20@100ms", 20)],
    signed: &[],
    protocols: &[],
    apart: None,
    keys: &["key_variable"],
    bars: ("kline_", &SPOT_PERIODS),
    marks: None,
    levels: Some(SNAPSHOTS),
    renew_ms: 85_800_000,
    silence_ms: 60_000,
    stale_ms: 10_000,
    messages_per_second: 4,
};

/// Its binary streams, at a host of their own.
pub(super) const BINANCE_SBE: Defaults = Defaults {
    websocket: "wss://stream-sbe.binance.com:9443",
    books: "depth",
    quotes: "bestBidAsk",
    best: &[("depth20", 20)],
    bars: ("", &[]),
    ..BINANCE
};

const SPOT_PERIODS: [&str; 16] =
    ["1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"];
/// Futures have none of a second.
const FUTURES_PERIODS: &[&str] = SPOT_PERIODS.split_at(1).1;

pub(super) const USDM: Defaults = Defaults {
    name: "binance_usdm",
    websocket: "wss://fstream.binance.com",
    rest: "https://fapi.binance.com",
    symbols: &[],
    example: "BTC-USDT-PERP",
    trades: "aggTrade",
    keys: &[],
    bars: ("kline_", FUTURES_PERIODS),
    marks: Some("markPrice@1s"),
    levels: Some(FUTURES_SNAPSHOTS),
    ..BINANCE
};

pub(super) const COINM: Defaults = Defaults {
    name: "binance_coinm",
    websocket: "wss://dstream.binance.com",
    rest: "https://dapi.binance.com",
    symbols: &[],
    example: "BTC-USD-PERP",
    ..USDM
};

pub(super) const COINBASE: Defaults = Defaults {
    name: "coinbase",
    websocket: "wss://ws-feed.exchange.coinbase.com",
    rest: "https://api.exchange.coinbase.com",
    symbols: &[],
    example: "BTC-USD",
    books: "level2_batch",
    trades: "matches",
    quotes: "ticker",
    best: &[],
    signed: &["level2", "full"],
    protocols: &[],
    apart: None,
    keys: &["key_variable", "secret_variable", "passphrase_variable"],
    bars: ("", &[]),
    marks: None,
    levels: None,
    renew_ms: 0,
    silence_ms: 10_000,
    stale_ms: 5_000,
    messages_per_second: 8,
};

pub(super) const ADVANCED: Defaults = Defaults {
    name: "coinbase_advanced",
    websocket: "wss://advanced-trade-ws.coinbase.com",
    rest: "https://api.coinbase.com",
    books: "level2",
    signed: &[],
    keys: &["key_variable", "secret_variable"],
    trades: "market_trades",
    ..COINBASE
};

pub(super) const KRAKEN: Defaults = Defaults {
    name: "kraken",
    websocket: "wss://ws.kraken.com",
    rest: "https://api.kraken.com",
    symbols: &[],
    example: "BTC-USD",
    books: "book",
    trades: "trade",
    quotes: "ticker",
    best: &[],
    signed: &["level3"],
    protocols: &[("v2", "v2"), ("v1", "v1")],
    apart: Some(Apart { stream: "level3", websocket: "wss://ws-l3.kraken.com", levels: &[10, 100, 1_000] }),
    keys: &["key_variable", "secret_variable"],
    bars: ("ohlc_", &["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w", "15d"]),
    marks: None,
    renew_ms: 0,
    levels: Some(Levels {
        key: "book_levels",
        default: 100,
        allowed: Allowed::Of(&[10, 25, 100, 500, 1_000]),
    }),
    silence_ms: 10_000,
    stale_ms: 5_000,
    messages_per_second: 8,
};
