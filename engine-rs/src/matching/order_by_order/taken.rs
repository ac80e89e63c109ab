//! What of the recorded orders we have taken, and what that leaves.

use super::super::error::MatchError;
use super::recorded::{RecordedOrders, Told};
use super::tape::Tape;
use crate::book::Queued;
use crate::model::{BookOrder, Grid, Side, Ticks};

/// Room for so many orders before memory is asked for again.
const ROOM: usize = 16_384;

/// The orders of one instrument at the venue.
#[derive(Debug)]
pub(in crate::matching) struct VenueOrders {
    pub(in crate::matching) recorded: RecordedOrders,
    /// Lots that we have taken of an order, by its place in the book.
    taken: Vec<i64>,
    pub(super) tape: Tape,
}

impl VenueOrders {
    pub(in crate::matching) fn new() -> Self {
        Self { recorded: RecordedOrders::default(), taken: vec![0; ROOM], tape: Tape::default() }
    }

    pub(super) fn apply(&mut self, record: &BookOrder, tick: Grid, lot: Grid) -> Result<Told, MatchError> {
        let told = self.recorded.apply(record, tick, lot)?;
        if let Some(after) = told.after.filter(|after| told.before.is_none_or(|it| it.joined != after.joined))
        {
            // It has come to the back of a queue: what we took is of what it was.
            let place = after.place as usize;
            if place >= self.taken.len() {
                self.taken.resize(2 * place, 0);
            }
            self.taken[place] = 0;
        }
        Ok(told)
    }

    /// What is there of an order that had so many lots.
    #[inline]
    pub(super) fn left_of(&self, order: &Queued) -> i64 {
        (order.lots.0 - self.taken[order.place as usize]).max(0)
    }

    pub(super) fn take_of(&mut self, order: &Queued, lots: i64) {
        self.taken[order.place as usize] += lots;
    }

    /// Lots that stand at a price before whoever joined then.
    pub(in crate::matching) fn before(&self, side: Side, ticks: Ticks, joined: u64) -> i64 {
        let line = self.recorded.book().queue(side, ticks);
        line.take_while(|order| order.joined < joined).map(|order| self.left_of(&order)).sum()
    }

    /// The first order of a price that has joined after another.
    pub(super) fn next_behind(&self, side: Side, ticks: Ticks, joined: u64) -> Option<Queued> {
        self.recorded.book().queue(side, ticks).find(|order| order.joined > joined)
    }

    /// Lots that can be taken from `side` within a limit, counted up to `enough`.
    pub(in crate::matching) fn available(
        &self,
        side: Side,
        within: impl Fn(Ticks) -> bool,
        enough: i64,
    ) -> i64 {
        let (book, mut sum) = (self.recorded.book(), 0);
        let mut at = |ticks: Ticks| {
            if sum >= enough || !within(ticks) {
                return false;
            }
            sum += book.queue(side, ticks).map(|order| self.left_of(&order)).sum::<i64>();
            true
        };
        if side == Side::Buy {
            book.levels().bids().all(|(ticks, _)| at(ticks));
        } else {
            book.levels().asks().all(|(ticks, _)| at(ticks));
        }
        sum.min(enough)
    }

    /// Takes up to `want` lots from `side` within a limit, best price first, first come first served; tells `each` of
    /// every order.
    pub(in crate::matching) fn take(
        &mut self,
        side: Side,
        within: impl Fn(Ticks) -> bool,
        want: i64,
        mut each: impl FnMut(Ticks, i64) -> Result<(), MatchError>,
    ) -> Result<(), MatchError> {
        let VenueOrders { recorded, taken, .. } = self;
        let (book, mut want) = (recorded.book(), want);
        let mut at = |ticks: Ticks| -> Result<bool, MatchError> {
            if want == 0 || !within(ticks) {
                return Ok(false);
            }
            for order in book.queue(side, ticks) {
                let of_it = &mut taken[order.place as usize];
                let got = (order.lots.0 - *of_it).clamp(0, want);
                if got > 0 {
                    *of_it += got;
                    want -= got;
                    each(ticks, got)?;
                }
            }
            Ok(true)
        };
        if side == Side::Buy {
            for (ticks, _) in book.levels().bids() {
                if !at(ticks)? {
                    break;
                }
            }
        } else {
            for (ticks, _) in book.levels().asks() {
                if !at(ticks)? {
                    break;
                }
            }
        }
        Ok(())
    }
}
