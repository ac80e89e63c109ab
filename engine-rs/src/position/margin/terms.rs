//! The `[account]` table: what `pyrt-engine replay --account` reads, and the backtester writes.

use std::collections::BTreeMap;

use thiserror::Error;
use toml::{Table, Value};

use super::series::Series;
use super::splits::Split;

/// Ten to the most decimal places that a rate of conversion may have.
const MOST_PLACES: i64 = 18;
const LEVERAGE: (i64, i64) = (100_000_000, 100_000_000_000);
const PART: (i64, i64) = (0, 100_000_000);

/// Where the worth of a currency comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Rates of so many decimal places.
    Rates(u8, Series),
    /// An instrument's price, or one over it.
    Price(String, bool),
}

/// An account's terms; what is by instrument is by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountTerms {
    /// 10^-8.
    pub leverage: i64,
    /// 10^-8; none: nobody is liquidated.
    pub maintenance: Option<i64>,
    /// 10^-8 of the value that is liquidated.
    pub liquidation_fee: i64,
    /// 10^-12 a year, of a cash below zero.
    pub interest: Option<Series>,
    /// 10^-12 a year, of a short position's value.
    pub borrow: BTreeMap<String, Series>,
    /// 10^-12 of the position's value.
    pub funding: BTreeMap<String, Series>,
    /// 10^-12 of money a unit.
    pub dividends: BTreeMap<String, Series>,
    /// By time.
    pub splits: BTreeMap<String, Vec<Split>>,
    /// By the instrument whose currency is converted.
    pub conversion: BTreeMap<String, Source>,
}

/// A table that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TermsError {
    /// The text is no TOML.
    #[error("{0}")]
    Syntax(String),
    /// There is no `[account]` table.
    #[error("there is no [account] table")]
    NoTable,
    /// A key that this engine does not know.
    #[error("account.{key}: there is no such key; there are {}", KEYS.join(", "))]
    UnknownKey {
        /// As it came.
        key: String,
    },
    /// A value of another type or outside its range.
    #[error("account.{key}: must be {allowed}")]
    BadValue {
        /// Which.
        key: String,
        /// What is allowed.
        allowed: String,
    },
}

const KEYS: [&str; 9] = [
    "leverage",
    "maintenance",
    "liquidation_fee",
    "interest",
    "borrow",
    "funding",
    "dividends",
    "splits",
    "conversion",
];

impl AccountTerms {
    /// Reads the text of a file with an `[account]` table.
    ///
    /// # Errors
    /// [`TermsError`], naming key and range.
    pub fn from_toml(text: &str) -> Result<AccountTerms, TermsError> {
        let file: Table =
            text.parse().map_err(|error: toml::de::Error| TermsError::Syntax(error.to_string()))?;
        let Some(Value::Table(table)) = file.get("account") else { return Err(TermsError::NoTable) };
        let mut terms = AccountTerms { leverage: LEVERAGE.0, ..AccountTerms::default() };
        for (key, value) in table {
            match key.as_str() {
                "leverage" => terms.leverage = integer(key, value, LEVERAGE)?,
                "maintenance" => terms.maintenance = Some(integer(key, value, PART)?),
                "liquidation_fee" => terms.liquidation_fee = integer(key, value, PART)?,
                "interest" => terms.interest = Some(series(key, value)?),
                "borrow" => terms.borrow = by_name(key, value, series)?,
                "funding" => terms.funding = by_name(key, value, series)?,
                "dividends" => terms.dividends = by_name(key, value, series)?,
                "splits" => terms.splits = by_name(key, value, splits)?,
                "conversion" => terms.conversion = by_name(key, value, source)?,
                _ => return Err(TermsError::UnknownKey { key: key.clone() }),
            }
        }
        Ok(terms)
    }

    /// Names of all instruments that the terms speak of.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        let priced = self.conversion.values().filter_map(|source| match source {
            Source::Price(name, _) => Some(name),
            Source::Rates(..) => None,
        });
        let named = self.borrow.keys().chain(self.funding.keys()).chain(self.dividends.keys());
        named.chain(self.splits.keys()).chain(self.conversion.keys()).chain(priced)
    }
}

fn bad(key: &str, allowed: &str) -> TermsError {
    TermsError::BadValue { key: key.to_owned(), allowed: allowed.to_owned() }
}

fn integer(key: &str, value: &Value, (low, high): (i64, i64)) -> Result<i64, TermsError> {
    let number = value.as_integer().filter(|number| (low..=high).contains(number));
    number.ok_or_else(|| bad(key, &format!("an integer from {low} to {high}, got {value}")))
}

