//! What a venue says of an order: a report, and how much had filled by its count.

use crate::model::{ClientOrderId, Lots, Nanos, Report, ReportKind};

/// A report with the venue's own sum of fills, which shows when a fill has not reached us.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// What happened.
    pub report: Report,
    /// Filled so far, by the venue's count; `None` if it did not say.
    pub filled: Option<Lots>,
}

impl Told {
    /// That the answer about an order was lost.
    #[must_use]
    pub fn lost(id: ClientOrderId, now: Nanos) -> Told {
        let (event_time, receive_time) = (now, now);
        let what = ReportKind::Unknown;
        Report { id, venue_order_id: 0, event_time, receive_time, what }.into()
    }
}

impl From<Report> for Told {
    fn from(report: Report) -> Told {
        let filled = match report.what {
            ReportKind::Filled { cumulative, .. } => Some(cumulative),
            _ => None,
        };
        Told { report, filled }
    }
}
