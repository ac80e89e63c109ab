//! The decision thread's working place: what the feed and the core do goes from here to the ring, to the tables, to
//! the network and to listeners; and what comes in goes to the journal first.

use tracing::info;

use crate::clock::SystemClock;
use crate::journal::recording::Recorder;
use crate::market_data::{BookTop, Sink};
use crate::messaging::{Incoming, Messenger, Outgoing};
use crate::model::{Clock, Event, Kind, Nanos};
use crate::monitoring::latency::Latency;
use crate::net::{Input, Link};

use super::feeds::{Feeds, is_standby};
use super::publisher::Publisher;
use super::summary::Tally;
use super::trading::{Entry, ORDER_ENTRY, STREAM, Trading, World};

/// The world of a running engine.
pub(super) struct Live {
    pub(super) publisher: Publisher,
    pub(super) orders: Orders,
    pub(super) messenger: Option<Messenger>,
    pub(super) tally: Tally,
}

/// Where orders go.
pub(super) enum Orders {
    /// Nothing is traded.
    Nowhere,
    /// To the venue.
    Connected(Link),
    /// To a venue in this process: text frames one after the other, and their ends.
    Kept(Vec<u8>, Vec<usize>),
}

impl Orders {
    fn link(&self) -> Option<&Link> {
        if let Orders::Connected(link) = self { Some(link) } else { None }
    }
}

impl Live {
    pub(super) fn new(publisher: Publisher) -> Live {
        Live { publisher, orders: Orders::Nowhere, messenger: None, tally: Tally::default() }
    }

    /// Listeners hear when all has been done that an input leads to: an order does not wait for that.
    fn let_listen(&mut self) {
        if let Some(messenger) = &mut self.messenger {
            messenger.wake();
        }
    }
}

impl World for Live {
    fn publish(&mut self, record: &mut Event) {
        self.publisher.publish(record);
        self.tally.count(record);
    }

    fn send(&mut self, frame: &[u8]) -> bool {
        match &mut self.orders {
            Orders::Nowhere => false,
            Orders::Connected(link) => link.send(frame),
            Orders::Kept(bytes, ends) => {
                bytes.extend_from_slice(frame);
                ends.push(bytes.len());
                true
            }
        }
    }

    fn say(&mut self, message: Outgoing) {
        match &message {
            Outgoing::Position(state) => self.publisher.position(state),
            Outgoing::Account(state) => self.publisher.account(state),
            _ => {}
        }
        if let Some(messenger) = &mut self.messenger {
            messenger.queue(message);
        }
    }
}

/// See the head of this file.
pub(super) struct Bench {
    pub(super) live: Live,
    pub(super) trading: Option<Trading>,
    pub(super) latency: Latency,
    /// Of all that comes in of the market data, if it is recorded.
    pub(super) recorder: Option<Recorder>,
}

impl Bench {
    /// Timed by the machine's clock, whatever that of the session shows.
    pub(super) fn new(live: Live, trading: Option<Trading>) -> Bench {
        Bench { live, trading, latency: Latency::new(monotonic, 0), recorder: None }
    }

    /// Journals and applies an input of the market data.
    pub(super) fn take_market_input(&mut self, feeds: &mut Feeds, place: usize, input: &Input) {
        let Some(member) = feeds.member(place) else { return };
        let (entry, at) = entry_of(member.stream, input);
        if let Input::Frame(frame, _) = input {
            self.latency.begin();
            self.journal(&entry, at);
            feeds.on_frame(place, frame, at, self);
            self.live.let_listen();
            return self.latency.end();
        }
        self.journal(&entry, at);
        feeds.take(&entry, at, self);
        self.live.let_listen();
    }

    /// What was taken over is told; a session that goes on hears that its connections are gone.
    pub(super) fn begin(&mut self, feeds: &mut Feeds, goes_on: bool, taken: Option<String>, now: Nanos) {
        if goes_on {
            self.journal(&Entry::Restart, now);
            feeds.on_all_disconnected(now, self);
            let Bench { live, trading, .. } = self;
            trading.iter_mut().for_each(|trading| trading.on_restart(now, live));
        }
        if let Some(reason) = taken {
            info!(reason);
            let killed = self.trading.as_ref().is_some_and(|trading| trading.core().is_killed());
            let state = if killed { "killed" } else { "running" };
            self.live.say(Outgoing::Status { strategy: None, time: now, state, reason });
        }
    }

    /// The session has ended.
    pub(super) fn close(&mut self, now: Nanos) {
        self.trading.iter_mut().for_each(|trading| trading.close(now));
    }

    /// Journals an input of the market data.
    pub(super) fn journal(&mut self, entry: &Entry<'_>, time: Nanos) {
        if let Some(trading) = &mut self.trading {
            trading.journal(entry, time, &mut self.live);
        }
        if let Some(recorder) = &mut self.recorder {
            let recorded = entry.append(recorder, time);
            debug_assert!(recorded.is_ok(), "what finds no room is counted: {recorded:?}");
        }
    }

