//! The keys of the venues: one section each, all of one form.

use std::time::Duration;

use super::reader::Reader;
use super::sections::{is_symbol, millis, number, size, url};
use super::venue_defaults::{
    ADVANCED, Allowed, Apart, BINANCE, BINANCE_SBE, COINBASE, COINM, Defaults, KRAKEN, Levels, USDM,
};

/// A venue with a section of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VenueKey {
    /// `[venues.binance]`: its spot market, where orders go.
    Binance,
    /// `[venues.binance_usdm]`: futures margined in dollar coins.
    BinanceUsdm,
    /// `[venues.binance_coinm]`: futures margined in what is traded.
    BinanceCoinm,
    /// `[venues.coinbase]`: Coinbase Exchange.
    Coinbase,
    /// `[venues.kraken]`: Kraken spot.
    Kraken,
    /// `[venues.coinbase_advanced]`: Coinbase Advanced Trade.
    CoinbaseAdvanced,
}

impl VenueKey {
    /// In the order of their rows in the table of instruments.
    pub const ALL: [VenueKey; 6] = [
        VenueKey::Binance,
        VenueKey::BinanceUsdm,
        VenueKey::BinanceCoinm,
        VenueKey::Coinbase,
        VenueKey::Kraken,
        VenueKey::CoinbaseAdvanced,
    ];

    /// Its section's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.defaults().name
    }

    fn defaults(self) -> &'static Defaults {
        match self {
            VenueKey::Binance => &BINANCE,
            VenueKey::BinanceUsdm => &USDM,
            VenueKey::BinanceCoinm => &COINM,
            VenueKey::Coinbase => &COINBASE,
            VenueKey::Kraken => &KRAKEN,
            VenueKey::CoinbaseAdvanced => &ADVANCED,
        }
    }
}

/// `[venues.<venue>]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Venue {
    /// Which one.
    pub key: VenueKey,
    /// Server of the streams.
    pub websocket: String,
    /// Server of snapshots and of the list of instruments.
    pub rest: String,
    /// `BASE-QUOTE` (futures: `BASE-QUOTE-PERP`), aliases resolved; none: the venue is not used.
    pub symbols: Vec<String>,
    /// Trades of each symbol are streamed.
    pub trades: bool,
    /// The venue's best bid and offer of each symbol is streamed.
    pub quotes: bool,
    /// Books are of the best levels alone, so many a side; nothing: of all there are.
    pub best_levels: Option<u32>,
    /// Periods of the venue's own bars that are streamed, such as `1m`.
    pub bars: Vec<String>,
    /// What futures are valued at is streamed, and their funding.
    pub marks: bool,
    /// The stream that books are made of.
    pub books: String,
    /// Its streams are the binary ones.
    pub binary: bool,
    /// Which of the venue's protocols is spoken, where there are several.
    pub protocol: &'static str,
    /// Variables of the environment that hold a key; nothing: what is said to the venue is not signed.
    pub keys: Option<Keys>,
    /// Levels a side of a snapshot (Binance) or of a book (Kraken); 0 where the venue has no choice.
    pub levels: u32,
    /// For a connection, and for an answer.
    pub patience: Duration,
    /// A connection that is silent for longer is dead.
    pub silence: Duration,
    /// Books are stale when no frame came for so long.
    pub stale_after: Duration,
    /// A book is stale when no depth message of its own came for so long.
    pub book_stale_after: Duration,
    /// First wait before connecting again.
    pub backoff_initial: Duration,
    /// Longest wait before connecting again.
    pub backoff_max: Duration,
    /// Longer messages end the connection.
    pub max_message_bytes: usize,
    /// Messages that may be sent to it a second.
    pub messages_per_second: u32,
    /// A connection this old is replaced before the venue ends it.
    pub renew_after: Option<Duration>,
    /// A second connection stands by: what it brings first is seen first, and it goes on alone.
    pub standby: bool,
}

impl Venue {
    /// Least time between two messages to it.
    #[must_use]
    pub fn message_spacing(&self) -> Duration {
        Duration::from_secs(1) / self.messages_per_second.max(1)
    }
}

/// Names of variables of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Of the key, or its name.
    pub key: String,
    /// Of its secret half, where there is one.
    pub secret: String,
    /// Of its passphrase, where there is one.
    pub passphrase: String,
}

/// `"BTC/USD" = "BTC-USDT"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// As a file writes it.
    pub from: String,
    /// As the venue trades it.
    pub to: String,
}

const SYMBOL: &str = "must be BASE-QUOTE in capitals, such as BTC-USDT";

/// Other spellings of symbols.
pub(super) fn aliases(reader: &mut Reader) -> Vec<Alias> {
    let read = reader.table("aliases", SYMBOL, is_symbol);
    read.into_iter().map(|(from, to)| Alias { from, to }).collect()
}

