//! The ports, and the thread behind them.
//!
//! | file | noun |
//! |---|---|
//! | `doors.rs` | from a connection to whom it is for |

mod doors;

use std::cell::RefCell;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use thiserror::Error;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, mpsc};
use tokio::task::LocalSet;

use crate::model::Clock;

use super::Source;
use super::client::Pings;
use super::driver::{Asked, AtEnd, Driver, Pace};
use super::halls::{Hall, HallSource, Room, StockError, hall};
use super::hub::Hub;
use super::rest::Rest;
use super::sabotage::{Faults, Mischief, Place, Planned};
use super::trading::{Exchange, ExchangeError, Floor, Statement, TradingOptions};

/// Where the WebSocket API is.
pub const ORDERS_PATH: &str = "/ws-api/v3";

/// Why there is no simulator.
#[derive(Debug, Error)]
pub enum SimulatorError {
    /// It pretends to be a venue: that must not leave this machine.
    #[error("{0}: the simulator listens on loopback only, such as 127.0.0.1:0")]
    NotLoopback(SocketAddr),
    /// A venue that is to be there twice.
    #[error("{0} is asked for twice")]
    Twice(&'static str),
    /// A fault of a venue that is not there.
    #[error("a fault is planned for {0}, which is not there: ask for it with --also {0}")]
    Absent(&'static str),
    /// Orders cannot be matched on what the source lists.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// A hall has nothing to tell of.
    #[error(transparent)]
    Stock(#[from] StockError),
    /// The port is taken, or the machine gives no thread.
    #[error("{address}: {source}")]
    Io {
        /// Where it was to listen.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}

/// How to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// Loopback, port 0 for any.
    pub listen: SocketAddr,
    /// Of the source's time.
    pub pace: Pace,
    /// The source begins not with the first listener, but when it is released.
    pub held: bool,
    /// When the source has nothing more.
    pub at_end: AtEnd,
    /// Between two pings to a client.
    pub ping_every: Duration,
    /// A client that does not answer for so long is cut off.
    pub pong_within: Duration,
    /// Weight of requests a minute.
    pub weight_limit: u32,
    /// Order entry.
    pub trading: TradingOptions,
    /// What Coinbase's hall tells of.
    pub coinbase: HallSource,
    /// What Kraken's hall tells of.
    pub kraken: HallSource,
    /// Halls on ports of their own, and what they tell of: the ports after `listen`, or any.
    pub more: Vec<(Place, HallSource)>,
    /// Faults in time.
    pub faults: Vec<Planned>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            pace: Pace::Times(1.0),
            held: false,
            at_end: AtEnd::Hold,
            ping_every: Duration::from_secs(20),
            pong_within: Duration::from_secs(60),
            weight_limit: 6_000,
            trading: TradingOptions::default(),
            coinbase: HallSource::default(),
            kraken: HallSource::default(),
            more: Vec::new(),
            faults: Vec::new(),
        }
    }
}

enum Command {
    Release,
    CutClients,
    Harm(Place, Mischief),
    Stop,
}

/// A running simulator. Dropping it stops it.
pub struct Simulator {
    address: SocketAddr,
    more: Vec<(Place, SocketAddr)>,
    commands: mpsc::UnboundedSender<Command>,
    thread: Option<JoinHandle<Statement>>,
}

impl Simulator {
    /// Starts serving on a thread of its own. `on_end` is called there when the source has nothing more.
    ///
    /// # Errors
    /// If the address is not loopback, or cannot be had.
    pub fn start(
        mut source: Box<dyn Source>,
        options: Options,
        clock: Arc<dyn Clock>,
        on_end: impl FnOnce() + Send + 'static,
    ) -> Result<Self, SimulatorError> {
        let wanted = options.listen;
        if !wanted.ip().is_loopback() {
            return Err(SimulatorError::NotLoopback(wanted));
        }
        check_halls(&options)?;
        let mut exchange = Exchange::new(source.listings(), &options.trading)?;
        if let Some(begin) = source.opens_at() {
            exchange.pass(&mut *source, begin);
        }
        let mut halls =
            vec![hall(Place::Coinbase, &options.coinbase)?, hall(Place::Kraken, &options.kraken)?];
        let (listener, address) = listen(wanted)?;
        let (mut listeners, mut more) = (vec![(None, listener)], Vec::new());
        for (after, (place, source)) in (1..).zip(&options.more) {
            halls.push(hall(*place, source)?);
            let port = if wanted.port() == 0 { 0 } else { wanted.port().saturating_add(after) };
            let (listener, address) = listen(SocketAddr::new(wanted.ip(), port))?;
            listeners.push((Some(*place), listener));
            more.push((*place, address));
        }
        let failed = |source| SimulatorError::Io { address: wanted, source };
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (commands, inbox) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("pyrt-venue".to_owned())
            .spawn(move || {
                serve(&runtime, listeners, (source, exchange, halls), &options, clock, inbox, on_end)
            })
            .map_err(failed)?;
        Ok(Self { address, more, commands, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where a venue is, if it is there.
    #[must_use]
    pub fn address_of(&self, place: Place) -> Option<SocketAddr> {
        if place.shares_the_port() {
            return Some(self.address);
        }
        self.more.iter().find(|(own, _)| *own == place).map(|(_, address)| *address)
    }

    /// Lets a held source begin, from any thread.
    pub fn releaser(&self) -> impl FnOnce() + Send + 'static {
        let commands = self.commands.clone();
        move || {
            let _ = commands.send(Command::Release); // nobody there: it has stopped
        }
    }

    /// Ends every client's connection without a word, as a failing network does.
    pub fn cut_clients(&self) {
        // Nobody there means that it has stopped: there is no client either.
        let _ = self.commands.send(Command::CutClients);
    }

    /// The venue's next message for which that makes sense gets a fault.
    pub fn harm(&self, place: Place, what: Mischief) {
        let _ = self.commands.send(Command::Harm(place, what)); // nobody there: it has stopped
    }

    /// Stops it; what the account has come to, unless its thread panicked.
    #[must_use]
    pub fn stop(mut self) -> Option<Statement> {
        let _ = self.commands.send(Command::Stop);
        self.thread.take()?.join().ok()
    }

    /// Whether it has stopped by itself ([`AtEnd::Close`]).
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What every connection needs.
struct Venue {
    hub: Rc<Hub>,
    floor: Rc<Floor>,
    rest: Rest,
    clock: Arc<dyn Clock>,
    pings: Pings,
    faults: Rc<Faults>,
    rooms: Vec<Rc<Room>>,
}

impl Venue {
    fn room(&self, place: Place) -> Option<&Rc<Room>> {
        self.rooms.iter().find(|room| room.place() == place)
    }
}

/// Whether each hall is there once, and has a port of its own; and those of planned faults are there.
fn check_halls(options: &Options) -> Result<(), SimulatorError> {
    let more = options.more.iter().map(|(place, _)| *place);
    for place in more.clone() {
        if place.shares_the_port() {
            return Err(StockError::Elsewhere(place.name()).into());
        }
        if more.clone().filter(|other| *other == place).count() > 1 {
            return Err(SimulatorError::Twice(place.name()));
        }
    }
    let there = |place: Place| place.shares_the_port() || more.clone().any(|other| other == place);
    let absent = options.faults.iter().find(|planned| !there(planned.place));
    absent.map_or(Ok(()), |planned| Err(SimulatorError::Absent(planned.place.name())))
}

fn listen(wanted: SocketAddr) -> Result<(StdListener, SocketAddr), SimulatorError> {
    let failed = |source| SimulatorError::Io { address: wanted, source };
    let listener = StdListener::bind(wanted).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Arms a fault whenever it is due.
async fn plan(planned: Planned, faults: Rc<Faults>) {
    tokio::time::sleep(planned.after).await;
    loop {
        faults.arm(planned.place, planned.what);
        let Some(every) = planned.every else { return };
        tokio::time::sleep(every).await;
    }
}

fn serve(
    runtime: &Runtime,
    listeners: Vec<(Option<Place>, StdListener)>,
    (source, exchange, halls): (Box<dyn Source>, Exchange, Vec<Box<dyn Hall>>),
    options: &Options,
    clock: Arc<dyn Clock>,
    mut inbox: mpsc::UnboundedReceiver<Command>,
    on_end: impl FnOnce(),
) -> Statement {
    let source = Rc::new(RefCell::new(source));
    let asked = Rc::new(Asked::default());
    let hub = Rc::new(Hub::default());
    let floor = Rc::new(Floor::new(Rc::clone(&source), exchange, options.pace, Arc::clone(&clock)));
    let faults = Rc::new(Faults::new(Arc::clone(&clock)));
    let room = |hall| Rc::new(Room::new(hall, options.pace, Arc::clone(&clock), Rc::clone(&faults)));
    let rooms: Vec<_> = halls.into_iter().map(room).collect();
    let venue = Rc::new(Venue {
        faults: Rc::clone(&faults),
        rooms: rooms.clone(),
        hub: Rc::clone(&hub),
        floor: Rc::clone(&floor),
        rest: Rest::new(Rc::clone(&source), Rc::clone(&asked), options.weight_limit),
        clock,
        pings: Pings { every: options.ping_every, pong_within: options.pong_within },
    });
    let released = options.held.then(Rc::<Notify>::default);
    let driver = Driver {
        source,
        floor: Rc::clone(&floor),
        hub: Rc::clone(&hub),
        pace: options.pace,
        asked,
        released: released.clone(),
    };
    let local = LocalSet::new();
    for (only, listener) in listeners {
        local.spawn_local(doors::accept(listener, only, Rc::clone(&venue)));
    }
    for room in &rooms {
        let (run, beat) = (Rc::clone(room), Rc::clone(room));
        local.spawn_local(async move { run.run().await });
        local.spawn_local(async move { beat.beat().await });
    }
    for planned in &options.faults {
        local.spawn_local(plan(*planned, Rc::clone(&faults)));
    }
    local.block_on(runtime, async {
        let mut on_end = Some(on_end);
        let mut play = std::pin::pin!(driver.run());
        let mut time = std::pin::pin!(floor.keep_time());
        loop {
            tokio::select! {
                () = &mut play, if on_end.is_some() => {
                    if let Some(on_end) = on_end.take() {
                        on_end();
                    }
                    if options.at_end == AtEnd::Close {
                        hub.close_all().await;
                        floor.close_all().await;
                        return;
                    }
                }
                () = &mut time => return, // it has no end
                command = inbox.recv() => match command {
                    Some(Command::Release) => released.iter().for_each(|released| released.notify_one()),
                    Some(Command::CutClients) => {
                        hub.cut_all();
                        floor.cut_all();
                        rooms.iter().for_each(|room| room.cut_all());
                    }
                    Some(Command::Harm(place, what)) => faults.arm(place, what),
                    Some(Command::Stop) | None => return,
                },
            }
        }
    });
    floor.statement()
}
