//! What is held and what is on its way, valued at its worst: as if every order of one side filled and none of the
//! other.

use thiserror::Error;

use super::Ratio;
use crate::model::{
    Instrument, InstrumentId, InstrumentKind, Lots, Money, Order, Rounding, Side, Ticks, TooFine,
};

/// Nothing is worth more (10^18 USD): sums over all instruments cannot overflow.
const LARGEST: i128 = 10_i128.pow(36);

/// An instrument whose worth cannot be told: nothing of it can be approved.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotValued {
    /// Its values have too many places.
    #[error(transparent)]
    TooFine(#[from] TooFine),
    /// Its value is not price times quantity.
    #[error(
        "instrument {0:?}: its value is not price × quantity (inverse, option or multiplier): no limit can be held"
    )]
    Kind(String),
}

/// Lots that may still fill, by side. An order whose outcome is not known counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InFlight {
    /// Of buys.
    pub buy: Lots,
    /// Of sells.
    pub sell: Lots,
}

impl InFlight {
    /// With one order more.
    fn with(self, order: &Order) -> Option<InFlight> {
        let InFlight { mut buy, mut sell } = self;
        let side = if order.side == Side::Buy { &mut buy } else { &mut sell };
        side.0 = side.0.checked_add(order.qty.0)?;
        Some(InFlight { buy, sell })
    }
}

/// One instrument.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) unit: Money,
    pub(super) usd: Option<Ratio>,
    pub(super) mark: Option<Ticks>,
    pub(super) min_qty: Lots,
    pub(super) min_notional: Money,
    position: Lots,
    in_flight: InFlight,
    asset: usize,
    /// In USD at the mark; `None` if a number is missing.
    worth: Option<Money>,
}

impl Row {
    /// Lots of the larger side of what may come.
    fn worst_lots(position: Lots, in_flight: InFlight) -> Option<i64> {
        let long = position.0.checked_add(in_flight.buy.0)?.checked_abs()?;
        let short = position.0.checked_sub(in_flight.sell.0)?.checked_abs()?;
        Some(long.max(short))
    }

    /// What so many lots are worth in USD at a price.
    pub(super) fn usd_value(&self, lots: Lots, price: Ticks) -> Option<Money> {
        let value = self.unit.0.checked_mul(i128::from(price.0))?.checked_mul(i128::from(lots.0))?;
        self.usd?.ceil_of(Money(value)).filter(|worth| worth.0.abs() < LARGEST)
    }

    fn value_at_mark(&self) -> Option<Money> {
        match Row::worst_lots(self.position, self.in_flight)? {
            0 => Some(Money::ZERO), // nothing is worth nothing at any price
            lots => self.usd_value(Lots(lots), self.mark?),
        }
    }

    /// The order can only bring the position nearer to zero, whatever else fills.
    pub(super) fn reduces(&self, order: &Order) -> bool {
        let after = match order.side {
            Side::Buy => self
                .position
                .0
                .checked_add(self.in_flight.buy.0)
                .and_then(|long| long.checked_add(order.qty.0)),
            _ => self
                .in_flight
                .sell
                .0
                .checked_add(order.qty.0)
                .and_then(|sells| sells.checked_sub(self.position.0)),
        };
        after.is_some_and(|beyond_zero| beyond_zero <= 0)
    }

    /// What the instrument would be worth at its worst with this order, at the highest of the mark, the order's
    /// price and its trigger.
    pub(super) fn with(&self, order: &Order, mark: Ticks) -> Option<Money> {
        let lots = Row::worst_lots(self.position, self.in_flight.with(order)?)?;
        self.usd_value(Lots(lots), mark.max(order.price).max(order.trigger))
    }

    /// Its worth in USD now.
    pub(super) fn worth(&self) -> Option<Money> {
        self.worth
    }
}

/// Gross worth of one asset over all instruments that trade it.
#[derive(Clone, Debug)]
struct Asset {
    name: String,
    worth: Money,
}

/// All instruments. Setters keep the sums, so that a check costs the same however many there are.
#[derive(Clone, Debug, Default)]
pub struct Exposures {
    rows: Vec<Option<Row>>,
    assets: Vec<Asset>,
    gross: Money,
    /// Rows that hold something nobody can value.
    unvalued: usize,
}