fn by_name<T>(
    key: &str,
    value: &Value,
    read: impl Fn(&str, &Value) -> Result<T, TermsError>,
) -> Result<BTreeMap<String, T>, TermsError> {
    let table = value.as_table().ok_or_else(|| bad(key, "a table by instrument"))?;
    table.iter().map(|(name, value)| Ok((name.clone(), read(&format!("{key}.{name}"), value)?))).collect()
}

fn series(key: &str, value: &Value) -> Result<Series, TermsError> {
    let pair = |row: &Value| match row.as_array().map(Vec::as_slice) {
        Some([Value::Integer(time), Value::Integer(value)]) => Some((*time, *value)),
        _ => None,
    };
    let rows: Option<Vec<_>> = value.as_array().and_then(|rows| rows.iter().map(pair).collect());
    let rising = |rows: &Vec<(i64, i64)>| !rows.is_empty() && rows.windows(2).all(|two| two[0].0 <= two[1].0);
    rows.filter(rising).map(Series).ok_or_else(|| bad(key, "[[time, value], ...], integers, by rising time"))
}

fn splits(key: &str, value: &Value) -> Result<Vec<Split>, TermsError> {
    let split = |row: &Value| match row.as_array().map(Vec::as_slice) {
        Some([Value::Integer(time), Value::Integer(new), Value::Integer(old)]) => {
            Split::new(*time, *new, *old)
        }
        _ => None,
    };
    let rows: Option<Vec<_>> = value.as_array().and_then(|rows| rows.iter().map(split).collect());
    let rising = |rows: &Vec<Split>| !rows.is_empty() && rows.is_sorted_by_key(|split| split.time);
    let allowed = "[[time, new, old], ...], integers from 1 to 1000000, by rising time";
    rows.filter(rising).ok_or_else(|| bad(key, allowed))
}

fn source(key: &str, value: &Value) -> Result<Source, TermsError> {
    let table = value.as_table().ok_or_else(|| bad(key, "a table"))?;
    let get = |name: &str| table.get(name);
    match (get("instrument"), get("inverse"), get("places"), get("rates"), table.len()) {
        (Some(Value::String(name)), Some(Value::Boolean(inverse)), None, None, 2) => {
            Ok(Source::Price(name.clone(), *inverse))
        }
        (None, None, Some(places), Some(rates), 2) => {
            let places = integer(&format!("{key}.places"), places, (0, MOST_PLACES))?;
            let rates = series(&format!("{key}.rates"), rates)?;
            if rates.0.iter().any(|row| row.1 <= 0) {
                return Err(bad(key, "rates above zero"));
            }
            Ok(Source::Rates(u8::try_from(places).unwrap_or_default(), rates))
        }
        _ => Err(bad(key, "instrument and inverse, or places and rates")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_and_what_cannot_be_used_is_named() {
        let text = "[account]\nleverage = 300000000\ninterest = [[-5, 60], [7, 50]]\n[account.funding]\n\
                    \"a:B-C\" = [[1, -2]]\n[account.conversion.\"a:B-C\"]\nplaces = 2\nrates = [[0, 110]]\n\
                    [account.conversion.\"a:D-E\"]\ninstrument = \"a:E-C\"\ninverse = false";
        let terms = AccountTerms::from_toml(text).unwrap();
        assert_eq!((terms.leverage, terms.maintenance), (300_000_000, None));
        assert_eq!(terms.interest, Some(Series(vec![(-5, 60), (7, 50)])));
        assert_eq!(terms.conversion["a:B-C"], Source::Rates(2, Series(vec![(0, 110)])));
        assert_eq!(terms.names().filter(|name| *name == "a:E-C").count(), 1);
        let words = |text: &str| AccountTerms::from_toml(text).unwrap_err().to_string();
        assert!(
            words("[account]\nsplit = 1").starts_with("account.split: there is no such key; there are lev")
        );
        let splits = |rows: &str| words(&format!("[account.splits]\nx = {rows}"));
        for rows in ["[[5, 4]]", "[[5, 4, 0]]", "[[5, 1000001, 1]]", "[[5, 4, 1], [4, 2, 1]]", "[]"] {
            assert!(splits(rows).contains("splits.x: must be [[time, new, old], ...]"), "{rows}");
        }
        assert!(words("[account]\nleverage = 1").contains("leverage: must be an integer from 100000000"));
        assert!(words("[account]\ninterest = [[5, 1], [4, 1]]").contains("by rising time"));
        assert!(
            words("[account.conversion.x]\nplaces = 1")
                .contains("conversion.x: must be instrument and inverse")
        );
        assert_eq!(words(""), "there is no [account] table");
    }
}
