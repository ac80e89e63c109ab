//! One session of the WebSocket API, from log-on to the last order. It is handed text and the time, and writes requests
//! into buffers; who owns the socket sends them.

use thiserror::Error;

use super::credentials::Credentials;
use super::messages::Message;
use super::rate_limits::RateLimits;
use super::reader::{Counters, Reader, Unreadable};
use super::requests::{self, Stamp};
use super::symbols::{Listed, Symbols};
use crate::execution::{Asking, Inquiry, Question};
use crate::model::{Instrument, InstrumentId, Nanos, Order, OrderName};
use crate::risk::{Approved, Ratio};

/// Host of the WebSocket API.
pub const HOST: &str = "ws-api.binance.com:443";
/// Its path.
pub const PATH: &str = "/ws-api/v3";

/// What an operator may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How late a request may reach the venue: later it is refused, so a late order never surprises. At most 60,000.
    pub recv_window_ms: u32,
}

impl Default for Options {
    fn default() -> Self {
        Options { recv_window_ms: 5_000 }
    }
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// No connection, or a refused one.
    Down,
    /// The log-on was sent.
    LoggingOn,
    /// Authorized; events do not come yet.
    Subscribing,
    /// Orders may be sent.
    Ready,
}

/// Why a request was not written.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotSent {
    /// Not logged on, or events do not come: a fill would not be seen.
    #[error("the session is not ready: {0:?}")]
    NotReady(Session),
    /// The venue's limits are used up.
    #[error("the venue's limits are used up until {} ns", .0.0)]
    Wait(Nanos),
    /// The instrument is not one of the session's.
    #[error("instrument {} is not traded here", .0.0)]
    Instrument(InstrumentId),
}

/// Order entry on Binance spot.
#[derive(Debug)]
pub struct BinanceOrderEntry {
    credentials: Credentials,
    options: Options,
    reader: Reader,
    limits: RateLimits,
    session: Session,
    /// The venue's clock less ours, ns.
    clock_offset: i64,
    time_asked: Nanos,
}

impl BinanceOrderEntry {
    /// Not connected yet.
    #[must_use]
    pub fn new(
        credentials: Credentials,
        instruments: &[(InstrumentId, Instrument)],
        options: Options,
    ) -> BinanceOrderEntry {
        let recv_window_ms = options.recv_window_ms.min(60_000);
        BinanceOrderEntry {
            credentials,
            options: Options { recv_window_ms },
            reader: Reader::new(Symbols::new(instruments)),
            limits: RateLimits::default(),
            session: Session::Down,
            clock_offset: 0,
            time_asked: Nanos(0),
        }
    }

    /// One unit of `asset` is worth so much of `quote`: for fees taken in neither currency of an instrument.
    pub fn set_fee_rate(&mut self, asset: &str, quote: &str, rate: Ratio) {
        self.reader.rates.set(asset, quote, rate);
    }

    /// The connection is open: writes the log-on.
    pub fn connected(&mut self, now: Nanos, send: &mut Vec<u8>) {
        self.session = Session::LoggingOn;
        requests::logon(send, &self.credentials, self.stamp(now));
    }

    /// The connection is gone: what was not answered is lost (`OrderManager::on_silence` with 0).
    pub fn disconnected(&mut self) {
        self.session = Session::Down;
    }

    /// Where the session stands.
    #[must_use]
    pub fn session(&self) -> Session {
        self.session
    }

    /// The venue's limits.
    #[must_use]
    pub fn limits(&self) -> &RateLimits {
        &self.limits
    }

