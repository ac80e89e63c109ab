//! What became of an order that was to replace another one: `order.cancelReplace` answers with both steps.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::codes::Failure;
use super::json::{self, Text};
use super::messages::Message;
use super::order_reply;
use super::symbols::Symbols;
use crate::execution::Told;
use crate::model::{Nanos, OrderName};

/// Both steps, done or not, and the answer to each.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Steps<'a> {
    #[serde(borrow)]
    cancel_result: Text<'a>,
    #[serde(borrow)]
    new_order_result: Text<'a>,
    #[serde(borrow)]
    cancel_response: &'a RawValue,
    #[serde(borrow)]
    new_order_response: Option<&'a RawValue>,
}

/// Why a step failed.
#[derive(Deserialize)]
struct Refused<'a> {
    code: i64,
    #[serde(borrow)]
    msg: Option<Text<'a>>,
}

const DONE: &str = "SUCCESS";

/// Reads both steps of the order `new`: the old one first. In the mode that is asked for a new one is not tried if the
/// old one could not be taken back.
pub(super) fn read(
    new: OrderName,
    steps: &str,
    symbols: &Symbols,
    now: Nanos,
    out: &mut Vec<Message>,
) -> Option<()> {
    let steps: Steps<'_> = json::read(steps)?;
    if steps.cancel_result.as_str() != DONE {
        let what = with_failure(steps.cancel_response.get(), |failure| failure.of_replaced())?;
        out.push(Message::Told(Told::plain(new, now, what)));
        return Some(());
    }
    let taken_back = order_reply::read_replaced(new.id, steps.cancel_response.get(), symbols, now, out);
    let response = steps.new_order_response?;
    if steps.new_order_result.as_str() == DONE {
        order_reply::read(new, response, symbols, now, out)?;
    } else {
        let what = with_failure(response.get(), |failure| failure.of_place())?;
        out.push(Message::Told(Told::plain(new, now, what)));
    }
    taken_back
}

fn with_failure<T>(response: &str, of: impl FnOnce(Failure<'_>) -> T) -> Option<T> {
    let refused: Refused<'_> = json::read(response)?;
    let message = refused.msg.as_ref().map_or("", Text::as_str);
    Some(of(Failure { status: 400, code: refused.code, message }))
}
