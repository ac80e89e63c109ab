//! The input/output thread over TLS: a server on loopback with a certificate made here, and a client that trusts it alone.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pyrt_engine::clock::SystemClock;
use pyrt_engine::model::{Clock, Endpoint, InstrumentId, Nanos};
use pyrt_engine::net::{Backoff, Dialer, Get, Input, Link, SessionOptions, open};
use pyrt_engine::random::SplitMix64;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

const PATIENCE: Duration = Duration::from_secs(30);

/// A server that answers a WebSocket's handshake and speaks once, or answers a GET; its port and its certificate.
fn serve(names: &[&str]) -> (u16, CertificateDer<'static>) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let certificate = cert.der().clone();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(session, socket.unwrap());
            // A client that does not trust us says so, and is gone.
            let _ = talk(&mut stream);
        }
    });
    (port, certificate)
}

fn talk(stream: &mut (impl Read + Write)) -> std::io::Result<()> {
    let mut head = String::new();
    let mut reader = BufReader::with_capacity(1, &mut *stream);
    while reader.read_line(&mut head)? > 2 {}
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("sec-websocket-key").then_some(value)
    });
    let Some(key) = key else {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")?;
        return stream.flush();
    };
    let accept = derive_accept_key(key.as_bytes());
    let mut answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into_bytes();
    answer.extend([0x81, 6]);
    answer.extend(b"sealed");
    stream.write_all(&answer)?;
    stream.flush()
}

fn connect(port: u16, host: &str, trusted: CertificateDer<'static>) -> Link {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut roots = RootCertStore::empty();
    roots.add(trusted).unwrap();
    let endpoint = |scheme: &str| Endpoint::parse(&format!("{scheme}://{host}:{port}")).unwrap();
    let options = SessionOptions {
        websocket: endpoint("wss"),
        rest: endpoint("https"),
        path: "/stream".to_owned(),
        headers: vec![],
        binary: false,
        silence: PATIENCE,
        backoff: Backoff::new(Duration::from_millis(1), Duration::from_millis(5), SplitMix64::new(1)),
        max_message_bytes: 1_000,
        queue: 64,
        message_spacing: Duration::ZERO,
        renew_after: None,
        pass: None,
    };
    let dialer = Dialer::trusting(roots, Arc::clone(&clock), Duration::from_secs(5)).unwrap();
    open(options, dialer, clock, thread::current()).unwrap()
}

fn next(link: &mut Link, patience: Duration) -> Option<Input> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(input) = link.next_input() {
            return Some(input);
        }
        if Instant::now() > deadline {
            return None;
        }
        thread::park_timeout(Duration::from_millis(20));
    }
}

#[test]
fn a_stream_and_a_request_go_through_tls() {
    let (port, certificate) = serve(&["localhost"]);
    let mut link = connect(port, "localhost", certificate);
    assert!(matches!(next(&mut link, PATIENCE), Some(Input::Connected(_))));
    let Some(Input::Frame(frame, _)) = next(&mut link, PATIENCE) else { panic!("a frame") };
    assert_eq!(&frame[..], b"sealed");
    assert!(link.ask(Get { token: InstrumentId(7), path: "/list".to_owned(), not_before: Nanos(0) }));
    loop {
        match next(&mut link, PATIENCE) {
            Some(Input::Response(InstrumentId(7), body, _)) => {
                assert_eq!(body.as_deref(), Some(&b"hello"[..]));
                break;
            }
            Some(_) => {}
            None => panic!("no answer"),
        }
    }
}

#[test]
fn a_certificate_of_somebody_else_or_of_another_name_is_not_trusted() {
    let (_, other) = serve(&["localhost"]);
    let (port, _) = serve(&["localhost"]);
    let (named, certificate) = serve(&["elsewhere.example"]);
    for (port, trusted) in [(port, other), (named, certificate)] {
        let mut link = connect(port, "localhost", trusted);
        assert_eq!(next(&mut link, Duration::from_millis(500)), None, "there is no connection");
    }
}