impl Exposures {
    /// Takes an instrument on. `usd` is the worth of its quote currency in USD; without it, and unless it is USD,
    /// nothing of it can be approved.
    ///
    /// # Errors
    /// [`NotValued`].
    pub fn add(
        &mut self,
        id: InstrumentId,
        instrument: &Instrument,
        usd: Option<Ratio>,
    ) -> Result<(), NotValued> {
        let linear = !matches!(instrument.kind, InstrumentKind::Inverse | InstrumentKind::Option);
        if !linear || (instrument.multiplier - 1.0).abs() > 0.0 {
            return Err(NotValued::Kind(instrument.name.clone()));
        }
        let unit = instrument.unit_value()?;
        let usd = usd.or_else(|| (instrument.quote() == "USD").then_some(Ratio::ONE));
        // A minimum that cannot be put on the grid is none that an order can meet.
        let min_qty = instrument.lot.to_steps(instrument.min_qty, Rounding::Up).unwrap_or(i64::MAX);
        let min_notional = Money::from_f64(instrument.min_notional.max(0.0));
        let base = instrument.name.split([':', '-']).nth(1).unwrap_or_default();
        let asset = self.asset(base);
        let index = id.0 as usize;
        if self.rows.len() <= index {
            self.rows.resize(index + 1, None);
        }
        let row = Row {
            unit,
            usd,
            mark: None,
            min_qty: Lots(min_qty),
            min_notional,
            position: Lots(0),
            in_flight: InFlight::default(),
            asset,
            worth: Some(Money::ZERO),
        };
        if let Some(old) = self.rows[index].replace(row) {
            self.count(old.asset, old.worth, false);
        }
        Ok(())
    }

    fn asset(&mut self, name: &str) -> usize {
        self.assets.iter().position(|asset| asset.name == name).unwrap_or_else(|| {
            self.assets.push(Asset { name: name.to_owned(), worth: Money::ZERO });
            self.assets.len() - 1
        })
    }

    /// What a lot is valued at; the ask is the cautious one. A market order that walks the book may become worth more
    /// than it was checked at. `None`: not known.
    pub fn set_mark(&mut self, id: InstrumentId, mark: Option<Ticks>) {
        self.change(id, |row| row.mark = mark.filter(|mark| mark.0 > 0));
    }

    /// The worth of the quote currency in USD. `None`: not known.
    pub fn set_usd(&mut self, id: InstrumentId, usd: Option<Ratio>) {
        self.change(id, |row| row.usd = usd);
    }

    /// What is held, below zero if short.
    pub fn set_position(&mut self, id: InstrumentId, position: Lots) {
        self.change(id, |row| row.position = position);
    }

    /// What may still fill, by the count of the order manager: to be set after every report, together with the
    /// position, and after what was approved was sent or could not be. Approval itself counts the order at once.
    pub fn set_in_flight(&mut self, id: InstrumentId, in_flight: InFlight) {
        self.change(id, |row| row.in_flight = in_flight);
    }

    /// Counts an approved order.
    pub(super) fn reserve(&mut self, order: &Order) {
        self.change(order.instrument, |row| {
            row.in_flight = row.in_flight.with(order).unwrap_or(row.in_flight);
        });
    }

    fn change(&mut self, id: InstrumentId, set: impl FnOnce(&mut Row)) {
        let Some(Some(row)) = self.rows.get_mut(id.0 as usize) else { return };
        let (asset, before) = (row.asset, row.worth);
        set(row);
        row.worth = row.value_at_mark();
        let after = row.worth;
        self.count(asset, before, false);
        self.count(asset, after, true);
    }

    fn count(&mut self, asset: usize, worth: Option<Money>, in_it: bool) {
        match (worth, in_it) {
            (Some(worth), true) => {
                self.gross += worth;
                self.assets[asset].worth += worth;
            }
            (Some(worth), false) => {
                self.gross -= worth;
                self.assets[asset].worth -= worth;
            }
            (None, true) => self.unvalued += 1,
            (None, false) => self.unvalued -= 1,
        }
    }

    pub(super) fn row(&self, id: InstrumentId) -> Option<&Row> {
        self.rows.get(id.0 as usize)?.as_ref()
    }

    /// Worth in USD of all instruments at their worst; `None` if one of them cannot be valued.
    #[must_use]
    pub fn gross(&self) -> Option<Money> {
        (self.unvalued == 0).then_some(self.gross)
    }

    /// Worth in USD of one instrument at its worst.
    #[must_use]
    pub fn worth(&self, id: InstrumentId) -> Option<Money> {
        self.row(id)?.worth
    }

    /// Worth in USD of everything that trades the asset of `row`.
    pub(super) fn asset_worth(&self, row: &Row) -> Money {
        self.assets[row.asset].worth
    }
}
