//! Requests as the bytes of a text frame, appended to a caller's buffer.
//!
//! A request's id says what it is about, so that its reply needs no list of open requests: a letter and the client
//! order id. After `session.logon` requests need no signature, only a time.

use super::credentials::Credentials;
use super::symbols::Listed;
use crate::model::{ClientOrderId, Instrument, Nanos, Order, OrderName, OrderType, Side, Tif, push_integer};

/// What a request was about, as its id says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Logon,
    Subscribe,
    Time,
    OpenOrders,
    Place(ClientOrderId),
    Cancel(OrderName),
    Status(OrderName),
    Fills(OrderName),
    /// The order that becomes smaller.
    Reduce(OrderName),
    /// The order that takes the place of another.
    Replace(OrderName),
}

impl Asked {
    fn letter(self) -> u8 {
        match self {
            Asked::Logon => b'l',
            Asked::Subscribe => b'u',
            Asked::Time => b'i',
            Asked::OpenOrders => b'o',
            Asked::Place(_) => b'p',
            Asked::Cancel(_) => b'c',
            Asked::Status(_) => b's',
            Asked::Fills(_) => b'f',
            Asked::Reduce(_) => b'a',
            Asked::Replace(_) => b'r',
        }
    }

    /// What the request of this id was about.
    pub(super) fn from_id(id: &str) -> Option<Asked> {
        let (letter, order) = id.as_bytes().split_first()?;
        let order = OrderName::from_text(order);
        Some(match (letter, order) {
            (b'l', None) if id.len() == 1 => Asked::Logon,
            (b'u', None) if id.len() == 1 => Asked::Subscribe,
            (b'i', None) if id.len() == 1 => Asked::Time,
            (b'o', None) if id.len() == 1 => Asked::OpenOrders,
            (b'p', Some(OrderName { id, version: 0 })) => Asked::Place(id),
            (b'c', Some(name)) => Asked::Cancel(name),
            (b's', Some(name)) => Asked::Status(name),
            (b'f', Some(name)) => Asked::Fills(name),
            (b'a', Some(name)) => Asked::Reduce(name),
            (b'r', Some(name)) => Asked::Replace(name),
            _ => return None,
        })
    }

    /// The order that it was about.
    pub(super) fn order(self) -> Option<OrderName> {
        match self {
            Asked::Place(id) => Some(id.into()),
            Asked::Cancel(name)
            | Asked::Status(name)
            | Asked::Fills(name)
            | Asked::Reduce(name)
            | Asked::Replace(name) => Some(name),
            _ => None,
        }
    }
}

/// When a request was made, by the venue's clock, and how long the venue may take to receive it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    pub(super) now: Nanos,
    pub(super) recv_window_ms: u32,
}

impl Stamp {
    fn ms(self) -> u64 {
        u64::try_from(self.now.0 / 1_000_000).unwrap_or(0)
    }

    /// The last of the parameters, and the end of the request.
    fn finish(self, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"recvWindow\":");
        push_integer(out, u64::from(self.recv_window_ms));
        out.extend_from_slice(b",\"timestamp\":");
        push_integer(out, self.ms());
        out.extend_from_slice(b"}}");
    }
}

fn begin(out: &mut Vec<u8>, asked: Asked, method: &str) {
    out.extend_from_slice(b"{\"id\":\"");
    out.push(asked.letter());
    if let Some(name) = asked.order() {
        name.push_text(out);
    }
    out.extend_from_slice(b"\",\"method\":\"");
    out.extend_from_slice(method.as_bytes());
    out.push(b'"');
}

/// `session.logon`: the one request that is signed.
pub(super) fn logon(out: &mut Vec<u8>, credentials: &Credentials, stamp: Stamp) {
    let (key, window, time) = (credentials.api_key(), stamp.recv_window_ms, stamp.ms());
    let payload = format!("apiKey={key}&recvWindow={window}&timestamp={time}");
    begin(out, Asked::Logon, "session.logon");
    let signature = credentials.sign(payload.as_bytes());
    out.extend_from_slice(
        format!(",\"params\":{{\"apiKey\":\"{key}\",\"signature\":\"{signature}\"").as_bytes(),
    );
    stamp.finish(out);
}

