//! From a connection to whom it is for: requests are answered, WebSockets opened.

use std::convert::Infallible;
use std::net::TcpListener as StdListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{
    CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, body::Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tracing::{debug, warn};

use super::{ORDERS_PATH, Venue};
use crate::market_data::venues::binance::KEY_HEADER;
use crate::simulator::halls::Form;
use crate::simulator::listening::Listening;
use crate::simulator::sabotage::{Line, Place};
use crate::simulator::{binary_form, client, trading};

/// Whoever comes to the port; all of them to `only`, if that is given, else by their paths.
pub(super) async fn accept(listener: StdListener, only: Option<Place>, venue: Rc<Venue>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return warn!(%error, "cannot listen"),
    };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::task::spawn_local(connection(stream, only, Rc::clone(&venue)));
            }
            Err(error) => {
                warn!(%error, "cannot accept");
                tokio::time::sleep(Duration::from_millis(100)).await; // out of descriptors: let some close
            }
        }
    }
}

async fn connection(stream: TcpStream, only: Option<Place>, venue: Rc<Venue>) {
    let _ = stream.set_nodelay(true); // slower without it, not wrong
    let service = service_fn(move |request| {
        let venue = Rc::clone(&venue);
        async move {
            let place = only.unwrap_or_else(|| place_of(request.uri().path()));
            let answer = match refusal(place, &venue) {
                Some(refusal) => refusal,
                None if request.method() == Method::POST => take_form(request, place, &venue).await,
                None => respond(request, (only, place), &venue),
            };
            Ok::<_, Infallible>(answer)
        }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        debug!(%error, "a connection broke");
    }
}

/// Longest form.
const MAX_FORM: usize = 64 << 10;

async fn take_form(request: Request<Incoming>, place: Place, venue: &Venue) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, MAX_FORM).collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let header = |name: &str| head.headers.get(name)?.to_str().ok().map(str::to_owned);
    let form = Form { header: &header, body: &String::from_utf8_lossy(&body) };
    let answer = venue.room(place).and_then(|room| room.post(head.uri.path(), &form));
    answer.map_or_else(|| plain(StatusCode::METHOD_NOT_ALLOWED, ""), |answer| json(&answer))
}

/// The answer to an attempt that a fault refuses.
fn refusal(place: Place, venue: &Venue) -> Option<Response<Full<Bytes>>> {
    let refusal = venue.faults.refuses(place)?;
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
    let mut response = plain(status, "{\"message\":\"Too many requests\"}");
    response.headers_mut().insert(RETRY_AFTER, refusal.retry_after.into());
    Some(response)
}

fn json(body: &str) -> Response<Full<Bytes>> {
    let mut response = plain(StatusCode::OK, body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What a GET or an upgrade is answered at a place; `only` if that has a port of its own.
fn respond(
    request: Request<Incoming>,
    (only, place): (Option<Place>, Place),
    venue: &Rc<Venue>,
) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let door = match only {
        None => door(&path, &query),
        Some(place) => request.headers().contains_key(UPGRADE).then_some(Door::Hall(place)),
    };
    if let Some(door) = door {
        return upgrade(request, door, venue);
    }
    if request.method() != Method::GET {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "");
    }
    if let Some(body) = venue.room(place).and_then(|room| room.get(&path, &query)) {
        return json(&body);
    }
    if only.is_some() {
        return plain(StatusCode::NOT_FOUND, "{\"message\":\"not served\"}");
    }
    let now_ms = venue.clock.utc().0 / 1_000_000;
    let answer = venue.rest.answer(&path, &query, now_ms);
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = plain(status, &answer.body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
    headers.insert("x-mbx-used-weight-1m", answer.weight.into());
    if let Some(seconds) = answer.retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
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
    Streams(Listening),
    Orders,
    Hall(Place),
}

/// Whose a path is.
fn place_of(path: &str) -> Place {
    match path {
        "/v2" => Place::Kraken,
        path if path.starts_with("/0/") => Place::Kraken,
        "/" | "/products" => Place::Coinbase,
        path if path.starts_with("/products/") => Place::Coinbase,
        _ => Place::Binance,
    }
}

fn door(path: &str, query: &str) -> Option<Door> {
    if path == ORDERS_PATH {
        return Some(Door::Orders);
    }
    if path == "/" || path == "/v2" {
        return Some(Door::Hall(place_of(path)));
    }
    Listening::opened_with(path, query).map(Door::Streams)
}

fn upgrade(mut request: Request<Incoming>, door: Door, venue: &Rc<Venue>) -> Response<Full<Bytes>> {
    let Some(key) = request.headers().get(SEC_WEBSOCKET_KEY) else {
        return plain(StatusCode::BAD_REQUEST, "this path is a WebSocket's");
    };
    let accept_key = derive_accept_key(key.as_bytes());
    let binary = request.headers().contains_key(KEY_HEADER);
    let venue = Rc::clone(venue);
    let opened_with = request.uri().clone();
    tokio::task::spawn_local(async move {
        match hyper::upgrade::on(&mut request).await {
            Ok(upgraded) => {
                let socket =
                    WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
                match door {
                    Door::Streams(listening) => {
                        let (client, outgoing) = venue.hub.join(Listening { binary, ..listening });
                        let (hub, clock) = (Rc::clone(&venue.hub), Arc::clone(&venue.clock));
                        let line = if binary {
                            Line::binary(move |text| binary_form(text, clock.utc()))
                        } else {
                            Line::default()
                        };
                        let faults = (&*venue.faults, line);
                        client::serve(socket, client, outgoing, hub, venue.pings, faults).await;
                    }
                    Door::Hall(place) => {
                        if let Some(room) = venue.room(place) {
                            room.serve(socket, &opened_with.to_string()).await;
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
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(value) = accept_key.parse() {
        headers.insert(SEC_WEBSOCKET_ACCEPT, value);
    }
    response
}
