//! The venue on order by order data equals a slow one, in which recorded orders and ours stand in one list a price:
//! fills order by order, and every queue position after everything that happens.

use std::collections::BTreeMap;

use proptest::prelude::*;
use pyrt_engine::matching::{Answer, BookSource, Matcher, Simulation, What};
use pyrt_engine::model::{
    BookOrder, ClientOrderId, Command, Event, Instrument, InstrumentId, Lots, Nanos, Ticks, Trade, flag,
};

const ROW: InstrumentId = InstrumentId(0);

/// Who stands in a line: an order of the market, or one of ours.
#[derive(Clone, Copy, Debug)]
struct Entry {
    id: u64,
    ours: bool,
    lots: i64,
    /// Of one of the market: what we have taken.
    taken: i64,
    /// Of ours: lots that it shows at a time (0: all), and now; lots before it that the record has as executed.
    display: i64,
    shown: i64,
    spared: i64,
}

impl Entry {
    fn there(&self) -> i64 {
        if self.ours { 0 } else { (self.lots - self.taken).max(0) }
    }

    fn offered(&self) -> i64 {
        if self.display > 0 { self.shown } else { self.lots }
    }
}

/// A price of a side as a key: the lower, the better.
type Price = (bool, i64);

/// The slow venue.
#[derive(Default)]
struct Slow {
    lines: BTreeMap<Price, Vec<Entry>>,
    fills: Vec<(u64, i64, i64, bool)>,
}

fn ticks((sell, key): Price) -> i64 {
    if sell { key } else { -key }
}

impl Slow {
    fn theirs(&self) -> Vec<(Price, Entry)> {
        let all = self.lines.iter().flat_map(|(price, line)| line.iter().map(|entry| (*price, *entry)));
        all.filter(|(_, entry)| !entry.ours).collect()
    }

    fn position(&self, id: u64) -> Option<f64> {
        self.lines.values().find_map(|line| {
            let place = line.iter().position(|entry| entry.ours && entry.id == id)?;
            let before: i64 = line[..place].iter().map(Entry::there).sum();
            Some(f64::from(i32::try_from(before + line[place].spared).unwrap()))
        })
    }

    fn of_theirs(&mut self, price: Price, id: u64) -> &mut Entry {
        self.lines.get_mut(&price).unwrap().iter_mut().find(|entry| !entry.ours && entry.id == id).unwrap()
    }

    fn remove(&mut self, price: Price, ours: bool, id: u64) -> Entry {
        let line = self.lines.get_mut(&price).unwrap();
        let place = line.iter().position(|entry| entry.ours == ours && entry.id == id).unwrap();
        line.remove(place)
    }

    /// So many lots of one of ours; it leaves, or goes to the back, when that is all that it has or shows.
    fn fill(&mut self, price: Price, place: usize, lots: i64) {
        let line = self.lines.get_mut(&price).unwrap();
        let entry = &mut line[place];
        entry.lots -= lots;
        entry.shown -= lots;
        self.fills.push((entry.id, ticks(price), lots, true));
        let mut entry = *entry;
        if entry.lots == 0 {
            line.remove(place);
        } else if entry.display > 0 && entry.shown <= 0 {
            line.remove(place);
            (entry.shown, entry.spared) = (entry.display.min(entry.lots), 0);
            line.push(entry);
        }
    }

    /// Ours of better prices take of what an aggressor brings, whole.
    fn better(&mut self, price: Price, mut left: i64) -> i64 {
        let prices: Vec<Price> =
            self.lines.range((price.0, i64::MIN)..price).map(|(price, _)| *price).collect();
        for better in prices {
            let ids: Vec<u64> =
                self.lines[&better].iter().filter(|entry| entry.ours).map(|entry| entry.id).collect();
            for id in ids {
                let place =
                    self.lines[&better].iter().position(|entry| entry.ours && entry.id == id).unwrap();
                let got = self.lines[&better][place].lots.min(left);
                if got > 0 {
                    left -= got;
                    self.fill(better, place, got);
                }
            }
        }
        left
    }

