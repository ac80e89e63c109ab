//! Coinbase Advanced Trade: level2 books, trades, quotes, heartbeats; all messages of a connection are numbered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::board::{Board, Deal, Item};
use super::stock::{Channel, HallSource, Stall, StockError};
use super::text::rfc3339;
use super::{ClientId, Hall, Said};
use crate::model::Nanos;
use crate::simulator::sabotage::{Place, whose};

/// Between two messages of a book, ns.
const PERIOD: i64 = 50_000_000;
/// Channels that are served, and the names that their messages have.
const CHANNELS: [(&str, Channel, &str); 4] = [
    ("level2", Channel::Book, "l2_data"),
    ("market_trades", Channel::Trade, "market_trades"),
    ("ticker", Channel::Quote, "ticker"),
    ("heartbeats", Channel::Beat, "heartbeats"),
];

/// What one client hears.
#[derive(Default)]
struct Client {
    /// Channels and stalls; signs of life are of all stalls.
    heard: BTreeSet<(Channel, usize)>,
    /// Messages so far.
    sequence: u64,
    /// Signs of life so far.
    beats: u64,
}

/// See the head of this file.
pub struct CoinbaseAdvanced {
    pub(super) board: Board,
    clients: BTreeMap<ClientId, Client>,
    last_trade: Vec<Deal>,
}

impl CoinbaseAdvanced {
    /// A hall that has not begun.
    ///
    /// # Errors
    /// If the source cannot be had.
    pub fn new(source: &HallSource) -> Result<Self, StockError> {
        let board = Board::new(source, Place::CoinbaseAdvanced, PERIOD)?;
        let last_trade = vec![Deal::default(); board.stalls().len()];
        Ok(Self { board, clients: BTreeMap::new(), last_trade })
    }

    fn request(
        &mut self,
        client: ClientId,
        request: &Json,
        now: Nanos,
        said: &mut Vec<Said>,
    ) -> Result<(), String> {
        let on = match request["type"].as_str() {
            Some("subscribe") => true,
            Some("unsubscribe") => false,
            _ => return Err("type must be subscribe or unsubscribe".to_owned()),
        };
        if request.get("jwt").is_some_and(|token| !token.as_str().is_some_and(is_token)) {
            return Err("authentication failure".to_owned());
        }
        let name = request["channel"].as_str().unwrap_or_default();
        let known = CHANNELS.iter().find(|(known, ..)| *known == name);
        let (_, channel, _) = known.ok_or_else(|| format!("{name:?} is not a channel"))?;
        let mut stalls = Vec::new();
        for product in request["product_ids"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            let stall = self.board.stalls().iter().position(|stall| stall.pair == product);
            stalls.push(stall.ok_or_else(|| format!("{product} is not a product"))?);
        }
        if *channel == Channel::Beat {
            stalls = vec![0];
        }
        let heard = &mut self.clients.entry(client).or_default().heard;
        let changed = |stall: &usize| {
            let key = (*channel, *stall);
            if on { heard.insert(key) } else { heard.remove(&key) }
        };
        stalls.retain(changed);
        self.say(
            client,
            "subscriptions",
            now,
            &format!(r#"{{"subscriptions":{}}}"#, self.listed(client)),
            said,
        );
        if on {
            stalls.iter().for_each(|stall| self.first(client, *channel, *stall, now, said));
        }
        Ok(())
    }

    /// What the client hears now.
    fn listed(&self, client: ClientId) -> Json {
        let mut channels: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (channel, stall) in self.clients.get(&client).iter().flat_map(|client| &client.heard) {
            for (name, ..) in CHANNELS.iter().filter(|(_, own, _)| own == channel) {
                channels.entry(name).or_default().push(&self.board.stalls()[*stall].pair);
            }
        }
        json!(channels)
    }

    /// What a new subscription begins with.
    fn first(&mut self, client: ClientId, channel: Channel, stall: usize, now: Nanos, said: &mut Vec<Said>) {
        let about = &self.board.stalls()[stall];
        let event = match channel {
            Channel::Book => {
                let (bids, asks) = about.top(usize::MAX);
                let of_side = |bid| move |(price, qty): &(i64, i64)| (bid, *price, *qty);
                let all = bids.iter().map(of_side(true)).chain(asks.iter().map(of_side(false)));
                levels("snapshot", about, all, now)
            }
            Channel::Trade if self.last_trade[stall].qty > 0 => {
                trade("snapshot", about, self.last_trade[stall], now)
            }
            Channel::Quote => ticker("snapshot", about),
            Channel::Trade | Channel::Beat | Channel::Orders => return,
        };
        let name = CHANNELS.iter().find(|(_, own, _)| *own == channel).map_or("", |(.., name)| name);
        self.say(client, name, now, &event, said);
    }

    /// Numbers a message of one event and says it.
    fn say(&mut self, to: ClientId, channel: &str, now: Nanos, event: &str, said: &mut Vec<Said>) {
        let Some(client) = self.clients.get_mut(&to) else { return };
        let (number, time) = (client.sequence, rfc3339(now));
        client.sequence += 1;
        let text = format!(
            r#"{{"channel":"{channel}","client_id":"","timestamp":"{time}","sequence_num":{number},"events":[{event}]}}"#
        );
        said.push(Said { to, text });
    }

    /// To all who hear this.
    fn tell(&mut self, channel: Channel, stall: usize, now: Nanos, event: &str, said: &mut Vec<Said>) {
        let hears = |(_, client): &(&ClientId, &Client)| client.heard.contains(&(channel, stall));
        let hearing: Vec<ClientId> = self.clients.iter().filter(hears).map(|(client, _)| *client).collect();
        let name = CHANNELS.iter().find(|(_, own, _)| *own == channel).map_or("", |(.., name)| name);
        hearing.into_iter().for_each(|client| self.say(client, name, now, event, said));
    }
}

impl Hall for CoinbaseAdvanced {
    fn place(&self) -> Place {
        Place::CoinbaseAdvanced
    }

