//! How every connection to a venue stands: gathered at each heartbeat, put where readers see it, and told in the log when
//! something went wrong, once a second at most.

use std::sync::atomic::{AtomicU64, Ordering};

use tracing::warn;

use crate::ipc::{COUNT_NAMES, HealthRow, IpcError};
use crate::market_data::Cause;
use crate::model::{Nanos, Reason, State};
use crate::net::{IoCounters, Link};

use super::feeds::{Feeds, Member, Share};
use super::publisher::Publisher;

/// Counters that tell of trouble, and its name; where several move at once, the first one says most.
const TROUBLES: [(&str, Reason); 13] = [
    ("rate_limited", Reason::RateLimited),
    ("malformed", Reason::Malformed),
    ("overflows", Reason::Overflow),
    ("checksums_wrong", Reason::Checksum),
    ("crossed", Reason::Crossed),
    ("gaps", Reason::Gap),
    ("refused", Reason::Refused),
    ("clock_jumps", Reason::ClockJump),
    ("silences", Reason::Silent),
    ("disconnects", Reason::Disconnected),
    ("rejected", Reason::Unreadable),
    ("duplicates", Reason::Duplicate),
    ("staled", Reason::Silent),
];
/// Place of a counter that moves with every message of a pair's second connection.
const DUPLICATES: usize = 5;
/// Between two lines of the log about one venue.
const BETWEEN_LINES: i64 = 1_000_000_000;

/// One connection.
struct Watch {
    venue: &'static str,
    row: HealthRow,
    /// As they were when the log was told last.
    told: [u64; COUNT_NAMES.len()],
    told_at: Nanos,
    /// Refused frames by cause, as they were then.
    causes: Vec<(Cause, u64)>,
}

/// See the head of this file.
pub(super) struct Health(Vec<Watch>);

impl Health {
    /// A row each, in the order of the feeds.
    pub(super) fn new(feeds: &Feeds, publisher: &mut Publisher, now: Nanos) -> Result<Health, IpcError> {
        let mut watches = Vec::with_capacity(feeds.members().len());
        for member in feeds.members() {
            publisher.add_health(member.name)?;
            let row = HealthRow {
                state: State::FeedDown,
                books: [0; 3],
                reason: Reason::None,
                trouble_time: Nanos(0),
                since: now,
                last_frame: Nanos(0),
                clock_offset: i64::MIN,
                counts: [0; COUNT_NAMES.len()],
                leading: 0,
                switches: 0,
            };
            let told = [0; COUNT_NAMES.len()];
            let (told_at, causes) = (Nanos(i64::MIN), Vec::new());
            watches.push(Watch { venue: member.name, row, told, told_at, causes });
        }
        let mut health = Health(watches);
        health.look(feeds, &[], publisher, now);
        Ok(health)
    }

    /// Gathers and publishes.
    pub(super) fn look(&mut self, feeds: &Feeds, links: &[Link], publisher: &mut Publisher, now: Nanos) {
        for (place, (watch, member)) in self.0.iter_mut().zip(feeds.members()).enumerate() {
            watch.look((member, feeds.share(member)), links.get(place).map(Link::counters), now);
            publisher.health(place, &watch.row);
        }
    }

    /// Counters by venue, and how often its connection took a book over.
    pub(super) fn counts(&self) -> Vec<(&'static str, Vec<u64>)> {
        let all = |row: &HealthRow| row.counts.into_iter().chain([row.switches.into()]).collect();
        self.0.iter().map(|watch| (watch.venue, all(&watch.row))).collect()
    }
}

impl Watch {
    fn look(&mut self, (member, share): (&Member, Option<Share>), io: Option<&IoCounters>, now: Nanos) {
        let mut counts = counts(member, io);
        if let Some(share) = share {
            counts[DUPLICATES] += share.suppressed;
            self.row.switches = u16::try_from(share.switches).unwrap_or(u16::MAX);
        }
        let expected = |name: &str| share.is_some() && name == COUNT_NAMES[DUPLICATES];
        let was = self.row.counts;
        let moved = |name: &str| {
            COUNT_NAMES
                .iter()
                .zip(was.iter().zip(&counts))
                .any(|(known, (was, is))| *known == name && is > was)
        };
        if let Some((_, reason)) = TROUBLES.iter().find(|(name, _)| moved(name) && !expected(name)) {
            (self.row.reason, self.row.trouble_time) = (*reason, now);
        }
        let standing = member.feed.standing();
        let connected = io.is_some_and(|io| read(&io.connects) > read(&io.disconnects) + read(&io.renewals));
        let state = match (connected, standing.synced == standing.books) {
            (false, _) => State::FeedDown,
            (true, true) => State::Synced,
            (true, false) if standing.stale > 0 => State::Stale,
            (true, false) if standing.synced == 0 => State::FeedUp,
            (true, false) => State::Resyncing,
        };
        if state != self.row.state {
            (self.row.state, self.row.since) = (state, now);
        }
        self.row.books = [standing.books, standing.synced, standing.stale];
        self.row.last_frame = member.feed.last_frame();
        self.row.clock_offset = member.feed.clock_offset().unwrap_or(i64::MIN);
        let leading = share.map_or(standing.books, |share| share.leading);
        self.row.leading = u8::try_from(leading).unwrap_or(u8::MAX);
        self.row.counts = counts;
        if share.is_some() {
            self.told[DUPLICATES] = counts[DUPLICATES];
        }
        self.tell(member.feed.causes(), now);
    }

    fn tell(&mut self, causes: &[(Cause, u64)], now: Nanos) {
        if now.0.saturating_sub(self.told_at.0) < BETWEEN_LINES {
            return;
        }
        let since = |name: &str| {
            let place = COUNT_NAMES.iter().position(|known| *known == name)?;
            let more = self.row.counts[place].saturating_sub(self.told[place]);
            (more > 0).then(|| format!("{name} +{more}"))
        };
        let mut words: Vec<String> = TROUBLES.iter().filter_map(|(name, _)| since(name)).collect();
        let new = causes.iter().filter(|cause| !self.causes.contains(cause));
        words.extend(new.map(|(cause, count)| format!("{cause} ({count} in all)")));
        if !words.is_empty() {
            warn!(venue = self.venue, troubles = words.join(", "), "market data");
            self.told_at = now;
            self.causes = causes.to_vec();
        }
        self.told = self.row.counts;
    }
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// By [`COUNT_NAMES`].
fn counts(member: &Member, io: Option<&IoCounters>) -> [u64; COUNT_NAMES.len()] {
    let feed = member.feed.counters();
    let of = |counter: fn(&IoCounters) -> &AtomicU64| io.map_or(0, |io| read(counter(io)));
    [
        feed.frames,
        feed.gaps,
        feed.crossed,
        feed.checksums,
        feed.checksums_wrong(),
        feed.duplicates,
        feed.rejected,
        feed.unknown,
        feed.stale,
        feed.resyncs,
        feed.snapshots,
        feed.refused,
        feed.clock_jumps,
        of(|io| &io.connects),
        of(|io| &io.disconnects),
        of(|io| &io.overflows),
        of(|io| &io.rate_limited),
        of(|io| &io.malformed),
        of(|io| &io.silent),
        of(|io| &io.requests),
    ]
}
