//! Positions and the account as the words of their tables' rows.

use super::IpcError;
use super::layout::put_text;
use crate::model::{InstrumentId, Nanos};

pub(super) const LEDGER_BYTES: u32 = 128;
/// Words of a row.
pub(super) const LEDGER_WORDS: usize = LEDGER_BYTES as usize / size_of::<u64>();

/// The text fields: first word, words.
const STRATEGY: (usize, usize) = (8, 4);
const CURRENCY: (usize, usize) = (7, 2);

/// The layout of a position's row.
pub(super) const POSITION_LAYOUT: &str = concat!(
    r#"[["stamp","<u8"],["instrument","<u4"],["_reserved0","<u4"],["time","<i8"],["qty","<f8"],["average_cost","<f8"],"#,
    r#"["realized_pnl","<f8"],["unrealized_pnl","<f8"],["fees","<f8"],["strategy","|S32"],["_reserved1","|u1",[32]]]"#
);

/// The layout of the account's row.
pub(super) const ACCOUNT_LAYOUT: &str = concat!(
    r#"[["stamp","<u8"],["time","<i8"],["cash","<f8"],["equity","<f8"],["realized_pnl","<f8"],["unrealized_pnl","<f8"],"#,
    r#"["fees","<f8"],["currency","|S16"],["_reserved0","|u1",[56]]]"#
);

/// Row of the table of positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PositionId(pub(super) u32);

/// A position to publish.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionRow {
    /// When it changed.
    pub time: Nanos,
    /// Signed.
    pub qty: f64,
    /// Of the open position, a unit; 0 when flat.
    pub average_cost: f64,
    /// In quote currency, less fees.
    pub realized_pnl: f64,
    /// In quote currency, at the last mark.
    pub unrealized_pnl: f64,
    /// Paid, in quote currency.
    pub fees: f64,
}

/// The account to publish, in one currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AccountRow {
    /// When it changed.
    pub time: Nanos,
    /// Money at hand.
    pub cash: f64,
    /// Cash and positions at their marks.
    pub equity: f64,
    /// Since the start, less fees.
    pub realized_pnl: f64,
    /// Of open positions.
    pub unrealized_pnl: f64,
    /// Paid.
    pub fees: f64,
}

/// The part of a position's row that never changes: whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct PositionKey {
    instrument: InstrumentId,
    strategy: [u64; STRATEGY.1],
}

impl PositionKey {
    /// # Errors
    /// [`IpcError::Text`] for a name that does not fit.
    pub(super) fn new(strategy: &str, instrument: InstrumentId) -> Result<Self, IpcError> {
        Ok(Self { instrument, strategy: text("strategy", strategy)? })
    }

    /// The row's words; the stamp is the protocol's business.
    pub(super) fn encode(&self, row: &PositionRow) -> [u64; LEDGER_WORDS] {
        let mut words = [0; LEDGER_WORDS];
        words[1] = u64::from(self.instrument.0);
        words[2] = row.time.0.cast_unsigned();
        let numbers = [row.qty, row.average_cost, row.realized_pnl, row.unrealized_pnl, row.fees];
        for (word, number) in words[3..].iter_mut().zip(numbers) {
            *word = number.to_bits();
        }
        words[STRATEGY.0..STRATEGY.0 + STRATEGY.1].copy_from_slice(&self.strategy);
        words
    }
}

impl AccountRow {
    /// The row's words; the stamp is the protocol's business.
    ///
    /// # Errors
    /// [`IpcError::Text`] for a currency that does not fit.
    pub(super) fn encode(&self, currency: &str) -> Result<[u64; LEDGER_WORDS], IpcError> {
        let mut words = [0; LEDGER_WORDS];
        words[1] = self.time.0.cast_unsigned();
        let numbers = [self.cash, self.equity, self.realized_pnl, self.unrealized_pnl, self.fees];
        for (word, number) in words[2..].iter_mut().zip(numbers) {
            *word = number.to_bits();
        }
        let place = CURRENCY.0..CURRENCY.0 + CURRENCY.1;
        words[place].copy_from_slice(&text::<{ CURRENCY.1 }>("currency", currency)?);
        Ok(words)
    }
}

fn text<const N: usize>(field: &'static str, value: &str) -> Result<[u64; N], IpcError> {
    let limit = N * size_of::<u64>();
    if !(1..=limit).contains(&value.len()) || !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        let value = value.to_owned();
        return Err(IpcError::Text { instrument: String::new(), field, value, limit });
    }
    let mut words = [0; N];
    put_text(&mut words, value);
    Ok(words)
}
