//! Splits: from a time on some lots stand for others.

use super::account::{AccountOverflow, Fits, Kind, MarginAccount};
use super::series::part_of;

/// Both numbers of a split are at most that.
const MOST: i64 = 1_000_000;

/// From a time on `new` lots stand for `old` ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// ns UTC: prices are in the new units from then on.
    pub time: i64,
    new: i64,
    old: i64,
}

/// How a price goes to the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the step below.
    Down,
    /// To the nearest, halves up.
    Nearest,
    /// To the step above.
    Up,
}

impl Split {
    /// Both numbers are from 1 to a million; none otherwise.
    #[must_use]
    pub fn new(time: i64, new: i64, old: i64) -> Option<Split> {
        let allowed = 1..=MOST;
        (allowed.contains(&new) && allowed.contains(&old)).then_some(Split { time, new, old })
    }

    /// What becomes of lots; none if the numbers do not fit.
    #[must_use]
    pub fn shares(&self, lots: i64) -> Option<Shares> {
        let whole = lots.checked_abs()?.checked_mul(self.new)?;
        Some(Shares { kept: lots.signum() * (whole / self.old), rest: whole % self.old, whole: whole.max(1) })
    }

    /// A price in the new units.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)] // ticks are below 2^51, and a million times more has its place
    pub fn ticks(&self, ticks: i64, way: Way) -> i64 {
        let of = 2 * i128::from(self.new);
        let up = match way {
            Way::Down => 0,
            Way::Nearest => i128::from(self.new),
            Way::Up => of - 1,
        };
        (2 * i128::from(ticks) * i128::from(self.old) + up).div_euclid(of) as i64
    }
}

/// What a split makes of lots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Whole lots, signed.
    pub kept: i64,
    rest: i64,
    whole: i64,
}

impl Shares {
    /// The part of an amount that is the fraction's, which nobody can hold.
    #[must_use]
    pub fn fraction_of(&self, amount: i128) -> Option<i128> {
        part_of(amount, self.rest, self.whole)
    }
}

/// When something happens for a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// ns UTC.
    pub time: i64,
    /// Of what.
    pub slot: usize,
    /// That happens now; none: it comes soon, and trading halts.
    pub split: Option<Split>,
}

/// Whether orders of a slot are refused for a split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Halt {
    /// They are not.
    #[default]
    Open,
    /// It comes.
    Before,
    /// Until the book has new prices.
    After,
}

/// The moments of a slot's splits; `halt` before each trading halts.
pub(super) fn moments(splits: &[Split], slot: usize, halt: i64) -> impl Iterator<Item = Moment> {
    splits.iter().flat_map(move |split| {
        let happens = Moment { time: split.time.saturating_sub(1), slot, split: Some(*split) };
        [Moment { time: happens.time.saturating_sub(halt), slot, split: None }, happens]
    })
}

impl MarginAccount {
    /// Trading halts, or a position goes on in new lots: a fraction of one is sold at the mark.
    pub(super) fn pass_moment(&mut self, moment: Moment) -> Fits<()> {
        let stand = &mut self.stands[moment.slot];
        stand.halt = if moment.split.is_some() { Halt::After } else { Halt::Before };
        let Some(split) = moment.split.filter(|_| stand.holding.lots.0 != 0) else { return Ok(()) };
        let (holding, notional) = (stand.holding, stand.notional);
        let shares = split.shares(holding.lots.0).ok_or(AccountOverflow)?;
        let share = shares.fraction_of(notional).ok_or(AccountOverflow)?;
        let cost = shares.fraction_of(holding.cost.0).ok_or(AccountOverflow)?;
        let worth = self.convert(moment.slot, share).ok_or(AccountOverflow)?;
        let holding = &mut self.stands[moment.slot].holding;
        (holding.lots.0, holding.cost.0) = (shares.kept, holding.cost.0 - cost);
        self.revalue(moment.slot, crate::model::Money(notional - share))?;
        // The cash that it had cost comes back; what is gained is paid.
        self.cash = self.cash.checked_add(cost).ok_or(AccountOverflow)?;
        self.note_paid(moment.time, Some(moment.slot), Kind::Fraction, worth - cost)
    }

    /// How many moments of splits have passed.
    #[must_use]
    pub fn moments_passed(&self) -> usize {
        self.moment_at
    }

    /// One of them.
    #[must_use]
    pub fn moment(&self, place: usize) -> Moment {
        self.moments[place]
    }

    /// Whether orders of a slot are refused for a split.
    #[must_use]
    pub fn is_halted(&self, slot: usize) -> bool {
        self.stands[slot].halt != Halt::Open
    }

    /// The book of a slot has new prices: trading goes on after a split.
    pub fn reopen(&mut self, slot: usize) {
        let halt = &mut self.stands[slot].halt;
        if *halt == Halt::After {
            *halt = Halt::Open;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lots_and_ticks_go_on_in_new_units() {
        let (forward, reverse) = (Split::new(0, 4, 1).unwrap(), Split::new(0, 1, 10).unwrap());
        assert_eq!(forward.shares(-3).unwrap().kept, -12);
        let short = reverse.shares(-25).unwrap();
        assert_eq!((short.kept, short.fraction_of(-2500)), (-2, Some(-500)));
        assert_eq!(reverse.shares(0).unwrap().fraction_of(7), Some(0));
        assert_eq!(forward.shares(i64::MAX), None);
        let ways = [Way::Down, Way::Nearest, Way::Up];
        assert_eq!(ways.map(|way| forward.ticks(402, way)), [100, 101, 101]);
        assert_eq!(ways.map(|way| forward.ticks(-401, way)), [-101, -100, -100]);
        assert_eq!(ways.map(|way| reverse.ticks(7, way)), [70, 70, 70]);
    }
}
