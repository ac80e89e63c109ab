//! Faults on purpose: what a venue or a network does wrong, done to the next message for which that makes sense.
//!
//! They are done where a message leaves, so every venue of the simulator has them alike, and the market itself goes on
//! undisturbed: what a client does about a fault can be held against the truth.
//!
//! | file | noun |
//! |---|---|
//! | `plan.rs` | which fault, where and when |
//! | `line.rs` | a connection: how its messages are written, and what is held back |
//! | `words.rs` | what a message is, and the same one with something wrong in it |
//! | `shifting.rs` | a message as a venue would have sent it whose clock is ahead |

mod line;
mod plan;
mod shifting;
mod words;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::model::Clock;

use line::text_frame;
use shifting::shifted;
use words::{is_book, is_step, other_checksum, shutdown};

pub use line::Line;
pub use plan::{Mischief, Place, PlanError, Planned};
pub use words::{crossed_diff, whose};

/// How long nothing comes, or a byte at a time.
const LONG: Duration = Duration::from_secs(60);
/// Between two bytes of a slow frame.
const BYTE: Duration = Duration::from_millis(20);
/// Attempts that are answered with 429.
const REFUSALS: u32 = 2;
/// Seconds that such an answer asks for.
const RETRY_AFTER: u64 = 1;
/// How long a ban lasts.
const BAN: Duration = Duration::from_secs(2);
/// Between `serverShutdown` and the end of the connection; the venue's own is minutes.
const GRACE: Duration = Duration::from_secs(2);
/// By how much a clock jumps.
const JUMP: i64 = 5_000_000_000;

/// Why an attempt gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Seconds to stay away.
    pub retry_after: u64,
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
pub struct Faults {
    /// By place.
    venues: [Venue; Place::ALL.len()],
    any: Cell<bool>,
    clock: Arc<dyn Clock>,
}

/// What is to come at one venue.
#[derive(Debug, Default)]
struct Venue {
    armed: RefCell<VecDeque<Mischief>>,
    refusals: Cell<u32>,
    banned_until: Cell<Option<Instant>>,
    shift: Cell<i64>,
}

impl Faults {
    /// None yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { venues: Default::default(), any: Cell::new(false), clock }
    }

    /// The next suitable message of a venue gets it.
    pub fn arm(&self, place: Place, what: Mischief) {
        self.venues[place as usize].armed.borrow_mut().push_back(what);
        self.any.set(true);
    }

    /// Whether an attempt is to be refused.
    pub fn refuses(&self, place: Place) -> Option<Refusal> {
        let venue = &self.venues[place as usize];
        let left = venue.banned_until.get().map(|until| until.saturating_duration_since(Instant::now()));
        if let Some(left) = left.filter(|left| !left.is_zero()) {
            return Some(Refusal { status: 418, retry_after: left.as_secs() + 1 });
        }
        let left = venue.refusals.get();
        venue.refusals.set(left.saturating_sub(1));
        (left > 0).then_some(Refusal { status: 429, retry_after: RETRY_AFTER })
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
                Act::Text(text) => socket.send_message(line.message(text)).await?,
                Act::Bytes(bytes) => {
                    socket.flush_all().await?;
                    socket.get_mut().write_all(&bytes).await?;
                    socket.get_mut().flush().await?;
                }
                Act::Dribble(bytes) => {
                    line.mute.set(true);
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
                    line.mute.set(true);
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
        let venue = &self.venues[place as usize];
        let shift = &venue.shift;
        if line.ends.is_some_and(|ends| ends <= Instant::now()) {
            return vec![Act::Cut];
        }
        let mut text = shifted(text, shift.get());
        if let Some(held) = line.held.take_if(|held| is_step(place, &text) && whose(held) == whose(&text)) {
            return vec![Act::Text(text), Act::Text(held)];
        }
        let mut queue = venue.armed.borrow_mut();
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
                let mut bytes = line.frame(&text, 1);
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
                vec![Act::Bytes(text_frame(&bytes))]
            }
            Mischief::Slow => vec![Act::Dribble(line.frame(&text, 20))],
            Mischief::Stall => vec![Act::Freeze],
            Mischief::Disconnect => vec![Act::Cut],
            Mischief::Busy => {
                venue.refusals.set(REFUSALS);
                vec![Act::Cut]
            }
            Mischief::Ban => {
                venue.banned_until.set(Some(Instant::now() + BAN));
                vec![Act::Cut]
            }
            Mischief::Shutdown => {
                line.ends = Some(Instant::now() + GRACE);
                let last_words = shutdown(&text, self.clock.utc().0 / 1_000_000);
                vec![Act::Text(text), Act::Text(last_words)]
            }
            Mischief::ClockJump => {
                text = shifted(&text, JUMP - 2 * shift.get());
                shift.set(JUMP - shift.get());
                vec![Act::Text(text)]
            }
        }
    }
}

/// What a WebSocket is asked for here.
trait Socket {
    async fn send_message(&mut self, message: Message) -> Result<(), Error>;
    async fn flush_all(&mut self) -> Result<(), Error>;
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket for WebSocketStream<S> {
    async fn send_message(&mut self, message: Message) -> Result<(), Error> {
        futures_util::SinkExt::feed(self, message).await
    }

    async fn flush_all(&mut self) -> Result<(), Error> {
        futures_util::SinkExt::flush(self).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOK: &str = r#"{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[],"checksum":7,"timestamp":"2021-04-17T16:48:53.365913Z"}]}"#;

    fn faults() -> Faults {
        Faults::new(Arc::new(crate::clock::SystemClock))
    }

    fn acts(what: Mischief, texts: &[&str]) -> Vec<Act> {
        let (faults, mut line) = (faults(), Line::default());
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
            matches!(&torn[..], [Act::Bytes(bytes), Act::Cut] if bytes.len() == text_frame(other.as_bytes()).len() / 2)
        );
    }

    #[test]
    fn a_clock_jumps_and_jumps_back() {
        let (faults, mut line) = (faults(), Line::default());
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
