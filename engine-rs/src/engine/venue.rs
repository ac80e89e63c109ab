//! The configured venues: their instruments, their feeds, their connections.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use crate::config::{Alias, Config, Venue, VenueKey};
use crate::execution::venues::binance::PATH;
use crate::market_data::venues::{
    binance, coinbase, coinbase_advanced, coinbase_orders, kraken, kraken_orders,
};
use crate::market_data::{Feed, OrderFeed, StreamFeed, StreamOptions, VenuePeriod};
use crate::model::{Endpoint, Instrument, InstrumentId, InstrumentKind};
use crate::net::{self, Backoff, Dialer, HttpClient, Link, SessionOptions};
use crate::random::SplitMix64;

use super::decision::BEAT;
use super::feeds::{Feeds, is_standby, stream_of};
use super::publisher::Publisher;
use super::signer::{self, Signer};
use super::{EngineError, Surroundings};

/// The whole of Binance's list has twenty megabytes.
const MAX_LIST_BYTES: usize = 64 << 20;

fn venue_error(error: impl std::fmt::Display) -> EngineError {
    EngineError::Venue(error.to_string())
}

/// Connections to different venues, and for different things, do not come back together.
fn backoff(venue: &Venue, seed: u64) -> Backoff {
    let own = seed.wrapping_add(u64::from(stream_of(venue.key)) << 32);
    Backoff::new(venue.backoff_initial, venue.backoff_max, SplitMix64::new(own))
}

fn dialer(venue: &Venue, surroundings: &Surroundings<'_>) -> Result<Dialer, EngineError> {
    Dialer::new(Arc::clone(&surroundings.clock), venue.patience).map_err(venue_error)
}

/// What the venues say about the configured symbols; nothing if the run is to end before they have answered. The
/// segment shows life meanwhile.
pub(super) fn instruments(
    config: &Config,
    surroundings: &Surroundings<'_>,
    publisher: &mut Publisher,
) -> Result<Option<Vec<Instrument>>, EngineError> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let beat = Duration::from_nanos(BEAT.unsigned_abs());
    let found = LocalSet::new().block_on(&runtime, async {
        let all = all_instruments(config, surroundings);
        tokio::pin!(all);
        loop {
            tokio::select! {
                found = &mut all => return found.map(Some),
                () = sleep(beat) => publisher.heartbeat(surroundings.clock.monotonic()),
            }
            if surroundings.stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
        }
    })?;
    for instrument in found.iter().flatten() {
        info!(
            name = instrument.name,
            tick = instrument.tick.to_double(1),
            lot = instrument.lot.to_double(1),
            "instrument"
        );
    }
    Ok(found)
}

async fn all_instruments(
    config: &Config,
    surroundings: &Surroundings<'_>,
) -> Result<Vec<Instrument>, EngineError> {
    let mut found = Vec::new();
    for venue in config.used_venues() {
        let rest = Endpoint::parse(&venue.rest).map_err(venue_error)?;
        let client = HttpClient::new(dialer(venue, surroundings)?, rest, MAX_LIST_BYTES);
        let path = list_path(venue);
        let retries = fetch(&client, &path, backoff(venue, surroundings.seed));
        let body = timeout(config.engine.startup_timeout, retries).await.map_err(|_| {
            let within = config.engine.startup_timeout;
            EngineError::Venue(format!("{}: no list of instruments within {within:?}", venue.rest))
        })??;
        found.extend(read_list(venue, &body, &config.aliases)?);
    }
    Ok(found)
}

fn list_path(venue: &Venue) -> String {
    match venue.key {
        VenueKey::Binance => {
            let symbols: Vec<String> =
                venue.symbols.iter().map(|name| binance::symbol_of(name, &BTreeMap::new())).collect();
            binance::exchange_info_path(&symbols.iter().map(String::as_str).collect::<Vec<_>>())
        }
        VenueKey::BinanceUsdm => binance::Market::UsdM.list_path().to_owned(),
        VenueKey::BinanceCoinm => binance::Market::CoinM.list_path().to_owned(),
        VenueKey::Coinbase => coinbase::LIST_PATH.to_owned(),
        VenueKey::Kraken => kraken::LIST_PATH.to_owned(),
        VenueKey::CoinbaseAdvanced => coinbase_advanced::LIST_PATH.to_owned(),
    }
}

