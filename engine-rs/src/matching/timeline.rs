//! The clocks of a run, merged: what happens next, at the venue or to the strategy.
//!
//! Whoever drives a run asks for one [`Step`] after another, hands it to the strategy, and sends what the strategy
//! answers. What happens at the venue in between happens inside.

use std::collections::VecDeque;

use super::answer::Answer;
use super::error::MatchError;
use super::feed::{Feed, receive_time};
use super::matcher::Matcher;
use super::settings::Simulation;
use crate::model::{Command, Event, Instrument, Nanos};
use crate::random::SplitMix64;

/// Times reach up to here: sums of them and latencies stay far inside i64.
const LATEST: i64 = 1 << 62;

/// What reaches the strategy next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// An answer of the venue: an `order_update` or a `fill`.
    Answer(Event),
    /// A record of the market.
    Record(Event),
    /// The timer that the caller named is due.
    Timer,
    /// Nothing will happen any more.
    End,
}

/// A simulated venue and the way to it and back.
#[derive(Debug)]
pub struct Timeline<I: Iterator<Item = Event>> {
    matcher: Matcher,
    settings: Simulation,
    feed: Feed<I>,
    commands: VecDeque<(i64, Command)>,
    answers: VecDeque<(Event, Answer)>,
    /// The answer that was given out last.
    answered: Option<Answer>,
    fresh: Vec<Answer>,
    draws: SplitMix64,
    last_record: (i64, u64),
    last_sent: i64,
    last_arrival: i64,
    stamp: u64,
}

impl<I: Iterator<Item = Event>> Timeline<I> {
    /// A run over `records`, sorted by (receive time, stamp).
    ///
    /// # Errors
    /// As [`Matcher::new`].
    pub fn new(
        records: I,
        instruments: impl IntoIterator<Item = Instrument>,
        settings: Simulation,
    ) -> Result<Timeline<I>, MatchError> {
        Ok(Timeline {
            matcher: Matcher::new(instruments, settings)?,
            settings,
            feed: Feed::new(records, &settings),
            commands: VecDeque::with_capacity(64),
            answers: VecDeque::with_capacity(64),
            answered: None,
            fresh: Vec::with_capacity(64),
            draws: SplitMix64::new(settings.seed),
            last_record: (-LATEST, 0),
            last_sent: -LATEST,
            last_arrival: -LATEST,
            stamp: 0,
        })
    }

    /// The venue.
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// The answer of the last [`Step::Answer`], with the integers that a ledger needs.
    #[must_use]
    pub fn answered(&self) -> Option<&Answer> {
        self.answered.as_ref()
    }

    /// Sends a command at its own `time`; when it will arrive.
    ///
    /// # Errors
    /// [`MatchError::Unsorted`] if one was sent later.
    pub fn send(&mut self, command: &Command) -> Result<Nanos, MatchError> {
        let time = command.time;
        let what = || format!("command of order {}", command.client_order_id);
        check_time(time, what)?;
        if time < self.last_sent {
            return Err(MatchError::Unsorted { what: what(), time, before: self.last_sent });
        }
        self.last_sent = time;
        let bound = self.settings.jitter.unsigned_abs();
        let jitter = if bound == 0 { 0 } else { self.draws.below(bound).cast_signed() };
        self.last_arrival = self.last_arrival.max(time + self.settings.order_latency + jitter);
        self.commands.push_back((self.last_arrival, *command));
        Ok(Nanos(self.last_arrival))
    }

