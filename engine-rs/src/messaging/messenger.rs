//! The thread between the decision thread's queues and the two sockets.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::thread::{self, JoinHandle};

use thiserror::Error;

use super::commands::{Incoming, Inspector};
use super::endpoints::{EndpointError, Endpoints};
use super::outgoing::{Names, Outgoing, TOPIC_KINDS};
use super::wire;
use crate::model::Nanos;

/// Longest time without a look at the stop flag.
const POLL_MS: i64 = 100;

/// How a messenger is set up.
#[derive(Clone, Debug)]
pub struct MessengerOptions {
    /// The engine's name: part of the sockets' file names.
    pub name: String,
    /// Directory of the sockets, see [`super::runtime_directory`].
    pub directory: PathBuf,
    /// This user.
    pub uid: u32,
    /// Of this start.
    pub session_id: u64,
    /// Messages that may wait for the messaging thread.
    pub queue: usize,
    /// The wall clock.
    pub now: fn() -> Nanos,
    /// Names behind the ids.
    pub names: Names,
}

/// What the messenger did.
#[derive(Debug, Default)]
pub struct MessengerStats {
    /// Messages handed to ZeroMQ.
    pub sent: AtomicU64,
    /// Messages that the full queue had no room for.
    pub dropped: AtomicU64,
    /// Commands let through.
    pub commands: AtomicU64,
    /// Commands refused.
    pub refused: AtomicU64,
}

/// Why messaging cannot start.
#[derive(Debug, Error)]
pub enum MessagingError {
    /// The directory is not private.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// ZeroMQ refused.
    #[error("{address}: {error}")]
    Socket {
        /// The address.
        address: String,
        /// Why.
        error: zmq::Error,
    },
    /// The system refused.
    #[error("messaging: {0}")]
    System(#[from] std::io::Error),
}

/// The decision thread's end: neither call blocks or waits for a lock.
pub struct Messenger {
    outgoing: rtrb::Producer<Outgoing>,
    /// Something was queued that the thread was not woken for.
    queued: bool,
    incoming: rtrb::Consumer<Incoming>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    stats: MessengerStats,
    stop: AtomicBool,
    asleep: AtomicBool,
    wake: OwnedFd,
}

impl Messenger {
    /// Binds both sockets and starts the thread.
    ///
    /// # Errors
    /// If the directory is not private, or a socket cannot be bound.
    pub fn start(options: MessengerOptions) -> Result<Messenger, MessagingError> {
        Endpoints::prepare(&options.directory, options.uid)?;
        let endpoints = Endpoints::new(&options.directory, &options.name);
        let context = zmq::Context::new();
        let publisher = bind(&context, zmq::PUB, &endpoints.events)?;
        let subscriber = bind(&context, zmq::SUB, &endpoints.commands)?;
        subscriber
            .set_subscribe(b"command")
            .map_err(|error| MessagingError::Socket { address: endpoints.commands.clone(), error })?;
        let wake = rustix::event::eventfd(
            0,
            rustix::event::EventfdFlags::NONBLOCK | rustix::event::EventfdFlags::CLOEXEC,
        )
        .map_err(std::io::Error::from)?;
        let shared = Arc::new(Shared {
            stats: MessengerStats::default(),
            stop: AtomicBool::new(false),
            asleep: AtomicBool::new(false),
            wake,
        });
        let (outgoing, to_send) = rtrb::RingBuffer::new(options.queue.max(16));
        let (passed, incoming) = rtrb::RingBuffer::new(256);
        let worker = Worker {
            shared: Arc::clone(&shared),
            to_send,
            passed,
            publisher,
            subscriber,
            endpoints,
            inspector: Inspector::new(options.session_id),
            sequences: [0; TOPIC_KINDS],
            options,
        };
        let thread = thread::Builder::new().name("messages".to_owned()).spawn(move || worker.run())?;
        Ok(Messenger { outgoing, queued: false, incoming, shared, thread: Some(thread) })
    }

    /// Hands a message over, now.
    pub fn publish(&mut self, message: Outgoing) {
        self.queue(message);
        self.wake();
    }

    /// Puts a message into the queue. A full one drops and counts it: records of shared memory are never lost this way.
    pub fn queue(&mut self, message: Outgoing) {
        if self.outgoing.push(message).is_err() {
            self.shared.stats.dropped.fetch_add(1, Ordering::Relaxed);
        } else {
            self.queued = true;
        }
    }

