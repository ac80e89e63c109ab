//! What a message says. All values of the channel's messages are plain: both readers gather them, one place says what they
//! mean.

use super::super::coinbase::{given, number, quoted, time};
use crate::market_data::frame::{Cause, Print};
use crate::market_data::orders::{OrderMessage, Step};
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::values::{price, quantity};
use crate::model::{Lots, Nanos, Side};

/// Values by their keys, without quotes; null is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flat<'a> {
    pub(super) product_id: Option<&'a str>,
    sequence: Option<&'a str>,
    time: Option<&'a str>,
    order_id: Option<&'a str>,
    maker_order_id: Option<&'a str>,
    trade_id: Option<&'a str>,
    side: Option<&'a str>,
    pub(super) price: Option<&'a str>,
    pub(super) size: Option<&'a str>,
    pub(super) remaining_size: Option<&'a str>,
    new_size: Option<&'a str>,
    new_price: Option<&'a str>,
    reason: Option<&'a str>,
    best_bid: Option<&'a str>,
    best_bid_size: Option<&'a str>,
    best_ask: Option<&'a str>,
    best_ask_size: Option<&'a str>,
}

impl<'a> Flat<'a> {
    /// Where the value of a key belongs.
    #[inline]
    pub(super) fn place(&mut self, key: &[u8]) -> Option<&mut Option<&'a str>> {
        Some(match key {
            b"product_id" => &mut self.product_id,
            b"sequence" => &mut self.sequence,
            b"time" => &mut self.time,
            b"order_id" => &mut self.order_id,
            b"maker_order_id" => &mut self.maker_order_id,
            b"trade_id" => &mut self.trade_id,
            b"side" => &mut self.side,
            b"price" => &mut self.price,
            b"size" => &mut self.size,
            b"remaining_size" => &mut self.remaining_size,
            b"new_size" => &mut self.new_size,
            b"new_price" => &mut self.new_price,
            b"reason" => &mut self.reason,
            b"best_bid" => &mut self.best_bid,
            b"best_bid_size" => &mut self.best_bid_size,
            b"best_ask" => &mut self.best_ask,
            b"best_ask_size" => &mut self.best_ask_size,
            _ => return None,
        })
    }

    /// What a message of this type says; nothing if its type is none of the channel's. `book` becomes the book that it is
    /// for as soon as that is known.
    pub(super) fn message(
        &self,
        kind: &[u8],
        symbols: &Symbols,
        steps: &mut Vec<Step>,
        prints: &mut Vec<Print>,
        book: &mut Option<usize>,
    ) -> Result<Option<OrderMessage>, Cause> {
        let in_a_row =
            matches!(kind, b"received" | b"open" | b"done" | b"match" | b"change" | b"activate" | b"noop");
        if !in_a_row && !matches!(kind, b"last_match" | b"ticker" | b"heartbeat") {
            return Ok(None);
        }
        let Some(symbol) = symbols.find(given(self.product_id, "product_id")?.as_bytes()) else {
            return Ok(Some(OrderMessage::Unknown));
        };
        let index = symbol.index;
        match kind {
            b"ticker" => return self.quote(symbol).map(Some),
            b"last_match" => return Ok(Some(OrderMessage::Unused)),
            b"heartbeat" => return Ok(Some(OrderMessage::Alive { last: Some((index, self.number()?)) })),
            // A stop order, told to its owner alone and outside the row: it rests nowhere yet.
            b"activate" if self.sequence.is_none() => return Ok(Some(OrderMessage::Unused)),
            _ => *book = Some(index),
        }
        let sequence = self.number()?;
        if kind == b"open" && self.time == Some("") {
            steps.push(self.open(symbol)?);
            return Ok(Some(OrderMessage::Piece { index, sequence }));
        }
        let event_time = time(self.time)?;
        match kind {
            b"open" => steps.push(self.open(symbol)?),
            b"match" => {
                prints.push(self.print(symbol, event_time)?);
                steps.push(self.execute(symbol)?);
            }
            b"done" => steps.push(self.done(symbol)?),
            b"change" => steps.extend(self.change(symbol)?),
            _ => {}
        }
        let sequence = Some(sequence);
        Ok(Some(OrderMessage::Steps { index, snapshot: false, sequence, checksum: None, event_time }))
    }

    fn number(&self) -> Result<u64, Cause> {
        number(self.sequence, "sequence")
    }

    fn open(&self, symbol: &Symbol) -> Result<Step, Cause> {
        let lots = quantity(given(self.remaining_size, "remaining_size")?, symbol.qty)?;
        if lots.0 == 0 {
            return Err(Cause::Unreadable("an order of no size"));
        }
        Ok(Step::Add {
            id: order_id(self.order_id)?,
            side: side(self.side)?,
            ticks: price(given(self.price, "price")?, symbol.price)?,
            lots,
            places: (0, 0),
        })
    }

    fn execute(&self, symbol: &Symbol) -> Result<Step, Cause> {
        Ok(Step::Execute {
            id: order_id(self.maker_order_id)?,
            ticks: price(given(self.price, "price")?, symbol.price)?,
            lots: quantity(given(self.size, "size")?, symbol.qty)?,
        })
    }

    /// Orders that never rested are done as well. A filled one has left the book with its last trade: if it is still there,
    /// a trade is missing.
    fn done(&self, symbol: &Symbol) -> Result<Step, Cause> {
        let filled = given(self.reason, "reason")? == "filled";
        let left = match self.remaining_size {
            _ if filled => Some(Lots(0)),
            None => None,
            Some(size) => Some(quantity(size, symbol.qty)?),
        };
        Ok(Step::Remove { id: order_id(self.order_id)?, left, perhaps: true })
    }

    /// Of an order that may not rest yet; a market order's has funds and no size.
    fn change(&self, symbol: &Symbol) -> Result<Option<Step>, Cause> {
        let Some(size) = self.new_size else { return Ok(None) };
        let (id, lots) = (order_id(self.order_id)?, quantity(size, symbol.qty)?);
        if lots.0 == 0 {
            return Ok(Some(Step::Remove { id, left: None, perhaps: true }));
        }
        let ticks = self.new_price.map(|text| price(text, symbol.price)).transpose()?;
        Ok(Some(Step::Modify { id, ticks, lots, places: (0, 0), perhaps: true }))
    }

    /// The side is the maker's.
    fn print(&self, symbol: &Symbol, event_time: Option<Nanos>) -> Result<Print, Cause> {
        Ok(Print {
            index: symbol.index,
            id: number(self.trade_id, "trade_id")?,
            ticks: price(given(self.price, "price")?, symbol.price)?,
            lots: quantity(given(self.size, "size")?, symbol.qty)?,
            side: if side(self.side)? == Side::Buy { Side::Sell } else { Side::Buy },
            event_time: event_time.ok_or(Cause::Unreadable("time"))?,
        })
    }

    fn quote(&self, symbol: &Symbol) -> Result<OrderMessage, Cause> {
        let (bid, ask) = ((self.best_bid, self.best_bid_size), (self.best_ask, self.best_ask_size));
        let (best, sized, event_time) = quoted(bid, ask, self.time, symbol)?;
        Ok(OrderMessage::Quote { index: symbol.index, best, sized, event_time })
    }
}

