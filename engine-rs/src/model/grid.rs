//! Exact passage between a venue's decimals, doubles, and the integers of books and orders.
//!
//! The rules are those of `proto/SHM_LAYOUT.md`, section Numbers; `pyrt/grid.py` does the same operations in the same
//! order, and `tests/golden/numbers.toml` is read by both.

use thiserror::Error;

/// Mantissas reach up to here (exclusive): below it `mantissa / 10^exponent` is exact to the last bit.
pub const LIMIT: i64 = 1 << 51;

/// Decimal places that a grid may have.
pub const MAX_EXPONENT: u8 = 18;

/// 10^0 to 10^18: all of them are exact doubles.
const POWERS: [f64; 19] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

/// Why a number cannot be put on a grid.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum GridError {
    /// Not a decimal number.
    #[error("not a decimal number")]
    Malformed,
    /// More decimal places than the grid has, or between two of its steps.
    #[error("between two steps of the grid")]
    OffGrid,
    /// From 2^51 on a double is not exact; NaN and infinities count here.
    #[error("not finite, or too large to be exact (2^51)")]
    TooLarge,
    /// A step must be above zero, and its exponent at most 18.
    #[error("no step of a grid: it must be above zero, with at most 18 decimal places")]
    NoStep,
}

/// What to do with a value that is off the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// An error: what a venue sends is on its grid.
    Refuse,
    /// The step below: a buy's price, every quantity.
    Down,
    /// The step above: a sell's price.
    Up,
}

/// Reads a venue's decimal (exponent notation too) into `mantissa / 10^exponent`, exactly.
///
/// # Errors
/// [`GridError::Malformed`], [`GridError::OffGrid`] if it has more places, [`GridError::TooLarge`] from 2^51 on.
pub fn decimal_to_mantissa(text: &[u8], exponent: u8) -> Result<i64, GridError> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let mut mantissa: i64 = 0;
    let mut zeros = 0; // read but not yet multiplied in: zeros at the end cost nothing
    let mut places = 0; // decimal places up to the last digit that is not zero; below 0: zeros left of the point
    let mut fraction_digits = 0;
    let (mut seen_digit, mut seen_point) = (false, false);
    let mut rest = digits;
    while let [byte, tail @ ..] = rest {
        match byte {
            b'0'..=b'9' => {
                seen_digit = true;
                zeros += 1;
                fraction_digits += i32::from(seen_point);
                if *byte != b'0' {
                    mantissa = (shifted(mantissa, zeros) + i64::from(byte - b'0')).min(LIMIT);
                    zeros = 0;
                    places = fraction_digits;
                } else if !seen_point {
                    places = -zeros;
                }
            }
            b'.' if !seen_point => seen_point = true,
            b'e' | b'E' => break,
            _ => return Err(GridError::Malformed),
        }
        rest = tail;
    }
    if !seen_digit {
        return Err(GridError::Malformed);
    }
    let power = if let [_, tail @ ..] = rest { exponent_of(tail)? } else { 0 };
    let shift = i32::from(exponent) - places + power;
    if mantissa == 0 {
        return Ok(0);
    }
    if shift < 0 {
        return Err(GridError::OffGrid); // the last digit is not zero
    }
    match shifted(mantissa, shift) {
        LIMIT.. => Err(GridError::TooLarge),
        mantissa => Ok(if negative { -mantissa } else { mantissa }),
    }
}

/// `mantissa * 10^zeros`, at most [`LIMIT`], which stands for all that is too large.
#[inline]
fn shifted(mut mantissa: i64, zeros: i32) -> i64 {
    for _ in 0..zeros {
        if mantissa == 0 || mantissa == LIMIT {
            break;
        }
        mantissa = (mantissa * 10).min(LIMIT);
    }
    mantissa
}

fn exponent_of(text: &[u8]) -> Result<i32, GridError> {
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(GridError::Malformed);
    }
    let value = digits.iter().fold(0_i32, |sum, digit| sum * 10 + i32::from(digit - b'0'));
    Ok(if text[0] == b'-' { -value } else { value })
}

/// The double nearest to `mantissa / 10^exponent`: one IEEE division, so it is the same everywhere.
#[inline]
#[must_use]
#[allow(clippy::cast_precision_loss)] // |mantissa| < 2^53
pub fn mantissa_to_double(mantissa: i64, exponent: u8) -> f64 {
    mantissa as f64 / POWERS[exponent as usize]
}

