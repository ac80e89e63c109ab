//! Faults on purpose: what a venue or a network does wrong, done to the next message for which that makes sense.
//!
//! They are done where a message leaves, so every venue of the simulator has them alike, and the market itself goes on
//! undisturbed: what a client does about a fault can be held against the truth.
//!
//! | file | noun |
//! |---|---|
//! | `shifting.rs` | a message as a venue would have sent it whose clock is ahead |

mod shifting;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::str::FromStr;
use std::time::Duration;

use serde_json::Value as Json;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::sleep;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use shifting::shifted;

/// A venue of the simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Binance spot.
    Binance,
    /// Coinbase Exchange.
    Coinbase,
    /// Kraken spot.
    Kraken,
}

impl Place {
    /// All of them.
    pub const ALL: [Place; 3] = [Place::Binance, Place::Coinbase, Place::Kraken];

    /// Its name, as in `kraken:gap@5`.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["binance", "coinbase", "kraken"][self as usize]
    }
}

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mischief {
    /// A message is left out: of a book, at Coinbase a trade (its books have no numbers).
    Gap,
    /// The same message comes twice.
    Duplicate,
    /// It comes after the next one of the same instrument.
    Reorder,
    /// Its checksum is another one; Kraken alone has them.
    Checksum,
    /// It has a bid above the best ask, and is right otherwise.
    Crossed,
    /// Half of its frame, then the end of the connection.
    Torn,
    /// A frame that says that a gigabyte follows.
    Huge,
    /// A text frame that is no UTF-8.
    InvalidUtf8,
    /// Its bytes come one by one, for a long time.
    Slow,
    /// Nothing comes, and the connection stays open.
    Stall,
    /// The end of the connection, without a word.
    Disconnect,
    /// The same, and the next attempts are answered with 429.
    Busy,
    /// The venue's clock is five seconds ahead; the next time it is right again.
    ClockJump,
}

impl Mischief {
    /// All of them.
    pub const ALL: [Mischief; 13] = [
        Mischief::Gap,
        Mischief::Duplicate,
        Mischief::Reorder,
        Mischief::Checksum,
        Mischief::Crossed,
        Mischief::Torn,
        Mischief::Huge,
        Mischief::InvalidUtf8,
        Mischief::Slow,
        Mischief::Stall,
        Mischief::Disconnect,
        Mischief::Busy,
        Mischief::ClockJump,
    ];

    /// Its name in a plan.
    #[must_use]
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 13] = [
            "gap",
            "duplicate",
            "reorder",
            "checksum",
            "crossed",
            "torn",
            "huge",
            "invalid-utf8",
            "slow",
            "stall",
            "disconnect",
            "429",
            "clock-jump",
        ];
        NAMES[self as usize]
    }

    /// Whether the venue has what it takes.
    #[must_use]
    pub fn applies_to(self, place: Place) -> bool {
        self != Mischief::Checksum || place == Place::Kraken
    }
}

/// Text that is no plan.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?}: must be VENUE:FAULT@SECONDS, or VENUE:FAULT@SECONDS+EVERY to do it again and again; venues are binance, \
    coinbase, kraken; faults are gap, duplicate, reorder, checksum (kraken), crossed, torn, huge, invalid-utf8, slow, \
    stall, disconnect, 429, clock-jump"
)]
pub struct PlanError(String);

/// A fault at a time: `kraken:gap@5`, `coinbase:disconnect@10+30`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Planned {
    /// Whose.
    pub place: Place,
    /// Which.
    pub what: Mischief,
    /// After so much time from the start.
    pub after: Duration,
    /// And again after so much.
    pub every: Option<Duration>,
}

impl FromStr for Planned {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Planned, PlanError> {
        let read = || {
            let (what, when) = text.split_once('@')?;
            let (place, what) = what.split_once(':')?;
            let place = Place::ALL.into_iter().find(|known| known.name() == place)?;
            let what = Mischief::ALL.into_iter().find(|known| known.name() == what)?;
            let seconds = |text: &str| {
                let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=1e9).contains(seconds))?;
                Some(Duration::from_secs_f64(seconds))
            };
            let (after, every) = match when.split_once('+') {
                Some((after, every)) => {
                    (seconds(after)?, Some(seconds(every).filter(|every| !every.is_zero())?))
                }
                None => (seconds(when)?, None),
            };
            what.applies_to(place).then_some(Planned { place, what, after, every })
        };
        read().ok_or_else(|| PlanError(text.to_owned()))
    }
}

