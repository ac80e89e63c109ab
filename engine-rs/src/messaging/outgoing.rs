//! What the decision thread says, as plain values, and the topic and message that each becomes.

use prost::Message;

use super::contract::MarketTick;
use super::wire;
use crate::model::{Event, InstrumentId, Kind, Nanos};

/// Row of the engine's strategies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct StrategyId(pub u16);

/// An order as it stands after a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrderReport {
    /// Whose.
    pub strategy: StrategyId,
    /// The order_update record of the ring.
    pub update: Event,
    /// The venue's id, 0 if it has given none.
    pub venue_order_id: u64,
    /// 1 market, 2 limit.
    pub order_type: u8,
    /// 1 GTC, 2 IOC, 3 FOK.
    pub tif: u8,
}

/// One of our fills.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FillReport {
    /// Whose.
    pub strategy: StrategyId,
    /// The fill record of the ring.
    pub fill: Event,
    /// The venue's order id.
    pub venue_order_id: u64,
    /// The venue's trade id.
    pub trade_id: u64,
}

/// A strategy's signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignalReport {
    /// Whose.
    pub strategy: StrategyId,
    /// The signal record of the ring.
    pub signal: Event,
}

/// A position after a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionState {
    /// Whose.
    pub strategy: StrategyId,
    /// In what.
    pub instrument: InstrumentId,
    /// When.
    pub time: Nanos,
    /// Signed.
    pub qty: f64,
    /// Of the open position, a unit.
    pub average_cost: f64,
    /// In quote currency.
    pub realized_pnl: f64,
    /// In quote currency.
    pub unrealized_pnl: f64,
    /// In quote currency.
    pub fees: f64,
}

/// The account after a change, in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AccountState {
    /// When.
    pub time: Nanos,
    /// Money at hand.
    pub cash: f64,
    /// Cash and positions.
    pub equity: f64,
    /// Since the start.
    pub realized_pnl: f64,
    /// Of open positions.
    pub unrealized_pnl: f64,
    /// Paid.
    pub fees: f64,
}

/// What the decision thread hands over. Only acknowledgements and changes of state carry text; they are rare.
#[derive(Clone, Debug, PartialEq)]
pub enum Outgoing {
    /// A trade of the tape.
    Trade(Event),
    /// An order changed.
    Order(OrderReport),
    /// A fill.
    Fill(FillReport),
    /// A signal.
    Signal(SignalReport),
    /// A position changed.
    Position(PositionState),
    /// The account changed.
    Account(AccountState),
    /// A strategy's state, or with `None` the engine's.
    Status {
        /// Whose.
        strategy: Option<StrategyId>,
        /// When.
        time: Nanos,
        /// `running`, `stopped`, `killed`, `failed`.
        state: &'static str,
        /// Why.
        reason: String,
    },
    /// The answer to a command.
    Ack {
        /// Of the command.
        id: String,
        /// When.
        time: Nanos,
        /// Applied, or refused.
        accepted: bool,
        /// Why it was refused.
        reason: String,
        /// Version of the parameters that are now in force.
        parameters_version: u64,
    },
}

/// The names behind the ids, known at the start.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// By [`InstrumentId`].
    pub instruments: Vec<String>,
    /// By [`StrategyId`].
    pub strategies: Vec<String>,
    /// The account's currency.
    pub currency: String,
}

impl Names {
    fn instrument(&self, id: u32) -> String {
        self.instruments.get(id as usize).cloned().unwrap_or_default()
    }

    fn strategy(&self, id: StrategyId) -> String {
        self.strategies.get(usize::from(id.0)).cloned().unwrap_or_default()
    }
}

/// Kinds of topic, for the sequence of each.
pub(super) const TOPIC_KINDS: usize = 9;

/// A topic, the index of its kind, and a message without its header's session and sequence.
pub(super) struct Framed {
    pub topic: String,
    pub kind: usize,
    pub body: Body,
}

/// A message that waits for its header.
pub(super) enum Body {
    Tick(MarketTick),
    Trade(wire::Trade),
    Order(wire::Order),
    Fill(wire::Fill),
    Signal(wire::Signal),
    Position(wire::Position),
    Account(wire::Account),
    Status(wire::Status),
    Ack(wire::Ack),
}

impl Body {
    /// The wire bytes with that header; a tick of the users' contract has no room for one.
    pub fn encode(self, header: wire::Header) -> Vec<u8> {
        let fill_in = |mut kept: wire::Header| {
            kept.session_id = header.session_id;
            kept.sequence = header.sequence;
            Some(kept)
        };
        macro_rules! with_header {
            ($message:expr) => {{
                let mut message = $message;
                message.header = fill_in(message.header.unwrap_or_default());
                message.encode_to_vec()
            }};
        }
        match self {
            Body::Tick(tick) => tick.encode_to_vec(),
            Body::Trade(message) => with_header!(message),
            Body::Order(message) => with_header!(message),
            Body::Fill(message) => with_header!(message),
            Body::Signal(message) => with_header!(message),
            Body::Position(message) => with_header!(message),
            Body::Account(message) => with_header!(message),
            Body::Status(message) => with_header!(message),
            Body::Ack(message) => with_header!(message),
        }
    }
}

