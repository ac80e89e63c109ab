//! Orders that change: fewer lots in their place (`order.amend.keepPriority`), or another order instead of them
//! (`order.cancelReplace`), whose one reply has both steps.

use super::failure::{
    AMENDED_TOO_OFTEN, Failure, HALF_REPLACED, NO_CHANGE, NO_INCREASE, NOT_REPLACED, NOTHING_TO_AMEND,
    NOTHING_TO_CANCEL, RESTRICTED,
};
use super::forms;
use super::gateway::{Action, Connection, Done, OrderEntry, listed};
use super::placing::{filters, steps};
use super::request::Request;
use super::venue_order::{Waiting, rejection};
use crate::model::{ClientOrderId, Command, Lots, Nanos, Order, OrderReason, Report, ReportKind};

/// How often an order may become smaller.
const MOST_AMENDMENTS: u32 = 10;

/// An order that is taken back only while it stands so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// Nothing has filled.
    New,
    /// Something has.
    PartiallyFilled,
}

/// For the matching engine: an order is taken back, and another one takes its place, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Of the old one.
    pub cancel: Command,
    /// The new one.
    pub new: Command,
    /// The old one is taken back only then.
    pub only: Option<Only>,
    /// The new one is tried even if the old one was not taken back.
    pub goes_on: bool,
}

/// A replacement that is not answered yet.
#[derive(Debug)]
pub(super) struct Underway {
    pub(super) old: ClientOrderId,
    pub(super) new: ClientOrderId,
    /// Name of the cancel.
    pub(super) cancel: String,
    waiting: Waiting,
    goes_on: bool,
    /// A cancel of the old one was under way: that is answered before.
    behind: bool,
    /// The first step: the venue's form, or why not.
    canceled: Option<Result<String, Failure>>,
}

impl OrderEntry {
    pub(super) fn reduce(&mut self, from: Connection, request: &Request, now: Nanos) -> Done {
        let id = self.found(request, ("orderId", "origClientOrderId"), NOTHING_TO_AMEND)?;
        let order = self.orders.get(&id).filter(|order| !order.is_over()).ok_or(NOTHING_TO_AMEND)?;
        let instrument = self.instrument(order.order.instrument)?;
        let lots = Lots(steps(request, "newQty", instrument.lot, "LOT_SIZE")?);
        if lots == order.order.qty {
            return Err(NO_CHANGE);
        } else if lots > order.order.qty {
            return Err(NO_INCREASE);
        } else if order.amendments >= MOST_AMENDMENTS {
            return Err(AMENDED_TOO_OFTEN);
        }
        filters(&Order { qty: lots, ..order.order }, instrument)?;
        let name = request.text("newClientOrderId").map(str::to_owned);
        let word = name.unwrap_or_else(|| format!("amended{}x{}", order.order_id, order.amendments));
        let time = self.market_time(now);
        let Some(order) = self.orders.get_mut(&id) else { return Err(NOTHING_TO_AMEND) };
        order.reducing = Some(Waiting { to: from, id: request.id.clone(), word });
        let command = Command { qty: lots.0, price: 0, trigger: 0, ..Command::modify(&order.order, time) };
        Ok(vec![Action::Command(command)])
    }

    pub(super) fn replace(&mut self, from: Connection, request: &Request, now: Nanos) -> Done {
        let goes_on = match request.needed("cancelReplaceMode")? {
            "STOP_ON_FAILURE" => false,
            "ALLOW_FAILURE" => true,
            _ => return Err(Failure::missing("cancelReplaceMode")),
        };
        let only = match request.text("cancelRestrictions") {
            None => None,
            Some("ONLY_NEW") => Some(Only::New),
            Some("ONLY_PARTIALLY_FILLED") => Some(Only::PartiallyFilled),
            Some(_) => return Err(Failure::missing("cancelRestrictions")),
        };
        let words = ("cancelOrderId", "cancelOrigClientOrderId");
        let found = self.found(request, words, NOTHING_TO_CANCEL);
        let old = match found {
            Err(failure) if failure != NOTHING_TO_CANCEL => return Err(failure),
            // What cannot be taken back is asked for all the same: the reply says so of the first step.
            found => found.unwrap_or_default(),
        };
        let (new, command) = self.admit(from, request, now)?;
        let order_id = self.orders.get(&old).map_or(0, |order| order.order_id);
        let cancel = request.text("cancelNewClientOrderId").map(str::to_owned);
        let cancel = cancel.unwrap_or_else(|| format!("cancel{order_id}"));
        let word = request.text("newOrderRespType").unwrap_or("FULL").to_owned();
        let waiting = Waiting { to: from, id: request.id.clone(), word };
        if let Some(order) = self.orders.get_mut(&new) {
            order.placing = None; // the one reply is to both steps
        }
        let behind = self.orders.get(&old).is_some_and(|order| order.canceling.is_some());
        self.replacements.push(Underway { old, new, cancel, waiting, goes_on, behind, canceled: None });
        let cancel = Command { client_order_id: old.0, action: Command::CANCEL, ..command };
        let cancel = Command { price: 0, qty: 0, trigger: 0, display: 0, ..cancel };
        let cancel = Command { side: 0, order_type: 0, tif: 0, flags: 0, ..cancel };
        Ok(vec![Action::Replace(Box::new(Replacement { cancel, new: command, only, goes_on }))])
    }

