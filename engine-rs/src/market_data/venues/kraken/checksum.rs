//! The venue's checksum of a book: CRC32 of the best ten levels, asks from the lowest, then bids from the highest, each
//! the digits of price and size as the venue writes them, without the point and without leading zeroes.

use flate2::Crc;

use super::pieces::Written;
use crate::market_data::Priced;
use crate::model::Grid;

/// Levels a side that it is of.
pub(super) const LEVELS: usize = 10;
/// A number has at most 19 digits and 18 zeroes.
pub(in crate::market_data::venues) const MOST_DIGITS: usize = 19 + 18;
/// Twenty levels of two numbers.
const MOST_BYTES: usize = 2 * LEVELS * 2 * MOST_DIGITS;

/// `00` to `99`.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut value = 0;
    while value < 100 {
        pairs[value] = [b'0' + (value / 10) as u8, b'0' + (value % 10) as u8];
        value += 1;
    }
    pairs
};

/// How one book's steps become the venue's digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digits {
    pub(super) tick: Grid,
    pub(super) lot: Grid,
    pub(super) written: Written,
}

impl Digits {
    /// The checksum of these best levels. Nothing if a number has more places than the venue writes.
    pub(super) fn checksum(&self, bids: &[Priced], asks: &[Priced]) -> Option<u32> {
        let mut text = Text { bytes: [0; MOST_BYTES], length: 0 };
        for side in [asks, bids] {
            for (ticks, lots) in side.iter().take(LEVELS) {
                text.push(ticks.0, self.tick, self.written.price)?;
                text.push(lots.0, self.lot, self.written.qty)?;
            }
        }
        let mut crc = Crc::new();
        crc.update(&text.bytes[..text.length]);
        Some(crc.sum())
    }
}

struct Text {
    bytes: [u8; MOST_BYTES],
    length: usize,
}

impl Text {
    #[inline]
    fn push(&mut self, steps: i64, grid: Grid, places: u8) -> Option<()> {
        self.length += write_digits(&mut self.bytes[self.length..], steps, grid, places)?;
        Some(())
    }
}

/// Writes `steps` of a grid as the digits of a decimal with so many places, and says how many those are. Nothing if the
/// number has more places, or there is no room.
#[inline]
pub(in crate::market_data::venues) fn write_digits(
    room: &mut [u8],
    steps: i64,
    grid: Grid,
    places: u8,
) -> Option<usize> {
    let mut mantissa = u64::try_from(steps.checked_mul(grid.mantissa())?).ok()?;
    for _ in places..grid.exponent() {
        if mantissa % 10 != 0 {
            return None;
        }
        mantissa /= 10;
    }
    let mut digits = [0; 20];
    let mut first = digits.len();
    // Two digits a division.
    while mantissa >= 10 {
        first -= 2;
        #[allow(clippy::cast_possible_truncation)] // below 100
        let pair = (mantissa % 100) as usize;
        digits[first..first + 2].copy_from_slice(&PAIRS[pair]);
        mantissa /= 100;
    }
    if mantissa > 0 {
        first -= 1;
        #[allow(clippy::cast_possible_truncation)] // a digit
        let digit = mantissa as u8;
        digits[first] = b'0' + digit;
    }
    let zeros = usize::from(places.saturating_sub(grid.exponent()));
    let length = digits.len() - first;
    let room = room.get_mut(..length + zeros)?;
    room[..length].copy_from_slice(&digits[first..]);
    room[length..].fill(b'0');
    Some(room.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Lots, Ticks};

    fn digits(tick: (i64, u8), lot: (i64, u8), written: (u8, u8)) -> Digits {
        let grid = |(mantissa, exponent)| Grid::new(mantissa, exponent).unwrap();
        Digits { tick: grid(tick), lot: grid(lot), written: Written { price: written.0, qty: written.1 } }
    }

    fn crc(text: &str) -> u32 {
        let mut crc = Crc::new();
        crc.update(text.as_bytes());
        crc.sum()
    }

    #[test]
    fn digits_are_those_of_the_wire() {
        let level = |ticks, lots| (Ticks(ticks), Lots(lots));
        // 0.05005 and 0.00000500, 354.16000000 on a grid of cents, 45283.5 on a grid of cents.
        let fine = digits((1, 5), (1, 8), (5, 8));
        assert_eq!(fine.checksum(&[level(5_000, 500)], &[level(5_005, 500)]), Some(crc("50055005000500")));
        let coarse = digits((1, 2), (1, 1), (8, 8));
        assert_eq!(coarse.checksum(&[level(35_416, 14)], &[]), Some(crc("35416000000140000000")));
        let finer = digits((5, 2), (1, 8), (1, 8));
        assert_eq!(finer.checksum(&[level(905_670, 1)], &[]), Some(crc("4528351")));
        assert_eq!(finer.checksum(&[level(905_671, 1)], &[]), None);
        let most = digits((1, 0), (1, 0), (18, 18));
        let side = [level((1 << 51) - 1, (1 << 51) - 1); 12];
        assert!(most.checksum(&side, &side).is_some());
        assert_eq!(most.checksum(&[], &[]), Some(0));
    }
}
