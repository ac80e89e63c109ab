//! New numbers of an order: what is asked of the venue, and what became of it.

use super::TrackedOrder;
use crate::model::{Command, Lots, Order, OrderName, OrderReason, OrderStatus, OrderType, Ticks};

/// Numbers that are wanted; 0 leaves one as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// All of it, with what has filled.
    pub qty: Lots,
    /// Of a limit or stop-limit.
    pub price: Ticks,
    /// Of a stop or stop-limit.
    pub trigger: Ticks,
}

impl Numbers {
    /// Those of a modify.
    #[must_use]
    pub fn of(command: &Command) -> Numbers {
        Numbers { qty: Lots(command.qty), price: Ticks(command.price), trigger: Ticks(command.trigger) }
    }

    /// Those that an order has.
    #[must_use]
    pub fn of_order(order: &Order) -> Numbers {
        Numbers { qty: order.qty, price: order.price, trigger: order.trigger }
    }

    /// What an order has afterwards.
    pub(super) fn over(self, order: &Order) -> Numbers {
        let fixed = matches!(order.order_type, OrderType::Stop | OrderType::StopLimit);
        let limit = order.order_type.has_limit();
        Numbers {
            qty: if self.qty.0 == 0 { order.qty } else { self.qty },
            price: if limit && self.price.0 != 0 { self.price } else { order.price },
            trigger: if fixed && self.trigger.0 != 0 { self.trigger } else { order.trigger },
        }
    }

    /// Both wishes; the later one counts.
    pub(super) fn then(self, later: Numbers) -> Numbers {
        Numbers {
            qty: if later.qty.0 == 0 { self.qty } else { later.qty },
            price: if later.price.0 == 0 { self.price } else { later.price },
            trigger: if later.trigger.0 == 0 { self.trigger } else { later.trigger },
        }
    }
}

/// What is to be done for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// It has them.
    Nothing,
    /// As much has filled: the rest is taken back.
    TakeBack,
    /// The venue's order, with fewer lots; it keeps its place.
    Reduce(Order),
    /// Another order in its place.
    Replace {
        /// As the venue is to have it.
        order: Order,
        /// Lots that may fill beyond those that count already.
        more: Lots,
        /// The venue takes the old one back only if nothing of it has filled: what fills before refuses the change.
        guarded: bool,
    },
}

/// How a change is asked for: the names of the venue's orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Of the order that becomes smaller.
    Reduce(OrderName),
    /// Of the one that is taken back, and of the one that takes its place.
    Replace {
        /// The old one.
        old: OrderName,
        /// The new one.
        new: OrderName,
        /// Only if nothing of the old one has filled.
        guarded: bool,
    },
}

/// How a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// The venue's order becomes one of so many lots.
    Reduce { lots: Lots },
    /// Another order takes its place.
    Replace { guarded: bool },
}

/// A change under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) how: How,
    /// What the order has afterwards.
    pub(super) numbers: Numbers,
    /// The strategy wants to hear of it: not where a fill that crossed a change is made up for.
    pub(super) is_told: bool,
    pub(super) refused: Option<OrderReason>,
    /// A fill refused it.
    pub(super) crossed: bool,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// The order has its new numbers; whether that is to be told.
    Done(bool),
    /// It is as it was.
    Refused(OrderReason, bool),
    /// A fill came first: it is wanted still.
    Crossed,
}

impl TrackedOrder {
    /// What became of the change that is under way, once that is known; it is under way no longer then.
    pub(super) fn became(&mut self) -> Option<Became> {
        let change = self.change?;
        let became = match change.how {
            How::Replace { .. } if self.now.facts.was_there() => Became::Done(change.is_told),
            How::Replace { .. } => match self.now.facts.status() {
                (OrderStatus::Rejected, _) if change.crossed => Became::Crossed,
                (OrderStatus::Rejected, reason) => Became::Refused(reason, change.is_told),
                _ => return None,
            },
            How::Reduce { lots } if self.now.facts.qty <= lots => Became::Done(change.is_told),
            How::Reduce { .. } => match change.refused {
                // As much as is wanted has filled by now: the rest is to be taken back.
                Some(_) if self.filled() >= change.numbers.qty => Became::Crossed,
                reason => Became::Refused(reason?, change.is_told),
            },
        };
        self.change = None;
        match became {
            Became::Done(_) => {
                let Numbers { qty, price, trigger } = change.numbers;
                (self.order.qty, self.order.price, self.order.trigger) = (qty, price, trigger);
                // The old one is gone by then; if that has not been said, it is asked for.
                if let Some(other) = self.other.as_mut().filter(|other| !other.facts.is_over()) {
                    other.in_doubt = true;
                }
            }
            Became::Crossed => self.wish = Some(change.numbers.then(self.wish.unwrap_or_default())),
            Became::Refused(..) => {}
        }
        let old_lives = self.other.as_ref().is_some_and(|other| !other.facts.is_over());
        if !matches!(became, Became::Done(_))
            && old_lives
            && let Some(other) = &mut self.other
        {
            std::mem::swap(&mut self.now, other);
        }
        Some(became)
    }
}
