//! What an engine has done.

use serde_json::{Value as Json, json};
use tracing::info;

use crate::ipc::COUNT_NAMES;
use crate::journal::recording::Recording;
use crate::market_data::Counters;
use crate::model::{Event, Kind, OrderStatus};
use crate::monitoring::latency::Report;

/// See the head of this file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The feed's counters.
    pub feed: Counters,
    /// Records published.
    pub records: u64,
    /// Connections made.
    pub connects: u64,
    /// Connections lost.
    pub disconnects: u64,
    /// Connections given up because the queue was full.
    pub overflows: u64,
    /// What was traded.
    pub trades: Tally,
    /// How long messages took.
    pub latency: Report,
    /// Counters of each venue's connection, by [`COUNT_NAMES`].
    pub venues: Vec<(&'static str, Vec<u64>)>,
    /// What was recorded.
    pub recording: Recording,
}

/// Own records, counted by what they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Signals made.
    pub signals: u64,
    /// Orders that the venue has accepted.
    pub orders: u64,
    /// Orders taken back.
    pub cancels: u64,
    /// Fills.
    pub fills: u64,
    /// Orders that limits or the venue refused.
    pub refusals: u64,
}

impl Tally {
    /// Takes a record in.
    #[inline]
    pub(super) fn count(&mut self, record: &Event) {
        const NEW: u8 = OrderStatus::New as u8;
        const CANCELED: u8 = OrderStatus::Canceled as u8;
        const REJECTED: u8 = OrderStatus::Rejected as u8;
        let status = (record.flags >> 12) as u8;
        match Kind::from_code(record.kind) {
            Some(Kind::Signal) => self.signals += 1,
            Some(Kind::Fill) => self.fills += 1,
            Some(Kind::OrderUpdate) => match status {
                NEW => self.orders += 1,
                CANCELED => self.cancels += 1,
                REJECTED => self.refusals += 1,
                _ => {}
            },
            _ => {}
        }
    }
}

impl Summary {
    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let Summary { feed, records, connects, disconnects, overflows, trades, latency, .. } = self;
        let Tally { signals, orders, cancels, fills, refusals } = trades;
        json!({
            "frames": feed.frames, "records": records, "gaps": feed.gaps, "resyncs": feed.resyncs,
            "snapshots": feed.snapshots, "rejected": feed.rejected, "connects": connects,
            "disconnects": disconnects, "overflows": overflows, "signals": signals, "orders": orders,
            "cancels": cancels, "fills": fills, "refusals": refusals, "latency": latency.to_json(), "venues": self.venues_json(),
            "recording": { "entries": self.recording.entries, "lost": self.recording.lost },
        })
    }

    fn venues_json(&self) -> Json {
        let counts = |counts: &Vec<u64>| -> Json {
            COUNT_NAMES
                .iter()
                .chain(&["switches"])
                .zip(counts)
                .map(|(name, count)| ((*name).to_owned(), json!(count)))
                .collect()
        };
        self.venues.iter().map(|(venue, all)| ((*venue).to_owned(), counts(all))).collect()
    }

    /// For people.
    pub(super) fn log(&self) {
        let Summary { feed, records, connects, disconnects, overflows, trades, latency, .. } = self;
        info!(
            frames = feed.frames,
            records,
            gaps = feed.gaps,
            resyncs = feed.resyncs,
            snapshots = feed.snapshots,
            rejected = feed.rejected,
            connects,
            disconnects,
            overflows,
            orders = trades.orders,
            fills = trades.fills,
            "stopped"
        );
        for (stage, row) in &latency.sent {
            info!(
                stage,
                n = row.n,
                p50 = row.p50,
                p90 = row.p90,
                p99 = row.p99,
                max = row.max,
                "latency, ns"
            );
        }
    }
}