    /// One of ours has its turn: what was spared goes first.
    fn serve(&mut self, price: Price, place: usize, left: i64) -> i64 {
        let line = self.lines.get_mut(&price).unwrap();
        let spared = line[place].spared.min(left);
        line[place..].iter_mut().for_each(|entry| entry.spared = (entry.spared - spared).max(0));
        let got = line[place].offered().min(left - spared);
        if got > 0 {
            self.fill(price, place, got);
        }
        left - spared - got
    }

    fn execute(&mut self, price: Price, id: u64, lots: i64) {
        let mut left = self.better(price, lots);
        let mut place = 0;
        let hit = loop {
            let entry = self.lines[&price][place];
            if !entry.ours && entry.id == id {
                break entry;
            }
            if !entry.ours || left == 0 {
                place += 1;
                continue;
            }
            let length = self.lines[&price].len();
            left = self.serve(price, place, left);
            // It has gone, or is at the back: the next is here then.
            let same = self.lines[&price].len() == length
                && self.lines[&price].get(place).is_some_and(|now| now.ours && now.id == entry.id);
            place += usize::from(same);
        };
        let reached = left.min(hit.there());
        let spared = hit.there() - reached - (hit.there() - lots).max(0);
        let line = self.lines.get_mut(&price).unwrap();
        line[place..].iter_mut().filter(|entry| entry.ours).for_each(|entry| entry.spared += spared);
        line[place].lots -= lots;
        left -= reached;
        let mut at = place + 1;
        while left > 0 && at < self.lines[&price].len() {
            let entry = self.lines[&price][at];
            if entry.ours {
                let length = self.lines[&price].len();
                left = self.serve(price, at, left);
                let same = self.lines[&price].len() == length
                    && self.lines[&price].get(at).is_some_and(|now| now.ours && now.id == entry.id);
                // At the very back it is met again where it stands.
                at += usize::from(same && (left == 0 || self.lines[&price][at].offered() == 0));
            } else {
                let got = entry.there().min(left);
                self.lines.get_mut(&price).unwrap()[at].taken += got;
                left -= got;
                at += 1;
            }
        }
        if self.of_theirs(price, id).lots == 0 {
            self.remove(price, false, id);
        }
    }

    fn hidden(&mut self, price: Price, lots: i64) {
        let mut left = self.better(price, lots);
        let mut place = 0;
        while left > 0 && self.lines.get(&price).is_some_and(|line| place < line.len()) {
            let line = &self.lines[&price];
            let entry = line[place];
            let before: i64 = line[..place].iter().map(Entry::there).sum::<i64>() + entry.spared;
            let got = if entry.ours { entry.offered().min(left - before).max(0) } else { 0 };
            let stays = got == 0 || (got < entry.offered());
            if got > 0 {
                left -= got;
                self.fill(price, place, got);
            }
            place += usize::from(stays);
        }
    }

    /// Takes up to `want` lots of theirs on the other side, within a limit; at their prices, or as maker at our own.
    fn take(&mut self, id: u64, (sell, limit): (bool, i64), want: i64, maker: bool) -> i64 {
        let mut left = want;
        let prices: Vec<Price> =
            self.lines.range((!sell, i64::MIN)..(!sell, i64::MAX)).map(|(p, _)| *p).collect();
        for price in prices {
            let reached = if sell { ticks(price) >= limit } else { ticks(price) <= limit };
            for entry in self.lines.get_mut(&price).unwrap().iter_mut().filter(|entry| reached && !entry.ours)
            {
                let got = entry.there().min(left);
                entry.taken += got;
                left -= got;
                if got > 0 {
                    self.fills.push((id, if maker { limit } else { ticks(price) }, got, maker));
                }
            }
        }
        left
    }

    /// After a message: what the book has crossed.
    fn crossed(&mut self) {
        for sell in [false, true] {
            let mine = |(price, line): (&Price, &Vec<Entry>)| {
                let ids = line.iter().filter(|entry| entry.ours).map(|entry| entry.id).collect::<Vec<_>>();
                ids.into_iter().map(move |id| (price.to_owned(), id)).collect::<Vec<_>>()
            };
            let mut todo: Vec<(Price, u64)> =
                self.lines.range((sell, i64::MIN)..(sell, i64::MAX)).flat_map(mine).collect();
            while !todo.is_empty() {
                let (price, id) = todo.remove(0);
                let place = self.lines[&price].iter().position(|entry| entry.ours && entry.id == id).unwrap();
                let before = self.lines[&price][place];
                let left = self.take(id, (sell, ticks(price)), before.lots, true);
                let got = before.lots - left;
                if got == 0 {
                    continue;
                }
                let line = self.lines.get_mut(&price).unwrap();
                line[place].lots = left;
                line[place].shown -= got;
                if left == 0 {
                    line.remove(place);
                } else if before.display > 0 && line[place].shown <= 0 {
                    let mut entry = line.remove(place);
                    (entry.shown, entry.spared) = (entry.display.min(left), 0);
                    line.push(entry);
                }
            }
        }
    }
}

