//! Where the time of a message goes: from its bytes to those of the order or the cancel that it leads to.
//!
//! The decision thread says at a few places what it has just done ([`mark`]); all time since the place before counts as
//! that. Only while a [`Latency`] has begun a message is the clock read: in a replay or a test nothing is measured, and
//! no decision can depend on what is.

use std::cell::RefCell;

use hdrhistogram::Histogram;
use serde_json::{Map, Value as Json, json};

/// What a message's time is spent on, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Stage {
    /// The message is in the journal.
    Journal,
    /// It is read.
    Parse,
    /// Books and positions have taken it in, its records are published, and strategies see them.
    Book,
    /// A strategy file's features.
    Features,
    /// A strategy file's model.
    Model,
    /// The rest of a strategy, and what it asks for as orders.
    Strategy,
    /// The order is checked against the limits.
    Risk,
    /// Decision and request are in the journal, and the request's bytes on their way.
    Order,
    /// Everything after those bytes: the order is tracked, listeners are told, other strategies have their turn.
    After,
}

const NAMES: [&str; 9] =
    ["journal", "parse", "book", "features", "model", "strategy", "risk", "order", "after"];
/// Nanoseconds that a histogram tells apart from longer ones.
const LONGEST: u64 = 60_000_000_000;
/// One part in a hundred: a histogram's counters that are in use fit into a near cache.
const DIGITS: u8 = 2;
/// Reads of the clock of which the median is its cost.
const READS: usize = 1001;

/// One message's time by stage.
#[derive(Clone, Copy)]
struct Laps {
    ns: [i64; NAMES.len()],
    /// Bit by stage: it was reached.
    reached: u16,
}

struct Watch {
    /// None while there is nothing to measure.
    clock: Option<fn() -> i64>,
    last: i64,
    laps: Laps,
    /// As it was when the first bytes left.
    sent: Option<Laps>,
}

const NO_LAPS: Laps = Laps { ns: [0; NAMES.len()], reached: 0 };

thread_local! {
    static WATCH: RefCell<Watch> = const { RefCell::new(Watch { clock: None, last: 0, laps: NO_LAPS, sent: None }) };
}

impl Watch {
    #[inline]
    fn mark(&mut self, stage: Stage) {
        let Some(clock) = self.clock else { return };
        let stage = if self.sent.is_some() { Stage::After } else { stage };
        let now = clock();
        self.laps.ns[stage as usize] += now - self.last;
        self.laps.reached |= 1 << stage as u16;
        self.last = now;
    }
}

/// This is what was done since the last mark.
#[inline]
pub fn mark(stage: Stage) {
    WATCH.with_borrow_mut(|watch| watch.mark(stage));
}

/// The bytes of an order or of a cancel are on their way.
#[inline]
pub fn mark_sent() {
    WATCH.with_borrow_mut(|watch| {
        watch.mark(Stage::Order);
        if watch.sent.is_none() && watch.clock.is_some() {
            watch.sent = Some(watch.laps);
        }
    });
}

/// Collects the messages of one thread, without allocation.
pub struct Latency {
    clock: fn() -> i64,
    /// Messages that are left out.
    warm: u64,
    queue: Histogram<u64>,
    all: Table,
    sent: Table,
}

struct Table {
    stages: [Histogram<u64>; NAMES.len()],
    total: Histogram<u64>,
}

impl Latency {
    /// Measures with this clock, in ns; the first `warm` messages are left out.
    #[must_use]
    pub fn new(clock: fn() -> i64, warm: u64) -> Latency {
        Latency { clock, warm, queue: histogram(), all: Table::new(), sent: Table::new() }
    }

    /// A message waited so long for this thread, ns, before it began.
    #[inline]
    pub fn waited(&mut self, ns: i64) {
        self.queue.saturating_record(u64::try_from(ns).unwrap_or_default());
    }

    /// A message is there.
    #[inline]
    pub fn begin(&self) {
        let clock = self.clock;
        WATCH.set(Watch { clock: Some(clock), last: clock(), laps: NO_LAPS, sent: None });
    }

    /// All that it led to has been done.
    #[inline]
    pub fn end(&mut self) {
        let (laps, sent) = WATCH.with_borrow_mut(|watch| {
            watch.mark(Stage::Book);
            watch.clock = None;
            (watch.laps, watch.sent.take())
        });
        if self.warm > 0 {
            self.warm -= 1;
            return;
        }
        self.all.record(&laps);
        if let Some(sent) = sent {
            self.sent.record(&sent);
        }
    }

    /// What was measured so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut reads: Vec<i64> = (0..READS).map(|_| (self.clock)()).collect();
        let costs = reads.windows(2).map(|pair| pair[1] - pair[0]);
        reads = costs.collect();
        reads.sort_unstable();
        let clock = reads.get(reads.len() / 2).copied().unwrap_or_default();
        let queue = Percentiles::of(&self.queue);
        Report { all: self.all.rows(), sent: self.sent.rows(), queue, clock }
    }
}

