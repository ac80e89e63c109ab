//! Kraken's books order by order, at the depths that clients have: what was said of them last, and what is said next.

use std::collections::{BTreeMap, BTreeSet};

use super::Order;
use crate::model::Nanos;
use crate::simulator::halls::stock::Stall;
use crate::simulator::halls::text::{crc_of, rfc3339};

/// Depths that a book can be subscribed with.
pub const DEPTHS: [usize; 3] = [10, 100, 1_000];
/// Levels a side that the checksum is of.
const PROVEN: usize = 10;

/// An order with its price.
type Priced = (i64, Order);
/// Bids, asks, the best first.
type Sides = [Vec<Priced>; 2];

/// See the head of this file.
#[derive(Default)]
pub struct Level3 {
    shown: BTreeMap<(usize, usize), Sides>,
}

impl Level3 {
    /// Books that nobody hears any more are forgotten.
    pub fn keep(&mut self, wanted: &BTreeSet<(usize, usize)>) {
        self.shown.retain(|key, _| wanted.contains(key));
    }

    /// The whole book of a stall, at a depth.
    pub fn snapshot(&mut self, key: (usize, usize), about: &Stall, now: Nanos) -> String {
        let sides = top(about, key.1);
        let rows = sides.each_ref().map(|side| {
            let row = |(price, order): &Priced| row(about, None, *price, *order, now);
            side.iter().map(row).collect::<Vec<_>>()
        });
        self.shown.insert(key, sides);
        message(about, "snapshot", &rows, now)
    }

    /// What has changed since; nothing if nothing has.
    pub fn update(&mut self, key: (usize, usize), about: &Stall, now: Nanos) -> Option<String> {
        let sides = top(about, key.1);
        let before = self.shown.insert(key, sides.clone()).unwrap_or_default();
        let rows = [true, false].map(|bid| {
            let side = usize::from(!bid);
            changes(about, bid, (&before[side], &sides[side]), now)
        });
        let some = rows.iter().any(|rows| !rows.is_empty());
        some.then(|| message(about, "update", &rows, now))
    }
}

/// The orders of the best levels.
fn top(about: &Stall, depth: usize) -> Sides {
    [true, false].map(|bid| {
        let levels = about.orders.side(bid).take(depth);
        levels.flat_map(|(price, queue)| queue.iter().map(move |order| (price, *order))).collect()
    })
}

/// Orders that went, were changed, and came; of those that are behind the depth now, nothing is said.
fn changes(about: &Stall, bid: bool, (before, after): (&[Priced], &[Priced]), now: Nanos) -> Vec<String> {
    let old: BTreeMap<u64, i64> = before.iter().map(|(_, order)| (order.id, order.qty)).collect();
    let gone = before.iter().filter(|(price, order)| !about.orders.has(bid, *price, order.id));
    let changed = after.iter().filter(|(_, order)| old.get(&order.id).is_some_and(|qty| *qty != order.qty));
    let new = after.iter().filter(|(_, order)| !old.contains_key(&order.id));
    let row = |event| move |(price, order): &Priced| row(about, Some(event), *price, *order, now);
    gone.map(row("delete")).chain(changed.map(row("modify"))).chain(new.map(row("add"))).collect()
}

/// `OTCFZG-YOE2Q-LQKNM3`.
fn name(mut id: u64) -> String {
    let mut digits = [b'0'; 17];
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[usize::try_from(id % 36).unwrap_or_default()];
        id /= 36;
    }
    digits[0] = b'O';
    let text = String::from_utf8_lossy(&digits);
    format!("{}-{}-{}", &text[..6], &text[6..11], &text[11..])
}

fn row(about: &Stall, event: Option<&str>, price: i64, order: Order, now: Nanos) -> String {
    let event = event.map(|event| format!(r#""event":"{event}","#)).unwrap_or_default();
    format!(
        r#"{{{event}"order_id":"{}","limit_price":{},"order_qty":{},"timestamp":"{}"}}"#,
        name(order.id),
        about.price(price),
        about.qty(order.qty),
        rfc3339(now)
    )
}

fn message(about: &Stall, kind: &str, rows: &[Vec<String>; 2], now: Nanos) -> String {
    let proven = top(about, PROVEN);
    format!(
        r#"{{"channel":"level3","type":"{kind}","data":[{{"symbol":"{}","bids":[{}],"asks":[{}],"checksum":{},"timestamp":"{}"}}]}}"#,
        about.pair.replace('-', "/"),
        rows[0].join(","),
        rows[1].join(","),
        checksum(&proven),
        rfc3339(now)
    )
}

fn checksum(sides: &Sides) -> u32 {
    let digits = |(price, order): &Priced| (*price, order.qty);
    crc_of(sides[1].iter().chain(&sides[0]).map(digits))
}

/// The message with a bid above the best ask, and the checksum of that book.
pub fn crossed(text: &str, about: &Stall) -> Option<String> {
    let bid = (about.crossing_bid()?, Order { id: u64::MAX, qty: 10_i64.pow(about.qty_places) });
    let mut sides = top(about, PROVEN);
    sides[0].insert(0, bid);
    let added = row(about, Some("add"), bid.0, bid.1, Nanos(0));
    let (head, rest) = text.split_once("\"bids\":[")?;
    let comma = if rest.starts_with(']') { "" } else { "," };
    let (rows, tail) = rest.split_once("\"checksum\":")?;
    let after = tail.trim_start_matches(|c: char| c.is_ascii_digit());
    Some(format!("{head}\"bids\":[{added}{comma}{rows}\"checksum\":{}{after}", checksum(&sides)))
}
