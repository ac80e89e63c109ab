//! A snapshot as a journal has it.

use serde_json::{Map, Value as Json, json};

use super::snapshot::{Ledger, Left, Snapshot};
use crate::execution::Piece;
use crate::model::{
    ClientOrderId, Grid, InstrumentId, Lots, Money, Nanos, Order, OrderType, Side, Ticks, Tif,
};
use crate::position::{Account, Holding};

impl Snapshot {
    /// As a journal has it: amounts as text, in units of 10^-18 of the currency.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let peak = self.peak.map(|peak| peak.0.to_string());
        let ledgers: Vec<Json> = self.ledgers.iter().map(Ledger::to_json).collect();
        let orders: Vec<Json> = self.orders.iter().map(Left::to_json).collect();
        json!({
            "cash": self.cash.0.to_string(), "gone": account_to_json(&self.gone), "peak": peak,
            "killed": self.killed, "strategies": ledgers, "orders": orders,
        })
    }

    /// Reads it back.
    #[must_use]
    pub fn from_json(json: &Json) -> Option<Snapshot> {
        Some(Snapshot {
            cash: money(&json["cash"])?,
            gone: account_of(&json["gone"])?,
            peak: match &json["peak"] {
                Json::Null => None,
                peak => Some(money(peak)?),
            },
            killed: json["killed"].as_bool()?,
            ledgers: json["strategies"].as_array()?.iter().map(Ledger::from_json).collect::<Option<_>>()?,
            orders: json["orders"].as_array()?.iter().map(Left::from_json).collect::<Option<_>>()?,
        })
    }
}

impl Ledger {
    fn to_json(&self) -> Json {
        let holding = |(name, lot, holding): &(String, Grid, Holding)| {
            let Holding { lots, cost, realized, fees } = *holding;
            json!({
                "instrument": name, "lot": grid_to_json(*lot), "lots": lots.0, "cost": cost.0.to_string(),
                "realized": realized.0.to_string(), "fees": fees.0.to_string(),
            })
        };
        let holdings: Vec<Json> = self.holdings.iter().map(holding).collect();
        json!({ "name": self.strategy, "account": account_to_json(&self.account), "holdings": holdings })
    }

    fn from_json(json: &Json) -> Option<Ledger> {
        let holding = |json: &Json| {
            let holding = Holding {
                lots: Lots(json["lots"].as_i64()?),
                cost: money(&json["cost"])?,
                realized: money(&json["realized"])?,
                fees: money(&json["fees"])?,
            };
            Some((json["instrument"].as_str()?.to_owned(), grid_of(&json["lot"])?, holding))
        };
        Some(Ledger {
            strategy: json["name"].as_str()?.to_owned(),
            account: account_of(&json["account"])?,
            holdings: json["holdings"].as_array()?.iter().map(holding).collect::<Option<_>>()?,
        })
    }
}

impl Left {
    fn to_json(&self) -> Json {
        let Order { id, side, order_type, tif, post_only, price, qty, trigger, display, time, .. } =
            self.order;
        let (name, tick, lot) = &self.instrument;
        let pieces: Vec<Json> = self
            .pieces
            .iter()
            .map(|piece| json!({ "version": piece.version, "qty": piece.qty.0, "filled": piece.filled.0 }))
            .collect();
        json!({
            "strategy": self.strategy, "instrument": name, "tick": grid_to_json(*tick), "lot": grid_to_json(*lot),
            "id": format!("{:016x}", id.0), "side": side as u8, "type": order_type as u8, "tif": tif as u8,
            "post_only": post_only, "price": price.0, "qty": qty.0, "trigger": trigger.0,
            "display": display.0, "time": time.0, "accepted": self.accepted,
            "filled": self.filled.0, "trades": self.trades, "pieces": pieces,
        })
    }

    fn from_json(json: &Json) -> Option<Left> {
        let code = |key: &str| json[key].as_u64();
        let order = Order {
            id: ClientOrderId(u64::from_str_radix(json["id"].as_str()?, 16).ok()?),
            instrument: InstrumentId(0), // by name
            side: [Side::Buy, Side::Sell].into_iter().find(|side| Some(*side as u64) == code("side"))?,
            order_type: OrderType::from_code(u8::try_from(code("type")?).ok()?)?,
            tif: Tif::from_code(u8::try_from(code("tif")?).ok()?)?,
            post_only: json["post_only"].as_bool()?,
            price: Ticks(json["price"].as_i64()?),
            qty: Lots(json["qty"].as_i64()?),
            trigger: Ticks(json["trigger"].as_i64().unwrap_or(0)), // of before there were stops
            display: Lots(json["display"].as_i64().unwrap_or(0)),
            time: Nanos(json["time"].as_i64()?),
        };
        Some(Left {
            strategy: json["strategy"].as_str()?.to_owned(),
            instrument: (
                json["instrument"].as_str()?.to_owned(),
                grid_of(&json["tick"])?,
                grid_of(&json["lot"])?,
            ),
            order,
            accepted: json["accepted"].as_bool()?,
            filled: Lots(json["filled"].as_i64()?),
            trades: json["trades"].as_array()?.iter().map(Json::as_u64).collect::<Option<_>>()?,
            pieces: match json["pieces"].as_array() {
                Some(pieces) => pieces.iter().map(piece_of).collect::<Option<_>>()?,
                None => vec![],
            },
        })
    }
}

fn piece_of(json: &Json) -> Option<Piece> {
    let version = u16::try_from(json["version"].as_u64()?).ok()?;
    Some(Piece { version, qty: Lots(json["qty"].as_i64()?), filled: Lots(json["filled"].as_i64()?) })
}

fn account_to_json(account: &Account) -> Json {
    let Account { cash, realized, fees } = account;
    let amounts = [("cash", cash), ("realized", realized), ("fees", fees)];
    let amounts = amounts.map(|(name, amount)| (name.to_owned(), Json::from(amount.0.to_string())));
    Json::Object(Map::from_iter(amounts))
}

fn account_of(json: &Json) -> Option<Account> {
    Some(Account {
        cash: money(&json["cash"])?,
        realized: money(&json["realized"])?,
        fees: money(&json["fees"])?,
    })
}

fn money(json: &Json) -> Option<Money> {
    json.as_str()?.parse().ok().map(Money)
}

fn grid_to_json(grid: Grid) -> Json {
    json!([grid.mantissa(), grid.exponent()])
}

fn grid_of(json: &Json) -> Option<Grid> {
    Grid::new(json[0].as_i64()?, u8::try_from(json[1].as_u64()?).ok()?).ok()
}
