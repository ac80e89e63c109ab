//! Kraken's futures, WebSocket v1: books whose messages, a level each, are numbered by product; trades, quotes, heartbeats.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::board::{Board, Deal, Item};
use super::stock::{Channel, HallSource, Levels, Stall, StockError};
use super::{ClientId, Hall, Said};
use crate::model::Nanos;
use crate::simulator::sabotage::{Place, whose};

/// Between two messages of a book, ns.
const PERIOD: i64 = 50_000_000;
/// Feeds that are served; signs of life are of the connection.
const FEEDS: [(&str, Channel); 4] = [
    ("book", Channel::Book),
    ("trade", Channel::Trade),
    ("ticker_lite", Channel::Quote),
    ("heartbeat", Channel::Beat),
];
const MS: i64 = 1_000_000;
/// Trades have names; nobody looks at these.
const TRADE: &str = "00000000-0000-4000-8000-000000000000";

/// See the head of this file.
pub struct KrakenFutures {
    pub(super) board: Board,
    clients: BTreeMap<ClientId, BTreeSet<(Channel, usize)>>,
    /// Of the last message of a stall's book.
    sequences: Vec<u64>,
}

impl KrakenFutures {
    /// A hall that has not begun.
    ///
    /// # Errors
    /// If the source cannot be had.
    pub fn new(source: &HallSource) -> Result<Self, StockError> {
        let board = Board::new(source, Place::KrakenFutures, PERIOD)?;
        let sequences = vec![1_000_000; board.stalls().len()];
        Ok(Self { board, clients: BTreeMap::new(), sequences })
    }

    fn request(
        &mut self,
        client: ClientId,
        request: &Json,
        now: Nanos,
        said: &mut Vec<Said>,
    ) -> Result<(), &'static str> {
        let (on, answer) = match request["event"].as_str() {
            Some("subscribe") => (true, "subscribed"),
            Some("unsubscribe") => (false, "unsubscribed"),
            _ => return Err("Unknown event"),
        };
        let known = FEEDS.iter().find(|(name, _)| request["feed"] == *name);
        let (name, channel) = known.ok_or("Invalid feed")?;
        let products: Vec<&str> =
            request["product_ids"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        let stall = |product: &&str| self.board.stalls().iter().position(|stall| symbol(stall) == *product);
        let mut stalls: Vec<usize> =
            products.iter().map(stall).collect::<Option<_>>().ok_or("Invalid product id")?;
        if *channel == Channel::Beat {
            stalls = vec![0];
        }
        let heard = self.clients.entry(client).or_default();
        stalls.retain(|stall| {
            let key = (*channel, *stall);
            if on { heard.insert(key) } else { heard.remove(&key) }
        });
        let mut taken = json!({ "event": answer, "feed": name });
        if *channel != Channel::Beat {
            taken["product_ids"] = json!(products);
        }
        said.push(Said { to: client, text: taken.to_string() });
        if on && *channel == Channel::Book {
            for stall in stalls {
                let text = snapshot(&self.board.stalls()[stall], self.sequences[stall], now);
                said.push(Said { to: client, text });
            }
        }
        Ok(())
    }

    /// To all who hear this.
    fn tell(&self, channel: Channel, stall: usize, text: &str, said: &mut Vec<Said>) {
        for (client, _) in self.clients.iter().filter(|(_, heard)| heard.contains(&(channel, stall))) {
            said.push(Said { to: *client, text: text.to_owned() });
        }
    }

    /// What goes is said before what comes: a level a message, a book is never crossed between two.
    fn book(&mut self, stall: usize, changes: &BTreeSet<(bool, i64)>, now: Nanos, said: &mut Vec<Said>) {
        let levels = self.board.stalls()[stall].levels(changes);
        let (gone, there): (Vec<_>, Vec<_>) = levels.partition(|(.., qty)| *qty == 0);
        for level in gone.into_iter().chain(there) {
            self.sequences[stall] += 1;
            let text = change(&self.board.stalls()[stall], level, self.sequences[stall], now.0 / MS);
            self.tell(Channel::Book, stall, &text, said);
        }
    }
}

impl Hall for KrakenFutures {
    fn place(&self) -> Place {
        Place::KrakenFutures
    }

    fn get(&self, path: &str, _: &str, _: Nanos) -> Option<String> {
        if path != "/derivatives/api/v3/instruments" {
            return None;
        }
        let about = |stall: &Stall| {
            let tick: Json = serde_json::from_str(&stall.price(stall.tick)).unwrap_or_default();
            json!({
                "symbol": symbol(stall), "type": "futures_inverse", "tradeable": true, "contractSize": 1,
                "contractValueTradePrecision": 0, "tickSize": tick,
            })
        };
        let all: Vec<Json> = self.board.stalls().iter().map(about).collect();
        Some(json!({ "result": "success", "instruments": all }).to_string())
    }

