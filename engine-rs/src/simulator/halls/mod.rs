//! Halls: the public market data of the venues beside Binance, on the simulator's port.
//!
//! A hall is a state machine: it hears what clients say and what its stock does, and says what they are to be sent.
//! `room.rs` gives it sockets and time. It shares nothing with the engine's parsers and books, so each can check the other.
//!
//! | file | noun |
//! |---|---|
//! | `stock.rs` | what a hall tells of: a generated market, or a recording |
//! | `generated.rs`, `recorded.rs` | the two |
//! | `board.rs` | what happened there, in the order in which it is said |
//! | `kraken/`, `kraken_futures.rs` | Kraken spot, either protocol; its futures |
//! | `coinbase.rs` | Coinbase Exchange |
//! | `coinbase_advanced.rs` | Coinbase Advanced Trade |
//! | `binance_futures.rs`, `candles.rs` | Binance's futures; bars |
//! | `against_feeds.rs` | tests: each against the engine's feed for it |
//! | `orders/` | orders behind the levels of a generated market, and who hears of them |
//! | `text.rs` | decimals, times and checksums as those venues write them |
//! | `room.rs` | clients, sockets and time of a hall |

#[cfg(test)]
mod against_feeds;
mod binance_futures;
mod board;
mod candles;
mod coinbase;
mod coinbase_advanced;
mod generated;
mod kraken;
mod kraken_futures;
mod orders;
mod recorded;
mod room;
mod stock;
mod text;

use crate::model::Nanos;

pub use orders::access::Form;
pub use room::Room;
pub use stock::{HallSource, StockError};
pub use text::rfc3339;

use binance_futures::BinanceFutures;
use coinbase::Coinbase;
use coinbase_advanced::CoinbaseAdvanced;
use kraken::Kraken;
use kraken_futures::KrakenFutures;

use super::sabotage::Place;

/// A connected client.
pub type ClientId = u64;

/// A text for a client.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// To whom.
    pub to: ClientId,
    /// What.
    pub text: String,
}

/// The hall of a venue.
///
/// # Errors
/// If its source cannot be had, or it is no hall.
pub fn hall(place: Place, source: &HallSource) -> Result<Box<dyn Hall>, StockError> {
    Ok(match place {
        Place::Binance => return Err(StockError::Elsewhere(place.name())),
        Place::BinanceUsdm | Place::BinanceCoinm => Box::new(BinanceFutures::new(source, place)?),
        Place::Coinbase => Box::new(Coinbase::new(source)?),
        Place::CoinbaseAdvanced => Box::new(CoinbaseAdvanced::new(source)?),
        Place::Kraken | Place::KrakenV1 => Box::new(Kraken::new(source, place)?),
        Place::KrakenFutures => Box::new(KrakenFutures::new(source)?),
    })
}

/// One venue's public side.
pub trait Hall: Send {
    /// Which one.
    fn place(&self) -> Place;

    /// The answer to a GET, if the path is its own.
    fn get(&self, path: &str, query: &str, now: Nanos) -> Option<String>;

    /// The answer to a form that was sent, if the path is its own.
    fn post(&mut self, _path: &str, _form: &Form<'_>, _now: Nanos) -> Option<String> {
        None
    }

    /// A client has come, by this path and query.
    fn welcome(&mut self, client: ClientId, opened_with: &str, now: Nanos, said: &mut Vec<Said>);

    /// A client says something.
    fn hear(&mut self, client: ClientId, text: &str, now: Nanos, said: &mut Vec<Said>);

    /// A client is gone.
    fn leave(&mut self, client: ClientId);

    /// Whether anybody has subscribed to anything.
    fn is_heard(&self) -> bool;

    /// Time begins.
    fn begin(&mut self, now: Nanos);

    /// When the next thing happens, by its own clock; nothing at the end.
    fn next_time(&self) -> Option<Nanos>;

    /// Moves on to `until`, or until about `limit` texts have been said.
    fn advance(&mut self, until: Nanos, limit: usize, said: &mut Vec<Said>);

    /// A second has passed: who has subscribed hears that the connection lives.
    fn beat(&mut self, now: Nanos, said: &mut Vec<Said>);

    /// A book's message as it would be if the book were crossed, its proof right for that.
    fn crossed(&self, text: &str) -> Option<String>;
}
