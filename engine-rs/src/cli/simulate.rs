//! A venue on loopback.

use std::fs::read_to_string;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use pyrt_engine::clock::SystemClock;
use pyrt_engine::matching::Simulation;
use pyrt_engine::model::{Money, Nanos};
use pyrt_engine::monitoring::{LogFormat, start_logging};
use pyrt_engine::simulator::{
    AccountOptions, AtEnd, Fault, HallSource, Market, MarketOptions, ORDERS_PATH, Options, Pace, Place,
    Planned, Replay, ReplayError, Simulator, SimulatorError, Source, Statement, TradingOptions,
};
use serde_json::{Map, Value as Json, json};
use tokio::runtime::Builder;
use tokio::time::sleep;
use tracing::level_filters::LevelFilter;

use super::signals::Signals;
use super::{Exit, fail, say};

/// Between two looks at whether the simulator has ended by itself.
const GLANCE: Duration = Duration::from_millis(50);

/// Arguments of `simulate`.
#[derive(Args)]
#[command(
    after_help = "Venues on loopback, three of them on one port. Binance's spot market: WebSocket at /stream?streams=… and /ws/… (binary, SBE, for those who open it \
with a header X-MBX-APIKEY), REST at /api/v3/depth, \
exchangeInfo, time and ping, orders over WebSocket at /ws-api/v3. Coinbase Exchange: WebSocket at /, REST at /products and \
/products/BTC-USD/book. Kraken: WebSocket at /v2, REST at /0/public/AssetPairs and /0/private/GetWebSocketsToken. Generated markets of these \
two are told order by order as well, to the key demo with the secret ZGVtby1zZWNyZXQ= (full, level3). Each of --also has a port of its own, the next ones after that of --listen (any, if \
that is 0), for its paths are those of others: Binance's futures with /stream, /ws, /fapi/v1/depth (/dapi/v1/depth) and exchangeInfo, \
Coinbase Advanced Trade with / and /api/v3/brokerage/market/products, Kraken's older protocol with / and /0/public/AssetPairs, its futures with /ws/v1 and /derivatives/api/v3/instruments. Prints one JSON line when it is ready, {\"listening\": \"127.0.0.1:PORT\", \"also\": {\"VENUE\": \"127.0.0.1:PORT\"}, …}, and \
{\"event\": \"end\"} when a recording has ended, and {\"event\": \"stopped\", \"account\": …} with the account's balances, its \
open orders and how many fills there were. The time of a source begins when the first client has subscribed.\n\n\
Orders are matched against the frames that are sent, by proto/MATCHING.md, and arrive at the source's time: at speed 10 \
a second of yours is ten of the market's, at max an order meets the last frame made ready, and while nobody listens to a \
recording its time stands still. Without --account there is one for trying out: key demo; HMAC secret demo-secret, or \
the Ed25519 key whose 32 bytes are \"pyrt demo account, not a secret.\"; it holds USDT:100000+BTC:10+ETH:100.\n\n\
Examples:\n  pyrt-engine simulate --market seed=42,symbols=BTC-USDT+ETH-USDT,rate=2000\n  \
pyrt-engine simulate --recording streams.tsv snapshots.tsv --speed 10\n  \
pyrt-engine simulate --recording day.tsv.gz --speed max --at-end close\n  \
pyrt-engine simulate --recording day.tsv.gz --from 80 --for 40\n  \
pyrt-engine simulate --account key=me,secret=xyz,cash=USDT:5000+BTC:1 --settings sim.toml\n  \
pyrt-engine simulate --kraken kraken.tsv --coinbase symbols=BTC-USD+SOL-USD,rate=500 --harm kraken:checksum@5+20 \
coinbase:stall@30\n  \
pyrt-engine simulate --also binance_usdm binance_coinm:symbols=BTC-USD coinbase_advanced:rate=500 --harm binance_usdm:gap@5"
)]
pub struct Simulate {
    /// Where to listen: loopback only; port 0 takes any
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Recordings, lines of recv_ts_ns<TAB>message, plain or gzip; several are merged by time
    #[arg(long, num_args = 1.., value_name = "FILE", conflicts_with = "market")]
    recording: Vec<PathBuf>,
    /// Serves the recording from so many seconds after its first line; what comes before is passed at once
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, allow_negative_numbers = true)]
    #[arg(requires = "recording", conflicts_with = "market")]
    from: Option<Duration>,
    /// … and for so many seconds; else to its end
    #[arg(long = "for", value_name = "SECONDS", value_parser = parse_seconds, allow_negative_numbers = true)]
    #[arg(requires = "recording", conflicts_with = "market")]
    length: Option<Duration>,
    /// A generated market: seed, symbols (joined by +), rate (events a second), start (ms UTC); the default source
    #[arg(long, value_name = "KEY=VALUE,…", value_parser = parse_market)]
    market: Option<MarketOptions>,
    /// How fast time runs: 1, 10, 0.5 … or max, as fast as clients read; then a recorded symbol's second diff waits
    /// for its snapshot to be asked for, at most 5 s
    #[arg(long, default_value = "1", value_parser = parse_speed)]
    speed: Pace,
    /// Time begins with a line on stdin, not with the first subscription
    #[arg(long)]
    held: bool,
    /// Who may trade: key, secret (HMAC) or public (base64 of an Ed25519 key), cash (ASSET:AMOUNT, joined by +)
    #[arg(long, value_name = "KEY=VALUE,…", default_value = "", hide_default_value = true)]
    account: AccountOptions,
    /// A file with a [simulation] table (proto/MATCHING.md); without it fees are 10 bps and latencies those of the
    /// loopback
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// What Coinbase trades: recordings, or symbols (joined by +), seed, rate of a generated market
    #[arg(long, num_args = 1.., value_name = "FILE|KEY=VALUE,…")]
    coinbase: Vec<String>,
    /// What Kraken trades, the same way
    #[arg(long, num_args = 1.., value_name = "FILE|KEY=VALUE,…")]
    kraken: Vec<String>,
    /// More venues: binance_usdm, binance_coinm, coinbase_advanced, kraken_v1, kraken_futures, each with symbols, seed, rate of its generated market
    /// after a colon, if they are to be others
    #[arg(long, num_args = 1.., value_name = "VENUE[:KEY=VALUE,…]", value_parser = parse_also)]
    also: Vec<(Place, HallSource)>,
    /// VENUE:FAULT@SECONDS does something wrong at a time, and with +EVERY again and again: gap, duplicate, reorder,
    /// checksum, crossed, torn, huge, invalid-utf8, slow, stall, disconnect, 429, clock-jump, shutdown, 418
    #[arg(long, num_args = 1.., value_name = "PLAN")]
    harm: Vec<Planned>,
    /// place=drop-reply:EVERY accepts every so many orders without a reply and cuts the connection
    #[arg(long, value_name = "FAULT")]
    fault: Option<Fault>,
    /// What happens when a recording has ended
    #[arg(long, value_enum, default_value_t = End::Hold)]
    at_end: End,
    /// Stops after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    duration: Option<Duration>,
}

