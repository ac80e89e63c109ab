//! The input/output thread of one feed: it connects, reads, reconnects and asks; the decision thread only pops a queue.

use std::cell::RefCell;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use bytes::Bytes;
use rtrb::{Consumer, Producer, RingBuffer};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, watch};
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use crate::model::{Clock, Endpoint, InstrumentId, Nanos};

use super::answers::default_wait;
use super::outbox::{Pending, due_at};
use super::websocket::Received;
use super::{Backoff, Dialer, NetError, Pass, WebSocket};

/// Requests that may wait at once; a feed asks for one snapshot an instrument at a time.
const REQUEST_QUEUE: usize = 1024;
/// Between two looks at a full queue.
const FULL_QUEUE_WAIT: Duration = Duration::from_millis(1);
/// A new connection that says nothing for so long is taken all the same.
const FIRST_WORD: Duration = Duration::from_secs(1);
/// The venue need not answer a goodbye.
const GOODBYE: Duration = Duration::from_millis(200);

/// What happened on the network, in the order of receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The WebSocket is open.
    Connected(Nanos),
    /// A whole frame and when it was read.
    Frame(Bytes, Nanos),
    /// The answer to a [`Get`] by its token: a body, or nothing if it failed.
    Response(InstrumentId, Option<Bytes>, Nanos),
    /// The WebSocket is gone; it is being opened again.
    Disconnected(Nanos),
}

/// A GET to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Get {
    /// Whose answer it will be: it comes back with it.
    pub token: InstrumentId,
    /// Path and query.
    pub path: String,
    /// Not before this time.
    pub not_before: Nanos,
}

