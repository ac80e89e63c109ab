//! Kraken's protocol v2: objects, numbers with the places that the venue writes.

use serde_json::{Map, Value as Json, json};

use super::{Asked, Tongue, Wish};
use crate::model::Nanos;
use crate::simulator::halls::ClientId;
use crate::simulator::halls::board::Deal;
use crate::simulator::halls::stock::{Channel, Levels, Stall};
use crate::simulator::halls::text::{checksum, push_places, rfc3339};
use crate::simulator::sabotage::Place;

const CHANNELS: [(&str, Channel); 4] = [
    ("book", Channel::Book),
    ("level3", Channel::Orders),
    ("trade", Channel::Trade),
    ("ticker", Channel::Quote),
];

/// See the head of this file.
pub struct V2;

fn object(json: Json) -> Map<String, Json> {
    if let Json::Object(fields) = json { fields } else { Map::new() }
}

fn answer(request: &Json, json: Json, now: Nanos) -> String {
    let mut fields = object(json);
    if let Some(id) = request.get("req_id") {
        fields.insert("req_id".to_owned(), id.clone());
    }
    for time in ["time_in", "time_out"] {
        fields.insert(time.to_owned(), json!(rfc3339(now)));
    }
    Json::Object(fields).to_string()
}

impl Tongue for V2 {
    fn place(&self) -> Place {
        Place::Kraken
    }

    fn symbol(&self, stall: &Stall) -> String {
        stall.pair.replace('-', "/")
    }

    fn greeting(&self, client: ClientId) -> String {
        let data = json!([{ "version": "2.0.10", "system": "online", "api_version": "v2", "connection_id": client }]);
        json!({ "channel": "status", "type": "update", "data": data }).to_string()
    }

    fn alive(&self) -> &'static str {
        r#"{"channel":"heartbeat"}"#
    }

    fn read(&self, request: &Json) -> Result<Wish, &'static str> {
        let on = match request["method"].as_str() {
            Some("ping") => return Ok(Wish::Ping),
            Some("subscribe") => true,
            Some("unsubscribe") => false,
            _ => return Err("Unsupported method"),
        };
        let params = &request["params"];
        let known = CHANNELS.iter().find(|(name, _)| params["channel"] == *name);
        let (_, channel) = known.ok_or("Subscription channel invalid")?;
        let depth = params["depth"].as_u64().unwrap_or(10);
        let symbols = params["symbol"].as_array().into_iter().flatten().filter_map(Json::as_str);
        Ok(Wish::Channel(Asked {
            on,
            channel: *channel,
            depth: usize::try_from(depth).unwrap_or_default(),
            snapshot: params["snapshot"].as_bool().unwrap_or(true),
            symbols: symbols.map(str::to_owned).collect(),
            token: params["token"].as_str().unwrap_or_default().to_owned(),
        }))
    }

    fn pong(&self, request: &Json, now: Nanos) -> String {
        answer(request, json!({ "method": "pong" }), now)
    }

    fn refusal(&self, request: &Json, words: &str, symbol: Option<&str>, now: Nanos) -> String {
        let mut fields = object(json!({ "error": words, "success": false }));
        if let Some(method) = request["method"].as_str() {
            fields.insert("method".to_owned(), json!(method));
        }
        if let Some(symbol) = symbol {
            fields.insert("symbol".to_owned(), json!(symbol));
        }
        answer(request, Json::Object(fields), now)
    }

    fn taken(&self, request: &Json, asked: &Asked, symbol: &str, now: Nanos) -> String {
        let mut result = object(json!({ "channel": request["params"]["channel"], "symbol": symbol }));
        if matches!(asked.channel, Channel::Book | Channel::Orders) {
            result.insert("depth".to_owned(), json!(asked.depth));
        }
        if asked.on {
            result.insert("snapshot".to_owned(), json!(asked.snapshot));
        }
        let method = &request["method"];
        answer(request, json!({ "method": method, "result": result, "success": true }), now)
    }

    fn book(
        &self,
        stall: &Stall,
        snapshot: bool,
        _: usize,
        levels: &(Levels, Levels),
        after: &(Levels, Levels),
        now: Nanos,
    ) -> String {
        let (kind, symbol) = (kind(snapshot), self.symbol(stall));
        let mut text =
            format!(r#"{{"channel":"book","type":"{kind}","data":[{{"symbol":"{symbol}","bids":["#);
        push_side(&mut text, stall, &levels.0);
        text.push_str("],\"asks\":[");
        push_side(&mut text, stall, &levels.1);
        let crc = checksum(&after.1, &after.0);
        text.push_str(&format!(r#"],"checksum":{crc},"timestamp":"{}"}}]}}"#, rfc3339(now)));
        text
    }

    fn trade(&self, stall: &Stall, deal: Deal, now: Nanos) -> String {
        let side = if deal.buyer_is_maker { "sell" } else { "buy" };
        let (price, qty) = (stall.price(deal.price), stall.qty(deal.qty));
        format!(
            r#"{{"channel":"trade","type":"update","data":[{{"symbol":"{}","side":"{side}","price":{price},"qty":{qty},"ord_type":"market","trade_id":{},"timestamp":"{}"}}]}}"#,
            self.symbol(stall),
            stall.trade_id,
            rfc3339(now)
        )
    }

    fn ticker(&self, stall: &Stall, snapshot: bool, now: Nanos) -> String {
        let [(bid, bid_qty), (ask, ask_qty)] = stall.best();
        format!(
            r#"{{"channel":"ticker","type":"{}","data":[{{"symbol":"{}","bid":{bid},"bid_qty":{bid_qty},"ask":{ask},"ask_qty":{ask_qty},"last":{bid},"volume":0.00000000,"vwap":0.0,"low":0.0,"high":0.0,"change":0.0,"change_pct":0.00,"timestamp":"{}"}}]}}"#,
            kind(snapshot),
            self.symbol(stall),
            rfc3339(now)
        )
    }

    fn with_bid(&self, text: &str, stall: &Stall, bid: (i64, i64), checksum: u32) -> Option<String> {
        let mut level = String::new();
        push_level(&mut level, stall, bid);
        let (head, rest) = text.split_once("\"bids\":[")?;
        let comma = if rest.starts_with(']') { "" } else { "," };
        let (levels, tail) = rest.split_once("\"checksum\":")?;
        let after = tail.trim_start_matches(|c: char| c.is_ascii_digit());
        Some(format!("{head}\"bids\":[{level}{comma}{levels}\"checksum\":{checksum}{after}"))
    }
}

fn kind(snapshot: bool) -> &'static str {
    if snapshot { "snapshot" } else { "update" }
}

fn push_level(text: &mut String, stall: &Stall, (price, qty): (i64, i64)) {
    text.push_str("{\"price\":");
    push_places(text, price, stall.price_places);
    text.push_str(",\"qty\":");
    push_places(text, qty, stall.qty_places);
    text.push('}');
}

fn push_side(text: &mut String, stall: &Stall, levels: &Levels) {
    for (place, level) in levels.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_level(text, stall, *level);
    }
}
