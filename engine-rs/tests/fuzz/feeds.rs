//! Whole feeds: whatever comes, nothing panics, records and books stay sane.

use pyrt_engine::market_data::venues::Venue;
use pyrt_engine::market_data::venues::binance::Market;
use pyrt_engine::market_data::{BookTop, Feed, Sink};
use pyrt_engine::model::{Event, InstrumentId, Kind, Nanos, State};

use crate::driver::{corpus, fuzz};
use crate::parsers::instruments;

/// A feed is made anew after so many frames: its state is deep by then.
const FRAMES: u64 = 5_000;

/// Checks all that it is given.
#[derive(Default)]
struct Watch {
    synced: u64,
    records: u64,
}

impl Sink for Watch {
    fn event(&mut self, event: Event) {
        let kind = Kind::from_code(event.kind).unwrap();
        assert!(event.instrument < 2, "{event:?}");
        if let Some(trade) = event.as_trade() {
            assert!(trade.price.is_finite() && trade.qty >= 0.0, "{event:?}");
        }
        if kind == Kind::Delta {
            let [price, qty] = [event.words[1], event.words[2]].map(f64::from_bits);
            assert!(price.is_finite() && qty >= 0.0, "{event:?}");
        }
        self.records += 1;
    }

    fn book(&mut self, book: &BookTop<'_>) {
        if book.state != State::Synced {
            return;
        }
        self.synced += 1;
        assert!(book.bids.is_sorted_by(|a, b| a.0 > b.0), "{book:?}");
        assert!(book.asks.is_sorted_by(|a, b| a.0 < b.0), "{book:?}");
        assert!(book.bids.iter().chain(book.asks).all(|level| level.1.0 > 0), "{book:?}");
        if let (Some(bid), Some(ask)) = (book.bids.first(), book.asks.first()) {
            assert!(bid.0 < ask.0, "a crossed book is shown: {book:?}");
        }
    }
}

struct Driven {
    venue: Venue,
    table: Vec<pyrt_engine::model::Instrument>,
    feed: Box<dyn Feed>,
    watch: Watch,
    frames: u64,
}

impl Driven {
    fn new(venue: Venue, names: [&str; 2], symbols: [&str; 2]) -> Driven {
        let table: Vec<_> =
            instruments(names, symbols).into_iter().map(|(_, instrument)| instrument).collect();
        let feed = venue.feed(&table);
        Driven { venue, table, feed, watch: Watch::default(), frames: 0 }
    }

    fn take(&mut self, input: &[u8]) -> (u64, u64, u64) {
        if self.frames.is_multiple_of(FRAMES) {
            self.feed = self.venue.feed(&self.table);
            self.feed.on_connected(Nanos(1), &mut self.watch);
        }
        self.frames += 1;
        let now = Nanos(1_700_000_000_000_000_000 + self.frames as i64 * 50_000_000);
        let before = self.feed.counters();
        match input.first() {
            // An answer of the REST host: of the first instrument, or none.
            Some(b'!') => self.feed.on_response(
                InstrumentId(0),
                (input.len() > 1).then(|| &input[1..]),
                now,
                &mut self.watch,
            ),
            Some(b'@') => self.feed.on_disconnected(now, &mut self.watch),
            Some(b'#') => self.feed.on_connected(now, &mut self.watch),
            _ => self.feed.on_frame(input, now, &mut self.watch),
        }
        if self.frames.is_multiple_of(7) {
            self.feed.on_time(now, &mut self.watch);
        }
        while self.feed.next_request().is_some() {}
        while self.feed.next_outgoing().is_some() {}
        let after = self.feed.counters();
        (after.rejected - before.rejected, after.depth - before.depth, after.snapshots - before.snapshots)
    }
}

#[test]
fn all_feeds() {
    let mut feeds = [
        Driven::new(
            Venue::Binance(Market::Spot),
            ["binance:BTC-USDT", "binance:ETH-USDT"],
            ["BTCUSDT", "ETHUSDT"],
        ),
        Driven::new(
            Venue::Binance(Market::UsdM),
            ["binance:BTC-USDT-PERP", "binance:ETH-USDT-PERP"],
            ["BTCUSDT", "ETHUSDT"],
        ),
        Driven::new(Venue::Coinbase, ["coinbase:BTC-USD", "coinbase:ETH-USD"], ["BTC-USD", "ETH-USD"]),
        Driven::new(Venue::Kraken, ["kraken:BTC-USD", "kraken:ETH-USD"], ["BTC/USD", "ETH/USD"]),
        Driven::new(
            Venue::KrakenFutures,
            ["kraken:BTC-USD-PERP", "kraken:ETH-USD-PERP"],
            ["PI_XBTUSD", "PI_ETHUSD"],
        ),
        Driven::new(
            Venue::CoinbaseAdvanced,
            ["coinbase-adv:BTC-USD", "coinbase-adv:ETH-USD"],
            ["BTC-USD", "ETH-USD"],
        ),
    ];
    let mut seeds: Vec<Vec<u8>> =
        ["binance", "binance_sbe", "coinbase", "coinbase_advanced", "kraken", "kraken_futures"]
            .into_iter()
            .flat_map(corpus)
            .collect();
    seeds.extend(corpus("feeds"));
    fuzz("feeds", 90, seeds, |input| feeds.each_mut().map(|feed| feed.take(input)));
    assert!(feeds.iter().all(|feed| feed.watch.records > 0), "a feed has said nothing");
    assert!(
        feeds[0].watch.synced + feeds[2].watch.synced + feeds[3].watch.synced > 0,
        "no book was ever synced"
    );
}
