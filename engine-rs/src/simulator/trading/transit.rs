//! Commands and answers on their way between clients and the matcher.
//!
//! Times of `[simulation]` are kept on the records' clock: the venue has a record `feed_latency` before it is served,
//! so a command that arrives at `t` is matched when the source has reached `t + feed_latency`. Answers go out
//! `response_latency` after they were made, but not before the record that made them is served.

use std::collections::VecDeque;

use crate::matching::{Answer, Simulation};
use crate::model::{Command, Nanos};
use crate::random::SplitMix64;
use crate::simulator::order_entry::Replacement;

/// What a client wants of the matcher.
#[derive(Clone, Copy, Debug)]
pub(super) enum Errand {
    Command(Command),
    Replace(Replacement),
}

impl Errand {
    /// When it leaves.
    fn time(&self) -> i64 {
        match self {
            Errand::Command(command) => command.time,
            Errand::Replace(both) => both.cancel.time,
        }
    }

    /// The order that it brings.
    pub(super) fn new_order(&self) -> Option<&Command> {
        match self {
            Errand::Command(command) if command.action == Command::NEW => Some(command),
            Errand::Command(_) => None,
            Errand::Replace(both) => Some(&both.new),
        }
    }
}

/// An errand on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arriving {
    /// On the records' clock.
    pub(super) due: Nanos,
    /// At the venue.
    pub(super) arrival: Nanos,
    pub(super) errand: Errand,
}

/// What is on its way.
#[derive(Debug)]
pub(super) struct Transit {
    settings: Simulation,
    draws: SplitMix64,
    last_arrival: i64,
    commands: VecDeque<Arriving>,
    answers: VecDeque<(Nanos, Vec<Answer>)>,
}

impl Transit {
    pub(super) fn new(settings: Simulation) -> Transit {
        Transit {
            settings,
            draws: SplitMix64::new(settings.seed),
            last_arrival: i64::MIN,
            commands: VecDeque::new(),
            answers: VecDeque::new(),
        }
    }

    /// It leaves at its own time; errands arrive in the order of sending.
    pub(super) fn send(&mut self, errand: Errand) {
        let bound = self.settings.jitter.unsigned_abs();
        let jitter = if bound == 0 { 0 } else { self.draws.below(bound).cast_signed() };
        let arrival = errand.time().saturating_add(self.settings.order_latency).saturating_add(jitter);
        self.last_arrival = self.last_arrival.max(arrival);
        let (arrival, due) =
            (self.last_arrival, self.last_arrival.saturating_add(self.settings.feed_latency));
        self.commands.push_back(Arriving { due: Nanos(due), arrival: Nanos(arrival), errand });
    }

    /// When the next command is to be matched.
    pub(super) fn next_command(&self) -> Option<Nanos> {
        self.commands.front().map(|command| command.due)
    }

    pub(super) fn take_command(&mut self) -> Option<Arriving> {
        self.commands.pop_front()
    }

    /// Answers of one moment, made while the records' clock showed `served`.
    pub(super) fn answer(&mut self, answers: Vec<Answer>, served: Nanos) {
        let Some(first) = answers.first() else { return };
        let due = first.time.0.saturating_add(self.settings.response_latency).max(served.0);
        self.answers.push_back((Nanos(due), answers));
    }

    /// The next answers that are due by `until`.
    pub(super) fn take_answers(&mut self, until: Nanos) -> Option<Vec<Answer>> {
        self.answers.front().filter(|(due, _)| *due <= until)?;
        self.answers.pop_front().map(|(_, answers)| answers)
    }

    /// When something is to be done.
    pub(super) fn next_due(&self) -> Option<Nanos> {
        let answer = self.answers.front().map(|(due, _)| *due);
        self.next_command().into_iter().chain(answer).min()
    }
}
