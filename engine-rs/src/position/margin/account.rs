//! The ledger in the account's currency: positions, payments, and when they are due.

use std::collections::BTreeMap;

use bytemuck::{Pod, Zeroable};
use thiserror::Error;

use super::conversion::Conversion;
use super::series::{Series, part_of};
use super::splits::{Halt, Moment, Split, moments};
use super::terms::{AccountTerms, Source};
use crate::model::{Contract, Event, Instrument, InstrumentKind, Lots, Money, Side};
use crate::position::{Execution, Holding};

/// Of funding, of dividends and of a year's rates.
const RATE: i64 = 1_000_000_000_000;
/// A day's part of a rate of a year.
const YEAR_OF_DAYS: i64 = 365_000_000_000_000;
/// Of leverage and margin.
const PART: i64 = 100_000_000;
const DAY: i64 = 86_400_000_000_000;

/// Money beyond 128 bits.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the money of the account does not fit into 128 bits")]
pub struct AccountOverflow;

pub(super) type Fits<T> = Result<T, AccountOverflow>;

/// What is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Interest = 0,
    Borrow = 1,
    Funding = 2,
    Dividend = 3,
    Liquidation = 4,
    Fraction = 5,
}

/// A payment as a record of 32 bytes; above zero the account got it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Zeroable, Pod)]
pub struct Paid {
    /// ns UTC.
    pub time: i64,
    /// Row of the instruments table; of interest that of the first slot.
    pub instrument: u32,
    /// 0 interest, 1 borrow, 2 funding, 3 dividend, 4 liquidation, 5 fraction of a lot that a split left over.
    pub kind: u32,
    /// The amount's lower half, in 10^-18.
    pub low: u64,
    /// Its upper half.
    pub high: i64,
}

/// What is paid on a position at a time.
#[derive(Clone, Copy, Debug)]
struct Due {
    time: i64,
    slot: usize,
    kind: Kind,
    value: i64,
}

/// A slot; money in the account's currency but for `contract`, `lot` and `notional`.
#[derive(Clone, Debug)]
pub(super) struct Stand {
    row: u32,
    contract: Contract,
    lot: i128,
    pub(super) notional: i128,
    value: i128,
    pub(super) holding: Holding,
    borrow: Option<Series>,
    conversion: Option<usize>,
    pub(super) halt: Halt,
}

/// An account that is looked after.
#[derive(Clone, Debug)]
pub struct MarginAccount {
    leverage: i64,
    maintenance: Option<i64>,
    liquidation_fee: i64,
    taker_fee: i64,
    interest: Option<Series>,
    daily: bool,
    pub(super) stands: Vec<Stand>,
    conversions: Vec<Conversion>,
    dues: Vec<Due>,
    due_at: usize,
    pub(super) moments: Vec<Moment>,
    pub(super) moment_at: usize,
    day: i64,
    next_due: i64,
    pub(super) cash: i128,
    realized: i128,
    fees: i128,
    paid: i128,
    payments: Vec<Paid>,
    /// Orders are canceled and positions closed.
    pub liquidating: bool,
    /// Orders to close were sent in this liquidation.
    pub attempted: bool,
    /// Of those, which have not ended.
    pub closing: u32,
    /// Ids that they took.
    pub closed: u32,
    /// How often it was liquidated.
    pub liquidations: u64,
    /// Orders and changes that were refused.
    pub refusals: u64,
}

