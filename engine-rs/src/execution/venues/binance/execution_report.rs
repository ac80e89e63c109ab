//! `executionReport`: the venue's event about an order.

use serde::Deserialize;

use super::codes::{expiry, kind_of_status};
use super::commission::Rates;
use super::json::{self, Decimal, Text, word};
use super::messages::Message;
use super::symbols::{Listed, Symbols};
use crate::execution::Told;
use crate::model::{ClientOrderId, Lots, Money, Nanos, OrderName, OrderReason, Report, ReportKind};

/// The venue's letters.
#[derive(Deserialize)]
struct ExecutionReport<'a> {
    #[serde(rename = "s", borrow)]
    symbol: Text<'a>,
    #[serde(rename = "c", borrow)]
    name: Text<'a>,
    #[serde(rename = "C", borrow)]
    original: Option<Text<'a>>,
    #[serde(rename = "E")]
    event_time: u64,
    #[serde(rename = "T")]
    transaction_time: Option<u64>,
    #[serde(rename = "x", borrow)]
    execution_type: Text<'a>,
    #[serde(rename = "X", borrow)]
    status: Text<'a>,
    #[serde(rename = "o", borrow)]
    order_type: Option<Text<'a>>,
    #[serde(rename = "f", borrow)]
    tif: Option<Text<'a>>,
    #[serde(rename = "r", borrow)]
    refusal: Option<Text<'a>>,
    #[serde(rename = "i")]
    order_id: u64,
    #[serde(rename = "l", borrow)]
    last_qty: Option<Decimal<'a>>,
    #[serde(rename = "L", borrow)]
    last_price: Option<Decimal<'a>>,
    #[serde(rename = "q", borrow)]
    qty: Option<Decimal<'a>>,
    #[serde(rename = "z", borrow)]
    cumulative: Decimal<'a>,
    #[serde(rename = "w")]
    works: Option<bool>,
    #[serde(rename = "n", borrow)]
    commission: Option<Decimal<'a>>,
    #[serde(rename = "N", borrow)]
    commission_asset: Option<Text<'a>>,
    #[serde(rename = "t")]
    trade_id: Option<i64>,
    #[serde(rename = "m")]
    is_maker: Option<bool>,
}

/// Whose it is: after a cancel `c` names the cancel and `C` the order.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(rename = "c", borrow)]
    name: Text<'a>,
    #[serde(rename = "C", borrow)]
    original: Option<Text<'a>>,
}

/// Why an event was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unused {
    /// It is about an order of somebody else's.
    Foreign,
    /// It cannot be read; it is about this order, if that much can be read.
    Unreadable(Option<OrderName>),
}

fn order_of(name: &Text<'_>, original: Option<&Text<'_>>) -> Result<OrderName, Unused> {
    let name = original.filter(|name| !name.as_str().is_empty()).unwrap_or(name);
    OrderName::from_text(name.as_str().as_bytes()).ok_or(Unused::Foreign)
}

/// Reads an event about an order.
pub(super) fn read(
    event: &str,
    (symbols, rates): (&Symbols, &Rates),
    receive_time: Nanos,
    out: &mut Vec<Message>,
) -> Result<(), Unused> {
    let Some(report) = json::read::<ExecutionReport<'_>>(event) else {
        let named: Named<'_> = json::read(event).ok_or(Unused::Unreadable(None))?;
        return Err(Unused::Unreadable(Some(order_of(&named.name, named.original.as_ref())?)));
    };
    let name = order_of(&report.name, report.original.as_ref())?;
    report.tell(name, (symbols, rates), receive_time, out).ok_or(Unused::Unreadable(Some(name)))
}

impl ExecutionReport<'_> {
    /// Says what it says of an order; `None` if it cannot be used.
    fn tell(
        &self,
        OrderName { id, version }: OrderName,
        (symbols, rates): (&Symbols, &Rates),
        receive_time: Nanos,
        out: &mut Vec<Message>,
    ) -> Option<()> {
        let listed = symbols.find(self.symbol.as_str())?;
        let event_time = json::time(self.transaction_time.unwrap_or(self.event_time))?;
        let cumulative = self.cumulative.lots(listed.instrument.lot)?;
        let qty = match self.qty {
            Some(qty) => Some(qty.lots(listed.instrument.lot)?),
            None => None,
        };
        let works = self.works == Some(true) && word(self.order_type.as_ref()).starts_with("STOP_LOSS");
        let told = |what| {
            let report = Report { id, venue_order_id: self.order_id, event_time, receive_time, what };
            Message::Told(Told { report, version, filled: Some(cumulative), qty, works })
        };
        match self.execution_type.as_str() {
            "TRADE" => {
                let (what, commission) = self.fill(id, listed, cumulative, rates)?;
                out.push(told(what));
                out.extend(commission);
            }
            "REPLACED" => out.push(told(ReportKind::Reduced(qty?))),
            _ => out.push(told(self.kind()?)),
        }
        Some(())
    }

    fn kind(&self) -> Option<ReportKind> {
        let kind = kind_of_status(self.status.as_str(), OrderReason::Venue)?;
        Some(match kind {
            ReportKind::Expired(_) if self.status.as_str() == "EXPIRED" => {
                ReportKind::Expired(expiry(word(self.order_type.as_ref()), word(self.tif.as_ref())))
            }
            ReportKind::Rejected(_) if word(self.refusal.as_ref()).contains("INSUFFICIENT_BALANCE") => {
                ReportKind::Rejected(OrderReason::Cash)
            }
            kind => kind,
        })
    }

    fn fill(
        &self,
        id: ClientOrderId,
        listed: &Listed,
        cumulative: Lots,
        rates: &Rates,
    ) -> Option<(ReportKind, Option<Message>)> {
        let instrument = &listed.instrument;
        let qty = self.last_qty?.lots(instrument.lot).filter(|qty| qty.0 > 0)?;
        let price = self.last_price?.ticks(instrument.tick)?;
        let trade_id = u64::try_from(self.trade_id?).ok()?;
        let amount = self.commission.map_or(Some(Money::ZERO), Decimal::money)?;
        let fee = rates.fee(listed, price, amount, self.commission_asset.as_ref().map(Text::as_str));
        let maker = self.is_maker.unwrap_or(false);
        let what = ReportKind::Filled { price, qty, cumulative, fee: fee.quote, maker, trade_id };
        Some((what, fee.message(id, trade_id)))
    }
}
