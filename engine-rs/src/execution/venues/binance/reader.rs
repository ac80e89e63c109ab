//! From text to messages. Keys may come in any order and be more than are known; what cannot be read is counted, and
//! an order that it was about is in doubt.

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

use super::codes::{self, Failure};
use super::commission::Rates;
use super::execution_report::Unused;
use super::json::{self, Decimal, Text};
use super::messages::{Asset, Balance, Conversion, Message};
use super::rate_limits::{RateLimits, StatedLimits};
use super::requests::Asked;
use super::symbols::Symbols;
use super::{execution_report, order_reply, replacement};
use crate::execution::Told;
use crate::model::{Nanos, OrderName, ReportKind};

/// A frame that cannot be read. It may have been about any order: let the order manager doubt them all.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not readable: {0}")]
pub struct Unreadable(pub &'static str);

/// What was passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames.
    pub frames: u64,
    /// Of them not readable.
    pub unreadable: u64,
    /// About orders of others on the same account.
    pub foreign: u64,
    /// Of kinds that are not used.
    pub unused: u64,
    /// Fees in an asset without a rate: reported as 0.
    pub unconverted_fees: u64,
}

/// A reply.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply<'a> {
    #[serde(borrow)]
    id: Option<Decimal<'a>>,
    status: Option<u16>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<ErrorReply<'a>>,
    #[serde(borrow)]
    rate_limits: Option<StatedLimits<'a>>,
}

#[derive(Deserialize)]
struct ErrorReply<'a> {
    code: i64,
    #[serde(borrow)]
    msg: Option<Text<'a>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorData {
    retry_after: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TimeReply {
    server_time: u64,
}

#[derive(Deserialize)]
struct BalanceEntry<'a> {
    #[serde(rename = "a", borrow)]
    asset: Text<'a>,
    #[serde(rename = "f", borrow)]
    free: Decimal<'a>,
    #[serde(rename = "l", borrow)]
    locked: Decimal<'a>,
}

/// Reads the frames of one account.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub(super) symbols: Symbols,
    pub(super) rates: Rates,
    pub(super) counters: Counters,
}

impl Reader {
    pub(super) fn new(symbols: Symbols) -> Reader {
        Reader { symbols, rates: Rates::default(), counters: Counters::default() }
    }

    /// Appends what a frame says.
    pub(super) fn read(
        &mut self,
        text: &str,
        now: Nanos,
        limits: &mut RateLimits,
        out: &mut Vec<Message>,
    ) -> Result<(), Unreadable> {
        self.counters.frames += 1;
        let first = out.len();
        let bare = || json::member(text, "e").map(|_| text);
        let done = match json::member(text, "event").or_else(bare) {
            Some(event) => self.event(event, now, out),
            None => match json::read(text) {
                Some(reply) => self.reply(&reply, now, limits, out),
                None => Err(Unreadable("no JSON of the venue's form")),
            },
        };
        let unconverted =
            |message: &&Message| matches!(message, Message::Commission { conversion: Conversion::None, .. });
        self.counters.unconverted_fees += out[first..].iter().filter(unconverted).count() as u64;
        self.counters.unreadable += u64::from(done.is_err());
        done
    }

