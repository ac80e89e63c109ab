//! One book and one best bid and offer an asset, over all venues that trade it.
//!
//! Only books that equal their venue's are in it. Its bid may stand above its ask: that is what venues can differ in. With
//! fees, prices are what a taker would get or pay.

use crate::config::Asset;
use crate::ipc::BookRow;
use crate::market_data::BookTop;
use crate::model::{Event, Instrument, InstrumentId, Nanos, Quote, Reason, State, StateChange, flag};

use super::EngineError;

/// Of all venues.
pub(super) const VENUE: &str = "all";

/// Price and size.
type Level = (f64, f64);
type Levels = Vec<Level>;

/// A venue's book of an asset.
struct Member {
    instrument: InstrumentId,
    /// What a taker pays, as a fraction.
    fee: f64,
    synced: bool,
    bids: Levels,
    asks: Levels,
}

/// See the head of this file.
pub(super) struct Consolidated {
    id: InstrumentId,
    members: Vec<Member>,
    depth: usize,
    bids: Levels,
    asks: Levels,
    state: Option<State>,
    reason: Reason,
    since: Nanos,
    told: [u64; 4],
    updates: u64,
}

/// The instruments of an asset, by their places in the table, and what the asset is as an instrument of its own.
pub(super) fn instrument(
    asset: &Asset,
    table: &[(InstrumentId, Instrument)],
) -> Result<(Instrument, Vec<InstrumentId>), EngineError> {
    let mut members = Vec::with_capacity(asset.members.len());
    let mut finest: Option<Instrument> = None;
    for name in &asset.members {
        let found = table.iter().find(|(_, instrument)| instrument.name == *name);
        let (id, own) = found.ok_or_else(|| {
            let known: Vec<_> = table.iter().map(|(_, one)| one.name.as_str()).collect();
            EngineError::Venue(format!(
                "consolidated.assets.{:?}: {name} is not among the instruments of this engine, which are {}",
                asset.name,
                known.join(", ")
            ))
        })?;
        members.push(*id);
        let finer = |best: &Instrument| Instrument {
            tick: if own.tick.to_double(1) < best.tick.to_double(1) { own.tick } else { best.tick },
            lot: if own.lot.to_double(1) < best.lot.to_double(1) { own.lot } else { best.lot },
            ..best.clone()
        };
        finest = Some(finest.as_ref().map_or_else(|| own.clone(), finer));
    }
    let own = finest.ok_or_else(|| {
        EngineError::Venue(format!("consolidated.assets.{:?}: it has no instruments", asset.name))
    })?;
    let instrument = Instrument {
        name: format!("{VENUE}:{}", asset.name),
        symbol: asset.name.clone(),
        min_qty: 0.0,
        min_notional: 0.0,
        ..own
    };
    Ok((instrument, members))
}

impl Consolidated {
    /// Of these instruments, each with its taker's fee as a fraction.
    pub(super) fn new(id: InstrumentId, members: &[(InstrumentId, f64)], depth: usize) -> Consolidated {
        let member = |(instrument, fee): &(InstrumentId, f64)| Member {
            instrument: *instrument,
            fee: *fee,
            synced: false,
            bids: Vec::with_capacity(depth),
            asks: Vec::with_capacity(depth),
        };
        Consolidated {
            id,
            members: members.iter().map(member).collect(),
            depth,
            bids: Vec::with_capacity(depth),
            asks: Vec::with_capacity(depth),
            state: None,
            reason: Reason::None,
            since: Nanos(0),
            told: [0; 4],
            updates: 0,
        }
    }

