//! Kraken spot: books with checksums, levels and order by order, trades, quotes, heartbeats, in either of its protocols.
//!
//! | file | noun |
//! |---|---|
//! | `v2.rs`, `v1.rs` | how it writes and reads: today's objects, yesterday's arrays |

mod v1;
mod v2;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::board::Deal;
use super::orders::access::Tokens;
use super::orders::level3::{self, Level3};
use super::stock::{Channel, HallSource, Levels, News, Stall, Stock, StockError, stock};
use super::text::checksum;
use super::{ClientId, Form, Hall, Said};
use crate::model::Nanos;
use crate::simulator::sabotage::{Place, whose};

/// Depths that a book can be subscribed with.
const DEPTHS: [usize; 5] = [10, 25, 100, 500, 1_000];

/// Where tokens for the channel order by order are asked for.
const TOKEN_PATH: &str = "/0/private/GetWebSocketsToken";

/// What a client asks for.
enum Wish {
    Ping,
    Channel(Asked),
}

/// A channel to be heard, or no longer.
struct Asked {
    on: bool,
    channel: Channel,
    depth: usize,
    snapshot: bool,
    symbols: Vec<String>,
    /// Of those who have a key.
    token: String,
}

/// How the venue writes and reads: one of its two protocols.
trait Tongue: Send {
    fn place(&self) -> Place;

    /// A pair's name.
    fn symbol(&self, stall: &Stall) -> String;

    /// What a new client hears.
    fn greeting(&self, client: ClientId) -> String;

    /// A sign of life.
    fn alive(&self) -> &'static str;

    /// What is asked for, or why it cannot be had.
    fn read(&self, request: &Json) -> Result<Wish, &'static str>;

    fn pong(&self, request: &Json, now: Nanos) -> String;

    fn refusal(&self, request: &Json, words: &str, symbol: Option<&str>, now: Nanos) -> String;

    /// A channel of a symbol is heard, or no longer.
    fn taken(&self, request: &Json, asked: &Asked, symbol: &str, now: Nanos) -> String;

    /// A book's message: levels, and for its checksum the book after it.
    fn book(
        &self,
        stall: &Stall,
        snapshot: bool,
        depth: usize,
        levels: &(Levels, Levels),
        after: &(Levels, Levels),
        now: Nanos,
    ) -> String;

    fn trade(&self, stall: &Stall, deal: Deal, now: Nanos) -> String;

    fn ticker(&self, stall: &Stall, snapshot: bool, now: Nanos) -> String;