/// How long nothing comes, or a byte at a time.
const LONG: Duration = Duration::from_secs(60);
/// Between two bytes of a slow frame.
const BYTE: Duration = Duration::from_millis(20);
/// Attempts that are answered with 429.
const REFUSALS: u32 = 2;
/// Seconds that such an answer asks for.
pub const RETRY_AFTER: u64 = 1;
/// By how much a clock jumps.
const JUMP: i64 = 5_000_000_000;

/// Of one connection: a message that is to come after the next one.
#[derive(Debug, Default)]
pub struct Line {
    held: Option<String>,
}

/// What is done with a connection.
#[derive(Debug, PartialEq, Eq)]
enum Act {
    Text(String),
    /// As they are, without a frame of their own.
    Bytes(Vec<u8>),
    /// One by one.
    Dribble(Vec<u8>),
    Freeze,
    Cut,
}

/// The faults that are to come.
#[derive(Debug, Default)]
pub struct Faults {
    armed: RefCell<[VecDeque<Mischief>; 3]>,
    refusals: [Cell<u32>; 3],
    shift: [Cell<i64>; 3],
    any: Cell<bool>,
}

impl Faults {
    /// The next suitable message of a venue gets it.
    pub fn arm(&self, place: Place, what: Mischief) {
        self.armed.borrow_mut()[place as usize].push_back(what);
        self.any.set(true);
    }

    /// Whether an attempt is to be refused.
    pub fn refuses(&self, place: Place) -> bool {
        let left = self.refusals[place as usize].get();
        self.refusals[place as usize].set(left.saturating_sub(1));
        left > 0
    }

    /// Sends a message, or does to it what is to be done; false if the connection is to end.
    ///
    /// # Errors
    /// If the connection broke.
    pub async fn send<S>(
        &self,
        socket: &mut WebSocketStream<S>,
        (place, line): (Place, &mut Line),
        text: &str,
        crossed: impl Fn(&str) -> Option<String>,
    ) -> Result<bool, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        for act in self.acts(place, line, text, crossed) {
            match act {
                Act::Text(text) => socket.send_text(text).await?,
                Act::Bytes(bytes) => {
                    socket.flush_all().await?;
                    socket.get_mut().write_all(&bytes).await?;
                    socket.get_mut().flush().await?;
                }
                Act::Dribble(bytes) => {
                    socket.flush_all().await?;
                    let most = usize::try_from(LONG.as_millis() / BYTE.as_millis()).unwrap_or(usize::MAX);
                    for byte in bytes.chunks(1).take(most) {
                        socket.get_mut().write_all(byte).await?;
                        socket.get_mut().flush().await?;
                        sleep(BYTE).await;
                    }
                    return Ok(false);
                }
                Act::Freeze => {
                    socket.flush_all().await?;
                    sleep(LONG).await;
                    return Ok(false);
                }
                Act::Cut => return Ok(false),
            }
        }
        Ok(true)
    }

    fn acts(
        &self,
        place: Place,
        line: &mut Line,
        text: &str,
        crossed: impl Fn(&str) -> Option<String>,
    ) -> Vec<Act> {
        if !self.any.get() {
            return vec![Act::Text(text.to_owned())]; // nobody has planned anything
        }
        let shift = &self.shift[place as usize];
        let mut text = shifted(text, shift.get());
        if let Some(held) = line.held.take_if(|held| is_step(place, &text) && whose(held) == whose(&text)) {
            return vec![Act::Text(text), Act::Text(held)];
        }
        let mut armed = self.armed.borrow_mut();
        let queue = &mut armed[place as usize];
        let suits = |what: &Mischief| match what {
            Mischief::Gap | Mischief::Duplicate | Mischief::Reorder => is_step(place, &text),
            Mischief::Checksum | Mischief::Crossed => is_book(place, &text),
            _ => true,
        };
        let Some(what) = queue.front().copied().filter(suits) else { return vec![Act::Text(text)] };
        queue.pop_front();
        match what {
            Mischief::Gap => vec![],
            Mischief::Duplicate => vec![Act::Text(text.clone()), Act::Text(text)],
            Mischief::Reorder => {
                line.held = Some(text);
                vec![]
            }
            Mischief::Checksum => vec![Act::Text(other_checksum(&text))],
            Mischief::Crossed => vec![Act::Text(crossed(&text).unwrap_or(text))],
            Mischief::Torn => {
                let mut bytes = framed(text.as_bytes());
                bytes.truncate(bytes.len() / 2);
                vec![Act::Bytes(bytes), Act::Cut]
            }
            Mischief::Huge => {
                let mut bytes = vec![0x81, 127];
                bytes.extend((1_u64 << 30).to_be_bytes());
                bytes.extend(text.as_bytes());
                vec![Act::Bytes(bytes)]
            }
            Mischief::InvalidUtf8 => {
                let mut bytes = text.into_bytes();
                bytes.extend([0xff, 0xfe]);
                vec![Act::Bytes(framed(&bytes))]
            }
            Mischief::Slow => vec![Act::Dribble(framed(text.repeat(20).as_bytes()))],
            Mischief::Stall => vec![Act::Freeze],
            Mischief::Disconnect => vec![Act::Cut],
            Mischief::Busy => {
                self.refusals[place as usize].set(REFUSALS);
                vec![Act::Cut]
            }
            Mischief::ClockJump => {
                text = shifted(&text, JUMP - 2 * shift.get());
                shift.set(JUMP - shift.get());
                vec![Act::Text(text)]
            }
        }
    }
}