/// All venues, in their order.
pub(super) fn read(reader: &mut Reader, aliases: &[Alias]) -> Vec<Venue> {
    let mut venues = VenueKey::ALL.map(|key| venue(key, reader));
    for venue in &mut venues {
        resolve(venue, aliases, reader);
    }
    if venues.iter().all(|venue| venue.symbols.is_empty()) {
        let expected = "must be a list of BASE-QUOTE or of names of [aliases], such as [\"BTC-USDT\"], if no other venue has symbols";
        reader.complain("venues.binance.symbols", expected.to_owned());
    }
    venues.into()
}

fn venue(key: VenueKey, reader: &mut Reader) -> Venue {
    let binary = key == VenueKey::Binance
        && reader.choice("venues.binance.encoding", "json", &[("json", false), ("sbe", true)]);
    let about = if binary { &BINANCE_SBE } else { key.defaults() };
    let at = |name: &str| format!("venues.{}.{name}", about.name);
    let symbols_rule = format!(
        "must be a list of BASE-QUOTE or of names of [aliases], such as [\"{}\"]; [] leaves the venue out",
        about.example
    );
    let symbols = reader.any_list(&at("symbols"), about.symbols, &symbols_rule, |s| !s.is_empty());
    let streams = streams(about, reader);
    let apart = about.apart.as_ref().filter(|apart| streams.iter().any(|stream| stream == apart.stream));
    let usual = apart.map_or(about.websocket, |apart| apart.websocket);
    let websocket = url(reader, &at("websocket"), usual, ["ws", "wss"]);
    let rest = url(reader, &at("rest"), about.rest, ["http", "https"]);
    let has = |name: &str| streams.iter().any(|stream| stream == name);
    let bars = streams.iter().filter_map(|stream| about.period(stream)).map(str::to_owned).collect();
    let best_levels = about.best.iter().find(|(stream, _)| has(stream)).map(|(_, levels)| *levels);
    let marks = about.marks.is_some_and(has);
    let keys = keys(about, reader);
    let books = about.signed.iter().find(|stream| has(stream)).copied().unwrap_or(about.books).to_owned();
    if about.signed.contains(&books.as_str()) && keys.is_none() {
        let expected =
            format!("{books:?} is for those who have a key: name its variables by {:?}", about.keys);
        reader.complain(&at("streams"), expected);
    }
    if binary && keys.is_none() {
        let expected = "\"sbe\" is for those who have a key: name its variable by key_variable".to_owned();
        reader.complain(&at("encoding"), expected);
    }
    let levels = about.levels.as_ref().map_or(0, |levels| levels_of(levels, &at(levels.key), reader));
    if let Some(apart) = apart {
        check_apart(apart, about, (&streams, &websocket, levels), reader);
    }
    let protocol = match about.protocols {
        [] => "",
        [(first, _), ..] => reader.choice(&at("protocol"), first, about.protocols),
    };
    let only_today =
        |stream: &String| about.period(stream).is_some() || about.signed.contains(&stream.as_str());
    if let Some(stream) = streams.iter().find(|stream| protocol == "v1" && only_today(stream)) {
        let expected = format!("{stream:?} is there in protocol \"v2\" alone");
        reader.complain(&at("streams"), expected);
    }
    let mut of = |name: &str, default, min, max| millis(reader, &at(name), default, min, max);
    let venue = Venue {
        key,
        websocket,
        rest,
        symbols,
        trades: has(about.trades),
        quotes: has(about.quotes),
        best_levels,
        bars,
        marks,
        books,
        binary,
        protocol,
        keys,
        patience: of("connect_timeout_ms", 5_000, 10, 60_000),
        silence: of("silence_ms", about.silence_ms, 100, 600_000),
        stale_after: of("stale_ms", about.stale_ms, 100, 600_000),
        book_stale_after: of("book_stale_ms", 60_000, 100, 3_600_000),
        backoff_initial: of("backoff_initial_ms", 250, 1, 60_000),
        backoff_max: of("backoff_max_ms", 30_000, 1, 600_000),
        levels,
        max_message_bytes: size(reader, &at("max_message_bytes"), 16 << 20, 1_024, 64 << 20),
        messages_per_second: number(reader, &at("messages_per_second"), about.messages_per_second, 1, 1_000),
        renew_after: Some(millis(reader, &at("renew_ms"), about.renew_ms, 0, 1 << 40))
            .filter(|age| !age.is_zero()),
        standby: reader.choice(&at("standby"), "no", &[("no", false), ("yes", true)]),
    };
    if venue.backoff_max < venue.backoff_initial {
        let least = venue.backoff_initial.as_millis();
        reader.complain(&at("backoff_max_ms"), format!("must be at least backoff_initial_ms, {least}"));
    }
    venue
}

