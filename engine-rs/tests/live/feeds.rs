//! A feed on a session of its own, without an engine: the venues that the engine reads and has no section for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use pyrt_engine::clock::SystemClock;
use pyrt_engine::market_data::venues::kraken_futures::{
    KrakenFutures, KrakenFuturesFeed, KrakenFuturesOptions,
};
use pyrt_engine::market_data::{BookTop, Feed, Sink, StreamFeed, StreamOptions};
use pyrt_engine::model::{Clock, Endpoint, Event, Instrument, InstrumentId, State, flag};
use pyrt_engine::net::{Backoff, Dialer, Input, Link, SessionOptions, open};
use pyrt_engine::random::SplitMix64;
use pyrt_engine::simulator::{HallSource, Mischief, Options, Place, Simulator};

use crate::engine::PATIENCE;
use crate::signs::signs_of;
use crate::venues::simulate;

const PLACE: Place = Place::KrakenFutures;

/// The venue's quotes held against the book's own, prices alone: it tells no sizes.
#[derive(Default)]
struct Quotes {
    own: [Own; 2],
    equal: u64,
    wrong: u64,
}

/// What a book shown as synced says is best, and a quote that says otherwise. It may come between a message that was lost
/// or is late, and the next one that tells: by then the book has it too, or is no longer shown as synced.
#[derive(Default)]
struct Own {
    best: Option<(f64, f64)>,
    ahead: Option<(f64, f64)>,
}

impl Sink for Quotes {
    fn event(&mut self, event: Event) {
        let own = &mut self.own[event.instrument as usize];
        if event.as_state().is_some_and(|_| event.flags & 0xff != State::Synced as u16) {
            *own = Own::default();
        } else if let Some(quote) = event.as_quote() {
            let best = (quote.bid, quote.ask);
            if event.flags & flag::FROM_BOOK != 0 {
                self.wrong += u64::from(own.ahead.take().is_some_and(|ahead| ahead != best));
                own.best = Some(best);
            } else if let Some(shown) = own.best {
                self.equal += u64::from(shown == best);
                own.ahead = (shown != best).then_some(best);
            }
        }
    }

    fn book(&mut self, _: &BookTop<'_>) {}
}

/// What the engine's decision thread does for it.
struct Followed {
    link: Link,
    feed: KrakenFuturesFeed,
    quotes: Quotes,
}

impl Followed {
    fn new(simulator: &Simulator) -> Followed {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let instrument = |name, symbol, tick| Instrument::spot(name, symbol, tick, "1").unwrap();
        let instruments = [
            (InstrumentId(0), instrument("kraken-futures:BTC-USD", "PI_XBTUSD", "0.1")),
            (InstrumentId(1), instrument("kraken-futures:ETH-USD", "PI_ETHUSD", "0.01")),
        ];
        let protocol = KrakenFutures::new(&instruments, KrakenFuturesOptions::default());
        let stream = StreamOptions { silence: 400_000_000, ..StreamOptions::default() };
        let feed = StreamFeed::new(&instruments, protocol, stream);
        let address = simulator.address_of(PLACE).unwrap();
        let ms = Duration::from_millis;
        let options = SessionOptions {
            websocket: Endpoint::parse(&format!("ws://{address}")).unwrap(),
            rest: Endpoint::parse(&format!("http://{address}")).unwrap(),
            path: feed.stream_path(),
            silence: ms(1_500),
            backoff: Backoff::new(ms(20), ms(500), SplitMix64::new(1)),
            max_message_bytes: 1 << 20,
            queue: 1 << 14,
            message_spacing: ms(1),
            renew_after: None,
            headers: Vec::new(),
            binary: false,
            pass: None,
        };
        let dialer = Dialer::new(Arc::clone(&clock), Duration::from_secs(5)).unwrap();
        let link = open(options, dialer, clock, thread::current()).unwrap();
        Followed { link, feed, quotes: Quotes::default() }
    }

    fn turn(&mut self) {
        let sink = &mut self.quotes;
        while let Some(input) = self.link.next_input() {
            match input {
                Input::Connected(at) => self.feed.on_connected(at, sink),
                Input::Frame(frame, at) => self.feed.on_frame(&frame, at, sink),
                Input::Disconnected(at) => self.feed.on_disconnected(at, sink),
                Input::Response(..) => panic!("nothing is asked by REST"),
            }
        }
        while let Some(outgoing) = self.feed.next_outgoing() {
            assert!(self.link.send_at(outgoing.text.as_bytes(), outgoing.not_before));
        }
        self.feed.on_time(SystemClock.utc(), sink);
    }

    /// Goes on until something holds.
    fn until(&mut self, what: &str, condition: impl Fn(&Followed) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(self) {
            assert!(
                Instant::now() < deadline,
                "{what}: {:?}, {:?}",
                self.feed.counters(),
                self.link.counters()
            );
            thread::park_timeout(Duration::from_millis(2));
            self.turn();
        }
    }

    fn for_a_while(&mut self, time: Duration) {
        let end = Instant::now() + time;
        self.until("time passes", |_| Instant::now() > end);
    }

    fn is_synced(&self) -> bool {
        self.feed.standing().synced == 2
    }

    /// A counter by the name that it has in health.
    fn count(&self, name: &str) -> u64 {
        let (feed, io) = (self.feed.counters(), self.link.counters());
        match name {
            "gaps" => feed.gaps,
            "duplicates" => feed.duplicates,
            "crossed" => feed.crossed,
            "clock_jumps" => feed.clock_jumps,
            "malformed" => io.malformed.load(Ordering::Relaxed),
            "silences" => io.silent.load(Ordering::Relaxed),
            "disconnects" => io.disconnects.load(Ordering::Relaxed),
            "rate_limited" => io.rate_limited.load(Ordering::Relaxed),
            other => panic!("no fault is seen by {other}"),
        }
    }
}

#[test]
fn every_fault_of_kraken_futures_is_counted_and_survived() {
    let more = vec![(PLACE, HallSource::usual(PLACE))];
    let simulator = simulate(Options { more, ..Options::default() });
    let mut followed = Followed::new(&simulator);
    followed.until("the first books", Followed::is_synced);
    followed.for_a_while(Duration::from_millis(2_500)); // the clocks are known by then
    for what in Mischief::ALL.into_iter().filter(|what| what.applies_to(PLACE)) {
        let signs = signs_of(PLACE, what);
        let before: Vec<u64> = signs.iter().map(|(counter, _)| followed.count(counter)).collect();
        simulator.harm(PLACE, what);
        followed.until(what.name(), |followed| {
            let seen =
                signs.iter().zip(&before).any(|((counter, _), before)| followed.count(counter) > *before);
            seen && followed.is_synced()
        });
        followed.for_a_while(Duration::from_millis(300)); // a server has seen by then that a connection has ended
    }
    let Quotes { equal, wrong, .. } = followed.quotes;
    assert!(equal > 100 && wrong == 0, "{equal} quotes equal, {wrong} wrong");
    assert_eq!(followed.feed.counters().rejected, 0);
}