impl Outgoing {
    /// The messages that this becomes: one, or two for a trade (a record of the tape, and a tick of the contract).
    pub(super) fn frames(self, names: &Names) -> Vec<Framed> {
        let framed = |kind: usize, topic: String, body: Body| Framed { topic, kind, body };
        match self {
            Outgoing::Trade(event) => trade_frames(&event, names),
            Outgoing::Order(report) => {
                vec![framed(2, format!("order.{}", names.strategy(report.strategy)), order(&report, names))]
            }
            Outgoing::Fill(report) => {
                vec![framed(3, format!("fill.{}", names.strategy(report.strategy)), fill(&report, names))]
            }
            Outgoing::Signal(report) => {
                vec![framed(4, format!("signal.{}", names.strategy(report.strategy)), signal(&report, names))]
            }
            Outgoing::Position(state) => {
                let strategy = names.strategy(state.strategy);
                let message = wire::Position {
                    header: head(state.time.0, 0),
                    strategy: strategy.clone(),
                    instrument: names.instrument(state.instrument.0),
                    qty: state.qty,
                    average_cost: state.average_cost,
                    realized_pnl: state.realized_pnl,
                    unrealized_pnl: state.unrealized_pnl,
                    fees: state.fees,
                };
                vec![framed(5, format!("position.{strategy}"), Body::Position(message))]
            }
            Outgoing::Account(state) => {
                let message = wire::Account {
                    header: head(state.time.0, 0),
                    currency: names.currency.clone(),
                    cash: state.cash,
                    equity: state.equity,
                    realized_pnl: state.realized_pnl,
                    unrealized_pnl: state.unrealized_pnl,
                    fees: state.fees,
                };
                vec![framed(6, format!("account.{}", names.currency), Body::Account(message))]
            }
            Outgoing::Status { strategy, time, state, reason } => {
                let strategy = strategy.map(|id| names.strategy(id)).unwrap_or_default();
                let topic = format!("status.{strategy}");
                let message =
                    wire::Status { header: head(time.0, 0), strategy, state: state.to_owned(), reason };
                vec![framed(7, topic, Body::Status(message))]
            }
            Outgoing::Ack { id, time, accepted, reason, parameters_version } => {
                let topic = format!("ack.{id}");
                let header = head(time.0, 0);
                let message = wire::Ack { header, command_id: id, accepted, reason, parameters_version };
                vec![framed(8, topic, Body::Ack(message))]
            }
        }
    }
}

fn head(time_ns: i64, stamp: u64) -> Option<wire::Header> {
    Some(wire::Header { time_ns, stamp, ..wire::Header::default() })
}

fn trade_frames(event: &Event, names: &Names) -> Vec<Framed> {
    let Some(trade) = event.as_trade() else { return Vec::new() };
    let instrument = names.instrument(trade.instrument);
    let (exchange, symbol) = instrument.split_once(':').unwrap_or(("", &instrument));
    let tick = MarketTick {
        symbol: symbol.to_owned(),
        price: trade.price,
        volume: trade.qty,
        timestamp_us: trade.event_time / 1000,
        exchange: exchange.to_owned(),
    };
    let message = wire::Trade {
        header: head(trade.receive_time, trade.stamp),
        instrument: instrument.clone(),
        side: i32::from(trade.side),
        price: trade.price,
        qty: trade.qty,
        trade_id: trade.trade_id,
        event_time_ns: trade.event_time,
    };
    vec![
        Framed { topic: format!("tick.{instrument}"), kind: 0, body: Body::Tick(tick) },
        Framed { topic: format!("trade.{instrument}"), kind: 1, body: Body::Trade(message) },
    ]
}

const TYPES: [&str; 6] = ["", "market", "limit", "stop", "stop_limit", "trailing_stop"];
const TIFS: [&str; 6] = ["", "gtc", "ioc", "fok", "gtd", "day"];

fn name_of(names: &[&str], code: u8) -> String {
    names.get(usize::from(code)).copied().unwrap_or("").to_owned()
}

fn order(report: &OrderReport, names: &Names) -> Body {
    let event = report.update;
    let update = event.as_order_update().copied().unwrap_or_else(bytemuck::Zeroable::zeroed);
    debug_assert_eq!(event.kind, Kind::OrderUpdate as u8);
    Body::Order(wire::Order {
        header: head(update.receive_time, update.stamp),
        strategy: names.strategy(report.strategy),
        instrument: names.instrument(update.instrument),
        client_order_id: update.client_order_id,
        venue_order_id: id_text(report.venue_order_id),
        side: i32::from(update.side),
        r#type: name_of(&TYPES, report.order_type),
        tif: name_of(&TIFS, report.tif),
        qty: update.qty,
        price: update.price,
        filled_qty: update.filled_qty,
        status: i32::from(update.flags >> 12),
        reason: u32::from(update.flags & 0xff),
        reason_text: String::new(),
    })
}

fn fill(report: &FillReport, names: &Names) -> Body {
    let event = report.fill;
    let fill = event.as_fill().copied().unwrap_or_else(bytemuck::Zeroable::zeroed);
    Body::Fill(wire::Fill {
        header: head(fill.receive_time, fill.stamp),
        strategy: names.strategy(report.strategy),
        instrument: names.instrument(fill.instrument),
        client_order_id: fill.client_order_id,
        venue_order_id: id_text(report.venue_order_id),
        trade_id: id_text(report.trade_id),
        side: i32::from(fill.side),
        price: fill.price,
        qty: fill.qty,
        fee: fill.fee,
        fee_currency: names.currency.clone(),
        maker: fill.flags & crate::model::flag::MAKER != 0,
    })
}

fn signal(report: &SignalReport, names: &Names) -> Body {
    let event = report.signal;
    let signal = event.as_signal().copied().unwrap_or_else(bytemuck::Zeroable::zeroed);
    Body::Signal(wire::Signal {
        header: head(signal.receive_time, signal.stamp),
        strategy: names.strategy(report.strategy),
        instrument: names.instrument(signal.instrument),
        value: signal.value,
        confidence: signal.confidence,
        model: String::new(),
    })
}

fn id_text(id: u64) -> String {
    if id == 0 { String::new() } else { id.to_string() }
}
