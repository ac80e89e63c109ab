//! What the venue's error codes mean for an order. What might have reached the matching engine is unknown, never
//! refused.

use crate::model::{OrderReason, ReportKind};

/// The venue's clock and ours are too far apart.
pub(super) const TIMESTAMP: i64 = -1021;
/// No such order.
const NO_ORDER: i64 = -2013;
/// Nothing to cancel: the order has ended, or never was.
const CANCEL_REJECTED: i64 = -2011;
/// Of an order that was to replace another one: one of both steps failed, or both.
const HALF_REPLACED: i64 = -2021;
const NOT_REPLACED: i64 = -2022;

/// An error of a reply.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure<'a> {
    /// As HTTP has them; 0 if there was none.
    pub(super) status: u16,
    pub(super) code: i64,
    pub(super) message: &'a str,
}

impl Failure<'_> {
    /// The request may have been carried out.
    fn is_unknown(self) -> bool {
        !(400..500).contains(&self.status) || matches!(self.code, -1000 | -1001 | -1006 | -1007)
    }

    /// What became of an order that was to be placed.
    pub(super) fn of_place(self) -> ReportKind {
        if self.is_unknown() { ReportKind::Unknown } else { ReportKind::Rejected(self.reason()) }
    }

    /// What became of a cancel.
    pub(super) fn of_cancel(self) -> ReportKind {
        match self.code {
            _ if self.is_unknown() => ReportKind::Unknown,
            CANCEL_REJECTED => ReportKind::CancelRejected(OrderReason::TooLate),
            _ => ReportKind::CancelRejected(OrderReason::Venue),
        }
    }

    /// What became of an order that was to become smaller.
    pub(super) fn of_reduction(self) -> ReportKind {
        match self.code {
            _ if self.is_unknown() => ReportKind::Unknown,
            NO_ORDER | CANCEL_REJECTED => ReportKind::ChangeRefused(OrderReason::TooLate),
            _ => ReportKind::ChangeRefused(self.reason()),
        }
    }

    /// What became of an order that was to replace another one, if neither step was taken.
    pub(super) fn of_replacement(self) -> ReportKind {
        match self.code {
            _ if self.is_unknown() => ReportKind::Unknown,
            -1015 => ReportKind::ChangeRefused(OrderReason::OrderRate),
            _ => ReportKind::ChangeRefused(self.reason()),
        }
    }

    /// Why the order that was to be replaced was not taken back.
    pub(super) fn of_replaced(self) -> ReportKind {
        if self.message.contains("cancel restrictions") {
            return ReportKind::ChangeCrossed; // something of it has filled
        }
        let late = matches!(self.code, CANCEL_REJECTED | NO_ORDER);
        ReportKind::ChangeRefused(if late { OrderReason::TooLate } else { OrderReason::Venue })
    }

    /// Both steps of a replacement are told apart.
    pub(super) fn has_steps(self) -> bool {
        matches!(self.code, HALF_REPLACED | NOT_REPLACED)
    }

    /// The venue does not know the order that was asked for.
    pub(super) fn is_not_found(self) -> bool {
        !self.is_unknown() && self.code == NO_ORDER
    }

    fn reason(self) -> OrderReason {
        const BY_WORDS: [(&str, OrderReason); 10] = [
            ("insufficient balance", OrderReason::Cash),
            ("immediately match", OrderReason::WouldCross),
            ("trigger immediately", OrderReason::BadTrigger),
            ("Duplicate order", OrderReason::DuplicateId),
            ("Unknown order", OrderReason::TooLate),
            ("quantity increase", OrderReason::BadQuantity),
            ("NOTIONAL", OrderReason::TooSmall),
            ("LOT_SIZE", OrderReason::BadQuantity),
            ("PRICE", OrderReason::BadPrice),
            ("not enough", OrderReason::NotEnough),
        ];
        let found = BY_WORDS.iter().find(|(words, _)| self.message.contains(words));
        match self.code {
            -1013 | -2010 | -2038 => found.map_or(OrderReason::Venue, |(_, reason)| *reason),
            _ => OrderReason::Venue,
        }
    }
}

/// Why an order expired, from its type and how long it was to live.
pub(super) fn expiry(order_type: &str, tif: &str) -> OrderReason {
    match (order_type, tif) {
        ("MARKET" | "STOP_LOSS", _) => OrderReason::NoLiquidity,
        (_, "IOC") => OrderReason::IocRest,
        (_, "FOK") => OrderReason::NotEnough,
        _ => OrderReason::Venue,
    }
}

/// What a status says by itself.
pub(super) fn kind_of_status(status: &str, expired: OrderReason) -> Option<ReportKind> {
    Some(match status {
        "NEW" | "PENDING_NEW" | "PARTIALLY_FILLED" | "FILLED" | "PENDING_CANCEL" => ReportKind::Accepted,
        "CANCELED" => ReportKind::Canceled,
        "REJECTED" => ReportKind::Rejected(OrderReason::Venue),
        "EXPIRED" => ReportKind::Expired(expired),
        "EXPIRED_IN_MATCH" => ReportKind::Expired(OrderReason::Venue),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(status: u16, code: i64, message: &str) -> ReportKind {
        Failure { status, code, message }.of_place()
    }

    #[test]
    fn an_answer_that_leaves_doubt_is_no_rejection() {
        for (status, code) in
            [(500, -1000), (503, -1008), (400, -1007), (400, -1006), (0, -2010), (200, -2010)]
        {
            assert_eq!(place(status, code, ""), ReportKind::Unknown, "{status} {code}");
            assert_eq!(Failure { status, code, message: "" }.of_cancel(), ReportKind::Unknown);
        }
        let (status, message) = (504, "");
        assert!(!Failure { status, code: NO_ORDER, message }.is_not_found());
    }

    #[test]
    fn refusals_have_reasons() {
        use OrderReason as R;
        for (code, message, reason) in [
            (-2010, "Account has insufficient balance for requested action.", R::Cash),
            (-2010, "Order would immediately match and take.", R::WouldCross),
            (-2010, "Duplicate order sent.", R::DuplicateId),
            (-1013, "Filter failure: NOTIONAL", R::TooSmall),
            (-1013, "Filter failure: LOT_SIZE", R::BadQuantity),
            (-1013, "Filter failure: PRICE_FILTER", R::BadPrice),
            (-2010, "This action is disabled on this account.", R::Venue),
            (-1003, "Too many requests", R::Venue),
            (-1021, "Timestamp for this request is outside of the recvWindow.", R::Venue),
        ] {
            assert_eq!(place(400, code, message), ReportKind::Rejected(reason), "{message}");
        }
        let cancel = |code| Failure { status: 400, code, message: "Unknown order sent." }.of_cancel();
        assert_eq!(cancel(-2011), ReportKind::CancelRejected(R::TooLate));
        assert_eq!(cancel(-1021), ReportKind::CancelRejected(R::Venue));
    }
}