    /// Wakes the thread if there is something in the queue since the last call: a system call, and no short one.
    pub fn wake(&mut self) {
        if !std::mem::take(&mut self.queued) {
            return;
        }
        // Either this sees `asleep`, or the thread that goes to sleep sees the message (see `wait`).
        fence(Ordering::SeqCst);
        if self.shared.asleep.load(Ordering::Relaxed) && self.shared.asleep.swap(false, Ordering::AcqRel) {
            let _ = rustix::io::write(&self.shared.wake, &1_u64.to_ne_bytes()); // full: it is awake already
        }
    }

    /// The next command, if one has come.
    pub fn next_command(&mut self) -> Option<Incoming> {
        self.incoming.pop().ok()
    }

    /// What was done so far.
    #[must_use]
    pub fn stats(&self) -> &MessengerStats {
        &self.shared.stats
    }
}

impl Drop for Messenger {
    /// Sends what is queued, unbinds, removes the socket files.
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        let _ = rustix::io::write(&self.shared.wake, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic there has been printed by its own thread
        }
    }
}

fn bind(context: &zmq::Context, kind: zmq::SocketType, address: &str) -> Result<zmq::Socket, MessagingError> {
    let make = || -> zmq::Result<zmq::Socket> {
        let socket = context.socket(kind)?;
        socket.set_linger(0)?;
        socket.set_sndhwm(100_000)?;
        socket.set_rcvhwm(1_000)?;
        socket.set_maxmsgsize(1 << 20)?;
        socket.bind(address)?;
        Ok(socket)
    };
    make().map_err(|error| MessagingError::Socket { address: address.to_owned(), error })
}

struct Worker {
    shared: Arc<Shared>,
    to_send: rtrb::Consumer<Outgoing>,
    passed: rtrb::Producer<Incoming>,
    publisher: zmq::Socket,
    subscriber: zmq::Socket,
    endpoints: Endpoints,
    inspector: Inspector,
    sequences: [u64; TOPIC_KINDS],
    options: MessengerOptions,
}

impl Worker {
    fn run(mut self) {
        loop {
            self.send_queued();
            self.receive_all();
            if self.shared.stop.load(Ordering::Acquire) {
                break;
            }
            self.wait();
        }
        self.send_queued();
        self.endpoints.remove();
    }

    fn send_queued(&mut self) {
        while let Ok(message) = self.to_send.pop() {
            self.send(message);
        }
    }

    fn send(&mut self, message: Outgoing) {
        for frame in message.frames(&self.options.names) {
            self.sequences[frame.kind] += 1;
            let sequence = self.sequences[frame.kind];
            let header =
                wire::Header { session_id: self.options.session_id, sequence, ..wire::Header::default() };
            let parts = [frame.topic.into_bytes(), frame.body.encode(header)];
            match self.publisher.send_multipart(parts, zmq::DONTWAIT) {
                Ok(()) => self.shared.stats.sent.fetch_add(1, Ordering::Relaxed),
                Err(_) => self.shared.stats.dropped.fetch_add(1, Ordering::Relaxed),
            };
        }
    }

    fn receive_all(&mut self) {
        while let Ok(parts) = self.subscriber.recv_multipart(zmq::DONTWAIT) {
            let now = (self.options.now)();
            let bytes = parts.get(1).map_or(&[][..], Vec::as_slice);
            let (id, reason) = match self.inspector.inspect(bytes, now) {
                Ok(command) => {
                    self.shared.stats.commands.fetch_add(1, Ordering::Relaxed);
                    match self.passed.push(command) {
                        Ok(()) => continue,
                        Err(rtrb::PushError::Full(command)) => {
                            (command.id, "too many commands wait".to_owned())
                        }
                    }
                }
                Err(refusal) => (refusal.id, refusal.reason),
            };
            self.shared.stats.refused.fetch_add(1, Ordering::Relaxed);
            self.send(Outgoing::Ack { id, time: now, accepted: false, reason, parameters_version: 0 });
        }
    }

    /// Sleeps until a command arrives, the decision thread wakes it, or a while has passed.
    fn wait(&mut self) {
        self.shared.asleep.store(true, Ordering::Relaxed);
        // A message pushed between the last look and the store above found `asleep` false: look once more.
        fence(Ordering::SeqCst);
        if self.to_send.is_empty() {
            let mut items = [
                self.subscriber.as_poll_item(zmq::POLLIN),
                zmq::PollItem::from_fd(self.shared.wake.as_raw_fd(), zmq::POLLIN),
            ];
            let _ = zmq::poll(&mut items, POLL_MS); // interrupted: the loop looks at everything anyway
        }
        self.shared.asleep.store(false, Ordering::Release);
        let _ = rustix::io::read(&self.shared.wake, &mut [0_u8; 8]); // nothing to read is fine
    }
}
