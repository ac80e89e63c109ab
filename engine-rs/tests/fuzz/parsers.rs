//! Each venue's fast reader against its `serde_json` path, and decimals against big numbers.

use std::mem::discriminant;

use pyrt_engine::market_data::venues::binance::Parser;
use pyrt_engine::market_data::venues::coinbase::{self, Coinbase, CoinbaseOptions};
use pyrt_engine::market_data::venues::coinbase_advanced::{self, AdvancedOptions, CoinbaseAdvanced};
use pyrt_engine::market_data::venues::coinbase_orders::{CoinbaseOrders, CoinbaseOrdersOptions};
use pyrt_engine::market_data::venues::kraken::{self, Kraken, KrakenOptions};
use pyrt_engine::market_data::venues::kraken_futures::{KrakenFutures, KrakenFuturesOptions};
use pyrt_engine::market_data::venues::kraken_orders::{KrakenOrders, KrakenOrdersOptions};
use pyrt_engine::market_data::venues::{Venue, binance};
use pyrt_engine::market_data::{Level, Message, OrderProtocol, Print, Protocol, Refusal};
use pyrt_engine::model::{GridError, Instrument, InstrumentId, decimal_to_mantissa};
use serde_json::Value;

use crate::driver::{corpus, fuzz};

pub fn instruments(names: [&str; 2], symbols: [&str; 2]) -> Vec<(InstrumentId, Instrument)> {
    let one = |place: usize| Instrument::spot(names[place], symbols[place], "0.01", "0.00001").unwrap();
    (0..).map(InstrumentId).zip((0..2).map(one)).collect()
}

/// What an input led to, for the driver.
fn sign<M>(answer: &Result<M, Refusal>, levels: usize, prints: usize) -> (String, bool, usize, usize) {
    let words = match answer {
        Ok(message) => format!("{:?}", discriminant(message)),
        Err(refusal) => refusal.cause.to_string(),
    };
    let book = answer.as_ref().err().is_some_and(|refusal| refusal.book.is_some());
    (words, book, levels.min(4), prints.min(3))
}

/// Who says that a frame is a message has read JSON. Frames are UTF-8 when they come here: the WebSocket sees to that.
fn assert_is_json<M>(answer: &Result<M, Refusal>, frame: &[u8]) {
    if answer.is_ok() && str::from_utf8(frame).is_ok() {
        let read: Result<Value, _> = serde_json::from_slice(frame);
        // Its depth is limited, its numbers to those of a double, its escapes to characters: what it refuses for that is
        // JSON all the same.
        let fine = read.as_ref().err().is_none_or(|error| {
            let words = error.to_string();
            ["recursion limit", "number out of range", "surrogate"].iter().any(|part| words.contains(part))
        });
        assert!(fine, "{read:?}: {}", String::from_utf8_lossy(frame));
    }
}

type Answer = (Result<Message, Refusal>, Vec<Level>, Vec<Print>);

/// A reader of streamed venues: what it says, and what its `serde_json` path says.
fn compare<P: Protocol>(
    parser: &mut P,
    frame: &[u8],
    fast: impl Fn(&mut P, &[u8]) -> Option<Message>,
    tolerant: impl Fn(&mut P, &[u8]) -> Result<Message, Refusal>,
) -> (bool, (String, bool, usize, usize)) {
    let quick: Option<Answer> =
        fast(parser, frame).map(|message| (Ok(message), parser.levels().to_vec(), parser.prints().to_vec()));
    let answer = tolerant(parser, frame);
    let slow: Answer = (answer, parser.levels().to_vec(), parser.prints().to_vec());
    let known = quick.is_some();
    if let Some(quick) = quick {
        assert_eq!(quick, slow, "{}", String::from_utf8_lossy(frame));
    }
    assert_is_json(&slow.0, frame);
    let _ = Venue::of_frame(frame);
    (known, sign(&slow.0, slow.1.len(), slow.2.len()))
}

