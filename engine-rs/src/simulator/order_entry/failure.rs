//! Refusals with the venue's own codes and words.

use std::borrow::Cow;

use crate::model::OrderReason;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) status: u16,
    pub(super) code: i64,
    pub(super) message: Cow<'static, str>,
}

const fn failure(status: u16, code: i64, message: &'static str) -> Failure {
    Failure { status, code, message: Cow::Borrowed(message) }
}

pub(super) const MALFORMED: Failure = failure(400, -1135, "Invalid JSON Request");
pub(super) const UNSUPPORTED: Failure = failure(400, -1020, "This operation is not supported.");
pub(super) const BAD_SYMBOL: Failure = failure(400, -1121, "Invalid symbol.");
pub(super) const EARLY: Failure =
    failure(400, -1021, "Timestamp for this request was 1000ms ahead of the server's time.");
pub(super) const LATE: Failure =
    failure(400, -1021, "Timestamp for this request is outside of the recvWindow.");
pub(super) const BAD_SIGNATURE: Failure = failure(400, -1022, "Signature for this request is not valid.");
pub(super) const BAD_KEY: Failure = failure(401, -2015, "Invalid API-key, IP, or permissions for action.");
pub(super) const DUPLICATE: Failure = failure(400, -2010, "Duplicate order sent.");
pub(super) const NOTHING_TO_CANCEL: Failure = failure(400, -2011, "Unknown order sent.");
pub(super) const RESTRICTED: Failure =
    failure(400, -2011, "Order was not canceled due to cancel restrictions.");
pub(super) const NOTHING_TO_AMEND: Failure = failure(400, -2038, "Unknown order sent.");
pub(super) const NO_CHANGE: Failure =
    failure(400, -2038, "The requested action would change no state; rejecting");
pub(super) const NO_INCREASE: Failure =
    failure(400, -2038, "Order amend (quantity increase) is not supported.");
pub(super) const AMENDED_TOO_OFTEN: Failure = failure(400, -2038, "Filter failure: MAX_NUM_ORDER_AMENDS");
pub(super) const NOT_REPLACED: Failure = failure(400, -2022, "Order cancel-replace failed.");
pub(super) const HALF_REPLACED: Failure = failure(409, -2021, "Order cancel-replace partially failed.");
pub(super) const NO_ORDER: Failure = failure(400, -2013, "Order does not exist.");
pub(super) const TOO_MANY_ORDERS: Failure =
    failure(429, -1015, "Too many new orders; current limit is 50 orders per 10 SECOND.");

impl Failure {
    /// A parameter that is missing or cannot be read.
    pub(super) fn missing(name: &str) -> Failure {
        let message = format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed.");
        Failure { message: message.into(), ..failure(400, -1102, "") }
    }

    /// A rule of the symbol's that an order breaks.
    pub(super) fn filter(name: &str) -> Failure {
        Failure { message: format!("Filter failure: {name}").into(), ..failure(400, -1013, "") }
    }

    /// Why the matching engine refused an order.
    pub(super) fn rejected(reason: OrderReason) -> Failure {
        match reason {
            OrderReason::DuplicateId => DUPLICATE,
            OrderReason::WouldCross => failure(400, -2010, "Order would immediately match and take."),
            OrderReason::Cash => {
                failure(400, -2010, "Account has insufficient balance for requested action.")
            }
            OrderReason::BadQuantity => Failure::filter("LOT_SIZE"),
            OrderReason::BadPrice => Failure::filter("PRICE_FILTER"),
            OrderReason::BadTrigger => failure(400, -2010, "Stop price would trigger immediately."),
            OrderReason::TooSmall => Failure::filter("NOTIONAL"),
            OrderReason::NoBook => failure(400, -1013, "Market is closed."),
            _ => failure(400, -2010, "New order rejected."),
        }
    }
}