/// `userDataStream.subscribe`: from then on events come on this connection.
pub(super) fn subscribe(out: &mut Vec<u8>) {
    begin(out, Asked::Subscribe, "userDataStream.subscribe");
    out.push(b'}');
}

/// `time`.
pub(super) fn time(out: &mut Vec<u8>) {
    begin(out, Asked::Time, "time");
    out.push(b'}');
}

/// `order.place`. The reply only acknowledges: fills come as events.
pub(super) fn place(out: &mut Vec<u8>, order: &Order, listed: &Listed, stamp: Stamp) {
    begin(out, Asked::Place(order.id), "order.place");
    out.extend_from_slice(b",\"params\":{");
    out.extend_from_slice(listed.symbol_pair.as_bytes());
    terms(out, order, &listed.instrument);
    out.extend_from_slice(b",\"newClientOrderId\":\"");
    out.extend_from_slice(&order.id.text());
    out.extend_from_slice(b"\",\"newOrderRespType\":\"ACK\"");
    stamp.finish(out);
}

/// Side, type and numbers of a new order.
fn terms(out: &mut Vec<u8>, order: &Order, instrument: &Instrument) {
    let side: &[u8] = if order.side == Side::Buy { b",\"side\":\"BUY\"" } else { b",\"side\":\"SELL\"" };
    out.extend_from_slice(side);
    let limit = order.order_type.has_limit();
    // What the venue has no word for never comes here: `engine/hosting/spot.rs`.
    let kind: &[u8] = match order.order_type {
        OrderType::Market => b",\"type\":\"MARKET\"",
        OrderType::Limit if order.post_only => b",\"type\":\"LIMIT_MAKER\"",
        OrderType::Limit => b",\"type\":\"LIMIT\"",
        OrderType::Stop | OrderType::TrailingStop => b",\"type\":\"STOP_LOSS\"",
        OrderType::StopLimit => b",\"type\":\"STOP_LOSS_LIMIT\"",
    };
    out.extend_from_slice(kind);
    if limit && !order.post_only {
        out.extend_from_slice(match order.tif {
            Tif::Ioc => b",\"timeInForce\":\"IOC\"",
            Tif::Fok => b",\"timeInForce\":\"FOK\"",
            _ => b",\"timeInForce\":\"GTC\"",
        });
    }
    let mut price = |name: &[u8], ticks: i64| {
        out.extend_from_slice(name);
        instrument.tick.push_decimal(out, ticks);
        out.push(b'"');
    };
    if limit {
        price(b",\"price\":\"", order.price.0);
    }
    if order.order_type.is_stop() {
        price(b",\"stopPrice\":\"", order.trigger.0);
    }
    if order.display.0 > 0 {
        out.extend_from_slice(b",\"icebergQty\":\"");
        instrument.lot.push_decimal(out, order.display.0);
        out.push(b'"');
    }
    out.extend_from_slice(b",\"quantity\":\"");
    instrument.lot.push_decimal(out, order.qty.0);
    out.push(b'"');
}

fn text(out: &mut Vec<u8>, key: &[u8], name: OrderName) {
    out.extend_from_slice(key);
    name.push_text(out);
    out.push(b'"');
}

/// `order.cancelReplace`: `order` is the new one. If the old one cannot be taken back there is none. `guarded`: it is
/// taken back only if nothing of it has filled, so that both together never fill more than the new one asks for.
pub(super) fn replace(
    out: &mut Vec<u8>,
    order: &Order,
    (old, new, guarded): (OrderName, OrderName, bool),
    listed: &Listed,
    stamp: Stamp,
) {
    begin(out, Asked::Replace(new), "order.cancelReplace");
    out.extend_from_slice(b",\"params\":{");
    out.extend_from_slice(listed.symbol_pair.as_bytes());
    out.extend_from_slice(b",\"cancelReplaceMode\":\"STOP_ON_FAILURE\"");
    if guarded {
        out.extend_from_slice(b",\"cancelRestrictions\":\"ONLY_NEW\"");
    }
    text(out, b",\"cancelOrigClientOrderId\":\"", old);
    terms(out, order, &listed.instrument);
    text(out, b",\"newClientOrderId\":\"", new);
    out.extend_from_slice(b",\"newOrderRespType\":\"ACK\"");
    stamp.finish(out);
}

