//! What a session leaves behind when it ends: every ledger to the last digit, and orders whose end is not known. The
//! next session begins with it.

use super::{Core, sending::is_of_host};
use crate::execution::{Piece, TrackedOrder};
use crate::model::{ClientOrderId, Grid, InstrumentId, Lots, Money, Order, Ticks};
use crate::position::{Account, Holding};

/// See the head of this file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Of the account at its first start, and of every ledger's.
    pub cash: Money,
    /// What strategies have gained that are no longer there; cash without what they began with.
    pub gone: Account,
    /// The account's highest worth, in USD.
    pub peak: Option<Money>,
    /// The kill switch was pulled.
    pub killed: bool,
    /// Of each strategy.
    pub ledgers: Vec<Ledger>,
    /// That may still live at the venue.
    pub orders: Vec<Left>,
}

/// What a strategy has.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// In the configuration.
    pub strategy: String,
    /// Cash, what was realized and paid.
    pub account: Account,
    /// By name of the instrument, with its grid of lots.
    pub holdings: Vec<(String, Grid, Holding)>,
}

/// An order whose end is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    /// Whose it was.
    pub strategy: String,
    /// Name, ticks and lots.
    pub instrument: (String, Grid, Grid),
    /// As it was sent.
    pub order: Order,
    /// The venue has said that it has it.
    pub accepted: bool,
    /// Booked so far.
    pub filled: Lots,
    /// By these fills.
    pub trades: Vec<u64>,
    /// The venue's orders that it may be; none in a snapshot of before orders could be changed: one, as it was sent.
    pub pieces: Vec<Piece>,
}