#[test]
fn binance() {
    let table = instruments(["binance:BTC-USDT", "binance:ETH-USDT"], ["BTCUSDT", "ETHUSDT"]);
    let mut parser = Parser::new(table.iter().map(|(_, instrument)| instrument));
    fuzz("binance", 125, corpus("binance"), |frame| {
        let quick = parser.read_fast(frame).map(|message| (Ok(message), parser.levels().to_vec()));
        let answer = parser.read_tolerant(frame);
        let slow = (answer, parser.levels().to_vec());
        let known = quick.is_some();
        if let Some(quick) = quick {
            assert_eq!(quick, slow, "{}", String::from_utf8_lossy(frame));
        }
        assert_is_json(&slow.0, frame);
        let _ = (Venue::of_frame(frame), binance::market_of(frame));
        (known, sign(&slow.0, slow.1.len(), 0))
    });
}

#[test]
fn coinbase() {
    let table = instruments(["coinbase:BTC-USD", "coinbase:ETH-USD"], ["BTC-USD", "ETH-USD"]);
    let mut parser = Coinbase::new(&table, CoinbaseOptions::default());
    fuzz("coinbase", 130, corpus("coinbase"), |frame| {
        compare(&mut parser, frame, Coinbase::read_fast, Coinbase::read_tolerant)
    });
}

#[test]
fn kraken() {
    let table = instruments(["kraken:BTC-USD", "kraken:ETH-USD"], ["BTC/USD", "ETH/USD"]);
    let mut parser = Kraken::new(&table, KrakenOptions { depth: None, ..KrakenOptions::default() });
    fuzz("kraken", 145, corpus("kraken"), |frame| {
        compare(&mut parser, frame, Kraken::read_fast, Kraken::read_tolerant)
    });
}

#[test]
fn kraken_futures() {
    let table = instruments(["kraken:BTC-USD-PERP", "kraken:ETH-USD-PERP"], ["PI_XBTUSD", "PI_ETHUSD"]);
    let mut parser = KrakenFutures::new(&table, KrakenFuturesOptions::default());
    fuzz("kraken_futures", 115, corpus("kraken_futures"), |frame| {
        compare(&mut parser, frame, KrakenFutures::read_fast, KrakenFutures::read_tolerant)
    });
}

#[test]
fn coinbase_advanced() {
    let table = instruments(["coinbase-adv:BTC-USD", "coinbase-adv:ETH-USD"], ["BTC-USD", "ETH-USD"]);
    let mut parser = CoinbaseAdvanced::new(&table, AdvancedOptions::default());
    fuzz("coinbase_advanced", 70, corpus("coinbase_advanced"), |frame| {
        let quick = parser.read_fast(frame).map(|(_, sequence)| sequence);
        assert!(quick.is_none_or(|sequence| sequence == parser.read_tolerant(frame).1));
        let fast =
            |parser: &mut CoinbaseAdvanced, frame: &[u8]| parser.read_fast(frame).map(|(message, _)| message);
        compare(&mut parser, frame, fast, |parser, frame| parser.read_tolerant(frame).0)
    });
}

#[test]
fn coinbase_orders() {
    let table = instruments(["coinbase:BTC-USD", "coinbase:ETH-USD"], ["BTC-USD", "ETH-USD"]);
    let mut parser = CoinbaseOrders::new(&table, CoinbaseOrdersOptions::default());
    fuzz("coinbase_orders", 50, corpus("coinbase_orders"), |frame| {
        let quick = parser.read_fast(frame);
        let quick = quick.map(|message| (Ok(message), parser.steps().to_vec(), parser.prints().to_vec()));
        let answer = parser.read_tolerant(frame);
        let slow = (answer, parser.steps().to_vec(), parser.prints().to_vec());
        let known = quick.is_some();
        if let Some(quick) = quick {
            assert_eq!(quick, slow, "{}", String::from_utf8_lossy(frame));
        }
        assert_is_json(&slow.0, frame);
        let _ = parser.read_snapshot(0, frame);
        (known, sign(&slow.0, slow.1.len(), slow.2.len()))
    });
}

