//! A book of orders: each by its id, first come first served at its price.

use thiserror::Error;

use super::l2::{DEFAULT_WINDOW, L2Book};
use super::queues::{NONE, Queues};
use super::slots::{Slots, spread};
use crate::model::{Lots, Side, Ticks};

/// Room for so many orders, and for a part of that of levels, before memory is asked for again.
const ROOM: usize = 16_384;

/// An order as it stands in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queued {
    /// The venue's.
    pub id: u128,
    /// Bid or ask.
    pub side: Side,
    /// Its price.
    pub ticks: Ticks,
    /// What is left of it.
    pub lots: Lots,
    /// Counts up with each order that comes to the back of a queue: the lower of a level stands before the higher.
    pub joined: u64,
    /// Where it lies as long as it lives, for tables beside the book; places are used again.
    pub place: u32,
}

/// What a message did to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// As it was.
    pub before: Queued,
    /// As it is; nothing if it is gone.
    pub after: Option<Queued>,
}

/// What stands before an order at its price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueuePosition {
    /// How many orders.
    pub orders: usize,
    /// What they have together.
    pub lots: Lots,
}

/// A message that the book contradicts; it has changed nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum L3Error {
    /// Nobody has added it, or it is gone.
    #[error("order {id} is not in the book")]
    Unknown {
        /// The venue's.
        id: u128,
    },
    /// It was added before.
    #[error("order {id} is in the book already")]
    Known {
        /// The venue's.
        id: u128,
    },
    /// More is taken of it than there is.
    #[error("order {id} has {there} lots, not {lots}")]
    TooMuch {
        /// The venue's.
        id: u128,
        /// To be taken.
        lots: i64,
        /// Left of it.
        there: i64,
    },
    /// An order is for one lot at least.
    #[error("order {id} would be for {lots} lots")]
    NoSize {
        /// The venue's.
        id: u128,
        /// As they came.
        lots: i64,
    },
    /// It is neither bid nor ask.
    #[error("order {id} is on neither side")]
    NoSide {
        /// The venue's.
        id: u128,
    },
}

#[derive(Clone, Copy, Debug)]
struct Node {
    id: u128,
    lots: i64,
    joined: u64,
    /// Its place among the lines; of a free node the next free one.
    line: u32,
    /// Places of its neighbors in the line, towards the first and towards the last.
    before: u32,
    behind: u32,
}

/// Orders of one instrument in integer ticks and lots. It may be crossed, as markets are before they open.
///
/// Every step is found by hash and done by links: none depends on how many orders there are. Nothing is allocated once
/// as many orders and levels were there as ever will be, except for levels far from the best, as in [`L2Book`].
///
/// ```
/// use pyrt_engine::book::{L3Book, QueuePosition};
/// use pyrt_engine::model::{Lots, Side, Ticks};
///
/// let mut book = L3Book::default();
/// book.add(7, Side::Buy, Ticks(100), Lots(3))?;
/// book.add(8, Side::Buy, Ticks(100), Lots(2))?;
/// book.reduce(7, Lots(1))?;
/// assert_eq!(book.position(8), Some(QueuePosition { orders: 1, lots: Lots(2) }));
/// assert_eq!(book.levels().best_bid(), Some((Ticks(100), Lots(4))));
/// # Ok::<(), pyrt_engine::book::L3Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct L3Book {
    levels: L2Book,
    queues: Queues,
    nodes: Vec<Node>,
    free: u32,
    by_id: Slots,
    live: usize,
    joins: u64,
}

impl Default for L3Book {
    fn default() -> Self {
        Self::new(DEFAULT_WINDOW)
    }
}

impl L3Book {
    /// An empty book whose levels lie in a window of so many ticks a side, as [`L2Book::new`] has it.
    #[must_use]
    pub fn new(window: usize) -> Self {
        Self {
            levels: L2Book::new(window),
            queues: Queues::new(ROOM / 8),
            nodes: Vec::with_capacity(ROOM),
            free: NONE,
            by_id: Slots::new(ROOM),
            live: 0,
            joins: 0,
        }
    }

