//! The configured venue: its instruments, its feed, its connection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use crate::config::{Config, Venue};
use crate::execution::venues::binance::PATH;
use crate::market_data::venues::binance::{
    BinanceSpot, Options, Streams, exchange_info_path, find_instruments, listings, symbol_of,
};
use crate::model::{Endpoint, Instrument, InstrumentId};
use crate::net::{self, Backoff, Dialer, HttpClient, Link, SessionOptions};
use crate::random::SplitMix64;

use super::decision::BEAT;
use super::publisher::Publisher;
use super::{EngineError, Surroundings};

/// The whole of Binance's list has twenty megabytes.
const MAX_LIST_BYTES: usize = 64 << 20;

fn venue_error(error: impl std::fmt::Display) -> EngineError {
    EngineError::Venue(error.to_string())
}

fn backoff(venue: &Venue, seed: u64) -> Backoff {
    Backoff::new(venue.backoff_initial, venue.backoff_max, SplitMix64::new(seed))
}

fn dialer(venue: &Venue, surroundings: &Surroundings<'_>) -> Result<Dialer, EngineError> {
    Dialer::new(Arc::clone(&surroundings.clock), venue.patience).map_err(venue_error)
}

/// What the venue says about the configured symbols; nothing if the run is to end before it has answered. The segment
/// shows life meanwhile.
pub(super) fn instruments(
    config: &Config,
    surroundings: &Surroundings<'_>,
    publisher: &mut Publisher,
) -> Result<Option<Vec<Instrument>>, EngineError> {
    let venue = &config.binance;
    let aliases: BTreeMap<_, _> =
        config.aliases.iter().map(|alias| (alias.from.clone(), alias.to.clone())).collect();
    let names: Vec<&str> = venue.symbols.iter().map(String::as_str).collect();
    let symbols: Vec<String> = names.iter().map(|name| symbol_of(name, &aliases)).collect();
    let path = exchange_info_path(&symbols.iter().map(String::as_str).collect::<Vec<_>>());
    let rest = Endpoint::parse(&venue.rest).map_err(venue_error)?;
    let client = HttpClient::new(dialer(venue, surroundings)?, rest, MAX_LIST_BYTES);
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let beat = Duration::from_nanos(BEAT.unsigned_abs());
    let body = LocalSet::new().block_on(&runtime, async {
        let retries = fetch(&client, &path, backoff(venue, surroundings.seed));
        let fetched = timeout(config.engine.startup_timeout, retries);
        tokio::pin!(fetched);
        loop {
            tokio::select! {
                body = &mut fetched => return match body {
                    Ok(body) => body.map(Some),
                    Err(_) => Err(EngineError::Venue(format!(
                        "{}: no list of instruments within {:?}", venue.rest, config.engine.startup_timeout
                    ))),
                },
                () = sleep(beat) => publisher.heartbeat(surroundings.clock.monotonic()),
            }
            if surroundings.stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
        }
    })?;
    let Some(body) = body else { return Ok(None) };
    let listed = listings(&body).map_err(venue_error)?;
    let found = find_instruments(&listed, &names, &aliases).map_err(venue_error)?;
    for instrument in &found {
        info!(
            name = instrument.name,
            tick = instrument.tick.to_double(1),
            lot = instrument.lot.to_double(1),
            "instrument"
        );
    }
    Ok(Some(found))
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

/// The feed of these instruments.
pub(super) fn feed(config: &Config, instruments: &[(InstrumentId, Instrument)]) -> BinanceSpot {
    let venue = &config.binance;
    let ns = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    BinanceSpot::new(
        instruments,
        Options {
            streams: Streams { trades: venue.trades, quotes: venue.quotes },
            depth: config.shared_memory.book_depth as usize,
            snapshot_limit: venue.snapshot_levels,
            silence: ns(venue.stale_after),
            book_silence: ns(venue.book_stale_after),
            ..Options::default()
        },
    )
}

/// Starts the input/output thread of order entry; it unparks the calling thread.
pub(super) fn connect_orders(
    config: &Config,
    surroundings: &Surroundings<'_>,
    endpoint: Endpoint,
) -> Result<Link, EngineError> {
    let venue = &config.binance;
    let options = SessionOptions {
        websocket: endpoint,
        rest: Endpoint::parse(&venue.rest).map_err(venue_error)?,
        path: PATH.to_owned(),
        silence: venue.silence,
        backoff: backoff(venue, surroundings.seed.wrapping_add(1)),
        max_message_bytes: venue.max_message_bytes,
        queue: config.engine.input_queue,
    };
    let clock = Arc::clone(&surroundings.clock);
    Ok(net::open(options, dialer(venue, surroundings)?, clock, std::thread::current())?)
}

/// Starts the input/output thread; it unparks the calling thread.
pub(super) fn connect(
    config: &Config,
    surroundings: &Surroundings<'_>,
    path: String,
) -> Result<Link, EngineError> {
    let venue = &config.binance;
    let options = SessionOptions {
        websocket: Endpoint::parse(&venue.websocket).map_err(venue_error)?,
        rest: Endpoint::parse(&venue.rest).map_err(venue_error)?,
        path,
        silence: venue.silence,
        backoff: backoff(venue, surroundings.seed),
        max_message_bytes: venue.max_message_bytes,
        queue: config.engine.input_queue,
    };
    let clock = Arc::clone(&surroundings.clock);
    Ok(net::open(options, dialer(venue, surroundings)?, clock, std::thread::current())?)
}