fn read_list(venue: &Venue, body: &[u8], aliases: &[Alias]) -> Result<Vec<Instrument>, EngineError> {
    let names: Vec<&str> = venue.symbols.iter().map(String::as_str).collect();
    let futures = |market| {
        let listed = binance::listings(body).map_err(venue_error)?;
        binance::find_futures(&listed, &names, market).map_err(venue_error)
    };
    match venue.key {
        VenueKey::Binance => {
            let aliases = aliases.iter().map(|alias| (alias.from.clone(), alias.to.clone())).collect();
            let listed = binance::listings(body).map_err(venue_error)?;
            binance::find_instruments(&listed, &names, &aliases).map_err(venue_error)
        }
        VenueKey::BinanceUsdm => futures(binance::Market::UsdM),
        VenueKey::BinanceCoinm => futures(binance::Market::CoinM),
        VenueKey::Coinbase => coinbase::find_instruments(body, &names).map_err(venue_error),
        VenueKey::Kraken => kraken::find_instruments(body, &names).map_err(venue_error),
        VenueKey::CoinbaseAdvanced => coinbase_advanced::find_instruments(body, &names).map_err(venue_error),
    }
}

/// Tries until there is an answer that trying again would not change.
async fn fetch(client: &HttpClient, path: &str, mut backoff: Backoff) -> Result<bytes::Bytes, EngineError> {
    loop {
        let wait = match client.get(path).await {
            Ok(reply) if reply.is_success() => return Ok(reply.body),
            Ok(reply) if (400..500).contains(&reply.status) && !reply.is_rate_limited() => {
                let words = String::from_utf8_lossy(&reply.body[..reply.body.len().min(300)]).into_owned();
                return Err(EngineError::Venue(format!("GET {path}: status {}: {words}", reply.status)));
            }
            Ok(reply) => {
                warn!(path, status = reply.status, "refused for now");
                reply.retry_after.unwrap_or_default().max(backoff.next_wait())
            }
            Err(error) => {
                warn!(%error, "no list of instruments yet");
                backoff.next_wait()
            }
        };
        sleep(wait).await;
    }
}

/// The section that an instrument belongs to.
pub(super) fn key_of(instrument: &Instrument) -> VenueKey {
    match (instrument.venue(), instrument.kind) {
        ("kraken", _) => VenueKey::Kraken,
        ("coinbase", _) => VenueKey::Coinbase,
        ("coinbase-adv", _) => VenueKey::CoinbaseAdvanced,
        (_, InstrumentKind::Inverse) => VenueKey::BinanceCoinm,
        (_, InstrumentKind::Perpetual | InstrumentKind::Future) => VenueKey::BinanceUsdm,
        _ => VenueKey::Binance,
    }
}

/// Whether orders can be sent for it.
pub(super) fn is_traded(instrument: &Instrument) -> bool {
    key_of(instrument) == VenueKey::Binance
}

/// The feeds of these instruments, a venue's rows side by side.
pub(super) fn feeds(config: &Config, instruments: &[(InstrumentId, Instrument)]) -> Feeds {
    let mut feeds = Feeds::default();
    for key in VenueKey::ALL {
        let own: Vec<_> = instruments.iter().filter(|(_, one)| key_of(one) == key).cloned().collect();
        if let Some(rows) = rows_of(&own) {
            let venue = config.venue(key);
            feeds.add(key, rows, feed(config, venue, &own));
            if venue.standby {
                feeds.add_standby(feed(config, venue, &own));
            }
        }
    }
    feeds
}

fn rows_of(instruments: &[(InstrumentId, Instrument)]) -> Option<Range<u32>> {
    let ids = instruments.iter().map(|(id, _)| id.0);
    Some(ids.clone().min()?..ids.max()? + 1)
}