#[derive(Clone, Copy, ValueEnum)]
enum End {
    /// Connections stay open, REST goes on
    Hold,
    /// Connections are closed and the simulator stops
    Close,
}

impl Simulate {
    pub fn run(self) -> Exit {
        start_logging(LevelFilter::WARN, LogFormat::Text);
        let source: Box<dyn Source> = if self.recording.is_empty() {
            let market = MarketOptions { best_levels: true, ..self.market.clone().unwrap_or_default() };
            match Market::new(market) {
                Ok(market) => Box::new(market),
                Err(error) => return fail(Exit::Usage, error),
            }
        } else {
            match self.open() {
                Ok(replay) => Box::new(replay),
                Err(error) => return fail(Exit::Usage, error),
            }
        };
        match self.trading().and_then(|trading| self.serve(source, trading)) {
            Ok(()) => Exit::Fine,
            Err(error) => error,
        }
    }

    fn open(&self) -> Result<Replay, ReplayError> {
        let replay = Replay::open(&self.recording)?;
        match (self.from, self.length) {
            (None, None) => Ok(replay),
            (from, length) => replay.slice(from.unwrap_or_default(), length),
        }
    }

    fn trading(&self) -> Result<TradingOptions, Exit> {
        let mut trading =
            TradingOptions { account: self.account.clone(), fault: self.fault, ..TradingOptions::default() };
        if let Some(path) = &self.settings {
            let wrong = |error: String| fail(Exit::Usage, format!("{}: {error}", path.display()));
            let text = read_to_string(path).map_err(|error| wrong(error.to_string()))?;
            trading.settings = Simulation::from_toml(&text).map_err(|error| wrong(error.to_string()))?;
        }
        Ok(trading)
    }

    fn serve(&self, source: Box<dyn Source>, trading: TradingOptions) -> Result<(), Exit> {
        let internal = |error: std::io::Error| fail(Exit::Internal, error);
        let runtime = Builder::new_current_thread().enable_all().build().map_err(internal)?;
        let mut signals = runtime.block_on(async { Signals::listen() }).map_err(internal)?;
        let at_end = match self.at_end {
            End::Hold => AtEnd::Hold,
            End::Close => AtEnd::Close,
        };
        let wrong = |error: String| fail(Exit::Usage, error);
        let coinbase = hall("--coinbase", &self.coinbase).map_err(wrong)?;
        let kraken = hall("--kraken", &self.kraken).map_err(wrong)?;
        let api_key = trading.account.account.api_key.clone();
        let options = Options {
            listen: self.listen,
            pace: self.speed,
            held: self.held,
            at_end,
            trading,
            coinbase,
            kraken,
            more: self.also.clone(),
            faults: self.harm.clone(),
            ..Options::default()
        };
        let description = source.describe();
        let ended = || say(json!({ "event": "end" }));
        let simulator = Simulator::start(source, options, Arc::new(SystemClock), ended).map_err(|error| {
            let exit = if matches!(error, SimulatorError::Io { .. }) { Exit::Venue } else { Exit::Usage };
            fail(exit, error)
        })?;
        if self.held {
            let release = simulator.releaser();
            std::thread::spawn(move || {
                let _ = std::io::stdin().read_line(&mut String::new()); // its end will do as well
                release();
            });
        }
        let orders = json!({ "path": ORDERS_PATH, "key": api_key });
        let mut ready =
            json!({ "listening": simulator.address().to_string(), "source": description, "orders": orders });
        for (place, _) in &self.also {
            ready["also"][place.name()] =
                json!(simulator.address_of(*place).map(|address| address.to_string()));
        }
        say(ready);
        runtime.block_on(async {
            let duration = self.duration.unwrap_or(Duration::MAX);
            let ended = async {
                while !simulator.is_finished() {
                    sleep(GLANCE).await;
                }
            };
            tokio::select! {
                _ = signals.next() => {}
                () = sleep(duration) => {}
                () = ended => {}
            }
        });
        if let Some(statement) = simulator.stop() {
            say(json!({ "event": "stopped", "account": account(&statement) }));
        }
        Ok(())
    }
}