/// What undoes a multiplication by 5^k in 64 bits, for k up to 19.
const FIFTHS: [u64; 20] = {
    let mut fifths = [1_u64; 20];
    let mut power = 1;
    while power < fifths.len() {
        fifths[power] = fifths[power - 1].wrapping_mul(0xcccc_cccc_cccc_cccd);
        power += 1;
    }
    fifths
};

/// From integers that have a power of ten in common to steps of a grid, exactly: a binary message says that power once, and
/// many numbers follow.
#[derive(Clone, Copy, Debug)]
pub struct Rescale {
    /// A division by 10^k is a product, a turn by k bits, and exact if the outcome is not above `most`.
    fifths: u64,
    turn: u32,
    most: u64,
    /// Or it is a multiplication.
    factor: u64,
    step: u64,
}

impl Rescale {
    /// The steps of `number * 10^power`.
    ///
    /// # Errors
    /// [`GridError::OffGrid`] between two steps, [`GridError::TooLarge`] from 2^51 units of the grid's last place on.
    #[inline]
    pub fn steps(&self, number: i64) -> Result<i64, GridError> {
        let size = number.unsigned_abs();
        let units = size.wrapping_mul(self.fifths).rotate_right(self.turn);
        if units > self.most {
            return Err(GridError::OffGrid);
        }
        let units = match units.checked_mul(self.factor) {
            Some(units) if units < LIMIT.unsigned_abs() => units,
            _ => return Err(GridError::TooLarge),
        };
        let steps = if self.step == 1 { units } else { units / self.step };
        if steps * self.step != units {
            return Err(GridError::OffGrid);
        }
        Ok(if number < 0 { -steps.cast_signed() } else { steps.cast_signed() })
    }
}

/// A step of `mantissa / 10^exponent`: an instrument's tick or lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grid {
    mantissa: i64,
    exponent: u8,
}

impl Grid {
    /// A grid of step `mantissa / 10^exponent`.
    ///
    /// # Errors
    /// [`GridError::NoStep`] for a mantissa outside 1 to 2^51 or an exponent above 18.
    pub fn new(mantissa: i64, exponent: u8) -> Result<Grid, GridError> {
        if !(1..LIMIT).contains(&mantissa) || exponent > MAX_EXPONENT {
            return Err(GridError::NoStep);
        }
        Ok(Grid { mantissa, exponent })
    }

    /// The grid of a step as a venue writes it: `0.01000000` is `Grid::new(1, 2)`.
    ///
    /// # Errors
    /// [`GridError::NoStep`] for zero and negative steps, else as [`decimal_to_mantissa`].
    pub fn parse(text: &str) -> Result<Grid, GridError> {
        for exponent in 0..=MAX_EXPONENT {
            match decimal_to_mantissa(text.as_bytes(), exponent) {
                Ok(mantissa) => return Grid::new(mantissa, exponent),
                Err(GridError::OffGrid) => {}
                Err(error) => return Err(error),
            }
        }
        Err(GridError::NoStep)
    }

    /// The step in units of `10^-exponent`.
    #[must_use]
    pub fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// Decimal places.
    #[must_use]
    pub fn exponent(self) -> u8 {
        self.exponent
    }

    /// Reads a venue's decimal into steps, exactly.
    ///
    /// # Errors
    /// As [`decimal_to_mantissa`]; [`GridError::OffGrid`] between two steps.
    #[inline]
    pub fn parse_steps(self, text: &[u8]) -> Result<i64, GridError> {
        let mantissa = decimal_to_mantissa(text, self.exponent)?;
        if self.mantissa == 1 {
            return Ok(mantissa);
        }
        if mantissa % self.mantissa == 0 { Ok(mantissa / self.mantissa) } else { Err(GridError::OffGrid) }
    }

    /// The way from integers times `10^power` to steps.
    #[must_use]
    pub fn rescale(self, power: i8) -> Rescale {
        let shift = i32::from(self.exponent) + i32::from(power);
        // An i64 is no multiple of 10^19 unless it is 0, and 10^16 is above the limit: further powers change nothing.
        let (turn, up) = (shift.min(0).unsigned_abs().min(19), shift.max(0).unsigned_abs().min(16));
        Rescale {
            fifths: FIFTHS[turn as usize],
            turn,
            most: u64::MAX / 10_u64.pow(turn),
            factor: 10_u64.pow(up),
            step: self.mantissa.unsigned_abs(),
        }
    }

