//! What a report adds to what is known of an order and of a change of it. Fills apart: they move money.

use super::change::How;
use super::facts::End;
use super::version::Version;
use super::{Told, TrackedOrder};
use crate::model::{OrderReason, OrderStatus, ReportKind};

/// Where a change was lost, both of the venue's orders are in doubt.
pub(super) fn doubt_both(tracked: &mut TrackedOrder) {
    let doubt = tracked.change.is_some() && tracked.in_doubt();
    tracked
        .versions_mut()
        .filter(|version| !version.is_settled())
        .for_each(|version| version.in_doubt |= doubt);
}

/// Adds a report, fills apart, to what is known of one of the venue's orders that had the status `was`; whether it
/// contradicts that.
pub(super) fn add(version: &mut Version, was: OrderStatus, what: ReportKind) -> bool {
    let facts = &mut version.facts;
    match what {
        ReportKind::Accepted | ReportKind::Filled { .. } => {
            facts.accepted = true;
            was == OrderStatus::Rejected
        }
        ReportKind::Triggered => {
            (facts.accepted, facts.works) = (true, true);
            was == OrderStatus::Rejected
        }
        ReportKind::Reduced(qty) => {
            facts.accepted = true;
            facts.qty = facts.qty.min(qty);
            was == OrderStatus::Rejected
        }
        ReportKind::Canceled => {
            facts.accepted = true;
            facts.end(End::Canceled)
        }
        ReportKind::Expired(reason) => {
            facts.accepted = true;
            facts.end(End::Expired(reason))
        }
        ReportKind::Rejected(reason) => facts.end(End::Rejected(reason)),
        ReportKind::CancelRejected(_) => {
            // It has ended, or the venue never had it: either way there is something we have not heard.
            facts.canceling = false;
            version.in_doubt |= !version.is_settled();
            false
        }
        ReportKind::Unknown => {
            version.lose();
            false
        }
        ReportKind::ChangeRefused(_) | ReportKind::ChangeCrossed => false, // the change is the order's
    }
}

/// What a report says of the change that is under way.
pub(super) fn note(tracked: &mut TrackedOrder, told: &Told, grace: i64) {
    if told.report.what == ReportKind::Unknown {
        doubt_both(tracked);
    }
    let refusal = match told.report.what {
        ReportKind::ChangeRefused(reason) => Some(reason),
        ReportKind::ChangeCrossed => Some(OrderReason::Venue),
        _ => None,
    };
    let TrackedOrder { now, other, change, .. } = tracked;
    let own = now.number == told.version;
    let Some(change) = change.as_mut().filter(|_| own) else {
        // An answer to a change that nobody waits for: something was not heard.
        if let Some(version) = tracked.version_mut(told.version).filter(|_| refusal.is_some()) {
            version.in_doubt |= !version.is_settled();
        }
        return;
    };
    match change.how {
        How::Replace { .. } => {
            let Some(reason) = refusal else { return };
            change.crossed = told.report.what == ReportKind::ChangeCrossed;
            let _ = now.facts.end(End::Rejected(reason));
            if let Some(other) = other.as_mut() {
                // A fill that has been heard of explains it.
                let unheard = change.crossed && other.facts.known().0 == 0;
                other.in_doubt |= !other.is_settled() && (unheard || reason == OrderReason::TooLate);
            }
        }
        How::Reduce { lots } => {
            let late = !now.facts.reducing && now.was_asked_late(grace, now.requested);
            let as_it_was = told.qty.is_some_and(|qty| qty > lots) && late;
            if let Some(reason) = refusal.or(as_it_was.then_some(OrderReason::Venue)) {
                change.refused = Some(reason);
                now.facts.reducing = false;
                now.in_doubt |= reason == OrderReason::TooLate && !now.is_settled();
            } else if now.facts.qty <= lots {
                now.facts.reducing = false;
            }
        }
    }
}
