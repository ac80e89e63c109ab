//! A recording of a generated market.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use pyrt_engine::model::Nanos;
use pyrt_engine::simulator::{Market, MarketOptions, dump};
use serde_json::json;

use super::simulate::parse_market;
use super::{Exit, fail, say};

/// When a generated recording begins unless `start` says so: the same bytes on every day.
const START: Nanos = Nanos(1_700_000_000_000_000_000);

/// Arguments of `generate`.
#[derive(Args)]
#[command(
    after_help = "The same market as `simulate` would serve, written without waiting; the same seed gives the same bytes.\n\n\
Example:\n  pyrt-engine generate --market seed=1,symbols=BTC-USDT,rate=200 --seconds 60 -o btc.tsv.gz"
)]
pub struct Generate {
    /// As for simulate: seed, symbols (joined by +), rate (events a second), start (ms UTC)
    #[arg(long, value_name = "KEY=VALUE,…", value_parser = parse_market)]
    market: Option<MarketOptions>,
    /// How long
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// Where to; compressed if it ends in .gz
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Generate {
    pub fn run(self) -> Exit {
        let mut options = self.market.unwrap_or_default();
        options.start = options.start.or(Some(START));
        let mut market = match Market::new(options) {
            Ok(market) => market,
            Err(error) => return fail(Exit::Usage, error),
        };
        match write(&mut market, self.seconds, &self.output) {
            Ok(lines) => {
                say(json!({ "lines": lines, "output": self.output }));
                Exit::Fine
            }
            Err(error) => fail(Exit::Usage, format!("{}: {error}", self.output.display())),
        }
    }
}

fn write(market: &mut Market, seconds: f64, path: &Path) -> std::io::Result<u64> {
    let file = BufWriter::new(File::create(path)?);
    if path.extension().is_some_and(|end| end == "gz") {
        let mut packed = GzEncoder::new(file, Compression::best());
        let lines = dump(market, seconds, &mut packed)?;
        packed.finish()?.flush()?;
        return Ok(lines);
    }
    let mut file = file;
    let lines = dump(market, seconds, &mut file)?;
    file.flush()?;
    Ok(lines)
}
