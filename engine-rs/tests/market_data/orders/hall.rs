//! A Coinbase of its own, which tells of its book order by order.

use std::collections::BTreeMap;

use pyrt_engine::book::L3Book;
use pyrt_engine::model::{Side, Ticks};

/// A venue's own book, and the messages that it sends.
#[derive(Default)]
pub struct Hall {
    pub sequence: u64,
    next_id: u128,
    /// Side (true is a bid), ticks, lots; first come first.
    orders: Vec<(u128, bool, i64, i64)>,
}

fn decimal(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn uuid(id: u128) -> String {
    let text = format!("{id:032x}");
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

impl Hall {
    fn message(&mut self, kind: &str, rest: &str) -> String {
        self.sequence += 1;
        format!(
            r#"{{"type":"{kind}","product_id":"BTC-USD","sequence":{},"time":"2026-03-12T05:08:36.803703Z",{rest}}}"#,
            self.sequence
        )
    }

    /// What somebody does; the messages of it.
    pub fn act(&mut self, what: u8, bid: bool, distance: i64, pick: usize, lots: i64) -> Vec<String> {
        let side = if bid { "buy" } else { "sell" };
        match what {
            0..=3 => {
                let ticks = if bid { 10_000 - 1 - distance } else { 10_000 + 1 + distance };
                self.next_id += 1;
                self.orders.push((self.next_id, bid, ticks, lots));
                let id = uuid(self.next_id);
                let (price, size) = (decimal(ticks), decimal(lots));
                vec![
                    self.message("received", &format!(r#""order_id":"{id}","order_type":"limit","size":"{size}","price":"{price}","side":"{side}","client_oid":"""#)),
                    self.message("open", &format!(r#""side":"{side}","price":"{price}","order_id":"{id}","remaining_size":"{size}""#)),
                ]
            }
            4 if !self.orders.is_empty() => {
                let (id, bid, ticks, lots) = self.orders.remove(pick % self.orders.len());
                let side = if bid { "buy" } else { "sell" };
                let (price, size) = (decimal(ticks), decimal(lots));
                vec![self.message("done", &format!(r#""side":"{side}","order_id":"{}","reason":"canceled","price":"{price}","remaining_size":"{size}""#, uuid(id)))]
            }
            5 if !self.orders.is_empty() => {
                let place = pick % self.orders.len();
                let (id, bid, ticks, there) = self.orders[place];
                let taken = lots.min(there);
                self.orders[place].3 -= taken;
                let side = if bid { "buy" } else { "sell" };
                let price = decimal(ticks);
                let mut messages = vec![self.message("match", &format!(
                    r#""trade_id":{},"maker_order_id":"{}","taker_order_id":"{}","size":"{}","price":"{price}","side":"{side}""#,
                    self.sequence + 1, uuid(id), uuid(u128::MAX), decimal(taken)
                ))];
                if taken == there {
                    self.orders.remove(place);
                    messages.push(self.message("done", &format!(r#""side":"{side}","order_id":"{}","reason":"filled","price":"{price}","remaining_size":"0""#, uuid(id))));
                }
                messages
            }
            6 if !self.orders.is_empty() => {
                let place = pick % self.orders.len();
                let (id, bid, ticks, there) = self.orders[place];
                let new = lots.min(there);
                self.orders[place].3 = new;
                let side = if bid { "buy" } else { "sell" };
                vec![self.message("change", &format!(
                    r#""reason":"STP","order_id":"{}","side":"{side}","old_size":"{}","new_size":"{}","price":"{}""#,
                    uuid(id), decimal(there), decimal(new), decimal(ticks)
                ))]
            }
            _ => vec![self.message(
                "done",
                &format!(r#""side":"{side}","order_id":"{}","reason":"canceled""#, uuid(u128::MAX - 7)),
            )],
        }
    }

    pub fn snapshot(&self) -> String {
        let side = |bid: bool| {
            let rows: Vec<_> = self
                .orders
                .iter()
                .filter(|order| order.1 == bid)
                .map(|(id, _, ticks, lots)| {
                    format!(r#"["{}","{}","{}"]"#, decimal(*ticks), decimal(*lots), uuid(*id))
                })
                .collect();
            rows.join(",")
        };
        format!(
            r#"{{"bids":[{}],"asks":[{}],"sequence":{},"time":"x"}}"#,
            side(true),
            side(false),
            self.sequence
        )
    }

    pub fn same(&self, book: &L3Book) {
        let mut levels: BTreeMap<(bool, i64), Vec<(u128, i64)>> = BTreeMap::new();
        for (id, bid, ticks, lots) in &self.orders {
            levels.entry((*bid, *ticks)).or_default().push((*id, *lots * 1_000_000));
        }
        for ((bid, ticks), own) in &levels {
            let side = if *bid { Side::Buy } else { Side::Sell };
            let queue: Vec<_> =
                book.queue(side, Ticks(*ticks)).map(|order| (order.id, order.lots.0)).collect();
            assert_eq!(&queue, own, "{side:?} {ticks}");
        }
        assert_eq!(book.len(), self.orders.len());
    }
}
