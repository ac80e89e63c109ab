//! The feeds of all venues that are used: one connection each, told apart by the journal's streams and by the rows of
//! their instruments. A venue may have a second connection that stands by.
//!
//! | file | noun |
//! |---|---|
//! | `pair.rs` | two connections to one venue as one |
//! | `lane.rs` | what readers have of one instrument of a pair |
//! | `meeting.rs` | when a connection that has just come has met the other one |
//! | `tape.rs` | trades of a pair, in the order of their ids |
//! | `draft.rs` | what a feed of a pair says, until it is known what of it is new |

mod draft;
mod lane;
mod meeting;
mod pair;
mod tape;

use std::ops::Range;

use crate::config::VenueKey;
use crate::market_data::{Counters, Feed, Request, Sink};
use crate::model::Nanos;

use super::signer::Signer;
use super::trading::{Entry, STREAM};
use pair::Pair;

pub(super) use pair::Share;

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

/// Streams of connections that stand by lie above those of the others.
const STANDBY: u16 = 64;

/// Whether a stream is of a connection that stands by.
pub(super) fn is_standby(stream: u16) -> bool {
    stream >= STANDBY
}

/// The name of the connection that stands by.
fn standby_name(key: VenueKey) -> &'static str {
    match key {
        VenueKey::Binance => "binance.standby",
        VenueKey::BinanceUsdm => "binance_usdm.standby",
        VenueKey::BinanceCoinm => "binance_coinm.standby",
        VenueKey::Coinbase => "coinbase.standby",
        VenueKey::Kraken => "kraken.standby",
        VenueKey::CoinbaseAdvanced => "coinbase_advanced.standby",
    }
}

/// The stream of a section of the configuration.
#[must_use]
pub fn stream_named(name: &str) -> Option<u16> {
    VenueKey::ALL.into_iter().find(|key| key.name() == name).map(stream_of)
}

/// One connection's feed.
pub struct Member {
    /// Its section's name; of one that stands by, that with `.standby`.
    pub name: &'static str,
    /// Its section.
    pub key: VenueKey,
    /// Its stream in a journal.
    pub stream: u16,
    /// Rows of its instruments.
    pub rows: Range<u32>,
    /// Itself.
    pub feed: Box<dyn Feed>,
    /// Signs what is said to the venue.
    pub signer: Option<Signer>,
    /// The pair that it is of, and which of the two it is.
    pair: Option<(usize, usize)>,
}

/// See the head of this file.
#[derive(Default)]
pub struct Feeds {
    members: Vec<Member>,
    pairs: Vec<Pair>,
}

impl Feeds {
    /// One feed alone, of all instruments.
    #[must_use]
    pub fn one(feed: Box<dyn Feed>) -> Feeds {
        let mut feeds = Feeds::default();
        feeds.add(VenueKey::Binance, 0..u32::MAX, feed);
        feeds
    }

    pub(super) fn add(&mut self, key: VenueKey, rows: Range<u32>, feed: Box<dyn Feed>) {
        let (name, stream) = (key.name(), stream_of(key));
        self.members.push(Member { name, key, stream, rows, feed, signer: None, pair: None });
    }

    /// Adds a second feed of what the last one is of: the two are a pair.
    pub(super) fn add_standby(&mut self, feed: Box<dyn Feed>) {
        let place = self.members.len();
        let Some(first) = self.members.last_mut() else { return };
        let pair = self.pairs.len();
        first.pair = Some((pair, 0));
        let (key, rows) = (first.key, first.rows.clone());
        self.pairs.push(Pair::new([place - 1, place], rows.clone()));
        self.members.push(Member {
            name: standby_name(key),
            key,
            stream: stream_of(key) + STANDBY,
            rows,
            feed,
            signer: None,
            pair: Some((pair, 1)),
        });
    }

    /// What a connection of a pair did for readers; nothing of one that is alone.
    pub(super) fn share(&self, member: &Member) -> Option<Share> {
        member.pair.map(|(pair, side)| self.pairs[pair].share(side))
    }

