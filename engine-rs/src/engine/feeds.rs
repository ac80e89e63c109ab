//! The feeds of all venues that are used: one connection each, told apart by the journal's streams and by the rows of
//! their instruments.

use std::ops::Range;

use crate::config::VenueKey;
use crate::market_data::{Counters, Feed, Request, Sink};
use crate::model::Nanos;

use super::signer::Signer;
use super::trading::{Entry, STREAM};

/// A venue's stream in a journal. Binance's spot market was the first one; 1 is order entry.
pub(super) fn stream_of(key: VenueKey) -> u16 {
    match key {
        VenueKey::Binance => STREAM,
        VenueKey::BinanceUsdm => 2,
        VenueKey::BinanceCoinm => 3,
        VenueKey::Coinbase => 4,
        VenueKey::Kraken => 5,
        VenueKey::CoinbaseAdvanced => 6,
    }
}

/// The stream of a section of the configuration.
#[must_use]
pub fn stream_named(name: &str) -> Option<u16> {
    VenueKey::ALL.into_iter().find(|key| key.name() == name).map(stream_of)
}

/// One venue's feed.
pub struct Member {
    /// Its section's name.
    pub name: &'static str,
    /// Its stream in a journal.
    pub stream: u16,
    /// Rows of its instruments.
    pub rows: Range<u32>,
    /// Itself.
    pub feed: Box<dyn Feed>,
    /// Signs what is said to the venue.
    pub signer: Option<Signer>,
}

/// See the head of this file.
#[derive(Default)]
pub struct Feeds(Vec<Member>);

impl Feeds {
    /// One feed alone, of all instruments.
    #[must_use]
    pub fn one(feed: Box<dyn Feed>) -> Feeds {
        let name = VenueKey::Binance.name();
        Feeds(vec![Member { name, stream: STREAM, rows: 0..u32::MAX, feed, signer: None }])
    }

    pub(super) fn add(&mut self, key: VenueKey, rows: Range<u32>, feed: Box<dyn Feed>) {
        self.0.push(Member { name: key.name(), stream: stream_of(key), rows, feed, signer: None });
    }

    /// In the order of their rows.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.0
    }

    pub(super) fn members_mut(&mut self) -> &mut [Member] {
        &mut self.0
    }

    pub(super) fn member(&mut self, place: usize) -> Option<&mut Member> {
        self.0.get_mut(place)
    }

    /// Gives an input to the feed that it is for; false if it is none of the market data.
    pub(super) fn take(&mut self, input: &Entry<'_>, now: Nanos, sink: &mut dyn Sink) -> bool {
        let stream = match input {
            Entry::Response(instrument, body) => {
                let of = |member: &&mut Member| member.rows.contains(&instrument.0);
                if let Some(member) = self.0.iter_mut().find(of) {
                    member.feed.on_response(*instrument, *body, now, sink);
                }
                return true;
            }
            Entry::Connected(stream) | Entry::Disconnected(stream) | Entry::Frame(stream, _) => *stream,
            _ => return false,
        };
        let Some(member) = self.0.iter_mut().find(|member| member.stream == stream) else { return false };
        match input {
            Entry::Connected(_) => member.feed.on_connected(now, sink),
            Entry::Disconnected(_) => member.feed.on_disconnected(now, sink),
            Entry::Frame(_, frame) => member.feed.on_frame(frame, now, sink),
            _ => {}
        }
        true
    }

    pub(super) fn on_time(&mut self, now: Nanos, sink: &mut dyn Sink) {
        self.0.iter_mut().for_each(|member| member.feed.on_time(now, sink));
    }

    /// No venue is connected any more.
    pub(super) fn on_all_disconnected(&mut self, now: Nanos, sink: &mut dyn Sink) {
        self.0.iter_mut().for_each(|member| member.feed.on_disconnected(now, sink));
    }

    /// What nobody is going to send: its answers are in the journal.
    pub(super) fn forget_wishes(&mut self) {
        for member in &mut self.0 {
            while member.feed.next_request().is_some() {}
            while member.feed.next_outgoing().is_some() {}
        }
    }

    /// The next request of any of them.
    pub(super) fn next_request(&mut self) -> Option<Request> {
        self.0.iter_mut().find_map(|member| member.feed.next_request())
    }

    /// Of all of them together.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.0.iter().fold(Counters::default(), |sum, member| sum.plus(&member.feed.counters()))
    }
}
