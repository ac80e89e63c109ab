//! Coinbase Exchange: books by level and order by order, matches, quotes, heartbeats, each product's messages numbered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::board::{Board, Deal, Item};
use super::orders::access::is_signed;
use super::orders::full::{self, Row};
use super::stock::{Channel, HallSource, Stall, StockError};
use super::text::{push_places, rfc3339};
use super::{ClientId, Hall, Said};
use crate::model::Nanos;
use crate::simulator::sabotage::{Place, whose};

/// Channels that are served.
const CHANNELS: [(&str, Channel); 6] = [
    ("full", Channel::Orders),
    ("level2", Channel::Book),
    ("level2_batch", Channel::Book),
    ("matches", Channel::Trade),
    ("ticker", Channel::Quote),
    ("heartbeat", Channel::Beat),
];
/// Between two messages of a book, ns.
const PERIOD: i64 = 50_000_000;
/// Of the last match, whoever had a part in it.
const ORDER: &str = "00000000-0000-4000-8000-000000000000";

/// Names of channels and stalls that one client hears.
type Subscriptions = BTreeSet<(&'static str, usize)>;

/// See the head of this file.
pub struct Coinbase {
    board: Board,
    /// Its frames say what happens: nothing is said of orders.
    recorded: bool,
    clients: BTreeMap<ClientId, Subscriptions>,
    /// Of the last message order by order, by stall; those of other channels have its number.
    sequences: Vec<u64>,
    last_trade: Vec<Deal>,
}

impl Coinbase {
    /// A hall that has not begun.
    ///
    /// # Errors
    /// If the source cannot be had.
    pub fn new(source: &HallSource) -> Result<Self, StockError> {
        let board = Board::new(source, Place::Coinbase, PERIOD)?;
        let count = board.stalls().len();
        Ok(Self {
            board,
            recorded: matches!(source, HallSource::Recorded(_)),
            clients: BTreeMap::new(),
            sequences: vec![1_000_000; count],
            last_trade: vec![Default::default(); count],
        })
    }

    fn stall(&self, product: &str) -> Option<usize> {
        self.board.stalls().iter().position(|stall| stall.pair == product)
    }

    /// The row of a stall's messages, order by order.
    fn row(&mut self, stall: usize, now: Nanos) -> Row<'_> {
        Row { stall: &self.board.stalls()[stall], sequence: &mut self.sequences[stall], now }
    }

    fn request(
        &mut self,
        client: ClientId,
        request: &Json,
        now: Nanos,
        said: &mut Vec<Said>,
    ) -> Result<(), (&'static str, String)> {
        let failed = |reason: String| ("Failed to subscribe", reason);
        let on = match request["type"].as_str() {
            Some("subscribe") => true,
            Some("unsubscribe") => false,
            _ => return Err(("Malformed JSON", "Type has to be either subscribe or unsubscribe".to_owned())),
        };
        let products = |value: &Json| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
        };
        let common = products(&request["product_ids"]);
        let mut wanted = Vec::new();
        for channel in request["channels"].as_array().into_iter().flatten() {
            let name = channel.as_str().or(channel["name"].as_str()).unwrap_or_default();
            let known = CHANNELS.iter().find(|(known, _)| *known == name);
            let (name, kind) = known.ok_or_else(|| failed(format!("{name} is not a valid channel")))?;
            if *kind == Channel::Orders && self.recorded {
                return Err(failed("full is not in the recording".to_owned()));
            }
            if *kind == Channel::Orders && !is_signed(request) {
                return Err(failed("Authentication required for full".to_owned()));
            }
            let own = products(&channel["product_ids"]);
            for product in if own.is_empty() { &common } else { &own } {
                let stall = self.stall(product);
                let stall = stall.ok_or_else(|| failed(format!("{product} is not a valid product")))?;
                wanted.push((*name, *kind, stall));
            }
        }
        let subscriptions = self.clients.entry(client).or_default();
        let mut new = Vec::new();
        for (name, kind, stall) in wanted {
            let changed =
                if on { subscriptions.insert((name, stall)) } else { subscriptions.remove(&(name, stall)) };
            new.extend((changed && on).then_some((kind, stall)));
        }
        said.push(Said { to: client, text: self.listed(client) });
        for (kind, stall) in new {
            self.first(client, kind, stall, now, said);
        }
        Ok(())
    }

    /// What the client hears now.
    fn listed(&self, client: ClientId) -> String {
        let mut channels: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, stall) in self.clients.get(&client).into_iter().flatten() {
            channels.entry(name).or_default().push(&self.board.stalls()[*stall].pair);
        }
        let channels: Vec<Json> = channels
            .into_iter()
            .map(|(name, products)| json!({ "name": name, "product_ids": products }))
            .collect();
        json!({ "type": "subscriptions", "channels": channels }).to_string()
    }

    /// What a new subscription begins with.
    fn first(&mut self, client: ClientId, channel: Channel, stall: usize, now: Nanos, said: &mut Vec<Said>) {
        if self.board.stalls()[stall].book.bids.is_empty() {
            return; // a recording brings its own
        }
        let text = match channel {
            Channel::Book => snapshot(&self.board.stalls()[stall], now),
            Channel::Trade if self.last_trade[stall].qty > 0 => {
                let sequence = self.sequences[stall];
                last_match(&self.board.stalls()[stall], self.last_trade[stall], sequence, now)
            }
            Channel::Quote => ticker(&self.board.stalls()[stall], self.sequences[stall], now),
            _ => return,
        };
        said.push(Said { to: client, text });
    }

    fn tell(&self, channel: Channel, stall: usize, text: &str, said: &mut Vec<Said>) {
        for (client, subscriptions) in &self.clients {
            let mut names = CHANNELS.iter().filter(|(_, kind)| *kind == channel);
            if names.any(|(name, _)| subscriptions.contains(&(*name, stall))) {
                said.push(Said { to: *client, text: text.to_owned() });
            }
        }
    }
}