    /// The same book as levels.
    #[inline]
    #[must_use]
    pub fn levels(&self) -> &L2Book {
        &self.levels
    }

    /// Orders in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether nobody is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// How many have come to the back of a queue so far: what [`Queued::joined`] the next one will have.
    #[inline]
    #[must_use]
    pub fn joins(&self) -> u64 {
        self.joins
    }

    /// An order comes to the back of its price.
    ///
    /// # Errors
    /// [`L3Error`]: its id is known, it has no side or no size.
    #[inline]
    pub fn add(&mut self, id: u128, side: Side, ticks: Ticks, lots: Lots) -> Result<Queued, L3Error> {
        if side == Side::None {
            return Err(L3Error::NoSide { id });
        }
        if lots.0 <= 0 {
            return Err(L3Error::NoSize { id, lots: lots.0 });
        }
        if self.find(id).is_some() {
            return Err(L3Error::Known { id });
        }
        let node = Node { id, lots: lots.0, joined: 0, line: NONE, before: NONE, behind: NONE };
        let place = self.free;
        #[allow(clippy::cast_possible_truncation)] // 2^32 orders would be 200 gigabytes
        let place = if place == NONE {
            self.nodes.push(node);
            (self.nodes.len() - 1) as u32
        } else {
            self.free = self.nodes[place as usize].line;
            self.nodes[place as usize] = node;
            place
        };
        let L3Book { by_id, nodes, .. } = self;
        by_id.insert(hash(id), place, |other| hash(nodes[other as usize].id));
        self.live += 1;
        self.join(place, side, ticks);
        Ok(self.queued(place))
    }

    /// An order has another price or size from now on. Less at its price keeps the place, anything else goes to the
    /// back.
    ///
    /// # Errors
    /// [`L3Error`]: it is not known, or would have no size.
    #[inline]
    pub fn modify(&mut self, id: u128, ticks: Ticks, lots: Lots) -> Result<Change, L3Error> {
        if lots.0 <= 0 {
            return Err(L3Error::NoSize { id, lots: lots.0 });
        }
        let place = self.find(id).ok_or(L3Error::Unknown { id })?;
        let before = self.queued(place);
        if ticks == before.ticks && lots <= before.lots {
            self.resize(place, lots.0);
        } else {
            self.leave(place);
            self.nodes[place as usize].lots = lots.0;
            self.join(place, before.side, ticks);
        }
        Ok(Change { before, after: Some(self.queued(place)) })
    }

    /// So much of an order is filled or taken back; what is left of it keeps its place.
    ///
    /// # Errors
    /// [`L3Error`]: it is not known, or has less.
    #[inline]
    pub fn reduce(&mut self, id: u128, lots: Lots) -> Result<Change, L3Error> {
        let place = self.find(id).ok_or(L3Error::Unknown { id })?;
        let before = self.queued(place);
        if lots.0 < 0 || lots > before.lots {
            return Err(L3Error::TooMuch { id, lots: lots.0, there: before.lots.0 });
        }
        let left = before.lots.0 - lots.0;
        if left == 0 {
            self.end(place);
            return Ok(Change { before, after: None });
        }
        self.resize(place, left);
        Ok(Change { before, after: Some(Queued { lots: Lots(left), ..before }) })
    }

    /// An order is gone, whatever was left of it.
    ///
    /// # Errors
    /// [`L3Error::Unknown`].
    #[inline]
    pub fn remove(&mut self, id: u128) -> Result<Queued, L3Error> {
        let place = self.find(id).ok_or(L3Error::Unknown { id })?;
        let before = self.queued(place);
        self.end(place);
        Ok(before)
    }

    /// An order by its id.
    #[inline]
    #[must_use]
    pub fn get(&self, id: u128) -> Option<Queued> {
        self.find(id).map(|place| self.queued(place))
    }

