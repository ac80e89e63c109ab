//! What a feed says and asks for as things happen to it.

use pyrt_engine::market_data::venues::binance::{BinanceSpot, Options};
use pyrt_engine::market_data::{Feed, Request};
use pyrt_engine::model::{Instrument, InstrumentId, Nanos, Reason, State, flag};

use crate::reader::{Tape, numbered};

const ID: InstrumentId = InstrumentId(0);
const SECOND: i64 = 1_000_000_000;

struct Session {
    feed: BinanceSpot,
    tape: Tape,
    now: i64,
}

impl Session {
    fn connected() -> Self {
        let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.001").unwrap();
        let instruments = numbered(vec![btc]);
        let feed = BinanceSpot::new(&instruments, Options::default());
        let mut session = Self { feed, tape: Tape::new(&instruments), now: 1_700_000_000 * SECOND };
        session.feed.on_connected(Nanos(session.now), &mut session.tape);
        session
    }

    /// Connected, with the snapshot 100: bid 9.99 × 1, ask 10.01 × 2.
    fn synced() -> Self {
        let mut session = Self::connected();
        session.request().unwrap();
        session.snapshot(100);
        assert_eq!(session.state(), (State::Synced, Reason::FirstSnapshot));
        session
    }

    fn tick(&mut self) -> Nanos {
        self.now += SECOND / 10;
        Nanos(self.now)
    }

    fn frame(&mut self, text: &str) {
        let now = self.tick();
        self.feed.on_frame(text.as_bytes(), now, &mut self.tape);
    }

    fn depth(&mut self, first: u64, last: u64, bids: &str, asks: &str) {
        self.frame(&format!(
            r#"{{"e":"depthUpdate","E":1700000000000,"s":"BTCUSDT","U":{first},"u":{last},"b":[{bids}],"a":[{asks}]}}"#
        ));
    }

    fn answer(&mut self, body: Option<&str>) {
        let now = self.tick();
        self.feed.on_response(ID, body.map(str::as_bytes), now, &mut self.tape);
    }

    fn snapshot(&mut self, id: u64) {
        self.answer(Some(&format!(
            r#"{{"lastUpdateId":{id},"bids":[["9.99","1.0"]],"asks":[["10.01","2.0"]]}}"#
        )));
    }

    fn request(&mut self) -> Option<Request> {
        self.feed.next_request()
    }

    fn state(&self) -> (State, Reason) {
        let (_, state, reason) = *self.tape.states.last().unwrap();
        assert_eq!(self.tape.tops[&0].0, state, "the table and the records say the same");
        (state, reason)
    }

    fn bid(&self) -> Option<(f64, f64)> {
        self.tape.tops[&0].2
    }
}

#[test]
fn a_session_begins_with_the_feed_up_and_one_request() {
    let mut session = Session::connected();
    assert_eq!(session.state(), (State::FeedUp, Reason::None));
    let request = session.request().unwrap();
    assert_eq!(request.path, "/api/v3/depth?symbol=BTCUSDT&limit=1000");
    assert_eq!(request.not_before, Nanos(session.now));
    assert_eq!(session.request(), None);
    session.snapshot(100);
    assert_eq!(session.state(), (State::Synced, Reason::FirstSnapshot));
    let run: Vec<_> = session.tape.events.iter().filter_map(|event| event.as_delta()).collect();
    assert_eq!(run.len(), 2);
    assert!(run.iter().all(|delta| delta.flags & flag::SNAPSHOT != 0 && delta.last_id == 100));
    assert_eq!(run.iter().filter(|delta| delta.flags & flag::LAST != 0).count(), 1);
    session.tape.check_against(|id| session.feed.book(id));
}