    fn get(&self, path: &str, _: &str, _: Nanos) -> Option<String> {
        if path != "/api/v3/brokerage/market/products" {
            return None;
        }
        let about = |stall: &Stall| {
            let (base, quote) = stall.currencies();
            let (tick, lot) = (stall.price(stall.tick), stall.qty(stall.lot));
            json!({
                "product_id": stall.pair, "base_currency_id": base, "quote_currency_id": quote, "quote_increment": tick,
                "price_increment": tick, "base_increment": lot, "base_min_size": lot, "quote_min_size": "1",
                "product_type": "SPOT", "status": "online",
            })
        };
        let products: Vec<Json> = self.board.stalls().iter().map(about).collect();
        Some(json!({ "products": products, "num_products": products.len() }).to_string())
    }

    fn welcome(&mut self, client: ClientId, _: &str, _: Nanos, _: &mut Vec<Said>) {
        self.clients.insert(client, Client::default());
    }

    fn hear(&mut self, client: ClientId, text: &str, now: Nanos, said: &mut Vec<Said>) {
        let request = serde_json::from_str::<Json>(text).map_err(|_| "malformed JSON".to_owned());
        if let Err(words) = request.and_then(|request| self.request(client, &request, now, said)) {
            said.push(Said { to: client, text: json!({ "type": "error", "message": words }).to_string() });
        }
    }

    fn leave(&mut self, client: ClientId) {
        self.clients.remove(&client);
    }

    fn is_heard(&self) -> bool {
        self.clients.values().any(|client| !client.heard.is_empty())
    }

    fn begin(&mut self, now: Nanos) {
        self.board.begin(now);
    }

    fn next_time(&self) -> Option<Nanos> {
        self.board.next_time()
    }

