//! The reader of v1's frequent shape, a book's update. It confirms every byte; any other frame, a broken one too, is
//! `None`, and `tolerant.rs` decides.

use super::pieces::Pieces;
use crate::market_data::scanner::Scanner;
use crate::market_data::streamed::{Message, Proof};
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::timestamps::unix_seconds;
use crate::model::{Nanos, Side};

/// Reads a frame into `pieces`, also what turns out to be none of these.
///
/// `[992,{"b":[["354.15000000","5.00000000","1618678133.365913"]],"c":"2583817756"},"book-1000","XMR/USD"]`; a message
/// of both sides comes in two objects.
#[inline]
pub(super) fn read(frame: &[u8], symbols: &Symbols, pieces: &mut Pieces) -> Option<Message> {
    // Whose book it is comes last.
    let named = frame.strip_suffix(b"\"]")?;
    let pair = &named[named.iter().rposition(|byte| *byte == b'"')? + 1..];
    let symbol = symbols.find(pair)?;
    let mut scanner = Scanner::new(frame);
    scanner.expect(b"[")?;
    scanner.unsigned()?;
    let mut update = Update::default();
    loop {
        scanner.expect(b",{\"")?;
        while !update.field(&mut scanner, symbol, pieces)? {}
        if scanner.rest().starts_with(b",\"") {
            break;
        }
    }
    scanner.expect(b",\"book-")?;
    let depth = usize::try_from(scanner.unsigned()?).ok()?;
    scanner.expect(b"\",\"")?;
    scanner.expect(pair)?;
    scanner.expect(b"\"]")?;
    pieces.depth = Some((symbol.index, depth));
    let proof = Proof::Checksum(update.checksum?);
    scanner.at_end().then_some(Message::Book {
        index: symbol.index,
        snapshot: false,
        proof,
        event_time: update.event_time,
    })
}

/// What has been read of one.
#[derive(Default)]
struct Update {
    checksum: Option<u32>,
    event_time: Option<Nanos>,
    /// Sides that were there.
    seen: [bool; 2],
}

impl Update {
    /// Reads a field whose opening quote is passed; whether it was the last of its object.
    #[inline]
    fn field(&mut self, scanner: &mut Scanner<'_>, symbol: &Symbol, pieces: &mut Pieces) -> Option<bool> {
        match scanner.byte()? {
            key @ (b'a' | b'b') => {
                let seen = &mut self.seen[usize::from(key == b'b')];
                if std::mem::replace(seen, true) {
                    return None;
                }
                scanner.expect(b"\":[")?;
                let side = if key == b'a' { Side::Sell } else { Side::Buy };
                self.levels(scanner, side, symbol, pieces)?;
            }
            b'c' if self.checksum.is_none() => {
                scanner.expect(b"\":\"")?;
                self.checksum = Some(u32::try_from(scanner.unsigned()?).ok()?);
                scanner.expect(b"\"")?;
            }
            _ => return None,
        }
        match scanner.byte()? {
            b',' => scanner.expect(b"\"").map(|()| false),
            b'}' => Some(true),
            _ => None,
        }
    }

    /// The rest of an array of levels, its opening bracket passed: `["354.15","5.0","1618678133.365913"],…]`, some
    /// with an `"r"` at their end.
    #[inline]
    fn levels(
        &mut self,
        scanner: &mut Scanner<'_>,
        side: Side,
        symbol: &Symbol,
        pieces: &mut Pieces,
    ) -> Option<()> {
        loop {
            scanner.expect(b"[\"")?;
            let price = symbol.price.quoted_number(scanner)?;
            scanner.expect(b",\"")?;
            let qty = symbol.qty.quoted_number(scanner)?;
            pieces.push(side, price, qty)?;
            scanner.expect(b",\"")?;
            self.event_time = self.event_time.max(Some(unix_seconds(scanner.word()?)?));
            if scanner.expect(b"]").is_none() {
                scanner.expect(b",\"r\"]")?;
            }
            match scanner.byte()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }
}