/// A step; `pick` names one of the orders that are there.
#[derive(Clone, Debug)]
enum Step {
    Add { sell: bool, away: i64, lots: i64 },
    Modify { pick: usize, away: i64, lots: i64 },
    Delete { pick: usize, lots: i64 },
    Execute { pick: usize, lots: i64, told: bool },
    Hidden { sell: bool, away: i64, lots: i64 },
    New { sell: bool, away: i64, lots: i64, display: i64 },
    Cancel { back: u64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (pick, lots) = (|| 0_usize..40, || 1_i64..10);
    let away = || prop_oneof![9 => 1_i64..4, 1 => -2_i64..1];
    let step = prop_oneof![
        6 => (any::<bool>(), away(), lots()).prop_map(|(sell, away, lots)| Step::Add { sell, away, lots }),
        2 => (pick(), away(), lots()).prop_map(|(pick, away, lots)| Step::Modify { pick, away, lots }),
        2 => (pick(), 0_i64..10).prop_map(|(pick, lots)| Step::Delete { pick, lots }),
        5 => (pick(), lots(), any::<bool>()).prop_map(|(pick, lots, told)| Step::Execute { pick, lots, told }),
        1 => (any::<bool>(), away(), 0_i64..14).prop_map(|(sell, away, lots)| Step::Hidden { sell, away, lots }),
        4 => (any::<bool>(), away(), lots(), prop_oneof![2 => Just(0_i64), 1 => 1_i64..4])
            .prop_map(|(sell, away, lots, display)| Step::New { sell, away, lots, display }),
        1 => (0_u64..8).prop_map(|back| Step::Cancel { back }),
    ];
    prop::collection::vec(step, 1..150)
}

fn price(sell: bool, away: i64) -> Price {
    (sell, if sell { 1_000 + away } else { -1_000 + away })
}

/// Both venues, and what the next order of each kind is called.
struct Pair {
    fast: Matcher,
    slow: Slow,
    instrument: Instrument,
    out: Vec<Answer>,
    time: i64,
    theirs: u64,
    ours: u64,
}

impl Pair {
    fn order(&mut self, action: u16, id: u64, at: Price, lots: i64) {
        let mut record = BookOrder::new(ROW, Nanos(self.time));
        (record.side, record.flags) = (1 + u8::from(at.0), action | flag::LAST);
        // Half of the ids differ in the upper half alone.
        (record.order_id_low, record.order_id_high) = (id / 2 * 2, id % 2);
        record.price = self.instrument.price(Ticks(ticks(at)));
        record.qty = self.instrument.qty(Lots(lots));
        self.fast.on_record(&Event::from(record), Nanos(self.time), &mut self.out).unwrap();
    }

    fn trade(&mut self, hit: Price, lots: i64, last: u16) {
        let mut record = Trade::new(ROW, Nanos(self.time));
        (record.side, record.flags) = (2 - u8::from(hit.0), last);
        record.price = self.instrument.price(Ticks(ticks(hit)));
        record.qty = self.instrument.qty(Lots(lots));
        self.fast.on_record(&Event::from(record), Nanos(self.time), &mut self.out).unwrap();
    }

