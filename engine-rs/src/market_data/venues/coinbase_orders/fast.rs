//! The reader of messages of plain values, keys in any order. It confirms every byte; any other frame, a broken one too, is
//! `None`, and `tolerant.rs` decides.

use super::flat::Flat;
use crate::market_data::frame::Print;
use crate::market_data::orders::{OrderMessage, Step};
use crate::market_data::scanner::Scanner;
use crate::market_data::symbols::Symbols;

/// Reads a frame into `steps` and `prints`, also what turns out to be none of these.
#[inline]
pub(super) fn read(
    frame: &[u8],
    symbols: &Symbols,
    steps: &mut Vec<Step>,
    prints: &mut Vec<Print>,
) -> Option<OrderMessage> {
    let mut scanner = Scanner::new(frame);
    scanner.expect(b"{\"")?;
    let (mut flat, mut kind) = (Flat::default(), None);
    loop {
        let key = scanner.word()?;
        scanner.expect(b":")?;
        if key == b"type" {
            scanner.expect(b"\"")?;
            if kind.replace(scanner.word()?).is_some() {
                return None; // said twice
            }
        } else if scanner.expect(b"null").is_none() {
            let value = std::str::from_utf8(scanner.scalar()?).ok()?;
            if let Some(place) = flat.place(key)
                && place.replace(value).is_some()
            {
                return None;
            }
        } else if flat.place(key).is_some_and(|place| place.is_some()) {
            return None;
        }
        match scanner.byte()? {
            b',' => scanner.expect(b"\"")?,
            b'}' => break,
            _ => return None,
        }
    }
    if !scanner.at_end() {
        return None;
    }
    flat.message(kind?, symbols, steps, prints, &mut None).ok()?
}
