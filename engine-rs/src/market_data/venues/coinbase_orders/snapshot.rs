//! The book of level 3: `{"sequence":N,"bids":[["price","size","order id"]],"asks":[…]}`, best first, and of one price the
//! first in line first.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::flat::uuid;
use crate::market_data::frame::Cause;
use crate::market_data::orders::Step;
use crate::market_data::symbols::Symbol;
use crate::market_data::values::{decimal_text, object, price, quantity, text, value};
use crate::model::Side;

type Raw<'a> = Option<&'a RawValue>;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body<'a> {
    #[serde(borrow)]
    sequence: Raw<'a>,
    #[serde(borrow)]
    bids: Raw<'a>,
    #[serde(borrow)]
    asks: Raw<'a>,
}

/// Reads a body into its number and steps.
pub(super) fn read(body: &[u8], symbol: &Symbol, steps: &mut Vec<Step>) -> Result<u64, Cause> {
    let body: Body<'_> = object(body).ok_or(Cause::Unreadable("no JSON object"))?;
    for (side, raw) in [(Side::Buy, body.bids), (Side::Sell, body.asks)] {
        let rows: Option<Vec<Vec<&RawValue>>> = raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
        for row in rows.ok_or(Cause::Unreadable("no list of orders"))? {
            let [at, size, id] = row.as_slice() else { return Err(Cause::Unreadable("order")) };
            steps.push(Step::Add {
                id: uuid(&text(Some(id), "order id")?).ok_or(Cause::Unreadable("order id"))?,
                side,
                ticks: price(&decimal_text(Some(at), "price")?, symbol.price)?,
                lots: quantity(&decimal_text(Some(size), "size")?, symbol.qty)?,
                places: (0, 0),
            });
        }
    }
    value(body.sequence, "sequence")
}
