//! The port, and the thread behind it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    CONNECTION, CONTENT_TYPE, RETRY_AFTER as RETRY_AFTER_HEADER, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    UPGRADE,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, body::Incoming};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, mpsc};
use tokio::task::LocalSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tracing::{debug, warn};

use crate::model::Clock;

use super::Source;
use super::client::{self, Pings};
use super::driver::{Asked, AtEnd, Driver, Pace};
use super::halls::{Coinbase, Hall, HallSource, Kraken, Room, StockError};
use super::hub::Hub;
use super::rest::Rest;
use super::sabotage::{Faults, Mischief, Place, Planned, RETRY_AFTER};
use super::trading::{self, Exchange, ExchangeError, Floor, Statement, TradingOptions};

/// Where the WebSocket API is.
pub const ORDERS_PATH: &str = "/ws-api/v3";

/// Why there is no simulator.
#[derive(Debug, Error)]
pub enum SimulatorError {
    /// It pretends to be a venue: that must not leave this machine.
    #[error("{0}: the simulator listens on loopback only, such as 127.0.0.1:0")]
    NotLoopback(SocketAddr),
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
        let mut exchange = Exchange::new(source.listings(), &options.trading)?;
        if let Some(begin) = source.opens_at() {
            exchange.pass(&mut *source, begin);
        }
        let halls: [Box<dyn Hall>; 2] =
            [Box::new(Coinbase::new(&options.coinbase)?), Box::new(Kraken::new(&options.kraken)?)];
        let failed = |source| SimulatorError::Io { address: wanted, source };
        let listener = StdListener::bind(wanted).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (commands, inbox) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("pyrt-venue".to_owned())
            .spawn(move || {
                serve(&runtime, listener, (source, exchange, halls), &options, clock, inbox, on_end)
            })
            .map_err(failed)?;
        Ok(Self { address, commands, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
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
    listener: StdListener,
    (source, exchange, halls): (Box<dyn Source>, Exchange, [Box<dyn Hall>; 2]),
    options: &Options,
    clock: Arc<dyn Clock>,
    mut inbox: mpsc::UnboundedReceiver<Command>,
    on_end: impl FnOnce(),
) -> Statement {
    let source = Rc::new(RefCell::new(source));
    let asked = Rc::new(Asked::default());
    let hub = Rc::new(Hub::default());
    let floor = Rc::new(Floor::new(Rc::clone(&source), exchange, options.pace, Arc::clone(&clock)));
    let faults = Rc::<Faults>::default();
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
    local.spawn_local(accept(listener, venue));
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

async fn accept(listener: StdListener, venue: Rc<Venue>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return warn!(%error, "cannot listen"),
    };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::task::spawn_local(connection(stream, Rc::clone(&venue)));
            }
            Err(error) => {
                warn!(%error, "cannot accept");
                tokio::time::sleep(Duration::from_millis(100)).await; // out of descriptors: let some close
            }
        }
    }
}

async fn connection(stream: TcpStream, venue: Rc<Venue>) {
    let _ = stream.set_nodelay(true); // slower without it, not wrong
    let service = service_fn(move |request| {
        let venue = Rc::clone(&venue);
        async move { Ok::<_, Infallible>(respond(request, &venue)) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        debug!(%error, "a connection broke");
    }
}

fn respond(request: Request<Incoming>, venue: &Rc<Venue>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    if venue.faults.refuses(place_of(&path)) {
        let mut response = plain(StatusCode::TOO_MANY_REQUESTS, "{\"message\":\"Too many requests\"}");
        response.headers_mut().insert(RETRY_AFTER_HEADER, RETRY_AFTER.into());
        return response;
    }
    if let Some(door) = door(&path, request.uri().query().unwrap_or_default()) {
        return upgrade(request, door, venue);
    }
    if request.method() != Method::GET {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "");
    }
    if let Some(body) = venue.room(place_of(&path)).and_then(|room| room.get(&path)) {
        let mut response = plain(StatusCode::OK, &body);
        let json = hyper::header::HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        return response;
    }
    let now_ms = venue.clock.utc().0 / 1_000_000;
    let answer = venue.rest.answer(&path, request.uri().query().unwrap_or_default(), now_ms);
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = plain(status, &answer.body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json;charset=UTF-8"));
    headers.insert("x-mbx-used-weight-1m", answer.weight.into());
    if let Some(seconds) = answer.retry_after {
        headers.insert(RETRY_AFTER_HEADER, seconds.into());
    }
    response
}

fn plain(status: StatusCode, body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(body.as_bytes())));
    *response.status_mut() = status;
    response
}

/// What a WebSocket is opened for.
enum Door {
    /// Combined or raw, and what is subscribed to by opening it.
    Streams(bool, BTreeSet<String>),
    Orders,
    Hall(Place),
}

/// Whose a path is.
fn place_of(path: &str) -> Place {
    match path {
        "/v2" => Place::Kraken,
        path if path.starts_with("/0/") => Place::Kraken,
        "/" | "/products" => Place::Coinbase,
        _ => Place::Binance,
    }
}

fn door(path: &str, query: &str) -> Option<Door> {
    let names = |text: &str| text.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if path == "/stream" {
        let listed = query.split('&').find_map(|pair| pair.strip_prefix("streams=")).unwrap_or_default();
        return Some(Door::Streams(true, names(listed)));
    }
    if path == ORDERS_PATH {
        return Some(Door::Orders);
    }
    if path == "/" || path == "/v2" {
        return Some(Door::Hall(place_of(path)));
    }
    let raw = path.strip_prefix("/ws")?;
    (raw.is_empty() || raw.starts_with('/')).then(|| Door::Streams(false, names(raw)))
}

fn upgrade(mut request: Request<Incoming>, door: Door, venue: &Rc<Venue>) -> Response<Full<Bytes>> {
    let Some(key) = request.headers().get(SEC_WEBSOCKET_KEY) else {
        return plain(StatusCode::BAD_REQUEST, "this path is a WebSocket's");
    };
    let accept_key = derive_accept_key(key.as_bytes());
    let venue = Rc::clone(venue);
    tokio::task::spawn_local(async move {
        match hyper::upgrade::on(&mut request).await {
            Ok(upgraded) => {
                let socket =
                    WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
                match door {
                    Door::Streams(combined, streams) => {
                        let (client, outgoing) = venue.hub.join(combined, streams);
                        let hub = Rc::clone(&venue.hub);
                        client::serve(socket, client, outgoing, hub, venue.pings, &venue.faults).await;
                    }
                    Door::Hall(place) => {
                        if let Some(room) = venue.room(place) {
                            room.serve(socket).await;
                        }
                    }
                    Door::Orders => trading::serve(socket, Rc::clone(&venue.floor), venue.pings).await,
                }
            }
            Err(error) => debug!(%error, "an upgrade broke"),
        }
    });
    let mut response = plain(StatusCode::SWITCHING_PROTOCOLS, "");
    let headers = response.headers_mut();
    headers.insert(CONNECTION, hyper::header::HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, hyper::header::HeaderValue::from_static("websocket"));
    if let Ok(value) = accept_key.parse() {
        headers.insert(SEC_WEBSOCKET_ACCEPT, value);
    }
    response
}