fn side(text: Option<&str>) -> Result<Side, Cause> {
    match text {
        Some("buy") => Ok(Side::Buy),
        Some("sell") => Ok(Side::Sell),
        _ => Err(Cause::Unreadable("side")),
    }
}

/// The 128 bits of a UUID, its hyphens where they belong or nowhere.
pub(super) fn uuid(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    let hyphens = [8, 13, 18, 23];
    let shaped = match bytes.len() {
        32 => bytes.iter().all(u8::is_ascii_hexdigit),
        36 => (0..36)
            .all(|at| if hyphens.contains(&at) { bytes[at] == b'-' } else { bytes[at].is_ascii_hexdigit() }),
        _ => false,
    };
    if !shaped {
        return None;
    }
    let digit = |byte: &u8| (*byte as char).to_digit(16).map(u128::from);
    bytes.iter().filter_map(digit).try_fold(0_u128, |id, digit| Some(id << 4 | digit))
}

fn order_id(text: Option<&str>) -> Result<u128, Cause> {
    text.and_then(uuid).ok_or(Cause::Unreadable("order id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_128_bits() {
        assert_eq!(uuid("00000000-0000-0000-0000-0000000000ff"), Some(255));
        assert_eq!(uuid("ffffffffffffffffffffffffffffffff"), Some(u128::MAX));
        for none in
            ["", "0", "00000000-0000-0000-0000-0000000000fg", "0000000-00000-0000-0000-000000000000", "é"]
        {
            assert_eq!(uuid(none), None, "{none}");
        }
    }
}
