//! Binance's futures, of either margin: snapshots, diffs that name the one before, best levels, trades, quotes, marks, bars.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::board::{Board, Deal, Item};
use super::candles::{Candle, period_of};
use super::stock::{HallSource, Levels, Stall, StockError};
use super::text::{places, push_places};
use super::{ClientId, Hall, Said};
use crate::model::Nanos;
use crate::simulator::listening::{Listening, control};
use crate::simulator::sabotage::{Place, crossed_diff};

/// Between two messages of a book, ns.
const PERIOD: i64 = 100_000_000;
/// Levels of the streams of the best alone.
const BEST: [usize; 3] = [5, 10, 20];
/// Levels of a snapshot unless it is said.
const USUAL_LIMIT: usize = 500;
/// Between two fundings, ms.
const FUNDING: i64 = 8 * 3_600_000;
const MS: i64 = 1_000_000;

/// See the head of this file.
pub struct BinanceFutures {
    place: Place,
    pub(super) board: Board,
    clients: BTreeMap<ClientId, Listening>,
    /// By stall: id of the last diff.
    said: Vec<u64>,
    /// Bars that somebody listens to, by stall and period.
    candles: BTreeMap<(usize, String), Candle>,
}

impl BinanceFutures {
    /// A hall that has not begun.
    ///
    /// # Errors
    /// If the source cannot be had.
    pub fn new(source: &HallSource, place: Place) -> Result<Self, StockError> {
        let board = Board::new(source, place, PERIOD)?;
        let said = board.stalls().iter().map(|stall| stall.book.last_id).collect();
        Ok(Self { place, board, clients: BTreeMap::new(), said, candles: BTreeMap::new() })
    }

    fn is_coin_margined(&self) -> bool {
        self.place == Place::BinanceCoinm
    }

    /// `BTCUSDT`, `BTCUSD_PERP`.
    fn symbol(&self, stall: &Stall) -> String {
        let pair = stall.pair.replace('-', "");
        if self.is_coin_margined() { format!("{pair}_PERP") } else { pair }
    }

    /// Id of the last change of a stall's book.
    fn last_id(&self, stall: usize) -> u64 {
        self.board.stalls()[stall].book.last_id + self.board.changes(stall)
    }

