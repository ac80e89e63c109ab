//! The answers to GETs, errors and weights.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value as Json, json};

use super::driver::Asked;
use super::listing::exchange_info;
use super::{Listing, Source};

/// An answer: status, body, and seconds to wait if the client asks too much.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: String,
    /// Weight used in this minute.
    pub weight: u32,
    /// Seconds.
    pub retry_after: Option<u64>,
}

/// The REST half of the venue.
pub struct Rest {
    source: Rc<RefCell<Box<dyn Source>>>,
    asked: Rc<Asked>,
    limit: u32,
    minute: Cell<i64>,
    used: Cell<u32>,
}

/// Status, code and words of an error.
type Refusal = (u16, i32, String);

impl Rest {
    /// Answers from the source's present position; at most `limit` weight a minute.
    pub fn new(source: Rc<RefCell<Box<dyn Source>>>, asked: Rc<Asked>, limit: u32) -> Self {
        Self { source, asked, limit, minute: Cell::new(0), used: Cell::new(0) }
    }

    /// The answer to a GET at the time `now_ms`.
    pub fn answer(&self, path: &str, query: &str, now_ms: i64) -> Answer {
        let parameters = parameters(query);
        if let Err(seconds) = self.weigh(weight(path, &parameters), now_ms) {
            let limit = self.limit;
            let words = format!(
                "Too much request weight used; current limit is {limit} request weight per 1 MINUTE. \
                 Please use WebSocket Streams for live updates to avoid polling the API."
            );
            return Answer { retry_after: Some(seconds), ..self.refuse((429, -1003, words)) };
        }
        let body = match path {
            "/api/v3/ping" => Ok("{}".to_owned()),
            "/api/v3/time" => Ok(json!({ "serverTime": now_ms }).to_string()),
            "/api/v3/exchangeInfo" => self.exchange_info(&parameters, now_ms),
            "/api/v3/depth" => self.depth(&parameters),
            _ => Err((404, -1000, format!("{path} is not served"))),
        };
        match body {
            Ok(body) => Answer { status: 200, body, weight: self.used.get(), retry_after: None },
            Err(refusal) => self.refuse(refusal),
        }
    }

    fn refuse(&self, (status, code, msg): Refusal) -> Answer {
        let body = json!({ "code": code, "msg": msg }).to_string();
        Answer { status, body, weight: self.used.get(), retry_after: None }
    }

    /// Seconds until the next minute if this one's weight is used up.
    fn weigh(&self, weight: u32, now_ms: i64) -> Result<(), u64> {
        let minute = now_ms.div_euclid(60_000);
        if self.minute.replace(minute) != minute {
            self.used.set(0);
        }
        let used = self.used.get() + weight;
        self.used.set(used);
        if used <= self.limit { Ok(()) } else { Err(60 - now_ms.rem_euclid(60_000).unsigned_abs() / 1_000) }
    }

    fn depth(&self, parameters: &BTreeMap<String, String>) -> Result<String, Refusal> {
        let symbol = parameters.get("symbol").filter(|symbol| !symbol.is_empty()).ok_or_else(|| {
            (
                400,
                -1102,
                "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.".to_owned(),
            )
        })?;
        check_symbol(symbol)?;
        let limit = match parameters.get("limit") {
            None => 100,
            Some(text) => text.parse().map_err(|_| {
                let words = "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'.";
                (400, -1100, words.to_owned())
            })?,
        };
        let source = self.source.borrow();
        let book = source.book(symbol).ok_or_else(invalid_symbol)?;
        self.asked.note(symbol);
        Ok(book.to_json(limit.clamp(1, 5_000)))
    }

    fn exchange_info(&self, parameters: &BTreeMap<String, String>, now_ms: i64) -> Result<String, Refusal> {
        let source = self.source.borrow();
        let wanted: Option<Vec<String>> = match (parameters.get("symbol"), parameters.get("symbols")) {
            (Some(symbol), _) => Some(vec![symbol.clone()]),
            (None, Some(list)) => Some(serde_json::from_str(list).map_err(|_| {
                let words = "Illegal characters found in parameter 'symbols'; \
                             legal range is '^\\[(\"[A-Z0-9-_.]{1,20}\"(,\"[A-Z0-9-_.]{1,20}\"){0,}){0,1}\\]$'.";
                (400, -1100, words.to_owned())
            })?),
            (None, None) => None,
        };
        let listings: Vec<&Listing> = match wanted {
            None => source.listings().iter().collect(),
            Some(symbols) => symbols
                .iter()
                .map(|symbol| {
                    check_symbol(symbol)?;
                    source.listings().iter().find(|l| l.symbol == *symbol).ok_or_else(invalid_symbol)
                })
                .collect::<Result<_, _>>()?,
        };
        let info: Json = exchange_info(listings.into_iter(), now_ms);
        Ok(info.to_string())
    }
}

fn invalid_symbol() -> Refusal {
    (400, -1121, "Invalid symbol.".to_owned())
}

fn check_symbol(symbol: &str) -> Result<(), Refusal> {
    let legal = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
    if (1..=20).contains(&symbol.len()) && symbol.bytes().all(legal) {
        return Ok(());
    }
    let words = "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.";
    Err((400, -1100, words.to_owned()))
}

fn weight(path: &str, parameters: &BTreeMap<String, String>) -> u32 {
    let limit = || parameters.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(100_u32);
    match path {
        "/api/v3/exchangeInfo" => 20,
        "/api/v3/depth" => match limit() {
            0..=100 => 5,
            101..=500 => 25,
            501..=1_000 => 50,
            _ => 250,
        },
        _ => 1,
    }
}

fn parameters(query: &str) -> BTreeMap<String, String> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), unescaped(value)))
        .collect()
}

/// `%5B%22BTCUSDT%22%5D` is how `["BTCUSDT"]` travels.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok()));
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