impl Table {
    fn new() -> Table {
        Table { stages: std::array::from_fn(|_| histogram()), total: histogram() }
    }

    fn record(&mut self, laps: &Laps) {
        let mut total = 0;
        for (stage, histogram) in self.stages.iter_mut().enumerate() {
            if laps.reached & (1 << stage) != 0 {
                let ns = laps.ns[stage].unsigned_abs();
                histogram.saturating_record(ns);
                total += ns;
            }
        }
        self.total.saturating_record(total);
    }

    fn rows(&self) -> Vec<(&'static str, Percentiles)> {
        let total = ("total", &self.total);
        let stages = NAMES.into_iter().zip(&self.stages).chain([total]);
        stages
            .filter(|(_, histogram)| !histogram.is_empty())
            .map(|(name, histogram)| (name, Percentiles::of(histogram)))
            .collect()
    }
}

/// One with these bounds exists: the error says that they are none.
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, DIGITS).unwrap_or_else(|_| unreachable!("1 to {LONGEST} ns"))
}

/// Of one stage, ns; right to one part in a hundred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Percentiles {
    /// Messages that reached it.
    pub n: u64,
    /// Half of them took no longer.
    pub p50: u64,
    /// Nine of ten.
    pub p90: u64,
    /// 99 of 100.
    pub p99: u64,
    /// 999 of 1000.
    pub p999: u64,
    /// All of them.
    pub max: u64,
}

impl Percentiles {
    fn of(histogram: &Histogram<u64>) -> Percentiles {
        let at = |quantile| histogram.value_at_quantile(quantile);
        Percentiles {
            n: histogram.len(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: histogram.max(),
        }
    }

    fn to_json(self) -> Json {
        let Percentiles { n, p50, p90, p99, p999, max } = self;
        json!({ "n": n, "p50": p50, "p90": p90, "p99": p99, "p99.9": p999, "max": max })
    }
}

/// Percentiles by stage, those reached by no message left out; `total` is the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Of all messages, whatever they led to: until everything was done.
    pub all: Vec<(&'static str, Percentiles)>,
    /// Of messages that led to an order or a cancel: until the first of their bytes were on their way.
    pub sent: Vec<(&'static str, Percentiles)>,
    /// From the read of a message at its socket to the thread that decides; in neither of the other two.
    pub queue: Percentiles,
    /// What one look at the clock costs, ns: once a mark, in every number here.
    pub clock: i64,
}

impl Report {
    /// From message in to order bytes out.
    #[must_use]
    pub fn total(&self) -> Percentiles {
        self.sent.last().map(|(_, total)| *total).unwrap_or_default()
    }

    /// `{"sent": {"journal": {"n": …, "p50": …, …}, …}, "all": {…}, "queue": {…}, "clock_ns": …}`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let table = |rows: &[(&'static str, Percentiles)]| -> Json {
            let row = |(name, row): &(&'static str, Percentiles)| ((*name).to_owned(), row.to_json());
            Json::Object(rows.iter().map(row).collect::<Map<_, _>>())
        };
        let (sent, all, queue) = (table(&self.sent), table(&self.all), self.queue.to_json());
        json!({ "sent": sent, "all": all, "queue": queue, "clock_ns": self.clock })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    thread_local! {
        static NOW: Cell<i64> = const { Cell::new(0) };
    }

    /// Goes on by one with each look.
    fn clock() -> i64 {
        NOW.set(NOW.get() + 1);
        NOW.get()
    }

    fn spend(ns: i64, stage: Stage) {
        NOW.set(NOW.get() + ns - 1); // the look itself is one
        mark(stage);
    }

    #[test]
    fn time_counts_as_what_was_done_in_it() {
        let mut latency = Latency::new(clock, 1);
        for (number, parse) in [(0, 1000), (1, 20), (2, 30)] {
            latency.begin();
            spend(5, Stage::Journal);
            spend(parse, Stage::Parse);
            spend(3, Stage::Strategy);
            if number == 2 {
                spend(4, Stage::Strategy);
                spend(50, Stage::Risk);
                mark_sent();
                spend(90, Stage::Risk); // a second order is none of the first one's business
                mark_sent();
            }
            latency.end();
            mark(Stage::Model); // between messages nothing is measured
        }
        let report = latency.report();
        let find = |rows: &[(&str, Percentiles)], name: &str| {
            rows.iter().find(|(known, _)| *known == name).map(|(_, row)| (row.n, row.max))
        };
        assert_eq!(find(&report.all, "parse"), Some((2, 30)));
        assert_eq!(find(&report.all, "model"), None);
        assert_eq!(find(&report.sent, "strategy"), Some((1, 7)));
        assert_eq!(find(&report.sent, "total"), Some((1, 5 + 30 + 7 + 50 + 1)));
        assert_eq!((report.total().n, report.clock), (1, 1));
        assert_eq!(report.to_json()["sent"]["risk"]["p50"], 50);
        assert_eq!(find(&report.all, "after"), Some((1, 90 + 1 + 1)));
    }
}