/// Where a session connects to, and how patiently.
pub struct SessionOptions {
    /// Of the stream.
    pub websocket: Endpoint,
    /// Of the GETs.
    pub rest: Endpoint,
    /// Path and query to open the WebSocket with.
    pub path: String,
    /// Headers to open it with.
    pub headers: Vec<(&'static str, String)>,
    /// Binary frames are messages too; else they are a sign of life.
    pub binary: bool,
    /// A stream that is silent for longer is dead: venues ping.
    pub silence: Duration,
    /// Between two connections.
    pub backoff: Backoff,
    /// Longer messages end the connection.
    pub max_message_bytes: usize,
    /// Inputs that may wait for the decision thread.
    pub queue: usize,
    /// Least time between two texts that are sent.
    pub message_spacing: Duration,
    /// A connection this old is replaced by a new one before the venue ends it; nothing: it may be as old as it likes.
    pub renew_after: Option<Duration>,
    /// What the venue wants to be shown; asked for before each connection.
    pub pass: Option<Box<dyn Pass>>,
}

/// What the thread has done; written by it, read by anyone.
#[derive(Debug, Default)]
pub struct IoCounters {
    /// Connections made.
    pub connects: AtomicU64,
    /// Connections lost.
    pub disconnects: AtomicU64,
    /// Connections given up because the decision thread did not keep up.
    pub overflows: AtomicU64,
    /// GETs sent.
    pub requests: AtomicU64,
    /// GETs without a good answer.
    pub failed_requests: AtomicU64,
    /// Complaints of the venue about our rate, of GETs and of connections.
    pub rate_limited: AtomicU64,
    /// Connections given up because what came over them was no WebSocket's, no text, or too long.
    pub malformed: AtomicU64,
    /// Connections given up because nothing came over them.
    pub silent: AtomicU64,
    /// Connections replaced by a new one before the venue ended them.
    pub renewals: AtomicU64,
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// A text frame to be sent, and the connection that it was written for, counted from 1: on another one it would be a
/// surprise, and is dropped.
struct Outgoing {
    connection: u64,
    text: Bytes,
    not_before: Nanos,
}

/// The decision thread's end of a session. Dropping it ends the thread.
pub struct Link {
    inputs: Consumer<Input>,
    requests: Producer<Get>,
    frames: Producer<Outgoing>,
    frame_made: Arc<Notify>,
    /// Of the last connection that was heard of.
    connection: u64,
    request_made: Arc<Notify>,
    renewal_wanted: Arc<Notify>,
    counters: Arc<IoCounters>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Link {
    /// The next input, if there is one.
    #[inline]
    pub fn next_input(&mut self) -> Option<Input> {
        let input = self.inputs.pop().ok();
        self.connection += u64::from(matches!(input, Some(Input::Connected(_))));
        input
    }

    /// Sends a text frame on the connection that was last heard of; false if too many are waiting.
    pub fn send(&mut self, text: &[u8]) -> bool {
        self.send_at(text, Nanos(i64::MIN))
    }

    /// The same, not before a time.
    pub fn send_at(&mut self, text: &[u8], not_before: Nanos) -> bool {
        let text = Bytes::copy_from_slice(text);
        let frame = Outgoing { connection: self.connection, text, not_before };
        let accepted = self.frames.push(frame).is_ok();
        self.frame_made.notify_one();
        accepted
    }

    /// Whether there is an input.
    #[inline]
    #[must_use]
    pub fn has_input(&self) -> bool {
        !self.inputs.is_empty()
    }

    /// Sends a request on its way; false if too many are waiting.
    pub fn ask(&mut self, get: Get) -> bool {
        let accepted = self.requests.push(get).is_ok();
        self.request_made.notify_one();
        accepted
    }

    /// Opens a new connection, and drops the present one when it is there.
    pub fn renew(&self) {
        self.renewal_wanted.notify_one();
    }

    /// Whether the thread has ended by itself: a defect, for it lives as long as this.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// What the thread has done.
    #[must_use]
    pub fn counters(&self) -> &IoCounters {
        &self.counters
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // Nobody reads any more: what waits for room there would wait for ever.
            while !thread.is_finished() {
                while self.inputs.pop().is_ok() {}
                std::thread::sleep(FULL_QUEUE_WAIT);
            }
            // A panic over there has been reported by its hook; there is nothing left to save.
            let _ = thread.join();
        }
    }
}

/// Starts the thread. `reader` is unparked whenever there is something to read.
///
/// # Errors
/// If the machine gives no thread or no event queue.
pub fn open(
    options: SessionOptions,
    dialer: Dialer,
    clock: Arc<dyn Clock>,
    reader: Thread,
) -> io::Result<Link> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (producer, inputs) = RingBuffer::new(options.queue);
    let (requests, gets) = RingBuffer::new(REQUEST_QUEUE);
    let (frames, to_send) = RingBuffer::new(REQUEST_QUEUE);
    let frame_made = Arc::new(Notify::new());
    let written = Arc::clone(&frame_made);
    let (stop, stopped) = watch::channel(false);
    let request_made = Arc::new(Notify::new());
    let renewal_wanted = Arc::new(Notify::new());
    let renewal = Arc::clone(&renewal_wanted);
    let counters = Arc::new(IoCounters::default());
    let (asked, counted) = (Arc::clone(&request_made), Arc::clone(&counters));
    let thread = std::thread::Builder::new().name("pyrt-io".to_owned()).spawn(move || {
        let outbox = Outbox { queue: RefCell::new(producer), reader };
        let to_send = RefCell::new(to_send);
        let session = Session {
            options,
            dialer,
            clock,
            outbox,
            counters: counted,
            pass: RefCell::default(),
            stopped,
            to_send,
            written,
            renewal,
        };
        session.run(&runtime, gets, asked);
    })?;
    Ok(Link {
        inputs,
        requests,
        frames,
        frame_made,
        connection: 0,
        request_made,
        renewal_wanted,
        counters,
        stop,
        thread: Some(thread),
    })
}

pub(super) struct Outbox {
    queue: RefCell<Producer<Input>>,
    reader: Thread,
}

impl Outbox {
    /// False if the queue is full.
    fn push(&self, input: Input) -> bool {
        let pushed = self.queue.borrow_mut().push(input).is_ok();
        self.reader.unpark();
        pushed
    }

