//! The venue's checksum of a book of orders: CRC32 of every order of the best ten levels, asks from the lowest, then bids
//! from the highest, the first in line first, each the digits of price and size as written, without the point and without
//! leading zeroes.

use flate2::Crc;

use super::super::kraken::{MOST_DIGITS, write_digits};
use crate::book::L3Book;
use crate::model::{Grid, Lots, Side, Ticks};

/// Levels a side that it is of.
const LEVELS: usize = 10;

/// How one book's steps become the venue's digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digits {
    pub(super) tick: Grid,
    pub(super) lot: Grid,
}

impl Digits {
    /// Whether a book has this checksum: with the places that each order came with (by its place in the book), or, where an
    /// order's were lost on the way (exponents), with as many as any has.
    pub(super) fn prove(&self, checksum: u32, book: &L3Book, places: &[(u8, u8)]) -> bool {
        let of = |place: u32| places.get(place as usize).copied().unwrap_or_default();
        if self.checksum(book, of) == Some(checksum) {
            return true;
        }
        let most = places.iter().fold((0, 0), |most: (u8, u8), one| (most.0.max(one.0), most.1.max(one.1)));
        self.checksum(book, |_| most) == Some(checksum)
    }

    /// Nothing if a number has more places than it was written with.
    fn checksum(&self, book: &L3Book, places: impl Fn(u32) -> (u8, u8)) -> Option<u32> {
        let mut crc = Crc::new();
        let mut add = |side, ticks: Ticks| -> Option<()> {
            for order in book.queue(side, ticks) {
                let (price_places, qty_places) = places(order.place);
                digits(&mut crc, order.ticks.0, self.tick, price_places)?;
                digits(&mut crc, order.lots.0, self.lot, qty_places)?;
            }
            Some(())
        };
        book.levels().asks().take(LEVELS).try_for_each(|(ticks, _): (Ticks, Lots)| add(Side::Sell, ticks))?;
        book.levels().bids().take(LEVELS).try_for_each(|(ticks, _): (Ticks, Lots)| add(Side::Buy, ticks))?;
        Some(crc.sum())
    }
}

/// Adds `steps` of a grid as the digits of a decimal with so many places.
fn digits(crc: &mut Crc, steps: i64, grid: Grid, places: u8) -> Option<()> {
    let mut text = [0; MOST_DIGITS];
    let length = write_digits(&mut text, steps, grid, places)?;
    crc.update(&text[..length]);
    Some(())
}
