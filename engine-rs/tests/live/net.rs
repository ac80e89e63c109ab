//! The input/output thread against servers that behave as networks do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pyrt_engine::clock::SystemClock;
use pyrt_engine::model::{Clock, Endpoint, InstrumentId, Nanos};
use pyrt_engine::net::{Backoff, Dialer, Get, Input, Link, SessionOptions, open};
use pyrt_engine::random::SplitMix64;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

const PATIENCE: Duration = Duration::from_secs(30);

/// A server on loopback; every connection is given to `talk` with its request's head.
fn serve(talk: impl Fn(usize, TcpStream, String) + Send + 'static) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for (index, stream) in listener.incoming().enumerate() {
            let stream = stream.unwrap();
            let head = head_of(&stream);
            talk(index, stream, head);
        }
    });
    Endpoint::parse(&format!("ws://127.0.0.1:{port}")).unwrap()
}

fn head_of(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head).unwrap() > 2 {}
    head
}

/// The answer to a WebSocket's handshake.
fn accepted(head: &str) -> Vec<u8> {
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("sec-websocket-key").then_some(value)
    });
    let accept = derive_accept_key(key.unwrap().as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into_bytes()
}

/// A server's frame: `code` 1 is text, 9 a ping.
fn frame(code: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80 | code];
    match payload.len() {
        short @ 0..=125 => bytes.push(short as u8),
        long => {
            bytes.push(126);
            bytes.extend((long as u16).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

fn options(websocket: &Endpoint, rest: &Endpoint) -> SessionOptions {
    SessionOptions {
        websocket: websocket.clone(),
        rest: rest.clone(),
        path: "/stream?streams=x".to_owned(),
        headers: vec![],
        binary: false,
        silence: PATIENCE,
        backoff: Backoff::new(Duration::from_millis(1), Duration::from_millis(5), SplitMix64::new(1)),
        max_message_bytes: 1_000,
        queue: 1_024,
        message_spacing: Duration::ZERO,
        renew_after: None,
        pass: None,
    }
}

fn connect(websocket: &Endpoint, rest: &Endpoint, silence: Duration, queue: usize) -> Link {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let options = SessionOptions { silence, queue, ..options(websocket, rest) };
    let dialer = Dialer::new(Arc::clone(&clock), Duration::from_secs(5)).unwrap();
    open(options, dialer, clock, thread::current()).unwrap()
}

fn follow(server: &Endpoint) -> Link {
    connect(server, server, PATIENCE, 1_024)
}

fn next(link: &mut Link) -> Input {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(input) = link.next_input() {
            return input;
        }
        assert!(Instant::now() < deadline, "no input");
        thread::park_timeout(Duration::from_millis(20));
    }
}

#[track_caller]
fn expect_frame(link: &mut Link, text: &str) {
    match next(link) {
        Input::Frame(frame, at) => {
            assert_eq!(frame, text.as_bytes());
            assert!(at > Nanos(1_577_836_800_000_000_000), "stamped with UTC");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_frame_that_comes_with_the_handshake_is_not_lost() {
    let server = serve(|_, mut stream, head| {
        assert!(head.starts_with("GET /stream?streams=x HTTP/1.1\r\n"), "{head}");
        let mut answer = accepted(&head);
        answer.extend(frame(1, b"first"));
        answer.extend(frame(1, b"second"));
        stream.write_all(&answer).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let mut link = follow(&server);
    assert!(matches!(next(&mut link), Input::Connected(_)));
    expect_frame(&mut link, "first");
    expect_frame(&mut link, "second");
}

#[test]
fn a_ping_is_answered_with_its_own_payload() {
    let server = serve(|_, mut stream, head| {
        stream.write_all(&accepted(&head)).unwrap();
        stream.write_all(&frame(9, b"1700000000123")).unwrap();
        let mut pong = [0; 2 + 4 + 13]; // head, mask, payload
        stream.read_exact(&mut pong).unwrap();
        assert_eq!(pong[..2], [0x8A, 0x80 | 13]);
        let plain: Vec<u8> = (0..13).map(|i| pong[6 + i] ^ pong[2 + i % 4]).collect();
        stream.write_all(&frame(1, &plain)).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let mut link = follow(&server);
    assert!(matches!(next(&mut link), Input::Connected(_)));
    expect_frame(&mut link, "1700000000123");
}

#[test]
fn a_lost_connection_is_said_and_opened_again() {
    let server = serve(|index, mut stream, head| {
        stream.write_all(&accepted(&head)).unwrap();
        match index {
            0 => {}                                                             // gone without a word
            1 => stream.write_all(&frame(1, &[b'x'; 1_001])).unwrap(),          // over the limit
            2 => stream.write_all(&frame(1, &[0xFF, 0xFE])).unwrap(),           // no UTF-8
            3 => stream.write_all(&frame(8, &1001_u16.to_be_bytes())).unwrap(), // closed
            _ => {
                stream.write_all(&frame(1, &[b'x'; 1_000])).unwrap();
                let _ = stream.read_to_end(&mut Vec::new());
            }
        }
    });
    let mut link = follow(&server);
    for lost in 1..=4 {
        assert!(matches!(next(&mut link), Input::Connected(_)), "{lost}");
        assert!(matches!(next(&mut link), Input::Disconnected(_)), "{lost}");
        assert_eq!(link.counters().disconnects.load(Ordering::Relaxed), lost);
    }
    assert!(matches!(next(&mut link), Input::Connected(_)));
    expect_frame(&mut link, &"x".repeat(1_000));
}

#[test]
fn a_server_that_refuses_or_falls_silent_is_tried_again() {
    let server = serve(|index, mut stream, head| {
        if index == 0 {
            stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n").unwrap();
            return;
        }
        stream.write_all(&accepted(&head)).unwrap();
        let _ = stream.read_to_end(&mut Vec::new()); // never a frame
    });
    let mut link = connect(&server, &server, Duration::from_millis(50), 1_024);
    assert!(matches!(next(&mut link), Input::Connected(_)));
    assert!(matches!(next(&mut link), Input::Disconnected(_)));
    assert!(matches!(next(&mut link), Input::Connected(_)));
}

#[test]
fn a_reader_that_does_not_keep_up_loses_the_connection_not_a_frame() {
    let server = serve(|_, mut stream, head| {
        stream.write_all(&accepted(&head)).unwrap();
        for number in 0..50_000_u32 {
            if stream.write_all(&frame(1, number.to_string().as_bytes())).is_err() {
                return;
            }
        }
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let mut link = connect(&server, &server, PATIENCE, 64);
    while link.counters().overflows.load(Ordering::Relaxed) == 0 {
        thread::park_timeout(Duration::from_millis(20));
    }
    assert!(matches!(next(&mut link), Input::Connected(_)));
    for number in 0..63 {
        expect_frame(&mut link, &number.to_string());
    }
    assert!(matches!(next(&mut link), Input::Disconnected(_)));
    assert!(matches!(next(&mut link), Input::Connected(_)));
    expect_frame(&mut link, "0");
}

#[test]
fn answers_come_by_token_and_a_complaint_about_the_rate_is_respected() {
    let (sent, requests) = std::sync::mpsc::channel();
    let rest = serve(move |index, mut stream, head| {
        sent.send((Instant::now(), head)).unwrap();
        let answer: &[u8] = match index {
            0 => b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
            1 => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            _ => b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        };
        stream.write_all(answer).unwrap();
    });
    let websocket = serve(|_, mut stream, head| {
        stream.write_all(&accepted(&head)).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let mut link = connect(&websocket, &rest, PATIENCE, 1_024);
    assert!(matches!(next(&mut link), Input::Connected(_)));
    let mut ask = |token, path: &str| {
        let get = Get { token: InstrumentId(token), path: path.to_owned(), not_before: Nanos(0) };
        assert!(link.ask(get));
        match next(&mut link) {
            Input::Response(InstrumentId(answered), body, _) if answered == token => body,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(ask(7, "/a"), None);
    assert_eq!(ask(8, "/b?c=d").as_deref(), Some(&b"hello"[..]));
    assert_eq!(ask(9, "/e"), None);
    let (first, _) = requests.recv().unwrap();
    let (second, head) = requests.recv().unwrap();
    assert!(second.duration_since(first) >= Duration::from_secs(1));
    assert!(
        head.starts_with("GET /b?c=d HTTP/1.1\r\n") && head.to_lowercase().contains("\r\nhost: 127.0.0.1:")
    );
    assert_eq!(link.counters().failed_requests.load(Ordering::Relaxed), 2);
}

/// A ban holds for all requests, also for those that were on their way, and whatever shorter wait is asked for meanwhile.
#[test]
fn nobody_asks_while_a_ban_lasts() {
    let (sent, requests) = std::sync::mpsc::channel();
    let rest = serve(move |index, mut stream, _| {
        sent.send(Instant::now()).unwrap();
        let status = match index {
            0 => "418 I'm a teapot\r\nRetry-After: 2",
            1 => "429 Too Many Requests\r\nRetry-After: 1",
            _ => "200 OK",
        };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let websocket = serve(|_, mut stream, head| {
        stream.write_all(&accepted(&head)).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let mut link = connect(&websocket, &rest, PATIENCE, 1_024);
    assert!(matches!(next(&mut link), Input::Connected(_)));
    let get = |token| Get { token: InstrumentId(token), path: "/a".to_owned(), not_before: Nanos(0) };
    assert!(link.ask(get(0)) && link.ask(get(1))); // both leave before either is answered
    let refused = |input| matches!(input, Input::Response(_, None, _));
    assert!(refused(next(&mut link)) && refused(next(&mut link)));
    for token in 2..4 {
        assert!(link.ask(get(token)));
    }
    for _ in 2..4 {
        assert!(matches!(next(&mut link), Input::Response(_, Some(_), _)));
    }
    let sent: Vec<Instant> = requests.try_iter().collect();
    assert_eq!(sent.len(), 4, "none was asked in vain");
    assert!(sent[2..].iter().all(|at| at.duration_since(sent[0]) >= Duration::from_secs(2)), "{sent:?}");
    assert_eq!(link.counters().rate_limited.load(Ordering::Relaxed), 2);
}

/// The machine's clocks, of which the one that can be set has been.
#[derive(Default)]
struct SetBack(AtomicI64);

impl Clock for SetBack {
    fn utc(&self) -> Nanos {
        Nanos(SystemClock.utc().0 - self.0.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> i64 {
        SystemClock.monotonic()
    }
}

/// What is said and asked for does not wait for the time that it was, a frame's time is the clock's, and silence lasts as
/// long as it lasts.
#[test]
fn a_clock_that_is_set_back_puts_nothing_off() {
    const HOUR: i64 = 3_600_000_000_000;
    let rest = serve(move |index, mut stream, _| {
        let status = if index == 0 { "429 Too Many Requests\r\nRetry-After: 1" } else { "200 OK" };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}");
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let server = serve(|_, mut stream, head| {
        stream.write_all(&accepted(&head)).unwrap();
        for word in [&b"first"[..], b"second"] {
            stream.read_exact(&mut [0; 2 + 4 + 5]).unwrap(); // head, mask, payload
            stream.write_all(&frame(1, word)).unwrap();
        }
        let _ = stream.read_to_end(&mut Vec::new()); // and not a word more
    });
    let clock = Arc::new(SetBack::default());
    let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
    let options = SessionOptions { silence: Duration::from_secs(2), ..options(&server, &rest) };
    let dialer = Dialer::new(Arc::clone(&shared), Duration::from_secs(5)).unwrap();
    let mut link = open(options, dialer, shared, thread::current()).unwrap();
    assert!(matches!(next(&mut link), Input::Connected(_)));
    assert!(link.send(b"hello"));
    expect_frame(&mut link, "first");
    let get = |token, not_before| Get { token: InstrumentId(token), path: "/a".to_owned(), not_before };
    assert!(link.ask(get(0, Nanos(0))));
    assert!(matches!(next(&mut link), Input::Response(_, None, _)));
    clock.0.store(HOUR, Ordering::SeqCst);
    let begun = Instant::now();
    assert!(link.send(b"hello") && link.ask(get(1, clock.utc())));
    let Input::Frame(frame, at) = next(&mut link) else { panic!("no frame") };
    assert_eq!(frame, b"second"[..]);
    assert!(at <= clock.utc(), "its time is an hour ahead");
    assert!(matches!(next(&mut link), Input::Response(_, Some(_), _)));
    assert!(matches!(next(&mut link), Input::Disconnected(_)), "silent");
    assert!(begun.elapsed() < PATIENCE / 2);
}

#[test]
fn a_session_that_never_connects_ends_when_told() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(); // dropped: nobody listens
    let server = Endpoint::parse(&format!("ws://{closed}")).unwrap();
    let mut link = follow(&server);
    assert_eq!(link.next_input(), None);
    drop(link);
}

/// What the venue will end is left first: the old connection is read until the new one speaks.
#[test]
fn a_connection_is_renewed_before_it_ends() {
    let (sent, spoke) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let (by_old, by_new) = (Arc::clone(&sent), Arc::clone(&spoke));
    let server = serve(move |index, mut stream, head| {
        let (sent, spoke) = (Arc::clone(&by_old), Arc::clone(&by_new));
        thread::spawn(move || {
            stream.write_all(&accepted(&head)).unwrap();
            if index == 1 {
                let ten_more = sent.load(Ordering::SeqCst) + 10;
                while sent.load(Ordering::SeqCst) < ten_more {
                    thread::sleep(Duration::from_millis(1));
                }
                spoke.store(sent.load(Ordering::SeqCst), Ordering::SeqCst);
            }
            let mut number = 0;
            while stream.write_all(&frame(1, format!("{index} {number}").as_bytes())).is_ok() {
                number += 1;
                sent.fetch_add(u64::from(index == 0), Ordering::SeqCst);
                thread::sleep(Duration::from_millis(5));
            }
        });
    });
    let mut link = follow(&server);
    assert!(matches!(next(&mut link), Input::Connected(_)));
    expect_frame(&mut link, "0 0");
    link.renew();
    let mut numbers = 1;
    loop {
        match next(&mut link) {
            Input::Frame(frame, _) => assert_eq!(frame, format!("0 {numbers}")),
            other => break assert!(matches!(other, Input::Disconnected(_))),
        }
        numbers += 1;
    }
    let spoke = spoke.load(Ordering::SeqCst);
    assert!(spoke > 10 && numbers >= spoke, "{numbers} of {spoke} frames before the new connection spoke");
    assert!(matches!(next(&mut link), Input::Connected(_)));
    expect_frame(&mut link, "1 0");
    let counters = link.counters();
    assert_eq!(
        (counters.disconnects.load(Ordering::Relaxed), counters.renewals.load(Ordering::Relaxed)),
        (0, 1)
    );
}

#[test]
fn a_connection_is_renewed_when_it_is_old() {
    let server = serve(|_, mut stream, head| {
        stream.write_all(&accepted(&head)).unwrap();
        thread::spawn(move || stream.read_to_end(&mut Vec::new()));
    });
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let options =
        SessionOptions { renew_after: Some(Duration::from_millis(50)), ..options(&server, &server) };
    let dialer = Dialer::new(Arc::clone(&clock), Duration::from_secs(5)).unwrap();
    let mut link = open(options, dialer, clock, thread::current()).unwrap();
    for _ in 0..3 {
        assert!(matches!(next(&mut link), Input::Connected(_)));
        assert!(matches!(next(&mut link), Input::Disconnected(_)));
    }
    assert_eq!(link.counters().disconnects.load(Ordering::Relaxed), 0);
}
