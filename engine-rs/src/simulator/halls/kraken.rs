//! Kraken spot, protocol v2: books with checksums, levels and order by order, trades, quotes, heartbeats.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::orders::access::Tokens;
use super::orders::level3::{self, Level3};
use super::stock::{Channel, HallSource, Levels, News, Stall, Stock, StockError, stock};
use super::text::{checksum, places, push_places, rfc3339};
use super::{ClientId, Form, Hall, Said};
use crate::model::Nanos;
use crate::simulator::sabotage::Place;

/// Depths that a book can be subscribed with.
const DEPTHS: [u64; 5] = [10, 25, 100, 500, 1_000];

/// Where tokens for the channel order by order are asked for.
const TOKEN_PATH: &str = "/0/private/GetWebSocketsToken";

/// What one client hears.
#[derive(Default)]
struct Subscriptions {
    /// Stalls and depths.
    books: BTreeMap<usize, usize>,
    /// The same, order by order.
    orders: BTreeMap<usize, usize>,
    others: BTreeSet<(Channel, usize)>,
}

impl Subscriptions {
    fn is_empty(&self) -> bool {
        self.books.is_empty() && self.orders.is_empty() && self.others.is_empty()
    }

    /// Stalls and depths, of a channel that has depths.
    fn deep(&mut self, channel: Channel) -> Option<&mut BTreeMap<usize, usize>> {
        match channel {
            Channel::Book => Some(&mut self.books),
            Channel::Orders => Some(&mut self.orders),
            _ => None,
        }
    }

    /// Whether that was something new.
    fn change(&mut self, on: bool, channel: Channel, stall: usize, depth: usize) -> bool {
        match self.deep(channel) {
            Some(deep) if on => !deep.contains_key(&stall) && deep.insert(stall, depth).is_none(),
            Some(deep) => deep.remove(&stall).is_some(),
            None if on => self.others.insert((channel, stall)),
            None => self.others.remove(&(channel, stall)),
        }
    }
}

/// See the head of this file.
pub struct Kraken {
    stock: Box<dyn Stock>,
    /// Its frames say what changes: nothing is said of its books beside them.
    recorded: bool,
    clients: BTreeMap<ClientId, Subscriptions>,
    /// What was said last of a stall's book at a depth.
    shown: BTreeMap<(usize, usize), (Levels, Levels)>,
    quoted: BTreeMap<usize, (Levels, Levels)>,
    level3: Level3,
    tokens: Tokens,
}

impl Kraken {
    /// A hall that has not begun.
    ///
    /// # Errors
    /// If the source cannot be had.
    pub fn new(source: &HallSource) -> Result<Self, StockError> {
        Ok(Self {
            stock: stock(source, Place::Kraken)?,
            recorded: matches!(source, HallSource::Recorded(_)),
            clients: BTreeMap::new(),
            shown: BTreeMap::new(),
            quoted: BTreeMap::new(),
            level3: Level3::default(),
            tokens: Tokens::default(),
        })
    }

    fn stall(&self, symbol: &str) -> Option<usize> {
        self.stock.stalls().iter().position(|stall| symbol_of(stall) == symbol)
    }

