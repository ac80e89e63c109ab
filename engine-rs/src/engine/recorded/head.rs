//! What a recording begins with: everything beside what came in that decides what its feeds make of it.

use serde_json::{Value as Json, json};

use super::super::recovery::{described, instrument_of};
use super::HEAD;
use crate::config::{Config, VenueKey};
use crate::journal::{Entry, EntryKind};
use crate::model::Instrument;

/// See the head of this file.
#[derive(Clone, Debug)]
pub struct Head {
    /// In force when it was made.
    pub config: Config,
    /// In the order of their rows.
    pub instruments: Vec<Instrument>,
}

impl Head {
    /// Its entries.
    pub(super) fn entries(config: &Config, instruments: &[Instrument]) -> Vec<(EntryKind, Vec<u8>)> {
        let table = json!({ "instruments": instruments.iter().map(described).collect::<Vec<_>>() });
        let [first, second] = HEAD;
        vec![(first, config.to_toml().into_bytes()), (second, table.to_string().into_bytes())]
    }

    /// Reads them back.
    pub(super) fn read(configuration: &[u8], table: &[u8]) -> Option<Head> {
        let config = Config::parse(str::from_utf8(configuration).ok()?).ok()?;
        Some(Head { config, instruments: instruments(table)? })
    }

    /// The instruments of a stream.
    #[must_use]
    pub fn instruments_of(&self, stream: u16) -> Vec<Instrument> {
        let of =
            |one: &&Instrument| super::super::feeds::stream_of(super::super::venue::key_of(one)) == stream;
        self.instruments.iter().filter(of).cloned().collect()
    }
}

fn instruments(table: &[u8]) -> Option<Vec<Instrument>> {
    let table: Json = serde_json::from_slice(table).ok()?;
    table["instruments"].as_array()?.iter().map(instrument_of).collect()
}

/// The rows of a table of instruments, as far as they matter for the answers of a REST host: stream and address.
pub(super) fn addresses(entry: &Entry<'_>) -> Vec<(u16, String)> {
    let Ok(table) = serde_json::from_slice::<Json>(entry.payload) else { return Vec::new() };
    let address = |row: &Json| {
        let symbol = row["symbol"].as_str().unwrap_or_default();
        let key = instrument_of(row).map_or(VenueKey::Binance, |row| super::super::venue::key_of(&row));
        let asked = match key {
            VenueKey::BinanceUsdm => format!("/fapi/v1/depth?symbol={symbol}"),
            VenueKey::BinanceCoinm => format!("/dapi/v1/depth?symbol={symbol}"),
            VenueKey::Coinbase => format!("/products/{symbol}/book?level=3"),
            _ => format!("/api/v3/depth?symbol={symbol}"), // Kraken is not asked for books
        };
        (super::super::feeds::stream_of(key), asked)
    };
    table["instruments"].as_array().map(|rows| rows.iter().map(address).collect()).unwrap_or_default()
}
