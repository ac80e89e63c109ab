//! Bars and features of recorded trades, as the engine's strategies see them.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use pyrt_engine::market_data::records::npy;
use pyrt_engine::market_data::{BarBuilder, EndedBar, period_ns};
use pyrt_engine::model::Event;
use pyrt_engine::signals::FeatureSet;

use super::{Exit, fail, say};

/// Arguments of `features`.
#[derive(Args)]
#[command(
    after_help = "Prints CSV: end, open, high, low, close, volume, then the features; numbers read back as the same \
doubles. Records other than trades close bars too, by their event_time. proto/STRATEGY_FILE.md has the definitions.\n\n\
Example:\n  pyrt-engine features events.npy --bar 1s rsi_14 macd volume_ratio bb_pct"
)]
pub struct Features {
    /// Records of one instrument (pyrt.types.EVENT), in the order of delivery
    file: PathBuf,
    /// Their names
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Length of a bar: a number and s, m, h or d
    #[arg(long, default_value = "1m")]
    bar: String,
    /// Bars of volume_ratio's average
    #[arg(long, default_value_t = 20, value_name = "BARS")]
    lookback: usize,
}

impl Features {
    pub fn run(self) -> Exit {
        match self.print() {
            Ok(()) => Exit::Fine,
            Err(words) => fail(Exit::Usage, words),
        }
    }

    fn print(&self) -> Result<(), String> {
        let period = period_ns(&self.bar)
            .ok_or_else(|| format!("--bar {}: must be a number and s, m, h or d", self.bar))?;
        let mut features = FeatureSet::new(&self.names, self.lookback).map_err(|error| error.to_string())?;
        let events: Vec<Event> = npy::read(&self.file)?;
        let mut builder = BarBuilder::new(period);
        say(format!("end,open,high,low,close,volume,{}", self.names.join(",")));
        for event in &events {
            if event.event_time <= 0 {
                continue; // a record without a time of the venue
            }
            while let Some(bar) = builder.ended(event.event_time).map_err(|error| error.to_string())? {
                say(line(&bar, features.update(bar.close, bar.volume)));
            }
            if let Some(trade) = event.as_trade() {
                builder.trade(trade.event_time, trade.price, trade.qty);
            }
        }
        Ok(())
    }
}

fn line(bar: &EndedBar, features: &[f64]) -> String {
    let mut text = bar.time.to_string();
    let numbers = [bar.open, bar.high, bar.low, bar.close, bar.volume];
    for number in numbers.iter().chain(features) {
        let _ = write!(text, ",{number:?}");
    }
    text
}