/// `order.amend.keepPriority`: fewer lots, the same name, the same place in the queue.
pub(super) fn reduce(out: &mut Vec<u8>, name: OrderName, order: &Order, listed: &Listed, stamp: Stamp) {
    begin(out, Asked::Reduce(name), "order.amend.keepPriority");
    out.extend_from_slice(b",\"params\":{");
    out.extend_from_slice(listed.symbol_pair.as_bytes());
    text(out, b",\"origClientOrderId\":\"", name);
    text(out, b",\"newClientOrderId\":\"", name);
    out.extend_from_slice(b",\"newQty\":\"");
    listed.instrument.lot.push_decimal(out, order.qty.0);
    out.push(b'"');
    stamp.finish(out);
}

/// `order.cancel`.
pub(super) fn cancel(out: &mut Vec<u8>, name: OrderName, listed: &Listed, stamp: Stamp) {
    begin(out, Asked::Cancel(name), "order.cancel");
    about(out, name, listed, stamp);
}

/// `order.status`.
pub(super) fn status(out: &mut Vec<u8>, name: OrderName, listed: &Listed, stamp: Stamp) {
    begin(out, Asked::Status(name), "order.status");
    about(out, name, listed, stamp);
}

fn about(out: &mut Vec<u8>, name: OrderName, listed: &Listed, stamp: Stamp) {
    out.extend_from_slice(b",\"params\":{");
    out.extend_from_slice(listed.symbol_pair.as_bytes());
    text(out, b",\"origClientOrderId\":\"", name);
    stamp.finish(out);
}

/// `myTrades`: the fills of one order.
pub(super) fn fills(out: &mut Vec<u8>, name: OrderName, venue_order_id: u64, listed: &Listed, stamp: Stamp) {
    begin(out, Asked::Fills(name), "myTrades");
    out.extend_from_slice(b",\"params\":{");
    out.extend_from_slice(listed.symbol_pair.as_bytes());
    out.extend_from_slice(b",\"orderId\":");
    push_integer(out, venue_order_id);
    stamp.finish(out);
}