    /// Lets the venue work up to what reaches the strategy next. `timer` is when the strategy's next timer is due.
    ///
    /// # Errors
    /// [`MatchError`] from data or commands that cannot be what they claim; the run must stop.
    pub fn next(&mut self, timer: Option<Nanos>) -> Result<Step, MatchError> {
        loop {
            // A time beyond all reason must come to the venue, to be refused there.
            let venue = self.feed.venue_time(LATEST);
            let command = self.commands.front().map_or(i64::MAX, |(arrival, _)| *arrival);
            let answer = self.answers.front().map_or(i64::MAX, |(answer, _)| answer.words[0].cast_signed());
            let record = self.feed.strategy_time();
            let timer = timer.map_or(i64::MAX, |timer| timer.0);
            let to_strategy = answer.min(record).min(timer);
            let expiry = self.matcher.next_expiry().map_or(i64::MAX, |time| time.0);
            let soonest = command.min(to_strategy);
            if venue <= soonest.min(expiry) && venue < i64::MAX {
                self.record_at_venue()?;
            } else if expiry <= soonest && venue.min(soonest) < i64::MAX {
                // What would outlive all else does not come.
                self.matcher.expire(&mut self.fresh);
                self.answer();
            } else if command <= to_strategy && command < i64::MAX {
                self.command_at_venue()?;
            } else if answer <= record.min(timer) && answer < i64::MAX {
                let Some((record, answer)) = self.answers.pop_front() else { return Ok(Step::End) };
                self.answered = Some(answer);
                return Ok(Step::Answer(record));
            } else if record <= timer && record < i64::MAX {
                return self.record_at_strategy();
            } else {
                return Ok(if timer < i64::MAX { Step::Timer } else { Step::End });
            }
        }
    }

    #[inline]
    fn record_at_venue(&mut self) -> Result<(), MatchError> {
        let Some((record, time)) = self.feed.at_venue() else {
            return Ok(());
        };
        if self.feed.is_recorded() {
            check_time(record.event_time.min(time.0), || format!("record with stamp {}", record.stamp))?;
            check_time(receive_time(&record), || format!("record with stamp {}", record.stamp))?;
        } else {
            self.check_order(&record)?;
        }
        self.matcher.on_record(&record, time, &mut self.fresh)?;
        self.answer();
        Ok(())
    }

    #[inline]
    fn record_at_strategy(&mut self) -> Result<Step, MatchError> {
        let Some(record) = self.feed.at_strategy() else {
            return Ok(Step::End);
        };
        if self.feed.is_recorded() {
            self.check_order(&record)?;
        }
        Ok(Step::Record(record))
    }

    /// Records are received one after the other.
    #[inline]
    fn check_order(&mut self, record: &Event) -> Result<(), MatchError> {
        let now = (receive_time(record), record.stamp);
        let what = || format!("record with stamp {}", record.stamp);
        check_time(now.0, what)?;
        if now < self.last_record {
            let (time, before) = (now.0, self.last_record.0);
            return Err(MatchError::Unsorted { what: what(), time, before });
        }
        self.last_record = now;
        Ok(())
    }

    fn command_at_venue(&mut self) -> Result<(), MatchError> {
        let Some((arrival, command)) = self.commands.pop_front() else {
            return Ok(());
        };
        self.matcher.on_command(&command, Nanos(arrival), &mut self.fresh)?;
        self.answer();
        Ok(())
    }

    /// What the venue has said becomes records on their way.
    #[inline]
    fn answer(&mut self) {
        for answer in self.fresh.drain(..) {
            let receive_time = Nanos(answer.time.0 + self.settings.response_latency);
            if let Some(instrument) = self.matcher.instrument(answer.instrument) {
                self.answers.push_back((answer.record(instrument, self.stamp, receive_time), answer));
                self.stamp += 1;
            }
        }
    }
}

/// Answers to commands that are known before the run: what `pyrt-engine match` does.
///
/// # Errors
/// [`MatchError`] from data or commands that cannot be what they claim.
pub fn match_commands(
    records: &[Event],
    commands: &[Command],
    instruments: &[Instrument],
    settings: Simulation,
) -> Result<Vec<Event>, MatchError> {
    let mut timeline = Timeline::new(records.iter().copied(), instruments.iter().cloned(), settings)?;
    for command in commands {
        timeline.send(command)?;
    }
    let mut answers = Vec::new();
    loop {
        match timeline.next(None)? {
            Step::Answer(answer) => answers.push(answer),
            Step::End => return Ok(answers),
            Step::Record(_) | Step::Timer => {}
        }
    }
}

fn check_time(time: i64, what: impl Fn() -> String) -> Result<(), MatchError> {
    if (-LATEST..=LATEST).contains(&time) {
        return Ok(());
    }
    Err(MatchError::NoTime { what: what(), time })
}
