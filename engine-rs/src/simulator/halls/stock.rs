//! What a hall tells of: pairs with books, and what happens to them in time.

use std::collections::BTreeSet;
use std::path::PathBuf;

use thiserror::Error;

use super::generated::Generated;
use super::orders::{Order, OrderNews, Orders};
use super::recorded::Recorded;
use super::text::places;
use crate::market_data::RecordingError;
use crate::model::Nanos;
use crate::simulator::DepthBook;
use crate::simulator::sabotage::Place;

/// Where a hall's stock comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HallSource {
    /// A generated market: the same seed gives the same market.
    Generated {
        /// Decides everything.
        seed: u64,
        /// `BTC-USD`.
        pairs: Vec<String>,
        /// Events of order flow a second, over all pairs.
        rate: u32,
    },
    /// Recorded frames, merged by time.
    Recorded(Vec<PathBuf>),
}

impl Default for HallSource {
    fn default() -> Self {
        HallSource::usual(Place::Coinbase)
    }
}

impl HallSource {
    /// What a venue's hall tells of unless it is said: pairs that the venue has.
    #[must_use]
    pub fn usual(place: Place) -> HallSource {
        let quote = if matches!(place, Place::Binance | Place::BinanceUsdm) { "USDT" } else { "USD" };
        let pairs = ["BTC", "ETH"].map(|base| format!("{base}-{quote}"));
        HallSource::Generated { seed: 42, pairs: pairs.into(), rate: 1_000 }
    }
}

/// Why a hall has no stock.
#[derive(Debug, Error)]
pub enum StockError {
    /// Not a pair.
    #[error("{0:?} is no pair: it must be BASE-QUOTE in capitals, such as BTC-USD")]
    Pair(String),
    /// The recording cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// A venue that is no hall, or has its own option.
    #[error(
        "{0} is no hall beside the others: binance, coinbase and kraken are served in any case, on the first port"
    )]
    Elsewhere(&'static str),
    /// Recordings of the venue are not told again.
    #[error("{0}: recordings of this venue are not served; give symbols, seed or rate of a generated market")]
    Generated(&'static str),
    /// The recording has none of the venue's books.
    #[error("{0}: the recording has no books of this venue")]
    Empty(&'static str),
}

/// A pair and its book, prices and sizes as mantissas of the places that the venue writes.
pub struct Stall {
    /// `BTC-USD`.
    pub pair: String,
    /// Of prices.
    pub price_places: u32,
    /// Of sizes.
    pub qty_places: u32,
    /// Step of prices.
    pub tick: i64,
    /// Step of sizes.
    pub lot: i64,
    /// Now.
    pub book: DepthBook,
    /// The orders that it is made of; none of a recording's.
    pub orders: Orders,
    /// Of the last trade.
    pub trade_id: u64,
}

/// Best first.
pub type Levels = Vec<(i64, i64)>;

impl Stall {
    /// The best levels: bids, asks.
    pub fn top(&self, depth: usize) -> (Levels, Levels) {
        let level = |(price, qty): (&i64, &i64)| (*price, *qty);
        let bids = self.book.bids.iter().rev().take(depth).map(level).collect();
        (bids, self.book.asks.iter().take(depth).map(level).collect())
    }

    /// Levels as they are now: bid or not, where, how much.
    pub fn levels<'a>(
        &'a self,
        places: &'a BTreeSet<(bool, i64)>,
    ) -> impl Iterator<Item = (bool, i64, i64)> + 'a {
        places.iter().map(|(bid, price)| {
            let side = if *bid { &self.book.bids } else { &self.book.asks };
            (*bid, *price, side.get(price).copied().unwrap_or_default())
        })
    }

    /// A price as the venue writes it.
    pub fn price(&self, units: i64) -> String {
        places(units, self.price_places)
    }

    /// A size as the venue writes it.
    pub fn qty(&self, units: i64) -> String {
        places(units, self.qty_places)
    }

    /// What is traded, and in which currency.
    pub fn currencies(&self) -> (&str, &str) {
        self.pair.split_once('-').unwrap_or((&self.pair, ""))
    }

    /// A bid above the best ask, whatever happens to that until it is sent.
    pub fn crossing_bid(&self) -> Option<i64> {
        self.book.asks.first_key_value().map(|(ask, _)| 2 * ask)
    }

    /// Price and size of the best bid and of the best ask, as the venue writes them.
    pub fn best(&self) -> [(String, String); 2] {
        self.book.best().map(|(price, qty)| (self.price(price), self.qty(qty)))
    }
}

/// What a frame is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Levels.
    Book,
    /// Orders.
    Orders,
    /// Trades.
    Trade,
    /// Best bid and offer.
    Quote,
    /// Signs of life.
    Beat,
}

/// Who traded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fill {
    /// The order that rested, with what is left of it.
    pub maker: Order,
    /// The number of the one that took.
    pub taker: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A trade.
    Trade {
        /// Of which stall.
        stall: usize,
        /// Where.
        price: i64,
        /// So much.
        qty: i64,
        /// The taker sold.
        buyer_is_maker: bool,
        /// Of whom.
        fill: Fill,
    },
    /// A level has changed, and so have its orders.
    Level {
        /// Of which stall.
        stall: usize,
        /// Of its bids.
        bid: bool,
        /// Where.
        price: i64,
        /// What trades have not said.
        orders: Vec<OrderNews>,
    },
    /// Time to say what has changed.
    Flush,
    /// A recorded frame; its stall's book is as it is after it.
    Frame(Channel, usize, String),
}

/// Pairs, and what happens to them.
pub trait Stock: Send {
    /// The pairs.
    fn stalls(&self) -> &[Stall];

    /// Time begins.
    fn begin(&mut self, now: Nanos);

    /// When the next thing happens; nothing at the end.
    fn next_time(&self) -> Option<Nanos>;

    /// The next thing that happens, and when.
    fn next(&mut self) -> Option<(Nanos, News)>;
}

/// The stock of a source.
///
/// # Errors
/// [`StockError`].
pub fn stock(source: &HallSource, place: Place) -> Result<Box<dyn Stock>, StockError> {
    Ok(match source {
        HallSource::Generated { seed, pairs, rate } => Box::new(Generated::new(*seed, pairs, *rate, place)?),
        HallSource::Recorded(_) if !place.shares_the_port() => {
            return Err(StockError::Generated(place.name()));
        }
        HallSource::Recorded(files) => Box::new(Recorded::open(files, place)?),
    })
}