impl MarginAccount {
    /// An account without positions; `rows` are the instruments of its slots, and trading of one halts `halt` before it
    /// splits.
    ///
    /// # Errors
    /// In words: what of the terms does not fit the instruments.
    pub fn new(
        cash: Money,
        terms: &AccountTerms,
        rows: &[u32],
        instruments: &[Instrument],
        (taker_fee, halt): (i64, i64),
    ) -> Result<MarginAccount, String> {
        let row_of = |name: &str| instruments.iter().position(|instrument| instrument.name == name);
        if let Some(name) = terms.names().find(|name| row_of(name).is_none()) {
            return Err(format!("account: {name:?} is not in the data"));
        }
        let (mut stands, mut conversions, mut dues) = (Vec::new(), Vec::new(), Vec::new());
        let mut all_moments = Vec::new();
        let mut kept: BTreeMap<&str, &str> = BTreeMap::new();
        for (slot, row) in rows.iter().enumerate() {
            let instrument = &instruments[*row as usize];
            let name = &instrument.name;
            let conversion = terms.conversion.get(name).map(|source| {
                conversions.push(match source {
                    Source::Rates(places, rates) => Conversion::by_rates(*places, rates.clone()),
                    Source::Price(name, inverse) => {
                        let row = row_of(name).unwrap_or_default();
                        Conversion::by_price(row as u32, &instruments[row], *inverse)
                    }
                });
                conversions.len() - 1
            });
            if conversion.is_none() {
                kept.insert(instrument.settlement(), name);
            }
            let too_fine = |error: crate::model::TooFine| error.to_string();
            stands.push(Stand {
                row: *row,
                contract: instrument.contract().map_err(too_fine)?,
                lot: instrument.lot_value().map_err(too_fine)?.0,
                notional: 0,
                value: 0,
                holding: Holding::default(),
                borrow: terms.borrow.get(name).cloned(),
                conversion,
                halt: Halt::Open,
            });
            let splits = terms.splits.get(name).map_or(&[][..], Vec::as_slice);
            all_moments.extend(moments(splits, slot, halt));
            if instrument.kind == InstrumentKind::Inverse {
                refuse_actions(terms, name)?;
            }
            dues.extend(dues_of(terms, name, slot, splits));
        }
        if kept.len() > 1 {
            let names: Vec<String> = kept.iter().map(|(money, name)| format!("{name} in {money}")).collect();
            return Err(format!("account: {} cannot be added up; give conversion", names.join(", ")));
        }
        dues.sort_by_key(|due| (due.time, due.kind, due.slot));
        all_moments.sort_by_key(|moment| (moment.time, moment.slot, moment.split.is_some()));
        let daily = terms.interest.is_some() || stands.iter().any(|stand| stand.borrow.is_some());
        Ok(MarginAccount {
            leverage: terms.leverage,
            maintenance: terms.maintenance,
            liquidation_fee: terms.liquidation_fee,
            taker_fee: taker_fee.max(0),
            interest: terms.interest.clone(),
            daily,
            stands,
            conversions,
            dues,
            due_at: 0,
            day: i64::MAX,
            next_due: all_moments.first().map_or(i64::MAX, |moment: &Moment| moment.time),
            moments: all_moments,
            moment_at: 0,
            cash: cash.0,
            realized: 0,
            fees: 0,
            paid: 0,
            payments: Vec::new(),
            liquidating: false,
            attempted: false,
            closing: 0,
            closed: 0,
            liquidations: 0,
            refusals: 0,
        })
    }

    /// Cash, realized P&L before fees, fees, and what was paid beside them.
    #[must_use]
    pub fn totals(&self) -> [Money; 4] {
        [Money(self.cash), Money(self.realized), Money(self.fees), Money(self.paid)]
    }

    /// Cash and positions.
    #[must_use]
    pub fn equity(&self) -> Money {
        Money(self.stands.iter().fold(self.cash, |sum, stand| sum + stand.value))
    }

    /// A slot's position in the account's currency, and what it is worth.
    #[must_use]
    pub fn position(&self, slot: usize) -> (Holding, Money) {
        (self.stands[slot].holding, Money(self.stands[slot].value))
    }

    /// All payments so far.
    #[must_use]
    pub fn payments(&self) -> &[Paid] {
        &self.payments
    }

    /// When something is due next.
    #[must_use]
    pub fn next_due(&self) -> i64 {
        self.next_due
    }

