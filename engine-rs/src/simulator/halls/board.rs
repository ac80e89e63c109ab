//! What happened at the stalls, in the order in which it is to be said: levels that changed are gathered until it is time.

use std::collections::{BTreeSet, VecDeque};

use super::orders::OrderNews;
use super::stock::{Channel, Fill, HallSource, Levels, News, Stall, Stock, StockError, stock};
use crate::model::Nanos;
use crate::simulator::sabotage::Place;

/// A trade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deal {
    /// Where.
    pub price: i64,
    /// So much.
    pub qty: i64,
    /// The taker sold.
    pub buyer_is_maker: bool,
    /// Of whom.
    pub fill: Fill,
}

/// Something to say.
#[derive(Debug, PartialEq, Eq)]
pub enum Item {
    /// Levels of a stall have changed: bid or not, and where.
    Book(usize, BTreeSet<(bool, i64)>),
    /// A stall's best bid or offer is another one.
    Quote(usize),
    /// A trade at a stall.
    Trade(usize, Deal),
    /// What happened to orders at a price of a stall (bid or not, where), but for trades.
    Orders(usize, (bool, i64), Vec<OrderNews>),
    /// A recorded frame.
    Frame(Channel, usize, String),
}

/// See the head of this file.
pub struct Board {
    stock: Box<dyn Stock>,
    /// Between two messages of a book, ns.
    period: i64,
    pending: Vec<BTreeSet<(bool, i64)>>,
    quoted: Vec<(Levels, Levels)>,
    /// Changes of levels so far, by stall.
    changes: Vec<u64>,
    /// Of one moment.
    waiting: VecDeque<(Nanos, Item)>,
}

impl Board {
    /// Whose time has not begun; a book's changes are told at whole multiples of `period`.
    ///
    /// # Errors
    /// If the source cannot be had.
    pub fn new(source: &HallSource, place: Place, period: i64) -> Result<Self, StockError> {
        let stock = stock(source, place)?;
        let count = stock.stalls().len();
        Ok(Self {
            stock,
            period,
            pending: vec![BTreeSet::new(); count],
            quoted: vec![Default::default(); count],
            changes: vec![0; count],
            waiting: VecDeque::new(),
        })
    }

    /// The pairs.
    pub fn stalls(&self) -> &[Stall] {
        self.stock.stalls()
    }

    /// How often a level of a stall's book has changed.
    pub fn changes(&self, stall: usize) -> u64 {
        self.changes[stall]
    }

    /// Time begins.
    pub fn begin(&mut self, now: Nanos) {
        self.stock.begin(now);
    }

    /// When there is something next; nothing at the end.
    pub fn next_time(&self) -> Option<Nanos> {
        self.waiting.front().map(|(at, _)| *at).or_else(|| self.stock.next_time())
    }

    /// What is next, if that is no later than `until`.
    pub fn next(&mut self, until: Nanos) -> Option<(Nanos, Item)> {
        loop {
            if let Some(item) = self.waiting.pop_front() {
                return Some(item);
            }
            if self.stock.next_time()? > until {
                return None;
            }
            let (now, news) = self.stock.next()?;
            match news {
                News::Level { stall, bid, price, orders } => {
                    self.changes[stall] += 1;
                    self.pending[stall].insert((bid, price));
                    if !orders.is_empty() {
                        return Some((now, Item::Orders(stall, (bid, price), orders)));
                    }
                }
                News::Flush if now.0 % self.period == 0 => self.gather(now),
                News::Flush => {}
                News::Trade { stall, price, qty, buyer_is_maker, fill } => {
                    return Some((now, Item::Trade(stall, Deal { price, qty, buyer_is_maker, fill })));
                }
                News::Frame(channel, stall, text) => return Some((now, Item::Frame(channel, stall, text))),
            }
        }
    }

    fn gather(&mut self, now: Nanos) {
        for stall in 0..self.pending.len() {
            let changes = std::mem::take(&mut self.pending[stall]);
            if !changes.is_empty() {
                self.waiting.push_back((now, Item::Book(stall, changes)));
            }
            let best = self.stock.stalls()[stall].top(1);
            if self.quoted[stall] != best {
                self.quoted[stall] = best;
                self.waiting.push_back((now, Item::Quote(stall)));
            }
        }
    }
}
