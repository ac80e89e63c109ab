//! Which fault, where and when.

use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// A venue of the simulator. Its name is that of the engine's section for it, where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Binance spot.
    Binance,
    /// Coinbase Exchange.
    Coinbase,
    /// Kraken spot.
    Kraken,
    /// Binance's futures margined in dollar coins.
    BinanceUsdm,
    /// Binance's futures margined in what is traded.
    BinanceCoinm,
    /// Coinbase Advanced Trade.
    CoinbaseAdvanced,
    /// Kraken spot, the older protocol; the engine's section is Kraken's.
    KrakenV1,
    /// Kraken's futures; the engine reads them, and has no section for them.
    KrakenFutures,
}

impl Place {
    /// All of them; the first three are always there, on one port.
    pub const ALL: [Place; 8] = [
        Place::Binance,
        Place::Coinbase,
        Place::Kraken,
        Place::BinanceUsdm,
        Place::BinanceCoinm,
        Place::CoinbaseAdvanced,
        Place::KrakenV1,
        Place::KrakenFutures,
    ];

    /// Its name, as in `kraken:gap@5`.
    #[must_use]
    pub fn name(self) -> &'static str {
        const NAMES: [&str; Place::ALL.len()] = [
            "binance",
            "coinbase",
            "kraken",
            "binance_usdm",
            "binance_coinm",
            "coinbase_advanced",
            "kraken_v1",
            "kraken_futures",
        ];
        NAMES[self as usize]
    }

    /// The venue of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Place> {
        Place::ALL.into_iter().find(|place| place.name() == name)
    }

    /// Whether it shares the simulator's first port: their paths tell these apart.
    #[must_use]
    pub fn shares_the_port(self) -> bool {
        matches!(self, Place::Binance | Place::Coinbase | Place::Kraken)
    }

    /// Whether its books have checksums, and no numbers.
    #[must_use]
    pub fn has_checksums(self) -> bool {
        matches!(self, Place::Kraken | Place::KrakenV1)
    }

    /// One of Binance's markets.
    #[must_use]
    pub fn is_binance(self) -> bool {
        matches!(self, Place::Binance | Place::BinanceUsdm | Place::BinanceCoinm)
    }
}

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mischief {
    /// A message is left out: of a book, at Coinbase a trade (its books have no numbers).
    Gap,
    /// The same message comes twice.
    Duplicate,
    /// It comes after the next one of the same instrument.
    Reorder,
    /// Its checksum is another one; Kraken alone has them.
    Checksum,
    /// It has a bid above the best ask, and is right otherwise.
    Crossed,
    /// Half of its frame, then the end of the connection.
    Torn,
    /// A frame that says that a gigabyte follows.
    Huge,
    /// A text frame that is no UTF-8.
    InvalidUtf8,
    /// Its bytes come one by one, for a long time.
    Slow,
    /// Nothing comes, and the connection stays open.
    Stall,
    /// The end of the connection, without a word.
    Disconnect,
    /// The same, and the next attempts are answered with 429.
    Busy,
    /// The venue's clock is five seconds ahead; the next time it is right again.
    ClockJump,
    /// `serverShutdown`, and the end of the connection a little later; Binance's word.
    Shutdown,
    /// The end of the connection, and a ban: whoever comes before it is over is answered 418; Binance's as well.
    Ban,
}

impl Mischief {
    /// All of them.
    pub const ALL: [Mischief; 15] = [
        Mischief::Gap,
        Mischief::Duplicate,
        Mischief::Reorder,
        Mischief::Checksum,
        Mischief::Crossed,
        Mischief::Torn,
        Mischief::Huge,
        Mischief::InvalidUtf8,
        Mischief::Slow,
        Mischief::Stall,
        Mischief::Disconnect,
        Mischief::Busy,
        Mischief::ClockJump,
        Mischief::Shutdown,
        Mischief::Ban,
    ];

    /// Its name in a plan.
    #[must_use]
    pub fn name(self) -> &'static str {
        const NAMES: [&str; Mischief::ALL.len()] = [
            "gap",
            "duplicate",
            "reorder",
            "checksum",
            "crossed",
            "torn",
            "huge",
            "invalid-utf8",
            "slow",
            "stall",
            "disconnect",
            "429",
            "clock-jump",
            "shutdown",
            "418",
        ];
        NAMES[self as usize]
    }

    /// Whether the venue has what it takes.
    #[must_use]
    pub fn applies_to(self, place: Place) -> bool {
        match self {
            Mischief::Checksum => place.has_checksums(),
            Mischief::Shutdown | Mischief::Ban => place.is_binance(),
            _ => true,
        }
    }
}

/// Text that is no plan.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?}: must be VENUE:FAULT@SECONDS, or VENUE:FAULT@SECONDS+EVERY to do it again and again; venues are binance, \
    coinbase, kraken, binance_usdm, binance_coinm, coinbase_advanced, kraken_v1, kraken_futures; faults are gap, duplicate, reorder, checksum (kraken), \
    crossed, torn, huge, invalid-utf8, slow, stall, disconnect, 429, clock-jump, shutdown and 418 (binance)"
)]
pub struct PlanError(String);

/// A fault at a time: `kraken:gap@5`, `coinbase:disconnect@10+30`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Planned {
    /// Whose.
    pub place: Place,
    /// Which.
    pub what: Mischief,
    /// After so much time from the start.
    pub after: Duration,
    /// And again after so much.
    pub every: Option<Duration>,
}

impl FromStr for Planned {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Planned, PlanError> {
        let read = || {
            let (what, when) = text.split_once('@')?;
            let (place, what) = what.split_once(':')?;
            let place = Place::named(place)?;
            let what = Mischief::ALL.into_iter().find(|known| known.name() == what)?;
            let seconds = |text: &str| {
                let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=1e9).contains(seconds))?;
                Some(Duration::from_secs_f64(seconds))
            };
            let (after, every) = match when.split_once('+') {
                Some((after, every)) => {
                    (seconds(after)?, Some(seconds(every).filter(|every| !every.is_zero())?))
                }
                None => (seconds(when)?, None),
            };
            what.applies_to(place).then_some(Planned { place, what, after, every })
        };
        read().ok_or_else(|| PlanError(text.to_owned()))
    }
}
