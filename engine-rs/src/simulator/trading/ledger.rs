//! Balances of the account: free, and locked by orders. Fees are taken in quote currency.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::matching::{Answer, What};
use crate::model::{
    ClientOrderId, Instrument, InstrumentId, Lots, Money, OrderReason, Side, Ticks, notional,
};

/// Money's units in one of a currency.
const WHOLE: i128 = 10_i128.pow(18);

/// Both currencies of an instrument, and what its steps are worth.
#[derive(Clone, Debug)]
struct Terms {
    base: String,
    quote: String,
    /// Of one tick of one lot, in quote currency.
    unit: Money,
    /// Of one lot, in base currency.
    lot: Money,
}

impl Terms {
    fn of(instrument: &Instrument) -> Terms {
        let pair = instrument.name.split_once(':').map_or("", |(_, pair)| pair);
        Terms {
            base: pair.split('-').next().unwrap_or_default().to_owned(),
            quote: instrument.quote().to_owned(),
            unit: instrument.unit_value().unwrap_or_default(),
            lot: Money(
                i128::from(instrument.lot.mantissa()) * WHOLE
                    / 10_i128.pow(u32::from(instrument.lot.exponent())),
            ),
        }
    }

    fn asset(&self, side: Side) -> &str {
        if side == Side::Buy { &self.quote } else { &self.base }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Balance {
    total: Money,
    locked: Money,
}

/// What an order keeps from being used twice.
#[derive(Clone, Copy, Debug)]
struct Hold {
    /// 0 for a market order.
    price: Ticks,
    left: Lots,
    amount: Money,
}

/// The account's money and coins.
#[derive(Debug)]
pub(super) struct Ledger {
    terms: Vec<Terms>,
    balances: BTreeMap<String, Balance>,
    holds: HashMap<ClientOrderId, Hold>,
    /// Every id that the matcher has been handed: it takes none twice.
    seen: HashSet<ClientOrderId>,
    /// The highest of the fees: what a buy must be able to pay.
    rate: i64,
}

impl Ledger {
    pub(super) fn new<'a>(
        instruments: impl Iterator<Item = &'a Instrument>,
        cash: &[(String, Money)],
        rate: i64,
    ) -> Ledger {
        let mut balances = BTreeMap::<String, Balance>::new();
        for (asset, amount) in cash {
            balances.entry(asset.clone()).or_default().total += *amount;
        }
        Ledger {
            terms: instruments.map(Terms::of).collect(),
            balances,
            holds: HashMap::new(),
            seen: HashSet::new(),
            rate: rate.max(0),
        }
    }

    /// Locks what a new order may use; false, and nothing is locked, where that is not there. `walk` is what a market
    /// order costs, in ticks times lots.
    pub(super) fn reserve(
        &mut self,
        id: ClientOrderId,
        instrument: InstrumentId,
        (side, price, qty): (Side, Ticks, Lots),
        walk: i128,
    ) -> bool {
        let Some(terms) = self.terms.get(instrument.0 as usize) else { return true };
        if self.seen.contains(&id) {
            return true; // the matcher says so
        }
        let mut hold = Hold { price, left: qty, amount: Money::ZERO };
        hold.amount = match side {
            Side::Buy if price.0 == 0 => {
                let cost = Money(terms.unit.0.saturating_mul(walk));
                cost + cost.fee(self.rate)
            }
            _ => needed(terms, &hold, side, self.rate),
        };
        let balance = self.balances.entry(terms.asset(side).to_owned()).or_default();
        if balance.total - balance.locked < hold.amount {
            return false;
        }
        balance.locked += hold.amount;
        self.seen.insert(id);
        self.holds.insert(id, hold);
        true
    }

    /// Books what the matcher says.
    pub(super) fn book(&mut self, answer: &Answer) {
        let Some(terms) = self.terms.get(answer.instrument.0 as usize) else { return };
        match answer.what {
            What::Fill { price, qty, fee, .. } => {
                let value = notional(terms.unit, price, qty);
                let coins = Money(terms.lot.0 * i128::from(qty.0));
                let sign = if answer.side == Side::Buy { 1 } else { -1 };
                let money = Money(-sign * value.0) - fee;
                self.balances.entry(terms.quote.clone()).or_default().total += money;
                self.balances.entry(terms.base.clone()).or_default().total += Money(sign * coins.0);
                if let Some(hold) = self.holds.get_mut(&answer.id) {
                    hold.left.0 -= qty.0;
                    let amount = match answer.side {
                        Side::Buy if hold.price.0 == 0 => (hold.amount + money).max(Money::ZERO),
                        side => needed(terms, hold, side, self.rate),
                    };
                    let freed = hold.amount - amount;
                    hold.amount = amount;
                    self.unlock(answer.instrument, answer.side, freed);
                }
            }
            What::Update { reason: OrderReason::DuplicateId, .. } => {} // the first of this id goes on
            What::Update { status, .. } if status.is_final() => {
                if let Some(hold) = self.holds.remove(&answer.id) {
                    self.unlock(answer.instrument, answer.side, hold.amount);
                }
            }
            What::Update { reason: OrderReason::Modified, qty, filled, .. } => {
                if let Some(hold) = self.holds.get_mut(&answer.id) {
                    hold.left = Lots(qty.0 - filled.0);
                    let amount = needed(terms, hold, answer.side, self.rate);
                    let freed = hold.amount - amount;
                    hold.amount = amount;
                    self.unlock(answer.instrument, answer.side, freed);
                }
            }
            What::Update { .. } => {}
        }
    }

    fn unlock(&mut self, instrument: InstrumentId, side: Side, amount: Money) {
        let asset = self.terms[instrument.0 as usize].asset(side);
        if let Some(balance) = self.balances.get_mut(asset) {
            balance.locked -= amount;
        }
    }

    /// Name, free and locked of everything.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, Money, Money)> {
        self.balances.iter().map(|(name, held)| (name.as_str(), held.total - held.locked, held.locked))
    }

    /// Name, free and locked of both currencies of an instrument.
    pub(super) fn of(&self, instrument: InstrumentId) -> Vec<(&str, Money, Money)> {
        let terms = self.terms.get(instrument.0 as usize);
        let names = terms.into_iter().flat_map(|terms| [terms.base.as_str(), terms.quote.as_str()]);
        names
            .map(|name| {
                let Balance { total, locked } = self.balances.get(name).copied().unwrap_or_default();
                (name, total - locked, locked)
            })
            .collect()
    }
}

/// What the rest of an order may use: money with the fee on top, or coins.
fn needed(terms: &Terms, hold: &Hold, side: Side, rate: i64) -> Money {
    if side == Side::Buy {
        let value = notional(terms.unit, hold.price, hold.left);
        value + value.fee(rate)
    } else {
        Money(terms.lot.0 * i128::from(hold.left.0))
    }
}
