//! A record of 64 bytes from a writer to a reader: the engine's ring, iceoryx2, ZeroMQ.
//!
//! Criterion times one thread that writes a record and reads it, so the machine's scheduler has no say. What a user waits for
//! is printed behind: from one thread to another that looks all the time, paced, the sides in turns.

use std::hint::{black_box, spin_loop};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::{LogLevel, NodeBuilder, ipc, set_log_level};
use iceoryx2::service::port_factory::publish_subscribe::PortFactory;
use pyrt_engine::ipc::{Producer, Reader, Segment, SegmentOptions};
use pyrt_engine::model::{Event, InstrumentId, Nanos, Quote};

type Record = [u64; 8];

const RECORDS: usize = 10_000;
const ROUNDS: usize = 3;
const PACE: Duration = Duration::from_micros(20);

/// A way for records; each end is opened by the thread that uses it, the writer's first.
trait Way {
    type Writer;
    type Reader;
    const NAME: &'static str;

    fn writer(name: &str) -> Self::Writer;
    fn reader(name: &str) -> Self::Reader;
    fn write(writer: &mut Self::Writer, record: &Record);
    /// Its first word, if there is one.
    fn read(reader: &mut Self::Reader) -> Option<u64>;
}

struct Ring;

impl Way for Ring {
    type Writer = Producer;
    type Reader = Reader;
    const NAME: &'static str = "pyrt's ring";

    fn writer(name: &str) -> Producer {
        Segment::create(&SegmentOptions::new(name, Nanos(1), 0)).unwrap()
    }

    fn reader(name: &str) -> Reader {
        Reader::open(name).unwrap()
    }

    #[inline]
    fn write(producer: &mut Producer, record: &Record) {
        let mut event = Event::from(Quote::new(InstrumentId(0), Nanos(record[0].cast_signed())));
        event.words[1..].copy_from_slice(&record[4..]);
        producer.publish(&event);
    }

    #[inline]
    fn read(reader: &mut Reader) -> Option<u64> {
        reader.read().map(|event| event.event_time.cast_unsigned())
    }
}

struct Iceoryx2;

fn service(name: &str) -> PortFactory<ipc::Service, Record, ()> {
    let node = NodeBuilder::new().create::<ipc::Service>().unwrap();
    let builder = node.service_builder(&name.try_into().unwrap()).publish_subscribe::<Record>();
    builder.subscriber_max_buffer_size(4096).open_or_create().unwrap()
}

impl Way for Iceoryx2 {
    type Writer = Publisher<ipc::Service, Record, ()>;
    type Reader = Subscriber<ipc::Service, Record, ()>;
    const NAME: &'static str = "iceoryx2";

    fn writer(name: &str) -> Self::Writer {
        service(name).publisher_builder().create().unwrap()
    }

    fn reader(name: &str) -> Self::Reader {
        service(name).subscriber_builder().create().unwrap()
    }

    #[inline]
    fn write(publisher: &mut Self::Writer, record: &Record) {
        publisher.loan_uninit().unwrap().write_payload(*record).send().unwrap();
    }

    #[inline]
    fn read(subscriber: &mut Self::Reader) -> Option<u64> {
        subscriber.receive().unwrap().map(|sample| sample.payload()[0])
    }
}

struct ZeroMq;

/// What is in one process has one context.
fn context() -> &'static zmq::Context {
    static CONTEXT: OnceLock<zmq::Context> = OnceLock::new();
    CONTEXT.get_or_init(zmq::Context::new)
}

impl Way for ZeroMq {
    type Writer = zmq::Socket;
    type Reader = zmq::Socket;
    const NAME: &'static str = "ZeroMQ PUB/SUB, inproc";

    fn writer(name: &str) -> zmq::Socket {
        let publisher = context().socket(zmq::PUB).unwrap();
        publisher.set_sndhwm(0).unwrap(); // nothing is dropped
        publisher.bind(&format!("inproc://{name}")).unwrap();
        publisher
    }

