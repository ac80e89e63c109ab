//! Messages whose values are plain: trades, quotes, heartbeats. Both readers gather the values, one place says what they
//! mean.

use crate::market_data::frame::{Cause, Print};
use crate::market_data::streamed::Message;
use crate::market_data::symbols::{Symbol, Symbols};
use crate::market_data::timestamps::rfc3339;
use crate::market_data::tracked_book::{Best, Priced};
use crate::market_data::values::{non_negative, price, quantity};
use crate::model::{Lots, Nanos, Side, Ticks};

/// Values by their keys, without quotes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flat<'a> {
    pub(super) product_id: Option<&'a str>,
    pub(super) time: Option<&'a str>,
    pub(super) trade_id: Option<&'a str>,
    pub(super) last_trade_id: Option<&'a str>,
    pub(super) side: Option<&'a str>,
    pub(super) size: Option<&'a str>,
    pub(super) price: Option<&'a str>,
    pub(super) best_bid: Option<&'a str>,
    pub(super) best_bid_size: Option<&'a str>,
    pub(super) best_ask: Option<&'a str>,
    pub(super) best_ask_size: Option<&'a str>,
}

impl<'a> Flat<'a> {
    /// Where the value of a key belongs.
    #[inline]
    pub(super) fn place(&mut self, key: &[u8]) -> Option<&mut Option<&'a str>> {
        Some(match key {
            b"product_id" => &mut self.product_id,
            b"time" => &mut self.time,
            b"trade_id" => &mut self.trade_id,
            b"last_trade_id" => &mut self.last_trade_id,
            b"side" => &mut self.side,
            b"size" => &mut self.size,
            b"price" => &mut self.price,
            b"best_bid" => &mut self.best_bid,
            b"best_bid_size" => &mut self.best_bid_size,
            b"best_ask" => &mut self.best_ask,
            b"best_ask_size" => &mut self.best_ask_size,
            _ => return None,
        })
    }

    /// What a message of this type says; nothing if its type is none of these.
    #[inline]
    pub(super) fn message(
        &self,
        kind: &[u8],
        symbols: &Symbols,
        prints: &mut Vec<Print>,
    ) -> Result<Option<Message>, Cause> {
        if !matches!(kind, b"match" | b"last_match" | b"ticker" | b"heartbeat") {
            return Ok(None);
        }
        let Some(symbol) = symbols.find(given(self.product_id, "product_id")?.as_bytes()) else {
            return Ok(Some(Message::Unknown));
        };
        let message = match kind {
            b"match" => {
                prints.push(self.print(symbol)?);
                Message::Trades
            }
            b"last_match" => {
                Message::LastTrade { index: symbol.index, id: number(self.trade_id, "trade_id")? }
            }
            b"ticker" => self.quote(symbol)?,
            _ => {
                let last =
                    self.last_trade_id.map(|_| number(self.last_trade_id, "last_trade_id")).transpose()?;
                Message::Alive { last_trade: last.map(|id| (symbol.index, id)) }
            }
        };
        Ok(Some(message))
    }

    fn print(&self, symbol: &Symbol) -> Result<Print, Cause> {
        let side = match given(self.side, "side")? {
            "buy" => Side::Sell, // the maker's: the taker's is the other
            "sell" => Side::Buy,
            _ => return Err(Cause::Unreadable("side")),
        };
        Ok(Print {
            index: symbol.index,
            id: number(self.trade_id, "trade_id")?,
            ticks: price(given(self.price, "price")?, symbol.price)?,
            lots: quantity(given(self.size, "size")?, symbol.qty)?,
            side,
            event_time: time(self.time)?.ok_or(Cause::Unreadable("time"))?,
        })
    }

    fn quote(&self, symbol: &Symbol) -> Result<Message, Cause> {
        let (bid, ask) = ((self.best_bid, self.best_bid_size), (self.best_ask, self.best_ask_size));
        let (best, sized, event_time) = quoted(bid, ask, self.time, symbol)?;
        Ok(Message::Quote { index: symbol.index, best, sized, event_time })
    }
}

/// The venue's best bid and offer, a price and a size each: their levels, whether they have sizes, and when it was so.
pub(in crate::market_data::venues) fn quoted(
    bid: (Option<&str>, Option<&str>),
    ask: (Option<&str>, Option<&str>),
    at: Option<&str>,
    symbol: &Symbol,
) -> Result<(Best, bool, Option<Nanos>), Cause> {
    let best =
        (level(given(bid.0, "best_bid")?, bid.1, symbol)?, level(given(ask.0, "best_ask")?, ask.1, symbol)?);
    let event_time = if at.is_some() { time(at)? } else { None };
    Ok((best, bid.1.is_some() && ask.1.is_some(), event_time))
}

/// A side without orders is empty, or has price 0.
fn level(at: &str, size: Option<&str>, symbol: &Symbol) -> Result<Option<Priced>, Cause> {
    if at.is_empty() {
        return Ok(None);
    }
    let ticks = non_negative(at, symbol.price, "price")?;
    let lots = size.map_or(Ok(Lots(0)), |size| quantity(size, symbol.qty))?;
    Ok((ticks > 0).then_some((Ticks(ticks), lots)))
}

/// A time; the venue writes the year 1 where it has none.
#[inline]
pub(in crate::market_data::venues) fn time(text: Option<&str>) -> Result<Option<Nanos>, Cause> {
    rfc3339(given(text, "time")?.as_bytes()).ok_or(Cause::Unreadable("time"))
}

pub(in crate::market_data::venues) fn given<'a>(
    text: Option<&'a str>,
    key: &'static str,
) -> Result<&'a str, Cause> {
    text.ok_or(Cause::Unreadable(key))
}

pub(in crate::market_data::venues) fn number(text: Option<&str>, key: &'static str) -> Result<u64, Cause> {
    given(text, key)?.parse().map_err(|_| Cause::Unreadable(key))
}