    fn welcome(&mut self, client: ClientId, _: &str, _: Nanos, said: &mut Vec<Said>) {
        self.clients.insert(client, BTreeSet::new());
        said.push(Said { to: client, text: r#"{"event":"info","version":1}"#.to_owned() });
    }

    fn hear(&mut self, client: ClientId, text: &str, now: Nanos, said: &mut Vec<Said>) {
        let request = serde_json::from_str::<Json>(text).map_err(|_| "Json Error");
        if let Err(words) = request.and_then(|request| self.request(client, &request, now, said)) {
            said.push(Said { to: client, text: json!({ "event": "error", "message": words }).to_string() });
        }
    }

    fn leave(&mut self, client: ClientId) {
        self.clients.remove(&client);
    }

    fn is_heard(&self) -> bool {
        self.clients.values().any(|heard| !heard.is_empty())
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
                Item::Book(stall, changes) => self.book(stall, &changes, now, said),
                Item::Quote(stall) => {
                    self.tell(Channel::Quote, stall, &ticker(&self.board.stalls()[stall]), said);
                }
                Item::Trade(stall, deal) => {
                    let text = trade(&self.board.stalls()[stall], deal, now.0 / MS);
                    self.tell(Channel::Trade, stall, &text, said);
                }
                Item::Frame(..) | Item::Orders(..) => {} // neither recordings nor orders are told here
            }
        }
    }

    fn beat(&mut self, now: Nanos, said: &mut Vec<Said>) {
        let text = format!(r#"{{"feed":"heartbeat","time":{}}}"#, now.0 / MS);
        self.tell(Channel::Beat, 0, &text, said);
    }

    fn crossed(&self, text: &str) -> Option<String> {
        let product = whose(text)?;
        let about = self.board.stalls().iter().find(|stall| symbol(stall) == product)?;
        let number = |key: &str| -> Option<u64> {
            let rest = text.split_once(key)?.1;
            rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())].parse().ok()
        };
        let time = number("\"timestamp\":")?.cast_signed();
        Some(change(about, (true, about.crossing_bid()?, 1), number("\"seq\":")?, time))
    }
}

/// `PI_XBTUSD`.
fn symbol(stall: &Stall) -> String {
    format!("PI_{}", stall.pair.replace('-', "").replace("BTC", "XBT"))
}

fn change(stall: &Stall, (bid, price, qty): (bool, i64, i64), sequence: u64, ms: i64) -> String {
    let side = if bid { "buy" } else { "sell" };
    let price = stall.price(price);
    format!(
        r#"{{"feed":"book","product_id":"{}","side":"{side}","seq":{sequence},"price":{price},"qty":{qty}.0,"timestamp":{ms}}}"#,
        symbol(stall)
    )
}

fn snapshot(stall: &Stall, sequence: u64, now: Nanos) -> String {
    let side = |levels: &Levels| {
        let level =
            |(price, qty): &(i64, i64)| format!(r#"{{"price":{},"qty":{qty}.0}}"#, stall.price(*price));
        levels.iter().map(level).collect::<Vec<_>>().join(",")
    };
    let (bids, asks) = stall.top(usize::MAX);
    format!(
        r#"{{"feed":"book_snapshot","product_id":"{}","timestamp":{},"seq":{sequence},"tickSize":null,"bids":[{}],"asks":[{}]}}"#,
        symbol(stall),
        now.0 / MS,
        side(&bids),
        side(&asks)
    )
}

/// The side is the taker's.
fn trade(stall: &Stall, deal: Deal, ms: i64) -> String {
    let side = if deal.buyer_is_maker { "sell" } else { "buy" };
    format!(
        r#"{{"feed":"trade","product_id":"{}","uid":"{TRADE}","side":"{side}","type":"fill","seq":{},"time":{ms},"qty":{}.0,"price":{}}}"#,
        symbol(stall),
        stall.trade_id,
        deal.qty,
        stall.price(deal.price)
    )
}

/// Sizes are not told.
fn ticker(stall: &Stall) -> String {
    let [(bid, _), (ask, _)] = stall.best();
    format!(
        r#"{{"feed":"ticker_lite","product_id":"{}","bid":{bid},"ask":{ask},"change":0.0,"premium":0.0,"volume":0.0,"tag":"perpetual","pair":"{}","dtm":0,"maturityTime":0,"volumeQuote":0.0}}"#,
        symbol(stall),
        stall.pair.replace('-', ":").replace("BTC", "XBT")
    )
}
