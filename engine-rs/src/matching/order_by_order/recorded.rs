//! The recorded orders, from records: `proto/SHM_LAYOUT.md` says what each action means.

use super::super::error::MatchError;
use super::super::matcher::{size, steps};
use crate::book::{Change, L3Book, L3Error, Queued};
use crate::model::{BookOrder, Grid, Lots, Side, Ticks, flag};

const ADD: u16 = 1;
const MODIFY: u16 = 2;
const DELETE: u16 = 3;
const EXECUTE: u16 = 4;

/// What one record said.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Told {
    /// All orders that were there are gone before.
    pub emptied: bool,
    /// The order as it was; nothing of one that came.
    pub before: Option<Queued>,
    /// As it is; nothing of one that is gone.
    pub after: Option<Queued>,
    /// What of it was executed, and at which price.
    pub executed: Option<(Ticks, i64)>,
}

/// A book of orders that records keep.
#[derive(Debug, Default)]
pub struct RecordedOrders {
    book: L3Book,
    /// The last record was part of a snapshot.
    in_snapshot: bool,
}

impl RecordedOrders {
    /// The orders.
    #[inline]
    #[must_use]
    pub fn book(&self) -> &L3Book {
        &self.book
    }

    /// The book does not follow the market any more: a snapshot is over.
    pub fn interrupt(&mut self) {
        self.in_snapshot = false;
    }

    /// Applies a record of an order.
    ///
    /// # Errors
    /// [`MatchError`] for numbers off the grid, a side or an action that does not exist, an order that the book
    /// contradicts. A snapshot that began with it has emptied the book.
    #[inline]
    pub fn apply(&mut self, record: &BookOrder, tick: Grid, lot: Grid) -> Result<Told, MatchError> {
        let snapshot = record.flags & flag::SNAPSHOT != 0;
        let emptied = snapshot && !self.in_snapshot;
        if emptied {
            self.book.clear();
        }
        self.in_snapshot = snapshot;
        let action = record.flags & 0xff;
        let (stamp, head) = (record.stamp, (record.stamp, record.instrument));
        let side = match record.side {
            0 if action == DELETE && snapshot && record.order_id_low == 0 => {
                // And that is all; the engine begins every snapshot so, another one right after it too.
                self.book.clear();
                return Ok(Told { emptied: true, ..Told::default() });
            }
            1 => Side::Buy,
            2 => Side::Sell,
            side => return Err(MatchError::RecordSide { stamp, side }),
        };
        if !(ADD..=EXECUTE).contains(&action) {
            return Err(MatchError::OrderAction { stamp, action });
        }
        let lots = size(head, "qty", record.qty, lot)?;
        let priced = action != DELETE;
        let ticks = Ticks(if priced { steps(head, "price", record.price, tick)? } else { 0 });
        let id = u128::from(record.order_id_high) << 64 | u128::from(record.order_id_low);
        let contradicted = |error: L3Error| MatchError::Order { stamp, error };
        let change = match action {
            ADD => {
                let after = self.book.add(id, side, ticks, Lots(lots)).map_err(contradicted)?;
                return Ok(Told { emptied, after: Some(after), ..Told::default() });
            }
            MODIFY => self.book.modify(id, ticks, Lots(lots)),
            _ if lots == 0 => self.book.remove(id).map(|before| Change { before, after: None }),
            _ => self.book.reduce(id, Lots(lots)),
        };
        let Change { before, after } = change.map_err(contradicted)?;
        let gone = if lots == 0 { before.lots.0 } else { lots };
        let executed = (action == EXECUTE).then_some((ticks, gone));
        Ok(Told { emptied, before: Some(before), after, executed })
    }
}