    /// A venue's book after a message; whether it is of this asset. What is to be told goes to `tell`.
    pub(super) fn take(
        &mut self,
        book: &BookTop<'_>,
        (bids, asks): (&[Level], &[Level]),
        tell: &mut dyn FnMut(Event),
    ) -> bool {
        let Some(member) = self.members.iter_mut().find(|member| member.instrument == book.instrument) else {
            return false;
        };
        member.synced = book.state == State::Synced;
        fill(&mut member.bids, bids, 1.0 - member.fee);
        fill(&mut member.asks, asks, 1.0 + member.fee);
        merge(&mut self.bids, self.depth, &self.members, |member| &member.bids, |one, other| one > other);
        merge(&mut self.asks, self.depth, &self.members, |member| &member.asks, |one, other| one < other);
        self.updates += 1;
        let now = book.receive_time.max(book.since);
        let synced = self.members.iter().any(|member| member.synced);
        let state = if synced { State::Synced } else { State::Resyncing };
        if self.state != Some(state) {
            (self.state, self.since) = (Some(state), now);
            self.told = [0; 4]; // as of any book: none was shown while it was not right
            self.reason = if synced { Reason::None } else { book.reason };
            let mut change = StateChange::new(self.id, now);
            change.flags = state as u16;
            change.receive_time = now.0;
            change.reason = self.reason as u64;
            tell(change.into());
        }
        self.tell_best(book, now, tell);
        true
    }

    fn tell_best(&mut self, book: &BookTop<'_>, now: Nanos, tell: &mut dyn FnMut(Event)) {
        let best = |side: &Levels| side.first().copied().unwrap_or((f64::NAN, 0.0));
        let (bid, ask) = (best(&self.bids), best(&self.asks));
        let told = [bid.0, bid.1, ask.0, ask.1].map(f64::to_bits);
        if self.state != Some(State::Synced) || told == self.told {
            return;
        }
        self.told = told;
        let mut quote = Quote::new(self.id, book.event_time);
        quote.receive_time = now.0;
        quote.flags = flag::FROM_BOOK;
        (quote.bid, quote.bid_qty, quote.ask, quote.ask_qty) = (bid.0, bid.1, ask.0, ask.1);
        tell(quote.into());
    }

    /// Its row of the table of books.
    pub(super) fn row(&self, book: &BookTop<'_>) -> (InstrumentId, BookRow<'_>) {
        let row = BookRow {
            state: self.state,
            reason: self.reason,
            since: self.since,
            event_time: book.event_time,
            receive_time: book.receive_time,
            last_id: self.updates,
            bids: &self.bids,
            asks: &self.asks,
        };
        (self.id, row)
    }
}

fn fill(levels: &mut Levels, from: &[Level], factor: f64) {
    levels.clear();
    levels.extend(from.iter().map(|(price, qty)| (price * factor, *qty)));
}

/// The best levels of all books that are right; where several have a price, its sizes are added.
fn merge(
    into: &mut Levels,
    depth: usize,
    members: &[Member],
    side: fn(&Member) -> &Levels,
    better: fn(f64, f64) -> bool,
) {
    into.clear();
    let mut places = [0_usize; MOST_MEMBERS];
    while into.len() < depth {
        let ahead = members.iter().zip(&places).filter(|(member, _)| member.synced);
        let prices = ahead.filter_map(|(member, place)| side(member).get(*place).map(|(price, _)| *price));
        let Some(best) = prices.reduce(|best, price| if better(price, best) { price } else { best }) else {
            return;
        };
        let mut sum = 0.0;
        for (member, place) in members.iter().zip(&mut places).filter(|(member, _)| member.synced) {
            if let Some((_, qty)) = side(member).get(*place).filter(|(own, _)| *own == best) {
                sum += qty;
                *place += 1;
            }
        }
        into.push((best, sum));
    }
}