    /// A book's message with another bid, and the checksum for that.
    fn with_bid(&self, text: &str, stall: &Stall, bid: (i64, i64), checksum: u32) -> Option<String>;
}

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
    tongue: Box<dyn Tongue>,
    pub(super) stock: Box<dyn Stock>,
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
    pub fn new(source: &HallSource, place: Place) -> Result<Self, StockError> {
        let tongue: Box<dyn Tongue> =
            if place == Place::KrakenV1 { Box::new(v1::V1) } else { Box::new(v2::V2) };
        Ok(Self {
            tongue,
            stock: stock(source, place)?,
            recorded: matches!(source, HallSource::Recorded(_)),
            clients: BTreeMap::new(),
            shown: BTreeMap::new(),
            quoted: BTreeMap::new(),
            level3: Level3::default(),
            tokens: Tokens::default(),
        })
    }

    fn stall(&self, symbol: &str) -> Option<usize> {
        self.stock.stalls().iter().position(|stall| self.tongue.symbol(stall) == symbol)
    }

    fn request(&mut self, client: ClientId, request: &Json, now: Nanos, said: &mut Vec<Said>) {
        let say = |text: String| Said { to: client, text };
        let asked = match self.tongue.read(request) {
            Ok(Wish::Ping) => return said.push(say(self.tongue.pong(request, now))),
            Ok(Wish::Channel(asked)) => asked,
            Err(words) => return said.push(say(self.tongue.refusal(request, words, None, now))),
        };
        let (channel, depth) = (asked.channel, asked.depth);
        let depths: &[usize] = match channel {
            Channel::Book => &DEPTHS,
            Channel::Orders => &level3::DEPTHS,
            _ => &[],
        };
        let wrong = if channel == Channel::Orders && self.recorded {
            Some("Subscription channel invalid")
        } else if !depths.is_empty() && !depths.contains(&depth) {
            Some("Subscription depth not supported")
        } else if channel == Channel::Orders && !self.tokens.knows(&asked.token, now) {
            Some("ESession:Invalid session")
        } else {
            None
        };
        if let Some(words) = wrong {
            return said.push(say(self.tongue.refusal(request, words, None, now)));
        }
        if !depths.is_empty() && !self.recorded {
            // A snapshot is what was said last: what has changed since then is said first, to those who hear it.
            self.flush(now, said);
        }
        for symbol in &asked.symbols {
            let Some(stall) = self.stall(symbol) else {
                let words = format!("Currency pair not supported {symbol}");
                said.push(say(self.tongue.refusal(request, &words, Some(symbol), now)));
                continue;
            };
            let subscriptions = self.clients.entry(client).or_default();
            if !subscriptions.change(asked.on, channel, stall, depth) {
                let words = if asked.on { "Already subscribed" } else { "Subscription Not Found" };
                said.push(say(self.tongue.refusal(request, words, Some(symbol), now)));
                continue;
            }
            said.push(say(self.tongue.taken(request, &asked, symbol, now)));
            if asked.on && asked.snapshot {
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
                said.push(Said { to: client, text: self.tongue.book(about, true, depth, &top, &top, now) });
                self.shown.insert((stall, depth), top);
            }
            Channel::Orders => {
                let text = self.level3.snapshot((stall, depth), about, now);
                said.push(Said { to: client, text });
            }
            Channel::Quote => said.push(Said { to: client, text: self.tongue.ticker(about, true, now) }),
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
            let text = self.tongue.book(about, false, depth, &changes, &now_there, now);
            for (client, _) in
                self.clients.iter().filter(|(_, client)| client.books.get(&stall) == Some(&depth))
            {
                said.push(Said { to: *client, text: text.clone() });
            }
        }
        for stall in 0..self.stock.stalls().len() {
            let best = self.stock.stalls()[stall].top(1);
            if self.quoted.get(&stall) != Some(&best) {
                let text = self.tongue.ticker(&self.stock.stalls()[stall], false, now);
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
        self.tongue.place()
    }

    fn get(&self, path: &str, _: &str, _: Nanos) -> Option<String> {
        if path != "/0/public/AssetPairs" {
            return None;
        }
        let mut result = Map::new();
        for stall in self.stock.stalls() {
            // The REST half writes bitcoin as it did when it began.
            let name = spelling_v1(&stall.pair.replace('-', "/"));
            let altname = name.replace('/', "");
            let tick = stall.price(stall.tick);
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
        said.push(Said { to: client, text: self.tongue.greeting(client) });
    }

    fn hear(&mut self, client: ClientId, text: &str, now: Nanos, said: &mut Vec<Said>) {
        match serde_json::from_str(text) {
            Ok(request) => self.request(client, &request, now, said),
            Err(_) => {
                let text = self.tongue.refusal(&Json::Null, "Malformed request", None, now);
                said.push(Said { to: client, text });
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
                News::Trade { stall, price, qty, buyer_is_maker, fill } => {
                    let about = &self.stock.stalls()[stall];
                    let text = self.tongue.trade(about, Deal { price, qty, buyer_is_maker, fill }, now);
                    self.tell(Channel::Trade, stall, &text, said);
                }
                News::Frame(channel, stall, text) => self.tell(channel, stall, &text, said),
            }
        }
    }

    fn beat(&mut self, _: Nanos, said: &mut Vec<Said>) {
        for (client, subscriptions) in &self.clients {
            if !subscriptions.is_empty() {
                said.push(Said { to: *client, text: self.tongue.alive().to_owned() });
            }
        }
    }

    /// A bid above the best ask, and the checksum of that book.
    fn crossed(&self, text: &str) -> Option<String> {
        let about = &self.stock.stalls()[self.stall(whose(text)?)?];
        if text.starts_with("{\"channel\":\"level3\"") {
            return level3::crossed(text, about);
        }
        let (mut bids, asks) = about.top(10);
        let bid = (about.crossing_bid()?, 10_i64.pow(about.qty_places));
        bids.insert(0, bid);
        self.tongue.with_bid(text, about, bid, checksum(&asks, &bids))
    }
}

/// Levels that came, went or changed within the depth; what was only pushed out of it is not spoken of.
fn changed(before: &Levels, now: &Levels, all: &BTreeMap<i64, i64>) -> Levels {
    let old: BTreeMap<i64, i64> = before.iter().copied().collect();
    let gone = before.iter().filter(|(price, _)| !all.contains_key(price)).map(|(price, _)| (*price, 0));
    let new = now.iter().filter(|(price, qty)| old.get(price) != Some(qty)).copied();
    gone.chain(new).collect()
}

/// `BTC/USD` as the older protocol and the REST half spell it: `XBT/USD`.
fn spelling_v1(symbol: &str) -> String {
    symbol.replace("BTC", "XBT").replace("DOGE", "XDG")
}