    /// Waits for room: what is said so must not get lost.
    pub(super) async fn deliver(&self, input: Input) {
        while self.queue.borrow().is_full() {
            self.reader.unpark();
            sleep(FULL_QUEUE_WAIT).await;
        }
        self.push(input);
    }
}

pub(super) struct Session {
    pub(super) options: SessionOptions,
    pub(super) dialer: Dialer,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) outbox: Outbox,
    pub(super) counters: Arc<IoCounters>,
    /// With when it was asked for, by the clock that nobody sets.
    pub(super) pass: RefCell<Option<(String, i64)>>,
    stopped: watch::Receiver<bool>,
    to_send: RefCell<Consumer<Outgoing>>,
    written: Arc<Notify>,
    renewal: Arc<Notify>,
}

/// How reading ended.
enum Ending {
    /// It was told to stop.
    Stopped,
    /// The connection is lost.
    Broken(String),
    /// There is a new one.
    Renewed(Box<WebSocket>),
}

impl Session {
    fn run(self, runtime: &Runtime, gets: Consumer<Get>, asked: Arc<Notify>) {
        let session = Rc::new(self);
        let local = LocalSet::new();
        local.spawn_local(Rc::clone(&session).answer_requests(gets, asked));
        local.block_on(runtime, session.stay_connected());
    }

    async fn stopped(&self) {
        let mut stopped = self.stopped.clone();
        // An error means that the other end is gone, which is a stop too.
        let _ = stopped.wait_for(|stop| *stop).await;
    }

    async fn stay_connected(&self) {
        let mut backoff = self.options.backoff.clone();
        loop {
            let mut asked_for = Duration::ZERO;
            tokio::select! {
                () = self.stopped() => return,
                connected = self.connect() => match connected {
                    Err(wait) => asked_for = wait,
                    Ok(socket) => {
                        let since = self.clock.monotonic();
                        if !self.read_until_broken(socket).await {
                            return;
                        }
                        let lasted = u64::try_from(self.clock.monotonic() - since).unwrap_or_default();
                        if Duration::from_nanos(lasted) > backoff.max() {
                            backoff.reset();
                        }
                    }
                }
            }
            let wait = backoff.next_wait().max(asked_for);
            info!(endpoint = %self.options.websocket, wait_ms = wait.as_millis(), "reconnecting");
            if timeout(wait, self.stopped()).await.is_ok() {
                return;
            }
        }
    }

    /// A connection, or how long the venue wants us to wait.
    async fn connect(&self) -> Result<WebSocket, Duration> {
        self.fetch_pass().await?;
        let SessionOptions { websocket, path, headers, max_message_bytes, .. } = &self.options;
        match WebSocket::connect(&self.dialer, websocket, (path, headers), *max_message_bytes).await {
            Ok(socket) => {
                info!(endpoint = %websocket, "connected");
                count(&self.counters.connects);
                Ok(socket)
            }
            Err(error) => {
                warn!(%error, "no connection");
                let NetError::RateLimited { retry_after, status, .. } = error else {
                    return Err(Duration::ZERO);
                };
                count(&self.counters.rate_limited);
                Err(retry_after.unwrap_or_else(|| default_wait(status)))
            }
        }
    }

    /// False when it was told to stop.
    async fn read_until_broken(&self, mut socket: WebSocket) -> bool {
        loop {
            self.outbox.deliver(Input::Connected(self.clock.utc())).await;
            let ending = self.read(&mut socket).await;
            let next = match ending {
                Ending::Broken(cause) => {
                    warn!(endpoint = %self.options.websocket, cause, "disconnected");
                    count(&self.counters.disconnects);
                    None
                }
                Ending::Renewed(next) => {
                    info!(endpoint = %self.options.websocket, "renewed");
                    count(&self.counters.renewals);
                    Some(next)
                }
                Ending::Stopped => {
                    let _ = timeout(GOODBYE, socket.close()).await;
                    return false;
                }
            };
            self.outbox.deliver(Input::Disconnected(self.clock.utc())).await;
            let _ = timeout(GOODBYE, socket.close()).await;
            match next {
                Some(next) => socket = *next,
                None => return true,
            }
        }
    }