impl Hall for Coinbase {
    fn place(&self) -> Place {
        Place::Coinbase
    }

    fn get(&self, path: &str, _: &str, now: Nanos) -> Option<String> {
        if let Some(product) = path.strip_prefix("/products/").and_then(|path| path.strip_suffix("/book")) {
            let stall = self.stall(product)?;
            return Some(full::listed(&self.board.stalls()[stall], self.sequences[stall], now));
        }
        if path != "/products" {
            return None;
        }
        let about = |stall: &Stall| {
            let (base, quote) = stall.currencies();
            json!({
                "id": stall.pair, "base_currency": base, "quote_currency": quote,
                "quote_increment": stall.price(stall.tick), "base_increment": stall.qty(stall.lot),
                "display_name": stall.pair, "min_market_funds": "1", "status": "online",
            })
        };
        Some(Json::Array(self.board.stalls().iter().map(about).collect()).to_string())
    }

    fn welcome(&mut self, client: ClientId, _: &str, _: Nanos, _: &mut Vec<Said>) {
        self.clients.insert(client, Subscriptions::new());
    }

    fn hear(&mut self, client: ClientId, text: &str, now: Nanos, said: &mut Vec<Said>) {
        let Ok(request) = serde_json::from_str::<Json>(text) else {
            let text = json!({ "type": "error", "message": "Malformed JSON" }).to_string();
            return said.push(Said { to: client, text });
        };
        if let Err((message, reason)) = self.request(client, &request, now, said) {
            let text = json!({ "type": "error", "message": message, "reason": reason }).to_string();
            said.push(Said { to: client, text });
        }
    }

    fn leave(&mut self, client: ClientId) {
        self.clients.remove(&client);
    }