/// It has one reader, by keys.
#[test]
fn kraken_orders() {
    let table = instruments(["kraken:BTC-USD", "kraken:ETH-USD"], ["BTC/USD", "ETH/USD"]);
    let mut parser = KrakenOrders::new(&table, KrakenOrdersOptions::default());
    fuzz("kraken_orders", 30, corpus("kraken_orders"), |frame| {
        let answer = parser.read(frame);
        assert_is_json(&answer, frame);
        sign(&answer, parser.steps().len(), 0)
    });
}

/// The lists of instruments, and what a symbol is looked up in.
#[test]
fn listings() {
    let names = ["BTC-USD", "ETH-USD", "BTC-USDT"];
    fuzz("listings", 20, corpus("listings"), |body| {
        let lengths = [
            binance::listings(body).map(|all| all.len()).map_err(|_| ()),
            coinbase::find_instruments(body, &names).map(|all| all.len()).map_err(|_| ()),
            coinbase_advanced::find_instruments(body, &names).map(|all| all.len()).map_err(|_| ()),
            kraken::find_instruments(body, &names).map(|all| all.len()).map_err(|_| ()),
        ];
        for listing in binance::listings(body).unwrap_or_default() {
            let _ = listing.instrument();
        }
        lengths
    });
}

/// The whole number of `10^-exponent` that a decimal is, by long hand: digits as they stand, zeros put on or taken off.
fn by_long_hand(text: &[u8], exponent: u8) -> Result<i64, GridError> {
    let text = str::from_utf8(text).map_err(|_| GridError::Malformed)?;
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (number, power) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if !digits(whole) || !digits(fraction) || whole.len() + fraction.len() == 0 {
        return Err(GridError::Malformed);
    }
    let power: i64 = match power {
        None => 0,
        Some(power) => {
            let unsigned = power.strip_prefix(['-', '+']).unwrap_or(power);
            // An exponent of more than four digits is no venue's.
            if unsigned.is_empty() || unsigned.len() > 4 || !digits(unsigned) {
                return Err(GridError::Malformed);
            }
            let size: i64 = unsigned.parse().unwrap();
            if power.starts_with('-') { -size } else { size }
        }
    };
    let mut all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let zero = all.iter().all(|digit| *digit == b'0');
    if zero {
        return Ok(0);
    }
    let mut shift = power - fraction.len() as i64 + i64::from(exponent);
    while all.last() == Some(&b'0') {
        all.pop();
        shift += 1;
    }
    if shift < 0 {
        return Err(GridError::OffGrid);
    }
    let mut value: i128 = 0;
    for digit in
        all.iter().map(|digit| i128::from(digit - b'0')).chain(std::iter::repeat_n(0, shift.min(60) as usize))
    {
        value = (value * 10 + digit).min(1 << 100);
    }
    if value >= 1 << 51 {
        return Err(GridError::TooLarge);
    }
    let value = i64::try_from(value).unwrap();
    Ok(if negative { -value } else { value })
}

/// The kind of an answer: which of two errors is named first is nobody's business.
fn decided(answer: Result<i64, GridError>) -> Option<i64> {
    answer.ok()
}

#[test]
fn decimals() {
    fuzz("decimals", 125, corpus("decimals"), |text| {
        let mut signs = [None; 3];
        for (sign, exponent) in signs.iter_mut().zip([0, 2, 9]) {
            let (fast, slow) = (decimal_to_mantissa(text, exponent), by_long_hand(text, exponent));
            assert_eq!(decided(fast), decided(slow), "{:?} / 10^{exponent}", String::from_utf8_lossy(text));
            *sign = Some(discriminant(&fast));
        }
        (signs, text.len().min(24))
    });
}
