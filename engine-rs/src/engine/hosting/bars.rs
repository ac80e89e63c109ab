//! Bars out of trades, of all slots and periods of a strategy, in the order in which they end.

use crate::market_data::BarBuilder;
use crate::model::{Bar, Event, InstrumentId, Kind, Nanos};

/// Times reach up to here.
const LATEST: i64 = 1 << 62;

/// The bar in the making of one instrument and period.
#[derive(Clone, Debug)]
struct Maker {
    slot: usize,
    row: u8,
    builder: BarBuilder,
}

/// All bars in the making of a strategy, by slot, then period.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Bars {
    makers: Vec<Maker>,
    next_end: i64,
    /// How far receive_time was ahead of the venue's time, at the last record of the market; none before the first.
    lag: Option<i64>,
    made: u64,
}

/// A bar that has ended: whose, which period, and the record.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Ended {
    pub(in crate::engine) slot: usize,
    pub(in crate::engine) period: usize,
    pub(in crate::engine) bar: Event,
}

/// A time with which bars cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct TimeLeap(pub(in crate::engine) i64);

impl Bars {
    pub(in crate::engine) fn new(slots: usize, periods: &[i64]) -> Bars {
        let maker = |slot, (row, period): (usize, &i64)| Maker {
            slot,
            row: row as u8,
            builder: BarBuilder::new(*period),
        };
        let makers =
            (0..slots).flat_map(|slot| periods.iter().enumerate().map(move |of| maker(slot, of))).collect();
        Bars { makers, next_end: i64::MAX, lag: None, made: 0 }
    }

    /// Trades that came after their bar had ended.
    pub(in crate::engine) fn late(&self) -> u64 {
        self.makers.iter().map(|maker| maker.builder.late()).sum()
    }

    /// Bars that have ended.
    pub(in crate::engine) fn made(&self) -> u64 {
        self.made
    }

    /// Our clock has leapt: how far it is off shows with the next record of the market, and until then no bar ends.
    pub(in crate::engine) fn forget_lag(&mut self) {
        self.lag = None;
    }

    /// When a record happened by the venue's clock; a message without a time has that of its receipt instead.
    #[inline]
    pub(in crate::engine) fn venue_time(&mut self, record: &Event) -> i64 {
        const MARKET: [u8; 3] = [Kind::Trade as u8, Kind::Quote as u8, Kind::Delta as u8];
        let received = record.words[0].cast_signed();
        if record.event_time == received && record.kind != Kind::Trade as u8 {
            return self.behind(received);
        }
        if MARKET.contains(&record.kind) {
            self.lag = Some(received.saturating_sub(record.event_time));
        }
        record.event_time
    }

    /// What the venue's clock is thought to show at a time of ours.
    pub(in crate::engine) fn behind(&self, time: i64) -> i64 {
        self.lag.map_or(i64::MIN, |lag| time.saturating_sub(lag))
    }

    /// The next bar that has ended by `time`, by (end, slot, period).
    #[inline]
    pub(in crate::engine) fn ended(
        &mut self,
        time: i64,
        instruments: &[u32],
    ) -> Result<Option<Ended>, TimeLeap> {
        if time < self.next_end {
            return Ok(None);
        }
        let next_end = self.next_end;
        let Some(maker) = self.makers.iter_mut().find(|maker| maker.builder.end() == Some(next_end)) else {
            return Ok(None);
        };
        let Some(ended) = maker.builder.ended(time).map_err(|_| TimeLeap(time))? else { return Ok(None) };
        self.made += 1;
        let mut bar = Bar::new(InstrumentId(instruments[maker.slot]), Nanos(ended.time));
        bar.flags = u16::from(maker.row);
        (bar.open, bar.high, bar.low, bar.close) = (ended.open, ended.high, ended.low, ended.close);
        bar.volume = ended.volume;
        let ended = Ended { slot: maker.slot, period: usize::from(maker.row), bar: bar.into() };
        self.next_end = self.makers.iter().filter_map(|maker| maker.builder.end()).min().unwrap_or(i64::MAX);
        Ok(Some(ended))
    }

    /// A trade joins its slot's bars.
    #[inline]
    pub(in crate::engine) fn trade(
        &mut self,
        slot: usize,
        time: i64,
        price: f64,
        qty: f64,
    ) -> Result<(), TimeLeap> {
        for maker in self.makers.iter_mut().filter(|maker| maker.slot == slot) {
            if !(-LATEST..=LATEST).contains(&time) {
                return Err(TimeLeap(time));
            }
            maker.builder.trade(time, price, qty);
            self.next_end = self.next_end.min(maker.builder.end().unwrap_or(i64::MAX));
        }
        Ok(())
    }
}
