//! Trading: the core, the session at the venue, and the journal of all that comes in and is decided.
//!
//! Every input is journaled before it acts, every decision before its bytes leave, so that a journal can be decided
//! again: `retrace.rs` does that, with the same code.
//!
//! | file | noun |
//! |---|---|
//! | `input.rs` | what comes in, and its form in a journal |
//! | `parts.rs` | the files of a session |
//! | `recorder.rs` | the journal, and the thread that syncs it |
//! | `outbound.rs` | the core's results as requests, records and messages |
//! | `retrace.rs` | a journal decided again, and compared; the session as its engine left it |
//! | `telling.rs` | what strategies were told, as records |

mod input;
mod outbound;
mod parts;
mod recorder;
mod retrace;
mod telling;

use tracing::{info, warn};

use crate::execution::venues::binance::{BinanceOrderEntry, Conversion, Message};
use crate::journal::{EntryKind, JournalError};
use crate::messaging::{Incoming, Outgoing};
use crate::model::{Event, InstrumentId, Nanos};
use crate::monitoring::latency::{Stage, mark};

use super::core::{Core, Moment};
pub use input::{Entry, ORDER_ENTRY, STREAM};
use outbound::Outbound;
pub use parts::{Parts, part};
pub use recorder::Recorder;
pub use retrace::{Parted, Rebuilt, Replay, Retraced, Written, retrace};
pub use telling::{Said, Telling};

/// What trading does to the world.
pub trait World {
    /// A record goes into the ring, which gives it its stamp.
    fn publish(&mut self, record: &mut Event);

    /// A text frame leaves for order entry; false if there is no room for it.
    fn send(&mut self, frame: &[u8]) -> bool;

    /// A message leaves.
    fn say(&mut self, message: Outgoing);

    /// What a strategy lives through.
    fn moment(&mut self, _: Moment<'_>) {}
}

/// Where inputs and decisions are written before they act.
pub trait Tape {
    /// Appends one entry, its payload in parts.
    ///
    /// # Errors
    /// If there is no room: nothing was written.
    fn append(
        &mut self,
        kind: EntryKind,
        stream: u16,
        time: Nanos,
        parts: &[&[u8]],
    ) -> Result<(), JournalError>;
}

/// The trading half of an engine.
pub struct Trading {
    core: Core,
    venue: Venue,
    messages: Vec<Message>,
}

/// The session, and what every request passes.
struct Venue {
    entry: BinanceOrderEntry,
    tape: Option<Box<dyn Tape>>,
    /// Why nothing may be sent any more.
    broken: Option<JournalError>,
    /// A request's bytes.
    frame: Vec<u8>,
}

impl Trading {
    /// Not connected. Without a tape nothing is journaled.
    #[must_use]
    pub fn new(core: Core, entry: BinanceOrderEntry, tape: Option<Box<dyn Tape>>) -> Trading {
        let venue = Venue { entry, tape, broken: None, frame: Vec::with_capacity(1024) };
        Trading { core, venue, messages: Vec::with_capacity(64) }
    }

    /// With a journal to write to.
    #[must_use]
    pub fn with_tape(mut self, tape: Box<dyn Tape>) -> Trading {
        self.venue.tape = Some(tape);
        self
    }

    /// Orders, positions, strategies.
    #[must_use]
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Journals an input before it acts. If that fails nothing is sent any more.
    pub fn journal(&mut self, entry: &Entry<'_>, time: Nanos, world: &mut dyn World) {
        let written = self.venue.tape.as_mut().map_or(Ok(()), |tape| entry.append(tape.as_mut(), time));
        if let Err(error) = written {
            self.venue.broken.get_or_insert(error);
        }
        self.halt_if_broken(world);
        mark(Stage::Journal);
    }

    fn halt_if_broken(&mut self, world: &mut dyn World) {
        if let Some(error) = &self.venue.broken
            && !self.core.is_killed()
        {
            let why = format!("the journal cannot be written: {error}");
            let Trading { core, venue, .. } = self;
            core.kill(&why, &mut Outbound { venue, world });
        }
    }

    /// A record of the market, stamped.
    pub fn on_record(&mut self, record: &Event, world: &mut dyn World) {
        if !self.core.has(InstrumentId(record.instrument)) {
            return; // of a venue that is only looked at
        }
        let Trading { core, venue, .. } = self;
        core.on_record(record, &mut Outbound { venue, world });
    }

