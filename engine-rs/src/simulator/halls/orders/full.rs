//! Coinbase's channel order by order, as texts; and the book of a product as its REST half lists it.

use super::{Order, OrderNews};
use crate::model::Nanos;
use crate::simulator::halls::board::Deal;
use crate::simulator::halls::stock::Stall;
use crate::simulator::halls::text::rfc3339;

/// An order's name.
pub fn name(id: u64) -> String {
    format!("{:08x}-0000-4000-8000-{:012x}", id >> 48, id & 0xffff_ffff_ffff)
}

/// Counts a product's messages, and writes their common end.
pub struct Row<'a> {
    pub stall: &'a Stall,
    pub sequence: &'a mut u64,
    pub now: Nanos,
}

impl Row<'_> {
    /// A message with its number.
    fn text(&mut self, kind: &str, fields: &str) -> String {
        *self.sequence += 1;
        let (pair, sequence, time) = (&self.stall.pair, *self.sequence, rfc3339(self.now));
        format!(r#"{{"type":"{kind}",{fields},"product_id":"{pair}","sequence":{sequence},"time":"{time}"}}"#)
    }

    /// What is said of an order that came, went or was changed.
    pub fn orders(&mut self, bid: bool, price: i64, news: &OrderNews) -> Vec<String> {
        let (side, at) = (if bid { "buy" } else { "sell" }, self.stall.price(price));
        match news {
            OrderNews::Added(Order { id, qty }) => {
                let (id, size) = (name(*id), self.stall.qty(*qty));
                let came = format!(
                    r#""order_id":"{id}","order_type":"limit","size":"{size}","price":"{at}","side":"{side}""#
                );
                let rests =
                    format!(r#""price":"{at}","order_id":"{id}","remaining_size":"{size}","side":"{side}""#);
                vec![self.text("received", &came), self.text("open", &rests)]
            }
            OrderNews::Shrunk(Order { id, qty }, before) => {
                let (id, new, old) = (name(*id), self.stall.qty(*qty), self.stall.qty(*before));
                let fields = format!(
                    r#""reason":"modify_order","order_id":"{id}","side":"{side}","old_size":"{old}","new_size":"{new}","old_price":"{at}","new_price":"{at}""#
                );
                vec![self.text("change", &fields)]
            }
            OrderNews::Removed(Order { id, qty }) => vec![self.done("canceled", name(*id), side, *qty, &at)],
        }
    }

    fn done(&mut self, reason: &str, id: String, side: &str, left: i64, at: &str) -> String {
        let size = self.stall.qty(left);
        let fields = format!(
            r#""reason":"{reason}","order_id":"{id}","side":"{side}","remaining_size":"{size}","price":"{at}""#
        );
        self.text("done", &fields)
    }

    /// What is said of a trade: the taker comes, takes and is done; the maker too, if nothing is left of it. The second of
    /// the texts is the trade itself.
    pub fn trade(&mut self, deal: Deal) -> Vec<String> {
        let Deal { price, qty, buyer_is_maker, fill } = deal;
        let (at, size) = (self.stall.price(price), self.stall.qty(qty));
        let (side, taker_side) = if buyer_is_maker { ("buy", "sell") } else { ("sell", "buy") };
        let (maker, taker) = (name(fill.maker.id), name(fill.taker));
        let came =
            format!(r#""order_id":"{taker}","order_type":"market","size":"{size}","side":"{taker_side}""#);
        let matched = format!(
            r#""trade_id":{},"maker_order_id":"{maker}","taker_order_id":"{taker}","side":"{side}","size":"{size}","price":"{at}""#,
            self.stall.trade_id
        );
        let mut texts = vec![self.text("received", &came), self.text("match", &matched)];
        if fill.maker.qty == 0 {
            texts.push(self.done("filled", maker, side, 0, &at));
        }
        let left = self.stall.qty(0);
        let gone = format!(
            r#""reason":"filled","order_id":"{taker}","side":"{taker_side}","remaining_size":"{left}""#
        );
        texts.push(self.text("done", &gone));
        texts
    }
}

/// All orders of a product, and the number of the last message about them.
pub fn listed(stall: &Stall, sequence: u64, now: Nanos) -> String {
    let side = |bid: bool| {
        let rows = stall.orders.side(bid).flat_map(|(price, queue)| {
            let price = stall.price(price);
            queue
                .iter()
                .map(move |order| format!(r#"["{price}","{}","{}"]"#, stall.qty(order.qty), name(order.id)))
        });
        rows.collect::<Vec<_>>().join(",")
    };
    format!(
        r#"{{"bids":[{}],"asks":[{}],"sequence":{sequence},"auction_mode":false,"auction":null,"time":"{}"}}"#,
        side(true),
        side(false),
        rfc3339(now)
    )
}

/// A bid above the best ask in the place of an order that comes.
pub fn crossed(text: &str, stall: &Stall) -> Option<String> {
    let price = stall.price(stall.crossing_bid()?);
    let (head, rest) = text.split_once("\"price\":\"")?;
    let (_, tail) = rest.split_once('"')?;
    let tail = tail.replacen("\"side\":\"sell\"", "\"side\":\"buy\"", 1);
    Some(format!("{head}\"price\":\"{price}\"{tail}"))
}
