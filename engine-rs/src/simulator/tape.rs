//! The lines of a recording, understood as far as a venue must to serve them again.

use std::borrow::Cow;

use serde::Deserialize;

use crate::market_data::Content;
use crate::market_data::venues::binance::snapshot_symbol;

use super::DepthBook;
use super::wire::parse_decimal;

/// A line's meaning.
pub enum Line {
    /// A message of a stream: its name and the whole text.
    Frame(String, String),
    /// A REST snapshot: of a symbol, if it says so.
    Snapshot(Option<String>, DepthBook),
    /// What no stream sends, such as the answer to a subscription.
    Other,
}

/// A depth diff.
pub struct Diff {
    /// Last update id.
    pub last_id: u64,
    /// Bid, price, quantity.
    pub levels: Vec<(bool, i64, i64)>,
}

/// What a line says, or why it cannot be served.
pub fn understand(content: Content<'_>) -> Result<Line, &'static str> {
    match content {
        Content::Frame(text) if text.contains(&0) => Err("is binary (SBE): recordings of JSON are served"),
        Content::Frame(text) => frame(std::str::from_utf8(text).map_err(|_| "is no UTF-8")?),
        Content::Answer { path, body } => {
            let symbol = path.and_then(snapshot_symbol).map(str::to_owned);
            Ok(snapshot(body).map_or(Line::Other, |book| Line::Snapshot(symbol, book)))
        }
    }
}

fn frame(text: &str) -> Result<Line, &'static str> {
    let Some(rest) = text.strip_prefix("{\"stream\":\"") else { return Ok(Line::Other) };
    let (stream, data) = rest.split_once("\",\"data\":").ok_or("is no combined message of a stream")?;
    if stream.contains("@depth") && data.contains("\"pu\":") {
        return Err("is of a futures market (its diffs have pu): only spot is served");
    }
    Ok(Line::Frame(stream.to_owned(), text.to_owned()))
}

type Levels<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

fn in_units(bid: bool, levels: Levels<'_>) -> Option<Vec<(bool, i64, i64)>> {
    levels.into_iter().map(|(p, q)| Some((bid, parse_decimal(&p)?, parse_decimal(&q)?))).collect()
}

#[derive(Deserialize)]
struct Snapshot<'a> {
    #[serde(rename = "lastUpdateId")]
    last_id: u64,
    #[serde(borrow)]
    bids: Levels<'a>,
    #[serde(borrow)]
    asks: Levels<'a>,
}

fn snapshot(body: &[u8]) -> Option<DepthBook> {
    let snapshot: Snapshot = serde_json::from_slice(body).ok()?;
    let mut book = DepthBook { last_id: snapshot.last_id, ..DepthBook::default() };
    for (bid, price, qty) in in_units(true, snapshot.bids)?.into_iter().chain(in_units(false, snapshot.asks)?)
    {
        book.set(bid, price, qty);
    }
    Some(book)
}

#[derive(Deserialize)]
struct DepthUpdate<'a> {
    #[serde(rename = "u")]
    last_id: u64,
    #[serde(borrow, rename = "b")]
    bids: Levels<'a>,
    #[serde(borrow, rename = "a")]
    asks: Levels<'a>,
}

/// The diff in the data of a depth stream; partial books have none.
pub fn diff(data: &str) -> Option<Diff> {
    let update: DepthUpdate = serde_json::from_str(data).ok()?;
    let mut levels = in_units(true, update.bids)?;
    levels.extend(in_units(false, update.asks)?);
    Some(Diff { last_id: update.last_id, levels })
}