    /// In the order of their rows.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    pub(super) fn members_mut(&mut self) -> &mut [Member] {
        &mut self.members
    }

    pub(super) fn member(&mut self, place: usize) -> Option<&mut Member> {
        self.members.get_mut(place)
    }

    /// Lets a feed do something; of a pair's, what is new to readers goes on.
    fn tell(
        &mut self,
        place: usize,
        now: Nanos,
        sink: &mut dyn Sink,
        what: impl FnOnce(&mut dyn Feed, Nanos, &mut dyn Sink),
    ) {
        let Feeds { members, pairs } = self;
        let Some(member) = members.get_mut(place) else { return };
        let Some((pair, side)) = member.pair else { return what(&mut *member.feed, now, sink) };
        let pair = &mut pairs[pair];
        let now = pair.time(now);
        what(&mut *member.feed, now, &mut pair.draft);
        pair.settle(side, members, sink);
    }

    /// A frame came on a connection.
    #[inline]
    pub(super) fn on_frame(&mut self, place: usize, frame: &[u8], now: Nanos, sink: &mut dyn Sink) {
        self.tell(place, now, sink, |feed, now, sink| feed.on_frame(frame, now, sink));
    }

    /// Gives an input to the feed that it is for; false if it is none of the market data.
    pub(super) fn take(&mut self, input: &Entry<'_>, now: Nanos, sink: &mut dyn Sink) -> bool {
        let stream = match input {
            Entry::Response(stream, instrument, body) => {
                let of = |member: &Member| {
                    member.rows.contains(&instrument.0) && is_standby(member.stream) == is_standby(*stream)
                };
                if let Some(place) = self.members.iter().position(of) {
                    self.tell(place, now, sink, |feed, now, sink| {
                        feed.on_response(*instrument, *body, now, sink);
                    });
                }
                return true;
            }
            Entry::Connected(stream) | Entry::Disconnected(stream) | Entry::Frame(stream, _) => *stream,
            _ => return false,
        };
        let Some(place) = self.members.iter().position(|member| member.stream == stream) else {
            return false;
        };
        if let Some((pair, side)) = self.members[place].pair
            && !matches!(input, Entry::Frame(..))
        {
            self.pairs[pair].connected(side, matches!(input, Entry::Connected(_)));
        }
        self.tell(place, now, sink, |feed, now, sink| match input {
            Entry::Connected(_) => feed.on_connected(now, sink),
            Entry::Disconnected(_) => feed.on_disconnected(now, sink),
            Entry::Frame(_, frame) => feed.on_frame(frame, now, sink),
            _ => {}
        });
        true
    }

    pub(super) fn on_time(&mut self, now: Nanos, sink: &mut dyn Sink) {
        for place in 0..self.members.len() {
            self.tell(place, now, sink, |feed, now, sink| feed.on_time(now, sink));
        }
        self.pairs.iter_mut().for_each(|pair| pair.on_time(sink));
    }

    /// No venue is connected any more.
    pub(super) fn on_all_disconnected(&mut self, now: Nanos, sink: &mut dyn Sink) {
        self.pairs.iter_mut().for_each(Pair::part);
        for place in 0..self.members.len() {
            if let Some((pair, side)) = self.members[place].pair {
                self.pairs[pair].connected(side, false);
            }
            self.tell(place, now, sink, |feed, now, sink| feed.on_disconnected(now, sink));
        }
    }

    /// What nobody is going to send: its answers are in the journal.
    pub(super) fn forget_wishes(&mut self) {
        for member in &mut self.members {
            while member.feed.next_request().is_some() {}
            while member.feed.next_outgoing().is_some() {}
        }
    }

    /// The next request of any of them.
    pub(super) fn next_request(&mut self) -> Option<Request> {
        self.members.iter_mut().find_map(|member| member.feed.next_request())
    }

    /// Of all connections together.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.members.iter().fold(Counters::default(), |sum, member| sum.plus(&member.feed.counters()))
    }
}