    /// What stands before an order: it counts those, one by one.
    #[must_use]
    pub fn position(&self, id: u128) -> Option<QueuePosition> {
        let mut place = self.find(id)?;
        let mut position = QueuePosition::default();
        loop {
            place = self.nodes[place as usize].before;
            if place == NONE {
                return Some(position);
            }
            position.orders += 1;
            position.lots.0 += self.nodes[place as usize].lots;
        }
    }

    /// The orders of a level, the first in line first.
    pub fn queue(&self, side: Side, ticks: Ticks) -> impl Iterator<Item = Queued> + '_ {
        let mut place = self.queues.find(side, ticks).map_or(NONE, |(_, line)| line.first);
        std::iter::from_fn(move || {
            let node = self.nodes.get(place as usize)?;
            let queued =
                Queued { id: node.id, side, ticks, lots: Lots(node.lots), joined: node.joined, place };
            place = node.behind;
            Some(queued)
        })
    }

    /// Removes every order and keeps the memory.
    pub fn clear(&mut self) {
        self.levels.clear();
        self.queues.clear();
        self.nodes.clear();
        self.by_id.clear();
        (self.free, self.live) = (NONE, 0);
    }

    #[inline]
    fn find(&self, id: u128) -> Option<u32> {
        self.by_id.find(hash(id), |place| self.nodes[place as usize].id == id)
    }

    #[inline]
    fn queued(&self, place: u32) -> Queued {
        let node = self.nodes[place as usize];
        let line = self.queues.get(node.line);
        let (side, ticks) = (line.side, line.ticks);
        Queued { id: node.id, side, ticks, lots: Lots(node.lots), joined: node.joined, place }
    }

    /// An order that is in no line comes to the back of one.
    #[inline]
    fn join(&mut self, place: u32, side: Side, ticks: Ticks) {
        let at = self.queues.at(side, ticks);
        let line = self.queues.line(at);
        let last = std::mem::replace(&mut line.last, place);
        let node = &mut self.nodes[place as usize];
        (node.line, node.before, node.behind, node.joined) = (at, last, NONE, self.joins);
        line.lots += node.lots;
        self.levels.apply(side, ticks, Lots(line.lots));
        if last == NONE {
            line.first = place;
        } else {
            self.nodes[last as usize].behind = place;
        }
        self.joins += 1;
    }

    /// An order leaves its line; the last one closes it.
    #[inline]
    fn leave(&mut self, place: u32) {
        let Node { line: at, before, behind, lots, .. } = self.nodes[place as usize];
        let line = self.queues.line(at);
        line.lots -= lots;
        self.levels.apply(line.side, line.ticks, Lots(line.lots));
        if before == NONE {
            line.first = behind;
        } else {
            self.nodes[before as usize].behind = behind;
        }
        if behind == NONE {
            line.last = before;
        } else {
            self.nodes[behind as usize].before = before;
        }
        if line.last == NONE {
            self.queues.close(at);
        }
    }

    #[inline]
    fn resize(&mut self, place: u32, lots: i64) {
        let node = &mut self.nodes[place as usize];
        let line = self.queues.line(node.line);
        line.lots += lots - node.lots;
        node.lots = lots;
        self.levels.apply(line.side, line.ticks, Lots(line.lots));
    }

    #[inline]
    fn end(&mut self, place: u32) {
        self.leave(place);
        let L3Book { by_id, nodes, .. } = self;
        by_id.remove(hash(nodes[place as usize].id), place, |other| hash(nodes[other as usize].id));
        nodes[place as usize].line = self.free;
        self.free = place;
        self.live -= 1;
    }
}

#[inline]
fn hash(id: u128) -> u64 {
    #[allow(clippy::cast_possible_truncation)] // both halves are used
    let (low, high) = (id as u64, (id >> 64) as u64);
    spread(low ^ high.rotate_left(32).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}
