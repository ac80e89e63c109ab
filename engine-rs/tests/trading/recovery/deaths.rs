//! An engine that dies at any moment goes on from its journal as if it had lost its connection: what the venue did
//! meanwhile is booked once, what never reached it is known not to have, and strategies are where they were.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use pyrt_engine::engine::Feeds;
use pyrt_engine::engine::core::Standing;
use pyrt_engine::engine::trading::{Entry, Parts, Recorder, Replay, Tape, part, retrace};
use pyrt_engine::journal::{EntryKind, HEADER_BYTES, Journal, JournalError, Tail};
use pyrt_engine::messaging::Action;
use pyrt_engine::model::{Money, Nanos, OrderStatus, ReportKind, State};
use pyrt_engine::random::SplitMix64;

use super::truth::Truth;
use crate::rig::{BTC, BUY_LIMIT, EXITS, Heard, LESS, MORE, MS, Plain, REPRICE, Rig, recorder, trading};

/// Small files: the session goes through many.
const CAPACITY: usize = 24_576;

/// Hundreds of journals are synced and thrown away.
const MEMORY: &str = "/dev/shm";

/// What of the last entry is there, and what of its effect.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// Not written.
    Before,
    /// Written in part.
    Torn,
    /// Written; whatever it announces does not happen.
    After,
}

const DEATHS: [Death; 3] = [Death::Before, Death::Torn, Death::After];

/// A journal whose engine dies with one of its entries.
struct Mortal {
    journal: Box<dyn Tape>,
    left: usize,
    death: Death,
    dead: Rc<Cell<bool>>,
    unwritten: Rc<Cell<bool>>,
}

impl Tape for Mortal {
    fn append(
        &mut self,
        kind: EntryKind,
        stream: u16,
        time: Nanos,
        parts: &[&[u8]],
    ) -> Result<(), JournalError> {
        if self.dead.get() {
            return Ok(());
        }
        let last = self.left == 0;
        self.left = self.left.saturating_sub(1);
        self.dead.set(last);
        self.unwritten.set(last && !matches!(self.death, Death::After));
        if self.unwritten.get() { Ok(()) } else { self.journal.append(kind, stream, time, parts) }
    }
}

/// A session of many lives.
struct Story {
    rig: Rig,
    truth: Truth,
    random: SplitMix64,
    folder: tempfile::TempDir,
    deaths: Vec<(usize, Death)>,
    death: Death,
    torn: usize,
    inputs: u64,
}

impl Story {
    fn new(seed: u64, mut deaths: Vec<(usize, Death)>) -> Story {
        let folder = tempfile::tempdir_in(MEMORY).unwrap();
        deaths.reverse();
        let mut rig = Rig::new(2, None);
        let (tape, death) =
            mortal(recorder(&folder.path().join("a.pyrt"), CAPACITY), deaths.pop(), &rig.world);
        rig.trading = trading(2, Some(tape));
        let (truth, random) = (Truth::default(), SplitMix64::new(seed));
        Story { rig, truth, random, folder, deaths, death, torn: 0, inputs: 0 }
    }

    /// One thing happens.
    fn act(&mut self) {
        let Story { rig, random, .. } = self;
        rig.now += random.below(80) as i64 * MS;
        let price = 59_900.0 + random.below(100) as f64;
        let strategies = 1 + random.below(3);
        match random.below(20) {
            0..=4 => rig.tell(strategies, BUY_LIMIT + random.below(2) as f64, price),
            5 => rig.tell(strategies, 1.0 + random.below(2) as f64, price),
            6 => rig.tell(strategies, 5.0, price),
            7 => rig.tell(strategies, 8.0 + random.below(2) as f64, price),
            8 => rig.wait(1_000 + random.below(2_500) as i64),
            9 => rig.market(),
            10 if random.one_in(4) => {
                rig.disconnect();
                rig.connect();
            }
            11 if random.one_in(4) => rig.state(State::Resyncing),
            12 => {
                let values = vec![("qty".to_owned(), 0.01 + price / 7e6)];
                rig.command("p", Action::UpdateParameters { strategy: "two".to_owned(), values });
            }
            13 | 15 => rig.tell(strategies, EXITS, price),
            16 if random.one_in(6) => rig.command("f", Action::Flatten { strategy: "one".to_owned() }),
            17 => rig.tell(strategies, LESS, price),
            18 => rig.tell(strategies, REPRICE, price),
            19 => rig.tell(strategies, MORE, price),
            14 => rig.command("s", Action::Start { strategy: String::new() }),
            _ => rig.quote(price - 0.01, price),
        }
    }