    /// The double nearest to `steps` steps: the one way in which a tick becomes a float.
    #[inline]
    #[must_use]
    pub fn to_double(self, steps: i64) -> f64 {
        mantissa_to_double(steps * self.mantissa, self.exponent)
    }

    /// Puts a double on the grid; see the module's rules.
    ///
    /// # Errors
    /// [`GridError::TooLarge`], and with [`Rounding::Refuse`] [`GridError::OffGrid`].
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::float_cmp)] // |y| < 2^51: exact
    pub fn to_steps(self, x: f64, rounding: Rounding) -> Result<i64, GridError> {
        let scale = POWERS[self.exponent as usize];
        let y = x * scale;
        if y.is_nan() || y.abs() >= LIMIT as f64 {
            return Err(GridError::TooLarge);
        }
        let m = y.round_ties_even();
        let mantissa = m as i64;
        if m / scale == x {
            if self.mantissa == 1 {
                return Ok(mantissa); // most grids: a whole division less
            }
            if mantissa % self.mantissa == 0 {
                return Ok(mantissa / self.mantissa);
            }
        }
        let step = self.mantissa as f64;
        let in_steps = y / step;
        let k = in_steps.round_ties_even();
        let distance = (x - (k * step) / scale).abs();
        let ulp = x.abs().next_up() - x.abs();
        if distance <= (1e-9 * (step / scale)).max(4.0 * ulp) {
            return Ok(k as i64);
        }
        match rounding {
            Rounding::Refuse => Err(GridError::OffGrid),
            Rounding::Down => Ok(in_steps.floor() as i64),
            Rounding::Up => Ok(in_steps.ceil() as i64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_step_is_read_as_venues_write_it() {
        assert_eq!(Grid::parse("0.01000000"), Grid::new(1, 2));
        assert_eq!(Grid::parse("0.05"), Grid::new(5, 2));
        assert_eq!(Grid::parse("1e-05"), Grid::new(1, 5));
        assert_eq!(Grid::parse("100"), Grid::new(100, 0));
        assert_eq!(Grid::parse("0"), Err(GridError::NoStep));
        assert_eq!(Grid::parse("-1"), Err(GridError::NoStep));
    }

    proptest! {
        #[test]
        fn text_of_a_mantissa_reads_back(mantissa in -(LIMIT - 1)..LIMIT, exponent in 0_u8..=15) {
            let digits = format!("{:0>width$}", mantissa.abs(), width = usize::from(exponent) + 1);
            let (whole, fraction) = digits.split_at(digits.len() - usize::from(exponent));
            let sign = if mantissa < 0 { "-" } else { "" };
            let text = format!("{sign}{whole}.{fraction}");
            prop_assert_eq!(decimal_to_mantissa(text.as_bytes(), exponent), Ok(mantissa));
        }

        #[test]
        fn every_step_survives_its_double(steps in -(1_i64 << 40)..(1_i64 << 40), tick in 1_i64..1000, exponent in 0_u8..=12) {
            let grid = Grid::new(tick, exponent).unwrap();
            prop_assert_eq!(grid.to_steps(grid.to_double(steps), Rounding::Refuse), Ok(steps));
        }

        #[test]
        fn a_number_with_a_power_of_ten_is_what_its_text_is(
            number in prop_oneof![-(1_i64 << 52)..(1_i64 << 52), -1000_i64..1000, any::<i64>()],
            zeros in 0_u32..=18,
            power in prop_oneof![-20_i8..=20, any::<i8>()],
            tick in prop_oneof![Just(1_i64), Just(5), 1_i64..100],
            exponent in 0_u8..=18,
        ) {
            let number = number.checked_mul(10_i64.pow(zeros)).unwrap_or(number);
            let grid = Grid::new(tick, exponent).unwrap();
            let text = format!("{number}e{power}");
            prop_assert_eq!(grid.rescale(power).steps(number).ok(), grid.parse_steps(text.as_bytes()).ok(), "{}", text);
        }

        #[test]
        fn any_bytes_are_read_or_refused(text in proptest::collection::vec(any::<u8>(), 0..24), exponent in 0_u8..=18) {
            if let Ok(mantissa) = decimal_to_mantissa(&text, exponent) {
                prop_assert!(mantissa.abs() < LIMIT);
            }
        }
    }
}