    fn step(&mut self, step: &Step) {
        self.time += 1;
        let theirs = self.slow.theirs();
        let one = |pick: usize| (!theirs.is_empty()).then(|| theirs[pick % theirs.len()]);
        match *step {
            Step::Add { sell, away, lots } => {
                let (id, at) = (self.theirs, price(sell, away));
                self.theirs += 1;
                let entry = Entry { id, ours: false, lots, taken: 0, display: 0, shown: 0, spared: 0 };
                self.slow.lines.entry(at).or_default().push(entry);
                self.order(1, id, at, lots);
            }
            Step::Modify { pick, away, lots } => {
                let Some((at, entry)) = one(pick) else { return };
                let to = price(at.0, away);
                if to == at && lots <= entry.lots {
                    self.slow.of_theirs(at, entry.id).lots = lots;
                } else {
                    let moved = self.slow.remove(at, false, entry.id);
                    self.slow.lines.entry(to).or_default().push(Entry { lots, taken: 0, ..moved });
                }
                self.order(2, entry.id, to, lots);
            }
            Step::Delete { pick, lots } => {
                let Some((at, entry)) = one(pick) else { return };
                let gone = if lots == 0 { entry.lots } else { lots.min(entry.lots) };
                self.slow.of_theirs(at, entry.id).lots -= gone;
                if gone == entry.lots {
                    self.slow.remove(at, false, entry.id);
                }
                self.order(3, entry.id, at, lots.min(entry.lots));
            }
            Step::Execute { pick, lots, told } => {
                let Some((at, entry)) = one(pick) else { return };
                let lots = lots.min(entry.lots);
                self.slow.execute(at, entry.id, lots);
                if told {
                    self.trade(at, lots, 0);
                }
                self.order(4, entry.id, at, lots);
            }
            Step::Hidden { sell, away, lots } => {
                self.slow.hidden(price(sell, away), lots);
                self.trade(price(sell, away), lots, flag::LAST);
            }
            Step::New { sell, away, lots, display } => {
                let (id, at) = (self.ours, price(sell, away));
                self.ours += 1;
                let left = self.slow.take(id, (sell, ticks(at)), lots, false);
                let display = if display < lots { display } else { 0 };
                if left > 0 {
                    let entry = Entry {
                        id,
                        ours: true,
                        lots: left,
                        taken: 0,
                        display,
                        shown: display.min(left),
                        spared: 0,
                    };
                    self.slow.lines.entry(at).or_default().push(entry);
                }
                let mut command = Command::cancel(ClientOrderId(id), ROW, Nanos(self.time));
                (command.action, command.side, command.order_type, command.tif) =
                    (1, 1 + u8::from(sell), 2, 1);
                (command.price, command.qty, command.display) = (ticks(at), lots, display);
                self.fast.on_command(&command, Nanos(self.time), &mut self.out).unwrap();
                return;
            }
            Step::Cancel { back } => {
                let id = self.ours.saturating_sub(1 + back);
                self.slow
                    .lines
                    .values_mut()
                    .for_each(|line| line.retain(|entry| !(entry.ours && entry.id == id)));
                let command = Command::cancel(ClientOrderId(id), ROW, Nanos(self.time));
                self.fast.on_command(&command, Nanos(self.time), &mut self.out).unwrap();
                return;
            }
        }
        self.slow.crossed();
    }
}

proptest! {
    #[test]
    fn a_venue_of_orders_equals_lists(steps in steps()) {
        let instrument = Instrument::spot("test:A-B", "", "0.01", "0.001").unwrap();
        let settings = Simulation { book: BookSource::Orders, ..Simulation::default() };
        let fast = Matcher::new([instrument.clone()], settings).unwrap();
        let mut pair =
            Pair { fast, slow: Slow::default(), instrument, out: Vec::new(), time: 0, theirs: 2, ours: 1 };
        // A first whole message: there is a book from here on.
        pair.step(&Step::Add { sell: false, away: 3, lots: 1 });
        for step in &steps {
            pair.step(step);
            let fast: Vec<_> = pair.out.drain(..).filter_map(|answer| match answer.what {
                What::Fill { price, qty, maker, .. } => Some((answer.id.0, price.0, qty.0, maker)),
                What::Update { .. } => None,
            }).collect();
            let slow: Vec<_> = pair.slow.fills.drain(..).collect();
            prop_assert_eq!(fast, slow, "{:?}", step);
            for id in 1..pair.ours {
                let (fast, slow) = (pair.fast.queue_ahead(ClientOrderId(id)), pair.slow.position(id));
                prop_assert_eq!(fast, slow, "order {} after {:?}", id, step);
            }
        }
    }
}