    fn run(&mut self, acts: usize) {
        self.rig.connect();
        self.rig.market();
        for _ in 0..acts {
            self.act();
            let Story { rig, truth, random, .. } = self;
            if random.one_in(3) {
                truth.trade(rig, random); // before the venue has looked at what was asked
            }
            truth.settle(rig);
            if random.one_in(3) {
                truth.trade(rig, random);
                truth.settle(rig);
            }
            if self.rig.world.dead.get() {
                self.die_and_go_on();
            }
        }
        while self.rig.world.dead.get() {
            self.die_and_go_on();
        }
    }

    fn die_and_go_on(&mut self) {
        let Story { rig, truth, random, .. } = self;
        if random.one_in(2) {
            rig.world.frames.clear(); // they never left the machine
        }
        rig.deliver();
        truth.settle(rig);
        for _ in 0..random.below(3) {
            truth.trade(rig, random);
        }
        rig.now += random.below(3_000) as i64 * MS;
        self.recover();
        self.rig.connect();
        self.rig.market();
        self.truth.settle(&mut self.rig);
    }

    /// A new process on what the old one left.
    fn recover(&mut self) {
        let left = copy_of(self.folder.path());
        let first = left.path().join("a.pyrt");
        let parts = Parts::find(&first).unwrap();
        parts.sweep().unwrap();
        if matches!(self.death, Death::Torn) {
            tear(&part(&first, parts.count()));
        }
        let mut feed = Feeds::one(Box::new(Plain));
        let mut replay = Replay::new(&mut feed, trading(2, None));
        let tail = parts.entries(|entry| replay.take(entry)).unwrap();
        self.torn += usize::from(tail != Tail::Whole);
        let rebuilt = replay.rebuild();
        assert_eq!(rebuilt.result.parted, None);
        for strategy in 0..2 {
            let (was, is) = (self.rig.trading.core(), rebuilt.trading().core());
            assert_eq!(
                was.program(strategy).unwrap().memory(),
                is.program(strategy).unwrap().memory(),
                "the strategy is where it was"
            );
            assert_eq!(was.standing(strategy), is.standing(strategy));
            assert_eq!(was.next_timer(), is.next_timer());
            let now = Nanos(self.rig.now);
            assert_eq!(
                was.position_state(strategy as u16, BTC, now),
                is.position_state(strategy as u16, BTC, now)
            );
        }
        self.inputs = rebuilt.result.inputs;
        let journal = Box::new(Recorder::resume(&first, parts.count(), CAPACITY).unwrap());
        self.rig.world = Heard::default();
        let (tape, death) = mortal(journal, self.deaths.pop(), &self.rig.world);
        self.rig.trading = rebuilt.go_on(tape).unwrap();
        (self.death, self.folder) = (death, left);
        self.rig.drop_connection();
        self.rig.input(&Entry::Restart);
    }

    /// All is quiet, and everything has been asked.
    fn end(mut self) -> (u64, usize, u64) {
        let Story { rig, truth, .. } = &mut self;
        rig.market();
        for _ in 0..12 {
            rig.wait(1_000);
            truth.settle(rig);
        }
        let core = rig.trading.core();
        for strategy in 0..2 {
            let held = core.instruments_of(strategy).count();
            assert_eq!(held, 1);
            assert_eq!(core.holding(strategy as u16, BTC).lots.0, truth.held[strategy], "lots of {strategy}");
            let gain = core.cash_of(strategy) - Money::from_f64(100_000.0);
            assert_eq!(gain, Money(truth.money[strategy]), "money of {strategy}");
            assert!(!matches!(core.standing(strategy), Some(Standing::Failed(_))));
        }
        let mut open: Vec<_> = truth.open().collect();
        open.sort_unstable();
        let mut live = vec![];
        for tracked in core.orders().live() {
            assert!(tracked.status() != OrderStatus::Unknown && tracked.missing().0 == 0, "{tracked:?}");
            live.push((tracked.order().id.0, tracked.filled().0, tracked.open().0));
        }
        live.sort_unstable();
        assert_eq!(live, open);
        assert!(!core.orders().has_doubts());
        let (fills, inputs) = (truth.fills, self.inputs);
        drop(self.rig);
        let parts = Parts::find(&self.folder.path().join("a.pyrt")).unwrap();
        let journals: Vec<_> =
            (1..=parts.count()).map(|n| Journal::open(&part(parts.first(), n)).unwrap()).collect();
        let again = retrace(&journals, &mut Feeds::one(Box::new(Plain)), trading(2, None));
        assert_eq!(again.parted, None);
        assert_eq!(again.fills, fills);
        (fills, self.torn, inputs)
    }
}