    fn is_heard(&self) -> bool {
        self.clients.values().any(|subscriptions| !subscriptions.is_empty())
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
                    let text = update(&self.board.stalls()[stall], &changes, now);
                    self.tell(Channel::Book, stall, &text, said);
                }
                Item::Quote(stall) => {
                    let sequence = self.sequences[stall];
                    let text = ticker(&self.board.stalls()[stall], sequence, now);
                    self.tell(Channel::Quote, stall, &text, said);
                }
                Item::Trade(stall, deal) => {
                    self.last_trade[stall] = deal;
                    let texts = self.row(stall, now).trade(deal);
                    self.tell(Channel::Trade, stall, &texts[1], said);
                    texts.iter().for_each(|text| self.tell(Channel::Orders, stall, text, said));
                }
                Item::Orders(stall, (bid, price), orders) => {
                    for news in &orders {
                        for text in self.row(stall, now).orders(bid, price, news) {
                            self.tell(Channel::Orders, stall, &text, said);
                        }
                    }
                }
                Item::Frame(channel, stall, text) => self.tell(channel, stall, &text, said),
            }
        }
    }

    fn beat(&mut self, now: Nanos, said: &mut Vec<Said>) {
        for (stall, about) in self.board.stalls().iter().enumerate() {
            if about.trade_id == 0 {
                continue; // a recording has its own, or none
            }
            let text = format!(
                r#"{{"type":"heartbeat","last_trade_id":{},"product_id":"{}","sequence":{},"time":"{}"}}"#,
                about.trade_id,
                about.pair,
                self.sequences[stall],
                rfc3339(now)
            );
            self.tell(Channel::Beat, stall, &text, said);
        }
    }

    fn crossed(&self, text: &str) -> Option<String> {
        let about = &self.board.stalls()[self.stall(whose(text)?)?];
        if text.starts_with("{\"type\":\"open\"") {
            return full::crossed(text, about);
        }
        let price = about.price(about.crossing_bid()?);
        let (head, rest) = text.split_once("\"changes\":[")?;
        Some(format!("{head}\"changes\":[[\"buy\",\"{price}\",\"1.00000000\"],{rest}"))
    }
}

fn push_level(text: &mut String, stall: &Stall, (price, qty): (i64, i64)) {
    text.push('"');
    push_places(text, price, stall.price_places);
    text.push_str("\",\"");
    push_places(text, qty, stall.qty_places);
    text.push_str("\"]");
}

fn snapshot(stall: &Stall, now: Nanos) -> String {
    let (bids, asks) = stall.top(usize::MAX);
    let mut text = format!(r#"{{"type":"snapshot","product_id":"{}","asks":["#, stall.pair);
    for (place, level) in asks.iter().enumerate() {
        text.push_str(if place > 0 { ",[" } else { "[" });
        push_level(&mut text, stall, *level);
    }
    text.push_str("],\"bids\":[");
    for (place, level) in bids.iter().enumerate() {
        text.push_str(if place > 0 { ",[" } else { "[" });
        push_level(&mut text, stall, *level);
    }
    text.push_str(&format!(r#"],"time":"{}"}}"#, rfc3339(now)));
    text
}

fn update(stall: &Stall, changes: &BTreeSet<(bool, i64)>, now: Nanos) -> String {
    let mut text = format!(r#"{{"type":"l2update","product_id":"{}","changes":["#, stall.pair);
    for (place, (bid, price, qty)) in stall.levels(changes).enumerate() {
        text.push_str(if place > 0 { "," } else { "" });
        text.push_str(if bid { "[\"buy\"," } else { "[\"sell\"," });
        push_level(&mut text, stall, (price, qty));
    }
    text.push_str(&format!(r#"],"time":"{}"}}"#, rfc3339(now)));
    text
}

/// The side is the maker's.
fn last_match(stall: &Stall, deal: Deal, sequence: u64, now: Nanos) -> String {
    let side = if deal.buyer_is_maker { "buy" } else { "sell" };
    let (price, qty) = (stall.price(deal.price), stall.qty(deal.qty));
    format!(
        r#"{{"type":"last_match","trade_id":{},"maker_order_id":"{ORDER}","taker_order_id":"{ORDER}","side":"{side}","size":"{qty}","price":"{price}","product_id":"{}","sequence":{sequence},"time":"{}"}}"#,
        stall.trade_id,
        stall.pair,
        rfc3339(now)
    )
}

fn ticker(stall: &Stall, sequence: u64, now: Nanos) -> String {
    let [(bid, bid_qty), (ask, ask_qty)] = stall.best();
    format!(
        r#"{{"type":"ticker","sequence":{sequence},"product_id":"{}","price":"{bid}","best_bid":"{bid}","best_bid_size":"{bid_qty}","best_ask":"{ask}","best_ask_size":"{ask_qty}","side":"buy","time":"{}","trade_id":{},"last_size":"{bid_qty}"}}"#,
        stall.pair,
        rfc3339(now),
        stall.trade_id
    )
}
