//! Venues' decimals at speed. The common form, at most seven digits, a point and at most eight places in quotes, is read
//! eight bytes at a time; every other form goes to [`Grid::parse_steps`], and both give the same answer.

use super::scanner::Scanner;
use crate::model::{Grid, GridError, LIMIT, Rescale};

/// ASCII zeroes in all eight bytes.
const ZEROES: u64 = 0x3030_3030_3030_3030;
const HIGH_HALVES: u64 = 0xF0F0_F0F0_F0F0_F0F0;
/// Places that the fast form has.
const PLACES: u8 = 8;

/// 10^0 to 10^18.
const POWERS: [u64; 19] = {
    let mut powers = [1; 19];
    let mut place = 1;
    while place < powers.len() {
        powers[place] = powers[place - 1] * 10;
        place += 1;
    }
    powers
};

/// A plain decimal: `digits / 10^places`, at most eighteen of them.
#[derive(Clone, Copy)]
struct Written {
    digits: u64,
    places: u8,
    length: usize,
}

impl Written {
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // at most eighteen
    fn of(text: &[u8]) -> Option<Written> {
        let (mut digits, mut length) = (0_u64, 0);
        while let Some(byte @ b'0'..=b'9') = text.get(length) {
            digits = digits.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
            length += 1;
        }
        let whole = length;
        let mut places = 0;
        if text.get(length) == Some(&b'.') {
            while let Some(byte @ b'0'..=b'9') = text.get(length + 1) {
                digits = digits.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                length += 1;
                places += 1;
            }
            length += 1;
        }
        let ends_in_point = length > whole && places == 0;
        (whole > 0 && whole + places <= 18 && !ends_in_point).then_some(Written {
            digits,
            places: places as u8,
            length,
        })
    }
}

/// How many places a decimal is written with, if it is a plain one.
pub(crate) fn written_places(text: &str) -> Option<u8> {
    Written::of(text.as_bytes()).filter(|written| written.length == text.len()).map(|written| written.places)
}

/// Reads decimals onto one grid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DecimalReader {
    grid: Grid,
    /// 10^exponent, or 0 where the fast form does not apply.
    scale: u64,
    /// Of an eight-byte fraction, the bytes behind the grid's places: zeroes, or it is off the grid.
    dropped: u64,
    /// Bits of those before.
    kept_bits: usize,
}

impl DecimalReader {
    pub(crate) fn new(grid: Grid) -> Self {
        let fast = grid.mantissa() == 1 && grid.exponent() <= PLACES;
        if !fast {
            return Self { grid, scale: 0, dropped: 0, kept_bits: 0 };
        }
        let kept_bits = 8 * usize::from(grid.exponent());
        let dropped = if kept_bits < 64 { u64::MAX << kept_bits } else { 0 };
        Self { grid, scale: POWERS[usize::from(grid.exponent())], dropped, kept_bits }
    }

    /// The way to its grid from integers times `10^power`.
    #[inline]
    pub(crate) fn rescale(&self, power: i8) -> Rescale {
        self.grid.rescale(power)
    }

    /// The steps of a decimal, exactly.
    pub(crate) fn steps(&self, text: &[u8]) -> Result<i64, GridError> {
        self.grid.parse_steps(text)
    }

    /// Reads the rest of a quoted decimal whose opening quote is passed, and passes the closing one.
    #[inline(always)]
    pub(crate) fn quoted(&self, scanner: &mut Scanner<'_>) -> Option<i64> {
        let (steps, length) = self.plain(scanner.rest()).or_else(|| self.slowly(scanner.rest()))?;
        scanner.skip(length);
        Some(steps)
    }

    /// As [`Self::plain`] for every form. It is given the text alone, so that the frequent way keeps its place in registers.
    #[cold]
    #[inline(never)]
    fn slowly(&self, text: &[u8]) -> Option<(i64, usize)> {
        let mut scanner = Scanner::new(text);
        let steps = match self.quoted_number(&mut scanner) {
            Some((steps, _)) => steps,
            None => {
                scanner = Scanner::new(text);
                self.steps(scanner.word()?).ok()?
            }
        };
        Some((steps, text.len() - scanner.rest().len()))
    }

    /// Reads a plain number, as JSON writes it without an exponent: its steps, and how many places it is written with.
    #[inline]
    pub(crate) fn number(&self, scanner: &mut Scanner<'_>) -> Option<(i64, u8)> {
        let text = scanner.rest();
        let written = Written::of(text)?;
        if text[0] == b'0' && !matches!(text.get(1), Some(b'.' | b',' | b'}' | b']')) {
            return None; // JSON has no leading zeroes
        }
        let steps = self.on_grid(written)?;
        scanner.skip(written.length);
        Some((steps, written.places))
    }

    /// As [`Self::number`] for the rest of a quoted decimal whose opening quote is passed; passes the closing one.
    #[inline]
    pub(crate) fn quoted_number(&self, scanner: &mut Scanner<'_>) -> Option<(i64, u8)> {
        let written = Written::of(scanner.rest())?;
        let steps = self.on_grid(written)?;
        scanner.skip(written.length);
        scanner.expect(b"\"")?;
        Some((steps, written.places))
    }

    #[inline]
    fn on_grid(&self, written: Written) -> Option<i64> {
        let exponent = self.grid.exponent();
        let mantissa = if written.places <= exponent {
            written.digits.checked_mul(POWERS[usize::from(exponent - written.places)])?
        } else {
            let surplus = POWERS[usize::from(written.places - exponent)];
            written.digits.is_multiple_of(surplus).then(|| written.digits / surplus)?
        };
        let mantissa = i64::try_from(mantissa).ok().filter(|mantissa| *mantissa < LIMIT)?;
        let step = self.grid.mantissa();
        if step == 1 {
            return Some(mantissa);
        }
        (mantissa % step == 0).then(|| mantissa / step)
    }

