//! An order as the venue keeps it, and what reports do to it.

use super::gateway::Connection;
use crate::model::{
    ClientOrderId, Instrument, Lots, Money, Nanos, Order, OrderReason, OrderType, Report, ReportKind, Side,
    Ticks, Tif, notional,
};

/// A request that waits for the matching engine.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) to: Connection,
    /// Of the request, as JSON.
    pub(super) id: String,
    /// `ACK`, `RESULT` or `FULL`; of a cancel its own client order id, of a change the order's new one.
    pub(super) word: String,
}

/// A fill as the venue keeps it.
#[derive(Clone, Copy, Debug)]
pub(super) struct VenueFill {
    pub(super) id: u64,
    pub(super) price: Ticks,
    pub(super) qty: Lots,
    pub(super) fee: Money,
    pub(super) maker: bool,
    pub(super) time: Nanos,
}

/// An order at the venue.
#[derive(Clone, Debug)]
pub(super) struct VenueOrder {
    /// The client's id as it was sent.
    pub(super) name: String,
    pub(super) order: Order,
    pub(super) order_id: u64,
    pub(super) status: &'static str,
    pub(super) executed: Lots,
    pub(super) quote: Money,
    pub(super) fills: Vec<VenueFill>,
    pub(super) updated: Nanos,
    /// It is on the book: a stop once it was triggered.
    pub(super) works: bool,
    /// How often it became smaller.
    pub(super) amendments: u32,
    pub(super) placing: Option<Waiting>,
    pub(super) canceling: Option<Waiting>,
    /// To become smaller; the word is its name afterwards.
    pub(super) reducing: Option<Waiting>,
}

impl VenueOrder {
    pub(super) fn new(name: String, order: Order, order_id: u64, placing: Waiting) -> VenueOrder {
        VenueOrder {
            name,
            order,
            order_id,
            status: "PENDING",
            executed: Lots(0),
            quote: Money::ZERO,
            fills: vec![],
            updated: order.time,
            works: !order.order_type.is_stop(),
            amendments: 0,
            placing: Some(placing),
            canceling: None,
            reducing: None,
        }
    }

    /// The matching engine has it, and it has not ended.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.status, "NEW" | "PARTIALLY_FILLED")
    }

    pub(super) fn is_over(&self) -> bool {
        !self.is_open() && self.status != "PENDING"
    }

    pub(super) fn id(&self) -> ClientOrderId {
        self.order.id
    }

    /// Adds a report; the venue's word for what happened, if readers of events are to hear of it.
    pub(super) fn apply(&mut self, report: &Report, instrument: &Instrument) -> Option<&'static str> {
        self.updated = report.event_time;
        if report.venue_order_id != 0 {
            self.order_id = report.venue_order_id;
        }
        match report.what {
            ReportKind::Accepted => self.ends("NEW"),
            ReportKind::Filled { price, qty, fee, maker, trade_id, .. } => {
                let unit = instrument.unit_value().unwrap_or_default();
                self.executed.0 += qty.0;
                self.works = true;
                self.quote += notional(unit, price, qty);
                self.fills.push(VenueFill { id: trade_id, price, qty, fee, maker, time: report.event_time });
                self.status = if self.executed >= self.order.qty { "FILLED" } else { "PARTIALLY_FILLED" };
                Some("TRADE")
            }
            ReportKind::Canceled => self.ends("CANCELED"),
            ReportKind::Expired(_) => self.ends("EXPIRED"),
            ReportKind::Rejected(_) => {
                self.status = "REJECTED";
                None // its reply says so
            }
            ReportKind::Triggered => {
                self.works = true;
                None // the venue's events do not tell
            }
            ReportKind::Reduced(qty) => {
                self.order.qty = qty;
                self.amendments += 1;
                Some("REPLACED")
            }
            ReportKind::CancelRejected(_)
            | ReportKind::ChangeRefused(_)
            | ReportKind::ChangeCrossed
            | ReportKind::Unknown => None,
        }
    }

    fn ends(&mut self, status: &'static str) -> Option<&'static str> {
        self.status = status;
        Some(status)
    }

    pub(super) fn side(&self) -> &'static str {
        if self.order.side == Side::Buy { "BUY" } else { "SELL" }
    }

    pub(super) fn type_word(&self) -> &'static str {
        match (self.order.order_type, self.order.post_only) {
            (OrderType::Market, _) => "MARKET",
            (OrderType::Limit, true) => "LIMIT_MAKER",
            (OrderType::Limit, false) => "LIMIT",
            (OrderType::StopLimit, _) => "STOP_LOSS_LIMIT",
            (OrderType::Stop | OrderType::TrailingStop, _) => "STOP_LOSS",
        }
    }

    pub(super) fn tif_word(&self) -> &'static str {
        match self.order.tif {
            Tif::Gtc | Tif::Gtd | Tif::Day => "GTC",
            Tif::Ioc => "IOC",
            Tif::Fok => "FOK",
        }
    }
}

/// Why an order was refused, if it was.
pub(super) fn rejection(report: &Report) -> Option<OrderReason> {
    match report.what {
        ReportKind::Rejected(reason) => Some(reason),
        _ => None,
    }
}
