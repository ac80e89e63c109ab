//! What is known of one of the venue's orders. Reports only ever add facts, and the status is read off them: no order of arrival, no
//! repetition and no transition can lead anywhere else.

use crate::model::{Lots, OrderReason, OrderStatus};

/// How an order ended without filling whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Canceled,
    Expired(OrderReason),
    Rejected(OrderReason),
}

impl End {
    /// Of two ends that contradict each other the one that leaves less doubt about fills counts.
    fn rank(self) -> u8 {
        match self {
            End::Rejected(OrderReason::Venue) => 0, // an event says less than a reply
            End::Rejected(_) => 1,
            End::Expired(_) => 2,
            End::Canceled => 3,
        }
    }
}

/// The facts of one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// The least that the venue has said it is.
    pub(super) qty: Lots,
    /// The venue has or had it.
    pub(super) accepted: bool,
    /// The sum of the fills that reached us.
    pub(super) filled: Lots,
    /// The most that the venue has said had filled.
    pub(super) at_venue: Lots,
    end: Option<End>,
    /// An answer was lost at some time.
    lost: bool,
    /// A cancel was sent and not answered.
    pub(super) canceling: bool,
    /// A smaller quantity was asked for, and not answered.
    pub(super) reducing: bool,
    /// It has been on the book.
    pub(super) works: bool,
}

impl Facts {
    pub(super) fn sent(qty: Lots) -> Facts {
        let (filled, at_venue, end) = (Lots(0), Lots(0), None);
        let (accepted, lost, canceling, reducing, works) = (false, false, false, false, false);
        Facts { qty, accepted, filled, at_venue, end, lost, canceling, reducing, works }
    }

    /// The venue has seen it alive.
    pub(super) fn was_there(&self) -> bool {
        self.accepted || self.filled.0 > 0 || self.at_venue.0 > 0
    }

    /// The status and its reason.
    pub(super) fn status(&self) -> (OrderStatus, OrderReason) {
        let plain = |status| (status, OrderReason::None);
        if self.filled >= self.qty {
            return plain(OrderStatus::Filled);
        }
        match self.end {
            Some(End::Canceled) => return plain(OrderStatus::Canceled),
            Some(End::Expired(reason)) => return (OrderStatus::Expired, reason),
            // An order that was there was not refused, whatever came first: it stays alive.
            Some(End::Rejected(reason)) if !self.was_there() => return (OrderStatus::Rejected, reason),
            _ => {}
        }
        plain(match self {
            Facts { canceling: true, .. } => OrderStatus::PendingCancel,
            Facts { filled, .. } if filled.0 > 0 => OrderStatus::PartiallyFilled,
            _ if self.was_there() => OrderStatus::New,
            Facts { lost: true, .. } => OrderStatus::Unknown,
            _ => OrderStatus::PendingNew,
        })
    }

    /// Adds an end; whether it contradicts one known before.
    pub(super) fn end(&mut self, end: End) -> bool {
        let rejected = |end: End| matches!(end, End::Rejected(_));
        let contradicts = self.end.is_some_and(|known| known != end && !(rejected(known) && rejected(end)));
        if self.end.is_none_or(|known| known.rank() < end.rank()) {
            self.end = Some(end);
        }
        contradicts || (rejected(end) && self.was_there())
    }

    /// An answer, to the order, to its cancel or to a change, was lost.
    pub(super) fn lose(&mut self) {
        self.lost = true;
        self.canceling = false;
        self.reducing = false;
    }

    /// An answer was lost, and it may be there or not.
    pub(super) fn may_be_there(&self) -> bool {
        self.lost && !self.was_there()
    }

    pub(super) fn is_over(&self) -> bool {
        self.status().0.is_final()
    }

    /// A request about it is not answered.
    pub(super) fn waits(&self) -> bool {
        !self.is_over() && (self.canceling || self.reducing || !self.lost && !self.was_there())
    }

    /// Filled by what is known: fills that we have not heard of among them.
    pub(super) fn known(&self) -> Lots {
        self.filled.max(self.at_venue)
    }

    /// Lots that the venue has filled and we have not heard of.
    pub(super) fn missing(&self) -> Lots {
        Lots((self.at_venue.0 - self.filled.0).max(0))
    }

    /// Lots that may still come, fills not heard of among them.
    pub(super) fn open(&self) -> Lots {
        if self.status().0.is_final() {
            return self.missing();
        }
        Lots((self.qty.0 - self.filled.0).max(0))
    }
}
