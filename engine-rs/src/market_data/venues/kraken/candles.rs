//! The venue's own bars. It does not say that one is over: the next one does.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::market_data::frame::Cause;
use crate::market_data::symbols::Symbols;
use crate::market_data::timestamps::rfc3339;
use crate::market_data::values::{double, text, value};
use crate::market_data::{Candle, VenuePeriod};
use crate::model::Nanos;

type Raw<'a> = Option<&'a RawValue>;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    symbol: Raw<'a>,
    #[serde(borrow)]
    interval: Raw<'a>,
    #[serde(borrow)]
    interval_begin: Raw<'a>,
    #[serde(borrow)]
    open: Raw<'a>,
    #[serde(borrow)]
    high: Raw<'a>,
    #[serde(borrow)]
    low: Raw<'a>,
    #[serde(borrow)]
    close: Raw<'a>,
    #[serde(borrow)]
    volume: Raw<'a>,
}

/// Reads the bars of a message, those of unknown instruments and periods left out.
pub(super) fn read(data: Raw<'_>, symbols: &Symbols, candles: &mut Vec<Candle>) -> Result<(), Cause> {
    let rows: Option<Vec<Row<'_>>> = data.and_then(|data| serde_json::from_str(data.get()).ok());
    for row in rows.ok_or(Cause::Unreadable("data"))? {
        let Some(symbol) = symbols.find(text(row.symbol, "symbol")?.as_bytes()) else { continue };
        let Some(period) = VenuePeriod::of_minutes(value(row.interval, "interval")?) else { continue };
        let begin = rfc3339(text(row.interval_begin, "interval_begin")?.as_bytes()).flatten();
        let end = begin.zip(period.length()).and_then(|(begin, length)| begin.0.checked_add(length));
        let candle = Candle {
            index: symbol.index,
            period,
            end: Nanos(end.ok_or(Cause::Unreadable("interval_begin"))?),
            open: double(row.open, "open")?,
            high: double(row.high, "high")?,
            low: double(row.low, "low")?,
            close: double(row.close, "close")?,
            volume: double(row.volume, "volume")?,
            closed: false,
        };
        if !candle.is_possible() {
            return Err(Cause::Unreadable("a bar that is none"));
        }
        candles.push(candle);
    }
    Ok(())
}

/// The bar in the making of each instrument and period. It stays over a reconnection: the snapshot has what was missed.
#[derive(Debug, Default)]
pub(super) struct OpenCandles(Vec<Candle>);

impl OpenCandles {
    /// Takes the bars of a message and leaves those that are over. Of a snapshot the first time only the last one counts:
    /// those before it are history.
    pub(super) fn close(&mut self, candles: &mut Vec<Candle>, snapshot: bool) {
        let same = |one: &Candle, other: &Candle| (one.index, one.period) == (other.index, other.period);
        let known = self.0.len();
        candles.retain_mut(|new| {
            let place = self.0.iter().position(|open| same(open, new));
            let Some(place) = place else {
                self.0.push(*new);
                return false;
            };
            let open = &mut self.0[place];
            let over = new.end > open.end && !(snapshot && place >= known);
            let before = *open;
            if new.end >= open.end {
                *open = *new;
            }
            *new = Candle { closed: true, ..before };
            over
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candle(end: i64, close: f64) -> Candle {
        let period = VenuePeriod::of_minutes(1).unwrap();
        Candle {
            index: 0,
            period,
            end: Nanos(end),
            open: 1.0,
            high: 9.0,
            low: 1.0,
            close,
            volume: 1.0,
            closed: false,
        }
    }

    #[test]
    fn a_bar_is_over_when_the_next_one_begins() {
        let mut open = OpenCandles::default();
        let mut told = |ends: &[(i64, f64)], snapshot| {
            let mut candles: Vec<_> = ends.iter().map(|(end, close)| candle(*end, *close)).collect();
            open.close(&mut candles, snapshot);
            assert!(candles.iter().all(|candle| candle.closed));
            candles.iter().map(|candle| (candle.end.0, candle.close)).collect::<Vec<_>>()
        };
        assert_eq!(told(&[(1, 1.0), (2, 1.0), (3, 1.0)], true), [], "history");
        assert_eq!(told(&[(3, 2.0)], false), []);
        assert_eq!(told(&[(4, 3.0)], false), [(3, 2.0)]);
        assert_eq!(told(&[(3, 9.0)], false), [], "it is over already");
        assert_eq!(told(&[(4, 5.0), (5, 6.0), (6, 7.0)], true), [(4, 5.0), (5, 6.0)], "after a reconnection");
        assert_eq!(told(&[(6, 7.0), (7, 8.0)], false), [(6, 7.0)]);
    }
}