    /// Which pair a coin-margined future is of, as its messages say it.
    fn pair_field(&self, stall: &Stall) -> String {
        if !self.is_coin_margined() {
            return String::new();
        }
        format!(r#","ps":"{}""#, stall.pair.replace('-', ""))
    }

    /// Says something on a stall's stream to those who hear it.
    fn tell(&self, stall: usize, stream: &str, data: impl Fn() -> String, said: &mut Vec<Said>) {
        let name = format!("{}@{stream}", self.symbol(&self.board.stalls()[stall]).to_lowercase());
        let mut hearing = self.clients.iter().filter(|(_, client)| client.hears(&name)).peekable();
        if hearing.peek().is_none() {
            return;
        }
        let data = data();
        for (to, client) in hearing {
            let combined = client.combined.get();
            let text =
                if combined { format!(r#"{{"stream":"{name}","data":{data}}}"#) } else { data.clone() };
            said.push(Said { to: *to, text });
        }
    }

    fn book(&mut self, stall: usize, changes: &BTreeSet<(bool, i64)>, now: Nanos, said: &mut Vec<Said>) {
        let (before, last) = (self.said[stall], self.last_id(stall));
        let about = &self.board.stalls()[stall];
        let of_side = |bid: bool| -> Levels {
            let own = about.levels(changes).filter(|(own, ..)| *own == bid);
            own.map(|(_, price, qty)| (price, qty)).collect()
        };
        let diff = || self.depth(stall, (before, last), &(of_side(true), of_side(false)), now);
        self.tell(stall, "depth@100ms", diff, said);
        for levels in BEST {
            let best = || self.depth(stall, (before, last), &about.top(levels), now);
            self.tell(stall, &format!("depth{levels}@100ms"), best, said);
        }
        self.said[stall] = last;
    }

    fn depth(
        &self,
        stall: usize,
        (before, last): (u64, u64),
        levels: &(Levels, Levels),
        now: Nanos,
    ) -> String {
        let about = &self.board.stalls()[stall];
        let (first, ms, symbol) = (before + 1, now.0 / MS, self.symbol(about));
        let pair = self.pair_field(about);
        let mut text = format!(
            r#"{{"e":"depthUpdate","E":{ms},"T":{ms},"s":"{symbol}"{pair},"U":{first},"u":{last},"pu":{before},"b":["#
        );
        push_levels(&mut text, about, &levels.0);
        text.push_str("],\"a\":[");
        push_levels(&mut text, about, &levels.1);
        text.push_str("]}");
        text
    }

    fn ticker(&self, stall: usize, now: Nanos) -> String {
        let about = &self.board.stalls()[stall];
        let [(bid, bid_qty), (ask, ask_qty)] = about.best();
        let (id, ms, symbol) = (self.last_id(stall), now.0 / MS, self.symbol(about));
        let best = format!(r#""b":"{bid}","B":"{bid_qty}","a":"{ask}","A":"{ask_qty}""#);
        let pair = self.pair_field(about);
        if self.is_coin_margined() {
            return format!(r#"{{"u":{id},"e":"bookTicker","s":"{symbol}"{pair},{best},"T":{ms},"E":{ms}}}"#);
        }
        format!(r#"{{"e":"bookTicker","u":{id},"E":{ms},"T":{ms},"s":"{symbol}",{best}}}"#)
    }

    fn trade(&self, stall: usize, deal: Deal, now: Nanos) -> String {
        let about = &self.board.stalls()[stall];
        let (id, ms, symbol) = (about.trade_id, now.0 / MS, self.symbol(about));
        let (price, qty) = (about.price(deal.price), about.qty(deal.qty));
        format!(
            r#"{{"e":"aggTrade","E":{ms},"a":{id},"s":"{symbol}","p":"{price}","q":"{qty}","f":{id},"l":{id},"T":{ms},"m":{}}}"#,
            deal.buyer_is_maker
        )
    }

    fn mark(&self, stall: usize, now: Nanos) -> String {
        let about = &self.board.stalls()[stall];
        let [(bid, _), (ask, _)] = about.book.best();
        let middle = places(5 * (bid + ask), about.price_places + 1);
        let (ms, symbol) = (now.0 / MS, self.symbol(about));
        let next = (ms / FUNDING + 1) * FUNDING;
        format!(
            r#"{{"e":"markPriceUpdate","E":{ms},"s":"{symbol}","p":"{middle}","i":"{middle}","P":"{middle}","r":"0.00010000","T":{next}}}"#
        )
    }

    /// Says how a bar stands, or that it has ended; nothing before its first price.
    fn candle(&self, (stall, period): &(usize, String), now: Nanos, said: &mut Vec<Said>) {
        let (about, key) = (&self.board.stalls()[*stall], (*stall, period.clone()));
        let Some((candle, prices)) = self.candles.get(&key).and_then(|candle| Some((candle, candle.prices?)))
        else {
            return;
        };
        let symbol = self.symbol(about);
        let [open, high, low, close] = prices.map(|price| about.price(price));
        let volume = about.qty(candle.volume);
        let (first, last) = candle.ids.map_or((-1, -1), |(first, last)| (first as i64, last as i64));
        let count = if first < 0 { 0 } else { last - first + 1 };
        let (begin, end) = (candle.begin / MS, candle.end / MS - 1);
        let (closed, ms) = (candle.end <= now.0, now.0 / MS);
        let data = || {
            format!(
                r#"{{"e":"kline","E":{ms},"s":"{symbol}","k":{{"t":{begin},"T":{end},"s":"{symbol}","i":"{period}","f":{first},"L":{last},"o":"{open}","c":"{close}","h":"{high}","l":"{low}","v":"{volume}","n":{count},"x":{closed}}}}}"#
            )
        };
        self.tell(*stall, &format!("kline_{period}"), data, said);
    }

    /// Bars whose time is over are said for the last time, and followed by others.
    fn close_candles(&mut self, now: Nanos, said: &mut Vec<Said>) {
        let over: Vec<_> = self
            .candles
            .iter()
            .filter(|(_, candle)| candle.end <= now.0)
            .map(|(key, _)| key.clone())
            .collect();
        for key in over {
            self.candle(&key, now, said);
            if let Some(candle) = self.candles.get_mut(&key) {
                *candle = Candle::at(now, candle.end - candle.begin, candle.close());
            }
        }
    }

    /// Keeps a bar for each that is listened to.
    fn look_for_candles(&mut self, now: Nanos) {
        for (place, stall) in self.board.stalls().iter().enumerate() {
            let prefix = format!("{}@kline_", self.symbol(stall).to_lowercase());
            for client in self.clients.values() {
                for name in client.streams.borrow().iter() {
                    if let Some(period) = name.strip_prefix(&prefix)
                        && let Some(length) = period_of(period)
                    {
                        let key = (place, period.to_owned());
                        self.candles.entry(key).or_insert_with(|| Candle::at(now, length, None));
                    }
                }
            }
        }
    }

    fn snapshot(&self, query: &str, now: Nanos) -> Option<String> {
        let parameter =
            |key: &str| query.split('&').find_map(|pair| pair.split_once('=').filter(|(own, _)| *own == key));
        let (_, symbol) = parameter("symbol")?;
        let limit = parameter("limit").map_or(Some(USUAL_LIMIT), |(_, limit)| limit.parse().ok())?;
        let stall = self.board.stalls().iter().position(|stall| self.symbol(stall) == symbol)?;
        let (about, ms) = (&self.board.stalls()[stall], now.0 / MS);
        let named = if self.is_coin_margined() {
            format!(r#","symbol":"{symbol}","pair":"{}""#, about.pair.replace('-', ""))
        } else {
            String::new()
        };
        let mut text =
            format!(r#"{{"lastUpdateId":{},"E":{ms},"T":{ms}{named},"bids":["#, self.last_id(stall));
        let (bids, asks) = about.top(limit);
        push_levels(&mut text, about, &bids);
        text.push_str("],\"asks\":[");
        push_levels(&mut text, about, &asks);
        text.push_str("]}");
        Some(text)
    }

    fn list(&self, now: Nanos) -> String {
        let about = |stall: &Stall| {
            let (base, quote) = stall.currencies();
            let (tick, lot) = (stall.price(stall.tick), stall.qty(stall.lot));
            let mut listed = json!({
                "symbol": self.symbol(stall), "pair": stall.pair.replace('-', ""), "contractType": "PERPETUAL",
                "deliveryDate": 4_133_404_800_000_i64, "baseAsset": base, "quoteAsset": quote,
                "marginAsset": if self.is_coin_margined() { base } else { quote },
                "pricePrecision": stall.price_places, "quantityPrecision": stall.qty_places,
                "filters": [
                    { "filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "10000000", "tickSize": tick },
                    { "filterType": "LOT_SIZE", "minQty": lot, "maxQty": "1000000", "stepSize": lot },
                    { "filterType": "MIN_NOTIONAL", "notional": "5" },
                ],
            });
            let status = if self.is_coin_margined() { "contractStatus" } else { "status" };
            listed[status] = json!("TRADING");
            if self.is_coin_margined() {
                listed["contractSize"] = json!(if base == "BTC" { 100 } else { 10 });
            }
            listed
        };
        let symbols: Vec<Json> = self.board.stalls().iter().map(about).collect();
        json!({ "timezone": "UTC", "serverTime": now.0 / MS, "exchangeFilters": [], "symbols": symbols })
            .to_string()
    }
}

impl Hall for BinanceFutures {
    fn place(&self) -> Place {
        self.place
    }

    fn get(&self, path: &str, query: &str, now: Nanos) -> Option<String> {
        let root = if self.is_coin_margined() { "/dapi/v1/" } else { "/fapi/v1/" };
        match path.strip_prefix(root)? {
            "ping" => Some("{}".to_owned()),
            "time" => Some(json!({ "serverTime": now.0 / MS }).to_string()),
            "exchangeInfo" => Some(self.list(now)),
            "depth" => self.snapshot(query, now),
            _ => None,
        }
    }

    fn welcome(&mut self, client: ClientId, opened_with: &str, now: Nanos, _: &mut Vec<Said>) {
        let (path, query) = opened_with.split_once('?').unwrap_or((opened_with, ""));
        self.clients.insert(client, Listening::opened_with(path, query).unwrap_or_default());
        self.look_for_candles(now);
    }

    fn hear(&mut self, client: ClientId, text: &str, now: Nanos, said: &mut Vec<Said>) {
        let Some(listening) = self.clients.get(&client) else { return };
        said.push(Said { to: client, text: control(text, listening).to_string() });
        self.look_for_candles(now);
    }

    fn leave(&mut self, client: ClientId) {
        self.clients.remove(&client);
    }

    fn is_heard(&self) -> bool {
        self.clients.values().any(Listening::hears_any)
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
            self.close_candles(now, said);
            match item {
                Item::Book(stall, changes) => {
                    self.book(stall, &changes, now, said);
                    let own: Vec<_> = self.candles.keys().filter(|(own, _)| *own == stall).cloned().collect();
                    own.iter().for_each(|key| self.candle(key, now, said));
                }
                Item::Quote(stall) => self.tell(stall, "bookTicker", || self.ticker(stall, now), said),
                Item::Trade(stall, deal) => {
                    self.tell(stall, "aggTrade", || self.trade(stall, deal, now), said);
                    let id = self.board.stalls()[stall].trade_id;
                    let own = self.candles.iter_mut().filter(|((own, _), _)| *own == stall);
                    own.for_each(|(_, candle)| candle.take(deal, id));
                }
                Item::Frame(..) | Item::Orders(..) => {} // neither recordings nor orders are told here
            }
        }
    }

    fn beat(&mut self, now: Nanos, said: &mut Vec<Said>) {
        for stall in 0..self.board.stalls().len() {
            self.tell(stall, "markPrice@1s", || self.mark(stall, now), said);
        }
    }

    fn crossed(&self, text: &str) -> Option<String> {
        crossed_diff(text)
    }
}

/// `["61837.6","0.500"],…`.
fn push_levels(text: &mut String, stall: &Stall, levels: &Levels) {
    for (place, (price, qty)) in levels.iter().enumerate() {
        text.push_str(if place == 0 { "[\"" } else { ",[\"" });
        push_places(text, *price, stall.price_places);
        text.push_str("\",\"");
        push_places(text, *qty, stall.qty_places);
        text.push_str("\"]");
    }
}
