//! Bars out of trades: `proto/MATCHING.md`, section The loop, has the rules.

use crate::model::{Bar, Event, InstrumentId, Nanos};

/// A pause longer than this many bars is no market, but a time that cannot be.
const LONGEST_PAUSE: i64 = 1_000_000;
/// Times reach up to here.
const LATEST: i64 = 1 << 62;

/// The bar in the making of one instrument and period.
#[derive(Clone, Debug)]
struct Maker {
    slot: usize,
    row: u8,
    period: i64,
    /// When it ends; before the first trade there is no bar.
    end: Option<i64>,
    prices: [f64; 4],
    volume: f64,
    empty: bool,
}

/// All bars in the making of a strategy.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Bars {
    makers: Vec<Maker>,
    next_end: i64,
    /// Trades that came after their bar had ended.
    pub(in crate::engine) late: u64,
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
            period: *period,
            end: None,
            prices: [0.0; 4],
            volume: 0.0,
            empty: true,
        };
        let makers =
            (0..slots).flat_map(|slot| periods.iter().enumerate().map(move |of| maker(slot, of))).collect();
        Bars { makers, next_end: i64::MAX, late: 0 }
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
        let first = self
            .makers
            .iter_mut()
            .filter(|maker| maker.end == Some(self.next_end))
            .min_by_key(|maker| (maker.slot, maker.row));
        let Some((maker, end)) = first.and_then(|maker| maker.end.map(|end| (maker, end))) else {
            return Ok(None);
        };
        if time > LATEST || (time - end) / maker.period > LONGEST_PAUSE {
            return Err(TimeLeap(time));
        }
        let mut bar = Bar::new(InstrumentId(instruments[maker.slot]), Nanos(end));
        bar.flags = u16::from(maker.row);
        [bar.open, bar.high, bar.low, bar.close] = maker.prices;
        bar.volume = maker.volume;
        maker.prices = [maker.prices[3]; 4];
        (maker.volume, maker.empty, maker.end) = (0.0, true, Some(end + maker.period));
        let ended = Ended { slot: maker.slot, period: usize::from(maker.row), bar: bar.into() };
        self.next_end = self.makers.iter().filter_map(|maker| maker.end).min().unwrap_or(i64::MAX);
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
            let end = match maker.end {
                Some(end) => end,
                None if !(-LATEST..=LATEST).contains(&time) => return Err(TimeLeap(time)),
                None => time.div_euclid(maker.period) * maker.period + maker.period,
            };
            if maker.end.is_none() {
                maker.end = Some(end);
                self.next_end = self.next_end.min(end);
            }
            self.late += u64::from(time < end - maker.period);
            let [open, high, low, close] = &mut maker.prices;
            if maker.empty {
                (*open, *high, *low, maker.empty) = (price, price, price, false);
            }
            *high = if price > *high { price } else { *high };
            *low = if price < *low { price } else { *low };
            *close = price;
            maker.volume += qty;
        }
        Ok(())
    }
}

/// ns of a period as strategies write it: `100ms`, `1s`, `5m`, `1h`, `1d`.
#[must_use]
pub(in crate::engine) fn period_of(text: &str) -> Option<i64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let count: i64 = text[..digits].parse().ok().filter(|count| (1..=1_000_000).contains(count))?;
    let unit = match &text[digits..] {
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        _ => return None,
    };
    Some(count * unit)
}