    fn event(&mut self, event: &str, now: Nanos, out: &mut Vec<Message>) -> Result<(), Unreadable> {
        let kind = json::member(event, "e").and_then(json::read::<Text<'_>>);
        let kind = kind.ok_or(Unreadable("an event without a kind"))?;
        match kind.as_str() {
            "executionReport" => {
                match execution_report::read(event, (&self.symbols, &self.rates), now, out) {
                    Ok(()) => Ok(()),
                    Err(Unused::Foreign) => {
                        self.counters.foreign += 1;
                        Ok(())
                    }
                    Err(Unused::Unreadable(Some(name))) => Err(doubt(name, now, "an executionReport", out)),
                    Err(Unused::Unreadable(None)) => Err(Unreadable("an executionReport")),
                }
            }
            "outboundAccountPosition" => balances(event, out).ok_or(Unreadable("an outboundAccountPosition")),
            "eventStreamTerminated" => {
                out.push(Message::StreamEnded);
                Ok(())
            }
            "serverShutdown" => {
                out.push(Message::ShuttingDown);
                Ok(())
            }
            _ => {
                self.counters.unused += 1;
                Ok(())
            }
        }
    }

    fn reply(
        &mut self,
        frame: &Reply<'_>,
        now: Nanos,
        limits: &mut RateLimits,
        out: &mut Vec<Message>,
    ) -> Result<(), Unreadable> {
        frame
            .rate_limits
            .iter()
            .flat_map(StatedLimits::iter)
            .for_each(|stated| limits.on_stated(stated, now));
        let asked = frame.id.and_then(|id| Asked::from_id(id.text()));
        let status = frame.status.unwrap_or(0);
        if matches!(status, 418 | 429) {
            let data = frame.error.as_ref().and_then(|error| json::read::<ErrorData>(error.data?.get()));
            limits.on_refused(status, data.and_then(|data| data.retry_after), now);
        }
        match (asked, frame.result, &frame.error) {
            (None, ..) => {
                self.counters.unused += 1; // a reply to nobody, such as one to an unreadable request
                Ok(())
            }
            (Some(asked), Some(result), None) if status == 200 => {
                limits.on_success();
                self.result(asked, result, now, out)
            }
            (Some(asked), _, Some(error)) => {
                let message = error.msg.as_ref().map_or("", Text::as_str);
                let failure = Failure { status, code: error.code, message };
                if let Asked::Replace(name) = asked
                    && failure.has_steps()
                {
                    let data = error.data.map_or("", RawValue::get);
                    let read = replacement::read(name, data, &self.symbols, now, out);
                    return read.ok_or_else(|| doubt(name, now, "a reply about a change", out));
                }
                failed(asked, failure, now, out);
                Ok(())
            }
            (Some(Asked::Place(_) | Asked::Cancel(_) | Asked::Reduce(_) | Asked::Replace(_)), ..) => {
                let name = asked.and_then(Asked::order).unwrap_or_default();
                Err(doubt(name, now, "a reply without result and error", out))
            }
            _ => Err(Unreadable("a reply without result and error")),
        }
    }

    fn result(
        &mut self,
        asked: Asked,
        result: &RawValue,
        now: Nanos,
        out: &mut Vec<Message>,
    ) -> Result<(), Unreadable> {
        let Reader { symbols, rates, counters } = self;
        match asked {
            Asked::Logon => out.push(Message::LoggedOn),
            Asked::Subscribe => out.push(Message::Subscribed),
            Asked::Time => {
                let reply =
                    json::read::<TimeReply>(result.get()).and_then(|reply| json::time(reply.server_time));
                out.push(Message::Time(reply.ok_or(Unreadable("a reply to time"))?));
            }
            Asked::OpenOrders => {
                let read = order_reply::read_open(result, symbols, now, &mut counters.foreign, out);
                read.ok_or(Unreadable("a reply to openOrders.status"))?;
            }
            Asked::Fills(name) => {
                let read = order_reply::read_fills(name, result, (symbols, rates), now, out);
                read.ok_or(Unreadable("a reply to myTrades"))?;
            }
            Asked::Reduce(name) => {
                let read = order_reply::read_reduced(name, result, symbols, now, out);
                read.ok_or_else(|| doubt(name, now, "a reply about a change", out))?;
            }
            Asked::Replace(name) => {
                let read = replacement::read(name, result.get(), symbols, now, out);
                read.ok_or_else(|| doubt(name, now, "a reply about a change", out))?;
            }
            Asked::Place(_) | Asked::Cancel(_) | Asked::Status(_) => {
                let name = asked.order().unwrap_or_default();
                let read = order_reply::read(name, result, symbols, now, out);
                read.ok_or_else(|| doubt(name, now, "a reply about an order", out))?;
            }
        }
        Ok(())
    }
}

/// Something about this order could not be read.
fn doubt(name: OrderName, now: Nanos, what: &'static str, out: &mut Vec<Message>) -> Unreadable {
    out.push(Message::Told(Told::lost(name, now)));
    Unreadable(what)
}

fn failed(asked: Asked, failure: Failure<'_>, now: Nanos, out: &mut Vec<Message>) {
    if failure.code == codes::TIMESTAMP {
        out.push(Message::ClockSkew);
    }
    let about = |name: OrderName, what: ReportKind| Message::Told(Told::plain(name, now, what));
    let refused = |request| Message::Refused { request, code: failure.code };
    out.push(match asked {
        Asked::Place(id) => about(id.into(), failure.of_place()),
        Asked::Cancel(name) => about(name, failure.of_cancel()),
        Asked::Reduce(name) => about(name, failure.of_reduction()),
        Asked::Replace(name) => about(name, failure.of_replacement()),
        Asked::Status(name) if failure.is_not_found() => Message::NotFound(name),
        Asked::Status(_) => refused("order.status"),
        Asked::Fills(_) => refused("myTrades"),
        Asked::Logon => refused("session.logon"),
        Asked::Subscribe => refused("userDataStream.subscribe"),
        Asked::Time => refused("time"),
        Asked::OpenOrders => refused("openOrders.status"),
    });
}

fn balances(event: &str, out: &mut Vec<Message>) -> Option<()> {
    let event_time = json::time(json::member(event, "u").and_then(json::read)?)?;
    let mut whole = true;
    json::each(json::member(event, "B")?, |entry: BalanceEntry<'_>| {
        let asset = Asset::new(entry.asset.as_str());
        match (entry.free.money(), entry.locked.money()) {
            (Some(free), Some(locked)) => {
                out.push(Message::Balance(Balance { asset, free, locked, event_time }));
            }
            _ => whole = false,
        }
    })?;
    whole.then_some(())
}