    /// `61837.63000000"`: its steps and its length with the quote.
    ///
    /// Where the number ends is found by comparing byte after byte, which the processor foresees: so it reads the next
    /// number before this one is known. The digits are then turned at once.
    #[inline(always)]
    fn plain(&self, text: &[u8]) -> Option<(i64, usize)> {
        let head = text.first_chunk::<8>()?;
        let digits = head.iter().position(|byte| *byte == b'.')?;
        let (fraction, behind) = text.get(digits + 1..)?.split_first_chunk::<8>()?;
        let places = if behind.first() == Some(&b'"') {
            fraction.len()
        } else {
            fraction.iter().position(|byte| *byte == b'"')?
        };
        if self.scale == 0 || digits == 0 || places == 0 {
            return None;
        }
        // The first digit lies in the lowest byte; behind the last are zeroes.
        let whole = (u64::from_le_bytes(*head) ^ ZEROES) & (u64::MAX >> (64 - 8 * digits));
        let fraction = (u64::from_le_bytes(*fraction) ^ ZEROES) & (u64::MAX >> (64 - 8 * places));
        if fraction & self.dropped != 0 {
            return None;
        }
        let used = 8 * digits + self.kept_bits;
        let mantissa = if used <= 64 {
            let both = (whole | fraction << (8 * digits)) << (64 - used);
            all_digits(both).then(|| eight_digits(both))?
        } else {
            let (whole, fraction) = (whole << (64 - 8 * digits), fraction << (64 - self.kept_bits));
            let good = all_digits(whole) && all_digits(fraction);
            good.then(|| eight_digits(whole) * self.scale + eight_digits(fraction))? // far below `LIMIT`
        };
        Some((mantissa.cast_signed(), digits + places + 2))
    }
}

/// Whether each of eight values is one of a digit.
#[inline]
fn all_digits(values: u64) -> bool {
    (values | values.wrapping_add(0x0606_0606_0606_0606)) & HIGH_HALVES == 0
}

/// The number of eight digit values, the first in the lowest byte: neighbors are joined to pairs, fours, eight.
#[inline]
fn eight_digits(values: u64) -> u64 {
    let pairs = (values * 10 + (values >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    (fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quoted(grid: Grid, text: &str) -> Option<i64> {
        let text = format!("{text}\"what follows");
        let mut scanner = Scanner::new(text.as_bytes());
        let steps = DecimalReader::new(grid).quoted(&mut scanner);
        assert!(steps.is_none() || scanner.rest() == b"what follows", "{text}");
        steps
    }

    #[test]
    fn the_common_form_is_read_fast() {
        let cent = DecimalReader::new(Grid::new(1, 2).unwrap());
        assert_eq!(cent.plain(b"61837.63000000\","), Some((6_183_763, 15)));
        assert_eq!(cent.plain(b"61837.63100000\","), None);
        assert_eq!(DecimalReader::new(Grid::new(1, 0).unwrap()).plain(b"7.00000000\""), Some((7, 11)));
        assert_eq!(
            DecimalReader::new(Grid::new(1, 8).unwrap()).plain(b"0.12345678\""),
            Some((12_345_678, 11))
        );
        let milli = DecimalReader::new(Grid::new(1, 3).unwrap());
        assert_eq!(milli.plain(b"1234567.5\",\"0.500\""), Some((1_234_567_500, 10)));
        assert_eq!(milli.plain(b"0.0005\",\"0.50\""), None);
        assert_eq!(milli.plain(b"1.5\",\"0.500\""), Some((1500, 4)));
        for other in
            [&b"12345678.50000000\""[..], b".50000000\"", b"1.\",\"0.50000", b"-1.50000000\"", b"1.5"]
        {
            assert_eq!(milli.plain(other), None);
        }
    }

    proptest! {
        #[test]
        fn fast_and_exact_agree(
            text in prop_oneof![
                "[0-9]{1,12}\\.[0-9]{8}", "[0-9]{1,9}\\.[0-9]{1,9}", "[0-9]{1,6}\\.[0-9]{2}0{6}", "-?[0-9]{1,4}\\.[0-9]{0,9}(e-?[0-9])?", "[0-9.:/e-]{0,14}"
            ],
            mantissa in prop_oneof![Just(1_i64), Just(5), 1_i64..100],
            exponent in 0_u8..=9,
        ) {
            let grid = Grid::new(mantissa, exponent).unwrap();
            let exact = grid.parse_steps(text.as_bytes()).ok();
            prop_assert_eq!(quoted(grid, &text), exact);
            // The plain reader may leave a number to the exact one, and never gives another.
            let closed = format!("{text}\"");
            let mut scanner = Scanner::new(closed.as_bytes());
            let plain = DecimalReader::new(grid).quoted_number(&mut scanner);
            prop_assert!(plain.is_none_or(|(steps, _)| Some(steps) == exact), "{:?} {:?}", plain, exact);
            let common = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.len() < 18;
            prop_assert!(plain.is_some() || exact.is_none() || !common || text.starts_with('.') || text.ends_with('.'), "{}", text);
            let json = format!("{text}}}");
            let mut scanner = Scanner::new(json.as_bytes());
            if let Some((steps, places)) = DecimalReader::new(grid).number(&mut scanner)
                && scanner.rest() == b"}"
            {
                prop_assert!(serde_json::from_str::<f64>(&text).is_ok());
                prop_assert_eq!(Some(steps), exact);
                prop_assert_eq!(Some(usize::from(places)), Some(text.len() - text.find('.').map_or(text.len(), |at| at + 1)));
            }
        }
    }
}