/// `openOrders.status` of all symbols.
pub(super) fn open_orders(out: &mut Vec<u8>, stamp: Stamp) {
    begin(out, Asked::OpenOrders, "openOrders.status");
    out.extend_from_slice(b",\"params\":{");
    let first = out.len();
    stamp.finish(out);
    out.remove(first); // the comma before the first parameter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execution::venues::binance::symbols::Symbols;
    use crate::model::{Instrument, InstrumentId, Lots, Ticks};

    const STAMP: Stamp = Stamp { now: Nanos(1_645_423_376_532_000_000), recv_window_ms: 5000 };

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn requests_are_the_documented_ones() {
        let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
        let symbols = Symbols::new(&[(InstrumentId(0), btc)]);
        let listed = symbols.get(InstrumentId(0)).unwrap();
        let (id, instrument, time) = (ClientOrderId::new(1, 2, 3), InstrumentId(0), Nanos(0));
        let (side, order_type, tif, post_only) = (Side::Sell, OrderType::Limit, Tif::Gtc, false);
        let (price, qty) = (Ticks(5_200_000), Lots(1000));
        let (trigger, display) = (Ticks(0), Lots(0));
        let order =
            Order { id, instrument, side, order_type, tif, post_only, price, qty, trigger, display, time };
        assert_eq!(
            written(|out| place(out, &order, listed, STAMP)),
            r#"{"id":"ppyrt0001000200000003","method":"order.place","params":{"symbol":"BTCUSDT","side":"SELL","type":"LIMIT","timeInForce":"GTC","price":"52000.00","quantity":"0.01000","newClientOrderId":"pyrt0001000200000003","newOrderRespType":"ACK","recvWindow":5000,"timestamp":1645423376532}}"#
        );
        let market = Order { order_type: OrderType::Market, price: Ticks(0), ..order };
        let market = written(|out| place(out, &market, listed, STAMP));
        assert!(market.contains(r#""type":"MARKET","quantity":"0.01000""#), "{market}");
        let maker = written(|out| place(out, &Order { post_only: true, ..order }, listed, STAMP));
        assert!(maker.contains(r#""type":"LIMIT_MAKER","price":"52000.00""#), "{maker}");
        let stop = Order { order_type: OrderType::Stop, trigger: Ticks(5_100_000), ..order };
        let plain = written(|out| place(out, &Order { price: Ticks(0), ..stop }, listed, STAMP));
        assert!(
            plain.contains(r#""type":"STOP_LOSS","stopPrice":"51000.00","quantity":"0.01000""#),
            "{plain}"
        );
        let limited = Order { order_type: OrderType::StopLimit, display: Lots(200), ..stop };
        let limited = written(|out| place(out, &limited, listed, STAMP));
        let words = r#""type":"STOP_LOSS_LIMIT","timeInForce":"GTC","price":"52000.00","stopPrice":"51000.00","icebergQty":"0.00200","quantity":"0.01000""#;
        assert!(limited.contains(words), "{limited}");
        assert_eq!(
            written(|out| cancel(out, id.into(), listed, STAMP)),
            r#"{"id":"cpyrt0001000200000003","method":"order.cancel","params":{"symbol":"BTCUSDT","origClientOrderId":"pyrt0001000200000003","recvWindow":5000,"timestamp":1645423376532}}"#
        );
        let new = OrderName { id, version: 1 };
        let other = Order { price: Ticks(5_100_000), qty: Lots(700), ..order };
        assert_eq!(
            written(|out| replace(out, &other, (id.into(), new, true), listed, STAMP)),
            r#"{"id":"rpyrt0001000200000003.0001","method":"order.cancelReplace","params":{"symbol":"BTCUSDT","cancelReplaceMode":"STOP_ON_FAILURE","cancelRestrictions":"ONLY_NEW","cancelOrigClientOrderId":"pyrt0001000200000003","side":"SELL","type":"LIMIT","timeInForce":"GTC","price":"51000.00","quantity":"0.00700","newClientOrderId":"pyrt0001000200000003.0001","newOrderRespType":"ACK","recvWindow":5000,"timestamp":1645423376532}}"#
        );
        let again = written(|out| {
            let third = OrderName { id, version: 2 };
            replace(out, &stop, (new, third, false), listed, STAMP);
        });
        assert!(
            !again.contains("cancelRestrictions") && again.contains(r#""stopPrice":"51000.00""#),
            "{again}"
        );
        assert_eq!(
            written(|out| reduce(out, new, &other, listed, STAMP)),
            r#"{"id":"apyrt0001000200000003.0001","method":"order.amend.keepPriority","params":{"symbol":"BTCUSDT","origClientOrderId":"pyrt0001000200000003.0001","newClientOrderId":"pyrt0001000200000003.0001","newQty":"0.00700","recvWindow":5000,"timestamp":1645423376532}}"#
        );
        assert_eq!(
            written(|out| open_orders(out, STAMP)),
            r#"{"id":"o","method":"openOrders.status","params":{"recvWindow":5000,"timestamp":1645423376532}}"#
        );
        assert_eq!(written(subscribe), r#"{"id":"u","method":"userDataStream.subscribe"}"#);
    }

    #[test]
    fn a_request_is_known_again_by_its_id() {
        let id = ClientOrderId(0x0001_0002_ffff_abcd);
        let all = [Asked::Logon, Asked::Subscribe, Asked::Time, Asked::OpenOrders, Asked::Place(id)];
        let name = OrderName { id, version: 0x12 };
        let more = [Asked::Cancel(id.into()), Asked::Status(name), Asked::Fills(name)];
        for asked in all.into_iter().chain(more).chain([Asked::Reduce(id.into()), Asked::Replace(name)]) {
            let request = written(|out| begin(out, asked, "time")) + "}";
            let request: serde_json::Value = serde_json::from_str(&request).unwrap();
            let id = request["id"].as_str().unwrap();
            assert!(id.len() <= 36);
            assert_eq!(Asked::from_id(id), Some(asked));
        }
        for foreign in ["", "p", "lx", "ppyrt", "xpyrt0001000200000003", "17", "ppyrt0001000200000003.0001"] {
            assert_eq!(Asked::from_id(foreign), None, "{foreign}");
        }
    }
}