#[test]
fn messages_wait_for_the_snapshot_and_those_that_it_holds_are_dropped() {
    let mut session = Session::connected();
    session.depth(95, 99, r#"["9.90","7"]"#, "");
    session.depth(100, 101, r#"["9.99","3"]"#, "");
    session.depth(102, 102, "", r#"["10.00","4"]"#);
    assert_eq!(session.tape.applied.len(), 0);
    session.snapshot(100);
    assert_eq!(session.tape.applied.len(), 2);
    assert_eq!(session.feed.counters().depth, 2);
    assert_eq!(session.bid(), Some((9.99, 3.0)));
    assert_eq!(session.tape.tops[&0].1, 102);
    session.tape.check_against(|id| session.feed.book(id));
}

#[test]
fn a_snapshot_older_than_the_stream_is_asked_for_again() {
    let mut session = Session::connected();
    session.request().unwrap();
    session.depth(150, 151, r#"["9.99","3"]"#, "");
    session.snapshot(148);
    assert_eq!(session.state(), (State::Resyncing, Reason::OldSnapshot));
    let first = session.request().unwrap();
    session.snapshot(148);
    let second = session.request().unwrap();
    assert!(second.not_before.0 - session.now >= SECOND / 4, "the second retry waits");
    assert!(first.not_before <= second.not_before);
    session.snapshot(149); // the update after it is the first that waits
    assert_eq!(session.state(), (State::Synced, Reason::FirstSnapshot));
}

#[test]
fn a_missing_update_is_a_gap_in_the_same_call() {
    let mut session = Session::synced();
    session.depth(101, 103, r#"["9.99","3"]"#, "");
    session.depth(105, 106, r#"["9.98","5"]"#, "");
    assert_eq!(session.state(), (State::Resyncing, Reason::Gap));
    assert_eq!((session.bid(), session.feed.counters().gaps, session.feed.counters().resyncs), (None, 1, 1));
    assert!(session.feed.book(ID).unwrap().is_empty());
    assert!(session.request().is_some());
    session.snapshot(104);
    assert_eq!(session.state(), (State::Synced, Reason::None));
    assert_eq!(session.tape.tops[&0].1, 106, "what came with the gap was kept");
}

#[test]
fn a_gap_while_waiting_makes_older_snapshots_useless() {
    let mut session = Session::connected();
    session.depth(101, 102, "", "");
    session.depth(110, 111, "", "");
    assert_eq!(session.feed.counters().gaps, 1);
    session.snapshot(105);
    assert_eq!(session.state(), (State::Resyncing, Reason::OldSnapshot));
    session.snapshot(110);
    assert_eq!(session.state().0, State::Synced);
}

#[test]
fn what_was_applied_already_is_ignored_until_only_that_comes() {
    let mut session = Session::synced();
    session.depth(90, 99, r#"["9.99","9"]"#, ""); // the snapshot was ahead of the stream
    session.depth(101, 101, r#"["9.99","3"]"#, "");
    session.depth(101, 101, r#"["9.99","3"]"#, "");
    assert_eq!((session.bid(), session.feed.counters().depth), (Some((9.99, 3.0)), 1));
    session.depth(102, 1 << 40, "", ""); // an id that no venue means
    for id in 103..120 {
        session.depth(id, id, "", "");
    }
    assert_eq!(session.state(), (State::Resyncing, Reason::Gap));
}

#[test]
fn a_crossed_book_is_never_seen() {
    let mut session = Session::synced();
    let before = session.tape.applied.len();
    session.depth(101, 101, r#"["10.01","1"]"#, "");
    assert_eq!(session.state(), (State::Resyncing, Reason::Crossed));
    assert_eq!((session.tape.applied.len(), session.feed.counters().crossed), (before, 1));
    session.answer(Some(r#"{"lastUpdateId":101,"bids":[["10.02","1"]],"asks":[["10.01","1"]]}"#));
    assert_eq!(session.state(), (State::Resyncing, Reason::Crossed));
    session.snapshot(101);
    assert_eq!(session.state(), (State::Synced, Reason::None));
    session.tape.check_against(|id| session.feed.book(id));
}

#[test]
fn a_price_off_the_grid_or_a_torn_message_loses_the_book() {
    for (text, reason) in [
        (
            r#"{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":101,"u":101,"b":[["9.995","1"]],"a":[]}"#,
            Reason::OffGrid,
        ),
        (r#"{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":101,"u":101,"b":[["9.99","#, Reason::Unreadable),
        (r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUp"#, Reason::Unreadable),
    ] {
        let mut session = Session::synced();
        session.frame(text);
        assert_eq!(session.state(), (State::Resyncing, reason), "{text}");
        assert_eq!(session.feed.counters().rejected, 1);
        assert!(session.request().is_some());
    }
    let mut session = Session::synced();
    session
        .frame(r#"{"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"nonsense","q":"1","T":1,"m":true,"M":true}"#);
    assert_eq!((session.state().0, session.feed.counters().rejected), (State::Synced, 1));
}

#[test]
fn a_snapshot_that_cannot_be_read_is_asked_for_again() {
    let mut session = Session::connected();
    session.request().unwrap();
    for (body, state) in [
        (None, State::FeedUp),
        (Some("<html>502</html>"), State::Resyncing),
        (Some(r#"{"lastUpdateId":1,"bids":[["9.995","1"]],"asks":[]}"#), State::Resyncing),
        (Some(r#"{"code":-1003,"msg":"Too many requests."}"#), State::Resyncing),
    ] {
        session.answer(body);
        assert_eq!(session.state().0, state);
        assert!(session.request().is_some() && session.request().is_none());
    }
}

#[test]
fn silence_is_stale_and_the_next_message_mends_it() {
    let mut session = Session::synced();
    let later = |session: &mut Session, seconds: i64| {
        session.now += seconds * SECOND;
        session.feed.on_time(Nanos(session.now), &mut session.tape);
    };
    later(&mut session, 5);
    assert_eq!(session.state().0, State::Synced);
    later(&mut session, 6);
    assert_eq!(session.state(), (State::Stale, Reason::Silent));
    let age = session.tape.events.last().and_then(|event| event.as_state()).map(|state| state.age);
    assert_eq!(age, Some(11 * SECOND));
    assert!(session.bid().is_some(), "the book is kept");
    session.depth(101, 101, r#"["9.99","3"]"#, "");
    assert_eq!(session.state(), (State::Synced, Reason::None));
    session.tape.check_against(|id| session.feed.book(id));
    // Frames of others show that the connection was quiet, not broken.
    later(&mut session, 11);
    assert_eq!(session.state(), (State::Stale, Reason::Silent));
    session.frame(r#"{"e":"kline"}"#);
    later(&mut session, 0);
    assert_eq!(session.state(), (State::Synced, Reason::None));
    // Other frames keep the connection alive, not the book: after a minute of its own silence it is stale too.
    for _ in 0..59 {
        session.frame(r#"{"e":"kline"}"#);
        later(&mut session, 1);
    }
    assert_eq!(session.state(), (State::Stale, Reason::Silent));
    session.depth(103, 103, "", "");
    assert_eq!(session.state(), (State::Resyncing, Reason::Gap), "what is missing is missing");
    assert_eq!(session.feed.counters().stale, 3);
}

#[test]
fn a_message_without_levels_is_one_record_that_keeps_the_chain_of_ids() {
    let mut session = Session::synced();
    session.depth(101, 104, "", "");
    let delta = *session.tape.events.last().unwrap().as_delta().unwrap();
    assert_eq!((delta.side, delta.qty, delta.first_id, delta.last_id), (0, 0.0, 101, 104));
    assert_eq!(delta.flags, flag::LAST);
    assert_eq!(session.tape.tops[&0].1, 104);
    session.depth(105, 105, r#"["9.99","3"]"#, "");
    session.tape.check_against(|id| session.feed.book(id));
}

#[test]
fn a_quote_from_the_book_comes_only_when_the_top_changes() {
    let mut session = Session::synced();
    let quotes =
        |session: &Session| session.tape.events.iter().filter(|event| event.as_quote().is_some()).count();
    assert_eq!(quotes(&session), 1);
    session.depth(101, 101, r#"["9.90","1"]"#, r#"["10.01","2.0"]"#);
    assert_eq!(quotes(&session), 1);
    session.depth(102, 102, "", r#"["10.01","2.5"]"#);
    assert_eq!(quotes(&session), 2);
    session.depth(103, 103, r#"["9.99","0"],["9.90","0"]"#, "");
    let quote = *session.tape.events.last().unwrap().as_quote().unwrap();
    assert!(quote.bid.is_nan() && quote.bid_qty == 0.0);
    assert_eq!((quote.ask, quote.ask_qty, quote.flags), (10.01, 2.5, flag::FROM_BOOK));
}

#[test]
fn trades_and_venue_quotes_are_published_whatever_the_book() {
    let mut session = Session::connected();
    session.frame(r#"{"e":"trade","E":1700000000001,"s":"BTCUSDT","t":7,"p":"10.00","q":"0.5","T":1700000000000,"m":false,"M":true}"#);
    let trade = *session.tape.events.last().unwrap().as_trade().unwrap();
    assert_eq!((trade.price, trade.qty, trade.trade_id, trade.side), (10.0, 0.5, 7, 1));
    assert_eq!((trade.event_time, trade.receive_time), (1_700_000_000 * SECOND, session.now));
    session.frame(r#"{"u":9,"s":"BTCUSDT","b":"9.99","B":"1","a":"0.00000000","A":"0.00000000"}"#);
    let quote = *session.tape.events.last().unwrap().as_quote().unwrap();
    assert_eq!((quote.bid, quote.bid_qty, quote.ask_qty), (9.99, 1.0, 0.0));
    assert!(quote.ask.is_nan());
    assert_eq!((quote.event_time, quote.flags), (session.now, flag::LAST));
}

#[test]
fn a_new_connection_begins_anew() {
    let mut session = Session::synced();
    session.feed.on_disconnected(Nanos(session.now), &mut session.tape);
    assert_eq!(session.state(), (State::FeedDown, Reason::Disconnected));
    assert_eq!(session.bid(), None);
    session.snapshot(500); // an answer that comes too late
    session.depth(101, 101, r#"["9.99","3"]"#, "");
    assert_eq!(session.state().0, State::FeedDown);
    assert_eq!(session.request(), None);
    session.feed.on_connected(Nanos(session.now), &mut session.tape);
    assert!(session.request().is_some());
    session.snapshot(200);
    assert_eq!(session.state(), (State::Synced, Reason::FirstSnapshot));
}

/// A snapshot may be ahead of the stream, but not for long: a venue that counts anew never reaches it.
#[test]
fn a_snapshot_that_the_stream_never_reaches_is_taken_again() {
    let mut session = Session::connected();
    session.request().unwrap();
    session.snapshot(1_000_000);
    for id in 1..30 {
        session.now += SECOND;
        session.depth(id, id, r#"["9.99","3"]"#, "");
    }
    assert_eq!(session.state(), (State::Resyncing, Reason::Gap));
    assert!(session.request().is_some());
    session.snapshot(29);
    assert_eq!(session.state(), (State::Synced, Reason::None));
}

/// What was to be done later by the old clock is not put off by as much as the clock was set back.
#[test]
fn a_clock_that_is_set_back_delays_nothing() {
    let mut session = Session::synced();
    session.feed.on_time(Nanos(session.now), &mut session.tape);
    session.depth(500, 500, "", "");
    session.request().unwrap();
    session.snapshot(500);
    session.now -= 3_600 * SECOND;
    session.tape.set_back();
    session.feed.on_time(Nanos(session.now), &mut session.tape);
    session.depth(900, 900, "", "");
    assert_eq!(session.state(), (State::Resyncing, Reason::Gap));
    let asked = session.request().unwrap();
    assert!(asked.not_before.0 <= session.now + SECOND, "{}", (asked.not_before.0 - session.now) / SECOND);
    session.now += 20 * SECOND; // the answer is lost
    session.feed.on_time(Nanos(session.now), &mut session.tape);
    assert!(session.request().is_some());
    session.snapshot(900);
    session.now -= 3_600 * SECOND;
    session.tape.set_back();
    session.feed.on_time(Nanos(session.now), &mut session.tape);
    assert_eq!(session.state(), (State::Synced, Reason::None));
    session.now += 11 * SECOND;
    session.feed.on_time(Nanos(session.now), &mut session.tape);
    assert_eq!(session.state(), (State::Stale, Reason::Silent));
}
