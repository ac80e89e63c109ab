//! One request that cancels many orders: its reply waits for all of them.

use crate::model::ClientOrderId;

#[derive(Debug, Default)]
struct MassCancel {
    waits_for: Vec<ClientOrderId>,
    /// What has been canceled, as replies say it.
    forms: Vec<String>,
}

/// What a cancel's end means for the reply.
pub(super) enum Settled {
    /// It was a request of its own.
    Alone,
    /// Others are still under way.
    Waits,
    /// The last one; none was canceled.
    Nothing,
    /// The last one; the result of the request.
    All(String),
}

/// Those under way.
#[derive(Debug, Default)]
pub(super) struct MassCancels(Vec<MassCancel>);

impl MassCancels {
    pub(super) fn begin(&mut self, ids: Vec<ClientOrderId>) {
        self.0.push(MassCancel { waits_for: ids, forms: vec![] });
    }

    /// The cancel of an order has ended, with the venue's form if it was canceled.
    pub(super) fn settle(&mut self, id: ClientOrderId, form: Option<&String>) -> Settled {
        let Some(place) = self.0.iter().position(|all| all.waits_for.contains(&id)) else {
            return Settled::Alone;
        };
        let all = &mut self.0[place];
        all.waits_for.retain(|other| *other != id);
        all.forms.extend(form.cloned());
        if !all.waits_for.is_empty() {
            return Settled::Waits;
        }
        let forms = self.0.swap_remove(place).forms;
        if forms.is_empty() { Settled::Nothing } else { Settled::All(format!("[{}]", forms.join(","))) }
    }
}