    /// Time has passed.
    pub fn on_time(&mut self, now: Nanos, world: &mut dyn World) {
        let Trading { core, venue, .. } = self;
        core.on_time(now, &mut Outbound { venue, world });
        self.halt_if_broken(world);
    }

    /// A command.
    pub fn on_command(&mut self, command: &Incoming, now: Nanos, world: &mut dyn World) {
        info!(id = command.id, action = ?command.action, "command");
        let Trading { core, venue, .. } = self;
        core.on_command(command, now, &mut Outbound { venue, world });
    }

    /// The engine ends: what rests is taken back.
    pub fn wind_down(&mut self, now: Nanos, world: &mut dyn World) {
        let Trading { core, venue, .. } = self;
        core.on_end(now, &mut Outbound { venue, world });
    }

    /// The engine died and goes on: no connection, everything in doubt.
    pub fn on_restart(&mut self, now: Nanos, world: &mut dyn World) {
        let Trading { core, venue, .. } = self;
        venue.entry.disconnected();
        core.on_restart(now, &mut Outbound { venue, world });
        self.halt_if_broken(world);
    }

    /// The session has ended: what is left of it is its journal's last entry, and the next session's start.
    pub fn close(&mut self, now: Nanos) {
        let snapshot = self.snapshot();
        let append =
            |tape: &mut Box<dyn Tape>| tape.append(EntryKind::Snapshot, STREAM, now, &[snapshot.as_bytes()]);
        if let Err(error) = self.venue.tape.as_mut().map_or(Ok(()), append) {
            warn!(%error, "the journal has no snapshot: the next start brings the session back from its inputs");
        }
    }

    fn snapshot(&self) -> String {
        self.core.snapshot().to_json().to_string()
    }

    /// The connection for orders is open.
    pub fn on_connected(&mut self, now: Nanos, world: &mut dyn World) {
        self.venue.frame.clear();
        self.venue.entry.connected(now, &mut self.venue.frame);
        // The log-on is not journaled: it carries the key.
        world.send(&self.venue.frame);
    }

    /// The connection for orders is gone.
    pub fn on_disconnected(&mut self, now: Nanos, world: &mut dyn World) {
        let Trading { core, venue, .. } = self;
        venue.entry.disconnected();
        core.on_stream(false, now, &mut Outbound { venue, world });
    }

    /// A text frame of order entry.
    pub fn on_frame(&mut self, frame: &[u8], now: Nanos, world: &mut dyn World) {
        let Trading { core, venue, messages } = self;
        messages.clear();
        venue.frame.clear();
        let text = str::from_utf8(frame).unwrap_or_default();
        let read = venue.entry.on_text(text, now, messages, &mut venue.frame);
        mark(Stage::Parse);
        if let Err(error) = read {
            warn!(%error, "something was missed: orders are in doubt");
            core.on_doubt();
        }
        if !venue.frame.is_empty() {
            venue.leave(now, world);
        }
        for message in messages.drain(..) {
            apply(core, &mut Outbound { venue, world }, &message, now);
        }
        self.halt_if_broken(world);
    }
}

fn apply(core: &mut Core, out: &mut Outbound<'_>, message: &Message, now: Nanos) {
    match message {
        Message::Told(told) => core.on_told(told, out),
        Message::NotFound(id) => core.on_not_found(*id, now, out),
        Message::OpenOrder(open) => core.on_open_order(&open.order, &open.told, out),
        Message::Subscribed => {
            info!("order entry is ready");
            core.on_stream(true, now, out);
            out.ask_open_orders(now);
        }
        Message::StreamEnded => core.on_stream(false, now, out),
        Message::ClockSkew => out.ask_time(now),
        Message::Refused { request, code } => warn!(request, code, "the venue refused"),
        Message::Commission { asset, amount, conversion: Conversion::None, .. } => {
            warn!(?asset, amount = amount.to_f64(), "a fee of unknown worth counts as nothing");
        }
        Message::ShuttingDown => warn!("the venue closes this connection soon"),
        Message::LoggedOn
        | Message::OpenOrdersEnd
        | Message::Time(_)
        | Message::Balance(_)
        | Message::Commission { .. } => {}
    }
}
