//! Bars of a stall's trades, as Binance tells of them while they last.

use super::board::Deal;
use crate::model::Nanos;

/// Ns of a period such as `1m`, `4h` or `1d`.
pub fn period_of(name: &str) -> Option<i64> {
    let (count, unit) = name.split_at_checked(name.len().checked_sub(1)?)?;
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 1_440,
        _ => return None,
    };
    let known = ["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d"];
    known.contains(&name).then_some(())?;
    Some(count.parse::<i64>().ok()? * minutes * 60_000_000_000)
}

/// A bar that has not ended: prices and sizes as mantissas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candle {
    /// When it began.
    pub begin: i64,
    /// Where it ends, and the next one begins.
    pub end: i64,
    /// First, highest, lowest, last price; nothing before the first trade that is known of.
    pub prices: Option<[i64; 4]>,
    /// All that traded.
    pub volume: i64,
    /// Ids of the first and the last trade.
    pub ids: Option<(u64, u64)>,
}

impl Candle {
    /// The one that `now` lies in, after a market whose last price was `close`.
    pub fn at(now: Nanos, period: i64, close: Option<i64>) -> Candle {
        let begin = now.0.div_euclid(period) * period;
        Candle { begin, end: begin + period, prices: close.map(|price| [price; 4]), volume: 0, ids: None }
    }

    /// A trade.
    pub fn take(&mut self, deal: Deal, id: u64) {
        let [open, high, low, _] = self.prices.filter(|_| self.ids.is_some()).unwrap_or([deal.price; 4]);
        self.prices = Some([open, high.max(deal.price), low.min(deal.price), deal.price]);
        self.volume += deal.qty;
        self.ids = Some((self.ids.map_or(id, |(first, _)| first), id));
    }

    /// The last price.
    pub fn close(&self) -> Option<i64> {
        self.prices.map(|[.., close]| close)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_begins_at_a_whole_period_and_with_its_first_trade() {
        let minute = period_of("1m").unwrap();
        assert_eq!((minute, period_of("4h")), (60_000_000_000, Some(240 * minute)));
        assert!(["", "m", "7m", "1s", "1w", "é"].iter().all(|name| period_of(name).is_none()));
        let mut candle = Candle::at(Nanos(5 * minute + 1), minute, Some(90));
        assert_eq!((candle.begin, candle.end, candle.close()), (5 * minute, 6 * minute, Some(90)));
        for (id, price) in [(7, 100), (8, 120), (9, 80), (10, 110)] {
            candle.take(Deal { price, qty: 2, ..Deal::default() }, id);
        }
        assert_eq!(candle.prices, Some([100, 120, 80, 110]));
        assert_eq!((candle.volume, candle.ids), (8, Some((7, 10))));
    }
}