    /// Nothing is held.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.stands.iter().all(|stand| stand.holding.lots.0 == 0)
    }

    /// Below the maintenance margin.
    #[must_use]
    pub fn is_distressed(&self) -> bool {
        let Some(maintenance) = self.maintenance else { return false };
        let gross: i128 = self.stands.iter().map(|stand| stand.value.abs()).sum();
        !self.is_flat() && part_of(gross, maintenance, PART).is_none_or(|least| self.equity().0 < least)
    }

    /// Whether the equity bears positions worth `total` and an order's fee: within the leverage.
    #[must_use]
    pub fn bears(&self, total: i128, fee: i128) -> bool {
        let free = self.equity().0 - fee;
        free > 0 && part_of(free, self.leverage, PART).is_some_and(|most| total <= most)
    }

    /// A taker's fee of a notional, at least 0.
    #[must_use]
    pub fn fee_of(&self, notional: Money) -> Money {
        Money(notional.0.abs()).fee(self.taker_fee)
    }

    /// Whether the currency of a slot has a rate.
    #[must_use]
    pub fn knows(&self, slot: usize) -> bool {
        self.stands[slot].conversion.is_none_or(|place| self.conversions[place].is_known())
    }

    /// Rate of a slot's currency; none if it is the account's own.
    #[must_use]
    pub fn rate(&self, slot: usize) -> Option<f64> {
        self.stands[slot].conversion.map(|place| self.conversions[place].rate())
    }

    /// An amount of a slot's currency in the account's; none if it does not fit.
    #[must_use]
    pub fn convert(&self, slot: usize, amount: i128) -> Option<i128> {
        match self.stands[slot].conversion {
            None => Some(amount),
            Some(place) => self.conversions[place].convert(amount),
        }
    }

    /// Rates change by the clock; whether one did.
    ///
    /// # Errors
    /// [`AccountOverflow`].
    pub fn pass_to(&mut self, now: i64) -> Fits<bool> {
        let mut changed = false;
        for place in 0..self.conversions.len() {
            while self.conversions[place].next_change() <= now {
                self.conversions[place].change();
                changed = true;
            }
        }
        if changed {
            self.revalue_all()?;
        }
        Ok(changed)
    }

    /// Rates change with the market; whether one did.
    ///
    /// # Errors
    /// [`AccountOverflow`].
    pub fn hear(&mut self, record: &Event) -> Fits<bool> {
        let mut changed = false;
        for conversion in &mut self.conversions {
            changed |= conversion.hear(record);
        }
        if changed {
            self.revalue_all()?;
        }
        Ok(changed)
    }

    fn revalue_all(&mut self) -> Fits<()> {
        for slot in 0..self.stands.len() {
            self.revalue(slot, Money(self.stands[slot].notional))?;
        }
        Ok(())
    }

    /// A position is worth this, in its quote currency.
    ///
    /// # Errors
    /// [`AccountOverflow`].
    pub fn revalue(&mut self, slot: usize, notional: Money) -> Fits<()> {
        let value = self.convert(slot, notional.0).ok_or(AccountOverflow)?;
        (self.stands[slot].notional, self.stands[slot].value) = (notional.0, value);
        Ok(())
    }

    /// Takes a fill in: each part of its money is converted on its own.
    ///
    /// # Errors
    /// [`AccountOverflow`].
    pub fn book(&mut self, slot: usize, fill: &Execution) -> Fits<()> {
        let stand = &self.stands[slot];
        let before = stand.holding;
        let sign = if fill.side == Side::Buy { 1 } else { -1 };
        let against = before.lots.0.signum() == -sign;
        let closed = if against { fill.qty.0.min(before.lots.0.abs()) } else { 0 };
        let value = |lots: i64| {
            let worth = stand.contract.value(fill.price, Lots(lots))?;
            self.convert(slot, worth.0)
        };
        let closing = value(sign * closed).ok_or(AccountOverflow)?;
        let opening = value(sign * (fill.qty.0 - closed)).ok_or(AccountOverflow)?;
        let fee = self.convert(slot, fill.fee.0).ok_or(AccountOverflow)?;
        let part = part_of(before.cost.0, closed, before.lots.0.abs().max(1)).ok_or(AccountOverflow)?;
        let sum = |a: i128, b: i128| a.checked_add(b).ok_or(AccountOverflow);
        let gain = sum(-closing, -part)?;
        let holding = &mut self.stands[slot].holding;
        holding.lots.0 += sign * fill.qty.0;
        holding.cost = Money(sum(before.cost.0 - part, opening)?);
        holding.realized = Money(sum(before.realized.0, gain)?);
        holding.fees = Money(sum(before.fees.0, fee)?);
        self.realized = sum(self.realized, gain)?;
        self.fees = sum(self.fees, fee)?;
        self.cash = sum(sum(self.cash, -closing)?, sum(-opening, -fee)?)?;
        Ok(())
    }

    /// The fee of a liquidation.
    ///
    /// # Errors
    /// [`AccountOverflow`].
    pub fn charge(&mut self, time: i64, slot: usize, fill: &Execution) -> Fits<()> {
        let worth = self.stands[slot].contract.value(fill.price, fill.qty).ok_or(AccountOverflow)?;
        let fee = Money(worth.0.abs()).fee(self.liquidation_fee);
        self.pay(time, Some(slot), Kind::Liquidation, -fee.0)
    }

    /// Pays what is due by a time: the table's rows in their order; at the end of a day interest, then borrow.
    ///
    /// # Errors
    /// [`AccountOverflow`].
    pub fn settle(&mut self, time: i64) -> Fits<()> {
        while let Some(due) = self.dues.get(self.due_at).copied().filter(|due| due.time <= time) {
            self.due_at += 1;
            let stand = &self.stands[due.slot];
            let amount = if due.kind == Kind::Funding {
                part_of(stand.contract.signed(stand.notional), -due.value, RATE)
            } else {
                let units = stand.lot.checked_mul(i128::from(stand.holding.lots.0));
                units.and_then(|units| part_of(units, due.value, RATE))
            };
            let amount = amount.ok_or(AccountOverflow)?;
            if stand.holding.lots.0 != 0 {
                self.pay(time, Some(due.slot), due.kind, amount)?;
            }
        }
        if self.day <= time {
            self.end_day(time)?;
        }
        while let Some(moment) = self.moments.get(self.moment_at).copied().filter(|it| it.time <= time) {
            self.pass_moment(moment)?;
            self.moment_at += 1;
        }
        self.plan(time);
        Ok(())
    }

    fn end_day(&mut self, time: i64) -> Fits<()> {
        if let Some(interest) = self.interest.as_ref().filter(|_| self.cash < 0) {
            let amount = part_of(self.cash, interest.in_force(time), YEAR_OF_DAYS).ok_or(AccountOverflow)?;
            self.pay(time, None, Kind::Interest, amount)?;
        }
        for slot in 0..self.stands.len() {
            let stand = &self.stands[slot];
            let Some(borrow) = stand.borrow.as_ref().filter(|_| stand.holding.lots.0 < 0) else { continue };
            let held = stand.contract.signed(stand.notional);
            let amount = part_of(held, borrow.in_force(time), YEAR_OF_DAYS);
            self.pay(time, Some(slot), Kind::Borrow, amount.ok_or(AccountOverflow)?)?;
        }
        self.day += DAY;
        Ok(())
    }

    /// Finds when something is due next.
    pub fn plan(&mut self, now: i64) {
        let next_moment = self.moments.get(self.moment_at).map_or(i64::MAX, |moment| moment.time);
        if self.is_flat() && self.cash >= 0 {
            (self.next_due, self.day) = (next_moment, i64::MAX);
            return;
        }
        while self.dues.get(self.due_at).is_some_and(|due| due.time < now) {
            self.due_at += 1;
        }
        if self.daily && self.day == i64::MAX {
            self.day = (now.div_euclid(DAY) + 1) * DAY;
        }
        let paid = self.dues.get(self.due_at).map_or(self.day, |due| self.day.min(due.time));
        self.next_due = paid.min(next_moment);
    }

    /// Pays an amount of a slot's quote currency; without a slot of the account's.
    fn pay(&mut self, time: i64, slot: Option<usize>, kind: Kind, amount: i128) -> Fits<()> {
        let amount = match slot {
            Some(slot) => self.convert(slot, amount).ok_or(AccountOverflow)?,
            None => amount,
        };
        self.note_paid(time, slot, kind, amount)
    }

    /// Pays an amount of the account's currency.
    pub(super) fn note_paid(&mut self, time: i64, slot: Option<usize>, kind: Kind, amount: i128) -> Fits<()> {
        if amount == 0 {
            return Ok(());
        }
        let instrument = self.stands.get(slot.unwrap_or_default()).map_or(0, |stand| stand.row);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // two halves
        let (low, high) = (amount as u64, (amount >> 64) as i64);
        self.payments.push(Paid { time, instrument, kind: kind as u32, low, high });
        self.cash = self.cash.checked_add(amount).ok_or(AccountOverflow)?;
        self.paid = self.paid.checked_add(amount).ok_or(AccountOverflow)?;
        Ok(())
    }
}

/// Inverse contracts pay no dividends, and a split would leave them another worth.
fn refuse_actions(terms: &AccountTerms, name: &str) -> Result<(), String> {
    let actions = [
        (terms.dividends.contains_key(name), "dividends", "pays none"),
        (terms.splits.contains_key(name), "splits", "has none"),
    ];
    match actions.iter().find(|(there, _, _)| *there) {
        Some((_, key, what)) => Err(format!("account.{key}: {name} is an inverse contract, which {what}")),
        None => Ok(()),
    }
}

/// What is paid on a slot's position by the terms; a dividend of a split's time is of the units before it.
fn dues_of<'a>(
    terms: &'a AccountTerms,
    name: &'a str,
    slot: usize,
    splits: &'a [Split],
) -> impl Iterator<Item = Due> + 'a {
    let tables = [(Kind::Funding, &terms.funding), (Kind::Dividend, &terms.dividends)];
    tables.into_iter().flat_map(move |(kind, table)| {
        let rows = table.get(name).into_iter().flat_map(|series| &series.0);
        rows.map(move |(time, value)| {
            let early = kind == Kind::Dividend && splits.iter().any(|split| split.time == *time);
            Due { time: *time - i64::from(early), slot, kind, value: *value }
        })
    })
}