/// A server's text frame.
fn framed(payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x81];
    match payload.len() {
        #[allow(clippy::cast_possible_truncation)] // below 126
        short @ 0..126 => bytes.push(short as u8),
        #[allow(clippy::cast_possible_truncation)] // below 65536
        middle @ 126..65_536 => {
            bytes.push(126);
            bytes.extend((middle as u16).to_be_bytes());
        }
        long => {
            bytes.push(127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

/// A change of a book.
fn is_book(place: Place, text: &str) -> bool {
    match place {
        Place::Binance => text.contains("\"e\":\"depthUpdate\""),
        Place::Coinbase => text.starts_with("{\"type\":\"l2update\""),
        Place::Kraken => text.starts_with("{\"channel\":\"book\",\"type\":\"update\""),
    }
}

/// A message whose place in a row can be seen.
fn is_step(place: Place, text: &str) -> bool {
    match place {
        Place::Coinbase => text.starts_with("{\"type\":\"match\""),
        _ => is_book(place, text),
    }
}

/// The instrument's name in a message.
fn whose(text: &str) -> Option<&str> {
    let keys = ["\"symbol\":\"", "\"product_id\":\"", "\"s\":\""];
    keys.iter().find_map(|key| text.split(key).nth(1)?.split('"').next())
}

fn other_checksum(text: &str) -> String {
    let Some((head, tail)) = text.split_once("\"checksum\":") else { return text.to_owned() };
    let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
    let checksum: u32 = tail[..end].parse().unwrap_or_default();
    format!("{head}\"checksum\":{}{}", checksum ^ 1, &tail[end..])
}

/// A diff of Binance's with a bid above all asks that it speaks of.
pub fn crossed_diff(text: &str) -> Option<String> {
    let message: Json = serde_json::from_str(text).ok()?;
    let data = if message["data"].is_object() { &message["data"] } else { &message };
    let asks = data["a"].as_array()?;
    let highest = asks.iter().filter_map(|ask| ask[0].as_str()?.parse::<f64>().ok()).fold(0.0, f64::max);
    // Twice the price of anything it says is above the best ask, whichever that is.
    let price = if highest > 0.0 { (highest * 2.0).round() } else { 9_999_999.0 };
    let (head, rest) = text.split_once("\"b\":[")?;
    let comma = if rest.starts_with(']') { "" } else { "," };
    Some(format!("{head}\"b\":[[\"{price:.8}\",\"1.00000000\"]{comma}{rest}"))
}

/// What a WebSocket is asked for here.
trait Socket {
    async fn send_text(&mut self, text: String) -> Result<(), Error>;
    async fn flush_all(&mut self) -> Result<(), Error>;
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket for WebSocketStream<S> {
    async fn send_text(&mut self, text: String) -> Result<(), Error> {
        futures_util::SinkExt::feed(self, Message::text(text)).await
    }

    async fn flush_all(&mut self) -> Result<(), Error> {
        futures_util::SinkExt::flush(self).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOK: &str = r#"{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[],"checksum":7,"timestamp":"2021-04-17T16:48:53.365913Z"}]}"#;

    fn acts(what: Mischief, texts: &[&str]) -> Vec<Act> {
        let (faults, mut line) = (Faults::default(), Line::default());
        faults.arm(Place::Kraken, what);
        texts.iter().flat_map(|text| faults.acts(Place::Kraken, &mut line, text, |_| None)).collect()
    }

    #[test]
    fn a_plan_is_read() {
        let planned: Planned = "kraken:gap@5".parse().unwrap();
        assert_eq!((planned.place, planned.what, planned.every), (Place::Kraken, Mischief::Gap, None));
        let planned: Planned = "coinbase:429@0.5+10".parse().unwrap();
        assert_eq!(
            (planned.after, planned.every),
            (Duration::from_millis(500), Some(Duration::from_secs(10)))
        );
        for wrong in [
            "",
            "kraken:gap",
            "kraken:nothing@5",
            "mars:gap@5",
            "binance:checksum@5",
            "kraken:gap@x",
            "kraken:gap@1+0",
        ] {
            assert!(wrong.parse::<Planned>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fault_waits_for_a_message_that_suits_it() {
        let other = r#"{"channel":"heartbeat"}"#;
        let text = |text: &str| Act::Text(text.to_owned());
        assert_eq!(acts(Mischief::Gap, &[other, BOOK, BOOK]), [text(other), text(BOOK)]);
        assert_eq!(acts(Mischief::Duplicate, &[BOOK]), [text(BOOK), text(BOOK)]);
        let (another, second) = (BOOK.replace("BTC", "ETH"), BOOK.replace(":7", ":8"));
        assert_eq!(
            acts(Mischief::Reorder, &[BOOK, other, &another, &second]),
            [text(other), text(&another), text(&second), text(BOOK)]
        );
        assert_eq!(
            acts(Mischief::Checksum, &[BOOK]),
            [text(&BOOK.replace("\"checksum\":7", "\"checksum\":6"))]
        );
        assert_eq!(acts(Mischief::Disconnect, &[other]), [Act::Cut]);
        let torn = acts(Mischief::Torn, &[other]);
        assert!(
            matches!(&torn[..], [Act::Bytes(bytes), Act::Cut] if bytes.len() == framed(other.as_bytes()).len() / 2)
        );
    }

    #[test]
    fn a_clock_jumps_and_jumps_back() {
        let (faults, mut line) = (Faults::default(), Line::default());
        let mut texts = Vec::new();
        for _ in 0..2 {
            faults.arm(Place::Kraken, Mischief::ClockJump);
            (0..2).for_each(|_| texts.extend(faults.acts(Place::Kraken, &mut line, BOOK, |_| None)));
        }
        let later = Act::Text(BOOK.replace("48:53", "48:58"));
        let right = Act::Text(BOOK.to_owned());
        assert!(
            texts[0] == later && texts[1] == later && texts[2] == right && texts[3] == right,
            "{texts:?}"
        );
    }

    #[test]
    fn a_crossed_diff_is_a_diff() {
        let diff = r#"{"e":"depthUpdate","b":[["1.0","2.0"]],"a":[["3.5","1.0"],["4.0","0.0"]]}"#;
        let crossed = crossed_diff(diff).unwrap();
        assert!(
            crossed.starts_with(r#"{"e":"depthUpdate","b":[["8.00000000","1.00000000"],["1.0","2.0"]]"#),
            "{crossed}"
        );
    }
}