    /// A new connection in the place of this one, when it is old enough or the venue will end it. The old one is heard
    /// until the new one has begun to speak: nothing is said between the two.
    async fn successor(&self) -> WebSocket {
        let wanted = self.renewal.notified();
        match self.options.renew_after {
            Some(age) => _ = timeout(age, wanted).await,
            None => wanted.await,
        }
        let mut backoff = self.options.backoff.clone();
        loop {
            match self.connect().await {
                Ok(mut socket) => {
                    let _ = timeout(FIRST_WORD, socket.wait()).await; // some venues speak when they are spoken to
                    return socket;
                }
                Err(asked_for) => sleep(backoff.next_wait().max(asked_for)).await,
            }
        }
    }

    async fn read(&self, socket: &mut WebSocket) -> Ending {
        let mut successor = pin!(self.successor());
        let mut stopped = pin!(self.stopped());
        let mut silence = pin!(sleep(self.options.silence));
        let mut pending = Pending::new(self.options.message_spacing);
        let (mut begun, mut heard) = (self.clock.utc(), self.clock.monotonic());
        loop {
            // What leaves goes first: a venue that never pauses must not keep us from speaking.
            let received = tokio::select! {
                biased;
                () = self.written.notified() => {
                    self.take_written(&mut pending);
                    match self.send_due(&mut pending, socket).await {
                        Ok(()) => continue,
                        Err(error) => return Ending::Broken(error.to_string()),
                    }
                }
                () = pending.wait(&*self.clock), if pending.due().is_some() => {
                    match self.send_due(&mut pending, socket).await {
                        Ok(()) => continue,
                        Err(error) => return Ending::Broken(error.to_string()),
                    }
                }
                received = socket.next() => received, // to its end, before there is another
                next = &mut successor => return Ending::Renewed(Box::new(next)),
                () = &mut stopped => return Ending::Stopped,
                () = &mut silence => {
                    let left = self.silence_left(heard);
                    if left.is_zero() {
                        count(&self.counters.silent);
                        return Ending::Broken(format!("silent for {:?}", self.options.silence));
                    }
                    silence.as_mut().reset(tokio::time::Instant::now() + left);
                    continue;
                }
            };
            heard = self.clock.monotonic();
            match received {
                Ok(Received::Binary(..)) if !self.options.binary => {}
                Ok(Received::Text(frame, at) | Received::Binary(frame, at)) => {
                    // What came before it was the connection is received when it is; what comes later has its own time,
                    // whatever becomes of the clock.
                    let at = at.max(begun);
                    if at > begun {
                        begun = Nanos(i64::MIN);
                    }
                    if !self.outbox.push(Input::Frame(frame, at)) {
                        count(&self.counters.overflows);
                        let words = "the decision thread does not keep up: its queue is full";
                        return Ending::Broken(words.to_owned());
                    }
                }
                Ok(Received::Other) => {}
                Ok(Received::Closed(words)) => {
                    return Ending::Broken(format!("closed by the venue: {words}"));
                }
                Err(error) => {
                    if let NetError::Malformed { .. } = error {
                        count(&self.counters.malformed);
                    }
                    return Ending::Broken(error.to_string());
                }
            }
        }
    }

    /// Takes over what was written for this connection.
    fn take_written(&self, pending: &mut Pending) {
        let connection = self.counters.connects.load(Ordering::Relaxed);
        while let Ok(frame) = self.to_send.borrow_mut().pop() {
            if frame.connection == connection {
                pending.add(frame.text, due_at(&*self.clock, frame.not_before));
            }
        }
    }

    async fn send_due(&self, pending: &mut Pending, socket: &mut WebSocket) -> Result<(), NetError> {
        while let Some(text) = pending.take(self.clock.monotonic()) {
            socket.send(self.passed(text).await).await?;
        }
        Ok(())
    }

    /// Bytes of a message that never ends are no sign of life.
    fn silence_left(&self, heard: i64) -> Duration {
        let silent = u64::try_from(self.clock.monotonic() - heard).unwrap_or_default();
        self.options.silence.saturating_sub(Duration::from_nanos(silent))
    }
}
