//! When the venue sees a record, and when the strategy.

use std::collections::VecDeque;
use std::iter::Peekable;

use super::settings::{FeedClock, Simulation};
use crate::model::{Event, Kind, Nanos};

/// The records of a run.
#[derive(Debug)]
pub(super) enum Feed<I: Iterator<Item = Event>> {
    /// The venue saw each so long before it was received.
    Constant {
        records: Peekable<I>,
        latency: i64,
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

impl<I: Iterator<Item = Event>> Feed<I> {
    pub(super) fn new(records: I, settings: &Simulation) -> Self {
        match settings.feed {
            FeedClock::Constant => Feed::Constant {
                records: records.peekable(),
                latency: settings.feed_latency,
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
            Feed::Constant { records, latency, .. } => records.peek().map_or(i64::MAX, |record| {
                receive_time(record).clamp(-latest - 1, latest + 1).saturating_sub(*latency)
            }),
            Feed::Recorded { records, order, at_venue, .. } => order
                .get(*at_venue)
                .map_or(i64::MAX, |place| happened_at(&records[*place]).clamp(-latest - 1, latest + 1)),
        }
    }

    /// The record that the venue sees now, and the time there.
    #[inline]
    pub(super) fn at_venue(&mut self) -> Option<(Event, Nanos)> {
        match self {
            Feed::Constant { records, latency, seen } => {
                let record = records.next()?;
                seen.push_back(record);
                Some((record, Nanos(receive_time(&record).saturating_sub(*latency))))
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
            Feed::Constant { seen, .. } => seen.front(),
            Feed::Recorded { records, at_strategy, .. } => records.get(*at_strategy),
        };
        next.map_or(i64::MAX, receive_time)
    }

    /// The record that the strategy sees now.
    #[inline]
    pub(super) fn at_strategy(&mut self) -> Option<Event> {
        match self {
            Feed::Constant { seen, .. } => seen.pop_front(),
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