    fn advance(&mut self, until: Nanos, limit: usize, said: &mut Vec<Said>) {
        while said.len() < limit
            && let Some((now, item)) = self.board.next(until)
        {
            match item {
                Item::Book(stall, changes) => {
                    let about = &self.board.stalls()[stall];
                    let event = levels("update", about, about.levels(&changes), now);
                    self.tell(Channel::Book, stall, now, &event, said);
                }
                Item::Quote(stall) => {
                    let event = ticker("update", &self.board.stalls()[stall]);
                    self.tell(Channel::Quote, stall, now, &event, said);
                }
                Item::Trade(stall, deal) => {
                    self.last_trade[stall] = deal;
                    let event = trade("update", &self.board.stalls()[stall], deal, now);
                    self.tell(Channel::Trade, stall, now, &event, said);
                }
                Item::Frame(..) | Item::Orders(..) => {} // neither recordings nor orders are told here
            }
        }
    }

    fn beat(&mut self, now: Nanos, said: &mut Vec<Said>) {
        let time = rfc3339(now).replace('T', " ").replace('Z', " +0000 UTC");
        let ids: Vec<ClientId> = self.clients.keys().copied().collect();
        for id in ids {
            let Some(client) = self.clients.get_mut(&id) else { continue };
            if client.heard.contains(&(Channel::Beat, 0)) {
                client.beats += 1;
                let event = format!(r#"{{"current_time":"{time}","heartbeat_counter":{}}}"#, client.beats);
                self.say(id, "heartbeats", now, &event, said);
            }
        }
    }

    fn crossed(&self, text: &str) -> Option<String> {
        let product = whose(text)?;
        let about = self.board.stalls().iter().find(|stall| stall.pair == product)?;
        let (head, rest) = text.split_once("\"updates\":[")?;
        let mut level = String::new();
        push_level(&mut level, about, (true, about.crossing_bid()?, 10_i64.pow(about.qty_places)), Nanos(0));
        Some(format!("{head}\"updates\":[{level},{rest}"))
    }
}

/// Three parts of a token's letters: whether its signature is right is not looked at.
fn is_token(text: &str) -> bool {
    let letters = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    text.split('.').count() == 3 && text.split('.').all(letters)
}

fn push_level(text: &mut String, stall: &Stall, (bid, price, qty): (bool, i64, i64), now: Nanos) {
    let (price, qty) = (stall.price(price), stall.qty(qty));
    let side = if bid { "bid" } else { "offer" };
    text.push_str(&format!(
        r#"{{"side":"{side}","event_time":"{}","price_level":"{price}","new_quantity":"{qty}"}}"#,
        rfc3339(now)
    ));
}

fn levels(kind: &str, stall: &Stall, levels: impl Iterator<Item = (bool, i64, i64)>, now: Nanos) -> String {
    let mut text = format!(r#"{{"type":"{kind}","product_id":"{}","updates":["#, stall.pair);
    for (place, level) in levels.enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_level(&mut text, stall, level, now);
    }
    text.push_str("]}");
    text
}

/// The side is the maker's.
fn trade(kind: &str, stall: &Stall, deal: Deal, now: Nanos) -> String {
    let side = if deal.buyer_is_maker { "BUY" } else { "SELL" };
    let (price, qty) = (stall.price(deal.price), stall.qty(deal.qty));
    format!(
        r#"{{"type":"{kind}","trades":[{{"trade_id":"{}","product_id":"{}","price":"{price}","size":"{qty}","side":"{side}","time":"{}"}}]}}"#,
        stall.trade_id,
        stall.pair,
        rfc3339(now)
    )
}

fn ticker(kind: &str, stall: &Stall) -> String {
    let [(bid, bid_qty), (ask, ask_qty)] = stall.best();
    format!(
        r#"{{"type":"{kind}","tickers":[{{"type":"ticker","product_id":"{}","price":"{bid}","volume_24_h":"0","best_bid":"{bid}","best_bid_quantity":"{bid_qty}","best_ask":"{ask}","best_ask_quantity":"{ask_qty}"}}]}}"#,
        stall.pair
    )
}
