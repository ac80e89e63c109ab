//! Numbers over time, and parts of an amount.

/// `amount · by / of` towards zero, without leaving 128 bits on the way; `of` is above zero. None if it does not fit.
#[must_use]
pub fn part_of(amount: i128, by: i64, of: i64) -> Option<i128> {
    let (by, of) = (i128::from(by), i128::from(of));
    // The remainder is below 2^63, and so is what it is multiplied by.
    (amount / of).checked_mul(by)?.checked_add(amount % of * by / of)
}

/// A number from a time on, until the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series(pub(super) Vec<(i64, i64)>);

impl Series {
    /// The value of the last row that is not later; 0 before the first.
    #[must_use]
    pub fn in_force(&self, time: i64) -> i64 {
        let rows = self.0.partition_point(|row| row.0 <= time);
        rows.checked_sub(1).map_or(0, |last| self.0[last].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_cut_towards_zero_and_fits_or_is_none() {
        assert_eq!((part_of(-7, 3, 2), part_of(7, 3, 2)), (Some(-10), Some(10)));
        assert_eq!(part_of(i128::MAX, 2, 3), i128::MAX.checked_div(3).map(|third| third * 2));
        assert_eq!(part_of(i128::MAX, 3, 2), None);
    }

    #[test]
    fn a_series_holds_from_its_times_on() {
        let rates = Series(vec![(10, 1), (20, 2)]);
        assert_eq!([9, 10, 19, 20].map(|time| rates.in_force(time)), [0, 1, 1, 2]);
    }
}