    fn request(&mut self, client: ClientId, request: &Json, now: Nanos, said: &mut Vec<Said>) {
        let method = request["method"].as_str().unwrap_or_default().to_owned();
        let answer = |mut fields: Map<String, Json>| {
            if let Some(id) = request.get("req_id") {
                fields.insert("req_id".to_owned(), id.clone());
            }
            for time in ["time_in", "time_out"] {
                fields.insert(time.to_owned(), json!(rfc3339(now)));
            }
            Said { to: client, text: Json::Object(fields).to_string() }
        };
        let object = |json: Json| if let Json::Object(fields) = json { fields } else { Map::new() };
        let refuse = |words: &str, symbol: Option<&str>| {
            let mut fields = object(json!({ "error": words, "method": method, "success": false }));
            if let Some(symbol) = symbol {
                fields.insert("symbol".to_owned(), json!(symbol));
            }
            answer(fields)
        };
        match method.as_str() {
            "ping" => return said.push(answer(object(json!({ "method": "pong" })))),
            "subscribe" | "unsubscribe" => {}
            _ => return said.push(refuse("Unsupported method", None)),
        }
        let (on, params) = (method == "subscribe", &request["params"]);
        let name = params["channel"].as_str().unwrap_or_default();
        let channel = match name {
            "book" => Channel::Book,
            "trade" => Channel::Trade,
            "ticker" => Channel::Quote,
            "level3" if !self.recorded => Channel::Orders,
            _ => return said.push(refuse("Subscription channel invalid", None)),
        };
        let depth = params["depth"].as_u64().unwrap_or(10);
        let depths: &[u64] = match channel {
            Channel::Book => &DEPTHS,
            Channel::Orders => &level3::DEPTHS,
            _ => &[],
        };
        if !depths.is_empty() && !depths.contains(&depth) {
            return said.push(refuse("Subscription depth not supported", None));
        }
        let token = params["token"].as_str().unwrap_or_default();
        if channel == Channel::Orders && !self.tokens.knows(token, now) {
            return said.push(refuse("ESession:Invalid session", None));
        }
        let depth = usize::try_from(depth).unwrap_or_default();
        if !depths.is_empty() && !self.recorded {
            // A snapshot is what was said last: what has changed since then is said first, to those who hear it.
            self.flush(now, said);
        }
        let snapshot = params["snapshot"].as_bool().unwrap_or(true);
        for symbol in params["symbol"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            let Some(stall) = self.stall(symbol) else {
                let words = format!("Currency pair not supported {symbol}");
                said.push(refuse(&words, Some(symbol)));
                continue;
            };
            let subscriptions = self.clients.entry(client).or_default();
            if !subscriptions.change(on, channel, stall, depth) {
                let words = if on { "Already subscribed" } else { "Subscription Not Found" };
                said.push(refuse(words, Some(symbol)));
                continue;
            }
            let mut result = object(json!({ "channel": name, "symbol": symbol }));
            if !depths.is_empty() {
                result.insert("depth".to_owned(), json!(depth));
            }
            if on {
                result.insert("snapshot".to_owned(), json!(snapshot));
            }
            said.push(answer(object(json!({ "method": method, "result": result, "success": true }))));
            if on && snapshot {
                self.snapshot(client, channel, stall, depth, now, said);
            }
        }
    }

    fn snapshot(
        &mut self,
        client: ClientId,
        channel: Channel,
        stall: usize,
        depth: usize,
        now: Nanos,
        said: &mut Vec<Said>,
    ) {
        let about = &self.stock.stalls()[stall];
        if about.book.bids.is_empty() && about.book.asks.is_empty() {
            return; // a recording brings its own
        }
        match channel {
            Channel::Book => {
                let top = about.top(depth);
                said.push(Said { to: client, text: book(about, "snapshot", &top, &top, now) });
                self.shown.insert((stall, depth), top);
            }
            Channel::Orders => {
                let text = self.level3.snapshot((stall, depth), about, now);
                said.push(Said { to: client, text });
            }
            Channel::Quote => said.push(Said { to: client, text: ticker(about, "snapshot", now) }),
            _ => {}
        }
    }

    /// Says what has changed in the books since the last time.
    fn flush(&mut self, now: Nanos, said: &mut Vec<Said>) {
        self.flush_orders(now, said);
        let books = self.clients.values().flat_map(|client| &client.books);
        let wanted: BTreeSet<(usize, usize)> = books.map(|(stall, depth)| (*stall, *depth)).collect();
        self.shown.retain(|key, _| wanted.contains(key));
        for (stall, depth) in wanted {
            let about = &self.stock.stalls()[stall];
            let now_there = about.top(depth);
            let before = self.shown.insert((stall, depth), now_there.clone()).unwrap_or_default();
            let changes = (
                changed(&before.0, &now_there.0, &about.book.bids),
                changed(&before.1, &now_there.1, &about.book.asks),
            );
            if changes.0.is_empty() && changes.1.is_empty() {
                continue;
            }
            let text = book(about, "update", &changes, &now_there, now);
            for (client, _) in
                self.clients.iter().filter(|(_, client)| client.books.get(&stall) == Some(&depth))
            {
                said.push(Said { to: *client, text: text.clone() });
            }
        }
        for stall in 0..self.stock.stalls().len() {
            let best = self.stock.stalls()[stall].top(1);
            if self.quoted.get(&stall) != Some(&best) {
                let text = ticker(&self.stock.stalls()[stall], "update", now);
                self.tell(Channel::Quote, stall, &text, said);
                self.quoted.insert(stall, best);
            }
        }
    }