    /// Journals and applies an input of order entry, if there is one; whether there was.
    pub(super) fn take_order_input(&mut self) -> bool {
        let Orders::Connected(link) = &mut self.live.orders else { return false };
        let Some(input) = link.next_input() else { return false };
        self.take_from_venue(&input);
        true
    }

    /// Journals and applies an input of order entry.
    pub(super) fn take_from_venue(&mut self, input: &Input) {
        let Bench { live, trading, latency, .. } = self;
        let Some(trading) = trading else { return };
        match input {
            Input::Connected(at) => {
                trading.journal(&Entry::Connected(ORDER_ENTRY), *at, live);
                trading.on_connected(*at, live);
            }
            Input::Disconnected(at) => {
                trading.journal(&Entry::Disconnected(ORDER_ENTRY), *at, live);
                trading.on_disconnected(*at, live);
            }
            Input::Frame(frame, at) => {
                latency.begin();
                trading.journal(&Entry::Frame(ORDER_ENTRY, frame), *at, live);
                trading.on_frame(frame, *at, live);
                live.let_listen();
                latency.end();
            }
            Input::Response(..) => {} // nothing was asked
        }
        live.let_listen();
    }

    /// Journals and applies commands.
    pub(super) fn take_commands(&mut self, clock: &dyn Clock) {
        let Bench { live, trading, .. } = self;
        while let Some(command) = live.messenger.as_mut().and_then(Messenger::next_command) {
            let now = clock.utc();
            match trading {
                Some(trading) => {
                    trading.journal(&Entry::Command(command.clone()), now, live);
                    trading.on_command(&command, now, live);
                }
                None => live.say(refuse(command, now)),
            }
        }
        live.let_listen();
    }

    /// Timers of strategies and lost answers.
    pub(super) fn on_time(&mut self, now: Nanos) {
        if let Some(trading) = &mut self.trading {
            trading.on_time(now, &mut self.live);
            self.live.let_listen();
        }
    }

    /// When a strategy wants to be called.
    pub(super) fn next_timer(&self) -> Option<Nanos> {
        self.trading.as_ref().and_then(|trading| trading.core().next_timer())
    }

    pub(super) fn has_input(&self) -> bool {
        self.live.orders.link().is_some_and(Link::has_input)
    }

    pub(super) fn is_broken(&self) -> bool {
        self.live.orders.link().is_some_and(Link::is_broken)
    }

    /// Takes back what rests; orders may still live when this returns.
    pub(super) fn wind_down(&mut self, now: Nanos) {
        if let Some(trading) = &mut self.trading {
            trading.journal(&Entry::End, now, &mut self.live);
            trading.wind_down(now, &mut self.live);
        }
    }

    pub(super) fn live_orders(&self) -> usize {
        self.trading.as_ref().map_or(0, |trading| trading.core().orders().live().count())
    }
}

/// A command to an engine without strategies.
fn refuse(command: Incoming, time: Nanos) -> Outgoing {
    let ping = command.action == crate::messaging::Action::Ping;
    let reason = if ping { String::new() } else { "this engine has no strategies".to_owned() };
    Outgoing::Ack { id: command.id, time, accepted: ping, reason, parameters_version: 0 }
}

fn monotonic() -> i64 {
    SystemClock.monotonic()
}

/// An input of the market data as the journal has it.
fn entry_of(stream: u16, input: &Input) -> (Entry<'_>, Nanos) {
    match input {
        Input::Frame(frame, at) => (Entry::Frame(stream, frame), *at),
        Input::Connected(at) => (Entry::Connected(stream), *at),
        Input::Disconnected(at) => (Entry::Disconnected(stream), *at),
        Input::Response(instrument, body, at) => {
            let asked_by = if is_standby(stream) { stream } else { STREAM };
            (Entry::Response(asked_by, *instrument, body.as_deref()), *at)
        }
    }
}

impl Sink for Bench {
    #[inline]
    fn event(&mut self, mut event: Event) {
        let Bench { live, trading, .. } = self;
        live.publisher.publish(&mut event);
        if event.kind == Kind::Trade as u8 && live.messenger.is_some() {
            live.say(Outgoing::Trade(event));
        }
        // Strategies have bars of trades, the same live and in a backtest: a venue's own are for those who read.
        let told = ![Kind::Bar as u8, Kind::Mark as u8].contains(&event.kind);
        if let Some(trading) = trading.as_mut().filter(|_| told) {
            trading.on_record(&event, live);
        }
    }

    fn book(&mut self, book: &BookTop<'_>) {
        self.live.publisher.book(book);
    }
}

/// Every row of a table that readers look at is there from the start.
pub(super) fn introduce(
    publisher: &mut Publisher,
    trading: &Trading,
    now: Nanos,
) -> Result<(), crate::ipc::IpcError> {
    for (number, name) in (0..).zip(trading.core().names()) {
        for instrument in trading.core().instruments_of(usize::from(number)) {
            publisher.add_position((number, name), instrument)?;
            publisher.position(&trading.core().position_state(number, instrument, now));
        }
    }
    publisher.account(&trading.core().account_state(now));
    Ok(())
}