impl Core {
    /// What is left of the session now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let ledgers = self.hosted.iter().map(|hosted| {
            let holdings = hosted.desk.tracker.holdings().map(|(_, instrument, holding)| {
                let instrument = &self.instruments[instrument.0 as usize];
                (instrument.name.clone(), instrument.lot, *holding)
            });
            let (strategy, account) = (hosted.name.clone(), *hosted.desk.tracker.account());
            Ledger { strategy, account, holdings: holdings.collect() }
        });
        Snapshot {
            cash: self.terms.cash,
            gone: self.gone,
            peak: self.peak,
            killed: self.pulled,
            ledgers: ledgers.collect(),
            orders: self.orders.live().map(|tracked| self.left(tracked)).collect(),
        }
    }

    fn left(&self, tracked: &TrackedOrder) -> Left {
        let order = *tracked.order();
        let instrument = &self.instruments[order.instrument.0 as usize];
        let owner = self.owner(order.id).map_or("", |number| self.hosted[number].name.as_str());
        Left {
            strategy: owner.to_owned(),
            instrument: (instrument.name.clone(), instrument.tick, instrument.lot),
            order,
            accepted: tracked.was_there(),
            filled: tracked.filled(),
            trades: tracked.trades().to_vec(),
            pieces: tracked.pieces().collect(),
        }
    }

    /// Begins with what an earlier session left: to be called before anything else, on a core that was made with its
    /// cash. Its orders are taken back as soon as the venue listens.
    ///
    /// # Errors
    /// In words, if something that is held has no place here.
    pub fn restore(&mut self, left: &Snapshot) -> Result<(), String> {
        (self.terms.cash, self.gone, self.peak) = (left.cash, left.gone, left.peak);
        for ledger in &left.ledgers {
            self.restore_ledger(ledger)?;
        }
        for row in 0..self.instruments.len() as u32 {
            let held = self.held(InstrumentId(row));
            self.risk.exposures_mut().set_position(InstrumentId(row), held);
        }
        for order in &left.orders {
            self.adopt(order)?;
        }
        self.reconciling = !left.orders.is_empty();
        Ok(())
    }

    fn restore_ledger(&mut self, ledger: &Ledger) -> Result<(), String> {
        let Ledger { strategy, account, holdings } = ledger;
        let open = holdings.iter().filter(|(.., holding)| holding.lots.0 != 0);
        let Some(number) = self.hosted.iter().position(|hosted| hosted.name == *strategy) else {
            if let Some((instrument, ..)) = open.into_iter().next() {
                return Err(format!("strategy {strategy:?} is not there any more, and holds {instrument}"));
            }
            self.gone.cash += account.cash - self.terms.cash;
            self.gone.realized += account.realized;
            self.gone.fees += account.fees;
            return Ok(());
        };
        let rows = self.hosted[number].desk.rows.clone();
        let mut found = Vec::with_capacity(holdings.len());
        for (name, lot, holding) in holdings {
            let row = rows.iter().copied().find(|row| self.instruments[*row as usize].name == *name);
            match row {
                Some(row) => {
                    let now = self.instruments[row as usize].lot;
                    let lots = steps(holding.lots.0, *lot, now).ok_or_else(|| {
                        format!("what {strategy:?} holds of {name} is not on its lots of today")
                    })?;
                    found.push((InstrumentId(row), Holding { lots: Lots(lots), ..*holding }));
                }
                None if holding.lots.0 == 0 => {}
                None => {
                    return Err(format!(
                        "strategy {strategy:?} holds {name}, and does not trade it any more"
                    ));
                }
            }
        }
        self.hosted[number].desk.restore(*account, &found).map_err(|error| error.to_string())
    }

    fn adopt(&mut self, left: &Left) -> Result<(), String> {
        let (name, tick, lot) = &left.instrument;
        let about = |what: &str| format!("an order for {name} of {:?} may still live: {what}", left.strategy);
        let row = self.instruments.iter().position(|instrument| instrument.name == *name);
        let row = row.ok_or_else(|| about("the instrument is not there any more"))?;
        let owner = self.hosted.iter().position(|hosted| hosted.name == left.strategy);
        let owner = owner.ok_or_else(|| about("the strategy is not there any more"))?;
        let instrument = &self.instruments[row];
        let (ticks, lots) = (instrument.tick, instrument.lot);
        let moved = |number: i64, from: Grid, to: Grid| {
            steps(number, from, to).ok_or_else(|| about("it is not on the instrument's grid of today"))
        };
        let order = Order {
            instrument: InstrumentId(row as u32),
            price: Ticks(moved(left.order.price.0, *tick, ticks)?),
            qty: Lots(moved(left.order.qty.0, *lot, lots)?),
            trigger: Ticks(moved(left.order.trigger.0, *tick, ticks)?),
            display: Lots(moved(left.order.display.0, *lot, lots)?),
            ..left.order
        };
        let filled = Lots(moved(left.filled.0, *lot, lots)?);
        let piece = |piece: &Piece| {
            let (qty, filled) = (moved(piece.qty.0, *lot, lots)?, moved(piece.filled.0, *lot, lots)?);
            Ok(Piece { version: piece.version, qty: Lots(qty), filled: Lots(filled) })
        };
        let pieces = left.pieces.iter().map(piece).collect::<Result<Vec<_>, String>>()?;
        let adopted = self.orders.adopt(order, (filled, &left.trades), left.accepted, &pieces);
        adopted.map_err(|error| about(&error.to_string()))?;
        self.adopted.push((order.id, owner));
        self.wanted.push(order.id);
        self.recount(order.instrument);
        Ok(())
    }

    /// The strategy that an order belongs to.
    pub(super) fn owner(&self, id: ClientOrderId) -> Option<usize> {
        if id.run() != self.terms.run {
            return self.adopted.iter().find(|(known, _)| *known == id).map(|(_, number)| *number);
        }
        Some(usize::from(id.strategy())).filter(|number| *number < self.hosted.len())
    }

    /// The id by which a strategy knows its order: of those of an earlier session it knows nothing.
    pub(super) fn shown(&self, id: ClientOrderId) -> ClientOrderId {
        let known = id.run() == self.terms.run && !is_of_host(id);
        if known { id } else { ClientOrderId(id.0 | u64::from(u32::MAX)) }
    }
}

/// A number of steps of one grid as steps of another, if it is on that.
fn steps(number: i64, from: Grid, to: Grid) -> Option<i64> {
    if from == to {
        return Some(number);
    }
    let up = |grid: Grid| 10_i128.checked_pow(u32::from(grid.exponent()));
    let whole = i128::from(number).checked_mul(i128::from(from.mantissa()))?.checked_mul(up(to)?)?;
    let step = i128::from(to.mantissa()).checked_mul(up(from)?)?;
    (whole % step == 0).then_some(whole / step).and_then(|steps| i64::try_from(steps).ok())
}