    /// The same of the orders.
    fn flush_orders(&mut self, now: Nanos, said: &mut Vec<Said>) {
        let books = self.clients.values().flat_map(|client| &client.orders);
        let wanted: BTreeSet<(usize, usize)> = books.map(|(stall, depth)| (*stall, *depth)).collect();
        self.level3.keep(&wanted);
        for (stall, depth) in wanted {
            let about = &self.stock.stalls()[stall];
            let Some(text) = self.level3.update((stall, depth), about, now) else { continue };
            let hears = |client: &Subscriptions| client.orders.get(&stall) == Some(&depth);
            for (client, _) in self.clients.iter().filter(|(_, client)| hears(client)) {
                said.push(Said { to: *client, text: text.clone() });
            }
        }
    }

    /// To all who hear this.
    fn tell(&self, channel: Channel, stall: usize, text: &str, said: &mut Vec<Said>) {
        for (client, subscriptions) in &self.clients {
            let hears = match channel {
                Channel::Book => subscriptions.books.contains_key(&stall),
                Channel::Orders => subscriptions.orders.contains_key(&stall),
                other => subscriptions.others.contains(&(other, stall)),
            };
            if hears {
                said.push(Said { to: *client, text: text.to_owned() });
            }
        }
    }
}

impl Hall for Kraken {
    fn place(&self) -> Place {
        Place::Kraken
    }

    fn get(&self, path: &str, _: &str, _: Nanos) -> Option<String> {
        if path != "/0/public/AssetPairs" {
            return None;
        }
        let mut result = Map::new();
        for stall in self.stock.stalls() {
            // The REST half writes bitcoin as it did when it began.
            let name = symbol_of(stall).replace("BTC", "XBT").replace("DOGE", "XDG");
            let altname = name.replace('/', "");
            let tick = places(stall.tick, stall.price_places);
            let lot_decimals = stall.qty_places - stall.lot.max(1).ilog10();
            let about = json!({
                "altname": altname, "wsname": name, "pair_decimals": stall.price_places, "cost_decimals": 5,
                "lot_decimals": lot_decimals, "lot_multiplier": 1, "ordermin": "0.0001", "costmin": "0.5",
                "tick_size": tick, "status": "online",
            });
            result.insert(altname, about);
        }
        Some(json!({ "error": [], "result": result }).to_string())
    }

    fn post(&mut self, path: &str, form: &Form<'_>, now: Nanos) -> Option<String> {
        (path == TOKEN_PATH).then(|| self.tokens.answer(path, form, now))
    }

    fn welcome(&mut self, client: ClientId, _: &str, _: Nanos, said: &mut Vec<Said>) {
        self.clients.insert(client, Subscriptions::default());
        let data = json!([{ "version": "2.0.10", "system": "online", "api_version": "v2", "connection_id": client }]);
        let text = json!({ "channel": "status", "type": "update", "data": data }).to_string();
        said.push(Said { to: client, text });
    }

    fn hear(&mut self, client: ClientId, text: &str, now: Nanos, said: &mut Vec<Said>) {
        match serde_json::from_str(text) {
            Ok(request) => self.request(client, &request, now, said),
            Err(_) => {
                let words =
                    json!({ "error": "Malformed request", "success": false, "time_in": rfc3339(now) });
                said.push(Said { to: client, text: words.to_string() });
            }
        }
    }

    fn leave(&mut self, client: ClientId) {
        self.clients.remove(&client);
    }

    fn is_heard(&self) -> bool {
        self.clients.values().any(|client| !client.is_empty())
    }

    fn begin(&mut self, now: Nanos) {
        self.stock.begin(now);
    }

    fn next_time(&self) -> Option<Nanos> {
        self.stock.next_time()
    }

    fn advance(&mut self, until: Nanos, limit: usize, said: &mut Vec<Said>) {
        while said.len() < limit && self.stock.next_time().is_some_and(|next| next <= until) {
            let Some((now, news)) = self.stock.next() else { return };
            match news {
                News::Level { .. } => {}
                News::Flush => self.flush(now, said),
                News::Trade { stall, price, qty, buyer_is_maker, .. } => {
                    let about = &self.stock.stalls()[stall];
                    let text = trade(about, price, qty, buyer_is_maker, now);
                    self.tell(Channel::Trade, stall, &text, said);
                }
                News::Frame(channel, stall, text) => self.tell(channel, stall, &text, said),
            }
        }
    }

