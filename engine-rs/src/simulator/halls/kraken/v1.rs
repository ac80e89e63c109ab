//! Kraken's protocol v1: arrays, numbers as texts, `XBT/USD`.

use serde_json::{Value as Json, json};

use super::{Asked, Tongue, Wish, spelling_v1};
use crate::model::Nanos;
use crate::simulator::halls::ClientId;
use crate::simulator::halls::board::Deal;
use crate::simulator::halls::stock::{Channel, Levels, Stall};
use crate::simulator::halls::text::checksum;
use crate::simulator::sabotage::Place;

const CHANNELS: [(&str, Channel); 3] =
    [("book", Channel::Book), ("trade", Channel::Trade), ("ticker", Channel::Quote)];
/// Subscriptions have numbers, and messages begin with them; nobody looks at these.
const CHANNEL_ID: u32 = 336;

/// See the head of this file.
pub struct V1;

/// `1618678133.365913`.
fn seconds(now: Nanos) -> String {
    format!("{}.{:06}", now.0 / 1_000_000_000, now.0 % 1_000_000_000 / 1_000)
}

fn answer(request: &Json, mut json: Json) -> String {
    if let Some(id) = request.get("reqid") {
        json["reqid"] = id.clone();
    }
    json.to_string()
}

fn push_level(text: &mut String, stall: &Stall, (price, qty): (i64, i64), time: &str) {
    let (price, qty) = (stall.price(price), stall.qty(qty));
    text.push_str(&format!(r#"["{price}","{qty}","{time}"]"#));
}

/// `"b":[["1.0","2.00000000","1618678133.365913"]]`.
fn side(key: &str, stall: &Stall, levels: &Levels, time: &str) -> String {
    let mut text = format!("\"{key}\":[");
    for (place, level) in levels.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_level(&mut text, stall, *level, time);
    }
    text.push(']');
    text
}

impl Tongue for V1 {
    fn place(&self) -> Place {
        Place::KrakenV1
    }

    fn symbol(&self, stall: &Stall) -> String {
        spelling_v1(&stall.pair.replace('-', "/"))
    }

    fn greeting(&self, client: ClientId) -> String {
        json!({ "connectionID": client, "event": "systemStatus", "status": "online", "version": "1.9.6" })
            .to_string()
    }

    fn alive(&self) -> &'static str {
        r#"{"event":"heartbeat"}"#
    }

    fn read(&self, request: &Json) -> Result<Wish, &'static str> {
        let on = match request["event"].as_str() {
            Some("ping") => return Ok(Wish::Ping),
            Some("subscribe") => true,
            Some("unsubscribe") => false,
            _ => return Err("Unsupported event"),
        };
        let subscription = &request["subscription"];
        let known = CHANNELS.iter().find(|(name, _)| subscription["name"] == *name);
        let (_, channel) = known.ok_or("Subscription name invalid")?;
        let depth = subscription["depth"].as_u64().unwrap_or(10);
        let symbols = request["pair"].as_array().into_iter().flatten().filter_map(Json::as_str);
        Ok(Wish::Channel(Asked {
            on,
            channel: *channel,
            depth: usize::try_from(depth).unwrap_or_default(),
            snapshot: true,
            symbols: symbols.map(str::to_owned).collect(),
            token: String::new(),
        }))
    }

    fn pong(&self, request: &Json, _: Nanos) -> String {
        answer(request, json!({ "event": "pong" }))
    }

    fn refusal(&self, request: &Json, words: &str, symbol: Option<&str>, _: Nanos) -> String {
        let Some(symbol) = symbol else {
            return answer(request, json!({ "errorMessage": words, "event": "error" }));
        };
        let subscription = &request["subscription"];
        answer(
            request,
            json!({
                "errorMessage": words, "event": "subscriptionStatus", "pair": symbol, "status": "error",
                "subscription": subscription,
            }),
        )
    }

    fn taken(&self, request: &Json, asked: &Asked, symbol: &str, _: Nanos) -> String {
        let mut name = request["subscription"]["name"].as_str().unwrap_or_default().to_owned();
        let mut subscription = json!({ "name": name });
        if asked.channel == Channel::Book {
            subscription["depth"] = json!(asked.depth);
            name = format!("book-{}", asked.depth);
        }
        let status = if asked.on { "subscribed" } else { "unsubscribed" };
        answer(
            request,
            json!({
                "channelID": CHANNEL_ID, "channelName": name, "event": "subscriptionStatus", "pair": symbol,
                "status": status, "subscription": subscription,
            }),
        )
    }

    /// A message of both sides comes in two objects, the checksum in the last one.
    fn book(
        &self,
        stall: &Stall,
        snapshot: bool,
        depth: usize,
        levels: &(Levels, Levels),
        after: &(Levels, Levels),
        now: Nanos,
    ) -> String {
        let (symbol, time) = (self.symbol(stall), seconds(now));
        let (bids, asks) = levels;
        if snapshot {
            let (asks, bids) = (side("as", stall, asks, &time), side("bs", stall, bids, &time));
            return format!(r#"[{CHANNEL_ID},{{{asks},{bids}}},"book-{depth}","{symbol}"]"#);
        }
        let parts: Vec<String> = [("a", asks), ("b", bids)]
            .into_iter()
            .filter(|(_, levels)| !levels.is_empty())
            .map(|(key, levels)| side(key, stall, levels, &time))
            .collect();
        let crc = checksum(&after.1, &after.0);
        format!(r#"[{CHANNEL_ID},{{{},"c":"{crc}"}},"book-{depth}","{symbol}"]"#, parts.join("},{"))
    }

    fn trade(&self, stall: &Stall, deal: Deal, now: Nanos) -> String {
        let taker = if deal.buyer_is_maker { "s" } else { "b" };
        let (price, qty) = (stall.price(deal.price), stall.qty(deal.qty));
        format!(
            r#"[{CHANNEL_ID},[["{price}","{qty}","{}","{taker}","m",""]],"trade","{}"]"#,
            seconds(now),
            self.symbol(stall)
        )
    }

    fn ticker(&self, stall: &Stall, _: bool, _: Nanos) -> String {
        let whole = stall.book.best().map(|(_, qty)| qty / 10_i64.pow(stall.qty_places));
        let [(bid, bid_qty), (ask, ask_qty)] = stall.best();
        format!(
            r#"[{CHANNEL_ID},{{"a":["{ask}",{},"{ask_qty}"],"b":["{bid}",{},"{bid_qty}"]}},"ticker","{}"]"#,
            whole[1],
            whole[0],
            self.symbol(stall)
        )
    }

    fn with_bid(&self, text: &str, stall: &Stall, bid: (i64, i64), checksum: u32) -> Option<String> {
        let (head, tail) = text.split_once(",\"c\":\"")?;
        let (_, after) = tail.split_once('"')?;
        let time = head.strip_suffix("\"]]")?.rsplit('"').next()?;
        let mut level = String::new();
        push_level(&mut level, stall, bid, time);
        let head = match head.split_once("\"b\":[") {
            Some((before, levels)) => format!("{before}\"b\":[{level},{levels}"),
            None => format!("{head}}},{{\"b\":[{level}]"),
        };
        Some(format!("{head},\"c\":\"{checksum}\"{after}"))
    }
}
