//! The venues. Each is a folder of the same small files and implements [`Feed`] by its own rules.
//!
//! | folder | venue |
//! |---|---|
//! | `binance` | Binance spot and futures |
//! | `coinbase`, `coinbase_orders` | Coinbase Exchange: levels; order by order |
//! | `coinbase_advanced` | Coinbase Advanced Trade |
//! | `kraken`, `kraken_orders` | Kraken spot: levels; order by order |
//! | `kraken_futures` | Kraken futures |
//!
//! `guess.rs` says whose a recording is.

pub mod binance;
pub mod coinbase;
pub mod coinbase_advanced;
pub mod coinbase_orders;
mod guess;
pub mod kraken;
pub mod kraken_futures;
pub mod kraken_orders;

pub(super) use guess::Guess;

use super::connection::StreamOptions;
use super::feed::Feed;
use super::inference::InferenceError;
use super::orders::OrderFeed;
use super::recording::{Content, Recording, RecordingError};
use super::streamed::StreamFeed;
use crate::model::{Instrument, InstrumentId};

/// A venue whose messages can be read. What else is known of a venue is in its folder; this is the list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Venue {
    /// A market of Binance.
    Binance(binance::Market),
    /// Coinbase Exchange.
    Coinbase,
    /// Coinbase Advanced Trade.
    CoinbaseAdvanced,
    /// Coinbase Exchange, order by order.
    CoinbaseOrders,
    /// Kraken spot, either protocol.
    Kraken,
    /// Kraken futures.
    KrakenFutures,
    /// Kraken spot, order by order.
    KrakenOrders,
}

impl Venue {
    /// Its name, as in `binance-spot`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Venue::Binance(binance::Market::Spot) => "binance-spot",
            Venue::Binance(binance::Market::UsdM) => "binance-usdm",
            Venue::Binance(binance::Market::CoinM) => "binance-coinm",
            Venue::Coinbase => "coinbase",
            Venue::CoinbaseAdvanced => "coinbase-advanced",
            Venue::CoinbaseOrders => "coinbase-orders",
            Venue::Kraken => "kraken",
            Venue::KrakenFutures => "kraken-futures",
            Venue::KrakenOrders => "kraken-orders",
        }
    }

    /// Whose frame this is, if it can be told.
    #[must_use]
    pub fn of_frame(frame: &[u8]) -> Option<Venue> {
        if let Some(market) = binance::market_of(frame) {
            return Some(Venue::Binance(market));
        }
        let known = |venue: &Venue| match venue {
            Venue::Binance(_) => false,
            Venue::Coinbase => coinbase::is_market_data(frame),
            Venue::CoinbaseAdvanced => coinbase_advanced::is_market_data(frame),
            Venue::CoinbaseOrders => coinbase_orders::is_order_by_order(frame),
            Venue::KrakenOrders => kraken_orders::is_order_by_order(frame),
            Venue::Kraken => kraken::is_market_data(frame),
            Venue::KrakenFutures => kraken_futures::is_market_data(frame),
        };
        let orders = [Venue::CoinbaseOrders, Venue::KrakenOrders];
        let levels = [Venue::CoinbaseAdvanced, Venue::Coinbase, Venue::Kraken, Venue::KrakenFutures];
        orders.into_iter().chain(levels).find(known)
    }

    /// Whose REST answer has this path or address.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Venue> {
        binance::Market::of_path(path).map(Venue::Binance)
    }

    /// Whose recording this is, by the first of its messages that tells most.
    ///
    /// # Errors
    /// If it cannot be read as far as that.
    pub fn of_recording(recording: &mut Recording) -> Result<Option<Venue>, RecordingError> {
        let mut guess = Guess::default();
        while let Some(line) = recording.next()? {
            let sure = match line.content {
                Content::Frame(frame) => guess.frame(frame),
                Content::Answer { path, .. } => guess.answer(path),
            };
            if sure {
                break;
            }
        }
        Ok(guess.venue())
    }

    /// Instruments of a recording, by what its numbers look like.
    ///
    /// # Errors
    /// If the recording cannot be read or names no instrument.
    pub fn infer_instruments(self, recording: &mut Recording) -> Result<Vec<Instrument>, InferenceError> {
        match self {
            Venue::Binance(market) => binance::infer_of_market(recording, market),
            Venue::Coinbase => coinbase::infer_instruments(recording),
            Venue::CoinbaseAdvanced => coinbase_advanced::infer_instruments(recording),
            Venue::CoinbaseOrders => coinbase_orders::infer_instruments(recording),
            Venue::KrakenOrders => kraken_orders::infer_instruments(recording),
            Venue::Kraken => kraken::infer_instruments(recording),
            Venue::KrakenFutures => kraken_futures::infer_instruments(recording),
        }
    }

    /// A feed of these instruments, their ids by position.
    #[must_use]
    pub fn feed(self, instruments: &[Instrument]) -> Box<dyn Feed> {
        let numbered: Vec<_> = (0..).map(InstrumentId).zip(instruments.iter().cloned()).collect();
        match self {
            Venue::Binance(market) => {
                let options = binance::Options { market, ..binance::Options::default() };
                Box::new(binance::BinanceFeed::new(&numbered, options))
            }
            Venue::Coinbase => {
                let protocol = coinbase::Coinbase::new(&numbered, coinbase::CoinbaseOptions::default());
                Box::new(StreamFeed::new(&numbered, protocol, StreamOptions::default()))
            }
            Venue::CoinbaseAdvanced => {
                let options = coinbase_advanced::AdvancedOptions::default();
                let protocol = coinbase_advanced::CoinbaseAdvanced::new(&numbered, options);
                Box::new(StreamFeed::new(&numbered, protocol, StreamOptions::default()))
            }
            Venue::CoinbaseOrders => {
                let options = coinbase_orders::CoinbaseOrdersOptions::default();
                let protocol = coinbase_orders::CoinbaseOrders::new(&numbered, options);
                Box::new(OrderFeed::new(&numbered, protocol, StreamOptions::default()))
            }
            Venue::KrakenOrders => {
                let options = kraken_orders::KrakenOrdersOptions { depth: None };
                let protocol = kraken_orders::KrakenOrders::new(&numbered, options);
                Box::new(OrderFeed::new(&numbered, protocol, StreamOptions::default()))
            }
            Venue::KrakenFutures => {
                let options = kraken_futures::KrakenFuturesOptions::default();
                let protocol = kraken_futures::KrakenFutures::new(&numbered, options);
                Box::new(StreamFeed::new(&numbered, protocol, StreamOptions::default()))
            }
            Venue::Kraken => {
                // A recording says its own depth.
                let options = kraken::KrakenOptions { depth: None, ..kraken::KrakenOptions::default() };
                let protocol = kraken::Kraken::new(&numbered, options);
                Box::new(StreamFeed::new(&numbered, protocol, StreamOptions::default()))
            }
        }
    }
}
