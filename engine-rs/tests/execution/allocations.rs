//! The way of an order, from the check to its last report, allocates nothing once it is warm.

#[path = "../support/counting.rs"]
mod counting;

use pyrt_engine::execution::OrderManager;
use pyrt_engine::execution::venues::binance::{BinanceOrderEntry, Credentials, Message, Options};
use pyrt_engine::model::{
    ClientOrderId, Event, Instrument, InstrumentId, Lots, Money, Nanos, Order, OrderType, Side, Ticks, Tif,
};
use pyrt_engine::risk::{BookView, Context, Limits, PreTrade, Ratio};

use counting::ALLOCATIONS;

const BTC: InstrumentId = InstrumentId(0);
const SECOND: i64 = 1_000_000_000;

struct Desk {
    risk: PreTrade,
    client: BinanceOrderEntry,
    orders: OrderManager,
    send: Vec<u8>,
    messages: Vec<Message>,
    records: Vec<Event>,
}

impl Desk {
    fn new() -> Desk {
        let btc = Instrument::spot("binance:BTC-USDT", "BTCUSDT", "0.01", "0.00001").unwrap();
        let mut risk =
            PreTrade::new(Limits::from_toml(include_str!("../../../config/risk_limits.toml")).unwrap());
        risk.exposures_mut().add(BTC, &btc, Some(Ratio::ONE)).unwrap();
        risk.exposures_mut().set_mark(BTC, Some(Ticks(6_000_000)));
        let credentials = Credentials::from_seed("key", &[7; 32]).unwrap();
        let client = BinanceOrderEntry::new(credentials, &[(BTC, btc.clone())], Options::default());
        let mut orders = OrderManager::new(16);
        orders.add_instrument(BTC, btc);
        let mut desk = Desk { risk, client, orders, send: vec![], messages: vec![], records: vec![] };
        desk.client.connected(Nanos(0), &mut desk.send);
        desk.hear(r#"{"id":"l","status":200,"result":{}}"#, Nanos(0));
        desk.hear(r#"{"id":"u","status":200,"result":{"subscriptionId":0}}"#, Nanos(0));
        desk
    }

    fn hear(&mut self, text: &str, now: Nanos) {
        self.messages.clear();
        self.client.on_text(text, now, &mut self.messages, &mut self.send).unwrap();
        for message in &self.messages {
            if let Message::Told(told) = message {
                self.orders.on_told(told, &mut self.records).unwrap();
            }
        }
        self.risk.exposures_mut().set_in_flight(BTC, self.orders.in_flight(BTC));
    }

    fn trade(&mut self, id: ClientOrderId, now: Nanos, texts: &[String]) {
        let (side, order_type, tif, post_only) = (Side::Buy, OrderType::Limit, Tif::Gtc, false);
        let (price, qty, time) = (Ticks(6_000_000), Lots(100), now);
        let order = Order {
            id,
            instrument: BTC,
            side,
            order_type,
            tif,
            post_only,
            price,
            qty,
            trigger: Ticks(0),
            display: Lots(0),
            time,
        };
        let (equity, peak_equity) = (Some(Money::from_f64(1e6)), Some(Money::from_f64(1e6)));
        let book = BookView { synced: true, age: 0 };
        let context = Context { now, killed: false, stopped: false, book, equity, peak_equity };
        self.send.clear();
        self.records.clear();
        let approved = self.risk.check(order, &context).unwrap();
        let refused = self.risk.check(Order { qty: Lots(1 << 40), ..order }, &context);
        assert!(refused.is_err());
        self.client.place(&approved, now, &mut self.send).unwrap();
        self.orders.send(approved, &mut self.records).unwrap();
        self.orders.cancel(id, now, &mut self.records).unwrap();
        self.client.cancel(id, BTC, now, &mut self.send).unwrap();
        texts.iter().for_each(|text| self.hear(text, now));
    }
}

/// Acknowledgement, two fills with a fee in base currency, one of them again, the cancel's reply and event.
fn texts(id: ClientOrderId) -> Vec<String> {
    let name = String::from_utf8(id.text().to_vec()).unwrap();
    let limits = r#""rateLimits":[{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":50,"count":1}]"#;
    let ack = format!(
        r#"{{"id":"p{name}","status":200,"result":{{"symbol":"BTCUSDT","orderId":5,"orderListId":-1,"clientOrderId":"{name}","transactTime":1660801715639}},{limits}}}"#
    );
    let fill = |trade: u64, sum: &str| {
        format!(
            r#"{{"subscriptionId":0,"event":{{"e":"executionReport","E":1660801715640,"s":"BTCUSDT","c":"{name}","S":"BUY","o":"LIMIT","f":"GTC","q":"0.00100000","p":"60000.00","C":"","x":"TRADE","X":"PARTIALLY_FILLED","r":"NONE","i":5,"l":"0.00040000","z":"{sum}","L":"60000.00000000","n":"0.00000040","N":"BTC","T":1660801715640,"t":{trade},"w":true,"m":true}}}}"#
        )
    };
    let canceled = format!(
        r#"{{"subscriptionId":0,"event":{{"e":"executionReport","E":1660801715640,"s":"BTCUSDT","c":"web_1","C":"{name}","x":"CANCELED","X":"CANCELED","i":5,"z":"0.00080000","T":1660801715640,"t":-1}}}}"#
    );
    let reply = format!(
        r#"{{"id":"c{name}","status":200,"result":{{"symbol":"BTCUSDT","origClientOrderId":"{name}","orderId":5,"clientOrderId":"web_1","transactTime":1660801715640,"executedQty":"0.00080000","status":"CANCELED"}},{limits}}}"#
    );
    let twice = fill(1, "0.00040000");
    vec![ack, twice.clone(), twice, fill(2, "0.00080000"), reply, canceled]
}

#[test]
fn a_warm_desk_allocates_nothing() {
    let mut desk = Desk::new();
    let texts: Vec<_> = (0..300).map(|counter| texts(ClientOrderId::new(1, 1, counter))).collect();
    let mut trade = |range: std::ops::Range<u32>| {
        for counter in range {
            let now = Nanos(i64::from(counter + 1) * SECOND);
            desk.trade(ClientOrderId::new(1, 1, counter), now, &texts[counter as usize]);
            assert_eq!(desk.orders.live().count(), 0);
        }
    };
    trade(0..40); // every place of the table has been used
    let before = ALLOCATIONS.get();
    trade(40..300);
    assert_eq!(ALLOCATIONS.get() - before, 0);
}
