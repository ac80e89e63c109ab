//! History to strategies, before anything is traded: they see it as they would have seen it live, and their orders are
//! off.

use tracing::info;

use super::hosted::Hosted;
use super::market::Market;
use super::{Core, Decision, Moment, Outlet, Standing, Unsent};
use crate::execution::{Asking, Inquiry};
use crate::messaging::{Outgoing, StrategyId};
use crate::model::{Event, InstrumentId, Nanos, Order, OrderName};
use crate::risk::Approved;

/// What strategies were warmed up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fed {
    /// Records.
    pub records: u64,
    /// When the first was received.
    pub from: Nanos,
    /// When the last was received.
    pub to: Nanos,
}

impl Core {
    /// Feeds every strategy with records of the past in their order, before the first input of a session that begins at
    /// `begin`. Orders, cancels and signals go nowhere; timers are kept, and what is overdue at the end comes at
    /// `begin`. Quotes, books and marks are forgotten then: nothing is known of the market until it is heard of live.
    pub fn warm_up(
        &mut self,
        history: impl Iterator<Item = Event>,
        begin: Nanos,
        told: &mut dyn FnMut(Moment<'_>),
    ) {
        told(Moment::History);
        let may_trade: Vec<bool> = self.hosted.iter().map(Hosted::may_trade).collect();
        self.hosted.iter_mut().for_each(Hosted::stop);
        let mut fed = Fed { records: 0, from: begin, to: begin };
        for record in history {
            self.on_record(&record, &mut Nobody { told: &mut *told });
            fed.to = Nanos(record.words[0].cast_signed());
            if fed.records == 0 {
                fed.from = fed.to;
            }
            fed.records += 1;
        }
        for (hosted, may_trade) in self.hosted.iter_mut().zip(may_trade) {
            hosted.end_history(begin.0);
            if may_trade {
                hosted.start();
            }
            if !hosted.has_failed() {
                info!(strategy = hosted.name, "{}", fed.what_of(hosted));
            }
        }
        for (id, market) in (0..).map(InstrumentId).zip(&mut self.markets) {
            *market = Market::default();
            self.risk.exposures_mut().set_mark(id, None);
        }
        (self.fed, self.now) = (Some(fed), begin);
        told(Moment::Begin(begin));
    }

    /// How each strategy stands after its history, for those who listen; nothing without one.
    pub fn warmed_up(&self) -> impl Iterator<Item = Outgoing> {
        let tell = move |fed: Fed| {
            self.hosted.iter().map(move |hosted| {
                let (state, reason) = match &hosted.standing {
                    Standing::Running => ("running", fed.what_of(hosted)),
                    Standing::Stopped => ("stopped", fed.what_of(hosted)),
                    Standing::Failed(why) => ("failed", why.clone()),
                };
                Outgoing::Status { strategy: Some(StrategyId(hosted.number)), time: self.now, state, reason }
            })
        };
        self.fed.into_iter().flat_map(tell)
    }
}

impl Fed {
    /// What a strategy has of it, in words.
    fn what_of(&self, hosted: &Hosted) -> String {
        let Fed { records, from: Nanos(from), to: Nanos(to) } = self;
        let mut text = format!("warmed up with {records} records, received from {from} to {to} ns UTC: ");
        text += &format!("{} bars", hosted.desk.bars.made());
        if let Some(features) = hosted.desk.strategy.features() {
            text += &match features.warm() {
                true => ", its features are warm".to_owned(),
                false => {
                    format!(", NOT warm: its features need {}; no orders until then", features.warmup() + 1)
                }
            };
        }
        text
    }
}

/// Who hears what strategies want while history is fed.
struct Nobody<'a> {
    told: &'a mut dyn FnMut(Moment<'_>),
}

impl Outlet for Nobody<'_> {
    fn decided(&mut self, strategy: u16, now: Nanos, decision: &Decision) {
        if matches!(decision, Decision::Stop(_)) {
            (self.told)(Moment::Decided(strategy, now, decision));
        }
    }

    fn place(&mut self, _: &Approved<Order>, _: Nanos) -> Result<(), Unsent> {
        Err(Unsent::NotReady)
    }

    fn change(&mut self, _: &Approved<Order>, _: Asking, _: Nanos) -> Result<(), Unsent> {
        Err(Unsent::NotReady)
    }

    fn cancel(&mut self, _: OrderName, _: InstrumentId, _: Nanos) -> Result<(), Unsent> {
        Err(Unsent::NotReady)
    }

    fn ask(&mut self, _: &Inquiry, _: Nanos) {}

    fn grace(&self) -> i64 {
        0
    }

    fn record(&mut self, _: &mut Event) {}

    fn say(&mut self, _: Outgoing) {}

    fn moment(&mut self, moment: Moment<'_>) {
        (self.told)(moment);
    }
}