fn feed(config: &Config, venue: &Venue, instruments: &[(InstrumentId, Instrument)]) -> Box<dyn Feed> {
    let ns = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    let depth = config.shared_memory.book_depth as usize;
    let (silence, book_silence) = (ns(venue.stale_after), ns(venue.book_stale_after));
    let streamed = || StreamOptions { depth, silence, book_silence, ..StreamOptions::default() };
    let market = match venue.key {
        VenueKey::Binance => binance::Market::Spot,
        VenueKey::BinanceUsdm => binance::Market::UsdM,
        VenueKey::BinanceCoinm => binance::Market::CoinM,
        VenueKey::Coinbase if venue.books == "full" => {
            let options = coinbase_orders::CoinbaseOrdersOptions { quotes: venue.quotes };
            let protocol = coinbase_orders::CoinbaseOrders::new(instruments, options);
            return Box::new(OrderFeed::new(instruments, protocol, streamed()));
        }
        VenueKey::Coinbase => {
            let (trades, quotes) = (venue.trades, venue.quotes);
            let batched = venue.books == "level2_batch";
            let options = coinbase::CoinbaseOptions { batched, trades, quotes };
            let protocol = coinbase::Coinbase::new(instruments, options);
            return Box::new(StreamFeed::new(instruments, protocol, streamed()));
        }
        VenueKey::CoinbaseAdvanced => {
            let (trades, quotes) = (venue.trades, venue.quotes);
            let options = coinbase_advanced::AdvancedOptions { trades, quotes };
            let protocol = coinbase_advanced::CoinbaseAdvanced::new(instruments, options);
            return Box::new(StreamFeed::new(instruments, protocol, streamed()));
        }
        VenueKey::Kraken if venue.books == "level3" => {
            let options = kraken_orders::KrakenOrdersOptions { depth: Some(venue.levels as usize) };
            let protocol = kraken_orders::KrakenOrders::new(instruments, options);
            return Box::new(OrderFeed::new(instruments, protocol, streamed()));
        }
        VenueKey::Kraken => {
            let options = kraken::KrakenOptions {
                version: if venue.protocol == "v1" { kraken::Version::V1 } else { kraken::Version::V2 },
                depth: Some(venue.levels as usize),
                trades: venue.trades,
                quotes: venue.quotes,
                bars: venue.bars.iter().filter_map(|name| VenuePeriod::named(name)).collect(),
            };
            let protocol = kraken::Kraken::new(instruments, options);
            return Box::new(StreamFeed::new(instruments, protocol, streamed()));
        }
    };
    let options = binance::Options {
        market,
        encoding: if venue.binary { binance::Encoding::Sbe } else { binance::Encoding::Json },
        streams: binance::Streams {
            trades: venue.trades,
            aggregated: venue.key != VenueKey::Binance,
            quotes: venue.quotes,
            bars: venue.bars.iter().filter_map(|name| VenuePeriod::named(name)).collect(),
            marks: venue.marks,
        },
        books: venue.best_levels.map_or(binance::Books::Diffs, binance::Books::Best),
        depth,
        snapshot_limit: venue.levels,
        silence,
        book_silence,
        ..binance::Options::default()
    };
    Box::new(binance::BinanceFeed::new(instruments, options))
}

/// Starts the input/output thread of order entry; it unparks the calling thread.
pub(super) fn connect_orders(
    config: &Config,
    surroundings: &Surroundings<'_>,
    endpoint: Endpoint,
) -> Result<Link, EngineError> {
    let venue = config.venue(VenueKey::Binance);
    let seed = surroundings.seed.wrapping_add(1);
    let options = SessionOptions {
        websocket: endpoint,
        message_spacing: Duration::ZERO,
        ..session(config, venue, PATH.to_owned(), seed)?
    };
    open(venue, options, surroundings)
}

/// Starts the input/output threads of all feeds, in their order; they unpark the calling thread.
pub(super) fn connect(
    config: &Config,
    surroundings: &Surroundings<'_>,
    feeds: &mut Feeds,
) -> Result<Vec<Link>, EngineError> {
    let mut links = Vec::with_capacity(feeds.members().len());
    for member in feeds.members_mut() {
        let venue = config.venue(member.key);
        let seed = surroundings.seed.wrapping_add(2 * u64::from(is_standby(member.stream)));
        member.signer = Signer::of(venue)?;
        let mut options = SessionOptions {
            headers: signer::headers(venue)?,
            binary: venue.binary,
            pass: signer::pass_of(venue)?,
            ..session(config, venue, member.feed.stream_path(), seed)?
        };
        if is_standby(member.stream) {
            options.renew_after = options.renew_after.map(|age| age / 2); // not when the other is
        }
        if venue.books == "level3" {
            let least = kraken_orders::message_spacing(venue.levels as usize);
            options.message_spacing = options.message_spacing.max(least);
        }
        links.push(open(venue, options, surroundings)?);
    }
    Ok(links)
}

fn session(config: &Config, venue: &Venue, path: String, seed: u64) -> Result<SessionOptions, EngineError> {
    Ok(SessionOptions {
        websocket: Endpoint::parse(&venue.websocket).map_err(venue_error)?,
        rest: Endpoint::parse(&venue.rest).map_err(venue_error)?,
        path,
        headers: Vec::new(),
        binary: false,
        silence: venue.silence,
        backoff: backoff(venue, seed),
        max_message_bytes: venue.max_message_bytes,
        queue: config.engine.input_queue,
        message_spacing: venue.message_spacing(),
        renew_after: venue.renew_after,
        pass: None,
    })
}

fn open(
    venue: &Venue,
    options: SessionOptions,
    surroundings: &Surroundings<'_>,
) -> Result<Link, EngineError> {
    let clock = Arc::clone(&surroundings.clock);
    Ok(net::open(options, dialer(venue, surroundings)?, clock, std::thread::current())?)
}