    fn beat(&mut self, _: Nanos, said: &mut Vec<Said>) {
        for (client, subscriptions) in &self.clients {
            if !subscriptions.is_empty() {
                said.push(Said { to: *client, text: r#"{"channel":"heartbeat"}"#.to_owned() });
            }
        }
    }

    /// A bid above the best ask, and the checksum of that book.
    fn crossed(&self, text: &str) -> Option<String> {
        let symbol = text.split("\"symbol\":\"").nth(1)?.split('"').next()?;
        let about = &self.stock.stalls()[self.stall(symbol)?];
        if text.starts_with("{\"channel\":\"level3\"") {
            return level3::crossed(text, about);
        }
        let (mut bids, asks) = about.top(10);
        let bid = (2 * asks.first()?.0, 10_i64.pow(about.qty_places)); // whatever happens to the ask until it is sent
        bids.insert(0, bid);
        let mut level = String::new();
        push_level(&mut level, about, bid);
        let (head, rest) = text.split_once("\"bids\":[")?;
        let comma = if rest.starts_with(']') { "" } else { "," };
        let (levels, tail) = rest.split_once("\"checksum\":")?;
        let after = tail.trim_start_matches(|c: char| c.is_ascii_digit());
        Some(format!("{head}\"bids\":[{level}{comma}{levels}\"checksum\":{}{after}", checksum(&asks, &bids)))
    }
}

fn symbol_of(stall: &Stall) -> String {
    stall.pair.replace('-', "/")
}

/// Levels that came, went or changed within the depth; what was only pushed out of it is not spoken of.
fn changed(before: &Levels, now: &Levels, all: &BTreeMap<i64, i64>) -> Levels {
    let old: BTreeMap<i64, i64> = before.iter().copied().collect();
    let gone = before.iter().filter(|(price, _)| !all.contains_key(price)).map(|(price, _)| (*price, 0));
    let new = now.iter().filter(|(price, qty)| old.get(price) != Some(qty)).copied();
    gone.chain(new).collect()
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

/// A book's message: levels, and the checksum of the book after it.
fn book(
    stall: &Stall,
    kind: &str,
    levels: &(Levels, Levels),
    after: &(Levels, Levels),
    now: Nanos,
) -> String {
    let mut text =
        format!(r#"{{"channel":"book","type":"{kind}","data":[{{"symbol":"{}","bids":["#, symbol_of(stall));
    push_side(&mut text, stall, &levels.0);
    text.push_str("],\"asks\":[");
    push_side(&mut text, stall, &levels.1);
    let crc = checksum(&after.1, &after.0);
    text.push_str(&format!(r#"],"checksum":{crc},"timestamp":"{}"}}]}}"#, rfc3339(now)));
    text
}

fn trade(stall: &Stall, price: i64, qty: i64, buyer_is_maker: bool, now: Nanos) -> String {
    let side = if buyer_is_maker { "sell" } else { "buy" };
    let (price, qty) = (places(price, stall.price_places), places(qty, stall.qty_places));
    format!(
        r#"{{"channel":"trade","type":"update","data":[{{"symbol":"{}","side":"{side}","price":{price},"qty":{qty},"ord_type":"market","trade_id":{},"timestamp":"{}"}}]}}"#,
        symbol_of(stall),
        stall.trade_id,
        rfc3339(now)
    )
}

fn ticker(stall: &Stall, kind: &str, now: Nanos) -> String {
    let (bids, asks) = stall.top(1);
    let level = |side: &Levels| side.first().copied().unwrap_or_default();
    let (bid, ask) = (level(&bids), level(&asks));
    let (price, qty) = (|units| places(units, stall.price_places), |units| places(units, stall.qty_places));
    format!(
        r#"{{"channel":"ticker","type":"{kind}","data":[{{"symbol":"{}","bid":{},"bid_qty":{},"ask":{},"ask_qty":{},"last":{},"volume":0.00000000,"vwap":0.0,"low":0.0,"high":0.0,"change":0.0,"change_pct":0.00,"timestamp":"{}"}}]}}"#,
        symbol_of(stall),
        price(bid.0),
        qty(bid.1),
        price(ask.0),
        qty(ask.1),
        price(bid.0),
        rfc3339(now)
    )
}
