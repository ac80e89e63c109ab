//! The messenger over real sockets: what is published arrives once and in order, commands pass the checks and come back.

#![allow(clippy::unwrap_used)] // a test may, and so may its helpers

use std::path::Path;
use std::time::{Duration, Instant};

use prost::Message;
use pyrt_engine::messaging::{
    Action, Endpoints, Messenger, MessengerOptions, Names, Outgoing, StrategyId, contract::MarketTick, wire,
};
use pyrt_engine::model::{Event, InstrumentId, Nanos, Side, Trade};

const SESSION: u64 = 42;

fn now() -> Nanos {
    Nanos(1_700_000_000_000_000_000)
}

fn options(directory: &Path) -> MessengerOptions {
    MessengerOptions {
        name: "test".to_owned(),
        directory: directory.join("run"),
        uid: rustix::process::getuid().as_raw(),
        session_id: SESSION,
        queue: 4096,
        now,
        names: Names {
            instruments: vec!["binance:BTC-USDT".to_owned()],
            strategies: vec!["cross".to_owned()],
            currency: "USDT".to_owned(),
        },
    }
}

fn client(directory: &Path, topic: &str) -> (zmq::Socket, zmq::Socket) {
    let endpoints = Endpoints::new(&directory.join("run"), "test");
    let context = zmq::Context::new();
    let events = context.socket(zmq::SUB).unwrap();
    events.set_subscribe(topic.as_bytes()).unwrap();
    events.set_rcvtimeo(5_000).unwrap();
    events.connect(&endpoints.events).unwrap();
    let commands = context.socket(zmq::XPUB).unwrap();
    commands.set_rcvtimeo(5_000).unwrap();
    commands.connect(&endpoints.commands).unwrap();
    commands.recv_bytes(0).unwrap(); // the engine's subscription: commands arrive from here on
    (events, commands)
}

fn trade(id: u64) -> Outgoing {
    let mut trade = Trade::new(InstrumentId(0), now());
    (trade.price, trade.qty, trade.trade_id, trade.side) = (61_837.63, 0.25, id, Side::Buy as u8);
    Outgoing::Trade(Event::from(trade))
}

fn eventually<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(Instant::now() < deadline, "not within ten seconds");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn messages_arrive_in_order_with_their_names() {
    let home = tempfile::tempdir().unwrap();
    let mut messenger = Messenger::start(options(home.path())).unwrap();
    let (events, _commands) = client(home.path(), "trade.");
    events.set_rcvtimeo(20).unwrap();
    let first = eventually(|| {
        messenger.publish(trade(0)); // until our subscription has reached the engine
        events.recv_multipart(0).ok()
    });
    events.set_rcvtimeo(5_000).unwrap();
    for id in 1..=1000 {
        messenger.publish(trade(id));
    }
    let mut last = wire::Trade::decode(first[1].as_slice()).unwrap().header.unwrap().sequence;
    let mut seen = 0;
    while seen < 1000 {
        let parts = events.recv_multipart(0).unwrap();
        let message = wire::Trade::decode(parts[1].as_slice()).unwrap();
        let header = message.header.unwrap();
        assert_eq!(parts[0], b"trade.binance:BTC-USDT");
        assert_eq!((header.session_id, header.sequence), (SESSION, last + 1));
        assert_eq!((message.price, message.side()), (61_837.63, wire::Side::Buy));
        last = header.sequence;
        seen = message.trade_id;
    }
}

#[test]
fn a_tick_is_the_contracts() {
    let home = tempfile::tempdir().unwrap();
    let mut messenger = Messenger::start(options(home.path())).unwrap();
    let (events, _commands) = client(home.path(), "tick.");
    events.set_rcvtimeo(20).unwrap();
    let parts = eventually(|| {
        messenger.publish(trade(1));
        events.recv_multipart(0).ok()
    });
    let tick = MarketTick::decode(parts[1].as_slice()).unwrap();
    assert_eq!((tick.symbol.as_str(), tick.exchange.as_str()), ("BTC-USDT", "binance"));
    assert_eq!((tick.price, tick.volume, tick.timestamp_us), (61_837.63, 0.25, now().0 / 1000));
}

#[test]
fn commands_are_answered_once_applied_or_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut messenger = Messenger::start(options(home.path())).unwrap();
    let (events, commands) = client(home.path(), "ack.");
    let send = |command: &wire::Command| {
        commands.send_multipart([b"command".to_vec(), command.encode_to_vec()], 0).unwrap();
    };
    let stop = wire::command::Action::Stop(wire::command::Stop { strategy: "cross".to_owned() });
    let mut command = wire::Command {
        command_id: "id-1".to_owned(),
        session_id: SESSION,
        time_ns: now().0,
        action: Some(stop),
    };
    send(&command);
    let incoming = eventually(|| messenger.next_command());
    assert_eq!(incoming.action, Action::Stop { strategy: "cross".to_owned() });
    let ack = |reason: &str| Outgoing::Ack {
        id: "id-1".to_owned(),
        time: now(),
        accepted: reason.is_empty(),
        reason: reason.to_owned(),
        parameters_version: 3,
    };
    events.set_rcvtimeo(20).unwrap();
    let parts = eventually(|| {
        messenger.publish(ack(""));
        events.recv_multipart(0).ok()
    });
    let answer = wire::Ack::decode(parts[1].as_slice()).unwrap();
    assert!(answer.accepted && answer.parameters_version == 3 && answer.command_id == "id-1");

    events.set_rcvtimeo(5_000).unwrap();
    let refused = |what: &str| loop {
        let parts = events.recv_multipart(0).unwrap();
        let answer = wire::Ack::decode(parts[1].as_slice()).unwrap();
        if !answer.accepted {
            assert!(answer.reason.contains(what), "{}", answer.reason);
            break;
        }
    };
    send(&command);
    refused("seen before");
    command.command_id = "id-2".to_owned();
    command.session_id = 1;
    send(&command);
    refused("session_id");
    commands.send_multipart([b"command".to_vec(), b"\xff\xff\xff".to_vec()], 0).unwrap();
    refused("not a Command");
    assert!(messenger.next_command().is_none());
}

#[test]
fn a_slow_world_never_blocks_the_engine_and_the_files_go_with_it() {
    let home = tempfile::tempdir().unwrap();
    let mut messenger = Messenger::start(MessengerOptions { queue: 16, ..options(home.path()) }).unwrap();
    for id in 0..100_000 {
        messenger.publish(trade(id));
    }
    let strategy = Some(StrategyId(0));
    messenger.publish(Outgoing::Status { strategy, time: now(), state: "running", reason: String::new() });
    drop(messenger);
    assert_eq!(std::fs::read_dir(home.path().join("run")).unwrap().count(), 0);
}
