//! Records and time to handlers, handlers to requests.

use super::super::hosting::{Call, HostError};
use super::{Core, Decision, Moment, Outlet};
use crate::messaging::{Outgoing, SignalReport, StrategyId};
use crate::model::{Event, InstrumentId, Nanos};
use crate::monitoring::latency::{Stage, mark};
use crate::strategy::abi::{Action, Handler};

/// Calls by timers at one time: more is a strategy that answers itself.
const TIMERS_AT_ONCE: usize = 1_000;

impl Core {
    /// A record of the market, as it was put into the ring.
    pub fn on_record(&mut self, event: &Event, out: &mut dyn Outlet) {
        let time = event.words[0].cast_signed();
        self.pass(Nanos(time), time - 1, out);
        out.moment(Moment::Market(event));
        let row = event.instrument as usize;
        let Some(market) = self.markets.get_mut(row) else { return };
        let mark = market.observe(event, self.now.0, self.instruments[row].tick);
        if mark.is_some() {
            self.risk.exposures_mut().set_mark(InstrumentId(event.instrument), mark);
        }
        for number in 0..self.hosted.len() {
            if self.hosted[number].has_failed() {
                continue;
            }
            let Some(slot) = self.hosted[number].desk.slot_of(event) else { continue };
            let venue_time = self.hosted[number].desk.bars.venue_time(event);
            self.close_bars(number, venue_time, event.stamp, out);
            match self.hosted[number].desk.observe(slot, event) {
                Ok(Some(handler)) => self.call(number, handler, slot, event, out),
                Ok(None) => {}
                Err(error) => self.fail(number, &error.to_string(), out),
            }
        }
        self.deliver_refusals(out);
    }

    /// Time has passed, and nothing else has happened.
    pub fn on_time(&mut self, now: Nanos, out: &mut dyn Outlet) {
        self.pass(now, now.0, out);
        self.watch_worth();
        self.look_after_orders(out);
        self.deliver_refusals(out);
    }

    /// When the next timer of a strategy is due.
    #[must_use]
    pub fn next_timer(&self) -> Option<Nanos> {
        self.hosted
            .iter()
            .filter(|hosted| !hosted.has_failed())
            .filter_map(|hosted| hosted.next_timer())
            .min()
            .map(Nanos)
    }

    /// The clock goes on; timers that are due by `until` come first, by their times, so that what a strategy sees does
    /// not depend on the timers of others.
    pub(super) fn pass(&mut self, now: Nanos, until: i64, out: &mut dyn Outlet) {
        out.moment(Moment::Passed { now, until });
        self.hosted.iter_mut().for_each(|hosted| hosted.timers_left = TIMERS_AT_ONCE);
        while let Some(number) = self.next_due(until) {
            let Some((time, slot, record)) = self.hosted[number].due(until) else { break };
            self.now = self.now.max(Nanos(time));
            let venue_time = self.hosted[number].desk.bars.behind(time);
            self.close_bars(number, venue_time, 0, out);
            self.call(number, Handler::Timer, slot, &record, out);
        }
        self.now = self.now.max(now);
    }

    /// Whose timer is the first of those that are due.
    fn next_due(&self, until: i64) -> Option<usize> {
        let timers = self.hosted.iter().enumerate().filter_map(|(number, hosted)| {
            let time = hosted.next_timer().filter(|time| *time <= until)?;
            (hosted.timers_left > 0 && !hosted.has_failed()).then_some((time, number))
        });
        timers.min().map(|(_, number)| number)
    }

    fn close_bars(&mut self, number: usize, time: i64, stamp: u64, out: &mut dyn Outlet) {
        loop {
            let desk = &mut self.hosted[number].desk;
            match desk.bars.ended(time, &desk.rows) {
                Ok(None) => return,
                Ok(Some(ended)) => {
                    desk.push_bar(&ended);
                    self.call(number, Handler::Bar, ended.slot, &ended.bar, out);
                }
                Err(_) => {
                    let error = HostError::TimeLeap { stamp, time };
                    return self.fail(number, &error.to_string(), out);
                }
            }
        }
    }

    /// A strategy hears what became of its order.
    pub(super) fn tell(&mut self, number: usize, handler: Handler, record: &Event, out: &mut dyn Outlet) {
        out.moment(Moment::Heard(self.hosted[number].number, record));
        if let Some(slot) = self.hosted[number].desk.slot_of(record) {
            self.call(number, handler, slot, record, out);
        }
    }

    /// Calls a handler and does what it asks for.
    pub(super) fn call(
        &mut self,
        number: usize,
        handler: Handler,
        slot: usize,
        event: &Event,
        out: &mut dyn Outlet,
    ) {
        let killed = self.is_killed();
        let hosted = &mut self.hosted[number];
        if hosted.has_failed() {
            return;
        }
        self.requests.clear();
        mark(Stage::Book);
        let asked = hosted.desk.strategy.handle(handler, self.now, slot, event);
        mark(Stage::Strategy);
        match asked {
            Ok([]) => return,
            Ok(requests) => self.requests.extend_from_slice(requests),
            Err(fault) => {
                let text = fault.to_string();
                return self.fail(number, &text, out);
            }
        }
        if let Some(text) = self.requests.iter().find_map(|request| hosted.desk.refusal(request)) {
            return self.fail(number, &text, out);
        }
        let call = Call { now: self.now, event, strategy: hosted.number, run: self.terms.run };
        let orders_off = killed || !hosted.may_trade();
        for request in &self.requests {
            let harmless =
                [Action::Signal, Action::Timer].iter().any(|action| request.action == *action as u8);
            if harmless || !orders_off {
                hosted.desk.carry_out(call, request, &mut self.wishes);
            }
        }
        self.grant(number, out);
    }

    /// What was wished for happens.
    fn grant(&mut self, number: usize, out: &mut dyn Outlet) {
        let hosted = &mut self.hosted[number];
        for (time, tag, slot) in self.wishes.timers.drain(..) {
            hosted.set_timer(time, tag, slot);
        }
        for mut signal in self.wishes.signals.drain(..) {
            out.decided(hosted.number, self.now, &Decision::Signal(signal));
            out.record(&mut signal);
            out.say(Outgoing::Signal(SignalReport { strategy: StrategyId(hosted.number), signal }));
        }
        // Taken out and put back: what is sent may call nobody, and the room is kept.
        let mut commands = std::mem::take(&mut self.wishes.commands);
        for command in commands.drain(..) {
            self.carry(number, &command, out);
        }
        self.wishes.commands = commands;
    }

    /// Strategies hear of their refused orders after the event that led to them; what they answer is heard of after
    /// the next event, so that nobody can answer himself without end.
    pub(super) fn deliver_refusals(&mut self, out: &mut dyn Outlet) {
        for _ in 0..self.unheard.len() {
            let Some((number, update)) = self.unheard.pop_front() else { return };
            self.tell(number, Handler::Order, &update, out);
        }
    }
}