/// What goes with a stream that has a server of its own.
fn check_apart(
    apart: &Apart,
    about: &Defaults,
    (streams, websocket, levels): (&[String], &str, u32),
    reader: &mut Reader,
) {
    let Apart { stream, websocket: own, levels: allowed } = apart;
    let at = |name: &str| format!("venues.{}.{name}", about.name);
    if streams.len() > 1 {
        let expected = format!("must be [{stream:?}] alone: its server, {own}, has nothing else");
        reader.complain(&at("streams"), expected);
    }
    if websocket == about.websocket {
        reader.complain(&at("websocket"), format!("must be {own:?}: {stream:?} is not served elsewhere"));
    }
    if let Some(choice) = about.levels.as_ref().filter(|_| !allowed.contains(&i64::from(levels))) {
        reader.complain(&at(choice.key), format!("must be one of {allowed:?} for {stream:?}"));
    }
}

/// The variables that hold a key, if they are named.
fn keys(about: &Defaults, reader: &mut Reader) -> Option<Keys> {
    let rule = "must be the name of a variable of the environment, or \"\" for no key";
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let names = about.keys.iter().map(|name| {
        let key = format!("venues.{}.{name}", about.name);
        reader.text(&key, "", rule, plain)
    });
    let names: Vec<String> = names.collect();
    let named = |place: usize| names.get(place).cloned().unwrap_or_default();
    let found = Keys { key: named(0), secret: named(1), passphrase: named(2) };
    let whole = names.len() < 2 || found.key.is_empty() == found.secret.is_empty();
    if !whole {
        let place = format!("venues.{}.key_variable", about.name);
        reader.complain(&place, "must come with secret_variable, both or neither".to_owned());
    }
    (whole && !found.key.is_empty()).then_some(found)
}

/// The streams that are asked for; that of books is among them.
fn streams(about: &Defaults, reader: &mut Reader) -> Vec<String> {
    let key = format!("venues.{}.streams", about.name);
    let usual = [about.books, about.trades, about.quotes];
    let best: Vec<&str> = about.best.iter().map(|(stream, _)| *stream).collect();
    let own = usual.into_iter().chain(best.iter().copied()).chain(about.signed.iter().copied());
    let known: Vec<&str> = own.chain(about.marks).collect();
    let bars = match about.bars {
        (_, []) => String::new(),
        (prefix, [first, ..]) => format!(", and bars such as \"{prefix}{first}\""),
    };
    let rule = format!("must be a list of some of {known:?}{bars}");
    let fits = |s: &str| known.contains(&s) || about.period(s).is_some();
    let streams = reader.list(&key, &usual, &rule, fits);
    let of_books = |stream: &&String| {
        let stream = stream.as_str();
        stream == about.books || best.contains(&stream) || about.signed.contains(&stream)
    };
    match streams.iter().filter(of_books).count() {
        0 => reader.complain(&key, format!("must contain {:?}: books are made of it", about.books)),
        1 => {}
        _ => reader.complain(&key, "must contain one stream of books alone".to_owned()),
    }
    streams
}

fn levels_of(levels: &Levels, key: &str, reader: &mut Reader) -> u32 {
    match levels.allowed {
        Allowed::From(min, max) => number(reader, key, levels.default, min, max),
        Allowed::Of(some) => {
            let (min, max) = (some[0], some[some.len() - 1]);
            let chosen = reader.integer(key, levels.default, min..=max);
            if !some.contains(&chosen) {
                reader.complain(key, format!("must be one of {some:?}"));
            }
            u32::try_from(chosen).unwrap_or_default()
        }
    }
}

/// Replaces aliases by what they stand for; what is neither that nor a symbol is complained about.
fn resolve(venue: &mut Venue, aliases: &[Alias], reader: &mut Reader) {
    let about = venue.key.defaults();
    let key = format!("venues.{}.symbols", about.name);
    let futures = matches!(venue.key, VenueKey::BinanceUsdm | VenueKey::BinanceCoinm);
    for symbol in &mut venue.symbols {
        if let Some(alias) = aliases.iter().find(|alias| alias.from == *symbol && !futures) {
            symbol.clone_from(&alias.to);
        } else if futures && !is_future(symbol) {
            let expected = format!(
                "{symbol:?} must be BASE-QUOTE-PERP, or the delivery in its place, such as {}",
                about.example
            );
            reader.complain(&key, expected);
        } else if !futures && !is_symbol(symbol) {
            let expected = format!("{symbol:?} {SYMBOL}, or a name of [aliases]");
            reader.complain(&key, expected);
        }
    }
    let mut seen = venue.symbols.clone();
    seen.sort();
    if let Some(twice) = seen.windows(2).find(|pair| pair[0] == pair[1]) {
        reader.complain(&key, format!("must not name {} twice", twice[0]));
    }
}

/// `BTC-USDT-PERP`, `BTC-USDT-261225`.
fn is_future(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(pair, delivery)| {
        let date = delivery.len() == 6 && delivery.bytes().all(|b| b.is_ascii_digit());
        is_symbol(pair) && (delivery == "PERP" || date)
    })
}