    /// Answers a change that waited for this report; whether one did.
    pub(super) fn reply_to_change(&mut self, report: &Report, now: Nanos, replies: &mut Vec<Action>) -> bool {
        let canceling = self.orders.get(&report.id).is_some_and(|order| order.canceling.is_some());
        let first = |underway: &Underway| {
            underway.old == report.id && underway.canceled.is_none() && !(underway.behind && canceling)
        };
        if let Some(place) = self.replacements.iter().position(first) {
            return self.first_step(place, report, now, replies);
        }
        if let Some(place) = self.replacements.iter().position(|underway| underway.new == report.id) {
            self.second_step(place, report, now, replies);
            return true;
        }
        self.reduced(report, now, replies)
    }

    /// What became of the order that was to be taken back.
    fn first_step(&mut self, place: usize, report: &Report, now: Nanos, replies: &mut Vec<Action>) -> bool {
        let failure = match report.what {
            ReportKind::Canceled => None,
            ReportKind::ChangeCrossed => Some(RESTRICTED),
            ReportKind::CancelRejected(_) => Some(NOTHING_TO_CANCEL),
            _ => return false,
        };
        let canceled = match failure {
            Some(failure) => Err(failure),
            None => {
                let Some(order) = self.orders.get(&report.id) else { return false };
                let Ok(instrument) = self.instrument(order.order.instrument) else { return false };
                Ok(forms::canceled(order, instrument, &self.replacements[place].cancel))
            }
        };
        if canceled.is_ok() {
            self.forget_after(report.id, false);
        } else if !self.replacements[place].goes_on {
            let Underway { new, waiting, .. } = self.replacements.remove(place);
            let step = canceled.as_ref().err().map(forms::step_failed).unwrap_or_default();
            let data = forms::replaced(("FAILURE", &step), ("NOT_ATTEMPTED", "null"));
            replies.push(self.both_failed(&waiting, &NOT_REPLACED, &data, now));
            self.forget(new);
            return true;
        }
        self.replacements[place].canceled = Some(canceled);
        true
    }

    /// What became of the order that was to take its place.
    fn second_step(&mut self, place: usize, report: &Report, now: Nanos, replies: &mut Vec<Action>) {
        let Underway { new, waiting, canceled, .. } = self.replacements.remove(place);
        let Some(order) = self.orders.get(&new) else { return };
        let Some(instrument) = listed(&self.instruments, order.order.instrument) else { return };
        let placed = match rejection(report) {
            Some(reason) => Err(Failure::rejected(reason)),
            None => Ok(forms::placed(order, instrument, &waiting.word)),
        };
        let word = |done: bool| if done { "SUCCESS" } else { "FAILURE" };
        let form = |step: &Result<String, Failure>| match step {
            Ok(form) => form.clone(),
            Err(failure) => forms::step_failed(failure),
        };
        let canceled = canceled.unwrap_or(Err(NOTHING_TO_CANCEL));
        let steps = forms::replaced(
            (word(canceled.is_ok()), &form(&canceled)),
            (word(placed.is_ok()), &form(&placed)),
        );
        replies.push(match (canceled.is_ok(), placed.is_ok()) {
            (true, true) => {
                let text = forms::reply(&waiting.id, &steps, &self.limits(now));
                Action::Send { to: waiting.to, text }
            }
            (false, false) => self.both_failed(&waiting, &NOT_REPLACED, &steps, now),
            _ => self.both_failed(&waiting, &HALF_REPLACED, &steps, now),
        });
        if self.orders.get(&new).is_some_and(super::venue_order::VenueOrder::is_over) {
            self.forget_after(new, rejection(report).is_some());
        }
    }

    /// An order has become smaller, or not.
    fn reduced(&mut self, report: &Report, now: Nanos, replies: &mut Vec<Action>) -> bool {
        let refused = match report.what {
            ReportKind::Reduced(_) => None,
            ReportKind::ChangeRefused(OrderReason::TooLate) => Some(NOTHING_TO_AMEND),
            ReportKind::ChangeRefused(reason) => Some(Failure { code: -2038, ..Failure::rejected(reason) }),
            _ => return false,
        };
        let Some(order) = self.orders.get_mut(&report.id) else { return true };
        let Some(waiting) = order.reducing.take() else { return true };
        if let Some(failure) = refused {
            replies.push(self.refuse(waiting.to, &waiting.id, &failure, now));
            return true;
        }
        let before = std::mem::replace(&mut order.name, waiting.word);
        self.names.remove(&before);
        self.names.insert(order.name.clone(), report.id);
        let Some(instrument) = listed(&self.instruments, order.order.instrument) else { return true };
        let result = forms::amended(order, instrument, &before, self.executions);
        let text = forms::reply(&waiting.id, &result, &self.limits(now));
        replies.push(Action::Send { to: waiting.to, text });
        true
    }

    fn both_failed(&self, waiting: &Waiting, failure: &Failure, data: &str, now: Nanos) -> Action {
        let data = data.to_owned();
        let text = forms::failed(&waiting.id, failure, Some(&data), &self.limits(now));
        Action::Send { to: waiting.to, text }
    }
}
