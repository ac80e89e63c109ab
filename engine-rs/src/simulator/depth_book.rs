//! A book by price. Simple on purpose: it shares nothing with the engine's books, so each can check the other.

use std::collections::BTreeMap;

use super::wire::push_decimal;

/// Prices and quantities in units of 1e-8, as Binance writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DepthBook {
    /// The venue's id of the last change.
    pub last_id: u64,
    /// Quantity by price.
    pub bids: BTreeMap<i64, i64>,
    /// Quantity by price.
    pub asks: BTreeMap<i64, i64>,
}

impl DepthBook {
    /// Sets a level; 0 removes it.
    pub fn set(&mut self, bid: bool, price: i64, qty: i64) {
        let side = if bid { &mut self.bids } else { &mut self.asks };
        if qty == 0 {
            side.remove(&price);
        } else {
            side.insert(price, qty);
        }
    }

    /// Best bid and best ask with their quantities, zeroes where there is none.
    #[must_use]
    pub fn best(&self) -> [(i64, i64); 2] {
        let level = |entry: Option<(&i64, &i64)>| entry.map_or((0, 0), |(price, qty)| (*price, *qty));
        [level(self.bids.last_key_value()), level(self.asks.first_key_value())]
    }

    /// The body of `/api/v3/depth`.
    #[must_use]
    pub fn to_json(&self, limit: usize) -> String {
        let mut text = format!("{{\"lastUpdateId\":{},\"bids\":[", self.last_id);
        push_levels(&mut text, self.bids.iter().rev().take(limit));
        text.push_str("],\"asks\":[");
        push_levels(&mut text, self.asks.iter().take(limit));
        text.push_str("]}");
        text
    }
}

/// `["61837.63000000","0.50000000"],…`.
pub fn push_levels<'a>(text: &mut String, levels: impl Iterator<Item = (&'a i64, &'a i64)>) {
    for (i, (price, qty)) in levels.enumerate() {
        text.push_str(if i == 0 { "[\"" } else { ",[\"" });
        push_decimal(text, *price);
        text.push_str("\",\"");
        push_decimal(text, *qty);
        text.push_str("\"]");
    }
}
