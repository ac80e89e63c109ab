//! Each hall against the engine's feed for it, without sockets: at every moment at which the feed says that it has the
//! venue's book, that is the hall's, level by level.

use super::stock::{Levels, Stall};
use super::{BinanceFutures, CoinbaseAdvanced, Hall, HallSource, Kraken, KrakenFutures};
use crate::book::L2Book;
use crate::market_data::venues::{binance, coinbase_advanced, kraken, kraken_futures};
use crate::market_data::{BookTop, Feed, Sink, StreamFeed, StreamOptions, VenuePeriod};
use crate::model::{Event, Instrument, InstrumentId, Kind, Nanos};
use crate::simulator::sabotage::Place;

const BEGIN: i64 = 1_700_000_000_000_000_000;
const STEP: i64 = 100_000_000;
const CLIENT: u64 = 7;

#[derive(Default)]
struct Tape(Vec<Event>);

impl Sink for Tape {
    fn event(&mut self, event: Event) {
        self.0.push(event);
    }

    fn book(&mut self, _: &BookTop<'_>) {}
}

/// A feed whose books can be looked into.
trait Open: Feed {
    fn levels(&self, instrument: InstrumentId) -> &L2Book;
}

impl Open for binance::BinanceFeed {
    fn levels(&self, instrument: InstrumentId) -> &L2Book {
        self.book(instrument).unwrap()
    }
}

impl Open for StreamFeed<coinbase_advanced::CoinbaseAdvanced> {
    fn levels(&self, instrument: InstrumentId) -> &L2Book {
        self.book(instrument).unwrap()
    }
}

impl Open for kraken::KrakenSpot {
    fn levels(&self, instrument: InstrumentId) -> &L2Book {
        self.book(instrument).unwrap()
    }
}

impl Open for kraken_futures::KrakenFuturesFeed {
    fn levels(&self, instrument: InstrumentId) -> &L2Book {
        self.book(instrument).unwrap()
    }
}

/// Joins the two for so many steps of 100 ms; how often a book, as deep as it goes, was the venue's and was compared.
fn join<H: Hall>(
    hall: &mut H,
    feed: &mut dyn Open,
    (stalls, depth): (impl Fn(&H) -> &[Stall], usize),
    steps: i64,
) -> (usize, Vec<Event>) {
    let (mut tape, mut said, mut compared) = (Tape::default(), Vec::new(), 0);
    hall.begin(Nanos(BEGIN));
    hall.welcome(CLIENT, &feed.stream_path(), Nanos(BEGIN), &mut said);
    feed.on_connected(Nanos(BEGIN), &mut tape);
    for step in 1..=steps {
        let now = Nanos(BEGIN + step * STEP);
        while let Some(outgoing) = feed.next_outgoing() {
            hall.hear(CLIENT, &outgoing.text, now, &mut said);
        }
        // A snapshot is of any moment: what changed before it may not be said yet.
        hall.advance(Nanos(now.0 - STEP / 3), usize::MAX, &mut said);
        while let Some(request) = feed.next_request() {
            let (path, query) = request.path.split_once('?').unwrap();
            let body = hall.get(path, query, now).unwrap();
            feed.on_response(request.instrument, Some(body.as_bytes()), now, &mut tape);
        }
        hall.advance(now, usize::MAX, &mut said);
        if step % 10 == 0 {
            hall.beat(now, &mut said);
        }
        for said in said.drain(..) {
            assert_eq!(said.to, CLIENT);
            feed.on_frame(said.text.as_bytes(), now, &mut tape);
        }
        feed.on_time(now, &mut tape);
        if feed.standing().synced == 2 {
            for (row, stall) in (0..).zip(stalls(hall)) {
                let level = |(ticks, lots): (crate::model::Ticks, crate::model::Lots)| (ticks.0, lots.0);
                let book = feed.levels(InstrumentId(row));
                let own: (Levels, Levels) =
                    (book.bids().map(level).collect(), book.asks().map(level).collect());
                assert_eq!(own, stall.top(depth), "step {step}: {}", stall.pair);
                compared += 1;
            }
        }
    }
    let counters = feed.counters();
    assert_eq!(
        (counters.gaps, counters.crossed, counters.rejected, counters.unknown),
        (0, 0, 0, 0),
        "{counters:?}"
    );
    assert!(counters.trades > 100 && counters.quotes > 100, "{counters:?}");
    (compared, tape.0)
}

fn numbered(instruments: Vec<Instrument>) -> Vec<(InstrumentId, Instrument)> {
    (0..).map(InstrumentId).zip(instruments).collect()
}

/// The feed of a market of Binance's futures, with all that they have; its hall, and what both took from each other.
fn futures(place: Place, market: binance::Market, names: [&str; 2], steps: i64) -> Vec<Event> {
    let mut hall = BinanceFutures::new(&HallSource::usual(place), place).unwrap();
    let list = hall.get(market.list_path(), "", Nanos(BEGIN)).unwrap();
    let listed = binance::listings(list.as_bytes()).unwrap();
    let instruments = numbered(binance::find_futures(&listed, &names, market).unwrap());
    let bars = vec![VenuePeriod::named("1m").unwrap()];
    let streams = binance::Streams { aggregated: true, bars, marks: true, ..binance::Streams::default() };
    let options = binance::Options { market, streams, ..binance::Options::default() };
    let mut feed = binance::BinanceFeed::new(&instruments, options);
    let (compared, events) = join(&mut hall, &mut feed, (|hall| hall.board.stalls(), usize::MAX), steps);
    assert!(compared > 2 * usize::try_from(steps - 10).unwrap(), "{compared} books compared");
    events
}

/// Bars are what the trades before them say; marks lie between bid and ask.
#[test]
fn futures_of_either_margin_are_followed_level_by_level() {
    for (place, market, names) in [
        (Place::BinanceUsdm, binance::Market::UsdM, ["BTC-USDT-PERP", "ETH-USDT-PERP"]),
        (Place::BinanceCoinm, binance::Market::CoinM, ["BTC-USD-PERP", "ETH-USD-PERP"]),
    ] {
        let events = futures(place, market, names, 1_300);
        let (mut trades, mut quote, mut bars, mut marks) = (Vec::new(), (0.0, 0.0), 0, 0);
        for event in events.iter().filter(|event| event.instrument == 0) {
            if let Some(trade) = event.as_trade() {
                trades.push((event.event_time, trade.price, trade.qty));
            } else if let Some(best) = event.as_quote() {
                quote = (best.bid, best.ask);
            } else if let Some(bar) = event.as_bar() {
                let begin = bar.event_time - 60_000_000_000;
                let own = trades.iter().filter(|(time, ..)| (begin..bar.event_time).contains(time));
                let prices: Vec<f64> = own.clone().map(|(_, price, _)| *price).collect();
                let volume: f64 = own.map(|(.., qty)| qty).sum();
                assert!((bar.volume - volume).abs() < 1e-6 * volume, "{bar:?}, {volume}");
                assert_eq!(Some(&bar.close), prices.last());
                assert_eq!(bar.high, prices.iter().copied().fold(f64::MIN, f64::max));
                assert_eq!(bar.low, prices.iter().copied().fold(f64::MAX, f64::min));
                bars += 1;
            } else if let Some(mark) = event.as_mark() {
                assert!(
                    quote.0 == 0.0 || (mark.mark - quote.0).abs() < 0.01 * quote.0,
                    "{mark:?}, {quote:?}"
                );
                marks += 1;
            }
        }
        assert!(bars == 2 && marks > 120, "{bars} bars, {marks} marks");
    }
}

#[test]
fn the_best_levels_alone_are_the_best_of_the_hall() {
    let place = Place::BinanceUsdm;
    let mut hall = BinanceFutures::new(&HallSource::usual(place), place).unwrap();
    let mut said = Vec::new();
    hall.begin(Nanos(BEGIN));
    hall.welcome(CLIENT, "/stream?streams=btcusdt@depth5@100ms", Nanos(BEGIN), &mut said);
    hall.advance(Nanos(BEGIN + STEP), usize::MAX, &mut said);
    let text = &said.last().unwrap().text;
    let (bids, asks) = hall.board.stalls()[0].top(5);
    let message: serde_json::Value = serde_json::from_str(text).unwrap();
    for (key, levels) in [("b", bids), ("a", asks)] {
        let own: Vec<(f64, f64)> =
            levels.iter().map(|(price, qty)| (*price as f64 / 10.0, *qty as f64 / 1e3)).collect();
        let number = |value: &serde_json::Value| value.as_str().unwrap().parse::<f64>().unwrap();
        let said: Vec<(f64, f64)> = message["data"][key]
            .as_array()
            .unwrap()
            .iter()
            .map(|level| (number(&level[0]), number(&level[1])))
            .collect();
        assert_eq!(said, own, "{text}");
    }
}

#[test]
fn advanced_trade_is_followed_level_by_level() {
    let mut hall = CoinbaseAdvanced::new(&HallSource::usual(Place::CoinbaseAdvanced)).unwrap();
    let list = hall.get(coinbase_advanced::LIST_PATH, "", Nanos(BEGIN)).unwrap();
    let found = coinbase_advanced::find_instruments(list.as_bytes(), &["BTC-USD", "ETH-USD"]);
    let instruments = numbered(found.unwrap());
    let protocol =
        coinbase_advanced::CoinbaseAdvanced::new(&instruments, coinbase_advanced::AdvancedOptions::default());
    let mut feed = StreamFeed::new(&instruments, protocol, StreamOptions::default());
    let (compared, events) = join(&mut hall, &mut feed, (|hall| hall.board.stalls(), usize::MAX), 300);
    assert!(compared > 580, "{compared} books compared");
    assert!(events.iter().any(|event| event.kind == Kind::Trade as u8));
}

/// A token that is none is turned down, and so are channels and products that there are not; a good one is taken.
#[test]
fn advanced_trade_turns_down_what_it_cannot_serve() {
    let mut hall = CoinbaseAdvanced::new(&HallSource::usual(Place::CoinbaseAdvanced)).unwrap();
    let mut answer = |text: &str| {
        let mut said = Vec::new();
        hall.hear(CLIENT, text, Nanos(BEGIN), &mut said);
        said.remove(0).text
    };
    for (request, words) in [
        ("x", "malformed JSON"),
        (r#"{"type":"dance"}"#, "must be subscribe or unsubscribe"),
        (r#"{"type":"subscribe","channel":"level9"}"#, "is not a channel"),
        (r#"{"type":"subscribe","channel":"level2","product_ids":["BTC-XYZ"]}"#, "BTC-XYZ is not a product"),
        (r#"{"type":"subscribe","channel":"level2","product_ids":["BTC-USD"],"jwt":"x"}"#, "authentication"),
        (
            r#"{"type":"subscribe","channel":"level2","product_ids":["BTC-USD"],"jwt":"a.b-_.c"}"#,
            r#""level2":["BTC-USD"]"#,
        ),
    ] {
        let answer = answer(request);
        assert!(answer.contains(words), "{request}: {answer}");
    }
}

#[test]
fn kraken_is_followed_level_by_level_in_either_protocol() {
    for (place, version) in [(Place::Kraken, kraken::Version::V2), (Place::KrakenV1, kraken::Version::V1)] {
        let mut hall = Kraken::new(&HallSource::usual(place), place).unwrap();
        let list = hall.get(kraken::LIST_PATH, "", Nanos(BEGIN)).unwrap();
        let found = kraken::find_instruments(list.as_bytes(), &["BTC-USD", "ETH-USD"]);
        let instruments = numbered(found.unwrap());
        let options = kraken::KrakenOptions { version, depth: Some(25), ..kraken::KrakenOptions::default() };
        let protocol = kraken::Kraken::new(&instruments, options);
        let mut feed = kraken::KrakenSpot::new(&instruments, protocol, StreamOptions::default());
        let (compared, _) = join(&mut hall, &mut feed, (|hall| hall.stock.stalls(), 25), 300);
        let counters = feed.counters();
        assert!(compared > 580 && counters.checksums > 1_000, "{compared}: {counters:?}");
        assert_eq!(counters.checksums, counters.checksums_ok);
    }
}

#[test]
fn futures_of_kraken_are_followed_level_by_level() {
    let mut hall = KrakenFutures::new(&HallSource::usual(Place::KrakenFutures)).unwrap();
    let instrument =
        |name: &str, symbol: &str, tick: &str| Instrument::spot(name, symbol, tick, "1").unwrap();
    let instruments = numbered(vec![
        instrument("kraken-futures:BTC-USD", "PI_XBTUSD", "0.1"),
        instrument("kraken-futures:ETH-USD", "PI_ETHUSD", "0.01"),
    ]);
    let protocol =
        kraken_futures::KrakenFutures::new(&instruments, kraken_futures::KrakenFuturesOptions::default());
    let mut feed = StreamFeed::new(&instruments, protocol, StreamOptions::default());
    let (compared, _) = join(&mut hall, &mut feed, (|hall| hall.board.stalls(), usize::MAX), 300);
    assert!(compared > 580, "{compared} books compared");
}