    /// What was passed over.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.reader.counters
    }

    /// How long after it was made the venue may still accept a request: before that *not found* proves nothing.
    #[must_use]
    pub fn grace(&self) -> i64 {
        (i64::from(self.options.recv_window_ms) + 1_000) * 1_000_000
    }

    /// Writes an approved order.
    ///
    /// # Errors
    /// [`NotSent`]: then nothing was written.
    pub fn place(&mut self, order: &Approved<Order>, now: Nanos, send: &mut Vec<u8>) -> Result<(), NotSent> {
        let order = order.get();
        if self.session != Session::Ready {
            return Err(NotSent::NotReady(self.session));
        }
        let at = self.limits.next_order(now);
        if at > now {
            return Err(NotSent::Wait(at));
        }
        requests::place(send, order, self.listed(order.instrument)?, self.stamp(now));
        self.limits.sent_order(now);
        Ok(())
    }

    /// Writes a cancel; also while events do not come: less at the venue is never worse.
    ///
    /// # Errors
    /// [`NotSent`]: then nothing was written.
    pub fn cancel(
        &mut self,
        name: impl Into<OrderName>,
        instrument: InstrumentId,
        now: Nanos,
        send: &mut Vec<u8>,
    ) -> Result<(), NotSent> {
        self.authorized(now)?;
        requests::cancel(send, name.into(), self.listed(instrument)?, self.stamp(now));
        Ok(())
    }

    /// Writes a change of an order: `order` is as the venue is to have it. A smaller one is no new order to the
    /// venue's limits.
    ///
    /// # Errors
    /// [`NotSent`]: then nothing was written.
    pub fn change(
        &mut self,
        order: &Approved<Order>,
        asking: Asking,
        now: Nanos,
        send: &mut Vec<u8>,
    ) -> Result<(), NotSent> {
        let order = order.get();
        if self.session != Session::Ready {
            return Err(NotSent::NotReady(self.session));
        }
        let (listed, stamp) = (self.listed(order.instrument)?, self.stamp(now));
        let at = match asking {
            Asking::Reduce(_) => self.limits.next_request(now),
            Asking::Replace { .. } => self.limits.next_order(now),
        };
        if at > now {
            return Err(NotSent::Wait(at));
        }
        match asking {
            Asking::Reduce(name) => requests::reduce(send, name, order, listed, stamp),
            Asking::Replace { old, new, guarded } => {
                requests::replace(send, order, (old, new, guarded), listed, stamp);
                self.limits.sent_order(now);
            }
        }
        Ok(())
    }

    /// Writes a question about an order: how it stands, or for its fills.
    ///
    /// # Errors
    /// [`NotSent`]: then nothing was written.
    pub fn ask(&mut self, inquiry: &Inquiry, now: Nanos, send: &mut Vec<u8>) -> Result<(), NotSent> {
        self.authorized(now)?;
        let Inquiry { name, instrument, venue_order_id, question } = *inquiry;
        let (listed, stamp) = (self.listed(instrument)?, self.stamp(now));
        match question {
            Question::Status => requests::status(send, name, listed, stamp),
            Question::Fills => requests::fills(send, name, venue_order_id, listed, stamp),
        }
        Ok(())
    }

    /// Writes the question for all open orders: after a start, and after the connection was lost.
    ///
    /// # Errors
    /// [`NotSent`]: then nothing was written.
    pub fn ask_open_orders(&mut self, now: Nanos, send: &mut Vec<u8>) -> Result<(), NotSent> {
        self.authorized(now)?;
        requests::open_orders(send, self.stamp(now));
        Ok(())
    }

    /// Writes the question for the venue's clock.
    pub fn ask_time(&mut self, now: Nanos, send: &mut Vec<u8>) {
        self.time_asked = now;
        requests::time(send);
    }

    /// Appends what a text frame says, and writes what the session needs next.
    ///
    /// # Errors
    /// [`Unreadable`]: something was missed (`OrderManager::doubt_all`).
    pub fn on_text(
        &mut self,
        text: &str,
        now: Nanos,
        out: &mut Vec<Message>,
        send: &mut Vec<u8>,
    ) -> Result<(), Unreadable> {
        let first = out.len();
        let read = self.reader.read(text, now, &mut self.limits, out);
        for message in &out[first..] {
            match message {
                Message::LoggedOn => {
                    self.session = Session::Subscribing;
                    requests::subscribe(send);
                }
                Message::Subscribed if self.session == Session::Subscribing => self.session = Session::Ready,
                Message::StreamEnded if self.session == Session::Ready => {
                    self.session = Session::Subscribing;
                    requests::subscribe(send);
                }
                // The middle of question and answer is when the venue most likely looked at its clock.
                Message::Time(venue) => self.clock_offset = venue.0 - (self.time_asked.0 + now.0) / 2,
                Message::Refused { request: "session.logon" | "userDataStream.subscribe", .. } => {
                    self.session = Session::Down;
                }
                _ => {}
            }
        }
        read
    }

    fn stamp(&self, now: Nanos) -> Stamp {
        let now = Nanos(now.0.saturating_add(self.clock_offset));
        Stamp { now, recv_window_ms: self.options.recv_window_ms }
    }

    fn listed(&self, instrument: InstrumentId) -> Result<&Listed, NotSent> {
        self.reader.symbols.get(instrument).ok_or(NotSent::Instrument(instrument))
    }

    fn authorized(&self, now: Nanos) -> Result<(), NotSent> {
        if !matches!(self.session, Session::Subscribing | Session::Ready) {
            return Err(NotSent::NotReady(self.session));
        }
        let at = self.limits.next_request(now);
        if at > now { Err(NotSent::Wait(at)) } else { Ok(()) }
    }
}