/// Amounts as text: a double does not hold them.
fn account(statement: &Statement) -> Json {
    let text = |amount: &Money| {
        let mut text = Vec::new();
        amount.push_decimal(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    };
    let balance = |(asset, free, locked): &(String, Money, Money)| {
        (asset.clone(), json!({ "free": text(free), "locked": text(locked) }))
    };
    let balances: Map<String, Json> = statement.balances.iter().map(balance).collect();
    let Statement { orders, fills, open, .. } = statement;
    json!({ "balances": balances, "orders": orders, "fills": fills, "open_orders": open })
}

/// Files, or a generated market.
fn hall(argument: &str, given: &[String]) -> Result<HallSource, String> {
    let [only] = given else {
        let files = given.iter().map(PathBuf::from).collect();
        return Ok(if given.is_empty() { HallSource::default() } else { HallSource::Recorded(files) });
    };
    if !only.contains('=') || PathBuf::from(only).exists() {
        return Ok(HallSource::Recorded(vec![only.into()]));
    }
    generated(argument, only, HallSource::default())
}

/// A venue, and what is to be other than usual in its generated market.
fn parse_also(text: &str) -> Result<(Place, HallSource), String> {
    let (name, given) = text.split_once(':').unwrap_or((text, ""));
    let more = || Place::ALL.into_iter().filter(|place| !place.shares_the_port());
    let place = more().find(|place| place.name() == name);
    let place = place.ok_or_else(|| {
        let names: Vec<&str> = more().map(Place::name).collect();
        format!("{name:?} must be one of {}", names.join(", "))
    })?;
    Ok((place, generated("--also", given, HallSource::usual(place))?))
}

fn generated(argument: &str, given: &str, usual: HallSource) -> Result<HallSource, String> {
    let HallSource::Generated { mut seed, mut pairs, mut rate } = usual else { return Ok(usual) };
    for part in given.split(',').filter(|part| !part.is_empty()) {
        let wrong = |what: &str| format!("{argument} {part:?}: {what}");
        let (key, value) = part.split_once('=').ok_or_else(|| wrong("must be KEY=VALUE"))?;
        match key {
            "seed" => seed = value.parse().map_err(|_| wrong("must be a whole number"))?,
            "symbols" => pairs = value.split('+').map(str::to_owned).collect(),
            "rate" => {
                let number = value.parse().ok().filter(|rate| (1..=10_000_000).contains(rate));
                rate = number.ok_or_else(|| wrong("must be from 1 to 10000000"))?;
            }
            _ => return Err(wrong("the key must be one of seed, symbols, rate")),
        }
    }
    Ok(HallSource::Generated { seed, pairs, rate })
}

pub(super) fn parse_market(text: &str) -> Result<MarketOptions, String> {
    let mut market = MarketOptions::default();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').ok_or_else(|| format!("{part:?} must be KEY=VALUE"))?;
        let whole = || value.parse::<u64>().map_err(|_| format!("{key} = {value:?}: must be a whole number"));
        match key {
            "seed" => market.seed = whole()?,
            "symbols" => market.pairs = value.split('+').map(str::to_owned).collect(),
            "rate" => {
                let rate = u32::try_from(whole()?).ok().filter(|rate| (1..=10_000_000).contains(rate));
                market.rate = rate.ok_or_else(|| format!("rate = {value}: must be from 1 to 10000000"))?;
            }
            "start" => {
                let ns = i64::try_from(whole()?).ok().and_then(|ms| ms.checked_mul(1_000_000));
                market.start = Some(Nanos(ns.ok_or_else(|| format!("start = {value}: must be ms UTC"))?));
            }
            _ => return Err(format!("{key:?} must be one of seed, symbols, rate, start")),
        }
    }
    Ok(market)
}

fn parse_speed(text: &str) -> Result<Pace, String> {
    if text == "max" {
        return Ok(Pace::Max);
    }
    let speed = text.parse::<f64>().ok().filter(|speed| (0.001..=100_000.0).contains(speed));
    speed.map(Pace::Times).ok_or_else(|| "must be max, or a number from 0.001 to 100000".to_owned())
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=1e9).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "must be a number of seconds, 0 or more".to_owned())
}