    fn reader(name: &str) -> zmq::Socket {
        let subscriber = context().socket(zmq::SUB).unwrap();
        subscriber.set_rcvhwm(0).unwrap();
        subscriber.connect(&format!("inproc://{name}")).unwrap();
        subscriber.set_subscribe(b"").unwrap();
        std::thread::sleep(Duration::from_millis(200)); // a subscription is a message of its own
        subscriber
    }

    #[inline]
    fn write(publisher: &mut zmq::Socket, record: &Record) {
        let mut message = [0; 64];
        message.as_chunks_mut().0.iter_mut().zip(record).for_each(|(to, word)| *to = word.to_le_bytes());
        publisher.send(&message[..], 0).unwrap();
    }

    #[inline]
    fn read(subscriber: &mut zmq::Socket) -> Option<u64> {
        let mut message = [0; 64];
        subscriber.recv_into(&mut message, zmq::DONTWAIT).ok()?;
        message.first_chunk().map(|word| u64::from_le_bytes(*word))
    }
}

fn name_of<W: Way>(what: &str) -> String {
    let plain: String = W::NAME.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("peers-{what}-{plain}-{}", std::process::id())
}

fn written_and_read<W: Way>(criterion: &mut Criterion) {
    let name = name_of::<W>("one");
    let mut writer = W::writer(&name);
    let mut reader = W::reader(&name);
    // ZeroMQ's subscription arrives when both ends have looked.
    while W::read(&mut reader).is_none() {
        W::write(&mut writer, &[0; 8]);
    }
    while W::read(&mut reader).is_some() {}
    let mut group = criterion.benchmark_group("a record of 64 bytes, written and read");
    group.throughput(Throughput::Elements(1));
    let mut record = [7; 8];
    group.bench_function(W::NAME, |bencher| {
        bencher.iter(|| {
            record[0] += 1;
            W::write(&mut writer, black_box(&record));
            let read = loop {
                if let Some(word) = W::read(&mut reader) {
                    break word;
                }
            };
            assert_eq!(read, record[0]);
        });
    });
    group.finish();
}

fn nanoseconds(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_nanos()).unwrap()
}

/// Of one round: the times on the way, sorted.
fn one_way<W: Way>(round: usize) -> Vec<u64> {
    let begun = Instant::now();
    let name = name_of::<W>(&format!("way{round}"));
    let mut writer = W::writer(&name);
    let (ready, listening) = channel();
    let follower = std::thread::spawn(move || {
        let mut times = Vec::with_capacity(RECORDS);
        let mut reader = W::reader(&name);
        ready.send(()).unwrap();
        while times.len() < RECORDS {
            match W::read(&mut reader) {
                Some(sent) => times.push(nanoseconds(begun).saturating_sub(sent)),
                None => spin_loop(),
            }
        }
        times
    });
    listening.recv().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    for _ in 0..RECORDS {
        let start = Instant::now();
        while start.elapsed() < PACE {
            spin_loop();
        }
        W::write(&mut writer, &[nanoseconds(begun); 8]);
    }
    let mut times = follower.join().unwrap();
    times.sort_unstable();
    times
}

/// The best round counts: an interruption by the machine is nobody's.
fn say<W: Way>(rounds: &[Vec<u64>]) {
    let at = |times: &[u64], share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let best = |share: f64| rounds.iter().map(|times| at(times, share)).min().unwrap();
    println!(
        "one way to a thread that spins: {:<28} p50 {:>8} ns   p90 {:>8} ns   p99 {:>8} ns",
        W::NAME,
        best(0.5),
        best(0.9),
        best(0.99)
    );
}

pub fn compare(criterion: &mut Criterion) {
    set_log_level(LogLevel::Error);
    written_and_read::<Ring>(criterion);
    written_and_read::<Iceoryx2>(criterion);
    written_and_read::<ZeroMq>(criterion);
    let mut found = [vec![], vec![], vec![]];
    for round in 0..ROUNDS {
        found[0].push(one_way::<Ring>(round));
        found[1].push(one_way::<Iceoryx2>(round));
        found[2].push(one_way::<ZeroMq>(round));
    }
    say::<Ring>(&found[0]);
    say::<Iceoryx2>(&found[1]);
    say::<ZeroMq>(&found[2]);
}
