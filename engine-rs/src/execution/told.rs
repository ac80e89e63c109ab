//! What a venue says of an order: a report, and how the order stands by its count.

use crate::model::{ClientOrderId, Lots, Nanos, OrderName, Report, ReportKind};

/// A report with the venue's own numbers, which show when a fill or the answer to a change has not reached us.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// What happened.
    pub report: Report,
    /// To which of the venue's orders.
    pub version: u16,
    /// Filled so far, by the venue's count; `None` if it did not say.
    pub filled: Option<Lots>,
    /// Its quantity; `None` if it did not say.
    pub qty: Option<Lots>,
    /// Said to be on the book: of a stop that it was triggered.
    pub works: bool,
}

impl Told {
    /// That the answer about an order was lost.
    #[must_use]
    pub fn lost(name: impl Into<OrderName>, now: Nanos) -> Told {
        Told::plain(name, now, ReportKind::Unknown)
    }

    /// That this happened now.
    #[must_use]
    pub fn plain(name: impl Into<OrderName>, now: Nanos, what: ReportKind) -> Told {
        let OrderName { id, version } = name.into();
        let (event_time, receive_time) = (now, now);
        Told { version, ..Report { id, venue_order_id: 0, event_time, receive_time, what }.into() }
    }

    /// Of which of the venue's orders.
    #[must_use]
    pub fn name(&self) -> OrderName {
        let id: ClientOrderId = self.report.id;
        OrderName { id, version: self.version }
    }
}

impl From<Report> for Told {
    fn from(report: Report) -> Told {
        let filled = match report.what {
            ReportKind::Filled { cumulative, .. } => Some(cumulative),
            _ => None,
        };
        Told { report, version: 0, filled, qty: None, works: false }
    }
}
