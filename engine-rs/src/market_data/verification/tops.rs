//! The tops of our books beside the venue's quotes.
//!
//! A quote with an update id is the book's top from that update on, until the next quote. A top is held against it once
//! the quotes have passed the top's own id, or the recording is over: the two streams are not ordered together.

use std::collections::VecDeque;

use crate::market_data::feed::{BookTop, Sink};
use crate::market_data::frame::VenueQuote;
use crate::market_data::tracked_book::Best;
use crate::model::{Event, Lots, State, Ticks};

/// Tops and quotes of one book that wait at most.
const MOST_WAITING: usize = 1 << 16;

#[derive(Debug, Default)]
struct Market {
    /// The top as it is, if the book is the venue's.
    now: Option<Best>,
    last_id: u64,
    /// By update id, those that no quote has passed yet.
    tops: VecDeque<(u64, Best)>,
    /// By update id, from the one that held for the last top judged.
    quotes: VecDeque<(u64, Best)>,
}

/// Counts as it watches a feed.
#[derive(Debug)]
pub(super) struct Tops {
    markets: Vec<Market>,
    equal: u64,
    all: u64,
}

impl Tops {
    pub(super) fn new(instruments: usize) -> Self {
        Self { markets: (0..instruments).map(|_| Market::default()).collect(), equal: 0, all: 0 }
    }

    /// The venue's quote in the frame that the feed took last.
    pub(super) fn quote(&mut self, quote: VenueQuote) {
        let market = &mut self.markets[quote.instrument.0 as usize];
        match quote.id {
            Some(id) => {
                push(&mut market.quotes, (id, quote.best));
                let score = market.judge(id);
                self.count(score);
            }
            None => {
                let equal = market.now.map(|top| same(top, quote.best, quote.sized));
                self.count((u64::from(equal == Some(true)), u64::from(equal.is_some())));
            }
        }
    }

    fn count(&mut self, (equal, all): (u64, u64)) {
        self.equal += equal;
        self.all += all;
    }

    /// Equal tops and all of them.
    pub(super) fn finish(mut self) -> (u64, u64) {
        for mut market in std::mem::take(&mut self.markets) {
            self.count(market.judge(u64::MAX));
        }
        (self.equal, self.all)
    }
}

impl Market {
    /// Holds the tops of updates before this one against the quotes: how many are equal, and how many there are.
    fn judge(&mut self, id: u64) -> (u64, u64) {
        let (mut equal, mut all) = (0, 0);
        while let Some((top_id, top)) = self.tops.front().copied().filter(|(top_id, _)| *top_id < id) {
            self.tops.pop_front();
            if let Some(quote) = self.held_at(top_id) {
                all += 1;
                equal += u64::from(quote == top);
            }
        }
        (equal, all)
    }

    /// The last quote up to an update.
    fn held_at(&mut self, id: u64) -> Option<Best> {
        while self.quotes.get(1).is_some_and(|(next, _)| *next <= id) {
            self.quotes.pop_front();
        }
        self.quotes.front().filter(|(first, _)| *first <= id).map(|(_, best)| *best)
    }
}

fn push<T>(waiting: &mut VecDeque<T>, new: T) {
    if waiting.len() == MOST_WAITING {
        waiting.pop_front();
    }
    waiting.push_back(new);
}

fn same(top: Best, quote: Best, sized: bool) -> bool {
    let plain =
        |side: Option<(Ticks, Lots)>| side.map(|(ticks, lots)| (ticks, if sized { lots } else { Lots(0) }));
    (plain(top.0), plain(top.1)) == (plain(quote.0), plain(quote.1))
}

impl Sink for Tops {
    fn event(&mut self, _event: Event) {}

    fn book(&mut self, book: &BookTop<'_>) {
        let market = &mut self.markets[book.instrument.0 as usize];
        let best: Best = (book.bids.first().copied(), book.asks.first().copied());
        market.now = (book.state == State::Synced).then_some(best);
        if best != (None, None) && book.last_id > market.last_id {
            market.last_id = book.last_id;
            push(&mut market.tops, (book.last_id, best));
        }
    }
}
