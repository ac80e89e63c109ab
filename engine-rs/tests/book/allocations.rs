//! A warm book of orders allocates nothing.

#[path = "../support/counting.rs"]
mod counting;

use pyrt_engine::book::L3Book;
use pyrt_engine::model::{Lots, Side, Ticks};

use counting::ALLOCATIONS;

/// One round of a market whose price walks over hundreds of ticks: an order comes, one changes, one is filled, one goes.
fn round(book: &mut L3Book, round: u128) -> i64 {
    let number = i64::try_from(round).unwrap();
    let middle = 10_000 + (number % 1_600 - 800).abs();
    let (side, sign) = if round.is_multiple_of(2) { (Side::Buy, -1) } else { (Side::Sell, 1) };
    let ticks = Ticks(middle + sign * (1 + number % 17));
    book.add(round * 0x1_0000_0000_0000_0001, side, ticks, Lots(5 + number % 7)).unwrap();
    let old = |back: u128| round.checked_sub(back).map(|round| round * 0x1_0000_0000_0000_0001);
    if let Some(id) = old(40) {
        book.modify(id, Ticks(ticks.0 - sign), Lots(9)).unwrap();
    }
    if let Some(id) = old(700) {
        book.reduce(id, Lots(2)).unwrap();
    }
    if let Some(id) = old(1_000) {
        book.remove(id).unwrap();
    }
    book.levels().best_bid().map_or(0, |(ticks, _)| ticks.0)
}

#[test]
fn a_warm_book_of_orders_allocates_nothing() {
    let mut book = L3Book::default();
    let (mut at_start, mut best) = (0, 0);
    for number in 0..60_000 {
        if number == 4_000 {
            at_start = ALLOCATIONS.get();
        }
        best = best.max(round(&mut book, number));
    }
    assert_eq!(ALLOCATIONS.get(), at_start);
    assert!(best > 10_000 && book.len() == 1_000);
}
