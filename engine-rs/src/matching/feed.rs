//! When the venue sees a record, and when the strategy.

use std::collections::VecDeque;
use std::iter::Peekable;

use super::settings::{FeedClock, Simulation};
use crate::model::{Event, Kind, Nanos};
use crate::random::SplitMix64;

/// The records of a run.
#[derive(Debug)]
pub(super) enum Feed<I: Iterator<Item = Event>> {
    /// The venue saw each before it was received, in the same order.
    InTurn {
        records: Peekable<I>,
        way: Way,
        /// What the venue has seen and the strategy has not.
        seen: VecDeque<Event>,
    },
    /// The venue saw each at its own time.
    Recorded {
        records: Vec<Event>,
        /// Places of records, in the order in which they happened.
        order: Vec<usize>,
        /// The next ones.
        at_venue: usize,
        at_strategy: usize,
    },
}

/// How long records are under way.
#[derive(Debug)]
pub(super) enum Way {
    Constant(i64),
    /// Drawn, by seed and time of receipt alone; a record does not happen before the one before it.
    Normal {
        seed: u64,
        mean: f64,
        deviation: f64,
        before: i64,
    },
}

impl Way {
    #[allow(clippy::cast_precision_loss)] // up to an hour
    fn new(settings: &Simulation) -> Self {
        match settings.feed {
            FeedClock::Normal if settings.feed_deviation > 0 => Way::Normal {
                seed: SplitMix64::new(settings.seed).next_u64(),
                mean: settings.feed_latency as f64,
                deviation: settings.feed_deviation as f64,
                before: i64::MIN,
            },
            _ => Way::Constant(settings.feed_latency),
        }
    }

    /// When happened what was received at a time.
    #[inline]
    fn begin(&self, time: i64) -> i64 {
        match self {
            Way::Constant(latency) => time.saturating_sub(*latency),
            Way::Normal { seed, mean, deviation, before } => {
                let mut random = SplitMix64::new(seed ^ time.cast_unsigned());
                time.saturating_sub(random.normal(*mean, *deviation)).max(*before)
            }
        }
    }

    #[inline]
    fn passed(&mut self, time: i64) {
        if let Way::Normal { before, .. } = self {
            *before = time;
        }
    }
}

impl<I: Iterator<Item = Event>> Feed<I> {
    pub(super) fn new(records: I, settings: &Simulation) -> Self {
        match settings.feed {
            FeedClock::Constant | FeedClock::Normal => Feed::InTurn {
                records: records.peekable(),
                way: Way::new(settings),
                seen: VecDeque::with_capacity(1024),
            },
            FeedClock::Recorded => {
                let records: Vec<Event> = records.collect();
                let mut order: Vec<usize> = (0..records.len()).collect();
                order.sort_by_key(|place| happened_at(&records[*place]));
                Feed::Recorded { records, order, at_venue: 0, at_strategy: 0 }
            }
        }
    }

    /// When the venue sees the next record, `i64::MAX` if there is none. Times beyond `latest` are cut.
    #[inline]
    pub(super) fn venue_time(&mut self, latest: i64) -> i64 {
        match self {
            Feed::InTurn { records, way, .. } => records
                .peek()
                .map_or(i64::MAX, |record| way.begin(receive_time(record).clamp(-latest - 1, latest + 1))),
            Feed::Recorded { records, order, at_venue, .. } => order
                .get(*at_venue)
                .map_or(i64::MAX, |place| happened_at(&records[*place]).clamp(-latest - 1, latest + 1)),
        }
    }

    /// The record that the venue sees now, and the time there.
    #[inline]
    pub(super) fn at_venue(&mut self) -> Option<(Event, Nanos)> {
        match self {
            Feed::InTurn { records, way, seen } => {
                let record = records.next()?;
                seen.push_back(record);
                let time = way.begin(receive_time(&record));
                way.passed(time);
                Some((record, Nanos(time)))
            }
            Feed::Recorded { records, order, at_venue, .. } => {
                let record = records[*order.get(*at_venue)?];
                *at_venue += 1;
                Some((record, Nanos(happened_at(&record))))
            }
        }
    }

    /// When the strategy sees the next record, `i64::MAX` if there is none.
    #[inline]
    pub(super) fn strategy_time(&self) -> i64 {
        let next = match self {
            Feed::InTurn { seen, .. } => seen.front(),
            Feed::Recorded { records, at_strategy, .. } => records.get(*at_strategy),
        };
        next.map_or(i64::MAX, receive_time)
    }

    /// The record that the strategy sees now.
    #[inline]
    pub(super) fn at_strategy(&mut self) -> Option<Event> {
        match self {
            Feed::InTurn { seen, .. } => seen.pop_front(),
            Feed::Recorded { records, at_strategy, .. } => {
                let record = *records.get(*at_strategy)?;
                *at_strategy += 1;
                Some(record)
            }
        }
    }

    /// Whether records come to the venue in an order of their own.
    pub(super) fn is_recorded(&self) -> bool {
        matches!(self, Feed::Recorded { .. })
    }
}

/// When a record reaches the strategy: a bar has no time of its own but its end.
#[inline]
pub(super) fn receive_time(record: &Event) -> i64 {
    if record.kind == Kind::Bar as u8 { record.event_time } else { record.words[0].cast_signed() }
}

/// When a record happened by its own word; what was received before that, when it was received.
#[inline]
fn happened_at(record: &Event) -> i64 {
    record.event_time.min(receive_time(record))
}
