//! `[consolidated]`: assets whose books are put together over venues.

use super::reader::Reader;
use super::sections::is_symbol;
use super::venues::VenueKey;

/// Venues of one asset.
pub const MOST_MEMBERS: usize = 8;

/// `"BTC-USD" = ["binance:BTC-USDT", "kraken:BTC-USD"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// By which readers know it, after `all:`.
    pub name: String,
    /// Names of instruments.
    pub members: Vec<String>,
}

/// `[consolidated]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConsolidatedBooks {
    /// What is put together.
    pub assets: Vec<Asset>,
    /// A taker's fee by venue, in 1/10000; a venue that is not named costs nothing.
    pub fees_bps: Vec<(String, f64)>,
}

pub(super) fn read(reader: &mut Reader, with_strategies: bool) -> ConsolidatedBooks {
    let allowed = format!(
        "must be a list of 1 to {MOST_MEMBERS} instruments, such as [\"binance:BTC-USDT\", \"kraken:BTC-USD\"]"
    );
    let named =
        |text: &str| text.split_once(':').is_some_and(|(venue, pair)| !venue.is_empty() && !pair.is_empty());
    let lists = reader.lists("consolidated.assets", &allowed, |names| {
        (1..=MOST_MEMBERS).contains(&names.len()) && names.iter().all(|name| named(name))
    });
    let assets: Vec<Asset> = lists.into_iter().map(|(name, members)| Asset { name, members }).collect();
    for asset in &assets {
        let key = format!("consolidated.assets.{}", asset.name);
        if !is_symbol(&asset.name) {
            reader.complain(&key, "its name must be BASE-QUOTE in capitals, such as BTC-USD".to_owned());
        }
        if with_strategies {
            let expected = "an engine with strategies has none: leave it to an engine without [[strategies]]";
            reader.complain(&key, expected.to_owned());
        }
    }
    let fees_bps = reader.numbers("consolidated.fees_bps");
    for (venue, fee) in &fees_bps {
        let key = format!("consolidated.fees_bps.{venue}");
        if !VenueKey::ALL.iter().any(|known| known.name() == venue) {
            let known: Vec<_> = VenueKey::ALL.iter().map(|known| known.name()).collect();
            reader.complain(&key, format!("no such venue; there are {}", known.join(", ")));
        }
        if !(-100.0..=1_000.0).contains(fee) {
            reader.complain(&key, "must be from -100 to 1000".to_owned());
        }
    }
    ConsolidatedBooks { assets, fees_bps }
}