fn mortal(journal: Box<dyn Tape>, death: Option<(usize, Death)>, world: &Heard) -> (Box<dyn Tape>, Death) {
    let (left, death) = death.unwrap_or((usize::MAX, Death::Before));
    let (dead, unwritten) = (Rc::clone(&world.dead), Rc::clone(&world.unwritten));
    (Box::new(Mortal { journal, left, death, dead, unwritten }), death)
}

/// The files as the death of the process leaves them; its own are closed when they are dropped.
fn copy_of(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir_in(MEMORY).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

/// An entry of which only the payload was written.
fn tear(path: &PathBuf) {
    use std::os::unix::fs::FileExt;
    let bytes = fs::read(path).unwrap();
    let mut at = HEADER_BYTES;
    while let Some(length) = bytes.get(at..at + 4).map(|word| u32::from_le_bytes(word.try_into().unwrap())) {
        if length == 0 {
            break;
        }
        at += (length as usize).next_multiple_of(8);
    }
    let at = at + 24;
    if at + 60 < bytes.len() {
        fs::OpenOptions::new().write(true).open(path).unwrap().write_all_at(&[7; 50], at as u64).unwrap();
    }
}

fn seed() -> u64 {
    let given = std::env::var("PYRT_TEST_SEED").ok().and_then(|text| text.parse().ok());
    let seed =
        given.unwrap_or_else(|| std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64);
    eprintln!("PYRT_TEST_SEED={seed}");
    seed
}

#[test]
fn a_session_of_many_deaths_loses_nothing_and_doubles_nothing() {
    let seed = seed();
    let mut random = SplitMix64::new(seed);
    let deaths = (0..80).map(|_| (random.below(90) as usize, DEATHS[random.below(3) as usize])).collect();
    let mut story = Story::new(seed, deaths);
    story.run(1_500);
    assert!(story.deaths.len() < 30, "{} deaths are left", story.deaths.len());
    let (fills, torn, inputs) = story.end();
    eprintln!("{inputs} inputs, {fills} fills, {torn} torn tails");
    assert!(fills > 50 && torn > 0 && inputs > 500, "{fills} fills, {torn} torn tails, {inputs} inputs");
}

#[test]
fn a_death_at_every_entry_of_a_session() {
    let seed = 20_260_115;
    for death in DEATHS {
        for entry in 1..160 {
            // with entry 0 nothing is there to go on from
            eprintln!("{death:?} at entry {entry}");
            let mut story = Story::new(seed, vec![(entry, death)]);
            story.run(60);
            assert!(story.deaths.is_empty());
            story.end();
        }
    }
}

/// The journal's copy is taken up again by a new process.
fn gone_on(rig: &mut Rig, folder: &Path) -> tempfile::TempDir {
    let copy = copy_of(folder);
    let parts = Parts::find(&copy.path().join("a.pyrt")).unwrap();
    parts.sweep().unwrap();
    let mut feed = Feeds::one(Box::new(Plain));
    let mut replay = Replay::new(&mut feed, trading(1, None));
    parts.entries(|entry| replay.take(entry)).unwrap();
    let journal = Recorder::resume(parts.first(), parts.count(), CAPACITY).unwrap();
    rig.trading = replay.rebuild().go_on(Box::new(journal)).unwrap();
    rig.world = Heard::default();
    rig.drop_connection();
    rig.input(&Entry::Restart);
    rig.connect();
    rig.market();
    copy
}

#[test]
fn an_end_that_was_cut_short_is_none_and_a_kill_stays_pulled() {
    let folder = tempfile::tempdir_in(MEMORY).unwrap();
    let mut rig = Rig::ready(1, Some(recorder(&folder.path().join("a.pyrt"), CAPACITY)));
    rig.tell(1, BUY_LIMIT, 59_000.0);
    let id = rig.commands[0].client_order_id;
    rig.report(id, &[ReportKind::Accepted]);
    rig.input(&Entry::End); // its cancel never leaves, and no snapshot is written
    rig.world.frames.clear();
    let second = gone_on(&mut rig, folder.path());
    assert!(!rig.trading.core().is_killed());
    rig.wait(1_000);
    assert_eq!(rig.actions(), [1, 2], "a cancel that was lost is still wanted");
    rig.report(id, &[ReportKind::Canceled]);
    rig.market();
    rig.tell(1, BUY_LIMIT, 59_000.0);
    assert_eq!(rig.actions(), [1, 2, 1]);
    rig.command("k", Action::Kill { reason: "enough".to_owned() });
    let _third = gone_on(&mut rig, second.path());
    assert!(rig.trading.core().is_killed());
    rig.tell(1, BUY_LIMIT, 59_000.0);
    assert_eq!(rig.actions(), [1, 2, 1, 2]);
}