/// Venues of one asset; the configuration allows no more.
const MOST_MEMBERS: usize = crate::config::MOST_MEMBERS;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Lots, Ticks};
    use proptest::prelude::*;

    fn top(instrument: u32, state: State, time: i64) -> BookTop<'static> {
        const NONE: &[(Ticks, Lots)] = &[];
        BookTop {
            instrument: InstrumentId(instrument),
            state,
            reason: Reason::None,
            since: Nanos(time),
            event_time: Nanos(time),
            receive_time: Nanos(time),
            last_id: 1,
            bids: NONE,
            asks: NONE,
        }
    }

    fn of_three(fees: [f64; 3]) -> Consolidated {
        let members: Vec<_> = (0..3).map(InstrumentId).zip(fees).collect();
        Consolidated::new(InstrumentId(9), &members, 3)
    }

    #[test]
    fn the_best_of_all_venues_that_are_right() {
        let mut asset = of_three([0.0; 3]);
        let mut told = Vec::new();
        let mut tell = |event: Event| told.push(event);
        asset.take(&top(0, State::Synced, 1), (&[(10.0, 1.0), (9.0, 1.0)], &[(11.0, 1.0)]), &mut tell);
        asset.take(&top(1, State::Synced, 2), (&[(10.0, 2.0), (9.5, 1.0)], &[(10.5, 4.0)]), &mut tell);
        assert_eq!(
            (asset.bids.as_slice(), asset.asks.as_slice()),
            (&[(10.0, 3.0), (9.5, 1.0), (9.0, 1.0)][..], &[(10.5, 4.0), (11.0, 1.0)][..])
        );
        asset.take(&top(1, State::Resyncing, 3), (&[], &[]), &mut tell);
        assert_eq!(asset.asks, [(11.0, 1.0)]);
        asset.take(&top(0, State::Stale, 4), (&[(10.0, 1.0)], &[(11.0, 1.0)]), &mut tell);
        assert!(asset.bids.is_empty(), "a stale book is in nobody's sum");
        assert!(!asset.take(&top(5, State::Synced, 5), (&[], &[]), &mut tell));
        let states: Vec<u16> = told.iter().filter_map(|e| e.as_state().map(|s| s.flags)).collect();
        assert_eq!(states, [State::Synced as u16, State::Resyncing as u16]);
        let quotes: Vec<_> =
            told.iter().filter_map(|e| e.as_quote().map(|q| (q.bid, q.bid_qty, q.ask))).collect();
        assert_eq!(quotes, [(10.0, 1.0, 11.0), (10.0, 3.0, 10.5), (10.0, 1.0, 11.0)]);
    }

    #[test]
    fn what_is_right_again_shows_its_quote_again() {
        let mut asset = of_three([0.0; 3]);
        let mut told = Vec::new();
        let mut tell = |event: Event| told.push(event);
        let book: (&[Level], &[Level]) = (&[(10.0, 1.0)], &[(11.0, 1.0)]);
        asset.take(&top(0, State::Synced, 1), book, &mut tell);
        asset.take(&top(0, State::Stale, 2), book, &mut tell);
        asset.take(&top(0, State::Synced, 3), book, &mut tell);
        let quotes: Vec<_> = told.iter().filter_map(Event::as_quote).map(|quote| quote.bid).collect();
        assert_eq!(quotes, [10.0, 10.0]);
    }

    #[test]
    fn fees_decide_which_venue_is_best() {
        let mut asset = of_three([0.01, 0.0, 0.0]);
        let mut tell = |_: Event| {};
        asset.take(&top(0, State::Synced, 1), (&[(100.0, 1.0)], &[(101.0, 1.0)]), &mut tell);
        asset.take(&top(1, State::Synced, 2), (&[(99.5, 1.0)], &[(101.5, 1.0)]), &mut tell);
        assert_eq!((asset.bids[0], asset.asks[0]), ((99.5, 1.0), (101.5, 1.0)));
    }

    proptest! {
        /// Held against adding up everything by price and sorting it.
        #[test]
        fn merging_is_adding_and_sorting(
            books in proptest::collection::vec(
                (any::<bool>(), proptest::collection::btree_map(1_u32..30, 1_u32..9, 0..6)), 3,
            ),
        ) {
            let mut asset = of_three([0.0; 3]);
            let mut sum = std::collections::BTreeMap::new();
            for (row, (synced, levels)) in (0..).zip(&books) {
                let levels: Levels =
                    levels.iter().map(|(p, q)| (f64::from(*p), f64::from(*q))).collect();
                let down: Levels = levels.iter().rev().copied().collect();
                let state = if *synced { State::Synced } else { State::Resyncing };
                asset.take(&top(row, state, 1), (&down, &levels), &mut |_| {});
                for (price, qty) in levels.iter().filter(|_| *synced) {
                    *sum.entry(*price as u32).or_insert(0.0) += qty;
                }
            }
            let up: Levels = sum.iter().take(3).map(|(p, q)| (f64::from(*p), *q)).collect();
            let down: Levels = sum.iter().rev().take(3).map(|(p, q)| (f64::from(*p), *q)).collect();
            prop_assert_eq!((&asset.bids, &asset.asks), (&down, &up));
        }
    }
}
